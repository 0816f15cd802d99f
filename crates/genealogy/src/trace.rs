//! What was in it, where did it go: reachability that respects time and certainty.
//!
//! Suspicion cannot travel back in time. Forward, each item has an earliest moment at which it
//! can have become suspect. An edge passes suspicion on only if its input can have been suspect
//! before it left: before it went in, or, for a component, before it came out again. The output
//! is then suspect from the later of that moment and the edge's own. Backward is the mirror: what
//! was in a unit includes what was in its component before it came out. A lot's membership is
//! timeless and always passes. Times are intervals and always read wide.
//!
//! An item is *proven* if a path of proven edges leads to it, otherwise *possible*. Forward, a
//! group of candidates that are all proven counts as proven too: whichever it was, it is suspect.
//! So forward and backward reach the same pairs of items, and forward may be surer.
//!
//! Limits: a trace stops taking in items at its limit and says so; what it then says of the items
//! it has rests on paths among them.

mod places;
mod search;

use alloc::vec::Vec;

use domain::noun::Time;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::edge::{EdgeIndex, ItemIndex, View};
use crate::graph::Graph;
use places::Places;
use search::{Label, NO_LABEL, Search};

/// Which way to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// What went in.
    Backward,
    /// Where it went.
    Forward,
}

/// How sure it is that an item is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Certainty {
    /// By a path of proven edges, or whichever candidate it was.
    Proven,
    /// Only by a path over candidates.
    Possible,
}

/// Where a trace begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Start {
    /// At which item.
    pub item: ItemIndex,
    /// Forward: suspect from then on. Backward: what was in it up to then. Absent: always.
    pub bound: Option<Time>,
    /// How sure it is that it is one. An item may be one twice: perhaps since early, for certain
    /// since later.
    pub certainty: Certainty,
}

impl From<ItemIndex> for Start {
    fn from(item: ItemIndex) -> Self {
        Self { item, bound: None, certainty: Certainty::Proven }
    }
}

/// One item of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Which.
    pub item: ItemIndex,
    /// How sure it is.
    pub certainty: Certainty,
    /// Edges on its evidence path; 0: a start.
    pub depth: u32,
    /// The last edge of its evidence path; absent: a start.
    pub via: Option<EdgeIndex>,
    /// Forward: the earliest moment it can have become suspect. Backward: the latest at which
    /// what went into it can have gone on to the start.
    pub contaminated_from: Time,
    /// The same over paths that prove it; absent: none does.
    pub proven_from: Option<Time>,
    /// The last label of its evidence path.
    label: u32,
}

/// Numbers the edges of evidence paths as they are walked, so that each is told once.
#[derive(Debug, Clone, Default)]
pub struct Numbering {
    /// By label; zero: not yet walked.
    numbers: Vec<u32>,
    given: u32,
}

impl Numbering {
    /// For the paths of one trace.
    #[must_use]
    pub fn of(trace: &Trace) -> Self {
        Self { numbers: alloc::vec![0; trace.labels.len()], given: 0 }
    }

    /// The numbers, from 0, of the steps of an item's evidence path, in the order it was walked;
    /// tells the edges of those that are new, in the order of their numbers.
    pub fn walk(
        &mut self,
        trace: &Trace,
        reached: &Reached,
        path: &mut Vec<u32>,
        mut on_new: impl FnMut(EdgeIndex),
    ) {
        path.clear();
        let back = trace.labels_from(reached.label);
        path.extend(back.filter(|(_, label)| label.via().is_some()).map(|(at, _)| at));
        path.reverse();
        for step in path {
            let (number, is_new) = self.number(*step as usize);
            let label = trace.labels.get(*step as usize).filter(|_| is_new);
            label.and_then(Label::via).into_iter().for_each(&mut on_new);
            *step = number;
        }
    }

    /// The number of the step to a label, and whether it is new.
    fn number(&mut self, label: usize) -> (u32, bool) {
        let Some(number) = self.numbers.get_mut(label) else { return (0, false) };
        let is_new = *number == 0;
        if is_new {
            self.given = self.given.saturating_add(1);
            *number = self.given;
        }
        (number.saturating_sub(1), is_new)
    }
}

