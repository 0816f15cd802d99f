//! Frozen scopes: numbered, made again, and how they change.

use domain::act::Act;
use domain::{Command, ScopeCode};
use engine::query::{Certainty, ScopeDelta, ScopeDocument};
use engine::{DeltaAsk, Error, ExportAbout, ExportFormat, FreezeAsk};
use serde_json::Value;

use crate::floor::{Floor, at, json};

fn code(text: &str) -> ScopeCode {
    ScopeCode::new(text).unwrap()
}

fn freeze(floor: &Floor, name: &str, from: &str) -> engine::FrozenScope {
    let ask = FreezeAsk {
        code: Some(code(name)),
        from: vec![from.parse().unwrap()],
        reason: "leak reported".to_owned(),
        ..FreezeAsk::default()
    };
    floor.plant.freeze_scope(&ask, "quality").unwrap().frozen
}

fn delta(floor: &Floor, name: &str) -> engine::DeltaAnswer {
    floor.plant.scope_delta(&code(name), &DeltaAsk::default(), "quality").unwrap()
}

fn holds(floor: &Floor, name: &str) {
    let again = floor.plant.rerun_scope(&code(name), None).unwrap();
    assert!(again.holds, "{again:#?}");
}

/// Four pumps over an untimed reel change: one proven, two possible, one cleared.
fn reel(floor: &Floor) -> domain::Position {
    floor.tell(
        0,
        r#"[{"act":"defineStation","code":"SMT-1","name":"Placer"},
            {"act":"load","lot":"lot:77120-A","station":"SMT-1","slot":"F3"}]"#,
    );
    let change = floor.tell_from(
        20,
        40,
        r#"[{"act":"load","lot":"lot:77120-B","station":"SMT-1","slot":"F3"}]"#,
    );
    for (minute, serial) in [(10, "SN-1"), (25, "SN-2"), (35, "SN-3"), (50, "SN-4")] {
        built(floor, minute, serial);
    }
    change
}

fn built(floor: &Floor, minute: i64, serial: &str) {
    floor.tell(
        minute,
        &format!(
            r#"[{{"act":"create","kind":"unit","part":{{"number":"LP-300","revision":"F"}},
                 "items":[{{"identifiers":[{{"scheme":"serialNumber","value":"{serial}"}}]}}]}}]"#
        ),
    );
    floor.tell_at(
        minute,
        "SMT-1",
        &format!(
            r#"[{{"act":"step","operation":"OP10","items":[{{"item":"{serial}"}}],
                 "backflush":true}}]"#
        ),
    );
}

fn retime(floor: &Floor, change: domain::Position, minute: i64) -> domain::Position {
    let time = at(minute);
    floor.tell(
        60,
        &format!(
            r#"[{{"act":"correct","entries":[{change}],"amendment":{{"how":"retime",
                 "performed":{{"from":"{time}","to":"{time}"}}}},"reason":"reel log"}}]"#
        ),
    )
}

#[test]
fn a_late_log_is_a_delta_with_its_reason() {
    let floor = Floor::new();
    let change = reel(&floor);
    let frozen = freeze(&floor, "RC-1", "lot:77120-A");
    assert_eq!((frozen.number, frozen.proven, frozen.possible, frozen.cleared), (0, 1, 2, 1));
    assert_eq!(frozen.question, "lotCode:77120-A");
    holds(&floor, "RC-1");
    let same = delta(&floor, "RC-1");
    assert!(same.frozen.is_none() && same.delta.is_empty(), "{same:#?}");
    let last = retime(&floor, change, 30);
    let looked = floor.plant.look_at_scope(&code("RC-1")).unwrap();
    assert_eq!(looked.frozen, None);
    let changed = delta(&floor, "RC-1");
    let number = changed.frozen.expect("it changed");
    assert_eq!((number.number, number.proven, number.possible, number.cleared), (1, 2, 0, 2));
    assert_eq!((changed.delta.plus, changed.delta.minus), (0, 1));
    let correction = changed.delta.causes.first().unwrap();
    assert!(correction.position <= last, "{correction:?}");
    assert_eq!((correction.act.as_str(), &correction.corrects), ("correct", &vec![change]));
    let text = format!(
        "-1, 1 possible became proven, because entry {} retimed to {} entry {change} (reel log)",
        correction.position,
        at(30)
    );
    assert_eq!(changed.delta.text, text);
    assert_eq!(changed.delta, ScopeDelta { ..looked.delta });
    holds(&floor, "RC-1");
    assert!(delta(&floor, "RC-1").frozen.is_none());
    // What was frozen first is what it was.
    let (first, _) = floor.plant.scope_document(&code("RC-1"), Some(0)).unwrap();
    assert_eq!(first.scope.summary.possible, 2);
    let (second, bytes) = floor.plant.scope_document(&code("RC-1"), None).unwrap();
    assert_eq!(second.delta.as_ref(), Some(&changed.delta));
    assert_eq!(ScopeDocument::parse(&bytes).unwrap(), second);
}

