//! Everything the ledger's facts add up to, in memory: items, indexes, definitions, holds, loads,
//! genealogy.
//!
//! The same type serves twice. The writer's is ahead of what is committed and keeps an undo
//! journal, so a command refused half way leaves nothing behind. The readers' is published: it
//! folds nothing itself but takes over what the writer's has become ([`Delta`]), shares its items,
//! moves with `views.db` and collects the rows that changed.
//!
//! Invariants: `apply` gives the same state for the same entries in the same order; nothing in
//! here is known that the ledger does not say; erasable values never enter.

mod apply;
mod births;
mod dump;
mod facts;
mod fittings;
mod floor;
mod holds;
mod loads;
mod masters;
mod named;
mod parts;
mod rows;
mod share;

pub use floor::{Floor, Qualifications, Qualified};
pub use holds::{Acknowledged, Lifted, PlacedHold};
pub use masters::{Checked, Masters};
pub use rows::{Changes, FOLD_VERSION};
pub use share::Delta;

pub(crate) use facts::Known;
pub(crate) use holds::uses_of;
pub(crate) use rows::used_kind;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use births::Births;
use domain::act::Kind;
use domain::backflush::Change;
use domain::entry::Entry;
use domain::item::{ItemState, Status, Whereabouts};
use domain::order::Share;
use domain::rules::SignatureFate;
use domain::{
    Amount, HoldCode, ItemId, ItemRef, MaterialDefinition, OrderCode, PartNumber, Position,
    RunCode, SlotCode, StationCode, Time,
};
use genealogy::{EdgeIndex, Graph, ItemIndex};
use named::Named;

/// Reads entries that were applied before.
pub trait Entries {
    /// The entry at a position, if there is one of a fact.
    ///
    /// Errors are fatal to the caller's batch: they are remembered by the implementation, which
    /// answers nothing from then on.
    fn entry(&self, position: Position) -> Option<Entry>;
}

type Undo = Box<dyn FnOnce(&mut State) + Send + Sync>;

/// An exception as it stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RaisedException {
    /// What was found.
    pub fact: domain::act::Except<ItemId>,
    /// Closed by which entry, and why.
    pub closed: Option<(Position, String)>,
}

/// The state of a plant. See the module.
pub struct State {
    /// The position of the next entry.
    pub(crate) next: Position,
    pub(crate) items: Vec<Arc<ItemState>>,
    births: Births,
    /// Items that have or had a name, by its text alone; the scheme is looked at afterwards.
    named: Named,
    contents: HashMap<ItemIndex, BTreeSet<ItemIndex>>,
    by_order: HashMap<OrderCode, BTreeSet<ItemIndex>>,
    /// How much of each work order is started and not scrapped.
    taken: HashMap<OrderCode, Amount>,
    by_part: HashMap<PartNumber, BTreeSet<ItemIndex>>,
    pub(crate) masters: Masters,
    floor: Floor,
    pub(crate) graph: Graph,
    pub(crate) holds: BTreeMap<HoldCode, Arc<PlacedHold>>,
    held: HashMap<ItemIndex, BTreeSet<HoldCode>>,
    /// Lifted holds, by when they were.
    lifted: BTreeSet<(Time, HoldCode)>,
    slots: BTreeMap<(StationCode, SlotCode), Vec<Change>>,
    /// Steps that draw from what is loaded at their station, by when they ended.
    runs: HashMap<StationCode, BTreeSet<(Time, Position)>>,
    /// Facts that tell parts of a run, in the order they came.
    parts: BTreeMap<RunCode, Vec<Position>>,
    superseded: HashMap<Position, Position>,
    /// The entries that defined something, by its kind and code as rows have them, in order.
    defined: BTreeMap<(u16, String), Vec<Position>>,
    /// What became of signatures that hold no more.
    signatures: BTreeMap<Position, SignatureFate>,
    /// The ledger's own entries: genesis and keys.
    own: Vec<Position>,
    pub(crate) exceptions: BTreeMap<Position, RaisedException>,
    journal: Option<Vec<Undo>>,
    changes: Option<Changes>,
}

