//! Rules for captures and gates: what a step demands, and whether it is there.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::check::Check;
use super::start::{completes_route, equipment, open_execution, person_may, whose};
use super::{Facts, again};
use crate::act::{CloseStep, Deviate, Measured, Step as Done, Take, Value};
use crate::command::{Context, Mode};
use crate::execution::{Execution, Missing, Stage as Going, Taken};
use crate::instruction::{
    Capture, Choice, Measurement, Operation, Signature, Source, Stage, Step, Version, Witness,
};
use crate::item::ItemState;
use crate::noun::{Amount, FileRef, ItemId, Meaning, Part, Position};
use crate::rejection::Code;
use crate::rules::material::lines;

/// How many missing captures an answer spells out; a step has few, its items may be many.
const MISSING_SHOWN_MAX: usize = 10;

/// An execution with what it is done by.
struct Work {
    execution: Execution,
    version: Version,
    operation: Operation,
    /// The open step; none: all gates are closed.
    step: Option<Step>,
}

fn work(position: Position, facts: &impl Facts) -> Option<Work> {
    let execution = facts.execution(position)?.clone();
    let version = facts.version(&execution.master)?.clone();
    let operation = version.master.operation(&execution.operation)?.clone();
    let step = execution.open_step(&operation).cloned();
    Some(Work { execution, version, operation, step })
}

/// Says on which item, where there is but one, and whether a value is within what its capture
/// demands.
pub(super) fn taken(mut v: Take<ItemId>, facts: &impl Facts) -> Take<ItemId> {
    let work = work(v.execution, facts);
    let step = work.as_ref().and_then(|work| work.operation.step(&v.step));
    let capture = step.and_then(|(_, step)| step.capture(&v.capture));
    v.good = capture.map(|(_, capture)| is_good(capture, &v.value));
    if let Some([only]) = work.as_ref().map(|work| &work.execution.items[..]) {
        v.item = v.item.or(Some(only.item));
    }
    let goes_in = matches!(capture, Some((_, Capture::Scan(_))));
    let in_place = work
        .as_ref()
        .filter(|_| goes_in)
        .and_then(|work| again::in_place_of(&v, v.item?, &work.execution, facts));
    if let Value::Scan(scanned) = &mut v.value {
        scanned.kept = scanned.replaces.is_none() && in_place == Some(scanned.item);
    }
    v
}

/// Whether a value is within what its capture demands.
#[must_use]
pub fn is_good(capture: &Capture, value: &Value<ItemId>) -> bool {
    match (capture, value) {
        (Capture::Measurement(demand), Value::Measurement(measured)) => {
            demand.low.is_none_or(|low| measured.value >= low)
                && demand.high.is_none_or(|high| measured.value <= high)
        }
        (Capture::Check(_), Value::Check(looked)) => looked.good,
        (Capture::Witness(_), Value::Witness(witnessed)) => witnessed.good,
        (Capture::Choice(demand), Value::Choice(chosen)) => {
            demand.good.as_ref().is_none_or(|good| good.contains(&chosen.choice))
        }
        _ => true,
    }
}

/// Says what the gate judged, and whether the operation is complete with it.
pub(super) fn closed(mut v: CloseStep, facts: &impl Facts) -> CloseStep {
    v.inputs.clear();
    v.refusals.clear();
    v.completes = None;
    let Some(work) = work(v.execution, facts) else { return v };
    let judged = work.execution.counting().filter(|t| t.step == v.step && t.stands());
    v.inputs = judged.flat_map(|taken| [Some(taken.position), taken.accepted]).flatten().collect();
    let waivers = work.execution.waivers.iter().filter(|waiver| waiver.step == v.step);
    v.inputs.extend(waivers.map(|waiver| waiver.position));
    v.inputs.sort_unstable();
    v.inputs.dedup();
    v.refusals.clone_from(&work.execution.refusals);
    let last = work.operation.steps.last().is_some_and(|step| step.code == v.step);
    v.completes = last.then(|| work.operation.code.clone());
    v
}

