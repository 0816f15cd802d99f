//! The questions of a recall, asked and timed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::Result;
use domain::act::Kind;
use domain::start::Start;
use domain::{ItemId, ItemRef, Position};
use engine::query::{
    Certainty, Direction, ItemLine, KnownAt, LotRow, ScopeAnswer, ScopeAsk, TraceAnswer, TraceAsk,
};

use super::DrillArgs;
use super::answer::{Drill, LotDrill, Supplied, UnitDrill};
use super::choose;
use super::gap;
use super::limits::Took;
use crate::backend::Backend;
use crate::chance::Chance;
use crate::output::{Output, count};

/// What a drill works with.
struct Exercise<'a> {
    backend: &'a Backend,
    known_at: Position,
    lots: BTreeMap<ItemId, LotRow>,
}

/// Drills; the time runs from the first question to the last answer.
pub(super) fn run(args: &DrillArgs, backend: &Backend, output: &Output) -> Result<Drill> {
    let began = Instant::now();
    let at = backend.at()?;
    let last = at.first().map_or(Position(0), |at| at.position);
    let known_at = args.known_at.map_or(last, Position).min(last);
    let seed = args.seed.unwrap_or_else(made_seed);
    let mut chance = Chance::new(seed);
    let all = choose::all_lots(backend, known_at)?;
    let wanted = usize::try_from(args.lots).unwrap_or(usize::MAX);
    let chosen = if args.lot.is_empty() {
        choose::lots(&all, wanted, &mut chance)
    } else {
        let named = args.lot.iter().map(|lot| choose::named(backend, lot));
        named.collect::<Result<_>>()?
    };
    let mut notes = Vec::new();
    if args.lot.is_empty() && !chosen.is_empty() && chosen.len() < wanted {
        let there = count(chosen.len(), "lot");
        notes.push(format!("{wanted} lots were to be drawn: there is no more than {there}"));
    }
    let lots = all.into_iter().map(|row| (row.lot.id, row)).collect();
    let exercise = Exercise { backend, known_at, lots };
    let bar = output.bar("drilling", "questions");
    let mut drill = Drill::new(at, (seed, known_at), args.limits());
    let mut units: Vec<(ItemId, Option<String>)> = Vec::new();
    for lot in chosen {
        let (scope, lot) = exercise.forward(lot)?;
        gap::of_scope(&scope, &lot, &mut drill.gaps);
        match exercise.finished(&scope, &mut chance) {
            Some(unit) => units.push((unit, Some(lot.lot.label.clone()))),
            None => notes.push(format!("lot {}: no finished unit has it", lot.lot.label)),
        }
        drill.lots.push(lot);
        bar.at(u64::try_from(drill.lots.len()).unwrap_or(u64::MAX), u64::from(args.lots));
    }
    let taken: BTreeSet<ItemId> = units.iter().map(|(unit, _)| *unit).collect();
    let more = usize::try_from(args.units).unwrap_or(usize::MAX);
    let more = choose::units(backend, (known_at, more), taken, &mut chance)?;
    units.extend(more.into_iter().map(|unit| (unit, None)));
    for (unit, of_lot) in units {
        if drill.units.iter().any(|drilled| drilled.unit.id == unit) {
            continue;
        }
        let unit = exercise.backward(unit, of_lot)?;
        gap::of_unit(&unit, &mut drill.gaps);
        drill.units.push(unit);
    }
    output.notes(&notes);
    drill.notes = notes;
    drill.judge(Took(began.elapsed()));
    Ok(drill)
}

/// A seed nobody chose, short enough to be typed again.
fn made_seed() -> u64 {
    const DIGITS: u64 = 1_000_000;
    Chance::new(engine::now().0.unsigned_abs()).below(DIGITS)
}

impl Exercise<'_> {
    fn known_at(&self) -> Option<KnownAt> {
        Some(KnownAt::Position(self.known_at))
    }

    /// Where a lot is.
    fn forward(&self, lot: ItemId) -> Result<(ScopeAnswer, LotDrill)> {
        let began = Instant::now();
        let ask = ScopeAsk {
            from: vec![Start::Item { item: ItemRef::Id(lot) }],
            known_at: self.known_at(),
            ..ScopeAsk::default()
        };
        let scope = self.backend.scope(&ask)?;
        let took = Took(began.elapsed());
        let row = self.lots.get(&lot);
        let drilled = LotDrill::of(&scope, lot, (row, took))?;
        Ok((scope, drilled))
    }

    /// A finished unit of a scope that has or may have the lot, by chance.
    fn finished(&self, scope: &ScopeAnswer, chance: &mut Chance) -> Option<ItemId> {
        let fits = |line: &&ItemLine| {
            line.kind == Kind::Unit
                && line.certainty != Certainty::Cleared
                && choose::is_finished(line.status, line.place.kind)
        };
        let units: Vec<ItemId> = scope.items.iter().filter(fits).map(|line| line.id).collect();
        choose::one(&units, chance).copied()
    }

    /// What is in a unit, down to every supplier's lot.
    fn backward(&self, unit: ItemId, of_lot: Option<String>) -> Result<UnitDrill> {
        let began = Instant::now();
        let ask = TraceAsk {
            of: vec![Start::Item { item: ItemRef::Id(unit) }],
            direction: Direction::Backward,
            as_of: None,
            known_at: self.known_at(),
            limit: None,
            captures: true,
        };
        let trace = self.backend.trace(&ask)?;
        let took = Took(began.elapsed());
        let suppliers = self.suppliers(&trace);
        UnitDrill::of(trace, unit, (of_lot, suppliers), took)
    }

    /// The lots of a trace that somebody supplied.
    fn suppliers(&self, trace: &TraceAnswer) -> Vec<Supplied> {
        let rows = trace.items.iter().filter_map(|line| self.lots.get(&line.id));
        let supplied = rows.filter_map(|row| {
            let supplier = row.supplier.clone()?;
            Some(Supplied { lot: row.lot.clone(), part: row.part.clone(), supplier })
        });
        supplied.collect()
    }
}
