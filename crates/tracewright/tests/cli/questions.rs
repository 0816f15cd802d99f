//! `record`, `trace`, `scope`, `shared` and the lists.

use serde_json::Value;

use super::{Bench, serials};

/// What the lines of a scope or a trace promise to programs.
fn assert_lines(answer: &Value) {
    assert!(answer["at"][0]["position"].is_u64(), "{answer}");
    for item in answer["items"].as_array().expect("items") {
        for name in ["id", "kind", "serialNumber", "certainty", "status", "where", "path"] {
            assert!(item.get(name).is_some(), "no {name} in {item}");
        }
        assert!(item["where"]["text"].is_string(), "{item}");
        for step in item["path"].as_array().expect("a path") {
            // A trace tells each step once, and names it by its place.
            if let Some(place) = step.as_u64() {
                let step = &answer["steps"][usize::try_from(place).expect("a place")];
                assert!(step["from"].is_string() && step["how"].is_string(), "{step}");
                continue;
            }
            assert!(step["from"]["label"].is_string() && step["how"].is_string(), "{step}");
        }
    }
}

#[test]
fn a_record_shows_the_default_schema() {
    let bench = Bench::with_units();
    let record = bench.answer(&["record", "SN-0042"]);
    for (name, value) in [
        ("serialNumber", "SN-0042"),
        ("partNumber", "LP-300"),
        ("lotCode", "77120-A"),
        ("workOrder", "WO-7"),
        ("palletId", "PL-1"),
        ("fwVersion", "4.2.0"),
    ] {
        assert_eq!(record["attributes"][name], value, "{name}");
        assert!(record["provenance"][name]["position"].is_u64(), "{name}");
    }
    assert_eq!(record.get("history"), None);
    let table = bench.data(&["record", "SN-0042"]).code(0);
    assert!(table.stdout.contains("77120-A") && table.stdout.contains("on pallet PL-1"));
    assert!(table.stdout.lines().all(|line| line.chars().count() <= 100), "{table:?}");
}

#[test]
fn a_record_reads_as_of_and_as_known_at_another_moment() {
    let bench = Bench::with_work();
    let before = bench.answer(&["record", "SN-2", "--as-of", "2026-06-01T08:30:00Z"]);
    assert_eq!(before["components"], serde_json::json!([]));
    assert_eq!(before["asOf"], "2026-06-01T08:30:00Z");
    let after = bench.answer(&["record", "SN-2", "--as-of", "2026-06-01T09:30:00Z"]);
    assert_eq!(after["components"][0]["item"]["label"], "77120-A");
    assert_eq!(after["measures"], serde_json::json!([]));
    let now = bench.answer(&["record", "SN-2", "--history"]);
    let history = now["history"].as_array().unwrap();
    assert_eq!(history.len(), 3, "{now}");
    for change in history {
        for name in ["position", "sequence", "performed", "received", "recordedBy", "changes"] {
            assert!(change.get(name).is_some(), "no {name} in {change}");
        }
    }
    let installed = history[1]["position"].to_string();
    let known = bench.answer(&["record", "SN-2", "--known-at", &installed, "--diff", "now"]);
    assert_eq!(known["measures"], serde_json::json!([]));
    assert_eq!(known["knownAt"].to_string(), installed);
    assert!(known["difference"]["changes"].is_array(), "{known}");
    let early = ["record", "SN-2", "--as-of", "2026-06-01T08:30:00Z", "--diff", "now"];
    let table = bench.data(&early).code(0).stdout;
    assert!(table.contains("77120-A") && !table.contains('['), "{table}");
    let received = now["history"][2]["received"].as_str().unwrap();
    let by_time = bench.answer(&["record", "SN-2", "--known-at", received]);
    assert_eq!(by_time["measures"].as_array().unwrap().len(), 1);
    let table = bench.data(&["record", "SN-1", "--history"]).code(0);
    assert!(table.stdout.contains("OUT OF LIMITS"), "{table:?}");
}

