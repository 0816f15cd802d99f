//! The graph: edges in the order they were added, and for each item what went in and out.
//!
//! ```text
//! nodes    12 bytes an item   first of its inputs · its fan of outputs · how many outputs
//! records  27 bytes an edge   from · input · output · next input · source · kind, flags, indexes
//! fan      4 to 5 bytes an edge that is not its input's only one, in blocks of up to 64
//! beside   groups, fates (died, removed), and whole edges that do not fit a record
//! ```
//!
//! So an edge takes 27 bytes where its input has no other output, 31 to 32 where it has many; a
//! candidate about 20 more, a removed component about 80 more. Records hold a moment and an
//! interned span and quantity; an edge whose numbers do not fit (a position of 2³² or more, known
//! later than said, a thousandth different quantity) is kept whole beside.
//!
//! Invariants: edges are only added at the end and popped from the end; ending one marks it. The
//! lists of an item run from its newest edge to its oldest.

mod fan;
mod record;

use alloc::vec::Vec;

use domain::edge::Group;
use domain::noun::{Interval, Position, Time};
use hashbrown::HashMap;

use crate::edge::{Edge, EdgeIndex, ItemIndex, Removed, View};
use fan::Fan;
pub use fan::Outputs;
use record::{NONE, Record, Tables, Tag, Whole};

/// Most edges a graph holds; every number inside then fits 32 bits.
pub const EDGES_MAX: u32 = 1 << 31;

/// What went into what.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    records: Vec<Record>,
    nodes: Vec<Node>,
    fan: Fan,
    tables: Tables,
    groups: HashMap<EdgeIndex, Group>,
    fates: HashMap<EdgeIndex, Fate>,
    wholes: HashMap<EdgeIndex, Whole>,
}

/// Where an item's lists begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    newest_input: u32,
    outputs: fan::List,
}

impl Node {
    const EMPTY: Self = Self { newest_input: NONE, outputs: fan::List::EMPTY };

    pub(crate) const fn output_count(&self) -> usize {
        self.outputs.length()
    }
}

/// What became of an edge.
#[derive(Debug, Clone, Copy, Default)]
struct Fate {
    died: Option<Position>,
    removed: Option<Removed>,
}

/// An edge with what a search needs of its record at hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hop {
    pub(crate) index: EdgeIndex,
    pub(crate) input: ItemIndex,
    pub(crate) output: ItemIndex,
    from: Time,
    tag: Tag,
}

/// When suspicion can pass along an edge, intervals read wide.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passage {
    /// Not earlier than this.
    pub(crate) from: Time,
    /// The input must have been suspect by then.
    pub(crate) leaves: Time,
}

/// A stored edge came out of turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfOrder {
    /// The index that was due.
    pub expected: EdgeIndex,
    /// The index that came.
    pub found: EdgeIndex,
}

impl core::fmt::Display for OutOfOrder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "load edge {}: edge {} was due", self.found.0, self.expected.0)
    }
}

impl core::error::Error for OutOfOrder {}

/// Grows by an eighth: little memory lies idle, and appending stays linear in all.
fn reserve<T>(list: &mut Vec<T>) {
    const LEAST: usize = 256;
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() >> 3).max(LEAST));
    }
}

impl Graph {
    /// A graph without edges.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an edge at the end.
    ///
    /// Limits: [`EDGES_MAX`]; the owner refuses facts before that.
    pub fn add(&mut self, edge: Edge) -> EdgeIndex {
        let index = EdgeIndex(self.edge_count());
        assert!(index.0 < EDGES_MAX, "invariant: the owner keeps below EDGES_MAX");
        self.make_room(edge.input.max(edge.output));
        let (mut record, whole) = self.tables.pack(&edge);
        if let Some(whole) = whole {
            self.wholes.insert(index, whole);
        }
        if let Some(group) = edge.group {
            self.groups.insert(index, group);
        }
        let output = &mut self.nodes[edge.output.slot()];
        record.next_input = core::mem::replace(&mut output.newest_input, index.0);
        self.fan.push(&mut self.nodes[edge.input.slot()].outputs, index.0);
        reserve(&mut self.records);
        self.records.push(record);
        self.set_fate(index, Fate { died: edge.died, removed: edge.removed });
        index
    }

    /// Puts back a stored edge.
    ///
    /// Errors: [`OutOfOrder`] unless the edges come as they were added, none left out.
    pub fn put(&mut self, index: EdgeIndex, edge: Edge) -> Result<(), OutOfOrder> {
        let expected = EdgeIndex(self.edge_count());
        if index != expected {
            return Err(OutOfOrder { expected, found: index });
        }
        self.add(edge);
        Ok(())
    }

