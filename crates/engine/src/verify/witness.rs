//! Checkpoints of a ledger that are held elsewhere: files of signed notes.
//!
//! A witness file is any number of C2SP signed notes, one after the other, oldest first, with or
//! without blank lines between them. Cosignatures of other witnesses may stand under each.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;

use merkle::checkpoint::Signed;

use crate::error::{Error, Result};
use crate::plant::Plant;

/// Bytes of a witness file: a note a second fills it in some days, a note an hour in decades.
pub const WITNESS_BYTES_MAX: u64 = 64 << 20;

/// Checkpoints somebody else holds.
#[derive(Debug, Clone)]
pub struct WitnessFile {
    /// Where they are from, as reports call it.
    pub from: String,
    /// The checkpoints; nothing about them is verified yet.
    pub checkpoints: Vec<Signed>,
}

impl WitnessFile {
    /// Reads a file of checkpoints.
    ///
    /// Errors: [`Error::File`]; [`Error::Checkpoint`] where it holds anything else, or nothing.
    pub fn read(path: &Path) -> Result<Self> {
        let failed = |source| Error::File { path: path.to_owned(), source };
        let mut text = String::new();
        let file = File::open(path).map_err(failed)?;
        file.take(WITNESS_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Reads checkpoints that stand one after the other.
    ///
    /// Errors: [`Error::Checkpoint`] where there is anything else, or nothing.
    pub fn parse(from: &str, text: &str) -> Result<Self> {
        let notes = notes(text);
        let checkpoints: Vec<Signed> = notes
            .iter()
            .enumerate()
            .map(|(index, note)| {
                Signed::parse(note).map_err(|why| {
                    Error::Checkpoint(format!("note {} of {from}: {why}", index.saturating_add(1)))
                })
            })
            .collect::<Result<_>>()?;
        if checkpoints.is_empty() {
            return Err(Error::Checkpoint(format!("{from} holds no checkpoint")));
        }
        Ok(Self { from: from.to_owned(), checkpoints })
    }
}

/// Parts a text after each run of signature lines.
fn notes(text: &str) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    let mut signed = true;
    for line in text.lines() {
        let signature = line.starts_with('\u{2014}');
        if signed && !signature {
            if line.is_empty() {
                continue;
            }
            notes.push(String::new());
        }
        signed = signature;
        if let Some(note) = notes.last_mut() {
            note.push_str(line);
            note.push('\n');
        }
    }
    notes
}

impl Plant {
    /// Appends the signed head to a file, to be kept where the site cannot change it, and marks it
    /// as seen outside. Answers how many entries it covers.
    ///
    /// Errors: [`Error::File`], [`Error::WriterStopped`].
    pub fn write_witness(&self, path: &Path) -> Result<u64> {
        let (size, note) = self.publish_head()?;
        let failed = |source| Error::File { path: path.to_owned(), source };
        let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
        file.write_all(format!("{note}\n").as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        Ok(size)
    }
}
