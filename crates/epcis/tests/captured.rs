//! What the events that others published become, in words.
//!
//! `captured.txt` lists every event of every accepted document; `UPDATE=1` rewrites it.

#![cfg(test)]

#[path = "capture/plant.rs"]
mod plant;
#[path = "vectors/published.rs"]
mod published;

use epcis::document::event::{Action, What};
use epcis::{Document, Event};
use plant::Plant;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

#[test]
fn every_published_event_becomes_reports_the_rules_admit() {
    let Some(root) = published::vectors() else { return };
    let mut table = String::new();
    for path in published::documents(&root) {
        let Ok(document) = Document::parse(&fs::read(&path).unwrap()) else { continue };
        writeln!(table, "{}", path.strip_prefix(&root).unwrap().display()).unwrap();
        let mut plant = Plant::default();
        for event in &document.events {
            let (words, found) = plant.capture(event).unwrap();
            writeln!(table, "  {} -> {words}", kind(event)).unwrap();
            for finding in found {
                writeln!(table, "    {} {}", finding.code, finding.detail).unwrap();
            }
        }
        // The same document again changes nothing.
        for event in &document.events {
            assert_eq!(plant.capture(event).unwrap().0, "nothing", "{}", path.display());
        }
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captured.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&golden, &table).unwrap();
    }
    assert_eq!(fs::read_to_string(&golden).unwrap_or_default(), table, "UPDATE=1 rewrites it");
}

/// Kind, action and business step of an event.
fn kind(event: &Event) -> String {
    let (name, action) = match &event.what {
        What::Object { action, .. } => ("ObjectEvent", Some(action)),
        What::Aggregation { action, .. } => ("AggregationEvent", Some(action)),
        What::Association { action, .. } => ("AssociationEvent", Some(action)),
        What::Transaction { action, .. } => ("TransactionEvent", Some(action)),
        What::Transformation { .. } => ("TransformationEvent", None),
        What::Extended { name, .. } => (name.as_str(), None),
    };
    let action = action.map(|action| match action {
        Action::Add => "ADD",
        Action::Observe => "OBSERVE",
        Action::Delete => "DELETE",
    });
    let step = event.biz_step.as_ref().map(|term| term.as_str());
    [Some(name), action, step].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
