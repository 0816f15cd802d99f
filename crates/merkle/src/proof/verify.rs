//! The checks, from the bytes up: members, log bytes, tree, head, key, witnesses, completeness.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::items::Items;
use super::signed;
use super::{
    CLAIMS_MAX, ENTRIES_MAX, Entry, Finding, Held, KEY_ENTRIES_MAX, Part, ProofFile, Report, Shown,
    Standing, Trust, Witness,
};
use crate::checkpoint;
use crate::entry::{Header, Member, decode_log};
use crate::hash::Hash;
use crate::keychain::{GENESIS, KEY_REVOKED, KEY_ROTATED, KeyChain};
use crate::note::{self, PublicKey};
use crate::tree::{self, leaf_hash, verify_consistency, verify_inclusion};

/// An entry whose log bytes could be read, with the open members that are what was recorded.
pub(super) struct Checked {
    pub(super) header: Header,
    /// The digests of all members, in order.
    pub(super) digests: Vec<Hash>,
    pub(super) members: Vec<Member>,
}

pub(super) fn verify(file: &ProofFile, trust: &Trust) -> Report {
    let mut report = Report {
        ledger: file.ledger,
        origin: file.origin.clone(),
        size: None,
        findings: too_many(file),
        standing: None,
        signed_by: None,
        witnesses: Vec::new(),
        held_not_compared: 0,
        signatures: Vec::new(),
        unknown_signatures: 0,
        complete: Vec::new(),
        entries: file.entries.len(),
        open: 0,
        withheld: 0,
        last_position: file.entries.iter().map(|entry| entry.position).max(),
    };
    if !report.holds() {
        return report;
    }
    let head = match checkpoint::Signed::parse(&file.checkpoint) {
        Ok(head) => Some(head),
        Err(why) => {
            report.findings.push(Finding::CheckpointUnreadable { why: why.to_string() });
            None
        }
    };
    let checked_keys = check_list(file, Part::Keys, head.as_ref(), &mut report);
    let checked_entries = check_list(file, Part::Entries, head.as_ref(), &mut report);
    check_items(file, &checked_entries, &mut report);
    report.signatures = signed::check(&checked_entries, &mut report.findings);
    check_key_entries(&checked_keys, &checked_entries, &mut report.findings);
    let chain = check_chain(file, &checked_keys, &mut report.findings);
    let mut site_signed = false;
    if let Some(head) = &head {
        report.size = Some(head.checkpoint.size);
        check_origin(&file.origin, &head.checkpoint.origin, &mut report.findings);
        if let Some(chain) = &chain {
            site_signed = check_head(head, chain, trust, &mut report);
            check_witnesses(head, chain, trust, &mut report);
        }
        for held in &trust.checkpoints {
            check_held(held, head, chain.as_ref(), trust, &mut report);
        }
    }
    if report.holds() {
        report.standing = Some(standing(&report, site_signed));
    } else {
        report.complete.clear();
    }
    report
}

fn standing(report: &Report, site_signed: bool) -> Standing {
    let seen = |witness: &&Witness| report.last_position.is_none_or(|last| witness.size > last);
    match report.witnesses.iter().filter(seen).count() {
        0 if site_signed => Standing::SiteSigned,
        0 => Standing::Consistent,
        count => Standing::Witnessed(count),
    }
}

fn too_many(file: &ProofFile) -> Vec<Finding> {
    [
        ("entries", file.entries.len(), ENTRIES_MAX),
        ("entries about keys", file.keys.len(), KEY_ENTRIES_MAX),
        ("claims", file.claims.len(), CLAIMS_MAX),
    ]
    .into_iter()
    .filter(|(_, count, limit)| count > limit)
    .map(|(what, count, limit)| Finding::TooMany { what, count, limit })
    .collect()
}

