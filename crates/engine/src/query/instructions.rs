//! Work masters: lists, single versions, what is wrong with a draft, what differs between two, and
//! a draft run against what was really captured.
//!
//! Limits: [`REPLAY_MAX`] executions a replay, newest first.

use std::collections::BTreeMap;

use domain::act::{Act, Take, Value};
use domain::execution::Execution;
use domain::instruction::change::{Change, between};
use domain::instruction::check::{Fault, faults};
use domain::instruction::{Capture, MasterHash, Stage, Version, WorkMaster};
use domain::rules;
use domain::{
    CaptureCode, Interval, ItemId, MasterCode, OperationCode, OrderKind, Part, PersonCode,
    Position, StepCode,
};
use genealogy::ItemIndex;
use serde::{Deserialize, Serialize};

use super::Seen;
use super::line::ItemName;
use crate::error::{Error, Result};
use crate::plant::{At, Plant};
use crate::state::Known;

/// Most executions one replay looks at: more than a shift makes, and a few seconds of reading.
pub const REPLAY_MAX: usize = 2000;
/// Executions a replay looks at where nothing is said.
pub const REPLAY: usize = 100;

/// Asks for versions of work masters. All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MastersAsk {
    /// Of this work master.
    #[serde(default)]
    pub code: Option<MasterCode>,
    /// That make this part; without a revision, any: `LP-300/F`.
    #[serde(default)]
    pub part: Option<String>,
    /// At this stage.
    #[serde(default)]
    pub stage: Option<Stage>,
}

/// One version of a work master in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MasterRow {
    /// Its name: SHA-256 of its content.
    pub hash: MasterHash,
    /// The work master.
    pub code: MasterCode,
    /// Which version.
    pub version: u32,
    /// What people call it.
    pub title: String,
    /// What it makes.
    pub part: Part,
    /// What it is for.
    pub kind: OrderKind,
    /// How far it has come.
    pub stage: Stage,
    /// Who proposed it.
    pub author: Option<PersonCode>,
    /// Who approved it.
    pub approver: Option<PersonCode>,
    /// Which entry proposed it.
    pub proposed: Position,
    /// Which entry last changed its stage.
    pub since: Position,
    /// Who has read and understood it.
    pub acknowledged: Vec<PersonCode>,
}

/// Versions of work masters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MastersAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// The versions, by code and number.
    pub masters: Vec<MasterRow>,
}

/// One version, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MasterAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// How it stands.
    #[serde(flatten)]
    pub row: MasterRow,
    /// What it says.
    pub master: WorkMaster,
}

/// What is wrong with a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MasterCheck {
    /// Where it stands.
    pub at: Vec<At>,
    /// The name it would have.
    pub hash: MasterHash,
    /// Everything wrong, errors first.
    pub faults: Vec<Fault>,
}

/// What differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MasterChanges {
    /// Where it stands.
    pub at: Vec<At>,
    /// The version compared with; absent: there was none.
    pub from: Option<MasterHash>,
    /// The version that is new.
    pub to: MasterHash,
    /// What differs.
    pub changes: Vec<Change>,
}

/// A draft to be run against what was captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayAsk {
    /// The draft.
    pub master: WorkMaster,
    /// How many of the last executions to look at; absent: 100.
    #[serde(default)]
    pub last: Option<usize>,
}

/// An execution the draft would have stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// Which execution.
    pub execution: Position,
    /// On which item.
    pub item: ItemName,
    /// At which operation.
    pub operation: OperationCode,
    /// At which step.
    pub step: StepCode,
    /// By which capture.
    pub capture: CaptureCode,
    /// Why.
    pub why: String,
}

/// How often one capture would have stopped the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoppedBy {
    /// Where: `OP10/S2/torque`.
    pub at: String,
    /// How many executions.
    pub executions: usize,
}

/// What a draft would have done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// How many executions were looked at.
    pub executions: usize,
    /// How many would have gone through.
    pub passed: usize,
    /// Operations of these executions the draft does not have.
    pub unknown: Vec<OperationCode>,
    /// What stopped how many, the most frequent first.
    pub by: Vec<StoppedBy>,
    /// Every execution that would have been stopped, at the first capture that stops it.
    pub stopped: Vec<Stopped>,
}

fn row(version: &Version) -> MasterRow {
    MasterRow {
        hash: version.hash.clone(),
        code: version.master.code.clone(),
        version: version.master.version,
        title: version.master.title.clone(),
        part: version.master.part.clone(),
        kind: version.master.kind,
        stage: version.stage,
        author: version.author.clone(),
        approver: version.approver.clone(),
        proposed: version.proposed,
        since: version.since,
        acknowledged: version.acknowledged.iter().cloned().collect(),
    }
}

