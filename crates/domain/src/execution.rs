//! One run of an operation of a work master on one or more items at a station.
//!
//! ```text
//!            start            close the last step
//!  (nothing) ─────▶ running ──────────────────────▶ complete
//!                    │   ▲  ╲
//!              pause │   │   ╲ abandon
//!                    ▼   │    ▼
//!                   paused ─▶ abandoned
//! ```
//!
//! Words: the *open step* is the first whose gate is not closed; what is *missing* are the values
//! it still demands on each item; a value that is not good counts as a try, and one try more than
//! the capture allows makes a nonconformance.
//!
//! Invariants: an execution is a fold of its entries in order; a value taken wrongly is set aside,
//! never lost; a gate that is closed stays closed.

mod nonconformance;
mod passed;

pub use nonconformance::Nonconformance;
pub(crate) use passed::changes_record;
pub use passed::{Passed, Progress, Run};

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::act::{Act, Fact, Program, StartWork, Take, Value, Worked, either};
use crate::entry::Entry;
use crate::instruction::{Capture, MasterHash, Operation, Step};
use crate::noun::{
    CaptureCode, ItemId, NonconformanceCode, OperationCode, PersonCode, Position, RunCode,
    StationCode, StepCode, Time,
};

/// Whether it goes on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Somebody works on it.
    Running,
    /// It waits for somebody to go on.
    Paused,
}

/// A value that was taken.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Taken {
    /// Which entry says so.
    pub position: Position,
    /// For which step.
    pub step: StepCode,
    /// For which capture.
    pub capture: CaptureCode,
    /// On which item; absent: on all.
    pub item: Option<ItemId>,
    /// What.
    pub value: Value<ItemId>,
    /// Whether it is within what the capture demands.
    pub good: bool,
    /// By whom.
    pub by: Option<PersonCode>,
    /// Whether it still counts: another may stand in its place, or be taken again by a decision.
    pub counts: bool,
    /// The decision by which it may stand although it is not good.
    pub accepted: Option<Position>,
}

impl Taken {
    /// Whether it fulfils what its capture demands, by itself or by a decision.
    #[must_use]
    pub const fn stands(&self) -> bool {
        self.good || self.accepted.is_some()
    }
}

/// A permission to close a step without a capture.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Waiver {
    /// Which entry gave it.
    pub position: Position,
    /// For which step.
    pub step: StepCode,
    /// For which capture.
    pub capture: CaptureCode,
    /// On which item; absent: on all.
    pub item: Option<ItemId>,
}

/// An execution that is not ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Execution {
    /// The entry that started it: its name.
    pub position: Position,
    /// By which version.
    pub master: MasterHash,
    /// Which operation.
    pub operation: OperationCode,
    /// On which items.
    pub items: Vec<Worked<ItemId>>,
    /// In which run of the process.
    pub run: Option<RunCode>,
    /// The program that was read off the equipment.
    pub program: Option<Program>,
    /// Whether it goes on.
    pub stage: Stage,
    /// At which station, last.
    pub station: Option<StationCode>,
    /// By whom, last.
    pub person: Option<PersonCode>,
    /// Everybody who began it or went on with it.
    pub workers: BTreeSet<PersonCode>,
    /// When it was started.
    pub started: Time,
    /// The entries that closed its gates, in order of the steps.
    pub closed: Vec<Position>,
    /// What was taken, in order.
    pub taken: Vec<Taken>,
    /// What may be missing.
    pub waivers: Vec<Waiver>,
    /// Attempts that were refused since the last gate.
    pub refusals: Vec<Position>,
    /// Nonconformances of its captures that wait for a decision.
    pub stopped_by: Vec<NonconformanceCode>,
}

/// A value that a step still demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing<'a> {
    /// Which capture.
    pub capture: &'a Capture,
    /// On which item.
    pub item: ItemId,
    /// How many values.
    pub count: usize,
    /// How many were taken and not good.
    pub bad: usize,
}

