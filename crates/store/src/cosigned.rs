//! cosigned: heads of the ledger with the cosignatures of witnesses, the newest few.
//!
//! They are notes one after the other, the oldest first, with an empty line behind each: the form
//! of a file of witnesses. What stands in them is for others to judge.
//!
//! **Crash.** The file is replaced whole: it holds the former notes or the new ones.

use crate::durable::{self, Audience};
use crate::error::{Error, Result};
use std::fs;
use std::io::{self, Read as _};
use std::path::PathBuf;

/// Bytes of the file: some dozen notes at their longest.
pub const COSIGNED_BYTES_MAX: usize = 16 << 20;

/// The file of cosigned heads.
#[derive(Debug, Clone)]
pub struct Cosigned {
    path: PathBuf,
}

impl Cosigned {
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// What the file holds; nothing where no witness ever answered.
    ///
    /// Errors: [`Error::TooLong`], [`Error::Io`].
    pub fn read(&self) -> Result<String> {
        let file = match fs::File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
            Err(error) => return Err(Error::io("read", &self.path)(error)),
        };
        let mut text = String::new();
        let limit = (COSIGNED_BYTES_MAX as u64).saturating_add(1);
        file.take(limit).read_to_string(&mut text).map_err(Error::io("read", &self.path))?;
        within(&text)?;
        Ok(text)
    }

    /// Replaces what the file holds; on return it is on the disk.
    ///
    /// Errors: [`Error::TooLong`], [`Error::Io`].
    pub fn write(&self, notes: &str) -> Result<()> {
        within(notes)?;
        durable::write(&self.path, notes.as_bytes(), Audience::Ordinary)
    }
}

fn within(text: &str) -> Result<()> {
    if text.len() > COSIGNED_BYTES_MAX {
        return Err(Error::TooLong {
            what: "cosigned heads",
            found: text.len() as u64,
            limit: COSIGNED_BYTES_MAX as u64,
        });
    }
    Ok(())
}
