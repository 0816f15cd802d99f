//! Lists with cursors: items, entries, exceptions, holds, definitions.

mod definitions;
mod entries;
mod items;

use std::fmt::Display;
use std::str::FromStr;

use domain::act::Kind;
use domain::item::{Balance, Status};
use domain::start::Start;
use domain::{
    Amount, HoldCode, Interval, ItemId, ItemRef, Mode, OrderCode, Part, PersonCode, Position, Time,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::line::{ItemName, name_of};
use super::seen::Seen;
use super::signature::Signature;
use super::whereabouts::Where;
use crate::error::{Error, Result};
use crate::plant::At;

/// Most rows of one page.
pub const PAGE_MAX: usize = 1000;
/// Rows of a page where nothing is said.
pub const PAGE: usize = 100;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// Where it stands.
    pub at: Vec<At>,
    /// What to know about the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins: give it as `after`; absent: this is the last one.
    pub next: Option<String>,
}

/// Asks for items, oldest first. All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ItemsAsk {
    /// What they are.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Of which part; without a revision, of any: `LP-300/F`.
    #[serde(default)]
    pub part: Option<String>,
    /// In which status.
    #[serde(default)]
    pub status: Option<Status>,
    /// Of which work or production order.
    #[serde(default)]
    pub order: Option<OrderCode>,
    /// With a name that contains this, whatever the case.
    #[serde(default)]
    pub text: Option<String>,
    /// Where the page begins.
    #[serde(default)]
    pub after: Option<String>,
    /// How many rows.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// One item of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemRow {
    /// Which.
    pub id: ItemId,
    /// What it is.
    pub kind: Kind,
    /// Its serial number, if it has one.
    pub serial_number: Option<String>,
    /// What people call it.
    pub label: String,
    /// What part it is.
    pub part: Option<Part>,
    /// Its status.
    pub status: Status,
    /// Where it is.
    #[serde(rename = "where")]
    pub place: Where,
    /// The lot it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<ItemName>,
    /// The work order it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderCode>,
    /// The last entry that touches it.
    pub last: Position,
    /// The books of a lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
}

/// Asks for entries, newest first. All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntriesAsk {
    /// That touch this item.
    #[serde(default)]
    pub item: Option<ItemRef>,
    /// Of this act.
    #[serde(default)]
    pub act: Option<String>,
    /// Performed or recorded by.
    #[serde(default)]
    pub by: Option<String>,
    /// At this station.
    #[serde(default)]
    pub station: Option<domain::StationCode>,
    /// Performed not before.
    #[serde(default)]
    pub from: Option<Time>,
    /// Performed not after.
    #[serde(default)]
    pub to: Option<Time>,
    /// Where the page begins: entries before this position.
    #[serde(default)]
    pub after: Option<String>,
    /// How many rows.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EntryRow {
    /// Its place in the ledger.
    pub position: Position,
    /// The word of what was done or told.
    pub act: String,
    /// What it says, in words.
    pub summary: String,
    /// When it was performed.
    pub performed: Interval,
    /// When it was received.
    pub received: Time,
    /// Who performed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonCode>,
    /// Who recorded it.
    pub recorded_by: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Whether rules could refuse it.
    pub mode: Mode,
    /// At which station.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<domain::StationCode>,
    /// With which equipment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equipment: Vec<domain::EquipmentCode>,
    /// Who signed it, and as what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// The entry that superseded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<Position>,
    /// The items it touches.
    pub items: Vec<ItemName>,
    /// All it says.
    pub fact: Value,
    /// Of a definition: the entry that defined it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redefines: Option<Position>,
    /// What that said of the members that changed; absent: it was not defined before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What this says of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// Asks for exceptions, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExceptionsAsk {
    /// Only open ones, or only closed ones.
    #[serde(default)]
    pub open: Option<bool>,
    /// Owned by this role.
    #[serde(default)]
    pub owner: Option<String>,
    /// On this item.
    #[serde(default)]
    pub item: Option<ItemRef>,
    /// Where the page begins.
    #[serde(default)]
    pub after: Option<String>,
    /// How many rows.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// One exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExceptionRow {
    /// Its entry.
    pub position: Position,
    /// Which rule was broken.
    pub code: domain::Code,
    /// By which entry.
    pub entry: Position,
    /// On which items.
    pub items: Vec<ItemName>,
    /// What was found.
    pub detail: String,
    /// Who owns it: a role.
    pub owner: String,
    /// The entry that closed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<Position>,
    /// Why it is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_because: Option<String>,
}

