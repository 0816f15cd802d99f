//! site.key: the seeds of the keys with which the site signs, readable by its owner alone.
//!
//! ```text
//! # comment
//! 64 hexadecimal digits      an earlier key, kept so that its signatures can be renewed
//! 64 hexadecimal digits      the key in use: the last line
//! ```
//!
//! **Crash.** The file is replaced whole: it holds the former keys or the new ones.

use crate::durable::{self, Audience};
use crate::error::{Error, Result};
use merkle::Hash;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The seed of a signing key: 32 random bytes. Never shown, not even when debugging.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

/// The file of the site's signing keys.
#[derive(Debug, Clone)]
pub struct SiteKey {
    path: PathBuf,
}

impl Seed {
    /// Draws a new seed.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(Error::Random)?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seed(…)")
    }
}

impl SiteKey {
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// The seeds, the one in use last; there is at least one.
    ///
    /// Errors: [`Error::Exposed`] where others may read the file, [`Error::BadKey`].
    pub fn read(&self) -> Result<Vec<Seed>> {
        refuse_exposed(&self.path)?;
        let text = fs::read_to_string(&self.path).map_err(Error::io("read", &self.path))?;
        let bad = |line| Error::BadKey { path: self.path.clone(), line };
        let lines = text.lines().map(str::trim).enumerate();
        let seeds: Result<Vec<Seed>> = lines
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(index, line)| {
                Hash::from_hex(line).map(|Hash(seed)| Seed(seed)).ok_or_else(|| bad(index + 1))
            })
            .collect();
        seeds.and_then(|seeds| if seeds.is_empty() { Err(bad(0)) } else { Ok(seeds) })
    }

    /// Replaces the seeds; the last is the one in use. On return they are on the disk.
    ///
    /// Errors: [`Error::BadKey`] without any.
    pub fn write(&self, seeds: &[Seed]) -> Result<()> {
        if seeds.is_empty() {
            return Err(Error::BadKey { path: self.path.clone(), line: 0 });
        }
        let mut text =
            String::from("# Signing keys of this site; the last is in use. Keep secret.\n");
        for seed in seeds {
            // Written as a hash is: 64 lower-case digits.
            text.push_str(&Hash(seed.0).to_string());
            text.push('\n');
        }
        durable::write(&self.path, text.as_bytes(), Audience::Owner)
    }
}

#[cfg(unix)]
pub(crate) fn refuse_exposed(path: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(path).map_err(Error::io("read", path))?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::Exposed { path: path.to_owned(), mode });
    }
    Ok(())
}

/// Elsewhere the permissions of the data folder protect the file.
#[cfg(not(unix))]
pub(crate) fn refuse_exposed(_path: &Path) -> Result<()> {
    Ok(())
}
