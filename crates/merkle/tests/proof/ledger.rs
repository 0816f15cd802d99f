//! A small ledger kept in memory, and proof files made from it.

use std::convert::Infallible;

use merkle::checkpoint::{Checkpoint, Signed};
use merkle::entry::encode_log;
use merkle::hash::sha256;
use merkle::keychain::{
    self, GENESIS, Genesis, KEY_REVOKED, KEY_ROTATED, endorse, genesis_members, revocation_members,
    rotation_members,
};
use merkle::note::{PublicKey, SigningKey};
use merkle::proof::{Claim, Entry, Format, ITEM_PREFIX, ProofFile, Shown, Trust};
use merkle::tree::{
    TILE_WIDTH, TileId, Tiles, consistency_proof, inclusion_proof, leaf_hash, root_at, root_of,
};
use merkle::{Hash, Header, LedgerId, Member};

pub(crate) const ORIGIN: &str = "example.com/plant";
pub(crate) const LEDGER: LedgerId = LedgerId([0x42; 16]);

pub(crate) fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, [seed; 32]).expect("a good name")
}

pub(crate) fn first_key() -> SigningKey {
    key(ORIGIN, 1)
}

pub(crate) fn second_key() -> SigningKey {
    key(ORIGIN, 2)
}

pub(crate) fn witness() -> SigningKey {
    key("witness.example/w1", 3)
}

pub(crate) fn trust(site: &SigningKey) -> Trust {
    Trust { site_keys: vec![site.public()], witnesses: vec![cosigner()], ..Trust::default() }
}

pub(crate) fn cosigner() -> PublicKey {
    witness().public().cosigner()
}

/// Entries with their log bytes; hashes are worked out anew when asked for.
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    pub(crate) entries: Vec<(Header, Vec<Member>, Vec<u8>)>,
}

impl Tiles for Ledger {
    type Error = Infallible;

    fn tile(&self, id: TileId, width: u16) -> Result<Vec<Hash>, Infallible> {
        let below = usize::from(TILE_WIDTH).pow(id.level.into());
        let start = usize::try_from(id.index).expect("small") * usize::from(TILE_WIDTH) * below;
        let leaves: Vec<Hash> = self.entries.iter().map(|(_, _, log)| leaf_hash(log)).collect();
        Ok(leaves[start..].chunks(below).take(width.into()).map(root_of).collect())
    }
}

fn touch(item: &str, sequence: u64, previous: Option<u64>) -> (String, String) {
    let previous = previous.map_or("null".to_owned(), |position| position.to_string());
    let value = format!(r#"{{"sequence":{sequence},"previous":{previous},"role":"subject"}}"#);
    (format!("{ITEM_PREFIX}{item}"), value)
}

fn text(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), format!("\"{value}\""))
}

impl Ledger {
    /// Only the genesis entry.
    pub(crate) fn new() -> Self {
        let mut ledger = Self::default();
        let key = first_key().public();
        let genesis = Genesis { ledger: LEDGER, origin: ORIGIN.to_owned(), key, continues: None };
        ledger.append(GENESIS, genesis_members(&genesis));
        ledger
    }

    /// A unit (1.0) that took from a lot (2.0), was held and shipped; the key was rotated
    /// meanwhile.
    pub(crate) fn sample() -> Self {
        let mut ledger = Self::new();
        ledger.append("made.started", vec![touch("1.0", 1, None), text("actor", "p7")]);
        ledger.append("material.received", vec![touch("2.0", 1, None)]);
        let consumed = vec![touch("1.0", 2, Some(1)), touch("2.0", 2, Some(2))];
        ledger.append("made.consumed", consumed);
        ledger.rotate(&first_key(), &second_key().public());
        let held = vec![touch("1.0", 3, Some(3)), text("actor", "p9"), text("reason", "ü \\\" x")];
        ledger.append("quality.held", held);
        ledger.append("made.noted", vec![touch("9.0", 4, Some(1)), text("text", "")]);
        ledger.append("moved.shipped", vec![touch("1.0", 4, Some(5))]);
        ledger.append("made.noted", Vec::new());
        ledger
    }

