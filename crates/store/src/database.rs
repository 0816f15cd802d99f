//! A connection to one of the databases of a data folder: opened with checks, failing with names.

use crate::durable;
use crate::error::{Error, Result};
use rusqlite::{CachedStatement, Connection, OpenFlags, OptionalExtension as _, Params, Row};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a connection waits for another's lock. Writers have one writer each and checkpoints are
/// short, so five seconds pass only where something is wrong.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(5);

/// Statements kept compiled a connection: more than the crate has for any one database.
const STATEMENTS_MAX: usize = 64;

/// What makes a file one of ours.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Which database it is (`PRAGMA application_id`).
    pub(crate) application_id: u32,
    /// The version of its schema (`PRAGMA user_version`).
    pub(crate) version: u32,
    /// Creates its tables and sets both numbers.
    pub(crate) schema: &'static str,
}

/// What a connection may do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Access {
    /// Read and write, with these settings.
    Write(&'static str),
    /// Read only.
    Read,
}

/// A connection and the path it was opened at.
#[derive(Debug)]
pub(crate) struct Database {
    connection: Connection,
    path: PathBuf,
}

/// Why a walk over rows ended early.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    /// The library failed.
    Library(rusqlite::Error),
    /// Whoever takes the rows refused one.
    Taker(E),
}

impl<E> From<rusqlite::Error> for Stop<E> {
    fn from(error: rusqlite::Error) -> Self {
        Self::Library(error)
    }
}

impl<E> From<rusqlite::types::FromSqlError> for Stop<E> {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        Self::Library(error.into())
    }
}

impl Database {
    /// Creates a database under its unfinished name, closes and syncs it. The caller renames it
    /// into place.
    pub(crate) fn create(path: &Path, shape: &Shape, settings: &'static str) -> Result<PathBuf> {
        let temporary = durable::unfinished(path);
        let file = durable::create(&temporary, durable::Audience::Owner);
        drop(file.map_err(Error::io("create", &temporary))?);
        remove_logs(&temporary)?;
        let database = Self::connect(&temporary, Access::Write(settings))?;
        database.batch("set up", settings)?;
        database.batch("create the tables of", shape.schema)?;
        database.close()?;
        durable::sync_file(&temporary)?;
        Ok(temporary)
    }

    /// Opens a database of ours, of a version known here.
    pub(crate) fn open(path: &Path, shape: &Shape, access: Access) -> Result<Self> {
        let database = Self::connect(path, access)?;
        let application_id = database.pragma("application_id")?;
        let found = database.pragma("user_version")?;
        if application_id != shape.application_id {
            return Err(Error::NotOurs { path: path.to_owned() });
        }
        if found > shape.version {
            return Err(Error::Newer { path: path.to_owned(), found, known: shape.version });
        }
        if found < shape.version {
            return Err(Error::NotOurs { path: path.to_owned() });
        }
        // Only now: a setting could write to a file that is not ours.
        if let Access::Write(settings) = access {
            database.batch("set up", settings)?;
        }
        Ok(database)
    }

