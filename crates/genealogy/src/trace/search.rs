//! The search behind a trace: breadth first by layers of labels.
//!
//! A label says that an item can be reached over so many edges by some moment. An item gets
//! another label in a later layer only if that path gets there earlier, so the labels of an item
//! are its best trade-offs of path length against time, and every chain of them is a path that
//! respects time. Proven paths and paths of any kind are kept apart; a proven label counts as both.
//!
//! A group of candidates that are all proven suspects proves its output: whichever it was. It
//! does so once the last of them is in, from the latest of their moments, by the way of the
//! candidate farthest from the starts.
//!
//! A moment is held as a number that grows along the search in either direction: forward it is
//! the time itself, backward its negation.

use alloc::vec::Vec;

use domain::noun::Time;
use hashbrown::HashMap;

use super::{Certainty, Direction, Reached, Start, Trace};
use crate::edge::{EdgeIndex, ItemIndex, View};
use crate::graph::Graph;

/// No label.
pub(super) const NO_LABEL: u32 = u32::MAX;
const NO_EDGE: u32 = u32::MAX;

/// That an item is reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label {
    moment: i64,
    /// The label this path goes on from.
    pub(super) prior: u32,
    edge: u32,
    place: u32,
    depth: u32,
    /// The label before it of the same item, where both are proven.
    older: u32,
    pub(super) proven: bool,
}

impl Label {
    pub(super) fn via(&self) -> Option<EdgeIndex> {
        (self.edge != NO_EDGE).then_some(EdgeIndex(self.edge))
    }
}

/// The labels of an item over one class of paths.
#[derive(Debug, Clone, Copy)]
struct Best {
    first: u32,
    last: u32,
    moment: i64,
}

impl Best {
    const NONE: Self = Self { first: NO_LABEL, last: NO_LABEL, moment: i64::MAX };

    const fn is_none(&self) -> bool {
        self.first == NO_LABEL
    }

    /// Takes the label in as the newest and best of its class.
    const fn improve(&mut self, label: u32, moment: i64) {
        if self.is_none() {
            self.first = label;
        }
        self.last = label;
        self.moment = moment;
    }
}

#[derive(Debug, Clone, Copy)]
struct Found {
    item: ItemIndex,
    proven: Best,
    any: Best,
}

/// A way to an item that is about to become a label.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    item: ItemIndex,
    proven: bool,
    moment: i64,
    prior: u32,
    edge: u32,
    depth: u32,
}

/// The search as it stands.
pub(super) struct Search<'g> {
    graph: &'g Graph,
    direction: Direction,
    view: View,
    limit: usize,
    labels: Vec<Label>,
    found: Vec<Found>,
    places: HashMap<ItemIndex, u32>,
    truncated: bool,
}

impl<'g> Search<'g> {
    pub(super) fn new(graph: &'g Graph, direction: Direction, view: View, limit: usize) -> Self {
        Self {
            graph,
            direction,
            view,
            limit,
            labels: Vec::new(),
            found: Vec::new(),
            places: HashMap::new(),
            truncated: false,
        }
    }

    pub(super) fn run(mut self, starts: &[Start], admits: &dyn Fn(ItemIndex) -> bool) -> Trace {
        for start in starts {
            self.arrive(Arrival {
                item: start.item,
                proven: true,
                moment: self.moment_of(start.bound),
                prior: NO_LABEL,
                edge: NO_EDGE,
                depth: 0,
            });
        }
        let mut next = 0;
        while next < self.labels.len() {
            self.expand(next, admits);
            next = next.saturating_add(1);
        }
        self.finish()
    }

    fn moment_of(&self, bound: Option<Time>) -> i64 {
        match self.direction {
            Direction::Forward => bound.unwrap_or(Time::MIN).0,
            Direction::Backward => bound.unwrap_or(Time::MAX).0.saturating_neg(),
        }
    }

    /// Follows all edges of the item that a label stands for.
    ///
    /// Labels are appended layer by layer, so going through them in order is breadth first.
    fn expand(&mut self, at: usize, admits: &dyn Fn(ItemIndex) -> bool) {
        let Some(label) = self.labels.get(at).copied() else { return };
        let item = self.found[label.place as usize].item;
        let at = u32::try_from(at).expect("invariant: fewer labels than NO_LABEL");
        let graph = self.graph;
        match self.direction {
            Direction::Forward => {
                for edge in graph.outputs(item) {
                    self.follow(edge, (at, label), admits);
                }
            }
            Direction::Backward => {
                for edge in graph.inputs(item) {
                    self.follow(edge, (at, label), admits);
                }
            }
        }
    }

