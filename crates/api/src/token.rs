//! Tokens: who may call the server, in `tokens.json` of the data folder.
//!
//! Invariants: a token is 32 random bytes and is shown once, when it is made; kept is its SHA-256.
//! The file is replaced as a whole, readable by its owner alone; a crash leaves the old one or the
//! new one. It may be changed by another process while a server runs: it is read again when it has
//! changed.
//!
//! Limits: [`TOKENS_MAX`].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Time, check_code};
use merkle::{Hash, hash};
use parking_lot::Mutex;
use subtle::ConstantTimeEq as _;

use crate::account;
use crate::owned_file::{private, replace};
use crate::role::Role;

/// Most tokens at once: each call is compared with all of them.
pub const TOKENS_MAX: usize = 1000;

const FILE: &str = "tokens.json";
const SECRET_BYTES: usize = 32;
/// So that a token found in a file or a log is known for what it is.
const PREFIX: &str = "tw_";

/// What is kept of a token.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Whose it is: what it records is recorded by this name.
    pub name: String,
    /// What it may be used for.
    pub role: Role,
    /// When it was made.
    pub created: Time,
    /// Until when it may be used; absent: until it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
}

/// A token just made: the only time it is shown.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Made {
    /// The token itself; it is not kept and cannot be shown again.
    pub secret: String,
    /// What is kept of it.
    #[serde(flatten)]
    pub token: Token,
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Made").field("token", &self.token).finish_non_exhaustive()
    }
}

/// Why tokens cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file.
    #[error("use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Its content.
    #[error("read {}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// Random numbers.
    #[error("draw random numbers: {0}")]
    Random(getrandom::Error),
    /// A name that is no code.
    #[error("make a token: its name cannot be used: {0}")]
    Name(#[source] domain::CodeError),
    /// Another token or an account has the name: who recorded something must be told apart.
    #[error("make a token: {0} is taken by a token or an account; choose another name")]
    Taken(String),
    /// The accounts, whose names it must not have.
    #[error("look whether the name is free")]
    Accounts(#[from] Box<account::Error>),
    /// [`TOKENS_MAX`].
    #[error("make a token: there are {TOKENS_MAX} already; revoke those that are not used")]
    TooMany,
    /// No token has the name.
    #[error("find a token called {0}")]
    Unknown(String),
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    #[serde(flatten)]
    token: Token,
    sha256: String,
}

#[derive(Debug, Default)]
struct Cache {
    /// Length and time of the file when it was read.
    stamp: Option<(u64, SystemTime)>,
    kept: Vec<Kept>,
}

/// The tokens of a data folder.
#[derive(Debug)]
pub struct Tokens {
    folder: PathBuf,
    cache: Mutex<Cache>,
}

impl Tokens {
    /// The tokens of a data folder; where there is no file, there are none.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), cache: Mutex::default() }
    }

    /// Makes a token; the answer is the only place it is ever shown.
    pub fn create(&self, name: &str, role: Role, expires: Option<Time>) -> Result<Made, Error> {
        check_code(name).map_err(Error::Name)?;
        let name = name.trim().to_owned();
        if account::is_taken(&self.folder, &name).map_err(Box::new)? {
            return Err(Error::Taken(name));
        }
        let mut secret = [0; SECRET_BYTES];
        getrandom::fill(&mut secret).map_err(Error::Random)?;
        let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
        let token = Token { name, role, created: engine::now(), expires };
        let sha256 = hash::sha256(secret.as_bytes()).to_string();
        self.change(|kept| {
            if kept.iter().any(|other| other.token.name == token.name) {
                return Err(Error::Taken(token.name.clone()));
            }
            if kept.len() >= TOKENS_MAX {
                return Err(Error::TooMany);
            }
            kept.push(Kept { token: token.clone(), sha256 });
            Ok(())
        })?;
        Ok(Made { secret, token })
    }

    /// Every token, by name.
    pub fn list(&self) -> Result<Vec<Token>, Error> {
        let mut tokens: Vec<Token> = self.read()?.into_iter().map(|kept| kept.token).collect();
        tokens.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(tokens)
    }

    /// Makes a token useless at once.
    ///
    /// Errors: [`Error::Unknown`].
    pub fn revoke(&self, name: &str) -> Result<(), Error> {
        self.change(|kept| {
            let before = kept.len();
            kept.retain(|other| other.token.name != name);
            if kept.len() == before { Err(Error::Unknown(name.to_owned())) } else { Ok(()) }
        })
    }

    /// Whose token this is, if it is one and may be used at this moment.
    ///
    /// Every token is compared, so that the time taken says nothing about any of them.
    pub fn find(&self, secret: &str, now: Time) -> Result<Option<Token>, Error> {
        let Hash(digest) = hash::sha256(secret.as_bytes());
        self.refresh()?;
        let cache = self.cache.lock();
        let mut found = None;
        for kept in &cache.kept {
            let own = Hash::from_hex(&kept.sha256).unwrap_or(Hash([0; 32]));
            if bool::from(own.0.ct_eq(&digest)) {
                found = Some(&kept.token);
            }
        }
        Ok(found.filter(|token| token.expires.is_none_or(|until| now < until)).cloned())
    }

    fn refresh(&self) -> Result<(), Error> {
        let stamp = self.stamp()?;
        if self.cache.lock().stamp == stamp && stamp.is_some() {
            return Ok(());
        }
        let kept = self.read()?;
        *self.cache.lock() = Cache { stamp, kept };
        Ok(())
    }

    fn stamp(&self) -> Result<Option<(u64, SystemTime)>, Error> {
        let path = self.path();
        let found = fs::metadata(&path).and_then(|meta| Ok((meta.len(), meta.modified()?)));
        match found {
            Ok(stamp) => Ok(Some(stamp)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::File { path, source }),
        }
    }

    fn read(&self) -> Result<Vec<Kept>, Error> {
        let path = self.path();
        match fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|source| Error::Content { path, source })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(Error::File { path, source }),
        }
    }

    /// Reads, changes and replaces the file while no other process does.
    fn change(
        &self,
        change: impl FnOnce(&mut Vec<Kept>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let path = self.path();
        let lock = path.with_extension("lock");
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::File { path, source }
        };
        let held = private(&lock).map_err(failed(&lock))?;
        held.lock().map_err(failed(&lock))?;
        let mut kept = self.read()?;
        change(&mut kept)?;
        let mut text = serde_json::to_vec_pretty(&kept)
            .map_err(|source| Error::Content { path: path.clone(), source })?;
        text.push(b'\n');
        replace(&path, &text).map_err(failed(&path))?;
        *self.cache.lock() = Cache::default();
        Ok(())
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }
}