/// The open step of a running execution, by who works there; what is wrong is said where it is.
fn at_open_step<F: Facts>(
    position: Position,
    step: &crate::noun::StepCode,
    check: &mut Check<'_, F>,
) -> Option<Work> {
    open_execution(position, check)?;
    let work = work(position, check.facts)?;
    let Some(open) = &work.step else {
        let detail = format!("every step of execution {position} is closed");
        check.malformed_as(Code::OutOfOrder, &detail, "start the next operation");
        return None;
    };
    if work.operation.step(step).is_none() {
        let detail = format!("{} has no step {step}", work.operation.code);
        check.malformed(&detail, &format!("the open step is {}", open.code));
        return None;
    }
    if open.code != *step {
        let detail = format!("step {step} is not the open one of {}", whose(position, check.facts));
        check.wrong(Code::OutOfOrder, detail, &format!("complete step {} first", open.code));
    }
    if work.version.stage == Stage::Retired {
        let detail = format!("{} is retired", work.version.name());
        let needed = "end the work, and move the items by assignMaster";
        check.wrong(Code::NoInstruction, detail, needed);
    }
    if work.execution.stage == Going::Paused {
        let detail = format!("execution {position} is paused");
        check.wrong(Code::OutOfOrder, detail, "go on with it first, by resumeWork");
    }
    for item in work.execution.item_ids() {
        check.here(item);
        check.not_held(item);
    }
    Some(work)
}

/// It is done at the station of the execution.
fn same_station<F: Facts>(work: &Work, check: &mut Check<'_, F>) {
    let here = &check.context.station;
    if here.is_some() && *here != work.execution.station {
        let position = work.execution.position;
        let detail = format!("the work is {}", whose(position, check.facts));
        check.wrong(Code::OutOfOrder, detail, "pause it there, and go on with it here");
    }
}

/// It is done by the person of the execution, who still may, and who confirmed nothing of it.
fn same_person<F: Facts>(work: &Work, check: &mut Check<'_, F>) {
    let Some(person) = check.somebody("works").cloned() else { return };
    if work.execution.person.as_ref() != Some(&person) {
        let position = work.execution.position;
        let detail = format!("{person} does not do this work: {}", whose(position, check.facts));
        check.wrong(Code::OutOfOrder, detail, "hand it over: pause it, and go on with it yourself");
    }
    let confirmed = work.step.as_ref().filter(|s| work.execution.has_confirmed(&s.code, &person));
    if let Some(step) = confirmed {
        let detail = format!("{person} confirmed step {} and would work in it", step.code);
        check.wrong(Code::SamePerson, detail, "have another person go on with it");
    }
    person_may(&work.version, &work.operation, check);
}

pub(super) fn take<F: Facts>(v: &Take<ItemId>, check: &mut Check<'_, F>) {
    let Some(work) = at_open_step(v.execution, &v.step, check) else { return };
    let Some((_, step)) = work.operation.step(&v.step) else { return };
    let Some((_, capture)) = step.capture(&v.capture) else {
        let codes: Vec<String> = step.captures.iter().map(|c| c.code().to_string()).collect();
        let detail = format!("step {} demands no {}", v.step, v.capture);
        let needed = if codes.is_empty() {
            "close the step".to_owned()
        } else {
            format!("name one of {}", codes.join(", "))
        };
        check.malformed(&detail, &needed);
        return;
    };
    same_station(&work, check);
    let signed_by_another =
        matches!(capture, Capture::Signature(demand) if demand.meaning.is_of_another());
    let of_another = signed_by_another || matches!(capture, Capture::Witness(_));
    if !of_another {
        same_person(&work, check);
    }
    let items = on(v.item, &work.execution);
    if let Some(item) = v.item.filter(|item| !work.execution.item_ids().any(|own| own == *item)) {
        let detail = format!("{} is not in execution {}", check.name(item), v.execution);
        check.malformed(&detail, "name an item that was started");
        return;
    }
    match v.instead_of {
        Some(old) => instead(v, old, &work, check),
        None => enough(&items, v, capture, &work, check),
    }
    equipment(work.execution.station.as_ref(), check);
    value(v, &items, capture, &work, check);
}

