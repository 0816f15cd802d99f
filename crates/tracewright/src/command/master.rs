//! Work masters: from a draft in a file to the version that is worked by.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use domain::act::{
    Acknowledge, Act, ActivateMaster, ApproveMaster, ProposeMaster, RejectMaster, RetireMaster,
};
use domain::instruction::check::{Fault, Severity};
use domain::instruction::{Capture, MasterHash, Operation, Stage, WorkMaster};
use domain::{ItemRef, MasterCode, PersonCode};
use engine::query::{
    MasterAnswer, MasterChanges, MasterCheck, MastersAnswer, MastersAsk, ReplayAnswer, ReplayAsk,
};

use super::{Bench, PERSON, Result, submit};
use crate::failure::Outcome;
use crate::output::{Page, Row, Tone, count};

/// Write, release and read work masters: how a product is made, step by step.
///
/// A draft is a TOML or JSON file. `check` says what is wrong with it, `diff` what is new in it,
/// `replay` whom it would have stopped. `propose` puts it into the ledger, another person approves
/// it, and `activate` makes it the one that new work is done by.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright master check pump.toml --data plant
  tracewright master propose pump.toml --reason 'torque raised' --by P-7 --data plant
  tracewright master approve WM-LP300@3 --by P-9 --data plant
  tracewright master activate WM-LP300@3 --by P-9 --data plant
  tracewright master show WM-LP300 --data plant")]
pub(crate) struct MasterArgs {
    #[command(subcommand)]
    deed: MasterDeed,
}

/// What is done about work masters.
#[derive(Debug, Subcommand)]
enum MasterDeed {
    /// List every version.
    List(ListArgs),
    /// Show a version: its route, steps and captures.
    Show {
        /// Its hash or the beginning of it, CODE@VERSION, or CODE for the effective one.
        master: String,
    },
    /// Say everything that is wrong with a draft; nothing is written.
    Check {
        /// The draft, in TOML or JSON.
        file: PathBuf,
    },
    /// Say what is new in a draft against the effective version; nothing is written.
    Diff {
        /// The draft, in TOML or JSON.
        file: PathBuf,
    },
    /// Run a draft against the last executions: who would have been stopped, and why.
    Replay {
        /// The draft, in TOML or JSON.
        file: PathBuf,
        /// How many executions to look at.
        #[arg(long, value_name = "N", default_value_t = 100)]
        last: usize,
    },
    /// Put a draft up for approval.
    Propose {
        /// The draft, in TOML or JSON.
        file: PathBuf,
        /// What is new in it.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        who: Who,
    },
    /// Approve a version, as another person than its author.
    Approve(Named),
    /// Reject a version before it is effective.
    Reject(Reasoned),
    /// Make an approved version effective; the one before it is superseded.
    Activate(Named),
    /// End an effective version without another in its place.
    Retire(Reasoned),
    /// Say that a person has read and understood a version.
    Acknowledge(Named),
    /// Print the JSON Schema of the file format.
    Schema,
}

/// Which versions to list.
#[derive(Debug, Args)]
struct ListArgs {
    /// Of this work master.
    #[arg(long, value_parser = MasterCode::new)]
    code: Option<MasterCode>,
    /// That make this part: LP-300/F, or LP-300 for any revision.
    #[arg(long)]
    part: Option<String>,
    /// Only those that are effective.
    #[arg(long)]
    effective: bool,
}

/// Who does it.
#[derive(Debug, Args)]
struct Who {
    /// The code of the person who does it.
    #[arg(long = "by", value_name = "PERSON", env = PERSON, value_parser = PersonCode::new)]
    person: PersonCode,
}

/// A version and who does something about it.
#[derive(Debug, Args)]
struct Named {
    /// Its hash or the beginning of it, CODE@VERSION, or CODE for the effective one.
    master: String,
    #[command(flatten)]
    who: Who,
}

/// The same with a reason.
#[derive(Debug, Args)]
struct Reasoned {
    #[command(flatten)]
    named: Named,
    /// Why.
    #[arg(long)]
    reason: String,
}

