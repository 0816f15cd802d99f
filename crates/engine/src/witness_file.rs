//! Checkpoints of a ledger that are held elsewhere: files of signed notes.
//!
//! A witness file is any number of C2SP signed notes, one after the other, oldest first, with or
//! without blank lines between them. Cosignatures of other witnesses may stand under each. It is
//! written by appending, and what was once written is never changed.
//!
//! A crash can leave the beginning of a note at the end. Readers leave it out, and the next note
//! takes its place.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use merkle::checkpoint::Signed;

use crate::error::{Error, Result};

/// Bytes of a witness file: a note a second fills it in two days, a note an hour in decades. Then
/// another is begun.
pub const WITNESS_BYTES_MAX: u64 = 64 << 20;

/// Bytes of the end of a file that are looked at before more is written: some dozen notes.
const TAIL_BYTES: u64 = 64 << 10;

/// Files that one path stands for: `plant.witness`, `plant.witness.2`, … hold decades of notes.
const FILES_MAX: u32 = 10_000;

const SIGNATURE: char = '\u{2014}';

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
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(failed)?;
        file.take(WITNESS_BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            // An append that was cut short within a character.
            Err(why) if why.error_len().is_none() => {
                std::str::from_utf8(&bytes[..why.valid_up_to()]).unwrap_or_default()
            }
            Err(why) => return Err(failed(std::io::Error::new(ErrorKind::InvalidData, why))),
        };
        Self::parse(&path.display().to_string(), text)
    }

    /// Reads checkpoints that stand one after the other.
    ///
    /// Errors: [`Error::Checkpoint`] where there is anything else, or nothing.
    pub fn parse(from: &str, text: &str) -> Result<Self> {
        let notes = notes(text);
        let last = notes.len().saturating_sub(1);
        let mut checkpoints = Vec::with_capacity(notes.len());
        for (index, note) in notes.iter().enumerate() {
            // An append that was cut short; a single note may have lost its last newline.
            if index == last && last > 0 && !text.ends_with('\n') {
                break;
            }
            match Signed::parse(note) {
                Ok(signed) => checkpoints.push(signed),
                Err(_) if index == last && last > 0 && !is_signed(note) => {}
                Err(why) => {
                    let number = index.saturating_add(1);
                    return Err(Error::Checkpoint(format!("note {number} of {from}: {why}")));
                }
            }
        }
        if checkpoints.is_empty() {
            return Err(Error::Checkpoint(format!("{from} holds no checkpoint")));
        }
        Ok(Self { from: from.to_owned(), checkpoints })
    }

    /// Appends a checkpoint to a file, which is made where it is not there; answers to which: once
    /// `plant.witness` is full, `plant.witness.2` is begun. On return it is on the disk.
    ///
    /// Errors: [`Error::File`]; [`Error::Checkpoint`] where the file holds something else.
    pub fn append(path: &Path, head: &Signed) -> Result<PathBuf> {
        let note = format!("{head}\n");
        let room = WITNESS_BYTES_MAX.saturating_sub(u64::try_from(note.len()).unwrap_or(u64::MAX));
        let (path, length) = with_room(path, room)?;
        let failed = |source| Error::File { path: path.clone(), source };
        let mut options = OpenOptions::new();
        let mut file = options
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        let end = end_of_notes(&path, &mut file, length, head)?;
        if end < length {
            tracing::warn!(file = %path.display(), "a note that was cut short is replaced");
            file.set_len(end).map_err(failed)?;
        }
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        file.write_all(note.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        if length == 0 {
            sync_folder_of(&path).map_err(failed)?;
        }
        Ok(path)
    }
}

/// The first file of a path's that has room, and how long it is.
fn with_room(path: &Path, room: u64) -> Result<(PathBuf, u64)> {
    for number in 1..=FILES_MAX {
        let file = match number {
            1 => path.to_owned(),
            _ => PathBuf::from(format!("{}.{number}", path.display())),
        };
        match std::fs::metadata(&file) {
            Ok(found) if found.len() > room => {}
            Ok(found) => return Ok((file, found.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok((file, 0)),
            Err(source) => return Err(Error::File { path: file, source }),
        }
    }
    Err(Error::Checkpoint(format!("{} and {FILES_MAX} files after it are full", path.display())))
}

/// Where the last whole note of a file ends.
fn end_of_notes(path: &Path, file: &mut File, length: u64, head: &Signed) -> Result<u64> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    let from = length.saturating_sub(TAIL_BYTES);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(from)).map_err(failed)?;
    file.read_to_end(&mut tail).map_err(failed)?;
    // A signature line is the last of its note that must be there; an empty line may follow.
    let mut end = 0;
    let mut line_from = 0;
    for (at, _) in tail.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        let line = tail.get(line_from..at).unwrap_or_default();
        let is_signature = line.starts_with(SIGNATURE.to_string().as_bytes());
        if is_signature || (line.is_empty() && end == line_from && end > 0) {
            end = at.saturating_add(1);
        }
        line_from = at.saturating_add(1);
    }
    let origin = format!("{}\n", head.checkpoint.origin);
    let begins = origin.as_bytes().starts_with(&tail) || tail.starts_with(origin.as_bytes());
    if end == 0 && !(from == 0 && begins) {
        let said = format!("{} holds something else than checkpoints", path.display());
        return Err(Error::Checkpoint(said));
    }
    Ok(from.saturating_add(u64::try_from(end).unwrap_or(u64::MAX)))
}

#[cfg(unix)]
fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all())
}

/// Elsewhere the system journals names.
#[cfg(not(unix))]
fn sync_folder_of(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Parts a text after each run of signature lines.
fn notes(text: &str) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    let mut signed = true;
    for line in text.lines() {
        let signature = line.starts_with(SIGNATURE);
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

fn is_signed(note: &str) -> bool {
    note.lines().any(|line| line.starts_with(SIGNATURE))
}
