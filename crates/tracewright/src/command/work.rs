//! Work by a work master: see what is next, start it, take what its steps demand, close them.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use domain::act::{
    AbandonWork, Act, AssignMaster, Chosen, CloseStep, Deviate, Given, Looked, Measured, PauseWork,
    Program, RemovedTo, Replaced, ResumeWork, Scanned, StartWork, Take, Value, Witnessed, Worked,
    Written,
};
use domain::execution;
use domain::instruction::Capture;
use domain::{
    CaptureCode, Command, EquipmentCode, FileRef, ItemRef, OperationCode, PersonCode, Position,
    RunCode, StationCode, StepCode,
};
use engine::query::{CaptureLine, NextAnswer, StepStage, WorkAnswer, WorkAsk, WorkList, WorkRow};

use super::{Bench, PERSON, Result, submit};
use crate::backend::Backend;
use crate::failure::Outcome;
use crate::output::{Page, Row, Tone, word};

/// Do work by a work master, one capture after another.
///
/// The start of the work is answered with a position, which names the execution from then on.
/// Person and station may be set once for all, in TRACEWRIGHT_PERSON and TRACEWRIGHT_STATION.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright work next SN-0042 --data plant
  tracewright work start SN-0042 --by P-7 --station ST-3 --data plant
  tracewright work show 4711 --data plant
  tracewright work take 4711 membrane lot:77120-A --by P-7 --data plant
  tracewright work take 4711 torque 1.21 --by P-7 --with TW-07 --data plant
  tracewright work close 4711 --by P-7 --data plant")]
pub(crate) struct WorkArgs {
    #[command(subcommand)]
    deed: WorkDeed,
}

/// What is done.
#[derive(Debug, Subcommand)]
enum WorkDeed {
    /// List what is open, at all stations or at one.
    List {
        /// At this station.
        #[arg(long, value_parser = StationCode::new)]
        station: Option<StationCode>,
        /// By this person.
        #[arg(long, value_name = "PERSON", value_parser = PersonCode::new)]
        by: Option<PersonCode>,
    },
    /// Show where an item stands in its route, and what can start on it.
    Next {
        /// Which item.
        #[arg(value_name = "REF")]
        item: ItemRef,
    },
    /// Show an execution: its steps, what is there and what is missing.
    Show {
        /// The position its start was answered with.
        execution: u64,
    },
    /// Start an operation on items.
    Start(StartArgs),
    /// Take a value the open step demands.
    Take(TakeArgs),
    /// Close the open step.
    Close {
        /// Which execution.
        execution: u64,
        #[command(flatten)]
        who: Who,
    },
    /// Interrupt an execution.
    Pause {
        /// Which execution.
        execution: u64,
        /// Why, or for whom.
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        who: Who,
    },
    /// Go on with an execution that was paused, here and by this person.
    Resume {
        /// Which execution.
        execution: u64,
        #[command(flatten)]
        who: Who,
    },
    /// End an execution without completing it, or take some of its items out.
    Abandon {
        /// Which execution.
        execution: u64,
        /// An item that leaves it while the others go on; may be given several times.
        #[arg(long, value_name = "REF")]
        only: Vec<ItemRef>,
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        who: Who,
    },
    /// Allow the open step to close without a capture, as another person than the one who works.
    Deviate {
        /// Which execution.
        execution: u64,
        /// Without which capture.
        #[arg(value_parser = CaptureCode::new)]
        capture: CaptureCode,
        /// On which item, where there are several; without it on all of them.
        #[arg(long, value_name = "REF")]
        on: Option<ItemRef>,
        /// Why that may be.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        who: Who,
    },
    /// Move items that are not in work to another version of their work master.
    Assign {
        /// To which version: its hash or the beginning of it, or CODE@VERSION.
        #[arg(long, value_name = "MASTER")]
        to: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// An operation that was passed and stands, though the version demands something else in
        /// it; may be given again. Without it, it is done anew.
        #[arg(long, value_name = "OPERATION", value_parser = OperationCode::new)]
        keep: Vec<OperationCode>,
        /// Which items.
        #[arg(required = true, value_name = "REF")]
        items: Vec<ItemRef>,
        #[command(flatten)]
        who: Who,
    },
}

