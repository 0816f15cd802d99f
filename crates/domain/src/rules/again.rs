//! Rules for operations that are done again: what was put in before stays in its place, or gives it
//! to something else; it is never forgotten there.

use alloc::collections::BTreeSet;
use alloc::format;

use super::Facts;
use super::check::Check;
use crate::act::{Act, Scanned, Take, Value};
use crate::entry::Entry;
use crate::execution::{Execution, Run};
use crate::noun::{Amount, CaptureCode, ItemId, Position, StepCode};
use crate::rejection::Code;

/// What an earlier run of the operation put into an item for the same capture, and is in there
/// still.
#[must_use]
pub fn in_place(
    execution: &Execution,
    (step, capture): (&StepCode, &CaptureCode),
    item: ItemId,
    facts: &impl Facts,
) -> Option<ItemId> {
    let state = facts.item(item)?;
    let same = |run: &Run| run.of.as_ref().is_some_and(|(code, _)| *code == execution.operation);
    let runs = state.passed.runs.iter();
    let earlier: BTreeSet<Position> = runs
        .filter(|(at, run)| **at != execution.position && same(run))
        .map(|(at, _)| *at)
        .collect();
    // Nearly always it is done for the first time, and nothing has to be looked up.
    if earlier.is_empty() {
        return None;
    }
    let scanned = |entry: Entry| {
        let Act::Take(old) = entry.fact else { return None };
        let same = earlier.contains(&old.execution)
            && old.step == *step
            && old.capture == *capture
            && old.item.is_none_or(|on| on == item);
        let Value::Scan(scanned) = old.value else { return None };
        same.then_some(scanned.item)
    };
    let live = |entry: &Entry| facts.superseded(entry.position).is_none();
    let component = history(item, state.last, facts).filter(live).find_map(scanned)?;
    (facts.installed(component, item) > Amount::ZERO).then_some(component)
}

/// The same for a value that is being taken: what it sets aside gives its place back.
pub(super) fn in_place_of(
    v: &Take<ItemId>,
    item: ItemId,
    execution: &Execution,
    facts: &impl Facts,
) -> Option<ItemId> {
    let aside = execution.taken.iter().find(|taken| Some(taken.position) == v.instead_of);
    if let Some(Value::Scan(Scanned { replaces: Some(old), .. })) = aside.map(|taken| &taken.value)
    {
        return Some(old.item);
    }
    in_place(execution, (&v.step, &v.capture), item, facts)
}

/// The entries that touch an item, the last first.
fn history(item: ItemId, last: Position, facts: &impl Facts) -> impl Iterator<Item = Entry> {
    let mut next = Some(last);
    core::iter::from_fn(move || {
        let entry = facts.entry(next?)?;
        next = entry.touches.iter().find(|touch| touch.item == item).and_then(|t| t.previous);
        Some(entry)
    })
}

/// The place a component goes into is empty, or what is in it stays or comes out.
pub(super) fn placed<F: Facts>(
    v: &Take<ItemId>,
    scanned: &Scanned<ItemId>,
    items: &[ItemId],
    execution: &Execution,
    check: &mut Check<'_, F>,
) {
    if let Some(old) = &scanned.replaces {
        check.reasoned(&old.reason);
    }
    for item in items {
        let held = in_place_of(v, *item, execution, check.facts);
        match (held, &scanned.replaces) {
            (None, None) => {}
            (Some(held), Some(old)) if held == old.item && v.item.is_some() => {}
            (Some(held), None) if held == scanned.item && v.item.is_some() => {}
            (Some(_), _) if v.item.is_none() => {
                let detail = format!("{} is in its place on some of the items", v.capture);
                check.malformed(&detail, "scan it item by item: name the item");
                return;
            }
            (Some(held), None) => {
                let name = check.name(held);
                let detail = format!("has {name} in the place of {} since before", v.capture);
                let needed =
                    format!("scan {name} to say that it stays, or say that it is replaced");
                check.rule(Code::NotThere, *item, &detail, &needed);
            }
            (held, Some(old)) => {
                let detail =
                    format!("{} is not in the place of {}", check.name(old.item), v.capture);
                let needed = held.map_or_else(
                    || "leave `replaces` out: the place is empty".into(),
                    |held| format!("{} is in it", check.name(held)),
                );
                check.malformed(&detail, &needed);
            }
        }
    }
}
