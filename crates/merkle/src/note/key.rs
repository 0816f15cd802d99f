//! Keys that sign and verify notes.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, VerifyingKey};

use super::{Error, Signature, SignedNote, Verified, check_text};
use crate::hash::{decode_hex, sha256, write_hex};

/// Short identifier of a key with its name and algorithm; it finds a key and proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a key's signatures are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The text itself: how a ledger signs its heads.
    Text,
    /// The text and a time: how a witness cosigns them.
    Cosignature,
}

impl Kind {
    /// The signature type identifier byte of C2SP.
    const fn byte(self) -> u8 {
        match self {
            Self::Text => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

/// A named Ed25519 public key.
///
/// Shape: `name+id+base64(kind ‖ key)` as text and in JSON, with the id in hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    kind: Kind,
    key: VerifyingKey,
}

impl PublicKey {
    /// A key that verifies signatures of the text itself.
    ///
    /// Errors: the name is not allowed, or the bytes are not an Ed25519 key.
    pub fn new(name: &str, key: [u8; 32]) -> Result<Self, Error> {
        Self::of_kind(name, Kind::Text, &key)
    }

    /// The same key as a witness uses it, over text and time.
    #[must_use]
    pub fn cosigner(&self) -> Self {
        Self { kind: Kind::Cosignature, ..self.clone() }
    }

    /// Name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its signatures are over.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The key itself.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Short identifier: the first bytes of SHA-256(name ‖ newline ‖ kind ‖ key).
    #[must_use]
    pub fn id(&self) -> KeyId {
        let mut named = self.name.as_bytes().to_vec();
        named.push(b'\n');
        named.push(self.kind.byte());
        named.extend_from_slice(self.bytes());
        let [a, b, c, d, ..] = sha256(&named).0;
        KeyId([a, b, c, d])
    }

    fn of_kind(name: &str, kind: Kind, key: &[u8; 32]) -> Result<Self, Error> {
        check_name(name)?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| Error::Key(name.to_owned()))?;
        Ok(Self { name: name.to_owned(), kind, key })
    }

    pub(super) fn check(&self, text: &str, signature: &[u8]) -> Result<Verified, Error> {
        let wrong = || Error::Signature(self.name.clone());
        let (verified, message, signature) = match self.kind {
            Kind::Text => (Verified::Signed, text.to_owned(), signature),
            Kind::Cosignature => {
                let (time, signature) = signature.split_first_chunk().ok_or_else(wrong)?;
                let time_s = u64::from_be_bytes(*time);
                (Verified::Witnessed { time_s }, cosigned(text, time_s), signature)
            }
        };
        let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| wrong())?;
        self.key.verify_strict(message.as_bytes(), &signature).map_err(|_| wrong())?;
        Ok(verified)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = [self.kind.byte()].to_vec();
        key.extend_from_slice(self.bytes());
        write!(f, "{}+{}+{}", self.name, self.id(), STANDARD.encode(key))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Key(text.to_owned());
        // The last part is base64, which may hold a plus itself.
        let (name, rest) = text.split_once('+').ok_or_else(wrong)?;
        let (id, key) = rest.split_once('+').ok_or_else(wrong)?;
        let id = KeyId(decode_hex(id).ok_or_else(wrong)?);
        let key = STANDARD.decode(key).map_err(|_| wrong())?;
        let [kind, key @ ..] = key.as_slice() else { return Err(wrong()) };
        let kinds = [Kind::Text, Kind::Cosignature];
        let kind = kinds.into_iter().find(|known| known.byte() == *kind).ok_or_else(wrong)?;
        let key = Self::of_kind(name, kind, key.try_into().map_err(|_| wrong())?)?;
        if key.id() == id { Ok(key) } else { Err(wrong()) }
    }
}

impl serde::Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A named Ed25519 key that signs. `Debug` does not show it.
#[derive(Clone)]
pub struct SigningKey {
    public: PublicKey,
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// The key that follows from 32 secret random bytes.
    ///
    /// Errors: the name is not allowed.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, Error> {
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        let public = PublicKey::of_kind(name, Kind::Text, key.verifying_key().as_bytes())?;
        Ok(Self { public, key })
    }

    /// The public half, for signatures of the text itself.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.public.clone()
    }

    /// Signs a text.
    ///
    /// Errors: the text does not end with a newline or holds control characters.
    pub fn sign(&self, text: &str) -> Result<SignedNote, Error> {
        check_text(text)?;
        let bytes = self.key.sign(text.as_bytes()).to_bytes().to_vec();
        let signature = Signature { name: self.public.name.clone(), id: self.public.id(), bytes };
        Ok(SignedNote { text: text.to_owned(), signatures: [signature].to_vec() })
    }

    /// Adds this witness's cosignature to a note: it says that nothing newer is known at `time_s`.
    ///
    /// Units: seconds since 1970-01-01 00:00 UTC. Errors: the note has no room for another.
    pub fn cosign(&self, note: &mut SignedNote, time_s: u64) -> Result<(), Error> {
        let signature = self.cosignature(&note.text, time_s);
        note.put(signature)
    }

    /// This witness's cosignature of a text.
    ///
    /// Units: seconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub fn cosignature(&self, text: &str, time_s: u64) -> Signature {
        let mut bytes = Vec::from(time_s.to_be_bytes());
        let message = cosigned(text, time_s);
        bytes.extend_from_slice(&self.key.sign(message.as_bytes()).to_bytes());
        let cosigner = self.public.cosigner();
        Signature { id: cosigner.id(), name: cosigner.name, bytes }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public)
    }
}

/// What a witness signs. Source: C2SP `tlog-cosignature`, Ed25519 signed message.
fn cosigned(text: &str, time_s: u64) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

pub(super) fn check_name(name: &str) -> Result<(), Error> {
    let wrong =
        |character: char| character == '+' || character.is_whitespace() || character.is_control();
    if name.is_empty() || name.contains(wrong) { Err(Error::Name(name.to_owned())) } else { Ok(()) }
}
