//! The effects of one fact on one of its items.

use alloc::collections::BTreeMap;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::{Acceptance, Account, Books, ItemState, Name, Register, Stamp, Whereabouts};
use crate::act::{
    Act, Assign, Consume, Create, Describe, Inherited, Inspect, Kind, Origin, Outcome, Portion,
    Purpose, Receive, ReceiveBack, RemovedTo, Replace, Ship, Step, Transform, either,
};
use crate::entry::Entry;
use crate::execution::{Progress, changes_record};
use crate::noun::{Amount, Identifier, Interval, ItemId, PlaceCode, Position};

/// Whether an effect could be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Fold {
    /// It was.
    Done,
    /// It belongs before the latest count: the item must be folded anew from all its facts.
    Refold,
}

/// Material taken from a lot by what was loaded at a station rather than by a fact of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// How much; negative takes it back.
    pub quantity: Amount,
    /// When.
    pub stamp: Stamp,
    /// Whether another lot may have given it.
    pub uncertain: bool,
}

/// The stamp of an entry's fact. Nothing was performed after it was received, whatever a clock
/// that is ahead or a whole shift given as the time may say.
#[must_use]
pub fn stamp_of(entry: &Entry) -> Stamp {
    let performed = entry.context.performed.to.min(entry.received);
    Stamp { performed, position: entry.position }
}

impl ItemState {
    /// The state an item is born with. Shape: `id` is one of `entry.born()`.
    #[must_use]
    pub fn born(entry: &Entry, id: ItemId) -> Self {
        let mut state = Self {
            id,
            kind: Kind::Lot,
            sequence: 0,
            last: entry.position,
            origin: Origin::Made,
            supplier: None,
            existed: existed(entry),
            expires: None,
            part: Register::unset(None),
            names: Vec::new(),
            order: Register::unset(None),
            production_order: Register::unset(None),
            lot: Register::unset(None),
            whereabouts: Register::unset(Whereabouts::InStock { place: None }),
            placed: Register::unset(Whereabouts::InStock { place: None }),
            worked: Register::unset(Whereabouts::InStock { place: None }),
            announced: Amount::ZERO,
            booked: None,
            supplied: None,
            acceptance: Register::unset(Acceptance::NotNeeded),
            outcome: Register::unset(Outcome::Done),
            book: Books::default(),
            fields: BTreeMap::new(),
            passed: Progress::default(),
            changed: Position(0),
            cleared: Vec::new(),
        };
        match &entry.fact {
            Act::Create(create) => state.born_made(entry, create),
            Act::Receive(receive) => state.born_received(entry, receive),
            Act::Split(split) => {
                if let Some(parted) = split.into.get(usize::from(id.ordinal)) {
                    state.book.add(Account::SplitIn, parted.quantity);
                    state.name(&parted.identifiers, stamp_of(entry));
                }
                state.inherit(split.inherited.as_ref(), stamp_of(entry));
            }
            Act::Merge(merge) => {
                for portion in &merge.lots {
                    let quantity = portion.quantity.unwrap_or_default();
                    state.book.add(Account::MergedIn, quantity);
                }
                state.name(&merge.identifiers, stamp_of(entry));
                state.inherit(merge.inherited.as_ref(), stamp_of(entry));
            }
            either!(
                parties definitions labels quantities fittings loadings moves decisions notes
                masters workings Assign Step Consume Transform StartWork AssignMaster
                OpenNonconformance Dispose Release
            ) => {}
        }
        state.settle();
        state
    }

    /// The state an item has after all its facts, whatever the order they are given in.
    ///
    /// Shape: `id` is one of `birth.born()`; `facts` are live and touch it, `birth` may be among
    /// them; `used` is what was drawn from it at stations.
    #[must_use]
    pub fn refold(birth: &Entry, id: ItemId, mut facts: Vec<&Entry>, mut used: Vec<Used>) -> Self {
        facts.sort_by_key(|entry| stamp_of(entry));
        used.sort_by_key(|used| used.stamp);
        let mut state = Self::born(birth, id);
        let mut used = used.into_iter().peekable();
        for entry in facts {
            while let Some(earlier) = used.next_if(|used| used.stamp < stamp_of(entry)) {
                state.use_up(earlier);
            }
            state.take_in(entry);
        }
        used.for_each(|later| state.use_up(later));
        state
    }

