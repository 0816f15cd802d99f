//! What can go wrong with the world below: one enum for the crate.
//!
//! Messages complete "failed to …" and never repeat their source; the chain is printed once, at the
//! edge.

use std::io;
use std::path::{Path, PathBuf};

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of the world below: disk, file, database, key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process, or another part of this one, has the folder open for writing.
    #[error("open data folder {} for writing: {} holds it", .folder.display(), holder(*process))]
    Held {
        /// The data folder.
        folder: PathBuf,
        /// The process id written in the lock file, where it could be read.
        process: Option<u32>,
    },
    /// There is no ledger in the folder.
    #[error("open data folder {}: there is no ledger in it", .folder.display())]
    NotAFolder {
        /// The folder asked for.
        folder: PathBuf,
    },
    /// There is no witness in the folder.
    #[error("open the witness in {}: there is none; give it a name to make one", .folder.display())]
    NotAWitness {
        /// The folder asked for.
        folder: PathBuf,
    },
    /// The creation of the folder, or a backup into it, was cut short; nothing was ever recorded
    /// there.
    #[error(
        "open data folder {}: its creation was interrupted and nothing was recorded in it; remove \
         it and begin again", .folder.display()
    )]
    HalfCreated {
        /// The folder asked for.
        folder: PathBuf,
    },
    /// A data folder may only be created in an empty folder.
    #[error("create a data folder in {}: it holds {found:?} already", .folder.display())]
    Occupied {
        /// The folder asked for.
        folder: PathBuf,
        /// One thing found in it.
        found: String,
    },
    /// The file was written by a newer program.
    #[error("open {}: format {found} is newer than {known}, the newest known", .path.display())]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its format version.
        found: u32,
        /// The newest version this program reads.
        known: u32,
    },
    /// The file is a database, but not the one that belongs there.
    #[error("open {}: it is not the database that belongs there", .path.display())]
    NotOurs {
        /// The database file.
        path: PathBuf,
    },
    /// The file is cut short, overwritten or otherwise not what was written.
    #[error("{action} {}: the file is damaged", .path.display())]
    Damaged {
        /// What was being done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the database library said; none where a content check of our own failed.
        source: Option<rusqlite::Error>,
    },
    /// The derived views must be folded again from the ledger.
    #[error("open {}: {why}", .path.display())]
    Stale {
        /// The views file.
        path: PathBuf,
        /// Why it cannot be used.
        why: Stale,
    },
    /// An entry out of turn.
    #[error("append an entry at position {found}: the next position is {expected}")]
    OutOfTurn {
        /// The next free position.
        expected: u64,
        /// The position offered.
        found: u64,
    },
    /// A tile that is not full, or not 32 bytes a hash.
    #[error("store tile {index} of level {level}: it has {found} hashes, a stored tile has 256")]
    PartialTile {
        /// The level of the tile.
        level: u8,
        /// The index of the tile in its level.
        index: u64,
        /// How many hashes were offered.
        found: usize,
    },
    /// A signed head over more entries than there are.
    #[error("store a checkpoint of {found} entries: the ledger has {size}")]
    BeyondEnd {
        /// The size the checkpoint covers.
        found: u64,
        /// Entries in the ledger.
        size: u64,
    },
    /// There is no checkpoint of that size.
    #[error("publish the checkpoint of {size} entries: there is none")]
    NoCheckpoint {
        /// The size asked for.
        size: u64,
    },
    /// Something is longer than its limit.
    #[error("store {what} of {found} bytes: the limit is {limit}")]
    TooLong {
        /// What was to be stored.
        what: &'static str,
        /// Its length, or how much of it was seen.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// A write failed before; what is on disk is known again only after the ledger is opened anew.
    #[error("write to the ledger: an earlier write failed, open it again")]
    WriterFailed,
    /// A command of the writer out of its order, such as `append` before `begin`.
    #[error("{action}: {why}")]
    Misused {
        /// What was being done.
        action: &'static str,
        /// What it lacked.
        why: &'static str,
    },
    /// A database to be copied stayed locked by a write.
    #[error("copy {}: it stayed locked", .path.display())]
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// People were erased again and again while a folder was copied.
    #[error("copy {}: people were erased meanwhile; copy it when that is done", .folder.display())]
    Unsettled {
        /// The data folder.
        folder: PathBuf,
    },
    /// A file asked for by its hash is not there.
    #[error("read file {name}: it is not in the data folder")]
    NoFile {
        /// SHA-256 of the file, in hexadecimal.
        name: String,
    },
    /// A key file others may read.
    #[error("use {}: its mode {mode:o} lets others read it, set 600", .path.display())]
    Exposed {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A key file that does not hold keys.
    #[error("read keys in {}: line {line} is not 64 hexadecimal digits", .path.display())]
    BadKey {
        /// The key file.
        path: PathBuf,
        /// The line, counted from 1; 0 where the file holds no key at all.
        line: usize,
    },
    /// A sealed value that is cut short or was changed.
    #[error("open a sealed value of {person}: it is damaged")]
    Unsealable {
        /// The person it is sealed for.
        person: String,
    },
    /// All readers stayed busy for longer than one may wait.
    #[error("read the ledger: all {readers} readers are busy")]
    ReadersBusy {
        /// How many there are.
        readers: usize,
    },
    /// The source of randomness failed.
    #[error("draw random bytes")]
    Random(#[source] getrandom::Error),
    /// The database library failed.
    #[error("{action} {}", .path.display())]
    Database {
        /// What was being done.
        action: &'static str,
        /// The database file.
        path: PathBuf,
        /// What the library said.
        source: rusqlite::Error,
    },
    /// The file system failed.
    #[error("{action} {}", .path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Why views must be folded again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stale {
    /// There is no views file.
    #[error("there are no views yet")]
    Missing,
    /// Written with another schema of the tables, or another fold.
    #[error("the views are of another version")]
    OtherVersion,
    /// Folded from another ledger.
    #[error("the views are of another ledger")]
    OtherLedger,
    /// Not readable as views.
    #[error("the views are damaged")]
    Damaged,
}

impl Error {
    /// Whether it failed because no more fits on the disk.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::Io { source, .. } => is_disk_full(source),
            Self::Database { source, .. } => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
            }
            _ => false,
        }
    }

    /// Wraps a failure of the file system.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    /// Wraps a failure of the database library; damage gets its own name.
    pub(crate) fn database(action: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => {
                Self::Damaged { action, path, source: Some(source) }
            }
            Some(_) | None => Self::Database { action, path, source },
        }
    }
}

/// Whether a write failed because no more fits: on the disk, of a quota, or in one file.
#[must_use]
pub fn is_disk_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    // Only what the system says itself: a body that is longer than is taken is an error of ours.
    error.raw_os_error().is_some()
        && matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

fn holder(process: Option<u32>) -> String {
    process.map_or_else(|| "another process".to_owned(), |id| format!("process {id}"))
}
