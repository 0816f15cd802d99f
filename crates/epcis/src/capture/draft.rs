//! A command being put together: the things it names, and what brings them into being first.

mod births;

use super::name::{Nature, part_name};
use super::{Plant, Seen};
use crate::document::Problem;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use births::Births;
use core::convert::Infallible;
use domain::act::{Act, Kind};
use domain::{
    Amount, ItemId, ItemRef, OrderCode, PartNumber, PartyCode, PlaceCode, Time, UnitOfMeasure,
};

/// How an act of a draft points at an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A thing of the draft.
    Thing(usize),
    /// An item of the ledger that the event does not name.
    Id(ItemId),
}

/// How a thing that is not known yet comes into being.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Birth {
    Made,
    Implied,
    Received,
    /// Parted off a lot, another thing of the draft.
    PartedFrom(usize),
}

#[derive(Debug)]
struct Thing {
    nature: Nature,
    amount: Option<Amount>,
    birth: Birth,
    /// The lot it belongs to, another thing of the draft.
    lot: Option<usize>,
    is_known: bool,
}

/// What the event says of all it brings into being.
#[derive(Clone, Debug, Default)]
pub(super) struct Making {
    pub(super) production_order: Option<OrderCode>,
    pub(super) place: Option<PlaceCode>,
    pub(super) expires: Option<Time>,
    /// Who supplied what is received.
    pub(super) receipt: Option<Receipt>,
}

/// What the event says of the receipt of material.
#[derive(Clone, Debug)]
pub(super) struct Receipt {
    pub(super) supplier: PartyCode,
    pub(super) delivery: Option<String>,
    pub(super) is_accepted: bool,
}

/// What earlier commands of the same event bring about, as if it were so already.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Tells names that the event gives apart from those of other events.
    mark: String,
    items: BTreeMap<domain::Identifier, Kind>,
    /// Base units the event itself settles, of materials nobody defined.
    pub(super) base_units: BTreeMap<PartNumber, UnitOfMeasure>,
    defined: BTreeSet<PartNumber>,
}

impl Told {
    pub(super) fn new(mark: String) -> Self {
        Self { mark, ..Self::default() }
    }
}

/// A command being put together.
pub(super) struct Draft<'a> {
    plant: &'a dyn Plant,
    told: &'a mut Told,
    making: &'a Making,
    things: Vec<Thing>,
    index: BTreeMap<domain::Identifier, usize>,
    acts: Vec<Act<Item>>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(plant: &'a dyn Plant, told: &'a mut Told, making: &'a Making) -> Self {
        let (things, index) = (Vec::new(), BTreeMap::new());
        Self { plant, told, making, things, index, acts: Vec::new() }
    }

    /// What is known of a thing before this command.
    pub(super) fn seen(&self, called: &domain::Identifier) -> Option<Seen> {
        let told = self.told.items.get(called);
        told.map(|kind| Seen { kind: *kind, away: None }).or_else(|| self.plant.item(called))
    }

    /// The thing of that name; it comes into being by `birth` unless it is known.
    pub(super) fn thing(&mut self, nature: &Nature, amount: Option<Amount>, birth: Birth) -> Item {
        Item::Thing(self.thing_index(nature, amount, birth))
    }

    fn thing_index(&mut self, nature: &Nature, amount: Option<Amount>, birth: Birth) -> usize {
        if let Some(index) = self.index.get(&nature.called) {
            return *index;
        }
        let index = self.things.len();
        let seen = self.seen(&nature.called);
        let kind = seen.as_ref().map_or(nature.kind, |seen| seen.kind);
        self.index.insert(nature.called.clone(), index);
        let nature = Nature { kind, ..nature.clone() };
        self.things.push(Thing { nature, amount, birth, lot: None, is_known: seen.is_some() });
        index
    }

    /// The amount, where the item is a lot: nothing else has one.
    pub(super) fn of_lot(&self, item: Item, amount: Option<Amount>) -> Option<Amount> {
        let Item::Thing(index) = item else { return amount };
        let thing = self.things.get(index);
        amount.filter(|_| thing.is_some_and(|thing| thing.nature.kind == Kind::Lot))
    }

    /// A quantity of a lot that goes into a container, as a lot of its own.
    pub(super) fn part_in(
        &mut self,
        lot: &Nature,
        amount: Amount,
        container: &Nature,
    ) -> Result<Item, Problem> {
        let from = self.thing_index(lot, Some(amount), Birth::Implied);
        if self.of_lot(Item::Thing(from), Some(amount)).is_none() {
            return Ok(Item::Thing(from));
        }
        let mut called = part_name(&lot.called, &container.called, None)?;
        if self.seen(&called).is_some() {
            called = part_name(&lot.called, &container.called, Some(&self.told.mark))?;
        }
        let nature = Nature { called, ..lot.clone() };
        Ok(self.thing(&nature, Some(amount), Birth::PartedFrom(from)))
    }

    /// Says which lot a unit belongs to; gives the lot where that has to be told by itself.
    pub(super) fn belongs_to(&mut self, unit: Item, lot: &Nature) -> Option<Item> {
        let lot = self.thing_index(lot, None, Birth::Implied);
        let Item::Thing(unit) = unit else { return Some(Item::Thing(lot)) };
        match self.things.get_mut(unit) {
            Some(thing) if !thing.is_known => {
                thing.lot = Some(lot);
                None
            }
            _ => Some(Item::Thing(lot)),
        }
    }

    pub(super) fn push(&mut self, act: Act<Item>) {
        self.acts.push(act);
    }

    /// The acts of the command: first what brings things into being, then the rest.
    pub(super) fn finish(self) -> Vec<Act<ItemRef>> {
        let Self { told, making, things, acts: rest, .. } = self;
        let mut births = Births::default();
        births.define(&things, told);
        births.create(&things, making);
        births.part(&things);
        for thing in &things {
            told.items.insert(thing.nature.called.clone(), thing.nature.kind);
        }
        let Births { mut acts, born } = births;
        acts.extend(rest);
        acts.iter()
            .map(|act| {
                let resolved: Result<_, Infallible> = act.try_map(&mut |item| {
                    Ok(match item {
                        Item::Id(id) => ItemRef::Id(*id),
                        Item::Thing(index) => match born.get(index) {
                            Some((act, ordinal)) => ItemRef::New(*act, *ordinal),
                            None => called(things.get(*index)),
                        },
                    })
                });
                match resolved {
                    Ok(act) => act,
                }
            })
            .collect()
    }
}

fn called(thing: Option<&Thing>) -> ItemRef {
    let thing = thing.expect("invariant: items of a draft are made from its things");
    let domain::Identifier { scheme, value, .. } = thing.nature.called.clone();
    ItemRef::Called { scheme: Some(scheme), issuer: None, value }
}
