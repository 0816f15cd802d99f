//! The acts that bring the things of a draft into being, ahead of all others.

use super::{Birth, Item, Making, Thing, Told};
use alloc::collections::BTreeMap;
use alloc::string::ToString;
use alloc::vec::Vec;
use domain::act::{Act, Create, ITEMS_PER_ACT_MAX, Kind, NewItem, Origin, Parted, Receive, Split};
use domain::{MaterialDefinition, Ordinal, Overdraw, Part};

/// Acts of birth, and which act makes which thing.
#[derive(Default)]
pub(super) struct Births {
    pub(super) acts: Vec<Act<Item>>,
    pub(super) born: BTreeMap<usize, (u16, Ordinal)>,
}

/// What one act can make together.
#[derive(PartialEq)]
struct Group<'a> {
    kind: Kind,
    part: Option<&'a Part>,
    birth: Birth,
    /// The lot its units belong to.
    lot: Option<usize>,
}

impl Births {
    fn push(&mut self, act: Act<Item>, members: &[usize]) {
        let at = u16::try_from(self.acts.len()).unwrap_or(u16::MAX);
        for (ordinal, member) in (0..).zip(members) {
            self.born.insert(*member, (at, ordinal));
        }
        self.acts.push(act);
    }

    /// Defines the materials whose base unit the event settles.
    pub(super) fn define(&mut self, things: &[Thing], told: &mut Told) {
        for thing in things.iter().filter(|thing| thing.nature.kind == Kind::Lot) {
            let Some(part) = &thing.nature.part else { continue };
            let Some(base_unit) = told.base_units.get(&part.number) else { continue };
            if told.defined.insert(part.number.clone()) {
                let material = MaterialDefinition {
                    part: part.clone(),
                    name: part.number.to_string(),
                    tracking: thing.nature.tracking,
                    base_unit: base_unit.clone(),
                    conversions: Vec::new(),
                    overdraw: Overdraw::Exception,
                    device_type: None,
                    class: None,
                    shelf_life_days: None,
                };
                self.push(Act::DefineMaterial(material), &[]);
            }
        }
    }

    /// Creates or receives what is not known, lots before the units that belong to them.
    pub(super) fn create(&mut self, things: &[Thing], making: &Making) {
        let mut groups: Vec<(Group<'_>, Vec<usize>)> = Vec::new();
        for (index, thing) in things.iter().enumerate().filter(|(_, thing)| !thing.is_known) {
            if matches!(thing.birth, Birth::PartedFrom(_)) {
                continue;
            }
            let group = Group {
                kind: thing.nature.kind,
                part: thing.nature.part.as_ref(),
                birth: thing.birth,
                lot: thing.lot,
            };
            match groups.iter_mut().find(|(other, _)| *other == group) {
                Some((_, members)) => members.push(index),
                None => groups.push((group, Vec::from([index]))),
            }
        }
        groups.sort_by_key(|(group, _)| group.lot.is_some());
        for (group, members) in &groups {
            for members in members.chunks(ITEMS_PER_ACT_MAX) {
                self.push(birth(group, members, things, making), members);
            }
        }
    }

    /// Parts off what is packed of a lot.
    pub(super) fn part(&mut self, things: &[Thing]) {
        for (index, thing) in things.iter().enumerate().filter(|(_, thing)| !thing.is_known) {
            if let Birth::PartedFrom(lot) = thing.birth {
                let identifiers = Vec::from([thing.nature.called.clone()]);
                let quantity = thing.amount.unwrap_or_default();
                let into = Vec::from([Parted { identifiers, quantity }]);
                let split = Split { lot: Item::Thing(lot), into, inherited: None };
                self.push(Act::Split(split), &[index]);
            }
        }
    }
}

fn birth(group: &Group<'_>, members: &[usize], things: &[Thing], making: &Making) -> Act<Item> {
    let items = members.iter().filter_map(|index| things.get(*index)).map(|thing| NewItem {
        identifiers: Vec::from([thing.nature.called.clone()]),
        quantity: thing.amount.filter(|_| group.kind == Kind::Lot),
        slot: None,
    });
    let items = items.collect();
    let kind = group.kind;
    let receipt = making.receipt.as_ref().filter(|_| group.birth == Birth::Received);
    if let Some((receipt, part)) = receipt.zip(group.part) {
        return Act::Receive(Receive {
            kind,
            part: part.clone(),
            items,
            supplier: receipt.supplier.clone(),
            delivery: receipt.delivery.clone(),
            certificates: Vec::new(),
            expires: making.expires,
            made: None,
            place: making.place.clone(),
            accepted: receipt.is_accepted,
            announced: Vec::new(),
        });
    }
    let made = (group.birth == Birth::Made).then_some(making);
    Act::Create(Create {
        kind,
        part: group.part.cloned(),
        items,
        origin: if made.is_some() { Origin::Made } else { Origin::Implied },
        order: None,
        production_order: made.and_then(|making| making.production_order.clone()),
        lot: group.lot.map(Item::Thing),
        panel: None,
        expires: made.and_then(|making| making.expires),
        place: made.and_then(|making| making.place.clone()),
    })
}
