//! Scopes handed on: frozen or not, in every form, and read again by others and by ourselves.

use std::path::{Path, PathBuf};

use domain::{Position, ScopeCode};
use engine::query::{KnownAt, ScopeAsk};
use engine::{ExportAbout, ExportFormat, FreezeAsk, ImportAsk, ImportFormat, Options, Plant};
use serde_json::{Value, json};

use crate::floor::Floor;

/// Serial numbers a spreadsheet would take for formulas, or that break a careless table.
const ODD: [&str; 7] = ["=1+1", "+49", "-1", "@SUM(A1)", "say \"no\"", "a,b", "harmless"];

/// A floor with a GS1 unit, odd names, one shipped, one cleared.
fn floor() -> Floor {
    let floor = Floor::new();
    floor.tell(
        5,
        r#"[{"act":"create","kind":"unit","part":{"number":"LP-300","revision":"F"},
             "items":[{"identifiers":[
                {"scheme":"serialNumber","value":"SN-0"},
                {"scheme":"gs1","value":"https://id.gs1.org/01/04012345111118/21/7"}]}]},
            {"act":"install","parent":"new:0.0","component":"lot:77120-A","quantity":1}]"#,
    );
    for (minute, serial) in (6..).zip(ODD) {
        let create = json!([
            {"act": "create", "kind": "unit", "part": {"number": "LP-300", "revision": "F"},
             "items": [{"identifiers": [{"scheme": "serialNumber", "value": serial}]}]},
            {"act": "install", "parent": "new:0.0", "component": "lot:77120-A", "quantity": 1}]);
        floor.tell(minute, &create.to_string());
    }
    floor.pump(20, "SN-1", "lot:77120-A");
    floor.pump(21, "SN-2", "lot:77120-B");
    floor
        .tell(22, r#"[{"act":"ship","party":"ACME","shipment":"SH-7","lines":[{"item":"SN-1"}]}]"#);
    // Nobody captured what went into it.
    floor.tell(
        23,
        r#"[{"act":"create","kind":"unit","part":{"number":"LP-300","revision":"F"},
             "items":[{"identifiers":[{"scheme":"serialNumber","value":"SN-3"}]}]}]"#,
    );
    floor
}

fn ask(known_at: Option<Position>) -> ScopeAsk {
    let from = vec!["lot:77120-A".parse().unwrap()];
    ScopeAsk { from, known_at: known_at.map(KnownAt::Position), ..ScopeAsk::default() }
}

fn about() -> ExportAbout {
    ExportAbout { firm: Some("Acme".into()), base: Some("https://acme.example".into()) }
}

