//! Rules for who may work on what, where, by which instruction, and in which order.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::check::Check;
use super::{Facts, order};
use crate::act::{
    AbandonWork, Act, AssignMaster, Fact, Kind, PauseWork, ResumeWork, StartWork, Worked, either,
};
use crate::command::Mode;
use crate::execution::{Execution, Passed, Stage as Going};
use crate::instruction::{MasterHash, Operation, Stage, Version, WorkMaster};
use crate::item::{ItemState, Whereabouts};
use crate::noun::{ItemId, OperationCode, OrderKind, Position, StationCode};
use crate::rejection::Code;

/// Where an item stands in its route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// The version it is made by, or would be.
    pub master: MasterHash,
    /// The execution it is in now.
    pub open: Option<Position>,
    /// Operations that can start now, in the order of the route.
    pub ready: Vec<OperationCode>,
    /// Operations that are complete, each with the entry that completed it.
    pub done: Vec<(OperationCode, Position)>,
    /// Whether the whole route is passed.
    pub complete: bool,
}

/// Where an item stands in its route; none: no work master says how it is made.
#[must_use]
pub fn next(item: ItemId, facts: &impl Facts) -> Option<Next> {
    let state = facts.item(item)?;
    let version = made_by(state, facts)?;
    Some(stands(state, version, facts))
}

/// The version an item is made by: its own, else the one that is effective for its part. What has
/// passed a route beside its build, such as a rework, goes on by the version it was built by.
pub(super) fn made_by<'a>(state: &ItemState, facts: &'a impl Facts) -> Option<&'a Version> {
    let mut own = state.passed.masters().filter_map(|hash| facts.version(hash));
    if let Some(version) = own.next() {
        let build = |version: &&Version| version.master.kind == OrderKind::Build;
        let aside = !build(&version) && route_passed(&state.passed, &version.master, facts);
        let built_by = if aside { own.find(build) } else { None };
        return Some(built_by.unwrap_or(version));
    }
    let part = state.part.value.as_ref()?;
    let fixed = state.order.value.as_ref().and_then(|code| facts.order(code));
    let fixed = fixed.filter(|order| order.plan.makes());
    if let Some(version) = fixed.and_then(|fixed| order::version_of(fixed, facts)) {
        return Some(version);
    }
    facts.effective(part).into_iter().find(|version| version.master.kind == OrderKind::Build)
}

fn stands(state: &ItemState, version: &Version, facts: &impl Facts) -> Next {
    let master = &version.master;
    let done = |code: &OperationCode| done(&state.passed, code, master, facts);
    let complete = |code: &OperationCode| done(code).is_some();
    let needless = master.superfluous(&complete);
    let ready = |(index, operation): (usize, &Operation)| {
        let free = !complete(&operation.code)
            && !needless.contains(&&operation.code)
            && master.before(index).iter().all(|any| any.iter().any(complete));
        free.then(|| operation.code.clone())
    };
    Next {
        master: version.hash.clone(),
        open: state.passed.open(),
        ready: master.operations.iter().enumerate().filter_map(ready).collect(),
        done: master
            .operations
            .iter()
            .filter_map(|operation| Some((operation.code.clone(), done(&operation.code)?)))
            .collect(),
        complete: master.is_complete(&complete),
    }
}

pub(super) fn route_passed(passed: &Passed, master: &WorkMaster, facts: &impl Facts) -> bool {
    master.is_complete(&|code| done(passed, code, master, facts).is_some())
}

/// The entry that completed an operation of a work master, by whichever of its versions.
pub(super) fn done(
    passed: &Passed,
    code: &OperationCode,
    master: &WorkMaster,
    facts: &impl Facts,
) -> Option<Position> {
    let same = |hash: &MasterHash| {
        facts.version(hash).is_some_and(|version| version.master.code == master.code)
    };
    // A rework is done anew each time an item is moved to it; a build goes on where it stood.
    let since = match master.kind {
        OrderKind::Build => None,
        OrderKind::Rework | OrderKind::Disassemble | OrderKind::Refurbish => passed.moved_to(&same),
    };
    passed.done(code, &same).filter(|completed| Some(*completed) > since)
}

