//! The state as seen from a moment: what was so by then, and known by then.
//!
//! Now, items are those of the state. In the past each item that changed since is folded anew
//! from its entries known and performed by then, when it is first asked for; items that did not
//! change since are those of the state.
//!
//! Limits: definitions (parts, bills of material, parties) and what slots held are the latest
//! ones. An item caught by a hold by query counts as held since the hold was placed.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use domain::act::{Act, Kind};
use domain::entry::Entry;
use domain::item::{ItemState, Stamp, Used, Whereabouts};
use domain::{HoldCode, Identifier, ItemId, MaterialDefinition, Part, Position, Time};
use genealogy::{Direction, EdgeIndex, ItemIndex, View};
use store::LedgerReader;

use super::ask::KnownAt;
use crate::codec::decode;
use crate::error::{Error, Result};
use crate::plant::{At, Plant, at_of};
use crate::state::{Entries, PlacedHold, State};

/// Items folded anew are kept in blocks of so many.
const BLOCK: usize = 1024;

type Block = Box<[OnceCell<Option<Box<ItemState>>>]>;

/// The state of a plant as a question sees it.
pub(crate) struct Seen<'a> {
    pub(super) state: &'a State,
    pub(super) view: View,
    ledger: &'a LedgerReader,
    at: Vec<At>,
    /// Entries up to here are all seen, and none of them can matter only later.
    settled: Option<Position>,
    past: Vec<OnceCell<Block>>,
    holds: OnceCell<HashMap<ItemIndex, BTreeSet<HoldCode>>>,
    failed: RefCell<Option<Error>>,
    /// The entries that were read last: whoever folds an item mostly also tells of it.
    read: RefCell<Option<(ItemIndex, Rc<[Entry]>)>>,
}

impl Plant {
    /// Answers a question about the moment it looks from; holds the state meanwhile.
    pub(crate) fn see<T>(
        &self,
        (as_of, known_at): (Option<Time>, Option<KnownAt>),
        answer: impl FnOnce(&Seen<'_>) -> Result<T>,
    ) -> Result<T> {
        let ledger = self.ledger()?;
        let state = self.published().read();
        let at = at_of(self.ledger_id(), &state);
        let seen = Seen::new(&state, &ledger, at, (as_of, known_at))?;
        let answer = answer(&seen)?;
        seen.finish_with(answer)
    }
}

impl<'a> Seen<'a> {
    fn new(
        state: &'a State,
        ledger: &'a LedgerReader,
        at: Vec<At>,
        (as_of, known_at): (Option<Time>, Option<KnownAt>),
    ) -> Result<Self> {
        let last = Position(state.next().0.saturating_sub(1));
        let known_at = match known_at {
            None => None,
            Some(KnownAt::Position(position)) if position > last => {
                return Err(Error::not_known_yet(position, last));
            }
            Some(KnownAt::Position(position)) => Some(position),
            Some(KnownAt::Received(time)) => Some(received_by(ledger, last, time)?),
        };
        let view = View { known_at: known_at.filter(|position| *position < last), as_of };
        let settled = match as_of {
            None => view.known_at,
            Some(time) => {
                let by_then = received_by(ledger, last, time)?;
                Some(view.known_at.map_or(by_then, |known_at| known_at.min(by_then)))
            }
        };
        Ok(Self::of(state, ledger, (at, view, settled)))
    }

    fn of(
        state: &'a State,
        ledger: &'a LedgerReader,
        (at, view, settled): (Vec<At>, View, Option<Position>),
    ) -> Self {
        let blocks = if settled.is_some() { state.item_count().div_ceil(BLOCK) } else { 0 };
        let past = std::iter::repeat_with(OnceCell::new).take(blocks).collect();
        let (holds, failed, read) = (OnceCell::new(), RefCell::new(None), RefCell::new(None));
        Self { state, view, ledger, at, settled, past, holds, failed, read }
    }

    /// All that a state knows, whichever moment it stands at.
    pub(crate) fn whole(
        state: &'a State,
        ledger: &'a LedgerReader,
        (at, as_of): (Vec<At>, Option<Time>),
    ) -> Result<Self> {
        Self::new(state, ledger, at, (as_of, None))
    }

