//! Copies of a data folder: refold, backup, restore.
//!
//! A backup is a data folder. Beside its ledger it holds [`CHECKPOINT`], the signed head of the
//! copy: kept elsewhere it is a witness, and shown to a later restore it tells whether a copy is
//! behind. The keys of people are not in it: they are kept apart, in one place, so that destroying
//! a key erases a person in every copy too. A restore is shown the file they are in; whoever has no
//! key there any more is recorded as erased.

mod loss;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use domain::act::{Act, Erase};
use domain::command::ACTS_PER_COMMAND_MAX;
use domain::{Answer, Command, PersonCode, Position};
use merkle::checkpoint::Signed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Edition, Folder, Keys, LedgerReader, ReadFolder};

use crate::error::{Error, Result};
use crate::keeper::key_chain;
use crate::plant::{self, At, Opening, Options, Plant};
use crate::state::FOLD_VERSION;
use crate::verify::{Progress, Stage, VerifyOptions, What, erased_since, verify_folder};
use crate::witness_file::WitnessFile;

/// Name of the file with the signed head in a backup.
pub const CHECKPOINT: &str = "CHECKPOINT";

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupReport {
    /// The ledger and the position of the last entry copied.
    pub at: Vec<At>,
    /// Entries in the copy.
    pub entries: u64,
    /// Files in the copy.
    pub files: u64,
    /// Files not copied, for their content is not what was once stored.
    pub damaged_files: Vec<String>,
    /// The signed head of the copy.
    pub checkpoint: String,
}

/// How a copy is put back.
#[derive(Debug, Clone, Default)]
pub struct RestoreOptions {
    /// The last checkpoint of the ledger that is known anywhere, a signed note.
    pub seen: Option<String>,
    /// Opens a new ledger where the copy is behind what was seen, or where nothing was seen.
    pub accept_loss: bool,
    /// Name of that new ledger in its checkpoints; absent: made from its id.
    pub origin: Option<String>,
    /// The file with the keys of people; absent: those in the copy, if it has any.
    pub people: Option<PathBuf>,
}

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestoreReport {
    /// The ledger and the position of the last entry.
    pub at: Vec<At>,
    /// Entries put back.
    pub entries: u64,
    /// Files put back.
    pub files: u64,
    /// Files not put back, for their content is not what was once stored.
    pub damaged_files: Vec<String>,
    /// The lost ledger, where a new one continues it.
    pub continues: Option<String>,
    /// How many entries of it are lost, as far as is known.
    pub lost: Option<u64>,
    /// What whoever restored should know.
    pub notes: Vec<String>,
}

