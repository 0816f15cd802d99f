//! What the readers' state takes over from the writer's.
//!
//! Facts are folded once, by the writer. What changed goes to the readers as it has become: items
//! are shared, not copied, and everything else is small.
//!
//! Invariant: a state that installs every delta of another is equal to it.

use std::sync::Arc;

use domain::entry::Entry;
use domain::item::ItemState;
use domain::{HoldCode, Position, StationCode, Time};
use genealogy::{EdgeIndex, ItemIndex};

use super::rows::{CHECKS, HOLD, RUN_STATION, SLOT, read};
use super::{Changes, PlacedHold, RaisedException, State, floor};
use crate::error::Result;

/// What became of a state since it was last asked.
#[derive(Debug)]
pub struct Delta {
    next: Position,
    items: Vec<(ItemIndex, Arc<ItemState>)>,
    graph: genealogy::Delta,
    edges: Vec<EdgeIndex>,
    /// As rows of `views.db` have them; absent: it is not there any more, or never came to be.
    named: Vec<(u16, String, Option<Vec<u8>>)>,
    holds: Vec<(HoldCode, Arc<PlacedHold>)>,
    floor: Vec<floor::Change>,
    exceptions: Vec<(Position, RaisedException)>,
    runs: Vec<(StationCode, (Time, Position), bool)>,
}

impl State {
    /// A state for the writer that begins as this one is.
    #[must_use]
    pub fn journal(&self) -> Self {
        let mut graph = self.graph.clone();
        // Nothing of it changed yet that this one does not have.
        drop(graph.delta(std::iter::empty()));
        Self {
            next: self.next,
            items: self.items.clone(),
            births: self.births.clone(),
            named: self.named.clone(),
            contents: self.contents.clone(),
            by_order: self.by_order.clone(),
            taken: self.taken.clone(),
            by_part: self.by_part.clone(),
            masters: self.masters.clone(),
            floor: self.floor.clone(),
            graph,
            holds: self.holds.clone(),
            held: self.held.clone(),
            lifted: self.lifted.clone(),
            slots: self.slots.clone(),
            runs: self.runs.clone(),
            parts: self.parts.clone(),
            superseded: self.superseded.clone(),
            defined: self.defined.clone(),
            signatures: self.signatures.clone(),
            own: self.own.clone(),
            exceptions: self.exceptions.clone(),
            journal: Some(Vec::new()),
            changes: Some(Changes::default()),
        }
    }

    /// What changed since this was last asked; nothing of it is taken back any more.
    ///
    /// Errors: [`crate::Error::Row`] if a definition has no form as a row, which none has.
    pub fn delta(&mut self) -> Result<Delta> {
        let changes = self.take_changes();
        // What was noted and then taken back is not there, or is as it was: that does no harm.
        let item = |at: &u32| {
            let item = self.items.get(usize::try_from(*at).ok()?)?;
            Some((ItemIndex(*at), Arc::clone(item)))
        };
        let count = self.graph.edge_count();
        let edges = changes.edges.iter().filter(|at| **at < count);
        let edges: Vec<EdgeIndex> = edges.map(|at| EdgeIndex(*at)).collect();
        let run = |(station, run): (StationCode, (Time, Position))| {
            let there = self.runs.get(&station).is_some_and(|runs| runs.contains(&run));
            (station, run, there)
        };
        let mut delta = Delta {
            next: self.next,
            items: changes.items.iter().filter_map(item).collect(),
            graph: self.graph.delta(edges.iter().copied()),
            edges,
            runs: changes.runs.into_iter().map(run).collect(),
            named: Vec::new(),
            holds: Vec::new(),
            floor: Vec::new(),
            exceptions: Vec::new(),
        };
        for position in changes.exceptions {
            let raised = self.exceptions.get(&position);
            delta.exceptions.extend(raised.map(|raised| (position, raised.clone())));
        }
        for (kind, code) in changes.named {
            if kind == HOLD {
                let code: HoldCode = read(code.as_bytes())?;
                let hold = self.holds.get(&code).map(Arc::clone);
                delta.holds.extend(hold.map(|hold| (code, hold)));
            } else if let Some(change) = self.floor_change(kind, &code)? {
                delta.floor.push(change);
            } else if kind != RUN_STATION {
                let body = self.body(kind, &code)?;
                delta.named.push((kind, code, body));
            }
        }
        Ok(delta)
    }

    /// Takes over what another became, by these entries.
    ///
    /// Shape: deltas come in order, none left out.
    /// Errors: [`crate::Error::Row`] if a definition does not read, which every one does.
    pub fn install(&mut self, delta: Delta, entries: &[Entry]) -> Result<()> {
        self.next = delta.next;
        self.install_items(delta.items);
        self.graph.install(delta.graph);
        for at in delta.edges {
            self.note(|changes| changes.edge(at));
        }
        for (kind, code, body) in delta.named {
            match body {
                Some(body) => self.read_named(kind, &code, &body)?,
                None if kind == SLOT => drop(self.slots.remove(&read(code.as_bytes())?)),
                None if kind == CHECKS => drop(self.masters.checks.remove(&read(code.as_bytes())?)),
                None => {}
            }
            self.note(|changes| {
                changes.named.insert((kind, code));
            });
        }
        for (code, hold) in delta.holds {
            self.swap_hold(&code, Some(hold));
            self.note(|changes| changes.hold(&code));
        }
        for change in delta.floor {
            self.set_floor(change);
        }
        for (position, exception) in delta.exceptions {
            self.exceptions.insert(position, exception);
            self.note(|changes| changes.exception(position));
        }
        for (station, run, there) in delta.runs {
            if there {
                self.note(|changes| changes.run(&station, run));
                self.runs.entry(station).or_default().insert(run);
            } else if let Some(runs) = self.runs.get_mut(&station) {
                runs.remove(&run);
            }
        }
        entries.iter().for_each(|entry| self.note_rows(entry));
        Ok(())
    }

    /// First all new ones, then what the indexes say: an item may lie in one born after it.
    fn install_items(&mut self, items: Vec<(ItemIndex, Arc<ItemState>)>) {
        let mut replaced = Vec::with_capacity(items.len());
        for (index, item) in items {
            let slot = usize::try_from(index.0).ok().and_then(|at| self.items.get_mut(at));
            let old = match slot {
                Some(slot) => Some(std::mem::replace(slot, Arc::clone(&item))),
                None => {
                    self.births.add(item.id, index);
                    self.items.push(Arc::clone(&item));
                    None
                }
            };
            replaced.push((index, item, old));
        }
        for (index, item, old) in replaced {
            self.reindex(index, &item, old.as_deref());
            self.note(|changes| changes.item(index));
        }
    }
}