/// All items that a trace reached.
///
/// Shape: starts first, by depth, then by index; each item once.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// The items.
    pub reached: Vec<Reached>,
    /// Whether there are more than the limit let in.
    pub truncated: bool,
    labels: Vec<Label>,
    /// The last label of the evidence path of each item, in the order they were found.
    evidence: Vec<u32>,
    places: Places,
    /// The last label of the earliest path to proven items that may be suspect before they are
    /// for certain.
    earlier: HashMap<ItemIndex, u32>,
}

impl Trace {
    /// What is known of an item, if it was reached.
    #[must_use]
    pub fn get(&self, item: ItemIndex) -> Option<&Reached> {
        let depth = self.labels.get(self.last_label(item) as usize)?.depth();
        let place = self.reached.binary_search_by_key(&(depth, item), |r| (r.depth, r.item));
        place.ok().and_then(|place| self.reached.get(place))
    }

    /// The shortest evidence path from a start to an item, in the order it was walked.
    ///
    /// Shape: fewest edges; to a proven item, fewest among those of proven edges only. Empty for
    /// a start and for an item that was not reached.
    #[must_use]
    pub fn path(&self, item: ItemIndex) -> Vec<EdgeIndex> {
        self.path_to(self.last_label(item))
    }

    /// The first edge of that path that leaves it open whether the item is reached. Absent for an
    /// item that is only possible: its start is.
    #[must_use]
    pub fn doubt(&self, item: ItemIndex) -> Option<EdgeIndex> {
        self.open_edge(self.last_label(item))
    }

    /// Of a proven item that may be suspect before it is for certain: the path by which it may,
    /// and the first edge of that which leaves it open; absent: its start does.
    pub(crate) fn earlier(&self, item: ItemIndex) -> Option<(Vec<EdgeIndex>, Option<EdgeIndex>)> {
        let label = *self.earlier.get(&item)?;
        Some((self.path_to(label), self.open_edge(label)))
    }

    fn open_edge(&self, last: u32) -> Option<EdgeIndex> {
        let unproven = self.labels_back(last).take_while(|label| !label.is_proven());
        unproven.last().and_then(Label::via)
    }

    fn path_to(&self, last: u32) -> Vec<EdgeIndex> {
        let mut path: Vec<EdgeIndex> = self.labels_back(last).filter_map(Label::via).collect();
        path.reverse();
        path
    }

    fn labels_back(&self, last: u32) -> impl Iterator<Item = &Label> {
        self.labels_from(last).map(|(_, label)| label)
    }

    /// The labels of a path, each with its place, from its last to its first.
    fn labels_from(&self, last: u32) -> impl Iterator<Item = (u32, &Label)> {
        let label = move |at: u32| self.labels.get(at as usize).map(|label| (at, label));
        core::iter::successors(label(last), move |(_, here)| label(here.prior))
    }

    fn last_label(&self, item: ItemIndex) -> u32 {
        let slot = self.places.get(item).map(|slot| slot as usize);
        slot.and_then(|slot| self.evidence.get(slot).copied()).unwrap_or(NO_LABEL)
    }
}

impl Graph {
    /// Everything reached from the starts in one direction, starts included.
    ///
    /// Limits: at most `limit` items.
    #[must_use]
    pub fn trace(
        &self,
        starts: &[ItemIndex],
        direction: Direction,
        view: View,
        limit: usize,
    ) -> Trace {
        let starts: Vec<Start> = starts.iter().copied().map(Start::from).collect();
        self.trace_from(&starts, direction, view, limit)
    }

    /// The same, from starts that each have a moment of their own.
    #[must_use]
    pub fn trace_from(
        &self,
        starts: &[Start],
        direction: Direction,
        view: View,
        limit: usize,
    ) -> Trace {
        Search::new(self, direction, view, limit, &|_| true).run(starts)
    }

    /// The same, over items that `admits` lets pass only.
    pub(crate) fn trace_among(
        &self,
        starts: &[Start],
        direction: Direction,
        view: View,
        admits: &dyn Fn(ItemIndex) -> bool,
    ) -> Trace {
        Search::new(self, direction, view, usize::MAX, admits).run(starts)
    }
}
