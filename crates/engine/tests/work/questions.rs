//! The questions about work masters and work, and the tables of the checker and the differ.

use domain::instruction::WorkMaster;
use domain::instruction::check::Severity;
use domain::{Code, Position};
use engine::query::{MastersAsk, NonconformancesAsk, ReplayAsk, StepStage, WorkAsk, WorkStage};
use engine::{Error, Plant};
use serde_json::{Value, json};

use crate::{Floor, master, open, set_up};

fn draft(value: Value) -> WorkMaster {
    serde_json::from_value(value).unwrap()
}

/// The draft with one thing in it changed.
fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut value = master();
    change(&mut value);
    value
}

fn measured(e: Position, value: &str) -> Value {
    json!({"act": "take", "execution": e, "step": "S2", "capture": "torque",
        "value": {"kind": "measurement", "value": value, "unit": "N·m"}})
}

/// SN-1 through OP10: a first torque of 1.40, then 1.20 and 1.22.
fn work_on(plant: &Plant) -> Position {
    let floor = Floor { plant, person: "P-1", station: Some("ST-1") };
    let e = floor.done(&json!({"act": "startWork", "items": [{"item": "SN-1"}]}));
    floor.done(&json!({"act": "take", "execution": e, "step": "S1", "capture": "seal",
        "value": {"kind": "scan", "item": "L-1"}}));
    floor.done(&json!({"act": "closeStep", "execution": e, "step": "S1"}));
    for value in ["1.40", "1.20", "1.22"] {
        floor.done(&measured(e, value));
    }
    e
}

#[test]
fn work_is_shown_while_it_goes_on_and_when_it_has_ended() {
    let place = tempfile::tempdir().unwrap();
    let plant = open(&place.path().join("plant"));
    let hash = set_up(&plant);
    let sn = |name: &str| plant.next_work(&name.parse().unwrap()).unwrap();
    let first = sn("SN-1");
    assert!(!first.complete && first.open.is_none());
    let ready: Vec<bool> = first.route.iter().map(|line| line.ready).collect();
    assert_eq!(ready, [true, false], "OP20 waits for OP10");
    assert_eq!(first.master.as_ref().map(|by| by.name.as_str()), Some("WM-P version 1"));
    assert!(matches!(plant.next_work(&"SN-9".parse().unwrap()), Err(Error::NotFound(_))));

    let e = work_on(&plant);
    assert_eq!(sn("SN-1").open, Some(e));
    let list = |ask: &WorkAsk| plant.work_list(ask).unwrap().work.len();
    let at = |station: &str| WorkAsk {
        station: Some(domain::StationCode::new(station).unwrap()),
        ..WorkAsk::default()
    };
    assert_eq!((list(&WorkAsk::default()), list(&at("ST-1")), list(&at("ST-2"))), (1, 1, 0));
    let work = plant.work(&e).unwrap();
    assert_eq!((work.row.stage, work.row.master.hash.as_str()), (WorkStage::Running, &hash[..]));
    let stages: Vec<StepStage> = work.steps.iter().map(|step| step.stage).collect();
    assert_eq!(stages, [StepStage::Closed, StepStage::Open]);
    let torque = &work.open_step().unwrap().captures[0];
    let taken: Vec<(bool, bool)> = torque.taken.iter().map(|t| (t.good, t.counts)).collect();
    assert_eq!(taken, [(false, true), (true, true), (true, true)]);
    assert!(torque.missing.is_empty(), "both are there, after one retry");

    let floor = Floor { plant: &plant, person: "P-1", station: Some("ST-1") };
    floor.done(&json!({"act": "closeStep", "execution": e, "step": "S2"}));
    let ended = plant.work(&e).unwrap();
    assert_eq!(ended.row.stage, WorkStage::Complete);
    assert!(ended.steps.iter().all(|step| step.closed.is_some()));
    assert_eq!(list(&WorkAsk::default()), 0, "what has ended is in no list");
    assert_eq!(sn("SN-1").route[0].done, ended.steps[1].closed);
    assert!(matches!(plant.work(&Position(1)), Err(Error::NotFound(_))));
}

