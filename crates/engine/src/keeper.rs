//! The ledger's pen: appends entries to the tree and the file, signs heads, commits.
//!
//! One batch at a time: [`Keeper::begin`], any number of [`Keeper::append`], then either
//! [`Keeper::commit`], after which it is durable, or [`Keeper::rollback`], after which it never
//! was.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::act::Act;
use domain::entry::Entry;
use domain::{CommandId, Position, Time};
use merkle::Hash;
use merkle::checkpoint::Checkpoint;
use merkle::entry::{LedgerId, decode_log};
use merkle::keychain::{
    GENESIS, Genesis, KEY_REVOKED, KEY_ROTATED, KeyChain, endorse, genesis_members,
    revocation_members, rotation_members,
};
use merkle::note::{PublicKey, SigningKey};
use merkle::tree::{Edge, TileId, leaf_hash};
use store::{Folder, Ledger, LedgerReader, Seed};

use crate::clock::Clock;
use crate::codec::{Encoded, Encoder, Salts, decode, opened, without_sealed};
use crate::error::{Error, Result};
use crate::signing::Signing;
use crate::state::Entries;

/// The one that writes.
#[derive(Debug)]
pub(crate) struct Keeper {
    ledger: Ledger,
    edge: Edge,
    committed: Edge,
    encoder: Encoder,
    signer: SigningKey,
    /// Whether keys of people are set aside, to be destroyed with the batch.
    erasing: bool,
}

/// How a batch was committed.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) size: u64,
    pub(crate) note: String,
}

impl Keeper {
    /// Writes the first entry of a new ledger.
    pub(crate) fn found(folder: &Folder, genesis: &Genesis, clock: &Clock) -> Result<()> {
        let seeds = folder.site_key().read()?;
        let seed = seeds.first().ok_or_else(|| Error::Keys("site.key holds no key".to_owned()))?;
        let signer = signing_key(&genesis.origin, seed)?;
        let genesis = Genesis { key: signer.public(), ..genesis.clone() };
        let mut keeper = Self::with(folder, genesis.ledger, signer)?;
        keeper.own_entry(clock.now(), GENESIS, genesis_members(&genesis)).map(drop)
    }

    /// Opens the pen of a ledger.
    ///
    /// Errors: [`Error::Keys`] if `site.key` lacks the key in force, [`Error::Checkpoint`] if the
    /// last signed head is not of this many entries.
    pub(crate) fn open(folder: &Folder, keys: &KeyChain) -> Result<Self> {
        let genesis = keys.genesis();
        let in_force = keys.key_at(u64::MAX);
        let mut signer = None;
        for seed in folder.site_key().read()? {
            let key = signing_key(&genesis.origin, &seed)?;
            if Some(&key.public()) == in_force {
                signer = Some(key);
            }
        }
        let signer = signer.ok_or_else(|| {
            Error::Keys("site.key lacks the key the ledger names; restore it".to_owned())
        })?;
        let mut keeper = Self::with(folder, genesis.ledger, signer)?;
        ledger_is_whole(&keeper)?;
        keeper.settle_erasures()?;
        Ok(keeper)
    }

    fn with(folder: &Folder, id: LedgerId, signer: SigningKey) -> Result<Self> {
        let ledger = folder.ledger()?;
        let edge = Edge::load(ledger.size()?, &*ledger).map_err(|e| Error::Tree(e.to_string()))?;
        let encoder = Encoder { ledger: id, salts: Salts::new(), people: folder.people()? };
        let committed = edge.clone();
        Ok(Self { ledger, edge, committed, encoder, signer, erasing: false })
    }

    /// Writes and commits one entry of the ledger's own.
    fn own_entry(
        &mut self,
        received: Time,
        entry_type: &str,
        members: Vec<(String, String)>,
    ) -> Result<Head> {
        self.begin()?;
        let position = self.edge.size();
        let encoded = self.encoder.own(position, received.0, entry_type, members)?;
        self.write(position, received.0, &encoded)?;
        self.commit()
    }