/// The items a value is about.
pub(super) fn on(item: Option<ItemId>, execution: &Execution) -> Vec<ItemId> {
    item.map_or_else(|| execution.item_ids().collect(), |item| alloc::vec![item])
}

/// The value is not there already.
fn enough<F: Facts>(
    items: &[ItemId],
    v: &Take<ItemId>,
    capture: &Capture,
    work: &Work,
    check: &mut Check<'_, F>,
) {
    for item in items {
        let counted = work.execution.counted(&v.step, capture.code(), *item);
        let there = counted.filter(|taken| taken.stands()).count();
        if there >= usize::from(capture.count()) {
            let detail = format!("has its {} already", v.capture);
            let needed = "to mend your own, name it in insteadOf and say why";
            check.rule(Code::OutOfOrder, *item, &detail, needed);
        }
    }
}

/// It stands in place of one's own value of this step.
fn instead<F: Facts>(v: &Take<ItemId>, old: Position, work: &Work, check: &mut Check<'_, F>) {
    check.reasoned(v.reason.as_deref().unwrap_or_default());
    let taken = work.execution.taken.iter().find(|taken| taken.position == old);
    let Some(taken) = taken.filter(|taken| taken.counts) else {
        let detail = format!("entry {old} is no value of execution {} that counts", v.execution);
        check.malformed(&detail, "name the entry of the value that is wrong");
        return;
    };
    let same = taken.step == v.step && taken.capture == v.capture;
    if !same || on(taken.item, &work.execution) != on(v.item, &work.execution) {
        let detail = format!("entry {old} is another capture: {} of {}", taken.capture, taken.step);
        check.malformed(&detail, "mend a value by one of the same capture and item");
    }
    if taken.by.is_some() && taken.by != check.context.performed_by {
        let by = taken.by.as_ref().map_or_else(String::new, ToString::to_string);
        let detail = format!("entry {old} is {by}'s, not your own");
        check.wrong(Code::NotCorrectable, detail, "have it corrected by who took it");
    }
    if !taken.good {
        let detail = format!("entry {old} was not good, and stays so");
        check.wrong(Code::NotCorrectable, detail, "take another value: the bad one remains a try");
    }
}

/// The value is of the kind that is demanded, and within what can be judged at all.
fn value<F: Facts>(
    v: &Take<ItemId>,
    items: &[ItemId],
    capture: &Capture,
    work: &Work,
    check: &mut Check<'_, F>,
) {
    match (capture, &v.value) {
        (Capture::Scan(demand), Value::Scan(scanned)) => {
            component(scanned.item, &demand.part, items, work, check);
            again::placed(v, scanned, items, &work.execution, check);
        }
        (Capture::Remove(demand), Value::Scan(scanned)) => {
            right_part(scanned.item, &demand.part, None, check);
            if scanned.replaces.is_some() {
                let detail = format!("{} comes out, nothing goes in its place", v.capture);
                check.malformed(&detail, "leave `replaces` out");
            }
        }
        (Capture::Measurement(demand), Value::Measurement(measured)) => {
            measurement(demand, measured, check);
        }
        (Capture::Choice(demand), Value::Choice(chosen)) => choice(demand, &chosen.choice, check),
        (Capture::Text(_), Value::Text(written)) => {
            if written.text.trim().is_empty() {
                check.wrong(Code::CaptureUnfit, "nothing is written".into(), "write it in words");
            }
        }
        (Capture::Witness(demand), Value::Witness(_)) => {
            witness(demand, items, work, check);
        }
        (Capture::Signature(demand), Value::Signature(_)) => signature(demand, work, check),
        (Capture::Check(_), Value::Check(_)) | (Capture::File(_), Value::File(_)) => {}
        _ => {
            let detail = format!("{} was given for a {}", given(&v.value), capture.word());
            check.malformed_as(Code::CaptureUnfit, &detail, &capture.asks());
        }
    }
}

