//! Signatures of persons: over one entry, so that none can be moved to another.
//!
//! A signed entry has one member more than it would have: the last, [`SIGNATURE`]. What is signed
//! are the log bytes the entry would have without it:
//!
//! ```text
//! signed bytes   "tracewright signature v1" | newline | log bytes without the last digest
//! ```
//!
//! They hold the ledger, the position, the time, the type, and the digests of all other members:
//! what was done, by whom, under which command, and in the member [`SIGNED`] who signs, with what
//! meaning, when, and by which key. As digests are signed and not values, the signature stays valid
//! when a name is erased, and for whoever is shown only a part.
//!
//! Source: 21 CFR 11.70; RFC 8032.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};

use crate::entry::{Error, Header, encode_log};
use crate::hash::{Hash, decode_hex, write_hex};

/// Name of the member that says who signs an entry.
pub const SIGNED: &str = "signed";
/// Name of the member that is the signature: the last of its entry.
pub const SIGNATURE: &str = "signature";

const MAGIC: &[u8] = b"tracewright signature v1\n";

/// The public key of a person.
///
/// Shape: 64 lower-case hexadecimal digits as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonKey(pub [u8; 32]);

impl fmt::Display for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PersonKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        decode_hex(text).map(Self).ok_or("a person's key is 64 lower-case hexadecimal digits")
    }
}

/// The key of a person. `Debug` does not show it.
#[derive(Clone)]
pub struct Signer(SigningKey);

impl Signer {
    /// The key that follows from 32 secret random bytes.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PersonKey {
        PersonKey(self.0.verifying_key().to_bytes())
    }

    /// The value of the member that signs an entry with these other members.
    ///
    /// Errors: as [`encode_log`].
    pub fn sign(&self, header: &Header, others: &[Hash]) -> Result<String, Error> {
        let signature = self.0.sign(&signed_bytes(header, others)?);
        let mut value = String::from("\"");
        STANDARD.encode_string(signature.to_bytes(), &mut value);
        value.push('"');
        Ok(value)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public())
    }
}

/// Whether a value signs the entry with this header and these other members.
#[must_use]
pub fn is_valid(key: PersonKey, value: &[u8], header: &Header, others: &[Hash]) -> bool {
    let valid = || {
        let text: String = serde_json::from_slice(value).ok()?;
        let bytes = STANDARD.decode(text).ok()?;
        let signature = ed25519_dalek::Signature::from_slice(&bytes).ok()?;
        let key = VerifyingKey::from_bytes(&key.0).ok()?;
        key.verify_strict(&signed_bytes(header, others).ok()?, &signature).ok()
    };
    valid().is_some()
}

fn signed_bytes(header: &Header, others: &[Hash]) -> Result<Vec<u8>, Error> {
    let log = encode_log(header, others)?;
    let mut bytes = Vec::with_capacity(MAGIC.len().saturating_add(log.len()));
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&log);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned as _;
    use alloc::string::ToString as _;

    use super::*;
    use crate::entry::{LedgerId, member_digest};

    fn header(position: u64) -> Header {
        Header {
            ledger: LedgerId([7; 16]),
            position,
            received_us: 5,
            entry_type: "hold.placed".to_owned(),
            type_version: 1,
        }
    }

    /// ES-13: what signs one entry signs no other, however alike they are.
    #[test]
    fn a_signature_cannot_be_moved_nor_the_entry_changed_under_it() {
        let signer = Signer::from_seed([3; 32]);
        let others = [member_digest("fact/code", b"\"H-1\"", &[1; 16])];
        let value = signer.sign(&header(8), &others).unwrap();
        let valid = |key, value: &str, position, others: &[Hash]| {
            is_valid(key, value.as_bytes(), &header(position), others)
        };
        let key = signer.public();
        assert!(valid(key, &value, 8, &others));
        assert!(!valid(key, &value, 9, &others), "another position");
        let changed = [member_digest("fact/code", b"\"H-2\"", &[1; 16])];
        assert!(!valid(key, &value, 8, &changed), "another content");
        let more = [others[0], changed[0]];
        assert!(!valid(key, &value, 8, &more), "a member more");
        let twin = signer.sign(&header(9), &others).unwrap();
        assert!(!valid(key, &twin, 8, &others), "swapped");
        assert!(!valid(Signer::from_seed([4; 32]).public(), &value, 8, &others), "another key");
        assert!(!valid(key, &value.replace('"', ""), 8, &others), "no JSON");
        assert_eq!(key.to_string().parse(), Ok(key));
    }
}
