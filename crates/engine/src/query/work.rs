//! Work: what can be done on an item, what is open at a station, one execution step by step, and
//! nonconformances.

use domain::act::{Act, Disposition, Value};
use domain::entry::Entry;
use domain::execution::{Execution, Stage as Going, Taken, subject};
use domain::instruction::{Capture, MasterHash, Operation, Stage, Version};
use domain::rules;
use domain::{
    CaptureCode, Fact, FileRef, Interval, ItemRef, NonconformanceCode, OperationCode, PersonCode,
    Position, QualificationCode, StationCode, StepCode, Time,
};
use genealogy::ItemIndex;
use serde::{Deserialize, Serialize};

use super::Seen;
use super::line::ItemName;
use crate::error::{Error, Result};
use crate::plant::{At, Plant};
use crate::state::Known;

/// The version an item is made by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MadeBy {
    /// Its name.
    pub hash: MasterHash,
    /// Code and number: `WM-LP300 version 3`.
    pub name: String,
    /// How far it has come.
    pub stage: Stage,
}

/// An operation of a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RouteLine {
    /// Which.
    pub operation: OperationCode,
    /// What people call it.
    pub title: String,
    /// Whether it can start now.
    pub ready: bool,
    /// The entry that completed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Position>,
}

/// What can be done on an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NextAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// Which item.
    pub item: ItemName,
    /// By which version; absent: no work master says how it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master: Option<MadeBy>,
    /// The execution it is in now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Position>,
    /// Holds that forbid to go on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<String>,
    /// The route.
    pub route: Vec<RouteLine>,
    /// Whether the whole route is passed.
    pub complete: bool,
}

/// A value that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TakenLine {
    /// Which entry says so.
    pub position: Position,
    /// On which item; absent: on all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemName>,
    /// What, in words.
    pub value: String,
    /// Whether it is within what the capture demands.
    pub good: bool,
    /// Whether it counts; another may stand in its place.
    pub counts: bool,
    /// By whom.
    pub by: Option<PersonCode>,
}

/// What a step demands, and what is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaptureLine {
    /// What it demands.
    #[serde(flatten)]
    pub demand: Capture,
    /// What to do, in words.
    pub asks: String,
    /// What was taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<TakenLine>,
    /// What is missing on each item that misses some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingOn>,
    /// What is in the place of a scan since the operation was done before: it stays if it is
    /// scanned again, and else is replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_place: Vec<InPlace>,
}

/// What is in a place of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InPlace {
    /// In which item.
    pub item: ItemName,
    /// What is in there.
    pub component: ItemName,
}

/// How much an item misses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MissingOn {
    /// Which item.
    pub item: ItemName,
    /// How many values.
    pub count: usize,
    /// How many more may be bad before it is a nonconformance.
    pub tries_left: usize,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum StepStage {
    /// Its gate is closed.
    Closed,
    /// It is the one to do.
    Open,
    /// Others come first.
    Waiting,
}

/// One step of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepLine {
    /// Which.
    pub code: StepCode,
    /// What to do.
    pub text: String,
    /// A picture, by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<FileRef>,
    /// How long it takes. Units: seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_s: Option<u32>,
    /// How it stands.
    pub stage: StepStage,
    /// The entry that closed its gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Position>,
    /// What it demands.
    pub captures: Vec<CaptureLine>,
}

/// How an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum WorkStage {
    /// Somebody works on it.
    Running,
    /// It waits for somebody to go on.
    Paused,
    /// Its last gate is closed.
    Complete,
    /// It was ended without completing it.
    Abandoned,
}

/// An execution in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkRow {
    /// Which.
    pub execution: Position,
    /// By which version.
    pub master: MadeBy,
    /// Which operation.
    pub operation: OperationCode,
    /// What people call it.
    pub title: String,
    /// On which items.
    pub items: Vec<ItemName>,
    /// How it stands.
    pub stage: WorkStage,
    /// At which station, last.
    pub station: Option<StationCode>,
    /// By whom, last.
    pub person: Option<PersonCode>,
    /// When it was started.
    pub started: Time,
    /// The open step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepCode>,
    /// Nonconformances that stop it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stopped_by: Vec<NonconformanceCode>,
}

/// One execution, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// How it stands.
    #[serde(flatten)]
    pub row: WorkRow,
    /// Its steps, in order.
    pub steps: Vec<StepLine>,
    /// Attempts that were refused since the last gate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Position>,
}

/// Asks for executions that are not ended. All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkAsk {
    /// At this station.
    #[serde(default)]
    pub station: Option<StationCode>,
    /// By this person.
    #[serde(default)]
    pub person: Option<PersonCode>,
}

