//! Work by a released instruction: captures and gates a second, and how long a station waits.
//!
//! A unit is created, its one operation started, and six steps are done on it, each with four
//! measured values and a gate. First as many calls as can be, ours and PostgreSQL in turns; then
//! five hundred stations at the pace of people, where each answer's time is told.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use domain::act::{Act, CloseStep, Measured, Take, Value as Taken};
use domain::{
    Answer, Command, EquipmentCode, ItemRef, PersonCode, Position, StationCode, StepCode,
    UnitOfMeasure,
};
use engine::Plant;
use serde_json::{Value, json};

use crate::drive::{Caller, Run, drive};
use crate::http::Line;
use crate::ours::{self, BY};
use crate::report::{Goal, Section, Wanted};
use crate::rival::cluster::Cluster;
use crate::serve::Server;
use crate::spread::{Spread, number, real};
use crate::{WorkArgs, floor, place, rival, say};

/// The operation, its steps, and the values of each.
pub(crate) const OPERATION: &str = "OP10";
const STEPS: u64 = 6;
const VALUES: u64 = 4;
pub(crate) const UNIT: &str = floor::MEASURE_UNIT;
/// Calls a unit takes.
const CALLS_PER_UNIT: u64 = 2 + STEPS * (VALUES + 1);
/// What a station's answer may take, but for one in a hundred. Units: milliseconds.
const WANTED_MS: f64 = 5.0;

const ABOUT: &str = "\
Each call is one act of work by a released instruction: a unit comes into being, its operation is \
started, a value is taken, a gate closes. Ours makes the step with its measured values a fact of \
its own when the last gate closes, and PostgreSQL does the same. Both check that the execution is \
open, at this station, by this person, who is qualified and has read the instruction; that the \
step is the open one and demands the value, in this unit of measure and as finely; that the \
equipment is of this station and in calibration; that the unit is not held; that a gate misses \
nothing.";

/// What is done next on a unit.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    /// It comes into being.
    Create,
    /// Its operation begins.
    Start,
    /// A value is taken.
    Take {
        /// Of which step.
        step: String,
        /// For which capture.
        capture: String,
        /// The value.
        value: String,
    },
    /// The gate of a step closes.
    Close {
        /// Which.
        step: String,
    },
}

/// How far a station has come.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    unit: u64,
    at: u64,
    /// The entry that started the work on the unit.
    pub(crate) execution: u64,
}

impl Place {
    /// At its first unit.
    pub(crate) const fn new(station: u64) -> Self {
        Self { unit: station << 32, at: 0, execution: 0 }
    }

    /// The unit's serial number.
    pub(crate) fn serial(&self) -> String {
        floor::serial(self.unit)
    }

    /// What comes next.
    pub(crate) fn next(&self) -> Deed {
        let Some(at) = self.at.checked_sub(2) else {
            return if self.at == 0 { Deed::Create } else { Deed::Start };
        };
        let step = format!("S{}", at / (VALUES + 1) + 1);
        match at % (VALUES + 1) {
            VALUES => Deed::Close { step },
            value => Deed::Take {
                step,
                capture: format!("m{}", value + 1),
                value: floor::torque(self.unit, at),
            },
        }
    }

    /// It is done; its first entry has that position.
    pub(crate) fn done(&mut self, first: u64) {
        if self.at == 1 {
            self.execution = first;
        }
        self.at += 1;
        if self.at == CALLS_PER_UNIT {
            self.at = 0;
            self.unit += 1;
        }
    }
}

/// The instruction, released, and what it needs.
pub(crate) fn prepare(plant: &Plant) -> Result<()> {
    let capture = |value: u64| {
        json!({"kind": "measurement", "code": format!("m{value}"), "unit": UNIT,
            "low": floor::LOW, "high": floor::HIGH, "decimals": 2})
    };
    let captures: Vec<Value> = (1..=VALUES).map(capture).collect();
    let step =
        |step: u64| json!({"code": format!("S{step}"), "text": "As shown.", "captures": captures});
    let steps: Vec<Value> = (1..=STEPS).map(step).collect();
    let master = json!({"code": "WM-1", "version": 1, "title": "Pump",
        "part": {"number": floor::PART},
        "operations": [{"code": OPERATION, "title": "Assemble", "qualifications": ["assembly"],
            "steps": steps}]});
    let parsed: domain::instruction::WorkMaster = serde_json::from_value(master.clone())?;
    let hash = parsed.hash();
    let says = |person: &str, acts: Value| -> Result<()> {
        let mut command = Command::attempt(serde_json::from_value(acts)?);
        command.performed_by = Some(PersonCode::new(person).map_err(anyhow::Error::msg)?);
        ours::admitted(&plant.submit(command, BY)?)
    };
    says(
        floor::PERSON,
        json!([
        {"act": "definePerson", "code": "p-2", "name": "Quality"},
        {"act": "checkEquipment", "equipment": floor::EQUIPMENT, "good": true},
        {"act": "proposeMaster", "master": master, "reason": "first version"}]),
    )?;
    says(
        "p-2",
        json!([
        {"act": "approveMaster", "master": hash}, {"act": "activateMaster", "master": hash},
        {"act": "qualify", "person": floor::PERSON, "qualification": "assembly",
         "reason": "trained"}]),
    )?;
    says(floor::PERSON, json!([{"act": "acknowledge", "master": hash}]))
}

