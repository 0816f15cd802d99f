//! The manufacturing record of an item: its attributes as projections of facts, and their history.

mod attributes;
mod history;
mod read;

use std::collections::BTreeMap;

use domain::act::{Kind, Outcome};
use domain::item::{Balance, Status};
use domain::{
    Amount, HoldCode, Interval, ItemId, ItemRef, Mode, Part, PersonCode, Position, Time,
    UnitOfMeasure,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ask::{KnownAt, Moment};
use super::line::ItemName;
use super::signature::Signature;
use super::whereabouts::Where;
use crate::plant::At;

/// Asks for the record of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordAsk {
    /// Of which item.
    pub item: ItemRef,
    /// What was so by then.
    #[serde(default)]
    pub as_of: Option<Time>,
    /// What was known by then.
    #[serde(default)]
    pub known_at: Option<KnownAt>,
    /// Whether every change is wanted too.
    #[serde(default)]
    pub history: bool,
    /// Another moment to compare with.
    #[serde(default)]
    pub compare: Option<Moment>,
}

impl RecordAsk {
    /// Asks for the record of an item as it is now.
    #[must_use]
    pub const fn now(item: ItemRef) -> Self {
        Self { item, as_of: None, known_at: None, history: false, compare: None }
    }
}

/// The record of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// What to know about the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Which item.
    pub item: ItemId,
    /// What it is.
    pub kind: Kind,
    /// Its serial number, if it has one.
    pub serial_number: Option<String>,
    /// What people call it.
    pub label: String,
    /// What was so by then; absent: whenever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Time>,
    /// Up to which entry it looked; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Position>,
    /// The default schema and the user's own fields; what is not known is left out.
    pub attributes: BTreeMap<String, Value>,
    /// Which fact decided each attribute.
    pub provenance: BTreeMap<String, Provenance>,
    /// How it is and was called.
    pub identifiers: Vec<NameLine>,
    /// Its status.
    pub status: Status,
    /// Where it is.
    #[serde(rename = "where")]
    pub place: Where,
    /// Active holds on it or on what it is in.
    pub holds: Vec<HoldCode>,
    /// What is or was in it, one level deep.
    pub components: Vec<Component>,
    /// What is packed in a container.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<ItemName>,
    /// The books of a lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
    /// What was measured on it, in the order it was performed.
    pub measures: Vec<Measured>,
    /// Exceptions that name it.
    pub exceptions: Vec<Position>,
    /// Every entry that touches it, by position; empty unless asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Change>,
    /// Who signed what about it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<SignedLine>,
    /// What differs at the other moment, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// The records of further items that the reference fits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Self>,
}

/// A fact that somebody signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedLine {
    /// Its entry.
    pub position: Position,
    /// What it says, in words.
    pub summary: String,
    /// Who signed it, and as what.
    pub signature: Option<Signature>,
}

/// Which fact says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// Its entry.
    pub position: Position,
    /// When it was performed.
    pub performed: Interval,
    /// When it was received.
    pub received: Time,
    /// Who performed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonCode>,
    /// Who recorded it.
    pub recorded_by: String,
}

/// How an item is or was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NameLine {
    /// The name.
    pub identifier: domain::Identifier,
    /// The entry that added it.
    pub added: Position,
    /// The entry that withdrew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Position>,
}

/// Something that is or was in an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// What went in.
    pub item: ItemName,
    /// What part it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// How.
    pub how: domain::edge::EdgeKind,
    /// How much of it.
    pub quantity: Amount,
    /// When.
    pub performed: Interval,
    /// The entry that says it.
    pub position: Position,
    /// Whether it is sure; otherwise one of several candidates.
    pub certain: bool,
    /// When it came out again, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Interval>,
}

/// Something measured on an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// What was measured.
    pub name: String,
    /// The value, exactly as delivered.
    pub value: Amount,
    /// In which unit of measure.
    pub unit: UnitOfMeasure,
    /// Lowest good value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Amount>,
    /// Highest good value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Amount>,
    /// Whether it lies within its limits.
    pub in_limits: bool,
    /// In which operation.
    pub operation: domain::OperationCode,
    /// How that step came out.
    pub outcome: Outcome,
    /// When.
    pub performed: Interval,
    /// The entry that says it.
    pub position: Position,
}

/// One entry that touches an item, and what it changed of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Its place in the ledger.
    pub position: Position,
    /// Its number among the entries of the item, from 1.
    pub sequence: u64,
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
    /// Whether it is an attempt that was refused, and by which rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<domain::Code>,
    /// The entry that superseded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<Position>,
    /// What changed in the record when it became known.
    pub changes: Vec<AttributeChange>,
}

/// A value that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttributeChange {
    /// Name of the attribute.
    pub attribute: String,
    /// What it was; null: not known.
    pub old: Value,
    /// What it is; null: no longer known.
    pub new: Value,
}

/// What differs between two moments: `old` is the other one, `new` the one asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// What was so by then at the other moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Time>,
    /// Up to which entry the other moment looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Position>,
    /// What differs.
    pub changes: Vec<AttributeChange>,
}
