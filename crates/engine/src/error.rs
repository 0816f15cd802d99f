//! What can fail in the world: the store, the ledger's bytes, the writer.

use std::path::PathBuf;

/// The result of an engine operation.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure of the world; a rule that says no is an answer instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data folder.
    #[error("use the data folder")]
    Store(#[from] store::Error),
    /// An entry's bytes.
    #[error("read the entry at position {position}")]
    Entry {
        /// Where it stands.
        position: u64,
        /// Why it cannot be read.
        #[source]
        source: merkle::entry::Error,
    },
    /// An entry's members.
    #[error("understand the entry at position {position}")]
    Fact {
        /// Where it stands.
        position: u64,
        /// Why it cannot be understood.
        #[source]
        source: domain::entry::Error,
    },
    /// An entry that cannot be written.
    #[error("encode an entry of type {entry_type}")]
    Encode {
        /// Its type.
        entry_type: String,
        /// Why not.
        #[source]
        source: merkle::entry::Error,
    },
    /// An entry whose fact has no members.
    #[error("encode a fact")]
    EncodeFact(#[source] domain::entry::Error),
    /// A row of the views.
    #[error("read a row of the views: {0}")]
    Row(String),
    /// The ledger's own entries: genesis and keys.
    #[error("read the keys of the ledger: {0}")]
    Keys(String),
    /// A checkpoint.
    #[error("sign or read a checkpoint: {0}")]
    Checkpoint(String),
    /// The tree.
    #[error("read the tree: {0}")]
    Tree(String),
    /// An answer given before does not read.
    #[error("read the answer to command {0}")]
    Answer(domain::CommandId),
    /// Random numbers.
    #[error("draw random numbers: {0}")]
    Random(getrandom::Error),
    /// A thread that cannot start.
    #[error("start the thread {name}")]
    Thread {
        /// Its name.
        name: &'static str,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The queue of the writer is full.
    #[error("queue the command: the queue is full; retry after {retry_after_ms} ms")]
    Busy {
        /// When to try again. Units: milliseconds.
        retry_after_ms: u64,
    },
    /// The writer has stopped after a failure; a restart takes the one recovery path.
    #[error("write to the ledger: writing ended after a failure ({why}); restart to go on")]
    WriterStopped {
        /// What failed.
        why: String,
    },
    /// A command made the writer panic; nothing of it was kept.
    #[error("decide the command: it met a bug ({0}); nothing of it was kept")]
    Poison(String),
    /// The views have not come so far in time.
    #[error("wait for position {position}: the views stand at {at}{why}")]
    Behind {
        /// What was waited for.
        position: u64,
        /// Where they stand.
        at: u64,
        /// What keeps them, where that is known.
        why: String,
    },
    /// Something that is not there.
    #[error("find {0}")]
    NotFound(String),
    /// A file that cannot be read or written.
    #[error("use the file {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A copy that is older than what is known of the ledger.
    #[error("restore: {0}")]
    Restore(String),
    /// A rule said no where no caller is there to be answered.
    #[error("admit a command: {0}")]
    Rejected(Box<domain::Rejection>),
    /// Input that does not read.
    #[error("read the input: {0}")]
    Input(String),
    /// A parameter of a question that does not read.
    #[error("read the parameter {parameter}: {detail}")]
    Parameter {
        /// Which.
        parameter: String,
        /// What is wrong, and what to write.
        detail: String,
    },
}

impl Error {
    /// That a question asks what was known at a position that is not there yet.
    pub(crate) fn not_known_yet(asked: domain::Position, last: domain::Position) -> Self {
        Self::Parameter {
            parameter: "knownAt".to_owned(),
            detail: format!(
                "nothing is known at {asked} yet: the last entry is at position {last}; ask for \
                 that or an earlier one, or leave it out"
            ),
        }
    }
}
