//! ledger.db: entries, full tiles, answers to commands, signed tree heads. The ground.
//!
//! [`Ledger`] is the one writer's connection, [`Reader`] a connection for reading. Bytes of entries
//! are opaque here.
//!
//! **Invariants.** Positions run 0, 1, 2, … without a gap. Nothing but the newest unpublished
//! checkpoint is ever changed or removed. When [`Ledger::commit`] returns, the batch is on the disk
//! (WAL, `synchronous = FULL`). After a write failed, nothing more is written on that connection:
//! what reached the disk is known again only after opening anew.
//!
//! **Crash.** A batch is wholly there or not at all: its frames in the write-ahead log count only
//! with the commit frame behind them.
//!
//! **Limits.** [`LOG_BYTES_MAX`], [`MEMBERS_BYTES_MAX`], [`ROWS_PER_READ_MAX`].

mod read;
mod readers;

pub use read::{Checkpoint, ROWS_PER_READ_MAX, Reader, StoredCommand, StoredEntry, StoredTile};
pub use readers::{Pooled, READERS_MAX, Readers};

use crate::database::{Access, Database, Shape};
use crate::durable;
use crate::error::{Error, Result};
use crate::turn::{Batch, Turns};
use merkle::Hash;
use merkle::tree::{TILE_WIDTH, TileId, Tiles, root_of};
use rusqlite::params;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// Bytes of the hashed part of an entry: a C2SP tlog-tiles bundle counts them in 16 bits.
pub const LOG_BYTES_MAX: usize = 65_535;

/// Bytes of the members of an entry: far above any real one, and a batch of a few still fits the
/// log on disk.
pub const MEMBERS_BYTES_MAX: usize = 16 << 20;

pub(crate) const SHAPE: Shape = Shape {
    application_id: 0x5457_4C44, // "TWLD"
    version: 1,
    schema: include_str!("../sql/ledger/schema.sql"),
};

const SETTINGS: &str = include_str!("../sql/ledger/pragmas_writer.sql");

/// The writer's connection. It also reads, as a [`Reader`] does, and sees its own unfinished batch.
#[derive(Debug)]
pub struct Ledger {
    reading: Reader,
    turns: Turns,
    state: State,
}

/// Where the writer stands.
#[derive(Debug)]
enum State {
    /// Between batches.
    Idle,
    /// In a batch; the next entry goes to position `next`.
    Batch { next: u64, _turn: Batch },
    /// A write failed.
    Failed,
}

impl Ledger {
    /// Creates the file under its unfinished name, which it answers.
    pub(crate) fn create(path: &Path) -> Result<PathBuf> {
        Database::create(path, &SHAPE, SETTINGS)
    }

    /// Opens the writer's connection; the caller holds the lock of the folder.
    pub(crate) fn open(path: &Path, turns: Turns) -> Result<Self> {
        let database = Database::open(path, &SHAPE, Access::Write(SETTINGS))?;
        Ok(Self { reading: Reader::over(database), turns, state: State::Idle })
    }

    /// Closes the file with everything in it, synced.
    pub(crate) fn close(self) -> Result<()> {
        let path = self.database().path().to_owned();
        self.reading.into_database().close()?;
        durable::sync_file(&path)
    }

    /// Starts a batch.
    ///
    /// Errors: [`Error::Misused`] within a batch, [`Error::WriterFailed`] after a failed write.
    pub fn begin(&mut self) -> Result<()> {
        const ACTION: &str = "start a batch in";
        match self.state {
            State::Idle => {}
            State::Batch { .. } => {
                return Err(Error::Misused { action: ACTION, why: "a batch is open already" });
            }
            State::Failed => return Err(Error::WriterFailed),
        }
        let turn = self.turns.batch();
        self.database().batch(ACTION, "BEGIN IMMEDIATE")?;
        let next = self.reading.size().inspect_err(|_| self.state = State::Failed)?;
        self.state = State::Batch { next, _turn: turn };
        Ok(())
    }

    /// Adds the next entry.
    ///
    /// Units: `received_us` in microseconds since 1970-01-01 UTC.
    /// Errors: [`Error::OutOfTurn`] unless `position` is the next one, [`Error::TooLong`]; neither
    /// ends the batch.
    pub fn append(
        &mut self,
        position: u64,
        received_us: i64,
        log: &[u8],
        members: &[u8],
    ) -> Result<()> {
        const ACTION: &str = "append an entry to";
        let next = self.next(ACTION)?;
        if position != next {
            return Err(Error::OutOfTurn { expected: next, found: position });
        }
        within("an entry", log.len(), LOG_BYTES_MAX)?;
        within("members of an entry", members.len(), MEMBERS_BYTES_MAX)?;
        self.write(
            ACTION,
            include_str!("../sql/ledger/append.sql"),
            params![position, received_us, log, members],
        )?;
        if let State::Batch { next, .. } = &mut self.state {
            *next = next.saturating_add(1);
        }
        Ok(())
    }

