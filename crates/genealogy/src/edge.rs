//! What an edge says, and what of it can be seen from a given moment and position.

use domain::edge::{EdgeKind, Group};
use domain::noun::{Amount, Interval, Position, Time};
use serde::{Deserialize, Serialize};

/// An item in the graph. Shape: dense, numbered by the owner in order of birth.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ItemIndex(pub u32);

impl ItemIndex {
    pub(crate) const fn slot(self) -> usize {
        self.0 as usize
    }
}

/// An edge in the graph. Shape: dense, numbered in the order edges were added.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct EdgeIndex(pub u32);

impl EdgeIndex {
    pub(crate) const fn slot(self) -> usize {
        self.0 as usize
    }
}

/// That a component came out again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Removed {
    /// When.
    pub performed: Interval,
    /// The entry that says so; known from there on.
    pub by: Position,
}

/// One thing that went into another.
///
/// Shape: one row of the owner's view; fields are kept in this order in compact encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Edge {
    /// What went in.
    pub input: ItemIndex,
    /// What it went into.
    pub output: ItemIndex,
    /// How.
    pub kind: EdgeKind,
    /// How much of the input, in its base unit; kept without trailing zeros.
    pub quantity: Amount,
    /// When it was so.
    pub performed: Interval,
    /// The entry that says it.
    pub source: Position,
    /// The candidates it belongs to; absent: it is proven.
    pub group: Option<Group>,
    /// From which position on the ledger knew it.
    pub born: Position,
    /// From which position on a correction has ended it.
    pub died: Option<Position>,
    /// That the input came out again.
    pub removed: Option<Removed>,
}

/// From where the graph is looked at. The default sees what is known now of all times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct View {
    /// Only what the ledger knew at this position; absent: all it knows.
    pub known_at: Option<Position>,
    /// Only what can have been performed by this time; absent: whenever.
    pub as_of: Option<Time>,
}

impl View {
    /// Whether something known from `position` on is known here.
    #[must_use]
    pub fn knows(&self, position: Position) -> bool {
        self.known_at.is_none_or(|known_at| position <= known_at)
    }

    /// Whether something performed then can have happened by the time of this view.
    #[must_use]
    pub fn includes(&self, performed: Interval) -> bool {
        self.as_of.is_none_or(|as_of| performed.from <= as_of)
    }
}
