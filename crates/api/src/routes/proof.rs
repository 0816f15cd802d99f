//! What lets others check the record: proof files, verification, copies.

use std::path::PathBuf;
use std::sync::Arc;

use domain::{Code, ItemRef};
use engine::{JobHandle, JobState, Persons, Progress, Showing, VerifyOptions, WitnessFile};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::imports::to_value;
use super::jobs::accepted;
use crate::app::{Call, Reply};
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{JSON, JSON_BYTES_MAX, Route, get, post};

const TAG: &str = "Proof";

const PROOF: &str = "\
A `.twproof` file: everything recorded of the item, each entry with its place in the signed \
tree, complete up to the item's last entry. `tracewright verify FILE` checks it without a \
server, an account or a network. `withhold` leaves out members whose name begins so, such as \
`fact/measures`; the proof still holds. Names and contact data of people are withheld unless \
`persons=true`, which needs the role `quality`: a file that was handed on cannot be erased.";

const VERIFY: &str = "\
Hashes everything the server holds anew, compares tree, signatures, sequences, files and views, \
and names what is wrong. `witnesses` are checkpoints held elsewhere, as signed notes; `siteKeys` \
and `witnessKeys` are verifier keys to trust. It is a job (202); its result is the report. A \
server that was tampered with can lie about itself: to rely on it, verify a proof file or a \
backup with a program of your own.";

/// How a proof file is made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProofQuery {
    /// Members whose name begins so are withheld; repeat it for several.
    #[serde(default)]
    withhold: Vec<String>,
    /// Whether names and contact data of people are shown.
    #[serde(default)]
    persons: bool,
}

/// Asks the server to verify all it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyAsk {
    /// Checkpoints held elsewhere: signed notes, one or more in each text.
    #[serde(default)]
    pub witnesses: Vec<String>,
    /// Keys of the site to trust, as C2SP verifier keys.
    #[serde(default)]
    pub site_keys: Vec<String>,
    /// Keys of witnesses to trust, as C2SP verifier keys.
    #[serde(default)]
    pub witness_keys: Vec<String>,
    /// Whether the views are left out, which take as long as a refold.
    #[serde(default)]
    pub skip_views: bool,
}

/// Asks the server to copy its folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackupAsk {
    /// A folder on the server's machine that is empty or not there yet.
    #[schemars(with = "String")]
    pub to: PathBuf,
    /// A file on the server's machine, not there yet, for the keys of people, which are not in the
    /// copy; absent: they are not copied.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub people: Option<PathBuf>,
}

pub(super) fn table() -> Vec<Route> {
    vec![
        get("/api/v1/items/{item}/proof", Some(Role::Read))
            .says(TAG, "Fetch the proof file of an item", PROOF)
            .answers(JSON)
            .raw(proof),
        post("/api/v1/verify", Role::Read)
            .says(TAG, "Verify all that is held", VERIFY)
            .status(202)
            .takes::<VerifyAsk>(JSON, JSON_BYTES_MAX)
            .answers_as::<JobState>(JSON)
            .raw(|call, _: Nothing| verify(call)),
        post("/api/v1/backup", Role::Admin)
            .says(
                TAG,
                "Copy the data folder",
                "Copies ledger, keys and files to a folder of the server's machine while it goes \
                 on working; tokens are not copied. It is a job (202); its result says what the \
                 copy holds and its signed head.",
            )
            .status(202)
            .takes::<BackupAsk>(JSON, JSON_BYTES_MAX)
            .answers_as::<JobState>(JSON)
            .raw(|call, _: Nothing| backup(call)),
    ]
}

fn proof(call: &mut Call, query: ProofQuery) -> Result<Reply, Box<Problem>> {
    if query.persons {
        call.needs(Role::Quality)?;
    }
    let item: ItemRef = call.part("item")?;
    let persons = if query.persons { Persons::Shown } else { Persons::Withheld };
    let showing = Showing { withhold: query.withhold, persons };
    let name = match &item {
        ItemRef::Called { value, .. } => value.clone(),
        ItemRef::Id(id) => id.to_string(),
        ItemRef::New(..) => return Err(Problem::malformed("new: names an item of a command")),
    };
    let file = call.plant().proof(&[item], &showing)?;
    let bytes = file
        .to_bytes()
        .map_err(|error| Problem::coded(422, Code::TooLarge, engine::chain(&error)))?;
    Ok(Reply::whole(JSON, bytes).file(&format!("{name}.twproof")))
}

fn verify(call: &mut Call) -> Result<Reply, Box<Problem>> {
    let ask: VerifyAsk = call.json()?;
    let options = VerifyOptions {
        site_keys: keys(&ask.site_keys)?,
        witness_keys: keys(&ask.witness_keys)?,
        witnesses: ask
            .witnesses
            .iter()
            .enumerate()
            .map(|(index, text)| {
                WitnessFile::parse(&format!("witness {index}"), text)
                    .map_err(|error| Problem::malformed(engine::chain(&error)))
            })
            .collect::<Result<_, _>>()?,
        skip_views: ask.skip_views,
    };
    let plant = Arc::clone(call.plant());
    let id = call.app.jobs.start("verify", call.by(), move |job| {
        let path = plant.folder().reading().path();
        to_value(&engine::verify_folder(path, &options, &mut |at| shown(job, at))?)
    })?;
    accepted(call, &id)
}

fn keys<K: std::str::FromStr<Err: std::fmt::Display>>(
    texts: &[String],
) -> Result<Vec<K>, Box<Problem>> {
    texts
        .iter()
        .map(|text| {
            text.parse().map_err(|error| Problem::malformed(format!("the key {text}: {error}")))
        })
        .collect()
}

fn backup(call: &mut Call) -> Result<Reply, Box<Problem>> {
    let BackupAsk { to, people } = call.json()?;
    let plant = Arc::clone(call.plant());
    let id = call.app.jobs.start("backup", call.by(), move |job| {
        let path = plant.folder().reading().path();
        let report = engine::backup(path, &to, &mut |at| shown(job, at))?;
        people.iter().try_for_each(|file| engine::backup_keys(path, file))?;
        to_value(&report)
    })?;
    accepted(call, &id)
}

fn shown(job: &JobHandle, at: Progress) {
    job.progress(at.done, at.all.unwrap_or(0));
    job.message(match at.stage {
        engine::Stage::Pages => "pages",
        engine::Stage::Entries => "entries",
        engine::Stage::Files => "files",
        engine::Stage::Views => "views",
        engine::Stage::Scopes => "frozen scopes",
    });
}
