//! Corrections: what may be corrected, and what then stands in place of the old entries.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Facts;
use super::check::Check;
use crate::act::{
    Act, Amendment, Assign, Clear, Consume, Correct, Fact, Move, Pack, Step, Unpack, either,
};
use crate::entry::Entry;
use crate::execution;
use crate::noun::{Interval, ItemId};
use crate::rejection::{Code, Finding, Weight};

/// A fact that stands in place of a corrected one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restated {
    /// The entry it stands for.
    pub of: Entry,
    /// What is right.
    pub fact: Fact,
    /// When it was performed.
    pub performed: Interval,
}

/// Whether a fact can be superseded at all. Births, definitions and the ledger's own notes
/// cannot: other facts stand on them; each has its own act that changes what they said.
const fn amendable(fact: &Fact) -> bool {
    match fact {
        either!(
            labels quantities fittings loadings moves Assign Step Consume Transform Clear
            CheckEquipment
        ) => true,
        either!(
            parties notes DefineMaterial DefineBom DefinePlace DefineWorkCenter DefineStation
            DefineEquipment DefineOrder DefineSchema orders Create Receive Split Merge Hold
            ExtendHold Lift AcknowledgeHold masters workings StartWork AssignMaster
            OpenNonconformance Dispose Release
        ) => false,
    }
}

pub(super) fn correct<F: Facts>(v: &Correct<ItemId>, check: &mut Check<'_, F>) {
    check.some("entries", v.entries.len());
    if let Amendment::Retime { performed } = &v.amendment {
        check.time(*performed);
    }
    if let Amendment::Restate { act } = &v.amendment {
        if v.entries.len() != 1 {
            refuse(check, "one statement cannot stand for several entries".into());
        }
        if !amendable(act) {
            refuse(check, format!("a {} cannot stand in place of another fact", act.word()));
        }
    }
    if let Amendment::Substitute { wrong, right, .. } = &v.amendment
        && wrong == right
    {
        refuse(check, format!("item {wrong} would stand in place of itself"));
    }
    for (index, position) in v.entries.iter().enumerate() {
        if v.entries.iter().take(index).any(|other| other == position) {
            refuse(check, format!("entry {position} is named twice"));
        }
        if let Some(by) = check.facts.superseded(*position) {
            refuse(check, format!("entry {position} was superseded by entry {by}"));
            continue;
        }
        match check.facts.entry(*position) {
            None => refuse(check, format!("there is no entry {position} of a fact")),
            Some(entry) if !amendable(&entry.fact) => {
                refuse(check, format!("entry {position} is a {}", entry.fact.word()));
            }
            Some(entry) => {
                captured(&entry, check);
                if let Err(detail) = restate_one(v, &entry) {
                    refuse(check, detail);
                }
            }
        }
    }
}

fn refuse<F: Facts>(check: &mut Check<'_, F>, detail: String) {
    let needed = "name live entries of facts that can be corrected";
    check.found.push(Finding::malformed(Code::NotCorrectable, detail, needed));
}

/// What follows from a capture agrees with it. While the work goes on, the capture is mended; what
/// is found wrong afterwards is corrected, and somebody has to look at it.
fn captured<F: Facts>(entry: &Entry, check: &mut Check<'_, F>) {
    let Some(source) = entry.context.follows.and_then(|at| check.facts.entry(at)) else { return };
    let Some(execution) = execution::subject(&source.fact) else { return };
    let (position, word, at) = (entry.position, source.fact.word(), source.position);
    let detail = format!("entry {position} follows from {word} {at}, which stays as it is");
    if check.facts.execution(execution).is_some() {
        let needed = "take the value again, and name the wrong one in insteadOf";
        check.found.push(Finding::malformed(Code::NotCorrectable, detail, needed));
        return;
    }
    let needed = "decide whether the item still is what its route asks for";
    let finding = Finding::rule(Code::OutsideInstruction, None, detail, needed);
    check.found.push(Finding { weight: Weight::Exception, ..finding });
}

/// What stands in place of the entries a correction supersedes.
#[must_use]
pub fn restate(correct: &Correct<ItemId>, facts: &impl Facts) -> Vec<Restated> {
    let entries = correct.entries.iter().filter_map(|position| facts.entry(*position));
    entries
        .flat_map(|entry| {
            let restated = restate_one(correct, &entry).unwrap_or_default();
            restated.into_iter().map(move |(fact, performed)| Restated {
                of: entry.clone(),
                fact,
                performed,
            })
        })
        .collect()
}