impl Plant {
    /// Versions of work masters, by code and number.
    ///
    /// Errors: [`Error::Input`] if the part does not read.
    pub fn masters(&self, ask: &MastersAsk) -> Result<MastersAnswer> {
        let part: Option<Part> = match ask.part.as_deref().map(str::parse) {
            Some(Ok(part)) => Some(part),
            Some(Err(error)) => return Err(Error::Input(format!("read the part: {error}"))),
            None => None,
        };
        self.see((None, None), |seen| {
            let versions = seen.state.floor().versions.values();
            let fits = versions.filter(|version| {
                ask.code.as_ref().is_none_or(|code| version.master.code == *code)
                    && ask.stage.is_none_or(|stage| version.stage == stage)
                    && part.as_ref().is_none_or(|part| part.accepts(&version.master.part))
            });
            let mut masters: Vec<MasterRow> = fits.map(|version| row(version)).collect();
            masters.sort_by(|a, b| (&a.code, a.version).cmp(&(&b.code, b.version)));
            Ok(MastersAnswer { at: seen.at(), masters })
        })
    }

    /// One version of a work master, by its hash, the beginning of it, `CODE@VERSION`, or the code
    /// alone, which means the effective version.
    ///
    /// Errors: [`Error::NotFound`]; [`Error::Input`] if a beginning fits several.
    pub fn master(&self, named: &str) -> Result<MasterAnswer> {
        self.see((None, None), |seen| {
            let version = seen.version_named(named)?;
            let master = WorkMaster::clone(&version.master);
            Ok(MasterAnswer { at: seen.at(), row: row(version), master })
        })
    }

    /// Everything wrong with a draft.
    pub fn check_master(&self, master: &WorkMaster) -> Result<MasterCheck> {
        let now = Interval::at(self.now());
        self.see((None, None), |seen| {
            let known = Known { state: seen.state, entries: seen };
            let faults = faults(master, now, &known);
            Ok(MasterCheck { at: seen.at(), hash: master.hash(), faults })
        })
    }

    /// What is new in a draft against the effective version of its work master, or the last one.
    pub fn master_changes(&self, master: &WorkMaster) -> Result<MasterChanges> {
        self.see((None, None), |seen| {
            let versions: Vec<_> = seen.state.floor().versions_of(&master.code).collect();
            let older = || versions.iter().filter(|old| old.master.version < master.version);
            let effective = older().find(|old| old.stage == Stage::Effective);
            let last = || older().max_by_key(|old| old.master.version);
            let from = effective.or_else(last);
            let nothing = || WorkMaster { operations: Vec::new(), ..master.clone() };
            let old = from.map_or_else(nothing, |old| WorkMaster::clone(&old.master));
            Ok(MasterChanges {
                at: seen.at(),
                from: from.map(|old| old.hash.clone()),
                to: master.hash(),
                changes: between(&old, master),
            })
        })
    }

    /// Runs a draft against the last executions of its work master: who would have been stopped.
    pub fn replay_master(&self, ask: &ReplayAsk) -> Result<ReplayAnswer> {
        let last = ask.last.unwrap_or(REPLAY).min(REPLAY_MAX);
        self.see((None, None), |seen| {
            let mut replay = Replay { draft: &ask.master, seen, by: BTreeMap::new() };
            let executions = seen.executions_of(&ask.master.code, last);
            let looked = executions.iter().filter_map(|(position, item)| {
                let (started, taken) = seen.captured(*position, *item);
                Some((started?, taken, *item))
            });
            let (known, strange): (Vec<_>, Vec<_>) = looked
                .partition(|(started, ..)| ask.master.operation(&started.operation).is_some());
            let mut unknown: Vec<OperationCode> =
                strange.into_iter().map(|(started, ..)| started.operation).collect();
            let stopped: Vec<Stopped> = known
                .iter()
                .filter_map(|(started, taken, item)| replay.run(started, taken, *item))
                .collect();
            unknown.sort();
            unknown.dedup();
            let by = replay.by.into_iter().map(|(at, executions)| StoppedBy { at, executions });
            let mut by: Vec<StoppedBy> = by.collect();
            by.sort_by(|a, b| b.executions.cmp(&a.executions).then_with(|| a.at.cmp(&b.at)));
            Ok(ReplayAnswer {
                at: seen.at(),
                executions: executions.len(),
                passed: known.len().saturating_sub(stopped.len()),
                unknown,
                by,
                stopped,
            })
        })
    }
}

/// A draft at work on what was captured.
struct Replay<'a> {
    draft: &'a WorkMaster,
    seen: &'a Seen<'a>,
    by: BTreeMap<String, usize>,
}

