//! What an entry of the ledger is as bytes: log bytes, members and their digests.
//!
//! The *log bytes* are what the tree hashes. They hold nothing personal and nothing confidential:
//! of the members only their digests. A *member* is one named value with its own random salt, so it
//! can be shown, withheld or erased by itself while every proof still holds.
//!
//! ```text
//! log bytes   "TWE" version=1 | suite=1 | ledger 16 | position u64 | received i64
//!             | type length u8 | type | type version u16 | member count u16 | digests 32 each
//! digest      SHA-256("TWM" version=1 | salt 16 | name length u32 | name
//!             | value length u32 | value)
//! ```
//!
//! Integers are big-endian. Invariant: one entry has one encoding, and decoding refuses all others.

mod cursor;
mod members;

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::Error as _;
use sha2::{Digest as _, Sha256};

use self::cursor::Cursor;
pub use self::members::{
    CIPHERTEXT_BYTES_MAX, MemberState, MemberView, decode_members, encode_members, view_members,
};
use crate::hash::{Hash, decode_hex, write_hex};

/// Longest log bytes, in bytes: what a C2SP `tlog-tiles` entry bundle can hold.
pub const LOG_BYTES_MAX: usize = 65_535;

/// Longest entry type, in bytes: enough for any dotted name a person can read.
pub const TYPE_BYTES_MAX: usize = 64;

/// Most members of an entry: what fits into the log bytes beside the longest entry type.
pub const MEMBERS_MAX: usize = (LOG_BYTES_MAX - FIXED_BYTES - TYPE_BYTES_MAX) / HASH_BYTES;

/// Longest name of a member, in bytes: its length is stored in one.
pub const MEMBER_NAME_BYTES_MAX: usize = 255;

/// Longest value of a member, in bytes: 1 MiB. Larger values become files named by their hash.
pub const MEMBER_VALUE_BYTES_MAX: usize = 1 << 20;

/// Length of a salt, in bytes: more than can be guessed.
pub const SALT_BYTES: usize = 16;

/// The number of the only hash suite: SHA-256.
pub const HASH_SUITE: u8 = 1;

const LOG_MAGIC: [u8; 4] = *b"TWE\x01";
const MEMBER_MAGIC: [u8; 4] = *b"TWM\x01";
const HASH_BYTES: usize = 32;
/// Everything in the log bytes but the entry type and the digests.
const FIXED_BYTES: usize = 4 + 1 + 16 + 8 + 8 + 1 + 2 + 2;

/// Identity of a ledger: 16 random bytes.
///
/// Shape: 32 lower-case hexadecimal digits as text and in JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerId(pub [u8; 16]);

impl LedgerId {
    /// Reads 32 lower-case hexadecimal digits; nothing else is a ledger id.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        decode_hex(text).map(Self)
    }
}

impl fmt::Display for LedgerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for LedgerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for LedgerId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for LedgerId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| {
            D::Error::custom("a ledger id is written as 32 lower-case hexadecimal digits")
        })
    }
}

/// What the log bytes say besides the digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The ledger the entry belongs to.
    pub ledger: LedgerId,
    /// Index of the entry in its ledger, from 0.
    pub position: u64,
    /// When the server took it. Units: microseconds since 1970-01-01 00:00 UTC.
    pub received_us: i64,
    /// What kind of entry it is. Shape: 1 to 64 printable ASCII characters, no space.
    pub entry_type: String,
    /// Which version of that kind.
    pub type_version: u16,
}

/// One named value of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Name, up to 255 bytes.
    pub name: String,
    /// The bytes exactly as they were hashed; JSON text in practice.
    pub value: Vec<u8>,
    /// Random bytes of this member alone, so that a withheld value cannot be guessed and tested.
    pub salt: [u8; SALT_BYTES],
}

impl Member {
    /// The digest of this member.
    #[must_use]
    pub fn digest(&self) -> Hash {
        member_digest(&self.name, &self.value, &self.salt)
    }
}