    /// Takes back the edge added last.
    pub fn pop(&mut self) -> Option<Edge> {
        let index = EdgeIndex(self.edge_count().checked_sub(1)?);
        let edge = self.edge(index);
        let record = self.records.pop()?;
        self.nodes[edge.output.slot()].newest_input = record.next_input;
        self.fan.pop(&mut self.nodes[edge.input.slot()].outputs);
        self.wholes.remove(&index);
        self.groups.remove(&index);
        self.fates.remove(&index);
        Some(edge)
    }

    /// Takes back all edges added since there were `count`.
    pub fn truncate_to(&mut self, count: u32) {
        while self.edge_count() > count {
            self.pop();
        }
    }

    /// Ends an edge: what a correction at that position no longer holds to be true.
    pub fn kill(&mut self, index: EdgeIndex, at: Position) {
        let fate = self.fate(index);
        self.set_fate(index, Fate { died: Some(at), ..fate });
    }

    /// Takes the end of an edge back.
    pub fn revive(&mut self, index: EdgeIndex) {
        let fate = self.fate(index);
        self.set_fate(index, Fate { died: None, ..fate });
    }

    /// Says that the input came out again, or takes that back.
    ///
    /// It holds for every position from `by` on; a correction of a removal therefore ends the
    /// edge and adds another, so that what was known before stays visible.
    pub fn set_removed(&mut self, index: EdgeIndex, removed: Option<Removed>) {
        let fate = self.fate(index);
        self.set_fate(index, Fate { removed, ..fate });
    }

    /// How many edges were added and not popped, ended ones included.
    #[must_use]
    pub fn edge_count(&self) -> u32 {
        u32::try_from(self.records.len()).expect("invariant: at most EDGES_MAX records")
    }

    /// What an edge of this graph says.
    #[must_use]
    pub fn edge(&self, index: EdgeIndex) -> Edge {
        let record = self.record(index);
        let Whole { quantity, performed, source, born } = self.whole(index);
        let Fate { died, removed } = self.fate(index);
        Edge {
            input: ItemIndex(record.input),
            output: ItemIndex(record.output),
            kind: record.tag().kind(),
            quantity,
            performed,
            source,
            group: self.group(index),
            born,
            died,
            removed,
        }
    }

