//! Changes to files that are either wholly there after a crash or not at all.
//!
//! The order is always: write under another name, sync the file, rename, sync the folder. A crash
//! leaves at most a file under the other name, which nobody reads and the next writer of the folder
//! removes.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Ends the name of a file that is still being written.
pub(crate) const UNFINISHED: &str = ".new";

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Whoever the folder and the process's defaults admit.
    Ordinary,
    /// The owner alone.
    Owner,
}

/// The name a file has while it is being written.
pub(crate) fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(UNFINISHED);
    name.into()
}

/// Replaces a file: readers see the former bytes or the new ones.
pub(crate) fn write(path: &Path, bytes: &[u8], audience: Audience) -> Result<()> {
    let temporary = unfinished(path);
    let written = create(&temporary, audience).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(Error::io("write", &temporary))?;
    rename(&temporary, path)
}

/// Creates an empty file, or empties the one that is there.
pub(crate) fn create(path: &Path, audience: Audience) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if audience == Audience::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    options.open(path)
}

/// Gives a synced file its name, durably.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(Error::io("rename into place", to))?;
    sync_parent(to)
}

/// Makes the names in the folder of `path` durable.
pub(crate) fn sync_parent(path: &Path) -> Result<()> {
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    // The parent of a relative name of one part is the empty path, which stands for ".".
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // Only Unix lets a folder be opened and synced; elsewhere renames are journalled by the system.
    #[cfg(unix)]
    File::open(folder).and_then(|file| file.sync_all()).map_err(Error::io("sync", folder))?;
    #[cfg(not(unix))]
    let _folder: &Path = folder;
    Ok(())
}

/// Makes the bytes of a file written by others durable.
pub(crate) fn sync_file(path: &Path) -> Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path);
    file.and_then(|file| file.sync_all()).map_err(Error::io("sync", path))
}

/// Removes a file; that it was not there is as good.
pub(crate) fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", path)(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
