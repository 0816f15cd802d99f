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
//! A search waits for memory more than it computes, so it goes ahead in batches: first the lists
//! of many items, then the records of many edges, then what follows from them.
//!
//! A moment is held as a number that grows along the search in either direction: forward it is
//! the time itself, backward its negation.

use alloc::vec::Vec;
use core::ops::Range;

use domain::noun::Time;

use super::places::Places;
use super::{Certainty, Direction, Reached, Start, Trace};
use crate::edge::{EdgeIndex, ItemIndex, View};
use crate::graph::{Graph, Hop, Node};

/// No label.
pub(super) const NO_LABEL: u32 = u32::MAX;
const NO_EDGE: u32 = u32::MAX;
/// Items looked up together.
const BATCH_ITEMS: usize = 64;
/// Edges looked up together.
const BATCH_EDGES: usize = 128;

/// That an item is reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label {
    moment: i64,
    /// The label this path goes on from.
    pub(super) prior: u32,
    edge: u32,
    place: u32,
    /// The layer, doubled, plus one if proven: a label fits 24 bytes.
    layer: u32,
}

impl Label {
    pub(super) const fn depth(&self) -> u32 {
        self.layer >> 1
    }

    pub(super) const fn is_proven(&self) -> bool {
        self.layer & 1 == 1
    }

    pub(super) fn via(&self) -> Option<EdgeIndex> {
        (self.edge != NO_EDGE).then_some(EdgeIndex(self.edge))
    }
}

/// The first and the last label of an item over one class of paths: shortest, and best in time.
#[derive(Debug, Clone, Copy)]
struct Ends {
    first: u32,
    last: u32,
}

impl Ends {
    const NONE: Self = Self { first: NO_LABEL, last: NO_LABEL };

    const fn is_none(self) -> bool {
        self.first == NO_LABEL
    }

    const fn with(self, label: u32) -> Self {
        Self { first: if self.is_none() { label } else { self.first }, last: label }
    }
}

#[derive(Debug, Clone, Copy)]
struct Found {
    item: ItemIndex,
    proven: Ends,
    any: Ends,
    /// The proven label before the last one.
    proven_before: u32,
}

impl Found {
    /// The last label of its evidence path.
    const fn evidence(&self) -> u32 {
        if self.proven.is_none() { self.any.first } else { self.proven.first }
    }
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
    places: Places,
    truncated: bool,
    admits: &'g dyn Fn(ItemIndex) -> bool,
    /// Edges looked up and not yet followed, each with the label it goes on from.
    hops: Vec<(u32, Hop)>,
}

impl<'g> Search<'g> {
    pub(super) fn new(
        graph: &'g Graph,
        direction: Direction,
        view: View,
        limit: usize,
        admits: &'g dyn Fn(ItemIndex) -> bool,
    ) -> Self {
        Self {
            graph,
            direction,
            view,
            limit,
            labels: Vec::new(),
            found: Vec::new(),
            places: Places::default(),
            truncated: false,
            admits,
            hops: Vec::new(),
        }
    }

    pub(super) fn run(mut self, starts: &[Start]) -> Trace {
        for start in starts {
            self.arrive(Arrival {
                item: start.item,
                proven: start.certainty == Certainty::Proven,
                moment: self.moment_of(start.bound),
                prior: NO_LABEL,
                edge: NO_EDGE,
                depth: 0,
            });
        }
        let mut layer = 0;
        while layer < self.labels.len() {
            let end = self.labels.len();
            for begin in (layer..end).step_by(BATCH_ITEMS) {
                self.expand(begin..end.min(begin.saturating_add(BATCH_ITEMS)));
            }
            layer = end;
        }
        self.finish()
    }

    fn moment_of(&self, bound: Option<Time>) -> i64 {
        match self.direction {
            Direction::Forward => bound.unwrap_or(Time::MIN).0,
            Direction::Backward => bound.unwrap_or(Time::MAX).0.saturating_neg(),
        }
    }

    /// Follows all edges of the items that some labels of a layer stand for.
    fn expand(&mut self, labels: Range<usize>) {
        let graph = self.graph;
        let item = |label: &Label| self.found[label.place as usize].item;
        let nodes: Vec<Node> =
            self.labels[labels.clone()].iter().map(|label| graph.node(item(label))).collect();
        self.make_room(&nodes);
        for (label, node) in labels.zip(nodes) {
            let label = u32::try_from(label).expect("invariant: fewer labels than NO_LABEL");
            match self.direction {
                Direction::Forward => self.look_up(label, graph.outputs_of(node)),
                Direction::Backward => self.look_up(label, graph.inputs_of(node)),
            }
        }
        self.follow_all();
    }

    /// Makes room at once for what a batch can find, as far as that is known beforehand.
    fn make_room(&mut self, nodes: &[Node]) {
        let outputs = match self.direction {
            Direction::Forward => {
                nodes.iter().map(Node::output_count).fold(0, usize::saturating_add)
            }
            Direction::Backward => 0,
        };
        let new = outputs.min(self.limit.saturating_sub(self.found.len()));
        self.labels.reserve(new);
        self.found.reserve(new);
    }

    fn look_up(&mut self, label: u32, edges: impl Iterator<Item = EdgeIndex>) {
        for edge in edges {
            self.hops.push((label, self.graph.hop(edge)));
            if self.hops.len() >= BATCH_EDGES {
                self.follow_all();
            }
        }
    }

    fn follow_all(&mut self) {
        let mut hops = core::mem::take(&mut self.hops);
        for (label, hop) in hops.drain(..) {
            self.follow(label, hop);
        }
        self.hops = hops;
    }