    /// Replaces the signing key; the old one endorses the new.
    pub(crate) fn rotate(&mut self, received: Time, folder: &Folder) -> Result<Head> {
        let seed = Seed::random()?;
        let new = signing_key(self.signer.public().name(), &seed)?;
        let note = endorse(self.encoder.ledger, &self.signer, &new.public())
            .map_err(|e| Error::Keys(e.to_string()))?;
        let mut seeds = folder.site_key().read()?;
        seeds.push(seed);
        // First the key, then the entry that names it: a crash between leaves a key nobody named,
        // which the next start finds and drops.
        folder.site_key().write(&seeds)?;
        let members = rotation_members(&new.public(), Some(&note));
        self.signer = new;
        self.own_entry(received, KEY_ROTATED, members)
    }

    /// Says that a former key is not to be believed any more.
    pub(crate) fn revoke(&mut self, received: Time, key: &PublicKey, reason: &str) -> Result<Head> {
        self.own_entry(received, KEY_REVOKED, revocation_members(key, reason))
    }

    /// When the last entry came.
    pub(crate) fn last_received(&self) -> Result<Time> {
        let last = self.edge.size().checked_sub(1);
        let last = last.map(|last| self.ledger.entry(last)).transpose()?.flatten();
        Ok(Time(last.map_or(0, |entry| entry.received_us)))
    }

    pub(crate) fn begin(&mut self) -> Result<()> {
        self.committed = self.edge.clone();
        Ok(self.ledger.begin()?)
    }

    /// Adds the entry of a fact, signed where somebody signs.
    pub(crate) fn append(&mut self, entry: &Entry, signing: Option<&Signing>) -> Result<()> {
        let encoded = self.encoder.fact(entry, signing.map(|signing| &signing.key))?;
        self.write(entry.position.0, entry.received.0, &encoded)
    }

    fn write(&mut self, position: u64, received_us: i64, encoded: &Encoded) -> Result<()> {
        self.ledger.append(position, received_us, &encoded.log, &encoded.members)?;
        for (tile, hashes) in self.edge.push(leaf_hash(&encoded.log)) {
            self.put_tile(tile, &hashes)?;
        }
        Ok(())
    }

    fn put_tile(&mut self, tile: TileId, hashes: &[Hash]) -> Result<()> {
        Ok(self.ledger.put_tile(tile, hashes)?)
    }

    /// Keeps a command's answer, encoded, for those who ask again.
    pub(crate) fn put_answer(&mut self, id: CommandId, body: Hash, answer: &[u8]) -> Result<()> {
        Ok(self.ledger.put_command(id.0, body, answer)?)
    }

    /// Sets the key of a person's erasable values aside: it is destroyed when the entry that says
    /// so is durable, and comes back where it never will be.
    pub(crate) fn erase(&mut self, person: &str, position: Position) -> Result<()> {
        self.erasing = true;
        Ok(self.encoder.people.set_aside(person, position.0)?)
    }

    /// Finishes the erasures a crash left: the ledger says which were decided.
    fn settle_erasures(&mut self) -> Result<()> {
        let mut aside = self.encoder.people.aside()?;
        // The oldest key of a person comes back last: those after it were made since.
        aside.sort_unstable_by(|a, b| b.cmp(a));
        for (position, person) in aside {
            let entry = self.ledger.entry(position)?;
            let entry = entry.map_or(Ok(None), |stored| decode(&stored))?;
            let decided = entry.is_some_and(
                |entry| matches!(&entry.fact, Act::Erase(erase) if erase.person.as_str() == person),
            );
            if decided {
                self.encoder.people.destroy(&person, position)?;
            } else {
                self.encoder.people.put_back(&person, position)?;
            }
        }
        Ok(())
    }

    /// Signs the head and makes the batch durable.
    pub(crate) fn commit(&mut self) -> Result<Head> {
        let checkpoint = Checkpoint {
            origin: self.signer.public().name().to_owned(),
            size: self.edge.size(),
            root: self.edge.root(),
            extensions: Vec::new(),
        };
        let signed = checkpoint.sign(&self.signer).map_err(|e| Error::Checkpoint(e.to_string()))?;
        let note = signed.note.to_string();
        self.ledger.put_checkpoint(checkpoint.size, &note)?;
        self.ledger.commit()?;
        self.committed = self.edge.clone();
        if std::mem::take(&mut self.erasing) {
            self.settle_erasures()?;
        }
        Ok(Head { size: checkpoint.size, note })
    }