/// Who works, where and with what.
#[derive(Debug, Args)]
struct Who {
    /// The code of the person who does it.
    #[arg(long = "by", value_name = "PERSON", env = PERSON, value_parser = PersonCode::new)]
    person: PersonCode,
    /// At which station.
    #[arg(long, env = "TRACEWRIGHT_STATION", value_parser = StationCode::new)]
    station: Option<StationCode>,
    /// With which equipment; may be given again.
    #[arg(long = "with", value_name = "EQUIPMENT", value_parser = EquipmentCode::new)]
    equipment: Vec<EquipmentCode>,
}

/// What to start.
#[derive(Debug, Args)]
struct StartArgs {
    /// On which items.
    #[arg(required = true, value_name = "REF")]
    items: Vec<ItemRef>,
    /// Which operation; without it the only one that can start.
    #[arg(long, value_parser = OperationCode::new)]
    operation: Option<OperationCode>,
    /// By which version; without it the one the items are made by.
    #[arg(long)]
    master: Option<String>,
    /// The run they share: a furnace or steriliser load.
    #[arg(long, value_parser = RunCode::new)]
    run: Option<RunCode>,
    /// The program the equipment runs, as read there: NAME or NAME@VERSION.
    #[arg(long, value_name = "PROGRAM")]
    program: Option<Program>,
    #[command(flatten)]
    who: Who,
}

/// What to take.
#[derive(Debug, Args)]
struct TakeArgs {
    /// Of which execution.
    execution: u64,
    /// For which capture of the open step.
    #[arg(value_parser = CaptureCode::new)]
    capture: CaptureCode,
    /// The value: an item, a number in the unit of the step, yes or no, a word, a text, or
    /// sha256:HASH of a file.
    value: String,
    /// On which item, where there are several; without it on all of them.
    #[arg(long, value_name = "REF")]
    on: Option<ItemRef>,
    /// The entry of one's own that was wrong, in whose place it stands.
    #[arg(long, value_name = "POSITION", requires = "reason")]
    instead_of: Option<u64>,
    /// What comes out so that the scanned item can go in, where an operation is done again.
    #[arg(long, value_name = "REF", requires = "reason")]
    replaces: Option<ItemRef>,
    /// Where what comes out goes: stock, to be decided about, or scrap.
    #[arg(long, value_name = "WHERE", requires = "replaces", default_value = "stock")]
    #[arg(value_parser = ["stock", "scrap"])]
    to: String,
    /// Why it stands in its place, or why something is replaced.
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    who: Who,
}

/// Does what was asked about work.
pub(crate) fn run(args: WorkArgs, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    match args.deed {
        WorkDeed::List { station, by } => {
            let answer = backend.work_list(&WorkAsk { station, person: by })?;
            at.output.show(&answer, listed)?;
            Ok(Outcome::Done)
        }
        WorkDeed::Next { item } => {
            let answer = backend.next_work(&item)?;
            at.output.show(&answer, next)?;
            Ok(Outcome::Done)
        }
        WorkDeed::Show { execution } => {
            let answer = backend.work(&Position(execution))?;
            at.output.show(&answer, show)?;
            Ok(Outcome::Done)
        }
        WorkDeed::Start(args) => start(args, &backend, at),
        WorkDeed::Take(args) => take(args, &backend, at),
        WorkDeed::Close { execution, who } => {
            let step = open_step(&backend, execution)?;
            let close = CloseStep {
                execution: Position(execution),
                step,
                inputs: Vec::new(),
                refusals: Vec::new(),
                completes: None,
            };
            tell(Act::CloseStep(close), who, &backend, at)
        }
        WorkDeed::Pause { execution, reason, who } => {
            let pause = PauseWork { execution: Position(execution), reason };
            tell(Act::PauseWork(pause), who, &backend, at)
        }
        WorkDeed::Resume { execution, who } => {
            let resume = ResumeWork { execution: Position(execution) };
            tell(Act::ResumeWork(resume), who, &backend, at)
        }
        WorkDeed::Abandon { execution, only, reason, who } => {
            let abandon = AbandonWork { execution: Position(execution), items: only, reason };
            tell(Act::AbandonWork(abandon), who, &backend, at)
        }
        WorkDeed::Deviate { execution, capture, on, reason, who } => {
            let step = open_step(&backend, execution)?;
            let execution = Position(execution);
            let deviate = Deviate { execution, step, capture, item: on, reason };
            tell(Act::Deviate(deviate), who, &backend, at)
        }
        WorkDeed::Assign { to, reason, keep, items, who } => {
            let master = backend.master(&to)?.row.hash;
            let (keeps, again) = (keep, Vec::new());
            let assign = AssignMaster { items, master, reason, keeps, again };
            tell(Act::AssignMaster(assign), who, &backend, at)
        }
    }
}

