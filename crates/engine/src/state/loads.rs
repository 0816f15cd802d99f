//! What is loaded at stations, and what runs took from it.
//!
//! Edges of a run are derived from the changes of the slots at its station; when a change comes
//! late or is corrected, the runs after it are derived again. An edge that no longer holds ends at
//! that position, so what was believed before stays known.

use std::sync::Arc;

use domain::act::{Act, Draw};
use domain::backflush::{Candidates, Change, candidates};
use domain::edge::{EdgeKind, Group, Link};
use domain::entry::Entry;
use domain::item::{Fold, Used};
use domain::{Interval, ItemId, Position, SlotCode, StationCode, Time};
use genealogy::{Edge, EdgeIndex, ItemIndex};

use super::apply::used_of;
use super::{Entries, State};

impl State {
    /// What a slot holds by the latest changes.
    pub(crate) fn loaded_now(&self, station: &StationCode, slot: &SlotCode) -> Vec<ItemId> {
        let mut held: Vec<ItemId> = Vec::new();
        let key = (station.clone(), slot.clone());
        for change in self.slots.get(&key).into_iter().flatten() {
            match (change.lot, change.adds) {
                (Some(lot), true) => held.push(lot),
                (Some(lot), false) => held = vec![lot],
                (None, _) => match change.off {
                    Some(off) => held.retain(|lot| *lot != off),
                    None => held.clear(),
                },
            }
        }
        held
    }

    /// What a slot, or any slot of a station, may have held at some time.
    pub(crate) fn loaded_when(
        &self,
        station: &StationCode,
        slot: Option<&SlotCode>,
        when: Interval,
    ) -> Vec<ItemId> {
        let slots = self.slots_of(station).filter(|(at, _)| slot.is_none_or(|slot| slot == *at));
        slots.flat_map(|(_, changes)| candidates(changes, when).lots).collect()
    }

    pub(super) fn applied_loads(
        &mut self,
        entry: &Entry,
        entries: &dyn Entries,
        changed: &mut Vec<ItemIndex>,
    ) {
        if let Some((station, change)) = change_of(entry) {
            let from = change.performed.from;
            self.insert_change(&station, change);
            changed.extend(self.derive_from(&station, from, entry.position, entries));
        }
        let Act::Step(step) = &entry.fact else { return };
        let Some(station) = entry.context.station.clone().filter(|_| !step.draws.is_empty()) else {
            return;
        };
        let key = (entry.context.performed.to, entry.position);
        self.runs.entry(station.clone()).or_default().insert(key);
        self.note(|changes| changes.run(&station, key));
        self.undo(move |state| {
            if let Some(runs) = state.runs.get_mut(&station) {
                runs.remove(&key);
            }
        });
        changed.extend(self.derive_run(entry, entry.position, entries));
    }

    /// Takes back what a corrected entry said about loads and runs.
    pub(super) fn unload(&mut self, old: &Entry, at: Position, entries: &dyn Entries) {
        if let Some((station, change)) = change_of(old) {
            self.remove_change(&station, &change);
            self.derive_from(&station, change.performed.from, at, entries);
        }
        let Some(station) = old.context.station.clone() else { return };
        let key = (old.context.performed.to, old.position);
        let was_run = self.runs.get_mut(&station).is_some_and(|runs| runs.remove(&key));
        if was_run {
            self.note(|changes| changes.run(&station, key));
            self.undo(move |state| {
                state.runs.entry(station).or_default().insert(key);
            });
        }
    }

    fn insert_change(&mut self, station: &StationCode, change: Change) {
        let key = (station.clone(), change.slot.clone());
        let changes = self.slots.entry(key.clone()).or_default();
        let stamp = |change: &Change| (change.performed.to, change.position);
        let at = changes.partition_point(|held| stamp(held) < stamp(&change));
        changes.insert(at, change);
        self.note(|changes| changes.slot(&key));
        self.undo(move |state| {
            state.take_change(&key, at);
        });
    }