    fn follow(
        &mut self,
        edge: EdgeIndex,
        (prior, label): (u32, Label),
        admits: &dyn Fn(ItemIndex) -> bool,
    ) {
        if !self.graph.is_visible(edge, self.view) {
            return;
        }
        let (input, output) = self.graph.ends(edge);
        let passage = self.graph.passage(edge, self.view);
        let (item, opens, closes) = match self.direction {
            Direction::Forward => (output, passage.from.0, passage.leaves.0),
            Direction::Backward => {
                (input, passage.leaves.0.saturating_neg(), passage.from.0.saturating_neg())
            }
        };
        if label.moment > closes || !admits(item) {
            return;
        }
        let arrival = Arrival {
            item,
            proven: label.proven && self.graph.is_proven(edge, self.view),
            moment: label.moment.max(opens),
            prior,
            edge: edge.0,
            depth: label.depth.saturating_add(1),
        };
        if label.proven
            && !arrival.proven
            && let Some(moment) = self.whole_group(edge, label.depth)
        {
            self.arrive(Arrival { proven: true, moment: arrival.moment.max(moment), ..arrival });
        }
        self.arrive(arrival);
    }

    /// The moment from which all rivals of an edge have passed suspicion on, if all have by
    /// labels of this layer or earlier.
    ///
    /// Going backward there is no such thing: each candidate stays one of several.
    fn whole_group(&self, edge: EdgeIndex, depth: u32) -> Option<i64> {
        match self.direction {
            Direction::Backward => None,
            Direction::Forward => {
                self.graph.rivals(edge, self.view).try_fold(i64::MIN, |latest, rival| {
                    let (input, _) = self.graph.ends(rival);
                    let passage = self.graph.passage(rival, self.view);
                    let moment = self.proven_by(input, depth)?;
                    let passes = moment <= passage.leaves.0;
                    passes.then_some(latest.max(moment.max(passage.from.0)))
                })
            }
        }
    }

    /// The earliest moment of an item's proven labels up to a layer.
    fn proven_by(&self, item: ItemIndex, depth: u32) -> Option<i64> {
        let found = self.found.get(*self.places.get(&item)? as usize)?;
        let mut label = self.labels.get(found.proven.last as usize)?;
        while label.depth > depth {
            label = self.labels.get(label.older as usize)?;
        }
        Some(label.moment)
    }

    fn arrive(&mut self, arrival: Arrival) {
        let Some(place) = self.place_of(arrival.item) else { return };
        let mut found = self.found[place as usize];
        let better = |best: &Best| best.is_none() || arrival.moment < best.moment;
        let any = better(&found.any);
        let proven = arrival.proven && better(&found.proven);
        if !any && !proven {
            return;
        }
        let last = if proven {
            found.proven.last
        } else if found.any.last == found.proven.last {
            NO_LABEL
        } else {
            found.any.last
        };
        let label = self.label_for(last, place, arrival);
        if proven {
            found.proven.improve(label, arrival.moment);
        }
        if any {
            found.any.improve(label, arrival.moment);
        }
        self.found[place as usize] = found;
    }

    fn place_of(&mut self, item: ItemIndex) -> Option<u32> {
        if let Some(place) = self.places.get(&item) {
            return Some(*place);
        }
        if self.found.len() >= self.limit {
            self.truncated = true;
            return None;
        }
        let place = u32::try_from(self.found.len()).ok()?;
        self.found.push(Found { item, proven: Best::NONE, any: Best::NONE });
        self.places.insert(item, place);
        Some(place)
    }

    /// Improves the item's last label of the class if it is of this layer, or adds one.
    fn label_for(&mut self, last: u32, place: u32, arrival: Arrival) -> u32 {
        let Arrival { proven, moment, prior, edge, depth, .. } = arrival;
        let new = Label { moment, prior, edge, place, depth, older: last, proven };
        if let Some(label) = self.labels.get_mut(last as usize)
            && label.depth == depth
        {
            *label = Label { older: label.older, ..new };
            return last;
        }
        self.labels.push(new);
        u32::try_from(self.labels.len().saturating_sub(1)).unwrap_or(NO_LABEL)
    }

    fn finish(self) -> Trace {
        let mut places = HashMap::with_capacity(self.found.len());
        let mut reached: Vec<(Reached, u32)> =
            self.found.iter().map(|found| self.reached(found)).collect();
        reached.sort_unstable_by_key(|(reached, _)| (reached.depth, reached.item));
        for (place, (reached, label)) in (0..).zip(&reached) {
            places.insert(reached.item, (place, *label));
        }
        let reached = reached.into_iter().map(|(reached, _)| reached).collect();
        Trace { reached, truncated: self.truncated, labels: self.labels, places }
    }

    fn reached(&self, found: &Found) -> (Reached, u32) {
        let (certainty, best) = if found.proven.is_none() {
            (Certainty::Possible, found.any)
        } else {
            (Certainty::Proven, found.proven)
        };
        let label = self.labels[best.first as usize];
        let moment = match self.direction {
            Direction::Forward => found.any.moment,
            Direction::Backward => found.any.moment.saturating_neg(),
        };
        let reached = Reached {
            item: found.item,
            certainty,
            depth: label.depth,
            via: label.via(),
            contaminated_from: Time(moment),
        };
        (reached, best.first)
    }
}