/// Asks for holds, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HoldsAsk {
    /// Only active ones, or only lifted ones.
    #[serde(default)]
    pub active: Option<bool>,
    /// Where the page begins.
    #[serde(default)]
    pub after: Option<String>,
    /// How many rows.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// One hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldRow {
    /// How people call it.
    pub code: HoldCode,
    /// The entry that placed it.
    pub position: Position,
    /// Since when it holds.
    pub since: Time,
    /// What it is on.
    pub on: Vec<Start<ItemId>>,
    /// What it is on, in words.
    pub text: String,
    /// Whether it also holds what came from that.
    pub spreads: bool,
    /// Why.
    pub reason: String,
    /// How many items it holds now.
    pub items: usize,
    /// The entry that lifted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_by: Option<Position>,
    /// Why it could end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_because: Option<String>,
}

/// Asks for definitions, by code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DefinitionsAsk {
    /// With a code or name that contains this, whatever the case.
    #[serde(default)]
    pub text: Option<String>,
    /// Where the page begins.
    #[serde(default)]
    pub after: Option<String>,
    /// How many rows.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// One part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartRow {
    /// Its definition.
    pub material: domain::MaterialDefinition,
    /// Its bill of material.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bom: Option<domain::BillOfMaterial>,
    /// How many items there are of it.
    pub items: usize,
}

/// One piece of equipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EquipmentRow {
    /// Its definition.
    pub equipment: domain::Equipment,
    /// When it was last checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Interval>,
    /// Whether it was found good then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good: Option<bool>,
}

/// Asks for lots, oldest first. All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LotsAsk {
    /// Of which part; without a revision, of any.
    #[serde(default)]
    pub part: Option<String>,
    /// Only those with something unexplained.
    #[serde(default)]
    pub unexplained: bool,
    /// Where the page begins.
    #[serde(default)]
    pub after: Option<String>,
    /// How many rows.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// One lot with its books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LotRow {
    /// Which.
    pub lot: ItemName,
    /// What part it is.
    pub part: Option<Part>,
    /// Its status.
    pub status: Status,
    /// Where it is.
    #[serde(rename = "where")]
    pub place: Where,
    /// Who supplied it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<domain::PartyCode>,
    /// Usable until.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// How much of it may be used; absent: it is software, which is not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usable: Option<Amount>,
    /// Its books; absent: it is not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
}

impl<T> Page<T> {
    /// The first rows of many; `key` says where the next page begins.
    pub(super) fn of(
        at: Vec<At>,
        mut rows: impl Iterator<Item = T>,
        size: usize,
        key: impl Fn(&T) -> String,
    ) -> Self {
        let items: Vec<T> = rows.by_ref().take(size).collect();
        let next = items.last().map(key).filter(|_| rows.next().is_some());
        Self { at, notes: Vec::new(), items, next }
    }
}

pub(super) fn page_size(limit: Option<usize>) -> usize {
    limit.unwrap_or(PAGE).clamp(1, PAGE_MAX)
}

/// Where a page begins.
fn cursor<C: FromStr<Err: Display>>(after: Option<&str>) -> Result<Option<C>> {
    let read = after.map(str::parse).transpose();
    read.map_err(|error| Error::Input(format!("the cursor: {error}")))
}

/// Whether any of the texts contains another, given in lower case.
fn holds_text(mut texts: impl Iterator<Item = impl AsRef<str>>, wanted: &str) -> bool {
    texts.any(|text| text.as_ref().to_lowercase().contains(wanted))
}

impl Seen<'_> {
    /// Items by name.
    pub(super) fn names(&self, ids: impl Iterator<Item = ItemId>) -> Vec<ItemName> {
        ids.filter_map(|id| self.state.item_state(id)).map(name_of).collect()
    }
}
