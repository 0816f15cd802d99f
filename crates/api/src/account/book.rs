//! `accounts.json`: every account there ever was, and the events that the ledger was not told yet.

use std::fs;
use std::io;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use domain::act::NoteAccount;
use domain::{CommandId, PersonCode, Role, Time, UserCode};
use merkle::signature::Signer;
use serde::{Deserialize, Serialize};

use super::password::{Derived, Kept};
use super::{Error, Identity, State, UserRow};
use crate::owned_file::replace;

/// The file, in the data folder.
pub(super) const FILE: &str = "accounts.json";
const NONCE_BYTES: usize = 24;

/// An event the ledger was not told yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Pending {
    /// The id of its command: told twice, it is written once.
    pub(super) id: CommandId,
    pub(super) note: NoteAccount,
    pub(super) by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) person: Option<PersonCode>,
}

/// What signs for an owner, wrapped under the owner's password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Wrapped {
    /// The public key, as 64 hexadecimal digits.
    pub(super) public: String,
    seed: String,
}

/// An account with its secrets, as far as they are kept.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Account {
    pub(super) user: UserCode,
    pub(super) person: PersonCode,
    pub(super) role: Role,
    pub(super) created: Time,
    pub(super) disabled: bool,
    pub(super) locked: bool,
    /// Failures since the last success.
    pub(super) failures: u8,
    pub(super) password: Kept,
    /// Until when the password is a secret that was given out; absent: the owner chose it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) secret_until: Option<Time>,
    /// Who gave the last secret out, by name and as a person.
    pub(super) issuer: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) issuer_person: Option<PersonCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<Wrapped>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) identity: Option<Identity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) statement: Option<u32>,
    /// SHA-256 of what its badges say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) badges: Vec<String>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Account {
    /// The account without its secrets.
    pub(super) fn row(&self) -> UserRow {
        let state = match (self.disabled, self.locked, self.secret_until) {
            (true, ..) => State::Disabled,
            (_, true, _) => State::Locked,
            (.., Some(_)) => State::New,
            (.., None) => State::Active,
        };
        UserRow {
            user: self.user.clone(),
            person: self.person.clone(),
            role: self.role,
            state,
            created: self.created,
            secret_until: self.secret_until,
            identity: self.identity.clone(),
            statement: self.statement,
            badges: self.badges.len(),
        }
    }
}

impl Wrapped {
    /// A new key, wrapped under what follows from a password.
    pub(super) fn new(under: &Derived, user: &UserCode) -> Result<Self, Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(Error::Random)?;
        Self::of(seed, under, user)
    }

    fn of(seed: [u8; 32], under: &Derived, user: &UserCode) -> Result<Self, Error> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(Error::Random)?;
        let payload = Payload { msg: &seed, aad: user.as_str().as_bytes() };
        let sealed = XChaCha20Poly1305::new(&under.key.into())
            .encrypt(&XNonce::from(nonce), payload)
            .expect("invariant: 32 bytes can be sealed");
        let seed_text = URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat());
        let public = Signer::from_seed(seed).public().to_string();
        Ok(Self { public, seed: seed_text })
    }

    /// The same key under another password.
    pub(super) fn again(
        &self,
        old: &Derived,
        new: &Derived,
        user: &UserCode,
    ) -> Result<Self, Error> {
        Self::of(self.seed(old, user)?, new, user)
    }

    /// The key, for whoever knows the password.
    ///
    /// Errors: [`Error::Hash`] where the file was changed.
    pub(super) fn signer(&self, under: &Derived, user: &UserCode) -> Result<Signer, Error> {
        Ok(Signer::from_seed(self.seed(under, user)?))
    }

    fn seed(&self, under: &Derived, user: &UserCode) -> Result<[u8; 32], Error> {
        let damaged = || Error::Hash(format!("the key of {user} does not open"));
        let bytes = URL_SAFE_NO_PAD.decode(&self.seed).map_err(|_| damaged())?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or_else(damaged)?;
        let payload = Payload { msg: sealed, aad: user.as_str().as_bytes() };
        let seed = XChaCha20Poly1305::new(&under.key.into())
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| damaged())?;
        seed.try_into().map_err(|_| damaged())
    }
}

/// All accounts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Book {
    pub(super) accounts: Vec<Account>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) events: Vec<Pending>,
}

impl Book {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let path = path.to_owned();
        match fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|source| Error::Content { path, source })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(Error::File { path, source }),
        }
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let failed = |source| Error::Content { path: path.to_owned(), source };
        let mut text = serde_json::to_vec_pretty(self).map_err(failed)?;
        text.push(b'\n');
        replace(path, &text).map_err(|source| Error::File { path: path.to_owned(), source })
    }

    pub(super) fn of(&self, user: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.user.as_str() == user)
    }

    /// An account to be changed.
    ///
    /// Errors: [`Error::Unknown`].
    pub(super) fn get(&mut self, user: &str) -> Result<&mut Account, Error> {
        let found = self.accounts.iter_mut().find(|account| account.user.as_str() == user);
        found.ok_or_else(|| Error::Unknown(user.to_owned()))
    }
}

/// Whether an account of a data folder has a name, whatever the case.
pub(crate) fn is_taken(folder: &Path, name: &str) -> Result<bool, Error> {
    let book = Book::read(&folder.join(FILE))?;
    let name = name.to_lowercase();
    Ok(book.accounts.iter().any(|account| account.user.as_str().to_lowercase() == name))
}
