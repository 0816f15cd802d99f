//! Signed heads: those the folder keeps, and those held elsewhere, against the tree.
//!
//! A head that is rightly signed and does not fit shows that entries were changed after it was
//! signed; one that is not rightly signed shows only that the head itself was changed.

use std::collections::{BTreeSet, VecDeque};

use merkle::Hash;
use merkle::checkpoint::Signed;
use merkle::keychain::KeyChain;
use merkle::note::PublicKey;
use merkle::tree::TILE_WIDTH;
use store::{Checkpoint, LedgerReader, ReadFolder};

use super::VerifyOptions;
use super::report::{Findings, FolderWitness, Standing, What};
use crate::error::Result;
use crate::witness_file::WitnessFile;

pub(super) struct Heads {
    /// Stored heads to come, in order.
    stored: VecDeque<Checkpoint>,
    /// The newest, read together with the size.
    latest: Option<Checkpoint>,
    /// How far the tree was known to be as signed.
    good: u64,
    /// Whether entries were found changed.
    parted: bool,
    /// The newest head fits the tree and is signed by the key in force.
    pub(super) authentic: bool,
    held: Vec<Held>,
    next_held: usize,
}

/// A checkpoint held elsewhere, and what became of comparing it.
struct Held {
    from: String,
    /// It lies in the folder itself: only what other witnesses signed under it counts.
    own: bool,
    signed: Signed,
    fits: Option<bool>,
}

/// How many entries to look at, and the head that was newest then.
pub(super) fn newest(
    ledger: &LedgerReader,
    found: &mut Findings,
) -> Result<(u64, Option<Checkpoint>)> {
    let mut latest = ledger.latest_checkpoint()?;
    loop {
        let size = ledger.size()?;
        let again = ledger.latest_checkpoint()?;
        let head = latest.as_ref().map_or(0, |head| head.size);
        // A commit came in between.
        if again != latest {
            latest = again;
            continue;
        }
        if latest.is_none() {
            found.add(What::Checkpoint, "there is no signed head".to_owned());
        } else if head > size {
            let lost = head.saturating_sub(size);
            let said = format!(
                "the newest signed head covers {head} entries, the ledger holds {size}: the last \
                 {lost} are missing"
            );
            found.at(What::Entry, size, &said);
        } else if head < size {
            let said = format!("the entries from here to {size} are under no signed head");
            found.at(What::Entry, head, &said);
        }
        return Ok((size, latest));
    }
}

/// The heads the folder keeps with cosignatures of witnesses.
pub(super) fn cosigned(folder: &ReadFolder, found: &mut Findings) -> Option<WitnessFile> {
    const NAME: &str = "cosigned";
    let notes = match folder.cosigned() {
        Ok(notes) if notes.is_empty() => return None,
        Ok(notes) => notes,
        Err(error) => {
            found.named(What::Checkpoint, NAME, &crate::chain(&error));
            return None;
        }
    };
    match WitnessFile::parse(NAME, &notes) {
        Ok(file) => Some(file),
        Err(error) => {
            found.named(What::Checkpoint, NAME, &crate::chain(&error));
            None
        }
    }
}

impl Heads {
    pub(super) fn new(
        latest: Option<Checkpoint>,
        options: &VerifyOptions,
        cosigned: Option<WitnessFile>,
    ) -> Self {
        let given = options.witnesses.iter().cloned().map(|file| (file, false));
        let mut held: Vec<Held> = given
            .chain(cosigned.map(|file| (file, true)))
            .flat_map(|(WitnessFile { from, checkpoints }, own)| {
                let held = move |signed| Held { from: from.clone(), own, signed, fits: None };
                checkpoints.into_iter().map(held)
            })
            // Every history begins with the empty tree: a head of size 0 says nothing.
            .filter(|held| held.signed.checkpoint.size > 0)
            .collect();
        held.sort_by_key(|held| held.signed.checkpoint.size);
        Self {
            stored: VecDeque::new(),
            latest,
            good: 0,
            parted: false,
            authentic: false,
            held,
            next_held: 0,
        }
    }

    /// Reads the heads of some sizes, before the tree comes there.
    pub(super) fn load(
        &mut self,
        ledger: &LedgerReader,
        sizes: std::ops::RangeInclusive<u64>,
    ) -> Result<()> {
        let newest = self.latest.as_ref().map_or(0, |latest| latest.size);
        let mut from = *sizes.start();
        loop {
            let page = ledger.checkpoints(from, TILE_WIDTH.into())?;
            let Some(last) = page.last().map(|last| last.size) else { return Ok(()) };
            let wanted = |row: &Checkpoint| sizes.contains(&row.size) && row.size != newest;
            self.stored.extend(page.into_iter().filter(wanted));
            if last >= *sizes.end() {
                return Ok(());
            }
            from = last.saturating_add(1);
        }
    }

    /// Whether there is a head to hold against the tree of this size.
    pub(super) fn wants(&self, size: u64) -> bool {
        self.stored.front().is_some_and(|row| row.size <= size)
            || self.latest.as_ref().is_some_and(|latest| latest.size == size)
            || self.held.get(self.next_held).is_some_and(|held| held.signed.checkpoint.size <= size)
    }

    /// The tree is `size` entries large; without a root it is not known.
    pub(super) fn at(
        &mut self,
        (size, root): (u64, Option<Hash>),
        chain: Option<&KeyChain>,
        found: &mut Findings,
    ) {
        while self.stored.front().is_some_and(|row| row.size <= size) {
            let Some(row) = self.stored.pop_front() else { break };
            if !row.published {
                let said = "it is marked as seen by nobody, and yet newer ones follow";
                found.named(What::Checkpoint, &name_of(row.size), said);
            }
            self.stored_head(&row, root.filter(|_| row.size == size), chain, found);
        }
        if let Some(latest) = self.latest.clone().filter(|latest| latest.size == size) {
            self.authentic = self.stored_head(&latest, root, chain, found);
        }
        while let Some(held) = self.held.get_mut(self.next_held) {
            if held.signed.checkpoint.size > size {
                break;
            }
            if held.signed.checkpoint.size == size {
                held.fits = root.map(|root| held.signed.checkpoint.root == root);
            }
            self.next_held = self.next_held.saturating_add(1);
        }
    }