/// Executions that are not ended, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkList {
    /// Where it stands.
    pub at: Vec<At>,
    /// The executions.
    pub work: Vec<WorkRow>,
}

/// Asks for nonconformances.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NonconformancesAsk {
    /// Those that were decided about too.
    #[serde(default)]
    pub all: bool,
}

/// A nonconformance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NonconformanceRow {
    /// Its code, which its hold has too.
    pub code: NonconformanceCode,
    /// Which entry opened it.
    pub position: Position,
    /// The items.
    pub items: Vec<ItemName>,
    /// What is wrong.
    pub description: String,
    /// Who opened it.
    pub by: Option<PersonCode>,
    /// When.
    pub opened: Time,
    /// The capture that was out of limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<Position>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Disposition>,
    /// Which entry decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Position>,
}

/// Nonconformances, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NonconformancesAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// The nonconformances.
    pub nonconformances: Vec<NonconformanceRow>,
}

/// A qualification of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QualificationRow {
    /// Who.
    pub person: PersonCode,
    /// For what.
    pub qualification: QualificationCode,
    /// Since when.
    pub from: Time,
    /// Until when; absent: until it is said otherwise.
    pub until: Option<Time>,
    /// Whether it holds now.
    pub holds: bool,
    /// Which entry says so.
    pub position: Position,
}

/// Who is qualified for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QualificationsAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// The latest word on each.
    pub qualifications: Vec<QualificationRow>,
}

impl Plant {
    /// Where an item stands in its route, and what can be done on it.
    ///
    /// Errors: [`Error::NotFound`] if the reference fits no item, [`Error::Input`] if several.
    pub fn next_work(&self, item: &ItemRef) -> Result<NextAnswer> {
        self.see((None, None), |seen| {
            let index = seen.only(item)?;
            let known = Known { state: seen.state, entries: seen };
            let id = seen.item(index).map(|item| item.id);
            let next = id.and_then(|id| rules::next(id, &known));
            let holds = seen.holds_on(index).into_iter().map(ToString::to_string).collect();
            let version = next.as_ref().and_then(|next| seen.version(&next.master));
            let operations = version.map(|version| version.master.operations.iter());
            let line = |operation: &Operation| {
                let next = next.as_ref()?;
                let done = next.done.iter().find(|(code, _)| *code == operation.code);
                Some(RouteLine {
                    operation: operation.code.clone(),
                    title: operation.title.clone(),
                    ready: next.open.is_none() && next.ready.contains(&operation.code),
                    done: done.map(|(_, position)| *position),
                })
            };
            Ok(NextAnswer {
                at: seen.at(),
                item: seen.name(index),
                master: version.map(made_by),
                open: next.as_ref().and_then(|next| next.open),
                holds,
                route: operations.into_iter().flatten().filter_map(line).collect(),
                complete: next.as_ref().is_some_and(|next| next.complete),
            })
        })
    }

    /// Executions that are not ended.
    pub fn work_list(&self, ask: &WorkAsk) -> Result<WorkList> {
        self.see((None, None), |seen| {
            let executions = seen.state.floor().executions.values();
            let fits = executions.filter(|work| {
                ask.station.as_ref().is_none_or(|at| work.station.as_ref() == Some(at))
                    && ask.person.as_ref().is_none_or(|by| work.person.as_ref() == Some(by))
            });
            let work = fits.filter_map(|work| seen.work_row(work, stage_of(work))).collect();
            Ok(WorkList { at: seen.at(), work })
        })
    }

    /// One execution, step by step, ended or not.
    ///
    /// Errors: [`Error::NotFound`] if the entry started no work.
    pub fn work(&self, position: &Position) -> Result<WorkAnswer> {
        self.see((None, None), |seen| {
            let (execution, stage) = seen.execution(*position)?;
            let found = || Error::NotFound(format!("work that entry {position} started"));
            let row = seen.work_row(&execution, stage).ok_or_else(found)?;
            let version = seen.version(&execution.master).ok_or_else(found)?;
            let operation = version.master.operation(&execution.operation).ok_or_else(found)?;
            let steps = (0..).zip(&operation.steps);
            let steps = steps.map(|(index, _)| seen.step_line(&execution, operation, index, stage));
            Ok(WorkAnswer {
                at: seen.at(),
                row,
                steps: steps.flatten().collect(),
                refusals: execution.refusals,
            })
        })
    }