/// Why bytes are not an entry, or an entry cannot become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes end early.
    #[error("read entry bytes: they end early")]
    Truncated,
    /// There are bytes after the end.
    #[error("read entry bytes: more follow after the end")]
    Trailing,
    /// The bytes do not begin with the magic of a known format version.
    #[error("read entry bytes: the format is not known")]
    Format,
    /// The hash suite is not known.
    #[error("read entry bytes: hash suite {0} is not known")]
    Suite(u8),
    /// The entry type is empty, too long, or not printable ASCII without spaces.
    #[error("use an entry type that is not 1 to {TYPE_BYTES_MAX} printable ASCII characters")]
    Type,
    /// More members than an entry can have.
    #[error("use {0} members in an entry: at most {MEMBERS_MAX} fit")]
    Members(usize),
    /// A name is longer than can be stored.
    #[error("use a name of {0} bytes in an entry: at most {MEMBER_NAME_BYTES_MAX} fit")]
    Name(usize),
    /// A value is longer than can be stored.
    #[error("use a value of {0} bytes in an entry: at most {MEMBER_VALUE_BYTES_MAX} fit")]
    Value(usize),
    /// A name is not UTF-8.
    #[error("read entry bytes: a name is not UTF-8")]
    Text,
    /// A member is stored in a way that is not known.
    #[error("read entry bytes: member kind {0} is not known")]
    Kind(u8),
}

/// Digest of a member.
#[must_use]
pub fn member_digest(name: &str, value: &[u8], salt: &[u8; SALT_BYTES]) -> Hash {
    // Only the first 4 GiB could be counted, and what is stored is far below that.
    let count = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut hasher = Sha256::new();
    hasher.update(MEMBER_MAGIC);
    hasher.update(salt);
    hasher.update(count(name.as_bytes()));
    hasher.update(name);
    hasher.update(count(value));
    hasher.update(value);
    Hash(hasher.finalize().into())
}

/// The log bytes of an entry.
///
/// Errors: the entry type or the number of members is not allowed.
pub fn encode_log(header: &Header, digests: &[Hash]) -> Result<Vec<u8>, Error> {
    let entry_type = header.entry_type.as_bytes();
    let type_bytes = type_length(entry_type)?;
    let count = member_count(digests.len())?;
    let length = FIXED_BYTES.saturating_add(entry_type.len());
    let length = length.saturating_add(digests.len().saturating_mul(HASH_BYTES));
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(&LOG_MAGIC);
    bytes.push(HASH_SUITE);
    bytes.extend_from_slice(&header.ledger.0);
    bytes.extend_from_slice(&header.position.to_be_bytes());
    bytes.extend_from_slice(&header.received_us.to_be_bytes());
    bytes.push(type_bytes);
    bytes.extend_from_slice(entry_type);
    bytes.extend_from_slice(&header.type_version.to_be_bytes());
    bytes.extend_from_slice(&count.to_be_bytes());
    for digest in digests {
        bytes.extend_from_slice(&digest.0);
    }
    Ok(bytes)
}

/// Reads log bytes.
///
/// Errors: they are not exactly what [`encode_log`] makes of some entry.
pub fn decode_log(bytes: &[u8]) -> Result<(Header, Vec<Hash>), Error> {
    let (header, digests) = read_log(bytes)?;
    Ok((header, digests.iter().copied().map(Hash).collect()))
}

/// What log bytes say besides the digests.
///
/// Errors: as [`decode_log`].
pub fn decode_header(bytes: &[u8]) -> Result<Header, Error> {
    read_log(bytes).map(|(header, _)| header)
}

fn read_log(bytes: &[u8]) -> Result<(Header, &[[u8; HASH_BYTES]]), Error> {
    let mut cursor = Cursor(bytes);
    if cursor.array()? != LOG_MAGIC {
        return Err(Error::Format);
    }
    match cursor.u8()? {
        HASH_SUITE => {}
        other => return Err(Error::Suite(other)),
    }
    let ledger = LedgerId(cursor.array()?);
    let position = u64::from_be_bytes(cursor.array()?);
    let received_us = i64::from_be_bytes(cursor.array()?);
    let length = cursor.u8()?;
    let entry_type = cursor.take(usize::from(length))?;
    type_length(entry_type)?;
    let entry_type = cursor::text(entry_type)?.to_owned();
    let type_version = cursor.u16()?;
    let count = usize::from(cursor.u16()?);
    member_count(count)?;
    let (digests, []) = cursor.take(count.saturating_mul(HASH_BYTES))?.as_chunks() else {
        return Err(Error::Truncated);
    };
    cursor.end()?;
    Ok((Header { ledger, position, received_us, entry_type, type_version }, digests))
}

fn type_length(entry_type: &[u8]) -> Result<u8, Error> {
    let fits = (1..=TYPE_BYTES_MAX).contains(&entry_type.len());
    if !fits || !entry_type.iter().all(u8::is_ascii_graphic) {
        return Err(Error::Type);
    }
    u8::try_from(entry_type.len()).map_err(|_| Error::Type)
}

fn member_count(count: usize) -> Result<u16, Error> {
    match u16::try_from(count) {
        Ok(short) if count <= MEMBERS_MAX => Ok(short),
        Ok(_) | Err(_) => Err(Error::Members(count)),
    }
}
