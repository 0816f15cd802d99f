//! Things put together, taken apart, tied to orders, turned into others.

use super::draft::{Birth, Draft, Item};
use super::name::{Nature, Role, code, part_name};
use super::object::{make, readings, reason, step, worked};
use super::planner::{Named, Planner, Telling, cut, order_code, transaction};
use super::{Away, Inside};
use crate::document::event::Action;
use crate::document::{Code, Problem};
use crate::identifier::{Identifier, Key};
use alloc::format;
use alloc::vec::Vec;
use domain::act::{
    Act, Assign, ITEMS_PER_ACT_MAX, Install, Kind, Move, Pack, Packed, Portion, Remove, RemovedTo,
    Transform, Unpack, Worked,
};
use domain::{OperationCode, RunCode};

impl Planner<'_> {
    pub(super) fn aggregation(
        &mut self,
        action: Action,
        parent: Option<&Identifier>,
        children: Vec<Named>,
    ) -> Result<(), Problem> {
        let mut container = self.container(parent)?;
        let Some(parent) = container.first().map(|parent| parent.nature.clone()) else {
            return self.seen(&children, Birth::Implied);
        };
        not_in_itself(&parent, &children)?;
        let elsewhere = self.are_elsewhere(&container) || self.are_elsewhere(&children);
        let known = self.plant.item(&parent.called);
        let is_container = known.map_or(parent.kind, |seen| seen.kind).is_container();
        let has_amounts = children.iter().any(|child| child.amount.is_some());
        match action {
            Action::Observe => {
                container.extend(children);
                self.seen(&container, Birth::Implied)
            }
            Action::Add | Action::Delete if !is_container => self.fit(action, &parent, &children),
            Action::Delete if children.is_empty() && elsewhere => {
                self.seen(&container, Birth::Implied)
            }
            Action::Delete if children.is_empty() => self.empty(&parent),
            // Whoever has them packs and unpacks as they like: to us they stay where they went. It
            // is cut as what we pack is, so that it is known again once they are back.
            Action::Add | Action::Delete if elsewhere => {
                let with = |piece: &[Named]| [&container[..], piece].concat();
                let pieces = cut(&children, has_amounts).into_iter().map(with);
                let mut pieces = pieces.collect::<Vec<_>>().into_iter();
                pieces.try_for_each(|piece| self.seen_together(&piece, Birth::Implied))
            }
            Action::Add => cut(&children, has_amounts).into_iter().try_for_each(|piece| {
                self.command(|draft, telling| pack(draft, telling, &parent, piece))
            }),
            Action::Delete => {
                let inside = self.plant.packed(&parent.called);
                cut(&children, has_amounts).into_iter().try_for_each(|piece| {
                    self.command(|draft, telling| unpack(draft, telling, &parent, piece, &inside))
                })
            }
        }
    }

    /// Whether some party has any of these things.
    fn are_elsewhere(&self, named: &[Named]) -> bool {
        named.iter().any(|one| {
            let seen = self.plant.item(&one.nature.called);
            seen.is_some_and(|seen| matches!(seen.away, Some(Away::With(_))))
        })
    }

    pub(super) fn association(
        &mut self,
        action: Action,
        parent: &Identifier,
        children: Vec<Named>,
    ) -> Result<(), Problem> {
        let nature = Nature::of(parent, Role::Thing, "/parentID")?;
        not_in_itself(&nature, &children)?;
        match (action, parent.key()) {
            (Action::Add, Key::Gln) => cut(&children, false).into_iter().try_for_each(|piece| {
                self.command(|draft, telling| settle(draft, telling, &nature, piece))
            }),
            (Action::Observe | Action::Delete, Key::Gln) if !children.is_empty() => {
                self.seen(&children, Birth::Implied)
            }
            (Action::Add | Action::Delete, _) => self.fit(action, &nature, &children),
            (Action::Observe, _) => {
                let mut named = Vec::from([Named { nature, amount: None, lot: None }]);
                named.extend(children);
                self.seen(&named, Birth::Implied)
            }
        }
    }

    /// Installs things in a parent, or removes these or all of them.
    fn fit(&mut self, action: Action, parent: &Nature, children: &[Named]) -> Result<(), Problem> {
        if action == Action::Delete && children.is_empty() {
            let installed = self.plant.installed(&parent.called);
            return self.command(|draft, telling| {
                let inside: Vec<_> = installed
                    .iter()
                    .map(|portion| (Item::Id(portion.item), portion.quantity))
                    .map(|(item, quantity)| Worked { item, slot: None, quantity })
                    .collect();
                take_out(draft, telling, parent, &inside);
                Ok(())
            });
        }
        let apply = if action == Action::Add { build_in } else { take_out };
        cut(children, true).into_iter().try_for_each(|piece| {
            self.command(|draft, telling| {
                let items = worked(draft, piece, Birth::Implied);
                apply(draft, telling, parent, &items);
                Ok(())
            })
        })
    }

    /// Takes all there is out of a container. It is one command: what is in there depends on what
    /// was taken out before, so it must not be cut.
    fn empty(&mut self, container: &Nature) -> Result<(), Problem> {
        let packed = self.plant.packed(&container.called);
        self.command(|draft, telling| {
            let container = draft.thing(container, None, Birth::Implied);
            let whole = Worked { item: container, slot: None, quantity: None };
            if packed.is_empty() {
                step(draft, telling, &[whole]);
                return Ok(());
            }
            readings(draft, telling, &[whole]);
            for items in packed.chunks(ITEMS_PER_ACT_MAX) {
                let items = items.iter().map(|inside| Item::Id(inside.item)).collect();
                draft.push(Act::Unpack(Unpack { container, items }));
            }
            Ok(())
        })
    }

    pub(super) fn transaction(&mut self, action: Action, named: Vec<Named>) -> Result<(), Problem> {
        let event = self.telling.event;
        let order = transaction(event, &["po"]).map(order_code).transpose()?;
        let production_order = transaction(event, &["prodorder"]).map(order_code).transpose()?;
        let named = if named.is_empty() { self.subjects()? } else { named };
        if action != Action::Add || (order.is_none() && production_order.is_none()) {
            return self.seen(&named, Birth::Implied);
        }
        for piece in cut(&named, false) {
            self.command(|draft, telling| {
                let items = worked(draft, piece, Birth::Implied);
                readings(draft, telling, &items);
                draft.push(Act::Assign(Assign {
                    items: items.into_iter().map(|worked| worked.item).collect(),
                    order: order.clone(),
                    production_order: production_order.clone(),
                    lot: None,
                }));
                Ok(())
            })?;
        }
        Ok(())
    }

    pub(super) fn transformation(
        &mut self,
        id: Option<&str>,
        mut inputs: Vec<Named>,
        outputs: &[Named],
    ) -> Result<(), Problem> {
        let run = id.map(|id| code("/transformationID", id, RunCode::new)).transpose()?;
        // What comes out as what it went in as was worked on, not used up.
        inputs.retain(|input| {
            outputs.iter().all(|output| output.nature.called != input.nature.called)
        });
        if inputs.is_empty() && run.is_none() {
            return self.seen(outputs, Birth::Made);
        }
        let step = super::planner::business_step(self.telling.event);
        let operation = step.map(|step| code("/bizStep", step, OperationCode::new)).transpose()?;
        let whole: Vec<Named> = inputs.iter().chain(outputs).cloned().collect();
        if run.is_some() && (inputs.is_empty() || outputs.is_empty()) {
            // One side of a run is told in as many facts as it needs: they belong together.
            let input_count_max = if outputs.is_empty() { usize::MAX } else { 0 };
            return cut(&whole, false).into_iter().try_for_each(|piece| {
                let (ins, outs) = piece.split_at(piece.len().min(input_count_max));
                self.transform(ins, outs, operation.clone(), run.clone())
            });
        }
        if cut(&whole, false).len() > 1 {
            let message = format!("{} inputs and outputs in one event", whole.len());
            return Err(Problem::at("", Code::TooManyThings, message));
        }
        self.transform(&inputs, outputs, operation, run)
    }

    fn transform(
        &mut self,
        inputs: &[Named],
        outputs: &[Named],
        operation: Option<OperationCode>,
        run: Option<RunCode>,
    ) -> Result<(), Problem> {
        self.command(|draft, telling| {
            let inputs = worked(draft, inputs, Birth::Implied);
            let made = if outputs.is_empty() {
                readings(draft, telling, &inputs);
                Vec::new()
            } else {
                make(draft, telling, outputs)
            };
            let portions = inputs.into_iter();
            let inputs = portions.map(|w| Portion { item: w.item, quantity: w.quantity }).collect();
            let outputs = made.into_iter().map(|w| w.item).collect();
            draft.push(Act::Transform(Transform { inputs, outputs, operation, run }));
            Ok(())
        })
    }
}