#[test]
fn an_item_that_did_not_exist_yet_is_told_from_one_that_nobody_knows() {
    let bench = Bench::with_work();
    let now = bench.answer(&["record", "SN-2", "--history"]);
    let birth = &now["history"][0];
    let early = bench.data(&["record", "SN-2", "--as-of", "2020-01-01T00:00:00Z"]).code(1);
    let unknown = bench.data(&["record", "SN-2", "--known-at", "1"]).code(1);
    let traced = bench.data(&["trace", "SN-2", "--backward", "--known-at", "1"]).code(1);
    for ran in [early, unknown, traced] {
        let (from, received) = (&birth["performed"]["from"], &birth["received"]);
        let said = format!(
            "failed to find SN-2 at that moment: it did not exist yet; it exists since {}, which \
             is known since entry {}, received {}\n",
            from.as_str().unwrap(),
            birth["position"],
            received.as_str().unwrap()
        );
        assert!(ran.stderr.ends_with(&said), "{ran:?}, not {said}");
    }
    let nobody = bench.data(&["record", "SN-NONE", "--as-of", "2020-01-01T00:00:00Z"]).code(1);
    assert!(nobody.stderr.ends_with("failed to find SN-NONE\n"), "{nobody:?}");
}

#[test]
fn a_scope_without_a_start_says_both_ways_to_give_one() {
    let bench = Bench::with_units();
    let ran = bench.data(&["scope"]).code(2);
    for way in ["scope --from START", "scope --like REF --by ATTRIBUTE"] {
        assert!(ran.stderr.contains(way), "{ran:?}");
    }
    bench.data(&["scope", "--like", "SN-0042"]).code(2);
    bench.data(&["scope", "--like", "SN-0042", "--by", "lotCode", "--from", "SN-1"]).code(2);
}

#[test]
fn units_that_are_alike_are_a_scope() {
    let bench = Bench::with_units();
    let scope = bench.answer(&["scope", "--like", "SN-0042", "--by", "lotCode"]);
    assert_lines(&scope);
    assert_eq!(serials(&scope), ["SN-0041", "SN-0042"]);
    let order = bench.answer(&["scope", "--like", "SN-0042", "--by", "workOrder"]);
    assert_eq!(serials(&order), ["SN-0041", "SN-0042", "SN-0043"]);
    bench.data(&["scope", "--like", "SN-0042"]).code(2);
    let unknown = bench.data(&["scope", "--like", "SN-0042", "--by", "colour"]).code(1);
    assert!(unknown.stderr.contains("colour"), "{unknown:?}");
}

#[test]
fn a_scope_begins_anywhere() {
    let bench = Bench::with_work();
    for (from, expected) in [
        ("lot:77120-A", &["SN-1", "SN-2"][..]),
        ("serial:SN-3", &["SN-3"]),
        ("SN-3", &["SN-3"]),
        ("order:WO-7", &["SN-1", "SN-2", "SN-3"]),
        ("part:LP-300", &["SN-1", "SN-2", "SN-3"]),
        ("equipment:TW-07@2026-06-01..2026-06-03", &["SN-1"]),
        ("equipment:TW-07@2026-06-01..2026-06-30", &["SN-1", "SN-2"]),
        ("station:ST-1", &["SN-1", "SN-2"]),
        ("program:EOL", &["SN-2"]),
        ("program:EOL@4.2", &["SN-2"]),
        ("operation:OP40@2026-06-09", &["SN-2"]),
        ("measure:torque<1.15 N·m", &["SN-1"]),
        ("equipment:TW-07 & order:WO-7 & program:EOL", &["SN-2"]),
    ] {
        let scope = bench.answer(&["scope", "--from", from]);
        assert_lines(&scope);
        let proven = scope["items"].as_array().unwrap().iter();
        let proven = proven.filter(|item| item["certainty"] == "proven").cloned().collect();
        let proven = serde_json::json!({ "items": Value::Array(proven) });
        assert_eq!(serials(&proven), expected, "{from}: {scope}");
    }
    let wrong = bench.data(&["scope", "--from", "measure:torque"]).code(2);
    assert!(wrong.stderr.contains("NAME<VALUE UNIT"), "{wrong:?}");
}

