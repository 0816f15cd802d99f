//! The effects of one fact on one of its items.

use alloc::collections::BTreeMap;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::{Acceptance, Account, Book, ItemState, Name, Register, Stamp, Whereabouts};
use crate::act::{
    Act, Assign, Consume, Create, Describe, Inspect, Kind, Origin, Outcome, Portion, Purpose,
    Receive, RemovedTo, Ship, Step, Transform, either,
};
use crate::entry::Entry;
use crate::noun::{Amount, Identifier, ItemId, PlaceCode};

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

/// The stamp of an entry's fact.
fn stamp_of(entry: &Entry) -> Stamp {
    Stamp { performed: entry.context.performed.to, position: entry.position }
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
            existed: entry.context.performed,
            expires: None,
            part: Register::unset(None),
            names: Vec::new(),
            order: Register::unset(None),
            production_order: Register::unset(None),
            lot: Register::unset(None),
            whereabouts: Register::unset(Whereabouts::InStock { place: None }),
            acceptance: Register::unset(Acceptance::NotNeeded),
            outcome: Register::unset(Outcome::Done),
            book: Book::default(),
            fields: BTreeMap::new(),
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
            }
            Act::Merge(merge) => {
                for portion in &merge.lots {
                    let quantity = portion.quantity.unwrap_or_default();
                    state.book.add(Account::MergedIn, quantity);
                }
                state.name(&merge.identifiers, stamp_of(entry));
            }
            either!(
                parties,
                definitions,
                labels,
                quantities,
                fittings,
                loadings,
                moves,
                decisions,
                notes,
                Assign,
                Step,
                Consume,
                Transform
            ) => {}
        }
        state
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
        self.whereabouts.set(place, stamp);
        if let Some(new) = create.items.get(usize::from(self.id.ordinal)) {
            let account = match create.origin {
                Origin::Made | Origin::OpeningWork => Account::Produced,
                Origin::OpeningStock | Origin::Expected | Origin::Implied => Account::Received,
            };
            if create.kind == Kind::Lot && create.origin != Origin::Expected {
                self.book.add(account, new.quantity.unwrap_or_default());
            }
            self.name(&new.identifiers, stamp);
            if let Some(panel) = create.panel {
                let slot = new.slot.clone();
                self.whereabouts.set(Whereabouts::Packed { container: panel, slot }, stamp);
            }
        }
    }

    fn born_received(&mut self, entry: &Entry, receive: &Receive<ItemId>) {
        let stamp = stamp_of(entry);
        self.kind = receive.kind;
        self.supplier = Some(receive.supplier.clone());
        self.expires = receive.expires;
        self.part.set(Some(receive.part.clone()), stamp);
        self.arrive(receive, stamp);
        if let Some(new) = receive.items.get(usize::from(self.id.ordinal)) {
            self.book.add(Account::Received, new.quantity.unwrap_or_default());
            self.name(&new.identifiers, stamp);
        }
    }

    fn arrive(&mut self, receive: &Receive<ItemId>, stamp: Stamp) {
        self.whereabouts.set(Whereabouts::InStock { place: receive.place.clone() }, stamp);
        let acceptance =
            if receive.accepted { Acceptance::Accepted } else { Acceptance::Quarantine };
        self.acceptance.set(acceptance, stamp);
    }

    fn name(&mut self, identifiers: &[Identifier], added: Stamp) {
        for identifier in identifiers {
            match self.names.iter_mut().find(|name| name.identifier == *identifier) {
                Some(name) if name.added < added => {
                    name.withdrawn = name.withdrawn.filter(|gone| *gone > added);
                    name.added = added;
                }
                Some(_) => {}
                None => {
                    let identifier = identifier.clone();
                    self.names.push(Name { identifier, added, withdrawn: None });
                }
            }
        }
        self.names.sort_by_key(|name| name.added);
    }

    /// Takes in the part of a fact that is about this item.
    pub fn apply(&mut self, entry: &Entry) -> Fold {
        let stamp = stamp_of(entry);
        let before_count = self.book.counted.is_some_and(|counted| stamp < counted);
        let book = self.book;
        self.existed.from = self.existed.from.min(entry.context.performed.from);
        self.existed.to = self.existed.to.min(entry.context.performed.to);
        self.take(entry, stamp);
        if before_count && book != self.book { Fold::Refold } else { Fold::Done }
    }

    /// Takes in material used without a fact of the lot's own.
    pub fn apply_used(&mut self, used: Used) -> Fold {
        self.book.add(Account::Consumed, used.quantity);
        if used.uncertain {
            self.book.uncertain = self.book.uncertain.plus(used.quantity);
        }
        let before_count = self.book.counted.is_some_and(|counted| used.stamp < counted);
        if before_count { Fold::Refold } else { Fold::Done }
    }

    fn take(&mut self, entry: &Entry, stamp: Stamp) {
        let me = self.id;
        match &entry.fact {
            Act::Receive(v) if v.announced.contains(&me) => {
                self.supplier = Some(v.supplier.clone());
                self.arrive(v, stamp);
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
            Act::Merge(v) => self.portion(&v.lots, Account::MergedOut),
            Act::Count(v) => self.book.count(v.quantity, v.explanation.is_some(), stamp),
            Act::Sample(v) => self.book.add(Account::Sampled, v.quantity.unwrap_or_default()),
            Act::Scrap(v) => {
                if self.kind == Kind::Lot {
                    self.book.add(Account::Scrapped, v.quantity.unwrap_or_default());
                } else {
                    self.whereabouts.set(Whereabouts::Scrapped, stamp);
                }
            }
            Act::Step(v) => self.step(v, entry, stamp),
            Act::Install(v) if v.component == me => self.fitted(v.parent, v.quantity, stamp),
            Act::Remove(v) if v.component == me => self.taken_out(v.quantity, v.to, stamp),
            Act::Replace(v) => {
                if v.new == me {
                    self.fitted(v.parent, v.quantity, stamp);
                }
                if v.old == me {
                    self.taken_out(v.quantity, v.to, stamp);
                }
            }
            Act::Consume(v) => self.consumed(v, stamp),
            Act::Transform(v) => self.transformed(v, stamp),
            Act::Pack(v) => {
                if let Some(packed) = v.items.iter().find(|packed| packed.item == me) {
                    let slot = packed.slot.clone();
                    self.whereabouts
                        .set(Whereabouts::Packed { container: v.container, slot }, stamp);
                }
            }
            Act::Unpack(v) if v.items.contains(&me) => self.stock(None, stamp),
            Act::Move(v) if v.items.contains(&me) => self.stock(Some(v.place.clone()), stamp),
            Act::Ship(v) => self.ship(v, stamp),
            Act::ReceiveBack(v) => self.receive_back(&v.items, v.place.as_ref(), stamp),
            Act::Clear(v) if v.items.contains(&me) => self.cleared.push((v.of, entry.position)),
            // Births are taken in by `born`; these say nothing of what this item is or where.
            either!(
                parties,
                definitions,
                loadings,
                decisions,
                notes,
                Create,
                Receive,
                Assign,
                Split,
                Install,
                Remove,
                Unpack,
                Move
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

    fn withdraw(&mut self, identifier: &Identifier, stamp: Stamp) {
        for name in &mut self.names {
            if name.identifier == *identifier && name.added < stamp {
                name.withdrawn = Some(stamp);
            }
        }
    }

    fn inspect(&mut self, v: &Inspect<ItemId>, stamp: Stamp) {
        let whole = v.accepted.is_none() && v.rejected.is_none();
        let rejected_all = v.accepted.is_some_and(Amount::is_zero) && self.kind != Kind::Lot;
        let verdict = match (whole || v.accepted.is_none(), rejected_all) {
            (_, true) => Acceptance::Rejected,
            (true, _) => Acceptance::Accepted,
            (false, _) if self.kind != Kind::Lot => Acceptance::Accepted,
            (false, _) => Acceptance::Quarantine,
        };
        self.book.accepted = self.book.accepted.plus(v.accepted.unwrap_or_default());
        self.book.rejected = self.book.rejected.plus(v.rejected.unwrap_or_default());
        self.acceptance.set(verdict, stamp);
        if matches!(self.whereabouts.value, Whereabouts::Returned { .. })
            && verdict == Acceptance::Accepted
        {
            self.stock(None, stamp);
        }
    }

    fn portion(&mut self, portions: &[Portion<ItemId>], account: Account) {
        for portion in portions.iter().filter(|portion| portion.item == self.id) {
            self.book.add(account, portion.quantity.unwrap_or_default());
        }
    }

    fn stock(&mut self, place: Option<PlaceCode>, stamp: Stamp) {
        self.whereabouts.set(Whereabouts::InStock { place }, stamp);
    }

    fn step(&mut self, v: &Step<ItemId>, entry: &Entry, stamp: Stamp) {
        if v.outcome != Outcome::Done {
            self.outcome.set(v.outcome, stamp);
        }
        let worked =
            v.items.iter().any(|worked| worked.item == self.id) || v.covers.contains(&self.id);
        if !worked || self.kind == Kind::Lot {
            return;
        }
        let loose = matches!(
            self.whereabouts.value,
            Whereabouts::InProcess { .. }
                | Whereabouts::InStock { .. }
                | Whereabouts::Returned { .. }
                | Whereabouts::Subcontracted { .. }
                | Whereabouts::Expected
        );
        if v.finishes {
            self.stock(None, stamp);
        } else if loose {
            let station = entry.context.station.clone();
            self.whereabouts.set(Whereabouts::InProcess { station }, stamp);
        }
    }

    fn fitted(&mut self, parent: ItemId, quantity: Option<Amount>, stamp: Stamp) {
        if self.kind == Kind::Lot {
            self.book.add(Account::Installed, quantity.unwrap_or(Amount::ONE));
        } else {
            self.whereabouts.set(Whereabouts::Installed { parent }, stamp);
        }
    }

    fn taken_out(&mut self, quantity: Option<Amount>, to: RemovedTo, stamp: Stamp) {
        if self.kind == Kind::Lot {
            let quantity = quantity.unwrap_or(Amount::ONE);
            self.book.add(Account::RemovedAgain, quantity);
            if to == RemovedTo::Scrap {
                self.book.add(Account::Scrapped, quantity);
            }
            return;
        }
        match to {
            RemovedTo::Stock => self.stock(None, stamp),
            RemovedTo::Scrap => self.whereabouts.set(Whereabouts::Scrapped, stamp),
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
                self.whereabouts.set(Whereabouts::UsedUp, stamp);
            }
        }
    }

    fn transformed(&mut self, v: &Transform<ItemId>, stamp: Stamp) {
        if self.kind == Kind::Lot {
            self.portion(&v.inputs, Account::Consumed);
        } else if v.inputs.iter().any(|portion| portion.item == self.id) {
            self.whereabouts.set(Whereabouts::UsedUp, stamp);
        }
    }

    fn ship(&mut self, v: &Ship<ItemId>, stamp: Stamp) {
        let Some(line) = v.lines.iter().find(|line| line.item == self.id) else { return };
        let (party, quantity) = (v.party.clone(), line.quantity.unwrap_or_default());
        let place = match v.purpose {
            Purpose::Subcontract => Whereabouts::Subcontracted { party },
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
        self.whereabouts.set(place, stamp);
    }

    fn receive_back(&mut self, items: &[Portion<ItemId>], place: Option<&PlaceCode>, stamp: Stamp) {
        let Some(portion) = items.iter().find(|portion| portion.item == self.id) else { return };
        let subcontracted = matches!(self.whereabouts.value, Whereabouts::Subcontracted { .. });
        if self.kind == Kind::Lot {
            if !subcontracted {
                let quantity = portion.quantity.unwrap_or_default();
                self.book.add(Account::Shipped, Amount::ZERO.minus(quantity));
            }
            self.stock(place.cloned(), stamp);
        } else if subcontracted {
            self.whereabouts.set(Whereabouts::InProcess { station: None }, stamp);
        } else {
            self.whereabouts.set(Whereabouts::Returned { place: place.cloned() }, stamp);
            self.acceptance.set(Acceptance::Quarantine, stamp);
        }
    }
}
