//! The same act pointing at items in another way.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{
    AbandonWork, Act, Amendment, Assign, AssignMaster, ChangePart, Clear, Consume, Correct, Count,
    Create, Describe, Deviate, Dispose, Except, ExtendHold, Hold, Identify, Inspect, Install, Load,
    Measure, Merge, Move, NotApplicable, OpenNonconformance, Pack, Packed, Portion, Receive,
    ReceiveBack, Refuse, Release, Remove, Replace, Replaced, Scanned, Ship, ShipmentLine, Split,
    SplitOrder, StartWork, Step, Take, Taking, Transform, Unload, Unpack, Value, Withdraw, Worked,
};
use crate::start::Start;

/// Turns one reference into another.
pub type Mapping<'f, 'a, R, S, E> = dyn FnMut(&'a R) -> Result<S, E> + 'f;

fn all<'a, R, S, E>(items: &'a [R], to: &mut Mapping<'_, 'a, R, S, E>) -> Result<Vec<S>, E> {
    items.iter().map(to).collect()
}

fn one<'a, R, S, E>(
    item: Option<&'a R>,
    to: &mut Mapping<'_, 'a, R, S, E>,
) -> Result<Option<S>, E> {
    item.map(to).transpose()
}

fn portions<'a, R, S, E>(
    portions: &'a [Portion<R>],
    to: &mut Mapping<'_, 'a, R, S, E>,
) -> Result<Vec<Portion<S>>, E> {
    portions.iter().map(|p| Ok(Portion { item: to(&p.item)?, quantity: p.quantity })).collect()
}

