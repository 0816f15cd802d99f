//! What follows from a fact by itself: the installation a scan is, the step a completed operation
//! is, the hold of a nonconformance. Each meets its own rules and becomes an entry of its own, so
//! everything that reads facts knows them without knowing work masters.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::capture::{done, on, portion};
use super::{Facts, order};
use crate::act::{
    AbandonWork, Act, ActivateMaster, Dispose, Disposition, Fact, Hold, Install, Lift,
    OpenNonconformance, Remove, RemovedTo, RetireMaster, Take, Taking, Value, either,
};
use crate::execution;
use crate::instruction::{Capture, MasterHash, limits};
use crate::noun::{HoldCode, ItemId, NonconformanceCode, Position};
use crate::start::Start;

/// The facts that follow from one that is about to be taken in at `position`, in order.
///
/// Shape: asked before the state takes in the fact itself.
#[must_use]
pub fn follow(fact: &Fact, position: Position, facts: &impl Facts) -> Vec<Fact> {
    match fact {
        Act::ActivateMaster(v) => superseded(v, facts),
        Act::Take(v) => taken(v, position, facts),
        Act::CloseStep(v) if v.completes.is_some() => {
            done(v.execution, facts).map(Act::Step).into_iter().collect()
        }
        Act::OpenNonconformance(v) => held(v).into_iter().collect(),
        Act::Dispose(v) => decided(v, facts),
        Act::Assign(v) => order::follows_assignment(v, facts).into_iter().collect(),
        Act::SplitOrder(v) => order::follows_split(v).into_iter().collect(),
        either!(
            parties DefineMaterial DefineBom DefinePlace DefineWorkCenter DefineStation
            DefineEquipment DefineOrder DefineSchema CheckEquipment PlanOrder ReleaseOrder
            CloseOrder DefineRange IssueSerials VoidSerials labels quantities fittings loadings
            moves decisions notes ProposeMaster ApproveMaster RejectMaster RetireMaster Acknowledge
            Qualify AssignMaster StartWork CloseStep PauseWork ResumeWork AbandonWork Deviate
            Release Create Receive Split Merge Step Consume Transform
        ) => Vec::new(),
    }
}

/// The version that admitted a fact, where one did.
#[must_use]
pub fn obeyed(fact: &Fact, facts: &impl Facts) -> Option<MasterHash> {
    if let Act::StartWork(v) = fact {
        return v.master.clone();
    }
    let execution = facts.execution(execution::subject(fact)?)?;
    Some(execution.master.clone())
}

/// The version that was effective until now.
fn superseded(v: &ActivateMaster, facts: &impl Facts) -> Vec<Fact> {
    let Some(new) = facts.version(&v.master) else { return Vec::new() };
    // Another revision of the part goes on being made by its own version.
    let old = facts.versions_of(&new.master.code).into_iter().filter(|version| {
        version.stage == crate::instruction::Stage::Effective
            && version.hash != v.master
            && version.master.part == new.master.part
    });
    old.map(|old| {
        Act::RetireMaster(RetireMaster {
            master: old.hash.clone(),
            reason: format!("superseded by {}", new.name()),
            successor: Some(v.master.clone()),
        })
    })
    .collect()
}

fn taken(v: &Take<ItemId>, position: Position, facts: &impl Facts) -> Vec<Fact> {
    let Some(execution) = facts.execution(v.execution) else { return Vec::new() };
    let version = facts.version(&execution.master);
    let operation = version.and_then(|version| version.master.operation(&execution.operation));
    let step = operation.and_then(|operation| operation.step(&v.step));
    let Some((_, capture)) = step.and_then(|(_, step)| step.capture(&v.capture)) else {
        return Vec::new();
    };
    let items = on(v.item, execution);
    let mut facts_after = Vec::new();
    if let Some(old) = execution.taken.iter().find(|taken| Some(taken.position) == v.instead_of) {
        let own = Take { item: old.item, value: old.value.clone(), ..v.clone() };
        let own = fitted(&own, capture, &items, facts).len();
        facts_after.extend(undone(v, old.position, (&items, own), facts));
    }
    facts_after.extend(fitted(v, capture, &items, facts));
    if v.good == Some(false) && execution.exhausts(&v.step, capture, &items) {
        let code = None;
        let description = described(v, capture);
        let capture = Some(position);
        facts_after.push(Act::OpenNonconformance(OpenNonconformance {
            code,
            items,
            description,
            capture,
        }));
    }
    facts_after
}