#[test]
fn a_decision_is_seen_on_work_that_has_ended() {
    let place = tempfile::tempdir().unwrap();
    let plant = open(&place.path().join("plant"));
    set_up(&plant);
    let floor = Floor { plant: &plant, person: "P-1", station: Some("ST-1") };
    let boss = Floor { plant: &plant, person: "P-2", station: None };
    let e = floor.done(&json!({"act": "startWork", "items": [{"item": "SN-1"}]}));
    floor.done(&json!({"act": "take", "execution": e, "step": "S1", "capture": "seal",
        "value": {"kind": "scan", "item": "L-1"}}));
    floor.done(&json!({"act": "closeStep", "execution": e, "step": "S1"}));
    floor.done(&measured(e, "1.40"));
    floor.done(&measured(e, "1.41"));
    let open = plant.nonconformances(&NonconformancesAsk::default()).unwrap();
    let code = open.nonconformances[0].code.clone();
    assert_eq!(plant.work(&e).unwrap().row.stopped_by, std::slice::from_ref(&code));
    boss.done(&json!({"act": "dispose", "nonconformance": code, "disposition": "rework",
        "reason": "driven anew"}));
    assert!(
        plant.nonconformances(&NonconformancesAsk::default()).unwrap().nonconformances.is_empty()
    );
    assert_eq!(
        plant.nonconformances(&NonconformancesAsk { all: true }).unwrap().nonconformances.len(),
        1
    );
    floor.done(&measured(e, "1.20"));
    floor.done(&measured(e, "1.21"));
    let counts = || -> Vec<bool> {
        plant.work(&e).unwrap().steps[1].captures[0].taken.iter().map(|t| t.counts).collect()
    };
    assert_eq!(counts(), [false, false, true, true]);
    floor.done(&json!({"act": "closeStep", "execution": e, "step": "S2"}));
    assert_eq!(counts(), [false, false, true, true], "and after its end");
    assert!(plant.work(&e).unwrap().row.stopped_by.is_empty());
}

#[test]
fn a_report_moves_nothing_to_another_version() {
    let place = tempfile::tempdir().unwrap();
    let plant = open(&place.path().join("plant"));
    let hash = set_up(&plant);
    let e = work_on(&plant);
    let floor = Floor { plant: &plant, person: "P-1", station: Some("ST-1") };
    floor.done(&json!({"act": "closeStep", "execution": e, "step": "S2"}));
    let short = with(|m| {
        m["version"] = json!(2);
        m["operations"].as_array_mut().unwrap().truncate(1);
    });
    floor.done(&json!({"act": "proposeMaster", "master": short, "reason": "shorter"}));
    let short = draft(short).hash();
    let act = json!({"act": "startWork", "items": [{"item": "SN-1"}], "operation": "OP10",
        "master": short});
    floor.refused(&act, Code::NoInstruction);
    let mut told = domain::Command::attempt(serde_json::from_value(json!([act])).unwrap());
    told.mode = domain::Mode::Report;
    told.late = Some("a cut".into());
    told.performed_by = Some(domain::PersonCode::new("P-1").unwrap());
    told.station = Some(domain::StationCode::new("ST-1").unwrap());
    let reply = plant.submit(told, "test").unwrap();
    assert!(matches!(reply.answer, domain::Answer::Admitted(_)), "{:?}", reply.answer);
    plant.published().wait_for(reply.position).unwrap();
    let next = plant.next_work(&"SN-1".parse().unwrap()).unwrap();
    assert_eq!(next.master.map(|by| by.hash.to_string()), Some(hash));
    assert!(!next.complete, "OP20 is still to be done");
}

#[test]
fn part_of_a_lot_has_no_route_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    let plant = open(&place.path().join("plant"));
    set_up(&plant);
    let floor = Floor { plant: &plant, person: "P-1", station: Some("ST-1") };
    floor.done(&json!({"act": "create", "kind": "lot", "part": {"number": "P", "revision": "A"},
        "items": [{"identifiers": [{"scheme": "lotCode", "value": "BATCH"}], "quantity": "100"}]}));
    let start = |quantity: &str| {
        let items = json!([{"item": "BATCH", "quantity": quantity}]);
        json!({"act": "startWork", "items": items})
    };
    floor.refused(&start("10"), Code::Malformed);
    floor.done(&start("100"));
}

#[test]
fn masters_are_listed_and_named() {
    let place = tempfile::tempdir().unwrap();
    let plant = open(&place.path().join("plant"));
    let hash = set_up(&plant);
    let count = |ask: &MastersAsk| plant.masters(ask).unwrap().masters.len();
    let of = |part: &str| MastersAsk { part: Some(part.into()), ..MastersAsk::default() };
    assert_eq!((count(&MastersAsk::default()), count(&of("P")), count(&of("SEAL"))), (1, 1, 0));
    for name in [&hash[..], &hash[..12], "WM-P", "WM-P@1"] {
        assert_eq!(plant.master(name).unwrap().row.hash.as_str(), hash, "{name}");
    }
    for name in ["WM-Q", "WM-P@2", "ffff"] {
        assert!(matches!(plant.master(name), Err(Error::NotFound(_))), "{name}");
    }
}