fn tell(act: Act<ItemRef>, who: Who, backend: &Backend, at: &Bench<'_>) -> Result {
    let Who { person, station, equipment } = who;
    let performed_by = Some(person);
    let subject = execution::subject(&act);
    let started = if let Act::StartWork(v) = &act {
        v.items.first().map(|worked| worked.item.clone())
    } else {
        None
    };
    let command = Command { performed_by, station, equipment, ..Command::attempt(vec![act]) };
    let outcome = submit::commands(backend, &[command], at)?;
    if outcome == Outcome::Done {
        let open = |item: &ItemRef| backend.next_work(item).ok()?.open;
        let execution = subject.or_else(|| started.as_ref().and_then(open));
        if let Some(execution) = execution {
            at.output.note(&hint(&backend.work(&execution)?));
        }
    }
    Ok(outcome)
}

/// What there is to do now, in a line.
fn hint(work: &WorkAnswer) -> String {
    let execution = work.row.execution;
    if let Some(code) = work.row.stopped_by.first() {
        return format!("Execution {execution} is stopped by {code} until it is decided.");
    }
    let Some(step) = work.open_step() else {
        return format!(
            "Execution {execution} of {} is {}.",
            work.row.operation,
            word(&work.row.stage)
        );
    };
    let missing = step.captures.iter().filter(|capture| !capture.missing.is_empty());
    let missing: Vec<String> = missing
        .map(|capture| {
            let count: usize = capture.missing.iter().map(|missing| missing.count).sum();
            let times = if count > 1 { format!(" ({count} times)") } else { String::new() };
            format!("{}{times}: {}{}", capture.demand.code(), capture.asks, in_place(capture))
        })
        .collect();
    let step = format!("{} {}", step.code, step.text);
    if missing.is_empty() {
        return format!("Execution {execution}, {step} All is there; close the step.");
    }
    format!("Execution {execution}, {step} Missing: {}.", missing.join("; "))
}

/// What is in the place of a scan, and what can be done about it.
fn in_place(capture: &CaptureLine) -> String {
    let labels: Vec<&str> =
        capture.in_place.iter().map(|held| held.component.label.as_str()).collect();
    match labels[..] {
        [] => String::new(),
        [one] => format!(" ({one} is in its place: scan it to keep it, or name it in --replaces)"),
        [first, ..] => {
            format!(" ({first} and {} more are in their places)", labels.len().saturating_sub(1))
        }
    }
}

fn start(args: StartArgs, backend: &Backend, at: &Bench<'_>) -> Result {
    let named = |named: String| backend.master(&named).map(|answer| answer.row.hash);
    let worked = |item| Worked { item, slot: None, quantity: None };
    let start = StartWork {
        items: args.items.into_iter().map(worked).collect(),
        operation: args.operation,
        master: args.master.map(named).transpose()?,
        run: args.run,
        program: args.program,
    };
    tell(Act::StartWork(start), args.who, backend, at)
}

