//! What a log asks of a witness, what a witness answers, and when it must refuse.
//!
//! ```text
//! old 20                     size of the head the witness cosigned last
//! base64(hash)               consistency proof from there, at most 63 lines
//!
//! origin                     the new head, a signed note
//! 25
//! base64(root)
//!
//! — origin base64(key id ‖ signature)
//! ```
//!
//! Words: a *witness* remembers, for each log it knows, the last head it cosigned, and cosigns
//! another only if that one is the same tree grown. So two histories of one log never both get its
//! cosignature.
//!
//! Invariant: [`judge`] looks at nothing but its arguments; that what it was told as last is the
//! last, and is replaced durably before anybody is answered, is for the caller to keep.
//!
//! Source: C2SP `tlog-witness`, add-checkpoint.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::{self, Checkpoint, Signed};
use crate::hash::Hash;
use crate::note::{self, NOTE_BYTES_MAX, PublicKey, SignedNote, Verified};
use crate::tree::{self, empty_root, verify_consistency};

/// Most lines of a consistency proof: one for each level of a tree of 2^63 leaves.
pub const PROOF_LINES_MAX: usize = 63;

/// Longest request, in bytes: a note, and a proof with lines of 45 bytes.
pub const REQUEST_BYTES_MAX: usize = NOTE_BYTES_MAX + 45 * (PROOF_LINES_MAX + 1);

/// Asks a witness to cosign a head.
///
/// Shape: `Display` writes the body of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the head that the witness is thought to have cosigned last; 0 if none.
    pub old_size: u64,
    /// Proof that the new tree begins with the old one; empty where that is empty.
    pub proof: Vec<Hash>,
    /// The new head.
    pub checkpoint: Signed,
}

/// Why a body is no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is longer than is accepted.
    #[error("read a request of {0} bytes: at most {REQUEST_BYTES_MAX} are accepted")]
    TooLong(usize),
    /// It does not begin with the old size.
    #[error("read the old size: the first line is `old`, a space and a number")]
    OldSize,
    /// The proof is too long, a line of it is no hash, or no empty line follows.
    #[error("read the proof: at most {PROOF_LINES_MAX} lines of one hash each, then an empty one")]
    Proof,
    /// What follows is no signed head.
    #[error(transparent)]
    Checkpoint(#[from] checkpoint::Error),
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It knows no log of this origin.
    #[error("no log called {0} is known here")]
    UnknownLog(String),
    /// No key it knows of this log signed the head, or a signature in the name of one is false.
    #[error("the head is not signed by a key known here")]
    Unsigned,
    /// The old tree would be larger than the new one.
    #[error("the old size {old} is beyond the new one, {new}")]
    OldSize {
        /// What was said to be the old size.
        old: u64,
        /// The new size.
        new: u64,
    },
    /// The old size is not that of the head cosigned last.
    #[error("the head cosigned last covers {size} entries")]
    Stale {
        /// Its size.
        size: u64,
    },
    /// Another head of the same size was cosigned: there are two histories.
    #[error("another head of size {size} was cosigned: this is another history")]
    Forked {
        /// The size.
        size: u64,
    },
    /// The new tree is not shown to begin with the old one.
    #[error("the tree of {new} entries is not shown to begin with the one of {old}: {why}")]
    Inconsistent {
        /// Size of the head cosigned last.
        old: u64,
        /// The new size.
        new: u64,
        /// What is wrong with the proof.
        why: tree::Error,
    },
}

impl AddCheckpoint {
    /// Reads the body of a call strictly.
    ///
    /// Errors: what is not as it should be. Nothing is verified yet.
    pub fn parse(body: &str) -> Result<Self, Error> {
        if body.len() > REQUEST_BYTES_MAX {
            return Err(Error::TooLong(body.len()));
        }
        let (head, note) = body.split_once("\n\n").ok_or(Error::Proof)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).ok_or(Error::OldSize)?;
        let old_size = checkpoint::parse_size(old).ok_or(Error::OldSize)?;
        let proof: Vec<Hash> = lines
            .map(|line| checkpoint::parse_root(line).ok_or(Error::Proof))
            .collect::<Result<_, _>>()?;
        if proof.len() > PROOF_LINES_MAX {
            return Err(Error::Proof);
        }
        Ok(Self { old_size, proof, checkpoint: Signed::parse(note)? })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        for hash in &self.proof {
            writeln!(f, "{}", STANDARD.encode(hash))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Whether a witness that cosigned `last` of this log, and knows these keys of it, may cosign.
///
/// Errors: the first of the rules, in the order of the specification, that forbids it.
pub fn judge(
    asked: &AddCheckpoint,
    keys: &[PublicKey],
    last: Option<&Checkpoint>,
) -> Result<(), Refusal> {
    let AddCheckpoint { old_size, proof, checkpoint: Signed { checkpoint: new, note } } = asked;
    let (old, size) = (*old_size, new.size);
    if keys.is_empty() {
        return Err(Refusal::UnknownLog(new.origin.clone()));
    }
    let verified: Vec<_> = keys.iter().map(|key| note.verify(key)).collect();
    let false_one =
        |found: &Result<Verified, note::Error>| matches!(found, Err(note::Error::Signature(_)));
    if verified.iter().any(false_one) || !verified.iter().any(Result::is_ok) {
        return Err(Refusal::Unsigned);
    }
    if old > size {
        return Err(Refusal::OldSize { old, new: size });
    }
    let last_size = last.map_or(0, |last| last.size);
    if old != last_size {
        return Err(Refusal::Stale { size: last_size });
    }
    let inconsistent = |why| Refusal::Inconsistent { old, new: size, why };
    match last.filter(|last| last.size > 0) {
        // Every tree begins with the empty one; only the empty one has its root.
        None if !proof.is_empty() => Err(inconsistent(tree::Error::Length)),
        None if size == 0 && new.root != empty_root() => Err(inconsistent(tree::Error::Root)),
        None => Ok(()),
        Some(last) if last.size == size && last.root != new.root => Err(Refusal::Forked { size }),
        Some(last) => {
            verify_consistency(old, size, proof, &last.root, &new.root).map_err(inconsistent)
        }
    }
}

/// Reads what a witness answered and keeps what its key made: the head with that cosignature alone
/// under the log's own signatures.
///
/// Errors: the answer holds no cosignature of this witness over this head, or a false one.
pub fn cosigned(
    head: &SignedNote,
    answer: &str,
    witness: &PublicKey,
) -> Result<(SignedNote, u64), note::Error> {
    let answered = SignedNote::parse(&format!("{}\n{answer}", head.text))?;
    let Verified::Witnessed { time_s } = answered.verify(witness)? else {
        return Err(note::Error::NotBy(witness.to_string()));
    };
    let mut kept = head.clone();
    let of_witness =
        |line: &&note::Signature| line.name == witness.name() && line.id == witness.id();
    let line = answered.signatures.iter().rfind(of_witness);
    let line = line.ok_or_else(|| note::Error::NotBy(witness.name().to_owned()))?;
    kept.put(line.clone())?;
    Ok((kept, time_s))
}
