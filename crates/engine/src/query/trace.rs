//! What was in it, where did it go.

use domain::start::Start;
use domain::{ItemRef, Position, Time};
use serde::{Deserialize, Serialize};

use super::ask::KnownAt;
use super::line::ItemLine;
use crate::plant::At;

/// Which way to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// What went in.
    Backward,
    /// Where it went.
    Forward,
}

/// A trace from any of these starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TraceAsk {
    /// Where to begin.
    pub of: Vec<Start<ItemRef>>,
    /// Which way.
    pub direction: Direction,
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

/// What a trace reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TraceAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// What to know about the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Which way it went.
    pub direction: Direction,
    /// What was so by then; absent: whenever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Time>,
    /// Up to which entry it looked; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Position>,
    /// Where it began.
    pub start: Vec<ItemLine>,
    /// What it reached, nearest first.
    pub items: Vec<ItemLine>,
    /// Whether there are more than the limit let in.
    pub truncated: bool,
}