    pub(crate) fn append(&mut self, entry_type: &str, members: Vec<(String, String)>) -> u64 {
        let position = self.size();
        let header = Header {
            ledger: LEDGER,
            position,
            received_us: 1_700_000_000_000_000 + i64::try_from(position).expect("small"),
            entry_type: entry_type.to_owned(),
            type_version: 1,
        };
        let salt = |name: &str| {
            let hash = sha256(format!("{position} {name}").as_bytes()).0;
            *hash.first_chunk().expect("a hash is longer than a salt")
        };
        let members: Vec<Member> = members
            .into_iter()
            .map(|(name, value)| Member { salt: salt(&name), value: value.into_bytes(), name })
            .collect();
        let digests: Vec<Hash> = members.iter().map(Member::digest).collect();
        let log = encode_log(&header, &digests).expect("a small entry");
        self.entries.push((header, members, log));
        position
    }

    pub(crate) fn rotate(&mut self, old: &SigningKey, new: &PublicKey) {
        let endorsement = endorse(LEDGER, old, new).expect("a good text");
        self.append(KEY_ROTATED, rotation_members(new, Some(&endorsement)));
    }

    pub(crate) fn revoke(&mut self, key: &PublicKey) {
        self.append(KEY_REVOKED, revocation_members(key, "copied"));
    }

    pub(crate) fn size(&self) -> u64 {
        u64::try_from(self.entries.len()).expect("small")
    }

    pub(crate) fn head(&self, size: u64, key: &SigningKey) -> Signed {
        let Ok(root) = root_at(size, self) else { unreachable!("a tile in memory") };
        let origin = ORIGIN.to_owned();
        let checkpoint = Checkpoint { origin, size, root, extensions: Vec::new() };
        checkpoint.sign(key).expect("a good origin")
    }

    pub(crate) fn consistency(&self, old: u64, new: u64) -> Vec<Hash> {
        consistency_proof(old, new, self).expect("a tile in memory")
    }

    /// Shows an entry with everything open but the actor.
    pub(crate) fn shown(&self, position: u64, size: u64) -> Entry {
        let (_, members, log) = &self.entries[usize::try_from(position).expect("small")];
        let show = |member: &Member| {
            if member.name == "actor" { Shown::Withheld } else { Shown::Open(member.clone()) }
        };
        Entry {
            position,
            log: log.clone(),
            members: members.iter().map(show).collect(),
            inclusion: inclusion_proof(position, size, self).expect("a tile in memory"),
        }
    }

    /// A proof of every entry of some items, witnessed.
    pub(crate) fn proof(&self, items: &[&str], signer: &SigningKey) -> ProofFile {
        let size = self.size();
        let mut checkpoint = self.head(size, signer);
        witness().cosign(&mut checkpoint.note, 1_700_000_000).expect("room for one more");
        let names: Vec<String> = items.iter().map(|item| format!("{ITEM_PREFIX}{item}")).collect();
        let select = |wanted: &dyn Fn(&Header, &[Member]) -> bool| -> Vec<Entry> {
            let found = self.entries.iter().filter(|(header, members, _)| wanted(header, members));
            found.map(|(header, _, _)| self.shown(header.position, size)).collect()
        };
        let touches =
            |name: &String, members: &[Member]| members.iter().any(|member| member.name == *name);
        let claim = |(item, name): (&&str, &String)| Claim {
            item: (*item).to_owned(),
            through_sequence: self
                .entries
                .iter()
                .filter(|(_, members, _)| touches(name, members))
                .count()
                .try_into()
                .expect("small"),
        };
        let key_types = [GENESIS, KEY_ROTATED, KEY_REVOKED];
        ProofFile {
            format: Format::V1,
            ledger: LEDGER,
            origin: ORIGIN.to_owned(),
            claims: items.iter().zip(&names).map(claim).collect(),
            summary_not_proven: vec!["A unit that was held and shipped.".to_owned()],
            checkpoint: checkpoint.to_string(),
            keys: select(&|header, _| key_types.contains(&header.entry_type.as_str())),
            entries: select(&|_, members| names.iter().any(|name| touches(name, members))),
        }
    }
}

/// The chain as an engine reads it at start.
pub(crate) fn chain(ledger: &Ledger) -> Result<keychain::KeyChain, keychain::Error> {
    let about_keys = ledger.entries.iter().filter(|(header, _, _)| {
        [GENESIS, KEY_ROTATED, KEY_REVOKED].contains(&header.entry_type.as_str())
    });
    keychain::KeyChain::from_entries(
        about_keys.map(|(header, members, _)| (header, members.as_slice())),
    )
}