/// Whether a completed operation leaves an item with its whole route passed.
pub(super) fn completes_route(
    item: ItemId,
    completed: &OperationCode,
    master: &WorkMaster,
    facts: &impl Facts,
) -> bool {
    let Some(state) = facts.item(item) else { return false };
    let passed = master.is_complete(&|code| {
        code == completed || done(&state.passed, code, master, facts).is_some()
    });
    let built = || {
        let mut own = state.passed.masters().filter_map(|hash| facts.version(hash));
        let build = own.find(|version| version.master.kind == OrderKind::Build);
        build.is_none_or(|build| route_passed(&state.passed, &build.master, facts))
    };
    passed && (master.kind == OrderKind::Build || built())
}

/// Fills in the version and the operation, where only one of each can be meant.
pub(super) fn prepared(mut v: StartWork<ItemId>, facts: &impl Facts) -> StartWork<ItemId> {
    let first = v.items.first().and_then(|worked| facts.item(worked.item));
    let Some(state) = first else { return v };
    if v.master.is_none() {
        v.master = made_by(state, facts).map(|version| version.hash.clone());
    }
    let version = v.master.as_ref().and_then(|hash| facts.version(hash));
    if let (None, Some(version)) = (&v.operation, version)
        && let [only] = &stands(state, version, facts).ready[..]
    {
        v.operation = Some(only.clone());
    }
    v
}

pub(super) fn start<F: Facts>(v: &StartWork<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    check.distinct("items", v.items.iter().map(|worked| worked.item));
    for worked in &v.items {
        check.amount_fits(worked.item, worked.quantity);
    }
    let Some(version) = v.master.as_ref().and_then(|hash| check.facts.version(hash)) else {
        let item = v.items.first().map_or_else(String::new, |w| check.name(w.item));
        let detail = format!("no work master is effective for {item}");
        check.malformed_as(Code::NoInstruction, &detail, "make one effective, or name the version");
        return;
    };
    let version = version.clone();
    let Some(operation) =
        v.operation.as_ref().and_then(|code| version.master.operation(code)).cloned()
    else {
        unknown_operation(v, &version, check);
        return;
    };
    who_and_where(&version, &operation, check);
    program(v, &operation, check);
    for worked in &v.items {
        fits(worked.item, &version, check);
        order::may_start(worked.item, check);
        in_order(worked.item, &version, &operation, check);
        check.here(worked.item);
        check.loose(worked.item);
        check.not_held(worked.item);
        check.accepted(worked.item);
        whole(worked, check);
    }
}

/// The equipment runs the program that the operation demands, as somebody read it there.
fn program<F: Facts>(v: &StartWork<ItemId>, operation: &Operation, check: &mut Check<'_, F>) {
    let Some(demanded) = &operation.program else { return };
    let detail = match &v.program {
        Some(read) if read == demanded => return,
        Some(read) => format!("the equipment runs {}", read.code()),
        None => "nobody says which program the equipment runs".to_owned(),
    };
    let needed = format!("load {}, read it at the equipment and name it", demanded.code());
    check.wrong(Code::EquipmentUnfit, detail, &needed);
}

/// What an item has passed it has passed as a whole: part of a lot has no route of its own.
fn whole<F: Facts>(worked: &Worked<ItemId>, check: &mut Check<'_, F>) {
    let Some(state) = check.state(worked.item).filter(|state| state.kind == Kind::Lot) else {
        return;
    };
    let here = state.on_hand();
    if let Some(part) = worked.quantity.filter(|quantity| *quantity != here) {
        let (name, part, here) = (check.name(worked.item), part.normal(), here.normal());
        let detail = format!("{part} of {name} would be worked on, {here} are there");
        check.malformed(&detail, "split the lot first, so that the part has a route of its own");
    }
}