    fn remove_change(&mut self, station: &StationCode, change: &Change) {
        let key = (station.clone(), change.slot.clone());
        let Some(changes) = self.slots.get(&key) else { return };
        let Some(at) = changes.iter().position(|held| held.position == change.position) else {
            return;
        };
        let Some(old) = self.take_change(&key, at) else { return };
        self.note(|changes| changes.slot(&key));
        self.undo(move |state| state.slots.entry(key).or_default().insert(at, old));
    }

    /// A slot at which nothing changed, as far as is known, is not there.
    fn take_change(&mut self, key: &(StationCode, SlotCode), at: usize) -> Option<Change> {
        let changes = self.slots.get_mut(key)?;
        let old = changes.remove(at);
        if changes.is_empty() {
            self.slots.remove(key);
        }
        Some(old)
    }

    /// Derives the runs at a station again that were not over before `from`.
    fn derive_from(
        &mut self,
        station: &StationCode,
        from: Time,
        at: Position,
        entries: &dyn Entries,
    ) -> Vec<ItemIndex> {
        let runs: Vec<Position> = self
            .runs
            .get(station)
            .into_iter()
            .flat_map(|runs| runs.range((from, Position(0))..))
            .map(|(_, position)| *position)
            .filter(|position| !self.superseded.contains_key(position))
            .collect();
        let runs = runs.into_iter().filter_map(|position| entries.entry(position));
        runs.flat_map(|run| self.derive_run(&run, at, entries)).collect()
    }

    /// Brings the edges of one run up to what was loaded; answers the lots it changed.
    fn derive_run(&mut self, run: &Entry, at: Position, entries: &dyn Entries) -> Vec<ItemIndex> {
        let wanted = self.links_of_run(run);
        let mut changed = Vec::new();
        let Act::Step(step) = &run.fact else { return changed };
        for worked in &step.items {
            let Some(output) = self.index_of(worked.item) else { continue };
            let have = self.drawn(output, run.position);
            let want: Vec<&Link> =
                wanted.iter().filter(|link| link.output == worked.item).collect();
            if self.same(&have, &want) {
                continue;
            }
            changed.extend(self.give_back(have, at, entries));
            for link in want {
                changed.extend(self.draw(link, run.position, at, entries));
            }
        }
        changed
    }

    /// Ends edges of a run and puts what they took back into the books; answers the lots.
    fn give_back(
        &mut self,
        edges: Vec<(EdgeIndex, Edge)>,
        at: Position,
        entries: &dyn Entries,
    ) -> Vec<ItemIndex> {
        // Which of a group stands in the books shows only while the whole group is live.
        let standing: Vec<bool> =
            edges.iter().map(|(edge_at, edge)| self.stands(*edge_at, edge)).collect();
        let mut lots = Vec::with_capacity(edges.len());
        for ((edge_at, edge), stands) in edges.into_iter().zip(standing) {
            self.kill_edge(edge_at, at);
            if stands {
                self.take_back(&edge, entries);
            }
            lots.push(edge.input);
        }
        lots
    }

    /// Ends what a corrected run took.
    pub(super) fn end_run(&mut self, old: &Entry, at: Position, entries: &dyn Entries) {
        let Act::Step(step) = &old.fact else { return };
        for worked in &step.items {
            let Some(output) = self.index_of(worked.item) else { continue };
            let have = self.drawn(output, old.position);
            self.give_back(have, at, entries);
        }
    }

    fn draw(
        &mut self,
        link: &Link,
        source: Position,
        at: Position,
        entries: &dyn Entries,
    ) -> Option<ItemIndex> {
        let (input, _) = self.link(link, source, at)?;
        let edge_at = EdgeIndex(self.graph.edge_count().checked_sub(1)?);
        let edge = self.graph.edge(edge_at);
        if self.stands(edge_at, &edge) {
            self.take(edge.input, used_of(&edge), entries);
        }
        Some(input)
    }

    /// Whether an edge of a run is the one that stands in the books.
    fn stands(&self, at: EdgeIndex, edge: &Edge) -> bool {
        edge.group.is_none() || self.likeliest(edge) == Some(at)
    }