fn open_step(backend: &Backend, execution: u64) -> anyhow::Result<StepCode> {
    let work = backend.work(&Position(execution))?;
    match work.open_step() {
        Some(step) => Ok(step.code.clone()),
        None => {
            bail!("find the open step of execution {execution}: it is {}", word(&work.row.stage))
        }
    }
}

fn take(args: TakeArgs, backend: &Backend, at: &Bench<'_>) -> Result {
    let execution = Position(args.execution);
    let work = backend.work(&execution)?;
    let Some(step) = work.open_step() else {
        bail!("find the open step of execution {execution}: it is {}", word(&work.row.stage));
    };
    let Some(capture) = work.capture(&args.capture) else {
        let codes: Vec<String> =
            step.captures.iter().map(|line| line.demand.code().to_string()).collect();
        let demanded = if codes.is_empty() { "nothing".to_owned() } else { codes.join(", ") };
        bail!("take {}: the open step {} demands {demanded}", args.capture, step.code);
    };
    let mut value = value(&capture.demand, &args.value)?;
    let instead_of = args.instead_of.map(Position);
    if let (Some(item), Some(reason)) = (args.replaces, &args.reason) {
        let Value::Scan(scanned) = &mut value else {
            bail!("replace something by {}: it is no scan", args.capture);
        };
        let to = if args.to == "scrap" { RemovedTo::Scrap } else { RemovedTo::Stock };
        scanned.replaces = Some(Replaced { item, to, reason: reason.clone() });
    }
    let take = Take {
        execution,
        step: step.code.clone(),
        capture: args.capture,
        item: args.on,
        value,
        instead_of,
        reason: args.reason.filter(|_| instead_of.is_some()),
        good: None,
    };
    tell(Act::Take(take), args.who, backend, at)
}

/// What was typed, as the value a capture demands.
fn value(demand: &Capture, typed: &str) -> anyhow::Result<Value<ItemRef>> {
    let yes_or_no = || match typed.to_lowercase().as_str() {
        "yes" | "y" | "ok" | "true" => Ok(true),
        "no" | "n" | "false" => Ok(false),
        _ => bail!("understand {typed:?}: answer yes or no"),
    };
    Ok(match demand {
        Capture::Scan(_) | Capture::Remove(_) => {
            let item = typed.parse().map_err(anyhow::Error::msg);
            Value::Scan(Scanned::of(item.context("understand the item")?))
        }
        Capture::Measurement(demand) => {
            let value = typed.parse().map_err(anyhow::Error::msg);
            let value =
                value.with_context(|| format!("understand the value in {}", demand.unit))?;
            Value::Measurement(Measured { value, unit: demand.unit.clone() })
        }
        Capture::Check(_) => Value::Check(Looked { good: yes_or_no()? }),
        Capture::Witness(_) => Value::Witness(Witnessed { good: yes_or_no()? }),
        Capture::Choice(_) => Value::Choice(Chosen { choice: typed.to_owned() }),
        // The command carries the signature: `--sign MEANING`.
        Capture::Signature(_) => Value::Signature(Given {}),
        Capture::Text(_) => Value::Text(Written { text: typed.to_owned() }),
        Capture::File(_) => {
            let sha256 = typed.strip_prefix("sha256:").unwrap_or(typed).to_owned();
            Value::File(FileRef { sha256, name: None })
        }
    })
}

fn person(code: Option<&PersonCode>) -> String {
    code.map_or_else(String::new, ToString::to_string)
}

fn items(row: &WorkRow) -> String {
    let labels: Vec<&str> = row.items.iter().map(|item| item.label.as_str()).collect();
    match labels[..] {
        [first, _, _, ..] => format!("{first} and {} more", labels.len() - 1),
        _ => labels.join(", "),
    }
}

