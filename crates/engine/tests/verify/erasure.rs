//! Erasing a person: the name is gone, every proof stands.

use std::path::Path;

use domain::ItemRef;
use engine::{Persons, RestoreOptions, Showing, backup, backup_keys, restore};
use merkle::proof::Trust;

use crate::{admit, assert_holds, open, place, verified};

const NAME: &str = "Roswitha Zwickelbauer";

fn found_in(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(found_in(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            if bytes.windows(NAME.len()).any(|window| window == NAME.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[test]
fn an_erased_name_is_nowhere_and_every_proof_stands() {
    let (place, path) = place();
    let copy = place.path().join("copy");
    let plant = open(&path);
    admit(
        &plant,
        r#"[{"act":"defineParty","code":"PERSON-7","name":"Customer","contact":"Roswitha Zwickelbauer"},
            {"act":"definePerson","code":"P-7","name":"Roswitha Zwickelbauer","contact":"shift 2"},
            {"act":"defineMaterial","part":{"number":"U"},"name":"Unit","tracking":"serial","baseUnit":"ea"},
            {"act":"create","kind":"unit","part":{"number":"U"},
             "items":[{"identifiers":[{"scheme":"serialNumber","value":"S1"}]}]}]"#,
    );
    let unit: ItemRef = "serial:S1".parse().unwrap();
    let shown = Showing { persons: Persons::Shown, ..Showing::default() };
    let before = plant.proof(std::slice::from_ref(&unit), &shown).unwrap();
    backup(&path, &copy, &mut |_| {}).unwrap();
    assert_eq!(found_in(&path), [""; 0], "nothing erasable is ever stored in the open");
    admit(
        &plant,
        r#"[{"act":"erase","person":"P-7","reason":"asked for"},
                      {"act":"erase","person":"PERSON-7","reason":"asked for"}]"#,
    );
    let after = plant.proof(std::slice::from_ref(&unit), &shown).unwrap();
    for proof in [&before, &after] {
        assert!(proof.verify(&Trust::default()).holds());
    }
    let report = verified(&path);
    assert_holds(&report);
    assert_eq!(report.checked.erased, 3);
    drop(plant);
    assert_eq!(found_in(&path), [""; 0]);
    assert_eq!(found_in(&copy), [""; 0]);
    assert_holds(&verified(&path));
    let report = verified(&copy);
    assert_holds(&report);
    assert_eq!((report.checked.erased, report.checked.apart), (0, 3), "{report}");
    // A person defined again has a key of their own.
    let plant = open(&path);
    admit(&plant, r#"[{"act":"definePerson","code":"P-7","name":"Another"}]"#);
    drop(plant);
    let report = verified(&path);
    assert_holds(&report);
    assert_eq!(report.checked.erased, 3);
}

#[test]
fn a_key_that_came_back_or_went_missing_is_named() {
    let (place, path) = place();
    let plant = open(&path);
    admit(&plant, r#"[{"act":"definePerson","code":"P-7","name":"Roswitha Zwickelbauer"}]"#);
    let old = place.path().join("people.db");
    std::fs::copy(path.join("people.db"), &old).unwrap();
    admit(&plant, r#"[{"act":"erase","person":"P-7","reason":"asked for"}]"#);
    admit(&plant, r#"[{"act":"definePerson","code":"P-8","name":"Another"}]"#);
    drop(plant);
    assert_holds(&verified(&path));
    std::fs::copy(&old, path.join("people.db")).unwrap();
    let report = verified(&path);
    let said: Vec<&str> = report.findings.iter().map(|f| f.message.as_str()).collect();
    assert!(
        said.iter().any(|said| said.contains("P-7") && said.contains("key is back")),
        "{said:?}"
    );
    assert!(said.iter().any(|said| said.contains("P-8") && said.contains("missing")), "{said:?}");
}

/// Two persons; a copy of then, and of their keys; and one of them erased.
fn erased_after_a_copy(place: &Path, path: &Path) -> merkle::proof::ProofFile {
    let plant = open(path);
    admit(
        &plant,
        r#"[{"act":"definePerson","code":"P-7","name":"Roswitha Zwickelbauer"},
            {"act":"definePerson","code":"P-8","name":"Another"},
            {"act":"defineMaterial","part":{"number":"U"},"name":"Unit","tracking":"serial","baseUnit":"ea"},
            {"act":"create","kind":"unit","part":{"number":"U"},
             "items":[{"identifiers":[{"scheme":"serialNumber","value":"S1"}]}]}]"#,
    );
    backup(path, &place.join("copy"), &mut |_| {}).unwrap();
    backup_keys(path, &place.join("keys")).unwrap();
    let unit: ItemRef = "serial:S1".parse().unwrap();
    let proof = plant.proof(&[unit], &Showing::default()).unwrap();
    admit(&plant, r#"[{"act":"erase","person":"P-7","reason":"asked for"}]"#);
    proof
}

/// The names that can still be read.
fn names(path: &Path) -> Vec<String> {
    let plant = open(path);
    let unit: ItemRef = "serial:S1".parse().unwrap();
    let shown = Showing { persons: Persons::Shown, ..Showing::default() };
    assert!(plant.proof(&[unit], &shown).unwrap().verify(&Trust::default()).holds());
    let people = plant.folder().reading().people().unwrap();
    let ledger = plant.folder().reading().ledger().unwrap();
    let mut names = Vec::new();
    for stored in ledger.entries(0..u64::MAX, 1000).unwrap() {
        for state in merkle::entry::decode_members(&stored.members).unwrap() {
            if let merkle::entry::MemberState::Sealed { person, ciphertext, .. } = state
                && people.open(&person, &ciphertext).unwrap().is_some()
            {
                names.push(person);
            }
        }
    }
    names.dedup();
    names
}

#[test]
fn whoever_was_erased_stays_erased_when_an_older_copy_is_put_back() {
    let (place, path) = place();
    let proof = erased_after_a_copy(place.path(), &path);
    let at = |name: &str| place.path().join(name);
    for accept_loss in [false, true] {
        let to = at(&format!("restored-{accept_loss}"));
        let people = Some(path.join("people.db"));
        let options = RestoreOptions { people, accept_loss, ..RestoreOptions::default() };
        let report = restore(&at("copy"), &to, &options, &mut |_| {}).unwrap();
        assert!(report.notes.iter().any(|note| note.contains("P-7")), "{report:?}");
        assert_eq!(names(&to), ["P-8"]);
        let checked = verified(&to);
        assert_holds(&checked);
        assert_eq!((checked.checked.erased, checked.checked.apart), (1, 0));
    }
    assert!(proof.verify(&Trust::default()).holds());
    // Without the keys nothing opens, and the folder says so.
    let bare = at("bare");
    let report = restore(&at("copy"), &bare, &RestoreOptions::default(), &mut |_| {}).unwrap();
    assert!(report.notes.iter().any(|note| note.contains("keys of people")), "{report:?}");
    assert!(names(&bare).is_empty());
    assert_holds(&verified(&bare));
    // Only keys kept from before the erasure would bring the name back.
    let kept = RestoreOptions { people: Some(at("keys")), ..RestoreOptions::default() };
    restore(&at("copy"), &at("kept"), &kept, &mut |_| {}).unwrap();
    assert_eq!(names(&at("kept")), ["P-7", "P-8"]);
}