    /// Marks the last head as one that was seen outside, which later commits do not replace.
    pub(crate) fn publish(&mut self) -> Result<Head> {
        let latest = self.ledger.latest_checkpoint()?;
        let latest = latest.ok_or_else(|| Error::Checkpoint("the ledger has none".to_owned()))?;
        if !latest.published {
            self.ledger.begin()?;
            self.ledger.publish_checkpoint(latest.size)?;
            self.ledger.commit()?;
        }
        Ok(Head { size: latest.size, note: latest.note })
    }

    pub(crate) fn rollback(&mut self) -> Result<()> {
        self.edge = self.committed.clone();
        self.ledger.rollback()?;
        if std::mem::take(&mut self.erasing) {
            self.settle_erasures()?;
        }
        Ok(())
    }
}

/// The last head must be the one of the tree: a crash cannot part them, tampering can.
fn ledger_is_whole(keeper: &Keeper) -> Result<()> {
    let Some(latest) = keeper.ledger.latest_checkpoint()? else { return Ok(()) };
    if latest.size != keeper.edge.size() {
        return Err(Error::Checkpoint(format!(
            "the last signed head covers {} entries, the ledger holds {}; run verify",
            latest.size,
            keeper.edge.size()
        )));
    }
    Ok(())
}

pub(crate) fn signing_key(origin: &str, seed: &Seed) -> Result<SigningKey> {
    SigningKey::from_seed(origin, seed.0).map_err(|e| Error::Keys(e.to_string()))
}

/// The key chain of a ledger, from its own entries at these positions, the first of them 0.
pub(crate) fn key_chain(ledger: &LedgerReader, own: &[Position]) -> Result<KeyChain> {
    let mut entries = Vec::with_capacity(own.len());
    for position in own.iter().map(|position| position.0) {
        let Some(stored) = ledger.entry(position)? else { continue };
        let (header, _) =
            decode_log(&stored.log).map_err(|source| Error::Entry { position, source })?;
        entries.push((header, opened(&stored, None)?));
    }
    let shown = entries.iter().map(|(header, members)| (header, members.as_slice()));
    KeyChain::from_entries(shown).map_err(|e| Error::Keys(e.to_string()))
}

/// Entries of a ledger that is being read, and the first failure to read one.
pub(crate) struct Stored<'a> {
    ledger: &'a LedgerReader,
    /// Entries that are not in the ledger yet, each list without a gap.
    coming: [&'a [Entry]; 2],
    /// Entries read lately: a correction asks for the same one several times.
    lately: Mutex<(HashMap<Position, Entry>, Option<Error>)>,
}

impl std::fmt::Debug for Stored<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stored").finish_non_exhaustive()
    }
}

impl<'a> Stored<'a> {
    pub(crate) fn new(ledger: &'a LedgerReader) -> Self {
        Self::and_coming(ledger, [&[]; 2])
    }

    /// The same with entries that are decided and not written yet, as they will read.
    pub(crate) fn and_coming(ledger: &'a LedgerReader, coming: [&'a [Entry]; 2]) -> Self {
        Self { ledger, coming, lately: Mutex::default() }
    }

    /// What went wrong, if anything did: what was derived since is not to be trusted.
    pub(crate) fn finish(self) -> Result<()> {
        let (_, failed) = self.lately.into_inner().unwrap_or_else(|p| p.into_inner());
        failed.map_or(Ok(()), Err)
    }
}

impl Entries for Stored<'_> {
    fn entry(&self, position: Position) -> Option<Entry> {
        /// Entries kept: a page of a correction.
        const LATELY_MAX: usize = 1024;
        let mut lately = self.lately.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(entry) = lately.0.get(&position) {
            return Some(entry.clone());
        }
        let coming = self.coming.iter().find_map(|entries| {
            let first = entries.first()?.position.0;
            entries.get(usize::try_from(position.0.checked_sub(first)?).ok()?)
        });
        let entry = match coming {
            Some(entry) => without_sealed(entry).map(Some),
            None => self
                .ledger
                .entry(position.0)
                .map_err(Error::from)
                .and_then(|stored| stored.map_or(Ok(None), |stored| decode(&stored))),
        };
        match entry {
            Ok(Some(entry)) => {
                if lately.0.len() >= LATELY_MAX {
                    lately.0.clear();
                }
                lately.0.insert(position, entry.clone());
                Some(entry)
            }
            Ok(None) => None,
            Err(error) => {
                lately.1.get_or_insert(error);
                None
            }
        }
    }
}
