//! Scopes: proven, possible, cleared, and who has them.

use engine::query::{KnownAt, Like, ScopeAsk};
use serde_json::Value;

use crate::floor::{Floor, certainties, item, labels};

#[test]
fn a_lot_is_proven_in_some_and_cleared_in_the_others() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    floor.pump(11, "SN-2", "lot:77120-B");
    floor.tell(
        12,
        r#"[{"act":"create","kind":"unit","part":{"number":"LP-300","revision":"F"},
             "items":[{"identifiers":[{"scheme":"serialNumber","value":"SN-3"}]}]}]"#,
    );
    let scope = floor.scope("lot:77120-A");
    assert_eq!(certainties(&scope), ["SN-1 proven", "SN-2 cleared", "SN-3 possible"]);
    assert_eq!(labels(&scope["start"]), ["77120-A"]);
    assert_eq!(scope["start"][0]["balance"]["onHand"], "99");
    let summary = &scope["summary"];
    assert_eq!((&summary["proven"], &summary["possible"]), (&1.into(), &1.into()));
    assert_eq!(summary["byPart"][0]["name"], "Infusion pump");
    assert_eq!(item(&scope, "SN-2")["evidence"][0]["text"], "MB-09 came from lot 77120-B");
    assert_eq!(
        item(&scope, "SN-3")["reason"]["text"],
        "nobody captured which MB-09 went into SN-3"
    );
    let advice = scope["widenings"][0]["text"].as_str().unwrap();
    assert!(advice.starts_with("which MB-09 went into LP-300/F was not captured"), "{advice}");
}

#[test]
fn a_unit_that_is_a_start_is_an_item_without_a_path() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    let scope = floor.scope("serial:SN-1");
    assert!(scope["start"].as_array().unwrap().is_empty());
    let unit = item(&scope, "SN-1");
    assert_eq!((&unit["certainty"], &unit["path"]), (&"proven".into(), &Value::Array(vec![])));
}

#[test]
fn consignees_are_named_through_the_containers_that_went() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    floor.pump(11, "SN-2", "lot:77120-A");
    floor.tell(
        20,
        r#"[{"act":"create","kind":"package","items":[
              {"identifiers":[{"scheme":"containerCode","value":"PK-1"}]}]},
            {"act":"create","kind":"pallet","items":[
              {"identifiers":[{"scheme":"containerCode","value":"PL-9"}]}]},
            {"act":"pack","container":"PK-1","items":[{"item":"SN-1"}]},
            {"act":"pack","container":"PL-9","items":[{"item":"PK-1"}]}]"#,
    );
    let packed = floor.scope("lot:77120-A");
    assert_eq!(item(&packed, "SN-1")["where"]["text"], "in package PK-1 on pallet PL-9");
    floor
        .tell(30, r#"[{"act":"ship","party":"ACME","shipment":"SH-7","lines":[{"item":"PL-9"}]}]"#);
    let scope = floor.scope("lot:77120-A");
    let shipped = item(&scope, "SN-1");
    assert_eq!(shipped["status"], "shipped");
    let place = &shipped["where"];
    assert_eq!(place["text"], "in package PK-1 on pallet PL-9, shipped to ACME with SH-7");
    assert_eq!((&place["kind"], &place["partyName"]), (&"shipped".into(), &"Acme Clinic".into()));
    assert_eq!(labels(&place["within"]), ["PK-1", "PL-9"]);
    let consignees = scope["consignees"].as_array().unwrap();
    assert_eq!(consignees.len(), 1);
    assert_eq!(consignees[0]["name"], "Acme Clinic");
    assert_eq!(consignees[0]["shipments"][0], "SH-7");
    assert_eq!(labels(&consignees[0]["items"]), ["SN-1"]);
    assert_eq!(scope["summary"]["byStatus"]["shipped"], 1);
    // The container with all in it is a start too.
    let of_pallet = floor.scope("container:PL-9");
    assert_eq!(labels(&of_pallet["start"]), ["PK-1", "PL-9"]);
    assert_eq!(certainties(&of_pallet), ["SN-1 proven"]);
}

#[test]
fn a_lot_sold_by_quantity_has_its_consignees_too() {
    let floor = Floor::new();
    floor.tell(
        20,
        r#"[{"act":"ship","party":"ACME","shipment":"SH-1","lines":[{"item":"lot:77120-A","quantity":60}]},
            {"act":"ship","party":"ZETA","shipment":"SH-2","lines":[{"item":"lot:77120-A","quantity":40}]}]"#,
    );
    floor.tell(
        25,
        r#"[{"act":"receiveBack","party":"ZETA","items":[{"item":"lot:77120-A","quantity":40}]}]"#,
    );
    let scope = floor.scope("lot:77120-A");
    let parties: Vec<_> =
        scope["consignees"].as_array().unwrap().iter().map(|each| &each["party"]).collect();
    assert_eq!(parties, ["ACME"]);
}