    /// Answers whether the head is signed by the key in force and fits the tree.
    fn stored_head(
        &mut self,
        row: &Checkpoint,
        root: Option<Hash>,
        chain: Option<&KeyChain>,
        found: &mut Findings,
    ) -> bool {
        found.checked.checkpoints = found.checked.checkpoints.saturating_add(1);
        let name = name_of(row.size);
        let signed = match Signed::parse(&row.note) {
            Ok(signed) => signed,
            Err(why) => {
                found.named(What::Checkpoint, &name, &format!("it cannot be read: {why}"));
                return false;
            }
        };
        if signed.checkpoint.size != row.size {
            let said = format!("its note is one over {} entries", signed.checkpoint.size);
            found.named(What::Checkpoint, &name, &said);
            return false;
        }
        let Some(chain) = chain else { return false };
        if signed.checkpoint.origin != chain.genesis().origin {
            let said = format!("it is one of {}", signed.checkpoint.origin);
            found.named(What::Checkpoint, &name, &said);
            return false;
        }
        let Some(key) = chain.key_at(row.size) else {
            found.named(What::Checkpoint, &name, "no key is in force there");
            return false;
        };
        if let Err(why) = signed.note.verify(key) {
            let said = format!("its signature does not hold: {why}");
            found.named(What::Checkpoint, &name, &said);
            return false;
        }
        match root {
            Some(root) if root == signed.checkpoint.root => {
                self.good = row.size;
                true
            }
            Some(root) => {
                self.part(row.size, root, signed.checkpoint.root, found);
                false
            }
            None => false,
        }
    }

    /// Entries are not those that were signed; only the first head shows which.
    fn part(&mut self, size: u64, root: Hash, signed: Hash, found: &mut Findings) {
        if self.parted {
            return;
        }
        self.parted = true;
        let (first, last) = (self.good, size.saturating_sub(1));
        let said = format!(
            "this entry, or one from here to {last}, is not the one that was signed: they lead to \
             root {root}, the signed head over {size} entries says {signed}"
        );
        found.at(What::Entry, first, &said);
    }

    /// Judges the checkpoints held elsewhere; answers who holds one that fits.
    pub(super) fn witnesses(
        &self,
        size: u64,
        chain: Option<&KeyChain>,
        options: &VerifyOptions,
        found: &mut Findings,
    ) -> Vec<FolderWitness> {
        let mut fitting: Vec<FolderWitness> = Vec::new();
        for held in &self.held {
            found.checked.held = found.checked.held.saturating_add(1);
            let Some(signers) = held.judge(size, chain, options, found) else { continue };
            let from = (!held.own).then(|| held.from.clone());
            for who in from.into_iter().chain(signers) {
                let size = held.signed.checkpoint.size;
                match fitting.iter_mut().find(|witness| witness.who == who) {
                    Some(witness) => witness.size = witness.size.max(size),
                    None => fitting.push(FolderWitness { who, size }),
                }
            }
        }
        fitting
    }
}

impl Held {
    /// Names what is wrong with it, or answers which known witnesses signed it.
    fn judge(
        &self,
        size: u64,
        chain: Option<&KeyChain>,
        options: &VerifyOptions,
        found: &mut Findings,
    ) -> Option<Vec<String>> {
        let checkpoint = &self.signed.checkpoint;
        let covers = checkpoint.size;
        let name = format!("the checkpoint over {covers} entries in {}", self.from);
        let before = found.count();
        if let Some(chain) = chain {
            if checkpoint.origin != chain.genesis().origin {
                let said = format!("it is one of {}, not of this ledger", checkpoint.origin);
                found.named(What::Witness, &name, &said);
                return None;
            }
            let own = chain.keys().chain(&options.site_keys);
            let mut known = own.chain(&options.witness_keys);
            if !known.any(|key| self.signed.note.verify(key).is_ok()) {
                let said = "it is signed by no key of this ledger and by none you trust";
                found.named(What::Witness, &name, said);
            }
        }
        if covers > size {
            let lost = covers.saturating_sub(size);
            let said = format!("the ledger holds {size} entries: the last {lost} are missing");
            found.named(What::Witness, &name, &said);
        } else if self.fits == Some(false) {
            let said = format!("the first {covers} entries here are not the ones it was made over");
            found.named(What::Witness, &name, &said);
        }
        if found.count() > before || self.fits != Some(true) {
            return None;
        }
        let own: BTreeSet<[u8; 32]> =
            chain.into_iter().flat_map(KeyChain::keys).map(|key| *key.bytes()).collect();
        let signed =
            |key: &&PublicKey| !own.contains(key.bytes()) && self.signed.note.verify(key).is_ok();
        Some(options.witness_keys.iter().filter(signed).map(|key| key.name().to_owned()).collect())
    }
}

/// How far a ledger without findings can be believed.
pub(super) fn standing(
    size: u64,
    chain: &KeyChain,
    options: &VerifyOptions,
    witnesses: &[FolderWitness],
) -> Standing {
    match witnesses.len() {
        0 if chain.is_trusted(size, &options.site_keys) => Standing::SiteSigned,
        0 => Standing::Consistent,
        count => Standing::Witnessed(count),
    }
}

fn name_of(size: u64) -> String {
    format!("the signed head over {size} entries")
}
