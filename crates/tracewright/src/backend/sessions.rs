//! Sessions of people, kept between two commands: one file that only its owner may read.
//!
//! It holds the secrets of open sessions, by server. They end by themselves at the server; a file
//! that is lost costs signing in again.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// A session at a server.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Of which account.
    pub(crate) user: String,
    /// Its secret.
    pub(crate) secret: String,
}

/// The file of sessions.
#[derive(Debug, Clone)]
pub(crate) struct Sessions(PathBuf);

impl Sessions {
    /// The file that is named, or the usual one in the home of the user.
    pub(crate) fn at(named: Option<PathBuf>) -> Option<Self> {
        let usual = || Some(std::env::home_dir()?.join(".config/tracewright/sessions.json"));
        named.or_else(usual).map(Self)
    }

    /// The session at a server.
    pub(crate) fn of(&self, server: &str) -> Result<Option<Kept>> {
        Ok(self.read()?.remove(key(server)))
    }

    /// Keeps or forgets the session at a server.
    pub(crate) fn put(&self, server: &str, session: Option<Kept>) -> Result<()> {
        let mut all = self.read()?;
        match session {
            Some(session) => all.insert(key(server).to_owned(), session),
            None => all.remove(key(server)),
        };
        let written = write(&self.0, &serde_json::to_vec(&all)?);
        written.with_context(|| format!("write {}", self.0.display()))
    }

    fn read(&self) -> Result<BTreeMap<String, Kept>> {
        match fs::read(&self.0) {
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("read {}: remove it and sign in again", self.0.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(error).with_context(|| format!("read {}", self.0.display())),
        }
    }
}

fn key(server: &str) -> &str {
    server.trim_end_matches('/')
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let fresh = path.with_extension("json.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&fresh)?.write_all(text)?;
    fs::rename(&fresh, path)
}