impl Replay<'_> {
    fn run(
        &mut self,
        started: &Execution,
        taken: &[Take<ItemId>],
        item: ItemIndex,
    ) -> Option<Stopped> {
        let operation = self.draft.operation(&started.operation)?;
        let captures = operation
            .steps
            .iter()
            .flat_map(|step| step.captures.iter().map(move |capture| (step, capture)));
        for (step, capture) in captures {
            let Some(why) = self.stops(capture, taken) else { continue };
            let at = format!("{}/{}/{}", operation.code, step.code, capture.code());
            let count = self.by.entry(at).or_default();
            *count = count.saturating_add(1);
            return Some(Stopped {
                execution: started.position,
                item: self.seen.name(item),
                operation: operation.code.clone(),
                step: step.code.clone(),
                capture: capture.code().clone(),
                why,
            });
        }
        None
    }

    /// Why the draft's capture would not have closed on what was captured under its code.
    fn stops(&self, capture: &Capture, taken: &[Take<ItemId>]) -> Option<String> {
        let own: Vec<&Take<ItemId>> =
            taken.iter().filter(|take| take.capture == *capture.code()).collect();
        if own.is_empty() {
            return Some("nothing was captured under this code".to_owned());
        }
        let good = own.iter().filter(|take| rules::is_good(capture, &take.value)).count();
        let needed = usize::from(capture.count());
        if good >= needed {
            return None;
        }
        let bad: Vec<String> = own
            .iter()
            .filter(|take| !rules::is_good(capture, &take.value))
            .filter_map(|take| match &take.value {
                Value::Measurement(v) => Some(format!("{} {}", v.value, v.unit)),
                Value::Choice(v) => Some(v.choice.clone()),
                _ => None,
            })
            .collect();
        let values = if bad.is_empty() { String::new() } else { format!(": {}", bad.join(", ")) };
        let version = &self.draft.version;
        Some(format!("{good} of {needed} values are good by version {version}{values}"))
    }
}

impl Seen<'_> {
    /// A version by its hash, the beginning of it, `CODE@VERSION`, or its code alone.
    pub(super) fn version_named(&self, named: &str) -> Result<&Version> {
        let versions = &self.state.floor().versions;
        let all = || versions.values().map(|version| &**version);
        let (code, number) = match named.rsplit_once('@') {
            Some((code, number)) => (code, number.parse::<u32>().ok()),
            None => (named, None),
        };
        let called: Vec<&Version> = all().filter(|v| v.master.code.as_str() == code).collect();
        let found: Vec<&Version> = match number {
            Some(number) => called.into_iter().filter(|v| v.master.version == number).collect(),
            None if called.is_empty() && named.len() >= 6 => {
                all().filter(|version| version.hash.as_str().starts_with(named)).collect()
            }
            None => called.into_iter().filter(|v| v.stage == Stage::Effective).collect(),
        };
        match found[..] {
            [only] => Ok(only),
            [] => Err(Error::NotFound(format!(
                "version of a work master called {named}: give its hash, CODE@VERSION, or the code \
                 of one that is effective"
            ))),
            _ => Err(Error::Input(format!(
                "{named} fits {} versions; give more of the hash",
                found.len()
            ))),
        }
    }

    /// The last executions by any version of a work master, newest first, each with its first item.
    fn executions_of(&self, code: &MasterCode, last: usize) -> Vec<(Position, ItemIndex)> {
        let floor = self.state.floor();
        let parts = floor.versions_of(code).map(|version| &version.master.part.number);
        let mut parts: Vec<_> = parts.collect();
        parts.sort();
        parts.dedup();
        let mut found: BTreeMap<Position, ItemIndex> = BTreeMap::new();
        for index in parts.into_iter().flat_map(|part| self.state.items_of_part(part)) {
            let Some(item) = self.item(index) else { continue };
            let of = item.passed.runs.iter().filter(|(_, run)| {
                let hash = run.of.as_ref().map(|(_, hash)| hash);
                let version = hash.and_then(|hash| floor.versions.get(hash));
                run.completed.is_some() && version.is_some_and(|v| v.master.code == *code)
            });
            for (position, _) in of {
                found.entry(*position).or_insert(index);
            }
        }
        found.into_iter().rev().take(last).collect()
    }

    /// An execution as it started, and every value taken in it, as an item's entries tell it.
    fn captured(
        &self,
        position: Position,
        item: ItemIndex,
    ) -> (Option<Execution>, Vec<Take<ItemId>>) {
        let entries = self.history(item);
        let started = entries.iter().find(|entry| entry.position == position);
        let started = started.and_then(|entry| match &entry.fact {
            Act::StartWork(v) => Execution::started(v, entry),
            _ => None,
        });
        let taken: Vec<(Position, Take<ItemId>)> = entries
            .iter()
            .filter_map(|entry| match &entry.fact {
                Act::Take(v) if v.execution == position => Some((entry.position, v.clone())),
                _ => None,
            })
            .collect();
        let mended: Vec<Position> = taken.iter().filter_map(|(_, take)| take.instead_of).collect();
        let counts = taken.into_iter().filter(|(at, _)| !mended.contains(at));
        (started, counts.map(|(_, take)| take).collect())
    }
}