/// What a station sends next, without an id.
fn command(place: &Place) -> Result<Command> {
    let code = anyhow::Error::msg;
    let execution = Position(place.execution);
    let act = match place.next() {
        Deed::Create => return Ok(floor::command(floor::Fact::Create { unit: place.unit })),
        Deed::Start => serde_json::from_value(json!({"act": "startWork",
            "items": [{"item": format!("serial:{}", place.serial())}]}))?,
        Deed::Take { step, capture, value } => Act::<ItemRef>::Take(Take {
            execution,
            step: StepCode::new(&step).map_err(code)?,
            capture: domain::CaptureCode::new(&capture).map_err(code)?,
            item: None,
            value: Taken::Measurement(Measured {
                value: value.parse().map_err(anyhow::Error::msg)?,
                unit: UnitOfMeasure::new(UNIT).map_err(code)?,
            }),
            instead_of: None,
            reason: None,
            good: None,
        }),
        Deed::Close { step } => Act::CloseStep(CloseStep {
            execution,
            step: StepCode::new(&step).map_err(code)?,
            inputs: Vec::new(),
            refusals: Vec::new(),
            completes: None,
        }),
    };
    let mut command = Command::attempt(vec![act]);
    command.station = Some(StationCode::new(floor::STATION).map_err(code)?);
    command.performed_by = Some(PersonCode::new(floor::PERSON).map_err(code)?);
    command.equipment = vec![EquipmentCode::new(floor::EQUIPMENT).map_err(code)?];
    Ok(command)
}

/// A station of ours, in process.
struct Station<'p> {
    plant: &'p Plant,
    place: Place,
}

impl Caller for Station<'_> {
    fn call(&mut self) -> Result<Option<u64>> {
        let mut command = command(&self.place)?;
        command.id = Some(engine::new_command_id()?);
        match self.plant.submit(command, BY)?.answer {
            Answer::Admitted(admitted) => self.place.done(admitted.first.0),
            Answer::Rejected(why) => anyhow::bail!("not admitted: {why:?}"),
        }
        Ok(Some(1))
    }
}

/// A station of ours that talks to a server.
struct Remote {
    line: Line,
    place: Place,
}

impl Caller for Remote {
    fn call(&mut self) -> Result<Option<u64>> {
        let mut command = command(&self.place)?;
        command.id = Some(engine::new_command_id()?);
        let answer = self.line.post("/api/v1/commands", &serde_json::to_string(&command)?)?;
        let answer: Value = serde_json::from_slice(&answer).context("read an answer")?;
        let first = answer.pointer("/admitted/first").or_else(|| answer.get("first"));
        let first = first.and_then(Value::as_u64);
        self.place.done(first.with_context(|| format!("not admitted: {answer}"))?);
        Ok(Some(1))
    }
}

