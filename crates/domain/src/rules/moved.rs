//! Rules for containers, shipments, holds and exceptions.

use alloc::collections::BTreeSet;
use alloc::format;

use super::check::{Check, NESTING_MAX, sums};
use super::conformity::released;
use super::material::packed_elsewhere;
use super::{Facts, Known, deep};
use crate::act::{
    AcknowledgeHold, Clear, CloseException, Hold, Kind, Lift, Move, Pack, Purpose, ReceiveBack,
    Ship, Unpack,
};
use crate::item::{ItemState, Whereabouts};
use crate::noun::{Amount, ItemId, NonconformanceCode, PartyCode};
use crate::rejection::{Code, Finding};
use crate::start::Start;

pub(super) fn pack<F: Facts>(v: &Pack<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    check.distinct("items", v.items.iter().map(|packed| packed.item));
    check.kind_is_container(v.container);
    check.here(v.container);
    check.not_held(v.container);
    for packed in &v.items {
        if packed.item == v.container {
            let detail = format!("{} would be packed in itself", check.name(v.container));
            check.found.push(Finding::malformed(Code::Cycle, detail, "name the outer container"));
            continue;
        }
        check.here(packed.item);
        check.loose(packed.item);
        check.not_held(packed.item);
        packed_elsewhere(packed.item, Some(v.container), check);
        let mut inside = false;
        deep(packed.item, check.facts, &mut |id| inside |= id == v.container);
        if inside {
            let detail = format!("would be packed in {}, which is in it", check.name(v.container));
            check.rule(Code::Cycle, packed.item, &detail, "name the outer container");
        }
    }
}

pub(super) fn unpack<F: Facts>(v: &Unpack<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    check.here(v.container);
    for item in &v.items {
        let there = check.state(*item).is_some_and(|state| {
            let packed = matches!(state.whereabouts.value,
                Whereabouts::Packed { container, .. } if container == v.container);
            packed || !check.was_so(state.whereabouts.stamp)
        });
        if !there {
            let detail = format!("is not in {}", check.name(v.container));
            check.rule(Code::NotThere, *item, &detail, "name what is in the container");
        }
    }
}

pub(super) fn moved<F: Facts>(v: &Move<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    check.known(Known::Place, Some(&v.place));
    // What is held may be moved to where held material is kept.
    for item in &v.items {
        check.here(*item);
        check.loose(*item);
        packed_elsewhere(*item, None, check);
    }
}

pub(super) fn ship<F: Facts>(v: &Ship<ItemId>, check: &mut Check<'_, F>) {
    check.some("lines", v.lines.len());
    check.known(Known::Party, Some(&v.party));
    let sums = sums(v.lines.iter().map(|line| (line.item, line.quantity)));
    let mut inside = BTreeSet::new();
    for (item, _) in &sums {
        deep(*item, check.facts, &mut |id| {
            inside.insert(id);
        });
    }
    v.lines.iter().for_each(|line| check.amount_fits(line.item, line.quantity));
    if let Some(sender) = &v.sender {
        sent_on(v, sender, &sums, check);
        inside.iter().for_each(|item| check.not_held(*item));
        return;
    }
    for (item, quantity) in &sums {
        check.here(*item);
        check.loose(*item);
        if !inside.contains(item) {
            packed_elsewhere(*item, None, check);
        }
        if v.purpose == Purpose::Subcontract {
            sent_whole(*item, *quantity, check);
        }
        if v.purpose == Purpose::ReturnToSupplier {
            // What is held or rejected is just what goes back.
            check.enough_here(*item, *quantity);
        } else {
            check.enough(*item, *quantity);
            leaves(*item, v.purpose, check);
        }
    }
    if v.purpose != Purpose::ReturnToSupplier {
        let listed: BTreeSet<ItemId> = sums.iter().map(|(item, _)| *item).collect();
        inside.difference(&listed).for_each(|item| leaves(*item, v.purpose, check));
    }
}