#[test]
fn each_change_says_why() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    floor.pump(11, "SN-2", "lot:77120-B");
    floor.tell(
        12,
        r#"[{"act":"create","kind":"unit","part":{"number":"LP-300","revision":"F"},
             "items":[{"identifiers":[{"scheme":"serialNumber","value":"SN-3"}]}]}]"#,
    );
    freeze(&floor, "RC-1", "lot:77120-A");
    // A late fact, a decision, a new unit, a shipment, and a lot that nobody suspected.
    let late = floor
        .tell(13, r#"[{"act":"install","parent":"SN-3","component":"lot:77120-A","quantity":1}]"#);
    let now = |acts: &str| floor.command(0, 0, |command| command.performed = None, acts);
    let decided =
        now(r#"[{"act":"clear","items":["SN-1"],"of":"lot:77120-A","reason":"opened, B was in"}]"#);
    let made = now(r#"[{"act":"create","kind":"unit","part":{"number":"LP-300","revision":"F"},
             "items":[{"identifiers":[{"scheme":"serialNumber","value":"SN-4"}]}]},
            {"act":"install","parent":"new:0.0","component":"lot:77120-A","quantity":1}]"#);
    let shipped =
        now(r#"[{"act":"ship","party":"ACME","shipment":"SH-7","lines":[{"item":"SN-2"}]}]"#);
    let changed = delta(&floor, "RC-1").delta;
    let why = |label: &str| {
        let change = changed.changes.iter().find(|change| change.label == label).unwrap();
        let causes = change.because.iter().map(|at| {
            let cause = changed.causes.iter().find(|cause| cause.position == *at).unwrap();
            (*at, json(&cause.kind).as_str().unwrap().to_owned())
        });
        (
            change.was.as_ref().map(|was| was.certainty),
            change.now.as_ref().map(|now| now.certainty),
            causes.collect::<Vec<_>>(),
        )
    };
    let (proven, possible, cleared) =
        (Some(Certainty::Proven), Some(Certainty::Possible), Some(Certainty::Cleared));
    assert_eq!(why("SN-3"), (possible, proven, vec![(late, "late".to_owned())]));
    assert_eq!(why("SN-1"), (proven, cleared, vec![(decided, "clearance".to_owned())]));
    assert_eq!(why("SN-2"), (cleared, cleared, vec![(shipped, "new".to_owned())]));
    let (was, now, causes) = why("SN-4");
    assert_eq!((was, now), (None, proven));
    assert!(causes.contains(&(made, "new".to_owned())), "{causes:?}");
    assert_eq!((changed.plus, changed.minus), (1, 1));
    holds(&floor, "RC-1");
}

#[test]
fn a_new_bill_of_material_does_not_change_what_was_frozen() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    floor.pump(11, "SN-2", "lot:77120-B");
    freeze(&floor, "RC-1", "lot:77120-A");
    let defined = floor.tell(
        20,
        r#"[{"act":"defineBom","part":{"number":"LP-300","revision":"F"},
             "lines":[{"part":{"number":"MB-09"},"quantity":2,"operation":"OP10"}]}]"#,
    );
    let changed = delta(&floor, "RC-1").delta;
    let change = &changed.changes[0];
    assert_eq!((changed.changes.len(), change.label.as_str()), (1, "SN-2"));
    assert_eq!(change.because, [defined]);
    assert_eq!(json(&changed.causes[0].kind), "definition");
    holds(&floor, "RC-1");
}

#[test]
fn codes_are_given_by_year_and_each_is_frozen_once() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    let ask = FreezeAsk {
        from: vec!["lot:77120-A".parse().unwrap()],
        reason: "leak".to_owned(),
        ..FreezeAsk::default()
    };
    let first = floor.plant.freeze_scope(&ask, "quality").unwrap().frozen;
    let second = floor.plant.freeze_scope(&ask, "quality").unwrap().frozen;
    let year = &engine::now().to_string()[..4];
    assert_eq!(first.code.as_str(), format!("RC-{year}-01"));
    assert_eq!(second.code.as_str(), format!("RC-{year}-02"));
    let again = FreezeAsk { code: Some(first.code.clone()), ..ask.clone() };
    let refused = floor.plant.freeze_scope(&again, "quality").unwrap_err();
    let Error::Rejected(rejection) = refused else { panic!("{refused}") };
    assert_eq!(rejection.code, domain::Code::CodeTaken);
    let nameless = FreezeAsk { reason: "  ".to_owned(), ..ask };
    assert!(matches!(floor.plant.freeze_scope(&nameless, "q"), Err(Error::Input(_))));
    assert_eq!(floor.plant.scopes().unwrap().scopes.len(), 2);
    let unknown = code("RC-9");
    assert!(matches!(floor.plant.scope_series(&unknown), Err(Error::NotFound(_))));
    assert!(matches!(floor.plant.look_at_scope(&unknown), Err(Error::NotFound(_))));
    assert!(matches!(floor.plant.frozen_scope(&first.code, Some(3)), Err(Error::NotFound(_))));
}

