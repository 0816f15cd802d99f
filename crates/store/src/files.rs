//! files/: files named by the SHA-256 of their content.
//!
//! **Invariants.** What lies under a name is whole and synced before the name is there. Every read
//! checks the hash. Nothing is removed but what was never finished.
//!
//! **Crash.** Leaves at most files ending in ".new", removed when the folder is next opened for
//! writing.
//!
//! **Limits.** [`FILE_BYTES_MAX`].

use crate::durable::{self, Audience};
use crate::error::{Error, Result};
use merkle::Hash;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// Bytes of one file: measurement series and pictures, not disk images.
pub const FILE_BYTES_MAX: u64 = 1 << 30;

/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// Reads files by their hash.
#[derive(Debug, Clone)]
pub struct Reader {
    folder: PathBuf,
}

/// Stores files, and reads them as a [`Reader`] does.
#[derive(Debug, Clone)]
pub struct Files {
    reading: Reader,
}

impl Reader {
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Whether there is a file with this content.
    pub fn contains(&self, hash: Hash) -> bool {
        self.path(hash).is_file()
    }

    /// The content of a file, checked.
    ///
    /// Errors: [`Error::NoFile`], [`Error::Damaged`] where the content is not what was stored.
    pub fn read(&self, hash: Hash) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        self.copy_to(hash, &mut content)?;
        Ok(content)
    }

    /// Copies the content of a file; answers its length. That it was damaged is known only at its
    /// end.
    ///
    /// Errors: [`Error::NoFile`], [`Error::Damaged`] where the content is not what was stored.
    pub fn copy_to(&self, hash: Hash, to: &mut dyn Write) -> Result<u64> {
        let path = self.path(hash);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NoFile { name: hash.to_string() });
            }
            Err(error) => return Err(Error::io("open", &path)(error)),
        };
        let (found, bytes) = copy(&mut file, to).map_err(Error::io("copy", &path))?;
        if found != hash {
            return Err(Error::Damaged { action: "read", path, source: None });
        }
        Ok(bytes)
    }

    /// Hands the hash of every file to `take`, in no particular order.
    pub fn for_each(&self, mut take: impl FnMut(Hash) -> Result<()>) -> Result<()> {
        let listed = fs::read_dir(&self.folder).map_err(Error::io("list", &self.folder))?;
        for entry in listed {
            let entry = entry.map_err(Error::io("list", &self.folder))?;
            if let Some(hash) = entry.file_name().to_str().and_then(Hash::from_hex) {
                take(hash)?;
            }
        }
        Ok(())
    }

    fn path(&self, hash: Hash) -> PathBuf {
        self.folder.join(hash.to_string())
    }
}

impl Files {
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { reading: Reader::at(folder) }
    }

    /// Stores a file; on return it is on the disk.
    ///
    /// Errors: [`Error::TooLong`].
    pub fn put(&self, content: &[u8]) -> Result<Hash> {
        self.put_from(&mut &*content).map(|(hash, _)| hash)
    }

    /// Stores what can be read from `source`; answers its hash and length. On return it is on the
    /// disk.
    ///
    /// Errors: [`Error::TooLong`].
    pub fn put_from(&self, source: &mut dyn Read) -> Result<(Hash, u64)> {
        self.store(|file, path| {
            // One byte more than allowed is read, to see that there is one.
            let mut source = source.take(FILE_BYTES_MAX + 1);
            let (hash, bytes) = copy(&mut source, file).map_err(Error::io("write", path))?;
            if bytes > FILE_BYTES_MAX {
                let limit = FILE_BYTES_MAX;
                return Err(Error::TooLong { what: "a file", found: bytes, limit });
            }
            Ok((hash, bytes))
        })
    }

    /// Stores a copy of a file of another folder.
    pub(crate) fn put_copy(&self, from: &Reader, hash: Hash) -> Result<u64> {
        self.store(|file, _| Ok((hash, from.copy_to(hash, file)?))).map(|(_, bytes)| bytes)
    }

    /// Removes what a crash left unfinished.
    pub(crate) fn remove_unfinished(&self) -> Result<()> {
        let folder = &self.reading.folder;
        for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
            let path = entry.map_err(Error::io("list", folder))?.path();
            if path.as_os_str().to_string_lossy().ends_with(durable::UNFINISHED) {
                durable::remove_if_there(&path)?;
            }
        }
        Ok(())
    }

    fn store(
        &self,
        write: impl FnOnce(&mut File, &Path) -> Result<(Hash, u64)>,
    ) -> Result<(Hash, u64)> {
        let mut name = [0; 32];
        getrandom::fill(&mut name).map_err(Error::Random)?;
        let temporary = durable::unfinished(&self.path(Hash(name)));
        let stored = durable::create(&temporary, Audience::Ordinary)
            .map_err(Error::io("create", &temporary))
            .and_then(|mut file| {
                let (hash, bytes) = write(&mut file, &temporary)?;
                file.sync_all().map_err(Error::io("sync", &temporary))?;
                durable::rename(&temporary, &self.path(hash))?;
                Ok((hash, bytes))
            });
        if stored.is_err() {
            // The first failure is the one to tell; what stays behind is removed at the next start.
            drop(durable::remove_if_there(&temporary));
        }
        stored
    }
}

impl Deref for Files {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reading
    }
}

fn copy(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<(Hash, u64)> {
    let mut hasher = Sha256::new();
    let mut bytes: u64 = 0;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = match from.read(&mut chunk) {
            Ok(0) => return Ok((Hash(hasher.finalize().into()), bytes)),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&chunk[..read]);
        to.write_all(&chunk[..read])?;
        bytes = bytes.saturating_add(read as u64);
    }
}
