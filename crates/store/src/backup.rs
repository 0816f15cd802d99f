//! A copy of a data folder in use, which is itself a data folder; or one that goes on from it
//! with a ledger of its own.
//!
//! The order makes the copy whole: first what witnesses cosigned, which the ledger then covers; the
//! ledger as it stands at one moment; then keys and files. Whatever an entry names was written
//! before the entry and is never removed, so it is there, but for keys: where one was destroyed
//! meanwhile, ledger and keys are copied anew, so that the copy knows of the erasure too. views.db
//! is folded from the ledger again.
//!
//! The keys of people are left out unless they are asked for: a copy with them would bring back who
//! is erased after it was made.
//!
//! The writer goes on meanwhile; the copy reads one state of the ledger throughout, so the
//! write-ahead log is not cut for as long as the ledger's pages are being copied.
//!
//! **Crash.** Until the last step the copy is no data folder but a half-created one, and says so
//! when opened.

use crate::database::Database;
use crate::durable::{self, Audience};
use crate::error::{Error, Result};
use crate::folder::{ReadFolder, Unfinished};
use crate::ledger::{Ledger, Reader as LedgerReader};
use crate::people::{self, People};
use crate::site_key::{Seed, SiteKey};
use crate::turn::Turns;
use merkle::Hash;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::path::Path;

/// What a folder without the keys of people says of them.
const APART: &[u8] =
    b"The keys of people are not in this copy, so that erasing a person reaches it.\n\
    `tracewright restore --people FILE` brings them back.\n";

/// What becomes of the keys of people in a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys<'a> {
    /// They are left out, and the copy says so.
    Apart,
    /// They are those of the folder that is copied, if it has any.
    Along,
    /// They are those in this file.
    Of(&'a Path),
}

/// Pages copied between two reports of progress: four megabytes.
const PAGES_PER_STEP: i32 = 1000;

/// How often ledger and keys are copied because keys were destroyed meanwhile: erasures are rare.
const ATTEMPTS_MAX: usize = 8;

/// Answers whether, since a ledger had so many entries, nobody was erased.
pub type Settled<'a> = &'a mut dyn FnMut(&LedgerReader, u64) -> bool;

/// How far a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Pages of the ledger.
    Pages {
        /// Copied so far.
        done: u64,
        /// To be copied altogether.
        all: u64,
    },
    /// Files copied so far.
    Files {
        /// How many.
        done: u64,
    },
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Entries in the copy of the ledger.
    pub entries: u64,
    /// Files copied.
    pub files: u64,
    /// Files not copied, for their content is not what was once stored.
    pub damaged_files: Vec<Hash>,
}

