//! Reading the ledger: entries, tiles, answers, checkpoints.
//!
//! Each call is its own short read of the newest committed state; none holds back the write-ahead
//! log for longer than the call. Lists come in pages. Who reads many entries one by one may do so
//! as one read ([`Reader::together`]), which spares the locks of each.

use super::SHAPE;
use crate::database::{Access, Database, Stop};
use crate::error::{Error, Result};
use merkle::Hash;
use merkle::tree::{TILE_WIDTH, TileId, Tiles, leaf_hash};
use rusqlite::{Row, params};
use std::ops::Range;
use std::path::Path;

/// Rows of one read: a page of entries of ordinary length is then a few megabytes.
pub const ROWS_PER_READ_MAX: usize = 4096;

/// A connection for reading the ledger. Cheap to keep, may move between threads.
#[derive(Debug)]
pub struct Reader {
    database: Database,
}

/// An entry as it lies in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Where it stands.
    pub position: u64,
    /// Server clock at its arrival, in microseconds since 1970-01-01 UTC.
    pub received_us: i64,
    /// The hashed bytes.
    pub log: Vec<u8>,
    /// What is behind the digests in the hashed bytes.
    pub members: Vec<u8>,
}

/// A full tile as it lies in the ledger: not yet known to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTile {
    /// What is kept as its hash.
    pub root: Vec<u8>,
    /// What is kept as its 256 hashes.
    pub hashes: Vec<u8>,
}

/// An answered command as it lies in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCommand {
    /// Its id; 16 bytes where it is one.
    pub id: Vec<u8>,
    /// The hash of its body; 32 bytes where it is one.
    pub body_hash: Vec<u8>,
    /// What was answered.
    pub answer: Vec<u8>,
}

/// A signed tree head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many entries it covers.
    pub size: u64,
    /// Whether it was seen outside.
    pub published: bool,
    /// The signed note.
    pub note: String,
}

