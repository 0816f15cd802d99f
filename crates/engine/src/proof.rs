//! Proof files: everything recorded of some items, to be checked without a server.
//!
//! Invariant: a proof is complete for its items up to the head it is proven against, and that head
//! is kept: whoever is given the file can hold it against the ledger later.
//!
//! A head that witnesses cosigned is taken where one covers all that is recorded of the items so
//! far; otherwise the newest head, which nobody had time to cosign.

mod released;

use std::collections::BTreeSet;

use domain::act::FreezeScope;
use domain::{ItemRef, Position, ScopeCode};
use genealogy::ItemIndex;
use merkle::entry::{Member, MemberState, decode_members};
use merkle::proof::{Claim, ENTRIES_MAX, Entry, ITEM_PREFIX, ProofFile, Shown};
use merkle::tree::inclusion_proof;
use store::{LedgerReader, PeopleReader, StoredEntry, ViewsReader};

use crate::codec::{decode, unsealed};
use crate::error::{Error, Result};
use crate::plant::Plant;
use crate::state::State;

pub(crate) use released::record_hash;
pub use released::{ReleaseShown, Stands, records_shown, releases_shown};

/// What a proof shows of its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Showing {
    /// Members whose name begins so are withheld, such as `fact/measures` or `performedBy`; but for
    /// those that say which entry of a proven item it is.
    pub withhold: Vec<String>,
    /// Names and contact data of people.
    pub persons: Persons,
}

/// Whether a proof shows what can be erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Persons {
    /// It withholds it: a file that was handed on cannot be erased.
    #[default]
    Withheld,
    /// It shows what was not erased yet.
    Shown,
}

/// What a proof file holds.
struct Shows {
    positions: BTreeSet<u64>,
    /// Members that no prefix withholds.
    always: BTreeSet<String>,
    claims: Vec<Claim>,
    summary_not_proven: Vec<String>,
}

/// An item that is proven: its id, its index and the entries it has below the head.
struct Proven {
    claim: Claim,
    index: ItemIndex,
    positions: Vec<u64>,
    summary: String,
}

impl Plant {
    /// A proof of everything recorded of some items. A reference that fits several stands for all
    /// of them.
    ///
    /// Errors: [`Error::NotFound`] for an unknown item, [`Error::Input`] where the items have more
    /// entries than a proof file may hold.
    pub fn proof(&self, items: &[ItemRef], showing: &Showing) -> Result<ProofFile> {
        let (size, checkpoint) = self.head_over(items)?;
        let proven = self.proven(items, size)?;
        let proven_positions =
            proven.iter().flat_map(|item| item.positions.iter().copied()).collect();
        let always = proven.iter().map(|item| format!("{ITEM_PREFIX}{}", item.claim.item));
        let always: BTreeSet<String> = always.collect();
        let (summary_not_proven, claims) =
            proven.into_iter().map(|item| (item.summary, item.claim)).unzip();
        let shown = Shows { positions: proven_positions, always, claims, summary_not_proven };
        self.proof_file(shown, (size, checkpoint), showing)
    }

    /// A proof of the entries of a frozen scope's series: each names its document by its hash.
    ///
    /// Errors: [`Error::NotFound`] if no scope is called so.
    pub fn scope_proof(&self, code: &ScopeCode) -> Result<ProofFile> {
        let series: Vec<(FreezeScope, Position)> =
            self.published().read().masters().scope(code).cloned().collect();
        let Some((_, last)) = series.last() else {
            return Err(Error::NotFound(format!("a frozen scope called {code}")));
        };
        let head = self.head_beyond(*last)?;
        let summary = series.iter().map(|(frozen, _)| {
            let FreezeScope { number, known_at, proven, possible, cleared, .. } = frozen;
            format!(
                "scope {code} number {number} at position {known_at}: {proven} proven, {possible} \
                 possible, {cleared} cleared; document {}",
                frozen.document.sha256
            )
        });
        let shown = Shows {
            positions: series.iter().map(|(_, position)| position.0).collect(),
            always: BTreeSet::new(),
            claims: Vec::new(),
            summary_not_proven: summary.collect(),
        };
        self.proof_file(shown, head, &Showing::default())
    }

    fn proof_file(
        &self,
        shown: Shows,
        (size, checkpoint): (u64, String),
        showing: &Showing,
    ) -> Result<ProofFile> {
        let Shows { mut positions, always, claims, summary_not_proven } = shown;
        let ledger = self.ledger()?;
        self.add_keys_of_signers(&mut positions, &ledger, size)?;
        let people = match showing.persons {
            Persons::Withheld => None,
            Persons::Shown => Some(self.folder().reading().people()?),
        };
        let shower = Shower { ledger: &ledger, size, showing, people, always };
        if positions.len() > ENTRIES_MAX {
            let count = positions.len();
            return Err(Error::Input(format!(
                "the items have {count} entries, a proof file holds at most {ENTRIES_MAX}"
            )));
        }
        let entries = positions.iter().map(|at| shower.entry(*at)).collect::<Result<_>>()?;
        let own = self.published().read().own_entries().to_vec();
        let keys = Shower { showing: &Showing::default(), people: None, ..shower };
        let keys = own
            .iter()
            .filter(|position| position.0 < size)
            .map(|position| keys.entry(position.0))
            .collect::<Result<_>>()?;
        let chain = self.keys();
        Ok(ProofFile {
            format: merkle::proof::Format::V1,
            ledger: self.ledger_id(),
            origin: chain.genesis().origin.clone(),
            claims,
            summary_not_proven,
            checkpoint,
            keys,
            entries,
        })
    }