/// Copies the data folder `from`, which may be in use, to `to`, which must be empty or not there.
///
/// Errors: [`Error::NotAFolder`], [`Error::Occupied`], [`Error::Unsettled`]. A damaged file is no
/// error but reported.
pub fn backup(
    from: &Path,
    to: &Path,
    keys: Keys<'_>,
    settled: Settled<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report> {
    let source = ReadFolder::open(from)?;
    let ledger = source.ledger()?;
    let target = Unfinished::prepare(to)?;
    let cosigned = source.cosigned()?;
    if !cosigned.is_empty() {
        target.cosigned().write(&cosigned)?;
    }
    let mut attempts = 0;
    loop {
        let size = copy_ledger(&ledger, &target.ledger(), progress)?;
        put_keys(&source, keys, &target)?;
        if keys == Keys::Apart || settled(&ledger, size) {
            break;
        }
        attempts += 1;
        if attempts == ATTEMPTS_MAX {
            return Err(Error::Unsettled { folder: from.to_owned() });
        }
    }
    durable::write(&target.site_key(), &source.site_key_bytes()?, Audience::Owner)?;
    let mut report = copy_files(&source, &target, progress)?;
    let folder = target.finish()?;
    report.entries = folder.reading().ledger()?.size()?;
    Ok(report)
}

/// Makes a data folder with the keys of people and the files of `from`, and a ledger of its own,
/// which `write` fills from the one there. It answers the signing keys of the new ledger.
///
/// Errors: as [`backup`], and those of `write`. Until the end the folder is half created.
pub fn succeed<E: From<Error>>(
    from: &Path,
    to: &Path,
    keys: Keys<'_>,
    write: impl FnOnce(&LedgerReader, &mut Ledger) -> Result<Vec<Seed>, E>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, E> {
    let source = ReadFolder::open(from)?;
    let target = Unfinished::prepare(to)?;
    let mut ledger = Ledger::open(&target.ledger(), Turns::default())?;
    let seeds = write(&source.ledger()?, &mut ledger)?;
    ledger.close()?;
    put_keys(&source, keys, &target)?;
    SiteKey::at(target.site_key()).write(&seeds)?;
    let mut report = copy_files(&source, &target, progress)?;
    report.entries = target.finish()?.reading().ledger()?.size()?;
    Ok(report)
}

/// Copies the keys of people of a folder, which may be in use, to a file that is not there.
///
/// Errors: [`Error::NotAFolder`], [`Error::Io`] where something lies there.
pub fn copy_keys(from: &Path, to: &Path) -> Result<()> {
    let source = ReadFolder::open(from)?;
    if to.exists() {
        return Err(Error::io("create", to)(io::ErrorKind::AlreadyExists.into()));
    }
    let unfinished = durable::unfinished(to);
    copy_pages(&source.people_database()?, &unfinished, &mut |_| {})?;
    durable::rename(&unfinished, to)
}

/// Puts the keys of people into a copy, or says in it that they are elsewhere.
fn put_keys(source: &ReadFolder, keys: Keys<'_>, target: &Unfinished) -> Result<()> {
    let from = match keys {
        Keys::Of(file) => Some(people::database_at(file)?),
        Keys::Along if !source.keys_are_apart() => Some(source.people_database()?),
        Keys::Along | Keys::Apart => None,
    };
    let Some(from) = from else {
        durable::write(&target.apart(), APART, Audience::Owner)?;
        return durable::rename(&People::create(&target.people())?, &target.people());
    };
    let unfinished = durable::unfinished(&target.people());
    copy_pages(&from, &unfinished, &mut |_| {})?;
    durable::rename(&unfinished, &target.people())
}

/// Copies the ledger as it stands at the first page; answers how many entries that is.
fn copy_ledger(
    ledger: &LedgerReader,
    to: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<u64> {
    let from = ledger.database();
    // A read that stays open keeps one state: without it, each commit would make the copy start
    // over.
    from.batch("start a copy of", "BEGIN")?;
    let size = ledger.size()?;
    copy_pages(from, to, progress)?;
    from.batch("end a copy of", "COMMIT")?;
    Ok(size)
}

fn copy_pages(from: &Database, to: &Path, progress: &mut dyn FnMut(Progress)) -> Result<()> {
    const ACTION: &str = "copy";
    drop(durable::create(to, Audience::Owner).map_err(Error::io("create", to))?);
    let failed = |source| Error::database("write a copy to", to, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(to, flags).map_err(failed)?;
    let backup = Backup::new(from.connection(), &mut target).map_err(from.failed(ACTION))?;
    loop {
        match backup.step(PAGES_PER_STEP).map_err(from.failed(ACTION))? {
            StepResult::Done => break,
            StepResult::More => {
                let counted = backup.progress();
                let all = u64::try_from(counted.pagecount).unwrap_or(0);
                let left = u64::try_from(counted.remaining).unwrap_or(0);
                progress(Progress::Pages { done: all.saturating_sub(left), all });
            }
            // The library has waited for the lock by now.
            _ => return Err(Error::Locked { path: from.path().to_owned() }),
        }
    }
    drop(backup);
    target.close().map_err(|(_, source)| failed(source))?;
    durable::sync_file(to)
}

fn copy_files(
    source: &ReadFolder,
    target: &Unfinished,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report> {
    let (from, to) = (source.files(), target.files());
    let mut report = Report { entries: 0, files: 0, damaged_files: Vec::new() };
    from.for_each(|hash| {
        match to.put_copy(&from, hash) {
            Ok(_) => report.files = report.files.saturating_add(1),
            Err(Error::Damaged { .. }) => report.damaged_files.push(hash),
            Err(error) => return Err(error),
        }
        progress(Progress::Files { done: report.files });
        Ok(())
    })?;
    report.damaged_files.sort_unstable_by_key(|hash| hash.0);
    Ok(report)
}
