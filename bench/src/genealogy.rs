//! A plant of infusion pumps that has been at work for a while: the shape of what went into what.
//!
//! ```text
//! block:  500 boards ◀── 6 component lots        lots last 1 to 100 blocks, so they went into
//!         500 pumps  ◀── 4 material lots         500 to 50,000 units
//!                    ◀── the boards, one each
//! ```
//!
//! One of the pumps' materials is changed without a note of when: two lots are its candidates. A
//! block has 6,000 edges. The same acts fill a graph, a plant and a table.
//!
//! Invariants: items are numbered from 0 in the order of birth, edges in the order they are told.

use domain::edge::{EdgeKind, Group};
use domain::noun::Amount;
use domain::{Interval, Position, Time};
use genealogy::{Edge, Graph, ItemIndex};

/// Boards, and pumps, of a block.
pub(crate) const UNITS: u32 = 500;
/// Edges of a block.
pub(crate) const EDGES: u32 = 12 * UNITS;
/// Lots that go into boards, then into pumps: for how many blocks one of them lasts.
pub(crate) const LINES: [Line; 10] = [
    Line::board(8),
    Line::board(8),
    Line::board(1),
    Line::board(2),
    Line::board(20),
    Line::board(100),
    Line::pump(1),
    Line::pump(8),
    Line::pump(40),
    Line { is_unclear: true, ..Line::pump(20) },
];
/// The line of which a lot reaches about 8,000 items.
pub(crate) const SMALL: usize = 0;
/// The line of which a lot reaches about 100,000 items.
pub(crate) const LARGE: usize = 5;
/// The line of which a lot reaches about 20,000 items, each only as one of two candidates.
pub(crate) const UNCLEAR: usize = 9;

/// A material and what takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    /// What takes it.
    pub(crate) into: Made,
    /// For how many blocks a lot lasts.
    pub(crate) blocks: u32,
    /// Whether it is open which of two lots was taken.
    pub(crate) is_unclear: bool,
}

impl Line {
    const fn board(blocks: u32) -> Self {
        Self { into: Made::Board, blocks, is_unclear: false }
    }

    const fn pump(blocks: u32) -> Self {
        Self { into: Made::Pump, blocks, is_unclear: false }
    }

    /// The lot in use in a block.
    const fn lot(self, block: u32) -> u32 {
        block / self.blocks
    }
}

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// Boards, which go into pumps.
    Board,
    /// Pumps.
    Pump,
}

/// What happens, in the order it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// A lot of a line comes in.
    Receive { line: usize, lot: u32 },
    /// The units of a block come into being.
    Create { made: Made, block: u32 },
    /// Every unit of a block takes one piece of a lot, or of another.
    Consume { line: usize, lot: u32, or: Option<u32>, block: u32 },
    /// Every board of a block goes into its pump.
    Install { block: u32 },
}

/// What happens in a block.
pub(crate) fn acts(block: u32) -> Vec<Act> {
    let mut acts = Vec::new();
    for (line, what) in LINES.iter().enumerate() {
        if block.is_multiple_of(what.blocks) {
            // Of a line that is unclear the next lot is there too, from the first unit on.
            let ahead = u32::from(what.is_unclear);
            let first = if block == 0 { 0 } else { what.lot(block) + ahead };
            let lots = first..=what.lot(block) + ahead;
            acts.extend(lots.map(|lot| Act::Receive { line, lot }));
        }
    }
    for made in [Made::Board, Made::Pump] {
        acts.push(Act::Create { made, block });
        for (line, what) in LINES.iter().enumerate().filter(|(_, line)| line.into == made) {
            let lot = what.lot(block);
            let or = what.is_unclear.then_some(lot + 1);
            acts.push(Act::Consume { line, lot, or, block });
        }
    }
    acts.push(Act::Install { block });
    acts
}

/// Blocks with at least so many edges.
pub(crate) const fn blocks(edges: u32) -> u32 {
    edges.div_ceil(EDGES)
}

/// One edge of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) input: u32,
    pub(crate) output: u32,
    pub(crate) kind: EdgeKind,
    /// Whether it is one of two candidates.
    pub(crate) is_candidate: bool,
    /// Position of the entry that says so.
    pub(crate) position: u32,
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    Lot { line: usize, lot: u32 },
    Unit { made: Made, number: u32 },
}

/// The numbers items got.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    next: u32,
    position: u32,
    lots: [Vec<u32>; LINES.len()],
    boards: Vec<u32>,
    pumps: Vec<u32>,
}

impl Numbers {
    /// The number of a lot.
    pub(crate) fn lot(&self, line: usize, lot: u32) -> u32 {
        self.lots[line][lot as usize]
    }

    fn first(&self, made: Made, block: u32) -> u32 {
        match made {
            Made::Board => self.boards[block as usize],
            Made::Pump => self.pumps[block as usize],
        }
    }