#[test]
fn a_draft_is_run_against_what_was_done() {
    let place = tempfile::tempdir().unwrap();
    let plant = open(&place.path().join("plant"));
    set_up(&plant);
    let e = work_on(&plant);
    let floor = Floor { plant: &plant, person: "P-1", station: Some("ST-1") };
    floor.done(&json!({"act": "closeStep", "execution": e, "step": "S2"}));
    let replay = |draft: WorkMaster| {
        let answer = plant.replay_master(&ReplayAsk { master: draft, last: None }).unwrap();
        let by = answer.by.iter().map(|by| by.at.clone()).collect::<Vec<_>>();
        (answer.executions, answer.passed, by, answer.unknown.len())
    };
    let none = Vec::<String>::new();
    assert_eq!(replay(draft(master())), (1, 1, none.clone(), 0), "what was obeyed stops nothing");
    let torque = "/operations/0/steps/1/captures/0";
    let narrow = with(|m| m.pointer_mut(torque).unwrap()["high"] = json!("1.21"));
    assert_eq!(replay(draft(narrow)), (1, 0, vec!["OP10/S2/torque".into()], 0));
    let renamed = with(|m| m["operations"][0]["code"] = json!("OP11"));
    assert_eq!(replay(draft(renamed)), (1, 0, none, 1), "what it does not know it does not pass");
}

/// Each fault, by a draft that has it: where, words of it, and how bad it is.
#[test]
#[expect(clippy::too_many_lines, reason = "one row a fault")]
fn the_checker_finds_each_fault() {
    let place = tempfile::tempdir().unwrap();
    let plant = open(&place.path().join("plant"));
    set_up(&plant);
    let torque = "/operations/0/steps/1/captures/0";
    let set = |pointer: &'static str, member: &'static str, value: Value| {
        with(move |m| m.pointer_mut(pointer).unwrap()[member] = value)
    };
    let (error, warning) = (Severity::Error, Severity::Warning);
    let table = [
        (set("", "version", json!(0)), error, "", "version is 0"),
        (set("", "title", json!(" ")), error, "", "title is empty"),
        (set("", "part", json!({"number": "Q"})), error, "part", "no material Q"),
        (set("", "operations", json!([])), error, "", "no operations"),
        (set("/operations/1", "code", json!("OP10")), error, "", "are called OP10"),
        (
            set("/operations/1", "after", json!(["OP99"])),
            error,
            "OP20",
            "no operation of this route",
        ),
        (set("/operations/1", "after", json!([[]])), error, "OP20", "any of no operations"),
        (set("/operations/1", "after", json!(["OP20"])), error, "OP20", "never start"),
        (set("/operations/0", "after", json!(["OP20"])), error, "OP10", "never start"),
        (set("/operations/0", "workCenter", json!("WC")), error, "OP10", "no work center"),
        (set("/operations/0", "steps", json!([])), error, "OP10", "no steps"),
        (set("/operations/0/steps/0", "text", json!("")), error, "OP10/S1", "text is empty"),
        (set("/operations/0/steps/1", "code", json!("S1")), error, "OP10", "are called S1"),
        (
            set("/operations/0/steps/0", "picture", json!({"sha256": "x"})),
            error,
            "OP10/S1",
            "SHA-256",
        ),
        (set(torque, "low", json!("2")), error, "OP10/S2/torque", "no value is good"),
        (set(torque, "count", json!(0)), error, "OP10/S2/torque", "takes 0 values"),
        (set(torque, "retries", json!(1001)), error, "OP10/S2/torque", "1001 retries"),
        (set(torque, "decimals", json!(13)), error, "OP10/S2/torque", "12 digits"),
        (
            with(|m| {
                let capture = m.pointer_mut(torque).unwrap().as_object_mut().unwrap();
                capture.remove("low");
                capture.remove("high");
            }),
            warning,
            "OP10/S2/torque",
            "no limits",
        ),
        (
            set("/operations/0/steps/0/captures/0", "part", json!({"number": "Q"})),
            error,
            "OP10/S1/seal",
            "no material Q",
        ),
        (
            set(
                "/operations/0/steps/0/captures/0",
                "part",
                json!({"number": "P", "revision": "A"}),
            ),
            error,
            "OP10/S1/seal",
            "not on the bill of material",
        ),
        (
            set("/operations/0/steps/0/captures/0", "quantity", json!("0")),
            error,
            "OP10/S1/seal",
            "quantity is 0",
        ),
        (
            set("/operations/0/steps/0/captures/0", "quantity", json!("2")),
            warning,
            "",
            "2 of SEAL are scanned",
        ),
        (
            set("/operations/0/steps/0", "captures", json!([])),
            warning,
            "",
            "SEAL of the bill of material is never scanned",
        ),
        (
            set("/operations/0", "qualifications", json!(["weld"])),
            warning,
            "OP10",
            "nobody is qualified",
        ),
        (
            set(
                "/operations/1/steps/0",
                "captures",
                json!([{"kind": "witness", "code": "seen",
            "text": "seen", "qualification": "weld"}]),
            ),
            warning,
            "OP20/S1/seen",
            "nobody but who works",
        ),
        (
            set(
                "/operations/1/steps/0",
                "captures",
                json!([{"kind": "choice", "code": "c",
            "text": "which", "options": ["a"]}]),
            ),
            error,
            "OP20/S1/c",
            "fewer than two",
        ),
        (
            set(
                "/operations/1/steps/0",
                "captures",
                json!([{"kind": "choice", "code": "c",
            "text": "which", "options": ["a", "b"], "good": ["x"]}]),
            ),
            error,
            "OP20/S1/c",
            "cannot be chosen",
        ),
        (
            set(
                "/operations/1/steps/0",
                "captures",
                json!([{"kind": "choice", "code": "c",
            "text": "which", "options": ["a", "b"], "good": []}]),
            ),
            error,
            "OP20/S1/c",
            "never closes",
        ),
        (
            set(
                "/operations/1/steps/0",
                "captures",
                json!([{"kind": "remove", "code": "r",
            "part": {"number": "SEAL"}}]),
            ),
            warning,
            "OP20/S1/r",
            "takes nothing out",
        ),
        (
            with(|m| {
                let plain = |code: &str, after: Value| {
                    json!({"code": code, "title": code,
                "after": after, "steps": [{"code": "S1", "text": "do it"}]})
                };
                let more = [
                    plain("OP30", json!(["OP10"])),
                    plain("OP40", json!([["OP20", "OP30"]])),
                    plain("OP50", json!(["OP20", "OP30"])),
                ];
                m["operations"].as_array_mut().unwrap().extend(more);
            }),
            error,
            "OP50",
            "only one of them is done",
        ),
    ];
    for (draft_of, severity, at, words) in table {
        let faults = plant.check_master(&draft(draft_of)).unwrap().faults;
        let found = faults.iter().any(|fault| {
            fault.severity == severity && fault.at == at && fault.what.contains(words)
        });
        assert!(found, "{at} {words}: {faults:#?}");
        assert!(faults.iter().all(|fault| !fault.needed.is_empty()), "each says what to do");
    }
    assert_eq!(plant.check_master(&draft(master())).unwrap().faults, [], "a good one has none");
}

