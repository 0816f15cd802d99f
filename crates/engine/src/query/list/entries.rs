//! Lists of entries: of one item by its chain, else the ledger from its end.

use std::collections::BTreeSet;

use domain::Position;
use domain::entry::Entry;

use serde_json::Value;

use super::{EntriesAsk, EntryRow, Page, cursor, page_size};
use crate::codec::decode;
use crate::error::{Error, Result};
use crate::plant::Plant;
use crate::query::seen::Seen;
use crate::query::words::why;

/// Entries read at once.
const READ: u64 = 512;
/// Entries looked at for one page: about a second; a page cut short there says where to go on.
const LOOKED_AT_MAX: u64 = 65_536;

impl Plant {
    /// A page of entries, newest first. A page with filters may be short, even empty, and still
    /// have a next one.
    ///
    /// Errors: [`Error::Input`] if the cursor does not read; [`Error::NotFound`] if the item is
    /// not known.
    pub fn entries(&self, ask: &EntriesAsk) -> Result<Page<EntryRow>> {
        let before: Option<u64> = cursor(ask.after.as_deref())?;
        let mut page = self.see((None, None), |seen| {
            let before = before.unwrap_or(u64::MAX).min(seen.state.next().0);
            match &ask.item {
                Some(item) => {
                    let (found, note) = seen.named(item)?;
                    let histories: Vec<_> =
                        found.into_iter().map(|index| seen.history(index)).collect();
                    let mut entries: Vec<&Entry> =
                        histories.iter().flat_map(|history| &**history).collect();
                    entries.sort_by_key(|entry| std::cmp::Reverse(entry.position));
                    entries.dedup_by_key(|entry| entry.position);
                    let rows = entries.into_iter().filter(|entry| entry.position.0 < before);
                    let rows = rows.filter(|entry| ask.fits(entry));
                    let rows = rows.map(|entry| seen.entry_row(entry));
                    let size = page_size(ask.limit);
                    let page = Page::of(seen.at(), rows, size, |row| row.position.to_string());
                    Ok(Page { notes: note.into_iter().collect(), ..page })
                }
                None => seen.latest(ask, before),
            }
        })?;
        let signed = page.items.iter_mut().map(|row| (row.position, &mut row.signature));
        self.name_signers(signed.collect())?;
        Ok(page)
    }

    /// One entry.
    ///
    /// Errors: [`Error::NotFound`] if there is no fact at that position.
    pub fn entry(&self, position: Position) -> Result<EntryRow> {
        let mut row = self.see((None, None), |seen| {
            let entry = seen.entry(position).filter(|_| position < seen.state.next());
            entry
                .map(|entry| seen.entry_row(&entry))
                .ok_or_else(|| Error::NotFound(format!("a fact at position {position}")))
        })?;
        self.name_signers(vec![(position, &mut row.signature)])?;
        Ok(row)
    }
}

/// The members in which two facts differ, of each; what one does not have is null there.
fn changed(old: &Value, new: &Value) -> (Value, Value) {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return (old.clone(), new.clone());
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differing = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    let of = |fact: &serde_json::Map<String, Value>, name: &String| {
        (name.clone(), fact.get(name).cloned().unwrap_or_default())
    };
    let pairs: Vec<_> = differing.map(|name| (of(old, name), of(new, name))).collect();
    let (old, new): (serde_json::Map<_, _>, serde_json::Map<_, _>) = pairs.into_iter().unzip();
    (Value::Object(old), Value::Object(new))
}

impl EntriesAsk {
    fn fits(&self, entry: &Entry) -> bool {
        let context = &entry.context;
        let by = |by: &String| {
            *by == context.recorded_by
                || context.performed_by.as_ref().is_some_and(|own| own.as_str() == by)
        };
        self.act.as_ref().is_none_or(|act| act == entry.fact.word())
            && self.by.as_ref().is_none_or(by)
            && self.station.as_ref().is_none_or(|at| context.station.as_ref() == Some(at))
            && self.from.is_none_or(|from| context.performed.to >= from)
            && self.to.is_none_or(|to| context.performed.from <= to)
    }
}

impl Seen<'_> {
    fn latest(&self, ask: &EntriesAsk, before: u64) -> Result<Page<EntryRow>> {
        let size = page_size(ask.limit);
        let mut page = Page { at: self.at(), notes: Vec::new(), items: Vec::new(), next: None };
        let stop = before.saturating_sub(LOOKED_AT_MAX);
        let mut to = before;
        while to > stop {
            let from = to.saturating_sub(READ).max(stop);
            let stored = self.ledger().entries(from..to, usize::MAX)?;
            let read: Result<Vec<Option<Entry>>> = stored.iter().rev().map(decode).collect();
            let fitting = read?.into_iter().flatten().filter(|entry| ask.fits(entry));
            let room = size.saturating_sub(page.items.len());
            page.items.extend(fitting.take(room).map(|entry| self.entry_row(&entry)));
            if page.items.len() == size {
                page.next = page.items.last().map(|row| row.position.to_string());
                return Ok(page);
            }
            to = from;
        }
        page.next = (stop > 0).then(|| stop.to_string());
        Ok(page)
    }

    /// What a definition changed: the entry before it, and the members that differ.
    fn redefined(
        &self,
        entry: &Entry,
        now: &Value,
    ) -> (Option<Position>, Option<Value>, Option<Value>) {
        let Some(before) = self.state.defined_before(&entry.fact, entry.position) else {
            return (None, None, None);
        };
        let was = self.entry(before).and_then(|entry| serde_json::to_value(entry.fact).ok());
        let (old, new) = changed(&was.unwrap_or_default(), now);
        (Some(before), Some(old), Some(new))
    }

    fn entry_row(&self, entry: &Entry) -> EntryRow {
        let context = &entry.context;
        let fact = serde_json::to_value(&entry.fact).unwrap_or_default();
        let (redefines, old, new) = self.redefined(entry, &fact);
        EntryRow {
            position: entry.position,
            act: entry.fact.word().to_owned(),
            summary: self.words(&entry.fact, entry.position),
            performed: context.performed,
            received: entry.received,
            by: context.performed_by.clone(),
            recorded_by: context.recorded_by.clone(),
            why: why(&entry.fact).map(ToOwned::to_owned),
            mode: context.mode,
            station: context.station.clone(),
            equipment: context.equipment.clone(),
            signature: self.signature(entry),
            superseded_by: self.superseded(entry.position),
            items: self.names(entry.touches.iter().map(|touch| touch.item)),
            fact,
            redefines,
            old,
            new,
        }
    }
}