/// Another person, who may, confirms what is there already.
fn witness<F: Facts>(demand: &Witness, items: &[ItemId], work: &Work, check: &mut Check<'_, F>) {
    let Some(person) = check.somebody("confirms").cloned() else { return };
    if work.execution.is_worker(&person) {
        let detail = format!("{person} does this work and would confirm it");
        check.wrong(Code::SamePerson, detail, "have another person confirm it");
    }
    let during = check.during();
    let code = demand.qualification.as_ref();
    if let Some(code) = code.filter(|code| !check.facts.is_qualified(&person, code, during)) {
        let detail = format!("{person} is not qualified for {code}");
        check.wrong(Code::NotQualified, detail, "have a qualified person confirm it");
    }
    let Some(step) = &work.step else { return };
    let Some((place, _)) = step.capture(&demand.code) else { return };
    let before = step.captures.iter().take(place);
    let codes: BTreeSet<_> = before.map(Capture::code).collect();
    for missing in work.execution.missing(step) {
        if codes.contains(missing.capture.code()) && items.contains(&missing.item) {
            let detail = format!("misses {}, which would be confirmed", missing.capture.code());
            check.rule(Code::OutOfOrder, missing.item, &detail, "take it first");
        }
    }
}

const fn given(value: &Value<ItemId>) -> &'static str {
    match value {
        Value::Scan(_) => "a scan",
        Value::Measurement(_) => "a measurement",
        Value::Check(_) => "a check",
        Value::Choice(_) => "a choice",
        Value::Text(_) => "a text",
        Value::File(_) => "a file",
        Value::Witness(_) => "a confirmation",
        Value::Signature(_) => "a signature",
    }
}

/// The person of the command signs with that meaning, in that role.
fn signature<F: Facts>(demand: &Signature, work: &Work, check: &mut Check<'_, F>) {
    check.signed_always(demand.meaning);
    let Some(person) = check.somebody("signs").cloned() else { return };
    let works = work.execution.is_worker(&person);
    if demand.meaning.is_of_another() && works {
        let detail = format!("{person} does this work and would sign it as {}", demand.meaning);
        check.wrong(Code::SamePerson, detail, "have another person sign it");
    }
    let role = check.context.signed.as_ref().map(|signed| signed.role);
    if let (Some(needed), Some(role)) = (demand.role, role)
        && !role.covers(needed)
    {
        let detail = format!("{person} has the role {role}");
        let needed = format!("have somebody with the role {needed} sign it");
        check.wrong(Code::SignatureMissing, detail, &needed);
    }
}

fn choice<F: Facts>(demand: &Choice, chosen: &String, check: &mut Check<'_, F>) {
    if !demand.options.contains(chosen) {
        let detail = format!("{chosen} cannot be chosen");
        let needed = format!("choose one of {}", demand.options.join(", "));
        check.wrong(Code::CaptureUnfit, detail, &needed);
    }
}

fn measurement<F: Facts>(demand: &Measurement, v: &Measured, check: &mut Check<'_, F>) {
    if v.unit != demand.unit {
        let detail = format!("{} was given in {}, not in {}", demand.code, v.unit, demand.unit);
        check.wrong(Code::WrongUnit, detail, "give it in the unit of the instruction");
    }
    if let Some(decimals) =
        demand.decimals.filter(|decimals| v.value.decimals() < u32::from(*decimals))
    {
        let detail = format!("{} has fewer than {decimals} digits after the point", v.value);
        check.wrong(Code::CaptureUnfit, detail, "read it as finely as the instruction says");
    }
    let Context { equipment, captured, .. } = check.context;
    if demand.source == Source::Equipment && (equipment.is_empty() || captured.is_none()) {
        let detail = format!("{} was typed in; it must come from the equipment", demand.code);
        let needed = "let the equipment deliver it, with its own clock";
        check.wrong(Code::CaptureUnfit, detail, needed);
    }
    for code in equipment {
        let known = check.facts.equipment(code).is_some();
        if !known && check.context.mode == Mode::Report {
            let detail = format!("{code} measures and nobody knows it");
            check.wrong(Code::EquipmentUnfit, detail, "define it, and record its check");
        } else if known && check.facts.last_check(code, check.at()).is_none() {
            let detail = format!("{code} measures and was never checked");
            check.wrong(Code::EquipmentUnfit, detail, "have it checked, and record the check");
        }
    }
}

