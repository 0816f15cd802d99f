//! people.db: a key a person, under which the person's erasable values are sealed.
//!
//! The ledger holds sealed values only. To erase a person is to destroy the key: every copy of the
//! ledger then holds bytes nobody can read, and every proof still stands. A copy of people.db made
//! before is a copy of the key: backups are to be kept no longer than erasure may take.
//!
//! ```text
//! sealed value:  1 | name of the key, 8 bytes | nonce, 24 bytes | XChaCha20-Poly1305
//!                                                                 (person as associated data)
//! ```
//!
//! An erasure is decided by an entry of the ledger, which another file holds. So the key is first
//! set aside under the position of that entry, where it opens nothing; it is destroyed once the
//! entry is durable, or put back where the entry never came to be.
//!
//! ```text
//! key of a person ─ set_aside ─► aside, under a position ─ destroy ─► gone
//!        ▲                               │
//!        └────────── put_back ───────────┘
//! ```
//!
//! **Crash.** What is aside is settled at the next start.
//!
//! **Invariants.** A key is on the disk before anything sealed under it is returned. After
//! [`People::destroy`] returned, neither the file nor its journal contains the key.
//!
//! **Limits.** [`SEALED_BYTES_MAX`] a value. Whether the disk itself forgets overwritten blocks is
//! beyond a file.

use crate::database::{Access, Database, Shape, Stop};
use crate::error::{Error, Result};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use rusqlite::params;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// Bytes of a value to be sealed: names and contact data, not documents.
pub const SEALED_BYTES_MAX: usize = 64 << 10;

pub(crate) const SHAPE: Shape = Shape {
    application_id: 0x5457_5045, // "TWPE"
    version: 1,
    schema: include_str!("../sql/people/schema.sql"),
};

const SETTINGS: &str = include_str!("../sql/people/pragmas.sql");

/// Begins the name of a key that is set aside; codes have no such character.
const ASIDE: char = '\u{1}';

const VERSION: u8 = 1;
const NAME_BYTES: usize = 8;
const NONCE_BYTES: usize = 24;

/// Opens sealed values.
#[derive(Debug)]
pub struct Reader {
    database: Database,
}

/// The keys of people, and what is done with them. It also opens, as a [`Reader`] does.
#[derive(Debug)]
pub struct People {
    reading: Reader,
}

struct Key {
    name: [u8; NAME_BYTES],
    secret: [u8; 32],
}

impl People {
    /// Creates the file under its unfinished name, which it answers.
    pub(crate) fn create(path: &Path) -> Result<PathBuf> {
        Database::create(path, &SHAPE, SETTINGS)
    }

    pub(crate) fn at(path: &Path) -> Result<Self> {
        let database = Database::open(path, &SHAPE, Access::Write(SETTINGS))?;
        Ok(Self { reading: Reader { database } })
    }

    /// The secret under which a person's values are sealed; made where there is none yet.
    pub fn key_for(&mut self, person: &str) -> Result<[u8; 32]> {
        self.key_or_new(person).map(|key| key.secret)
    }

    /// Seals a value for a person, under a key made where there is none yet.
    ///
    /// Errors: [`Error::TooLong`].
    pub fn seal(&mut self, person: &str, value: &[u8]) -> Result<Vec<u8>> {
        if value.len() > SEALED_BYTES_MAX {
            return Err(Error::TooLong {
                what: "a sealed value",
                found: value.len() as u64,
                limit: SEALED_BYTES_MAX as u64,
            });
        }
        let key = self.key_or_new(person)?;
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(Error::Random)?;
        let payload = Payload { msg: value, aad: person.as_bytes() };
        let sealed = cipher(&key)
            .encrypt(&XNonce::from(nonce), payload)
            .expect("invariant: a value within its limit can be sealed");
        Ok([&[VERSION][..], &key.name, &nonce, &sealed].concat())
    }

    /// Sets a person's key aside, to be destroyed by the entry at `position`.
    pub fn set_aside(&mut self, person: &str, position: u64) -> Result<()> {
        self.rename(person, &aside(person, position))
    }