#[test]
fn what_a_customer_sends_on_is_with_whoever_got_it() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    floor.tell(
        20,
        r#"[{"act":"ship","party":"ACME","shipment":"SH-1","lines":[{"item":"SN-1"},
              {"item":"lot:77120-A","quantity":60}]}]"#,
    );
    let on_hand = |floor: &Floor| floor.scope("lot:77120-A")["start"][0]["balance"].clone();
    let before = on_hand(&floor);
    floor.tell(
        30,
        r#"[{"act":"ship","party":"ZETA","sender":"ACME","shipment":"SH-2","lines":[
              {"item":"SN-1"},{"item":"lot:77120-A","quantity":25}]}]"#,
    );
    let scope = floor.scope("lot:77120-A");
    assert_eq!(item(&scope, "SN-1")["where"]["party"], "ZETA");
    assert_eq!(on_hand(&floor), before, "nothing left from here");
    let consignees = scope["consignees"].as_array().unwrap();
    let shown: Vec<_> =
        consignees.iter().map(|one| (&one["party"], labels(&one["items"]))).collect();
    assert_eq!(
        shown,
        [(&"ACME".into(), vec!["77120-A"]), (&"ZETA".into(), vec!["77120-A", "SN-1"])]
    );
    let exceptions = floor.plant.published().read().exceptions().len();
    assert_eq!(exceptions, 0);
    let history = floor.record("SN-1")["history"].to_string();
    assert!(history.contains("ACME sent SN-1, 77120-A on to ZETA with SH-2"), "{history}");
}

#[test]
fn a_held_item_and_what_is_in_it_are_on_hold() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    floor.tell(
        20,
        r#"[{"act":"create","kind":"pallet","items":[
              {"identifiers":[{"scheme":"containerCode","value":"PL-1"}]}]},
            {"act":"hold","code":"H-1","on":[{"start":"item","item":"PL-1"}],"reason":"wet"}]"#,
    );
    floor.tell(21, r#"[{"act":"pack","container":"PL-1","items":[{"item":"SN-1"}]}]"#);
    let record = floor.record("SN-1");
    assert_eq!(record["status"], "onHold");
    assert_eq!(record["holds"][0], "H-1");
    let before = ScopeAsk {
        from: vec!["SN-1".parse().unwrap()],
        as_of: Some(crate::floor::at(15).parse().unwrap()),
        ..ScopeAsk::default()
    };
    assert_eq!(item(&floor.scope_of(&before), "SN-1")["status"], "inProcess");
}

#[test]
fn a_late_reel_log_narrows_the_scope_and_the_past_stays_as_believed() {
    let floor = Floor::new();
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
        floor.tell(
            minute,
            &format!(
                r#"[{{"act":"create","kind":"unit","part":{{"number":"LP-300","revision":"F"}},
                     "items":[{{"identifiers":[
                       {{"scheme":"serialNumber","value":"{serial}"}}]}}]}}]"#
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
    let wide = floor.scope("lot:77120-A");
    assert_eq!(
        certainties(&wide),
        ["SN-1 proven", "SN-2 possible", "SN-3 possible", "SN-4 cleared"]
    );
    let advice = &wide["widenings"][0];
    assert_eq!(advice["items"], 2);
    let text = advice["text"].as_str().unwrap();
    let wanted = format!(
        "the change of slot F3 at station SMT-1 between {} and {} was not timed: its log clears \
         up to 2",
        crate::floor::at(20),
        crate::floor::at(40)
    );
    assert_eq!(text, wanted);
    assert_eq!(
        item(&wide, "SN-2")["reason"]["text"],
        "one of lot 77120-A and lot 77120-B went into SN-2"
    );
    let before = wide["at"][0]["position"].as_u64().unwrap();
    let time = crate::floor::at(30);
    floor.tell(
        60,
        &format!(
            r#"[{{"act":"correct","entries":[{change}],"amendment":{{"how":"retime",
                 "performed":{{"from":"{time}","to":"{time}"}}}},"reason":"reel log"}}]"#
        ),
    );
    let narrow = floor.scope("lot:77120-A");
    assert_eq!(
        certainties(&narrow),
        ["SN-1 proven", "SN-2 proven", "SN-3 cleared", "SN-4 cleared"]
    );
    let believed = floor.scope_of(&ScopeAsk {
        from: vec!["lot:77120-A".parse().unwrap()],
        known_at: Some(KnownAt::Position(domain::Position(before))),
        ..ScopeAsk::default()
    });
    assert_eq!(certainties(&believed), certainties(&wide));
    assert_eq!(believed["start"][0]["balance"], wide["start"][0]["balance"]);
    assert_eq!(believed["widenings"][0]["items"], 2);
}

