//! Signed notes: text with signatures under it, and the keys that make them.
//!
//! ```text
//! text, one or more lines
//!
//! — name base64(key id ‖ signature)
//! — witness base64(key id ‖ time ‖ signature)
//! ```
//!
//! Invariant: a note read here is written back byte for byte. Signatures of keys one does not know
//! are ignored; a failing signature of a key one knows condemns the note.
//!
//! Source: C2SP `signed-note` and, for witnesses, `tlog-cosignature` (`cosignature/v1`).

mod key;

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use self::key::{KeyId, Kind, PublicKey, SigningKey};

/// Longest note, in bytes. C2SP asks for room for 16 signatures of up to 5 kB.
pub const NOTE_BYTES_MAX: usize = 256 * 1024;

/// Most signatures of a note; C2SP asks for at least 16.
pub const SIGNATURES_MAX: usize = 64;

const SIGNATURE_START: &str = "\u{2014} ";

/// One signature line.
///
/// Shape: `Display` writes the line, without its newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Name of the key.
    pub name: String,
    /// Short identifier of the key and its algorithm.
    pub id: KeyId,
    /// What the algorithm made.
    pub bytes: Vec<u8>,
}

/// A text and its signatures, not yet verified.
///
/// Shape: `Display` writes the note.
#[expect(clippy::module_name_repetitions, reason = "C2SP calls it a signed note")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    /// The signed text; ends with a newline.
    pub text: String,
    /// At least one signature.
    pub signatures: Vec<Signature>,
}

/// What a verified signature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// The key signed the text.
    Signed,
    /// A witness had seen this and nothing newer at a time.
    Witnessed {
        /// Units: seconds since 1970-01-01 00:00 UTC.
        time_s: u64,
    },
}

/// Why a note or key cannot be read, signed or believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The note is longer than is accepted.
    #[error("read a note of {0} bytes: at most {NOTE_BYTES_MAX} are accepted")]
    TooLong(usize),
    /// The text does not end with a newline, or holds control characters.
    #[error("use a note text that does not end with a newline or holds control characters")]
    Text,
    /// There is no blank line with signatures after it.
    #[error("read a note: no signatures follow after a blank line")]
    Unsigned,
    /// There are more signatures than are accepted.
    #[error("read a note: it has more than {SIGNATURES_MAX} signatures")]
    TooMany,
    /// A signature line is not written as it should be.
    #[error("read signature line {0} of a note")]
    Line(usize),
    /// A key name is empty or holds a space, a plus or a control character.
    #[error("use {0:?} as the name of a key: it is empty or holds a space or plus")]
    Name(String),
    /// The text of a key is not name+id+key, or its parts do not fit together.
    #[error("read the key {0:?}")]
    Key(String),
    /// The key did not sign this note.
    #[error("find a signature of {0}")]
    NotBy(String),
    /// A signature that claims to be of this key is not.
    #[error("verify the signature of {0}")]
    Signature(String),
}

impl SignedNote {
    /// Reads a note strictly.
    ///
    /// Errors: it is not a note. Nothing is verified yet.
    pub fn parse(note: &str) -> Result<Self, Error> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(Error::TooLong(note.len()));
        }
        let blank = note.rfind("\n\n").ok_or(Error::Unsigned)?;
        let (text, rest) = note.split_at(blank.saturating_add(1));
        check_text(text)?;
        let lines = rest.strip_prefix('\n').ok_or(Error::Unsigned)?;
        let lines = lines.strip_suffix('\n').ok_or(Error::Unsigned)?;
        if lines.split('\n').count() > SIGNATURES_MAX {
            return Err(Error::TooMany);
        }
        let signatures = lines
            .split('\n')
            .enumerate()
            .map(|(at, line)| signature(line).ok_or(Error::Line(at.saturating_add(1))))
            .collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Verifies what `key` says about this note.
    ///
    /// Errors: the key did not sign it, or one of the signatures in its name is false.
    pub fn verify(&self, key: &PublicKey) -> Result<Verified, Error> {
        let id = key.id();
        let mut verified = None;
        for signature in &self.signatures {
            if signature.name == key.name() && signature.id == id {
                verified = Some(key.check(&self.text, &signature.bytes)?);
            }
        }
        verified.ok_or_else(|| Error::NotBy(key.name().to_owned()))
    }

    /// Adds a signature; it takes the place of one of the same key.
    ///
    /// Errors: the note has no room for another.
    pub fn put(&mut self, signature: Signature) -> Result<(), Error> {
        let same = |line: &&mut Signature| line.name == signature.name && line.id == signature.id;
        if let Some(line) = self.signatures.iter_mut().find(same) {
            *line = signature;
        } else if self.signatures.len() >= SIGNATURES_MAX {
            return Err(Error::TooMany);
        } else {
            self.signatures.push(signature);
        }
        Ok(())
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, id, bytes } = self;
        let keyed = [id.0.as_slice(), bytes].concat();
        write!(f, "{SIGNATURE_START}{name} {}", STANDARD.encode(keyed))
    }
}

pub(crate) fn check_text(text: &str) -> Result<(), Error> {
    let control = |character: char| character < ' ' && character != '\n';
    if !text.ends_with('\n') || text.contains(control) { Err(Error::Text) } else { Ok(()) }
}

fn signature(line: &str) -> Option<Signature> {
    let (name, encoded) = line.strip_prefix(SIGNATURE_START)?.split_once(' ')?;
    key::check_name(name).ok()?;
    let keyed = STANDARD.decode(encoded).ok()?;
    let (id, bytes) = keyed.split_first_chunk()?;
    if bytes.is_empty() {
        return None;
    }
    Some(Signature { name: name.to_owned(), id: KeyId(*id), bytes: bytes.to_vec() })
}