/// What a scan puts in or takes out.
fn fitted(v: &Take<ItemId>, capture: &Capture, items: &[ItemId], facts: &impl Facts) -> Vec<Fact> {
    let Value::Scan(scanned) = &v.value else { return Vec::new() };
    let component = scanned.item;
    match capture {
        Capture::Scan(_) if scanned.kept => Vec::new(),
        Capture::Scan(demand) => {
            let put_in = items.iter().flat_map(|parent| {
                let quantity = portion(component, *parent, demand.quantity, facts);
                let out = scanned.replaces.as_ref().map(|old| {
                    let quantity = portion(old.item, *parent, demand.quantity, facts);
                    let (parent, component) = (*parent, old.item);
                    let (to, reason) = (old.to, old.reason.clone());
                    Act::Remove(Remove { parent, component, quantity, to, reason })
                });
                let designator = demand.designator.clone();
                let into = Install { parent: *parent, component, quantity, designator };
                out.into_iter().chain([Act::Install(into)])
            });
            put_in.collect()
        }
        Capture::Remove(demand) => {
            let reason = v.reason.clone().unwrap_or_else(|| capture.asks());
            let out = items.iter().map(|parent| {
                let quantity = portion(component, *parent, demand.quantity, facts);
                let (to, reason) = (demand.to, reason.clone());
                Act::Remove(Remove { parent: *parent, component, quantity, to, reason })
            });
            out.collect()
        }
        Capture::Measurement(_)
        | Capture::Check(_)
        | Capture::Choice(_)
        | Capture::Text(_)
        | Capture::File(_)
        | Capture::Witness(_)
        | Capture::Signature(_) => Vec::new(),
    }
}

/// Takes back the moves of a scan on these items, which are the last `own` that followed it: what
/// went in comes out, and the other way round. What went into an item that has left the work since
/// stays where it is.
fn undone(
    v: &Take<ItemId>,
    scan: Position,
    (items, own): (&[ItemId], usize),
    facts: &impl Facts,
) -> Vec<Fact> {
    let followed: Vec<Fact> = core::iter::successors(Some(scan.next()), |at| Some(at.next()))
        .map_while(|at| facts.entry(at))
        .take_while(|entry| entry.context.follows.is_some())
        .filter(|entry| entry.context.follows == Some(scan))
        .map(|entry| entry.fact)
        .collect();
    let back = |fact| {
        if let Act::Install(put_in) = fact {
            return items.contains(&put_in.parent).then(|| {
                Act::Remove(Remove {
                    parent: put_in.parent,
                    component: put_in.component,
                    quantity: put_in.quantity,
                    to: RemovedTo::Stock,
                    reason: v.reason.clone().unwrap_or_default(),
                })
            });
        }
        let Act::Remove(taken_out) = fact else { return None };
        items.contains(&taken_out.parent).then_some(Act::Install(Install {
            parent: taken_out.parent,
            component: taken_out.component,
            quantity: taken_out.quantity,
            designator: None,
        }))
    };
    followed.into_iter().filter_map(back).rev().take(own).collect()
}

/// What was out of limits, in words.
fn described(v: &Take<ItemId>, capture: &Capture) -> String {
    let what = match (&v.value, capture) {
        (Value::Measurement(measured), Capture::Measurement(demand)) => {
            let (value, unit) = (measured.value, &measured.unit);
            format!("{} is {value} {unit}{}", v.capture, limits(demand).replace(", ", ", not "))
        }
        (Value::Choice(chosen), _) => format!("{} is {}", v.capture, chosen.choice),
        _ => format!("{} is not so: {}", v.capture, capture.asks()),
    };
    format!("step {}: {what}", v.step)
}

/// The hold of a nonconformance, which has its code.
fn held(v: &OpenNonconformance<ItemId>) -> Option<Fact> {
    Some(Act::Hold(Hold {
        code: hold_of(v.code.as_ref()?)?,
        on: v.items.iter().map(|item| Start::Item { item: *item }).collect(),
        spreads: true,
        reason: v.description.clone(),
        found: Vec::new(),
    }))
}

fn hold_of(code: &NonconformanceCode) -> Option<HoldCode> {
    HoldCode::new(code.as_str()).ok()
}

/// The hold ends; what is scrapped is scrapped, and work that cannot go on is ended.
fn decided(v: &Dispose<ItemId>, facts: &impl Facts) -> Vec<Fact> {
    let mut after = Vec::new();
    let reason = format!("{}: {}", v.disposition.word(), v.reason);
    // What goes back to its supplier stays on hold until it is gone.
    let hold = hold_of(&v.nonconformance)
        .filter(|hold| v.disposition != Disposition::Return && facts.hold(hold) == Some(true));
    after.extend(hold.map(|code| Act::Lift(Lift { code, reason: reason.clone() })));
    let ends =
        v.back_to.is_some() || matches!(v.disposition, Disposition::Scrap | Disposition::Return);
    if ends {
        let left = left(&v.items, facts).into_iter();
        after.extend(left.map(|(execution, items)| {
            Act::AbandonWork(AbandonWork { execution, items, reason: reason.clone() })
        }));
    }
    if v.disposition == Disposition::Scrap {
        let scrapped = v
            .items
            .iter()
            .map(|item| Act::Scrap(Taking { item: *item, quantity: None, reason: reason.clone() }));
        after.extend(scrapped);
    }
    after
}

/// The executions that items are in, and which of them leave each; none named: it ends.
fn left(items: &[ItemId], facts: &impl Facts) -> BTreeMap<Position, Vec<ItemId>> {
    let mut left: BTreeMap<Position, Vec<ItemId>> = BTreeMap::new();
    for item in items {
        let open = facts.item(*item).into_iter().flat_map(|state| state.passed.all_open());
        open.for_each(|execution| left.entry(execution).or_default().push(*item));
    }
    for (execution, leaving) in &mut left {
        let stays = |item: ItemId| !leaving.contains(&item);
        if !facts.execution(*execution).is_some_and(|work| work.item_ids().any(stays)) {
            leaving.clear();
        }
    }
    left
}
