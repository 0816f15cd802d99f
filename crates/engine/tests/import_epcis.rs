//! EPCIS documents through a real plant: every document others published, and what became of it.
//!
//! `epcis_documents.txt` lists them; `UPDATE=1` rewrites it. The documents lie outside the
//! repository: in `TRACEWRIGHT_VECTORS`, else in `../shared/vectors` beside it.

#![cfg(test)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use domain::ItemRef;
use engine::{Clock, ImportAnswer, ImportAsk, Options, Plant};

/// Where documents are looked for.
const FOLDERS: &[&str] = &[
    "gs1-epcis-examples/JSON",
    "openepcis-test-resources/2.0/EPCIS/JSON",
    "openepcis-dpp/extensions",
];
/// Rejected events and notes of one document that the table shows.
const SHOWN_MAX: usize = 3;

/// At a time of its own, so that an event is in the future on whatever day the tests run.
fn open(folder: &Path) -> Plant {
    let clock = Clock::of(|| "2026-01-01T00:00:00Z".parse().unwrap());
    Plant::open(folder, &Options { clock, ..Options::default() }, |_| {}).unwrap()
}

fn import(plant: &Plant, source: &Path) -> ImportAnswer {
    let ask = ImportAsk {
        source: source.to_owned(),
        format: engine::ImportFormat::Epcis,
        skip_bad: true,
        by: "test".to_owned(),
        ..ImportAsk::default()
    };
    plant.import(&ask, &mut |_| {}, &|| false).unwrap()
}

fn size(plant: &Plant) -> u64 {
    plant.at()[0].position.0
}

#[expect(clippy::disallowed_methods, reason = "a test is told by its caller where vectors lie")]
fn vectors() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let folder = std::env::var("TRACEWRIGHT_VECTORS").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

#[expect(clippy::disallowed_methods, reason = "goldens are rewritten on the caller's word")]
fn is_update() -> bool {
    std::env::var("UPDATE").is_ok()
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(listed) = fs::read_dir(folder) else { return };
    for path in listed.map(|entry| entry.unwrap().path()) {
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            documents(&path, found);
        } else if matches!(extension, Some("json" | "jsonld")) && is_event(&path) {
            found.push(path);
        }
    }
}

/// Contexts, schemas and vocabularies lie beside the documents.
fn is_event(path: &Path) -> bool {
    let text = fs::read_to_string(path).unwrap_or_default();
    ["EPCISDocument", "EPCISQueryDocument", "\"eventTime\""].iter().any(|word| text.contains(word))
}

#[test]
fn every_published_document_and_what_became_of_it() {
    let Some(vectors) = vectors() else {
        println!("skipped: there are no vectors here; TRACEWRIGHT_VECTORS names their folder");
        return;
    };
    let mut paths = Vec::new();
    FOLDERS.iter().for_each(|folder| documents(&vectors.join(folder), &mut paths));
    paths.sort();
    assert!(paths.len() > 80, "only {} documents", paths.len());
    let folder = tempfile::tempdir().unwrap();
    let plant = open(&folder.path().join("plant"));
    let mut table = String::new();
    for path in &paths {
        let name = path.strip_prefix(&vectors).unwrap().to_string_lossy().replace('\\', "/");
        let before = size(&plant);
        let answer = import(&plant, path);
        writeln!(table, "{name}").unwrap();
        writeln!(
            table,
            "  imported {}, unchanged {}, rejected {}, exceptions {}, entries {}",
            answer.imported,
            answer.unchanged,
            answer.rejected_count,
            answer.exceptions,
            size(&plant) - before
        )
        .unwrap();
        for rejected in answer.rejected.iter().take(SHOWN_MAX) {
            let at = rejected.column.as_deref().unwrap_or("the document");
            writeln!(table, "  {} {at}: {}", rejected.code, rejected.reason).unwrap();
        }
        for note in answer.notes.iter().take(SHOWN_MAX) {
            writeln!(table, "  note: {note}").unwrap();
        }
    }
    let stands = size(&plant);
    for path in &paths {
        let again = import(&plant, path);
        assert_eq!(again.imported, 0, "{}: {again:?}", path.display());
    }
    assert_eq!(size(&plant), stands, "a second time changes nothing");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/epcis_documents.txt");
    if is_update() {
        fs::write(&golden, &table).unwrap();
    }
    let wanted = fs::read_to_string(&golden).unwrap_or_default();
    assert!(wanted == table, "what became of the documents changed; UPDATE=1 rewrites the table");
}

