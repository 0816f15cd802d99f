//! Taking in one entry.

use std::collections::btree_map::Entry as Place;
use std::sync::Arc;

use domain::act::{Act, Correct};
use domain::edge::{EdgeKind, Link, links_of, removal_of};
use domain::entry::Entry;
use domain::item::{Fold, ItemState, Stamp, Used};
use domain::rules::SignatureFate;
use domain::{Fact, ItemId, Position};
use genealogy::{Edge, EdgeIndex, ItemIndex};

use super::fittings::{Pair, Refit};
use super::masters::Checked;
use super::rows::definition_of;
use super::{Changes, Entries, RaisedException, State};

/// Entries that can be read, and the one being taken in, which cannot be read yet.
struct Ahead<'a> {
    latest: &'a Entry,
    entries: &'a dyn Entries,
}

impl Entries for Ahead<'_> {
    fn entry(&self, position: Position) -> Option<Entry> {
        if position == self.latest.position {
            return Some(self.latest.clone());
        }
        self.entries.entry(position)
    }
}

impl State {
    /// Takes in the next entry.
    ///
    /// Shape: `entry.position` is [`State::next`]; its items are known or born by it.
    pub fn apply(&mut self, entry: &Entry, entries: &dyn Entries) {
        let entries: &dyn Entries = &Ahead { latest: entry, entries };
        let before = self.next;
        self.next = entry.position.next();
        self.undo(move |state| state.next = before);
        self.define(&entry.fact, entry.position);
        if let Act::Correct(correct) = &entry.fact {
            self.supersede(correct, entry.position, entries);
        }
        self.touch(entry, entries);
        let mut changed: Vec<ItemIndex> = Vec::new();
        for link in links_of(entry) {
            let linked = self.link(&link, entry.position, entry.position);
            changed.extend(linked.map(|(input, _)| input));
            if let Some(pair) = linked.filter(|_| link.kind == EdgeKind::Installed) {
                self.refit(pair, Refit::Fitted, entry.position);
            }
        }
        if let Some(removal) = removal_of(entry) {
            changed.extend(self.take_out(&removal, entry.position));
        }
        self.applied_parts(entry, entries, &mut changed);
        self.applied_loads(entry, entries, &mut changed);
        self.applied_quality(entry);
        self.applied_floor(entry);
        self.applied_holds(entry, entries, &changed);
        self.note_rows(entry);
    }

    /// Passes an entry of the ledger's own: genesis and keys.
    pub fn pass(&mut self, position: Position) {
        self.next = position.next();
        self.own.push(position);
        self.note(Changes::own);
    }

    fn define(&mut self, fact: &Fact, position: Position) {
        if let Some(key) = definition_of(fact) {
            self.defined.entry(key.clone()).or_default().push(position);
            self.undo(move |state| state.defined_less(key));
        }
        if let Some(before) = self.masters.define(fact, position) {
            self.note(|changes| changes.definition(fact));
            self.undo(move |state| before.restore(&mut state.masters));
        }
    }

    /// Takes the last definition of something back.
    fn defined_less(&mut self, key: (u16, String)) {
        if let Place::Occupied(mut all) = self.defined.entry(key) {
            all.get_mut().pop();
            if all.get().is_empty() {
                all.remove();
            }
        }
    }

    /// The entry that defined before what a fact at a position defines.
    #[must_use]
    pub fn defined_before(&self, fact: &Fact, position: Position) -> Option<Position> {
        let all = self.defined.get(&definition_of(fact)?)?;
        all.iter().rev().find(|at| **at < position).copied()
    }

    fn touch(&mut self, entry: &Entry, entries: &dyn Entries) {
        for touch in &entry.touches {
            let born = touch.sequence == 1 && touch.item.birth == entry.position;
            if born {
                self.push_item(&Arc::new(ItemState::born(entry, touch.item)));
            }
            let Some(index) = self.index_of(touch.item) else { continue };
            let Some(mut item) = self.at(index).cloned() else { continue };
            let fold = if born { Fold::Done } else { item.apply(entry) };
            item.sequence = touch.sequence;
            item.last = entry.position;
            self.replace_item(index, &Arc::new(item));
            let corrected = matches!(entry.fact, Act::Correct(_));
            if corrected || fold == Fold::Refold {
                self.refold(index, entries);
            }
        }
    }

    /// Folds an item anew from all its live entries.
    pub(super) fn refold(&mut self, index: ItemIndex, entries: &dyn Entries) {
        let Some(item) = self.at(index) else { return };
        let (id, sequence, last) = (item.id, item.sequence, item.last);
        let history = history(id, last, entries);
        let Some(birth) = history.iter().find(|entry| entry.position == id.birth) else { return };
        let live = history.iter().filter(|entry| !self.superseded.contains_key(&entry.position));
        let used = self.backflushed(index, &history);
        let mut state = ItemState::refold(birth, id, live.collect(), used);
        state.sequence = sequence;
        state.last = last;
        self.replace_item(index, &Arc::new(state));
    }

    /// What runs took from a lot without a fact of its own.
    fn backflushed(&self, index: ItemIndex, history: &[Entry]) -> Vec<Used> {
        let graph = &self.graph;
        graph
            .outputs(index)
            .filter(|at| self.live(*at))
            .map(|at| (at, graph.edge(at)))
            .filter(|(_, edge)| edge.kind == EdgeKind::Consumed)
            .filter(|(_, edge)| history.iter().all(|entry| entry.position != edge.source))
            .filter(|(at, edge)| edge.group.is_none() || self.likeliest(edge) == Some(*at))
            .map(|(_, edge)| used_of(&edge))
            .collect()
    }

