//! What an event's plan has to know of the plant.

use std::cell::RefCell;

use domain::act::{Kind, Portion};
use domain::edge::EdgeKind;
use domain::{
    Amount, Answer, CommandId, Entry, Identifier, ItemId, ItemRef, MaterialDefinition, Part,
    Position,
};
use epcis::capture::{Inside, Seen};
use genealogy::{ItemIndex, View};
use parking_lot::RwLockReadGuard;

use super::super::run::{answer_to, entry_at};
use crate::error::{Error, Result};
use crate::plant::Plant;
use crate::state::{Entries, Known as Facts, State};

/// The plant as it stands; a failure of the world is kept for [`Known::finish`].
pub(super) struct Known<'a> {
    plant: &'a Plant,
    state: RwLockReadGuard<'a, State>,
    failed: RefCell<Option<Error>>,
}

impl<'a> Known<'a> {
    pub(super) fn new(plant: &'a Plant) -> Self {
        Self { plant, state: plant.published().read(), failed: RefCell::new(None) }
    }

    /// Errors: what failed while it was asked.
    pub(super) fn finish(self) -> Result<()> {
        self.failed.into_inner().map_or(Ok(()), Err)
    }

    fn kept<T>(&self, answer: Result<Option<T>>) -> Option<T> {
        answer.unwrap_or_else(|error| {
            self.failed.borrow_mut().get_or_insert(error);
            None
        })
    }

    fn index(&self, called: &Identifier) -> Option<ItemIndex> {
        let item = ItemRef::Called {
            scheme: Some(called.scheme.clone()),
            issuer: called.issuer.clone(),
            value: called.value.clone(),
        };
        let is_called = |index: &ItemIndex| {
            let state = self.state.at(*index);
            state.is_some_and(|s| s.names.iter().any(|name| name.identifier == *called))
        };
        self.state.find(&item).into_iter().find(is_called)
    }
}

/// The ledger, where a rule needs an entry.
struct Stored<'a>(&'a Known<'a>);

impl Entries for Stored<'_> {
    fn entry(&self, position: Position) -> Option<Entry> {
        self.0.kept(entry_at(self.0.plant, position))
    }
}

impl epcis::capture::Plant for Known<'_> {
    fn item(&self, called: &Identifier) -> Option<Seen> {
        Seen::of(&Facts { state: &self.state, entries: &Stored(self) }, called)
    }

    fn packed(&self, container: &Identifier) -> Vec<Inside> {
        let inside = self.index(container).map(|index| self.state.contents_of(index));
        let inside = inside.into_iter().flatten().filter_map(|index| self.state.at(index));
        inside
            .map(|item| Inside { item: item.id, called: item.names_now().cloned().collect() })
            .collect()
    }

    fn installed(&self, parent: &Identifier) -> Vec<Portion<ItemId>> {
        let Some(index) = self.index(parent) else { return Vec::new() };
        let graph = self.state.graph();
        let mut found: Vec<Portion<ItemId>> = Vec::new();
        for at in graph.inputs(index).filter(|at| graph.is_visible(*at, View::default())) {
            let edge = graph.edge(at);
            let Some(item) = self.state.at(edge.input) else { continue };
            if edge.kind != EdgeKind::Installed || edge.removed.is_some() {
                continue;
            }
            let lot = item.kind == Kind::Lot;
            match found.iter_mut().find(|portion| portion.item == item.id) {
                Some(portion) => {
                    let more = |quantity: Amount| quantity.plus(edge.quantity);
                    portion.quantity = portion.quantity.map(more);
                }
                None => {
                    found.push(Portion { item: item.id, quantity: lot.then_some(edge.quantity) });
                }
            }
        }
        found
    }

    fn material(&self, part: &Part) -> Option<MaterialDefinition> {
        self.state.masters().material(part).cloned()
    }

    fn source(&self, command: CommandId) -> Option<String> {
        let Answer::Admitted(admitted) = self.kept(answer_to(self.plant, command))? else {
            return None;
        };
        self.kept(entry_at(self.plant, admitted.first))?.context.source
    }
}