const PACKED: &str = r#"{
 "@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
 "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2024-05-01T10:00:00Z",
 "epcisBody": {"eventList": [
  {"type": "ObjectEvent", "eventID": "ni:///sha-256;01?ver=CBV2.0", "action": "ADD",
   "bizStep": "commissioning", "eventTime": "2024-05-01T08:00:00Z",
   "eventTimeZoneOffset": "+00:00",
   "epcList": ["https://id.gs1.org/01/09521141123454/21/SN-1"]},
  {"type": "AggregationEvent", "eventID": "ni:///sha-256;02?ver=CBV2.0", "action": "ADD",
   "bizStep": "packing", "eventTime": "2024-05-01T09:00:00Z", "eventTimeZoneOffset": "+00:00",
   "parentID": "https://id.gs1.org/00/095211411234567896",
   "childEPCs": ["https://id.gs1.org/01/09521141123454/21/SN-1"]}]}}"#;

/// The same events, declared wrong.
fn declared_wrong() -> String {
    let declaration = r#""errorDeclaration": {"declarationTime": "2024-05-02T10:00:00Z",
        "reason": "incorrect_data"}, "eventTimeZoneOffset""#;
    PACKED.replace(r#""eventTimeZoneOffset""#, declaration)
}

#[test]
fn a_declared_error_withdraws_what_was_told_and_holds_what_came_into_being() {
    let folder = tempfile::tempdir().unwrap();
    let plant = open(&folder.path().join("plant"));
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let right = import(&plant, &write("packed.json", PACKED));
    assert_eq!((right.imported, right.rejected_count), (2, 0), "{right:?}");
    assert!(right.complete);
    let unit: ItemRef = "gs1:https://id.gs1.org/01/09521141123454/21/SN-1".parse().unwrap();
    let seen = || {
        let state = plant.published().read();
        let index = state.find(&unit)[0];
        let holds = state.holds_of(index).count();
        (format!("{:?}", state.at(index).unwrap().whereabouts.value), holds)
    };
    assert!(seen().0.starts_with("Packed"));
    let wrong = write("wrong.json", &declared_wrong());
    let withdrawn = import(&plant, &wrong);
    assert_eq!((withdrawn.imported, withdrawn.rejected_count), (2, 0), "{withdrawn:?}");
    assert!(withdrawn.notes.iter().any(|note| note.contains("on hold")), "{withdrawn:?}");
    let (place, holds) = seen();
    assert!(!place.starts_with("Packed"), "{place}");
    assert_eq!(holds, 1, "its birth cannot be withdrawn");
    let stands = size(&plant);
    assert_eq!((import(&plant, &wrong).imported, size(&plant)), (0, stands));
}

#[test]
fn what_is_declared_an_error_before_it_comes_is_not_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let plant = open(&folder.path().join("plant"));
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let wrong = write("wrong.json", &declared_wrong());
    let early = import(&plant, &wrong);
    assert_eq!((early.imported, early.complete), (2, true), "{early:?}");
    let stands = size(&plant);
    assert_eq!((import(&plant, &wrong).unchanged, size(&plant)), (2, stands), "it is kept once");
    // In another document, with other white space, they are the same events.
    let packed = write("packed.json", &PACKED.replace("\n", "\n\n"));
    let late = import(&plant, &packed);
    assert_eq!((late.imported, late.unchanged, size(&plant)), (0, 2, stands), "{late:?}");
    assert!(late.notes.iter().any(|note| note.contains("not taken in")), "{late:?}");
    let unit: ItemRef = "gs1:https://id.gs1.org/01/09521141123454/21/SN-1".parse().unwrap();
    assert!(plant.published().read().find(&unit).is_empty());
}

/// A part of a run of its own: lots in, lots out, at an hour.
fn part(number: u32, hour: u32, sides: &str) -> String {
    format!(
        r#"{{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
         "type": "TransformationEvent", "eventID": "urn:uuid:part-{number}",
         "transformationID": "urn:run:mix-7", "bizStep": "commissioning",
         "eventTime": "2024-05-01T{hour:02}:00:00Z", "eventTimeZoneOffset": "+00:00", {sides}}}"#
    )
}