/// What is scanned may stand in the line, and it is clear what it goes into.
fn component<F: Facts>(
    scanned: ItemId,
    planned: &Part,
    items: &[ItemId],
    work: &Work,
    check: &mut Check<'_, F>,
) {
    right_part(scanned, planned, Some(&work.version.master.part), check);
    let unit = check.state(scanned).is_some_and(|state| state.kind != crate::act::Kind::Lot);
    if unit && items.len() > 1 {
        let name = check.name(scanned);
        let detail = format!("{name} cannot go into {} items", items.len());
        check.malformed(&detail, "name the item it goes into");
    }
}

/// The scanned item is of the part a capture names, or an alternate of its line.
fn right_part<F: Facts>(
    scanned: ItemId,
    planned: &Part,
    whole: Option<&Part>,
    check: &mut Check<'_, F>,
) {
    let part_of = |state: &ItemState| state.part.value.clone();
    let Some(part) = check.state(scanned).and_then(part_of) else {
        check.rule(Code::WrongPart, scanned, "has no part", &format!("scan {planned}"));
        return;
    };
    let at = check.context.performed;
    let lines = whole.and_then(|whole| lines(whole, check.facts)).unwrap_or_default();
    let line = lines.iter().find(|line| line.part.accepts(planned) || planned.accepts(&line.part));
    if planned.accepts(&part) || line.is_some_and(|line| line.accepts(&part, at)) {
        return;
    }
    let code = if part.number == planned.number { Code::WrongRevision } else { Code::WrongPart };
    let detail = format!("is {part}, the step demands {planned}");
    check.rule(code, scanned, &detail, &format!("scan {planned}, or an alternate in force"));
}

pub(super) fn close<F: Facts>(v: &CloseStep, check: &mut Check<'_, F>) {
    let Some(work) = at_open_step(v.execution, &v.step, check) else { return };
    if let Some(open) = work.step.as_ref().filter(|open| open.code != v.step) {
        // Gates close in their order, in reports too: what is missing is then said of each.
        let detail = format!("step {} would close while {} is open", v.step, open.code);
        check.malformed_as(Code::OutOfOrder, &detail, &format!("close step {} first", open.code));
        return;
    }
    same_station(&work, check);
    same_person(&work, check);
    let Some((_, step)) = work.operation.step(&v.step) else { return };
    let missing = work.execution.missing(step);
    let shown = missing.iter().take(MISSING_SHOWN_MAX);
    for missing in shown {
        let (detail, needed) = said(missing);
        check.rule(Code::CaptureMissing, missing.item, &detail, &needed);
    }
    if missing.len() > MISSING_SHOWN_MAX {
        let items: BTreeSet<ItemId> = missing.iter().map(|missing| missing.item).collect();
        let (captures, items) = (missing.len(), items.len());
        let detail = format!("{captures} captures are missing on {items} items");
        check.wrong(Code::CaptureMissing, detail, "take them, and close the step then");
    }
    if let Some(code) = work.execution.stopped_by.first() {
        let detail = format!("{code} is not decided");
        check.wrong(Code::CaptureMissing, detail, "have the nonconformance decided first");
    }
}

