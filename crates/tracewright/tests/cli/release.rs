//! Batch records on the command line: review, release, and what does not leave without.

use serde_json::Value;

use super::Bench;
use super::server::Served;

/// A lamp that is made in one step: of several, a test would be found to have entered them at once.
const MASTER: &str = r#"
code = "WM-L"
version = 1
title = "Lamp"
part = { number = "LAMP" }

[[operations]]
code = "OP10"
title = "Make"

[[operations.steps]]
code = "S1"
text = "Fit the bulb."
captures = [
    { kind = "scan", code = "bulb", part = { number = "BULB" } },
    { kind = "check", code = "lit", text = "it is lit" },
    { kind = "text", code = "note", text = "anything odd" },
]
"#;

const PLANT: &str = r#"{"acts":[
 {"act":"definePerson","code":"P-1","name":"One"},{"act":"definePerson","code":"P-2","name":"Two"},
 {"act":"defineParty","code":"C-1","name":"Lindhaga"},
 {"act":"defineStation","code":"ST-1","name":"Bench"},
 {"act":"defineMaterial","part":{"number":"LAMP"},"name":"Lamp","tracking":"serial","baseUnit":"ea"},
 {"act":"defineMaterial","part":{"number":"BULB"},"name":"Bulb","tracking":"lot","baseUnit":"ea"},
 {"act":"defineBom","part":{"number":"LAMP"},"lines":[{"part":{"number":"BULB"},"quantity":1}]},
 {"act":"create","kind":"lot","part":{"number":"BULB"},
  "items":[{"identifiers":[{"scheme":"lotCode","value":"L-1"}],"quantity":"10"}]},
 {"act":"create","kind":"unit","part":{"number":"LAMP"},
  "items":[{"identifiers":[{"scheme":"serialNumber","value":"SN-1"}]},
           {"identifiers":[{"scheme":"serialNumber","value":"SN-2"}]}]}]}"#;

/// A plant in which SN-1 is made, with one value of which no rule can say anything.
fn made() -> Bench {
    let bench = Bench::empty();
    bench.tell(PLANT).code(0);
    bench.write("lamp.toml", MASTER);
    let file = bench.path("lamp.toml");
    bench.data(&["master", "propose", &file, "--reason", "new", "--by", "P-1"]).code(0);
    for deed in ["approve", "activate"] {
        bench.data(&["master", deed, "WM-L@1", "--by", "P-2"]).code(0);
    }
    bench.data(&["master", "acknowledge", "WM-L", "--by", "P-1"]).code(0);
    bench.data(&["work", "start", "SN-1", "--by", "P-1", "--station", "ST-1"]).code(0);
    let work = bench.answer(&["work", "list"]);
    let execution = work["work"][0]["execution"].to_string();
    let take = |capture: &str, value: &str| {
        bench.data(&["work", "take", &execution, capture, value, "--by", "P-1"]).code(0);
    };
    take("bulb", "lot:L-1");
    take("lit", "yes");
    take("note", "a <b>scratch</b>");
    bench.data(&["work", "close", &execution, "--by", "P-1"]).code(0);
    bench
}

fn ship(bench: &Bench) -> super::Ran {
    bench.data(&["ship", "--to", "C-1", "SN-1", "--by", "P-1"])
}

#[test]
fn a_record_is_reviewed_released_and_shipped_upon() {
    let bench = made();
    let refused = ship(&bench).code(1);
    assert!(refused.stderr.contains("TW0044 not released"), "{refused:?}");
    let queue = bench.data(&["review"]).code(0);
    for said in ["SN-1", "complete", "1"] {
        assert!(queue.stdout.contains(said), "{said}: {queue:?}");
    }
    let report = bench.path("SN-1.html");
    let review = bench.data(&["review", "SN-1", "--whole", "--report", &report]).code(0);
    for said in [
        "The record holds all it must.",
        "WM-L version 1",
        "1 verified on time (100 %), 0 unverified (0 %), 0 late (0 %)",
        "refused  ",
        "1 value no rule judges",
        "To release it: tracewright release SN-1 --record ",
    ] {
        assert!(review.stdout.contains(said), "{said}: {}", review.stdout);
    }
    let page = std::fs::read_to_string(&report).unwrap();
    for said in ["Batch record", "Fit the bulb.", "a &lt;b&gt;scratch&lt;/b&gt;", "ledger "] {
        assert!(page.contains(said), "{said}");
    }
    for foreign in ["<script", "src=\"http", "href=\"http", "@import", "<b>scratch"] {
        assert!(!page.contains(foreign), "{foreign}: the page stands alone");
    }

    let wrong = "0".repeat(64);
    let outdated = bench.data(&["release", "SN-1", "--record", &wrong, "--by", "P-2"]).code(1);
    assert!(outdated.stderr.contains("refused: TW0043 changed since the review"), "{outdated:?}");
    assert!(outdated.stderr.contains("-> look at what is new"), "{outdated:?}");
    let record = bench.answer(&["review", "SN-1"])["record"].as_str().unwrap().to_owned();
    bench.data(&["release", "SN-1", "--record", &record, "--by", "P-2"]).code(0);
    assert_eq!(bench.answer(&["record", "SN-1"])["status"], "released");
    ship(&bench).code(0);
    let unit = bench.data(&["release", "SN-2", "--record", &wrong, "--by", "P-2"]);
    assert_eq!(unit.code, 1, "{unit:?}");
    bench.data(&["verify"]).code(0);

    // Offline, from the proof alone.
    let proof = bench.path("SN-1.twproof");
    bench.data(&["proof", "SN-1", "--out", &proof]).code(0);
    let shown = bench.run(["verify", &proof]).code(0);
    assert!(shown.stdout.contains("stands on the record shown"), "{shown:?}");
    let said = bench.run(["verify", &proof, "-o", "json"]).code(0).json();
    assert_eq!(said["releases"][0]["record"], record.as_str());
    let part = bench.path("part.twproof");
    bench.data(&["proof", "SN-1", "--out", &part, "--withhold", "fact/record"]).code(0);
    let quiet = bench.run(["verify", &part]).code(0);
    assert!(!quiet.stdout.contains("Release "), "nothing is said of what is withheld: {quiet:?}");
}

