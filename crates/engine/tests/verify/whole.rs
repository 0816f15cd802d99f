//! What verification says of folders nobody touched.

use domain::Answer;
use engine::{Standing, VerifyOptions, WitnessFile};
use serde_json::json;

use crate::{admit, assert_holds, command, lived_in, load, open, place, verified, verified_with};

#[test]
fn a_folder_that_was_lived_in_holds() {
    let (_place, path) = place();
    let notes = lived_in(&path, 7, 600);
    let report = verified(&path);
    println!("{report}");
    assert_holds(&report);
    assert_eq!(report.standing, Some(Standing::Consistent));
    let checked = report.checked;
    assert!(checked.entries > 600 && checked.tiles >= 2 && checked.items > 100, "{checked:?}");
    assert_eq!(checked.entries, report.size);
    assert_eq!(checked.views_at, Some(report.size));
    assert_eq!(checked.files, 1);
    assert!(checked.checkpoints > u64::try_from(notes.len()).unwrap());
}

#[test]
fn the_standing_follows_what_the_verifier_knows() {
    let (_place, path) = place();
    let notes = lived_in(&path, 8, 120);
    let plant = open(&path);
    let first = plant.keys().genesis().key.clone();
    drop(plant);
    let site = VerifyOptions { site_keys: vec![first], ..VerifyOptions::default() };
    let report = verified_with(&path, &site);
    assert_holds(&report);
    assert_eq!(report.standing, Some(Standing::SiteSigned), "trust follows the rotations");
    assert_eq!(report.standing.unwrap().to_string(), "site-signed");
    assert!(report.unproven[0].contains("can rewrite"), "{report}");
    let file = WitnessFile::parse("a printout", &notes.join("\n")).unwrap();
    assert_eq!(file.checkpoints.len(), notes.len());
    let partner = WitnessFile { from: "a partner".to_owned(), ..file.clone() };
    let held = VerifyOptions { witnesses: vec![file, partner], ..VerifyOptions::default() };
    let report = verified_with(&path, &held);
    assert_holds(&report);
    assert_eq!(report.standing.unwrap().to_string(), "witnessed by 2");
    let (_elsewhere, other) = place();
    let stranger = open(&other).keys().genesis().key.clone();
    let wrong = VerifyOptions { site_keys: vec![stranger], ..VerifyOptions::default() };
    let report = verified_with(&path, &wrong);
    assert!(report.findings.iter().any(|f| f.what == engine::What::Key), "{report}");
    assert_eq!(report.standing, None);
}

#[test]
fn a_server_at_work_is_verified_as_it_goes_on() {
    let (_place, path) = place();
    let plant = open(&path);
    for command in load::masters() {
        plant.submit(command, "test").unwrap();
    }
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut floor = load::Floor::new(3, "W", None);
            for _ in 0..6 {
                floor.work(&plant, 100);
                plant.publish_head().unwrap();
            }
        });
        let mut rounds = 0;
        while !writing.is_finished() || rounds == 0 {
            let report = verified(&path);
            assert_holds(&report);
            let at = report.checked.views_at.unwrap();
            assert!(at <= report.size);
            rounds += 1;
        }
        println!("verified {rounds} times while it was written to");
    });
    drop(plant);
    assert_holds(&verified(&path));
}

