//! Taking in files: CSV and JSON Lines with a unit a row, and EPCIS documents.
//!
//! ```text
//! file ─► check all of it against the state ─► (dry run, or a bad row: stop here)
//!              └─► keep the file by its hash ─► write in chunks ─► say that it is complete
//! ```
//!
//! Rows are reports: they tell what is so, and what breaks a rule becomes an exception. A row
//! that says what is recorded already is *unchanged*; one that says something else writes just
//! the difference. An empty cell says nothing.
//!
//! Invariants: nothing is written before the whole file was checked; every command has an id made
//! from the import's code, the file's hash and the row, so a run that ended half way resumes, and
//! a second run of a finished import changes nothing, whatever happened since.
//!
//! Limits: [`ROWS_MAX`] rows of at most 256 KiB, read 256 at a time. In memory stays what `seen`
//! keeps of names: less than 130 MB for a million rows with serial numbers and cloud ids.

mod columns;
mod diff;
mod document;
mod file;
mod records;
mod redact;
mod refused;
mod rows;
mod run;
mod seen;
mod unit;

use std::collections::BTreeMap;
use std::path::PathBuf;

use domain::{Code, ImportCode, Time};

use crate::error::Result;
use crate::plant::{At, Plant};

pub use refused::REJECTED_MAX;
pub use rows::ROWS_MAX;

/// What a file is read as.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum ImportFormat {
    /// By its extension, else by its content.
    #[default]
    Auto,
    /// A header, then a unit a row; separated by comma, semicolon or tab.
    Csv,
    /// A JSON object a line: a unit, or a command where it has `acts`.
    JsonLines,
    /// An EPCIS 2.0 document in JSON.
    Epcis,
}

impl ImportFormat {
    /// The word for it, as in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Csv => "csv",
            Self::JsonLines => "jsonLines",
            Self::Epcis => "epcis",
        }
    }
}

/// A file to take in, and how.
#[derive(Debug, Clone, Default)]
pub struct ImportAsk {
    /// Where the file lies.
    pub source: PathBuf,
    /// What it was called, where that is not the name it lies under.
    pub name: Option<String>,
    /// What it is read as.
    pub format: ImportFormat,
    /// Columns by their header: a field such as `serialNumber`, a name for a field of one's own,
    /// or nothing to leave the column out.
    pub mapping: BTreeMap<String, String>,
    /// Whether only to check.
    pub dry_run: bool,
    /// Whether to write the good rows where others are bad.
    pub skip_bad: bool,
    /// Under which code; absent: one made from the file's content, so that it comes in once.
    pub code: Option<ImportCode>,
    /// When what it tells was so; absent: now.
    pub performed: Option<Time>,
    /// Who imports it.
    pub by: String,
}

impl ImportAsk {
    /// What the file is called.
    fn file_name(&self) -> String {
        let path = || self.source.file_name().map(|name| name.to_string_lossy().into_owned());
        self.name.clone().or_else(path).unwrap_or_default()
    }
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportProgress {
    /// What it is at.
    pub phase: ImportPhase,
    /// How much is done.
    pub done: u64,
    /// How much there is to do; 0 while that is not known.
    pub total: u64,
}

/// What an import is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportPhase {
    /// Checks the file; counted in bytes.
    Checking,
    /// Writes; counted in rows or events.
    Writing,
}

impl ImportPhase {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Writing => "writing",
        }
    }
}

/// A row that was not taken in.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Rejected {
    /// Which row, counted as a person sees the file: the header is row 1. Of an EPCIS document,
    /// which event, from 1; 0 is the document as a whole.
    pub row: u64,
    /// Which rule.
    pub code: Code,
    /// What was wrong and what to do.
    pub reason: String,
    /// In which column, or at which path of a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

/// What became of a file.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct ImportAnswer {
    /// Where the answer stands.
    pub at: Vec<At>,
    /// Under which code it came in; the same code resumes it.
    pub code: ImportCode,
    /// What it was read as.
    pub format: ImportFormat,
    /// SHA-256 of the file, as 64 hexadecimal digits; it is kept under that name, unless it held
    /// credentials, which are left out of the copy.
    pub sha256: String,
    /// Rows or events whose facts were written; of a dry run, that would be.
    pub imported: u64,
    /// Rows or events that say nothing new.
    pub unchanged: u64,
    /// Rows that were not taken in, by row, at most [`REJECTED_MAX`].
    pub rejected: Vec<Rejected>,
    /// How many rows were not taken in.
    pub rejected_count: u64,
    /// Exceptions that what was told gave rise to.
    pub exceptions: u64,
    /// Whether it was only checked.
    pub dry_run: bool,
    /// Whether all of it is in: false for a dry run, a refused file, a cancelled import.
    pub complete: bool,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

impl Plant {
    /// Takes in a file; what is wrong with it is an answer, not an error.
    ///
    /// `progress` hears how far it is; where `cancelled` says so it stops between two chunks, and
    /// the same call later goes on.
    /// Errors: [`crate::Error::File`] if the file cannot be read, [`crate::Error::Store`],
    /// [`crate::Error::WriterStopped`].
    pub fn import(
        &self,
        ask: &ImportAsk,
        progress: &mut dyn FnMut(ImportProgress),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<ImportAnswer> {
        run::import(self, ask, &mut run::Watch { progress, cancelled })
    }
}
