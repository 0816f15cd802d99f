//! The folder of a witness, and the heads a ledger keeps with their cosignatures.

use crate::new_folder;
use std::fs;
use store::{Error, WitnessFolder, backup};

const NAME: &str = "witness.example/w1";

#[test]
fn a_witness_keeps_its_name_its_key_and_the_last_head_of_each_log() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("w");
    assert!(matches!(WitnessFolder::open(&path, None), Err(Error::NotAWitness { .. })));
    assert!(!path.exists(), "nothing is made without a name");
    let witness = WitnessFolder::open(&path, Some(NAME)).unwrap();
    assert_eq!(witness.last("a").unwrap(), None);
    witness.put("a", "head 1").unwrap();
    witness.put("a", "head 2").unwrap();
    witness.put("b/../../c", "of another").unwrap();
    assert!(matches!(WitnessFolder::open(&path, None), Err(Error::Held { .. })));
    let seed = witness.seed().clone();
    drop(witness);
    let again = WitnessFolder::open(&path, Some(NAME)).unwrap();
    assert_eq!((again.name(), again.seed() == &seed), (NAME, true));
    assert_eq!(again.last("a").unwrap().as_deref(), Some("head 2"));
    assert_eq!(again.last("b/../../c").unwrap().as_deref(), Some("of another"));
    let long = "x".repeat(store::HEAD_BYTES_MAX + 1);
    assert!(matches!(again.put("a", &long), Err(Error::TooLong { .. })));
    assert_eq!(again.last("a").unwrap().as_deref(), Some("head 2"));
    drop(again);
    let other = WitnessFolder::open(&path, Some("witness.example/w2"));
    assert!(matches!(other, Err(Error::Occupied { .. })), "{other:?}");
}

#[test]
fn a_folder_with_something_else_in_it_is_no_witness() {
    let (_place, folder) = new_folder();
    let refused = WitnessFolder::open(folder.reading().path(), Some(NAME));
    assert!(matches!(refused, Err(Error::Held { .. })), "{refused:?}");
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("letter.txt"), "x").unwrap();
    let refused = WitnessFolder::open(place.path(), Some(NAME));
    assert!(matches!(refused, Err(Error::Occupied { .. })), "{refused:?}");
    // A creation that was cut short is taken up again; a lost key is not replaced unseen.
    fs::remove_file(place.path().join("letter.txt")).unwrap();
    fs::create_dir_all(place.path().join("logs")).unwrap();
    fs::write(place.path().join("witness.key.new"), "# Key of").unwrap();
    drop(WitnessFolder::open(place.path(), Some(NAME)).unwrap());
    fs::write(place.path().join("logs/aa"), "head").unwrap();
    fs::remove_file(place.path().join("witness.key")).unwrap();
    let refused = WitnessFolder::open(place.path(), Some(NAME));
    assert!(matches!(refused, Err(Error::Occupied { .. })), "{refused:?}");
}

#[cfg(unix)]
#[test]
fn a_key_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = tempfile::tempdir().unwrap();
    drop(WitnessFolder::open(place.path(), Some(NAME)).unwrap());
    let key = place.path().join("witness.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = WitnessFolder::open(place.path(), None);
    assert!(matches!(refused, Err(Error::Exposed { .. })), "{refused:?}");
}

#[test]
fn cosigned_heads_are_kept_and_copied() {
    let (place, folder) = new_folder();
    assert_eq!(folder.reading().cosigned().unwrap(), "");
    folder.cosigned().write("note\n\n").unwrap();
    folder.cosigned().write("newer\n\n").unwrap();
    assert_eq!(folder.reading().cosigned().unwrap(), "newer\n\n");
    let long = "x".repeat(store::COSIGNED_BYTES_MAX + 1);
    assert!(matches!(folder.cosigned().write(&long), Err(Error::TooLong { .. })));
    let copy = place.path().join("copy");
    backup(folder.reading().path(), &copy, store::Keys::Along, &mut |_, _| true, &mut |_| {})
        .unwrap();
    assert_eq!(fs::read_to_string(copy.join("cosigned")).unwrap(), "newer\n\n");
}
