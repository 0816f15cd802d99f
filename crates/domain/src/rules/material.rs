//! Rules for work: steps, components, material used, what is loaded at stations.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::check::Check;
use super::made::no_cycle;
use super::{Facts, Known};
use crate::act::{
    Act, Consume, Draw, Install, Kind, Load, Measure, Outcome, Remove, Replace, Step, Transform,
    Unload,
};
use crate::command::{Context, Mode};
use crate::item::{ItemState, Whereabouts};
use crate::noun::{Alternate, Amount, BomLine, ItemId, Part, RunCode};
use crate::rejection::{Code, Finding};

/// Most facts that tell parts of one run: a shift's worth of containers, as each links with all.
const PARTS_PER_RUN_MAX: usize = 1000;

pub(super) fn step<F: Facts>(v: &Step<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    check.distinct("items", v.items.iter().map(|worked| worked.item));
    let elsewhere = may_be_elsewhere(check);
    for worked in &v.items {
        if elsewhere {
            check.not_gone(worked.item);
        } else {
            check.here(worked.item);
        }
        check.not_held(worked.item);
        worked.quantity.iter().for_each(|quantity| check.positive("quantity", *quantity));
    }
    for item in v.covers.iter().filter(|id| v.items.iter().all(|worked| worked.item != **id)) {
        check.not_gone(*item);
        check.not_held(*item);
    }
    v.measures.iter().for_each(|measure| measured(measure, v, check));
    if (v.backflush || !v.draws.is_empty()) && check.context.station.is_none() {
        check.malformed(
            "material is drawn from a station, and no station is named",
            "name the station, or leave backflush out",
        );
    }
    v.draws.iter().for_each(|draw| drawn(draw, v.items.len(), check));
}

/// Whether what is told can have been done where the item is, at whoever has it: no station and no
/// equipment of ours had a part in it. An item out of our custody is then observed, not missing.
fn may_be_elsewhere<F: Facts>(check: &Check<'_, F>) -> bool {
    let Context { mode, station, equipment, .. } = check.context;
    let ours = |what, code: &str| check.facts.knows(what, code);
    let at_ours = station.iter().any(|code| ours(Known::Station, code.as_str()));
    let with_ours = equipment.iter().any(|code| ours(Known::Equipment, code.as_str()));
    *mode == Mode::Report && !at_ours && !with_ours
}

fn measured<F: Facts>(measure: &Measure<ItemId>, step: &Step<ItemId>, check: &mut Check<'_, F>) {
    if measure.low.zip(measure.high).is_some_and(|(low, high)| low > high) {
        let detail = format!("{}: the lowest good value is above the highest", measure.name);
        check.malformed(&detail, "give low and high the right way round");
    }
    let items = match measure.item {
        Some(item) => alloc::vec![item],
        None => step.items.iter().map(|worked| worked.item).collect::<Vec<_>>(),
    };
    let belongs =
        |id: &ItemId| step.covers.contains(id) || step.items.iter().any(|w| w.item == *id);
    if !items.iter().all(belongs) {
        let detail = format!("{} was measured on an item that is not in the step", measure.name);
        check.malformed(&detail, "name the item among the step's items");
    }
    if step.outcome != Outcome::Pass || measure.in_limits() {
        return;
    }
    let (name, value, unit) = (&measure.name, measure.value, &measure.unit);
    for item in items {
        let detail = format!("passed with {name} at {value} {unit}, outside its limits");
        let needed = "record the step as failed, or measure again";
        check.rule(Code::OutOfLimits, item, &detail, needed);
    }
}

/// What may be drawn from the station is fit for use, and a lot that must have it been.
fn drawn<F: Facts>(draw: &Draw, count: usize, check: &mut Check<'_, F>) {
    check.not_negative("the quantity of a draw", draw.quantity);
    let Some(station) = &check.context.station else { return };
    let loaded = check.facts.loaded_when(station, draw.slot.as_ref(), check.context.performed);
    let fits = |id: &ItemId| {
        let part = check.state(*id).and_then(|state| state.part.value.as_ref());
        part.is_some_and(|part| draw.parts.iter().any(|planned| planned.accepts(part)))
    };
    let candidates: Vec<ItemId> = loaded.into_iter().filter(fits).collect();
    for lot in &candidates {
        check.not_held(*lot);
        check.not_expired(*lot);
    }
    if let [lot] = candidates[..] {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        check.enough(lot, draw.quantity.times(Amount::from(count)));
    }
}

/// The lines of a part's bill of material, phantoms replaced by their own lines.
#[must_use]
pub fn lines<F: Facts>(part: &Part, facts: &F) -> Option<Vec<BomLine>> {
    /// A phantom in a phantom in a phantom: deeper is a mistake.
    const PHANTOM_DEPTH_MAX: usize = 16;
    let mut lines = facts.bom(part)?.lines.clone();
    for _ in 0..PHANTOM_DEPTH_MAX {
        if !lines.iter().any(|line| line.phantom) {
            break;
        }
        lines = lines.into_iter().flat_map(|line| flattened(line, facts)).collect();
    }
    Some(lines)
}

