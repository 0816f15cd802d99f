//! Work that is done again, on some of a load, and on what is parted off a lot.

use domain::{Code, ItemRef};
use engine::query::{BatchRecord, ReleaseAsk, Reviewed, Rule};
use serde_json::{Value, json};

use crate::{Floor, open, set_up};

fn record(floor: &Floor<'_>, item: &str) -> BatchRecord {
    floor.plant.batch_record(&item.parse::<ItemRef>().unwrap()).unwrap()
}

fn take(execution: domain::Position, step: &str, capture: &str, value: impl Into<Value>) -> Value {
    let value: Value = value.into();
    json!({"act": "take", "execution": execution, "step": step, "capture": capture,
        "value": value})
}

fn torque(value: &str) -> Value {
    json!({"kind": "measurement", "unit": "N·m", "value": value})
}

fn scan(item: &str) -> Value {
    json!({"kind": "scan", "item": item})
}

fn receive(floor: &Floor<'_>, lot: &str) {
    floor.done(&json!({"act": "receive", "kind": "lot", "part": {"number": "SEAL"},
        "supplier": "SUP", "accepted": true,
        "items": [{"identifiers": [{"scheme": "lotCode", "value": lot}], "quantity": "200"}]}));
}

#[test]
fn what_is_bad_leaves_a_load_and_no_mark_on_the_others() {
    let place = tempfile::tempdir().unwrap();
    let plant = open(&place.path().join("plant"));
    set_up(&plant);
    let floor = Floor { plant: &plant, person: "P-1", station: Some("ST-1") };
    let quality = Floor { person: "P-2", station: None, ..floor };
    let e = floor.done(&json!({"act": "startWork", "items": [{"item": "SN-1"}, {"item": "SN-2"}],
        "operation": "OP10"}));
    let seal = take(e, "S1", "seal", scan("L-1"));
    floor.done(&seal);
    floor.done(&json!({"act": "closeStep", "execution": e, "step": "S1"}));
    let on = |item: &str, value: &str| {
        let mut take = take(e, "S2", "torque", torque(value));
        take["item"] = json!(item);
        take
    };
    for value in ["1.20", "1.21"] {
        floor.done(&on("SN-2", value));
    }
    floor.done(&on("SN-1", "1.40"));
    floor.done(&on("SN-1", "1.41"));
    floor.refused(&json!({"act": "closeStep", "execution": e, "step": "S2"}), Code::OnHold);
    let nc = plant.nonconformances(&engine::query::NonconformancesAsk::default()).unwrap();
    quality.done(&json!({"act": "dispose", "nonconformance": nc.nonconformances[0].code,
        "disposition": "scrap", "reason": "the thread is gone"}));
    floor.done(&json!({"act": "closeStep", "execution": e, "step": "S2"}));
    let good = record(&floor, "SN-2");
    let found: Vec<Rule> = good.findings.iter().map(|finding| finding.rule).collect();
    assert!(!found.contains(&Rule::Retry), "another's bad value is not its own: {found:?}");
    let captures = good.operations[0].steps.iter().flat_map(|step| &step.captures);
    let values: Vec<&str> = captures.map(|done| &done.value[..]).collect();
    assert_eq!(values, ["L-1", "1.20 N·m", "1.21 N·m"]);
    assert!(good.operations[0].completed.is_some() && !good.operations[0].abandoned);
    let bad = record(&floor, "SN-1");
    assert!(bad.operations[0].abandoned && bad.operations[0].completed.is_none());
}

