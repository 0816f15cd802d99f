//! A batch record as files that are handed on: a page, a PDF/A, JSON, and the proof file that is
//! inside each of them.
//!
//! ```text
//! batch record, audit trail, files it names, proof ─▶ RecordFile ─┬▶ JSON
//!                                                                 └▶ paper ─▶ HTML, PDF/A
//! ```
//!
//! Invariant: every form is written from one [`RecordFile`], so none says more than another; the
//! proof inside covers the entries of the record, no more and no less.
//!
//! Limits: [`FILES_BYTES_MAX`]; what does not fit is named by its hash alone, and the forms say so.

mod files;
mod paper;
mod words;

use std::str::FromStr;

use domain::{ItemRef, Time};
use merkle::checkpoint::Signed;
use merkle::proof::ProofFile;
use report::File;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::plant::Plant;
use crate::proof::Showing;
use crate::query::{BatchRecord, Change};

/// Bytes of pictures and files that a record carries, all together: what can still be sent by mail.
pub const FILES_BYTES_MAX: usize = 16 << 20;
/// How often a record is made again because something was told of its item meanwhile.
const TRIES: usize = 5;

/// In which form a record is handed on.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum RecordFormat {
    /// One page that needs nothing else and prints well.
    #[default]
    Html,
    /// PDF/A-3a.
    Pdf,
    /// For machines.
    Json,
    /// The proof alone.
    Proof,
}

impl RecordFormat {
    /// Every format with its word and how names of its files end.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Html, "html", "html"),
        (Self::Pdf, "pdf", "pdf"),
        (Self::Json, "json", "json"),
        (Self::Proof, "proof", "twproof"),
    ];

    /// How names of its files end.
    #[must_use]
    pub fn ending(self) -> &'static str {
        let known = Self::ALL.iter().find(|(format, ..)| *format == self);
        known.map_or("", |(_, _, ending)| ending)
    }

    /// The format of a file, by how its name ends.
    #[must_use]
    pub fn of_ending(ending: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(_, _, own)| own.eq_ignore_ascii_case(ending));
        known.map(|(format, ..)| *format)
    }
}

impl FromStr for RecordFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|(_, word, _)| *word == text);
        known.map(|(format, ..)| *format).ok_or("a record is written as html, pdf, json or proof")
    }
}

/// What the first line of a record in JSON says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum RecordFileFormat {
    /// Version 1.
    #[serde(rename = "tracewright-record/1")]
    V1,
}

/// All that a record says, in every form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordFile {
    /// Its format.
    pub format: RecordFileFormat,
    /// When it was made.
    pub made: Time,
    /// Who had it made.
    pub made_by: String,
    /// Name of the ledger.
    pub origin: String,
    /// The signed head that the proof stands on.
    pub checkpoint: String,
    /// The record.
    pub record: BatchRecord,
    /// Every entry of the item, and what it changed: the audit trail.
    pub trail: Vec<Change>,
    /// The files and pictures that it names.
    pub files: Vec<NamedFile>,
}

/// A file that a record names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedFile {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// What it is called inside this record.
    pub name: String,
    /// What it is.
    pub what: String,
    /// What kind of file it is, by its first bytes.
    pub media_type: String,
    /// How long it is; absent: it is not kept here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<usize>,
    /// Whether it is inside.
    pub inside: bool,
}

/// A record with what it carries.
struct Made {
    file: RecordFile,
    proof: ProofFile,
    /// The contents of the files that are inside, by their hash.
    contents: files::Contents,
}

impl Plant {
    /// The batch record of an item as a file to be handed on; `by` had it made.
    ///
    /// Errors: [`Error::NotFound`] if the reference fits no item, [`Error::Input`] if several, or
    /// if there is always something new before it is written.
    pub fn record_file(&self, item: &ItemRef, format: RecordFormat, by: &str) -> Result<Vec<u8>> {
        let made = self.made(item, by)?;
        let proof = made.proof.to_bytes().map_err(|error| Error::Input(crate::chain(&error)))?;
        match format {
            RecordFormat::Proof => Ok(proof),
            RecordFormat::Json => made.json(&proof),
            RecordFormat::Html => Ok(report::html(&made.paper(proof)).into_bytes()),
            RecordFormat::Pdf => {
                report::pdf(&made.paper(proof)).map_err(|error| Error::Input(crate::chain(&error)))
            }
        }
    }

    /// A record with a proof of the same entries.
    fn made(&self, item: &ItemRef, by: &str) -> Result<Made> {
        for _ in 0..TRIES {
            let (record, trail) = self.batch_record_and_trail(item)?;
            let proof = self.proof(&[ItemRef::Id(record.item.id)], &Showing::default())?;
            let proven = proof.claims.first().map(|claim| claim.through_sequence);
            if proven != u64::try_from(record.entries).ok() {
                continue;
            }
            let head = Signed::parse(&proof.checkpoint)
                .map_err(|error| Error::Tree(crate::chain(&error)))?
                .checkpoint;
            let (files, contents) = self.named_files(&record)?;
            let file = RecordFile {
                format: RecordFileFormat::V1,
                made: self.now(),
                made_by: by.to_owned(),
                origin: head.origin,
                checkpoint: proof.checkpoint.clone(),
                record,
                trail,
                files,
            };
            return Ok(Made { file, proof, contents });
        }
        Err(Error::Input(format!(
            "write the record of {item}: it is being worked on; ask again in a moment"
        )))
    }
}

impl Made {
    /// It in JSON, with the proof and the files.
    fn json(&self, proof: &[u8]) -> Result<Vec<u8>> {
        let unwritten = |error: serde_json::Error| Error::Input(error.to_string());
        let mut value = serde_json::to_value(&self.file).map_err(unwritten)?;
        let contents: serde_json::Map<String, Value> = self
            .contents
            .iter()
            .map(|(hash, content)| (hash.clone(), json!(files::base64(content))))
            .collect();
        value["contents"] = Value::Object(contents);
        value["proof"] = serde_json::from_slice(proof).map_err(unwritten)?;
        let mut text = serde_json::to_vec_pretty(&value).map_err(unwritten)?;
        text.push(b'\n');
        Ok(text)
    }

    /// The files inside, the proof first.
    fn carried(&self, proof: Vec<u8>) -> Vec<File> {
        let content = |named: &NamedFile| {
            let found = self.contents.iter().find(|(hash, _)| *hash == named.sha256);
            found.map(|(_, content)| content.clone())
        };
        let named = self.file.files.iter().filter_map(|named| {
            Some(File {
                name: named.name.clone(),
                media_type: named.media_type.clone(),
                what: named.what.clone(),
                content: content(named)?,
            })
        });
        let proof = File {
            name: format!("{}.twproof", files::plain(&self.file.record.item.label)),
            media_type: "application/json".to_owned(),
            what: "The proof of this record: its entries, with their place in the signed tree. \
                   `tracewright verify` checks it, also inside this file."
                .to_owned(),
            content: proof,
        };
        std::iter::once(proof).chain(named).collect()
    }
}
