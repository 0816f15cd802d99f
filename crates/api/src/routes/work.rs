//! Work masters and work: how it is to be done, what is open, what does not conform.

use domain::instruction::WorkMaster;
use domain::{Code, ItemRef, Position};
use engine::query::{
    BatchRecord, MasterAnswer, MasterChanges, MasterCheck, MastersAnswer, MastersAsk, NextAnswer,
    NonconformancesAnswer, NonconformancesAsk, QualificationsAnswer, ReleaseAnswer, ReleaseAsk,
    ReplayAnswer, ReplayAsk, ReviewsAnswer, ReviewsAsk, WorkAnswer, WorkAsk, WorkList,
};

use engine::{RecordFile, RecordFormat};
use schemars::JsonSchema;
use serde::Deserialize;

use super::commands::{asked, signer};
use crate::account::Ceremony;
use crate::app::{Call, Reply};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{BYTES, HTML, JSON, JSON_BYTES_MAX, PDF, Route, get, post};

const MASTERS: &str = "Work masters";
const WORK: &str = "Work";
const READ: Option<Role> = Some(Role::Read);

const MASTER: &str = "\
One version, whole. It is named by its hash, the first six or more digits of it, `CODE@VERSION`, \
or the code alone, which means the version that is effective.";

const CHECK: &str = "\
Everything wrong with a draft, errors first: routes that cannot be passed, captures no value fits, \
parts that are not on the bill of material, lines of it that are never scanned, confirmations \
nobody may give. Nothing is written. A draft with errors cannot be proposed.";

const CHANGES: &str = "\
What is new in a draft against the effective version of its work master, or the last one where \
none is effective. Nothing is written.";

const REPLAY: &str = "\
Runs a draft against what was captured in the last executions of its work master (100 where \
nothing is said, at most 2000): which would have been stopped, at which capture, and why. Values \
are matched by the codes of captures. Nothing is written.";

const NEXT: &str = "\
By which version an item is made, which operations are complete, which can start now, and what \
forbids it.";

const RECORD: &str = "\
The batch record (DHR) of an item: the versions it was made by, every operation, step and value \
with its times, what is in it, equipment with the checks before and after, nonconformances, \
releases; what is missing while it is not complete; what stands out by a named rule, each with \
its evidence; what was looked at and what no rule covers; how many steps were entered when they \
were done; who signed what, and what was signed and is not any more. With `knownAt`, as it stood \
at an entry, as a release names it. `record` is the SHA-256 over the leaves of every entry that \
touches the item, by which a release names it.";

const RECORD_FILE: &str = "\
The batch record (DHR) of an item as a file to be handed on, with its signatures, its audit trail \
and the files it names: `html` is one page that needs nothing else and prints well, `pdf` is \
PDF/A-3a, `json` is for machines, `proof` is the proof file alone, which is inside each of the \
others. `tracewright verify FILE` checks any of them without a server.";

const REVIEWS: &str = "\
Items that are made by work masters and not yet released, the readiest first: complete or what \
is missing first, and how many findings wait for a person.";

const RELEASE: &str = "\
Releases items, each on the hash of the record that was reviewed: all of them or none. It is \
refused if a record is not complete, or is no longer the one that was named. What is made by a \
work master is delivered only when it is released and its record did not change since.";

const EXECUTION: &str = "\
An execution step by step: what the open step demands and asks in words, what was taken, what is \
missing on which item, how many tries are left. It is named by the position its start was answered \
with, and can be read after it ended.";

pub(super) fn table() -> Vec<Route> {
    let mut routes = master_table();
    routes.extend(work_table());
    routes
}

fn master_table() -> Vec<Route> {
    vec![
        get("/api/v1/masters", READ)
            .says(MASTERS, "List work masters", "Every version that fits, by code and number.")
            .json(|call: &Call, ask: MastersAsk| -> Result<MastersAnswer, Box<Problem>> {
                Ok(call.plant().masters(&ask)?)
            }),
        get("/api/v1/masters/{master}", READ).says(MASTERS, "Read a work master", MASTER).json(
            |call: &Call, _: Nothing| -> Result<MasterAnswer, Box<Problem>> {
                Ok(call.plant().master(&call.part::<String>("master")?)?)
            },
        ),
        post("/api/v1/masters/check", Role::Read).says(MASTERS, "Check a draft", CHECK).json_from(
            |call: &Call, _: Nothing, draft: WorkMaster| -> Result<MasterCheck, Box<Problem>> {
                Ok(call.plant().check_master(&draft)?)
            },
        ),
        post("/api/v1/masters/changes", Role::Read)
            .says(MASTERS, "Compare a draft", CHANGES)
            .json_from(
                |call: &Call,
                 _: Nothing,
                 draft: WorkMaster|
                 -> Result<MasterChanges, Box<Problem>> {
                    Ok(call.plant().master_changes(&draft)?)
                },
            ),
        post("/api/v1/masters/replay", Role::Read)
            .says(MASTERS, "Replay a draft", REPLAY)
            .json_from(
                |call: &Call, _: Nothing, ask: ReplayAsk| -> Result<ReplayAnswer, Box<Problem>> {
                    Ok(call.plant().replay_master(&ask)?)
                },
            ),
        get("/api/v1/qualifications", READ)
            .says(MASTERS, "List qualifications", "The latest word on each of a person.")
            .json(|call: &Call, _: Nothing| -> Result<QualificationsAnswer, Box<Problem>> {
                Ok(call.plant().qualifications()?)
            }),
    ]
}

