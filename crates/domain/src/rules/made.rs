//! Rules for definitions and for how items come into being, get names and quantities.

use alloc::format;
use alloc::vec::Vec;

use super::check::Check;
use super::{Facts, Known};
use crate::act::{
    Assign, Create, Identify, Inspect, Kind, Merge, NewItem, Receive, Split, Taking, Withdraw,
};
use crate::item::Acceptance;
use crate::noun::{Amount, BillOfMaterial, ItemId, MaterialDefinition, WorkOrder};
use crate::rejection::Code;

pub(super) fn material<F: Facts>(v: &MaterialDefinition, check: &mut Check<'_, F>) {
    for conversion in &v.conversions {
        check.positive("the factor of a conversion", conversion.factor);
    }
    if v.name.trim().is_empty() {
        check.malformed("name is empty", "say what people call the material");
    }
}

pub(super) fn bom<F: Facts>(v: &BillOfMaterial, check: &mut Check<'_, F>) {
    check.some("lines", v.lines.len());
    check.part_known(&v.part);
    for line in &v.lines {
        check.part_known(&line.part);
        check.positive("the quantity of a line", line.quantity);
        line.alternates.iter().for_each(|alternate| check.part_known(&alternate.part));
        if line.part.number == v.part.number {
            check.malformed(
                &format!("{} is a line of its own bill of material", v.part),
                "a part cannot contain itself; mend the line",
            );
        }
    }
}

pub(super) fn order<F: Facts>(v: &WorkOrder, check: &mut Check<'_, F>) {
    v.part.iter().for_each(|part| check.part_known(part));
    check.known(Known::Order, v.split_from.as_ref());
    if v.split_from.as_ref() == Some(&v.code) {
        check.malformed("an order is split from itself", "name the order it was split from");
    }
    v.quantity.iter().for_each(|quantity| check.positive("quantity", *quantity));
}

fn new_items<F: Facts>(kind: Kind, items: &[NewItem], check: &mut Check<'_, F>) {
    check.some("items", items.len());
    for item in items {
        match item.quantity {
            Some(quantity) if kind == Kind::Lot => check.not_negative("quantity", quantity),
            Some(quantity) if quantity != Amount::ONE => check.malformed(
                &format!("a {} has the quantity {quantity}", kind.word()),
                "only a lot has a quantity; leave it out",
            ),
            _ => {}
        }
    }
    let names: Vec<_> = items.iter().flat_map(|item| &item.identifiers).collect();
    check.names_free(&names, None);
}

pub(super) fn create<F: Facts>(v: &Create<ItemId>, check: &mut Check<'_, F>) {
    new_items(v.kind, &v.items, check);
    match &v.part {
        Some(part) => check.part_known(part),
        None if v.kind.is_container() => {}
        None => check.malformed(
            &format!("a {} has no part", v.kind.word()),
            "say which part it is, such as LP-300/F",
        ),
    }
    check.known(Known::Order, v.order.as_ref());
    check.known(Known::Place, v.place.as_ref());
    if let Some(lot) = v.lot {
        check.kind_is_lot(lot);
        check.not_held(lot);
    }
    if let Some(panel) = v.panel {
        check.kind_is_container(panel);
        check.here(panel);
        check.not_held(panel);
    }
}

pub(super) fn receive<F: Facts>(v: &Receive<ItemId>, check: &mut Check<'_, F>) {
    if v.announced.is_empty() {
        check.some("items", v.items.len());
    }
    if !v.items.is_empty() {
        new_items(v.kind, &v.items, check);
    }
    if v.kind.is_container() {
        check.malformed(
            &format!("a {} is received as material", v.kind.word()),
            "receive units or lots; containers are created",
        );
    }
    check.part_known(&v.part);
    check.known(Known::Party, Some(&v.supplier));
    check.known(Known::Place, v.place.as_ref());
}

pub(super) fn identify<F: Facts>(v: &Identify<ItemId>, check: &mut Check<'_, F>) {
    check.some("identifiers", v.identifiers.len());
    check.not_gone(v.item);
    check.names_free(&v.identifiers.iter().collect::<Vec<_>>(), Some(v.item));
}

pub(super) fn withdraw<F: Facts>(v: &Withdraw<ItemId>, check: &mut Check<'_, F>) {
    let has = check
        .state(v.item)
        .is_some_and(|state| state.names_now().any(|name| *name == v.identifier));
    if !has {
        let detail = format!("is not called {}", v.identifier);
        check.rule(Code::NotThere, v.item, &detail, "withdraw an identifier it has");
    }
}

