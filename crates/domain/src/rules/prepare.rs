//! Fills in what the caller left to the books, so that the fact says it by itself for ever.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::moved::{away, away_for};
use super::{Facts, capture, conformity, deep, material::lines, serial, start};
use crate::act::{
    Act, Consume, Draw, Fact, Inherited, InheritedWork, Inspect, Kind, Origin, Outcome,
    PassedOperation, Portion, Purpose, ReceiveBack, Ship, ShipmentLine, Step, either,
};
use crate::command::Context;
use crate::instruction::MasterHash;
use crate::item::{Acceptance, ItemState};
use crate::noun::{Amount, ItemId, Part, Time, UnitOfMeasure};
use crate::rejection::{Code, Finding};

/// The fact with whole quantities, base units, boards of panels, draws, what new lots take over
/// and until when they may be used written out.
///
/// Errors: [`Code::WrongUnit`] if a unit of measure has no exact conversion.
pub fn prepare(fact: Fact, context: &Context, facts: &impl Facts) -> Result<Fact, Finding> {
    Ok(match fact {
        Act::Create(mut v) => {
            let made = v.origin == Origin::Made && v.kind == Kind::Lot;
            let since = made.then_some(context.performed.from);
            v.expires = v.expires.or_else(|| shelf_life(v.part.as_ref(), since, facts));
            Act::Create(v)
        }
        Act::Receive(mut v) => {
            v.expires = v.expires.or_else(|| shelf_life(Some(&v.part), v.made, facts));
            Act::Receive(v)
        }
        Act::Inspect(v) => Act::Inspect(inspect(v, facts)),
        Act::Split(mut v) => {
            v.inherited = facts.item(v.lot).map(|lot| inherited(lot, lot.verdict()));
            Act::Split(v)
        }
        Act::Merge(mut v) => {
            whole(&mut v.lots, facts);
            v.inherited = merged(&v.lots, facts);
            Act::Merge(v)
        }
        Act::Transform(mut v) => {
            whole(&mut v.inputs, facts);
            Act::Transform(v)
        }
        Act::Sample(mut v) => {
            v.quantity = v.quantity.or_else(|| all_of(v.item, facts));
            Act::Sample(v)
        }
        Act::Scrap(mut v) => {
            v.quantity = v.quantity.or_else(|| all_of(v.item, facts));
            Act::Scrap(v)
        }
        Act::Ship(v) => Act::Ship(ship(v, facts)),
        Act::ReceiveBack(v) => Act::ReceiveBack(receive_back(v, facts)),
        Act::Consume(v) => Act::Consume(in_base_unit(v, facts)?),
        Act::Step(v) => Act::Step(step(v, context, facts)),
        Act::StartWork(v) => Act::StartWork(start::prepared(v, facts)),
        Act::AssignMaster(v) => Act::AssignMaster(start::moved(v, facts)),
        Act::IssueSerials(v) => Act::IssueSerials(serial::prepared(v, facts)),
        Act::Take(v) => Act::Take(capture::taken(v, facts)),
        Act::CloseStep(v) => Act::CloseStep(capture::closed(v, facts)),
        Act::OpenNonconformance(v) => Act::OpenNonconformance(conformity::coded(v, facts)),
        Act::Dispose(v) => Act::Dispose(conformity::disposed(v, facts)),
        either!(
            parties DefineMaterial DefineBom DefinePlace DefineWorkCenter DefineStation
            DefineEquipment DefineOrder DefineSchema CheckEquipment PlanOrder ReleaseOrder
            SplitOrder CloseOrder DefineRange VoidSerials labels fittings loadings decisions notes
            masters Assign Count Pack Unpack Move PauseWork ResumeWork AbandonWork Deviate Release
        ) => fact,
    })
}

/// Until when a lot made at a moment may be used, if its part says so.
fn shelf_life(part: Option<&Part>, made: Option<Time>, facts: &impl Facts) -> Option<Time> {
    const DAY_US: i64 = 86_400_000_000;
    let days = i64::from(facts.material(part?)?.shelf_life_days?);
    Some(Time(made?.0.saturating_add(days.saturating_mul(DAY_US))))
}

