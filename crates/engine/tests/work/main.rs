//! Work by a work master, from the proposal to a finished unit, on the real plant: what is refused
//! leaves a mark in the gate that closes next, what follows from a capture is in the genealogy, and
//! a restart finds everything where it was.

//!
//! `model` lets random operators loose on it: `TRACEWRIGHT_WORK_ROUNDS` says how often,
//! `TRACEWRIGHT_WORK_SEED` with which numbers first.

#![cfg(test)]

mod again;
mod judge;
mod model;
mod operator;
mod orders;
mod questions;

use std::path::Path;

use domain::start::Start;
use domain::{Answer, Code, Command, Position};
use engine::query::{Direction, ScopeAsk, TraceAsk};
use engine::{Options, Plant, VerifyOptions, verify_folder};
use serde_json::{Value, json};

fn open(path: &Path) -> Plant {
    Plant::open(path, &Options::default(), |_| ()).unwrap()
}

/// Who does what next.
#[derive(Clone, Copy)]
struct Floor<'a> {
    plant: &'a Plant,
    person: &'a str,
    station: Option<&'a str>,
}

impl Floor<'_> {
    fn answer(&self, act: &Value) -> Answer {
        let mut command = Command::attempt(serde_json::from_value(json!([act])).unwrap());
        command.performed_by = Some(domain::PersonCode::new(self.person).unwrap());
        command.station = self.station.map(|code| domain::StationCode::new(code).unwrap());
        let reply = self.plant.submit(command, "test").unwrap();
        self.plant.published().wait_for(reply.position).unwrap();
        reply.answer
    }

    #[track_caller]
    fn done(&self, act: &Value) -> Position {
        match self.answer(act) {
            Answer::Admitted(admitted) => admitted.first,
            Answer::Rejected(rejection) => panic!("{act}: {rejection:?}"),
        }
    }

    #[track_caller]
    fn refused(&self, act: &Value, code: Code) {
        match self.answer(act) {
            Answer::Admitted(_) => panic!("admitted: {act}"),
            Answer::Rejected(rejection) => assert_eq!(rejection.code, code, "{rejection:?}"),
        }
    }
}

fn master() -> Value {
    json!({"code": "WM-P", "version": 1, "title": "Pump", "part": {"number": "P", "revision": "A"},
        "operations": [{"code": "OP10", "title": "Assemble", "steps": [
            {"code": "S1", "text": "Fit the seal.", "captures": [
                {"kind": "scan", "code": "seal", "part": {"number": "SEAL"}}]},
            {"code": "S2", "text": "Drive the screws.", "captures": [
                {"kind": "measurement", "code": "torque", "unit": "N·m", "low": "1.15",
                 "high": "1.35", "count": 2, "retries": 1}]}]},
          {"code": "OP20", "title": "Look", "steps": [
            {"code": "S1", "text": "Look at it.", "captures": [
                {"kind": "check", "code": "clean", "text": "it is clean"}]}]}]})
}

fn set_up(plant: &Plant) -> String {
    let author = Floor { plant, person: "P-1", station: None };
    let other = Floor { plant, person: "P-2", station: None };
    let nobody = json!([
        {"act": "definePerson", "code": "P-1", "name": "One"},
        {"act": "definePerson", "code": "P-2", "name": "Two"},
        {"act": "defineParty", "code": "SUP", "name": "Supplier"},
        {"act": "defineStation", "code": "ST-1", "name": "Station"},
        {"act": "defineMaterial", "part": {"number": "P", "revision": "A"}, "name": "Pump",
         "tracking": "serial", "baseUnit": "ea"},
        {"act": "defineMaterial", "part": {"number": "SEAL"}, "name": "Seal", "tracking": "lot",
         "baseUnit": "ea"},
        {"act": "defineBom", "part": {"number": "P", "revision": "A"},
         "lines": [{"part": {"number": "SEAL"}, "quantity": 1}]},
        {"act": "receive", "kind": "lot", "part": {"number": "SEAL"}, "supplier": "SUP",
         "accepted": true, "items": [
            {"identifiers": [{"scheme": "lotCode", "value": "L-1"}], "quantity": "10"}]},
        {"act": "create", "kind": "unit", "part": {"number": "P", "revision": "A"}, "items": [
            {"identifiers": [{"scheme": "serialNumber", "value": "SN-1"}]},
            {"identifiers": [{"scheme": "serialNumber", "value": "SN-2"}]}]},
    ]);
    let command = Command::attempt(serde_json::from_value(nobody).unwrap());
    assert!(matches!(plant.submit(command, "test").unwrap().answer, Answer::Admitted(_)));
    let parsed: domain::instruction::WorkMaster = serde_json::from_value(master()).unwrap();
    let hash = parsed.hash().to_string();
    author.done(&json!({"act": "proposeMaster", "master": master(), "reason": "new"}));
    other.done(&json!({"act": "approveMaster", "master": hash}));
    other.done(&json!({"act": "activateMaster", "master": hash}));
    author.done(&json!({"act": "acknowledge", "master": hash}));
    hash
}

