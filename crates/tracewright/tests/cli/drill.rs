//! Mock recalls on the command line.

use serde_json::Value;

use super::server::Served;
use super::{Bench, Ran};

/// Four of the lot's pieces are nowhere; SN-4 was shipped without a membrane.
const GAPS: &str = r#"
{"performed":{"from":"2026-06-03T08:00:00Z","to":"2026-06-03T08:00:00Z"},"mode":"report","acts":[
 {"act":"create","kind":"unit","part":{"number":"LP-300","revision":"F"},
  "items":[{"identifiers":[{"scheme":"serialNumber","value":"SN-4"}]}]}]}
{"performed":{"from":"2026-06-04T08:00:00Z","to":"2026-06-04T08:00:00Z"},"mode":"report","acts":[
 {"act":"ship","party":"C-1","shipment":"SH-1","lines":[{"item":"SN-2"},{"item":"SN-4"}]}]}
{"performed":{"from":"2026-06-05T08:00:00Z","to":"2026-06-05T08:00:00Z"},"mode":"report","acts":[
 {"act":"count","lot":"lot:77120-A","quantity":"94"}]}
"#;

fn drilled(ran: &Ran) -> Value {
    let mut drill = ran.json();
    // Only the times may differ.
    drill["tookMs"] = Value::Null;
    for list in ["lots", "units"] {
        for one in drill[list].as_array_mut().expect(list) {
            one["tookMs"] = Value::Null;
        }
    }
    drill
}

#[test]
fn a_plant_without_gaps_passes_both_ways() {
    let bench = Bench::with_work();
    bench
        .tell(
            r#"{"mode":"report","acts":[{"act":"ship","party":"C-1","shipment":"SH-1",
                "lines":[{"item":"SN-2"}]}]}"#,
        )
        .code(0);
    let report = bench.path("drill.html");
    let drill = bench.data(&["drill", "--lot", "77120-A", "--report", &report]).code(0);
    for said in [
        "Mock recall of 1 lot, seed ",
        "100 came in: 2 went into items, 98 on hand",
        "of 77120-A",
        "1 of 1 line, 100%",
        "None: every quantity is explained",
        "PASSED in ",
        "--lot 77120-A --units 3 --seed ",
    ] {
        assert!(drill.stdout.contains(said), "{said}: {drill:?}");
    }
    let page = std::fs::read_to_string(&report).unwrap();
    for said in ["<title>Mock recall: lots 77120-A</title>", "passed", "C-1 Lindhaga", "Signature"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    for foreign in ["<script", "src=", "href=", "@import"] {
        assert!(!page.contains(foreign), "{foreign}: the page stands alone");
    }
}

#[test]
fn the_worst_gap_is_named_and_the_drill_does_not_pass() {
    let bench = Bench::with_work();
    bench.tell(GAPS).code(0);
    let seed = ["--seed", "11"];
    let ran = bench.data(&[&["drill", "--output", "json"], &seed[..]].concat()).code(1);
    let drill = ran.json();
    assert_eq!((&drill["seed"], &drill["passed"]), (&11.into(), &false.into()));
    let gaps = drill["gaps"].as_array().unwrap();
    let texts: Vec<&str> = gaps.iter().map(|gap| gap["text"].as_str().unwrap()).collect();
    assert_eq!(
        texts[..2],
        [
            "unit SN-4: no capture for line 1 of the bill of material, part MB-09 (Membrane)",
            "lot 77120-A: 4 of 100 unexplained",
        ]
    );
    assert_eq!((&gaps[0]["left"], &gaps[1]["left"]), (&"0".into(), &"96".into()));
    let fails = gaps.iter().filter(|gap| gap["fails"] == true).count();
    assert_eq!(fails, 2, "doubt is named, and is no failure: {gaps:?}");
    assert!(gaps.iter().any(|gap| gap["kind"] == "doubt"), "{gaps:?}");
    let words = bench.data(&[&["drill"], &seed[..]].concat()).code(1);
    for said in [
        "Worst gap\nunit SN-4: no capture",
        "NOT PASSED in ",
        "- lot 77120-A: 4 of 100",
        "2 of 4 gaps",
    ] {
        assert!(words.stdout.contains(said), "{said}: {words:?}");
    }
    // What is asked for can be less.
    let less = ["drill", "--seed", "11", "--accounted-min", "95%", "--captured-min", "0"];
    bench.data(&less).code(0);
    let slow = bench.data(&[&less[..], &["--within", "0s"]].concat()).code(1);
    assert!(slow.stdout.contains("the limit is 0ms"), "{slow:?}");
}

