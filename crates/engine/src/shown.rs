//! The signed head as others see it, with what witnesses said of it.
//!
//! A head is published at most once a second. Witnesses cosign published heads in their own time;
//! what came from them is kept in `cosigned` beside the ledger, the newest few heads.
//!
//! Invariants: only heads of this ledger's tree, signed by the key in force, are handed on; nothing
//! that writes waits for a witness.
//!
//! A crash between a witness's answer and its keeping loses that answer: it is asked for again.

use std::time::{Duration, Instant};

use merkle::checkpoint::Signed;
use merkle::note::{PublicKey, Signature, SignedNote, Verified};
use merkle::tree::root_at;

use crate::error::{Error, Result};
use crate::plant::Plant;
use crate::witness_file::WitnessFile;

/// How long a head is shown before a newer one is published.
const SHOWN_FOR: Duration = Duration::from_secs(1);

/// How long a head that witnesses cosigned is shown in place of newer ones: what witnesses take to
/// answer, so that on a busy ledger too a head with cosignatures is to be had.
const COSIGNED_FOR: Duration = Duration::from_secs(10);

/// Cosigned heads that are kept, beside the newest of each witness: a proof is made of the newest
/// that covers its items, so few are enough.
pub const COSIGNED_MAX: usize = 16;

/// The heads that were shown, and those that were cosigned.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    newest: Option<(Instant, Signed)>,
    /// By size.
    cosigned: Vec<Cosigned>,
}

#[derive(Debug)]
struct Cosigned {
    signed: Signed,
    /// Since when this process knows it; absent: it was read from the folder.
    since: Option<Instant>,
}

impl Shown {
    /// What a folder keeps. What cannot be read is left out: verification names it, and witnesses
    /// cosign again.
    pub(crate) fn of(notes: &str) -> Self {
        let read =
            if notes.is_empty() { None } else { Some(WitnessFile::parse("cosigned", notes)) };
        let checkpoints = match read {
            None => Vec::new(),
            Some(Ok(file)) => file.checkpoints,
            Some(Err(error)) => {
                tracing::warn!(error = %crate::chain(&error), "cosigned heads are left out");
                Vec::new()
            }
        };
        let mut cosigned: Vec<Cosigned> =
            checkpoints.into_iter().map(|signed| Cosigned { signed, since: None }).collect();
        cosigned.sort_by_key(|known| known.signed.checkpoint.size);
        Self { newest: None, cosigned }
    }

    /// A head with the cosignatures it has got.
    fn with_cosignatures(&self, head: &Signed) -> Signed {
        let same = |known: &&Cosigned| known.signed.note.text == head.note.text;
        self.cosigned.iter().find(same).map_or(head, |known| &known.signed).clone()
    }

    /// Adds what a witness made of a head.
    fn add(&mut self, head: &Signed, cosignature: Signature) -> Result<()> {
        let same = |known: &Cosigned| known.signed.note.text == head.note.text;
        let at = match self.cosigned.iter().position(same) {
            Some(at) => at,
            None => {
                let size = head.checkpoint.size;
                let at = self.cosigned.partition_point(|known| known.signed.checkpoint.size < size);
                self.cosigned.insert(at, Cosigned { signed: head.clone(), since: None });
                at
            }
        };
        if let Some(known) = self.cosigned.get_mut(at) {
            let put = known.signed.note.put(cosignature);
            put.map_err(|why| Error::Checkpoint(why.to_string()))?;
            known.since = Some(Instant::now());
        }
        self.prune();
        Ok(())
    }

    /// Drops the oldest, but for the newest of each witness.
    fn prune(&mut self) {
        let mut at = 0;
        while self.cosigned.len() > COSIGNED_MAX && at < self.cosigned.len() {
            let (old, newer) = self.cosigned.split_at(at + 1);
            let again = |line: &Signature| {
                let same = |other: &Signature| other.name == line.name && other.id == line.id;
                newer.iter().any(|known| known.signed.note.signatures.iter().any(same))
            };
            let is_needed =
                old.last().is_some_and(|known| !known.signed.note.signatures.iter().all(again));
            if is_needed {
                at += 1;
            } else {
                self.cosigned.remove(at);
            }
        }
    }

