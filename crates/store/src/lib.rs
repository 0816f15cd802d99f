//! The data folder: ledger.db, views.db, keys and files on disk. Blocking; no thread of its own.
//!
//! ```text
//! DIR/lock            held by the one process that has the folder open for writing; its process id
//! DIR/ledger.db       ground: entries, tiles, answers, checkpoints
//! DIR/views.db        derived from it; deletable
//! DIR/people.db       ground: a key a person, for values that can be erased
//! DIR/site.key        ground: the seeds of the signing keys
//! DIR/files/<sha256>  ground: files by the hash of their content
//! DIR/cosigned        ground: the newest heads with the cosignatures of witnesses
//! DIR/tokens.json     not ours: who may call the server
//! DIR/accounts.json   not ours: accounts of people
//! ```
//!
//! In reading order: [`Folder`] creates, locks and opens; [`Ledger`] is the writer and
//! [`LedgerReader`] what reads; [`Checkpointer`] keeps the write-ahead logs short; [`Views`] holds
//! the derived rows; [`People`] seals what may be erased; [`SiteKey`] and [`Files`] are what their
//! names say; [`backup`] copies a folder in use. [`WitnessFolder`] is another kind of folder: that
//! of a witness of other ledgers.
//!
//! **Invariants.** What was acknowledged is on the disk. What is in the ledger is never changed.
//! Whatever names a file or a person's key is written after it. Deleting views.db loses nothing.
//!
//! **Limits.** The folder lies on a local disk: network file systems keep neither the lock nor the
//! shared memory of the write-ahead log. Everything here has a limit named in its module.

mod backup;
mod checkpointer;
mod cosigned;
mod database;
mod durable;
mod error;
mod files;
mod folder;
mod ledger;
mod people;
mod site_key;
mod turn;
mod views;
mod witness;

pub use backup::{Keys, Progress, Report as BackupReport, Settled, backup, copy_keys, succeed};
pub use checkpointer::{Checkpointed, Checkpointer, WAL_BYTES_MAX, WAL_BYTES_WORTHWHILE};
pub use cosigned::{COSIGNED_BYTES_MAX, Cosigned};
pub use error::{Error, Result, Stale, is_disk_full};
pub use files::{FILE_BYTES_MAX, Files, Reader as FileReader};
pub use folder::{Folder, ReadFolder};
pub use ledger::{
    Checkpoint, LOG_BYTES_MAX, Ledger, MEMBERS_BYTES_MAX, Pooled, READERS_MAX, ROWS_PER_READ_MAX,
    Reader as LedgerReader, Readers, StoredCommand, StoredEntry, StoredTile,
};
pub use people::{People, Reader as PeopleReader, SEALED_BYTES_MAX};
pub use site_key::{Seed, SiteKey};
pub use views::{
    Difference, DumpedRow, Edition, Exception, MeasureKey, Reader as ViewsReader, Table, Use,
    UsedIn, Views, What, compare,
};
pub use witness::{HEAD_BYTES_MAX, WitnessFolder};