/// A party that has what was delivered to it sends it on. How it is packed there is its own affair.
fn sent_on<F: Facts>(
    v: &Ship<ItemId>,
    sender: &PartyCode,
    sums: &[(ItemId, Amount)],
    check: &mut Check<'_, F>,
) {
    check.known(Known::Party, Some(sender));
    if *sender == v.party {
        check.malformed("it is sent on to whoever sends it", "name who gets it as the party");
    }
    if v.purpose != Purpose::Delivery {
        let needed = "leave the purpose out, or the sender if it leaves from here";
        check.malformed("what was delivered is sent on for another purpose", needed);
    }
    for (item, quantity) in sums {
        check.not_gone(*item);
        check.not_held(*item);
        check.not_expired(*item);
        let facts = check.facts;
        let Some(state) = facts.item(*item) else { continue };
        if state.kind == Kind::Lot {
            let out = away(state, Purpose::Delivery);
            if *quantity > out {
                let (out, on) = (out.max(Amount::ZERO).normal(), quantity.normal());
                let detail = format!("has {out} out, {on} are sent on");
                check.rule(Code::NotThere, *item, &detail, "name what was shipped");
            }
        } else if check.was_so(state.whereabouts.stamp) {
            let detail = match holder(*item, facts) {
                Some(party) if party == sender => continue,
                Some(party) => format!("was shipped to {party}, not to {sender}"),
                None => format!("is here, not with {sender}"),
            };
            let needed =
                "name who has it as the sender; leave the sender out if it leaves from here";
            check.rule(Code::NotThere, *item, &detail, needed);
        }
    }
}

/// To whom a unit or container was shipped, by itself or in a container.
fn holder(item: ItemId, facts: &impl Facts) -> Option<&PartyCode> {
    let mut outer = item;
    for _ in 0..NESTING_MAX {
        match &facts.item(outer)?.whereabouts.value {
            Whereabouts::Shipped { party, .. } => return Some(party),
            Whereabouts::Packed { container, .. } => outer = *container,
            Whereabouts::Installed { parent } => outer = *parent,
            Whereabouts::Expected
            | Whereabouts::InProcess { .. }
            | Whereabouts::InStock { .. }
            | Whereabouts::Subcontracted { .. }
            | Whereabouts::SentBack { .. }
            | Whereabouts::Returned { .. }
            | Whereabouts::UsedUp
            | Whereabouts::Scrapped => return None,
        }
    }
    None
}

/// It may leave for a customer or a subcontractor.
fn leaves<F: Facts>(item: ItemId, purpose: Purpose, check: &mut Check<'_, F>) {
    check.not_held(item);
    check.accepted(item);
    if purpose == Purpose::Delivery {
        released(item, check);
        check.not_expired(item);
    }
}

/// A lot has one place: what goes to a subcontractor is all of it.
fn sent_whole<F: Facts>(item: ItemId, quantity: Amount, check: &mut Check<'_, F>) {
    let Some(state) = check.state(item).filter(|state| state.kind == Kind::Lot) else { return };
    if quantity < state.on_hand() {
        let detail = format!("{} goes to a subcontractor in part", check.name(item));
        check.malformed(&detail, "split the lot first, so that the part has its own history");
    }
}

/// Why an item is away, if it is: by itself, or with the container it is in.
pub(super) fn away_for(item: ItemId, facts: &impl Facts) -> Option<Purpose> {
    let mut outer = item;
    for _ in 0..NESTING_MAX {
        let state = facts.item(outer)?;
        match &state.whereabouts.value {
            Whereabouts::Subcontracted { .. } => return Some(Purpose::Subcontract),
            Whereabouts::Shipped { .. } => return Some(Purpose::Delivery),
            Whereabouts::SentBack { .. } => return Some(Purpose::ReturnToSupplier),
            Whereabouts::Packed { .. } if shipped_in_part(state).is_some() => break,
            Whereabouts::Packed { container, .. } => outer = *container,
            Whereabouts::Expected
            | Whereabouts::InProcess { .. }
            | Whereabouts::InStock { .. }
            | Whereabouts::Installed { .. }
            | Whereabouts::Returned { .. }
            | Whereabouts::UsedUp
            | Whereabouts::Scrapped => break,
        }
    }
    facts.item(item).and_then(shipped_in_part)
}

/// Why quantities of a lot are away.
fn shipped_in_part(state: &ItemState) -> Option<Purpose> {
    let balance = state.book.balance();
    if state.kind != Kind::Lot {
        None
    } else if balance.shipped.is_positive() {
        Some(Purpose::Delivery)
    } else if balance.sent_back.is_positive() {
        Some(Purpose::ReturnToSupplier)
    } else {
        None
    }
}

/// How much of a lot is away for that purpose.
pub(super) fn away(state: &ItemState, purpose: Purpose) -> Amount {
    match purpose {
        Purpose::Delivery => state.book.balance().shipped,
        Purpose::ReturnToSupplier => state.book.balance().sent_back,
        Purpose::Subcontract => state.on_hand(),
    }
}