fn open(floor: &Floor, known_at: Option<Position>, format: ExportFormat) -> String {
    let bytes = floor.plant.export_open_scope(&ask(known_at), format, &about()).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn frozen(floor: &Floor, format: ExportFormat) -> String {
    let code = ScopeCode::new("RC-1").unwrap();
    if floor.plant.scope_series(&code).is_err() {
        let ask = FreezeAsk {
            code: Some(code.clone()),
            from: ask(None).from,
            reason: "leak".to_owned(),
            ..FreezeAsk::default()
        };
        floor.plant.freeze_scope(&ask, "quality").unwrap();
    }
    let bytes = floor.plant.export_scope((&code, None), format, &about()).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_is_not_frozen_says_so_and_where_it_stands() {
    let floor = floor();
    let at = &floor.plant.at()[0];
    let position = at.position;
    let said = format!("not frozen: it says what was known at position {position} of ledger");
    let document: Value = serde_json::from_str(&open(&floor, None, ExportFormat::Json)).unwrap();
    assert_eq!((&document["frozen"], &document["knownAt"]), (&json!(false), &json!(position)));
    assert_eq!(
        (&document["ledger"], &document["question"]),
        (&json!(at.ledger), &json!("lotCode:77120-A"))
    );
    assert!(document["says"].as_str().unwrap().starts_with(&said), "{document:#}");
    assert_eq!(document["scope"], crate::floor::json(&floor.plant.scope(&ask(None)).unwrap()));
    let table = open(&floor, None, ExportFormat::Csv);
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let header: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header[header.len() - 2..], ["scope", "position"]);
    for row in rows.records() {
        let row = row.unwrap();
        assert_eq!(row.get(header.len() - 2), Some("not frozen"));
        assert_eq!(row.get(header.len() - 1), Some(position.to_string().as_str()));
    }
    let reports: Value = serde_json::from_str(&open(&floor, None, ExportFormat::OpenFda)).unwrap();
    assert!(reports["meta"]["disclaimer"].as_str().unwrap().contains(&said), "{reports:#}");
    let results = reports["results"].as_array().unwrap();
    assert!(!results.is_empty() && results.iter().all(|one| one["status"] == "Pending"));
    let events = events(&open(&floor, None, ExportFormat::Epcis));
    assert!(events.iter().all(|event| event.get("disposition").is_none()), "nothing is recalled");
    assert!(events.iter().all(|event| event["recall:note"].as_str().unwrap().starts_with(&said)));
    // Asked as it was known then, it is the same later.
    let forms = [ExportFormat::Csv, ExportFormat::OpenFda, ExportFormat::Epcis];
    let before = forms.map(|format| open(&floor, None, format));
    floor.pump(30, "SN-9", "lot:77120-A");
    assert_eq!(forms.map(|format| open(&floor, Some(position), format)), before);
    for (format, before) in forms.iter().zip(before) {
        assert_ne!(open(&floor, None, *format), before, "{format:?} stands later");
    }
    let refused = floor.plant.export_open_scope(&ask(None), ExportFormat::Proof, &about());
    assert!(refused.unwrap_err().to_string().contains("freeze it first"));
}

#[test]
fn a_table_runs_no_formulas_and_reads_back() {
    let floor = floor();
    for table in [open(&floor, None, ExportFormat::Csv), frozen(&floor, ExportFormat::Csv)] {
        let mut rows = csv::ReaderBuilder::new().flexible(false).from_reader(table.as_bytes());
        let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.unwrap()).collect();
        let items: Vec<&str> = rows.iter().map(|row| row.get(0).unwrap()).collect();
        for odd in ODD {
            let formula = odd.starts_with(['=', '+', '-', '@']);
            let cell = if formula { format!("'{odd}") } else { odd.to_owned() };
            assert!(items.contains(&cell.as_str()), "{cell:?} in {items:?}");
        }
        for cell in rows.iter().flat_map(csv::StringRecord::iter) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
        }
        // RFC 4180: a quote is doubled, what holds one or a comma is quoted; CRLF ends each row.
        assert!(table.contains(r#""say ""no""","#) && table.contains(r#""a,b","#), "{table}");
        assert_eq!(table.matches("\r\n").count(), rows.len() + 1);
    }
}

fn events(document: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(document).unwrap();
    document["epcisBody"]["eventList"].as_array().unwrap().clone()
}

#[expect(clippy::disallowed_methods, reason = "a test is told by its caller where vectors lie")]
fn vectors() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    std::env::var("TRACEWRIGHT_VECTORS").map_or(beside, PathBuf::from)
}

#[test]
fn events_hold_against_the_published_schema() {
    let path = vectors().join("spec-gs1-epcis/EPCIS-JSON-Schema.json");
    let Ok(schema) = std::fs::read_to_string(&path) else {
        println!("skipped: there is no schema at {}", path.display());
        return;
    };
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let schema = jsonschema::validator_for(&schema).expect("the schema reads");
    let floor = floor();
    for text in [open(&floor, None, ExportFormat::Epcis), frozen(&floor, ExportFormat::Epcis)] {
        let document: Value = serde_json::from_str(&text).unwrap();
        let wrong: Vec<String> = schema.iter_errors(&document).map(|e| e.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:#?} in {document:#}");
        assert_eq!(events(&text).len(), 2, "proven and possible ones");
        // The schema can say no.
        let mut broken = document.clone();
        broken["epcisBody"]["eventList"][0]["action"] = json!("RECALL");
        assert!(!schema.is_valid(&broken));
        let mut nothing = document;
        nothing["epcisBody"]["eventList"][0].as_object_mut().unwrap().remove("eventTime");
        assert!(!schema.is_valid(&nothing));
    }
}

#[test]
fn our_own_import_takes_our_own_export() {
    let floor = floor();
    let texts = [open(&floor, None, ExportFormat::Epcis), frozen(&floor, ExportFormat::Epcis)];
    for text in texts {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("recall.jsonld");
        std::fs::write(&source, &text).unwrap();
        let elsewhere =
            Plant::open(&folder.path().join("elsewhere"), &Options::default(), |_| {}).unwrap();
        let ask = ImportAsk {
            source,
            format: ImportFormat::Epcis,
            by: "customer".to_owned(),
            ..ImportAsk::default()
        };
        let answer = elsewhere.import(&ask, &mut |_| {}, &|| false).unwrap();
        assert_eq!((answer.rejected_count, answer.imported), (0, 2), "{answer:#?}");
        let named = "gs1:https://id.gs1.org/01/04012345111118/21/7".parse().unwrap();
        assert_eq!(elsewhere.items_named(&named).unwrap().items.len(), 1);
        let again = elsewhere.import(&ask, &mut |_| {}, &|| false).unwrap();
        assert_eq!((again.imported, again.unchanged), (0, 2), "taken in once: {again:#?}");
    }
}