    /// Adds a full tile.
    ///
    /// Errors: [`Error::PartialTile`] unless there are 256 hashes; it does not end the batch.
    pub fn put_tile(&mut self, tile: TileId, hashes: &[Hash]) -> Result<()> {
        const ACTION: &str = "store a tile in";
        self.next(ACTION)?;
        if hashes.len() != usize::from(TILE_WIDTH) {
            let TileId { level, index } = tile;
            return Err(Error::PartialTile { level, index, found: hashes.len() });
        }
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
        self.write(
            ACTION,
            include_str!("../sql/ledger/put_tile.sql"),
            params![tile.level, tile.index, root_of(hashes).0, bytes],
        )
        .map(drop)
    }

    /// Keeps the answer to a command, so that the same command sent again gets it again.
    pub fn put_command(&mut self, id: [u8; 16], body_hash: Hash, answer: &[u8]) -> Result<()> {
        const ACTION: &str = "keep an answer in";
        self.next(ACTION)?;
        self.write(
            ACTION,
            include_str!("../sql/ledger/put_command.sql"),
            params![id, body_hash.0, answer],
        )
        .map(drop)
    }

    /// Adds the newest checkpoint. It takes the place of the former newest unless that one was
    /// published.
    ///
    /// Errors: [`Error::BeyondEnd`] where it covers more entries than there are; it does not end
    /// the batch.
    pub fn put_checkpoint(&mut self, size: u64, note: &str) -> Result<()> {
        const ACTION: &str = "store a checkpoint in";
        let next = self.next(ACTION)?;
        if size > next {
            return Err(Error::BeyondEnd { found: size, size: next });
        }
        let drop_former = include_str!("../sql/ledger/drop_unpublished_checkpoint.sql");
        self.write(ACTION, drop_former, [])?;
        let put = include_str!("../sql/ledger/put_checkpoint.sql");
        self.write(ACTION, put, params![size, note]).map(drop)
    }

    /// Marks a checkpoint as seen outside; it is never replaced again. Within a batch, or by itself
    /// between two.
    ///
    /// Errors: [`Error::NoCheckpoint`].
    pub fn publish_checkpoint(&mut self, size: u64) -> Result<()> {
        if matches!(self.state, State::Failed) {
            return Err(Error::WriterFailed);
        }
        let publish = include_str!("../sql/ledger/publish_checkpoint.sql");
        match self.write("publish a checkpoint of", publish, [size])? {
            0 => Err(Error::NoCheckpoint { size }),
            _ => Ok(()),
        }
    }

    /// Ends the batch: on return it is on the disk.
    pub fn commit(&mut self) -> Result<()> {
        const ACTION: &str = "commit a batch to";
        self.next(ACTION)?;
        let committed = self.database().batch(ACTION, "COMMIT");
        self.state = if committed.is_ok() { State::Idle } else { State::Failed };
        committed
    }

    /// Drops the batch, or does nothing between two.
    pub fn rollback(&mut self) -> Result<()> {
        if !self.database().connection().is_autocommit() {
            self.database().batch("roll back a batch of", "ROLLBACK")?;
        }
        if !matches!(self.state, State::Failed) {
            self.state = State::Idle;
        }
        Ok(())
    }

    fn next(&self, action: &'static str) -> Result<u64> {
        match self.state {
            State::Batch { next, .. } => Ok(next),
            State::Idle => Err(Error::Misused { action, why: "no batch is open" }),
            State::Failed => Err(Error::WriterFailed),
        }
    }

    fn write(
        &mut self,
        action: &'static str,
        sql: &'static str,
        parameters: impl rusqlite::Params,
    ) -> Result<usize> {
        let written = self.database().run(action, sql, parameters);
        if written.is_err() {
            self.state = State::Failed;
        }
        written
    }
}

impl Deref for Ledger {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reading
    }
}

impl Tiles for Ledger {
    type Error = Error;

    fn tile(&self, tile: TileId, width: u16) -> Result<Vec<Hash>> {
        self.reading.tile(tile, width)
    }
}

fn within(what: &'static str, found: usize, limit: usize) -> Result<()> {
    if found > limit {
        return Err(Error::TooLong { what, found: found as u64, limit: limit as u64 });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{Error, Folder, Ledger};

    fn append(ledger: &mut Ledger, count: u64) -> crate::Result<()> {
        ledger.begin()?;
        let next = ledger.size()?;
        for position in next..next + count {
            ledger.append(position, 0, &[0; 4000], &[0; 4000])?;
        }
        ledger.commit()
    }

    #[test]
    fn a_full_disk_fails_the_batch_and_keeps_what_was_there() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::create(&place.path().join("data")).unwrap();
        let mut ledger = folder.ledger().unwrap();
        append(&mut ledger, 100).unwrap();
        // The file may not grow much any more: to the library that is a full disk.
        ledger.database().batch("limit", "PRAGMA max_page_count = 300").unwrap();
        let full = append(&mut ledger, 100);
        assert!(matches!(full, Err(Error::Database { .. })), "{full:?}");
        assert!(matches!(ledger.commit(), Err(Error::WriterFailed)));
        ledger.rollback().unwrap();
        drop(ledger);
        let mut ledger = folder.ledger().unwrap();
        assert_eq!(ledger.size().unwrap(), 100);
        append(&mut ledger, 100).unwrap();
        assert_eq!(folder.reading().ledger().unwrap().size().unwrap(), 200);
    }
}