#[test]
fn a_ledger_of_one_entry_and_one_of_full_tiles_hold() {
    let (_place, path) = place();
    drop(open(&path));
    let report = verified(&path);
    assert_holds(&report);
    assert_eq!(report.size, 1);
    let plant = open(&path);
    while plant.published().head().0 < 512 {
        let left = usize::try_from(512 - plant.published().head().0).unwrap().min(50);
        let acts: Vec<String> = (0..left)
            .map(|index| format!(r#"{{"act":"definePlace","code":"P{index}","name":"Place"}}"#))
            .collect();
        let last = admit(&plant, &format!("[{}]", acts.join(","))).last;
        plant.published().wait_for(last.next()).unwrap();
    }
    drop(plant);
    let report = verified(&path);
    assert_holds(&report);
    assert_eq!((report.size, report.checked.tiles), (512, 2));
}

#[test]
fn a_command_that_repeats_says_the_same_after_all_this() {
    let (_place, path) = place();
    let plant = open(&path);
    for command in load::masters() {
        plant.submit(command, "test").unwrap();
    }
    let mut floor = load::Floor::new(11, "R", None);
    let told: Vec<_> = (0..200)
        .map(|_| {
            let command = floor.next();
            (plant.submit(command.clone(), "test").unwrap().answer, command)
        })
        .collect();
    drop(plant);
    let plant = open(&path);
    for (answer, command) in told {
        assert_eq!(plant.submit(command, "test").unwrap().answer, answer);
    }
}

/// What a refused command had folded before its last act was refused is taken back wholly: neither
/// state keeps a place for it, and no row tells of it.
#[test]
fn what_was_refused_leaves_no_row() {
    let kept = json!([
        {"act": "defineStation", "code": "ST-2", "name": "Second"},
        {"act": "definePerson", "code": "P-9", "name": "Nine"},
        {"act": "defineOrder", "code": "WO-9", "part": {"number": "U"}, "quantity": 1},
        {"act": "checkEquipment", "equipment": "TW-1", "good": true},
        {"act": "load", "lot": "lot:L-0", "station": "ST-1", "slot": "F1"},
        {"act": "hold", "code": "H-9", "on": [{"start": "item", "item": "lot:L-0"}],
         "spreads": true, "reason": "metal found"},
        {"act": "receive", "kind": "lot", "part": {"number": "M"}, "supplier": "POLY",
         "items": [{"identifiers": [{"scheme": "lotCode", "value": "L-9"}], "quantity": "5"}]},
    ]);
    let unit = json!({"act": "create", "kind": "unit", "part": {"number": "U"},
        "items": [{"identifiers": [{"scheme": "serialNumber", "value": "U-9"}]}]});
    let lot = json!({"act": "create", "kind": "lot", "part": {"number": "M"},
        "items": [{"identifiers": [{"scheme": "lotCode", "value": "L-8"}], "quantity": "3"}]});
    let made = [
        json!([unit, {"act": "install", "parent": "new:0.0", "component": "lot:L-0",
            "quantity": "1"}]),
        json!([unit, {"act": "step", "operation": "OP10", "backflush": true, "run": "R-9",
            "items": [{"item": "new:0.0"}], "outcome": "pass",
            "measures": [{"name": "torque", "unit": "N·m", "value": "1.2"}]}]),
        json!([lot, {"act": "transform", "operation": "OP20", "outputs": ["new:0.0"],
            "inputs": [{"item": "lot:L-0", "quantity": "3"}]}]),
    ];
    let alone = kept.as_array().unwrap().iter().map(|act| json!([act]));
    for mut acts in alone.chain(made) {
        let (_place, path) = place();
        let plant = open(&path);
        for command in load::masters() {
            plant.submit(command, "test").unwrap();
        }
        acts.as_array_mut()
            .unwrap()
            .push(json!({"act": "scrap", "item": "serial:nobody", "reason": "none"}));
        let mut attempt = command(&acts.to_string());
        attempt.station = Some(domain::StationCode::new("ST-1").unwrap());
        let last = attempt.acts.len() - 1;
        let Answer::Rejected(rejection) = plant.submit(attempt, "test").unwrap().answer else {
            panic!("admitted: {acts}")
        };
        assert_eq!(rejection.act, last, "{acts}: {rejection:?}");
        admit(&plant, r#"[{"act": "defineStation", "code": "ST-3", "name": "Third"}]"#);
        drop(plant);
        let report = verified(&path);
        assert!(report.holds(), "{acts}\n{report}");
    }
}
