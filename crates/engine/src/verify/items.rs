//! The sequences of items, and what entries point at.
//!
//! Memory: an item's id, last sequence number and last position; nothing per entry.

use std::collections::{BTreeSet, HashMap};

use domain::entry::{Entry, Touch};
use domain::{ItemId, Position};
use merkle::Hash;
use store::FileReader;

use super::names::{Named, named};
use super::report::{Findings, What};

pub(super) struct Items {
    last: HashMap<ItemId, (u64, Position)>,
    /// The ledger's own entries, which no fact points at.
    own: BTreeSet<Position>,
    files: FileReader,
}

impl Items {
    pub(super) fn new(files: FileReader) -> Self {
        Self { last: HashMap::new(), own: BTreeSet::new(), files }
    }

    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.last.len()).unwrap_or(u64::MAX)
    }

    /// Takes note of an entry of the ledger's own.
    pub(super) fn own(&mut self, position: u64) {
        self.own.insert(Position(position));
    }

    /// Checks the places of an entry in the sequences of its items, and what it points at.
    pub(super) fn check(&mut self, entry: &Entry, found: &mut Findings) {
        let position = entry.position.0;
        for touch in &entry.touches {
            self.touch(entry.position, touch, found);
        }
        for id in entry.born() {
            if !entry.touches.iter().any(|touch| touch.item == id) {
                let said = "it brings the item into being and does not say so";
                found.of_item(What::Sequence, position, &id.to_string(), said);
            }
        }
        let unknown = entry.fact.items().into_iter().filter(|id| !self.last.contains_key(id));
        for id in unknown.collect::<BTreeSet<_>>() {
            let said = "it points at an item that is not there";
            found.of_item(What::Reference, position, &id.to_string(), said);
        }
        let Named { entries, files } = named(&entry.fact);
        for other in entries.into_iter().chain(entry.context.follows) {
            if other >= entry.position || self.own.contains(&other) {
                let said = format!("it points at entry {other}, which is no fact before it");
                found.at(What::Reference, position, &said);
            }
        }
        let shown = entry.context.signed.as_ref().and_then(|signed| signed.shown.clone());
        let shown = shown.map(|sha256| domain::FileRef { sha256, name: None });
        for file in files.into_iter().chain(&shown) {
            let there = Hash::from_hex(&file.sha256).is_some_and(|hash| self.files.contains(hash));
            if !there {
                let said = format!("the file {} it names is not in files/", file.sha256);
                found.at(What::File, position, &said);
            }
        }
    }

    fn touch(&mut self, position: Position, touch: &Touch, found: &mut Findings) {
        let Touch { item, sequence, previous } = *touch;
        let said = match self.last.insert(item, (sequence, position)) {
            Some((last, at)) if sequence == last.saturating_add(1) => (previous != Some(at))
                .then(|| format!("its entry before is {at}, and not {}", or_none(previous))),
            Some((last, at)) => Some(format!(
                "it is number {sequence} of the item's entries, after number {last} (entry {at})"
            )),
            None if sequence == 1 && previous.is_none() && item.birth == position => None,
            None if item.birth == position => {
                Some(format!("the item is born with number {sequence}, not with number 1"))
            }
            None => Some(format!(
                "it is number {sequence} of the item's entries, and none came before; the item's \
                 birth would be entry {}",
                item.birth
            )),
        };
        if let Some(said) = said {
            found.of_item(What::Sequence, position.0, &item.to_string(), &said);
        }
    }
}

fn or_none(position: Option<Position>) -> String {
    position.map_or_else(|| "none".to_owned(), |position| position.to_string())
}
