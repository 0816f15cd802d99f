//! What was in it, where did it go.

mod write;

use std::collections::HashMap;

use domain::act::Kind;
use domain::edge::EdgeKind;
use domain::item::Status;
use domain::start::Start;
use domain::{Amount, Interval, ItemId, ItemRef, OrderCode, Part, Position, Time};
use serde::{Deserialize, Serialize};

use super::ask::{ITEMS_MAX, KnownAt};
use super::captures::Captures;
use super::line::{Certainty, ItemLine, ItemName, PathStep, Reason};
use super::whereabouts::Where;
use crate::error::{Error, Result};
use crate::json::Json;
use crate::plant::{At, Plant};
use write::Writing;

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
    /// What the bills of material of the starts and the items ask for, held against what was
    /// captured; absent: not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captures: Option<Captures>,
    /// What it reached, nearest first.
    pub items: Vec<TracedItem>,
    /// The steps of all evidence paths, each once.
    pub steps: Vec<TraceStep>,
    /// Items of steps of which nothing else is seen from that moment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<ItemName>,
    /// Whether there are more than the limit let in.
    pub truncated: bool,
}

/// One item of a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TracedItem {
    /// Which.
    pub id: ItemId,
    /// What it is.
    pub kind: Kind,
    /// Its serial number, if it has one.
    pub serial_number: Option<String>,
    /// What people call it.
    pub label: String,
    /// What part it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// How sure it is that it is concerned.
    pub certainty: Certainty,
    /// Its status.
    pub status: Status,
    /// Where it is.
    #[serde(rename = "where")]
    pub place: Where,
    /// The shortest evidence path from a start, in the order it was walked: for each step its
    /// place in `steps`, from 0.
    pub path: Vec<usize>,
    /// Why it is possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The lot it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<ItemName>,
    /// The work order it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderCode>,
}

/// One step of evidence paths: what went into what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TraceStep {
    /// What went in: an item of this answer.
    pub from: ItemId,
    /// What it went into: an item of this answer.
    pub to: ItemId,
    /// How.
    pub how: EdgeKind,
    /// How much of it, in its base unit.
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

impl TracedItem {
    fn name(&self) -> ItemName {
        ItemName { id: self.id, kind: self.kind, label: self.label.clone() }
    }
}

impl TraceAnswer {
    /// The items as other answers print them, each with its whole path.
    ///
    /// Shape: a step that the answer does not have is left out.
    #[must_use]
    pub fn lines(&self) -> Vec<ItemLine> {
        let of_line =
            |line: &ItemLine| ItemName { id: line.id, kind: line.kind, label: line.label.clone() };
        let names = self.start.iter().map(of_line);
        let names = names.chain(self.items.iter().map(TracedItem::name));
        let names: HashMap<ItemId, ItemName> =
            names.chain(self.unseen.iter().cloned()).map(|name| (name.id, name)).collect();
        let step = |at: &usize| {
            let step = self.steps.get(*at)?;
            Some(PathStep {
                from: names.get(&step.from)?.clone(),
                to: names.get(&step.to)?.clone(),
                how: step.how,
                quantity: step.quantity,
                performed: step.performed,
                position: step.position,
                certain: step.certain,
                removed: step.removed,
            })
        };
        let line = |item: &TracedItem| ItemLine {
            id: item.id,
            kind: item.kind,
            serial_number: item.serial_number.clone(),
            label: item.label.clone(),
            identifiers: Vec::new(),
            part: item.part.clone(),
            certainty: item.certainty,
            status: item.status,
            place: item.place.clone(),
            path: item.path.iter().filter_map(step).collect(),
            reason: item.reason.clone(),
            evidence: Vec::new(),
            lot: item.lot.clone(),
            order: item.order.clone(),
            balance: None,
        };
        self.items.iter().map(line).collect()
    }
}

/// What stands before the items of an answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Before {
    at: Vec<At>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    direction: Direction,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known_at: Option<Position>,
    start: Vec<ItemLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    captures: Option<Captures>,
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
        let written = self.trace_json(ask)?;
        Ok(serde_json::from_slice(&written).expect("invariant: an answer is written as its type"))
    }

    /// The same as the JSON of a [`TraceAnswer`], as it is sent.
    ///
    /// Errors: as [`Plant::trace`].
    pub fn trace_json(&self, ask: &TraceAsk) -> Result<Vec<u8>> {
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
            let whole = ask
                .captures
                .then(|| seen.captures(trace.reached.iter().map(|reached| reached.item)));
            let mut before = Json::default();
            before.value(&Before {
                at: seen.at(),
                notes: named.notes.into_iter().chain(unmet).collect(),
                direction: ask.direction,
                as_of: ask.as_of,
                known_at: seen.view.known_at,
                start: found
                    .iter()
                    .filter_map(|(index, begun)| seen.begun(*index, begun))
                    .collect(),
                captures: whole,
            });
            // More members follow.
            let before = before.since(0).strip_suffix(b"}").unwrap_or_default();
            Ok(Writing::of(seen, &trace, &found).written(before).into_bytes())
        })
    }
}
