//! The manufacturing record: attributes, history, moments and their difference.

use engine::query::{KnownAt, Moment, RecordAsk};
use serde_json::{Value, json};

use crate::floor::{Floor, at};

/// A pump with everything the default schema shows.
fn complete(floor: &Floor) {
    floor.pump(10, "SN-1", "lot:77120-A");
    floor.tell(
        11,
        r#"[{"act":"create","kind":"unit","part":{"number":"PCB-4","revision":"C"},
             "items":[{"identifiers":[{"scheme":"boardCode","value":"BC-1"}]}]},
            {"act":"install","parent":"SN-1","component":"new:0.0"},
            {"act":"install","parent":"SN-1","component":"FW-LOT-412","quantity":1},
            {"act":"create","kind":"lot","part":{"number":"LP-300","revision":"F"},"items":[
              {"identifiers":[{"scheme":"lotCode","value":"L-1"}],"quantity":"0"}]},
            {"act":"assign","items":["SN-1"],"lot":"L-1"},
            {"act":"identify","item":"SN-1","identifiers":[{"scheme":"cloudId","value":"c-9"}]},
            {"act":"describe","item":"SN-1","fields":{"colour":"red"}}]"#,
    );
    floor.tell(
        12,
        r#"[{"act":"create","kind":"package","items":[
              {"identifiers":[{"scheme":"containerCode","value":"PK-1"}]}]},
            {"act":"create","kind":"pallet","items":[
              {"identifiers":[{"scheme":"containerCode","value":"PL-1"}]}]},
            {"act":"pack","container":"PK-1","items":[{"item":"SN-1"}]},
            {"act":"pack","container":"PL-1","items":[{"item":"PK-1"}]}]"#,
    );
}

#[test]
fn attributes_are_projections_of_facts_and_say_which() {
    let floor = Floor::new();
    complete(&floor);
    let record = floor.record("SN-1");
    let wanted = json!({
        "serialNumber": "SN-1", "partNumber": "LP-300", "hwRevision": "F",
        "deviceType": "infusion-pump", "pcbPartNumber": "PCB-4", "fwVersion": "4.1.2",
        "lotCode": "L-1", "workOrder": "WO-7", "productionOrder": "PO-1",
        "packageId": "PK-1", "palletId": "PL-1", "cloudId": "c-9", "colour": "red",
    });
    assert_eq!(record["attributes"], wanted);
    for name in wanted.as_object().unwrap().keys() {
        let provenance = &record["provenance"][name];
        assert_eq!(provenance["recordedBy"], "line-1", "{name}");
    }
    assert_eq!(record["provenance"]["palletId"]["performed"]["from"], at(12));
    // A lot and a container have a record as well.
    assert_eq!(floor.record("lot:77120-A")["balance"]["onHand"], "99");
    let package = floor.record("PK-1");
    assert_eq!(package["attributes"], json!({"packageId": "PK-1", "palletId": "PL-1"}));
    assert_eq!(package["contents"][0]["label"], "SN-1");
}

#[test]
fn history_says_who_when_why_old_and_new() {
    let floor = Floor::new();
    complete(&floor);
    floor.tell(
        20,
        r#"[{"act":"changePart","item":"SN-1","part":{"number":"LP-300","revision":"G"},
             "reason":"rework 7"}]"#,
    );
    let record = floor.record("SN-1");
    let history = record["history"].as_array().unwrap();
    let sequences: Vec<u64> =
        history.iter().map(|each| each["sequence"].as_u64().unwrap()).collect();
    assert_eq!(sequences, (1..=u64::try_from(history.len()).unwrap()).collect::<Vec<_>>());
    let last = history.last().unwrap();
    assert_eq!(last["act"], "changePart");
    assert_eq!((&last["why"], &last["recordedBy"]), (&"rework 7".into(), &"line-1".into()));
    assert_eq!(last["performed"]["from"], at(20));
    let revision = json!([{"attribute": "hwRevision", "old": "F", "new": "G"}]);
    assert_eq!(last["changes"], revision);
    let created = &history[0]["changes"];
    let of = |changes: &Value, name: &str| {
        let found = changes.as_array().unwrap().iter().find(|each| each["attribute"] == name);
        found.map(|each| (each["old"].clone(), each["new"].clone()))
    };
    assert_eq!(of(created, "serialNumber"), Some((Value::Null, "SN-1".into())));
    let packed = history.iter().find(|each| each["act"] == "pack").unwrap();
    assert_eq!(of(&packed["changes"], "packageId"), Some((Value::Null, "PK-1".into())));
    let fitted = history.iter().filter(|each| each["act"] == "install").nth(1).unwrap();
    assert_eq!(of(&fitted["changes"], "component"), Some((Value::Null, "BC-1".into())));
    assert_eq!(of(&fitted["changes"], "pcbPartNumber"), Some((Value::Null, "PCB-4".into())));
    assert_eq!(fitted["summary"], "installed BC-1 in SN-1");
}