#[test]
fn the_differ_names_each_difference() {
    let place = tempfile::tempdir().unwrap();
    let plant = open(&place.path().join("plant"));
    let hash = set_up(&plant);
    let high = "operations/OP10/steps/S2/captures/torque/high";
    let change = |draft_of: Value| -> Vec<(String, Option<String>, Option<String>)> {
        let changes = plant.master_changes(&draft(draft_of)).unwrap();
        assert_eq!(changes.from.map(|from| from.to_string()), Some(hash.clone()));
        let new = changes.changes.into_iter().filter(|change| change.at != "version");
        new.map(|change| (change.at, change.was, change.is)).collect()
    };
    let next = |edit: &dyn Fn(&mut Value)| {
        with(|m| {
            m["version"] = json!(2);
            edit(m);
        })
    };
    assert_eq!(change(next(&|_| ())), []);
    let narrower = next(&|m| m["operations"][0]["steps"][1]["captures"][0]["high"] = json!("1.30"));
    assert_eq!(change(narrower), [(high.into(), Some("1.35".into()), Some("1.30".into()))]);
    let fewer = next(&|m| drop(m["operations"].as_array_mut().unwrap().pop()));
    let gone = change(fewer);
    assert_eq!((gone.len(), &gone[0].0[..], gone[0].2.clone()), (1, "operations/OP20", None));
    let turned = next(&|m| m["operations"][0]["steps"].as_array_mut().unwrap().reverse());
    let order = "operations/OP10/steps/(order)";
    assert_eq!(change(turned), [(order.into(), Some("S1, S2".into()), Some("S2, S1".into()))]);
}