/// What is missing in words: what, and what to do.
fn said(missing: &Missing<'_>) -> (String, String) {
    let capture = missing.capture;
    let times = if missing.count > 1 { format!("{} times ", missing.count) } else { String::new() };
    let bad = match missing.bad {
        0 => String::new(),
        1 => ": the one taken was not good".to_owned(),
        bad => format!(": {bad} taken were not good"),
    };
    (format!("misses {times}{}{bad}", capture.code()), capture.asks())
}

pub(super) fn deviate<F: Facts>(v: &Deviate<ItemId>, check: &mut Check<'_, F>) {
    check.reasoned(&v.reason);
    let Some(person) = check.somebody("allows it").cloned() else { return };
    check.signed(Meaning::Approved);
    let Some(work) = at_open_step(v.execution, &v.step, check) else { return };
    let capture = work.operation.step(&v.step).and_then(|(_, step)| step.capture(&v.capture));
    if capture.is_none() {
        let detail = format!("step {} demands no {}", v.step, v.capture);
        check.malformed(&detail, "name a capture of the step");
    }
    if let Some(item) = v.item.filter(|item| !work.execution.item_ids().any(|own| own == *item)) {
        let detail = format!("{} is not in execution {}", check.name(item), v.execution);
        check.malformed(&detail, "name an item that was started, or none for all of them");
    }
    if work.execution.is_worker(&person) {
        let detail = format!("{person} does this work and would allow the deviation");
        check.wrong(Code::SamePerson, detail, "have another person allow it");
    }
}

/// The step that a completed operation is, as everybody else knows steps.
pub(super) fn done(position: Position, facts: &impl Facts) -> Option<Done<ItemId>> {
    let work = work(position, facts)?;
    let Work { execution, version, operation, .. } = work;
    let judged = operation.steps.iter().flat_map(|step| &step.captures).any(Capture::is_judged);
    let finishes = execution
        .item_ids()
        .all(|item| completes_route(item, &operation.code, &version.master, facts));
    Some(Done {
        measures: measures(&execution, &operation),
        files: files(&execution),
        operation: operation.code.clone(),
        items: execution.items,
        covers: Vec::new(),
        run: execution.run,
        program: execution.program.clone(),
        parameters: Vec::new(),
        outcome: if judged { crate::act::Outcome::Pass } else { crate::act::Outcome::Done },
        finishes,
        backflush: operation.backflush,
        draws: Vec::new(),
        note: None,
    })
}

fn files(execution: &Execution) -> Vec<FileRef> {
    let file = |taken: &Taken| {
        if let Value::File(file) = &taken.value { Some(file.clone()) } else { None }
    };
    execution.counting().filter_map(file).collect()
}

/// Every measured value that counts and is good, with the limits it was held against. One that only
/// stands by a decision did not pass: it is known by its capture.
fn measures(execution: &Execution, operation: &Operation) -> Vec<crate::act::Measure<ItemId>> {
    let of = |taken: &Taken| {
        let (_, step) = operation.step(&taken.step)?;
        let (_, capture) = step.capture(&taken.capture)?;
        let (Capture::Measurement(demand), Value::Measurement(v)) = (capture, &taken.value) else {
            return None;
        };
        Some(crate::act::Measure {
            name: demand.code.to_string(),
            value: v.value,
            unit: v.unit.clone(),
            low: demand.low,
            high: demand.high,
            item: taken.item,
        })
    };
    execution.counting().filter(|taken| taken.good).filter_map(of).collect()
}

/// How much of a component an item takes, as an installation says it: of a lot, what one piece of
/// the item takes, as often as the item has pieces.
pub(super) fn portion(
    component: ItemId,
    parent: ItemId,
    quantity: Amount,
    facts: &impl Facts,
) -> Option<Amount> {
    let is_lot = |state: &&ItemState| state.kind == crate::act::Kind::Lot;
    facts.item(component).filter(is_lot)?;
    let pieces = facts.item(parent).filter(is_lot).map_or(Amount::ONE, ItemState::on_hand);
    Some(quantity.times(pieces))
}