    /// Plays a block: tells of new items and of edges, each in order.
    pub(crate) fn play(
        &mut self,
        block: u32,
        mut on_item: impl FnMut(u32, Item),
        mut on_edge: impl FnMut(Told),
    ) {
        for act in acts(block) {
            match act {
                Act::Receive { line, lot } => self.receive(line, lot, &mut on_item),
                Act::Create { made, block } => self.create(made, block, &mut on_item),
                Act::Consume { line, lot, or, block } => {
                    let lots = [Some(lot), or];
                    self.consume((line, &lots), block, &mut on_edge);
                }
                Act::Install { block } => self.install(block, &mut on_edge),
            }
        }
    }

    fn receive(&mut self, line: usize, lot: u32, on_item: &mut impl FnMut(u32, Item)) {
        on_item(self.next, Item::Lot { line, lot });
        self.lots[line].push(self.next);
        self.next += 1;
    }

    fn create(&mut self, made: Made, block: u32, on_item: &mut impl FnMut(u32, Item)) {
        let first = self.next;
        self.next += UNITS;
        match made {
            Made::Board => self.boards.push(first),
            Made::Pump => self.pumps.push(first),
        }
        for place in 0..UNITS {
            on_item(first + place, Item::Unit { made, number: block * UNITS + place });
        }
    }

    fn consume(
        &mut self,
        (line, lots): (usize, &[Option<u32>]),
        block: u32,
        on_edge: &mut impl FnMut(Told),
    ) {
        let first = self.first(LINES[line].into, block);
        let (position, kind) = (self.position, EdgeKind::Consumed);
        let is_candidate = lots.iter().flatten().count() > 1;
        for output in first..first + UNITS {
            for lot in lots.iter().flatten() {
                let input = self.lot(line, *lot);
                on_edge(Told { input, output, kind, is_candidate, position });
            }
        }
        self.position += 1;
    }

    fn install(&mut self, block: u32, on_edge: &mut impl FnMut(Told)) {
        let (board, pump) = (self.first(Made::Board, block), self.first(Made::Pump, block));
        for place in 0..UNITS {
            let (input, output, position) = (board + place, pump + place, self.position);
            let (kind, is_candidate) = (EdgeKind::Installed, false);
            on_edge(Told { input, output, kind, is_candidate, position });
            self.position += 1;
        }
    }
}

/// When an entry was performed: one a second. Units: microseconds.
pub(crate) const fn performed_us(position: u32) -> i64 {
    const BEGIN: i64 = 1_750_000_000_000_000;
    BEGIN + position as i64 * 1_000_000
}

impl Told {
    /// As a graph keeps it.
    pub(crate) fn edge(self) -> Edge {
        let position = Position(u64::from(self.position));
        Edge {
            input: ItemIndex(self.input),
            output: ItemIndex(self.output),
            kind: self.kind,
            quantity: Amount::ONE,
            performed: Interval::at(Time(performed_us(self.position))),
            source: position,
            group: self.is_candidate.then_some(Group { line: 0, mix: false }),
            born: position,
            died: None,
            removed: None,
        }
    }
}

/// A graph of so many edges or a few more, and the numbers of its items.
pub(crate) fn graph(edges: u32) -> (Graph, Numbers) {
    let (mut graph, mut numbers) = (Graph::new(), Numbers::default());
    for block in 0..blocks(edges) {
        numbers.play(
            block,
            |_, _| (),
            |told| {
                graph.add(told.edge());
            },
        );
    }
    (graph, numbers)
}

/// How an item is called.
pub(crate) fn name(item: Item) -> String {
    match item {
        Item::Lot { line, lot } => format!("L{line}-{lot:05}"),
        Item::Unit { made: Made::Board, number } => format!("B-{number:07}"),
        Item::Unit { made: Made::Pump, number } => format!("P-{number:07}"),
    }
}

/// The part an item is of.
pub(crate) fn part(item: Item) -> String {
    match item {
        Item::Lot { line, .. } => format!("M{line}"),
        Item::Unit { made: Made::Board, .. } => "BOARD".to_owned(),
        Item::Unit { made: Made::Pump, .. } => "PUMP".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{EDGES, LARGE, Numbers, SMALL, UNITS, graph};
    use genealogy::{Direction, View};

    #[test]
    fn a_block_has_as_many_edges_as_it_says() {
        let (mut numbers, mut edges) = (Numbers::default(), 0);
        numbers.play(0, |_, _| (), |_| edges += 1);
        assert_eq!(edges, EDGES);
    }

    #[test]
    fn a_lot_reaches_the_boards_it_went_into_and_their_pumps() {
        let (graph, numbers) = graph(8 * EDGES);
        for (line, blocks) in [(SMALL, 8), (LARGE, 8), (2, 1)] {
            let start = genealogy::ItemIndex(numbers.lot(line, 0));
            let trace = graph.trace(&[start], Direction::Forward, View::default(), usize::MAX);
            let units = usize::try_from(2 * blocks * UNITS).unwrap();
            assert_eq!(trace.reached.len(), units + 1, "line {line}");
        }
    }
}
