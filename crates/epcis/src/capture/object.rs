//! Things made, seen, shipped, received, destroyed.

use super::draft::{Birth, Draft, Item, Receipt};
use super::name::code;
use super::planner::{
    Named, Planner, Telling, business_step, cut, has_disposition, party, transaction,
};
use super::{Away, Plant, Seen};
use crate::document::Problem;
use crate::document::event::{Action, Event};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use domain::act::{
    Act, Assign, Kind, Move, Portion, Purpose, ReceiveBack, Ship, ShipmentLine, Taking, Worked,
};
use domain::{PartyCode, ShipmentCode};

/// Documents that name a shipment or delivery, the best first.
const DELIVERY: [&str; 5] = ["desadv", "recadv", "bol", "po", "inv"];

/// What an object event says was done.
enum Deed {
    Made,
    Shipped(PartyCode),
    Arrived,
    Scrapped,
    Seen,
}

impl Deed {
    fn of(event: &Event, action: Action, plant: &dyn Plant) -> Result<Self, Problem> {
        let is_destroyed = ["destroyed", "disposed"].iter().any(|d| has_disposition(event, d));
        let arrives = has_arrived(event);
        Ok(match (action, business_step(event)) {
            (Action::Delete, _) => Self::Scrapped,
            (Action::Add, _) if arrives && !event.sources.is_empty() => Self::Arrived,
            (Action::Add, _) => Self::Made,
            (Action::Observe, Some("destroying" | "decommissioning")) => Self::Scrapped,
            (Action::Observe, _) if is_destroyed => Self::Scrapped,
            (Action::Observe, Some("shipping" | "departing" | "consigning")) => {
                let to = party(&event.destinations, "/destinationList")?;
                // What is on its way to the ledger holder is told when it arrives.
                to.filter(|to| !plant.is_own(to)).map_or(Self::Seen, Self::Shipped)
            }
            (Action::Observe, _) if arrives || is_void(event) => Self::Arrived,
            (Action::Observe, _) => Self::Seen,
        })
    }
}

fn has_arrived(event: &Event) -> bool {
    matches!(business_step(event), Some("receiving" | "arriving" | "accepting"))
}

/// Whether it says that a shipment did not take place.
fn is_void(event: &Event) -> bool {
    business_step(event) == Some("void_shipping")
}

/// Whether it says that things come or go back.
fn is_return(event: &Event) -> bool {
    transaction(event, &["rma"]).is_some() || has_disposition(event, "returned")
}

impl Planner<'_> {
    pub(super) fn object(&mut self, action: Action, named: &[Named]) -> Result<(), Problem> {
        if named.is_empty() {
            let subjects = self.subjects()?;
            return self.seen(&subjects, Birth::Implied);
        }
        let deed = Deed::of(self.telling.event, action, self.plant)?;
        if let Deed::Arrived = deed {
            self.telling.making.receipt = receipt(self.telling.event)?;
        }
        for piece in cut(named, matches!(deed, Deed::Scrapped)) {
            self.command(|draft, telling| match &deed {
                Deed::Made => {
                    make(draft, telling, piece);
                    Ok(())
                }
                Deed::Shipped(to) => ship(draft, telling, piece, to),
                Deed::Arrived => arrive(draft, telling, piece, action),
                Deed::Scrapped => {
                    scrap(draft, telling, piece);
                    Ok(())
                }
                Deed::Seen => {
                    let items = worked(draft, piece, Birth::Implied);
                    step(draft, telling, &items);
                    Ok(())
                }
            })?;
        }
        Ok(())
    }

    /// Things that were merely seen or worked on.
    pub(super) fn seen(&mut self, named: &[Named], birth: Birth) -> Result<(), Problem> {
        cut(named, false).into_iter().try_for_each(|piece| self.seen_together(piece, birth))
    }

    /// The same in one command.
    pub(super) fn seen_together(&mut self, named: &[Named], birth: Birth) -> Result<(), Problem> {
        self.command(|draft, telling| {
            let items = worked(draft, named, birth);
            step(draft, telling, &items);
            Ok(())
        })
    }
}

/// The things, with the amounts of lots.
pub(super) fn worked(draft: &mut Draft<'_>, named: &[Named], birth: Birth) -> Vec<Worked<Item>> {
    named.iter().map(|one| worked_one(draft, one, birth)).collect()
}

