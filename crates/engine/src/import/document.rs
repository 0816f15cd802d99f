//! EPCIS documents: each event becomes reports, in the order of the document.
//!
//! Events are planned one after another, each against what readers see once the one before is in;
//! their command ids are made from the events alone, so the same event in another document, or the
//! same document again, changes nothing.
//!
//! A declared error that comes before its event is kept, and the event is then not taken in. One
//! that comes after it withdraws what the event had told. What came into being by it cannot be
//! withdrawn, other facts stand on it: it is put on hold for somebody to decide.

mod known;

use domain::act::{Act, Amendment, Correct, DeclareError, Hold, ITEMS_PER_ACT_MAX};
use domain::start::Start;
use domain::{Answer, Code, Command, Fact, HoldCode, ItemId, ItemRef, Position};
use epcis::Event;
use epcis::capture::{Planned, Retraction, plan};
use epcis::document::{DOCUMENT_BYTES_MAX, Document, Form, Problem};

use self::known::Known;
use super::refused::Wrong;
use super::run::{Run, Watch, answer_to, entry_at, of_rejection};
use super::{ImportAnswer, ImportPhase};
use crate::error::{Error, Result};

/// Notes of one document at most; the rest is counted.
const NOTES_MAX: usize = 50;

/// What became of an event.
enum Became {
    Imported,
    Unchanged,
    Refused(Wrong),
}

pub(super) fn import(mut run: Run<'_>, watch: &mut Watch<'_>) -> Result<ImportAnswer> {
    if run.looked.bytes > DOCUMENT_BYTES_MAX as u64 {
        let reason = format!(
            "the document has {} bytes, at most {DOCUMENT_BYTES_MAX}; part it",
            run.looked.bytes
        );
        run.refused.push(0, Wrong::new(Code::TooLarge, reason));
        return run.answer(false);
    }
    let path = &run.ask.source;
    let bytes = std::fs::read(path).map_err(|source| Error::File { path: path.clone(), source })?;
    let document = match Document::parse(&bytes) {
        Ok(document) => document,
        Err(problems) => {
            for problem in problems {
                run.refused.add(event_of(&problem.path), wrong(&problem));
            }
            run.notes.push("nothing was written: mend the document".to_owned());
            return run.answer(false);
        }
    };
    drop(bytes);
    for finding in &document.findings {
        note(&mut run, finding.to_string());
    }
    let list = list_path(&document.form);
    if !check(&mut run, &document.events, list, watch)? {
        return run.answer(false);
    }
    let stops = run.ask.dry_run || (!run.refused.is_empty() && !run.ask.skip_bad);
    if stops || run.counts.imported == 0 {
        if stops && !run.ask.dry_run {
            run.counts.imported = 0;
            run.notes.push("nothing was written: mend the events named, or skip them".into());
        }
        return run.answer(!stops);
    }
    run.keep_file()?;
    run.begin(run.counts.rows)?;
    let complete = write(&mut run, &document.events, list, watch)?;
    if complete {
        run.end(run.counts.rows)?;
    }
    run.answer(complete)
}

/// Where the events of a document stand.
const fn list_path(form: &Form) -> &'static str {
    match form {
        Form::Capture => "/epcisBody/eventList/",
        Form::Query { .. } => "/epcisBody/queryResults/resultsBody/eventList/",
        Form::Event => "",
    }
}

/// The number of the event a path leads into, from 1; 0 for the document as a whole.
fn event_of(path: &str) -> u32 {
    let rest = path.split_once("eventList/").map(|(_, rest)| rest);
    let number = rest.and_then(|rest| rest.split('/').next()).and_then(|n| n.parse().ok());
    number.map_or(0, |number: u32| number.saturating_add(1))
}

fn wrong(problem: &Problem) -> Wrong {
    let reason = format!("{} ({})", problem.message, problem.code.as_str());
    let wrong = Wrong::new(Code::DocumentInvalid, reason);
    if problem.path.is_empty() { wrong } else { wrong.in_column(&problem.path) }
}

/// What is wrong with the event of that number, from 0.
fn wrong_event(problem: &Problem, list: &str, number: u32) -> Wrong {
    let path = match list {
        "" => problem.path.clone(),
        list => format!("{list}{number}{}", problem.path),
    };
    wrong(&Problem { path, ..problem.clone() })
}

fn note(run: &mut Run<'_>, text: String) {
    if run.notes.len() < NOTES_MAX {
        run.notes.push(text);
    } else if run.notes.len() == NOTES_MAX {
        run.notes.push("there is more to note of this document".to_owned());
    }
}