    /// Nonconformances, the newest first.
    pub fn nonconformances(&self, ask: &NonconformancesAsk) -> Result<NonconformancesAnswer> {
        self.see((None, None), |seen| {
            let all = seen.state.floor().nonconformances.values();
            let fits = all.filter(|each| ask.all || each.decided.is_none());
            let mut rows: Vec<NonconformanceRow> = fits
                .map(|each| NonconformanceRow {
                    code: each.code.clone(),
                    position: each.position,
                    items: seen.names(each.items.iter().copied()),
                    description: each.description.clone(),
                    by: each.by.clone(),
                    opened: each.opened,
                    capture: each.capture,
                    disposition: each.decided.map(|(disposition, _)| disposition),
                    decided: each.decided.map(|(_, position)| position),
                })
                .collect();
            rows.sort_by_key(|row| std::cmp::Reverse(row.position));
            Ok(NonconformancesAnswer { at: seen.at(), nonconformances: rows })
        })
    }

    /// Who is qualified for what.
    pub fn qualifications(&self) -> Result<QualificationsAnswer> {
        let now = self.now();
        self.see((None, None), |seen| {
            let floor = seen.state.floor();
            let rows = floor.qualifications.iter().flat_map(|(person, held)| {
                held.iter().map(move |(code, held)| QualificationRow {
                    person: person.clone(),
                    qualification: code.clone(),
                    from: held.from,
                    until: held.until,
                    holds: floor.qualified(code, Interval::at(now)).contains(person),
                    position: held.position,
                })
            });
            Ok(QualificationsAnswer { at: seen.at(), qualifications: rows.collect() })
        })
    }
}

pub(super) fn made_by(version: &Version) -> MadeBy {
    MadeBy { hash: version.hash.clone(), name: version.name(), stage: version.stage }
}

fn stage_of(execution: &Execution) -> WorkStage {
    match execution.stage {
        Going::Running => WorkStage::Running,
        Going::Paused => WorkStage::Paused,
    }
}