#[test]
fn the_same_seed_and_position_give_the_same_drill_in_a_folder_and_at_a_server() {
    let bench = Bench::with_work();
    bench.tell(GAPS).code(0);
    let ask = |seed: &str| bench.data(&["drill", "--lots", "1", "--seed", seed, "-o", "json"]);
    let first = drilled(&ask("5").code(1));
    let position = first["knownAt"].to_string();
    let lots: std::collections::BTreeSet<String> = (0..12)
        .map(|seed| ask(&seed.to_string()).json()["lots"][0]["lot"]["label"].to_string())
        .collect();
    assert_eq!(lots.len(), 2, "other seeds draw other lots: {lots:?}");
    // What comes later is not looked at.
    bench
        .tell(
            r#"{"mode":"report","acts":[
                {"act":"install","parent":"SN-4","component":"lot:77120-B","quantity":1},
                {"act":"ship","party":"C-1","shipment":"SH-2","lines":[{"item":"SN-3"}]}]}"#,
        )
        .code(0);
    let args =
        ["drill", "--lots", "1", "--seed", "5", "--known-at", position.as_str(), "-o", "json"];
    let mut again = drilled(&bench.data(&args).code(1));
    assert_ne!(again["at"], first["at"]);
    again["at"] = first["at"].clone();
    assert_eq!(again, first);
    let served = Served::start(&bench);
    let token = served.said["token"].as_str().expect("the first start makes one");
    let more = ["--server", served.address(), "--token", token];
    let mut remote = drilled(&bench.run(args.iter().chain(&more)).code(1));
    remote["at"] = first["at"].clone();
    assert_eq!(remote, first);
}

#[test]
fn little_to_drill_is_said_well() {
    let bench = Bench::empty();
    bench.data(&["init"]).code(0);
    let empty = bench.data(&["drill"]).code(1);
    assert!(empty.stdout.contains("there is no lot to recall"), "{empty:?}");
    bench
        .tell(
            r#"{"mode":"report","acts":[
                {"act":"defineParty","code":"POLY","name":"Polyflex"},
                {"act":"defineMaterial","part":{"number":"MB-09"},"name":"Membrane",
                 "tracking":"lot","baseUnit":"ea"},
                {"act":"receive","kind":"lot","part":{"number":"MB-09"},"supplier":"POLY",
                 "accepted":true,"items":[
                    {"identifiers":[{"scheme":"lotCode","value":"A"}],"quantity":"10"}]}]}"#,
        )
        .code(0);
    let unused = bench.data(&["drill"]).code(0);
    for said in ["never used; 10 came in: 10 on hand", "there is no more than 1 lot", "PASSED"] {
        let all = format!("{}{}", unused.stdout, unused.stderr);
        assert!(all.contains(said), "{said}: {all}");
    }
    bench.data(&["drill", "--lot", "nobody"]).code(1);
    for wrong in [
        ["drill", "--lots", "0"],
        ["drill", "--accounted-min", "101"],
        ["drill", "--within", "soon"],
    ] {
        bench.data(&wrong).code(2);
    }
    let both = bench.data(&["drill", "--lot", "A", "--lots", "2"]).code(2);
    assert!(both.stderr.contains("cannot be used with"), "{both:?}");
}

#[test]
fn what_is_no_lot_is_not_drilled() {
    let bench = Bench::with_work();
    let unit = bench.data(&["drill", "--lot", "SN-1"]).code(2);
    assert!(unit.stderr.contains("it is a unit, and a drill begins at lots"), "{unit:?}");
}
