//! What was in it, where did it go.

use domain::start::Start;
use domain::{ItemRef, Position, Time};
use serde::{Deserialize, Serialize};

use super::ask::{ITEMS_MAX, KnownAt};
use super::captures::Captures;
use super::line::{Certainty, ItemLine};
use super::seen::Seen;
use crate::error::{Error, Result};
use crate::plant::{At, Plant};

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
    /// Whether what bills of material ask for is to be held against what was captured; only
    /// backward.
    #[serde(default)]
    pub captures: bool,
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
    /// What the bills of material of the starts and the items ask for, held against what was
    /// captured; absent: not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captures: Option<Captures>,
    /// Whether there are more than the limit let in.
    pub truncated: bool,
}

impl From<Direction> for genealogy::Direction {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Backward => Self::Backward,
            Direction::Forward => Self::Forward,
        }
    }
}

impl Plant {
    /// What was in it, or where it went.
    ///
    /// Errors: [`Error::NotFound`] if a start names nothing known; [`Error::Input`] if captures
    /// are asked for forward.
    pub fn trace(&self, ask: &TraceAsk) -> Result<TraceAnswer> {
        if ask.captures && ask.direction == Direction::Forward {
            let what = "captures say what should have gone in: ask for them backward";
            return Err(Error::Input(what.to_owned()));
        }
        self.see((ask.as_of, ask.known_at), |seen| {
            let named = seen.resolve(&ask.of)?;
            let found = seen.fitting(&|| self.source(), &named.starts)?;
            let starts: Vec<genealogy::Start> = found
                .iter()
                .map(|(item, since)| genealogy::Start {
                    item: *item,
                    // A use says since when something is suspect, not up to when it was filled.
                    bound: since.filter(|_| ask.direction == Direction::Forward),
                })
                .collect();
            let limit = ask.limit.unwrap_or(ITEMS_MAX).min(ITEMS_MAX);
            let limit = limit.saturating_add(starts.len());
            let graph = seen.state.graph();
            let trace = graph.trace_from(&starts, ask.direction.into(), seen.view, limit);
            let reached = trace.reached.iter().filter(|reached| reached.via.is_some());
            let items = reached.filter_map(|reached| seen.reached(&trace, reached)).collect();
            let whole = ask
                .captures
                .then(|| seen.captures(trace.reached.iter().map(|reached| reached.item)));
            Ok(TraceAnswer {
                at: seen.at(),
                notes: named.notes,
                direction: ask.direction,
                as_of: ask.as_of,
                known_at: seen.view.known_at,
                start: found.keys().filter_map(|index| seen.start_line(*index)).collect(),
                items,
                captures: whole,
                truncated: trace.truncated,
            })
        })
    }
}

impl Seen<'_> {
    fn reached(&self, trace: &genealogy::Trace, reached: &genealogy::Reached) -> Option<ItemLine> {
        let certainty = match reached.certainty {
            genealogy::Certainty::Proven => Certainty::Proven,
            genealogy::Certainty::Possible => Certainty::Possible,
        };
        let doubt = trace.doubt(reached.item).filter(|_| certainty == Certainty::Possible);
        Some(ItemLine {
            path: self.steps(&trace.path(reached.item)),
            reason: doubt.map(|edge| self.doubt(edge)),
            ..self.line(reached.item, certainty)?
        })
    }
}
