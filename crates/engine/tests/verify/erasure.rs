//! Erasing a person: the name is gone, every proof stands.

use std::path::Path;

use domain::ItemRef;
use engine::{Persons, Showing, What, backup};
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
    assert_holds(&verified(&copy));
    // Without the keys of the folder the copy opens nothing either.
    std::fs::copy(path.join("people.db"), copy.join("people.db")).unwrap();
    let report = verified(&copy);
    assert!(report.findings.iter().all(|finding| finding.what == What::People), "{report}");
    assert_eq!(report.checked.erased, 3);
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
