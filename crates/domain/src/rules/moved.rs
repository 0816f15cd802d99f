//! Rules for containers, shipments, holds and exceptions.

use alloc::format;

use super::check::Check;
use super::material::packed_elsewhere;
use super::{Facts, Known, deep};
use crate::act::{CloseException, Hold, Lift, Move, Pack, Purpose, ReceiveBack, Ship, Unpack};
use crate::item::Whereabouts;
use crate::noun::{Amount, ItemId};
use crate::rejection::{Code, Finding};

pub(super) fn pack<F: Facts>(v: &Pack<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    check.kind_is_container(v.container);
    check.here(v.container);
    check.not_held(v.container);
    for packed in &v.items {
        check.here(packed.item);
        check.loose(packed.item);
        check.not_held(packed.item);
        packed_elsewhere(packed.item, Some(v.container), check);
        let mut inside = packed.item == v.container;
        deep(packed.item, check.facts, &mut |id| inside |= id == v.container);
        if inside {
            check.rule(
                Code::Cycle,
                packed.item,
                "would be packed in itself",
                "name the outer container",
            );
        }
    }
}

pub(super) fn unpack<F: Facts>(v: &Unpack<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    for item in &v.items {
        let there = check.state(*item).is_some_and(|state| {
            matches!(state.whereabouts.value,
                Whereabouts::Packed { container, .. } if container == v.container)
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
    for item in &v.items {
        check.here(*item);
        check.loose(*item);
        packed_elsewhere(*item, None, check);
    }
}

pub(super) fn ship<F: Facts>(v: &Ship<ItemId>, check: &mut Check<'_, F>) {
    check.some("lines", v.lines.len());
    check.known(Known::Party, Some(&v.party));
    for line in &v.lines {
        line.quantity.iter().for_each(|quantity| check.positive("quantity", *quantity));
        check.here(line.item);
        check.loose(line.item);
        check.enough(line.item, line.quantity.unwrap_or_default());
        if v.purpose == Purpose::ReturnToSupplier {
            // What is held or rejected is just what goes back.
            continue;
        }
        check.not_held(line.item);
        check.accepted(line.item);
        if v.purpose == Purpose::Delivery {
            check.not_expired(line.item);
        }
        let mut inside = alloc::vec::Vec::new();
        deep(line.item, check.facts, &mut |id| inside.push(id));
        for id in inside {
            check.not_held(id);
            check.accepted(id);
        }
    }
}

pub(super) fn receive_back<F: Facts>(v: &ReceiveBack<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    check.known(Known::Party, v.party.as_ref());
    check.known(Known::Place, v.place.as_ref());
    for portion in &v.items {
        let Some(state) = check.state(portion.item) else { continue };
        let shipped = state.book.balance().shipped;
        if state.kind == crate::act::Kind::Lot
            && !matches!(state.whereabouts.value, Whereabouts::Subcontracted { .. })
        {
            let back = portion.quantity.unwrap_or_default();
            if back > shipped || back == Amount::ZERO {
                let detail = format!("has {} out, {} come back", shipped.normal(), back.normal());
                check.rule(Code::NotThere, portion.item, &detail, "name what was shipped");
            }
            continue;
        }
        let mut out = false;
        let mut outer = Some(portion.item);
        while let Some(state) = outer.and_then(|id| check.state(id)) {
            outer = match &state.whereabouts.value {
                Whereabouts::Packed { container, .. } => Some(*container),
                Whereabouts::Shipped { .. }
                | Whereabouts::Subcontracted { .. }
                | Whereabouts::SentBack { .. } => {
                    out = true;
                    None
                }
                Whereabouts::Expected
                | Whereabouts::InProcess { .. }
                | Whereabouts::InStock { .. }
                | Whereabouts::Installed { .. }
                | Whereabouts::Returned { .. }
                | Whereabouts::UsedUp
                | Whereabouts::Scrapped => None,
            };
        }
        if !out {
            check.rule(
                Code::NotThere,
                portion.item,
                "was not shipped",
                "only what was shipped can come back",
            );
        }
    }
}

pub(super) fn hold<F: Facts>(v: &Hold<ItemId>, check: &mut Check<'_, F>) {
    check.some("on", v.on.len());
    if check.facts.hold(&v.code).is_some() {
        check.found.push(Finding::malformed(
            Code::CodeTaken,
            format!("a hold {} was placed before", v.code),
            "give the hold a new code",
        ));
    }
}

pub(super) fn lift<F: Facts>(v: &Lift, check: &mut Check<'_, F>) {
    let detail = match check.facts.hold(&v.code) {
        Some(true) => return,
        Some(false) => format!("hold {} was lifted before", v.code),
        None => format!("no hold is called {}", v.code),
    };
    check.found.push(Finding::malformed(Code::UnknownCode, detail, "name an active hold"));
}

pub(super) fn close<F: Facts>(v: &CloseException, check: &mut Check<'_, F>) {
    let detail = match check.facts.exception(v.exception) {
        Some(true) => return,
        Some(false) => format!("exception {} was closed before", v.exception),
        None => format!("entry {} is no exception", v.exception),
    };
    check.found.push(Finding::malformed(Code::UnknownCode, detail, "name an open exception"));
}