impl State {
    fn empty() -> Self {
        Self {
            next: Position(0),
            items: Vec::new(),
            births: Births::default(),
            named: Named::default(),
            contents: HashMap::new(),
            by_order: HashMap::new(),
            taken: HashMap::new(),
            by_part: HashMap::new(),
            masters: Masters::default(),
            floor: Floor::default(),
            graph: Graph::new(),
            holds: BTreeMap::new(),
            held: HashMap::new(),
            lifted: BTreeSet::new(),
            slots: BTreeMap::new(),
            runs: HashMap::new(),
            parts: BTreeMap::new(),
            superseded: HashMap::new(),
            defined: BTreeMap::new(),
            signatures: BTreeMap::new(),
            own: Vec::new(),
            exceptions: BTreeMap::new(),
            journal: None,
            changes: None,
        }
    }

    /// The writer's: every change can be taken back until [`State::keep`].
    #[must_use]
    pub fn journaled() -> Self {
        Self { journal: Some(Vec::new()), changes: Some(Changes::default()), ..Self::empty() }
    }

    /// The readers': every change is noted for `views.db`.
    #[must_use]
    pub fn published() -> Self {
        Self { changes: Some(Changes::with_rows()), ..Self::empty() }
    }

    /// How many entries are applied: the position of the next one.
    #[must_use]
    pub fn next(&self) -> Position {
        self.next
    }