impl<R> Act<R> {
    /// The same act with every reference put through `to`.
    ///
    /// Errors: the first that `to` gives.
    #[expect(clippy::too_many_lines, reason = "one arm an act; splitting it would hide a gap")]
    pub fn try_map<'a, S, E>(&'a self, to: &mut Mapping<'_, 'a, R, S, E>) -> Result<Act<S>, E> {
        Ok(match self {
            Self::DefineMaterial(v) => Act::DefineMaterial(v.clone()),
            Self::DefineBom(v) => Act::DefineBom(v.clone()),
            Self::DefineParty(v) => Act::DefineParty(v.clone()),
            Self::DefinePlace(v) => Act::DefinePlace(v.clone()),
            Self::DefineWorkCenter(v) => Act::DefineWorkCenter(v.clone()),
            Self::DefineStation(v) => Act::DefineStation(v.clone()),
            Self::DefineEquipment(v) => Act::DefineEquipment(v.clone()),
            Self::DefinePerson(v) => Act::DefinePerson(v.clone()),
            Self::DefineOrder(v) => Act::DefineOrder(v.clone()),
            Self::PlanOrder(v) => Act::PlanOrder(v.clone()),
            Self::ReleaseOrder(v) => Act::ReleaseOrder(v.clone()),
            Self::CloseOrder(v) => Act::CloseOrder(v.clone()),
            Self::SplitOrder(v) => Act::SplitOrder(SplitOrder {
                order: v.order.clone(),
                into: v.into.clone(),
                quantity: v.quantity,
                items: all(&v.items, to)?,
                reason: v.reason.clone(),
            }),
            Self::DefineRange(v) => Act::DefineRange(v.clone()),
            Self::IssueSerials(v) => Act::IssueSerials(v.clone()),
            Self::VoidSerials(v) => Act::VoidSerials(v.clone()),
            Self::CheckEquipment(v) => Act::CheckEquipment(v.clone()),
            Self::Lift(v) => Act::Lift(v.clone()),
            Self::AcknowledgeHold(v) => Act::AcknowledgeHold(v.clone()),
            Self::VoidSignature(v) => Act::VoidSignature(v.clone()),
            Self::SignAgain(v) => Act::SignAgain(v.clone()),
            Self::CloseException(v) => Act::CloseException(v.clone()),
            Self::DefineSchema(v) => Act::DefineSchema(v.clone()),
            Self::Erase(v) => Act::Erase(v.clone()),
            Self::Import(v) => Act::Import(v.clone()),
            Self::DeclareError(v) => Act::DeclareError(v.clone()),
            Self::FreezeScope(v) => Act::FreezeScope(v.clone()),
            Self::NoteAccount(v) => Act::NoteAccount(v.clone()),
            Self::ProposeMaster(v) => Act::ProposeMaster(v.clone()),
            Self::ApproveMaster(v) => Act::ApproveMaster(v.clone()),
            Self::RejectMaster(v) => Act::RejectMaster(v.clone()),
            Self::ActivateMaster(v) => Act::ActivateMaster(v.clone()),
            Self::RetireMaster(v) => Act::RetireMaster(v.clone()),
            Self::Acknowledge(v) => Act::Acknowledge(v.clone()),
            Self::Qualify(v) => Act::Qualify(v.clone()),
            Self::CloseStep(v) => Act::CloseStep(v.clone()),
            Self::PauseWork(v) => Act::PauseWork(v.clone()),
            Self::ResumeWork(v) => Act::ResumeWork(v.clone()),
            Self::AbandonWork(v) => Act::AbandonWork(AbandonWork {
                execution: v.execution,
                items: all(&v.items, to)?,
                reason: v.reason.clone(),
            }),
            Self::Deviate(v) => Act::Deviate(Deviate {
                execution: v.execution,
                step: v.step.clone(),
                capture: v.capture.clone(),
                item: one(v.item.as_ref(), to)?,
                reason: v.reason.clone(),
            }),
            Self::AssignMaster(v) => Act::AssignMaster(AssignMaster {
                items: all(&v.items, to)?,
                master: v.master.clone(),
                reason: v.reason.clone(),
                keeps: v.keeps.clone(),
                again: v.again.clone(),
            }),
            Self::Release(v) => Act::Release(Release {
                item: to(&v.item)?,
                record: v.record.clone(),
                known_at: v.known_at,
            }),
            Self::StartWork(v) => Act::StartWork(StartWork {
                items: map_worked(&v.items, to)?,
                operation: v.operation.clone(),
                master: v.master.clone(),
                run: v.run.clone(),
                program: v.program.clone(),
            }),
            Self::Take(v) => Act::Take(map_take(v, to)?),
            Self::OpenNonconformance(v) => Act::OpenNonconformance(OpenNonconformance {
                code: v.code.clone(),
                items: all(&v.items, to)?,
                description: v.description.clone(),
                capture: v.capture,
            }),
            Self::Dispose(v) => Act::Dispose(Dispose {
                nonconformance: v.nonconformance.clone(),
                disposition: v.disposition,
                reason: v.reason.clone(),
                back_to: v.back_to.clone(),
                items: all(&v.items, to)?,
                again: v.again.clone(),
            }),
            Self::Create(v) => Act::Create(map_create(v, to)?),
            Self::Receive(v) => Act::Receive(map_receive(v, to)?),
            Self::Identify(v) => {
                Act::Identify(Identify { item: to(&v.item)?, identifiers: v.identifiers.clone() })
            }
            Self::Withdraw(v) => Act::Withdraw(Withdraw {
                item: to(&v.item)?,
                identifier: v.identifier.clone(),
                reason: v.reason.clone(),
            }),
            Self::Describe(v) => {
                Act::Describe(Describe { item: to(&v.item)?, fields: v.fields.clone() })
            }
            Self::Assign(v) => Act::Assign(Assign {
                items: all(&v.items, to)?,
                order: v.order.clone(),
                production_order: v.production_order.clone(),
                lot: one(v.lot.as_ref(), to)?,
            }),
            Self::NotApplicable(v) => Act::NotApplicable(NotApplicable {
                item: to(&v.item)?,
                field: v.field.clone(),
                reason: v.reason.clone(),
            }),
            Self::ChangePart(v) => Act::ChangePart(ChangePart {
                item: to(&v.item)?,
                part: v.part.clone(),
                reason: v.reason.clone(),
            }),
            Self::Inspect(v) => Act::Inspect(Inspect {
                item: to(&v.item)?,
                accepted: v.accepted,
                rejected: v.rejected,
                examined: v.examined.clone(),
                reason: v.reason.clone(),
                files: v.files.clone(),
                returned: v.returned,
            }),
            Self::Split(v) => Act::Split(Split {
                lot: to(&v.lot)?,
                into: v.into.clone(),
                inherited: v.inherited.clone(),
            }),
            Self::Merge(v) => Act::Merge(Merge {
                lots: portions(&v.lots, to)?,
                identifiers: v.identifiers.clone(),
                inherited: v.inherited.clone(),
            }),
            Self::Count(v) => Act::Count(Count {
                lot: to(&v.lot)?,
                quantity: v.quantity,
                explanation: v.explanation.clone(),
            }),
            Self::Sample(v) => Act::Sample(map_taking(v, to)?),
            Self::Scrap(v) => Act::Scrap(map_taking(v, to)?),
            Self::Step(v) => Act::Step(map_step(v, to)?),
            Self::Install(v) => Act::Install(Install {
                parent: to(&v.parent)?,
                component: to(&v.component)?,
                quantity: v.quantity,
                designator: v.designator.clone(),
            }),
            Self::Remove(v) => Act::Remove(Remove {
                parent: to(&v.parent)?,
                component: to(&v.component)?,
                quantity: v.quantity,
                to: v.to,
                reason: v.reason.clone(),
            }),
            Self::Replace(v) => Act::Replace(Replace {
                parent: to(&v.parent)?,
                old: to(&v.old)?,
                new: to(&v.new)?,
                quantity: v.quantity,
                to: v.to,
                designator: v.designator.clone(),
                reason: v.reason.clone(),
            }),
            Self::Consume(v) => Act::Consume(Consume {
                from: all(&v.from, to)?,
                choice: v.choice,
                into: all(&v.into, to)?,
                quantity: v.quantity,
                unit: v.unit.clone(),
            }),
            Self::Transform(v) => Act::Transform(Transform {
                inputs: portions(&v.inputs, to)?,
                outputs: all(&v.outputs, to)?,
                operation: v.operation.clone(),
                run: v.run.clone(),
            }),
            Self::Load(v) => Act::Load(Load {
                lot: to(&v.lot)?,
                station: v.station.clone(),
                slot: v.slot.clone(),
                adds: v.adds,
            }),
            Self::Unload(v) => Act::Unload(Unload {
                lot: one(v.lot.as_ref(), to)?,
                station: v.station.clone(),
                slot: v.slot.clone(),
            }),
            Self::Pack(v) => Act::Pack(map_pack(v, to)?),
            Self::Unpack(v) => {
                Act::Unpack(Unpack { container: to(&v.container)?, items: all(&v.items, to)? })
            }
            Self::Move(v) => Act::Move(Move { items: all(&v.items, to)?, place: v.place.clone() }),
            Self::Ship(v) => Act::Ship(map_ship(v, to)?),
            Self::ReceiveBack(v) => Act::ReceiveBack(ReceiveBack {
                items: portions(&v.items, to)?,
                party: v.party.clone(),
                place: v.place.clone(),
                reason: v.reason.clone(),
                purpose: v.purpose,
            }),
            Self::Hold(v) => Act::Hold(Hold {
                code: v.code.clone(),
                on: v.on.iter().map(|start| start.try_map(to)).collect::<Result<_, E>>()?,
                spreads: v.spreads,
                reason: v.reason.clone(),
                found: all(&v.found, to)?,
            }),
            Self::ExtendHold(v) => {
                Act::ExtendHold(ExtendHold { code: v.code.clone(), items: all(&v.items, to)? })
            }
            Self::Clear(v) => Act::Clear(Clear {
                items: all(&v.items, to)?,
                of: to(&v.of)?,
                reason: v.reason.clone(),
            }),
            Self::Correct(v) => Act::Correct(Correct {
                entries: v.entries.clone(),
                amendment: map_amendment(&v.amendment, to)?,
                reason: v.reason.clone(),
            }),
            Self::Except(v) => Act::Except(Except {
                code: v.code,
                entry: v.entry,
                items: all(&v.items, to)?,
                detail: v.detail.clone(),
                owner: v.owner.clone(),
            }),
            Self::Refuse(v) => Act::Refuse(Refuse {
                attempted: v.attempted.clone(),
                code: v.code,
                detail: v.detail.clone(),
                items: all(&v.items, to)?,
                execution: v.execution,
            }),
        })
    }
}