/// Plans every event against what is known now; answers whether it came to the end.
fn check(run: &mut Run<'_>, events: &[Event], list: &str, watch: &mut Watch<'_>) -> Result<bool> {
    let total = events.len() as u64;
    run.counts.rows = total;
    for (number, event) in (0_u32..).zip(events) {
        if (watch.cancelled)() {
            run.notes.push("cancelled while it was checked; nothing was written".to_owned());
            return Ok(false);
        }
        let known = Known::new(run.plant);
        let planned = plan(event, &known);
        known.finish()?;
        match planned {
            Ok(planned) if says_nothing(&planned) => {
                planned.iter().for_each(|planned| note_void(run, planned));
                run.counts.unchanged += 1;
            }
            Ok(_) => run.counts.imported += 1,
            Err(problem) => {
                run.refused.push(number.saturating_add(1), wrong_event(&problem, list, number));
            }
        }
        watch.tell(ImportPhase::Checking, u64::from(number) + 1, total);
    }
    Ok(true)
}

/// Whether an event asks nothing: the ledger has all of it, or was told that it is wrong.
fn says_nothing(planned: &[Planned]) -> bool {
    planned.iter().all(|planned| matches!(planned, Planned::Void { .. }))
}

fn note_void(run: &mut Run<'_>, planned: &Planned) {
    if let Planned::Void { event_id } = planned {
        let event = event_id.as_deref().unwrap_or("an event without id");
        note(run, format!("{event} was declared an error before it came: it is not taken in"));
    }
}

/// Writes every event that was found good; answers whether it came to the end.
fn write(run: &mut Run<'_>, events: &[Event], list: &str, watch: &mut Watch<'_>) -> Result<bool> {
    let total = events.len() as u64;
    (run.counts.imported, run.counts.unchanged) = (0, 0);
    for (number, event) in (0_u32..).zip(events) {
        let row = number.saturating_add(1);
        if (watch.cancelled)() {
            run.notes.push(format!("cancelled after {number} events; the same import goes on"));
            return Ok(false);
        }
        if run.refused.contains(row) {
            continue;
        }
        let known = Known::new(run.plant);
        let planned = plan(event, &known);
        known.finish()?;
        let became = match planned {
            Err(problem) => Became::Refused(wrong_event(&problem, list, number)),
            Ok(planned) => take(run, planned)?,
        };
        match became {
            Became::Imported => run.counts.imported += 1,
            Became::Unchanged => run.counts.unchanged += 1,
            Became::Refused(wrong) => {
                run.refused.push(row, wrong);
            }
        }
        watch.tell(ImportPhase::Writing, u64::from(row), total);
    }
    Ok(true)
}

/// Does what an event asks.
fn take(run: &mut Run<'_>, planned: Vec<Planned>) -> Result<Became> {
    let mut commands = Vec::new();
    for each in planned {
        match each {
            Planned::Command(command) => commands.push(command),
            Planned::Retract(retraction) => commands.extend(retract(run, &retraction)?),
            Planned::Void { .. } => {}
        }
    }
    if commands.is_empty() {
        return Ok(Became::Unchanged);
    }
    let replies = run.plant.submit_all(commands, &run.ask.by)?;
    if let Some(last) = replies.iter().map(|reply| reply.position).max() {
        run.plant.published().wait_for(last)?;
    }
    let mut became = Became::Imported;
    for reply in replies {
        match reply.answer {
            Answer::Admitted(admitted) => {
                run.counts.exceptions += admitted.exceptions.len() as u64;
            }
            Answer::Rejected(rejection) => became = Became::Refused(of_rejection(&rejection)),
        }
    }
    Ok(became)
}

/// What earlier commands told: what can be withdrawn, and what came into being by it.
#[derive(Debug, Default)]
struct Told {
    withdraw: Vec<Position>,
    born: Vec<ItemId>,
}

/// The command that takes back what an event had told; nothing where it told nothing.
fn retract(run: &mut Run<'_>, retraction: &Retraction) -> Result<Option<Command>> {
    let event = retraction.event_id.as_deref().unwrap_or("an event without id");
    let command = |acts| Command {
        id: Some(retraction.id),
        performed: Some(retraction.performed),
        source: Some(retraction.source.clone()),
        ..Command::report(acts)
    };
    let early = || {
        let (report, reason) = (retraction.report.clone(), retraction.reason.clone());
        Act::DeclareError(DeclareError { report, reason })
    };
    if retraction.commands.is_empty() {
        note(run, format!("{event} is declared an error before it came: it will not be taken in"));
        return Ok(Some(command(vec![early()])));
    }
    let Told { withdraw, born } = told(run, retraction)?;
    let mut acts = Vec::new();
    for entries in withdraw.chunks(ITEMS_PER_ACT_MAX) {
        acts.push(Act::Correct(Correct {
            entries: entries.to_vec(),
            amendment: Amendment::Withdraw,
            reason: retraction.reason.clone(),
        }));
    }
    for (number, items) in (1_u32..).zip(born.chunks(ITEMS_PER_ACT_MAX)) {
        acts.push(Act::Hold(hold(retraction, number, items)?));
    }
    if !born.is_empty() {
        note(
            run,
            format!(
                "{event} is declared an error, and {} items came into being by it: they are on \
                 hold, because a birth cannot be withdrawn",
                born.len()
            ),
        );
    }
    if acts.is_empty() {
        acts.push(early());
    }
    Ok(Some(command(acts)))
}