/// What is found good of a lot that was judged before is what came back of it since.
fn inspect(mut v: Inspect<ItemId>, facts: &impl Facts) -> Inspect<ItemId> {
    let Some(lot) = facts.item(v.item).filter(|state| state.kind == Kind::Lot) else { return v };
    let back = lot.book.unjudged_return();
    let judged = !matches!(lot.verdict(), Acceptance::Quarantine);
    v.returned = judged && back.is_positive();
    if v.returned && v.accepted.is_none() {
        let good = back.minus(v.rejected.unwrap_or_default());
        v.accepted = Some(good.max(Amount::ZERO));
    }
    v
}

fn inherited(lot: &ItemState, acceptance: Acceptance) -> Inherited {
    Inherited {
        part: lot.part.value.clone(),
        supplier: lot.supplier.clone(),
        expires: lot.expires,
        acceptance,
        work: lot.passed.inheritance(lot.is_released()),
    }
}

/// What a joined lot takes over: what its lots have in common, the earliest end of use, and the
/// worst judgement on what was taken of them.
fn merged(lots: &[Portion<ItemId>], facts: &impl Facts) -> Option<Inherited> {
    let of = |portion: &Portion<ItemId>| {
        let lot = facts.item(portion.item)?;
        let fit = portion.quantity.is_some_and(|quantity| quantity <= lot.usable());
        let verdict = match lot.verdict() {
            Acceptance::Quarantine if fit => Acceptance::Accepted,
            said @ (Acceptance::NotNeeded
            | Acceptance::Accepted
            | Acceptance::Quarantine
            | Acceptance::Rejected) => said,
        };
        Some(inherited(lot, verdict))
    };
    lots.iter().filter_map(of).reduce(|one, other| Inherited {
        part: one.part.filter(|part| other.part.as_ref() == Some(part)),
        supplier: one.supplier.filter(|supplier| other.supplier.as_ref() == Some(supplier)),
        expires: one.expires.into_iter().chain(other.expires).min(),
        acceptance: one.acceptance.max(other.acceptance),
        work: in_common(one.work, other.work, facts),
    })
}

/// What was done on both of two lots. A release is of one record, and not of both.
fn in_common(
    one: Option<Box<InheritedWork>>,
    other: Option<Box<InheritedWork>>,
    facts: &impl Facts,
) -> Option<Box<InheritedWork>> {
    let (mut one, other) = one.zip(other)?;
    let master = |hash: &MasterHash| Some(facts.version(hash)?.master.code.clone());
    one.passed.retain(|passed| {
        let same = |done: &PassedOperation| {
            done.operation == passed.operation && master(&done.master) == master(&passed.master)
        };
        other.passed.iter().any(same)
    });
    one.moved.retain(|moved| other.moved.contains(moved));
    one.released = one.released.filter(|released| other.released.as_ref() == Some(released));
    Some(one)
}

/// A container goes with all in it: the lots in it are lines of their own, for their books.
fn ship(mut v: Ship<ItemId>, facts: &impl Facts) -> Ship<ItemId> {
    let mut inner = Vec::new();
    for line in v.lines.iter().filter(|_| v.purpose != Purpose::Subcontract) {
        deep(line.item, facts, &mut |item| inner.push((item, line.line.clone())));
    }
    let is_sent_on = v.sender.is_some();
    let all = |item| if is_sent_on { all_out(item, facts) } else { all_of(item, facts) };
    for (item, line) in inner {
        if all(item).is_some() && v.lines.iter().all(|line| line.item != item) {
            v.lines.push(ShipmentLine { item, quantity: None, line });
        }
    }
    for line in &mut v.lines {
        line.quantity = line.quantity.or_else(|| all(line.item));
    }
    v
}

/// All of a lot that was delivered.
fn all_out(item: ItemId, facts: &impl Facts) -> Option<Amount> {
    let lot = facts.item(item).filter(|state| state.kind == Kind::Lot)?;
    Some(away(lot, Purpose::Delivery)).filter(|out| out.is_positive())
}