/// Checks the entries of one list, each by itself and their order.
fn check_list(
    file: &ProofFile,
    part: Part,
    head: Option<&checkpoint::Signed>,
    report: &mut Report,
) -> Vec<Checked> {
    let entries = match part {
        Part::Keys => &file.keys,
        Part::Entries => &file.entries,
    };
    let mut before: Option<&Entry> = None;
    let mut checked: Vec<Checked> = Vec::new();
    for entry in entries {
        let position = entry.position;
        if let Some(after) = before.map(|before| before.position) {
            if after == position {
                report.findings.push(Finding::DuplicatePosition { position, part });
            } else if after > position {
                report.findings.push(Finding::OutOfOrder { position, after, part });
            }
        }
        before = Some(entry);
        if let Some(head) = head {
            let (size, root) = (head.checkpoint.size, &head.checkpoint.root);
            let leaf = leaf_hash(&entry.log);
            if let Err(why) = verify_inclusion(&leaf, position, size, &entry.inclusion, root) {
                report.findings.push(Finding::NotIncluded { position, why });
            }
        }
        let Some(now) = check_entry(file, entry, part, report) else { continue };
        if let Some(last) = checked.last().map(|last| &last.header) {
            let after = last.position;
            if position > after && now.header.received_us <= last.received_us {
                report.findings.push(Finding::ReceivedOutOfOrder { position, after });
            }
        }
        checked.push(now);
    }
    checked
}

fn check_entry(
    file: &ProofFile,
    entry: &Entry,
    part: Part,
    report: &mut Report,
) -> Option<Checked> {
    let position = entry.position;
    let (header, digests) = match decode_log(&entry.log) {
        Ok(read) => read,
        Err(why) => {
            let why = why.to_string();
            report.findings.push(Finding::LogUnreadable { position, why });
            return None;
        }
    };
    if header.position != position {
        let found = header.position;
        report.findings.push(Finding::PositionDiffers { position, found });
    }
    if header.ledger != file.ledger {
        let found = header.ledger;
        report.findings.push(Finding::LedgerDiffers { position, found });
    }
    if entry.members.len() != digests.len() {
        let (shown, digests) = (entry.members.len(), digests.len());
        report.findings.push(Finding::MemberCount { position, shown, digests });
        return None;
    }
    let members = check_members(entry, &digests, &mut report.findings);
    if part == Part::Entries {
        let open = entry.members.iter().filter(|shown| **shown != Shown::Withheld).count();
        report.open = report.open.saturating_add(open);
        let withheld = digests.len().saturating_sub(open);
        report.withheld = report.withheld.saturating_add(withheld);
    }
    Some(Checked { header, digests, members })
}

fn check_members(entry: &Entry, digests: &[Hash], findings: &mut Vec<Finding>) -> Vec<Member> {
    let position = entry.position;
    let mut names = BTreeSet::new();
    let mut members = Vec::new();
    for (index, (shown, digest)) in entry.members.iter().zip(digests).enumerate() {
        let Shown::Open(member) = shown else { continue };
        if !names.insert(member.name.as_str()) {
            let member = member.name.clone();
            findings.push(Finding::DuplicateMember { position, member });
        }
        if member.digest() == *digest {
            members.push(member.clone());
        } else {
            let member = member.name.clone();
            findings.push(Finding::MemberDiffers { position, member, index });
        }
    }
    members
}

fn check_items(file: &ProofFile, entries: &[Checked], report: &mut Report) {
    let mut items = Items::default();
    for Checked { header, members, digests: _ } in entries {
        for member in members {
            if let Err(finding) = items.note(header.position, member) {
                report.findings.push(finding);
            }
        }
    }
    report.complete = items.check(&file.claims, &mut report.findings);
}

/// An entry about keys that is shown must be in the chain as well, lest a revocation be overlooked.
fn check_key_entries(keys: &[Checked], entries: &[Checked], findings: &mut Vec<Finding>) {
    let chain: BTreeSet<u64> = keys.iter().map(|key| key.header.position).collect();
    for Checked { header, members: _, digests: _ } in entries {
        let about_keys = [GENESIS, KEY_ROTATED, KEY_REVOKED].contains(&header.entry_type.as_str());
        if about_keys && !chain.contains(&header.position) {
            findings.push(Finding::KeyEntryOmitted { position: header.position });
        }
    }
}

fn check_chain(
    file: &ProofFile,
    keys: &[Checked],
    findings: &mut Vec<Finding>,
) -> Option<KeyChain> {
    let entries =
        keys.iter().map(|Checked { header, members, digests: _ }| (header, members.as_slice()));
    match KeyChain::from_entries(entries) {
        Ok(chain) => {
            check_origin(&file.origin, &chain.genesis().origin, findings);
            Some(chain)
        }
        Err(why) => {
            findings.push(Finding::KeyChain { why });
            None
        }
    }
}

fn check_origin(said: &str, found: &str, findings: &mut Vec<Finding>) {
    if said != found {
        let (said, found) = (said.to_owned(), found.to_owned());
        findings.push(Finding::OriginDiffers { said, found });
    }
}