#[test]
fn a_scope_can_be_frozen_as_it_was_known() {
    let floor = Floor::new();
    let change = reel(&floor);
    let before = floor.plant.at()[0].position;
    retime(&floor, change, 30);
    let ask = FreezeAsk {
        code: Some(code("RC-1")),
        from: vec!["lot:77120-A".parse().unwrap()],
        known_at: Some(before),
        reason: "what we told the authority".to_owned(),
        ..FreezeAsk::default()
    };
    let frozen = floor.plant.freeze_scope(&ask, "quality").unwrap().frozen;
    assert_eq!((frozen.known_at, frozen.possible), (before, 2));
    assert_eq!(delta(&floor, "RC-1").delta.minus, 1);
    holds(&floor, "RC-1");
}

#[test]
fn nobody_freezes_what_the_program_did_not_find() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    let frozen = freeze(&floor, "RC-1", "lot:77120-A");
    let entry = floor.plant.entry(frozen.position).unwrap();
    assert_eq!(entry.act, "freezeScope");
    assert_eq!(entry.why.as_deref(), Some("leak reported"));
    let mut fact = entry.fact;
    fact["code"] = Value::from("RC-2");
    let act: Act<domain::ItemRef> = serde_json::from_value(fact).unwrap();
    let place = r#"[{"act":"definePlace","code":"WH-9","name":"Shed"}]"#;
    let place = Command::report(serde_json::from_str(place).unwrap());
    for command in [Command::attempt(vec![act.clone()]), Command::report(vec![act.clone()])] {
        let refused = floor.plant.submit(command.clone(), "anybody").unwrap().answer;
        let domain::Answer::Rejected(rejection) = refused else { panic!("{refused:?}") };
        assert_eq!(rejection.code, domain::Code::Malformed);
        assert!(rejection.to_string().contains("written by the program"), "{rejection}");
        // Among others it alone is refused.
        let among = vec![place.clone(), command, place.clone()];
        let replies = floor.plant.submit_all(among, "anybody").unwrap();
        let admitted = replies.iter().map(|reply| match &reply.answer {
            domain::Answer::Admitted(_) => true,
            domain::Answer::Rejected(_) => false,
        });
        assert_eq!(admitted.collect::<Vec<_>>(), [true, false, true]);
    }
    let restate = format!(
        r#"[{{"act":"correct","entries":[{}],"reason":"no",
             "amendment":{{"how":"restate","act":{}}}}}]"#,
        frozen.position,
        serde_json::to_string(&act).unwrap()
    );
    let command = Command::report(serde_json::from_str(&restate).unwrap());
    let reply = floor.plant.submit(command, "anybody").unwrap();
    let domain::Answer::Rejected(rejection) = reply.answer else { panic!("{reply:?}") };
    assert_eq!(rejection.code, domain::Code::NotCorrectable);
    assert_eq!(floor.plant.scopes().unwrap().scopes.len(), 1);
}

#[test]
fn a_changed_document_is_named() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    let frozen = freeze(&floor, "RC-1", "lot:77120-A");
    let path = floor.path().join("files").join(&frozen.sha256);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"SN-1\"", "\"SN-7\"")).unwrap();
    let again = floor.plant.rerun_scope(&frozen.code, None).unwrap();
    assert!(!again.holds);
    let said = again.numbers[0].difference.as_deref().unwrap();
    assert!(said.contains(&frozen.sha256), "{said}");
    assert!(floor.plant.scope_document(&frozen.code, None).is_err());
    std::fs::remove_file(&path).unwrap();
    assert!(!floor.plant.rerun_scope(&frozen.code, None).unwrap().holds);
}

