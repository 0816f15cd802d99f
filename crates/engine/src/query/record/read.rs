//! Reading the record of an item at a moment.

use std::collections::{BTreeMap, HashMap};

use domain::Position;
use domain::act::Act;
use domain::entry::Entry;
use domain::item::ItemState;
use genealogy::ItemIndex;
use serde_json::Value;

use super::history::differences;
use super::{
    Component, Difference, Measured, NameLine, Provenance, RecordAnswer, RecordAsk, SignedLine,
};
use crate::error::{Error, Result};
use crate::plant::Plant;
use crate::query::seen::Seen;

impl Plant {
    /// The manufacturing record of an item: of all that share a bare name, the others beside.
    ///
    /// Errors: [`Error::NotFound`] if the reference fits no item that is seen at that moment.
    pub fn record(&self, ask: &RecordAsk) -> Result<RecordAnswer> {
        let mut answer = self.see((ask.as_of, ask.known_at), |seen| {
            let (found, note) = seen.named(&ask.item)?;
            let mut records = found.into_iter().filter_map(|index| seen.record(index, ask));
            let mut first = records.next().ok_or_else(|| Error::NotFound(ask.item.to_string()))?;
            first.notes.extend(note);
            first.others = records.collect();
            Ok(first)
        })?;
        if let Some(moment) = ask.compare {
            self.see((moment.as_of, moment.known_at), |seen| {
                seen.compare(&mut answer, moment.as_of);
                Ok(())
            })?;
        }
        let others = answer.others.iter_mut().flat_map(|other| &mut other.signatures);
        let lines = answer.signatures.iter_mut().chain(others);
        let signed = lines.map(|line| (line.position, &mut line.signature));
        self.name_signers(signed.collect())?;
        Ok(answer)
    }
}

