//! Random operators against the judge: skipping, repeating, racing from several threads, retrying,
//! replaying old commands, reporting what they may not do, and restarts in between.
//!
//! However they try, no unit has passed its route with a capture that is missing or not good,
//! unless somebody else waived it or decided about it, or an exception stands for it.

use std::path::Path;

use domain::{Amount, Answer, Command, ItemId, ItemRef, Position};
use engine::query::{Direction, TraceAsk};
use engine::{Plant, VerifyOptions, verify_folder};
use serde_json::{Value, json};

use crate::judge::Judge;
use crate::operator::{Chance, Operator, UNITS};
use crate::{Floor, open};

/// Few, as each is two plants' worth of work; `TRACEWRIGHT_WORK_ROUNDS` asks for others.
const ROUNDS: u64 = 3;
const TERMINALS: u64 = 3;
/// What one terminal does between two restarts.
const DEEDS: usize = 90;
const RESTARTS: u64 = 2;

fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var_os(name).map(|text| text.to_string_lossy().parse().unwrap());
    given.unwrap_or(otherwise)
}

fn master(version: u32) -> Value {
    let torque = json!({"kind": "measurement", "code": "torque", "unit": "N·m", "low": "1.15",
        "high": "1.35", "count": 2, "retries": 1});
    let seen = json!({"kind": "witness", "code": "seen", "text": "it is tight"});
    let scan = |code: &str, part: &str, quantity: &str| {
        let part = json!({"number": part});
        json!({"kind": "scan", "code": code, "part": part, "quantity": quantity})
    };
    let step = |code: &str, captures: Value| {
        let text = "as shown";
        json!({"code": code, "text": text, "captures": captures})
    };
    json!({"code": "WM-P", "version": version, "title": "Pump", "part": {"number": "P"},
    "operations": [
        {"code": "OP10", "title": "Assemble", "qualifications": ["torque"], "steps": [
            step("S1", json!([scan("seal", "SEAL", "2"), scan("head", "HEAD", "1")])),
            step("S2", json!([torque, seen])), step("S3", json!([]))]},
        {"code": "OP20", "title": "Clean", "steps": [step("S1", json!([
            {"kind": "check", "code": "clean", "text": "it is clean", "retries": 1}]))]},
        {"code": "OP21", "title": "Clean otherwise", "after": ["OP10"], "steps": [step("S1",
            json!([{"kind": "choice", "code": "clean", "text": "colour",
                "options": ["blue", "red"], "good": ["blue"]}]))]},
        {"code": "OP30", "title": "Note", "after": [["OP20", "OP21"]], "steps": [step("S1",
            json!([{"kind": "text", "code": "note", "text": "anything odd"}]))]}]})
}

/// The plant every round begins with; the hashes of both versions.
fn set_up(plant: &Plant) -> [String; 2] {
    let named = |scheme: &str, names: &[&str], quantity: Option<&str>| -> Vec<Value> {
        let item = |name: &&str| {
            json!({"identifiers": [{"scheme": scheme, "value": name}],
            "quantity": quantity})
        };
        names.iter().map(item).collect()
    };
    let part = |number: &str, tracking: &str| {
        json!({"act": "defineMaterial", "part": {"number": number}, "name": number,
            "tracking": tracking, "baseUnit": "ea"})
    };
    let lots = |number: &str, names: &[&str]| {
        json!({"act": "receive", "kind": "lot", "part": {"number": number}, "supplier": "SUP",
            "accepted": true, "items": named("lotCode", names, Some("500"))})
    };
    let mut acts: Vec<Value> = (0..4)
        .map(|n| json!({"act": "definePerson", "code": format!("P-{n}"), "name": "Somebody"}))
        .collect();
    acts.extend([
        json!({"act": "defineParty", "code": "SUP", "name": "Supplier"}),
        json!({"act": "defineParty", "code": "CUST", "name": "Customer"}),
        json!({"act": "defineStation", "code": "ST-0", "name": "One"}),
        json!({"act": "defineStation", "code": "ST-1", "name": "Two"}),
        part("P", "serial"),
        part("SEAL", "lot"),
        part("OTHER", "lot"),
        part("HEAD", "serial"),
        lots("SEAL", &["L0", "L1"]),
        lots("OTHER", &["LX"]),
        json!({"act": "receive", "kind": "unit", "part": {"number": "HEAD"}, "supplier": "SUP",
            "accepted": true,
            "items": named("serialNumber", &["H0", "H1", "H2", "H3", "H4"], None)}),
        json!({"act": "create", "kind": "unit", "part": {"number": "P"},
            "items": named("serialNumber", &UNITS, None)}),
    ]);
    let command = Command::attempt(serde_json::from_value(json!(acts)).unwrap());
    let reply = plant.submit(command, "test").unwrap();
    assert!(matches!(reply.answer, Answer::Admitted(_)), "{:?}", reply.answer);
    let by = |person| Floor { plant, person, station: None };
    let hash = |version| {
        let parsed: domain::instruction::WorkMaster =
            serde_json::from_value(master(version)).unwrap();
        parsed.hash().to_string()
    };
    let hashes = [hash(1), hash(2)];
    for (version, hash) in (1..).zip(&hashes) {
        by("P-3")
            .done(&json!({"act": "proposeMaster", "master": master(version), "reason": "new"}));
        by("P-2").done(&json!({"act": "approveMaster", "master": hash}));
    }
    by("P-2").done(&json!({"act": "activateMaster", "master": hashes[0]}));
    for person in ["P-0", "P-1", "P-2", "P-3"] {
        by(person).done(&json!({"act": "acknowledge", "master": hashes[0]}));
    }
    for (person, other) in [("P-1", "P-3"), ("P-2", "P-3"), ("P-3", "P-1")] {
        by(other).done(&json!({"act": "qualify", "person": person, "qualification": "torque",
            "reason": "a test"}));
    }
    hashes
}