impl Seen<'_> {
    /// The item a reference fits, if it is one.
    pub(super) fn only(&self, item: &ItemRef) -> Result<ItemIndex> {
        match self.named(item)? {
            (found, None) => {
                found.first().copied().ok_or_else(|| Error::NotFound(item.to_string()))
            }
            (_, Some(note)) => Err(Error::Input(format!("{note}; name one by its id"))),
        }
    }

    pub(super) fn version(&self, hash: &MasterHash) -> Option<&Version> {
        self.state.floor().versions.get(hash).map(|version| &**version)
    }

    /// An execution as it stands, or as it stood when it ended.
    fn execution(&self, position: Position) -> Result<(Execution, WorkStage)> {
        if let Some(execution) = self.state.floor().executions.get(&position) {
            return Ok((Execution::clone(execution), stage_of(execution)));
        }
        let found = || Error::NotFound(format!("work that entry {position} started"));
        let started = self.entry(position).ok_or_else(found)?;
        let Act::StartWork(v) = &started.fact else { return Err(found()) };
        let mut execution = Execution::started(v, &started).ok_or_else(found)?;
        let item = v.items.first().and_then(|worked| self.index_of(worked.item));
        let entries = item.map(|index| self.history(index)).unwrap_or_default();
        for entry in entries.iter() {
            execution = self.decided(execution, entry);
            if subject(&entry.fact) != Some(position) {
                continue;
            }
            let before = execution.clone();
            match execution.after(entry) {
                Some(after) => execution = after,
                None => return Ok(ended(before, &entry.fact, entry.position)),
            }
        }
        let stage = stage_of(&execution);
        Ok((execution, stage))
    }

    /// What a nonconformance of its captures, or the decision about it, means for an execution.
    fn decided(&self, execution: Execution, entry: &Entry) -> Execution {
        let ours = |at: Option<Position>| execution.taken.iter().any(|t| Some(t.position) == at);
        match &entry.fact {
            Act::OpenNonconformance(v) if ours(v.capture) => match &v.code {
                Some(code) => execution.stopped(code),
                None => execution,
            },
            Act::Dispose(v) => {
                let known = &self.state.floor().nonconformances;
                let Some(found) = known.get(&v.nonconformance) else { return execution };
                let stands = v.disposition == Disposition::UseAsIs;
                execution.decided(found, stands, entry.position)
            }
            _ => execution,
        }
    }

    fn work_row(&self, execution: &Execution, stage: WorkStage) -> Option<WorkRow> {
        let version = self.version(&execution.master)?;
        let operation = version.master.operation(&execution.operation)?;
        let goes_on = matches!(stage, WorkStage::Running | WorkStage::Paused);
        let open = execution.open_step(operation).filter(|_| goes_on);
        Some(WorkRow {
            execution: execution.position,
            master: made_by(version),
            operation: operation.code.clone(),
            title: operation.title.clone(),
            items: self.names(execution.item_ids()),
            stage,
            station: execution.station.clone(),
            person: execution.person.clone(),
            started: execution.started,
            step: open.map(|step| step.code.clone()),
            stopped_by: execution.stopped_by.clone(),
        })
    }

    fn step_line(
        &self,
        execution: &Execution,
        operation: &Operation,
        index: usize,
        stage: WorkStage,
    ) -> Option<StepLine> {
        let step = operation.steps.get(index)?;
        let closed = execution.closed.get(index).copied();
        let goes_on = matches!(stage, WorkStage::Running | WorkStage::Paused);
        let missing = if closed.is_none() { execution.missing(step) } else { Vec::new() };
        let line = |capture: &Capture| {
            let taken = execution.taken.iter();
            let own = taken.filter(|t| t.step == step.code && t.capture == *capture.code());
            let missing = missing.iter().filter(|missing| missing.capture == capture);
            CaptureLine {
                demand: capture.clone(),
                asks: capture.asks(),
                taken: own.map(|taken| self.taken(taken)).collect(),
                missing: missing
                    .filter_map(|missing| {
                        let tries = usize::from(capture.retries()).saturating_add(1);
                        Some(MissingOn {
                            item: self.name(self.index_of(missing.item)?),
                            count: missing.count,
                            tries_left: tries.saturating_sub(missing.bad),
                        })
                    })
                    .collect(),
                in_place: match capture {
                    Capture::Scan(scan) if closed.is_none() && goes_on => {
                        self.in_place(execution, (&step.code, &scan.code))
                    }
                    _ => Vec::new(),
                },
            }
        };
        Some(StepLine {
            code: step.code.clone(),
            text: step.text.clone(),
            picture: step.picture.clone(),
            expected_s: step.expected_s,
            stage: match closed {
                Some(_) => StepStage::Closed,
                None if goes_on && index == execution.closed.len() => StepStage::Open,
                None => StepStage::Waiting,
            },
            closed,
            captures: step.captures.iter().map(line).collect(),
        })
    }

    /// What is in the place of a scan since the operation was done before.
    fn in_place(&self, execution: &Execution, of: (&StepCode, &CaptureCode)) -> Vec<InPlace> {
        let known = Known { state: self.state, entries: self };
        let named = |id| Some(self.name(self.index_of(id)?));
        let held = execution.item_ids().filter_map(|id| {
            let component = rules::in_place(execution, of, id, &known)?;
            Some(InPlace { item: named(id)?, component: named(component)? })
        });
        held.collect()
    }

    fn taken(&self, taken: &Taken) -> TakenLine {
        let item = taken.item.and_then(|id| self.index_of(id)).map(|index| self.name(index));
        TakenLine {
            position: taken.position,
            item,
            value: self.value_in_words(&taken.value),
            good: taken.good,
            counts: taken.counts,
            by: taken.by.clone(),
        }
    }

    /// A captured value in words.
    pub(super) fn value_in_words(&self, value: &Value<domain::ItemId>) -> String {
        match value {
            Value::Scan(scanned) => {
                let named = |id| {
                    let index = self.index_of(id);
                    index.map_or_else(|| format!("id:{id}"), |index| self.name(index).label)
                };
                let item = named(scanned.item);
                match &scanned.replaces {
                    Some(old) => format!("{item} in place of {}", named(old.item)),
                    None if scanned.kept => format!("{item}, which stays in its place"),
                    None => item,
                }
            }
            Value::Measurement(measured) => format!("{} {}", measured.value, measured.unit),
            Value::Check(looked) => yes(looked.good),
            Value::Witness(witnessed) => yes(witnessed.good),
            Value::Signature(_) => "signed".to_owned(),
            Value::Choice(chosen) => chosen.choice.clone(),
            Value::Text(written) => written.text.clone(),
            Value::File(file) => file.name.clone().unwrap_or_else(|| file.sha256.clone()),
        }
    }
}

fn yes(good: bool) -> String {
    if good { "yes" } else { "no" }.to_owned()
}

/// An execution that ended with a fact: complete, with its last gate closed, or abandoned.
fn ended(mut execution: Execution, by: &Fact, at: Position) -> (Execution, WorkStage) {
    match by {
        Act::CloseStep(_) => {
            execution.closed.push(at);
            execution.refusals.clear();
            (execution, WorkStage::Complete)
        }
        _ => (execution, WorkStage::Abandoned),
    }
}

impl WorkAnswer {
    /// The open step.
    #[must_use]
    pub fn open_step(&self) -> Option<&StepLine> {
        self.steps.iter().find(|step| step.stage == StepStage::Open)
    }

    /// A capture of the open step.
    #[must_use]
    pub fn capture(&self, code: &CaptureCode) -> Option<&CaptureLine> {
        self.open_step()?.captures.iter().find(|capture| capture.demand.code() == code)
    }
}
