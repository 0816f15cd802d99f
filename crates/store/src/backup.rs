//! A copy of a data folder in use, which is itself a data folder; or one that goes on from it
//! with a ledger of its own.
//!
//! The order makes the copy whole: first what witnesses cosigned, which the ledger then covers; the
//! ledger as it stands at one moment; then keys and files. Whatever an entry names was written
//! before the entry and is never removed, so it is there, but for keys: where one was destroyed
//! meanwhile, ledger and keys are copied anew, so that the copy knows of the erasure too. views.db
//! is folded from the ledger again.
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
use crate::site_key::{Seed, SiteKey};
use crate::turn::Turns;
use merkle::Hash;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

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
    let people = durable::unfinished(&target.people());
    let mut attempts = 0;
    loop {
        let size = copy_ledger(&ledger, &target.ledger(), progress)?;
        copy_pages(&source.people_database()?, &people, &mut |_| {})?;
        if settled(&ledger, size) {
            break;
        }
        attempts += 1;
        if attempts == ATTEMPTS_MAX {
            return Err(Error::Unsettled { folder: from.to_owned() });
        }
    }
    durable::rename(&people, &target.people())?;
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
    write: impl FnOnce(&LedgerReader, &mut Ledger) -> Result<Vec<Seed>, E>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, E> {
    let source = ReadFolder::open(from)?;
    let target = Unfinished::prepare(to)?;
    let mut ledger = Ledger::open(&target.ledger(), Turns::default())?;
    let seeds = write(&source.ledger()?, &mut ledger)?;
    ledger.close()?;
    let people = durable::unfinished(&target.people());
    copy_pages(&source.people_database()?, &people, &mut |_| {})?;
    durable::rename(&people, &target.people())?;
    SiteKey::at(target.site_key()).write(&seeds)?;
    let mut report = copy_files(&source, &target, progress)?;
    report.entries = target.finish()?.reading().ledger()?.size()?;
    Ok(report)
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