impl Reader {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Ok(Self::over(Database::open(path, &SHAPE, Access::Read)?))
    }

    pub(super) fn over(database: Database) -> Self {
        Self { database }
    }

    pub(super) fn into_database(self) -> Database {
        self.database
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Entries in the ledger.
    pub fn size(&self) -> Result<u64> {
        let sql = include_str!("../../sql/ledger/last_position.sql");
        let last: Option<Option<u64>> =
            self.database.one("read the size of", sql, [], |row| row.get(0))?;
        Ok(last.flatten().map_or(0, |position| position.saturating_add(1)))
    }

    /// One entry.
    pub fn entry(&self, position: u64) -> Result<Option<StoredEntry>> {
        let sql = include_str!("../../sql/ledger/entry.sql");
        self.database.one("read an entry of", sql, [storable(position)], stored_entry)
    }

    /// What is read meanwhile is one read, of one state of the ledger: to be short all the same.
    ///
    /// Errors: where it cannot begin or end.
    pub fn together<T>(&self, read: impl FnOnce() -> T) -> Result<T> {
        let transaction = self.database.connection().unchecked_transaction();
        let transaction = transaction.map_err(self.database.failed("begin to read"))?;
        let found = read();
        transaction.finish().map_err(self.database.failed("end reading"))?;
        Ok(found)
    }

    /// Entries of a range, in order: at most `limit`, and never more than [`ROWS_PER_READ_MAX`].
    pub fn entries(&self, range: Range<u64>, limit: usize) -> Result<Vec<StoredEntry>> {
        let sql = include_str!("../../sql/ledger/entries.sql");
        let mut entries = Vec::new();
        let parameters =
            params![storable(range.start), storable(range.end), limit.min(ROWS_PER_READ_MAX)];
        self.database.each("read entries of", sql, parameters, |row| {
            entries.push(stored_entry(row)?);
            Ok::<_, Stop<Error>>(())
        })?;
        Ok(entries)
    }

    /// The hashed bytes of entries from a position on, in order, each given to `take`: at most
    /// `limit`, and never more than [`ROWS_PER_READ_MAX`].
    pub fn logs(&self, from: u64, limit: usize, mut take: impl FnMut(&[u8])) -> Result<()> {
        let sql = include_str!("../../sql/ledger/logs.sql");
        let parameters = params![storable(from), limit.min(ROWS_PER_READ_MAX)];
        self.database.each("read leaves of", sql, parameters, |row| {
            take(row.get_ref(0)?.as_blob()?);
            Ok::<_, Stop<Error>>(())
        })
    }

    /// The hash of a command's body and the answer it got, where the command was answered before.
    pub fn command(&self, id: [u8; 16]) -> Result<Option<(Hash, Vec<u8>)>> {
        let sql = include_str!("../../sql/ledger/command.sql");
        self.database
            .one("look up a command in", sql, [id], |row| Ok((Hash(row.get(0)?), row.get(1)?)))
    }

    /// The last id of an answered command that sorts before another.
    pub fn last_command_before(&self, id: [u8; 16]) -> Result<Option<[u8; 16]>> {
        let sql = include_str!("../../sql/ledger/last_command.sql");
        let last = self.database.one("look up a command in", sql, [id], |row| row.get(0))?;
        Ok(last.flatten())
    }

    /// The newest checkpoint.
    pub fn latest_checkpoint(&self) -> Result<Option<Checkpoint>> {
        let sql = include_str!("../../sql/ledger/latest_checkpoint.sql");
        self.database.one("read the newest checkpoint of", sql, [], checkpoint)
    }

    /// Checkpoints over `size_min` entries and more, in order: at most `limit`, and never more than
    /// [`ROWS_PER_READ_MAX`].
    pub fn checkpoints(&self, size_min: u64, limit: usize) -> Result<Vec<Checkpoint>> {
        let sql = include_str!("../../sql/ledger/checkpoints.sql");
        let mut checkpoints = Vec::new();
        let parameters = params![storable(size_min), limit.min(ROWS_PER_READ_MAX)];
        self.database.each("read checkpoints of", sql, parameters, |row| {
            checkpoints.push(checkpoint(row)?);
            Ok::<_, Stop<Error>>(())
        })?;
        Ok(checkpoints)
    }

    /// A tile as it is stored, looked at by nobody yet; none where there is no such row.
    pub fn stored_tile(&self, tile: TileId) -> Result<Option<StoredTile>> {
        let sql = include_str!("../../sql/ledger/stored_tile.sql");
        let parameters = params![tile.level, storable(tile.index)];
        self.database.one("read a tile of", sql, parameters, |row| {
            Ok(StoredTile { root: row.get(0)?, hashes: row.get(1)? })
        })
    }

    /// How many tiles of a level are stored, and how many of them from `index_min` on.
    pub fn count_tiles(&self, level: u8, index_min: u64) -> Result<(u64, u64)> {
        let sql = include_str!("../../sql/ledger/count_tiles.sql");
        let parameters = params![level, storable(index_min)];
        let counted = self
            .database
            .one("count the tiles of", sql, parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(counted.unwrap_or_default())
    }

    /// Answered commands by id, after an id: at most `limit`, and never more than
    /// [`ROWS_PER_READ_MAX`].
    pub fn commands(&self, after: Option<&[u8]>, limit: usize) -> Result<Vec<StoredCommand>> {
        let sql = include_str!("../../sql/ledger/commands.sql");
        let mut commands = Vec::new();
        let parameters = params![after, limit.min(ROWS_PER_READ_MAX)];
        self.database.each("read the commands of", sql, parameters, |row| {
            let (id, body_hash, answer) = (row.get(0)?, row.get(1)?, row.get(2)?);
            commands.push(StoredCommand { id, body_hash, answer });
            Ok::<_, Stop<Error>>(())
        })?;
        Ok(commands)
    }

    /// Rows that no reader ever sees, for their position, size or level is no number of ours.
    pub fn strays(&self) -> Result<u64> {
        let sql = include_str!("../../sql/ledger/strays.sql");
        Ok(self.database.one("count the rows of", sql, [], |row| row.get(0))?.unwrap_or(0))
    }

    /// Checks every page of the file; answers what is wrong, nothing where all is well. Reads the
    /// whole file.
    pub fn faults(&self) -> Result<Vec<String>> {
        self.database.faults(&SHAPE)
    }

    fn full_tile(&self, tile: TileId) -> Result<Option<Vec<Hash>>> {
        let sql = include_str!("../../sql/ledger/tile.sql");
        let bytes: Option<Vec<u8>> = self.database.one(
            "read a tile of",
            sql,
            params![tile.level, storable(tile.index)],
            |row| row.get(0),
        )?;
        let Some(bytes) = bytes else { return Ok(None) };
        let (hashes, rest) = bytes.as_chunks::<32>();
        if hashes.len() != usize::from(TILE_WIDTH) || !rest.is_empty() {
            return Err(self.database.damaged("read a tile of"));
        }
        Ok(Some(hashes.iter().copied().map(Hash).collect()))
    }

    /// The first `width` hashes of a tile, from the row below it.
    fn tile_from_below(&self, tile: TileId, width: u16) -> Result<Vec<Hash>> {
        let first = tile.index.saturating_mul(TILE_WIDTH.into());
        let mut hashes = Vec::with_capacity(width.into());
        match tile.level.checked_sub(1) {
            None => self.logs(first, width.into(), |log| hashes.push(leaf_hash(log)))?,
            Some(below) => {
                let sql = include_str!("../../sql/ledger/tile_roots.sql");
                let parameters = params![below, storable(first), width];
                self.database.each("read tiles of", sql, parameters, |row| {
                    hashes.push(Hash(row.get(0)?));
                    Ok::<_, Stop<Error>>(())
                })?;
            }
        }
        Ok(hashes)
    }
}

impl Tiles for Reader {
    type Error = Error;

    fn tile(&self, tile: TileId, width: u16) -> Result<Vec<Hash>> {
        if let Some(mut hashes) = self.full_tile(tile)? {
            hashes.truncate(width.into());
            return Ok(hashes);
        }
        self.tile_from_below(tile, width.min(TILE_WIDTH))
    }
}

/// A number to look for: there are rows only below the largest number a column can hold.
fn storable(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn stored_entry(row: &Row<'_>) -> rusqlite::Result<StoredEntry> {
    Ok(StoredEntry {
        position: row.get(0)?,
        received_us: row.get(1)?,
        log: row.get(2)?,
        members: row.get(3)?,
    })
}

fn checkpoint(row: &Row<'_>) -> rusqlite::Result<Checkpoint> {
    Ok(Checkpoint { size: row.get(0)?, published: row.get(1)?, note: row.get(2)? })
}
