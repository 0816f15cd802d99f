//! The folder of a witness: its key, and the last head it cosigned of each log.
//!
//! ```text
//! DIR/lock                 held by the one process that is this witness
//! DIR/witness.key          its name and the seed of its key, readable by its owner alone
//! DIR/logs/<sha256>        the last head cosigned of a log, under the hash of its origin
//! ```
//!
//! **Invariant.** When [`WitnessFolder::put`] returns, the head is on the disk.
//!
//! **Crash.** Each file is replaced whole: it holds the former head or the new one.

use crate::durable::{self, Audience};
use crate::error::{Error, Result};
use crate::folder::{LOCK, Lock, listed, make_private};
use crate::site_key::{Seed, refuse_exposed};
use merkle::Hash;
use merkle::hash::sha256;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Bytes of a head that is kept: the longest note, and room for a cosignature.
pub const HEAD_BYTES_MAX: usize = 300 * 1024;

const KEY: &str = "witness.key";
const LOGS: &str = "logs";

/// A witness's folder, held until dropped.
#[derive(Debug)]
pub struct WitnessFolder {
    folder: PathBuf,
    name: String,
    seed: Seed,
    _lock: Lock,
}

impl WitnessFolder {
    /// Opens the folder of a witness; where there is none, makes one with a new key, if it is given
    /// a name.
    ///
    /// Errors: [`Error::Held`]; [`Error::Occupied`] where something else lies there, or a witness
    /// of another name; [`Error::NotAWitness`] where there is none and no name is given.
    pub fn open(folder: &Path, name: Option<&str>) -> Result<Self> {
        let path = folder.join(KEY);
        if !path.is_file() {
            let name = name.ok_or_else(|| Error::NotAWitness { folder: folder.to_owned() })?;
            return Self::create(folder, name);
        }
        let lock = Lock::take(folder, &folder.join(LOCK))?;
        refuse_exposed(&path)?;
        let text = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        let line = |word: &str| text.lines().find_map(|line| line.strip_prefix(word));
        let bad = || Error::BadKey { path: path.clone(), line: 0 };
        let known = line("name ").ok_or_else(bad)?.to_owned();
        let Hash(seed) = line("seed ").and_then(Hash::from_hex).ok_or_else(bad)?;
        if name.is_some_and(|name| name != known) {
            let found = format!("the witness {known}");
            return Err(Error::Occupied { folder: folder.to_owned(), found });
        }
        Ok(Self { folder: folder.to_owned(), name: known, seed: Seed(seed), _lock: lock })
    }

    fn create(folder: &Path, name: &str) -> Result<Self> {
        make_private(folder)?;
        let lock = Lock::take(folder, &folder.join(LOCK))?;
        let logs = folder.join(LOGS);
        // An interrupted creation leaves an empty folder and perhaps half a key.
        fs::remove_dir(&logs).ok();
        let unfinished = durable::unfinished(Path::new(KEY));
        let ours = [Path::new(LOCK), unfinished.as_path()];
        if let Some(found) =
            listed(folder)?.into_iter().find(|name| !ours.contains(&Path::new(name)))
        {
            return Err(Error::Occupied { folder: folder.to_owned(), found });
        }
        fs::create_dir(&logs).map_err(Error::io("create", &logs))?;
        let seed = Seed::random()?;
        let digits = Hash(seed.0);
        let text = format!("# Key of this witness. Keep secret.\nname {name}\nseed {digits}\n");
        durable::write(&folder.join(KEY), text.as_bytes(), Audience::Owner)?;
        Ok(Self { folder: folder.to_owned(), name: name.to_owned(), seed, _lock: lock })
    }

    /// Name of the witness in its cosignatures.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seed of its key.
    #[must_use]
    pub fn seed(&self) -> &Seed {
        &self.seed
    }

    /// The last head cosigned of a log.
    pub fn last(&self, origin: &str) -> Result<Option<String>> {
        let path = self.log(origin);
        let file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let mut text = String::new();
        file.take(HEAD_BYTES_MAX as u64)
            .read_to_string(&mut text)
            .map_err(Error::io("read", &path))?;
        Ok(Some(text))
    }

    /// Replaces the last head cosigned of a log, durably.
    ///
    /// Errors: [`Error::TooLong`], [`Error::Io`].
    pub fn put(&self, origin: &str, head: &str) -> Result<()> {
        if head.len() > HEAD_BYTES_MAX {
            return Err(Error::TooLong {
                what: "a head",
                found: head.len() as u64,
                limit: HEAD_BYTES_MAX as u64,
            });
        }
        durable::write(&self.log(origin), head.as_bytes(), Audience::Ordinary)
    }

    fn log(&self, origin: &str) -> PathBuf {
        self.folder.join(LOGS).join(sha256(origin.as_bytes()).to_string())
    }
}