pub(super) fn receive_back<F: Facts>(v: &ReceiveBack<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    check.distinct("items", v.items.iter().map(|portion| portion.item));
    check.known(Known::Party, v.party.as_ref());
    check.known(Known::Place, v.place.as_ref());
    let purpose = v.purpose.unwrap_or_default();
    for portion in &v.items {
        check.amount_fits(portion.item, portion.quantity);
        let facts = check.facts;
        let Some(state) = facts.item(portion.item) else { continue };
        let lot = state.kind == Kind::Lot && purpose != Purpose::Subcontract;
        match away_for(portion.item, facts) {
            Some(other) if other != purpose && !lot => {
                let detail = format!("{} left for another purpose", check.name(portion.item));
                check.malformed(&detail, "take back apart what left for different purposes");
            }
            None if !lot && check.was_so(state.whereabouts.stamp) => {
                let needed = "only what was shipped can come back";
                check.rule(Code::NotThere, portion.item, "was not shipped", needed);
            }
            None | Some(_) => {}
        }
        let (out, back) = (away(state, purpose), portion.quantity.unwrap_or_default());
        if lot && (back > out || back.is_zero()) {
            let (out, back) = (out.max(Amount::ZERO).normal(), back.normal());
            let detail = format!("has {out} out, {back} come back");
            check.rule(Code::NotThere, portion.item, &detail, "name what was shipped");
        }
    }
}

pub(super) fn clear<F: Facts>(v: &Clear<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    if v.items.contains(&v.of) {
        let detail = format!("{} is cleared of itself", check.name(v.of));
        check.malformed(&detail, "name what it was suspected of containing");
    }
}

pub(super) fn hold<F: Facts>(v: &Hold<ItemId>, check: &mut Check<'_, F>) {
    check.some("on", v.on.len());
    v.on.iter().for_each(|start| begins(start, check));
    if check.facts.hold(&v.code).is_some() {
        check.found.push(Finding::malformed(
            Code::CodeTaken,
            format!("a hold {} was placed before", v.code),
            "give the hold a new code",
        ));
    }
}

/// A start says where to begin.
fn begins<F: Facts>(start: &Start<ItemId>, check: &mut Check<'_, F>) {
    match start {
        Start::All { of } => {
            check.some("a start's parts", of.len());
            of.iter().for_each(|start| begins(start, check));
        }
        Start::Used { within, .. } if within.from > within.to => {
            check.malformed("a window ends before it begins", "give from before to");
        }
        Start::Measured { band, .. } if band.above.is_none() && band.below.is_none() => {
            check.malformed("a band has no end", "say above or below what");
        }
        Start::Item { .. }
        | Start::Order { .. }
        | Start::Part { .. }
        | Start::Used { .. }
        | Start::SinceGoodCheck { .. }
        | Start::Measured { .. } => {}
    }
}

pub(super) fn lift<F: Facts>(v: &Lift, check: &mut Check<'_, F>) {
    let detail = match check.facts.hold(&v.code) {
        Some(true) => return undecided(v, check),
        Some(false) => format!("hold {} was lifted before", v.code),
        None => format!("no hold is called {}", v.code),
    };
    check.found.push(Finding::malformed(Code::UnknownCode, detail, "name an active hold"));
}

/// A station acknowledges a hold once, while it is in force.
pub(super) fn acknowledge_hold<F: Facts>(v: &AcknowledgeHold, check: &mut Check<'_, F>) {
    let context = check.context;
    let Some(station) = &context.station else {
        return check.malformed(
            "the command names no station",
            "say in `station` at which station the hold is known",
        );
    };
    let (code, detail) = match check.facts.hold(&v.code) {
        Some(true) if check.facts.has_acknowledged(&v.code, station) => {
            (Code::OutOfOrder, format!("station {station} has acknowledged hold {}", v.code))
        }
        Some(true) => return,
        Some(false) => (Code::UnknownCode, format!("hold {} was lifted before", v.code)),
        None => (Code::UnknownCode, format!("no hold is called {}", v.code)),
    };
    let needed = "name an active hold that this station has not acknowledged";
    check.found.push(Finding::malformed(code, detail, needed));
}

/// The hold of a nonconformance ends by the decision about it, and by nothing else.
fn undecided<F: Facts>(v: &Lift, check: &mut Check<'_, F>) {
    let Ok(code) = NonconformanceCode::new(v.code.as_str()) else { return };
    let open = check.facts.nonconformance(&code).is_some_and(|found| found.decided.is_none());
    if open && check.context.follows.is_none() {
        let detail = format!("{code} is a nonconformance that is not decided");
        check.malformed_as(Code::OutOfOrder, &detail, "decide about it: dispose ends its hold");
    }
}

pub(super) fn close<F: Facts>(v: &CloseException, check: &mut Check<'_, F>) {
    let detail = match check.facts.exception(v.exception) {
        Some(true) => return,
        Some(false) => format!("exception {} was closed before", v.exception),
        None => format!("entry {} is no exception", v.exception),
    };
    check.found.push(Finding::malformed(Code::UnknownCode, detail, "name an open exception"));
}
