//! Rules for nonconformances and what is decided about them.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Facts;
use super::check::Check;
use super::start::{made_by, next, whose};
use crate::act::{Dispose, Disposition, NotApplicable, OpenNonconformance, RecordField, Release};
use crate::execution::Nonconformance;
use crate::instruction::WorkMaster;
use crate::noun::{HoldCode, ItemId, Meaning, OperationCode};
use crate::rejection::Code;

/// Gives a nonconformance its code.
pub(super) fn coded(
    mut v: OpenNonconformance<ItemId>,
    facts: &impl Facts,
) -> OpenNonconformance<ItemId> {
    let position = facts.next_position();
    v.code = v.code.or_else(|| Some(Nonconformance::code_at(position)));
    v
}

/// Says which items a decision is about, and which operations are done again.
pub(super) fn disposed(mut v: Dispose<ItemId>, facts: &impl Facts) -> Dispose<ItemId> {
    let items = facts.nonconformance(&v.nonconformance).map(|open| open.items.clone());
    v.items = items.unwrap_or_default();
    let master = v.items.iter().find_map(|item| {
        let state = facts.item(*item)?;
        state.passed.master().and_then(|_| made_by(state, facts))
    });
    v.again = match (&v.back_to, master) {
        (Some(code), Some(version)) => from_on(code, &version.master),
        _ => Vec::new(),
    };
    v
}

/// An operation and all that come after it, in the order of the route.
fn from_on(code: &OperationCode, master: &WorkMaster) -> Vec<OperationCode> {
    let mut again: Vec<OperationCode> = Vec::new();
    let mut grown = true;
    while grown {
        grown = false;
        for (index, operation) in master.operations.iter().enumerate() {
            let follows = operation.code == *code
                || master.alternatives(code).contains(&&operation.code)
                || master.before(index).iter().any(|any| any.iter().any(|c| again.contains(c)));
            if follows && !again.contains(&operation.code) {
                again.push(operation.code.clone());
                grown = true;
            }
        }
    }
    again
}

pub(super) fn open<F: Facts>(v: &OpenNonconformance<ItemId>, check: &mut Check<'_, F>) {
    check.some("items", v.items.len());
    check.distinct("items", v.items.iter().copied());
    if v.description.trim().is_empty() {
        check.malformed("the description is empty", "say what is wrong with the items");
    }
    v.items.iter().for_each(|item| check.not_gone(*item));
    if v.capture.is_some() && check.context.follows.is_none() {
        check.malformed("a capture is named", "leave it out: the rules name it");
    }
    let Some(code) = &v.code else { return };
    let hold = HoldCode::new(code.as_str()).ok();
    let taken = check.facts.nonconformance(code).is_some()
        || hold.is_some_and(|hold| check.facts.hold(&hold).is_some());
    if taken {
        let detail = format!("a nonconformance or hold is called {code} already");
        check.malformed_as(Code::CodeTaken, &detail, "choose another code, or leave it out");
    }
}

/// Whether items are made by different work masters: one code then means different operations.
fn mixed(items: &[ItemId], facts: &impl Facts) -> bool {
    let master = |item: &ItemId| facts.version(facts.item(*item)?.passed.master()?);
    let codes: BTreeSet<_> =
        items.iter().map(|item| master(item).map(|version| &version.master.code)).collect();
    codes.len() > 1
}

