//! Rules for work: steps, components, material used, what is loaded at stations.

use alloc::format;
use alloc::vec::Vec;

use super::check::Check;
use super::made::no_cycle;
use super::{Facts, Known};
use crate::act::{Consume, Install, Kind, Load, Outcome, Remove, Replace, Step, Transform, Unload};
use crate::item::{ItemState, Whereabouts};
use crate::noun::{Amount, BomLine, ItemId, Part};
use crate::rejection::Code;

pub(super) fn step<F: Facts>(v: &Step<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    for worked in &v.items {
        check.here(worked.item);
        check.not_held(worked.item);
    }
    for measure in &v.measures {
        if measure.low.zip(measure.high).is_some_and(|(low, high)| low > high) {
            let detail = format!("{}: the lowest good value is above the highest", measure.name);
            check.malformed(&detail, "give low and high the right way round");
        }
        if v.outcome == Outcome::Pass && !measure.in_limits() {
            let (name, value, unit) = (&measure.name, measure.value, &measure.unit);
            let items = measure.item.map_or_else(
                || v.items.iter().map(|worked| worked.item).collect::<Vec<_>>(),
                |item| alloc::vec![item],
            );
            for item in items {
                check.rule(
                    Code::OutOfLimits,
                    item,
                    &format!("passed with {name} at {value} {unit}, outside its limits"),
                    "record the step as failed, or measure again",
                );
            }
        }
    }
    for draw in &v.draws {
        check.not_negative("the quantity of a draw", draw.quantity);
    }
    if (v.backflush || !v.draws.is_empty()) && check.context.station.is_none() {
        check.malformed(
            "material is drawn from a station, and no station is named",
            "name the station, or leave backflush out",
        );
    }
}

/// The lines of a part's bill of material, phantoms replaced by their own lines.
#[must_use]
pub(super) fn lines<F: Facts>(part: &Part, facts: &F) -> Option<Vec<BomLine>> {
    /// A phantom in a phantom in a phantom: deeper is a mistake.
    const PHANTOM_DEPTH_MAX: usize = 16;
    let mut lines = facts.bom(part)?.lines.clone();
    for _ in 0..PHANTOM_DEPTH_MAX {
        let Some(at) = lines.iter().position(|line| line.phantom) else { break };
        let phantom = lines.remove(at);
        let inner = facts.bom(&phantom.part).map_or(&[][..], |bom| &bom.lines);
        lines.extend(inner.iter().map(|line| BomLine {
            quantity: line.quantity.times(phantom.quantity),
            operation: line.operation.clone().or_else(|| phantom.operation.clone()),
            ..line.clone()
        }));
    }
    Some(lines)
}

/// The component is on the parent's bill of material, in the right revision.
fn on_bom<F: Facts>(parent: ItemId, component: ItemId, check: &mut Check<'_, F>) {
    let part_of = |state: &ItemState| state.part.value.clone();
    let Some(whole) = check.state(parent).and_then(part_of) else { return };
    let Some(part) = check.state(component).and_then(part_of) else { return };
    let Some(lines) = lines(&whole, check.facts) else { return };
    let at = check.context.performed;
    if lines.iter().any(|line| line.accepts(&part, at)) {
        return;
    }
    let planned: Vec<_> = lines.iter().map(|line| format!("{}", line.part)).collect();
    let same_number = lines.iter().any(|line| {
        line.part.number == part.number
            || line.alternates.iter().any(|alternate| alternate.part.number == part.number)
    });
    if same_number {
        check.rule(
            Code::WrongRevision,
            component,
            &format!("is {part}, a revision not planned for {whole}"),
            "use the planned revision, or an alternate that is effective",
        );
    } else {
        check.rule(
            Code::WrongPart,
            component,
            &format!("is {part}, not on the bill of material of {whole}"),
            &format!("use one of: {}", planned.join(", ")),
        );
    }
}

fn fit<F: Facts>(
    parent: ItemId,
    component: ItemId,
    quantity: Option<Amount>,
    check: &mut Check<'_, F>,
) {
    quantity.iter().for_each(|quantity| check.positive("quantity", *quantity));
    check.here(parent);
    check.not_held(parent);
    check.fit_for_use(component, quantity.unwrap_or(Amount::ONE));
    on_bom(parent, component, check);
    no_cycle(component, parent, check);
}

