//! Holds on combinations of starts.
//!
//! A combination catches an item once it has met all its parts, each by whichever fact. Where it
//! names material, an item is held while it may contain that: what a late fact or a correction
//! clears is free again. Only of a hold that is on nothing but such combinations, though, for of
//! others the ledger does not say which of their starts found an item; and what was in a container
//! stays held when it is taken out.

use std::collections::{BTreeSet, HashSet};

use domain::ItemId;
use domain::act::Act;
use domain::entry::Entry;
use domain::item::ItemState;
use domain::start::Start;
use genealogy::{Direction, ItemIndex, View};

use super::PlacedHold;
use crate::state::apply::history;
use crate::state::{Entries, State};

impl PlacedHold {
    /// Whether what it may hold no more is let go: it is on combinations that name material only.
    pub(super) fn is_narrowed(&self) -> bool {
        let names_material = |start: &Start<ItemId>| {
            let combined = matches!(start, Start::All { .. });
            combined && start.parts().into_iter().any(|part| matches!(part, Start::Item { .. }))
        };
        !self.on.is_empty() && self.on.iter().all(names_material)
    }
}

impl State {
    /// The roots that a hold stands on in a view.
    pub(crate) fn standing(
        &self,
        hold: &PlacedHold,
        view: View,
    ) -> impl Iterator<Item = ItemIndex> {
        let combinations: Option<Vec<Vec<HashSet<ItemIndex>>>> = hold
            .is_narrowed()
            .then(|| hold.on.iter().map(|start| self.materials(start, view)).collect());
        let stands = move |index: &ItemIndex| {
            combinations.as_ref().is_none_or(|each| {
                each.iter().any(|all| all.iter().all(|reached| reached.contains(index)))
            })
        };
        hold.roots.iter().filter_map(|id| self.index_of(*id)).filter(stands)
    }

    /// What can contain each material that a combination names; containers are not asked.
    fn materials(&self, start: &Start<ItemId>, view: View) -> Vec<HashSet<ItemIndex>> {
        let parts = start.parts().into_iter();
        let named = parts.filter_map(|part| match part {
            Start::Item { item } => self.index_of(*item),
            _ => None,
        });
        let is_container =
            |index: &ItemIndex| self.at(*index).is_some_and(|item| item.kind.is_container());
        named
            .filter(|index| !is_container(index))
            .map(|index| self.reached(&[index], Direction::Forward, view).collect())
            .collect()
    }

    fn reached(
        &self,
        from: &[ItemIndex],
        direction: Direction,
        view: View,
    ) -> impl Iterator<Item = ItemIndex> + use<> {
        let trace = self.graph.trace(from, direction, view, usize::MAX);
        trace.reached.into_iter().map(|reached| reached.item)
    }

    /// The items that a fact makes fit a combination.
    pub(super) fn caught_in_common(
        &self,
        start: &Start<ItemId>,
        entry: &Entry,
        (entries, changed): (&dyn Entries, &[ItemIndex]),
    ) -> Vec<ItemId> {
        let mut parts = start.parts();
        // What costs least to find out first.
        parts.sort_by_key(|part| match part {
            Start::Order { .. } | Start::Part { .. } | Start::All { .. } => 0_u8,
            Start::Item { .. } => 1,
            Start::Used { .. } | Start::SinceGoodCheck { .. } | Start::Measured { .. } => 2,
        });
        let touched = entry.touches.iter().filter_map(|touch| self.item_state(touch.item));
        let mut candidates: BTreeSet<ItemId> =
            touched.chain(self.ordered(&entry.fact)).map(|item| item.id).collect();
        let more = self.spread_to(&parts, entry, changed);
        candidates.extend(more.into_iter().filter_map(|index| Some(self.at(index)?.id)));
        let items = candidates.into_iter().filter_map(|id| self.item_state(id));
        let fits = |item: &&ItemState| {
            parts.iter().all(|part| self.has_fitted(part, entry, item, entries))
        };
        items.filter(fits).map(|item| item.id).collect()
    }

    /// What a fact that need not touch it may have made contain the material of a combination.
    fn spread_to(
        &self,
        parts: &[&Start<ItemId>],
        entry: &Entry,
        changed: &[ItemIndex],
    ) -> Vec<ItemIndex> {
        let material = parts.iter().find_map(|part| match part {
            Start::Item { item } => Some(*item),
            _ => None,
        });
        let Some(material) = material else { return Vec::new() };
        let from: Vec<ItemIndex> = match entry.fact {
            // These change what earlier runs took, anywhere.
            Act::Correct(_) | Act::Load(_) | Act::Unload(_) => {
                let inside = self.with_contents(material);
                inside.into_iter().filter_map(|id| self.index_of(id)).collect()
            }
            _ => changed.iter().flat_map(|input| self.outputs_of(*input, entry)).collect(),
        };
        self.reached(&from, Direction::Forward, View::default()).collect()
    }

    /// What an item went into by this entry: its newest edges.
    fn outputs_of(&self, input: ItemIndex, entry: &Entry) -> impl Iterator<Item = ItemIndex> {
        let edges = self.graph.outputs(input).map(|at| self.graph.edge(at));
        edges.take_while(|edge| edge.born == entry.position).map(|edge| edge.output)
    }

    /// Whether an item fits a part of a combination, by this fact or by an earlier one.
    fn has_fitted(
        &self,
        part: &Start<ItemId>,
        entry: &Entry,
        item: &ItemState,
        entries: &dyn Entries,
    ) -> bool {
        match part {
            Start::Item { item: material } => self.may_contain(item.id, *material),
            Start::Order { .. } | Start::Part { .. } | Start::All { .. } => {
                self.fits(part, entry, item)
            }
            Start::Used { .. } | Start::SinceGoodCheck { .. } | Start::Measured { .. } => {
                let live = |entry: &&Entry| !self.superseded.contains_key(&entry.position);
                let facts = history(item.id, item.last, entries);
                facts.iter().filter(live).any(|entry| self.fits(part, entry, item))
            }
        }
    }

    /// Whether an item is, or can contain, another or what is in that.
    fn may_contain(&self, item: ItemId, material: ItemId) -> bool {
        let Some(index) = self.index_of(item) else { return false };
        let inside = self.with_contents(material);
        let inside: HashSet<ItemIndex> =
            inside.into_iter().filter_map(|id| self.index_of(id)).collect();
        inside.contains(&index)
            || self
                .reached(&[index], Direction::Backward, View::default())
                .any(|reached| inside.contains(&reached))
    }
}
