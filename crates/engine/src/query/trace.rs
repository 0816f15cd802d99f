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
use crate::starts::Found;

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
            let (mut found, unmet) = seen.fitting(&|| self.source(), &named)?;
            found.retain(|_, begun| !begun.is_cleared());
            let suspects = crate::starts::suspects(&found);
            let mut starts: Vec<genealogy::Start> = suspects.iter().map(Into::into).collect();
            if ask.direction == Direction::Backward {
                // A use says since when something is suspect, not up to when it was filled.
                starts.iter_mut().for_each(|start| start.bound = None);
            }
            let limit = ask.limit.unwrap_or(ITEMS_MAX).min(ITEMS_MAX);
            let limit = limit.saturating_add(found.len());
            let graph = seen.state.graph();
            let trace = graph.trace_from(&starts, ask.direction.into(), seen.view, limit);
            let reached = trace.reached.iter().filter(|reached| reached.via.is_some());
            let items = reached.filter_map(|reached| seen.reached((&trace, &found), reached));
            let items = items.collect();
            let whole = ask
                .captures
                .then(|| seen.captures(trace.reached.iter().map(|reached| reached.item)));
            Ok(TraceAnswer {
                at: seen.at(),
                notes: named.notes.into_iter().chain(unmet).collect(),
                direction: ask.direction,
                as_of: ask.as_of,
                known_at: seen.view.known_at,
                start: found
                    .iter()
                    .filter_map(|(index, begun)| seen.begun(*index, begun))
                    .collect(),
                items,
                captures: whole,
                truncated: trace.truncated,
            })
        })
    }
}

impl Seen<'_> {
    fn reached(
        &self,
        (trace, found): (&genealogy::Trace, &Found),
        reached: &genealogy::Reached,
    ) -> Option<ItemLine> {
        let certainty = match reached.certainty {
            genealogy::Certainty::Proven => Certainty::Proven,
            genealogy::Certainty::Possible => Certainty::Possible,
        };
        let path = trace.path(reached.item);
        let reason = match (certainty, trace.doubt(reached.item)) {
            (Certainty::Possible, Some(edge)) => Some(self.doubt(edge)),
            // Where no edge leaves it open, the start did.
            (Certainty::Possible, None) => {
                let edge = self.state.graph().edge(*path.first()?);
                let start = [edge.input, edge.output].into_iter().find_map(|at| found.get(&at));
                start.and_then(|start| self.standing(&start.standing).1)
            }
            (Certainty::Proven | Certainty::Cleared, _) => None,
        };
        let path = self.steps(&path);
        Some(ItemLine { path, reason, ..self.line(reached.item, certainty)? })
    }
}