fn receive_back(mut v: ReceiveBack<ItemId>, facts: &impl Facts) -> ReceiveBack<ItemId> {
    let left_for = |portion: &Portion<ItemId>| away_for(portion.item, facts);
    let purpose = v.purpose.or_else(|| v.items.iter().find_map(left_for)).unwrap_or_default();
    v.purpose = Some(purpose);
    let out = |item| {
        let lot = facts.item(item).filter(|state| state.kind == Kind::Lot)?;
        Some(away(lot, purpose)).filter(|out| out.is_positive())
    };
    let mut inner = Vec::new();
    for portion in v.items.iter().filter(|_| purpose != Purpose::Subcontract) {
        deep(portion.item, facts, &mut |item| inner.push(item));
    }
    for item in inner {
        if out(item).is_some() && v.items.iter().all(|portion| portion.item != item) {
            v.items.push(Portion { item, quantity: None });
        }
    }
    for portion in &mut v.items {
        portion.quantity = portion.quantity.or_else(|| out(portion.item));
    }
    v
}

/// All that is left of a lot; nothing to say for what is no lot, or where nothing is left.
fn all_of(item: ItemId, facts: &impl Facts) -> Option<Amount> {
    let lot = facts.item(item).filter(|state| state.kind == Kind::Lot)?;
    Some(lot.on_hand()).filter(|here| here.is_positive())
}

fn whole(portions: &mut [Portion<ItemId>], facts: &impl Facts) {
    for portion in portions {
        portion.quantity = portion.quantity.or_else(|| all_of(portion.item, facts));
    }
}

fn in_base_unit(v: Consume<ItemId>, facts: &impl Facts) -> Result<Consume<ItemId>, Finding> {
    let Some(unit) = &v.unit else { return Ok(v) };
    let part = v.from.first().and_then(|lot| facts.item(*lot)).and_then(|s| s.part.value.clone());
    let Some(material) = part.as_ref().and_then(|part| facts.material(part)) else {
        // Without a definition the unit given is all that is known.
        return Ok(v);
    };
    let factor = factor(unit, &material.base_unit, material).ok_or_else(|| {
        Finding::malformed(
            Code::WrongUnit,
            format!(
                "{} has no exact conversion from {unit} to {}",
                material.part, material.base_unit
            ),
            "give the quantity in the base unit, or define the conversion",
        )
    })?;
    Ok(Consume { quantity: v.quantity.times(factor), unit: Some(material.base_unit.clone()), ..v })
}

fn factor(
    unit: &UnitOfMeasure,
    base: &UnitOfMeasure,
    material: &crate::noun::MaterialDefinition,
) -> Option<Amount> {
    if unit == base {
        return Some(Amount::ONE);
    }
    material.conversions.iter().find(|conversion| conversion.unit == *unit).map(|c| c.factor)
}

fn step(mut v: Step<ItemId>, context: &Context, facts: &impl Facts) -> Step<ItemId> {
    let panels: Vec<ItemId> = v
        .items
        .iter()
        .map(|worked| worked.item)
        .filter(|id| facts.item(*id).is_some_and(|state| state.kind == Kind::Panel))
        .collect();
    for panel in panels {
        for board in facts.contents(panel) {
            if !v.covers.contains(&board) {
                v.covers.push(board);
            }
        }
    }
    let failed = v.measures.iter().any(|measure| !measure.in_limits());
    if failed && v.outcome == Outcome::Done {
        v.outcome = Outcome::Fail;
    }
    if v.backflush && v.draws.is_empty() {
        v.draws = draws(&v, context, facts);
    }
    v
}

/// What one item takes at this operation by its bill of material, from what is loaded.
fn draws(v: &Step<ItemId>, context: &Context, facts: &impl Facts) -> Vec<Draw> {
    let part = v
        .items
        .first()
        .and_then(|worked| facts.item(worked.item))
        .and_then(|state| state.part.value.clone());
    let Some(lines) = part.and_then(|part| lines(&part, facts)) else { return Vec::new() };
    lines
        .iter()
        .filter(|line| line.operation.as_ref() == Some(&v.operation))
        .map(|line| {
            let alternates = line
                .alternates
                .iter()
                .filter(|alternate| {
                    alternate.effective.is_none_or(|window| window.overlaps(&context.performed))
                })
                .map(|alternate| alternate.part.clone());
            Draw {
                parts: core::iter::once(line.part.clone()).chain(alternates).collect(),
                quantity: line.quantity,
                slot: None,
            }
        })
        .collect()
}
