//! A record in every form says the same: a walk over all its values finds each in the page and in
//! the PDF, which is read by poppler.

use std::path::Path;
use std::process::Command as Program;

use engine::{Plant, RecordFormat};
use merkle::proof::{ProofFile, Trust, verify_bytes};
use report::carried;
use serde_json::{Value, json};

use super::{PICTURE, done, gap, plant, record, release, take};

/// Makes SN-1, with much that a record can show: a retry, a value set aside, a picture, a release.
fn made(path: &Path) -> Plant {
    let plant = plant(path);
    let e = done(&plant, "P-1", &json!({"act": "startWork", "items": [{"item": "SN-1"}]}));
    done(&plant, "P-1", &take(e, "lit", &json!({"kind": "check", "good": true})));
    let note = take(e, "note", &json!({"kind": "text", "text": "<b>no</b> scratch & 5 µm"}));
    let first = done(&plant, "P-1", &note);
    let mut again = take(e, "note", &json!({"kind": "text", "text": "one scratch"}));
    again["insteadOf"] = json!(first);
    again["reason"] = json!("looked at the wrong side");
    done(&plant, "P-1", &again);
    done(&plant, "P-1", &take(e, "gap", &gap("2.5")));
    done(&plant, "P-1", &take(e, "gap", &gap("1.98")));
    done(&plant, "P-1", &json!({"act": "closeStep", "execution": e, "step": "S1"}));
    release(&plant, "SN-1", &record(&plant, "SN-1").record).unwrap();
    plant
}

fn form(plant: &Plant, format: RecordFormat) -> Vec<u8> {
    plant.record_file(&"SN-1".parse().unwrap(), format, "tester").unwrap()
}

fn bare(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

/// What a page shows.
fn shown(page: &str) -> String {
    let mut shown = String::new();
    let mut inside = false;
    for character in page.split_once("<main>").unwrap().1.chars() {
        match character {
            '<' => inside = true,
            '>' => inside = false,
            other if !inside => shown.push(other),
            _ => {}
        }
    }
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    bare(&plain.iter().fold(shown, |text, (from, to)| text.replace(from, to)))
}

/// What a PDF shows.
fn printed(pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (file, to) = (folder.path().join("record.pdf"), folder.path().join("record.txt"));
    std::fs::write(&file, pdf).unwrap();
    let ran = Program::new("pdftotext").arg("-raw").arg(&file).arg(&to).status();
    assert!(ran.expect("pdftotext, of poppler-utils, is needed").success());
    bare(&std::fs::read_to_string(to).unwrap())
}

/// Every value of a record, with where it stands.
fn values(at: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => found.push((at.to_owned(), number.to_string())),
        Value::String(text) => found.push((at.to_owned(), text.clone())),
        Value::Array(list) => list.iter().for_each(|one| values(at, one, found)),
        Value::Object(object) => {
            object.iter().for_each(|(key, one)| values(&format!("{at}/{key}"), one, found));
        }
    }
}

/// How a value may be said to people: as it is, a word of several, a moment.
fn said(value: &str) -> Vec<String> {
    let words: String = value.chars().flat_map(char::to_lowercase).collect();
    let mut ways = vec![bare(value), bare(&words)];
    if value.parse::<domain::Time>().is_ok() {
        ways.push(bare(&value.replace('T', " ").replace('Z', "+00:00")));
    }
    ways
}

#[test]
fn every_value_of_a_record_stands_in_every_form() {
    let place = tempfile::tempdir().unwrap();
    let plant = made(&place.path().join("plant"));
    let json: Value = serde_json::from_slice(&form(&plant, RecordFormat::Json)).unwrap();
    assert_eq!(json["format"], "tracewright-record/1");
    let mut all = Vec::new();
    for part in ["record", "trail", "files", "origin", "checkpoint"] {
        values(part, &json[part], &mut all);
    }
    assert!(all.len() > 200, "{} values", all.len());
    for reached in ["record/operations/steps/captures/why", "trail/changes/new", "files/sha256"] {
        assert!(all.iter().any(|(at, _)| at == reached), "{reached}");
    }
    let page = shown(&String::from_utf8(form(&plant, RecordFormat::Html)).unwrap());
    let pdf = printed(&form(&plant, RecordFormat::Pdf));
    for (form, text) in [("page", page), ("PDF", pdf)] {
        for (at, value) in &all {
            let there = said(value).iter().any(|way| text.contains(way));
            assert!(there, "{at} of the record is not in the {form}: {value}");
        }
        for flag in ["setaside", "notgood", "insteadofentry", "Itholdsallitmust", "tester"] {
            assert!(text.contains(flag), "{flag} is not in the {form}");
        }
    }
}

#[test]
fn the_proof_is_inside_every_form_and_of_the_same_entries() {
    let place = tempfile::tempdir().unwrap();
    let plant = made(&place.path().join("plant"));
    let alone = form(&plant, RecordFormat::Proof);
    let of = |bytes: &[u8]| {
        let proof = ProofFile::parse(bytes).unwrap();
        assert!(verify_bytes(bytes, &Trust::default()).unwrap().holds());
        proof.entries.iter().map(|entry| entry.position).collect::<Vec<_>>()
    };
    let entries = of(&alone);
    let record = record(&plant, "SN-1");
    for format in [RecordFormat::Html, RecordFormat::Pdf] {
        let carried = carried(&form(&plant, format), 1 << 24);
        assert_eq!(carried.len(), 2, "the proof and the picture");
        assert_eq!(of(&carried[0]), entries);
        assert_eq!(carried[1], PICTURE);
    }
    let json: Value = serde_json::from_slice(&form(&plant, RecordFormat::Json)).unwrap();
    assert_eq!(of(&serde_json::to_vec(&json["proof"]).unwrap()), entries);
    assert_eq!(json["record"]["record"], record.record.as_str());
    let claim = &json["proof"]["claims"][0];
    assert_eq!(claim["through_sequence"], json["record"]["entries"]);
    let hash = json["files"][0]["sha256"].as_str().unwrap();
    assert!(json["contents"][hash].is_string(), "the picture is in it too");
}

#[test]
fn what_is_not_kept_is_named_and_said_not_to_be_inside() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("plant");
    let plant = made(&path);
    let hash = record(&plant, "SN-1").operations[0].steps[0].picture.clone().unwrap().sha256;
    let kept = walk(&path.join("files")).into_iter().find(|file| file.ends_with(&hash)).unwrap();
    std::fs::remove_file(kept).unwrap();
    let json: Value = serde_json::from_slice(&form(&plant, RecordFormat::Json)).unwrap();
    assert_eq!(json["files"][0]["inside"], false);
    assert_eq!(carried(&form(&plant, RecordFormat::Html), 1 << 24).len(), 1);
    let pdf = form(&plant, RecordFormat::Pdf);
    assert!(printed(&pdf).contains("byitshashalone"));
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}