#[test]
fn an_export_says_what_was_frozen_and_no_more() {
    let floor = Floor::new();
    floor.tell(
        5,
        r#"[{"act":"create","kind":"unit","part":{"number":"LP-300","revision":"F"},
             "items":[{"identifiers":[
                {"scheme":"serialNumber","value":"=1+1"},
                {"scheme":"gs1","value":"https://id.gs1.org/01/04012345111118/21/7"}]}]},
            {"act":"install","parent":"new:0.0","component":"lot:77120-A","quantity":1}]"#,
    );
    floor.pump(10, "SN-1", "lot:77120-A");
    floor.pump(11, "SN-2", "lot:77120-B");
    floor
        .tell(20, r#"[{"act":"ship","party":"ACME","shipment":"SH-7","lines":[{"item":"SN-1"}]}]"#);
    freeze(&floor, "RC-1", "lot:77120-A");
    let about =
        ExportAbout { firm: Some("Acme".into()), base: Some("https://acme.example/".into()) };
    let export = |format| {
        let bytes = floor.plant.export_scope((&code("RC-1"), None), format, &about).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let table = export(ExportFormat::Csv);
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let labels: Vec<String> =
        rows.records().map(|row| row.unwrap().get(0).unwrap().to_owned()).collect();
    assert_eq!(labels, ["77120-A", "'=1+1", "SN-1", "SN-2"]);
    assert!(table.lines().all(|line| line.is_empty() || !line.starts_with('=')), "{table}");
    let text = export(ExportFormat::Epcis);
    let document = epcis::Document::parse(text.as_bytes()).expect("our own reader takes it");
    assert_eq!(document.events.len(), 1);
    assert!(text.contains("https://id.gs1.org/01/04012345111118/21/7"), "{text}");
    assert!(text.contains("https://acme.example/obj/"), "{text}");
    let event = &serde_json::from_str::<Value>(&text).unwrap()["epcisBody"]["eventList"][0];
    assert_eq!(event["epcList"].as_array().unwrap().len(), 2, "the cleared one is not recalled");
    assert_eq!((&event["disposition"], &event["action"]), (&"recalled".into(), &"OBSERVE".into()));
    let reports: Value = serde_json::from_str(&export(ExportFormat::OpenFda)).unwrap();
    let mut pumps = reports["results"].as_array().unwrap().iter();
    let pumps = pumps.rfind(|report| report["product_description"] == "Infusion pump LP-300/F");
    let pumps = pumps.unwrap_or_else(|| panic!("{reports:#}"));
    assert_eq!(pumps["product_quantity"], "2 (2 proven, 0 possible)");
    assert_eq!(pumps["distribution_pattern"], "1 consignee in SE");
    assert_eq!(pumps["code_info"], "Serial numbers: =1+1, SN-1");
    let proof =
        merkle::proof::verify_bytes(export(ExportFormat::Proof).as_bytes(), &Default::default());
    assert!(proof.unwrap().holds());
    let (_, bytes) = floor.plant.scope_document(&code("RC-1"), None).unwrap();
    assert_eq!(export(ExportFormat::Json).as_bytes(), bytes);
}

#[test]
fn a_recall_by_build_date_and_the_balance_stand_beside_it() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    floor.pump(11, "SN-2", "lot:77120-B");
    floor.pump(12, "SN-3", "lot:77120-A");
    floor.pump(13, "SN-4", "lot:77120-B");
    // The next day.
    floor.pump(24 * 60, "SN-5", "lot:77120-B");
    let scope = floor.scope("lot:77120-A");
    let dates = &scope["byBuildDate"];
    let counted = ["concerned", "inSpan", "inDays", "moreInSpan", "moreInDays"];
    let counted = counted.map(|name| dates[name].as_u64().unwrap());
    assert_eq!(counted, [2, 3, 4, 1, 2], "{dates:#}");
    let account = &scope["accounts"][0];
    assert_eq!((&account["balanced"], &account["items"]), (&true.into(), &2.into()));
    assert_eq!(account["text"], "100 came in: 2 went into items, 98 on hand");
    // Taken out although nobody told that it went in: the books give less than nothing.
    floor.tell(
        30,
        r#"[{"act":"remove","parent":"SN-2","component":"lot:77120-A","quantity":1,
             "reason":"leaks"}]"#,
    );
    let odd = &floor.scope("lot:77120-A")["accounts"][0];
    assert_eq!((&odd["balanced"], &odd["difference"]), (&false.into(), &"-1".into()), "{odd:#}");
}

#[test]
fn each_untimed_change_is_advice_of_its_own() {
    let floor = Floor::new();
    reel(&floor);
    floor.tell_from(
        70,
        90,
        r#"[{"act":"load","lot":"lot:77120-A","station":"SMT-1","slot":"F3"}]"#,
    );
    built(&floor, 80, "SN-5");
    let scope = floor.scope("lot:77120-A");
    let advice: Vec<(u64, &str)> = scope["widenings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["items"].as_u64().unwrap(), one["text"].as_str().unwrap()))
        .collect();
    let said = |from, to, items| {
        format!(
            "the change of slot F3 at station SMT-1 between {} and {} was not timed: its log \
             clears up to {items}",
            at(from),
            at(to)
        )
    };
    let (first, second) = (said(20, 40, 2), said(70, 90, 1));
    assert_eq!(advice, [(2, first.as_str()), (1, second.as_str())]);
}