fn unknown_operation<F: Facts>(v: &StartWork<ItemId>, version: &Version, check: &mut Check<'_, F>) {
    let codes = |operations: &[OperationCode]| {
        let words: Vec<String> = operations.iter().map(ToString::to_string).collect();
        words.join(", ")
    };
    let all: Vec<_> = version.master.operations.iter().map(|op| op.code.clone()).collect();
    if let Some(code) = &v.operation {
        let detail = format!("{} has no operation {code}", version.name());
        let needed = format!("name one of {}", codes(&all));
        check.malformed(&detail, &needed);
        return;
    }
    let first = v.items.first().and_then(|worked| check.facts.item(worked.item));
    let next = first.map(|state| stands(state, version, check.facts));
    let item = v.items.first().map_or_else(String::new, |worked| check.name(worked.item));
    let (detail, needed) = match next {
        Some(next) if next.open.is_some() => {
            (format!("{item} is in work already"), "go on with that work".to_owned())
        }
        Some(next) if next.complete => {
            let detail = format!("{item} has passed the whole route of {}", version.name());
            (detail, "nothing is left to do on it".to_owned())
        }
        Some(next) if next.ready.len() > 1 => {
            let detail = format!("{item} can go on with several operations");
            (detail, format!("name one of {}", codes(&next.ready)))
        }
        _ => (format!("no operation can start on {item}"), "complete what comes first".to_owned()),
    };
    check.malformed_as(Code::OutOfOrder, &detail, &needed);
}

/// The person, the station and the equipment may do that operation.
fn who_and_where<F: Facts>(version: &Version, operation: &Operation, check: &mut Check<'_, F>) {
    person_may(version, operation, check);
    let context = check.context;
    let Some(station) = &context.station else {
        check.malformed("no station is named", "name the station where the work is done");
        return;
    };
    if let Some(needed) = &operation.work_center {
        let here = check.facts.station(station).and_then(|station| station.work_center.as_ref());
        if check.facts.station(station).is_some() && here != Some(needed) {
            let (code, center) = (&operation.code, needed);
            let detail = format!("{code} is done in work center {center}, {station} is not in it");
            check.wrong(Code::EquipmentUnfit, detail, "do it at a station of that work center");
        }
    }
    equipment(None, check);
}

/// The person of the command is qualified for the operation and has read the version.
pub(super) fn person_may<F: Facts>(
    version: &Version,
    operation: &Operation,
    check: &mut Check<'_, F>,
) {
    let Some(person) = check.somebody("works").cloned() else { return };
    let during = check.during();
    for code in &operation.qualifications {
        if !check.facts.is_qualified(&person, code, during) {
            let detail = format!("{person} is not qualified for {code}");
            let needed = "have a qualified person do it, or renew the qualification";
            check.wrong(Code::NotQualified, detail, needed);
        }
    }
    if !version.acknowledged.contains(&person) {
        let detail = format!("{person} has not read {}", version.name());
        check.wrong(Code::NotQualified, detail, "read it and acknowledge it first");
    }
}

/// What is used is of this station, and its last check says it is good and still holds. Where no
/// station is named, the work stands at `station`.
pub(super) fn equipment<F: Facts>(station: Option<&StationCode>, check: &mut Check<'_, F>) {
    let context = check.context;
    for code in &context.equipment {
        let Some(equipment) = check.facts.equipment(code) else { continue };
        if let (Some(own), Some(here)) = (&equipment.station, context.station.as_ref().or(station))
            && own != here
        {
            let detail = format!("{code} belongs to {own}, the work is done at {here}");
            check.wrong(Code::EquipmentUnfit, detail, "use equipment of this station");
        }
        let at = check.at();
        match check.facts.last_check(code, at) {
            Some(last) if !last.good => {
                let detail = format!("{code} was found bad at its last check");
                check.wrong(Code::EquipmentUnfit, detail, "use another, or have it checked good");
            }
            Some(last) if last.due.is_some_and(|due| due < at) => {
                let due = last.due.map_or_else(String::new, |due| due.to_string());
                let detail = format!("the check of {code} was due at {due}");
                check.wrong(Code::EquipmentUnfit, detail, "use another, or have it checked");
            }
            _ => {}
        }
    }
}

