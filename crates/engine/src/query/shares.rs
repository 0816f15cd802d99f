//! One call from one serial: what a unit shares, with which others, and all that is affected.

mod find;

use serde::{Deserialize, Serialize};

use super::line::{ItemLine, ItemName};
use super::scope::{Consignee, Summary};
use crate::plant::At;

/// What kind of thing is shared.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum ShareKind {
    /// A lot that is in it, at any depth.
    Lot,
    /// A work or production order.
    Order,
    /// A container it is or was in.
    Container,
    /// A piece of equipment it was worked on with.
    Equipment,
    /// A program or firmware an operation ran with.
    Program,
    /// A run of a process.
    Run,
    /// A shipment it left with.
    Shipment,
}

/// Something a unit shares with others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Share {
    /// What kind of thing.
    pub kind: ShareKind,
    /// Its code or label.
    pub code: String,
    /// The item it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemName>,
    /// Whether it is sure that the unit has to do with it.
    pub certain: bool,
    /// How many other units share it.
    pub count: usize,
    /// The first of them.
    pub units: Vec<ItemName>,
}

/// Another unit that shares something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Affected {
    /// The unit.
    pub item: ItemLine,
    /// What it shares, as indexes into the list of shares.
    pub shares: Vec<usize>,
}

/// What a unit shares with others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// What to know about the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The items asked about: one, or all that the reference fits.
    pub of: Vec<ItemLine>,
    /// What it shares, that which fewest share first.
    pub shares: Vec<Share>,
    /// The units that share anything, those that share most first.
    pub affected: Vec<Affected>,
    /// Counts of them.
    pub summary: Summary,
    /// Who has them.
    pub consignees: Vec<Consignee>,
    /// Whether there are more units than the limit let in.
    pub truncated: bool,
}
