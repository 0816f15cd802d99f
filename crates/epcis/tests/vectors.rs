//! Documents and identifiers that others published, and what becomes of each.
//!
//! `vectors.txt` lists every document; `UPDATE=1` rewrites it. The documents lie outside the
//! repository: in `TRACEWRIGHT_VECTORS`, else in `../shared/vectors` beside it.

#![cfg(test)]

#[path = "vectors/published.rs"]
mod published;

use epcis::{Document, Identifier, Problem};
use published::{documents, vectors};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Problems, or findings, of one document that the table shows.
const PROBLEMS_SHOWN_MAX: usize = 6;

/// Why each document outside the `Invalid` folders that is refused, is refused rightly. All of
/// them fail the official schema as well.
const FAULTY: &[(&str, &str)] = &[
    (
        "openepcis-dpp/extensions/eu/battery/epcis/amperia",
        "an action on a transformation, which has none",
    ),
    (
        "openepcis-dpp/extensions/eu/battery/epcis/negative-event",
        "CBV has no error reason \"other\"",
    ),
    ("openepcis-dpp/extensions/upstream/gs1-rail/epcis/wheel", "fields without a namespace"),
    (
        "openepcis-test-resources/2.0/EPCIS/JSON/Capture/Documents/\
         TransactionEvent_with_userExtensions",
        "the schema has no measurement type EffectiveDoseRate",
    ),
    (
        "openepcis-test-resources/2.0/EPCIS/JSON/Query/SensorData_with_combined_events",
        "measurement types the schema has not, and reports without a type",
    ),
    (
        "openepcis-test-resources/2.0/EPCIS/JSON/Query/Queries/SimpleEventQuery",
        "a query, and so not a document",
    ),
];

/// What each document in an `Invalid` folder must be refused for.
const INVALID: &[(&str, &[&str])] = &[
    ("EPCISDocument_without_context", &["missing_field"]),
    ("ObjectEvent_with_invalid_certificationInfo", &["wrong_kind", "wrong_kind"]),
    (
        "Combination_of_multiple_invalid_fields",
        &[
            "unknown_term",
            "unknown_term",
            "unknown_term",
            "unknown_field",
            "not_a_time",
            "unknown_action",
        ],
    ),
    ("ObjectEvent_with_unknown_field_in_quantityList", &["unknown_field"]),
    ("ObjectEvent_without_identifier_list", &["nothing_observed"]),
    ("ObjectEvent_with_ilmd_field_without_namespace", &["unknown_field"]),
    ("Combination_of_non_standard_bizStep_and_disposition", &["unknown_term", "unknown_term"]),
    ("ObjectEvent_with_non_standard_bizStep_in_second_event", &["unknown_term"]),
    (
        "ObjectEvent_without_action_and_eventTime",
        &["missing_field", "missing_field", "missing_field"],
    ),
    ("QueryDocument_with_invalid_action", &["unknown_action"]),
    ("Query_with_invalid_values", &["missing_field"]),
];

#[test]
fn every_published_document_is_judged_as_listed() {
    let Some(root) = vectors() else { return };
    let mut table = String::new();
    for path in documents(&root) {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
        let outcome = Document::parse(&fs::read(&path).unwrap());
        writeln!(table, "{name}").unwrap();
        match &outcome {
            Ok(document) => describe(document, &mut table),
            Err(problems) => list(problems, &mut table),
        }
        judge(name, &outcome, &mut table);
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&golden, &table).unwrap();
    }
    assert_eq!(fs::read_to_string(&golden).unwrap_or_default(), table, "UPDATE=1 rewrites it");
}

fn describe(document: &Document, table: &mut String) {
    let count = document.events.len();
    writeln!(table, "  accepted {count} event{}", if count == 1 { "" } else { "s" }).unwrap();
    for finding in document.findings.iter().take(PROBLEMS_SHOWN_MAX) {
        writeln!(table, "    finding {finding}").unwrap();
    }
    more(document.findings.len(), table);
}

fn list(problems: &[Problem], table: &mut String) {
    for problem in problems.iter().take(PROBLEMS_SHOWN_MAX) {
        writeln!(table, "  refused {problem}").unwrap();
    }
    more(problems.len(), table);
}

fn more(count: usize, table: &mut String) {
    let more = count.saturating_sub(PROBLEMS_SHOWN_MAX);
    if more > 0 {
        writeln!(table, "  and {more} more").unwrap();
    }
}

/// Holds the outcome against what is known of the document.
fn judge(name: &str, outcome: &Result<Document, Vec<Problem>>, table: &mut String) {
    let faulty = FAULTY.iter().find(|(start, _)| name.starts_with(start));
    if name.contains("/Invalid/") {
        let (_, codes) = INVALID.iter().find(|(stem, _)| name.contains(stem)).unwrap();
        let problems = outcome.as_ref().unwrap_err();
        let found: Vec<&str> = problems.iter().map(|problem| problem.code.as_str()).collect();
        assert_eq!(found, *codes, "{name}");
    } else if let Some((_, reason)) = faulty {
        assert!(outcome.is_err(), "{name} is listed as faulty but was accepted");
        writeln!(table, "  rightly: {reason}").unwrap();
    } else if std::env::var_os("UPDATE").is_none() {
        assert!(outcome.is_ok(), "{name} was refused: {outcome:?}");
    }
}

#[test]
fn every_published_uri_has_its_canonical_form() {
    let Some(root) = vectors() else { return };
    let rows = fs::read_to_string(root.join("epcis-event-hash/dl_normaliser.jsonl")).unwrap();
    let mut count = 0;
    for row in rows.lines() {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let input = row["input"].as_str().unwrap();
        let found = Identifier::parse(input).unwrap();
        // What is not convertible stays as it is.
        assert_eq!(found.canonical(), row["canonical"].as_str().unwrap_or(input), "{input}");
        count += 1;
    }
    assert_eq!(count, 35);
}
