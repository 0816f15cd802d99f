//! One edge in 27 bytes.

use alloc::vec::Vec;

use domain::edge::{EdgeKind, Group};
use domain::noun::{Amount, Interval, Position, Time};
use hashbrown::HashMap;

use crate::edge::Edge;

/// No edge.
pub(super) const NONE: u32 = u32::MAX;

/// An edge as it is kept.
///
/// ```text
/// tag bits  0..3 kind · 3 grouped · 4 fated · 5 whole · 6..16 share · 16..24 span
/// ```
#[derive(Debug, Clone, Copy)]
#[repr(Rust, packed)]
pub(super) struct Record {
    from: i64,
    pub(super) input: u32,
    pub(super) output: u32,
    pub(super) next_input: u32,
    source: u32,
    tag: [u8; 3],
}

const GROUPED: u32 = 1 << 3;
const FATED: u32 = 1 << 4;
const WHOLE: u32 = 1 << 5;
const KIND: u32 = GROUPED - 1;
const SHARE_SHIFT: u32 = 6;
const SHARE: u32 = (1 << 10) - 1;
const SPAN_SHIFT: u32 = 16;
const SPAN: u32 = (1 << 8) - 1;

const KINDS: [EdgeKind; 6] = [
    EdgeKind::Consumed,
    EdgeKind::Installed,
    EdgeKind::Transformed,
    EdgeKind::Split,
    EdgeKind::Merged,
    EdgeKind::Member,
];

const fn code(kind: EdgeKind) -> u32 {
    match kind {
        EdgeKind::Consumed => 0,
        EdgeKind::Installed => 1,
        EdgeKind::Transformed => 2,
        EdgeKind::Split => 3,
        EdgeKind::Merged => 4,
        EdgeKind::Member => 5,
    }
}

/// Kind, flags and places in the tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag(u32);

impl Tag {
    pub(super) fn kind(self) -> EdgeKind {
        KINDS[(self.0 & KIND) as usize]
    }

    pub(super) const fn is_grouped(self) -> bool {
        self.0 & GROUPED != 0
    }

    pub(super) const fn is_fated(self) -> bool {
        self.0 & FATED != 0
    }

    const fn is_whole(self) -> bool {
        self.0 & WHOLE != 0
    }

    const fn share(self) -> usize {
        ((self.0 >> SHARE_SHIFT) & SHARE) as usize
    }

    const fn span(self) -> usize {
        ((self.0 >> SPAN_SHIFT) & SPAN) as usize
    }
}

impl Record {
    /// No record: what free places hold.
    pub(super) const FREE: Self =
        Self { from: 0, input: 0, output: 0, next_input: NONE, source: 0, tag: [0; 3] };

    pub(super) const fn from(&self) -> Time {
        Time(self.from)
    }

    pub(super) fn tag(&self) -> Tag {
        let [low, middle, high] = self.tag;
        Tag(u32::from_le_bytes([low, middle, high, 0]))
    }

    pub(super) fn set_fated(&mut self, fated: bool) {
        let Tag(tag) = self.tag();
        self.set_tag(if fated { tag | FATED } else { tag & !FATED });
    }

    fn set_tag(&mut self, tag: u32) {
        let [low, middle, high, _] = tag.to_le_bytes();
        self.tag = [low, middle, high];
    }
}

/// How much of its input an edge takes, and whether it is one of several candidates: many edges
/// say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Share {
    pub(super) quantity: Amount,
    pub(super) group: Option<Group>,
}

/// What of an edge is packed, unpacked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole {
    pub(super) share: Share,
    pub(super) performed: Interval,
    pub(super) source: Position,
    pub(super) born: Position,
}

/// Values that many edges share, each kept once.
#[derive(Debug, Clone)]
struct Shared<T> {
    values: Vec<T>,
    places: HashMap<T, u32>,
    /// The place asked for last: edges that come together mostly say the same.
    lately: u32,
}

impl<T: Copy + Eq + core::hash::Hash> Shared<T> {
    fn with(first: T) -> Self {
        Self { values: alloc::vec![first], places: HashMap::from_iter([(first, 0)]), lately: 0 }
    }

    fn place(&mut self, value: T, last: u32) -> Option<u32> {
        if self.values.get(self.lately as usize) == Some(&value) {
            return Some(self.lately);
        }
        if let Some(place) = self.places.get(&value) {
            self.lately = *place;
            return Some(*place);
        }
        let place = u32::try_from(self.values.len()).ok().filter(|place| *place <= last)?;
        self.values.push(value);
        self.places.insert(value, place);
        Some(place)
    }
}

/// The values records point at.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    shares: Shared<Share>,
    spans: Shared<i64>,
}

impl Default for Tables {
    fn default() -> Self {
        let sure = Share { quantity: Amount::ONE, group: None };
        Self { shares: Shared::with(sure), spans: Shared::with(0) }
    }
}

impl Tables {
    /// The record of an edge, and the rest where it does not fit.
    pub(super) fn pack(&mut self, edge: &Edge) -> (Record, Option<Whole>) {
        let mut record = Record {
            from: edge.performed.from.0,
            input: edge.input.0,
            output: edge.output.0,
            next_input: NONE,
            source: 0,
            tag: [0; 3],
        };
        let flags = code(edge.kind) | if edge.group.is_some() { GROUPED } else { 0 };
        let whole = Whole {
            share: Share { quantity: edge.quantity.normal(), group: edge.group },
            performed: edge.performed,
            source: edge.source,
            born: edge.born,
        };
        let Some((source, places)) = self.places_of(&whole) else {
            record.set_tag(flags | WHOLE);
            return (record, Some(whole));
        };
        record.source = source;
        record.set_tag(flags | places);
        (record, None)
    }

    /// How many values there are, to tell whether any came since.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.shares.values.len(), self.spans.values.len())
    }

    fn places_of(&mut self, whole: &Whole) -> Option<(u32, u32)> {
        let source = u32::try_from(whole.source.0).ok().filter(|_| whole.born == whole.source)?;
        let span = whole.performed.to.0.checked_sub(whole.performed.from.0)?;
        let span = self.spans.place(span, SPAN)?;
        let share = self.shares.place(whole.share, SHARE)?;
        Some((source, share << SHARE_SHIFT | span << SPAN_SHIFT))
    }

    /// What was packed; nothing where it did not fit.
    pub(super) fn unpack(&self, record: &Record) -> Option<Whole> {
        let performed = self.performed(record.from(), record.tag())?;
        let source = Position(u64::from(record.source));
        let share = self.shares.values[record.tag().share()];
        Some(Whole { share, performed, source, born: source })
    }

    /// When it was performed; nothing where it did not fit.
    pub(super) fn performed(&self, from: Time, tag: Tag) -> Option<Interval> {
        if tag.is_whole() {
            return None;
        }
        let to = Time(from.0.saturating_add(self.spans.values[tag.span()]));
        Some(Interval { from, to })
    }
}