/// Measures, and answers with the section.
pub(crate) fn run(args: &WorkArgs, place: &place::Place) -> Result<Section> {
    let plant = ours::plant(&place.path().join("work"))?;
    prepare(&plant)?;
    let rival = Cluster::start(place.path())?;
    rival::work::prepare(&rival)?;
    let limit = Duration::from_millis(args.milliseconds);
    let mut section = Section::new("Work", place.path())?;
    section.say(ABOUT);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for run in 1..=args.runs {
        let stations = (0..args.callers).map(|index| number_of(run, index));
        let callers =
            stations.clone().map(|n| Station { plant: &plant, place: Place::new(n) }).collect();
        ours.push(drive::<Station<'_>>(callers, limit, None)?);
        let callers = stations.map(|n| rival::work::Station::new(&rival, n));
        let callers = callers.collect::<Result<_>>()?;
        theirs.push(drive::<rival::work::Station>(callers, limit, Some(rival.tree()))?);
        say(&format!("work, run {run} of {}", args.runs))?;
    }
    as_fast_as_can_be(&mut section, args, &ours, &theirs);
    drop(rival);
    at_the_pace_of_people(&mut section, args, &plant, place)?;
    Ok(section)
}

/// Stations of runs do not meet.
const fn number_of(run: u32, index: u64) -> u64 {
    run as u64 * 1000 + index
}

fn as_fast_as_can_be(section: &mut Section, args: &WorkArgs, ours: &[Run], theirs: &[Run]) {
    let rates = |runs: &[Run]| runs.iter().map(Run::rate).collect::<Vec<f64>>();
    let ratio = Spread::ratios(&rates(ours), &rates(theirs));
    section.say(&format!(
        "{} stations that never rest, calls a second: ours {}, PostgreSQL {}, ratio {ratio}.",
        args.callers,
        rates(ours).into_iter().collect::<Spread>(),
        rates(theirs).into_iter().collect::<Spread>(),
    ));
    let cpu = |runs: &[Run]| -> Spread {
        runs.iter()
            .map(|run| {
                let (own, server) = run.cpu_us();
                own + server
            })
            .collect()
    };
    section.say(&format!(
        "Microseconds of processor time a call, callers included: ours {}, PostgreSQL {}.",
        cpu(ours),
        cpu(theirs)
    ));
}

fn at_the_pace_of_people(
    section: &mut Section,
    args: &WorkArgs,
    plant: &Plant,
    place: &place::Place,
) -> Result<()> {
    let first = 1_000_000;
    let stations = (0..args.stations).map(|index| Place::new(first + index));
    let in_process = stations.clone().map(|place| Station { plant, place }).collect();
    let in_process = paced::<Station<'_>>(in_process, args)?;
    let server = Server::start(&place.path().join("served"), true)?;
    let callers = stations.map(|place| Ok(Remote { line: Line::open(server.address())?, place }));
    let over_http = paced::<Remote>(callers.collect::<Result<_>>()?, args)?;
    let mut rows = Vec::new();
    for (word, times) in [("in process", &in_process), ("over HTTP", &over_http)] {
        let at = |per_mille| number(at_ms(times, per_mille));
        rows.push(vec![word.to_owned(), times.len().to_string(), at(500), at(990), at(1000)]);
    }
    section.goal(Goal {
        what: format!(
            "milliseconds for 99 of 100 answers over HTTP, {} stations busy",
            args.stations
        ),
        reached: [at_ms(&over_http, 990)].into_iter().collect(),
        wanted: Wanted::AtMost(WANTED_MS),
        why: "",
    });
    section.say(&format!(
        "{} stations, each with a call every {} ms, from when it was due to its answer, in \
         milliseconds:",
        args.stations, args.pace
    ));
    section.table(&["", "calls", "p50", "p99", "longest"], &rows);
    Ok(())
}

/// Lets every caller call at its pace, each from another moment on; answers how long each call took
/// from the moment it was due, the shortest first. Units: microseconds.
fn paced<C: Caller>(callers: Vec<C>, args: &WorkArgs) -> Result<Vec<u64>> {
    let pace = Duration::from_millis(args.pace);
    let calls = args.milliseconds.div_ceil(args.pace).max(1);
    let count = u32::try_from(callers.len().max(1))?;
    let began = Instant::now() + Duration::from_millis(100);
    let worked = std::thread::scope(|scope| {
        let work = |(index, mut caller): (u32, C)| {
            let first = began + pace * index / count;
            scope.spawn(move || called(&mut caller, first, (pace, calls)))
        };
        let threads: Vec<_> = (0..).zip(callers).map(work).collect();
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut all = Vec::new();
    for times in worked {
        all.extend(times.map_err(|_| anyhow::anyhow!("a station met a bug"))??);
    }
    ensure!(!all.is_empty(), "no station called");
    all.sort_unstable();
    Ok(all)
}

/// Calls so often, the first time then.
fn called(
    caller: &mut impl Caller,
    first: Instant,
    (pace, calls): (Duration, u64),
) -> Result<Vec<u64>> {
    let mut times = Vec::new();
    let mut due = first;
    for _ in 0..calls {
        while let Some(left) = due.checked_duration_since(Instant::now()) {
            std::thread::park_timeout(left);
        }
        caller.call()?;
        let took = Instant::now().saturating_duration_since(due);
        times.push(u64::try_from(took.as_micros())?);
        due += pace;
    }
    Ok(times)
}

fn at_ms(times: &[u64], per_mille: usize) -> f64 {
    let at = (times.len() * per_mille / 1000).min(times.len().saturating_sub(1));
    real(times.get(at).copied().unwrap_or_default()) / 1000.0
}