    /// What could not be read while it was looked at.
    ///
    /// Errors: the first failure.
    pub(crate) fn finish_with<T>(self, answer: T) -> Result<T> {
        self.failed.into_inner().map_or(Ok(answer), Err)
    }

    /// When the server took an entry.
    pub(super) fn received(&self, position: Position) -> Option<Time> {
        match self.ledger.entry(position.0) {
            Ok(stored) => stored.map(|stored| Time(stored.received_us)),
            Err(error) => {
                self.fail(Some(error.into()));
                None
            }
        }
    }

    /// The same state as it was known at a position, whatever it is about.
    pub(super) fn known_at(&self, position: Position) -> Self {
        let view = View { known_at: Some(position), as_of: None };
        Self::of(self.state, self.ledger, (Vec::new(), view, Some(position)))
    }

    /// Takes over what went wrong in a view derived from this one.
    pub(super) fn finish(&self, derived: Self) {
        self.fail(derived.failed.into_inner());
    }

    /// Whether all that is known is seen.
    pub(super) fn is_now(&self) -> bool {
        self.settled.is_none()
    }

    /// Where the answer stands.
    pub(super) fn at(&self) -> Vec<At> {
        self.at.clone()
    }

    pub(super) fn ledger(&self) -> &'a LedgerReader {
        self.ledger
    }

    pub(super) fn fail(&self, error: Option<Error>) {
        if let Some(error) = error {
            self.failed.borrow_mut().get_or_insert(error);
        }
    }

    /// The index of an item that is there in this view.
    pub(super) fn index_of(&self, id: ItemId) -> Option<ItemIndex> {
        self.state.index_of(id).filter(|_| self.view.knows(id.birth))
    }

    /// An item as it is seen; none if nothing of it is.
    pub(super) fn item(&self, index: ItemIndex) -> Option<&ItemState> {
        let item = self.state.at(index)?;
        if self.is_settled(index, item) {
            return Some(item);
        }
        let at = usize::try_from(index.0).ok()?;
        let block = self.past.get(at / BLOCK)?.get_or_init(|| {
            std::iter::repeat_with(OnceCell::new).take(BLOCK).collect::<Vec<_>>().into()
        });
        block.get(at % BLOCK)?.get_or_init(|| self.fold(index, item).map(Box::new)).as_deref()
    }