fn listed(page: &mut Page, answer: &WorkList) {
    if answer.work.is_empty() {
        page.line("No work is open.");
        return;
    }
    let rows: Vec<Row> = answer
        .work
        .iter()
        .map(|row| {
            let stopped: Vec<String> = row.stopped_by.iter().map(ToString::to_string).collect();
            vec![
                row.execution.to_string(),
                items(row),
                format!("{} {}", row.operation, row.title),
                row.step.as_ref().map_or_else(String::new, ToString::to_string),
                word(&row.stage),
                row.station.as_ref().map_or_else(String::new, ToString::to_string),
                person(row.person.as_ref()),
                stopped.join(", "),
            ]
        })
        .collect();
    page.table(
        &["execution", "items", "operation", "step", "stage", "station", "person", "stopped by"],
        &rows,
    );
}

fn next(page: &mut Page, answer: &NextAnswer) {
    let Some(master) = &answer.master else {
        page.prose(&format!("No work master says how {} is made.", answer.item.label));
        return;
    };
    page.line(format!(
        "{} is made by {} ({}).",
        answer.item.label,
        master.name,
        master.stage.word()
    ));
    let rows: Vec<Row> = answer
        .route
        .iter()
        .map(|line| {
            let stands = match (line.done, line.ready) {
                (Some(position), _) => format!("complete at {position}"),
                (None, true) => "can start".to_owned(),
                (None, false) => String::new(),
            };
            vec![line.operation.to_string(), line.title.clone(), stands]
        })
        .collect();
    page.table(&["operation", "title", "stands"], &rows);
    if let Some(open) = answer.open {
        page.line(format!("It is in work: tracewright work show {open}"));
    }
    if !answer.holds.is_empty() {
        page.toned(Tone::Bad, format!("On hold: {}.", answer.holds.join(", ")));
    }
    if answer.complete {
        page.toned(Tone::Good, "Its whole route is passed.");
    }
}

fn show(page: &mut Page, answer: &WorkAnswer) {
    let row = &answer.row;
    page.pairs([
        ("execution", row.execution.to_string()),
        ("operation", format!("{} {}", row.operation, row.title)),
        ("by", format!("{} ({})", row.master.name, row.master.hash.short())),
        ("items", items(row)),
        ("stage", word(&row.stage)),
        ("station", row.station.as_ref().map_or_else(String::new, ToString::to_string)),
        ("person", person(row.person.as_ref())),
    ]);
    for step in &answer.steps {
        let said = |mark: &str| format!("{} {} ({mark})", step.code, step.text);
        match step.stage {
            StepStage::Closed => page.toned(Tone::Good, said("closed")),
            StepStage::Open => page.toned(Tone::Doubt, said("open")),
            StepStage::Waiting => page.line(said("waits")),
        }
        for capture in &step.captures {
            shown(page, capture, step.stage == StepStage::Open);
        }
    }
    for code in &row.stopped_by {
        page.toned(Tone::Bad, format!("Stopped by {code} until it is decided."));
    }
    if !answer.refusals.is_empty() {
        let refused: Vec<String> = answer.refusals.iter().map(ToString::to_string).collect();
        page.line(format!("Refused since the last gate: entries {}.", refused.join(", ")));
    }
}

/// What a capture asks, what was taken and, in the open step, what is missing.
fn shown(page: &mut Page, capture: &CaptureLine, open: bool) {
    page.line(format!("    {}: {}", capture.demand.code(), capture.asks));
    for taken in &capture.taken {
        let on = taken.item.as_ref().map(|item| format!(" on {}", item.label));
        let bad = if taken.good { "" } else { ", not good" };
        let old = if taken.counts { "" } else { ", set aside" };
        let (on, by) = (on.unwrap_or_default(), person(taken.by.as_ref()));
        page.line(format!("      {}: {}{on}{bad}{old} ({by})", taken.position, taken.value));
    }
    for missing in capture.missing.iter().filter(|_| open) {
        page.line(format!("      missing on {}: {}", missing.item.label, missing.count));
    }
}
