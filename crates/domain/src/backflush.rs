//! Which lots a run may have taken from what was loaded at its station.
//!
//! A slot holds what was loaded last; a slot that is added to (a tank, a bin) holds everything
//! loaded since it was emptied. Where a change was not timed exactly, a run near it may have
//! taken from the lot before or the one after: both are candidates.

use alloc::vec::Vec;

use crate::noun::{Interval, ItemId, Position, SlotCode};

/// One change of what a slot holds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// Which entry says so.
    pub position: Position,
    /// When it was.
    pub performed: Interval,
    /// In which slot.
    pub slot: SlotCode,
    /// What was loaded; absent: taken off.
    pub lot: Option<ItemId>,
    /// What was taken off, where it was said.
    pub off: Option<ItemId>,
    /// Whether it was added to what was there.
    pub adds: bool,
}

/// What a run took from: the candidates, the likeliest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidates {
    /// The lots.
    pub lots: Vec<ItemId>,
    /// Whether they were mixed rather than one of them.
    pub mix: bool,
}

/// The lots in one slot that a run may have taken from.
///
/// Shape: `changes` are of one slot, sorted by (performed.to, position).
#[must_use]
pub fn candidates(changes: &[Change], run: Interval) -> Candidates {
    let mut found = Candidates::default();
    let mut likeliest = None;
    for (index, change) in changes.iter().enumerate() {
        let Some(lot) = change.lot else { continue };
        if change.performed.from > run.to {
            continue;
        }
        if gone(changes, index, lot, run) {
            continue;
        }
        if !found.lots.contains(&lot) {
            found.lots.push(lot);
        }
        found.mix |= change.adds;
        if change.performed.to <= run.to {
            likeliest = Some(lot);
        }
    }
    if let Some(at) = likeliest.and_then(|lot| found.lots.iter().position(|held| *held == lot)) {
        found.lots.swap(0, at);
    }
    found.mix &= found.lots.len() > 1;
    found
}

/// Whether the lot loaded by `changes[index]` had certainly left the slot before the run.
///
/// A change whose time is not known exactly may have come before the loading it stands after: it
/// ends that loading for certain only if it began no earlier than the loading ended.
fn gone(changes: &[Change], index: usize, lot: ItemId, run: Interval) -> bool {
    let Some(loaded) = changes.get(index).map(|change| change.performed) else { return false };
    changes.iter().skip(index.saturating_add(1)).any(|change| {
        let ends = match (change.lot, change.off) {
            (Some(_), _) => !change.adds,
            (None, Some(off)) => off == lot,
            (None, None) => true,
        };
        ends && change.performed.from >= loaded.to && change.performed.to < run.from
    })
}