impl Seen<'_> {
    pub(in crate::query) fn signed(&self, entry: &Entry) -> Option<SignedLine> {
        let signature = Some(self.signature(entry)?);
        let summary = self.words(&entry.fact, entry.position);
        Some(SignedLine { position: entry.position, summary, signature })
    }

    fn record(&self, index: ItemIndex, ask: &RecordAsk) -> Option<RecordAnswer> {
        let item = self.item(index)?;
        let history = self.history(index);
        let (place, status) = self.place(index, item);
        let attributes = self.attributes(index, item);
        let by_position: HashMap<Position, &Entry> =
            history.iter().map(|entry| (entry.position, entry)).collect();
        let provenance = attributes
            .iter()
            .filter_map(|(name, attribute)| {
                let own = by_position.get(&attribute.by).map(|entry| provenance(entry));
                let said = own.or_else(|| self.entry(attribute.by).as_ref().map(provenance))?;
                Some((name.clone(), said))
            })
            .collect();
        let live = history.iter().filter(|entry| self.holds_true(entry));
        let mut measures: Vec<Measured> = live.flat_map(|entry| measured(entry, item)).collect();
        measures.sort_by_key(|measured| (measured.performed.to, measured.position));
        let contents = if item.kind.is_container() { self.contents(index) } else { Vec::new() };
        Some(RecordAnswer {
            at: self.at(),
            notes: Vec::new(),
            item: item.id,
            kind: item.kind,
            serial_number: item.name_in(domain::scheme::SERIAL_NUMBER).map(ToOwned::to_owned),
            label: item.label(),
            as_of: ask.as_of,
            known_at: self.view.known_at,
            attributes: attributes.into_iter().map(|(name, found)| (name, found.value)).collect(),
            provenance,
            identifiers: item.names.iter().map(NameLine::of).collect(),
            status,
            place,
            holds: self.holds_over(index, item).into_iter().cloned().collect(),
            components: self.components(index),
            contents: contents.into_iter().map(|inner| self.name(inner)).collect(),
            balance: self.balance_of(item),
            measures,
            exceptions: self.exceptions_on(item),
            history: if ask.history { self.changes(index, item.id, &history) } else { Vec::new() },
            signatures: history.iter().filter_map(|entry| self.signed(entry)).collect(),
            difference: None,
            others: Vec::new(),
        })
    }

    /// What is or was in an item, one level deep, in the order it went in.
    pub(in crate::query) fn components(&self, index: ItemIndex) -> Vec<Component> {
        let graph = self.state.graph();
        let inputs = graph.inputs(index).filter(|edge| graph.is_visible(*edge, self.view));
        let mut components: Vec<Component> = inputs
            .map(|at| {
                let edge = graph.edge(at);
                let part = self.part_of(edge.input).cloned();
                Component {
                    item: self.name(edge.input),
                    part,
                    how: edge.kind,
                    quantity: edge.quantity,
                    performed: edge.performed,
                    position: edge.source,
                    certain: graph.is_proven(at, self.view),
                    removed: graph.removal(at, self.view).map(|removed| removed.performed),
                }
            })
            .collect();
        components.sort_by_key(|component| (component.performed.to, component.position));
        components
    }

    fn exceptions_on(&self, item: &ItemState) -> Vec<Position> {
        let exceptions = self.state.exceptions().iter();
        exceptions
            .filter(|(position, _)| self.view.knows(**position))
            .filter(|(_, exception)| exception.fact.items.contains(&item.id))
            .map(|(position, _)| *position)
            .collect()
    }

    /// Says of a record, and of the others beside it, what differs in this view.
    fn compare(&self, record: &mut RecordAnswer, as_of: Option<domain::Time>) {
        record.difference = Some(self.difference(record, as_of));
        record.others.iter_mut().for_each(|other| self.compare(other, as_of));
    }

    /// What differs in this view from a record of another moment.
    fn difference(&self, record: &RecordAnswer, as_of: Option<domain::Time>) -> Difference {
        let index = self.index_of(record.item);
        let seen = index.and_then(|index| Some((index, self.item(index)?)));
        let mut old = BTreeMap::new();
        if let Some((index, item)) = seen {
            let attributes = self.attributes(index, item).into_iter();
            old = attributes.map(|(name, found)| (name, found.value)).collect();
            let (place, status) = self.place(index, item);
            old.insert("status".to_owned(), Value::from(status.word()));
            old.insert("where".to_owned(), Value::from(place.text));
            old.insert("components".to_owned(), listed(&self.components(index)));
        }
        let mut new = record.attributes.clone();
        new.insert("status".to_owned(), Value::from(record.status.word()));
        new.insert("where".to_owned(), Value::from(record.place.text.clone()));
        new.insert("components".to_owned(), listed(&record.components));
        let changes = differences(&old, &new);
        Difference { as_of, known_at: self.view.known_at, changes }
    }
}

fn provenance(entry: &Entry) -> Provenance {
    Provenance {
        position: entry.position,
        performed: entry.context.performed,
        received: entry.received,
        by: entry.context.performed_by.clone(),
        recorded_by: entry.context.recorded_by.clone(),
    }
}

impl NameLine {
    fn of(name: &domain::item::Name) -> Self {
        Self {
            identifier: name.identifier.clone(),
            added: name.added.position,
            withdrawn: name.withdrawn.map(|stamp| stamp.position),
        }
    }
}

/// What is in an item now, as a value to compare.
fn listed(components: &[Component]) -> Value {
    let held = components.iter().filter(|component| component.removed.is_none());
    Value::from(held.map(|component| component.item.label.clone()).collect::<Vec<_>>())
}

/// What an entry says was measured on an item.
fn measured(entry: &Entry, item: &ItemState) -> Vec<Measured> {
    let Act::Step(step) = &entry.fact else { return Vec::new() };
    let measures = step.measures.iter();
    measures
        .filter(|measure| measure.item.is_none_or(|on| on == item.id))
        .map(|measure| Measured {
            name: measure.name.clone(),
            value: measure.value,
            unit: measure.unit.clone(),
            low: measure.low,
            high: measure.high,
            in_limits: measure.in_limits(),
            operation: step.operation.clone(),
            outcome: step.outcome,
            performed: entry.context.performed,
            position: entry.position,
        })
        .collect()
}
