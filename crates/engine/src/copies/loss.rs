//! A new ledger that continues a lost one from a copy that is behind.
//!
//! ```text
//! lost ledger    genesis  facts …  rotation  facts … N-1 │ N … M-1   lost; M is its last head
//! new ledger     genesis' facts …  rotation' facts … N-1 │ N: rotation', "carried_over"
//! ```
//!
//! Every fact stands at the position it had, with the members, salts and received time it had, so
//! items keep their ids and references their aim; only the ledger id in the log bytes is new, and
//! with it every hash. Entries about the lost ledger's keys carry no trust over: in their place the
//! new ledger rotates its own key. The entry after the last one carried over says how many they
//! are, and under which head of the lost ledger they stood.
//!
//! See docs/decisions/0011-restore-with-loss.md.

use std::path::Path;

use merkle::checkpoint::{Checkpoint, Signed};
use merkle::entry::{
    Header, LedgerId, Member, MemberState, decode_log, encode_log, encode_members, member_digest,
};
use merkle::keychain::{
    Continues, GENESIS, Genesis, KEY_ROTATED, endorse, genesis_members, rotation_members,
};
use merkle::note::SigningKey;
use merkle::tree::{Edge, leaf_hash};
use store::{Ledger, LedgerReader, ROWS_PER_READ_MAX, Seed, StoredEntry};

use super::{Progress, RestoreReport, Stage, newest, stands_at, step};
use crate::codec::{LEDGER_PREFIX, Salts};
use crate::error::{Error, Result};
use crate::keeper::{key_chain, signing_key};
use domain::Position;
use domain::entry::TYPE_VERSION;

/// Entries carried over in one commit.
const BATCH_ENTRIES: usize = 2048;

pub(super) fn restore(
    from: &Path,
    to: &Path,
    (held, last): (&Signed, &Signed),
    options: &super::RestoreOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<RestoreReport> {
    let copy = store::ReadFolder::open(from)?.ledger()?;
    let lost = key_chain(&copy, &[Position(0)])?;
    let lost = lost.genesis();
    let plan = Plan::new(lost, (held, last), options.origin.as_deref())?;
    let keys = options.people.as_deref().map_or(store::Keys::Along, store::Keys::Of);
    let stages = &mut *progress;
    let copied = store::succeed(
        from,
        to,
        keys,
        |copy, ledger| Carrier::new(&plan, ledger)?.carry(copy, stages),
        &mut |_| {},
    )?;
    progress(step(store::Progress::Files { done: copied.files }));
    let fresh = store::ReadFolder::open(to)?.ledger()?;
    let gone = last.checkpoint.size.saturating_sub(held.checkpoint.size);
    let head = newest(&fresh)?.checkpoint.origin;
    Ok(RestoreReport {
        at: stands_at(&fresh)?,
        entries: copied.entries,
        files: copied.files,
        damaged_files: copied.damaged_files.iter().map(ToString::to_string).collect(),
        continues: Some(lost.ledger.to_string()),
        lost: (gone > 0).then_some(gone),
        notes: vec![
            format!(
                "A new ledger, {head}, continues {}. Its keys are new: tell whoever trusts \
                the old one.",
                lost.origin
            ),
            "Keep the copy: it proves what was carried over, and proofs made before stand on it."
                .to_owned(),
        ],
    })
}

/// What the new ledger says of itself.
struct Plan {
    ledger: LedgerId,
    origin: String,
    continues: Continues,
    /// Member of the entry after the last one carried over.
    carried_over: String,
}

#[derive(serde::Serialize)]
struct CarriedOver<'a> {
    ledger: LedgerId,
    size: u64,
    checkpoint: &'a str,
}

impl Plan {
    fn new(lost: &Genesis, (held, last): (&Signed, &Signed), origin: Option<&str>) -> Result<Self> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(Error::Random)?;
        let ledger = LedgerId(id);
        let origin = origin.map_or_else(|| format!("tracewright/{ledger}"), str::to_owned);
        if origin == lost.origin {
            let said = "the new ledger needs a name of its own: two histories under one name are \
                what witnesses warn of";
            return Err(Error::Restore(said.to_owned()));
        }
        let continues = Continues { ledger: lost.ledger, checkpoint: last.note.to_string() };
        let note = held.note.to_string();
        let size = held.checkpoint.size;
        let carried_over = CarriedOver { ledger: lost.ledger, size, checkpoint: &note };
        let carried_over =
            serde_json::to_string(&carried_over).map_err(|why| Error::Restore(why.to_string()))?;
        Ok(Self { ledger, origin, continues, carried_over })
    }
}

/// Writes the new ledger.
struct Carrier<'a> {
    plan: &'a Plan,
    ledger: &'a mut Ledger,
    edge: Edge,
    salts: Salts,
    seeds: Vec<Seed>,
    signer: SigningKey,
    last_received_us: i64,
}

impl<'a> Carrier<'a> {
    fn new(plan: &'a Plan, ledger: &'a mut Ledger) -> Result<Self> {
        let seed = Seed::random()?;
        let signer = signing_key(&plan.origin, &seed)?;
        let (edge, salts) = (Edge::default(), Salts::new());
        let seeds = vec![seed];
        Ok(Self { plan, ledger, edge, salts, seeds, signer, last_received_us: 0 })
    }