    /// The edges into an item, newest first, ended ones included.
    #[must_use]
    pub fn inputs(&self, item: ItemIndex) -> Inputs<'_> {
        self.inputs_of(self.node(item))
    }

    /// The edges out of an item, newest first, ended ones included.
    #[must_use]
    pub fn outputs(&self, item: ItemIndex) -> Outputs<'_> {
        self.outputs_of(self.node(item))
    }

    /// Whether an edge can be seen from there.
    #[must_use]
    pub fn is_visible(&self, index: EdgeIndex, view: View) -> bool {
        self.sees(self.hop(index), view)
    }

    /// The removal of an edge's input, if it can be seen from there.
    #[must_use]
    pub fn removal(&self, index: EdgeIndex, view: View) -> Option<Removed> {
        self.removal_of(self.hop(index), view)
    }

    /// The other visible edges of an edge's group of candidates; none where it has no group.
    pub fn rivals(&self, index: EdgeIndex, view: View) -> impl Iterator<Item = EdgeIndex> + '_ {
        let key = self.candidate_key(index);
        let output = ItemIndex(self.record(index).output);
        let others = key.map(|_| {
            self.inputs(output).filter(move |other| {
                *other != index
                    && self.candidate_key(*other) == key
                    && self.is_visible(*other, view)
            })
        });
        others.into_iter().flatten()
    }

    /// Whether the edge is sure: it belongs to no group, or is the only candidate left of it.
    #[must_use]
    pub fn is_proven(&self, index: EdgeIndex, view: View) -> bool {
        self.is_sure(self.hop(index), view)
    }

    /// Memory held for edges. Units: bytes. Items take 12 more each.
    #[must_use]
    pub fn edge_bytes(&self) -> usize {
        fn map<V>(map: &HashMap<EdgeIndex, V>) -> usize {
            map.allocation_size()
        }
        let records = size_of::<Record>().saturating_mul(self.records.len());
        [map(&self.groups), map(&self.fates), map(&self.wholes), self.fan.bytes()]
            .iter()
            .fold(records, |sum, bytes| sum.saturating_add(*bytes))
    }

    pub(crate) fn node(&self, item: ItemIndex) -> Node {
        self.nodes.get(item.slot()).copied().unwrap_or(Node::EMPTY)
    }

    pub(crate) fn inputs_of(&self, node: Node) -> Inputs<'_> {
        Inputs { graph: self, next: node.newest_input }
    }

    pub(crate) fn outputs_of(&self, node: Node) -> Outputs<'_> {
        self.fan.iter(node.outputs)
    }

    pub(crate) fn hop(&self, index: EdgeIndex) -> Hop {
        let record = self.record(index);
        Hop {
            index,
            input: ItemIndex(record.input),
            output: ItemIndex(record.output),
            from: record.from(),
            tag: record.tag(),
        }
    }

    pub(crate) fn is_sure(&self, hop: Hop, view: View) -> bool {
        let same = |other| self.hop(other).input == hop.input;
        !hop.tag.is_grouped() || self.rivals(hop.index, view).all(same)
    }

    pub(crate) fn sees(&self, hop: Hop, view: View) -> bool {
        if hop.tag.is_fated() && self.fate(hop.index).died.is_some_and(|died| view.knows(died)) {
            return false;
        }
        if view.known_at.is_none() && view.as_of.is_none() {
            return true;
        }
        let whole = self.whole(hop.index);
        view.knows(whole.born) && view.includes(whole.performed)
    }

    /// When suspicion can pass along an edge that can be seen.
    ///
    /// A lot's membership is timeless; a component passes it on for as long as it is in; all
    /// else only until it went in.
    pub(crate) fn passage(&self, hop: Hop, view: View) -> Passage {
        use domain::edge::EdgeKind::{Consumed, Installed, Member, Merged, Split, Transformed};
        let performed = self.performed(hop);
        match hop.tag.kind() {
            Member => Passage { from: Time(i64::MIN), leaves: Time(i64::MAX) },
            Installed => {
                let removal = self.removal_of(hop, view);
                let leaves = removal.map_or(Time(i64::MAX), |removed| removed.performed.to);
                Passage { from: performed.from, leaves }
            }
            Consumed | Split | Merged | Transformed => {
                Passage { from: performed.from, leaves: performed.to }
            }
        }
    }

    fn removal_of(&self, hop: Hop, view: View) -> Option<Removed> {
        if !hop.tag.is_fated() {
            return None;
        }
        let removed = self.fate(hop.index).removed?;
        (view.knows(removed.by) && view.includes(removed.performed)).then_some(removed)
    }

    fn record(&self, index: EdgeIndex) -> &Record {
        &self.records[index.slot()]
    }

    fn whole(&self, index: EdgeIndex) -> Whole {
        self.tables.unpack(self.record(index)).unwrap_or_else(|| self.wholes[&index])
    }

    fn performed(&self, hop: Hop) -> Interval {
        let packed = self.tables.performed(hop.from, hop.tag);
        packed.unwrap_or_else(|| self.wholes[&hop.index].performed)
    }

    fn group(&self, index: EdgeIndex) -> Option<Group> {
        if self.record(index).tag().is_grouped() { self.groups.get(&index).copied() } else { None }
    }

    /// Which candidates belong together: those of the same entry and line.
    fn candidate_key(&self, index: EdgeIndex) -> Option<(Position, u32)> {
        self.group(index).map(|group| (self.whole(index).source, group.line))
    }

    fn fate(&self, index: EdgeIndex) -> Fate {
        if self.record(index).tag().is_fated() {
            self.fates.get(&index).copied().unwrap_or_default()
        } else {
            Fate::default()
        }
    }

    fn set_fate(&mut self, index: EdgeIndex, fate: Fate) {
        let fated = fate.died.is_some() || fate.removed.is_some();
        self.records[index.slot()].set_fated(fated);
        if fated {
            self.fates.insert(index, fate);
        } else {
            self.fates.remove(&index);
        }
    }

    fn make_room(&mut self, item: ItemIndex) {
        while self.nodes.len() <= item.slot() {
            reserve(&mut self.nodes);
            self.nodes.push(Node::EMPTY);
        }
    }
}

/// The edges into an item, newest first.
#[derive(Debug, Clone)]
pub struct Inputs<'g> {
    graph: &'g Graph,
    next: u32,
}

impl Iterator for Inputs<'_> {
    type Item = EdgeIndex;

    fn next(&mut self) -> Option<EdgeIndex> {
        let record = self.graph.records.get(self.next as usize)?;
        let index = EdgeIndex(self.next);
        self.next = record.next_input;
        Some(index)
    }
}
