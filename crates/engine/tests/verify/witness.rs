//! Checkpoints held elsewhere: files that grow with each head, and what witnesses cosigned.

use std::path::Path;

use domain::ItemRef;
use engine::{COSIGNED_MAX, Plant, Showing, VerifyOptions, WITNESS_BYTES_MAX, What, WitnessFile};
use merkle::checkpoint::{Checkpoint, Signed};
use merkle::note::SigningKey;
use merkle::proof::{Standing, Trust};

use crate::{admit, assert_holds, open, place, verified, verified_with};

fn grow(plant: &Plant, name: &str) {
    admit(plant, &format!(r#"[{{"act":"definePlace","code":"{name}","name":"New"}}]"#));
}

/// The head as it is, however lately another was shown.
fn head(plant: &Plant) -> Signed {
    Signed::parse(&plant.publish_head().unwrap().1).unwrap()
}

fn witness(number: u8) -> SigningKey {
    SigningKey::from_seed(&format!("witness.example/w{number}"), [number; 32]).unwrap()
}

fn cosign(plant: &Plant, number: u8) -> Signed {
    let head = head(plant);
    let cosignature = witness(number).cosignature(&head.note.text, 1_700_000_000);
    plant.add_cosignature(&head, cosignature).unwrap();
    head
}

fn held(path: &Path) -> VerifyOptions {
    VerifyOptions { witnesses: vec![WitnessFile::read(path).unwrap()], ..VerifyOptions::default() }
}

#[test]
fn a_witness_file_grows_with_each_head_and_names_what_became_of_the_ledger() {
    let (place, path) = place();
    let plant = open(&path);
    let file = place.path().join("witness.txt");
    for index in 0..3 {
        grow(&plant, &format!("N{index}"));
        assert_eq!(WitnessFile::append(&file, &head(&plant)).unwrap(), file);
    }
    drop(plant);
    assert_eq!(WitnessFile::read(&file).unwrap().checkpoints.len(), 3);
    let report = verified_with(&path, &held(&file));
    assert_holds(&report);
    assert_eq!(report.standing.unwrap().to_string(), "witnessed by 1");
    assert_eq!(report.witnesses[0].size, 4);
    // An older copy of the folder is behind; one that goes on from there is another history.
    let older = place.path().join("older");
    engine::backup(&path, &older, &mut |_| {}).unwrap();
    let plant = open(&path);
    grow(&plant, "N3");
    WitnessFile::append(&file, &head(&plant)).unwrap();
    drop(plant);
    let named = |path: &Path, words: &str| {
        let report = verified_with(path, &held(&file));
        let found = report.findings.iter().find(|found| found.what == What::Witness);
        assert!(found.is_some_and(|found| found.message.contains(words)), "{report}");
    };
    named(&older, "the last 1 are missing");
    let forked = open(&older);
    grow(&forked, "OTHER");
    drop(forked);
    named(&older, "are not the ones it was made over");
    assert_holds(&verified_with(&path, &held(&file)));
}

#[test]
fn a_note_that_was_cut_short_is_left_out_and_replaced() {
    let (place, path) = place();
    let plant = open(&path);
    let file = place.path().join("witness.txt");
    grow(&plant, "A");
    cosign(&plant, 2);
    WitnessFile::append(&file, &plant.head().unwrap()).unwrap();
    let first = std::fs::read(&file).unwrap();
    grow(&plant, "B");
    let second = head(&plant);
    WitnessFile::append(&file, &second).unwrap();
    let both = std::fs::read(&file).unwrap();
    assert!(both.starts_with(&first) && both.len() > first.len() + 100);
    for cut in first.len()..both.len() {
        std::fs::write(&file, &both[..cut]).unwrap();
        let notes = WitnessFile::read(&file).unwrap_or_else(|error| panic!("{cut}: {error}"));
        let whole = cut + 1 == both.len();
        assert_eq!(notes.checkpoints.len(), if whole { 2 } else { 1 }, "cut at {cut}");
        WitnessFile::append(&file, &second).unwrap();
        let mended = std::fs::read(&file).unwrap();
        assert!(mended.starts_with(&first), "cut at {cut}");
        let notes = WitnessFile::read(&file).unwrap().checkpoints;
        assert_eq!(notes.len(), if whole { 3 } else { 2 }, "cut at {cut}");
        assert!(notes[1..].iter().all(|note| *note == second), "cut at {cut}");
    }
    // The very first note may be cut short too.
    for cut in 0..first.len() {
        std::fs::write(&file, &first[..cut]).unwrap();
        WitnessFile::append(&file, &second).unwrap();
        let notes = WitnessFile::read(&file).unwrap().checkpoints;
        assert_eq!(notes.last(), Some(&second), "cut at {cut}");
    }
}

#[test]
fn a_file_of_something_else_is_left_alone_and_a_full_one_is_followed_by_another() {
    let (place, path) = place();
    let plant = open(&path);
    let letter = place.path().join("letter.txt");
    std::fs::write(&letter, "Dear Ada,\n\nall is well.\n").unwrap();
    let refused = WitnessFile::append(&letter, &head(&plant)).unwrap_err();
    assert!(engine::chain(&refused).contains("something else"), "{refused}");
    assert_eq!(std::fs::read_to_string(&letter).unwrap(), "Dear Ada,\n\nall is well.\n");
    let full = place.path().join("plant.witness");
    std::fs::File::create(&full).unwrap().set_len(WITNESS_BYTES_MAX - 10).unwrap();
    let next = WitnessFile::append(&full, &head(&plant)).unwrap();
    assert_eq!(next, place.path().join("plant.witness.2"));
    assert_eq!(WitnessFile::append(&full, &head(&plant)).unwrap(), next);
    assert_eq!(WitnessFile::read(&next).unwrap().checkpoints.len(), 2);
}

#[test]
fn cosignatures_are_kept_shown_and_put_into_proofs() {
    let (_place, path) = place();
    let plant = open(&path);
    admit(
        &plant,
        r#"[{"act":"defineMaterial","part":{"number":"LP-300"},"name":"Pump","tracking":"serial",
          "baseUnit":"ea"},
         {"act":"create","kind":"unit","part":{"number":"LP-300"},"items":[
        {"identifiers":[{"scheme":"serialNumber","value":"SN-1"}]}]}]"#,
    );
    let cosigned = cosign(&plant, 2);
    cosign(&plant, 3);
    let unit: [ItemRef; 1] = ["SN-1".parse().unwrap()];
    let trust = |numbers: &[u8]| Trust {
        witnesses: numbers.iter().map(|n| witness(*n).public().cosigner()).collect(),
        ..Trust::default()
    };
    // Something else happens: the newest head is not cosigned, the unit's entries are all covered.
    grow(&plant, "A");
    let shown = plant.checkpoint().unwrap();
    assert_eq!((shown.checkpoint.size, shown.note.signatures.len()), (3, 3));
    let proof = plant.proof(&unit, &Showing::default()).unwrap();
    let report = proof.verify(&trust(&[2, 3]));
    assert_eq!((report.standing, report.size), (Some(Standing::Witnessed(2)), Some(3)), "{report}");
    assert_eq!(proof.verify(&trust(&[2])).standing, Some(Standing::Witnessed(1)));
    assert_eq!(proof.verify(&trust(&[])).standing, Some(Standing::Consistent));
    drop(plant);
    let plant = open(&path);
    assert_eq!(plant.last_cosigned(&witness(3).public().cosigner()), Some((3, 1_700_000_000)));
    assert_eq!(plant.last_cosigned(&witness(4).public().cosigner()), None);
    let again = plant.proof(&unit, &Showing::default()).unwrap();
    assert_eq!(again.verify(&trust(&[2, 3])).standing, Some(Standing::Witnessed(2)));
    // What happens to the unit itself is not cosigned yet, and is in the proof all the same.
    admit(&plant, r#"[{"act":"describe","item":"SN-1","fields":{"colour":"red"}}]"#);
    let newer = plant.proof(&unit, &Showing::default()).unwrap();
    let report = newer.verify(&trust(&[2, 3]));
    assert_eq!(
        (report.standing, newer.claims[0].through_sequence),
        (Some(Standing::Consistent), 2)
    );
    assert_eq!(plant.checkpoint().unwrap().note.signatures.len(), 1, "it was cosigned long ago");
    drop(plant);
    let keys = trust(&[2]).witnesses;
    let known = VerifyOptions { witness_keys: keys, ..VerifyOptions::default() };
    let report = verified_with(&path, &known);
    assert_holds(&report);
    assert_eq!(report.standing.unwrap().to_string(), "witnessed by 1");
    assert_eq!(
        (report.witnesses[0].who.as_str(), report.witnesses[0].size),
        ("witness.example/w2", 3)
    );
    // The folder's own word for it is no witness.
    assert_eq!(verified(&path).standing.unwrap().to_string(), "consistent");
    assert_eq!(cosigned.checkpoint.size, 3);
}

#[test]
fn a_cosigned_head_that_does_not_fit_is_named() {
    let (_place, path) = place();
    let plant = open(&path);
    grow(&plant, "A");
    cosign(&plant, 2);
    let mut other = head(&plant).checkpoint;
    other.root = merkle::hash::sha256(b"another history");
    let seed = plant.folder().site_key().read().unwrap().remove(0).0;
    let key = SigningKey::from_seed(&other.origin, seed).unwrap();
    let forged = other.sign(&key).unwrap();
    let cosignature = witness(2).cosignature(&forged.note.text, 5);
    let refused = plant.add_cosignature(&forged, cosignature.clone()).unwrap_err();
    assert!(engine::chain(&refused).contains("none of this ledger"), "{refused}");
    let beyond = Checkpoint { size: 99, ..head(&plant).checkpoint }.sign(&key).unwrap();
    plant.add_cosignature(&beyond, witness(2).cosignature(&beyond.note.text, 5)).unwrap_err();
    drop(plant);
    let mut forged = forged;
    forged.note.put(cosignature).unwrap();
    for (text, words) in [
        (format!("{forged}\n"), "are not the ones it was made over"),
        (format!("{beyond}\n"), "the last 97 are missing"),
        ("nonsense\n".to_owned(), "cosigned"),
    ] {
        std::fs::write(path.join("cosigned"), text).unwrap();
        let report = verified(&path);
        assert!(report.findings.iter().any(|found| found.message.contains(words)), "{report}");
        // It harms nothing: the plant opens, shows its head, and is cosigned again.
        let plant = open(&path);
        assert_eq!(plant.checkpoint().unwrap().note.signatures.len(), 1);
        cosign(&plant, 2);
        assert_eq!(plant.checkpoint().unwrap().note.signatures.len(), 2);
    }
}

#[test]
fn only_the_newest_cosigned_heads_are_kept_and_each_witness_s_last() {
    let (_place, path) = place();
    let plant = open(&path);
    grow(&plant, "FIRST");
    cosign(&plant, 9);
    for round in 0..COSIGNED_MAX + 5 {
        grow(&plant, &format!("P{round}"));
        cosign(&plant, 2);
    }
    let kept = WitnessFile::read(&path.join("cosigned")).unwrap().checkpoints;
    assert_eq!(kept.len(), COSIGNED_MAX);
    let sizes: Vec<u64> = kept.iter().map(|head| head.checkpoint.size).collect();
    assert!(sizes.is_sorted() && sizes[0] == 2 && sizes[1] > 7, "{sizes:?}");
    assert_eq!(plant.last_cosigned(&witness(9).public().cosigner()), Some((2, 1_700_000_000)));
}