#[test]
fn like_one_by_each_attribute() {
    let floor = Floor::new();
    floor.tell(
        5,
        r#"[{"act":"defineSchema","schema":"{\"type\":\"object\",\"properties\":{\"colour\":{\"type\":\"string\"}}}"},
            {"act":"create","kind":"lot","part":{"number":"LP-300","revision":"F"},"items":[
              {"identifiers":[{"scheme":"lotCode","value":"L-1"}],"quantity":"0"},
              {"identifiers":[{"scheme":"lotCode","value":"L-2"}],"quantity":"0"}]},
            {"act":"create","kind":"package","items":[
              {"identifiers":[{"scheme":"containerCode","value":"PK-1"}]}]},
            {"act":"create","kind":"pallet","items":[
              {"identifiers":[{"scheme":"containerCode","value":"PL-1"}]}]},
            {"act":"pack","container":"PL-1","items":[{"item":"PK-1"}]}]"#,
    );
    for serial in ["SN-1", "SN-2", "SN-3"] {
        floor.pump(10, serial, "lot:77120-A");
    }
    floor.tell(
        20,
        r#"[{"act":"assign","items":["SN-1","SN-2"],"lot":"L-1"},
            {"act":"assign","items":["SN-3"],"lot":"L-2","order":"WO-8"},
            {"act":"install","parent":"SN-1","component":"FW-LOT-412","quantity":1},
            {"act":"install","parent":"SN-2","component":"FW-LOT-412","quantity":1},
            {"act":"pack","container":"PK-1","items":[{"item":"SN-1"},{"item":"SN-2"}]},
            {"act":"describe","item":"SN-1","fields":{"colour":"red"}},
            {"act":"describe","item":"SN-2","fields":{"colour":"red"}},
            {"act":"changePart","item":"SN-3","part":{"number":"LP-301","revision":"A"},"reason":"rework"}]"#,
    );
    let like = |by: &str, item: &str| {
        let like = Some(Like { item: item.parse().unwrap(), by: by.to_owned() });
        let scope = floor.scope_of(&ScopeAsk { like, ..ScopeAsk::default() });
        certainties(&scope)
    };
    let two = ["SN-1 proven", "SN-2 proven"];
    for by in [
        "lotCode",
        "workOrder",
        "productionOrder",
        "palletId",
        "packageId",
        "fwVersion",
        "partNumber",
        "hwRevision",
        "deviceType",
        "colour",
    ] {
        assert_eq!(like(by, "SN-1"), two, "{by}");
    }
    assert_eq!(like("lotCode", "SN-3"), ["SN-3 proven"]);
    assert_eq!(like("serialNumber", "SN-2"), ["SN-2 proven"]);
    let missing = Some(Like { item: "SN-3".parse().unwrap(), by: "colour".to_owned() });
    let error = floor.plant.scope(&ScopeAsk { like: missing, ..ScopeAsk::default() });
    assert!(matches!(error, Err(engine::Error::NotFound(_))));
}

#[test]
fn starts_of_work_say_what_they_touched() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    floor.pump(11, "SN-2", "lot:77120-A");
    floor.command(
        15,
        15,
        |command| command.equipment = vec![domain::EquipmentCode::new("TW-07").unwrap()],
        r#"[{"act":"step","operation":"OP40","items":[{"item":"SN-1"}],
             "program":{"name":"torque","version":"3"},"run":"R-1",
             "measures":[{"name":"torque","value":"1.10","unit":"N·m"}]}]"#,
    );
    for start in [
        "equipment:TW-07",
        "program:torque@3",
        "run:R-1",
        "operation:OP40",
        "measure:torque<1.15 N·m",
        "order:WO-7 & equipment:TW-07",
    ] {
        assert_eq!(certainties(&floor.scope(start)), ["SN-1 proven"], "{start}");
    }
    assert_eq!(certainties(&floor.scope("order:WO-7")), ["SN-1 proven", "SN-2 proven"]);
    // The lot that gave a membrane away at a station is not what was worked on there.
    floor.tell_at(
        15,
        "ST-40",
        r#"[{"act":"consume","from":["lot:77120-B"],"into":["SN-2"],"quantity":"1"}]"#,
    );
    let station = floor.scope("station:ST-40");
    assert_eq!(certainties(&station), ["SN-2 proven"]);
    assert_eq!(labels(&station["start"]), Vec::<&str>::new());
    // A tool that nobody ever found good is suspect for all it was used on, and that is said.
    let never = floor.scope("check:TW-07");
    assert_eq!(certainties(&never), ["SN-1 proven"]);
    let note = never["notes"][0].as_str().unwrap();
    assert!(note.contains("TW-07 was never recorded as found good"), "{note}");
    floor.tell(16, r#"[{"act":"checkEquipment","equipment":"TW-07","good":true}]"#);
    let since = ScopeAsk { from: vec!["check:TW-07".parse().unwrap()], ..ScopeAsk::default() };
    assert!(matches!(floor.plant.scope(&since), Err(engine::Error::NotFound(_))));
}