    /// Answers the signing keys, the last one in force.
    fn carry(
        mut self,
        copy: &LedgerReader,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<Seed>> {
        let size = copy.size()?;
        let mut next = 0;
        while next < size {
            let page = copy.entries(next..size, BATCH_ENTRIES)?;
            self.ledger.begin()?;
            for stored in &page {
                self.entry(stored)?;
            }
            self.ledger.commit()?;
            next = self.edge.size();
            progress(Progress { stage: Stage::Entries, done: next, all: Some(size) });
        }
        self.commands(copy)?;
        self.ledger.begin()?;
        let mut members = self.rotate()?;
        members.push(("carried_over".to_owned(), self.plan.carried_over.clone()));
        // The clock may have gone back since the copy was made.
        let received = crate::clock::now().0.max(self.last_received_us.saturating_add(1));
        self.own(KEY_ROTATED, received, members)?;
        self.sign()?;
        self.ledger.commit()?;
        Ok(self.seeds)
    }

    fn entry(&mut self, stored: &StoredEntry) -> Result<()> {
        let position = stored.position;
        let failed = |source| Error::Entry { position, source };
        let (header, digests) = decode_log(&stored.log).map_err(failed)?;
        if position == 0 {
            let members = genesis_members(&Genesis {
                ledger: self.plan.ledger,
                origin: self.plan.origin.clone(),
                key: self.signer.public(),
                continues: Some(self.plan.continues.clone()),
            });
            return self.own(GENESIS, header.received_us, members);
        }
        if header.entry_type.starts_with(LEDGER_PREFIX) {
            let members = self.rotate()?;
            return self.own(KEY_ROTATED, header.received_us, members);
        }
        let header = Header { ledger: self.plan.ledger, ..header };
        let log = encode_log(&header, &digests).map_err(failed)?;
        self.append(header.received_us, &log, &stored.members)
    }

    /// Takes a new key; answers the members of the entry that says so.
    fn rotate(&mut self) -> Result<Vec<(String, String)>> {
        let seed = Seed::random()?;
        let new = signing_key(&self.plan.origin, &seed)?;
        let note = endorse(self.plan.ledger, &self.signer, &new.public())
            .map_err(|why| Error::Keys(why.to_string()))?;
        let members = rotation_members(&new.public(), Some(&note));
        self.seeds.push(seed);
        self.signer = new;
        Ok(members)
    }

    /// Appends an entry of the ledger's own.
    fn own(
        &mut self,
        entry_type: &str,
        received_us: i64,
        members: Vec<(String, String)>,
    ) -> Result<()> {
        let failed = |source| Error::Encode { entry_type: entry_type.to_owned(), source };
        let mut digests = Vec::with_capacity(members.len());
        let mut states = Vec::with_capacity(members.len());
        for (name, value) in members {
            let salt = self.salts.next()?;
            digests.push(member_digest(&name, value.as_bytes(), &salt));
            states.push(MemberState::Open(Member { name, value: value.into_bytes(), salt }));
        }
        let header = Header {
            ledger: self.plan.ledger,
            position: self.edge.size(),
            received_us,
            entry_type: entry_type.to_owned(),
            type_version: TYPE_VERSION,
        };
        let log = encode_log(&header, &digests).map_err(failed)?;
        let members = encode_members(&states).map_err(failed)?;
        self.append(received_us, &log, &members)
    }

    fn append(&mut self, received_us: i64, log: &[u8], members: &[u8]) -> Result<()> {
        self.ledger.append(self.edge.size(), received_us, log, members)?;
        self.last_received_us = received_us;
        for (tile, hashes) in self.edge.push(leaf_hash(log)) {
            self.ledger.put_tile(tile, &hashes)?;
        }
        Ok(())
    }

    /// Answers name positions and items, which stay: a command sent again gets its answer again.
    fn commands(&mut self, copy: &LedgerReader) -> Result<()> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = copy.commands(after.as_deref(), ROWS_PER_READ_MAX)?;
            if page.is_empty() {
                return Ok(());
            }
            self.ledger.begin()?;
            for row in &page {
                let damaged = || Error::Restore("an answer in the copy is damaged".to_owned());
                let id = row.id.as_slice().try_into().map_err(|_| damaged())?;
                let body = row.body_hash.as_slice().try_into().map_err(|_| damaged())?;
                self.ledger.put_command(id, merkle::Hash(body), &row.answer)?;
            }
            self.ledger.commit()?;
            after = page.into_iter().last().map(|row| row.id);
        }
    }

    fn sign(&mut self) -> Result<()> {
        let checkpoint = Checkpoint {
            origin: self.plan.origin.clone(),
            size: self.edge.size(),
            root: self.edge.root(),
            extensions: Vec::new(),
        };
        let signed =
            checkpoint.sign(&self.signer).map_err(|why| Error::Checkpoint(why.to_string()))?;
        Ok(self.ledger.put_checkpoint(checkpoint.size, &signed.note.to_string())?)
    }
}