    fn inherit(&mut self, inherited: Option<&Inherited>, stamp: Stamp) {
        let Some(inherited) = inherited else { return };
        self.part.set(inherited.part.clone(), stamp);
        self.supplier.clone_from(&inherited.supplier);
        self.expires = inherited.expires;
        self.acceptance.set(inherited.acceptance, stamp);
        if let Some(work) = &inherited.work {
            self.passed.inherit(work);
        }
    }

    fn born_made(&mut self, entry: &Entry, create: &Create<ItemId>) {
        let stamp = stamp_of(entry);
        self.kind = create.kind;
        self.origin = create.origin;
        self.expires = create.expires;
        self.part.set(create.part.clone(), stamp);
        self.order.set(create.order.clone(), stamp);
        self.production_order.set(create.production_order.clone(), stamp);
        self.lot.set(create.lot, stamp);
        let here = Whereabouts::InStock { place: create.place.clone() };
        let place = match (create.origin, create.kind) {
            (Origin::Expected, _) => Whereabouts::Expected,
            (Origin::Made | Origin::OpeningWork, Kind::Unit | Kind::Panel) => {
                Whereabouts::InProcess { station: entry.context.station.clone() }
            }
            (Origin::Made | Origin::OpeningWork | Origin::OpeningStock | Origin::Implied, _) => {
                here
            }
        };
        self.placed.set(place, stamp);
        if let Some(new) = create.items.get(usize::from(self.id.ordinal)) {
            let account = match create.origin {
                Origin::Made | Origin::OpeningWork => Account::Produced,
                Origin::OpeningStock | Origin::Expected | Origin::Implied => Account::Received,
            };
            let quantity = new.quantity.unwrap_or_default();
            match (create.kind, create.origin) {
                (Kind::Lot, Origin::Expected) => self.announced = quantity,
                (Kind::Lot, _) => self.book.add(account, quantity),
                (Kind::Unit | Kind::Pallet | Kind::Package | Kind::Panel | Kind::Tray, _) => {}
            }
            self.name(&new.identifiers, stamp);
            if let Some(panel) = create.panel {
                let slot = new.slot.clone();
                self.placed.set(Whereabouts::Packed { container: panel, slot }, stamp);
            }
        }
    }

    fn born_received(&mut self, entry: &Entry, receive: &Receive<ItemId>) {
        let stamp = stamp_of(entry);
        self.kind = receive.kind;
        self.supplier = Some(receive.supplier.clone());
        self.expires = receive.expires;
        self.supplied = Some(stamp);
        self.part.set(Some(receive.part.clone()), stamp);
        self.arrive(receive, stamp);
        if let Some(new) = receive.items.get(usize::from(self.id.ordinal)) {
            if receive.kind == Kind::Lot {
                self.book.add(Account::Received, new.quantity.unwrap_or_default());
            }
            self.name(&new.identifiers, stamp);
        }
    }

    /// What was announced is here.
    fn fulfil(&mut self, receive: &Receive<ItemId>, stamp: Stamp) {
        if self.supplied.is_none_or(|held| held <= stamp) {
            self.supplied = Some(stamp);
            self.supplier = Some(receive.supplier.clone());
            self.expires = receive.expires.or(self.expires);
        }
        if self.kind == Kind::Lot {
            self.book.add(Account::Received, self.announced);
        }
        self.arrive(receive, stamp);
    }

    fn arrive(&mut self, receive: &Receive<ItemId>, stamp: Stamp) {
        self.placed.set(Whereabouts::InStock { place: receive.place.clone() }, stamp);
        let acceptance =
            if receive.accepted { Acceptance::Accepted } else { Acceptance::Quarantine };
        self.acceptance.set(acceptance, stamp);
    }

    /// Gives it names. Of each name the latest addition and the latest withdrawal count; a
    /// withdrawal that came before its addition was told stands as a name with equal stamps.
    fn name(&mut self, identifiers: &[Identifier], added: Stamp) {
        for identifier in identifiers {
            let identifier = identifier.clone();
            match self.names.iter_mut().find(|name| name.identifier == identifier) {
                Some(name) if name.added < added || name.withdrawn == Some(name.added) => {
                    name.withdrawn = name.withdrawn.filter(|gone| *gone > added);
                    name.added = added;
                }
                Some(_) => {}
                None => self.names.push(Name { identifier, added, withdrawn: None }),
            }
        }
        self.sort_names();
    }