/// Folds the views of a folder anew. Nobody else may have it open.
///
/// Errors: [`Error::Store`] where the folder is in use or damaged.
pub fn refold(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Vec<At>> {
    let folder = Folder::open(path)?;
    let reader = folder.reading().ledger()?;
    let keys = key_chain(&reader, &[Position(0)])?;
    let ledger = keys.genesis().ledger;
    let edition = Edition { ledger_id: ledger.0, fold_version: FOLD_VERSION };
    let mut folding = |Opening::Folding { done, size }| {
        progress(Progress { stage: Stage::Views, done, all: Some(size) });
    };
    let views = plant::refold(&folder, &edition, &reader, &mut folding)?;
    let position = Position(views.applied_position()?.saturating_sub(1));
    Ok(vec![At { ledger: ledger.to_string(), position }])
}

/// Copies a folder, which may be in use, to one that is empty or not there.
///
/// Errors: [`Error::Store`], [`Error::File`].
pub fn backup(path: &Path, to: &Path, progress: &mut dyn FnMut(Progress)) -> Result<BackupReport> {
    let copied =
        store::backup(path, to, Keys::Apart, &mut nobody_erased, &mut |at| progress(step(at)))?;
    let ledger = ReadFolder::open(to)?.ledger()?;
    let checkpoint = newest(&ledger)?.note.to_string();
    write_durably(&to.join(CHECKPOINT), checkpoint.as_bytes())?;
    Ok(BackupReport {
        at: stands_at(&ledger)?,
        entries: copied.entries,
        files: copied.files,
        damaged_files: copied.damaged_files.iter().map(ToString::to_string).collect(),
        checkpoint,
    })
}

/// Whether nobody was erased since the ledger had so many entries.
fn nobody_erased(ledger: &LedgerReader, size: u64) -> bool {
    erased_since(ledger, size).is_empty()
}

/// Copies the keys of people to a file of their own, which is to be kept apart from backups.
///
/// Errors: [`Error::Store`] where something lies there.
pub fn backup_keys(path: &Path, to: &Path) -> Result<()> {
    Ok(store::copy_keys(path, to)?)
}

/// Puts a copy back, as a folder that is empty or not there. The copy is verified first and stays
/// as it is.
///
/// Errors: [`Error::Restore`] where the copy does not verify, also against the head it was made
/// with, is another history than the checkpoint it is shown, or is behind it and the loss is not
/// accepted.
pub fn restore(
    from: &Path,
    to: &Path,
    options: &RestoreOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<RestoreReport> {
    let source = ReadFolder::open(from)?;
    let ledger = source.ledger()?;
    let held = newest(&ledger)?;
    let seen = options.seen.as_deref().map(Signed::parse).transpose();
    let seen = seen.map_err(|why| Error::Restore(format!("the checkpoint shown: {why}")))?;
    let behind = behind(&held, seen.as_ref())?;
    let mut witnesses: Vec<WitnessFile> = written_head(from)?.into_iter().collect();
    if let Some(seen) = seen.clone().filter(|_| behind == 0) {
        let from = "the checkpoint shown".to_owned();
        witnesses.push(WitnessFile { from, checkpoints: vec![seen] });
    }
    let checks = VerifyOptions { witnesses, skip_views: true, ..VerifyOptions::default() };
    let report = verify_folder(from, &checks, progress)?;
    if let Some(first) = report.findings.first() {
        let more = report.findings.len().saturating_sub(1);
        let first = &first.message;
        let said = format!("the copy does not verify: {first}; and {more} findings more");
        return Err(Error::Restore(said));
    }
    if behind > 0 && !options.accept_loss {
        return Err(Error::Restore(format!(
            "the copy holds {} entries, the checkpoint shown covers {}: {behind} entries are \
             missing; find a newer copy, or accept the loss, which opens a new ledger that \
             continues this one",
            held.checkpoint.size,
            held.checkpoint.size.saturating_add(behind)
        )));
    }
    if behind > 0 || (options.accept_loss && seen.is_none()) {
        let last = seen.as_ref().unwrap_or(&held);
        let mut report = loss::restore(from, to, (&held, last), options, progress)?;
        report.notes.extend(settle_keys(to, progress)?);
        report.at = stands_at(&ReadFolder::open(to)?.ledger()?)?;
        return Ok(report);
    }
    let keys = options.people.as_deref().map_or(Keys::Along, Keys::Of);
    let copied = store::backup(from, to, keys, &mut nobody_erased, &mut |at| progress(step(at)))?;
    let mut notes = settle_keys(to, progress)?;
    if seen.is_none() {
        notes.push(
            "No checkpoint was shown: whether entries came after this copy was made is not known. \
             If there were any, the ledger now has two histories, and whoever holds a later \
             checkpoint will find out."
                .to_owned(),
        );
    }
    Ok(RestoreReport {
        at: stands_at(&ReadFolder::open(to)?.ledger()?)?,
        entries: copied.entries,
        files: copied.files,
        damaged_files: copied.damaged_files.iter().map(ToString::to_string).collect(),
        continues: None,
        lost: None,
        notes,
    })
}

/// What a copy says of itself since it was made; a folder that is no copy says nothing.
fn written_head(copy: &Path) -> Result<Option<WitnessFile>> {
    let path = copy.join(CHECKPOINT);
    if !path.exists() {
        return Ok(None);
    }
    let read = WitnessFile::read(&path);
    read.map(Some).map_err(|why| {
        let why = crate::chain(&why);
        Error::Restore(format!("the {CHECKPOINT} of the copy was changed since: {why}"))
    })
}

/// Records as erased whose values do not open with the keys a folder was put back with: they were
/// erased after the copy was made. Answers what there is to know of it.
fn settle_keys(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Vec<String>> {
    let checks = VerifyOptions { skip_views: true, ..VerifyOptions::default() };
    let report = verify_folder(path, &checks, progress)?;
    if report.checked.apart > 0 {
        let note = "The keys of people are apart: names and contact data do not open. Restore with \
                    the file of keys to read them.";
        return Ok(vec![note.to_owned()]);
    }
    let without = report.findings.iter().filter(|finding| finding.what == What::People);
    let persons: Vec<PersonCode> =
        without.filter_map(|finding| PersonCode::new(finding.name.as_ref()?).ok()).collect();
    if persons.is_empty() {
        return Ok(Vec::new());
    }
    let reason = "the key was destroyed after the copy that was put back was made";
    let erase = |person: &PersonCode| {
        Act::Erase(Erase { person: person.clone(), reason: reason.to_owned() })
    };
    let plant = Plant::open(path, &Options::default(), |_| {})?;
    for some in persons.chunks(ACTS_PER_COMMAND_MAX) {
        let command = Command::report(some.iter().map(erase).collect());
        if let Answer::Rejected(rejection) = plant.submit(command, "restore")?.answer {
            return Err(Error::Rejected(Box::new(rejection)));
        }
    }
    let names: Vec<String> = persons.iter().map(ToString::to_string).collect();
    Ok(vec![format!("Erased since the copy was made, and recorded so: {}.", names.join(", "))])
}

/// How many entries a copy with the head `held` is behind a checkpoint.
fn behind(held: &Signed, seen: Option<&Signed>) -> Result<u64> {
    let Some(seen) = seen else { return Ok(0) };
    if seen.checkpoint.origin != held.checkpoint.origin {
        return Err(Error::Restore(format!(
            "the copy is one of {}, the checkpoint shown one of {}",
            held.checkpoint.origin, seen.checkpoint.origin
        )));
    }
    Ok(seen.checkpoint.size.saturating_sub(held.checkpoint.size))
}

fn newest(ledger: &LedgerReader) -> Result<Signed> {
    let latest = ledger.latest_checkpoint()?;
    let latest = latest.ok_or_else(|| Error::Checkpoint("the ledger has none".to_owned()))?;
    Signed::parse(&latest.note).map_err(|why| Error::Checkpoint(why.to_string()))
}

fn stands_at(ledger: &LedgerReader) -> Result<Vec<At>> {
    let id = key_chain(ledger, &[Position(0)])?.genesis().ledger;
    let position = Position(ledger.size()?.saturating_sub(1));
    Ok(vec![At { ledger: id.to_string(), position }])
}

fn step(at: store::Progress) -> Progress {
    match at {
        store::Progress::Pages { done, all } => {
            Progress { stage: Stage::Pages, done, all: Some(all) }
        }
        store::Progress::Files { done } => Progress { stage: Stage::Files, done, all: None },
    }
}

/// Writes a file that is wholly there after a crash, or not at all.
fn write_durably(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    let unfinished = PathBuf::from(format!("{}.new", path.display()));
    let mut file = File::create(&unfinished).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&unfinished, path).map_err(failed)
}