    /// The first of an edge's candidates: the one that stands in the books.
    pub(super) fn likeliest(&self, edge: &Edge) -> Option<EdgeIndex> {
        let line = edge.group.map(|group| group.line);
        self.graph
            .inputs(edge.output)
            .filter(|at| self.live(*at))
            .filter(|at| {
                let other = self.graph.edge(*at);
                other.source == edge.source && other.group.map(|group| group.line) == line
            })
            .min()
    }

    /// Adds what a fact says went into what, known since `born`; answers both, where they are
    /// known.
    pub(super) fn link(&mut self, link: &Link, source: Position, born: Position) -> Option<Pair> {
        let input = self.index_of(link.input)?;
        let output = self.index_of(link.output)?;
        self.add_edge(Edge {
            input,
            output,
            kind: link.kind,
            quantity: link.quantity,
            performed: link.performed,
            source,
            group: link.group,
            born,
            died: None,
            removed: None,
        });
        Some((input, output))
    }

    /// Ends what the corrected entries said.
    fn supersede(&mut self, correct: &Correct<ItemId>, at: Position, entries: &dyn Entries) {
        for position in &correct.entries {
            let Some(old) = entries.entry(*position) else { continue };
            self.superseded.insert(*position, at);
            let position = *position;
            self.end_run(&old, at, entries);
            self.note(|changes| changes.superseded(position));
            self.undo(move |state| {
                state.superseded.remove(&position);
            });
            let touched: Vec<_> =
                old.touches.iter().filter_map(|touch| self.index_of(touch.item)).collect();
            for index in touched {
                self.end_edges(index, position, at);
            }
            self.unload(&old, at, entries);
            self.end_parts(&old, at, entries);
            if let Act::CheckEquipment(check) = &old.fact {
                self.drop_check(&check.equipment, position);
            }
        }
    }

    /// Ends the edges an entry made at an item, and fits again what it took out.
    fn end_edges(&mut self, index: ItemIndex, source: Position, at: Position) {
        let near: Vec<_> = self.graph.inputs(index).chain(self.graph.outputs(index)).collect();
        for edge_at in near {
            if !self.live(edge_at) {
                continue;
            }
            let edge = self.graph.edge(edge_at);
            let out = edge.removed.is_some_and(|removed| removed.by == source);
            if edge.kind == EdgeKind::Installed && (edge.source == source || out) {
                self.refit((edge.input, edge.output), Refit::Ended(source), at);
            } else if edge.source == source {
                self.kill_edge(edge_at, at);
            }
        }
    }

    fn applied_quality(&mut self, entry: &Entry) {
        match &entry.fact {
            Act::CheckEquipment(check) => {
                let checked = Checked {
                    position: entry.position,
                    performed: entry.context.performed,
                    good: check.good,
                    due: check.due,
                };
                let checks = self.masters.checks.entry(check.equipment.clone()).or_default();
                checks.push(checked);
                checks.sort_by_key(|checked| (checked.performed.to, checked.position));
                self.note(|changes| changes.checks(&check.equipment));
                let (equipment, position) = (check.equipment.clone(), entry.position);
                self.undo(move |state| state.drop_check(&equipment, position));
            }
            Act::Except(except) => {
                let position = entry.position;
                let exception = RaisedException { fact: except.clone(), closed: None };
                self.exceptions.insert(position, exception);
                self.note(|changes| changes.exception(position));
                self.undo(move |state| {
                    state.exceptions.remove(&position);
                });
            }
            Act::VoidSignature(v) => {
                // A signature that was given again is another one.
                let fate = SignatureFate { voided: Some(entry.position), again: None };
                self.set_fate(v.entry, fate);
            }
            Act::SignAgain(v) => {
                let fate = self.signature_of(v.entry);
                self.set_fate(v.entry, SignatureFate { again: Some(entry.position), ..fate });
            }
            Act::CloseException(close) => {
                let at = close.exception;
                let closed = Some((entry.position, close.reason.clone()));
                let Some(exception) = self.exceptions.get_mut(&at) else { return };
                let before = exception.clone();
                exception.closed = closed;
                self.note(|changes| changes.exception(at));
                self.undo(move |state| {
                    state.exceptions.insert(at, before);
                });
            }
            _ => {}
        }
    }

    fn set_fate(&mut self, signed: Position, fate: SignatureFate) {
        let before = self.signatures.insert(signed, fate);
        self.note(|changes| changes.signature(signed));
        self.undo(move |state| {
            match before {
                Some(before) => state.signatures.insert(signed, before),
                None => state.signatures.remove(&signed),
            };
        });
    }

    fn drop_check(&mut self, equipment: &domain::EquipmentCode, position: Position) {
        let Some(checks) = self.masters.checks.get_mut(equipment) else { return };
        let Some(at) = checks.iter().position(|checked| checked.position == position) else {
            return;
        };
        let old = checks.remove(at);
        if checks.is_empty() {
            // Equipment that was never checked has no row.
            self.masters.checks.remove(equipment);
        }
        self.note(|changes| changes.checks(equipment));
        let equipment = equipment.clone();
        self.undo(move |state| {
            state.masters.checks.entry(equipment).or_default().insert(at, old);
        });
    }
}

/// The use of a lot that an edge of a run stands for.
pub(super) fn used_of(edge: &Edge) -> Used {
    Used {
        quantity: edge.quantity,
        stamp: Stamp { performed: edge.performed.to, position: edge.source },
        uncertain: edge.group.is_some(),
    }
}

/// All entries that touch an item, last first, following its chain.
pub(crate) fn history(id: ItemId, last: Position, entries: &dyn Entries) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut next = Some(last);
    while let Some(position) = next {
        let Some(entry) = entries.entry(position) else { break };
        next = entry.touches.iter().find(|touch| touch.item == id).and_then(|t| t.previous);
        found.push(entry);
    }
    found
}