fn map_create<'a, R, S, E>(
    v: &'a Create<R>,
    to: &mut Mapping<'_, 'a, R, S, E>,
) -> Result<Create<S>, E> {
    Ok(Create {
        kind: v.kind,
        part: v.part.clone(),
        items: v.items.clone(),
        origin: v.origin,
        order: v.order.clone(),
        production_order: v.production_order.clone(),
        lot: one(v.lot.as_ref(), to)?,
        panel: one(v.panel.as_ref(), to)?,
        expires: v.expires,
        place: v.place.clone(),
    })
}

fn map_receive<'a, R, S, E>(
    v: &'a Receive<R>,
    to: &mut Mapping<'_, 'a, R, S, E>,
) -> Result<Receive<S>, E> {
    Ok(Receive {
        kind: v.kind,
        part: v.part.clone(),
        items: v.items.clone(),
        supplier: v.supplier.clone(),
        delivery: v.delivery.clone(),
        certificates: v.certificates.clone(),
        expires: v.expires,
        made: v.made,
        place: v.place.clone(),
        accepted: v.accepted,
        announced: all(&v.announced, to)?,
    })
}

fn map_taking<'a, R, S, E>(
    v: &'a Taking<R>,
    to: &mut Mapping<'_, 'a, R, S, E>,
) -> Result<Taking<S>, E> {
    Ok(Taking { item: to(&v.item)?, quantity: v.quantity, reason: v.reason.clone() })
}

