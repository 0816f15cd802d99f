//! Every route there is. What is not in this table does not exist.

mod audit;
mod commands;
mod entries;
mod events;
mod files;
mod imports;
mod jobs;
mod keys;
mod lists;
mod manufacturing;
mod open;
mod orders;
mod proof;
mod questions;
mod scopes;
mod session;
mod status;
mod tiles;
mod tokens;
mod users;
mod witnesses;
mod work;

pub use commands::{BATCH_BYTES_MAX, COMMANDS_PER_BATCH_MAX, CommandAnswer, Outcome};
pub use files::Stored;
pub use jobs::JobsAnswer;
pub use keys::{KeysAnswer, WithdrawKeyAsk};
pub use manufacturing::{
    DeviceDocument, DevicesDocument, FieldDocument, Links, Meta, Named, Relationship, Resource,
    TypesDocument, Version,
};
pub use proof::{BackupAsk, VerifyAsk};
pub use session::{SessionAnswer, StatementAnswer, StatementAsk};
pub use status::{Queue, StatusAnswer};
pub use tokens::{TokenAsk, TokensAnswer};
pub use users::UsersAnswer;
pub use work::master_schema;

pub(crate) use open::IDENTITY;

use crate::route::Route;

/// Headings of the document, in order, each with what stands under it.
pub(crate) const TAGS: &[(&str, &str)] = &[
    ("Commands", "Telling what happens on the shop floor, and asking whether it may."),
    ("Questions", "Where used, what went in, what is concerned, and the record of one item."),
    ("Recalls", "Scopes that are frozen, how they changed since, and in which forms they go on."),
    ("Work masters", "How work is to be done, version by version, and who may do it."),
    ("Work", "What can be done, what is open at the stations, and what does not conform."),
    ("Lists", "Items, lots, orders, holds, exceptions, definitions, page by page."),
    ("Devices", "Units as JSON:API, for programs that know devices so."),
    ("Entries", "The ledger itself, entry by entry."),
    ("Files and imports", "Files by the hash of their content, and files of data taken in."),
    ("Jobs", "Long work, with its progress."),
    ("Proof", "What lets others check the record without this server."),
    ("People", "Who is signed in, and the accounts of people."),
    ("Server", "How it stands, who may call it, and this document."),
];

/// All routes.
pub(crate) fn table() -> Vec<Route> {
    let tables = [
        commands::table(),
        questions::table(),
        scopes::table(),
        lists::table(),
        work::table(),
        orders::table(),
        manufacturing::table(),
        entries::table(),
        events::table(),
        audit::table(),
        files::table(),
        imports::table(),
        jobs::table(),
        proof::table(),
        keys::table(),
        tiles::table(),
        witnesses::table(),
        session::table(),
        users::table(),
        status::table(),
        tokens::table(),
        open::table(),
    ];
    tables.into_iter().flatten().collect()
}
