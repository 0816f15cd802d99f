//! What was in it, where did it go.

use engine::query::{Direction, KnownAt, TraceAsk};
use serde_json::Value;

use crate::floor::{Floor, at, certainties, item, json, labels};

/// The only step of the path of an item.
fn step<'a>(answer: &'a Value, label: &str) -> &'a Value {
    let path = item(answer, label)["path"].as_array().unwrap();
    assert_eq!(path.len(), 1, "{path:?}");
    &answer["steps"][usize::try_from(path[0].as_u64().unwrap()).unwrap()]
}

#[test]
fn a_trace_lists_what_is_reached_with_its_path() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    let back = floor.trace("SN-1", Direction::Backward);
    assert_eq!(labels(&back["start"]), ["SN-1"]);
    assert_eq!(certainties(&back), ["77120-A proven"]);
    let step = step(&back, "77120-A");
    assert_eq!((&step["how"], &step["certain"]), (&"installed".into(), &true.into()));
    assert_eq!(
        (&step["from"], &step["to"]),
        (&item(&back, "77120-A")["id"], &back["start"][0]["id"])
    );
    let forward = floor.trace("lot:77120-A", Direction::Forward);
    assert_eq!(certainties(&forward), ["SN-1 proven"]);
    let pump = item(&forward, "SN-1");
    assert_eq!(pump["serialNumber"], "SN-1");
    assert_eq!(pump["status"], "inProcess");
    assert_eq!(pump["where"]["text"], "in process");
    assert!(forward["at"][0]["position"].as_u64().unwrap() > 0);
}

#[test]
fn a_removed_component_stays_suspect_and_says_when_it_came_out() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    floor.tell(
        30,
        r#"[{"act":"remove","parent":"SN-1","component":"lot:77120-A","quantity":1,
             "reason":"torn"},
            {"act":"install","parent":"SN-1","component":"lot:77120-B","quantity":1}]"#,
    );
    let forward = floor.trace("lot:77120-A", Direction::Forward);
    let step = step(&forward, "SN-1");
    assert_eq!(step["removed"]["from"], at(30));
    let record = floor.record("SN-1");
    let components = record["components"].as_array().unwrap();
    let of = |label: &str| components.iter().find(|each| each["item"]["label"] == label).unwrap();
    assert_eq!(of("77120-A")["removed"]["to"], at(30));
    assert!(of("77120-B").get("removed").is_none());
}

#[test]
fn before_it_went_in_there_is_no_path() {
    let floor = Floor::new();
    let made = floor.pump(10, "SN-1", "lot:77120-A");
    let ask = |as_of: Option<&str>, known_at: Option<KnownAt>| TraceAsk {
        of: vec!["lot:77120-A".parse().unwrap()],
        direction: Direction::Forward,
        as_of: as_of.map(|time| time.parse().unwrap()),
        known_at,
        limit: None,
        captures: false,
    };
    let early = at(5);
    let before = json(&floor.plant.trace(&ask(Some(&early), None)).unwrap());
    assert!(certainties(&before).is_empty());
    assert_eq!(before["asOf"], early);
    let position = domain::Position(made.0 - 1);
    let unknown = floor.plant.trace(&ask(None, Some(KnownAt::Position(position)))).unwrap();
    assert!(unknown.items.is_empty());
    assert_eq!(unknown.known_at, Some(position));
    assert_eq!(certainties(&json(&floor.plant.trace(&ask(None, None)).unwrap())).len(), 1);
}

#[test]
fn a_bare_serial_of_two_makers_starts_at_both_and_says_so() {
    let floor = Floor::new();
    for maker in ["POLY", "ZETA"] {
        floor.tell(
            10,
            &format!(
                r#"[{{"act":"create","kind":"unit","part":{{"number":"PCB-4","revision":"C"}},
                     "items":[{{"identifiers":[
                       {{"issuer":"{maker}","scheme":"serialNumber","value":"B-1"}}]}}]}}]"#
            ),
        );
    }
    let both = floor.trace("B-1", Direction::Forward);
    assert_eq!(both["start"].as_array().unwrap().len(), 2);
    let note = both["notes"][0].as_str().unwrap();
    assert!(note.starts_with("B-1 fits 2 items: id:"), "{note}");
    assert!(note.contains("of POLY") && note.contains("of ZETA"), "{note}");
    let record = floor.record("B-1");
    assert_eq!(record["others"].as_array().unwrap().len(), 1);
    assert_eq!(record["notes"][0], note);
    let one = floor.trace("serial:B-1;issuer=ZETA", Direction::Forward);
    assert_eq!(one["start"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_not_known_is_not_found() {
    let floor = Floor::new();
    let of = vec!["serial:NOBODY".parse().unwrap()];
    let ask = TraceAsk {
        of,
        direction: Direction::Backward,
        as_of: None,
        known_at: None,
        limit: None,
        captures: false,
    };
    let error = floor.plant.trace(&ask).unwrap_err();
    assert!(matches!(error, engine::Error::NotFound(_)), "{error}");
}