    /// Destroys a key that was set aside.
    pub fn destroy(&mut self, person: &str, position: u64) -> Result<()> {
        self.remove(&aside(person, position))
    }

    /// Gives a person back the key that was set aside; one made meanwhile sealed nothing that was
    /// kept.
    pub fn put_back(&mut self, person: &str, position: u64) -> Result<()> {
        self.remove(person)?;
        self.rename(&aside(person, position), person)
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        let sql = include_str!("../sql/people/rename.sql");
        self.reading.database.run("set a key aside in", sql, [from, to]).map(drop)
    }

    fn remove(&self, name: &str) -> Result<()> {
        let sql = include_str!("../sql/people/erase.sql");
        self.reading.database.run("destroy a key in", sql, [name]).map(drop)
    }

    fn key_or_new(&self, person: &str) -> Result<Key> {
        if let Some(key) = self.key(person)? {
            return Ok(key);
        }
        let mut key = Key { name: [0; NAME_BYTES], secret: [0; 32] };
        getrandom::fill(&mut key.name).map_err(Error::Random)?;
        getrandom::fill(&mut key.secret).map_err(Error::Random)?;
        let sql = include_str!("../sql/people/add.sql");
        self.reading.database.run("add a key to", sql, params![person, key.name, key.secret])?;
        Ok(key)
    }
}

impl Deref for People {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reading
    }
}

impl Reader {
    pub(crate) fn over(database: Database) -> Self {
        Self { database }
    }

    /// Opens a sealed value; none once its key was destroyed.
    ///
    /// Errors: [`Error::Unsealable`] where the value was cut short or changed.
    pub fn open(&self, person: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>> {
        let damaged = || Error::Unsealable { person: person.to_owned() };
        let rest = sealed.strip_prefix(&[VERSION]).ok_or_else(damaged)?;
        let (name, rest) = rest.split_first_chunk::<NAME_BYTES>().ok_or_else(damaged)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or_else(damaged)?;
        let Some(key) = self.key(person)?.filter(|key| key.name == *name) else {
            return Ok(None);
        };
        let payload = Payload { msg: sealed, aad: person.as_bytes() };
        let opened = cipher(&key).decrypt(&XNonce::from(*nonce), payload);
        opened.map(Some).map_err(|_| damaged())
    }

    /// Checks every page of the file; answers what is wrong, nothing where all is well.
    pub fn faults(&self) -> Result<Vec<String>> {
        self.database.faults(&SHAPE)
    }

    /// The keys that are set aside: by the entry at which position, and whose.
    pub fn aside(&self) -> Result<Vec<(u64, String)>> {
        let sql = include_str!("../sql/people/aside.sql");
        let mut found = Vec::new();
        self.database.each("look for keys set aside in", sql, [], |row| {
            let name: String = row.get(0)?;
            found.extend(read_aside(&name));
            Ok::<_, Stop<Error>>(())
        })?;
        Ok(found)
    }

    fn key(&self, person: &str) -> Result<Option<Key>> {
        let sql = include_str!("../sql/people/key.sql");
        self.database.one("look up a key in", sql, [person], |row| {
            Ok(Key { name: row.get(0)?, secret: row.get(1)? })
        })
    }
}

/// What a key that is set aside is kept under: no code of a person begins so.
fn aside(person: &str, position: u64) -> String {
    format!("{ASIDE}{position} {person}")
}

fn read_aside(name: &str) -> Option<(u64, String)> {
    let (position, person) = name.strip_prefix(ASIDE)?.split_once(' ')?;
    Some((position.parse().ok()?, person.to_owned()))
}

/// The file, for a copy or for whoever opens values beside its writer.
pub(crate) fn database_at(path: &Path) -> Result<Database> {
    // A write cut short by a crash is rolled back by whoever reads next, who so must write.
    Database::open(path, &SHAPE, Access::Write(""))
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&key.secret.into())
}