#[test]
fn a_record_is_handed_on_and_verifies_itself_in_every_form() {
    let bench = made();
    let files = ["SN-1.html", "SN-1.pdf", "SN-1.json", "SN-1.twproof"].map(|name| bench.path(name));
    let mut args = vec!["review", "SN-1"];
    for file in &files {
        args.extend(["--report", file]);
    }
    bench.data(&args).code(0);
    let record = bench.answer(&["review", "SN-1"])["record"].as_str().unwrap().to_owned();
    let entries = bench.answer(&["review", "SN-1"])["entries"].as_u64();
    for (file, inside) in files.iter().zip([Some("page"), Some("PDF"), Some("JSON record"), None]) {
        let said = bench.run(["verify", file, "-o", "json"]).code(0).json();
        assert_eq!(said["holds"], true, "{file}");
        assert_eq!(said["complete"][0]["throughSequence"].as_u64(), entries, "{file}");
        assert_eq!(said["inside"].as_str(), inside, "{file}");
        let shown = bench.run(["verify", file]).code(0).stdout;
        assert_eq!(shown.contains("that names this record"), inside.is_some(), "{shown}");
        assert!(shown.contains(&format!("is {record}.")), "{shown}");
    }
    let page = std::fs::read_to_string(&files[0]).unwrap();
    assert!(page.contains(&record) && page.contains("Audit trail"));

    // One changed byte of the proof inside is found.
    let json = std::fs::read_to_string(&files[2]).unwrap();
    let spoilt = json.replacen("Fit the bulb.", "Fit the bulb!", 1);
    bench.write("text.json", &spoilt);
    bench.run(["verify", &bench.path("text.json")]).code(0);
    let (before, proof) = json.split_once("\"proof\": {").unwrap();
    let spoilt = format!("{before}\"proof\": {{{}", proof.replacen("scratch", "scrotch", 1));
    bench.write("spoilt.json", &spoilt);
    bench.run(["verify", &bench.path("spoilt.json")]).code(1);
    // So is a record that was put around another one's proof.
    let other = json.replacen(&record, &"0".repeat(64), 1);
    bench.write("other.json", &other);
    let said = bench.run(["verify", &bench.path("other.json")]).code(1);
    assert!(said.stdout.contains("does NOT name the record"), "{said:?}");
    bench.write("none.pdf", "%PDF-1.7\nnothing in it");
    let none = bench.run(["verify", &bench.path("none.pdf")]).code(2);
    assert!(none.stdout.contains("no proof inside this PDF"), "{none:?}");
    let other = bench.data(&["review", "SN-1", "--report", &bench.path("SN-1.docx")]).code(2);
    assert!(other.stderr.contains("must end with .html, .pdf, .json or .twproof"), "{other:?}");
}

#[test]
fn a_list_releases_what_is_complete_without_a_finding() {
    let bench = made();
    let list = bench.data(&["review", "--output", "json"]).code(0);
    bench.write("reviewed.json", &list.stdout);
    let file = bench.path("reviewed.json");
    bench.data(&["release", "--reviewed", &file, "--by", "P-2"]).code(0);
    let all: Value = bench.answer(&["review", "--all"]);
    assert_eq!(all["items"][0]["status"], "released");
    let again = bench.data(&["release", "--reviewed", &file, "--by", "P-2"]).code(1);
    assert!(again.stderr.contains("TW0043"), "{again:?}");
    bench.write("none.json", r#"{"at":[],"items":[],"more":0}"#);
    let none = bench.data(&["release", "--reviewed", &bench.path("none.json"), "--by", "P-2"]);
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("none is complete without a finding"), "{none:?}");
    let usage = bench.data(&["release", "--by", "P-2"]);
    assert_eq!(usage.code, 2);
}

#[test]
fn a_server_says_the_same() {
    let bench = made();
    let here = bench.answer(&["review", "SN-1"]);
    let served = Served::start(&bench);
    let secret = served.said["token"].as_str().expect("the first start makes one");
    let on = |args: &[&str]| {
        let server = ["--server", served.address(), "--token", secret];
        bench.run(args.iter().chain(&server).copied())
    };
    let there = on(&["review", "SN-1", "-o", "json"]).code(0).json();
    assert_eq!(here["record"], there["record"]);
    assert_eq!(here["findings"], there["findings"]);
    let file = bench.path("there.pdf");
    on(&["review", "SN-1", "--report", &file]).code(0);
    bench.run(["verify", &file]).code(0);
    let record = there["record"].as_str().unwrap();
    on(&["release", "SN-1", "--record", record, "--by", "P-2"]).code(0);
    let again = on(&["release", "SN-1", "--record", record, "--by", "P-2"]).code(1);
    assert!(again.stderr.contains("refused: TW0043"), "{again:?}");
}
