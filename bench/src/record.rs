//! The record of a unit with 500 entries, as of and known at moments of its past.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use domain::{Position, Time};
use engine::query::{KnownAt, RecordAsk};
use engine::{Plant, RecordFormat};

use crate::floor::{self, Fact, PARTS};
use crate::place::Place;
use crate::report::{Goal, Section, Wanted};
use crate::spread::{Spread, number};
use crate::{RecordArgs, ours, say};

/// Entries of the unit.
const ENTRIES: u64 = 500;
/// How often a record is read in a run.
const READS: usize = 200;
/// What a record may take. Units: milliseconds.
const WANTED_MS: f64 = 2.0;
/// What a record as a file may take. Units: milliseconds.
const FORM_WANTED_MS: f64 = 1000.0;
/// The unit, and that of a caller that comes nowhere else.
const UNIT: u64 = 7 << 32;

/// What is read: how it is called, and the question.
type Question = (&'static str, RecordAsk);

/// Measures, and answers with the section.
pub(crate) fn run(args: &RecordArgs, place: &Place) -> Result<Section> {
    let plant = ours::plant(&place.path().join("record"))?;
    let (half, half_time) = fill(&plant)?;
    let now = RecordAsk::now(
        format!("serial:{}", floor::serial(UNIT)).parse().map_err(anyhow::Error::msg)?,
    );
    let known_at = Some(KnownAt::Position(half));
    let questions: [Question; 5] = [
        ("as it is", now.clone()),
        ("as of the middle", RecordAsk { as_of: Some(half_time), ..now.clone() }),
        ("known at the middle", RecordAsk { known_at, ..now.clone() }),
        ("as of and known at", RecordAsk { as_of: Some(half_time), known_at, ..now.clone() }),
        ("as it is, with every change", RecordAsk { history: true, ..now }),
    ];
    let mut section = Section::new("Record", place.path())?;
    let mut rows = Vec::new();
    let mut slowest = Spread::default();
    let mut told = vec![(Vec::new(), Vec::new(), 0); questions.len()];
    for run in 1..=args.runs {
        for ((_, ask), (p50, p99, bytes)) in questions.iter().zip(&mut told) {
            let (times, length) = read(&plant, ask)?;
            p50.push(at(&times, 500));
            p99.push(at(&times, 990));
            *bytes = length;
        }
        say(&format!("record, run {run} of {}", args.runs))?;
    }
    for ((what, _), (p50, p99, bytes)) in questions.iter().zip(told) {
        let (p50, p99): (Spread, Spread) = (p50.into_iter().collect(), p99.into_iter().collect());
        rows.push(vec![
            (*what).to_owned(),
            p50.to_string(),
            p99.to_string(),
            number(crate::spread::real(bytes as u64) / 1000.0),
        ]);
        if slowest.median().is_nan() || slowest.median() < p50.median() {
            slowest = p50;
        }
    }
    section.goal(Goal {
        what: format!("milliseconds for the slowest record of a unit with {ENTRIES} entries"),
        reached: slowest,
        wanted: Wanted::AtMost(WANTED_MS),
        why: "",
    });
    section.say(&format!(
        "A unit with {ENTRIES} entries (its creation, {PARTS} components from lots, steps with a \
         measured value each), read {READS} times a run in process, answered as JSON bytes."
    ));
    section.say("Milliseconds a record takes:");
    section.table(&["record", "p50", "p99", "kB of JSON"], &rows);
    forms(&plant, args.runs, &mut section)?;
    Ok(section)
}

/// The same unit's batch record as it is handed on: made, proven and written.
fn forms(plant: &Plant, runs: u32, section: &mut Section) -> Result<()> {
    let unit = format!("serial:{}", floor::serial(UNIT)).parse().map_err(anyhow::Error::msg)?;
    let mut rows = Vec::new();
    let mut slowest = Spread::default();
    for (format, word, _) in RecordFormat::ALL {
        let mut spent = Vec::new();
        let mut bytes = 0;
        for _ in 0..runs {
            let began = Instant::now();
            bytes = std::hint::black_box(plant.record_file(&unit, format, ours::BY)?).len();
            spent.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        let spent: Spread = spent.into_iter().collect();
        let kilobytes = number(crate::spread::real(u64::try_from(bytes)?) / 1000.0);
        rows.push(vec![word.to_owned(), spent.to_string(), kilobytes]);
        if slowest.median().is_nan() || slowest.median() < spent.median() {
            slowest = spent;
        }
        say(&format!("record as {word}"))?;
    }
    section.goal(Goal {
        what: format!("milliseconds for the slowest form of a record with {ENTRIES} entries"),
        reached: slowest,
        wanted: Wanted::AtMost(FORM_WANTED_MS),
        why: "",
    });
    section.say(
        "Milliseconds for the batch record of the same unit as a file, with its audit trail and \
         the proof inside:",
    );
    section.table(&["form", "time", "kB"], &rows);
    Ok(())
}

/// Tells the unit's facts; answers which of them is in the middle, and when that was.
fn fill(plant: &Plant) -> Result<(Position, Time)> {
    let mut facts = vec![Fact::Create { unit: UNIT }];
    facts.extend((0..PARTS).map(|part| Fact::Install { unit: UNIT, part, lot: 0 }));
    let steps = ENTRIES - u64::try_from(facts.len())?;
    facts.extend((0..steps).map(|step| Fact::Step { unit: UNIT, step }));
    let (early, late) = facts.split_at(facts.len() / 2);
    let tell = |facts: &[Fact]| -> Result<Position> {
        let commands = facts.iter().map(|fact| floor::command(*fact)).collect();
        let replies = plant.submit_all(commands, ours::BY)?;
        replies.iter().try_for_each(ours::admitted)?;
        let last = replies.iter().map(|reply| reply.position).max().unwrap_or(Position(0));
        plant.published().wait_for(last)?;
        Ok(Position(last.0.saturating_sub(1)))
    };
    let half = tell(early)?;
    let time = engine::now();
    tell(late)?;
    Ok((half, time))
}

/// How long each reading took, shortest first, and how many bytes the answer has.
fn read(plant: &Plant, ask: &RecordAsk) -> Result<(Vec<Duration>, usize)> {
    let mut times = Vec::with_capacity(READS);
    let mut bytes = 0;
    for _ in 0..READS {
        let began = Instant::now();
        let answer = plant.record(ask)?;
        bytes = std::hint::black_box(serde_json::to_vec(&answer)?).len();
        times.push(began.elapsed());
        ensure!(!answer.measures.is_empty(), "the record has no measures");
    }
    times.sort_unstable();
    Ok((times, bytes))
}

/// The time that so many of a thousand were shorter than. Units: milliseconds.
fn at(times: &[Duration], per_mille: usize) -> f64 {
    let at = (times.len() * per_mille / 1000).min(times.len().saturating_sub(1));
    times.get(at).map_or(f64::NAN, Duration::as_secs_f64) * 1000.0
}