pub(super) fn dispose<F: Facts>(v: &Dispose<ItemId>, check: &mut Check<'_, F>) {
    check.reasoned(&v.reason);
    let person = check.somebody("decides").cloned();
    check.signed(Meaning::Approved);
    let Some(open) = check.facts.nonconformance(&v.nonconformance).cloned() else {
        let detail = format!("no nonconformance is called {}", v.nonconformance);
        check.malformed_as(Code::UnknownCode, &detail, "mend the code");
        return;
    };
    if let Some((decided, at)) = open.decided {
        let detail = format!("{} was decided at {at}: {}", open.code, decided.word());
        check.malformed_as(Code::OutOfOrder, &detail, "open a new one for what was found since");
        return;
    }
    let open_by = open.by.clone().filter(|_| open.capture.is_some());
    if person.is_some() && person == open.by && open.capture.is_some() {
        let name = person.as_ref().map_or_else(String::new, ToString::to_string);
        let detail = format!("{name} did the work and would decide about it");
        check.wrong(Code::SamePerson, detail, "have another person decide");
    }
    let again = matches!(v.disposition, Disposition::Rework | Disposition::Repair);
    let working = person.filter(|person| {
        let items = open.items.iter().filter_map(|item| check.facts.item(*item));
        let mut open = items.flat_map(|state| state.passed.all_open());
        let works = |at| check.facts.execution(at).is_some_and(|work| work.is_worker(person));
        Some(person) != open_by.as_ref() && open.any(works)
    });
    if let Some(name) = working {
        let detail = format!("{name} works on the items and would decide about them");
        check.wrong(Code::SamePerson, detail, "have another person decide");
    }
    if v.back_to.is_some() && mixed(&v.items, check.facts) {
        let needed = "leave backTo out, or open one nonconformance for each work master";
        check.malformed("the items are made by different work masters", needed);
    }
    if v.back_to.is_some() && !again {
        let detail =
            format!("nothing is done again where the decision is {}", v.disposition.word());
        check.malformed(&detail, "leave backTo out, or decide for rework or repair");
    }
    if let Some(code) = v.back_to.as_ref().filter(|code| !v.again.contains(code)) {
        let detail = format!("{code} is no operation of the items' work master");
        check.malformed(&detail, "name the operation of their route from which all is done again");
    }
}

pub(super) fn release<F: Facts>(v: &Release<ItemId>, check: &mut Check<'_, F>) {
    check.somebody("releases it");
    check.signed(Meaning::Released);
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if v.record.len() != 64 || !v.record.bytes().all(hex) {
        check.malformed("the record is not named by its SHA-256", "name the record reviewed");
    }
    check.here(v.item);
    check.not_held(v.item);
    check.accepted(v.item);
    let Some(state) = check.state(v.item) else { return };
    let (last, open) = (state.last, state.passed.open());
    if last > v.known_at {
        let detail = format!("has entry {last}, its review knew up to {}", v.known_at);
        check.rule(Code::ReviewOutdated, v.item, &detail, "look at what is new, and review again");
    }
    if let Some(open) = open {
        let detail = format!("is in work: {}", whose(open, check.facts));
        check.rule(Code::RecordIncomplete, v.item, &detail, "complete or end that first");
    }
    if next(v.item, check.facts).is_some_and(|next| !next.complete) {
        let needed = "complete the operations that are left";
        check.rule(Code::RecordIncomplete, v.item, "has not passed its whole route", needed);
    }
}

/// A field that does not apply is one that its record asks for, and somebody else's word is signed.
///
/// Source: PIC/S PI 041 (no blank field), DI-09.
pub(super) fn not_applicable<F: Facts>(v: &NotApplicable<ItemId>, check: &mut Check<'_, F>) {
    check.somebody("says so");
    check.signed(Meaning::Approved);
    check.reasoned(&v.reason);
    check.here(v.item);
    let Some(part) = check.state(v.item).and_then(|state| state.part.value.clone()) else { return };
    let asked = match &v.field {
        RecordField::Definition => next(v.item, check.facts).is_none(),
        RecordField::Material(line) => {
            let planned = super::material::lines(&part, check.facts).unwrap_or_default();
            planned.iter().any(|own| own.part.number == line.number)
        }
    };
    if !asked {
        let detail = format!("does not miss this field of its record: {}", v.field);
        let needed = "name a line of its bill of material, or the definition of what has no work \
                      master";
        check.rule(Code::NotDemanded, v.item, &detail, needed);
    }
}

/// What is made by a work master leaves only when it is released, and nothing changed since.
pub(super) fn released<F: Facts>(item: ItemId, check: &mut Check<'_, F>) {
    let Some(state) = check.state(item) else { return };
    if state.passed.master().is_none() || state.is_released() {
        return;
    }
    let detail = match state.passed.released() {
        Some(at) => format!("was released at {at}, and its record changed since"),
        None => "was not released".to_owned(),
    };
    check.rule(Code::NotReleased, item, &detail, "have its record reviewed and release it");
}