fn told(run: &Run<'_>, retraction: &Retraction) -> Result<Told> {
    let mut told = Told::default();
    for id in &retraction.commands {
        let Some(Answer::Admitted(admitted)) = answer_to(run.plant, *id)? else { continue };
        for position in admitted.first.0..=admitted.last.0 {
            let position = Position(position);
            let Some(entry) = entry_at(run.plant, position)? else { continue };
            let superseded = run.plant.published().read().superseded_by(position).is_some();
            if can_be_withdrawn(&entry.fact) && !superseded {
                told.withdraw.push(position);
            }
            if is_made(&entry.fact) {
                told.born.extend(entry.born());
            }
        }
    }
    Ok(told)
}

fn hold(retraction: &Retraction, number: u32, items: &[ItemId]) -> Result<Hold<ItemRef>> {
    let id = retraction.id.to_string();
    let code = format!("EPCIS-{}-{number}", id.get(..13).unwrap_or(&id));
    Ok(Hold {
        code: HoldCode::new(&code).map_err(|error| Error::Input(error.to_string()))?,
        on: items.iter().map(|item| Start::Item { item: ItemRef::Id(*item) }).collect(),
        spreads: false,
        reason: retraction.reason.clone(),
        found: Vec::new(),
    })
}

/// Whether a fact says itself that items came into being, not only by naming them.
fn is_made(fact: &Fact) -> bool {
    match fact {
        Act::Create(create) => create.origin != domain::act::Origin::Implied,
        other => other.births() > 0,
    }
}

/// Whether a fact can be superseded; births, definitions and the ledger's own notes cannot.
#[expect(clippy::too_many_lines, reason = "one line an act; splitting it would hide a gap")]
const fn can_be_withdrawn(fact: &Fact) -> bool {
    match fact {
        Act::Identify(_)
        | Act::Withdraw(_)
        | Act::Describe(_)
        | Act::ChangePart(_)
        | Act::NotApplicable(_)
        | Act::Assign(_)
        | Act::Inspect(_)
        | Act::Count(_)
        | Act::Sample(_)
        | Act::Scrap(_)
        | Act::Step(_)
        | Act::Install(_)
        | Act::Remove(_)
        | Act::Replace(_)
        | Act::Consume(_)
        | Act::Transform(_)
        | Act::Load(_)
        | Act::Unload(_)
        | Act::Pack(_)
        | Act::Unpack(_)
        | Act::Move(_)
        | Act::Ship(_)
        | Act::ReceiveBack(_)
        | Act::Clear(_)
        | Act::CheckEquipment(_) => true,
        Act::DefineMaterial(_)
        | Act::DefineBom(_)
        | Act::DefineParty(_)
        | Act::DefinePlace(_)
        | Act::DefineWorkCenter(_)
        | Act::DefineStation(_)
        | Act::DefineEquipment(_)
        | Act::DefinePerson(_)
        | Act::DefineOrder(_)
        | Act::PlanOrder(_)
        | Act::ReleaseOrder(_)
        | Act::SplitOrder(_)
        | Act::CloseOrder(_)
        | Act::DefineRange(_)
        | Act::IssueSerials(_)
        | Act::VoidSerials(_)
        | Act::DefineSchema(_)
        | Act::Create(_)
        | Act::Receive(_)
        | Act::Split(_)
        | Act::Merge(_)
        | Act::Hold(_)
        | Act::ExtendHold(_)
        | Act::Lift(_)
        | Act::AcknowledgeHold(_)
        | Act::Correct(_)
        | Act::Except(_)
        | Act::CloseException(_)
        | Act::VoidSignature(_)
        | Act::SignAgain(_)
        | Act::Refuse(_)
        | Act::Erase(_)
        | Act::FreezeScope(_)
        | Act::ProposeMaster(_)
        | Act::ApproveMaster(_)
        | Act::RejectMaster(_)
        | Act::ActivateMaster(_)
        | Act::RetireMaster(_)
        | Act::Acknowledge(_)
        | Act::Qualify(_)
        | Act::AssignMaster(_)
        | Act::StartWork(_)
        | Act::Take(_)
        | Act::CloseStep(_)
        | Act::PauseWork(_)
        | Act::ResumeWork(_)
        | Act::AbandonWork(_)
        | Act::Deviate(_)
        | Act::OpenNonconformance(_)
        | Act::Dispose(_)
        | Act::Release(_)
        | Act::Import(_)
        | Act::DeclareError(_)
        | Act::NoteAccount(_) => false,
    }
}
