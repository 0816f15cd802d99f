//! Corrections: what may be corrected, and what then stands in place of the old entries.

use alloc::format;
use alloc::vec::Vec;

use super::Facts;
use super::check::Check;
use crate::act::{Act, Amendment, Assign, Clear, Consume, Correct, Fact, Move, Pack, Step, Unpack};
use crate::entry::Entry;
use crate::noun::{Interval, ItemId};
use crate::rejection::{Code, Finding};

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
    matches!(
        fact,
        Act::Identify(_)
            | Act::Withdraw(_)
            | Act::Describe(_)
            | Act::Assign(_)
            | Act::ChangePart(_)
            | Act::Inspect(_)
            | Act::Count(_)
            | Act::Sample(_)
            | Act::Step(_)
            | Act::Install(_)
            | Act::Remove(_)
            | Act::Replace(_)
            | Act::Consume(_)
            | Act::Transform(_)
            | Act::Load(_)
            | Act::Unload(_)
            | Act::Pack(_)
            | Act::Unpack(_)
            | Act::Move(_)
            | Act::Ship(_)
            | Act::ReceiveBack(_)
            | Act::Scrap(_)
            | Act::Clear(_)
            | Act::CheckEquipment(_)
    )
}

pub(super) fn correct<F: Facts>(v: &Correct<ItemId>, check: &mut Check<'_, F>) {
    check.some("entries", v.entries.len());
    let mut refuse = |detail| {
        check.found.push(Finding::malformed(
            Code::NotCorrectable,
            detail,
            "name live entries of facts that can be corrected",
        ));
    };
    if let Amendment::Restate { act } = &v.amendment {
        if v.entries.len() != 1 {
            refuse("one statement cannot stand for several entries".into());
        }
        if !amendable(act) {
            refuse(format!("a {} cannot stand in place of another fact", act.word()));
        }
    }
    for position in &v.entries {
        if let Some(by) = check.facts.superseded(*position) {
            refuse(format!("entry {position} was superseded by entry {by}"));
            continue;
        }
        match check.facts.entry(*position) {
            None => refuse(format!("there is no entry {position} of a fact")),
            Some(entry) if !amendable(&entry.fact) => {
                refuse(format!("entry {position} is a {}", entry.fact.word()));
            }
            Some(entry) => {
                if let Err(detail) = restate_one(v, &entry) {
                    refuse(detail);
                }
            }
        }
    }
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

fn restate_one(
    correct: &Correct<ItemId>,
    entry: &Entry,
) -> Result<Statements, alloc::string::String> {
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
    if let Act::Consume(v) = fact {
        return kept(&v.into).map(|into| Act::Consume(Consume { into, ..v.clone() }));
    }
    if let Act::Assign(v) = fact {
        return kept(&v.items).map(|items| Act::Assign(Assign { items, ..v.clone() }));
    }
    if let Act::Unpack(v) = fact {
        return kept(&v.items).map(|items| Act::Unpack(Unpack { items, ..v.clone() }));
    }
    if let Act::Move(v) = fact {
        return kept(&v.items).map(|items| Act::Move(Move { items, ..v.clone() }));
    }
    if let Act::Clear(v) = fact {
        return kept(&v.items).map(|items| Act::Clear(Clear { items, ..v.clone() }));
    }
    if let Act::Pack(v) = fact {
        let items: Vec<_> = v.items.iter().filter(|packed| keep(packed.item)).cloned().collect();
        return (!items.is_empty()).then(|| Act::Pack(Pack { items, ..v.clone() }));
    }
    if let Act::Step(v) = fact {
        let items: Vec<_> = v.items.iter().filter(|worked| keep(worked.item)).cloned().collect();
        let covers = v.covers.iter().copied().filter(|id| keep(*id)).collect();
        return (!items.is_empty()).then(|| Act::Step(Step { items, covers, ..v.clone() }));
    }
    if let Act::Install(v) = fact {
        return alone(v.parent);
    }
    if let Act::Remove(v) = fact {
        return alone(v.parent);
    }
    if let Act::Replace(v) = fact {
        return alone(v.parent);
    }
    None
}