impl Execution {
    /// The execution an entry starts.
    #[must_use]
    pub fn started(v: &StartWork<ItemId>, entry: &Entry) -> Option<Self> {
        Some(Self {
            position: entry.position,
            master: v.master.clone()?,
            operation: v.operation.clone()?,
            items: v.items.clone(),
            run: v.run.clone(),
            program: v.program.clone(),
            stage: Stage::Running,
            station: entry.context.station.clone(),
            person: entry.context.performed_by.clone(),
            workers: entry.context.performed_by.iter().cloned().collect(),
            started: entry.context.performed.from,
            closed: Vec::new(),
            taken: Vec::new(),
            waivers: Vec::new(),
            refusals: Vec::new(),
            stopped_by: Vec::new(),
        })
    }

    /// What becomes of it by an entry about it; none: it ended.
    #[must_use]
    pub fn after(mut self, entry: &Entry) -> Option<Self> {
        let context = &entry.context;
        match &entry.fact {
            Act::Take(v) => self.take(v, entry),
            Act::CloseStep(v) if v.completes.is_some() => return None,
            Act::AbandonWork(v) => {
                let leaves = |item: ItemId| v.items.is_empty() || v.items.contains(&item);
                self.items.retain(|worked| !leaves(worked.item));
                if self.items.is_empty() {
                    return None;
                }
            }
            Act::CloseStep(_) => {
                self.closed.push(entry.position);
                self.refusals.clear();
            }
            Act::PauseWork(_) => self.stage = Stage::Paused,
            Act::ResumeWork(_) => {
                self.stage = Stage::Running;
                self.station.clone_from(&context.station);
                self.person.clone_from(&context.performed_by);
                self.workers.extend(context.performed_by.clone());
            }
            Act::Deviate(v) => self.waivers.push(Waiver {
                position: entry.position,
                step: v.step.clone(),
                capture: v.capture.clone(),
                item: v.item,
            }),
            Act::Refuse(_) => self.refusals.push(entry.position),
            either!(unworked masters AssignMaster StartWork OpenNonconformance Dispose Release) => {
            }
        }
        Some(self)
    }

    fn take(&mut self, v: &Take<ItemId>, entry: &Entry) {
        for taken in &mut self.taken {
            let of_step = taken.step == v.step && (v.item.is_none() || taken.item.is_none());
            let same_item = taken.step == v.step && taken.item == v.item;
            // Who confirmed the step confirmed the value that is set aside, not the new one.
            let confirmed = matches!(taken.value, Value::Witness(_)) && (of_step || same_item);
            if Some(taken.position) == v.instead_of || (v.instead_of.is_some() && confirmed) {
                taken.counts = false;
            }
        }
        self.taken.push(Taken {
            position: entry.position,
            step: v.step.clone(),
            capture: v.capture.clone(),
            item: v.item,
            value: v.value.clone(),
            good: v.good.unwrap_or(true),
            by: entry.context.performed_by.clone(),
            counts: true,
            accepted: None,
        });
    }

    /// It waits for the decision about a nonconformance.
    #[must_use]
    pub fn stopped(mut self, code: &NonconformanceCode) -> Self {
        self.stopped_by.push(code.clone());
        self
    }

    /// A nonconformance was decided about at `position`: the value that was out of limits may
    /// stand, it alone, or what was not good is taken again.
    #[must_use]
    pub fn decided(mut self, decided: &Nonconformance, stands: bool, position: Position) -> Self {
        self.stopped_by.retain(|code| *code != decided.code);
        let is_it = |taken: &Taken| Some(taken.position) == decided.capture;
        let found = self.taken.iter().find(|taken| is_it(taken)).cloned();
        let Some(bad) = found else { return self };
        for taken in &mut self.taken {
            let same = taken.step == bad.step
                && taken.capture == bad.capture
                && taken.item == bad.item
                && !taken.stands();
            if same && stands && is_it(taken) {
                taken.accepted = Some(position);
            } else if same {
                taken.counts = false;
            }
        }
        self
    }

    /// The signature under an entry does not hold any more: what was taken by it is taken anew.
    #[must_use]
    pub fn voided(mut self, entry: Position) -> Self {
        for taken in self.taken.iter_mut().filter(|taken| taken.position == entry) {
            taken.counts = false;
        }
        self
    }