fn lots(side: &str, numbers: &[u32]) -> String {
    let lot = |n: &u32| {
        format!(r#"{{"epcClass": "https://id.gs1.org/01/09521141123454/10/L{n}", "quantity": 5}}"#)
    };
    let lots: Vec<String> = numbers.iter().map(lot).collect();
    format!(r#""{side}QuantityList": [{}]"#, lots.join(","))
}

/// What each of some lots is made of.
fn made_of(plant: &Plant, lots: &[u32]) -> Vec<Vec<String>> {
    let of = |lot: &u32| {
        let lot = format!("gs1:https://id.gs1.org/01/09521141123454/10/L{lot}");
        let ask = engine::query::TraceAsk {
            of: vec![lot.parse().unwrap()],
            direction: engine::query::Direction::Backward,
            as_of: None,
            known_at: None,
            limit: None,
            captures: false,
        };
        let trace = serde_json::to_value(plant.trace(&ask).unwrap()).unwrap();
        let items = trace["items"].as_array().unwrap();
        let label = |item: &serde_json::Value| {
            item["label"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
        };
        let mut labels: Vec<String> = items.iter().map(label).collect();
        labels.sort();
        labels
    };
    lots.iter().map(of).collect()
}

#[test]
fn a_transformation_told_in_parts_joins_all_that_went_in_with_all_that_came_out() {
    // Two inputs, an input with an output, an output; the last went in after all came out.
    let parts = [
        part(1, 8, &lots("input", &[1, 2])),
        part(2, 9, &format!("{}, {}", lots("input", &[3]), lots("output", &[11]))),
        part(3, 10, &lots("output", &[12])),
        part(4, 11, &lots("input", &[4])),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let folder = tempfile::tempdir().unwrap();
        let mut plant = open(&folder.path().join("plant"));
        for index in order {
            let path = folder.path().join(format!("part-{index}.json"));
            fs::write(&path, &parts[index]).unwrap();
            let answer = import(&plant, &path);
            assert_eq!((answer.imported, answer.rejected_count), (1, 0), "{answer:?}");
            drop(plant);
            plant = open(&folder.path().join("plant"));
        }
        let all = vec!["L1", "L2", "L3", "L4"];
        assert_eq!(made_of(&plant, &[11, 12]), [all.clone(), all], "{order:?}");
        // Each input is used up once, however many outputs it is in.
        let used: ItemRef = "gs1:https://id.gs1.org/01/09521141123454/10/L1".parse().unwrap();
        let balance = || {
            let state = plant.published().read();
            state.at(state.find(&used)[0]).unwrap().book.balance()
        };
        assert_eq!(
            (balance().consumed.to_string(), balance().unexplained.is_zero()),
            ("5".into(), true)
        );

        // A part that was an error takes its links along, and no others.
        let declared = parts[0].replace(
            "\"eventTime\"",
            r#""errorDeclaration": {"declarationTime": "2024-05-02T10:00:00Z"}, "eventTime""#,
        );
        let path = folder.path().join("declared.json");
        fs::write(&path, declared).unwrap();
        assert_eq!(import(&plant, &path).imported, 1);
        let rest = vec!["L3", "L4"];
        assert_eq!(made_of(&plant, &[11, 12]), [rest.clone(), rest], "{order:?}");
        assert!(balance().consumed.is_zero());
        drop(plant);
        let options = engine::VerifyOptions::default();
        let report =
            engine::verify_folder(&folder.path().join("plant"), &options, &mut |_| {}).unwrap();
        assert!(report.holds(), "{report}");
    }
}

#[test]
fn an_invalid_document_is_refused_with_every_problem() {
    let folder = tempfile::tempdir().unwrap();
    let plant = open(&folder.path().join("plant"));
    let path = folder.path().join("bad.json");
    let bad = PACKED.replace("2024-05-01T08:00:00Z", "yesterday").replace("packing", "wrapping");
    fs::write(&path, bad).unwrap();
    let before = size(&plant);
    let answer = import(&plant, &path);
    let found: Vec<_> = answer
        .rejected
        .iter()
        .map(|r| (r.row, r.code.as_str(), r.column.as_deref().unwrap_or_default()))
        .collect();
    let expect = [
        (1, "TW0031", "/epcisBody/eventList/0/eventTime"),
        (2, "TW0031", "/epcisBody/eventList/1/bizStep"),
    ];
    assert_eq!(found, expect, "{answer:?}");
    assert_eq!((answer.imported, answer.complete, size(&plant)), (0, false, before));
}