/// Asks for a batch record.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RecordAsk {
    /// As it stood when this entry was the last.
    #[serde(default)]
    known_at: Option<Position>,
}

/// Items to be released, and who signs that.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SignedRelease {
    /// What is released.
    #[serde(flatten)]
    _ask: ReleaseAsk,
    /// Who signs it, as `released`: each item by itself. Only in a session of a person.
    #[schemars(rename = "signature")]
    _signature: Option<Ceremony>,
}

fn release(call: &Call) -> Result<Reply, Box<Problem>> {
    let (ask, ceremony) = asked::<ReleaseAsk>(call.bytes())?;
    if call.caller.as_ref().and_then(Caller::person).is_some_and(|own| *own != ask.person) {
        let detail = "nobody releases for another: name yourself in `person`";
        return Err(Problem::coded(403, Code::NotAllowed, detail));
    }
    let signing = match ceremony {
        None => None,
        Some(ceremony) => {
            let (session, secret) = signer(call, Some(&ask.person))?;
            Some(call.app.accounts.sign((&session, &secret), &ceremony, &call.terminal)?)
        }
    };
    Reply::json(201, &call.plant().release(&ask, (call.by(), signing))?)
}

/// In which form a record is handed on.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RecordQuery {
    /// The form; absent: `html`.
    #[serde(default)]
    format: RecordFormat,
}

fn record_file(call: &mut Call, query: RecordQuery) -> Result<Reply, Box<Problem>> {
    let item: ItemRef = call.part("item")?;
    let format = query.format;
    let bytes = call.plant().record_file(&item, format, call.by())?;
    let media_type = match format {
        RecordFormat::Html => HTML,
        RecordFormat::Pdf => PDF,
        RecordFormat::Json => JSON,
        RecordFormat::Proof => BYTES,
    };
    let name = match &item {
        ItemRef::Called { value, .. } => value.clone(),
        ItemRef::Id(_) | ItemRef::New(..) => item.to_string(),
    };
    Ok(Reply::whole(media_type, bytes).file(&format!("{name}.{}", format.ending())))
}

fn work_table() -> Vec<Route> {
    vec![
        get("/api/v1/work", READ)
            .says(WORK, "List open work", "Executions that are not ended, the oldest first.")
            .json(|call: &Call, ask: WorkAsk| -> Result<WorkList, Box<Problem>> {
                Ok(call.plant().work_list(&ask)?)
            }),
        get("/api/v1/work/{execution}", READ).says(WORK, "Read an execution", EXECUTION).json(
            |call: &Call, _: Nothing| -> Result<WorkAnswer, Box<Problem>> {
                Ok(call.plant().work(&Position(call.part("execution")?))?)
            },
        ),
        get("/api/v1/items/{item}/next", READ).says(WORK, "See what is next", NEXT).json(
            |call: &Call, _: Nothing| -> Result<NextAnswer, Box<Problem>> {
                let item: ItemRef = call.part("item")?;
                Ok(call.plant().next_work(&item)?)
            },
        ),
        get("/api/v1/items/{item}/batch-record", READ)
            .says(WORK, "Read a batch record", RECORD)
            .json(|call: &Call, ask: RecordAsk| -> Result<BatchRecord, Box<Problem>> {
                let item: ItemRef = call.part("item")?;
                Ok(match ask.known_at {
                    Some(known_at) => call.plant().batch_record_at(&item, known_at)?,
                    None => call.plant().batch_record(&item)?,
                })
            }),
        get("/api/v1/items/{item}/batch-record/export", READ)
            .says(WORK, "Hand on a batch record", RECORD_FILE)
            .answers(HTML)
            .answers(PDF)
            .answers_as::<RecordFile>(JSON)
            .answers(BYTES)
            .raw(record_file),
        get("/api/v1/reviews", READ).says(WORK, "List what is to be released", REVIEWS).json(
            |call: &Call, ask: ReviewsAsk| -> Result<ReviewsAnswer, Box<Problem>> {
                Ok(call.plant().reviews(&ask)?)
            },
        ),
        post("/api/v1/releases", Role::Quality)
            .says(WORK, "Release items on their records", RELEASE)
            .status(201)
            .takes::<SignedRelease>(JSON, JSON_BYTES_MAX)
            .answers_as::<ReleaseAnswer>(JSON)
            .raw(|call, _: Nothing| release(call)),
        get("/api/v1/nonconformances", READ)
            .says(
                WORK,
                "List nonconformances",
                "Those that wait for a decision, the newest first; `all=true` adds the decided \
                 ones.",
            )
            .json(
                |call: &Call,
                 ask: NonconformancesAsk|
                 -> Result<NonconformancesAnswer, Box<Problem>> {
                    Ok(call.plant().nonconformances(&ask)?)
                },
            ),
    ]
}

/// The JSON Schema of the file format of work masters, as indented JSON.
#[must_use]
pub fn master_schema() -> String {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let schema = settings.into_generator().into_root_schema_for::<WorkMaster>();
    serde_json::to_string_pretty(&schema).expect("invariant: a schema has a JSON form")
}
