//! The graph: edges in the order they were added, and for each item what went in and out.
//!
//! ```text
//! nodes    12 bytes an item   first of its inputs · its fan of outputs · how many outputs
//! records  27 bytes an edge   from · input · output · next input · source · kind, flags, indexes
//! fan      4 to 5 bytes an edge that is not its input's only one, in blocks of up to 64
//! beside   fates (died, removed), and whole edges that do not fit a record
//! ```
//!
//! So an edge takes 27 bytes where its input has no other output, 31 to 32 where it has many; a
//! removed component about 80 more. Records hold a moment and an interned span and share: a
//! quantity with the group of candidates, if any. An edge whose numbers do not fit (a position of
//! 2³² or more, known later than said, a thousandth different share) is kept whole beside.
//!
//! Records, nodes and fan lie in chunks that the writer's graph shares with the readers'
//! ([`Graph::delta`]): both together take the room of one.
//!
//! Invariants: edges are only added at the end and popped from the end; ending one marks it. The
//! lists of an item run from its newest edge to its oldest.

mod chunks;
mod fan;
mod record;

use alloc::vec::Vec;

use domain::noun::{Interval, Position, Time};
use hashbrown::HashMap;

use crate::edge::{Edge, EdgeIndex, ItemIndex, Removed, View};
use chunks::{Changed, Chunks};
use fan::Fan;
pub use fan::Outputs;
use record::{NONE, Record, Tables, Tag, Whole};

/// Most edges a graph holds; every number inside then fits 32 bits.
pub const EDGES_MAX: u32 = 1 << 31;

/// What went into what.
#[derive(Debug, Clone)]
pub struct Graph {
    /// Chunks of 27 kB: only the last one changes often.
    records: Chunks<Record, 10>,
    /// Chunks of 1.5 kB: any may change with any edge.
    nodes: Chunks<Node, 7>,
    fan: Fan,
    tables: Tables,
    /// How large the tables were, and how many edges there were, when they were last handed over.
    handed: ((usize, usize), u32),
    fates: HashMap<EdgeIndex, Fate>,
    wholes: HashMap<EdgeIndex, Whole>,
}

impl Default for Graph {
    fn default() -> Self {
        Self {
            records: Chunks::new(Record::FREE),
            nodes: Chunks::new(Node::EMPTY),
            fan: Fan::default(),
            tables: Tables::default(),
            handed: ((0, 0), 0),
            fates: HashMap::new(),
            wholes: HashMap::new(),
        }
    }
}

/// What became of a graph since it was last handed over.
#[derive(Debug)]
pub struct Delta {
    records: Changed<Record>,
    nodes: Changed<Node>,
    fan: Changed<u32>,
    tables: Option<Tables>,
    beside: Vec<(EdgeIndex, Beside)>,
}

/// What is kept of an edge beside its record.
#[derive(Debug)]
struct Beside {
    fate: Fate,
    whole: Option<Whole>,
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

impl Fate {
    const fn is_any(&self) -> bool {
        self.died.is_some() || self.removed.is_some()
    }
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
        let output = self.node_mut(edge.output);
        record.next_input = core::mem::replace(&mut output.newest_input, index.0);
        let mut outputs = self.node(edge.input).outputs;
        self.fan.push(&mut outputs, index.0);
        self.node_mut(edge.input).outputs = outputs;
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
        self.node_mut(edge.output).newest_input = record.next_input;
        let mut outputs = self.node(edge.input).outputs;
        self.fan.pop(&mut outputs);
        self.node_mut(edge.input).outputs = outputs;
        self.wholes.remove(&index);
        self.fates.remove(&index);
        Some(edge)
    }

    /// Takes back all edges added since there were `count`.
    pub fn truncate_to(&mut self, count: u32) {
        while self.edge_count() > count {
            self.pop();
        }
    }

    /// What changed since this was last asked, these edges among it: those added since, and those
    /// whose end, removal or candidates changed.
    pub fn delta(&mut self, changed: impl Iterator<Item = EdgeIndex>) -> Delta {
        let (tables, before) = self.handed;
        self.handed = (self.tables.size(), self.edge_count());
        let beside = |at: EdgeIndex| {
            let whole = self.wholes.get(&at).copied();
            let fate = self.fate(at);
            // Most new edges are a record and nothing else.
            let any = at.0 < before || fate.is_any() || whole.is_some();
            any.then_some((at, Beside { fate, whole }))
        };
        let edges = self.edge_count();
        let beside = changed.filter(|at| at.0 < edges).filter_map(beside).collect();
        let grown = self.tables.size() != tables;
        Delta {
            records: self.records.changed(),
            nodes: self.nodes.changed(),
            fan: self.fan.changed(),
            tables: grown.then(|| self.tables.clone()),
            beside,
        }
    }

    /// Takes over what another graph became.
    ///
    /// Shape: this one is a clone of the other, and took over every delta since, in order.
    pub fn install(&mut self, delta: Delta) {
        self.records.install(delta.records);
        self.nodes.install(delta.nodes);
        self.fan.install(delta.fan);
        if let Some(tables) = delta.tables {
            self.tables = tables;
        }
        for (at, Beside { fate, whole }) in delta.beside {
            put(&mut self.wholes, at, whole);
            put(&mut self.fates, at, fate.is_any().then_some(fate));
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
        let Whole { share, performed, source, born } = self.whole(index);
        let Fate { died, removed } = self.fate(index);
        Edge {
            input: ItemIndex(record.input),
            output: ItemIndex(record.output),
            kind: record.tag().kind(),
            quantity: share.quantity,
            performed,
            source,
            group: share.group,
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
        let records = self.records.bytes();
        [map(&self.fates), map(&self.wholes), self.fan.bytes()]
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
        self.records.get(index.slot()).expect("invariant: an edge of this graph has a record")
    }

    fn whole(&self, index: EdgeIndex) -> Whole {
        self.tables.unpack(self.record(index)).unwrap_or_else(|| self.wholes[&index])
    }

    fn performed(&self, hop: Hop) -> Interval {
        let packed = self.tables.performed(hop.from, hop.tag);
        packed.unwrap_or_else(|| self.wholes[&hop.index].performed)
    }

    /// Which candidates belong together: those of the same entry and line.
    fn candidate_key(&self, index: EdgeIndex) -> Option<(Position, u32)> {
        if !self.record(index).tag().is_grouped() {
            return None;
        }
        let whole = self.whole(index);
        whole.share.group.map(|group| (whole.source, group.line))
    }

    fn fate(&self, index: EdgeIndex) -> Fate {
        if self.record(index).tag().is_fated() {
            self.fates.get(&index).copied().unwrap_or_default()
        } else {
            Fate::default()
        }
    }

    fn set_fate(&mut self, index: EdgeIndex, fate: Fate) {
        let fated = fate.is_any();
        if self.record(index).tag().is_fated() != fated
            && let Some(record) = self.records.get_mut(index.slot())
        {
            record.set_fated(fated);
        }
        put(&mut self.fates, index, fated.then_some(fate));
    }

    fn make_room(&mut self, item: ItemIndex) {
        while self.nodes.len() <= item.slot() {
            self.nodes.push(Node::EMPTY);
        }
    }

    fn node_mut(&mut self, item: ItemIndex) -> &mut Node {
        self.nodes.get_mut(item.slot()).expect("invariant: room was made for the item")
    }
}

fn put<V>(map: &mut HashMap<EdgeIndex, V>, at: EdgeIndex, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(at, value)),
        None => drop(map.remove(&at)),
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