    fn notes(&self) -> String {
        self.cosigned.iter().map(|known| format!("{}\n", known.signed)).collect()
    }
}

impl Plant {
    /// The newest head that was published, at most a second old, with the cosignatures it has got.
    ///
    /// Errors: [`Error::WriterStopped`].
    pub fn head(&self) -> Result<Signed> {
        let mut shown = self.shown().lock();
        if let Some((at, head)) = &shown.newest
            && at.elapsed() < SHOWN_FOR
        {
            return Ok(shown.with_cosignatures(head));
        }
        let (_, note) = self.publish_head()?;
        let head = Signed::parse(&note).map_err(|why| Error::Checkpoint(why.to_string()))?;
        shown.newest = Some((Instant::now(), head.clone()));
        Ok(shown.with_cosignatures(&head))
    }

    /// The head to show to whoever asks: the newest, or one that witnesses cosigned not long ago.
    ///
    /// Errors: [`Error::WriterStopped`].
    pub fn checkpoint(&self) -> Result<Signed> {
        let head = self.head()?;
        let shown = self.shown().lock();
        let lately = |known: &&Cosigned| {
            known.since.is_some_and(|since| since.elapsed() < COSIGNED_FOR)
                && known.signed.checkpoint.size <= head.checkpoint.size
        };
        let cosigned = shown.cosigned.iter().rfind(lately);
        Ok(cosigned.map_or(head.clone(), |known| known.signed.clone()))
    }

    /// Keeps what a witness made of a head, durably.
    ///
    /// Errors: [`Error::Checkpoint`] where the head is none of this ledger or its note is full;
    /// [`Error::Store`].
    pub fn add_cosignature(&self, head: &Signed, cosignature: Signature) -> Result<()> {
        if !self.stands_behind(head)? {
            let size = head.checkpoint.size;
            return Err(Error::Checkpoint(format!("the head over {size} is none of this ledger")));
        }
        let mut shown = self.shown().lock();
        shown.add(head, cosignature)?;
        Ok(self.folder().cosigned().write(&shown.notes())?)
    }

    /// The size of the newest head that a witness cosigned, and when it did, in seconds since 1970.
    #[must_use]
    pub fn last_cosigned(&self, witness: &PublicKey) -> Option<(u64, u64)> {
        let shown = self.shown().lock();
        shown.cosigned.iter().rev().find_map(|known| match known.signed.note.verify(witness) {
            Ok(Verified::Witnessed { time_s }) => Some((known.signed.checkpoint.size, time_s)),
            Ok(Verified::Signed) | Err(_) => None,
        })
    }

    /// Of the cosigned heads over more than `covering` entries the one with the most cosignatures,
    /// the newest of several.
    pub(crate) fn cosigned_over(&self, covering: u64) -> Result<Option<Signed>> {
        let heads: Vec<Signed> = {
            let shown = self.shown().lock();
            let covers = |known: &&Cosigned| known.signed.checkpoint.size >= covering;
            shown.cosigned.iter().filter(covers).map(|known| known.signed.clone()).collect()
        };
        let mut best: Option<Signed> = None;
        for head in heads {
            let lines = |head: &Signed| head.note.signatures.len();
            let more = best.as_ref().is_none_or(|best| lines(&head) >= lines(best));
            if more && self.stands_behind(&head)? {
                best = Some(head);
            }
        }
        Ok(best)
    }

    /// Whether a head is one of this ledger's tree, signed by the key in force.
    fn stands_behind(&self, head: &Signed) -> Result<bool> {
        let Signed { checkpoint, note } = head;
        let keys = self.keys();
        let signed = keys.key_at(checkpoint.size).is_some_and(|key| is_by(note, key));
        let ledger = self.ledger()?;
        if !signed
            || checkpoint.origin != keys.genesis().origin
            || checkpoint.size > ledger.size()?
        {
            return Ok(false);
        }
        let root = root_at(checkpoint.size, &*ledger);
        Ok(root.map_err(|why| Error::Tree(crate::chain(&why)))? == checkpoint.root)
    }
}

fn is_by(note: &SignedNote, key: &PublicKey) -> bool {
    note.verify(key).is_ok()
}