    fn withdraw(&mut self, identifier: &Identifier, stamp: Stamp) {
        match self.names.iter_mut().find(|name| name.identifier == *identifier) {
            Some(name) if name.withdrawn == Some(name.added) => {
                name.added = name.added.max(stamp);
                name.withdrawn = Some(name.added);
            }
            Some(name) if name.added < stamp => {
                name.withdrawn = name.withdrawn.max(Some(stamp));
            }
            Some(_) => {}
            None => {
                let identifier = identifier.clone();
                self.names.push(Name { identifier, added: stamp, withdrawn: Some(stamp) });
            }
        }
        self.sort_names();
    }

    fn sort_names(&mut self) {
        self.names.sort_by(|a, b| (a.added, &a.identifier).cmp(&(b.added, &b.identifier)));
    }

    /// Takes in the part of a fact that is about this item.
    pub fn apply(&mut self, entry: &Entry) -> Fold {
        let stamp = stamp_of(entry);
        let counts = matches!(entry.fact, Act::Count(_)) && self.booked > Some(stamp);
        let out_of_order = counts || self.book.counted > Some(stamp);
        let book = self.book.clone();
        self.take_in(entry);
        if out_of_order && book != self.book { Fold::Refold } else { Fold::Done }
    }

    /// Takes in material used without a fact of the lot's own.
    pub fn apply_used(&mut self, used: Used) -> Fold {
        self.use_up(used);
        if self.book.counted > Some(used.stamp) { Fold::Refold } else { Fold::Done }
    }

    fn use_up(&mut self, used: Used) {
        self.booked = self.booked.max(Some(used.stamp));
        self.book.add(Account::Consumed, used.quantity);
        if used.uncertain {
            self.book.uncertain = self.book.uncertain.plus(used.quantity);
        }
    }

    fn take_in(&mut self, entry: &Entry) {
        let existed = existed(entry);
        self.existed.from = self.existed.from.min(existed.from);
        self.existed.to = self.existed.to.min(existed.to);
        let (book, stamp) = (self.book.clone(), stamp_of(entry));
        self.take(entry, stamp);
        if changes_record(&entry.fact, self.id) {
            self.changed = self.changed.max(entry.position);
        }
        if book != self.book {
            self.booked = self.booked.max(Some(stamp));
        }
        self.settle();
    }

    fn take(&mut self, entry: &Entry, stamp: Stamp) {
        let me = self.id;
        match &entry.fact {
            Act::Receive(v) if v.announced.contains(&me) => {
                self.fulfil(v, stamp);
            }
            Act::Identify(v) => self.name(&v.identifiers, stamp),
            Act::Withdraw(v) => self.withdraw(&v.identifier, stamp),
            Act::Describe(v) => self.describe(v, stamp),
            Act::Assign(v) if v.items.contains(&me) => self.assign(v, stamp),
            Act::ChangePart(v) => self.part.set(Some(v.part.clone()), stamp),
            Act::Inspect(v) => self.inspect(v, stamp),
            Act::Split(v) if v.lot == me => {
                for parted in &v.into {
                    self.book.add(Account::SplitOut, parted.quantity);
                }
            }
            Act::Merge(v) => {
                let merged = self.named(&v.lots).unwrap_or_default();
                self.book.add(Account::MergedOut, merged);
            }
            Act::Count(v) => self.book.count(v.quantity, v.explanation.is_some(), stamp),
            Act::Sample(v) => self.book.add(Account::Sampled, v.quantity.unwrap_or_default()),
            Act::Scrap(v) => {
                if self.kind == Kind::Lot {
                    self.book.add(Account::Scrapped, v.quantity.unwrap_or_default());
                } else {
                    self.placed.set(Whereabouts::Scrapped, stamp);
                }
            }
            Act::Step(v) => self.step(v, entry, stamp),
            Act::Install(v) if v.component == me => self.fitted(v.parent, v.quantity, stamp),
            Act::Remove(v) if v.component == me => self.taken_out(v.quantity, v.to, stamp),
            Act::Replace(v) => self.replaced(v, stamp),
            Act::Consume(v) => self.consumed(v, stamp),
            Act::Transform(v) => self.transformed(v, stamp),
            Act::Pack(v) => {
                if let Some(packed) = v.items.iter().find(|packed| packed.item == me) {
                    let slot = packed.slot.clone();
                    self.placed.set(Whereabouts::Packed { container: v.container, slot }, stamp);
                }
            }
            Act::Unpack(v) if v.items.contains(&me) => self.stock(None, stamp),
            Act::Move(v) if v.items.contains(&me) => self.stock(Some(v.place.clone()), stamp),
            Act::Ship(v) => self.ship(v, stamp),
            Act::ReceiveBack(v) => self.receive_back(v, stamp),
            Act::Clear(v) if v.items.contains(&me) => {
                self.cleared.push((v.of, entry.position));
                self.cleared.sort_unstable_by_key(|(_, position)| *position);
            }
            Act::Dispose(v) if !v.again.is_empty() => {
                self.passed.again.insert(entry.position, v.again.clone());
            }
            Act::AssignMaster(v) => {
                self.passed.assigned.insert(entry.position, v.master.clone());
                if !v.again.is_empty() {
                    self.passed.again.insert(entry.position, v.again.clone());
                }
            }
            // Who stays in a load is touched by what leaves it, and goes on.
            Act::AbandonWork(v) if !v.items.is_empty() && !v.items.contains(&me) => {}
            Act::StartWork(_) | Act::CloseStep(_) | Act::AbandonWork(_) | Act::Release(_) => {
                self.passed.apply(entry);
            }
            // Births are taken in by `born`; these say nothing of what this item is or where.
            either!(
                parties definitions loadings decisions notes masters Create Receive Assign Split
                Install Remove Unpack Move Take PauseWork ResumeWork Deviate OpenNonconformance
                Dispose NotApplicable
            ) => {}
        }
    }