fn entries(plant: &Plant) -> Vec<domain::entry::Entry> {
    let source = plant.source().unwrap();
    let size = plant.published().read().next();
    (0..size.0).filter_map(|at| source.entry(Position(at)).unwrap()).collect()
}

/// What the plant says of every unit.
fn told(plant: &Plant) -> Vec<Value> {
    let said = |unit: &&str| {
        let item: ItemRef = unit.parse().unwrap();
        let next = plant.next_work(&item).unwrap();
        let open = next.open.map(|open| plant.work(&open).unwrap());
        json!([next, open])
    };
    UNITS.iter().map(said).collect()
}

fn compare(plant: &Plant) -> [usize; 4] {
    let entries = entries(plant);
    let judge = Judge::read(&entries);
    let mut complete = 0;
    for unit in UNITS {
        let item: ItemRef = unit.parse().unwrap();
        let next = plant.next_work(&item).unwrap();
        let id: ItemId = next.item.id;
        assert_eq!(next.complete, judge.complete(id), "{unit} has passed its route");
        assert_eq!(next.open, judge.open(id).first().copied(), "{unit} is in work");
        complete += usize::from(next.complete && !Judge::excused_of(&entries, id));
        if next.complete && !Judge::excused_of(&entries, id) {
            let ask = TraceAsk {
                of: vec![domain::start::Start::Item { item }],
                direction: Direction::Backward,
                as_of: None,
                known_at: None,
                limit: None,
                captures: false,
            };
            assert!(plant.trace(&ask).unwrap().items.len() >= 2, "{unit} has a seal and a head");
            // However often it was done again: two of one lot of seals, and one head.
            let mut fitted = judge.fitted_in(id);
            fitted.sort_unstable();
            assert_eq!(fitted, [Amount::ONE, Amount::from(2_i64)], "what is in {unit}");
        }
    }
    [judge.gates, judge.gaps, complete, judge.released.len()]
}

fn round(path: &Path, seed: u64) -> [usize; 4] {
    let plant = open(path);
    let hashes = set_up(&plant);
    drop(plant);
    for restart in 0..RESTARTS {
        let plant = open(path);
        std::thread::scope(|scope| {
            for terminal in 0..TERMINALS {
                let own = seed.wrapping_mul(1000).wrapping_add(restart * TERMINALS + terminal);
                let (plant, hashes) = (&plant, hashes.clone());
                let said = Vec::new();
                let mut operator = Operator { plant, chance: Chance(own), hashes, said };
                scope.spawn(move || (0..DEEDS).for_each(|_| operator.deed()));
            }
        });
        let size = plant.ledger().unwrap().size().unwrap();
        plant.published().wait_for(Position(size)).unwrap();
        let before = told(&plant);
        drop(plant);
        let plant = open(path);
        assert_eq!(told(&plant).len(), before.len());
        for (now, then) in told(&plant).iter().zip(&before) {
            assert_eq!(now, then, "a restart changes nothing");
        }
    }
    let plant = open(path);
    compare(&plant)
}

#[test]
fn no_way_round_the_route() {
    let first = number("TRACEWRIGHT_WORK_SEED", 1);
    let mut all = [0; 4];
    for seed in first..first + number("TRACEWRIGHT_WORK_ROUNDS", ROUNDS) {
        println!("seed {seed}");
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("plant");
        let sums = round(&path, seed);
        let report = verify_folder(&path, &VerifyOptions::default(), &mut |_| {}).unwrap();
        assert!(report.holds(), "seed {seed}: {report}");
        std::fs::remove_file(path.join("views.db")).unwrap();
        let plant = open(&path);
        assert_eq!(compare(&plant), sums, "folded anew");
        all.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
    }
    let [gates, gaps, complete, released] = all;
    println!("{gates} gates, {gaps} with a gap and its exception");
    println!("{complete} routes passed without any exception, {released} units released");
    assert!(gates > 0, "operators that close no gate prove nothing");
}
