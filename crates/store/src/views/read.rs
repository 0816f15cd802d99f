//! Reading the views: whole tables at start, single rows and ranges while serving.

use super::{Edition, MeasureKey, SHAPE, as_stale, open_database};
use crate::database::{Access, Database, Stop};
use crate::error::{Error, Result, Stale};
use rusqlite::{Row, params};
use std::path::Path;

/// Rows of one read of a range.
const ROWS_PER_READ_MAX: usize = 65_536;

/// Classes of length: class c holds uses of at most 16^c seconds, the last one all others.
const LENGTH_CLASSES: u8 = 9;

/// A connection for reading the views. Cheap to keep, may move between threads.
#[derive(Debug)]
pub struct Reader {
    database: Database,
}

/// A use of something: an entry and the time it covers.
///
/// Units: microseconds since 1970-01-01 UTC; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Its beginning.
    pub from_us: i64,
    /// The entry.
    pub position: u64,
    /// Its end.
    pub to_us: i64,
}

/// A question: which entries used something in a window of time?
///
/// Units: microseconds since 1970-01-01 UTC; both ends belong to the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedIn<'a> {
    /// Equipment, station, person, program, …
    pub kind: u16,
    /// Which one.
    pub code: &'a str,
    /// The beginning of the window.
    pub from_us: i64,
    /// The end of the window.
    pub to_us: i64,
    /// The last use of the page before.
    pub after: Option<Use>,
}

/// An exception, by the entry that raised it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The entry.
    pub position: u64,
    /// Whether somebody still has to deal with it.
    pub open: bool,
    /// What the engine keeps of it.
    pub body: Vec<u8>,
}

impl Reader {
    pub(crate) fn open(path: &Path, edition: &Edition) -> Result<Self> {
        let reader = Self::over(open_database(path, Access::Read)?);
        reader.check(edition).map_err(|error| as_stale(path, error))?;
        Ok(reader)
    }

    /// Opens any views file to look at its rows, whatever its ledger and fold: to compare two of
    /// them.
    pub fn open_at(path: &Path) -> Result<Self> {
        Ok(Self::over(Database::open(path, &SHAPE, Access::Read)?))
    }

