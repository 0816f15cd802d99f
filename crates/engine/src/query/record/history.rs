//! Every change of an item: who, when, why, old and new.
//!
//! The item is folded once through its entries in the order they became known. After each entry
//! the attributes that it can have changed are compared with what they were just before. What an
//! item is in has a history of its own: a package put on a pallet shows there.

use std::collections::BTreeMap;

use domain::act::Act;
use domain::entry::Entry;
use domain::item::{Fold, ItemState};
use domain::{ItemId, Position};
use genealogy::ItemIndex;
use serde_json::Value;

use super::{AttributeChange, Change};
use crate::query::seen::Seen;
use crate::query::words::why;

type Values = BTreeMap<String, Value>;

impl Seen<'_> {
    /// The changes that the entries of an item made, in order.
    pub(in crate::query) fn changes(
        &self,
        index: ItemIndex,
        id: ItemId,
        history: &[Entry],
    ) -> Vec<Change> {
        let mut state: Option<ItemState> = None;
        let mut changes = Vec::with_capacity(history.len());
        for (count, entry) in history.iter().enumerate() {
            let after = self.after(state.as_ref(), id, &history[..=count]);
            let mut changed = self.changed(index, (state.as_ref(), &after), entry);
            changed.extend(fitted(entry, id).map(|(old, new)| AttributeChange {
                attribute: "component".to_owned(),
                old: old.map_or(Value::Null, |id| Value::from(self.label(id))),
                new: new.map_or(Value::Null, |id| Value::from(self.label(id))),
            }));
            changes.push(self.change(entry, id, changed));
            state = Some(after);
        }
        changes
    }

    /// What an entry changed of an item.
    fn changed(
        &self,
        index: ItemIndex,
        (before, after): (Option<&ItemState>, &ItemState),
        entry: &Entry,
    ) -> Vec<AttributeChange> {
        if moves_only(entry) {
            let stays = |before: &ItemState| {
                before.whereabouts.value == after.whereabouts.value
                    && before.status() == after.status()
            };
            if before.is_some_and(stays) {
                return Vec::new();
            }
            return differences(&loose(before), &loose(Some(after)));
        }
        let until = Position(entry.position.0.saturating_sub(1));
        let before = before.map(|before| self.values(index, before, until));
        let after = self.values(index, after, entry.position);
        differences(&before.unwrap_or_default(), &after)
    }

    /// The item after the last of the entries known so far.
    fn after(&self, before: Option<&ItemState>, id: ItemId, known: &[Entry]) -> ItemState {
        let entry = known.last().expect("invariant: asked for an entry that is known");
        let Some(before) = before else { return ItemState::born(entry, id) };
        let mut item = before.clone();
        let fold = item.apply(entry);
        if fold == Fold::Refold || matches!(entry.fact, Act::Correct(_)) {
            item = self.refolded(&item, known);
        }
        item
    }

    /// The attributes of an item as they were known at a position, where it was and its status.
    fn values(&self, index: ItemIndex, item: &ItemState, position: Position) -> Values {
        let then = self.known_at(position);
        let attributes = then.attributes(index, item).into_iter();
        let mut values: Values = attributes.map(|(name, found)| (name, found.value)).collect();
        let (place, status) = then.own_place(item);
        values.insert("where".to_owned(), Value::from(place));
        values.insert("status".to_owned(), Value::from(status.word()));
        self.finish(then);
        values
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

/// Whether a fact can change no more of an item than where it is and its status: a step that draws
/// nothing.
fn moves_only(entry: &Entry) -> bool {
    if let Act::Step(step) = &entry.fact { step.draws.is_empty() } else { false }
}

/// Where a step left an item that is in nothing, and its status.
fn loose(item: Option<&ItemState>) -> Values {
    use domain::item::Whereabouts::{InProcess, InStock};
    let mut values = Values::new();
    let Some(item) = item else { return values };
    let place = match &item.whereabouts.value {
        InProcess { station: Some(station) } => format!("in process at {station}"),
        InProcess { station: None } => "in process".to_owned(),
        InStock { place: Some(place) } => format!("in stock at {place}"),
        InStock { place: None } => "in stock".to_owned(),
        _ => return values,
    };
    values.insert("where".to_owned(), Value::from(place));
    values.insert("status".to_owned(), Value::from(item.status().word()));
    values
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
