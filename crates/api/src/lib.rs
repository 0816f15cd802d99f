//! HTTP shapes, routes, authorisation, OpenAPI; the typed client.
//!
//! Reading order: [`serve`] listens and ends in order; `dispatch` takes a request to a call and
//! back; `route` is what a route is and `routes` the one table of them, from which both the router
//! and the OpenAPI document are made; [`role`] says which act needs which role, [`account`] which
//! person has one, [`token`] which machine; [`problem`] turns refusals and failures into HTTP;
//! [`client`] is the other side. `events` pushes to stations, `publish` shows the ledger's heads to
//! files and witnesses, [`witness`] asks one and is one.
//!
//! Invariants: no call reaches the plant before it is authorised here; a route that is not in the
//! table does not exist; async ends at `dispatch`, everything behind it may block, but for the
//! reply to a single command, which is awaited.

pub mod account;
mod app;
mod caller;
pub mod client;
mod dispatch;
mod events;
mod explain;
mod openapi;
mod owned_file;
mod page;
pub mod problem;
mod publish;
mod query;
pub mod role;
mod route;
mod routes;
mod server;
pub mod token;
pub mod witness;

pub use account::Accounts;
pub use explain::explain;
pub use problem::{ErrorDocument, ErrorSource, ErrorsDocument, Problem};
pub use publish::{WitnessFileState, WitnessState, WitnessesAnswer};
pub use role::Role;
pub use routes::{
    BATCH_BYTES_MAX, BackupAsk, COMMANDS_PER_BATCH_MAX, CommandAnswer, DeviceDocument,
    DevicesDocument, FieldDocument, JobsAnswer, KeysAnswer, Links, Meta, Named, Outcome, Queue,
    Relationship, Resource, SessionAnswer, StatementAnswer, StatementAsk, StatusAnswer, Stored,
    TokenAsk, TokensAnswer, TypesDocument, UsersAnswer, VerifyAsk, Version, WithdrawKeyAsk,
    master_schema,
};
pub use server::{
    CONNECTIONS_MAX, Config, Error, PlainRemote, Running, Stopper, interrupted, serve, stopper,
};
pub use token::{Token, Tokens};

/// The OpenAPI document of this version, as JSON.
#[must_use]
pub fn openapi() -> String {
    page::Pages::of(&routes::table()).openapi
}