    /// How many changes could be taken back.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.journal.as_ref().map_or(0, Vec::len)
    }

    /// Takes back every change made since `mark`.
    pub fn undo_to(&mut self, mark: usize) {
        let mut journal = self.journal.take().unwrap_or_default();
        while journal.len() > mark {
            if let Some(undo) = journal.pop() {
                undo(self);
            }
        }
        self.journal = Some(journal);
    }

    /// Forgets how to take changes back: they are committed.
    pub fn keep(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.clear();
        }
    }

    fn undo(&mut self, undo: impl FnOnce(&mut Self) + Send + Sync + 'static) {
        if let Some(journal) = &mut self.journal {
            journal.push(Box::new(undo));
        }
    }

    fn note(&mut self, note: impl FnOnce(&mut Changes)) {
        if let Some(changes) = &mut self.changes {
            note(changes);
        }
    }

    /// The index of an item.
    #[must_use]
    pub fn index_of(&self, id: ItemId) -> Option<ItemIndex> {
        let index = self.births.place(id)?;
        self.at(index).filter(|item| item.id == id).map(|_| index)
    }

    /// An item by its index.
    #[must_use]
    pub fn at(&self, index: ItemIndex) -> Option<&ItemState> {
        self.items.get(usize::try_from(index.0).ok()?).map(|item| &**item)
    }

    /// An item by its id.
    #[must_use]
    pub fn item_state(&self, id: ItemId) -> Option<&ItemState> {
        self.at(self.index_of(id)?)
    }

    /// Every item a reference fits, oldest first; those that have the name now before those that
    /// had it.
    #[must_use]
    pub fn find(&self, item: &ItemRef) -> Vec<ItemIndex> {
        match item {
            ItemRef::Id(id) => self.index_of(*id).into_iter().collect(),
            ItemRef::New(..) => Vec::new(),
            ItemRef::Called { value, .. } => {
                let candidates = self.named.of(value);
                let fits = |index: ItemIndex, now| self.is_called(index, item, now);
                let has: Vec<_> =
                    candidates.iter().filter(|index| fits(**index, true)).copied().collect();
                if has.is_empty() {
                    candidates.iter().filter(|index| fits(**index, false)).copied().collect()
                } else {
                    has
                }
            }
        }
    }

    /// Whether an item has a name, or had it where it need not be so now.
    fn is_called(&self, index: ItemIndex, called: &ItemRef, now: bool) -> bool {
        let Some(state) = self.at(index) else { return false };
        let mut fitting = state.names.iter().filter(|name| called.names(&name.identifier));
        fitting.any(|name| name.withdrawn.is_none() || !now)
    }

    /// What is directly in a container.
    pub fn contents_of(&self, container: ItemIndex) -> impl Iterator<Item = ItemIndex> + '_ {
        self.contents.get(&container).into_iter().flatten().copied()
    }

    /// The items of a work or production order.
    pub fn items_of_order(&self, order: &OrderCode) -> impl Iterator<Item = ItemIndex> + '_ {
        self.by_order.get(order).into_iter().flatten().copied()
    }

    /// How much of a work order is started and not scrapped.
    #[must_use]
    pub fn taken_of(&self, order: &OrderCode) -> Amount {
        self.taken.get(order).copied().unwrap_or_default()
    }

    /// Every item that has or had a name with this text.
    pub(crate) fn named_so(&self, value: &str) -> Vec<ItemIndex> {
        self.named.of(value).to_vec()
    }

    /// The items of a part number.
    pub fn items_of_part(&self, part: &PartNumber) -> impl Iterator<Item = ItemIndex> + '_ {
        self.by_part.get(part).into_iter().flatten().copied()
    }

    /// The genealogy.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The definitions.
    #[must_use]
    pub fn masters(&self) -> &Masters {
        &self.masters
    }

    /// Every hold ever placed, by its code.
    #[must_use]
    pub fn holds(&self) -> &BTreeMap<HoldCode, Arc<PlacedHold>> {
        &self.holds
    }

    /// Every exception, by its position.
    #[must_use]
    pub fn exceptions(&self) -> &BTreeMap<Position, RaisedException> {
        &self.exceptions
    }

    /// Whether an item is a lot with books; copies of software are not counted.
    #[must_use]
    pub fn is_counted(&self, item: &ItemState) -> bool {
        if item.kind != Kind::Lot {
            return false;
        }
        let material = item.part.value.as_ref().and_then(|part| self.masters.material(part));
        material.is_none_or(MaterialDefinition::is_counted)
    }

    /// The status of an item without regard to holds.
    #[must_use]
    pub fn status_of(&self, item: &ItemState) -> Status {
        if self.is_counted(item) { item.status() } else { item.status_uncounted() }
    }

    /// Active holds on an item.
    pub fn holds_of(&self, index: ItemIndex) -> impl Iterator<Item = &HoldCode> {
        self.held.get(&index).into_iter().flatten()
    }

    /// The entry that superseded another.
    #[must_use]
    pub fn superseded_by(&self, position: Position) -> Option<Position> {
        self.superseded.get(&position).copied()
    }

    /// What became of the signature of an entry.
    #[must_use]
    pub fn signature_of(&self, position: Position) -> SignatureFate {
        self.signatures.get(&position).copied().unwrap_or_default()
    }

    /// The ledger's own entries: genesis and keys.
    #[must_use]
    pub fn own_entries(&self) -> &[Position] {
        &self.own
    }

    /// What was loaded at the slots of a station, in order.
    pub fn slots_of<'a>(
        &'a self,
        station: &'a StationCode,
    ) -> impl Iterator<Item = (&'a SlotCode, &'a [Change])> {
        self.slots
            .iter()
            .filter(move |((at, _), _)| at == station)
            .map(|((_, slot), changes)| (slot, changes.as_slice()))
    }

    /// How many items there are.
    #[must_use]
    pub fn item_count(&self) -> usize {
        self.items.len()
    }

    fn push_item(&mut self, item: &Arc<ItemState>) -> ItemIndex {
        let index = ItemIndex(
            u32::try_from(self.items.len()).expect("invariant: fewer than 2^32 items in a ledger"),
        );
        self.births.add(item.id, index);
        self.items.push(Arc::clone(item));
        self.reindex(index, item, None);
        self.note(|changes| changes.item(index));
        self.undo(move |state| {
            let old = state.items.pop();
            if let Some(old) = old {
                state.births.remove(old.id);
                state.unindex(index, &old);
            }
        });
        index
    }

    fn replace_item(&mut self, index: ItemIndex, item: &Arc<ItemState>) {
        let Some(slot) = usize::try_from(index.0).ok().and_then(|at| self.items.get_mut(at)) else {
            return;
        };
        let old = std::mem::replace(slot, Arc::clone(item));
        self.reindex(index, item, Some(&old));
        self.note(|changes| changes.item(index));
        self.undo(move |state| state.replace_item_unlogged(index, &old));
    }

    fn replace_item_unlogged(&mut self, index: ItemIndex, item: &Arc<ItemState>) {
        let journal = self.journal.take();
        self.replace_item(index, item);
        self.journal = journal;
    }

    /// Brings the indexes up to an item's new state; `old` is what they stand for now.
    fn reindex(&mut self, index: ItemIndex, new: &ItemState, old: Option<&ItemState>) {
        let called = |item: &ItemState, value: &str| {
            item.names.iter().any(|name| name.identifier.value == value)
        };
        for name in &new.names {
            let value = &name.identifier.value;
            if !old.is_some_and(|old| called(old, value)) {
                self.named.add(value, index);
            }
        }
        for had in old.into_iter().flat_map(|old| &old.names) {
            let value = &had.identifier.value;
            if !called(new, value) {
                self.named.remove(value, index);
            }
        }
        self.recount(Some(new), old);
        let new_keys = Keys::of(new);
        let old_keys = old.map(Keys::of).unwrap_or_default();
        if old_keys != new_keys {
            self.remove_keys(index, &old_keys);
            self.insert_keys(index, &new_keys);
        }
    }

    /// Keeps the sum of each order: what an item counted for is taken off, what it counts for now
    /// is added.
    fn recount(&mut self, new: Option<&ItemState>, old: Option<&ItemState>) {
        let share = |item: Option<&ItemState>| {
            let item = item?;
            Some((item.order.value.clone()?, Share::of(item).taken()))
        };
        let (now, before) = (share(new), share(old));
        if now == before {
            return;
        }
        if let Some((order, amount)) = before {
            let sum = self.taken.entry(order).or_default();
            *sum = sum.minus(amount);
        }
        if let Some((order, amount)) = now {
            let sum = self.taken.entry(order).or_default();
            *sum = sum.plus(amount);
        }
    }

    fn unindex(&mut self, index: ItemIndex, old: &ItemState) {
        for name in &old.names {
            self.named.remove(&name.identifier.value, index);
        }
        self.recount(None, Some(old));
        self.remove_keys(index, &Keys::of(old));
    }

    fn insert_keys(&mut self, index: ItemIndex, keys: &Keys<'_>) {
        if let Some(container) = keys.container.and_then(|id| self.index_of(id)) {
            self.contents.entry(container).or_default().insert(index);
        }
        for order in keys.orders.into_iter().flatten() {
            self.by_order.entry(order.clone()).or_default().insert(index);
        }
        if let Some(part) = keys.part {
            self.by_part.entry(part.clone()).or_default().insert(index);
        }
    }

    fn remove_keys(&mut self, index: ItemIndex, keys: &Keys<'_>) {
        if let Some(inside) = keys
            .container
            .and_then(|id| self.index_of(id))
            .and_then(|container| self.contents.get_mut(&container))
        {
            inside.remove(&index);
        }
        for order in keys.orders.into_iter().flatten() {
            if let Some(items) = self.by_order.get_mut(order) {
                items.remove(&index);
            }
        }
        if let Some(items) = keys.part.and_then(|part| self.by_part.get_mut(part)) {
            items.remove(&index);
        }
    }

    /// Whether an edge holds by all that is known.
    fn live(&self, at: EdgeIndex) -> bool {
        self.graph.is_visible(at, genealogy::View::default())
    }

    fn add_edge(&mut self, edge: genealogy::Edge) {
        let index = self.graph.add(edge);
        self.note(|changes| changes.edge(index));
        self.undo(|state| {
            state.graph.pop();
        });
    }

    fn kill_edge(&mut self, edge: EdgeIndex, at: Position) {
        self.graph.kill(edge, at);
        self.note(|changes| changes.edge(edge));
        self.undo(move |state| state.graph.revive(edge));
    }

    fn set_removed(&mut self, edge: EdgeIndex, removed: Option<genealogy::Removed>) {
        let old = self.graph.edge(edge).removed;
        self.graph.set_removed(edge, removed);
        self.note(|changes| changes.edge(edge));
        self.undo(move |state| state.graph.set_removed(edge, old));
    }
}

/// What the indexes know an item by.
#[derive(Debug, Default, PartialEq, Eq)]
struct Keys<'a> {
    container: Option<ItemId>,
    orders: [Option<&'a OrderCode>; 2],
    part: Option<&'a PartNumber>,
}

impl<'a> Keys<'a> {
    fn of(item: &'a ItemState) -> Self {
        let container = match item.whereabouts.value {
            Whereabouts::Packed { container, .. } => Some(container),
            _ => None,
        };
        let orders = [item.order.value.as_ref(), item.production_order.value.as_ref()];
        Self { container, orders, part: item.part.value.as_ref().map(|part| &part.number) }
    }
}
