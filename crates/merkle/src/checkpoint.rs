//! Checkpoints: the head of a tree at a size, as the text of a signed note.
//!
//! ```text
//! origin
//! size
//! base64(root)
//! extension lines, if any
//! ```
//!
//! Source: C2SP `tlog-checkpoint`.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;
use crate::note::{self, SignedNote, SigningKey};

/// The head of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log this is; not empty.
    pub origin: String,
    /// Leaves in the tree.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
    /// Further lines, none of them empty. We write none.
    pub extensions: Vec<String>,
}

/// A checkpoint with the note it was read from, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What the note says.
    pub checkpoint: Checkpoint,
    /// Text and signatures.
    pub note: SignedNote,
}

/// Why a checkpoint cannot be read or signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The note itself is wrong.
    #[error(transparent)]
    Note(#[from] note::Error),
    /// The text does not have three lines, or a line is empty.
    #[error("read a checkpoint: it needs three lines or more, none of them empty")]
    Lines,
    /// The size is not a decimal number without leading zeros.
    #[error("read the size of a checkpoint: {0:?}")]
    Size(String),
    /// The root is not the base64 form of a hash.
    #[error("read the root of a checkpoint: {0:?}")]
    Root(String),
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Self { origin, size, root, extensions } = self;
        let mut text = format!("{origin}\n{size}\n{}\n", STANDARD.encode(root));
        for line in extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads the text of a note.
    ///
    /// Errors: it is not exactly the text of a checkpoint.
    pub fn parse(text: &str) -> Result<Self, Error> {
        note::check_text(text)?;
        let mut lines = text.strip_suffix('\n').ok_or(Error::Lines)?.split('\n');
        let mut line = || lines.next().filter(|line| !line.is_empty()).ok_or(Error::Lines);
        let (origin, size, root) = (line()?, line()?, line()?);
        let extensions: Vec<_> = lines.map(ToOwned::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(Error::Lines);
        }
        Ok(Self {
            origin: origin.to_owned(),
            size: parse_size(size).ok_or_else(|| Error::Size(size.to_owned()))?,
            root: parse_root(root).ok_or_else(|| Error::Root(root.to_owned()))?,
            extensions,
        })
    }

    /// Signs the checkpoint.
    ///
    /// Errors: origin or extensions are not lines, so that the text would not read back.
    pub fn sign(&self, key: &SigningKey) -> Result<Signed, Error> {
        let text = self.to_text();
        if Self::parse(&text)? != *self {
            return Err(Error::Lines);
        }
        Ok(Signed { checkpoint: self.clone(), note: key.sign(&text)? })
    }
}

impl Signed {
    /// Reads a signed checkpoint. Nothing is verified yet.
    ///
    /// Errors: it is not a note, or its text not a checkpoint.
    pub fn parse(note: &str) -> Result<Self, Error> {
        let note = SignedNote::parse(note)?;
        Ok(Self { checkpoint: Checkpoint::parse(&note.text)?, note })
    }
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.note, f)
    }
}

pub(crate) fn parse_size(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let padded = text.len() > 1 && text.starts_with('0');
    if digits && !padded { text.parse().ok() } else { None }
}

pub(crate) fn parse_root(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok().map(Hash)
}
