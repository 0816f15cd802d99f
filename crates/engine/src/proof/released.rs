//! Releases that a proof file shows: whether the entries it shows are the record each names.
//!
//! The record hash is a function of leaves (docs/formats/record.md), so nothing but the file is
//! needed. What is compared is only meaningful where the proof itself holds.

use std::collections::BTreeMap;

use merkle::Hash;
use merkle::entry::{Member, decode_log};
use merkle::hash::sha256;
use merkle::proof::{Claim, Entry, ITEM_PREFIX, ProofFile, Shown};
use merkle::tree::leaf_hash;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is hashed before the leaves, so that no other hash can be taken for one of a record.
const RECORD_TAG: &[u8] = b"tracewright record v1\n";
const RELEASED: &str = "item.released";

/// The hash of a record: of the leaves of every entry that touches an item, oldest first.
pub(crate) fn record_hash(item: &str, leaves: impl Iterator<Item = Hash>) -> Hash {
    let mut bytes = RECORD_TAG.to_vec();
    bytes.extend_from_slice(item.as_bytes());
    for leaf in leaves {
        bytes.push(b'\n');
        bytes.extend_from_slice(&leaf.0);
    }
    sha256(&bytes)
}

/// Whether a release stands on the entries that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stands {
    /// The entries shown are the record it names.
    OnTheRecord,
    /// They are not.
    OnAnother,
    /// Not all entries of the item are shown up to the one it names.
    NotShown,
}

/// A release that a proof shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseShown {
    /// Its entry.
    pub position: u64,
    /// Which item.
    pub item: String,
    /// The hash of the record it names.
    pub record: String,
    /// Whether it stands on what is shown.
    pub stands: Stands,
}

/// Every release that a proof shows, oldest first.
#[must_use]
pub fn releases_shown(file: &ProofFile) -> Vec<ReleaseShown> {
    let released = file.entries.iter().filter(|entry| {
        decode_log(&entry.log).is_ok_and(|(header, _)| header.entry_type == RELEASED)
    });
    let mut found: Vec<ReleaseShown> =
        released.filter_map(|entry| release(entry, &file.entries)).collect();
    found.sort_by_key(|release| release.position);
    found
}

/// The record that a proof shows of each item it is complete for: its hash.
#[must_use]
pub fn records_shown(file: &ProofFile) -> Vec<(String, String)> {
    let record = |claim: &Claim| {
        let hash = shown_up_to(&claim.item, u64::MAX, &file.entries)?;
        Some((claim.item.clone(), hash.to_string()))
    };
    file.claims.iter().filter_map(record).collect()
}

fn release(entry: &Entry, entries: &[Entry]) -> Option<ReleaseShown> {
    let text = |name: &str| Some(value(entry, name)?.as_str()?.to_owned());
    let (item, record) = (text("fact/item")?, text("fact/record")?);
    let known_at = value(entry, "fact/knownAt")?.as_u64()?;
    let stands = match shown_up_to(&item, known_at, entries) {
        None => Stands::NotShown,
        Some(hash) if hash.to_string() == record => Stands::OnTheRecord,
        Some(_) => Stands::OnAnother,
    };
    Some(ReleaseShown { position: entry.position, item, record, stands })
}

/// The hash of an item's record up to a position, if all of its entries are shown.
fn shown_up_to(item: &str, known_at: u64, entries: &[Entry]) -> Option<Hash> {
    let member = format!("{ITEM_PREFIX}{item}");
    let mut leaves: BTreeMap<u64, (u64, Hash)> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.position <= known_at) {
        if let Some(sequence) = value(entry, &member).and_then(|touch| touch["sequence"].as_u64()) {
            leaves.insert(entry.position, (sequence, leaf_hash(&entry.log)));
        }
    }
    let whole = (1..).zip(leaves.values()).all(|(number, (sequence, _))| number == *sequence);
    let last = leaves.last_key_value().map(|(position, _)| *position);
    let last = last.is_some_and(|last| known_at == u64::MAX || last == known_at);
    (whole && last).then(|| record_hash(item, leaves.into_values().map(|(_, leaf)| leaf)))
}

/// The value of an open member.
fn value(entry: &Entry, name: &str) -> Option<Value> {
    let open = |shown: &Shown| match shown {
        Shown::Open(Member { name: own, value, .. }) if own == name => {
            serde_json::from_slice(value).ok()
        }
        Shown::Open(_) | Shown::Withheld => None,
    };
    entry.members.iter().find_map(open)
}