type Statements = Vec<(Fact, Interval)>;

fn restate_one(correct: &Correct<ItemId>, entry: &Entry) -> Result<Statements, String> {
    let performed = entry.context.performed;
    match &correct.amendment {
        Amendment::Withdraw => Ok(Vec::new()),
        Amendment::Retime { performed } => Ok(alloc::vec![(entry.fact.clone(), *performed)]),
        Amendment::Restate { act } => Ok(alloc::vec![((**act).clone(), performed)]),
        Amendment::Substitute { wrong, right, only } => {
            if !entry.fact.items().contains(&wrong) {
                return Err(format!("entry {} does not name item {wrong}", entry.position));
            }
            if only.is_empty() {
                return Ok(alloc::vec![(swap(&entry.fact, *wrong, *right), performed)]);
            }
            let chosen = narrow(&entry.fact, &|id| only.contains(&id));
            let rest = narrow(&entry.fact, &|id| !only.contains(&id));
            match (chosen, rest) {
                (None, None) => Err(format!(
                    "entry {} is about its items as a whole, not one by one",
                    entry.position
                )),
                (None, Some(_)) => {
                    Err(format!("entry {} names none of the items given", entry.position))
                }
                (Some(chosen), rest) => Ok(core::iter::once(swap(&chosen, *wrong, *right))
                    .chain(rest)
                    .map(|fact| (fact, performed))
                    .collect()),
            }
        }
    }
}

fn swap(fact: &Fact, wrong: ItemId, right: ItemId) -> Fact {
    let swapped: Result<Fact, core::convert::Infallible> =
        fact.try_map(&mut |id| Ok(if *id == wrong { right } else { *id }));
    match swapped {
        Ok(fact) => fact,
    }
}

/// The fact about some of its items only; none if nothing is left or it cannot be parted.
fn narrow(fact: &Fact, keep: &dyn Fn(ItemId) -> bool) -> Option<Fact> {
    let kept = |items: &[ItemId]| -> Option<Vec<ItemId>> {
        let kept: Vec<_> = items.iter().copied().filter(|id| keep(*id)).collect();
        (!kept.is_empty()).then_some(kept)
    };
    let alone = |item: ItemId| keep(item).then(|| fact.clone());
    match fact {
        Act::Consume(v) => kept(&v.into).map(|into| Act::Consume(Consume { into, ..v.clone() })),
        Act::Assign(v) => kept(&v.items).map(|items| Act::Assign(Assign { items, ..v.clone() })),
        Act::Unpack(v) => kept(&v.items).map(|items| Act::Unpack(Unpack { items, ..v.clone() })),
        Act::Move(v) => kept(&v.items).map(|items| Act::Move(Move { items, ..v.clone() })),
        Act::Clear(v) => kept(&v.items).map(|items| Act::Clear(Clear { items, ..v.clone() })),
        Act::Pack(v) => {
            let items: Vec<_> = v.items.iter().filter(|p| keep(p.item)).cloned().collect();
            (!items.is_empty()).then(|| Act::Pack(Pack { items, ..v.clone() }))
        }
        Act::Step(v) => narrow_step(v, keep).map(Act::Step),
        Act::Install(v) => alone(v.parent),
        Act::Remove(v) => alone(v.parent),
        Act::Replace(v) => alone(v.parent),
        either!(
            parties definitions labels quantities loadings notes masters workings Create Receive
            Split Merge Transform Ship ReceiveBack Hold ExtendHold Lift AcknowledgeHold StartWork
            AssignMaster OpenNonconformance Dispose Release
        ) => None,
    }
}

fn narrow_step(v: &Step<ItemId>, keep: &dyn Fn(ItemId) -> bool) -> Option<Step<ItemId>> {
    let items: Vec<_> = v.items.iter().filter(|worked| keep(worked.item)).cloned().collect();
    let covers = v.covers.iter().copied().filter(|id| keep(*id)).collect();
    let measures = v.measures.iter().filter(|measure| measure.item.is_none_or(keep));
    let measures = measures.cloned().collect();
    (!items.is_empty()).then(|| Step { items, covers, measures, ..v.clone() })
}