    fn describe(&mut self, v: &Describe<ItemId>, stamp: Stamp) {
        for (field, value) in &v.fields {
            let register =
                self.fields.entry(field.clone()).or_insert_with(|| Register::unset("null".into()));
            register.set(value.to_string(), stamp);
        }
    }

    fn assign(&mut self, v: &Assign<ItemId>, stamp: Stamp) {
        if v.order.is_some() {
            self.order.set(v.order.clone(), stamp);
        }
        if v.production_order.is_some() {
            self.production_order.set(v.production_order.clone(), stamp);
        }
        if v.lot.is_some() {
            self.lot.set(v.lot, stamp);
        }
    }

    fn inspect(&mut self, v: &Inspect<ItemId>, stamp: Stamp) {
        let (accepted, rejected) = (v.accepted.unwrap_or_default(), v.rejected.unwrap_or_default());
        if self.kind == Kind::Lot {
            // A container's inspection does not say how much of each lot in it is good.
            if v.item != self.id {
                return;
            }
            self.book.judge(accepted, rejected, v.returned);
            if v.accepted.is_none() && !v.returned {
                self.acceptance.set(Acceptance::Accepted, stamp);
            }
            return;
        }
        let bad = v.accepted.map_or_else(|| rejected.is_positive(), |accepted| accepted.is_zero());
        let verdict = if bad { Acceptance::Rejected } else { Acceptance::Accepted };
        self.acceptance.set(verdict, stamp);
    }

    /// How much of it a list of portions names, and whether it names it at all.
    fn named(&self, portions: &[Portion<ItemId>]) -> Option<Amount> {
        let mine = portions.iter().filter(|portion| portion.item == self.id);
        mine.map(|portion| portion.quantity.unwrap_or_default()).reduce(Amount::plus)
    }

    fn stock(&mut self, place: Option<PlaceCode>, stamp: Stamp) {
        self.placed.set(Whereabouts::InStock { place }, stamp);
    }

    fn step(&mut self, v: &Step<ItemId>, entry: &Entry, stamp: Stamp) {
        let worked =
            v.items.iter().any(|worked| worked.item == self.id) || v.covers.contains(&self.id);
        if !worked {
            return;
        }
        if v.outcome != Outcome::Done {
            self.outcome.set(v.outcome, stamp);
        }
        if self.kind == Kind::Lot {
            return;
        }
        let left = if v.finishes {
            Whereabouts::InStock { place: None }
        } else {
            Whereabouts::InProcess { station: entry.context.station.clone() }
        };
        self.worked.set(left, stamp);
    }

    fn fitted(&mut self, parent: ItemId, quantity: Option<Amount>, stamp: Stamp) {
        if self.kind == Kind::Lot {
            self.book.add(Account::Installed, quantity.unwrap_or(Amount::ONE));
        } else {
            self.placed.set(Whereabouts::Installed { parent }, stamp);
        }
    }