    fn follow(&mut self, prior: u32, hop: Hop) {
        if !self.graph.sees(hop, self.view) {
            return;
        }
        let label = self.labels[prior as usize];
        let passage = self.graph.passage(hop, self.view);
        let (item, opens, closes) = match self.direction {
            Direction::Forward => (hop.output, passage.from.0, passage.leaves.0),
            Direction::Backward => {
                let opens = passage.leaves.0.saturating_neg();
                (hop.input, opens, passage.from.0.saturating_neg())
            }
        };
        if label.moment > closes || !(self.admits)(item) {
            return;
        }
        let arrival = Arrival {
            item,
            proven: label.is_proven() && self.graph.is_sure(hop, self.view),
            moment: label.moment.max(opens),
            prior,
            edge: hop.index.0,
            depth: label.depth().saturating_add(1),
        };
        if label.is_proven()
            && !arrival.proven
            && let Some(moment) = self.whole_group(hop.index, label.depth())
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
                    let hop = self.graph.hop(rival);
                    let passage = self.graph.passage(hop, self.view);
                    let moment = self.proven_by(hop.input, depth)?;
                    let passes = moment <= passage.leaves.0;
                    passes.then_some(latest.max(moment.max(passage.from.0)))
                })
            }
        }
    }

    /// The earliest moment of an item's proven labels up to a layer.
    fn proven_by(&self, item: ItemIndex, depth: u32) -> Option<i64> {
        let found = self.found.get(self.places.get(item)? as usize)?;
        let label = |at: u32| self.labels.get(at as usize).filter(|label| label.depth() <= depth);
        label(found.proven.last).or_else(|| label(found.proven_before)).map(|label| label.moment)
    }

    fn arrive(&mut self, arrival: Arrival) {
        let Some(place) = self.place_of(arrival.item) else { return };
        let Found { item, proven, any, proven_before } = self.found[place as usize];
        let better = |ends: Ends| {
            let best = self.labels.get(ends.last as usize);
            best.is_none_or(|best| arrival.moment < best.moment)
        };
        let improves = better(any);
        let proves = arrival.proven && better(proven);
        if !improves && !proves {
            return;
        }
        let last = if proves {
            proven.last
        } else if any.last == proven.last {
            NO_LABEL
        } else {
            any.last
        };
        let label = self.label_for(last, place, arrival);
        self.found[place as usize] = Found {
            item,
            proven: if proves { proven.with(label) } else { proven },
            any: if improves { any.with(label) } else { any },
            proven_before: if proves && label != last { last } else { proven_before },
        };
    }

    fn place_of(&mut self, item: ItemIndex) -> Option<u32> {
        // Most items are new: one look finds that out and puts them in.
        let new = (self.found.len() < self.limit).then_some(self.found.len());
        let place = self.places.get_or_put(item, new.and_then(|new| u32::try_from(new).ok()));
        if place.is_none() {
            self.truncated = true;
        }
        let place = place?;
        if Some(place as usize) == new {
            let (proven, any) = (Ends::NONE, Ends::NONE);
            self.found.push(Found { item, proven, any, proven_before: NO_LABEL });
        }
        Some(place)
    }

    /// Improves the item's last label of the class if it is of this layer, or adds one.
    fn label_for(&mut self, last: u32, place: u32, arrival: Arrival) -> u32 {
        let Arrival { proven, moment, prior, edge, depth, .. } = arrival;
        let new = Label { moment, prior, edge, place, layer: depth << 1 | u32::from(proven) };
        if let Some(label) = self.labels.get_mut(last as usize)
            && label.depth() == depth
        {
            *label = new;
            return last;
        }
        self.labels.push(new);
        u32::try_from(self.labels.len().saturating_sub(1)).unwrap_or(NO_LABEL)
    }

    fn finish(self) -> Trace {
        let depth = |found: &Found| self.labels[found.evidence() as usize].depth();
        let mut order: Vec<u128> = (0_u32..)
            .zip(&self.found)
            .map(|(slot, found)| packed([depth(found), found.item.0, slot]))
            .collect();
        order.sort();
        let found = order.into_iter().map(|key| &self.found[(key & SLOT) as usize]);
        let reached = found.map(|found| self.reached(found)).collect();
        let evidence = self.found.iter().map(Found::evidence).collect();
        let earlier =
            |found: &&Found| !found.proven.is_none() && found.any.last != found.proven.last;
        let earlier = self.found.iter().filter(earlier);
        let earlier = earlier.map(|found| (found.item, found.any.last)).collect();
        Trace {
            reached,
            truncated: self.truncated,
            labels: self.labels,
            evidence,
            places: self.places,
            earlier,
        }
    }

    fn reached(&self, found: &Found) -> Reached {
        let label = self.labels[found.evidence() as usize];
        let time = |moment: i64| match self.direction {
            Direction::Forward => Time(moment),
            Direction::Backward => Time(moment.saturating_neg()),
        };
        Reached {
            item: found.item,
            certainty: if label.is_proven() { Certainty::Proven } else { Certainty::Possible },
            depth: label.depth(),
            via: label.via(),
            contaminated_from: time(self.labels[found.any.last as usize].moment),
            proven_from: self
                .labels
                .get(found.proven.last as usize)
                .map(|label| time(label.moment)),
            label: found.evidence(),
        }
    }
}

const SLOT: u128 = u32::MAX as u128;

/// One number that sorts as the three do; a sort of plain numbers is much faster.
fn packed([depth, item, slot]: [u32; 3]) -> u128 {
    u128::from(depth) << 64 | u128::from(item) << 32 | u128::from(slot)
}
