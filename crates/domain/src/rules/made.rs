//! Rules for definitions and for how items come into being, get names and quantities.

use alloc::format;
use alloc::vec::Vec;
use serde_json::Value;

use super::check::Check;
use super::{Facts, Known, order as orders, serial, start};
use crate::act::{
    Assign, Create, DefineSchema, Describe, Identify, Inspect, Kind, Merge, NewItem, Portion,
    Receive, Split, Taking, Withdraw,
};
use crate::item::{Acceptance, Whereabouts};
use crate::noun::{Amount, BillOfMaterial, ItemId, MaterialDefinition, WorkOrder};
use crate::rejection::{Code, Finding};

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

pub(super) fn schema<F: Facts>(v: &DefineSchema, check: &mut Check<'_, F>) {
    let schema = serde_json::from_str::<Value>(&v.schema).ok();
    if !schema.is_some_and(|schema| schema.is_object() || schema.is_boolean()) {
        check.found.push(Finding::malformed(
            Code::FieldInvalid,
            "the schema is no JSON Schema".into(),
            "give a JSON object, draft 2020-12",
        ));
    }
}

pub(super) fn describe<F: Facts>(v: &Describe<ItemId>, check: &mut Check<'_, F>) {
    check.some("fields", v.fields.len());
    for (field, value) in &v.fields {
        if has_fraction(value) {
            let detail = format!("{field} holds a number with a fraction");
            check
                .malformed(&detail, "write it in quotes, such as \"1.19\": digits must not change");
        }
    }
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => !number.is_i64() && !number.is_u64(),
        Value::Array(elements) => elements.iter().any(has_fraction),
        Value::Object(fields) => fields.values().any(has_fraction),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
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
    orders::created(v, check);
    let named = serial::Named { part: v.part.as_ref(), order: v.order.as_ref() };
    serial::of_new(&v.items, &named, check);
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
    let named = serial::Named { part: Some(&v.part), order: None };
    serial::of_new(&v.items, &named, check);
    check.known(Known::Party, Some(&v.supplier));
    check.known(Known::Place, v.place.as_ref());
    for item in &v.announced {
        let Some(state) = check.state(*item) else { continue };
        let waits = state.whereabouts.value == Whereabouts::Expected;
        if !waits && check.was_so(state.whereabouts.stamp) {
            let needed = "name what was announced and has not arrived";
            check.rule(Code::NotThere, *item, "is not expected", needed);
        }
    }
}

pub(super) fn identify<F: Facts>(v: &Identify<ItemId>, check: &mut Check<'_, F>) {
    check.some("identifiers", v.identifiers.len());
    check.not_gone(v.item);
    check.names_free(&v.identifiers.iter().collect::<Vec<_>>(), Some(v.item));
    serial::of_item(v, check);
}

pub(super) fn withdraw<F: Facts>(v: &Withdraw<ItemId>, check: &mut Check<'_, F>) {
    let mut names = check.state(v.item).into_iter().flat_map(|state| &state.names);
    let has = names.any(|name| {
        // A withdrawal that came later, or without its addition, does not stand in the way.
        name.identifier == v.identifier
            && name.withdrawn.is_none_or(|gone| !check.was_so(Some(gone)))
    });
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
    orders::assigned(v, check);
    if let Some(lot) = v.lot {
        check.kind_is_lot(lot);
        for item in &v.items {
            no_cycle(lot, *item, check);
        }
    }
}

pub(super) fn no_cycle<F: Facts>(input: ItemId, output: ItemId, check: &mut Check<'_, F>) {
    if input == output {
        let detail = format!("{} would contain itself", check.name(input));
        check.found.push(Finding::malformed(Code::Cycle, detail, "name two different items"));
    } else if check.facts.contains(output, input) {
        let detail = format!("would contain itself through {}", check.name(input));
        check.rule(Code::Cycle, output, &detail, "scan the right component");
    }
}