    pub(super) fn over(database: Database) -> Self {
        Self { database }
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    pub(super) fn into_database(self) -> Database {
        self.database
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        self.database.path()
    }

    pub(super) fn check(&self, edition: &Edition) -> Result<()> {
        let stale = |why| Error::Stale { path: self.path().to_owned(), why };
        if self.meta::<16>("ledger_id")? != edition.ledger_id {
            return Err(stale(Stale::OtherLedger));
        }
        if u32::from_be_bytes(self.meta("fold_version")?) != edition.fold_version {
            return Err(stale(Stale::OtherVersion));
        }
        self.applied_position().map(drop)
    }

    /// How many entries are folded into the rows: the position of the next one to apply.
    pub fn applied_position(&self) -> Result<u64> {
        Ok(u64::from_be_bytes(self.meta("applied_position")?))
    }

    /// The state of an item.
    pub fn item(&self, idx: u32) -> Result<Option<Vec<u8>>> {
        let sql = include_str!("../../sql/views/item.sql");
        self.database.one("read an item of", sql, [idx], |row| row.get(0))
    }

    /// Hands every item and its state to `take`, by index.
    pub fn for_each_item<E: From<Error>>(
        &self,
        take: impl FnMut(u32, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.indexed("read the items of", include_str!("../../sql/views/all_items.sql"), take)
    }

    /// An edge.
    pub fn edge(&self, idx: u32) -> Result<Option<Vec<u8>>> {
        let sql = include_str!("../../sql/views/edge.sql");
        self.database.one("read an edge of", sql, [idx], |row| row.get(0))
    }

    /// Hands every edge to `take`, by index.
    pub fn for_each_edge<E: From<Error>>(
        &self,
        take: impl FnMut(u32, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.indexed("read the edges of", include_str!("../../sql/views/all_edges.sql"), take)
    }

    /// What a code of a kind stands for.
    pub fn named(&self, kind: u16, code: &str) -> Result<Option<Vec<u8>>> {
        let sql = include_str!("../../sql/views/named.sql");
        self.database.one("look up a code in", sql, params![kind, code], |row| row.get(0))
    }

    /// Hands everything of a kind to `take`, by code.
    pub fn for_each_named<E: From<Error>>(
        &self,
        kind: u16,
        mut take: impl FnMut(&str, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = include_str!("../../sql/views/named_of.sql");
        self.database.each("read the codes of", sql, [kind], |row| {
            take(text(row, 0)?, blob(row, 1)?).map_err(Stop::Taker)
        })
    }

    /// The entries of an item as (sequence number, position), after a sequence number, or from the
    /// first one.
    pub fn item_entries(
        &self,
        item: u32,
        after_sequence: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, u64)>> {
        let sql = include_str!("../../sql/views/item_entries.sql");
        let first = after_sequence.map_or(0, |sequence| sequence.saturating_add(1));
        let mut entries = Vec::new();
        let parameters = params![item, first, limit.min(ROWS_PER_READ_MAX)];
        self.database.each("read the entries of an item in", sql, parameters, |row| {
            entries.push((row.get(0)?, row.get(1)?));
            Ok::<_, Stop<Error>>(())
        })?;
        Ok(entries)
    }

    /// Uses that overlap a window, by beginning and position: those that began before its end and
    /// ended after its beginning, touching included.
    pub fn used_in(&self, asked: &UsedIn<'_>, limit: usize) -> Result<Vec<Use>> {
        let limit = limit.min(ROWS_PER_READ_MAX);
        let mut uses = Vec::new();
        for class in 0..LENGTH_CLASSES {
            self.used_of_class(asked, class, limit, &mut uses)?;
        }
        uses.sort_unstable();
        uses.truncate(limit);
        Ok(uses)
    }

    fn used_of_class(
        &self,
        asked: &UsedIn<'_>,
        class: u8,
        limit: usize,
        uses: &mut Vec<Use>,
    ) -> Result<()> {
        let UsedIn { kind, code, from_us, to_us, after } = *asked;
        let first = (earliest_us(class, from_us), -1);
        let after = match after {
            Some(Use { from_us, position, .. }) => {
                first.max((from_us, i64::try_from(position).unwrap_or(i64::MAX)))
            }
            None => first,
        };
        let sql = include_str!("../../sql/views/used_in.sql");
        let parameters = params![kind, code, class, from_us, to_us, after.0, after.1, limit];
        self.database.each("read the uses in", sql, parameters, |row| {
            uses.push(Use { from_us: row.get(0)?, to_us: row.get(1)?, position: row.get(2)? });
            Ok::<_, Stop<Error>>(())
        })
    }

    /// Hands every measured value of a parameter in one unit to `take`, by position.
    pub fn for_each_measure<E: From<Error>>(
        &self,
        parameter: &str,
        unit: &str,
        mut take: impl FnMut(MeasureKey<'_>, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = include_str!("../../sql/views/measures.sql");
        self.database.each("read the measured values of", sql, [parameter, unit], |row| {
            let key = MeasureKey { parameter, unit, position: row.get(0)?, ordinal: row.get(1)? };
            take(key, text(row, 2)?).map_err(Stop::Taker)
        })
    }

    /// The exception raised by an entry.
    pub fn exception(&self, position: u64) -> Result<Option<Exception>> {
        let sql = include_str!("../../sql/views/exception.sql");
        self.database.one("read an exception of", sql, [position], |row| {
            Ok(Exception { position, open: row.get(0)?, body: row.get(1)? })
        })
    }

    /// Hands every exception to `take`, by position.
    pub fn for_each_exception<E: From<Error>>(
        &self,
        mut take: impl FnMut(Exception) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = include_str!("../../sql/views/all_exceptions.sql");
        self.database.each("read the exceptions of", sql, [], |row| {
            let exception =
                Exception { position: row.get(0)?, open: row.get(1)?, body: row.get(2)? };
            take(exception).map_err(Stop::Taker)
        })
    }

    /// Open exceptions from a position on.
    pub fn open_exceptions(&self, position_min: u64, limit: usize) -> Result<Vec<Exception>> {
        let sql = include_str!("../../sql/views/open_exceptions.sql");
        let mut exceptions = Vec::new();
        let parameters = params![position_min, limit.min(ROWS_PER_READ_MAX)];
        self.database.each("read the open exceptions of", sql, parameters, |row| {
            exceptions.push(Exception { position: row.get(0)?, open: true, body: row.get(1)? });
            Ok::<_, Stop<Error>>(())
        })?;
        Ok(exceptions)
    }

    /// How many rows there are in all tables.
    pub fn rows(&self) -> Result<u64> {
        let sql = include_str!("../../sql/views/count_rows.sql");
        Ok(self.database.one("count the rows of", sql, [], |row| row.get(0))?.unwrap_or(0))
    }

    /// Keeps everything read from now on at one state of the file, until the reader is dropped. The
    /// write-ahead log is not cut meanwhile.
    pub fn hold(&self) -> Result<()> {
        self.database.batch("hold a state of", "BEGIN; SELECT count(*) FROM meta;")
    }

    /// Checks every page of the file; answers what is wrong, nothing where all is well. Reads the
    /// whole file.
    pub fn faults(&self) -> Result<Vec<String>> {
        self.database.faults(&SHAPE)
    }

    fn indexed<E: From<Error>>(
        &self,
        action: &'static str,
        sql: &'static str,
        mut take: impl FnMut(u32, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.database
            .each(action, sql, [], |row| take(row.get(0)?, blob(row, 1)?).map_err(Stop::Taker))
    }

    fn meta<const N: usize>(&self, name: &str) -> Result<[u8; N]> {
        const ACTION: &str = "read the header of";
        let sql = include_str!("../../sql/views/meta.sql");
        let value: Option<Vec<u8>> = self.database.one(ACTION, sql, [name], |row| row.get(0))?;
        value.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| self.database.damaged(ACTION))
    }
}

/// The class of a use by its length; see the schema.
pub(super) fn length_class(used: Use) -> u8 {
    let length_us = used.to_us.saturating_sub(used.from_us);
    (0..LENGTH_CLASSES)
        .find(|&class| length_us <= length_max_us(class))
        .expect("invariant: the last class has no longest length")
}

/// When a use of a class may have begun that reaches `until_us`.
fn earliest_us(class: u8, until_us: i64) -> i64 {
    match length_max_us(class) {
        i64::MAX => i64::MIN,
        length_us => until_us.saturating_sub(length_us),
    }
}

fn length_max_us(class: u8) -> i64 {
    if class == LENGTH_CLASSES.saturating_sub(1) {
        return i64::MAX;
    }
    16_i64.saturating_pow(class.into()).saturating_mul(1_000_000)
}

fn blob<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<&'r [u8]> {
    Ok(row.get_ref(column)?.as_blob()?)
}

fn text<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<&'r str> {
    Ok(row.get_ref(column)?.as_str()?)
}