/// Who worked on what, and what was measured, is where a scope may begin: the unit alone, not the
/// lot its seal came from; and a reading that was not good is found, too.
fn begins_a_scope(plant: &Plant) {
    let scope = |from: &str| -> Vec<String> {
        let from = vec![from.parse().unwrap()];
        let scope = plant.scope(&ScopeAsk { from, ..ScopeAsk::default() }).unwrap();
        scope.items.into_iter().map(|line| line.label).collect()
    };
    assert_eq!(scope("person:P-1@2020-01-01..2100-01-01"), ["SN-1"]);
    assert_eq!(scope("measure:torque>1.50 N·m"), ["SN-1"]);
}

#[test]
fn a_unit_is_made_step_by_step() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("plant");
    let plant = open(&path);
    set_up(&plant);
    let floor = Floor { plant: &plant, person: "P-1", station: Some("ST-1") };
    let e = floor.done(&json!({"act": "startWork", "items": [{"item": "SN-1"}]}));
    let seal = |lot: &str| {
        json!({"act": "take", "execution": e, "step": "S1", "capture": "seal",
        "value": {"kind": "scan", "item": lot}})
    };
    let close = |step: &str| json!({"act": "closeStep", "execution": e, "step": step});
    floor.refused(&close("S1"), Code::CaptureMissing);
    floor.refused(&seal("L-9"), Code::UnknownItem);
    floor.refused(
        &json!({"act": "install", "parent": "SN-1", "component": "L-1"}),
        Code::OutsideInstruction,
    );
    floor.done(&seal("L-1"));
    let gate = plant.entry(floor.done(&close("S1"))).unwrap();
    assert_eq!(gate.fact["inputs"].as_array().unwrap().len(), 1, "what the gate judged");
    assert_eq!(gate.fact["refusals"].as_array().unwrap().len(), 3, "what was refused before it");
    let found = |from: &str| {
        let ask = TraceAsk {
            of: vec![Start::Item { item: from.parse().unwrap() }],
            direction: Direction::Backward,
            as_of: None,
            known_at: None,
            limit: None,
            captures: false,
        };
        plant.trace(&ask).unwrap().items.len()
    };
    assert_eq!(found("SN-1"), 1, "the scan is an installation");
    drop(plant);

    // It goes on exactly where it stood, after a restart.
    let plant = open(&path);
    let floor = Floor { plant: &plant, person: "P-1", station: Some("ST-1") };
    let boss = Floor { plant: &plant, person: "P-2", station: None };
    let torque = |value: &str| {
        json!({"act": "take", "execution": e, "step": "S2", "capture": "torque",
        "value": {"kind": "measurement", "value": value, "unit": "N·m"}})
    };
    floor.done(&torque("1.20"));
    floor.done(&torque("1.50"));
    let opened = Position(floor.done(&torque("1.51")).0 + 1);
    floor.refused(&torque("1.20"), Code::OnHold);
    let code = format!("NC-{opened}");
    let dispose = |decision: &str| {
        json!({"act": "dispose", "nonconformance": code, "disposition": decision,
        "reason": "measured again with a second driver"})
    };
    floor.refused(&dispose("rework"), Code::SamePerson);
    boss.done(&dispose("rework"));
    boss.refused(&dispose("scrap"), Code::OutOfOrder);
    floor.done(&torque("1.21"));
    floor.done(&close("S2"));
    floor.refused(&torque("1.20"), Code::OutOfOrder);
    let f = floor.done(&json!({"act": "startWork", "items": [{"item": "SN-1"}]}));
    floor.done(&json!({"act": "take", "execution": f, "step": "S1", "capture": "clean",
        "value": {"kind": "check", "good": true}}));
    floor.done(&json!({"act": "closeStep", "execution": f, "step": "S1"}));
    floor.refused(&json!({"act": "startWork", "items": [{"item": "SN-1"}]}), Code::OutOfOrder);

    begins_a_scope(&plant);
    drop(plant);
    let report = verify_folder(&path, &VerifyOptions::default(), &mut |_| {}).unwrap();
    assert!(report.holds(), "{report}");
}