fn worked_one(draft: &mut Draft<'_>, one: &Named, birth: Birth) -> Worked<Item> {
    let item = draft.thing(&one.nature, one.amount, birth);
    Worked { item, slot: None, quantity: draft.of_lot(item, one.amount) }
}

/// Records the step the event tells of.
pub(super) fn step(draft: &mut Draft<'_>, telling: &Telling<'_>, items: &[Worked<Item>]) {
    for step in telling.account.steps(items) {
        draft.push(Act::Step(step));
    }
}

/// Records what sensors reported, where the event tells of more than a step.
pub(super) fn readings(draft: &mut Draft<'_>, telling: &Telling<'_>, items: &[Worked<Item>]) {
    if telling.account.has_readings() {
        step(draft, telling, items);
    }
}

/// Things came into being. Of what was known before, a step says so.
pub(super) fn make(
    draft: &mut Draft<'_>,
    telling: &Telling<'_>,
    named: &[Named],
) -> Vec<Worked<Item>> {
    let (mut items, mut known) = (Vec::new(), Vec::new());
    let mut lots: Vec<(Item, Vec<Item>)> = Vec::new();
    for one in named {
        let was_known = draft.seen(&one.nature.called).is_some();
        let made = worked_one(draft, one, Birth::Made);
        let lot = one.lot.as_ref().and_then(|lot| draft.belongs_to(made.item, lot));
        if let Some(lot) = lot {
            match lots.iter_mut().find(|(other, _)| *other == lot) {
                Some((_, units)) => units.push(made.item),
                None => lots.push((lot, Vec::from([made.item]))),
            }
        }
        if was_known {
            known.push(made.clone());
        }
        items.push(made);
    }
    for (lot, items) in lots {
        let (order, production_order) = (None, None);
        draft.push(Act::Assign(Assign { items, order, production_order, lot: Some(lot) }));
    }
    if telling.account.has_readings() {
        step(draft, telling, &items);
    } else if !known.is_empty() {
        step(draft, telling, &known);
    }
    items
}

fn ship(
    draft: &mut Draft<'_>,
    telling: &Telling<'_>,
    named: &[Named],
    to: &PartyCode,
) -> Result<(), Problem> {
    let back = is_return(telling.event);
    let sender = party(&telling.event.sources, "/sourceList")?;
    // What a party that has it sends back is on its way until it is received back.
    let returns = |seen: Seen| match (seen.away, &sender) {
        (Some(Away::With(holder)), Some(sender)) => back && holder == *sender,
        (Some(Away::InPart), _) => back && sender.is_some(),
        (None | Some(_), _) => false,
    };
    // What is away is sent on by whoever the event says sends it.
    let on = sender.as_ref().filter(|sender| !back && !telling.plant.is_own(sender));
    let (mut items, mut returned, mut sent_on) = (Vec::new(), Vec::new(), Vec::new());
    for one in named {
        let seen = draft.seen(&one.nature.called);
        let is_away = seen.as_ref().is_some_and(|seen| seen.away.is_some());
        let is_returned = seen.is_some_and(returns);
        let worked = worked_one(draft, one, Birth::Implied);
        match (is_returned, on.filter(|_| is_away)) {
            (true, _) => returned.push(worked),
            (false, Some(_)) => sent_on.push(worked),
            (false, None) => items.push(worked),
        }
    }
    if !returned.is_empty() {
        step(draft, telling, &returned);
    }
    let purpose = if back { Purpose::ReturnToSupplier } else { Purpose::Delivery };
    for (items, sender) in [(items, None), (sent_on, on)] {
        if !items.is_empty() {
            readings(draft, telling, &items);
            shipped(draft, telling, items, (to, sender, purpose))?;
        }
    }
    Ok(())
}

fn shipped(
    draft: &mut Draft<'_>,
    telling: &Telling<'_>,
    items: Vec<Worked<Item>>,
    (to, sender, purpose): (&PartyCode, Option<&PartyCode>, Purpose),
) -> Result<(), Problem> {
    let shipment = transaction(telling.event, &DELIVERY);
    let shipment = shipment.map(|id| code("/bizTransactionList", id, ShipmentCode::new));
    let lines = items.into_iter().map(|worked| ShipmentLine {
        item: worked.item,
        quantity: worked.quantity,
        line: None,
    });
    draft.push(Act::Ship(Ship {
        party: to.clone(),
        sender: sender.cloned(),
        shipment: shipment.transpose()?,
        lines: lines.collect(),
        purpose,
    }));
    Ok(())
}