    /// The open step; none: all gates are closed.
    #[must_use]
    pub fn open_step<'a>(&self, operation: &'a Operation) -> Option<&'a Step> {
        operation.steps.get(self.closed.len())
    }

    /// What counts for a capture on an item.
    pub fn counted<'a>(
        &'a self,
        step: &'a StepCode,
        capture: &'a CaptureCode,
        item: ItemId,
    ) -> impl Iterator<Item = &'a Taken> {
        self.taken.iter().filter(move |taken| {
            taken.counts
                && taken.step == *step
                && taken.capture == *capture
                && taken.item.is_none_or(|on| on == item)
        })
    }

    /// What counts, on items that are still in it.
    pub fn counting(&self) -> impl Iterator<Item = &Taken> {
        let is_in =
            |taken: &Taken| taken.item.is_none_or(|on| self.item_ids().any(|own| own == on));
        self.taken.iter().filter(move |taken| taken.counts && is_in(taken))
    }

    /// Whether a capture on an item need not be there, or not be good.
    #[must_use]
    pub fn is_waived(&self, step: &StepCode, capture: &CaptureCode, item: ItemId) -> bool {
        self.waivers.iter().any(|waiver| {
            let same = waiver.step == *step && waiver.capture == *capture;
            same && waiver.item.is_none_or(|on| on == item)
        })
    }

    /// Everything the step still demands, item by item.
    #[must_use]
    pub fn missing<'a>(&self, step: &'a Step) -> Vec<Missing<'a>> {
        let pairs = step
            .captures
            .iter()
            .flat_map(|capture| self.item_ids().map(move |item| (capture, item)));
        pairs
            .filter(|(capture, item)| !self.is_waived(&step.code, capture.code(), *item))
            .filter_map(|(capture, item)| {
                let taken = self.counted(&step.code, capture.code(), item);
                let (good, bad): (Vec<_>, Vec<_>) = taken.partition(|taken| taken.stands());
                let count = usize::from(capture.count()).saturating_sub(good.len());
                (count > 0).then_some(Missing { capture, item, count, bad: bad.len() })
            })
            .collect()
    }

    /// Whether one more bad value on any of these items is more than the capture allows.
    #[must_use]
    pub fn exhausts(&self, step: &StepCode, capture: &Capture, items: &[ItemId]) -> bool {
        items.iter().any(|item| {
            let bad = self.counted(step, capture.code(), *item).filter(|taken| !taken.stands());
            bad.count() >= usize::from(capture.retries())
        })
    }

    /// The ids of its items.
    pub fn item_ids(&self) -> impl Iterator<Item = ItemId> + '_ {
        self.items.iter().map(|worked| worked.item)
    }

    /// Whether a person works on it or did so: who only confirmed a step did not.
    #[must_use]
    pub fn is_worker(&self, person: &PersonCode) -> bool {
        let took = |taken: &Taken| {
            taken.by.as_ref() == Some(person)
                && !matches!(taken.value, Value::Witness(_) | Value::Signature(_))
        };
        self.workers.contains(person) || self.taken.iter().any(took)
    }

    /// Whether a person confirmed something of a step.
    #[must_use]
    pub fn has_confirmed(&self, step: &StepCode, person: &PersonCode) -> bool {
        self.taken.iter().any(|taken| {
            let theirs = taken.by.as_ref() == Some(person) && taken.step == *step;
            theirs && taken.counts && matches!(taken.value, Value::Witness(_))
        })
    }
}

/// The execution a fact is about, where it was started before.
#[must_use]
pub fn subject<R>(fact: &Act<R>) -> Option<Position> {
    match fact {
        Act::Take(v) => Some(v.execution),
        Act::CloseStep(v) => Some(v.execution),
        Act::PauseWork(v) => Some(v.execution),
        Act::ResumeWork(v) => Some(v.execution),
        Act::AbandonWork(v) => Some(v.execution),
        Act::Deviate(v) => Some(v.execution),
        Act::Refuse(v) => v.execution,
        either!(unworked masters AssignMaster StartWork OpenNonconformance Dispose Release) => None,
    }
}

/// Whether a fact says something of an item it touches, rather than of another one of its load.
#[must_use]
pub fn concerns(fact: &Fact, item: ItemId) -> bool {
    match fact {
        Act::Take(v) => v.item.is_none_or(|on| on == item),
        Act::Deviate(v) => v.item.is_none_or(|on| on == item),
        Act::AbandonWork(v) => v.items.is_empty() || v.items.contains(&item),
        either!(
            unworked masters AssignMaster StartWork CloseStep PauseWork ResumeWork
            OpenNonconformance Dispose Release Refuse
        ) => true,
    }
}
