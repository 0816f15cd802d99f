//! Acts of a recall: a scope that was frozen.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::noun::{FileRef, ItemRef, Position, ScopeCode, Time};
use crate::start::Start;

/// Freezes the scope of a suspicion, or says how it changed since; written by the program from what
/// the ledger says, never asked for.
///
/// Shape: the numbers of one code run from 0 without a gap, all with the same query, each known at
/// a later position than the one before. The document is what was found, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FreezeScope {
    /// How people call the scope.
    pub code: ScopeCode,
    /// Which of its series: 0 is the scope as it was frozen, each further one a delta.
    pub number: u32,
    /// What was asked, exactly.
    pub query: ScopeQuery,
    /// The last entry that was known when it was asked.
    pub known_at: Position,
    /// How many items are concerned for certain.
    pub proven: u64,
    /// How many are perhaps concerned.
    pub possible: u64,
    /// How many are not, by evidence.
    pub cleared: u64,
    /// Why it was frozen, or looked at again.
    pub reason: String,
    /// Everything that was found.
    pub document: FileRef,
}

/// The question of a scope, as it can be asked again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScopeQuery {
    /// Where the suspicion begins: at any of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Start<ItemRef>>,
    /// Or: at all units like one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<Alike>,
    /// What was so by then; absent: whenever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Time>,
}

/// All units that share the value of an attribute with one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Alike {
    /// Like which item.
    pub item: ItemRef,
    /// By which attribute of its manufacturing record.
    pub by: String,
}
