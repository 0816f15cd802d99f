//! The ledger, entry by entry.

use std::io;
use std::sync::Arc;

use domain::{ItemRef, Position, StationCode, Time};
use engine::Plant;
use engine::query::{EntriesAsk, EntryRow, PAGE_MAX, Page};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::app::{Call, Reply};
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{JSON, NDJSON, Route, get};

const TAG: &str = "Entries";
const READ: Option<Role> = Some(Role::Read);

const LIST: &str = "\
Entries, newest first; all filters that are given must hold. As JSON it is a page: `next` of the \
answer, given as `after`, is the next one. With `Accept: application/x-ndjson` it is all of them, \
one a line, sent while they are read and never held in memory; `limit` is then not needed. If the \
connection breaks, it is not whole.";

/// Which entries of an item are asked for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ItemEntriesQuery {
    /// Of this act.
    #[serde(default)]
    act: Option<String>,
    /// Performed or recorded by.
    #[serde(default)]
    by: Option<String>,
    /// At this station.
    #[serde(default)]
    station: Option<StationCode>,
    /// Performed not before.
    #[serde(default)]
    from: Option<Time>,
    /// Performed not after.
    #[serde(default)]
    to: Option<Time>,
    /// Where the page begins: entries before this position.
    #[serde(default)]
    after: Option<String>,
    /// How many rows.
    #[serde(default)]
    limit: Option<usize>,
}

pub(super) fn table() -> Vec<Route> {
    vec![
        get("/api/v1/entries", READ)
            .says(TAG, "List entries", LIST)
            .answers_as::<Page<EntryRow>>(JSON)
            .answers_as::<EntryRow>(NDJSON)
            .raw(|call, ask: EntriesAsk| listed(call, ask)),
        get("/api/v1/entries/{position}", READ)
            .says(TAG, "Read an entry", "One entry with all it says.")
            .json(entry),
        get("/api/v1/items/{item}/entries", READ)
            .says(TAG, "List the entries of an item", LIST)
            .answers_as::<Page<EntryRow>>(JSON)
            .answers_as::<EntryRow>(NDJSON)
            .raw(of_item),
    ]
}

fn entry(call: &Call, _: Nothing) -> Result<EntryRow, Box<Problem>> {
    let position: u64 = call.part("position")?;
    Ok(call.plant().entry(Position(position))?)
}

fn of_item(call: &mut Call, query: ItemEntriesQuery) -> Result<Reply, Box<Problem>> {
    let ItemEntriesQuery { act, by, station, from, to, after, limit } = query;
    let item: ItemRef = call.part("item")?;
    listed(call, EntriesAsk { item: Some(item), act, by, station, from, to, after, limit })
}

fn listed(call: &Call, mut ask: EntriesAsk) -> Result<Reply, Box<Problem>> {
    if !call.wants(NDJSON) {
        return Reply::json(200, &call.plant().entries(&ask)?);
    }
    // The first page is asked for here, so that a question that cannot be answered is refused.
    ask.limit = Some(PAGE_MAX);
    let first = call.plant().entries(&ask)?;
    Ok(all(Arc::clone(call.plant()), ask, first).file("entries.ndjson"))
}

fn all(plant: Arc<Plant>, mut ask: EntriesAsk, mut page: Page<EntryRow>) -> Reply {
    Reply::piecewise(NDJSON, move |mut to| {
        loop {
            for row in &page.items {
                serde_json::to_writer(&mut to, row)?;
                to.write_all(b"\n")?;
            }
            ask.after = page.next;
            if ask.after.is_none() {
                return Ok(());
            }
            page = plant.entries(&ask).map_err(io::Error::other)?;
        }
    })
}