#[test]
fn a_scope_is_written_as_a_page_too() {
    let bench = Bench::with_work();
    let file = bench.path("scope.html");
    let ran = bench.data(&["scope", "--from", "lot:77120-A", "--report", &file]).code(0);
    assert!(ran.stdout.contains("2 proven + 0 possible"), "{ran:?}");
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(page.contains("lot:77120-A") && page.contains("SN-2"), "{page}");
    assert!(!page.contains("http://") && !page.contains("https://"), "it needs no network");
}

#[test]
fn traces_go_both_ways() {
    let bench = Bench::with_work();
    let back = bench.answer(&["trace", "SN-2", "--backward"]);
    assert_lines(&back);
    assert_eq!(back["items"][0]["label"], "77120-A");
    assert_eq!(
        (&back["items"][0]["path"], &back["steps"][0]["how"]),
        (&[0].into(), &"installed".into())
    );
    let forward = bench.answer(&["trace", "lot:77120-A", "--forward"]);
    assert_lines(&forward);
    assert_eq!(serials(&forward), ["SN-1", "SN-2"]);
    let earlier =
        bench.answer(&["trace", "lot:77120-A", "--forward", "--as-of", "2026-06-01T08:30:00Z"]);
    assert_eq!(earlier["items"], serde_json::json!([]));
    let empty = bench.data(&["trace", "SN-2", "--forward"]).code(0);
    assert!(empty.stdout.contains("Nothing is recorded"), "{empty:?}");
    let neither = bench.data(&["trace", "SN-2"]).code(2);
    assert!(neither.stderr.contains("--backward") && neither.stderr.contains("--forward"));
    bench.data(&["trace", "SN-2", "--forward", "--backward"]).code(2);
}

#[test]
fn one_call_from_one_serial_says_what_it_shares() {
    let bench = Bench::with_work();
    let shared = bench.answer(&["shared", "SN-1"]);
    let shares = shared["shares"].as_array().unwrap();
    let of = |kind: &str| shares.iter().find(|share| share["kind"] == kind).map(|s| &s["code"]);
    assert_eq!(of("lot"), Some(&"77120-A".into()), "{shared}");
    assert_eq!(of("order"), Some(&"WO-7".into()));
    assert_eq!(of("equipment"), Some(&"TW-07".into()));
    assert_eq!(shared["affected"].as_array().unwrap().len(), 2);
    assert!(bench.data(&["shared", "SN-1"]).code(0).stdout.contains("Other units: 2"));
}

#[test]
fn lists_are_filtered_and_paged() {
    let bench = Bench::with_work();
    let page = bench.answer(&["items", "--kind", "unit", "--limit", "2"]);
    assert_eq!(serials(&page), ["SN-1", "SN-2"]);
    let next = page["next"].as_str().expect("there are more");
    let rest = bench.answer(&["items", "--kind", "unit", "--after", next]);
    assert_eq!((serials(&rest), &rest["next"]), (vec!["SN-3"], &Value::Null));
    let all = bench.answer(&["items", "--text", "sn-", "--all"]);
    assert_eq!(serials(&all).len(), 3);
    let table = bench.data(&["items", "--limit", "2"]).code(0);
    assert!(table.stdout.contains("--after"), "{table:?}");
    let none = bench.data(&["items", "--text", "nowhere"]).code(0);
    assert!(none.stdout.contains("No items match."), "{none:?}");
    let unknown = bench.data(&["items", "--status", "asleep"]).code(2);
    assert!(unknown.stderr.contains("onHold"), "it names those that are known: {unknown:?}");
    let lots = bench.answer(&["lots", "--part", "MB-09"]);
    assert_eq!(lots["items"][0]["balance"]["onHand"], "98");
    let balance = bench.answer(&["balance", "lot:77120-A"]);
    assert_eq!(balance["lots"][0]["balance"]["installed"], "2");
    let unit = bench.data(&["balance", "SN-1"]).code(2);
    assert!(unit.stderr.contains("only lots have books"), "{unit:?}");
    let entries = bench.answer(&["entries", "--item", "SN-1"]);
    let positions: Vec<u64> = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["position"].as_u64().unwrap())
        .collect();
    assert!(positions.len() >= 3 && positions.is_sorted_by(|a, b| a > b), "newest first");
}

