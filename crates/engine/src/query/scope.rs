//! The scope of a suspicion: which items are concerned, how sure, and where they are.

use std::collections::BTreeMap;

use domain::item::Status;
use domain::start::Start;
use domain::{ItemRef, Part, PartyCode, Position, ShipmentCode, Time};
use serde::{Deserialize, Serialize};

use super::ask::KnownAt;
use super::line::{ItemLine, ItemName};
use super::whereabouts::WhereKind;
use crate::plant::At;

/// All units that share the value of an attribute with one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Like {
    /// Like which item.
    pub item: ItemRef,
    /// By which attribute of its manufacturing record: `lotCode`, `workOrder`, a field of the
    /// user's own.
    pub by: String,
}

/// The scope of a suspicion on any of these starts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScopeAsk {
    /// Where it begins.
    #[serde(default)]
    pub from: Vec<Start<ItemRef>>,
    /// Or: at all units like one.
    #[serde(default)]
    pub like: Option<Like>,
    /// What was so by then.
    #[serde(default)]
    pub as_of: Option<Time>,
    /// What was known by then.
    #[serde(default)]
    pub known_at: Option<KnownAt>,
    /// Most items to answer.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// A scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScopeAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// What to know about the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What was so by then; absent: whenever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Time>,
    /// Up to which entry it looked; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Position>,
    /// Where it begins; lots with their books.
    pub start: Vec<ItemLine>,
    /// Counts.
    pub summary: Summary,
    /// The items: units it begins at, then proven and possible ones, then the others.
    pub items: Vec<ItemLine>,
    /// Who has items that are not cleared.
    pub consignees: Vec<Consignee>,
    /// What widened it, the widest first.
    pub widenings: Vec<Advice>,
    /// Whether there are more items than the limit let in.
    pub truncated: bool,
}

/// How many items of a scope are what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Concerned.
    pub proven: usize,
    /// Perhaps concerned.
    pub possible: usize,
    /// Not concerned, by evidence.
    pub cleared: usize,
    /// Units among all of them.
    pub units: usize,
    /// Lots among all of them.
    pub lots: usize,
    /// Proven and possible ones by status.
    pub by_status: BTreeMap<Status, usize>,
    /// Proven and possible ones by where they are.
    pub by_where: BTreeMap<WhereKind, usize>,
    /// By part.
    pub by_part: Vec<PartCount>,
}

/// How many items of one part are what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartCount {
    /// Which part; absent: without one.
    pub part: Option<Part>,
    /// What people call the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Concerned.
    pub proven: usize,
    /// Perhaps concerned.
    pub possible: usize,
    /// Not concerned, by evidence.
    pub cleared: usize,
}

/// Somebody who has items of a scope that are not cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Consignee {
    /// Who.
    pub party: PartyCode,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Its country, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// With which shipments they went.
    pub shipments: Vec<ShipmentCode>,
    /// How many of the items are concerned for certain.
    pub proven: usize,
    /// How many are perhaps concerned.
    pub possible: usize,
    /// The items, without those that are components of others among them.
    pub items: Vec<ItemName>,
}

/// Something to find out that would narrow a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Advice {
    /// What is not known, in words.
    pub text: String,
    /// How many items knowing it could clear, at most.
    pub items: usize,
}
