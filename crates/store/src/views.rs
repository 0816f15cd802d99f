//! views.db: everything folded from the ledger, ready to be loaded and looked up. Deletable.
//!
//! [`Views`] is the one writer's connection, [`Reader`] a connection for reading. Blobs are encoded
//! by the engine. Rows and `applied_position` change in one transaction: [`Views::commit`] takes
//! the position the rows stand at.
//!
//! ```text
//! no file, another version,                        fold anew
//! another ledger, damaged ──► Error::Stale ──► into views.db.new
//!                                                      │ synced, renamed
//!                             views.db ◄───────────────┘
//! ```
//!
//! **Crash.** The file stands at some earlier position (`synchronous = NORMAL`); the engine replays
//! from there. A file that was still being folded is thrown away.

mod compare;
mod read;

pub use compare::{Difference, DumpedRow, Table, What, compare};
pub use read::{Exception, Reader, Use, UsedIn};

use crate::database::{self, Access, Database, Shape};
use crate::durable;
use crate::error::{Error, Result, Stale};
use crate::turn::{Batch, Turns};
use read::length_class;
use rusqlite::{Params, params};
use std::ops::Deref;
use std::path::Path;

pub(crate) const SHAPE: Shape = Shape {
    application_id: 0x5457_5657, // "TWVW"
    version: 1,
    schema: include_str!("../sql/views/schema.sql"),
};

const SERVED: &str = include_str!("../sql/views/pragmas_writer.sql");
const REFOLDED: &str = include_str!("../sql/views/pragmas_refold.sql");

/// What a views file was folded from, and by which fold. Views of another edition are stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition {
    /// The id of the ledger.
    pub ledger_id: [u8; 16],
    /// The version of the engine's fold and of its encodings.
    pub fold_version: u32,
}

/// The writer's connection. It also reads, as a [`Reader`] does, and sees its own unfinished batch.
#[derive(Debug)]
pub struct Views {
    reading: Reader,
    turns: Turns,
    turn: Option<Batch>,
}

impl Views {
    /// Opens the served file.
    ///
    /// Errors: [`Error::Stale`] wherever the views must be folded anew.
    pub(crate) fn open(path: &Path, edition: &Edition, turns: Turns) -> Result<Self> {
        let views = Self::over(open_database(path, Access::Write(SERVED))?, turns);
        views.reading.check(edition).map_err(|error| as_stale(path, error))?;
        Ok(views)
    }

    /// Starts a new file to fold the ledger into, at no position yet. What lies at `path` is
    /// removed. Until [`crate::Folder::swap_in_views`] nothing of it survives a crash.
    pub fn create_at(path: &Path, edition: &Edition) -> Result<Self> {
        database::remove(path)?;
        let created = Database::create(path, &SHAPE, REFOLDED)?;
        durable::rename(&created, path)?;
        let database = Database::open(path, &SHAPE, Access::Write(REFOLDED))?;
        let mut views = Self::over(database, Turns::default());
        views.begin()?;
        views.put_meta("ledger_id", &edition.ledger_id)?;
        views.put_meta("fold_version", &edition.fold_version.to_be_bytes())?;
        views.commit(0)?;
        Ok(views)
    }

    /// Puts a file folded anew in the place of the served one, durably, and opens it there. All
    /// connections to the former must be closed. A crash in between leaves no views, which is to
    /// fold them again.
    pub(crate) fn swap_in(self, path: &Path, edition: &Edition, turns: Turns) -> Result<Self> {
        let Self { reading, .. } = self;
        let fresh = reading.path().to_owned();
        reading.into_database().close()?;
        durable::sync_file(&fresh)?;
        database::remove(path)?;
        durable::sync_parent(path)?;
        durable::rename(&fresh, path)?;
        Self::open(path, edition, turns)
    }

    fn over(database: Database, turns: Turns) -> Self {
        Self { reading: Reader::over(database), turns, turn: None }
    }

    /// Starts a batch.
    ///
    /// Errors: [`Error::Misused`] within a batch.
    pub fn begin(&mut self) -> Result<()> {
        const ACTION: &str = "start a batch in";
        if self.turn.is_some() {
            return Err(Error::Misused { action: ACTION, why: "a batch is open already" });
        }
        let turn = self.turns.batch();
        self.reading.database().batch(ACTION, "BEGIN IMMEDIATE")?;
        self.turn = Some(turn);
        Ok(())
    }

    /// Ends the batch; the rows stand at `applied_position` then: the number of entries folded into
    /// them.
    pub fn commit(&mut self, applied_position: u64) -> Result<()> {
        self.put_meta("applied_position", &applied_position.to_be_bytes())?;
        self.reading.database().batch("commit a batch to", "COMMIT")?;
        self.turn = None;
        Ok(())
    }

    /// Drops the batch, or does nothing between two.
    pub fn rollback(&mut self) -> Result<()> {
        let database = self.reading.database();
        if !database.connection().is_autocommit() {
            database.batch("roll back a batch of", "ROLLBACK")?;
        }
        self.turn = None;
        Ok(())
    }

    /// Sets the state of an item.
    pub fn put_item(&mut self, idx: u32, state: &[u8]) -> Result<()> {
        self.write(include_str!("../sql/views/put_item.sql"), params![idx, state])
    }

    /// Removes an item.
    pub fn delete_item(&mut self, idx: u32) -> Result<()> {
        self.write(include_str!("../sql/views/delete_item.sql"), [idx])
    }