fn map_worked<'a, R, S, E>(
    items: &'a [Worked<R>],
    to: &mut Mapping<'_, 'a, R, S, E>,
) -> Result<Vec<Worked<S>>, E> {
    let items = items.iter().map(|worked| {
        Ok(Worked { item: to(&worked.item)?, slot: worked.slot.clone(), quantity: worked.quantity })
    });
    items.collect()
}

fn map_scanned<'a, R, S, E>(
    v: &'a Scanned<R>,
    to: &mut Mapping<'_, 'a, R, S, E>,
) -> Result<Scanned<S>, E> {
    let item = to(&v.item)?;
    let replaces = match &v.replaces {
        Some(old) => {
            Some(Replaced { item: to(&old.item)?, to: old.to, reason: old.reason.clone() })
        }
        None => None,
    };
    Ok(Scanned { item, replaces, kept: v.kept })
}

fn map_take<'a, R, S, E>(v: &'a Take<R>, to: &mut Mapping<'_, 'a, R, S, E>) -> Result<Take<S>, E> {
    Ok(Take {
        execution: v.execution,
        step: v.step.clone(),
        capture: v.capture.clone(),
        item: one(v.item.as_ref(), to)?,
        value: match &v.value {
            Value::Scan(scanned) => Value::Scan(map_scanned(scanned, to)?),
            Value::Measurement(value) => Value::Measurement(value.clone()),
            Value::Check(value) => Value::Check(value.clone()),
            Value::Choice(value) => Value::Choice(value.clone()),
            Value::Text(value) => Value::Text(value.clone()),
            Value::File(value) => Value::File(value.clone()),
            Value::Witness(value) => Value::Witness(value.clone()),
            Value::Signature(value) => Value::Signature(value.clone()),
        },
        instead_of: v.instead_of,
        reason: v.reason.clone(),
        good: v.good,
    })
}