fn not_in_itself(parent: &Nature, children: &[Named]) -> Result<(), Problem> {
    if children.iter().any(|child| child.nature.called == parent.called) {
        let message = format!("{} is its own child", parent.called.value);
        return Err(Problem::at("/parentID", Code::InItself, message));
    }
    Ok(())
}

/// Packs things; a quantity of a lot becomes a lot of its own first.
fn pack(
    draft: &mut Draft<'_>,
    telling: &Telling<'_>,
    parent: &Nature,
    children: &[Named],
) -> Result<(), Problem> {
    let container = draft.thing(parent, None, Birth::Implied);
    let mut items = Vec::new();
    for child in children {
        items.push(match child.amount {
            Some(amount) => draft.part_in(&child.nature, amount, parent)?,
            None => draft.thing(&child.nature, None, Birth::Implied),
        });
    }
    let mut all = Vec::from([Worked { item: container, slot: None, quantity: None }]);
    all.extend(items.iter().map(|item| Worked { item: *item, slot: None, quantity: None }));
    readings(draft, telling, &all);
    let items = items.into_iter().map(|item| Packed { item, slot: None }).collect();
    draft.push(Act::Pack(Pack { container, items }));
    Ok(())
}

/// Unpacks things; of a lot, the parts that are in the container.
fn unpack(
    draft: &mut Draft<'_>,
    telling: &Telling<'_>,
    parent: &Nature,
    children: &[Named],
    inside: &[Inside],
) -> Result<(), Problem> {
    let container = draft.thing(parent, None, Birth::Implied);
    let mut items = Vec::new();
    for child in children {
        let parts = parts_of(&child.nature, parent, inside)?;
        if parts.is_empty() {
            items.push(draft.thing(&child.nature, child.amount, Birth::Implied));
        }
        items.extend(parts);
    }
    readings(draft, telling, &[Worked { item: container, slot: None, quantity: None }]);
    for items in items.chunks(ITEMS_PER_ACT_MAX) {
        draft.push(Act::Unpack(Unpack { container, items: items.to_vec() }));
    }
    Ok(())
}

