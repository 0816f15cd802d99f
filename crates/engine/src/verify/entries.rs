//! One pass over the entries, from the first to the last, tile by tile.
//!
//! Every entry is hashed and pushed into a tree of our own, which is held against the stored tiles
//! and every signed head. Where a row is missing, the stored tile stands in for its leaf, so that
//! the rest can still be judged; where there is no tile, the tree ends there.

use std::collections::BTreeMap;

use domain::act::{AccountEvent, Act};
use domain::entry::{Entry, TYPE_VERSION};
use domain::{PersonCode, Position, Time};
use merkle::Hash;
use merkle::entry::{Header, LedgerId, Member, decode_log};
use merkle::keychain::KeyChain;
use merkle::signature::{SIGNATURE, is_valid};
use merkle::tree::{Edge, TILE_WIDTH, TileId, leaf_hash, root_of};
use store::{LedgerReader, StoredEntry};

use super::commands::Commands;
use super::heads::Heads;
use super::items::Items;
use super::members::Members;
use super::report::{FINDINGS_MAX, Findings, What};
use super::scopes::Scopes;
use super::{Progress, Stage};
use crate::codec::LEDGER_PREFIX;

pub(super) struct Pass<'a> {
    pub(super) ledger: &'a LedgerReader,
    pub(super) size: u64,
    pub(super) found: &'a mut Findings,
    pub(super) heads: Heads,
    pub(super) members: Members,
    pub(super) items: Items,
    pub(super) commands: Commands,
    pub(super) keys: Keys,
    pub(super) tree: Tree,
    pub(super) scopes: Scopes,
    /// The keys of persons so far, and whose they are.
    signers: BTreeMap<String, PersonCode>,
    last_received_us: Option<i64>,
}

/// The ledger's id and keys as its own entries say.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) ledger: Option<LedgerId>,
    pub(super) chain: Option<KeyChain>,
}

/// The tree as far as every leaf is known.
pub(super) struct Tree {
    edge: Edge,
    whole: bool,
    /// Where a stored tile has another hash than the entries: level, tile, place in it.
    suspects: Vec<(TileId, usize)>,
}

impl Tree {
    /// Its root, where every leaf is known.
    pub(super) fn root(&self) -> Option<Hash> {
        self.whole.then(|| self.edge.root())
    }
}