/// The version is the one the item is made by, and may still be worked by.
fn fits<F: Facts>(item: ItemId, version: &Version, check: &mut Check<'_, F>) {
    let Some(state) = check.state(item) else { return };
    let own = state.passed.master().and_then(|_| made_by(state, check.facts));
    let part = state.part.value.clone();
    let began = state.passed.master().is_some();
    if let Some(own) = own.filter(|own| own.hash != version.hash) {
        let detail = format!("is made by {}, not by {}", own.name(), version.name());
        let needed = "go on by its own version, or move it by assignMaster";
        check.rule(Code::NoInstruction, item, &detail, needed);
        return;
    }
    let planned = &version.master.part;
    if !part.as_ref().is_some_and(|part| planned.accepts(part)) {
        let is = part.map_or_else(|| "no part".to_owned(), |part| part.to_string());
        let detail = format!("is {is}, {} makes {planned}", version.name());
        check.rule(Code::WrongPart, item, &detail, "use the work master of its part and revision");
    }
    let usable = match version.stage {
        Stage::Effective => true,
        Stage::Superseded => began,
        Stage::InApproval | Stage::Approved | Stage::Retired | Stage::Rejected => false,
    };
    if !usable {
        let detail =
            format!("would be made by {}, which is {}", version.name(), version.stage.word());
        let needed = "work by the effective version; move begun items by assignMaster";
        check.rule(Code::NoInstruction, item, &detail, needed);
    }
}

