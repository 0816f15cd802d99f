//! How the members of an entry are kept beside its log bytes.
//!
//! ```text
//! version=1 | count u16 | members, in the order of their digests:
//!   1 open      name length u8 | name | salt 16 | value length u32 | value
//!   2 sealed    name length u8 | name | person length u8 | person | length u32 | ciphertext
//!   3 withheld  digest 32
//! ```

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::cursor::{Cursor, text};
use super::{
    Error, HASH_BYTES, MEMBER_NAME_BYTES_MAX, MEMBER_VALUE_BYTES_MAX, Member, SALT_BYTES,
    member_count,
};
use crate::hash::Hash;

const VERSION: u8 = 1;
const OPEN: u8 = 1;
const SEALED: u8 = 2;
const WITHHELD: u8 = 3;

/// Longest ciphertext, in bytes: the longest value, its salt, and what encryption adds.
pub const CIPHERTEXT_BYTES_MAX: usize = MEMBER_VALUE_BYTES_MAX + 256;

/// A member as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberState {
    /// Everything is there.
    Open(Member),
    /// Erasable: salt and value are encrypted under a key of the person they are about.
    Sealed {
        /// Name of the member.
        name: String,
        /// Whose key opens it; once that key is destroyed, only the digest in the log bytes is
        /// left.
        person: String,
        /// Salt and value, encrypted outside this crate.
        ciphertext: Vec<u8>,
    },
    /// Only the digest is known here.
    Withheld {
        /// The digest, as in the log bytes.
        digest: Hash,
    },
}

/// A member where it lies in the bytes that are read: most are looked at once and not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberView<'a> {
    /// As [`MemberState::Open`].
    Open {
        /// Its name.
        name: &'a str,
        /// The bytes exactly as they were hashed.
        value: &'a [u8],
        /// Its random bytes.
        salt: [u8; SALT_BYTES],
    },
    /// As [`MemberState::Sealed`].
    Sealed {
        /// Its name.
        name: &'a str,
        /// Whose key opens it.
        person: &'a str,
        /// Salt and value, encrypted.
        ciphertext: &'a [u8],
    },
    /// As [`MemberState::Withheld`].
    Withheld {
        /// The digest, as in the log bytes.
        digest: Hash,
    },
}

impl From<MemberView<'_>> for MemberState {
    fn from(view: MemberView<'_>) -> Self {
        match view {
            MemberView::Open { name, value, salt } => {
                Self::Open(Member { name: name.to_owned(), value: value.to_vec(), salt })
            }
            MemberView::Sealed { name, person, ciphertext } => Self::Sealed {
                name: name.to_owned(),
                person: person.to_owned(),
                ciphertext: ciphertext.to_vec(),
            },
            MemberView::Withheld { digest } => Self::Withheld { digest },
        }
    }
}

/// The stored form of members.
///
/// Errors: there are too many, or a name, value or ciphertext is too long.
pub fn encode_members(members: &[MemberState]) -> Result<Vec<u8>, Error> {
    let count = member_count(members.len())?;
    let length = members.iter().map(encoded_length).fold(3, usize::saturating_add);
    let mut bytes = Vec::with_capacity(length);
    bytes.push(VERSION);
    bytes.extend_from_slice(&count.to_be_bytes());
    for member in members {
        match member {
            MemberState::Open(Member { name, value, salt }) => {
                bytes.push(OPEN);
                put_name(&mut bytes, name)?;
                bytes.extend_from_slice(salt);
                put_long(&mut bytes, value, MEMBER_VALUE_BYTES_MAX)?;
            }
            MemberState::Sealed { name, person, ciphertext } => {
                bytes.push(SEALED);
                put_name(&mut bytes, name)?;
                put_name(&mut bytes, person)?;
                put_long(&mut bytes, ciphertext, CIPHERTEXT_BYTES_MAX)?;
            }
            MemberState::Withheld { digest } => {
                bytes.push(WITHHELD);
                bytes.extend_from_slice(&digest.0);
            }
        }
    }
    Ok(bytes)
}

/// Reads the stored form of members.
///
/// Errors: the bytes are not exactly what [`encode_members`] makes of some members.
pub fn decode_members(bytes: &[u8]) -> Result<Vec<MemberState>, Error> {
    Ok(view_members(bytes)?.into_iter().map(MemberState::from).collect())
}

/// The same where they lie.
///
/// Errors: as [`decode_members`].
pub fn view_members(bytes: &[u8]) -> Result<Vec<MemberView<'_>>, Error> {
    let mut cursor = Cursor(bytes);
    if cursor.u8()? != VERSION {
        return Err(Error::Format);
    }
    let count = usize::from(cursor.u16()?);
    member_count(count)?;
    let mut members = Vec::with_capacity(count);
    for _ in 0..count {
        members.push(match cursor.u8()? {
            OPEN => {
                let (name, salt) = (take_name(&mut cursor)?, cursor.array()?);
                let value = take_long(&mut cursor, MEMBER_VALUE_BYTES_MAX)?;
                MemberView::Open { name, value, salt }
            }
            SEALED => MemberView::Sealed {
                name: take_name(&mut cursor)?,
                person: take_name(&mut cursor)?,
                ciphertext: take_long(&mut cursor, CIPHERTEXT_BYTES_MAX)?,
            },
            WITHHELD => MemberView::Withheld { digest: Hash(cursor.array()?) },
            other => return Err(Error::Kind(other)),
        });
    }
    cursor.end()?;
    Ok(members)
}

/// Bytes one member takes: only to reserve them at once.
fn encoded_length(member: &MemberState) -> usize {
    match member {
        MemberState::Open(Member { name, value, salt: _ }) => {
            name.len().saturating_add(value.len()).saturating_add(2 + SALT_BYTES + 4)
        }
        MemberState::Sealed { name, person, ciphertext } => {
            let names = name.len().saturating_add(person.len());
            names.saturating_add(ciphertext.len()).saturating_add(3 + 4)
        }
        MemberState::Withheld { digest: _ } => 1 + HASH_BYTES,
    }
}

fn put_name(bytes: &mut Vec<u8>, name: &str) -> Result<(), Error> {
    const { assert!(MEMBER_NAME_BYTES_MAX == u8::MAX as usize) };
    bytes.push(u8::try_from(name.len()).map_err(|_| Error::Name(name.len()))?);
    bytes.extend_from_slice(name.as_bytes());
    Ok(())
}

fn put_long(bytes: &mut Vec<u8>, value: &[u8], bytes_max: usize) -> Result<(), Error> {
    let length = match u32::try_from(value.len()) {
        Ok(length) if value.len() <= bytes_max => length,
        Ok(_) | Err(_) => return Err(Error::Value(value.len())),
    };
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(value);
    Ok(())
}

fn take_name<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Error> {
    let length = cursor.u8()?;
    text(cursor.take(usize::from(length))?)
}

fn take_long<'a>(cursor: &mut Cursor<'a>, bytes_max: usize) -> Result<&'a [u8], Error> {
    match usize::try_from(cursor.u32()?) {
        Ok(length) if length <= bytes_max => cursor.take(length),
        Ok(length) => Err(Error::Value(length)),
        Err(_) => Err(Error::Value(usize::MAX)),
    }
}