/// The parts of a lot that are in a container.
fn parts_of(lot: &Nature, container: &Nature, inside: &[Inside]) -> Result<Vec<Item>, Problem> {
    if lot.kind != Kind::Lot {
        return Ok(Vec::new());
    }
    let part = part_name(&lot.called, &container.called, None)?;
    let is_part = |name: &domain::Identifier| {
        let rest = name.value.strip_prefix(part.value.as_str());
        let fits = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'));
        fits && name.scheme == part.scheme
    };
    let parts = inside.iter().filter(|inside| inside.called.iter().any(is_part));
    Ok(parts.map(|inside| Item::Id(inside.item)).collect())
}

fn build_in(draft: &mut Draft<'_>, telling: &Telling<'_>, parent: &Nature, items: &[Worked<Item>]) {
    let parent = draft.thing(parent, None, Birth::Implied);
    let whole = Worked { item: parent, slot: None, quantity: None };
    readings(draft, telling, &[whole]);
    for Worked { item: component, quantity, .. } in items.iter().cloned() {
        draft.push(Act::Install(Install { parent, component, quantity, designator: None }));
    }
}

fn take_out(draft: &mut Draft<'_>, telling: &Telling<'_>, parent: &Nature, items: &[Worked<Item>]) {
    let parent = draft.thing(parent, None, Birth::Implied);
    let whole = Worked { item: parent, slot: None, quantity: None };
    if items.is_empty() {
        step(draft, telling, &[whole]);
        return;
    }
    readings(draft, telling, &[whole]);
    for Worked { item: component, quantity, .. } in items.iter().cloned() {
        let (to, reason) = (RemovedTo::Stock, reason(telling.event));
        draft.push(Act::Remove(Remove { parent, component, quantity, to, reason }));
    }
}

/// Things were put in a place to stay there.
fn settle(
    draft: &mut Draft<'_>,
    telling: &Telling<'_>,
    place: &Nature,
    children: &[Named],
) -> Result<(), Problem> {
    let items = worked(draft, children, Birth::Implied);
    readings(draft, telling, &items);
    draft.push(Act::Move(Move {
        items: items.into_iter().map(|worked| worked.item).collect(),
        place: code("/parentID", &place.called.value, domain::PlaceCode::new)?,
    }));
    Ok(())
}
