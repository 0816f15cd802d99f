//! The one write path, start-up, and what readers ask.
//!
//! Reading order: [`Plant`] opens a data folder and is what everything else is asked of; `writer`
//! is the write path, `decide` takes one command through the rules, `recorder` writes what was
//! decided, `keeper` holds the ledger's pen, `codec` is entries as bytes; [`state`] is what the
//! facts add up to; `follower` publishes it to readers and into `views.db`; `starts` turns a start
//! into items; [`query`] is what is asked; `scopes` freezes what was answered and makes it again;
//! `record_file` hands records on; [`contemporaneity`] says whether work was entered when it was
//! done.
//!
//! Invariants: only the writer appends; nothing is answered before it is durable; the published
//! state is a fold of a prefix of the ledger and says of which.

mod awaited;
mod clock;
mod codec;
pub mod contemporaneity;
mod copies;
mod decide;
mod error;
mod fields;
mod follower;
mod import;
mod jobs;
mod json;
mod keeper;
mod notices;
mod plant;
mod proof;
pub mod query;
mod record_file;
mod recorder;
mod release;
mod scopes;
mod shown;
mod signing;
mod starts;
pub mod state;
mod tiles;
mod verify;
mod witness_file;
mod writer;

pub use clock::{Clock, now};
pub use copies::{
    BackupReport, CHECKPOINT, RestoreOptions, RestoreReport, backup, backup_keys, refold, restore,
};
pub use error::{Error, Result};
pub use fields::{Fields, PROJECTED};
pub use follower::Published;
pub use import::{
    ImportAnswer, ImportAsk, ImportFormat, ImportPhase, ImportProgress, REJECTED_MAX, ROWS_MAX,
    Rejected,
};
pub use jobs::{JobHandle, JobId, JobPhase, JobState, Jobs, KEPT_MAX, QUEUED_MAX, RUNNING_MAX};
pub use plant::{At, Opening, Options, Plant, command_id_of, new_command_id};
pub use proof::{Persons, ReleaseShown, Showing, Stands, records_shown, releases_shown};
pub use record_file::{FILES_BYTES_MAX, NamedFile, RecordFile, RecordFileFormat, RecordFormat};
pub use release::RELEASE_ITEMS_MAX;
pub use scopes::{
    DeltaAnswer, DeltaAsk, ExportAbout, ExportFormat, FreezeAnswer, FreezeAsk, FrozenScope,
    NUMBERS_MAX, Rerun, RerunAnswer, ScopesAnswer, question,
};
pub use shown::COSIGNED_MAX;
pub use signing::Signing;
pub use starts::{Begun, Found, Source};
pub use verify::{
    Checked, FINDINGS_MAX, Finding, FolderWitness, Progress, Stage, Standing, VerifyOptions,
    VerifyReport, What, verify_folder,
};
pub use witness_file::{WITNESS_BYTES_MAX, WitnessFile};
pub use writer::{QUEUE_COMMANDS_MAX, Reply};

/// An error with its causes in one line, for the edge where it is shown once.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
