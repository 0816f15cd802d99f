//! Fills in what the caller left to the books, so that the fact says it by itself for ever.

use alloc::format;
use alloc::vec::Vec;

use super::{Facts, material::lines};
use crate::act::{Act, Consume, Draw, Fact, Kind, Outcome, Portion, Step, either};
use crate::command::Context;
use crate::noun::{Amount, ItemId, UnitOfMeasure};
use crate::rejection::{Code, Finding};

/// The fact with whole quantities, base units, boards of panels and draws written out.
///
/// Errors: [`Code::WrongUnit`] if a unit of measure has no exact conversion.
pub fn prepare(fact: Fact, context: &Context, facts: &impl Facts) -> Result<Fact, Finding> {
    Ok(match fact {
        Act::Merge(mut v) => {
            whole(&mut v.lots, facts);
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
        Act::Ship(mut v) => {
            for line in &mut v.lines {
                line.quantity = line.quantity.or_else(|| all_of(line.item, facts));
            }
            Act::Ship(v)
        }
        Act::ReceiveBack(mut v) => {
            for portion in &mut v.items {
                let out = |id| facts.item(id).filter(|state| state.kind == Kind::Lot);
                portion.quantity = portion
                    .quantity
                    .or_else(|| out(portion.item).map(|state| state.book.balance().shipped));
            }
            Act::ReceiveBack(v)
        }
        Act::Consume(v) => Act::Consume(in_base_unit(v, facts)?),
        Act::Step(v) => Act::Step(step(v, context, facts)),
        either!(
            parties,
            definitions,
            labels,
            fittings,
            loadings,
            decisions,
            notes,
            Create,
            Receive,
            Assign,
            Inspect,
            Split,
            Count,
            Pack,
            Unpack,
            Move
        ) => fact,
    })
}

/// All that is left of a lot; nothing to say for what is no lot.
fn all_of(item: ItemId, facts: &impl Facts) -> Option<Amount> {
    facts.item(item).filter(|state| state.kind == Kind::Lot).map(super::ItemState::on_hand)
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
