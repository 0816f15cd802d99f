//! What is fitted in what, and what took it out again.
//!
//! Facts of fitting and taking out come in any order, late or corrected. So whenever one of a
//! component and its parent changes, all of theirs are matched anew in the order they were
//! performed: what was taken out is what was fitted first and was still in. What was taken out
//! although nobody told of its fitting was in there all the same, nobody knows since when: an edge
//! of the removal's own says so.
//!
//! ```text
//! fitted   |--- 3 ---|           edges   2, out by A
//! taken out     A 2, B 2                 1, out by B
//!                                        1, out by B, in since nobody knows when
//! ```

use std::collections::BTreeMap;

use domain::edge::{EdgeKind, Removal};
use domain::{Amount, Interval, Position, Time};
use genealogy::{Edge, EdgeIndex, ItemIndex, Removed};

use super::State;

/// A component and its parent.
pub(super) type Pair = (ItemIndex, ItemIndex);

/// What changes between a component and its parent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refit {
    /// It was fitted: the edge is there already.
    Fitted,
    /// It was taken out.
    Out(Removed, Amount),
    /// A correction ends what this entry said.
    Ended(Position),
}

/// How much of a component some entry fitted or took out, and when.
#[derive(Debug, Clone, Copy)]
struct Told {
    entry: Position,
    performed: Interval,
    quantity: Amount,
}

/// A part of a fitting with one fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    source: Position,
    performed: Interval,
    quantity: Amount,
    removed: Option<Removed>,
}

impl Piece {
    fn of(edge: &Edge) -> Self {
        let Edge { source, performed, removed, .. } = *edge;
        Self { source, performed, quantity: edge.quantity.normal(), removed }
    }

    /// Whether somebody told of the fitting, not of the removal alone.
    fn is_told(&self) -> bool {
        self.removed.is_none_or(|removed| removed.by != self.source)
    }
}

impl State {
    /// Takes in that a component came out; answers whether anything changed.
    pub(super) fn take_out(&mut self, removal: &Removal, by: Position) -> Option<ItemIndex> {
        let pair = (self.index_of(removal.input)?, self.index_of(removal.output)?);
        let removed = Removed { performed: removal.performed, by };
        self.refit(pair, Refit::Out(removed, removal.quantity), by);
        Some(pair.0)
    }

    /// Matches what was fitted and taken out between two items anew, known since `at`.
    pub(super) fn refit(&mut self, (input, output): Pair, change: Refit, at: Position) {
        let have: Vec<(EdgeIndex, Piece)> = self.fitted(input, output);
        if matches!(change, Refit::Fitted) && have.len() == 1 {
            return;
        }
        let mut want = matched(&have, change);
        let mut gone: Vec<(EdgeIndex, Piece)> = Vec::new();
        for (edge, piece) in have {
            match want.iter().position(|wanted| *wanted == piece) {
                Some(found) => drop(want.swap_remove(found)),
                None => gone.push((edge, piece)),
            }
        }
        for (edge, piece) in gone {
            // What only came out stays the edge it was: what was known before shows on it.
            let came_out = |wanted: &Piece| {
                wanted.removed.is_some_and(|removed| removed.by == at)
                    && Piece { removed: None, ..*wanted } == piece
            };
            match want.iter().position(came_out) {
                Some(found) => self.set_removed(edge, want.swap_remove(found).removed),
                None => self.kill_edge(edge, at),
            }
        }
        want.sort_by_key(|piece| (piece.source, piece.removed.map(|removed| removed.by)));
        for Piece { source, performed, quantity, removed } in want {
            let (kind, group, died) = (EdgeKind::Installed, None, None);
            let born = at;
            self.add_edge(Edge {
                input,
                output,
                kind,
                quantity,
                performed,
                source,
                group,
                born,
                died,
                removed,
            });
        }
    }

    fn fitted(&self, input: ItemIndex, output: ItemIndex) -> Vec<(EdgeIndex, Piece)> {
        self.graph
            .inputs(output)
            .filter(|at| self.live(*at))
            .map(|at| (at, self.graph.edge(at)))
            .filter(|(_, edge)| edge.input == input && edge.kind == EdgeKind::Installed)
            .map(|(at, edge)| (at, Piece::of(&edge)))
            .collect()
    }
}

/// The pieces that fittings and removals make together.
fn matched(have: &[(EdgeIndex, Piece)], change: Refit) -> Vec<Piece> {
    let mut fittings: BTreeMap<Position, Told> = BTreeMap::new();
    let mut removals: BTreeMap<Position, Told> = BTreeMap::new();
    let tell = |told: &mut BTreeMap<Position, Told>, entry, performed, quantity| {
        let none = Told { entry, performed, quantity: Amount::ZERO };
        let told = told.entry(entry).or_insert(none);
        told.quantity = told.quantity.plus(quantity);
    };
    for (_, piece) in have {
        if piece.is_told() {
            tell(&mut fittings, piece.source, piece.performed, piece.quantity);
        }
        if let Some(removed) = piece.removed {
            tell(&mut removals, removed.by, removed.performed, piece.quantity);
        }
    }
    match change {
        Refit::Fitted => {}
        Refit::Out(removed, quantity) => {
            tell(&mut removals, removed.by, removed.performed, quantity);
        }
        Refit::Ended(entry) => {
            fittings.remove(&entry);
            removals.remove(&entry);
        }
    }
    let in_order = |told: BTreeMap<Position, Told>| {
        let mut told: Vec<Told> = told.into_values().collect();
        told.sort_by_key(|told| (told.performed.to, told.entry));
        told
    };
    let mut open = in_order(fittings);
    let mut pieces = Vec::new();
    for removal in in_order(removals) {
        take_from(&mut open, removal, &mut pieces);
    }
    pieces.extend(open.iter().filter(|told| told.quantity.is_positive()).map(|told| Piece {
        source: told.entry,
        performed: told.performed,
        quantity: told.quantity.normal(),
        removed: None,
    }));
    pieces
}

/// Takes what came out off what was fitted; what nobody told of was in since nobody knows when.
fn take_from(open: &mut [Told], removal: Told, pieces: &mut Vec<Piece>) {
    let removed = Some(Removed { performed: removal.performed, by: removal.entry });
    let mut left = removal.quantity;
    // A replacement by the same lot fits its own after it took out the other.
    let before = |told: &&mut Told| {
        told.performed.from <= removal.performed.to && told.entry != removal.entry
    };
    for told in open.iter_mut().filter(before) {
        let taken = left.min(told.quantity);
        if !taken.is_positive() {
            continue;
        }
        told.quantity = told.quantity.minus(taken);
        left = left.minus(taken);
        let (source, performed) = (told.entry, told.performed);
        pieces.push(Piece { source, performed, quantity: taken.normal(), removed });
    }
    if left.is_positive() {
        let performed = Interval { from: Time::MIN, to: removal.performed.to };
        let (source, quantity) = (removal.entry, left.normal());
        pieces.push(Piece { source, performed, quantity, removed });
    }
}