#[test]
fn what_was_believed_before_a_correction_stays_readable() {
    let floor = Floor::new();
    let wrong = floor.pump(10, "SN-1", "lot:77120-A");
    let before = floor.record("SN-1")["at"][0]["position"].as_u64().unwrap();
    floor.tell(
        30,
        &format!(
            r#"[{{"act":"correct","entries":[{wrong}],"amendment":{{"how":"substitute",
                 "wrong":"lot:77120-A","right":"lot:77120-B"}},"reason":"wrong reel"}}]"#
        ),
    );
    let lots = |record: &Value| -> Vec<String> {
        let components = record["components"].as_array().unwrap();
        components.iter().map(|each| each["item"]["label"].as_str().unwrap().to_owned()).collect()
    };
    let now = floor.record("SN-1");
    assert_eq!(lots(&now), ["77120-B"]);
    let superseded =
        now["history"].as_array().unwrap().iter().find(|each| each["act"] == "install");
    assert!(superseded.unwrap()["supersededBy"].as_u64().unwrap() > before);
    let known_at = Some(KnownAt::Position(domain::Position(before)));
    let ask = RecordAsk {
        compare: Some(Moment { as_of: None, known_at }),
        ..RecordAsk::now("SN-1".parse().unwrap())
    };
    let compared = floor.record_of(&ask);
    assert_eq!(
        compared["difference"]["changes"],
        json!([{"attribute": "components", "old": ["77120-A"], "new": ["77120-B"]}])
    );
    let past = floor.record_of(&RecordAsk { known_at, ..RecordAsk::now(ask.item.clone()) });
    assert_eq!(lots(&past), ["77120-A"]);
    assert_eq!(past["knownAt"], before);
    let lot = RecordAsk { known_at, ..RecordAsk::now("lot:77120-A".parse().unwrap()) };
    assert_eq!(floor.record_of(&lot)["balance"]["onHand"], "99");
    assert_eq!(floor.record("lot:77120-A")["balance"]["onHand"], "100");
}

#[test]
fn as_of_asks_when_it_was_so_and_known_at_when_it_was_known() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    floor.tell(40, r#"[{"act":"move","items":["SN-1"],"place":"WH-1"}]"#);
    let received = floor.record("SN-1")["history"].as_array().unwrap().last().unwrap()["received"]
        .as_str()
        .unwrap()
        .to_owned();
    // Told later, performed earlier.
    floor.tell_at(
        20,
        "ST-40",
        r#"[{"act":"step","operation":"OP40","items":[{"item":"SN-1"}],"outcome":"pass",
             "measures":[{"name":"torque","value":"1.19","unit":"N·m","low":"1.15"}]}]"#,
    );
    let place = |as_of: Option<String>, known_at: Option<KnownAt>| {
        let as_of = as_of.map(|time| time.parse().unwrap());
        let ask = RecordAsk { as_of, known_at, ..RecordAsk::now("SN-1".parse().unwrap()) };
        let record = floor.record_of(&ask);
        let measured = record["measures"].as_array().unwrap().len();
        (record["where"]["text"].as_str().unwrap().to_owned(), measured)
    };
    assert_eq!(place(None, None), ("in stock at WH-1".to_owned(), 1));
    assert_eq!(place(Some(at(30)), None), ("in process at ST-40".to_owned(), 1));
    assert_eq!(place(Some(at(15)), None), ("in process".to_owned(), 0));
    let then = KnownAt::Received(received.parse().unwrap());
    assert_eq!(place(Some(at(30)), Some(then)), ("in process".to_owned(), 0));
    assert_eq!(place(None, Some(then)), ("in stock at WH-1".to_owned(), 0));
    let early = RecordAsk {
        known_at: Some(KnownAt::Position(domain::Position(1))),
        ..RecordAsk::now("SN-1".parse().unwrap())
    };
    assert!(matches!(floor.plant.record(&early), Err(engine::Error::NotFound(_))));
}

#[test]
fn a_rework_keeps_the_item_and_shows_the_way() {
    let floor = Floor::new();
    complete(&floor);
    floor.tell(
        30,
        r#"[{"act":"unpack","container":"PK-1","items":["SN-1"]},
            {"act":"create","kind":"unit","part":{"number":"PCB-4","revision":"D"},
             "items":[{"identifiers":[{"scheme":"boardCode","value":"BC-2"}]}]},
            {"act":"replace","parent":"SN-1","old":"BC-1","new":"BC-2","reason":"dead"},
            {"act":"withdraw","item":"SN-1","identifier":{"scheme":"cloudId","value":"c-9"},
             "reason":"new board"}]"#,
    );
    let record = floor.record("SN-1");
    assert!(record["attributes"].get("cloudId").is_none());
    assert!(record["attributes"].get("packageId").is_none());
    assert_eq!(record["attributes"]["pcbPartNumber"], "PCB-4");
    let replaced =
        record["history"].as_array().unwrap().iter().find(|each| each["act"] == "replace");
    let replaced = replaced.unwrap();
    assert_eq!(replaced["why"], "dead");
    assert!(
        replaced["changes"]
            .as_array()
            .unwrap()
            .contains(&json!({"attribute": "component", "old": "BC-1", "new": "BC-2"}))
    );
    assert_eq!(floor.record("BC-1")["status"], "inStock");
    assert_eq!(floor.record("BC-2")["where"]["text"], "installed in SN-1");
}