impl<'a> Pass<'a> {
    pub(super) fn new(
        (ledger, size): (&'a LedgerReader, u64),
        found: &'a mut Findings,
        heads: Heads,
        members: Members,
        items: Items,
    ) -> Self {
        Self {
            ledger,
            size,
            found,
            heads,
            members,
            items,
            commands: Commands::default(),
            keys: Keys::default(),
            tree: Tree { edge: Edge::default(), whole: true, suspects: Vec::new() },
            scopes: Scopes::default(),
            signers: BTreeMap::new(),
            last_received_us: None,
        }
    }

    pub(super) fn run(&mut self, progress: &mut dyn FnMut(Progress)) {
        let mut next = 0;
        while next < self.size {
            let end = self.size.min(next.saturating_add(TILE_WIDTH.into()));
            if let Err(error) = self.heads.load(self.ledger, next.saturating_add(1)..=end) {
                self.found.add(What::Checkpoint, format!("signed heads: {}", crate::chain(&error)));
            }
            let mut page = self.page(next, end).into_iter().peekable();
            for position in next..end {
                let row = page.next_if(|row| row.position == position);
                self.row(position, row.as_ref());
            }
            next = end;
            progress(Progress { stage: Stage::Entries, done: next, all: Some(self.size) });
        }
        self.commands.finish(self.ledger, self.size, self.found);
        self.judge_tiles();
        self.found.checked.items = self.items.count();
    }

    /// The rows of a range; what is unreadable or missing is named.
    fn page(&mut self, from: u64, end: u64) -> Vec<StoredEntry> {
        let rows = match self.ledger.entries(from..end, TILE_WIDTH.into()) {
            Ok(rows) => rows,
            Err(_) => (from..end).filter_map(|position| self.one(position)).collect(),
        };
        let mut there = rows.iter().map(|row| row.position).peekable();
        let missing: Vec<u64> = (from..end).filter(|at| there.next_if_eq(at).is_none()).collect();
        for position in missing {
            if !self.unreadable(position) {
                self.found.at(What::Entry, position, "it is missing");
            }
        }
        rows
    }

    fn one(&mut self, position: u64) -> Option<StoredEntry> {
        match self.ledger.entry(position) {
            Ok(row) => row,
            Err(error) => {
                let said = format!("its row cannot be read: {}", crate::chain(&error));
                self.found.at(What::Entry, position, &said);
                None
            }
        }
    }

    fn unreadable(&self, position: u64) -> bool {
        self.ledger.entry(position).is_err()
    }

    fn row(&mut self, position: u64, row: Option<&StoredEntry>) {
        let leaf = match row {
            Some(row) => Some(leaf_hash(&row.log)),
            None => self.kept_leaf(position),
        };
        match leaf {
            Some(leaf) if self.tree.whole => {
                for (tile, hashes) in self.tree.edge.push(leaf) {
                    self.tile(tile, &hashes);
                }
            }
            Some(_) | None => self.tree.whole = false,
        }
        match row {
            Some(row) => {
                self.found.checked.entries = self.found.checked.entries.saturating_add(1);
                self.content(row);
            }
            None => self.commands.pass(self.ledger, self.found),
        }
        let size = position.saturating_add(1);
        if self.heads.wants(size) {
            let root = self.tree.root();
            let chain = self.keys.chain.as_ref();
            self.heads.at((size, root), chain, self.found);
        }
    }

    /// The leaf hash in the stored tile.
    fn kept_leaf(&self, position: u64) -> Option<Hash> {
        let width = u64::from(TILE_WIDTH);
        let tile = TileId { level: 0, index: position.checked_div(width)? };
        let stored = self.ledger.stored_tile(tile).ok().flatten()?;
        let inside = usize::try_from(position.checked_rem(width)?).ok()?;
        stored.hashes.as_chunks::<32>().0.get(inside).copied().map(Hash)
    }

    /// Holds a full tile against the stored one.
    fn tile(&mut self, tile: TileId, hashes: &[Hash]) {
        self.found.checked.tiles = self.found.checked.tiles.saturating_add(1);
        let name = format!("tile {tile}");
        let stored = match self.ledger.stored_tile(tile) {
            Ok(Some(stored)) => stored,
            Ok(None) => {
                self.found.named(What::Tile, &name, "it is missing");
                return;
            }
            Err(error) => {
                self.found.named(What::Tile, &name, &crate::chain(&error));
                return;
            }
        };
        let (kept, rest) = stored.hashes.as_chunks::<32>();
        if kept.len() != hashes.len() || !rest.is_empty() {
            let bytes = stored.hashes.len();
            self.found.named(What::Tile, &name, &format!("it has {bytes} bytes of hashes"));
            return;
        }
        let pairs = kept.iter().zip(hashes).enumerate();
        let differ = pairs.filter(|(_, (kept, hash))| **kept != hash.0).map(|(index, _)| index);
        let room = FINDINGS_MAX.saturating_sub(self.tree.suspects.len());
        self.tree.suspects.extend(differ.take(room).map(|index| (tile, index)));
        let kept: Vec<Hash> = kept.iter().copied().map(Hash).collect();
        if stored.root != root_of(&kept).0 {
            self.found.named(What::Tile, &name, "its root is not the one of its hashes");
        }
    }

    /// Says of each difference whether the tile or the entry is wrong: the signed head decides.
    fn judge_tiles(&mut self) {
        let width = u64::from(TILE_WIDTH);
        for (tile, index) in std::mem::take(&mut self.tree.suspects) {
            let place = u64::try_from(index).unwrap_or(u64::MAX);
            let below = tile.index.saturating_mul(width).saturating_add(place);
            if tile.level == 0 && !self.heads.authentic {
                let said = format!("its log bytes are not those whose hash is in tile {tile}");
                self.found.at(What::Entry, below, &said);
            } else if self.heads.authentic {
                let of = match tile.level.checked_sub(1) {
                    None => format!("entry {below}"),
                    Some(level) => format!("tile {}", TileId { level, index: below }),
                };
                let said = format!("its hash number {index} is not the one of {of}");
                self.found.named(What::Tile, &format!("tile {tile}"), &said);
            }
        }
        self.strange_tiles();
    }

    /// Tiles of more entries than there are.
    fn strange_tiles(&mut self) {
        for level in 0..8_u8 {
            let counted = self.ledger.size().and_then(|size| {
                let shift = u32::from(level).saturating_add(1).saturating_mul(8);
                let full = size.checked_shr(shift).unwrap_or(0);
                self.ledger.count_tiles(level, full)
            });
            match counted {
                Ok((_, 0)) => {}
                Ok((_, strange)) => {
                    let said = format!("{strange} tiles are of more entries than there are");
                    self.found.named(What::Tile, &format!("level {level}"), &said);
                }
                Err(error) => self.found.add(What::Tile, crate::chain(&error)),
            }
        }
    }

    /// Checks what an entry says.
    fn content(&mut self, row: &StoredEntry) {
        let position = row.position;
        let (header, digests) = match decode_log(&row.log) {
            Ok(read) => read,
            Err(why) => {
                let said = format!("its log bytes cannot be read: {why}");
                self.found.at(What::Entry, position, &said);
                self.commands.pass(self.ledger, self.found);
                return;
            }
        };
        self.header(row, &header);
        let members = self.members.check(row, &digests, self.found);
        if header.entry_type.starts_with(LEDGER_PREFIX) || position == 0 {
            self.commands.end_run(self.ledger, self.found);
            self.items.own(position);
            self.key_entry(&header, &members.unwrap_or_default());
            return;
        }
        let read = members.filter(|_| header.position == position);
        let signature = read.as_deref().and_then(<[Member]>::last).cloned();
        match read.and_then(|members| self.fact(&header, &members)) {
            Some(entry) => {
                let signature = signature.filter(|member| member.name == SIGNATURE);
                self.signed((&entry, &header), signature.as_ref(), &digests);
                self.said(&entry);
            }
            None => self.commands.pass(self.ledger, self.found),
        }
    }

    fn header(&mut self, row: &StoredEntry, header: &Header) {
        let position = row.position;
        let Header { ledger, position: said, received_us, entry_type: _, type_version } = header;
        let mut wrong = Vec::new();
        if *said != position {
            wrong.push(format!("its log bytes are those of entry {said}"));
        }
        if self.keys.ledger.get_or_insert(*ledger) != ledger {
            wrong.push(format!("it is an entry of ledger {ledger}"));
        }
        if *received_us != row.received_us {
            let kept = row.received_us;
            wrong.push(format!("{kept} µs is kept as its time, its log bytes say {received_us}"));
        }
        if let Some(before) = self.last_received_us.filter(|before| before >= received_us) {
            wrong.push(format!("it came at {received_us} µs, the one before it at {before}"));
        }
        if *type_version != TYPE_VERSION {
            wrong.push(format!("version {type_version} of its type is not known"));
        }
        self.last_received_us = Some(*received_us);
        for said in wrong {
            self.found.at(What::Entry, position, &said);
        }
    }

    fn key_entry(&mut self, header: &Header, members: &[Member]) {
        let position = header.position;
        let taken = match &mut self.keys.chain {
            None if position == 0 => KeyChain::from_entries([(header, members)])
                .map(|chain| self.keys.chain = Some(chain)),
            None => return,
            Some(chain) => chain.push(header, members),
        };
        if let Err(why) = taken {
            self.found.at(What::Key, position, &why.to_string());
        }
    }

    fn fact(&mut self, header: &Header, members: &[Member]) -> Option<Entry> {
        let position = header.position;
        let texts = members.iter().map(|member| {
            (member.name.as_str(), std::str::from_utf8(&member.value).unwrap_or_default())
        });
        let (at, received) = (Position(position), Time(header.received_us));
        match Entry::from_members(at, received, &header.entry_type, texts) {
            Ok(entry) => Some(entry),
            Err(why) => {
                self.found.at(What::Fact, position, &why.to_string());
                None
            }
        }
    }

    /// Checks the signature of a person, and that the key was that person's before.
    fn signed(
        &mut self,
        (entry, header): (&Entry, &Header),
        signature: Option<&Member>,
        digests: &[Hash],
    ) {
        let position = entry.position.0;
        if let Act::NoteAccount(note) = &entry.fact
            && note.event == AccountEvent::KeyRegistered
            && let (Some(key), Some(person)) = (&note.new, &note.person)
        {
            self.signers.insert(key.clone(), person.clone());
        }
        let (signed, others) = match (&entry.context.signed, digests.split_last()) {
            (None, _) if signature.is_none() => return,
            (Some(signed), Some((_, others))) => (signed, others),
            _ => {
                self.found.at(What::Signature, position, "it is signed by nobody");
                return;
            }
        };
        let key = signed.key.parse().ok();
        let valid = |key| signature.is_some_and(|m| is_valid(key, &m.value, header, others));
        if !key.is_some_and(valid) {
            self.found.at(What::Signature, position, "its signature is not valid");
        }
        if self.signers.get(&signed.key) != Some(&signed.signer) {
            let said = format!("no entry before says that its key is one of {}", signed.signer);
            self.found.at(What::Signature, position, &said);
        }
    }

    /// Checks what a fact says against what was said before it.
    fn said(&mut self, entry: &Entry) {
        self.items.check(entry, self.found);
        self.commands.check(entry, self.ledger, self.found);
        if let Act::FreezeScope(frozen) = &entry.fact {
            self.scopes.note(frozen);
        }
        if let Act::Erase(erase) = &entry.fact {
            self.members.erased(entry.position.0, erase.person.as_str(), self.found);
        }
    }
}
