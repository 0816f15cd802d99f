//! Proof files (`.twproof`): entries with all that is needed to check them without a server.
//!
//! A proof file is JSON. It holds some entries of one ledger with their members open or withheld,
//! an inclusion proof for each, the signed head they are proven against, and the entries that say
//! which key may sign it. It says for which items it claims to be complete, and up to which of
//! their own sequence numbers, so that leaving an entry out shows as a gap.
//!
//! Invariant: verification looks at everything, and what is wrong is a [`Finding`] that names the
//! place. Only bytes that are no proof file at all are an [`enum@Error`].

mod finding;
mod items;
mod report;
mod shown;
mod signed;
mod verify;

use alloc::string::String;
use alloc::vec::Vec;

pub use self::finding::{Finding, Part};
pub use self::report::{Report, Signature, Standing, Validity, Witness};
pub use self::shown::Shown;
use crate::checkpoint;
use crate::entry::LedgerId;
use crate::hash::Hash;
use crate::note::PublicKey;

/// Longest proof file, in bytes: 64 MiB, what a phone can still read at once.
pub const PROOF_BYTES_MAX: usize = 64 << 20;

/// Most entries of a proof file: more than the life of a product needs, few enough to check at
/// once.
pub const ENTRIES_MAX: usize = 50_000;

/// Most claims of a proof file.
pub const CLAIMS_MAX: usize = 10_000;

/// Most entries of its key chain.
pub const KEY_ENTRIES_MAX: usize = 1_000;

/// Name prefix of the members that say which items an entry touches.
pub const ITEM_PREFIX: &str = "item/";

/// Which format a file is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Format {
    /// The first.
    #[default]
    #[serde(rename = "tracewright-proof/1")]
    V1,
}

/// A proof file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::module_name_repetitions, reason = "a file, not a proof, and users say so")]
pub struct ProofFile {
    /// Which format this is.
    pub format: Format,
    /// The ledger all entries are of.
    pub ledger: LedgerId,
    /// Its name in checkpoints.
    pub origin: String,
    /// What the file claims to be complete for.
    pub claims: Vec<Claim>,
    /// A summary for people. Nothing in it is proven.
    pub summary_not_proven: Vec<String>,
    /// The signed head of the tree, with cosignatures: a signed note.
    pub checkpoint: String,
    /// The genesis entry and all entries about keys up to the head, by position.
    pub keys: Vec<Entry>,
    /// The entries shown, by position.
    pub entries: Vec<Entry>,
}

/// "Every entry of this item up to this one is in the file."
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Which item.
    pub item: String,
    /// The highest of the item's own sequence numbers in the file; the first is 1.
    pub through_sequence: u64,
}

/// An entry as a proof file shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Index in the ledger.
    pub position: u64,
    /// The log bytes.
    #[serde(with = "shown::base64_text")]
    pub log: Vec<u8>,
    /// The members, in the order of their digests in the log bytes.
    pub members: Vec<Shown>,
    /// Proof that the entry is in the tree of the checkpoint.
    pub inclusion: Vec<Hash>,
}

/// What the verifier knows from elsewhere and not from the file.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Keys of the site that made the ledger.
    pub site_keys: Vec<PublicKey>,
    /// Keys of witnesses.
    pub witnesses: Vec<PublicKey>,
    /// Checkpoints of the ledger that were kept elsewhere.
    pub checkpoints: Vec<Held>,
}

/// A checkpoint kept elsewhere: by a partner, in a witness file, on a printout.
#[derive(Debug, Clone)]
pub struct Held {
    /// The checkpoint.
    pub checkpoint: checkpoint::Signed,
    /// Proof that the smaller of it and the file's head begins the larger; not needed where both
    /// are of one size.
    pub consistency: Option<Vec<Hash>>,
}

/// Why bytes are no proof file, or a proof file cannot become bytes.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is too long.
    #[error("handle a proof file of {0} bytes: at most {PROOF_BYTES_MAX} are accepted")]
    TooLong(usize),
    /// It is not JSON of the right shape, or a value to be shown is not text.
    #[error("handle a proof file")]
    Json(#[source] serde_json::Error),
}

/// Reads and verifies a proof file.
///
/// Errors: the bytes are no proof file. Whatever else is wrong stands in the report.
pub fn verify_bytes(bytes: &[u8], trust: &Trust) -> Result<Report, Error> {
    ProofFile::parse(bytes).map(|file| file.verify(trust))
}

impl ProofFile {
    /// Reads a proof file strictly.
    ///
    /// Errors: it is too long, or not JSON of the right shape.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > PROOF_BYTES_MAX {
            return Err(Error::TooLong(bytes.len()));
        }
        serde_json::from_slice(bytes).map_err(Error::Json)
    }

    /// The bytes of the file.
    ///
    /// Errors: they are too long, or a value to be shown is not text.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let bytes = serde_json::to_vec(self).map_err(Error::Json)?;
        if bytes.len() > PROOF_BYTES_MAX { Err(Error::TooLong(bytes.len())) } else { Ok(bytes) }
    }

    /// Checks everything in the file and says what it proves.
    #[must_use]
    pub fn verify(&self, trust: &Trust) -> Report {
        verify::verify(self, trust)
    }
}
