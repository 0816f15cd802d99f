//! Imports: files of data taken in.
//!
//! A file is kept aside until it has been taken in; a crash leaves it to the system's clean-up of
//! temporary files, and the import is sent again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::sync::Arc;

use domain::{Command, ImportCode, Time};
use engine::{ImportAnswer, ImportAsk, ImportFormat, JobState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::commands::allowed;
use super::jobs::accepted;
use crate::app::{Call, Reply};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::role::Role;
use crate::route::{BYTES, JSON, Route, post};

const TAG: &str = "Files and imports";
/// Files up to this length are answered at once, longer ones become jobs. Units: bytes.
const AT_ONCE_BYTES_MAX: u64 = 1 << 20;
/// Longest line that is looked at for a command; the import refuses rows far shorter. Units: bytes.
const LINE_BYTES_MAX: u64 = 4 << 20;

const IMPORT: &str = "\
Takes in a file of data: CSV or JSON Lines with a unit a row, or an EPCIS 2.0 document in JSON. \
The whole file is checked first; if a row is bad, nothing is written unless `skipBad` says so, \
and every bad row is answered with its number and reason. `dryRun` stops after the check. The \
same file sent again changes nothing, and a run that was cut short goes on. A file of up to 1 \
MiB is answered at once; a longer one, or any with `job=true`, becomes a job (202): `Location` \
says where to ask for its progress, and its result is this answer. A line that is a command \
needs the role it would need by itself; an EPCIS document may declare events of its own an \
error.";

/// How a file is taken in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ImportQuery {
    /// What it is read as; absent: by its name, else by its content.
    #[serde(default)]
    format: ImportFormat,
    /// What the file is called.
    #[serde(default)]
    name: Option<String>,
    /// Columns by their header: `HEADER=FIELD`, or `HEADER=` to leave one out; repeat it.
    #[serde(default)]
    column: Vec<String>,
    /// Whether only to check.
    #[serde(default)]
    dry_run: bool,
    /// Whether to write the good rows where others are bad.
    #[serde(default)]
    skip_bad: bool,
    /// Under which code; absent: one made from the content.
    #[serde(default)]
    code: Option<ImportCode>,
    /// When what it tells was so; absent: now.
    #[serde(default)]
    performed: Option<Time>,
    /// Whether to make it a job however short it is.
    #[serde(default)]
    job: bool,
}

pub(super) fn table() -> Vec<Route> {
    vec![
        post("/api/v1/imports", Role::Record)
            .says(TAG, "Take in a file of data", IMPORT)
            .takes_bytes(BYTES, store::FILE_BYTES_MAX)
            .answers_as::<ImportAnswer>(JSON)
            .also::<JobState>(202, JSON)
            .raw(import),
    ]
}

fn import(call: &mut Call, query: ImportQuery) -> Result<Reply, Box<Problem>> {
    if let Some(station) = call.caller.as_ref().and_then(Caller::station) {
        let detail = format!("a badge was read at station {station}: sign in to take in files");
        return Err(Problem::coded(403, domain::Code::NotAllowed, detail));
    }
    let mut spool = NamedTempFile::new().map_err(|error| Problem::internal(&error))?;
    let bytes = io::copy(&mut call.reader(), &mut spool).map_err(|error| received(&error))?;
    let ask = ImportAsk {
        source: spool.path().to_owned(),
        name: query.name,
        format: query.format,
        mapping: columns(&query.column)?,
        dry_run: query.dry_run,
        skip_bad: query.skip_bad,
        code: query.code,
        performed: query.performed,
        by: call.by().to_owned(),
    };
    may_tell(call, &spool)?;
    if bytes <= AT_ONCE_BYTES_MAX && !query.job {
        let answer = call.plant().import(&ask, &mut |_| {}, &|| false)?;
        return Reply::json(200, &answer);
    }
    let plant = Arc::clone(call.plant());
    let id = call.app.jobs.start("import", call.by(), move |job| {
        let answer = plant.import(
            &ask,
            &mut |progress| {
                job.progress(progress.done, progress.total);
                job.message(progress.phase.word());
            },
            &|| job.is_cancelled(),
        );
        drop(spool);
        to_value(&answer?)
    })?;
    accepted(call, &id)
}

/// What a job answers, as JSON.
pub(super) fn to_value<T: Serialize>(answer: &T) -> engine::Result<serde_json::Value> {
    serde_json::to_value(answer).map_err(|error| engine::Error::Input(error.to_string()))
}

/// What to tell when the body of a call could not be kept.
pub(super) fn received(error: &io::Error) -> Box<Problem> {
    match error.kind() {
        io::ErrorKind::FileTooLarge if error.raw_os_error().is_none() => Problem::too_large(
            format!("the file is longer than the {} bytes taken here", store::FILE_BYTES_MAX),
        ),
        io::ErrorKind::TimedOut | io::ErrorKind::ConnectionAborted => {
            Problem::plain(408, "request timeout", "the body broke off")
        }
        _ => Problem::internal(error),
    }
}

fn columns(texts: &[String]) -> Result<BTreeMap<String, String>, Box<Problem>> {
    texts
        .iter()
        .map(|text| match text.rsplit_once('=') {
            Some((header, field)) => Ok((header.to_owned(), field.to_owned())),
            None => Err(Problem::malformed(format!("column={text}: write HEADER=FIELD"))),
        })
        .collect()
}

/// A line of JSON may be a command: it needs the role it would need if it were sent by itself.
fn may_tell(call: &Call, spool: &NamedTempFile) -> Result<(), Box<Problem>> {
    let failed = |error: io::Error| Problem::internal(&error);
    let mut file = BufReader::new(File::open(spool.path()).map_err(failed)?);
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let read = file.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        if read.map_err(failed)? == 0 {
            break;
        }
        if !line.ends_with(b"\n") {
            file.skip_until(b'\n').map_err(failed)?;
        }
        let text = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&line);
        let Ok(command) = serde_json::from_slice::<Command>(text) else { continue };
        allowed(call, &command).map_err(|problem| problem.within(&format!("line {number}")))?;
    }
    Ok(())
}
