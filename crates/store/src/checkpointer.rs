//! Writes the write-ahead log of a database back into its file, away from the writer.
//!
//! The writer never does it (`wal_autocheckpoint = 0`); a thread of the engine calls
//! [`Checkpointer::run`] every so often. As a rule the log is copied back without holding up
//! anybody, and the writer then begins the log file anew. A writer that never rests, or a reader
//! that holds on to an old state, prevents that; then the log grows to [`WAL_BYTES_MAX`], and the
//! checkpoint holds up the writer for the moment it takes to copy the rest and cut the file. The
//! log so stays below that limit plus what is written between two runs, except while a reader holds
//! on: a backup does for its duration.

use crate::database::{Access, Database, Shape, log_path};
use crate::error::{Error, Result};
use crate::turn::Turns;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A log shorter than this is left alone: copying back fewer pages at a time costs more syncs than
/// it saves.
///
/// Units: bytes.
pub const WAL_BYTES_WORTHWHILE: u64 = 4 << 20;

/// A log longer than this is cut, if need be by holding up the writer: reading slows with the log's
/// length, and so does starting after a crash.
///
/// Units: bytes.
pub const WAL_BYTES_MAX: u64 = 64 << 20;

/// How long a cut waits for the batch at hand. Batches last some tens of milliseconds.
const BATCH_WAIT_MAX: Duration = Duration::from_millis(500);

/// How long a cut may hold up the writer while it waits for readers; then it is left for the next
/// run.
const READER_WAIT_MAX: Duration = Duration::from_millis(20);

/// The file is synced before the log may be begun anew.
const SETTINGS: &str = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;";

/// A connection that does nothing but copy the log back. One a database.
#[derive(Debug)]
pub struct Checkpointer {
    database: Database,
    turns: Turns,
    log: PathBuf,
    bytes_worthwhile: u64,
    bytes_max: u64,
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checkpointed {
    /// The log was too short to be worth it.
    NotWorthwhile,
    /// What was in the log is in the file, as far as readers let it be.
    Copied,
    /// The log was copied back and cut to nothing.
    Cut,
    /// The log is over its limit, and a reader or a long batch kept it from being cut. Run again
    /// soon.
    Held,
}

impl Checkpointer {
    pub(crate) fn open(path: &Path, shape: &Shape, turns: Turns) -> Result<Self> {
        let database = Database::open(path, shape, Access::Write(SETTINGS))?;
        database.set_lock_wait(READER_WAIT_MAX)?;
        Ok(Self {
            database,
            turns,
            log: log_path(path),
            bytes_worthwhile: WAL_BYTES_WORTHWHILE,
            bytes_max: WAL_BYTES_MAX,
        })
    }

    /// Copies the log back where it is worth it, and cuts it where it is over its limit.
    pub fn run(&self) -> Result<Checkpointed> {
        if self.log_bytes()? < self.bytes_worthwhile {
            return Ok(Checkpointed::NotWorthwhile);
        }
        self.checkpoint("PRAGMA wal_checkpoint(PASSIVE)")?;
        if self.log_bytes()? < self.bytes_max {
            return Ok(Checkpointed::Copied);
        }
        // Most is copied by now: with the writer held up, only what came in since remains.
        let Some(_turn) = self.turns.cut(BATCH_WAIT_MAX) else { return Ok(Checkpointed::Held) };
        let cut = self.checkpoint("PRAGMA wal_checkpoint(TRUNCATE)")?;
        Ok(if cut { Checkpointed::Cut } else { Checkpointed::Held })
    }

    /// How long the log file is.
    ///
    /// Units: bytes.
    pub fn log_bytes(&self) -> Result<u64> {
        match fs::metadata(&self.log) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(Error::io("measure", &self.log)(error)),
        }
    }

    /// Answers whether nothing was in its way.
    fn checkpoint(&self, sql: &'static str) -> Result<bool> {
        const ACTION: &str = "checkpoint the write-ahead log of";
        let busy: Option<bool> = self.database.one(ACTION, sql, [], |row| row.get(0))?;
        Ok(busy == Some(false))
    }
}

#[cfg(test)]
mod tests;