/// Does what was asked about work masters.
pub(crate) fn run(args: MasterArgs, at: &Bench<'_>) -> Result {
    match args.deed {
        MasterDeed::List(args) => list(args, at),
        MasterDeed::Show { master } => {
            let answer = at.open()?.master(&master)?;
            at.output.show(&answer, show)?;
            Ok(Outcome::Done)
        }
        MasterDeed::Check { file } => check(&read(&file)?, at),
        MasterDeed::Diff { file } => {
            let answer = at.open()?.master_changes(&read(&file)?)?;
            at.output.show(&answer, changes)?;
            Ok(Outcome::Done)
        }
        MasterDeed::Replay { file, last } => {
            let ask = ReplayAsk { master: read(&file)?, last: Some(last) };
            let answer = at.open()?.replay_master(&ask)?;
            at.output.show(&answer, replay)?;
            Ok(Outcome::Done)
        }
        MasterDeed::Propose { file, reason, who } => {
            let master = read(&file)?;
            warn(&at.open()?.check_master(&master)?, at);
            let master = Box::new(master);
            tell(Act::ProposeMaster(ProposeMaster { master, reason }), who, at)
        }
        MasterDeed::Approve(v) => {
            let master = hash(&v.master, at)?;
            tell(Act::ApproveMaster(ApproveMaster { master }), v.who, at)
        }
        MasterDeed::Reject(v) => {
            let (master, reason) = (hash(&v.named.master, at)?, v.reason);
            tell(Act::RejectMaster(RejectMaster { master, reason }), v.named.who, at)
        }
        MasterDeed::Activate(v) => {
            let master = hash(&v.master, at)?;
            tell(Act::ActivateMaster(ActivateMaster { master }), v.who, at)
        }
        MasterDeed::Retire(v) => {
            let (master, reason, successor) = (hash(&v.named.master, at)?, v.reason, None);
            tell(Act::RetireMaster(RetireMaster { master, reason, successor }), v.named.who, at)
        }
        MasterDeed::Acknowledge(v) => {
            let master = hash(&v.master, at)?;
            tell(Act::Acknowledge(Acknowledge { master }), v.who, at)
        }
        MasterDeed::Schema => {
            at.output.text(&api::master_schema())?;
            Ok(Outcome::Done)
        }
    }
}

fn tell(act: Act<ItemRef>, who: Who, at: &Bench<'_>) -> Result {
    submit::one(act, Some(who.person), at)
}

/// The hash of a version, however it is named.
fn hash(named: &str, at: &Bench<'_>) -> anyhow::Result<MasterHash> {
    if let Ok(hash) = named.parse() {
        return Ok(hash);
    }
    Ok(at.open()?.master(named)?.row.hash)
}

/// A draft from a file: JSON where it begins with a brace, else TOML.
fn read(file: &Path) -> anyhow::Result<WorkMaster> {
    let text = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    if text.trim().is_empty() {
        bail!(
            "read {}: it is empty; `tracewright master schema` says what belongs in it",
            file.display()
        );
    }
    let wrong = |error: &dyn std::fmt::Display| {
        let (error, file) = (error.to_string(), file.display());
        let needed = "`tracewright master schema` says what belongs in it";
        anyhow::anyhow!("understand {file} as a work master: {}\n{needed}", error.trim_end())
    };
    if text.trim_start().starts_with('{') {
        serde_json::from_str(&text).map_err(|error| wrong(&error))
    } else {
        toml::from_str(&text).map_err(|error| wrong(&error))
    }
}

fn list(args: ListArgs, at: &Bench<'_>) -> Result {
    let stage = args.effective.then_some(Stage::Effective);
    let answer = at.open()?.masters(&MastersAsk { code: args.code, part: args.part, stage })?;
    at.output.show(&answer, listed)?;
    Ok(Outcome::Done)
}

fn listed(page: &mut Page, answer: &MastersAnswer) {
    if answer.masters.is_empty() {
        page.line("No work master fits; put one up with `tracewright master propose FILE`.");
        return;
    }
    let rows: Vec<Row> = answer
        .masters
        .iter()
        .map(|master| {
            let person = |code: &Option<PersonCode>| {
                code.as_ref().map_or_else(String::new, ToString::to_string)
            };
            vec![
                master.code.to_string(),
                master.version.to_string(),
                master.stage.word().to_owned(),
                master.part.to_string(),
                master.title.clone(),
                person(&master.author),
                person(&master.approver),
                master.hash.short().to_owned(),
            ]
        })
        .collect();
    page.table(
        &["work master", "version", "stage", "makes", "title", "author", "approved by", "hash"],
        &rows,
    );
}

fn show(page: &mut Page, answer: &MasterAnswer) {
    let row = &answer.row;
    page.pairs([
        ("work master", format!("{} version {}", row.code, row.version)),
        ("title", row.title.clone()),
        ("makes", row.part.to_string()),
        ("stage", row.stage.word().to_owned()),
        ("author", row.author.as_ref().map_or_else(String::new, ToString::to_string)),
        ("approved by", row.approver.as_ref().map_or_else(String::new, ToString::to_string)),
        (
            "read by",
            row.acknowledged.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        ),
        ("hash", row.hash.to_string()),
    ]);
    for (index, operation) in answer.master.operations.iter().enumerate() {
        page.heading(format!("{} {}", operation.code, operation.title));
        let about = about(&answer.master, index, operation);
        if !about.is_empty() {
            page.prose(&about);
        }
        for step in &operation.steps {
            let seconds = step.expected_s.map(|s| format!(" ({s} s)")).unwrap_or_default();
            page.line(format!("  {} {}{seconds}", step.code, step.text));
            for capture in &step.captures {
                page.line(format!("      {}: {}", capture.code(), demand(capture)));
            }
        }
    }
}

