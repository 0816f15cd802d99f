//! Whatever comes in is answered: never a panic, never an empty list of problems.

#![cfg(test)]

use epcis::{Document, Identifier};
use proptest::prelude::*;

const SOUND: &str = r#"{"@context":["https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
    {"ex":"https://example.com/"}],"type":"EPCISDocument","schemaVersion":"2.0",
    "creationDate":"2026-07-22T10:30:00Z","epcisHeader":{"epcisMasterData":{"vocabularyList":[
    {"type":"urn:a:b","vocabularyElementList":[{"id":"urn:c:d","attributes":[{"id":"urn:e:f",
    "attribute":1}],"children":["urn:g:h"]}]}]}},"epcisBody":{"eventList":[
    {"type":"ObjectEvent","eventTime":"2026-07-22T06:45:00Z","eventTimeZoneOffset":"+02:00",
    "action":"ADD","epcList":["urn:epc:id:sgtin:0614141.107346.2017"],"bizStep":"packing",
    "quantityList":[{"epcClass":"https://id.gs1.org/01/09521141012345/10/L","quantity":1.5e3}],
    "persistentDisposition":{"set":["active"]},"ilmd":{"ex:a":[[{}]]},
    "sensorElementList":[{"sensorMetadata":{},"sensorReport":[{"type":"Mass","value":-0.10}]}]},
    {"type":"AssociationEvent","eventTime":"2026-07-22T06:45:00Z","eventTimeZoneOffset":"-02:00",
    "action":"DELETE","parentID":"urn:epc:id:grai:4012345.66666.987"},
    {"type":"TransformationEvent","eventTime":"2026-07-22T06:45:00Z",
    "eventTimeZoneOffset":"+00:00","transformationID":"urn:x:y","inputEPCList":["urn:uuid:1"]}]}}"#;

fn answers(bytes: &[u8]) {
    match Document::parse(bytes) {
        Ok(document) => {
            for event in &document.events {
                let text = std::str::from_utf8(bytes).unwrap();
                assert!(text.contains(&event.original));
            }
        }
        Err(problems) => assert!(!problems.is_empty()),
    }
}

/// Pieces that mean something to a reader of JSON or of EPCIS.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u",
    "null",
    "true",
    "-",
    "1e999",
    "0",
    "é",
    "%",
    "\"type\"",
    "\"ObjectEvent\"",
    "urn:epc:id:",
    ".",
    "*",
    "https://",
    "/01/",
    "@context",
    "\0",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        answers(&bytes);
    }

    #[test]
    fn any_nonsense_of_pieces(pieces in proptest::collection::vec(0..PIECES.len(), 0..60)) {
        let text: String = pieces.iter().map(|index| PIECES[*index]).collect();
        answers(text.as_bytes());
    }

    #[test]
    fn a_sound_document_with_a_stretch_replaced(
        start in 0..SOUND.len(),
        length in 0_usize..40,
        piece in 0..PIECES.len(),
    ) {
        let mut bytes = SOUND.as_bytes().to_vec();
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, PIECES[piece].bytes());
        answers(&bytes);
    }

    #[test]
    fn a_sound_document_with_a_value_replaced(
        at in any::<prop::sample::Index>(),
        with in 0..7_usize,
    ) {
        let mut document: serde_json::Value = serde_json::from_str(SOUND).unwrap();
        let mut places = Vec::new();
        list_places(&document, &mut String::new(), &mut places);
        let other = ["null", "true", "0", "\"\"", "\"a:b\"", "[]", "{}"][with];
        let place: &String = at.get(&places);
        *document.pointer_mut(place).unwrap() = serde_json::from_str(other).unwrap();
        answers(document.to_string().as_bytes());
    }

    #[test]
    fn any_text_as_an_identifier(text in "\\PC{0,40}") {
        check_identifier(&text);
    }

    #[test]
    fn any_epc_uri(
        scheme in "(s|l|p)?(gtin|gln|scc|grai|giai|gdti|gcn|cpi|itip|upui|gsin|ginc|gsrn)",
        body in "[0-9]{4,13}(\\.[0-9A-Z*%]{0,14}){0,4}",
        kind in "id|class|idpat",
    ) {
        check_identifier(&format!("urn:epc:{kind}:{scheme}:{body}"));
    }

    #[test]
    fn any_digital_link(
        path in "(/(01|00|21|10|8006|8003|253|414|254|[0-9]{1,18}|[a-z%]{0,4})){1,6}",
    ) {
        check_identifier(&format!("https://example.com{path}"));
    }
}

/// What can be read has a canonical form that reads back as itself.
fn check_identifier(text: &str) {
    if let Ok(found) = Identifier::parse(text) {
        assert_eq!(Identifier::parse(found.canonical()).unwrap(), found);
    }
}

fn list_places(value: &serde_json::Value, at: &mut String, places: &mut Vec<String>) {
    places.push(at.clone());
    let length = at.len();
    let children: Vec<(String, &serde_json::Value)> = match value {
        serde_json::Value::Object(fields) => {
            fields.iter().map(|(name, child)| (name.replace('/', "~1"), child)).collect()
        }
        serde_json::Value::Array(items) => {
            items.iter().enumerate().map(|(index, child)| (index.to_string(), child)).collect()
        }
        _ => Vec::new(),
    };
    for (name, child) in children {
        at.push('/');
        at.push_str(&name);
        list_places(child, at, places);
        at.truncate(length);
    }
}