/// Checks the signature under the head; says whether a trusted key, or its successor, made it.
fn check_head(
    head: &checkpoint::Signed,
    chain: &KeyChain,
    trust: &Trust,
    report: &mut Report,
) -> bool {
    let size = head.checkpoint.size;
    let signed_by_revoked = chain
        .keys()
        .find(|key| chain.is_revoked(key, size) && head.note.verify(key).is_ok())
        .map(ToString::to_string);
    let Some(key) = chain.key_at(size) else {
        report.findings.push(Finding::NoKeyInForce { size });
        report.findings.extend(signed_by_revoked.map(|key| Finding::KeyRevoked { key }));
        return false;
    };
    match head.note.verify(key) {
        Ok(_) => {
            report.signed_by = Some(key.to_string());
            chain.is_trusted(size, &trust.site_keys)
        }
        Err(why) => {
            let (key, why) = (key.to_string(), why.to_string());
            report.findings.extend(signed_by_revoked.map(|key| Finding::KeyRevoked { key }));
            report.findings.push(Finding::HeadSignature { key, why });
            false
        }
    }
}

/// Counts the cosignatures of known witnesses; a site is no witness of its own ledger.
fn check_witnesses(
    head: &checkpoint::Signed,
    chain: &KeyChain,
    trust: &Trust,
    report: &mut Report,
) {
    let mut seen: BTreeSet<[u8; 32]> = chain.keys().map(|key| *key.bytes()).collect();
    let mut known = Vec::from_iter(chain.keys());
    for witness in &trust.witnesses {
        known.push(witness);
        if !seen.insert(*witness.bytes()) {
            continue;
        }
        match head.note.verify(witness) {
            Ok(said) => {
                let who = witness_words(witness, said);
                report.witnesses.push(Witness { who, size: head.checkpoint.size });
            }
            Err(note::Error::Signature(key)) => {
                report.findings.push(Finding::WitnessSignature { key });
            }
            Err(_) => {}
        }
    }
    let of_nobody = |line: &&note::Signature| {
        !known.iter().any(|key| key.name() == line.name && key.id() == line.id)
    };
    report.unknown_signatures = head.note.signatures.iter().filter(of_nobody).count();
}

fn witness_words(witness: &PublicKey, said: note::Verified) -> String {
    match said {
        note::Verified::Signed => witness.name().to_owned(),
        note::Verified::Witnessed { time_s } => {
            format!("{} (Unix time {time_s} s)", witness.name())
        }
    }
}

fn check_held(
    held: &Held,
    head: &checkpoint::Signed,
    chain: Option<&KeyChain>,
    trust: &Trust,
    report: &mut Report,
) {
    let Held { checkpoint: checkpoint::Signed { checkpoint: other, note }, consistency } = held;
    let (ours, size) = (&head.checkpoint, other.size);
    if other.origin != ours.origin {
        let origin = other.origin.clone();
        report.findings.push(Finding::HeldOrigin { origin });
        return;
    }
    let mut keys = trust.site_keys.iter().chain(&trust.witnesses);
    let mut chain_keys = chain.into_iter().flat_map(KeyChain::keys);
    if !keys.any(|key| note.verify(key).is_ok()) && !chain_keys.any(|key| note.verify(key).is_ok())
    {
        // A later head may be signed by a later key, which this file cannot know.
        if size > ours.size {
            report.held_not_compared = report.held_not_compared.saturating_add(1);
        } else {
            report.findings.push(Finding::HeldUnsigned { size });
        }
        return;
    }
    let (old, new) = if size <= ours.size { (other, ours) } else { (ours, other) };
    let compared = match consistency {
        Some(proof) if old.size > 0 => {
            verify_consistency(old.size, new.size, proof, &old.root, &new.root)
        }
        None if old.size == new.size && old.root == new.root => Ok(()),
        None if old.size == new.size => Err(tree::Error::Root),
        // Every history begins with the empty tree, so a head of size 0 compares to nothing.
        Some(_) | None => {
            report.held_not_compared = report.held_not_compared.saturating_add(1);
            return;
        }
    };
    match compared {
        Ok(()) => {
            let who = format!("a checkpoint held elsewhere, root {}", other.root);
            let witness = Witness { who, size };
            if !report.witnesses.contains(&witness) {
                report.witnesses.push(witness);
            }
        }
        Err(why) => report.findings.push(Finding::HeldDiffers { size, why }),
    }
}