fn receipt(event: &Event) -> Result<Option<Receipt>, Problem> {
    if is_void(event) {
        return Ok(None);
    }
    let supplier = party(&event.sources, "/sourceList")?;
    Ok(supplier.map(|supplier| Receipt {
        supplier,
        delivery: transaction(event, &DELIVERY).map(ToOwned::to_owned),
        is_accepted: business_step(event) == Some("accepting"),
    }))
}

/// What became of things that arrived.
#[derive(Default)]
struct Arrivals {
    back: Vec<Worked<Item>>,
    moved: Vec<Item>,
    seen: Vec<Worked<Item>>,
}

/// Material of a supplier is received, what was shipped comes back, all else is moved; what
/// arrives at the party it was shipped to is seen there and stays shipped.
fn arrive(
    draft: &mut Draft<'_>,
    telling: &Telling<'_>,
    named: &[Named],
    action: Action,
) -> Result<(), Problem> {
    let event = telling.event;
    let receiver = party(&event.destinations, "/destinationList")?;
    let sender = party(&event.sources, "/sourceList")?;
    let is_here = receiver.as_ref().is_some_and(|party| telling.plant.is_own(party));
    let is_told = is_here || is_return(event) || is_void(event);
    let comes_back = sender.is_some() || is_told;
    let birth = if action == Action::Add { Birth::Made } else { Birth::Implied };
    let supplied = telling.making.receipt.is_some();
    let (mut all, mut arrivals) = (Vec::new(), Arrivals::default());
    for one in named {
        let seen = draft.seen(&one.nature.called);
        let is_supplied = supplied && matches!(one.nature.kind, Kind::Unit | Kind::Lot);
        let is_new = seen.is_none();
        let birth = if is_supplied { Birth::Received } else { birth };
        let worked = worked_one(draft, one, birth);
        all.push(worked.clone());
        let stays = telling.place.is_none() || is_void(event);
        match seen.and_then(|seen| seen.away) {
            _ if is_new && is_supplied => {}
            Some(Away::With(holder)) if !is_here && receiver.as_ref() == Some(&holder) => {
                arrivals.seen.push(worked);
            }
            // Who has some of a lot is not known, so that it comes back has to be told.
            Some(Away::InPart) if receiver.is_some() && !is_told => arrivals.seen.push(worked),
            Some(_) if comes_back => arrivals.back.push(worked),
            Some(_) | None if stays => arrivals.seen.push(worked),
            Some(_) | None => arrivals.moved.push(worked.item),
        }
    }
    if telling.account.has_readings() {
        step(draft, telling, &all);
    } else if !arrivals.seen.is_empty() {
        step(draft, telling, &arrivals.seen);
    }
    if !arrivals.back.is_empty() {
        let portion =
            |worked: Worked<Item>| Portion { item: worked.item, quantity: worked.quantity };
        draft.push(Act::ReceiveBack(ReceiveBack {
            items: arrivals.back.into_iter().map(portion).collect(),
            party: sender,
            place: telling.place.clone(),
            reason: business_step(event).map(ToOwned::to_owned),
            purpose: None,
        }));
    }
    match &telling.place {
        Some(place) if !arrivals.moved.is_empty() => {
            draft.push(Act::Move(Move { items: arrivals.moved, place: place.clone() }));
        }
        _ => {}
    }
    Ok(())
}

fn scrap(draft: &mut Draft<'_>, telling: &Telling<'_>, named: &[Named]) {
    let items = worked(draft, named, Birth::Implied);
    readings(draft, telling, &items);
    for worked in items {
        let taking =
            Taking { item: worked.item, quantity: worked.quantity, reason: reason(telling.event) };
        draft.push(Act::Scrap(taking));
    }
}

/// Why things were destroyed or taken out, in the words of the event.
pub(super) fn reason(event: &Event) -> String {
    match (business_step(event), &event.disposition) {
        (Some(step), Some(disposition)) => format!("{step}, {disposition}"),
        (Some(step), None) => step.to_owned(),
        (None, Some(disposition)) => format!("{disposition}"),
        (None, None) => "deleted".to_owned(),
    }
}