    /// Adds the entries that say whose the keys are that signed what is shown.
    fn add_keys_of_signers(
        &self,
        positions: &mut BTreeSet<u64>,
        ledger: &LedgerReader,
        size: u64,
    ) -> Result<()> {
        let mut signers = BTreeSet::new();
        for position in positions.iter() {
            let stored = ledger.entry(*position)?;
            let entry = stored.map(|stored| decode(&stored)).transpose()?.flatten();
            signers.extend(entry.and_then(|entry| entry.context.signed).map(|signed| signed.user));
        }
        let state = self.published().read();
        let accounts = signers.iter().filter_map(|user| state.floor().accounts.get(user));
        let keys = accounts.flat_map(|account| account.keys.iter().map(|key| key.since.0));
        positions.extend(keys.filter(|position| *position < size));
        Ok(())
    }

    /// A head that covers all that is recorded of these items and of keys.
    fn head_over(&self, items: &[ItemRef]) -> Result<(u64, String)> {
        let recorded = self.ledger()?.size()?;
        self.published().wait_for(Position(recorded))?;
        let last = {
            let state = self.published().read();
            let found = items.iter().flat_map(|item| state.find(item));
            let touched = found.filter_map(|index| Some(state.at(index)?.last));
            touched.max().unwrap_or(Position(0))
        };
        self.head_beyond(last)
    }

    /// A head that covers an entry and all that is recorded of keys.
    fn head_beyond(&self, last: Position) -> Result<(u64, String)> {
        let own = self.published().read().own_entries().last().copied();
        let last = own.map_or(last, |own| own.max(last));
        if let Some(head) = self.cosigned_over(last.next().0)? {
            return Ok((head.checkpoint.size, head.note.to_string()));
        }
        let (size, checkpoint) = self.publish_head()?;
        self.published().wait_for(Position(size))?;
        Ok((size, checkpoint))
    }

    /// The items with their entries below `size`.
    fn proven(&self, items: &[ItemRef], size: u64) -> Result<Vec<Proven>> {
        let state = self.published().read();
        let mut indexes: BTreeSet<ItemIndex> = BTreeSet::new();
        for item in items {
            let found = state.find(item);
            if found.is_empty() {
                return Err(Error::NotFound(format!("an item called {item}")));
            }
            indexes.extend(found);
        }
        let proven = indexes.into_iter().filter_map(|index| Proven::of(&state, index));
        let mut proven: Vec<Proven> = proven.collect();
        drop(state);
        let views = self.views()?;
        for item in &mut proven {
            item.read_entries(&views, size)?;
        }
        // An item born after the head has nothing to be proven yet.
        proven.retain(|item| item.claim.through_sequence > 0);
        Ok(proven)
    }
}

impl Proven {
    fn of(state: &State, index: ItemIndex) -> Option<Self> {
        let known = state.at(index)?;
        let part = known.part.value.as_ref();
        let part = part.map_or_else(String::new, |part| format!(" of part {part}"));
        let held = state.holds_of(index).next().map_or("", |_| ", on hold");
        let (kind, label, status) =
            (known.kind.word(), known.label(), state.status_of(known).word());
        Some(Self {
            claim: Claim { item: known.id.to_string(), through_sequence: 0 },
            index,
            positions: Vec::new(),
            summary: format!("{kind} {label}{part}, {status}{held}"),
        })
    }

    fn read_entries(&mut self, views: &ViewsReader, size: u64) -> Result<()> {
        let rows = views.item_entries(self.index.0, None, ENTRIES_MAX.saturating_add(1))?;
        for (sequence, position) in rows.into_iter().filter(|(_, position)| *position < size) {
            self.claim.through_sequence = sequence;
            self.positions.push(position);
        }
        let (item, last) = (&self.claim.item, self.claim.through_sequence);
        self.summary.push_str(&format!(": item {item}, its entries 1 to {last}"));
        Ok(())
    }
}

/// Turns stored entries into shown ones.
struct Shower<'a> {
    ledger: &'a LedgerReader,
    size: u64,
    showing: &'a Showing,
    people: Option<PeopleReader>,
    /// Members that no prefix withholds.
    always: BTreeSet<String>,
}

impl Shower<'_> {
    fn entry(&self, position: u64) -> Result<Entry> {
        let stored = self
            .ledger
            .entry(position)?
            .ok_or_else(|| Error::NotFound(format!("the entry at position {position}")))?;
        let inclusion = inclusion_proof(position, self.size, self.ledger)
            .map_err(|why| Error::Tree(crate::chain(&why)))?;
        let members = self.members(&stored)?;
        Ok(Entry { position, log: stored.log, members, inclusion })
    }

    fn members(&self, stored: &StoredEntry) -> Result<Vec<Shown>> {
        let position = stored.position;
        let states =
            decode_members(&stored.members).map_err(|source| Error::Entry { position, source })?;
        states.into_iter().map(|state| self.member(state)).collect()
    }

    fn member(&self, state: MemberState) -> Result<Shown> {
        let member: Option<Member> = match state {
            MemberState::Open(member) => Some(member),
            MemberState::Withheld { digest: _ } => None,
            MemberState::Sealed { name, person, ciphertext } => match &self.people {
                Some(people) => {
                    people.open(&person, &ciphertext)?.and_then(|plain| unsealed(name, &plain))
                }
                None => None,
            },
        };
        let open = |member: &Member| {
            self.always.contains(&member.name)
                || !self
                    .showing
                    .withhold
                    .iter()
                    .any(|begin| member.name.starts_with(begin.as_str()))
        };
        Ok(member.filter(open).map_or(Shown::Withheld, Shown::Open))
    }
}
