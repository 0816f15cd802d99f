//! Every change of an item: who, when, why, old and new.
//!
//! The item is folded once through its entries in the order they became known. After each entry
//! the attributes that it can have changed are compared with what they were.

use std::collections::BTreeMap;

use domain::ItemId;
use domain::act::Act;
use domain::entry::Entry;
use domain::item::{Fold, ItemState};
use genealogy::ItemIndex;
use serde_json::Value;

use super::{AttributeChange, Change};
use crate::query::seen::Seen;
use crate::query::words::why;

type Values = BTreeMap<String, Value>;

impl Seen<'_> {
    /// The changes that the entries of an item made, in order.
    pub(super) fn changes(&self, index: ItemIndex, id: ItemId, history: &[Entry]) -> Vec<Change> {
        let mut before = Values::new();
        let mut state: Option<ItemState> = None;
        let mut changes = Vec::with_capacity(history.len());
        for (count, entry) in history.iter().enumerate() {
            let first = state.is_none();
            let known = &history[..=count];
            let mut item = state.take().unwrap_or_else(|| ItemState::born(entry, id));
            let fold = if first { Fold::Done } else { item.apply(entry) };
            if fold == Fold::Refold || matches!(entry.fact, Act::Correct(_)) {
                item = self.refolded(&item, known);
            }
            let mut after = before.clone();
            if reaches_components(entry) || !matches!(entry.fact, Act::Step(_)) {
                let then = self.known_at(entry.position);
                after = then
                    .attributes(index, &item)
                    .into_iter()
                    .map(|(name, attribute)| (name, attribute.value))
                    .collect();
                let (place, _) = then.place(index, &item);
                after.insert("where".to_owned(), Value::from(place.text));
                self.finish(then);
            } else if let Some(text) = loose(&item) {
                after.insert("where".to_owned(), Value::from(text));
            }
            after.insert("status".to_owned(), Value::from(item.status().word()));
            let component = fitted(entry, id).map(|(old, new)| AttributeChange {
                attribute: "component".to_owned(),
                old: old.map_or(Value::Null, |id| Value::from(self.label(id))),
                new: new.map_or(Value::Null, |id| Value::from(self.label(id))),
            });
            let mut changed = differences(&before, &after);
            changed.extend(component);
            changes.push(self.change(entry, id, changed));
            before = after;
            state = Some(item);
        }
        changes
    }

    fn label(&self, id: ItemId) -> String {
        self.state.item_state(id).map_or_else(|| format!("id:{id}"), ItemState::label)
    }

    /// The item as the entries known so far make it.
    fn refolded(&self, item: &ItemState, known: &[Entry]) -> ItemState {
        let Some((birth, rest)) = known.split_first() else { return item.clone() };
        let by = known.last().unwrap_or(birth).position;
        let live = |entry: &&Entry| {
            self.state.superseded_by(entry.position).is_none_or(|superseded| superseded > by)
        };
        ItemState::refold(birth, item.id, rest.iter().filter(live).collect(), Vec::new())
    }

    fn change(&self, entry: &Entry, id: ItemId, changes: Vec<AttributeChange>) -> Change {
        let context = &entry.context;
        let touch = entry.touches.iter().find(|touch| touch.item == id);
        let refused = match &entry.fact {
            Act::Refuse(refuse) => Some(refuse.code),
            _ => None,
        };
        Change {
            position: entry.position,
            sequence: touch.map_or(0, |touch| touch.sequence),
            act: entry.fact.word().to_owned(),
            summary: self.words(&entry.fact, entry.position),
            performed: context.performed,
            received: entry.received,
            by: context.performed_by.clone(),
            recorded_by: context.recorded_by.clone(),
            why: why(&entry.fact).map(ToOwned::to_owned),
            mode: context.mode,
            refused,
            superseded_by: self.superseded(entry.position),
            changes,
        }
    }
}

/// Where a step left an item that is in nothing.
fn loose(item: &ItemState) -> Option<String> {
    use domain::item::Whereabouts::{InProcess, InStock};
    if let InProcess { station } = &item.whereabouts.value {
        return Some(match station {
            Some(station) => format!("in process at {station}"),
            None => "in process".to_owned(),
        });
    }
    let InStock { place } = &item.whereabouts.value else { return None };
    Some(match place {
        Some(place) => format!("in stock at {place}"),
        None => "in stock".to_owned(),
    })
}

/// Whether a step can put something in: it draws from what is loaded.
fn reaches_components(entry: &Entry) -> bool {
    if let Act::Step(step) = &entry.fact { !step.draws.is_empty() } else { false }
}

/// What a fact took out of an item and put into it.
fn fitted(entry: &Entry, id: ItemId) -> Option<(Option<ItemId>, Option<ItemId>)> {
    if let Act::Install(v) = &entry.fact
        && v.parent == id
    {
        return Some((None, Some(v.component)));
    }
    if let Act::Remove(v) = &entry.fact
        && v.parent == id
    {
        return Some((Some(v.component), None));
    }
    if let Act::Replace(v) = &entry.fact
        && v.parent == id
    {
        return Some((Some(v.old), Some(v.new)));
    }
    None
}

/// What differs from one set of values to another.
pub(super) fn differences(old: &Values, new: &Values) -> Vec<AttributeChange> {
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    let mut changes: Vec<AttributeChange> = names
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| AttributeChange {
            attribute: name.clone(),
            old: old.get(name).cloned().unwrap_or_default(),
            new: new.get(name).cloned().unwrap_or_default(),
        })
        .collect();
    changes.sort_by(|a, b| a.attribute.cmp(&b.attribute));
    changes
}