    fn replaced(&mut self, v: &Replace<ItemId>, stamp: Stamp) {
        if v.new == self.id {
            self.fitted(v.parent, v.quantity, stamp);
        }
        if v.old == self.id {
            self.taken_out(v.quantity, v.to, stamp);
        }
    }

    fn taken_out(&mut self, quantity: Option<Amount>, to: RemovedTo, stamp: Stamp) {
        if self.kind == Kind::Lot {
            self.book.taken_out(quantity.unwrap_or(Amount::ONE), to);
            return;
        }
        match to {
            RemovedTo::Stock => self.stock(None, stamp),
            RemovedTo::Scrap => self.placed.set(Whereabouts::Scrapped, stamp),
        }
    }

    fn consumed(&mut self, v: &Consume<ItemId>, stamp: Stamp) {
        // Of several candidates the first stands in the books; the others may have been it.
        if v.from.first() == Some(&self.id) {
            let times = i64::try_from(v.into.len()).unwrap_or(i64::MAX);
            let quantity = v.quantity.times(Amount::from(times));
            self.book.add(Account::Consumed, quantity);
            if v.from.len() > 1 {
                self.book.uncertain = self.book.uncertain.plus(quantity);
            }
            if self.kind != Kind::Lot {
                self.placed.set(Whereabouts::UsedUp, stamp);
            }
        }
    }

    fn transformed(&mut self, v: &Transform<ItemId>, stamp: Stamp) {
        let Some(quantity) = self.named(&v.inputs) else { return };
        if self.kind == Kind::Lot {
            self.book.add(Account::Consumed, quantity);
        } else {
            self.placed.set(Whereabouts::UsedUp, stamp);
        }
    }

    fn ship(&mut self, v: &Ship<ItemId>, stamp: Stamp) {
        let mut mine = v.lines.iter().filter(|line| line.item == self.id);
        let quantity = mine
            .clone()
            .map(|line| line.quantity.unwrap_or_default())
            .fold(Amount::ZERO, Amount::plus);
        let Some(line) = mine.next_back() else { return };
        let party = v.party.clone();
        let place = match v.purpose {
            Purpose::Subcontract => Whereabouts::Subcontracted { party },
            // It left the books when it left from here.
            Purpose::Delivery if self.kind == Kind::Lot && v.sender.is_some() => return,
            Purpose::Delivery | Purpose::ReturnToSupplier if self.kind == Kind::Lot => {
                let sent_back = v.purpose == Purpose::ReturnToSupplier;
                let account = if sent_back { Account::SentBack } else { Account::Shipped };
                self.book.add(account, quantity);
                return;
            }
            Purpose::ReturnToSupplier => Whereabouts::SentBack { party },
            Purpose::Delivery => Whereabouts::Shipped {
                party,
                shipment: v.shipment.clone(),
                line: line.line.clone(),
            },
        };
        self.placed.set(place, stamp);
    }

    fn receive_back(&mut self, v: &ReceiveBack<ItemId>, stamp: Stamp) {
        let (named, place) = (self.named(&v.items), v.place.clone());
        match (v.purpose.unwrap_or_default(), self.kind) {
            (Purpose::Subcontract, Kind::Unit) if named.is_some() => {
                self.placed.set(Whereabouts::InProcess { station: None }, stamp);
            }
            (Purpose::Subcontract, _) if named.is_some() => self.stock(place, stamp),
            (Purpose::Subcontract, _) => {}
            (Purpose::Delivery, Kind::Lot) => self.book.came_back(named.unwrap_or_default()),
            (Purpose::ReturnToSupplier, Kind::Lot) => {
                let quantity = Amount::ZERO.minus(named.unwrap_or_default());
                self.book.add(Account::SentBack, quantity);
            }
            (Purpose::Delivery | Purpose::ReturnToSupplier, _) => {
                // What came back inside a container needs a new release as well.
                self.acceptance.set(Acceptance::Quarantine, stamp);
                if named.is_some() {
                    self.placed.set(Whereabouts::Returned { place }, stamp);
                }
            }
        }
    }
}

/// When an entry shows that its items existed.
fn existed(entry: &Entry) -> Interval {
    let Interval { from, to } = entry.context.performed;
    Interval { from: from.min(entry.received), to: to.min(entry.received) }
}