#[test]
fn what_is_not_known_yet_is_not_asked_about() {
    let bench = Bench::with_work();
    let last = bench.answer(&["status"])["at"][0]["position"].as_u64().expect("a position");
    let at = |position: u64| position.to_string();
    bench.answer(&["record", "SN-2", "--known-at", &at(last)]);
    let beyond = at(last + 1);
    for args in [
        vec!["record", "SN-2"],
        vec!["record", "SN-2", "--diff", "now"],
        vec!["trace", "SN-2", "--backward"],
        vec!["scope", "--from", "lot:77120-A"],
        vec!["scope", "freeze", "--from", "lot:77120-A", "--reason", "leak"],
    ] {
        let ran = bench.data(&[args.as_slice(), &["--known-at", &beyond]].concat()).code(2);
        let wanted = format!("the last entry is at position {last}");
        assert!(ran.stderr.contains(&wanted), "{ran:?}");
    }
    let diff = format!("known-at={beyond}");
    let diff = bench.data(&["record", "SN-2", "--diff", &diff]).code(2);
    assert!(diff.stderr.contains("the last entry is at"), "{diff:?}");
    // Of a time that has not come, what is known by now is all there is, and that is said.
    let ahead = bench.data(&["record", "SN-2", "--as-of", "2999-01-01T00:00:00Z"]).code(0);
    assert!(ahead.stderr.contains("has not come yet"), "{ahead:?}");
    let ahead = bench.data(&["scope", "--from", "SN-2", "--known-at", "2999-01-01"]).code(0);
    assert!(ahead.stderr.contains("has not come yet"), "{ahead:?}");
}

#[test]
fn a_kind_of_start_that_is_not_known_is_answered_with_those_that_are() {
    let bench = Bench::with_work();
    for args in [["scope", "--from", "bogus:x"], ["trace", "bogus:x", "--forward"]] {
        let ran = bench.data(&args).code(1);
        for word in ["bogus: is not known", "lot:", "order:", "equipment:", "measure:"] {
            assert!(ran.stderr.contains(word), "{ran:?}");
        }
    }
    let ran = bench.data(&["record", "bogus:x"]).code(1);
    assert!(ran.stderr.contains("serial:") && !ran.stderr.contains("order:"), "{ran:?}");
    let plain = bench.data(&["record", "SN-NONE"]).code(1);
    assert_eq!(plain.stderr, "tracewright: failed to find SN-NONE\n");
}

#[test]
fn starts_combine_and_are_named_as_typed_where_nothing_fits() {
    let bench = Bench::with_work();
    let scope = bench.answer(&["scope", "--from", "order:WO-7 & lot:77120-A"]);
    let certainty = |serial: &str| {
        let items = scope["items"].as_array().expect("items");
        let item = items.iter().find(|item| item["serialNumber"] == serial);
        item.map(|item| item["certainty"].clone()).unwrap_or_default()
    };
    assert_eq!(["SN-1", "SN-2", "SN-3"].map(certainty), ["proven", "proven", "cleared"]);
    let none = bench.data(&["scope", "--from", "serial:SN-1 & serial:SN-2"]).code(1);
    assert!(none.stderr.contains("serial:SN-1 & serial:SN-2"), "{none:?}");
}
