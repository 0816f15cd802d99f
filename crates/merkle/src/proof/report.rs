//! What verification says.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Claim, Finding};
use crate::entry::LedgerId;

/// How far a proof file that holds can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Bytes, members, tree and signature agree; the key is known only from inside the file.
    Consistent,
    /// A key the verifier trusts signed the head. The site can still rewrite what it alone signed.
    SiteSigned,
    /// So many others saw a head that covers every entry shown.
    Witnessed(usize),
}

/// Somebody else who saw the ledger.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Witness {
    /// Who, or what was held.
    pub who: String,
    /// Size of the tree it saw: positions below it are covered.
    pub size: u64,
}

/// What a person's signature comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// It is over this entry, and an entry shown says whose key it is.
    Valid,
    /// It is over this entry; whose key it is, no entry shown says.
    UnknownKey,
    /// It is not over this entry, or not by the key it names.
    Invalid,
    /// It cannot be checked: the entry withholds who signed, or the signature.
    Withheld,
}

/// A person's signature under an entry.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Signature {
    /// Which entry.
    pub position: u64,
    /// Who signed, where that is shown.
    pub signer: String,
    /// The printed name, where it is shown.
    pub name: String,
    /// What it means, where that is shown.
    pub meaning: String,
    /// When, where that is shown.
    pub at: String,
    /// What it comes to.
    pub validity: Validity,
}

/// The verdict on a proof file.
///
/// Shape: `Display` says it in words.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// The ledger the file is of.
    pub ledger: LedgerId,
    /// Its name in checkpoints.
    pub origin: String,
    /// Entries in the tree the file is proven against; none where its head cannot be read.
    pub size: Option<u64>,
    /// Everything that is wrong. The file holds only if nothing is.
    pub findings: Vec<Finding>,
    /// How far it can be believed; none where something is wrong.
    pub standing: Option<Standing>,
    /// The key that signed the head.
    pub signed_by: Option<String>,
    /// Who else saw the ledger, and how much of it.
    pub witnesses: Vec<Witness>,
    /// Checkpoints held elsewhere that could not be compared: a consistency proof is missing, or
    /// they are later ones of a key that is not known here.
    pub held_not_compared: usize,
    /// The signatures of persons under the entries shown.
    pub signatures: Vec<Signature>,
    /// Signatures under the head that are of keys not known here, and so say nothing.
    pub unknown_signatures: usize,
    /// What the file is complete for, where that was checked and found so.
    pub complete: Vec<Claim>,
    /// Number of entries shown.
    pub entries: usize,
    /// Members shown.
    pub open: usize,
    /// Members of which only the digest is known.
    pub withheld: usize,
    /// Position of the last entry shown.
    pub last_position: Option<u64>,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.findings.is_empty()
    }

    fn write_standing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.standing {
            None => writeln!(f, "Nothing in this file should be relied upon."),
            Some(Standing::Consistent) => writeln!(
                f,
                "Consistent: bytes, members, tree and signature agree. The signing key is known \
                 only from this file, so anybody could have made it."
            ),
            Some(Standing::SiteSigned) => writeln!(
                f,
                "Site-signed: a key you trust signed the head. A site can rewrite history that it \
                 alone has signed; no witness was shown."
            ),
            Some(Standing::Witnessed(count)) => {
                writeln!(f, "Witnessed by {count}: others hold the same history.")
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.holds() { "holds" } else { "DOES NOT HOLD" };
        writeln!(f, "The proof {verdict}: ledger {} ({}).", self.ledger, self.origin)?;
        for finding in &self.findings {
            writeln!(f, "- {finding}")?;
        }
        self.write_standing(f)?;
        if let (true, Some(key)) = (self.holds(), &self.signed_by) {
            writeln!(f, "Signed by {key}.")?;
        }
        for Witness { who, size } in &self.witnesses {
            writeln!(f, "Seen by {who} up to size {size}.")?;
        }
        if self.held_not_compared > 0 {
            writeln!(
                f,
                "{} checkpoints held elsewhere were not compared: a consistency proof is missing, \
                 or they are later ones of a key not known here.",
                self.held_not_compared
            )?;
        }
        if self.unknown_signatures > 0 {
            writeln!(f, "{} signatures are of keys not known here.", self.unknown_signatures)?;
        }
        for Signature { position, signer, name, meaning, at, validity } in &self.signatures {
            let verdict = match validity {
                Validity::Valid => "valid",
                Validity::UnknownKey => "valid, by a key that no entry shown says whose it is",
                Validity::Invalid => "INVALID",
                Validity::Withheld => "not shown",
            };
            let name = if name.is_empty() { "name not shown" } else { name.as_str() };
            writeln!(
                f,
                "Signature at position {position}: {meaning} by {signer} ({name}), {at}: {verdict}."
            )?;
        }
        writeln!(
            f,
            "{} entries with {} members shown and {} withheld.",
            self.entries, self.open, self.withheld
        )?;
        for Claim { item, through_sequence } in &self.complete {
            writeln!(f, "Complete for item {item}: its entries 1 to {through_sequence}.")?;
        }
        match self.last_position {
            Some(last) => writeln!(
                f,
                "What came after the last entry shown (position {last}), or after an item's last \
                 entry named here, is unproven."
            )?,
            None => writeln!(f, "No entry is shown, so nothing is proven about any item.")?,
        }
        writeln!(f, "The summary in the file is for reading only and is not proven.")
    }
}
