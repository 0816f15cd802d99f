//! The lock of a data folder: an exclusive lock of the operating system on a file, with the
//! holder's process id in it.
//!
//! The system gives it back when the process ends, however it ends; a file left behind means
//! nothing.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

/// The lock, held until dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of `folder` at `path`, or says who holds it.
    pub(crate) fn take(folder: &Path, path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).write(true).open(path);
        let mut file = file.map_err(Error::io("open", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let written = fs::read_to_string(path).ok();
                let process = written.and_then(|text| text.trim().parse().ok());
                return Err(Error::Held { folder: folder.to_owned(), process });
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
        }
        sign(&mut file).map_err(Error::io("write", path))?;
        Ok(Self { _file: file })
    }
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}