/// Everything before the operation is complete on the item, and the operation is not.
fn in_order<F: Facts>(
    item: ItemId,
    version: &Version,
    operation: &Operation,
    check: &mut Check<'_, F>,
) {
    let Some(state) = check.state(item) else { return };
    let next = stands(state, version, check.facts);
    let code = &operation.code;
    if let Some(open) = next.open {
        let detail = format!("is in work already: {}", whose(open, check.facts));
        check.rule(Code::OutOfOrder, item, &detail, "go on with that, or end it first");
        return;
    }
    if next.ready.contains(code) {
        return;
    }
    let is_done = |code: &OperationCode| next.done.iter().any(|(done, _)| done == code);
    if is_done(code) {
        let detail = format!("has passed {code} already");
        let needed = "go on with the next operation; to do it again takes a decision to rework";
        check.rule(Code::OutOfOrder, item, &detail, needed);
        return;
    }
    let instead = version.master.alternatives(code).into_iter().find(|other| is_done(other));
    if let Some(other) = instead {
        let detail = format!("has passed {other}, which stands for {code}");
        check.rule(Code::OutOfOrder, item, &detail, "go on with the next operation");
        return;
    }
    if version.master.superfluous(&is_done).contains(&code) {
        let detail = format!("was made another way than by {code}");
        check.rule(Code::OutOfOrder, item, &detail, "go on with the next operation");
        return;
    }
    let index = version.master.operations.iter().position(|op| op.code == *code);
    let before = index.map(|index| version.master.before(index)).unwrap_or_default();
    let open: Vec<String> = before
        .into_iter()
        .filter(|any| !any.iter().any(is_done))
        .map(|any| any.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "))
        .collect();
    let detail = format!("has not passed {}, which comes before {code}", open.join(", "));
    check.rule(Code::OutOfOrder, item, &detail, "complete what comes first");
}

/// An execution in words: `OP10 at ST-1 by P-7`.
pub(super) fn whose(position: Position, facts: &impl Facts) -> String {
    let Some(execution) = facts.execution(position) else {
        return format!("execution {position}");
    };
    let mut words = format!("{}, execution {position}", execution.operation);
    if let Some(station) = &execution.station {
        words.push_str(&format!(", at {station}"));
    }
    if let Some(person) = &execution.person {
        words.push_str(&format!(" by {person}"));
    }
    words
}

/// An execution that is not ended; what is wrong is said where it is.
pub(super) fn open_execution<F: Facts>(
    position: Position,
    check: &mut Check<'_, F>,
) -> Option<Execution> {
    if let Some(execution) = check.facts.execution(position) {
        return Some(execution.clone());
    }
    let began = check.facts.entry(position).map(|entry| entry.fact);
    let (detail, needed) = match began {
        Some(Act::StartWork(_)) => {
            (format!("execution {position} has ended"), "look at the item for what is next")
        }
        _ => (
            format!("entry {position} started no work"),
            "give the position that the start of the work was answered with",
        ),
    };
    check.malformed_as(Code::OutOfOrder, &detail, needed);
    None
}

pub(super) fn pause<F: Facts>(v: &PauseWork, check: &mut Check<'_, F>) {
    check.somebody("pauses it");
    let Some(execution) = open_execution(v.execution, check) else { return };
    if execution.stage == Going::Paused {
        let detail = format!("execution {} is paused already", v.execution);
        check.wrong(Code::OutOfOrder, detail, "go on with it");
    }
}

pub(super) fn resume<F: Facts>(v: &ResumeWork, check: &mut Check<'_, F>) {
    let Some(execution) = open_execution(v.execution, check) else { return };
    let Some(version) = check.facts.version(&execution.master).cloned() else { return };
    if version.stage == Stage::Retired {
        let detail = format!("{} is retired", version.name());
        check.wrong(
            Code::NoInstruction,
            detail,
            "end the work, and move the items by assignMaster",
        );
    }
    if execution.stage == Going::Running {
        let detail = format!("it is going on: {}", whose(v.execution, check.facts));
        check.wrong(Code::OutOfOrder, detail, "pause it there first");
    }
    let Some(operation) = version.master.operation(&execution.operation).cloned() else { return };
    who_and_where(&version, &operation, check);
    execution.item_ids().for_each(|item| check.not_held(item));
}

pub(super) fn abandon<F: Facts>(v: &AbandonWork<ItemId>, check: &mut Check<'_, F>) {
    check.reasoned(&v.reason);
    // A decision that ends the work was checked as such.
    if check.context.follows.is_some() {
        return;
    }
    check.somebody("ends it");
    check.distinct("items", v.items.iter().copied());
    let Some(execution) = open_execution(v.execution, check) else { return };
    if let Some(item) = v.items.iter().find(|item| !execution.item_ids().any(|own| own == **item)) {
        let detail = format!("{} is not in execution {}", check.name(*item), v.execution);
        check.malformed(&detail, "name items that are in it, or none to end it");
        return;
    }
    let leaves = |item: &ItemId| v.items.is_empty() || v.items.contains(item);
    let gone = |item| {
        let state = check.facts.item(item);
        state.is_some_and(|state| {
            matches!(state.whereabouts.value, Whereabouts::Scrapped | Whereabouts::UsedUp)
        })
    };
    // Nothing is left to complete it on.
    if execution.item_ids().filter(leaves).all(gone) {
        return;
    }
    let counts = || execution.counting().filter(|taken| taken.item.as_ref().is_none_or(leaves));
    let needed = "complete it, or report a nonconformance and have it decided";
    if counts().any(|taken| matches!(taken.value, crate::act::Value::Scan(_))) {
        let detail = format!("components went in or out in execution {}", v.execution);
        check.wrong(Code::OutOfOrder, detail, needed);
    }
    // Else whoever begins anew has all the retries again.
    if counts().any(|taken| !taken.good) {
        let detail = format!("values that are not good were taken in execution {}", v.execution);
        check.wrong(Code::OutOfOrder, detail, needed);
    }
}

/// Finds the operations that items passed and the new version demands otherwise.
pub(super) fn moved(mut v: AssignMaster<ItemId>, facts: &impl Facts) -> AssignMaster<ItemId> {
    v.again.clear();
    let Some(version) = facts.version(&v.master) else { return v };
    for operation in &version.master.operations {
        let code = &operation.code;
        let other = |item: &ItemId| {
            facts
                .item(*item)
                .is_some_and(|state| asks_anew(state, version, operation, facts) == Some(true))
        };
        if v.items.iter().any(other) && !v.keeps.contains(code) {
            v.again.push(code.clone());
        }
    }
    v
}

/// Whether a version demands something else in an operation than the one by which an item passed
/// it; none: the item did not pass it.
fn asks_anew(
    state: &ItemState,
    version: &Version,
    operation: &Operation,
    facts: &impl Facts,
) -> Option<bool> {
    // A rework is done anew whenever an item is moved to it.
    if version.master.kind != OrderKind::Build {
        return None;
    }
    let completed = done(&state.passed, &operation.code, &version.master, facts)?;
    let run = state.passed.runs.values().find(|run| run.completed == Some(completed))?;
    let (_, hash) = run.of.as_ref()?;
    let before = facts.version(hash)?.master.operation(&operation.code)?;
    let demands = |operation: &Operation| {
        let steps = operation.steps.iter();
        let steps = steps.map(|step| (step.code.clone(), step.captures.clone()));
        (operation.program.clone(), steps.collect::<Vec<_>>())
    };
    Some(demands(before) != demands(operation))
}

/// What stands is named because it would not stand by itself, and what is done again was passed by
/// another demand on every item: else they are moved apart.
fn stands_or_not<F: Facts>(v: &AssignMaster<ItemId>, version: &Version, check: &mut Check<'_, F>) {
    let facts = check.facts;
    let asked = |code: &OperationCode, answer: bool| {
        let operation = version.master.operation(code);
        v.items.iter().find(|item| {
            let states = operation.zip(facts.item(**item));
            states.is_some_and(|(operation, state)| {
                asks_anew(state, version, operation, facts) == Some(answer)
            })
        })
    };
    for code in v.keeps.iter().filter(|code| asked(code, true).is_none()) {
        let detail = format!("nothing is demanded anew in {code} of {}", version.name());
        check.malformed(&detail, "name only passed operations that demand something else");
    }
    for code in &v.again {
        let Some(item) = asked(code, false) else { continue };
        let detail = format!(
            "{} passed {code} as {} demands it, others otherwise",
            check.name(*item),
            version.name()
        );
        check.malformed(&detail, "move items that come from different versions one by one");
    }
}

pub(super) fn assign<F: Facts>(v: &AssignMaster<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    check.distinct("items", v.items.iter().copied());
    check.somebody("moves them");
    check.reasoned(&v.reason);
    let Some(version) = check.facts.version(&v.master).cloned() else {
        let detail = format!("no version of a work master is named {}", v.master);
        check.malformed(&detail, "propose it first, or mend the hash");
        return;
    };
    if version.stage != Stage::Effective {
        let detail = format!("{} is {}", version.name(), version.stage.word());
        check.wrong(Code::WrongStage, detail, "move items to an effective version");
    }
    stands_or_not(v, &version, check);
    for item in &v.items {
        check.not_gone(*item);
        let Some(state) = check.state(*item) else { continue };
        let part = state.part.value.clone();
        if !part.as_ref().is_some_and(|part| version.master.part.accepts(part)) {
            let is = part.map_or_else(|| "no part".to_owned(), |part| part.to_string());
            let detail = format!("is {is}, {} makes {}", version.name(), version.master.part);
            check.rule(Code::WrongPart, *item, &detail, "change its part first, by changePart");
        }
        not_in_work(*item, check);
    }
}

/// No execution on it is open.
pub(super) fn not_in_work<F: Facts>(item: ItemId, check: &mut Check<'_, F>) {
    let open = check.state(item).and_then(|state| state.passed.open());
    if let Some(open) = open.filter(|_| check.context.follows.is_none()) {
        let detail = format!("is in work: {}", whose(open, check.facts));
        check.rule(Code::OutOfOrder, item, &detail, "complete or end that first");
    }
}

/// What was begun by a work master has passed its whole route before it goes into something else
/// or leaves.
pub(super) fn made_whole<F: Facts>(item: ItemId, check: &mut Check<'_, F>) {
    let Some(state) = check.state(item) else { return };
    let begun = state.passed.master().and_then(|_| made_by(state, check.facts));
    let Some(version) = begun else { return };
    let next = stands(state, version, check.facts);
    if next.complete {
        return;
    }
    let ready: Vec<String> = next.ready.iter().map(ToString::to_string).collect();
    let detail = format!("has not passed its route by {}", version.name());
    let needed = match &ready[..] {
        [] => "complete the work it is in".to_owned(),
        codes => format!("complete {} first", codes.join(", ")),
    };
    check.rule(Code::OutOfOrder, item, &detail, &needed);
}

/// What is made by a work master is worked on by it: the acts that would go past it are refused.
pub(super) fn by_instruction<F: Facts>(fact: &Fact, check: &mut Check<'_, F>) {
    // What follows from a capture obeys; what a correction puts in place of a fact may not.
    let source = check.context.follows.and_then(|at| check.facts.entry(at));
    if source.is_some_and(|source| !matches!(source.fact, Act::Correct(_))) {
        return;
    }
    let worked: Vec<ItemId> = match fact {
        Act::Step(v) => {
            v.items.iter().map(|worked| worked.item).chain(v.covers.iter().copied()).collect()
        }
        Act::Install(v) => alloc::vec![v.parent],
        Act::Remove(v) => alloc::vec![v.parent],
        Act::Replace(v) => alloc::vec![v.parent],
        Act::Consume(v) => v.into.clone(),
        Act::Transform(v) => v.outputs.clone(),
        either!(
            parties definitions labels quantities loadings moves decisions notes masters workings
            Create Receive Split Merge Assign StartWork AssignMaster
            OpenNonconformance Dispose Release
        ) => return,
    };
    let governed: BTreeSet<ItemId> =
        worked.into_iter().filter(|item| is_governed(*item, check.facts)).collect();
    for item in governed {
        let Some(version) = check.state(item).and_then(|state| made_by(state, check.facts)) else {
            continue;
        };
        let detail = format!("is made by {}", version.name());
        let needed = "start the work and take what its steps demand";
        check.rule(Code::OutsideInstruction, item, &detail, needed);
    }
}

/// Work that is told afterwards says why: it never passes for a record made while it was done.
pub(super) fn told_late<F: Facts>(fact: &Fact, check: &mut Check<'_, F>) {
    let work = matches!(fact, either!(workings StartWork));
    let silent = check.context.late.as_deref().is_none_or(|why| why.trim().is_empty());
    if work && silent && check.context.mode == Mode::Report && check.context.follows.is_none() {
        let detail = format!("{} is told afterwards, and not why", fact.word());
        check.malformed(&detail, "say in `late` why it was not entered when it was done");
    }
}

/// Whether an item in our hands is made by a work master.
fn is_governed(item: ItemId, facts: &impl Facts) -> bool {
    let Some(state) = facts.item(item) else { return false };
    let elsewhere = matches!(
        state.whereabouts.value,
        Whereabouts::Shipped { .. }
            | Whereabouts::Subcontracted { .. }
            | Whereabouts::SentBack { .. }
    );
    !elsewhere && made_by(state, facts).is_some()
}

impl<F: Facts> Check<'_, F> {
    /// Something that cannot be attributed, under a code of its own.
    pub(super) fn malformed_as(&mut self, code: Code, detail: &str, needed: &str) {
        self.found.push(crate::rejection::Finding::malformed(code, detail.into(), needed));
    }
}
