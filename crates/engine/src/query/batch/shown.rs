//! The parts of a batch record that are read off the item's entries.

use std::collections::BTreeMap;

use domain::act::{Act, Take, Value};
use domain::entry::Entry;
use domain::instruction::Version;
use domain::{ItemId, Time};

use super::super::Seen;
use super::super::work::MadeBy;
use super::{
    CaptureDone, Conformity, EquipmentUsed, Held, OperationDone, Released, StepDone, Worker,
};

impl Seen<'_> {
    /// The operations on an item, in the order they began, from the entries that touch it.
    pub(super) fn operations_done(&self, history: &[Entry]) -> Vec<OperationDone> {
        let mut done: Vec<OperationDone> = Vec::new();
        for entry in history {
            if let Act::StartWork(v) = &entry.fact {
                let version = v.master.as_ref().and_then(|hash| self.version(hash));
                let started = v.operation.as_ref().zip(version);
                done.extend(started.map(|(code, version)| begun(entry, code, version)));
                continue;
            }
            let Some(position) = domain::execution::subject(&entry.fact) else { continue };
            let of = done.iter_mut().find(|operation| operation.execution == position);
            if let Some(operation) = of {
                self.goes_on(operation, entry);
            }
        }
        done
    }

    fn goes_on(&self, operation: &mut OperationDone, entry: &Entry) {
        match &entry.fact {
            Act::Take(v) => self.take_done(operation, v, entry),
            Act::CloseStep(v) => {
                let at = entry.context.performed.to;
                let step = operation.steps.iter_mut().find(|step| step.code == v.step);
                if let Some(step) = step {
                    step.closed = Some(entry.position);
                    step.closed_at = Some(at);
                    step.refusals.clone_from(&v.refusals);
                }
                if v.completes.is_some() {
                    operation.completed = Some(at);
                }
            }
            Act::AbandonWork(_) => operation.abandoned = true,
            _ => {}
        }
    }

    fn take_done(&self, operation: &mut OperationDone, v: &Take<ItemId>, entry: &Entry) {
        let version = self.version(&operation.master.hash);
        let planned = version.and_then(|version| version.master.operation(&operation.operation));
        let step = planned.and_then(|planned| planned.step(&v.step));
        let capture = step.and_then(|(_, step)| step.capture(&v.capture));
        let asked = capture.map(|(_, capture)| capture.asks()).unwrap_or_default();
        let Some(step) = operation.steps.iter_mut().find(|step| step.code == v.step) else {
            return;
        };
        for old in &mut step.captures {
            old.counts &= Some(old.position) != v.instead_of;
        }
        let context = &entry.context;
        step.captures.push(CaptureDone {
            position: entry.position,
            code: v.capture.to_string(),
            asked,
            value: self.value_in_words(&v.value),
            good: v.good.unwrap_or(true),
            counts: true,
            instead_of: v.instead_of,
            why: v.reason.clone(),
            file: match &v.value {
                Value::File(file) => Some(file.clone()),
                Value::Scan(_)
                | Value::Measurement(_)
                | Value::Check(_)
                | Value::Choice(_)
                | Value::Text(_)
                | Value::Witness(_)
                | Value::Signature(_) => None,
            },
            by: context.performed_by.clone(),
            equipment: context.equipment.iter().map(ToString::to_string).collect(),
            performed: context.performed.to,
            received: entry.received,
            captured: context.captured.map(|captured| captured.at),
            mode: context.mode,
        });
    }
}

fn begun(entry: &Entry, code: &domain::OperationCode, version: &Version) -> OperationDone {
    let planned = version.master.operation(code);
    let steps = planned.into_iter().flat_map(|operation| &operation.steps);
    OperationDone {
        execution: entry.position,
        operation: code.clone(),
        title: planned.map_or_else(String::new, |operation| operation.title.clone()),
        master: MadeBy { hash: version.hash.clone(), name: version.name(), stage: version.stage },
        station: entry.context.station.clone(),
        person: entry.context.performed_by.clone(),
        started: entry.context.performed.from,
        completed: None,
        abandoned: false,
        steps: steps
            .map(|step| StepDone {
                code: step.code.clone(),
                text: step.text.clone(),
                picture: step.picture.clone(),
                expected_s: step.expected_s,
                captures: Vec::new(),
                closed: None,
                closed_at: None,
                refusals: Vec::new(),
            })
            .collect(),
    }
}