pub(super) fn inspect<F: Facts>(v: &Inspect<ItemId>, check: &mut Check<'_, F>) {
    v.accepted.iter().for_each(|quantity| check.not_negative("accepted", *quantity));
    v.rejected.iter().for_each(|quantity| check.not_negative("rejected", *quantity));
    check.not_gone(v.item);
    let Some(state) = check.state(v.item) else { return };
    if state.acceptance.value == Acceptance::NotNeeded && !v.returned {
        let needed = "inspect what was received or came back";
        check.rule(Code::NotThere, v.item, "is not waiting for inspection", needed);
        return;
    }
    let judged = v.accepted.into_iter().chain(v.rejected).fold(Amount::ZERO, Amount::plus);
    if state.kind != Kind::Lot {
        if judged > Amount::ONE {
            check.kind_is_lot(v.item);
        }
        return;
    }
    let open = if v.returned {
        state.book.unjudged_return()
    } else {
        state.book.whole().minus(state.book.accepted).minus(state.book.rejected)
    };
    if judged > open {
        let (open, judged) = (open.max(Amount::ZERO).normal(), judged.normal());
        let detail = format!("has {open} to judge, {judged} would be judged");
        check.rule(Code::MoreThanLeft, v.item, &detail, "judge no more than waits for it");
    }
}

pub(super) fn split<F: Facts>(v: &Split<ItemId>, check: &mut Check<'_, F>) {
    check.some("into", v.into.len());
    check.kind_is_lot(v.lot);
    check.here(v.lot);
    // Else what is parted off a held lot would be free.
    check.not_held(v.lot);
    start::not_in_work(v.lot, check);
    v.into.iter().for_each(|parted| check.positive("the quantity of a part", parted.quantity));
    let whole = v.into.iter().map(|parted| parted.quantity).fold(Amount::ZERO, Amount::plus);
    check.enough_here(v.lot, whole);
    let names: Vec<_> = v.into.iter().flat_map(|parted| &parted.identifiers).collect();
    check.names_free(&names, None);
}

pub(super) fn merge<F: Facts>(v: &Merge<ItemId>, check: &mut Check<'_, F>) {
    check.some("lots", v.lots.len());
    let first = v.lots.first().and_then(|portion| check.state(portion.item));
    let part = first.and_then(|state| state.part.value.clone());
    for portion in &v.lots {
        check.kind_is_lot(portion.item);
        portion.quantity.iter().for_each(|quantity| check.positive("quantity", *quantity));
        check.fit_to_join(portion.item);
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
    v.lots.iter().for_each(|portion| start::not_in_work(portion.item, check));
    as_far(&v.lots, check);
    check.enough_in_all(v.lots.iter().map(|portion| (portion.item, portion.quantity)));
    check.names_free(&v.identifiers.iter().collect::<Vec<_>>(), None);
}

/// Lots that are joined have come equally far in their route: what one has not passed, the whole
/// has not.
fn as_far<F: Facts>(lots: &[Portion<ItemId>], check: &mut Check<'_, F>) {
    let far = |item: ItemId, facts: &F| {
        let next = start::next(item, facts)?;
        let codes: Vec<_> = next.done.into_iter().map(|(code, _)| code).collect();
        Some((next.master, codes))
    };
    let Some(first) = lots.first() else { return };
    let expected = far(first.item, check.facts);
    for portion in lots {
        if far(portion.item, check.facts) != expected {
            let detail = format!("has not come as far in its route as {}", check.name(first.item));
            let needed = "complete on both what is open, then merge them";
            check.rule(Code::OutOfOrder, portion.item, &detail, needed);
        }
    }
}

pub(super) fn sample<F: Facts>(v: &Taking<ItemId>, check: &mut Check<'_, F>) {
    check.kind_is_lot(v.item);
    check.here(v.item);
    check.amount_fits(v.item, v.quantity);
    check.enough_here(v.item, v.quantity.unwrap_or_default());
}

pub(super) fn scrap<F: Facts>(v: &Taking<ItemId>, check: &mut Check<'_, F>) {
    check.here(v.item);
    check.loose(v.item);
    check.amount_fits(v.item, v.quantity);
    check.enough_here(v.item, v.quantity.unwrap_or_default());
}
