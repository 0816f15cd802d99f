//! What can be wrong with a proof file.

use alloc::string::String;

use crate::entry::LedgerId;
use crate::{keychain, tree};

/// Which of the two lists of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The entries about keys.
    Keys,
    /// The entries shown.
    Entries,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// There is more of something than is accepted.
    #[error("{count} {what}: at most {limit} are accepted")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The signed head cannot be read.
    #[error("the checkpoint cannot be read: {why}")]
    CheckpointUnreadable {
        /// Why.
        why: String,
    },
    /// The signed head, or the genesis entry, is of another origin than the file says.
    #[error("the file is of {said}, but its checkpoint or genesis entry of {found}")]
    OriginDiffers {
        /// What the file says.
        said: String,
        /// What was found.
        found: String,
    },
    /// The log bytes of an entry cannot be read.
    #[error("position {position}: the log bytes cannot be read: {why}")]
    LogUnreadable {
        /// Where the file puts the entry.
        position: u64,
        /// Why.
        why: String,
    },
    /// An entry's log bytes name another position than the file.
    #[error("position {position}: the log bytes are those of position {found}")]
    PositionDiffers {
        /// Where the file puts the entry.
        position: u64,
        /// What the log bytes say.
        found: u64,
    },
    /// An entry is of another ledger.
    #[error("position {position}: the entry is of ledger {found}")]
    LedgerDiffers {
        /// Where the entry stands.
        position: u64,
        /// What its log bytes say.
        found: LedgerId,
    },
    /// Two entries claim one position.
    #[error("position {position} comes twice")]
    DuplicatePosition {
        /// Which.
        position: u64,
        /// In which list.
        part: Part,
    },
    /// An entry comes after one of a higher position.
    #[error("position {position} comes after position {after}")]
    OutOfOrder {
        /// The entry that comes too late.
        position: u64,
        /// The one before it.
        after: u64,
        /// In which list.
        part: Part,
    },
    /// An entry was received before one of a lower position.
    #[error("position {position} was not received after position {after}")]
    ReceivedOutOfOrder {
        /// The later entry.
        position: u64,
        /// The earlier one.
        after: u64,
    },
    /// An entry is not in the tree of the checkpoint.
    #[error("position {position}: the entry is not in the signed tree: {why}")]
    NotIncluded {
        /// Which entry.
        position: u64,
        /// Why.
        #[serde(serialize_with = "as_text")]
        why: tree::Error,
    },
    /// An entry has more or fewer members than digests.
    #[error("position {position}: {shown} members for {digests} digests")]
    MemberCount {
        /// Which entry.
        position: u64,
        /// Members in the file.
        shown: usize,
        /// Digests in the log bytes.
        digests: usize,
    },
    /// A member is not what was hashed.
    #[error("position {position}: member {member} is not what was recorded")]
    MemberDiffers {
        /// Which entry.
        position: u64,
        /// Name of the member as the file says it.
        member: String,
        /// Which of the entry's members, from 0.
        index: usize,
    },
    /// Two open members of an entry have one name.
    #[error("position {position}: member {member} comes twice")]
    DuplicateMember {
        /// Which entry.
        position: u64,
        /// Name of the member.
        member: String,
    },
    /// A person's signature is not over this entry, or not by the key it names.
    #[error("position {position}: the signature is not valid")]
    SignatureInvalid {
        /// Which entry.
        position: u64,
    },
    /// The key chain cannot be read.
    #[error("the key chain does not hold: {why}")]
    KeyChain {
        /// Why.
        #[serde(serialize_with = "as_text")]
        why: keychain::Error,
    },
    /// An entry about keys is shown, but left out of the key chain.
    #[error("position {position}: the entry is about keys and is not in the key chain")]
    KeyEntryOmitted {
        /// Which entry.
        position: u64,
    },
    /// The last key was withdrawn before this head.
    #[error("no key may sign the head of size {size}: the last was revoked")]
    NoKeyInForce {
        /// Entries in the tree.
        size: u64,
    },
    /// The head is signed by a key that is withdrawn.
    #[error("the head is signed by {key}, which was revoked")]
    KeyRevoked {
        /// The key.
        key: String,
    },
    /// The head is not signed by the key in force.
    #[error("the head is not signed by {key}, the key in force: {why}")]
    HeadSignature {
        /// The key that should have signed.
        key: String,
        /// What is wrong.
        why: String,
    },
    /// A signature in the name of a witness is false.
    #[error("the cosignature of {key} is false")]
    WitnessSignature {
        /// The witness.
        key: String,
    },
    /// A checkpoint held elsewhere is of another ledger.
    #[error("the checkpoint held elsewhere is of {origin}")]
    HeldOrigin {
        /// What it says.
        origin: String,
    },
    /// A checkpoint held elsewhere is not signed by any key known here.
    #[error("the checkpoint of size {size} held elsewhere is not signed by a known key")]
    HeldUnsigned {
        /// Its size.
        size: u64,
    },
    /// History was rewritten: a checkpoint held elsewhere does not fit the file.
    #[error("the checkpoint of size {size} held elsewhere is of another history: {why}")]
    HeldDiffers {
        /// Its size.
        size: u64,
        /// Why.
        #[serde(serialize_with = "as_text")]
        why: tree::Error,
    },
    /// An `item/` member does not say sequence and previous position.
    #[error("position {position}: member {member} does not say which entry of the item this is")]
    TouchUnreadable {
        /// Which entry.
        position: u64,
        /// Name of the member.
        member: String,
    },
    /// Entries of an item are missing between two that are shown.
    #[error("item {item}: entries are missing between its {after} and its {before}")]
    SequenceGap {
        /// Which item.
        item: String,
        /// Sequence number before the gap; 0 where the beginning is missing.
        after: u64,
        /// Sequence number after it.
        before: u64,
    },
    /// An item's sequence numbers do not rise with position.
    #[error("item {item}: its {sequence} at position {position} comes after its {after}")]
    SequenceNotRising {
        /// Which item.
        item: String,
        /// Where.
        position: u64,
        /// Sequence number there.
        sequence: u64,
        /// Sequence number before it.
        after: u64,
    },
    /// An entry names another predecessor than the item's entry before it.
    #[error("item {item}: position {position} names another entry than the one before it")]
    PreviousDiffers {
        /// Which item.
        item: String,
        /// Where.
        position: u64,
        /// The position it names.
        said: Option<u64>,
        /// The position of the item's entry before it.
        found: Option<u64>,
    },
    /// The file shows less of an item than it claims.
    #[error("item {item}: claimed to be complete to its {claimed}, but shown only to its {shown}")]
    NotComplete {
        /// Which item.
        item: String,
        /// Claimed sequence number.
        claimed: u64,
        /// Last sequence number shown; 0 where there is none.
        shown: u64,
    },
    /// The file shows more of an item than it claims.
    #[error("item {item}: claimed to be complete to its {claimed}, but shown to its {shown}")]
    BeyondClaim {
        /// Which item.
        item: String,
        /// Claimed sequence number.
        claimed: u64,
        /// Last sequence number shown.
        shown: u64,
    },
    /// An item is claimed twice, or up to nothing.
    #[error("item {item}: claimed twice, or up to nothing")]
    ClaimUnclear {
        /// Which item.
        item: String,
    },
}

fn as_text<S: serde::Serializer>(
    why: &impl core::fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(why)
}