#[test]
fn an_operation_done_again_shows_what_is_in_place() {
    let place = tempfile::tempdir().unwrap();
    let plant = open(&place.path().join("plant"));
    set_up(&plant);
    let floor = Floor { plant: &plant, person: "P-1", station: Some("ST-1") };
    let quality = Floor { person: "P-2", station: None, ..floor };
    receive(&floor, "L-2");
    let start = json!({"act": "startWork", "items": [{"item": "SN-1"}]});
    let e = floor.done(&start);
    floor.done(&take(e, "S1", "seal", scan("L-1")));
    floor.done(&json!({"act": "closeStep", "execution": e, "step": "S1"}));
    floor.done(&take(e, "S2", "torque", torque("1.40")));
    floor.done(&take(e, "S2", "torque", torque("1.41")));
    let nc = plant.nonconformances(&engine::query::NonconformancesAsk::default()).unwrap();
    quality.done(&json!({"act": "dispose", "nonconformance": nc.nonconformances[0].code,
        "disposition": "rework", "backTo": "OP10", "reason": "a torn seal"}));
    let f = floor.done(&start);
    let shown = plant.work(&f).unwrap();
    let held = &shown.steps[0].captures[0].in_place;
    assert_eq!(held[0].component.label, "L-1");
    floor.refused(&take(f, "S1", "seal", scan("L-2")), Code::NotThere);
    let mut swap = scan("L-2");
    swap["replaces"] = json!({"item": "L-1", "to": "scrap", "reason": "torn"});
    floor.done(&take(f, "S1", "seal", swap));
    floor.done(&json!({"act": "closeStep", "execution": f, "step": "S1"}));
    let components = record(&floor, "SN-1").components;
    let in_it: Vec<(&str, bool)> =
        components.iter().map(|part| (&part.item.label[..], part.removed.is_none())).collect();
    assert_eq!(in_it, [("L-1", false), ("L-2", true)]);
}

#[test]
fn what_is_parted_off_a_lot_takes_its_record_along() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("plant");
    let plant = open(&path);
    set_up(&plant);
    let floor = Floor { plant: &plant, person: "P-1", station: Some("ST-1") };
    receive(&floor, "L-2");
    floor.done(&json!({"act": "create", "kind": "lot", "part": {"number": "P", "revision": "A"},
        "items": [{"identifiers": [{"scheme": "lotCode", "value": "BATCH"}], "quantity": "100"}]}));
    let start = |lot: &str| json!({"act": "startWork", "items": [{"item": lot}]});
    let split = |lot: &str, into: &str| {
        json!({"act": "split", "lot": lot, "into": [{"quantity": "10",
            "identifiers": [{"scheme": "lotCode", "value": into}]}]})
    };
    let e = floor.done(&start("BATCH"));
    floor.refused(&split("BATCH", "PART"), Code::OutOfOrder);
    floor.done(&take(e, "S1", "seal", scan("L-2")));
    floor.done(&json!({"act": "closeStep", "execution": e, "step": "S1"}));
    floor.done(&take(e, "S2", "torque", torque("1.20")));
    floor.done(&take(e, "S2", "torque", torque("1.21")));
    floor.done(&json!({"act": "closeStep", "execution": e, "step": "S2"}));
    floor.done(&split("BATCH", "PART"));
    let f = floor.done(&start("PART"));
    floor.done(&take(f, "S1", "clean", json!({"kind": "check", "good": true})));
    floor.done(&json!({"act": "closeStep", "execution": f, "step": "S1"}));
    let part = record(&floor, "PART");
    assert!(part.complete, "{:?}", part.missing);
    let operations: Vec<&str> =
        part.operations.iter().map(|done| done.operation.as_str()).collect();
    assert_eq!(operations, ["OP10", "OP20"]);
    assert!(!record(&floor, "BATCH").complete, "the rest of the lot waits for OP20");
    let reviewed = Reviewed { item: "PART".parse().unwrap(), record: part.record };
    let person = domain::PersonCode::new("P-2").unwrap();
    let ask = ReleaseAsk { items: vec![reviewed], person };
    plant.release(&ask, ("test", None)).unwrap();
    // What is parted off something released is released.
    floor.done(&split("PART", "PIECE"));
    let ship = |lot: &str| json!({"act": "ship", "party": "SUP", "lines": [{"item": lot}]});
    floor.done(&ship("PIECE"));
    floor.refused(&ship("BATCH"), Code::NotReleased);
    drop(plant);
    std::fs::remove_file(path.join("views.db")).unwrap();
    let plant = open(&path);
    let next = plant.next_work(&"PIECE".parse().unwrap()).unwrap();
    assert!(next.complete, "folded anew");
}