    /// The names an item has in this view, oldest first. Names say themselves since when and until
    /// when, so no fold is needed: a lot may have been touched by thousands of entries since.
    pub(super) fn names_of<'i>(
        &self,
        item: &'i ItemState,
    ) -> impl DoubleEndedIterator<Item = &'i Identifier> {
        let seen = |stamp: Stamp| {
            self.view.knows(stamp.position)
                && self.view.as_of.is_none_or(|at| stamp.performed <= at)
        };
        let names = item.names.iter();
        let held = names.filter(move |name| seen(name.added) && !name.withdrawn.is_some_and(seen));
        held.map(|name| &name.identifier)
    }

    /// What part an item is. The part of a lot that was set once is not folded anew.
    pub(super) fn part_of(&self, index: ItemIndex) -> Option<&Part> {
        let now = self.state.at(index)?;
        let settled = now.kind == Kind::Lot
            && now.part.stamp.is_none_or(|stamp| self.view.knows(stamp.position));
        let item = if settled { now } else { self.item(index)? };
        item.part.value.as_ref()
    }

    /// The definition of a part; where its revision has none, that of any revision.
    pub(super) fn material(&self, part: &Part) -> Option<&MaterialDefinition> {
        let masters = self.state.masters();
        let any = Part { number: part.number.clone(), revision: None };
        masters.material(part).or_else(|| masters.material(&any))
    }

    /// Whether all there is to know of an item is seen.
    fn is_settled(&self, index: ItemIndex, item: &ItemState) -> bool {
        let Some(settled) = self.settled else { return true };
        // Runs take from a lot without touching it.
        let drawn = || {
            let graph = self.state.graph();
            graph.outputs(index).all(|at| {
                let edge = graph.edge(at);
                let known = self.view.knows(edge.born) && self.view.includes(edge.performed);
                known && edge.died.is_none_or(|died| self.view.knows(died))
            })
        };
        item.last <= settled && (item.kind != Kind::Lot || drawn())
    }

    fn fold(&self, index: ItemIndex, item: &ItemState) -> Option<ItemState> {
        let history = self.history(index);
        let birth = history.iter().find(|entry| entry.position == item.id.birth)?;
        let facts: Vec<&Entry> = history.iter().filter(|entry| self.holds_true(entry)).collect();
        if facts.is_empty() {
            return None;
        }
        let facts = facts.into_iter().filter(|entry| entry.position != item.id.birth).collect();
        let mut state = ItemState::refold(birth, item.id, facts, self.drawn(index, &history));
        let latest = history.last()?;
        state.last = latest.position;
        let touch = latest.touches.iter().find(|touch| touch.item == item.id);
        state.sequence = touch.map_or(0, |touch| touch.sequence);
        Some(state)
    }

    /// What runs took from a lot without a fact of its own.
    fn drawn(&self, index: ItemIndex, history: &[Entry]) -> Vec<Used> {
        let graph = self.state.graph();
        let own: HashSet<Position> = history.iter().map(|entry| entry.position).collect();
        graph
            .outputs(index)
            .filter(|at| graph.is_visible(*at, self.view))
            .filter(|at| graph.rivals(*at, self.view).all(|rival| *at < rival))
            .map(|at| graph.edge(at))
            .filter(|edge| !own.contains(&edge.source))
            .map(|edge| Used {
                quantity: edge.quantity,
                stamp: Stamp { performed: edge.performed.to, position: edge.source },
                uncertain: edge.group.is_some(),
            })
            .collect()
    }

    /// The fact at a position.
    pub(super) fn entry(&self, position: Position) -> Option<Entry> {
        let stored = self.ledger.entry(position.0).map_err(Error::from);
        match stored.and_then(|stored| stored.map_or(Ok(None), |stored| decode(&stored))) {
            Ok(entry) => entry,
            Err(error) => {
                self.fail(Some(error));
                None
            }
        }
    }

    /// Every known entry that touches an item, oldest first, superseded ones included.
    pub(super) fn history(&self, index: ItemIndex) -> Rc<[Entry]> {
        if let Some((of, entries)) = &*self.read.borrow()
            && *of == index
        {
            return Rc::clone(entries);
        }
        let found = self.ledger.together(|| self.read_history(index));
        let found: Rc<[Entry]> = found
            .unwrap_or_else(|error| {
                self.fail(Some(error.into()));
                Vec::new()
            })
            .into();
        self.read.replace(Some((index, Rc::clone(&found))));
        found
    }

    fn read_history(&self, index: ItemIndex) -> Vec<Entry> {
        let Some(item) = self.state.at(index) else { return Vec::new() };
        let mut found = Vec::new();
        let mut next = Some(item.last);
        while let Some(entry) = next.and_then(|position| self.entry(position)) {
            let touch = entry.touches.iter().find(|touch| touch.item == item.id);
            next = touch.and_then(|touch| touch.previous);
            if self.view.knows(entry.position) {
                found.push(entry);
            }
        }
        found.reverse();
        found
    }

    /// Whether a fact holds in this view: performed, known and not yet superseded.
    pub(super) fn holds_true(&self, entry: &Entry) -> bool {
        self.view.includes(entry.context.performed) && self.is_live(entry.position)
    }

    /// The entry that superseded another, if that is known.
    pub(super) fn superseded(&self, position: Position) -> Option<Position> {
        self.state.superseded_by(position).filter(|by| self.view.knows(*by))
    }

    fn is_live(&self, position: Position) -> bool {
        crate::starts::holds(self.state, position, self.view)
    }

    /// What is directly in a container.
    pub(super) fn contents(&self, container: ItemIndex) -> Vec<ItemIndex> {
        let now = self.state.contents_of(container);
        let Some(item) = self.state.at(container) else { return Vec::new() };
        if self.settled.is_none() {
            return now.collect();
        }
        // What left it since need not have touched it.
        let mut found: BTreeSet<ItemIndex> = now.collect();
        found.extend(self.ever_in(container));
        found.retain(|index| {
            self.item(*index).is_some_and(|inner| match inner.whereabouts.value {
                Whereabouts::Packed { container, .. } => container == item.id,
                _ => false,
            })
        });
        found.into_iter().collect()
    }

    /// Everything that was ever packed into a container or made in it.
    pub(super) fn ever_in(&self, container: ItemIndex) -> BTreeSet<ItemIndex> {
        let Some(item) = self.state.at(container) else { return BTreeSet::new() };
        let mut found = BTreeSet::new();
        for entry in self.history(container).iter().filter(|entry| self.holds_true(entry)) {
            if let Act::Pack(pack) = &entry.fact
                && pack.container == item.id
            {
                let packed = pack.items.iter().map(|packed| packed.item);
                found.extend(packed.filter_map(|id| self.index_of(id)));
            }
            if let Act::Create(create) = &entry.fact
                && create.panel == Some(item.id)
            {
                found.extend(entry.born().filter_map(|id| self.index_of(id)));
            }
        }
        found
    }

    /// An item and everything in it, at any depth.
    pub(super) fn with_contents(&self, item: ItemIndex) -> Vec<ItemIndex> {
        let mut found = vec![item];
        let mut next = 0;
        while let Some(index) = found.get(next).copied() {
            let is_container = self.state.at(index).is_some_and(|item| item.kind.is_container());
            if is_container {
                found.extend(self.contents(index).into_iter().filter(|inner| *inner != item));
            }
            next += 1;
        }
        found
    }

    /// Active holds on an item itself.
    pub(super) fn holds_on(&self, index: ItemIndex) -> Vec<&HoldCode> {
        if self.settled.is_none() {
            return self.state.holds_of(index).collect();
        }
        let held = self.holds.get_or_init(|| self.past_holds());
        held.get(&index).into_iter().flatten().collect()
    }

    /// Whether a hold is active on an item itself.
    pub(super) fn is_held(&self, index: ItemIndex) -> bool {
        if self.settled.is_none() {
            return self.state.holds_of(index).next().is_some();
        }
        !self.holds_on(index).is_empty()
    }

    fn past_holds(&self) -> HashMap<ItemIndex, BTreeSet<HoldCode>> {
        let mut held: HashMap<ItemIndex, BTreeSet<HoldCode>> = HashMap::new();
        for (code, hold) in self.state.holds().iter().filter(|(_, hold)| self.is_in_force(hold)) {
            let born = |index: &ItemIndex| {
                self.state.at(*index).is_some_and(|item| self.view.knows(item.id.birth))
            };
            let mut items: Vec<ItemIndex> =
                self.state.standing(hold, self.view).filter(born).collect();
            if hold.spreads {
                let graph = self.state.graph();
                let mut starts = self.state.suspects(hold, self.view);
                starts.retain(|start| items.contains(&start.item));
                let trace = graph.trace_from(&starts, Direction::Forward, self.view, usize::MAX);
                items.extend(trace.reached.iter().map(|reached| reached.item));
            }
            for item in items {
                held.entry(item).or_default().insert(code.clone());
            }
        }
        held
    }

    fn is_in_force(&self, hold: &PlacedHold) -> bool {
        let began = self.view.as_of.is_none_or(|as_of| hold.since <= as_of);
        let lifted = hold.lifted.as_ref().is_some_and(|lifted| {
            self.view.knows(lifted.by)
                && self
                    .entry(lifted.by)
                    .is_some_and(|lift| self.view.includes(lift.context.performed))
        });
        self.view.knows(hold.position) && began && !lifted
    }

    /// Whether an edge is seen and its input still in.
    pub(super) fn is_in(&self, edge: EdgeIndex) -> bool {
        let graph = self.state.graph();
        graph.is_visible(edge, self.view) && graph.removal(edge, self.view).is_none()
    }
}

impl Entries for Seen<'_> {
    fn entry(&self, position: Position) -> Option<Entry> {
        Seen::entry(self, position)
    }
}

/// The last entry that was received by a time; the ledger's first where none was.
pub(super) fn received_by(ledger: &LedgerReader, last: Position, time: Time) -> Result<Position> {
    let (mut low, mut high) = (0_u64, last.0.saturating_add(1));
    while low.saturating_add(1) < high {
        let middle = low.midpoint(high);
        let found = ledger.entries(middle..middle.saturating_add(1), 1)?;
        if found.first().is_some_and(|entry| entry.received_us <= time.0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(Position(low))
}
