//! What verification says of folders nobody touched.

use engine::{Standing, VerifyOptions, WitnessFile};

use crate::{admit, assert_holds, lived_in, load, open, place, verified, verified_with};

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