impl Held<'_> {
    /// The versions it was made by, each once, in order.
    pub(super) fn masters(&self) -> Vec<MadeBy> {
        let mut masters: Vec<MadeBy> = Vec::new();
        for operation in &self.operations {
            if !masters.contains(&operation.master) {
                masters.push(operation.master.clone());
            }
        }
        masters
    }

    /// The first and last moment something was done on it.
    pub(super) fn made(&self) -> Option<(Time, Time)> {
        let from = self.operations.iter().map(|operation| operation.started).min()?;
        let to = self.operations.iter().filter_map(|operation| operation.completed).max()?;
        Some((from, to))
    }

    /// Who worked on it, the busiest first.
    pub(super) fn persons(&self) -> Vec<Worker> {
        let mut count: BTreeMap<_, usize> = BTreeMap::new();
        for person in self.history.iter().filter_map(|entry| entry.context.performed_by.as_ref()) {
            let entries = count.entry(person.clone()).or_default();
            *entries = entries.saturating_add(1);
        }
        let mut persons: Vec<Worker> =
            count.into_iter().map(|(person, entries)| Worker { person, entries }).collect();
        persons.sort_by(|a, b| b.entries.cmp(&a.entries).then_with(|| a.person.cmp(&b.person)));
        persons
    }

    /// Equipment used on it, with the checks before and after.
    pub(super) fn equipment(&self) -> Vec<EquipmentUsed> {
        let mut used: BTreeMap<domain::EquipmentCode, (Time, Time)> = BTreeMap::new();
        let done = self.history.iter().filter(|entry| !matches!(entry.fact, Act::Refuse(_)));
        for entry in done {
            let performed = entry.context.performed;
            for code in &entry.context.equipment {
                let span = used.entry(code.clone()).or_insert((performed.from, performed.to));
                *span = (span.0.min(performed.from), span.1.max(performed.to));
            }
        }
        let checks = &self.seen.state.masters().checks;
        let found = |(code, (from, to)): (domain::EquipmentCode, (Time, Time))| {
            let all = checks.get(&code).map_or(&[][..], Vec::as_slice);
            let before = all.iter().rev().find(|check| check.performed.from <= from);
            let after = all.iter().find(|check| check.performed.from > to);
            EquipmentUsed {
                code: code.to_string(),
                from,
                to,
                good_before: before.map(|check| check.good),
                due: before.and_then(|check| check.due),
                good_after: after.map(|check| check.good),
            }
        };
        used.into_iter().map(found).collect()
    }

    /// What did not conform, the oldest first.
    pub(super) fn conformity(&self) -> Vec<Conformity> {
        let opened = self.history.iter().filter_map(|entry| match &entry.fact {
            Act::OpenNonconformance(v) => v.code.as_ref(),
            _ => None,
        });
        let all = &self.seen.state.floor().nonconformances;
        let found = opened.filter_map(|code| all.get(code)).map(|held| Conformity {
            code: held.code.clone(),
            description: held.description.clone(),
            opened: held.position,
            disposition: held.decided.map(|(disposition, _)| disposition.word().to_owned()),
            decided: held.decided.map(|(_, position)| position),
        });
        found.collect()
    }

    /// Its releases, the last one last.
    pub(super) fn releases(&self) -> Vec<Released> {
        let item = self.seen.item(self.index);
        let last = item.and_then(|item| item.passed.released());
        let stands = item.is_some_and(domain::item::ItemState::is_released);
        let found = self.history.iter().filter_map(|entry| match &entry.fact {
            Act::Release(v) => Some(Released {
                position: entry.position,
                by: entry.context.performed_by.clone(),
                at: entry.context.performed.to,
                record: v.record.clone(),
                stands: stands && Some(entry.position) == last,
                known_at: v.known_at,
            }),
            _ => None,
        });
        found.collect()
    }
}