pub(super) fn install<F: Facts>(v: &Install<ItemId>, check: &mut Check<'_, F>) {
    fit(v.parent, v.component, v.quantity, check);
    packed_elsewhere(v.component, None, check);
}

/// It is not packed, except in `container`.
pub(super) fn packed_elsewhere<F: Facts>(
    item: ItemId,
    container: Option<ItemId>,
    check: &mut Check<'_, F>,
) {
    let Some(state) = check.state(item) else { return };
    let Whereabouts::Packed { container: held, .. } = state.whereabouts.value else { return };
    let on_panel = check.state(held).is_some_and(|outer| outer.kind == Kind::Panel);
    if Some(held) != container
        && !on_panel
        && state.whereabouts.stamp.is_none_or(|stamp| stamp.performed <= check.context.performed.to)
    {
        let detail = format!("is packed in {}", check.name(held));
        check.rule(Code::PackedElsewhere, item, &detail, "unpack it there first");
    }
}

fn is_in<F: Facts>(
    component: ItemId,
    parent: ItemId,
    quantity: Option<Amount>,
    check: &mut Check<'_, F>,
) {
    let fitted = check.facts.installed(component, parent);
    let taken = quantity.unwrap_or(Amount::ONE);
    if taken > fitted {
        let detail = format!("has {} installed in {}", fitted.normal(), check.name(parent));
        let needed = format!("{} are taken out; name what is in there", taken.normal());
        check.rule(Code::NotThere, component, &detail, &needed);
    }
}

pub(super) fn remove<F: Facts>(v: &Remove<ItemId>, check: &mut Check<'_, F>) {
    v.quantity.iter().for_each(|quantity| check.positive("quantity", *quantity));
    check.here(v.parent);
    is_in(v.component, v.parent, v.quantity, check);
}

pub(super) fn replace<F: Facts>(v: &Replace<ItemId>, check: &mut Check<'_, F>) {
    is_in(v.old, v.parent, v.quantity, check);
    fit(v.parent, v.new, v.quantity, check);
}

pub(super) fn consume<F: Facts>(v: &Consume<ItemId>, check: &mut Check<'_, F>) {
    check.some("from", v.from.len());
    check.some("into", v.into.len());
    check.positive("quantity", v.quantity);
    let count = i64::try_from(v.into.len()).unwrap_or(i64::MAX);
    let whole = v.quantity.times(Amount::from(count));
    for (index, lot) in v.from.iter().enumerate() {
        check.fit_for_use(*lot, if index == 0 { whole } else { Amount::ZERO });
        for item in &v.into {
            on_bom(*item, *lot, check);
            no_cycle(*lot, *item, check);
        }
    }
    for item in &v.into {
        check.here(*item);
        check.not_held(*item);
    }
}

pub(super) fn transform<F: Facts>(v: &Transform<ItemId>, check: &mut Check<'_, F>) {
    check.some("inputs", v.inputs.len());
    check.some("outputs", v.outputs.len());
    for portion in &v.inputs {
        check.fit_for_use(portion.item, portion.quantity.unwrap_or_default());
        v.outputs.iter().for_each(|output| no_cycle(portion.item, *output, check));
    }
}

pub(super) fn load<F: Facts>(v: &Load<ItemId>, check: &mut Check<'_, F>) {
    check.kind_is_lot(v.lot);
    check.known(Known::Station, Some(&v.station));
    check.here(v.lot);
    check.not_held(v.lot);
    check.accepted(v.lot);
    check.not_expired(v.lot);
}

pub(super) fn unload<F: Facts>(v: &Unload<ItemId>, check: &mut Check<'_, F>) {
    let loaded = check.facts.loaded(&v.station, &v.slot);
    match v.lot {
        Some(lot) if !loaded.contains(&lot) => {
            let detail = format!("is not loaded at {} {}", v.station, v.slot);
            check.rule(Code::NotThere, lot, &detail, "name the lot that is there");
        }
        _ => {}
    }
}