/// The line itself, or what stands in place of a phantom.
fn flattened<F: Facts>(line: BomLine, facts: &F) -> Vec<BomLine> {
    if !line.phantom {
        return alloc::vec![line];
    }
    let inner = facts.bom(&line.part).map_or(&[][..], |bom| &bom.lines);
    let inner = inner.iter().map(|inner| BomLine {
        quantity: inner.quantity.times(line.quantity),
        operation: inner.operation.clone().or_else(|| line.operation.clone()),
        ..inner.clone()
    });
    inner.collect()
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
    let effective =
        |alternate: &&Alternate| alternate.effective.is_none_or(|window| window.overlaps(&at));
    let numbers = lines.iter().flat_map(|line| {
        let alternates = line.alternates.iter().filter(effective).map(|other| &other.part.number);
        core::iter::once(&line.part.number).chain(alternates)
    });
    if numbers.into_iter().any(|number| *number == part.number) {
        check.rule(
            Code::WrongRevision,
            component,
            &format!("is {part}, a revision not planned for {whole}"),
            "use the planned revision, or an alternate that is effective",
        );
        return;
    }
    let planned: Vec<_> = lines.iter().map(|line| line.part.to_string()).collect();
    let mut alternates = lines.iter().flat_map(|line| &line.alternates);
    let detail = if alternates.any(|other| other.part.accepts(&part)) {
        format!("is {part}, an alternate not effective for {whole} at that time")
    } else {
        format!("is {part}, not on the bill of material of {whole}")
    };
    let needed = format!("use one of: {}", planned.join(", "));
    check.rule(Code::WrongPart, component, &detail, &needed);
}

fn fit<F: Facts>(
    parent: ItemId,
    component: ItemId,
    quantity: Option<Amount>,
    check: &mut Check<'_, F>,
) {
    check.amount_fits(component, quantity);
    check.here(parent);
    check.not_held(parent);
    check.fit_for_use(component);
    check.enough(component, quantity.unwrap_or(Amount::ONE));
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
    if Some(held) != container && !on_panel && check.was_so(state.whereabouts.stamp) {
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
    if component == parent {
        let detail = format!("{} would be taken out of itself", check.name(component));
        check.found.push(Finding::malformed(Code::Cycle, detail, "name two different items"));
        return;
    }
    let moved_since = check
        .state(component)
        .is_some_and(|state| state.kind != Kind::Lot && !check.was_so(state.whereabouts.stamp));
    if moved_since {
        return;
    }
    let fitted = check.facts.installed(component, parent);
    let taken = quantity.unwrap_or(Amount::ONE);
    if taken > fitted {
        let detail = format!("has {} installed in {}", fitted.normal(), check.name(parent));
        let needed = format!("{} are taken out; name what is in there", taken.normal());
        check.rule(Code::NotThere, component, &detail, &needed);
    }
}

pub(super) fn remove<F: Facts>(v: &Remove<ItemId>, check: &mut Check<'_, F>) {
    check.amount_fits(v.component, v.quantity);
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
    check.distinct("from", v.from.iter().copied());
    check.distinct("into", v.into.iter().copied());
    check.positive("quantity", v.quantity);
    let count = i64::try_from(v.into.len()).unwrap_or(i64::MAX);
    let whole = v.quantity.times(Amount::from(count));
    for (index, lot) in v.from.iter().enumerate() {
        check.fit_for_use(*lot);
        // Of several candidates the first stands in the books.
        if index == 0 {
            check.enough(*lot, whole);
        }
        for item in one_of_each_part(&v.into, check) {
            on_bom(item, *lot, check);
        }
        v.into.iter().for_each(|item| no_cycle(*lot, *item, check));
    }
    for item in &v.into {
        check.here(*item);
        check.not_held(*item);
    }
}

/// One bill of material is looked at once, however many items it is for.
fn one_of_each_part<F: Facts>(items: &[ItemId], check: &Check<'_, F>) -> Vec<ItemId> {
    let mut seen = BTreeSet::new();
    let part = |id: &ItemId| check.state(*id).and_then(|state| state.part.value.clone());
    items.iter().copied().filter(|id| seen.insert(part(id))).collect()
}

pub(super) fn transform<F: Facts>(v: &Transform<ItemId>, check: &mut Check<'_, F>) {
    match &v.run {
        Some(run) => in_run(v, run, check),
        None => {
            check.some("inputs", v.inputs.len());
            check.some("outputs", v.outputs.len());
        }
    }
    check.distinct("outputs", v.outputs.iter().copied());
    for portion in &v.inputs {
        check.amount_fits(portion.item, portion.quantity);
        check.fit_for_use(portion.item);
        v.outputs.iter().for_each(|output| no_cycle(portion.item, *output, check));
    }
    check.enough_in_all(v.inputs.iter().map(|portion| (portion.item, portion.quantity)));
    v.outputs.iter().for_each(|output| check.not_gone(*output));
}

/// What it tells of a run goes with what was told of it before.
fn in_run<F: Facts>(v: &Transform<ItemId>, run: &RunCode, check: &mut Check<'_, F>) {
    check.some("inputs and outputs", v.inputs.len().saturating_add(v.outputs.len()));
    let parts = check.facts.parts_of(run);
    if parts.len() >= PARTS_PER_RUN_MAX {
        let detail = format!("run {run} was told in {} parts", parts.len());
        let needed = "tell what follows as another run";
        check.found.push(Finding::malformed(Code::TooLarge, detail, needed));
        return;
    }
    for part in &parts {
        let Act::Transform(told) = &part.fact else { continue };
        let inward = told.inputs.iter().flat_map(|p| v.outputs.iter().map(|out| (p.item, *out)));
        let outward = v.inputs.iter().flat_map(|p| told.outputs.iter().map(|out| (p.item, *out)));
        inward
            .chain(outward)
            .filter(|(input, output)| input != output)
            .for_each(|(input, output)| no_cycle(input, output, check));
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
    let loaded = check.facts.loaded_when(&v.station, Some(&v.slot), check.context.performed);
    match v.lot {
        Some(lot) if !loaded.contains(&lot) => {
            let detail = format!("is not loaded at {} {}", v.station, v.slot);
            check.rule(Code::NotThere, lot, &detail, "name the lot that is there");
        }
        _ => {}
    }
}