fn map_step<'a, R, S, E>(v: &'a Step<R>, to: &mut Mapping<'_, 'a, R, S, E>) -> Result<Step<S>, E> {
    let items = map_worked(&v.items, to)?;
    let covers = all(&v.covers, to)?;
    let measures = v.measures.iter().map(|measure| {
        Ok(Measure {
            name: measure.name.clone(),
            value: measure.value,
            unit: measure.unit.clone(),
            low: measure.low,
            high: measure.high,
            item: one(measure.item.as_ref(), to)?,
        })
    });
    Ok(Step {
        operation: v.operation.clone(),
        items,
        covers,
        run: v.run.clone(),
        program: v.program.clone(),
        parameters: v.parameters.clone(),
        measures: measures.collect::<Result<_, E>>()?,
        outcome: v.outcome,
        finishes: v.finishes,
        backflush: v.backflush,
        draws: v.draws.clone(),
        files: v.files.clone(),
        note: v.note.clone(),
    })
}

fn map_pack<'a, R, S, E>(v: &'a Pack<R>, to: &mut Mapping<'_, 'a, R, S, E>) -> Result<Pack<S>, E> {
    let container = to(&v.container)?;
    let items = v
        .items
        .iter()
        .map(|packed| Ok(Packed { item: to(&packed.item)?, slot: packed.slot.clone() }));
    Ok(Pack { container, items: items.collect::<Result<_, E>>()? })
}

fn map_ship<'a, R, S, E>(v: &'a Ship<R>, to: &mut Mapping<'_, 'a, R, S, E>) -> Result<Ship<S>, E> {
    let lines = v.lines.iter().map(|line| {
        Ok(ShipmentLine { item: to(&line.item)?, quantity: line.quantity, line: line.line.clone() })
    });
    Ok(Ship {
        party: v.party.clone(),
        sender: v.sender.clone(),
        shipment: v.shipment.clone(),
        lines: lines.collect::<Result<_, E>>()?,
        purpose: v.purpose,
    })
}

fn map_amendment<'a, R, S, E>(
    v: &'a Amendment<R>,
    to: &mut Mapping<'_, 'a, R, S, E>,
) -> Result<Amendment<S>, E> {
    Ok(match v {
        Amendment::Withdraw => Amendment::Withdraw,
        Amendment::Substitute { wrong, right, only } => {
            Amendment::Substitute { wrong: to(wrong)?, right: to(right)?, only: all(only, to)? }
        }
        Amendment::Retime { performed } => Amendment::Retime { performed: *performed },
        Amendment::Restate { act } => Amendment::Restate { act: Box::new(act.try_map(to)?) },
    })
}

impl<R> Start<R> {
    /// The same start with its item put through `to`.
    ///
    /// Errors: the one that `to` gives.
    pub fn try_map<'a, S, E>(&'a self, to: &mut Mapping<'_, 'a, R, S, E>) -> Result<Start<S>, E> {
        Ok(match self {
            Self::Item { item } => Start::Item { item: to(item)? },
            Self::Order { order } => Start::Order { order: order.clone() },
            Self::Part { part } => Start::Part { part: part.clone() },
            Self::Used { what, code, within } => {
                Start::Used { what: *what, code: code.clone(), within: *within }
            }
            Self::SinceGoodCheck { equipment } => {
                Start::SinceGoodCheck { equipment: equipment.clone() }
            }
            Self::Measured { name, band, unit } => {
                Start::Measured { name: name.clone(), band: *band, unit: unit.clone() }
            }
            Self::All { of } => Start::All {
                of: of.iter().map(|start| start.try_map(to)).collect::<Result<_, E>>()?,
            },
        })
    }
}