    fn connect(path: &Path, access: Access) -> Result<Self> {
        let failed = |source| Error::database("open", path, source);
        let mode = match access {
            Access::Write(_) => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(LOCK_WAIT_MAX).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        Ok(Self { connection, path: path.to_owned() })
    }

    fn pragma(&self, name: &'static str) -> Result<u32> {
        let value = self.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        // Ours are small; whatever else stands there is as good as nothing.
        Ok(u32::try_from(value.map_err(self.failed("read the header of"))?).unwrap_or(0))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn set_lock_wait(&self, wait: Duration) -> Result<()> {
        self.connection.busy_timeout(wait).map_err(self.failed("open"))
    }

    /// Wraps what the library says about `action`.
    pub(crate) fn failed(&self, action: &'static str) -> impl FnOnce(rusqlite::Error) -> Error {
        move |source| Error::database(action, &self.path, source)
    }

    /// Names damage that the library cannot see.
    pub(crate) fn damaged(&self, action: &'static str) -> Error {
        Error::Damaged { action, path: self.path.clone(), source: None }
    }

    /// Runs statements that take no parameters.
    pub(crate) fn batch(&self, action: &'static str, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(self.failed(action))
    }

    /// Runs one statement; answers how many rows it changed.
    pub(crate) fn run(
        &self,
        action: &'static str,
        sql: &'static str,
        parameters: impl Params,
    ) -> Result<usize> {
        let changed = self.prepare(sql).and_then(|mut statement| statement.execute(parameters));
        changed.map_err(self.failed(action))
    }

    /// Runs one statement for each of many parameters.
    pub(crate) fn run_each<P: Params>(
        &self,
        action: &'static str,
        sql: &'static str,
        all: impl Iterator<Item = P>,
    ) -> Result<()> {
        let run = || {
            let mut statement = self.prepare(sql)?;
            all.into_iter().try_for_each(|parameters| statement.execute(parameters).map(drop))
        };
        run().map_err(self.failed(action))
    }

    /// The one row a query answers, if any.
    pub(crate) fn one<T>(
        &self,
        action: &'static str,
        sql: &'static str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let found = self
            .prepare(sql)
            .and_then(|mut statement| statement.query_row(parameters, read).optional());
        found.map_err(self.failed(action))
    }

    /// Hands each row a query answers to `take`, in order, holding one row at a time.
    pub(crate) fn each<E: From<Error>>(
        &self,
        action: &'static str,
        sql: &'static str,
        parameters: impl Params,
        mut take: impl FnMut(&Row<'_>) -> Result<(), Stop<E>>,
    ) -> Result<(), E> {
        let walk = || {
            let mut statement = self.prepare(sql)?;
            let mut rows = statement.query(parameters)?;
            while let Some(row) = rows.next()? {
                take(row)?;
            }
            Ok(())
        };
        walk().map_err(|stop| match stop {
            Stop::Library(source) => self.failed(action)(source).into(),
            Stop::Taker(error) => error,
        })
    }

    /// Checks every page and that the tables are those of `shape`; answers what is wrong, at most
    /// 100 lines a check, nothing where all is well.
    pub(crate) fn faults(&self, shape: &Shape) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        self.each("check the pages of", "PRAGMA integrity_check(100)", [], |row| {
            faults.push(row.get(0)?);
            Ok::<_, Stop<Error>>(())
        })?;
        faults.retain(|line: &String| line != "ok");
        let wanted = Connection::open_in_memory().map_err(self.failed("check the tables of"))?;
        wanted.execute_batch(shape.schema).map_err(self.failed("check the tables of"))?;
        let wanted = objects(&wanted).map_err(self.failed("check the tables of"))?;
        let found = objects(&self.connection).map_err(self.failed("check the tables of"))?;
        let missing = wanted.iter().filter(|object| !found.contains(object));
        faults.extend(missing.map(|(name, _)| format!("{name} is not as it was created")));
        let foreign = found.iter().filter(|(name, _)| wanted.iter().all(|(own, _)| own != name));
        faults.extend(foreign.map(|(name, _)| format!("{name} does not belong there")));
        Ok(faults)
    }

    /// Closes the connection, with its write-ahead log written back where it is the last.
    pub(crate) fn close(self) -> Result<()> {
        let Self { connection, path } = self;
        connection.close().map_err(|(_, source)| Error::database("close", &path, source))
    }

    fn prepare(&self, sql: &'static str) -> rusqlite::Result<CachedStatement<'_>> {
        self.connection.prepare_cached(sql)
    }
}

/// Tables, indexes and whatever else a database is made of: name and definition.
fn objects(connection: &Connection) -> rusqlite::Result<Vec<(String, Option<String>)>> {
    let mut statement = connection.prepare(include_str!("../sql/objects.sql"))?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// The file beside a database that holds its write-ahead log.
pub(crate) fn log_path(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// Removes a database and what lies beside it. The file itself goes first: a log without its file
/// is discarded when a file of that name is next created, a file without its log could be a torn
/// one.
pub(crate) fn remove(path: &Path) -> Result<()> {
    durable::remove_if_there(path)?;
    remove_logs(path)
}

fn remove_logs(path: &Path) -> Result<()> {
    for suffix in ["-wal", "-shm", "-journal"] {
        durable::remove_if_there(&beside(path, suffix))?;
    }
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