    fn take_back(&mut self, edge: &Edge, entries: &dyn Entries) {
        let used = used_of(edge);
        let quantity = domain::Amount::ZERO.minus(used.quantity);
        self.take(edge.input, Used { quantity, ..used }, entries);
    }

    fn take(&mut self, lot: ItemIndex, used: Used, entries: &dyn Entries) {
        let Some(item) = self.at(lot) else { return };
        let mut item = item.clone();
        let fold = item.apply_used(used);
        self.replace_item(lot, &Arc::new(item));
        if fold == Fold::Refold {
            self.refold(lot, entries);
        }
    }

    /// The live edges a run made at one of its items, in order.
    fn drawn(&self, output: ItemIndex, run: Position) -> Vec<(EdgeIndex, Edge)> {
        let mut found: Vec<_> = self
            .graph
            .inputs(output)
            .filter(|at| self.live(*at))
            .map(|at| (at, self.graph.edge(at)))
            .filter(|(_, edge)| edge.source == run)
            .collect();
        found.sort_by_key(|(at, _)| *at);
        found
    }

    fn same(&self, have: &[(EdgeIndex, Edge)], want: &[&Link]) -> bool {
        have.len() == want.len()
            && have.iter().zip(want).all(|((_, edge), link)| {
                self.index_of(link.input) == Some(edge.input)
                    && edge.group == link.group
                    && edge.quantity == link.quantity
                    && edge.performed == link.performed
            })
    }

    /// What a run took, by what was loaded at its station.
    fn links_of_run(&self, run: &Entry) -> Vec<Link> {
        let Act::Step(step) = &run.fact else { return Vec::new() };
        let Some(station) = &run.context.station else { return Vec::new() };
        // Nothing was drawn after the run was told of, whatever a clock that is ahead may say.
        let performed = Interval {
            from: run.context.performed.from.min(run.received),
            to: run.context.performed.to.min(run.received),
        };
        let mut links = Vec::new();
        let mut line = 0_u32;
        for worked in &step.items {
            for draw in &step.draws {
                let from = self.candidates(station, draw, performed);
                let each = worked.quantity.unwrap_or(domain::Amount::ONE);
                let group = (from.lots.len() > 1).then_some(Group { line, mix: from.mix });
                links.extend(from.lots.into_iter().map(|input| Link {
                    input,
                    output: worked.item,
                    kind: EdgeKind::Consumed,
                    quantity: draw.quantity.times(each),
                    performed,
                    group,
                }));
                line = line.saturating_add(1);
            }
        }
        links
    }

    fn candidates(&self, station: &StationCode, draw: &Draw, run: Interval) -> Candidates {
        let mut all = Candidates::default();
        for (slot, changes) in self.slots_of(station) {
            if draw.slot.as_ref().is_some_and(|asked| asked != slot) {
                continue;
            }
            let found = candidates(changes, run);
            let fitting = found.lots.into_iter().filter(|lot| {
                let part = self.item_state(*lot).and_then(|state| state.part.value.as_ref());
                part.is_some_and(|part| draw.parts.iter().any(|wanted| wanted.accepts(part)))
            });
            let new: Vec<_> = fitting.filter(|lot| !all.lots.contains(lot)).collect();
            all.lots.extend(new);
            all.mix |= found.mix;
        }
        all.mix &= all.lots.len() > 1;
        all
    }
}

/// The change of a slot that a fact tells.
fn change_of(entry: &Entry) -> Option<(StationCode, Change)> {
    let base = |slot: &SlotCode| Change {
        position: entry.position,
        performed: entry.context.performed,
        slot: slot.clone(),
        lot: None,
        off: None,
        adds: false,
    };
    match &entry.fact {
        Act::Load(v) => {
            Some((v.station.clone(), Change { lot: Some(v.lot), adds: v.adds, ..base(&v.slot) }))
        }
        Act::Unload(v) => Some((v.station.clone(), Change { off: v.lot, ..base(&v.slot) })),
        _ => None,
    }
}