pub(super) fn assign<F: Facts>(v: &Assign<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    if v.order.is_none() && v.production_order.is_none() && v.lot.is_none() {
        check.malformed("it assigns to nothing", "give an order, a production order or a lot");
    }
    check.known(Known::Order, v.order.as_ref());
    v.items.iter().for_each(|item| check.not_gone(*item));
    if let Some(lot) = v.lot {
        check.kind_is_lot(lot);
        for item in &v.items {
            no_cycle(lot, *item, check);
        }
    }
}

pub(super) fn no_cycle<F: Facts>(input: ItemId, output: ItemId, check: &mut Check<'_, F>) {
    if input == output || check.facts.contains(output, input) {
        let detail = format!("would contain itself through {}", check.name(input));
        check.rule(Code::Cycle, output, &detail, "scan the right component");
    }
}

pub(super) fn inspect<F: Facts>(v: &Inspect<ItemId>, check: &mut Check<'_, F>) {
    v.accepted.iter().for_each(|quantity| check.not_negative("accepted", *quantity));
    v.rejected.iter().for_each(|quantity| check.not_negative("rejected", *quantity));
    let Some(state) = check.state(v.item) else { return };
    if state.acceptance.value == Acceptance::NotNeeded {
        check.rule(
            Code::NotThere,
            v.item,
            "is not waiting for inspection",
            "inspect what was received or came back",
        );
        return;
    }
    let judged = [state.book.accepted, state.book.rejected]
        .into_iter()
        .chain(v.accepted)
        .chain(v.rejected)
        .fold(Amount::ZERO, Amount::plus);
    let whole = state.book.net().plus(state.book.taken());
    if state.kind == Kind::Lot && judged > whole {
        let detail = format!("has {} in all, {} would be judged", whole.normal(), judged.normal());
        check.rule(Code::MoreThanLeft, v.item, &detail, "judge no more than was received");
    }
}

pub(super) fn split<F: Facts>(v: &Split<ItemId>, check: &mut Check<'_, F>) {
    check.some("into", v.into.len());
    check.kind_is_lot(v.lot);
    check.here(v.lot);
    v.into.iter().for_each(|parted| check.positive("the quantity of a part", parted.quantity));
    let whole = v.into.iter().map(|parted| parted.quantity).fold(Amount::ZERO, Amount::plus);
    left(v.lot, whole, check);
    let names: Vec<_> = v.into.iter().flat_map(|parted| &parted.identifiers).collect();
    check.names_free(&names, None);
}

/// So much is here by the books, accepted or not.
fn left<F: Facts>(lot: ItemId, quantity: Amount, check: &mut Check<'_, F>) {
    let Some(on_hand) = check.state(lot).map(crate::item::ItemState::on_hand) else { return };
    if quantity > on_hand {
        check.enough(lot, quantity);
    }
}

pub(super) fn merge<F: Facts>(v: &Merge<ItemId>, check: &mut Check<'_, F>) {
    check.some("lots", v.lots.len());
    let first = v.lots.first().and_then(|portion| check.state(portion.item));
    let part = first.and_then(|state| state.part.value.clone());
    for portion in &v.lots {
        check.kind_is_lot(portion.item);
        check.fit_for_use(portion.item, portion.quantity.unwrap_or_default());
        let other = check.state(portion.item).and_then(|state| state.part.value.clone());
        if other != part {
            check.rule(
                Code::WrongPart,
                portion.item,
                "is another part",
                "merge lots of one part; use transform for a mixture",
            );
        }
    }
    check.names_free(&v.identifiers.iter().collect::<Vec<_>>(), None);
}

pub(super) fn sample<F: Facts>(v: &Taking<ItemId>, check: &mut Check<'_, F>) {
    check.kind_is_lot(v.item);
    check.here(v.item);
    v.quantity.iter().for_each(|quantity| check.positive("quantity", *quantity));
    left(v.item, v.quantity.unwrap_or_default(), check);
}

pub(super) fn scrap<F: Facts>(v: &Taking<ItemId>, check: &mut Check<'_, F>) {
    check.here(v.item);
    check.loose(v.item);
    v.quantity.iter().for_each(|quantity| check.positive("quantity", *quantity));
    left(v.item, v.quantity.unwrap_or_default(), check);
}