/// When, where and by whom an operation is done.
fn about(master: &WorkMaster, index: usize, operation: &Operation) -> String {
    let mut words = Vec::new();
    let before: Vec<String> = master
        .before(index)
        .into_iter()
        .map(|any| any.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "))
        .collect();
    if operation.after.is_some() && !before.is_empty() {
        words.push(format!("after {}", before.join(" and ")));
    }
    words.extend(operation.work_center.as_ref().map(|center| format!("in {center}")));
    let held: Vec<String> = operation.qualifications.iter().map(ToString::to_string).collect();
    if !held.is_empty() {
        words.push(format!("takes {}", held.join(", ")));
    }
    if operation.backflush {
        words.push("uses up what is loaded".to_owned());
    }
    words.join("; ")
}

fn demand(capture: &Capture) -> String {
    let times =
        if capture.count() > 1 { format!("{} times ", capture.count()) } else { String::new() };
    let retries = match capture.retries() {
        0 => String::new(),
        1 => "; once again if it is not good".to_owned(),
        more => format!("; {more} times again if it is not good"),
    };
    format!("{times}{}{retries}", capture.asks())
}

fn check(draft: &WorkMaster, at: &Bench<'_>) -> Result {
    let answer = at.open()?.check_master(draft)?;
    at.output.show(&answer, |page, answer| checked(page, draft, answer))?;
    let errors = answer.faults.iter().any(|fault| fault.severity == Severity::Error);
    Ok(if errors { Outcome::Refused } else { Outcome::Done })
}

fn checked(page: &mut Page, draft: &WorkMaster, answer: &MasterCheck) {
    let name = format!("{} version {}", draft.code, draft.version);
    let of = |severity| answer.faults.iter().filter(move |fault| fault.severity == severity);
    for fault in &answer.faults {
        fault_line(page, fault);
    }
    let (errors, warnings) = (of(Severity::Error).count(), of(Severity::Warning).count());
    let said = format!("{name}: {}, {}.", count(errors, "error"), count(warnings, "warning"));
    page.toned(if errors == 0 { Tone::Good } else { Tone::Bad }, said);
    page.line(format!("hash {}", answer.hash));
}

fn fault_line(page: &mut Page, fault: &Fault) {
    let (word, tone) = match fault.severity {
        Severity::Error => ("error", Tone::Bad),
        Severity::Warning => ("warning", Tone::Doubt),
    };
    let at = if fault.at.is_empty() { String::new() } else { format!("{}: ", fault.at) };
    page.toned(tone, format!("{word} {at}{}", fault.what));
    page.line(format!("  -> {}", fault.needed));
}

/// Shows what a person should have seen before it is proposed.
fn warn(answer: &MasterCheck, at: &Bench<'_>) {
    for fault in answer.faults.iter().filter(|fault| fault.severity == Severity::Warning) {
        let place = if fault.at.is_empty() { String::new() } else { format!("{}: ", fault.at) };
        at.output.note(&format!("warning: {place}{}; {}", fault.what, fault.needed));
    }
}

fn changes(page: &mut Page, answer: &MasterChanges) {
    match &answer.from {
        Some(from) => page.line(format!("Against {}:", from.short())),
        None => page.line("There is no older version; all of it is new."),
    }
    if answer.changes.is_empty() {
        page.line("Nothing differs.");
        return;
    }
    let cell = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let rows: Vec<Row> = answer
        .changes
        .iter()
        .map(|change| vec![change.at.clone(), cell(&change.was), cell(&change.is)])
        .collect();
    page.table(&["where", "was", "is"], &rows);
}

fn replay(page: &mut Page, answer: &ReplayAnswer) {
    if answer.executions == 0 {
        page.line("Nothing was made by this work master yet; there is nothing to replay.");
        return;
    }
    let (stopped, all) = (answer.stopped.len(), count(answer.executions, "execution"));
    let tone = if stopped == 0 { Tone::Good } else { Tone::Doubt };
    page.toned(tone, format!("{stopped} of {all} would have been stopped."));
    let rows: Vec<Row> =
        answer.by.iter().map(|by| vec![by.at.clone(), by.executions.to_string()]).collect();
    if !rows.is_empty() {
        page.heading("By what");
        page.table(&["capture", "executions"], &rows);
        page.heading("Which");
        let rows: Vec<Row> = answer
            .stopped
            .iter()
            .map(|one| {
                let at = format!("{}/{}/{}", one.operation, one.step, one.capture);
                vec![one.execution.to_string(), one.item.label.clone(), at, one.why.clone()]
            })
            .collect();
        page.table(&["execution", "item", "at", "why"], &rows);
    }
    if !answer.unknown.is_empty() {
        let codes: Vec<String> = answer.unknown.iter().map(ToString::to_string).collect();
        page.prose(&format!(
            "The draft has no {}; its executions were passed over.",
            codes.join(", ")
        ));
    }
}