    /// Sets an edge.
    pub fn put_edge(&mut self, idx: u32, body: &[u8]) -> Result<()> {
        self.write(include_str!("../sql/views/put_edge.sql"), params![idx, body])
    }

    /// Removes an edge.
    pub fn delete_edge(&mut self, idx: u32) -> Result<()> {
        self.write(include_str!("../sql/views/delete_edge.sql"), [idx])
    }

    /// Sets what a code of a kind stands for.
    pub fn put_named(&mut self, kind: u16, code: &str, body: &[u8]) -> Result<()> {
        self.write(include_str!("../sql/views/put_named.sql"), params![kind, code, body])
    }

    /// Removes what a code of a kind stands for.
    pub fn delete_named(&mut self, kind: u16, code: &str) -> Result<()> {
        self.write(include_str!("../sql/views/delete_named.sql"), params![kind, code])
    }

    /// Sets entries of items, each an item, one of the item's sequence numbers and a position.
    pub fn put_item_entries(
        &mut self,
        entries: impl IntoIterator<Item = (u32, u64, u64)>,
    ) -> Result<()> {
        self.write_each(include_str!("../sql/views/put_item_entry.sql"), entries)
    }

    /// Removes the entry of an item at one of the item's sequence numbers.
    pub fn delete_item_entry(&mut self, item: u32, sequence: u64) -> Result<()> {
        self.write(include_str!("../sql/views/delete_item_entry.sql"), params![item, sequence])
    }

    /// Sets uses of things of a kind. One that began at the same time in the same entry, with a
    /// length of the same class, is replaced; to change when a use ended, delete it first.
    pub fn put_uses(&mut self, uses: &[(u16, String, Use)]) -> Result<()> {
        let rows = uses.iter().map(|(kind, code, used)| {
            let Use { from_us, to_us, position } = *used;
            (kind, code, length_class(*used), from_us, to_us, position)
        });
        self.write_each(include_str!("../sql/views/put_used.sql"), rows)
    }

    /// Removes a use of something.
    pub fn delete_used(&mut self, kind: u16, code: &str, used: Use) -> Result<()> {
        let class = length_class(used);
        let delete = include_str!("../sql/views/delete_used.sql");
        self.write(delete, params![kind, code, class, used.from_us, used.position])
    }

    /// Sets measured values.
    pub fn put_measures<'a>(
        &mut self,
        measures: impl IntoIterator<Item = (MeasureKey<'a>, &'a str)>,
    ) -> Result<()> {
        let rows = measures.into_iter().map(|(at, value)| {
            let MeasureKey { parameter, unit, position, ordinal } = at;
            (parameter, unit, position, ordinal, value)
        });
        self.write_each(include_str!("../sql/views/put_measure.sql"), rows)
    }

    /// Removes a measured value.
    pub fn delete_measure(&mut self, at: MeasureKey<'_>) -> Result<()> {
        let MeasureKey { parameter, unit, position, ordinal } = at;
        let delete = include_str!("../sql/views/delete_measure.sql");
        self.write(delete, params![parameter, unit, position, ordinal])
    }

    /// Sets the exception raised by an entry.
    pub fn put_exception(&mut self, exception: &Exception) -> Result<()> {
        let Exception { position, open, body } = exception;
        let put = include_str!("../sql/views/put_exception.sql");
        self.write(put, params![position, open, body])
    }

    /// Removes the exception raised by an entry.
    pub fn delete_exception(&mut self, position: u64) -> Result<()> {
        self.write(include_str!("../sql/views/delete_exception.sql"), [position])
    }

    fn put_meta(&mut self, name: &str, value: &[u8]) -> Result<()> {
        self.write(include_str!("../sql/views/put_meta.sql"), params![name, value])
    }

    fn write(&mut self, sql: &'static str, parameters: impl Params) -> Result<()> {
        self.write_each(sql, std::iter::once(parameters))
    }

    /// Writes a row for each of many parameters: the statement is looked for once.
    fn write_each<P: Params>(
        &mut self,
        sql: &'static str,
        all: impl IntoIterator<Item = P>,
    ) -> Result<()> {
        const ACTION: &str = "write a row of";
        if self.turn.is_none() {
            return Err(Error::Misused { action: ACTION, why: "no batch is open" });
        }
        self.reading.database().run_each(ACTION, sql, all.into_iter())
    }
}

impl Deref for Views {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reading
    }
}

/// Which measured value: the `ordinal`-th of `parameter` in `unit` in the entry at `position`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeasureKey<'a> {
    /// What was measured.
    pub parameter: &'a str,
    /// The unit code of the value.
    pub unit: &'a str,
    /// The entry.
    pub position: u64,
    /// 0, 1, … within the entry.
    pub ordinal: u32,
}

fn open_database(path: &Path, access: Access) -> Result<Database> {
    if !path.exists() {
        return Err(Error::Stale { path: path.to_owned(), why: Stale::Missing });
    }
    Database::open(path, &SHAPE, access).map_err(|error| as_stale(path, error))
}

/// Whatever is wrong with the content of the file means the same: fold again.
fn as_stale(path: &Path, error: Error) -> Error {
    let why = match error {
        Error::Newer { .. } => Stale::OtherVersion,
        Error::NotOurs { .. } | Error::Damaged { .. } => Stale::Damaged,
        other => return other,
    };
    Error::Stale { path: path.to_owned(), why }
}
