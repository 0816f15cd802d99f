use crate::new_folder;
use std::fs;
use std::path::Path;
use store::{Error, SEALED_BYTES_MAX};

/// Whether any file of the folder whose name begins with people.db holds these bytes.
fn on_disk(folder: &Path, secret: &[u8]) -> bool {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("people.db")).any(
        |entry| {
            let bytes = fs::read(entry.path()).unwrap();
            bytes.windows(secret.len()).any(|window| window == secret)
        },
    )
}

#[test]
fn a_sealed_value_is_opened_for_its_person_alone() {
    let (_place, folder) = new_folder();
    let mut people = folder.people().unwrap();
    let sealed = people.seal("p-1", b"Ada Lovelace").unwrap();
    assert!(!sealed.windows(3).any(|window| window == b"Ada"));
    assert_ne!(people.seal("p-1", b"Ada Lovelace").unwrap(), sealed);
    assert_eq!(people.open("p-1", &sealed).unwrap().unwrap(), b"Ada Lovelace");
    assert_eq!(people.open("p-2", &sealed).unwrap(), None);
    people.key_for("p-2").unwrap();
    assert_eq!(people.open("p-2", &sealed).unwrap(), None);
    let again = folder.people().unwrap();
    assert_eq!(again.open("p-1", &sealed).unwrap().unwrap(), b"Ada Lovelace");
}

#[test]
fn a_key_is_made_once() {
    let (_place, folder) = new_folder();
    let mut people = folder.people().unwrap();
    let key = people.key_for("p-1").unwrap();
    assert_eq!(people.key_for("p-1").unwrap(), key);
    assert_ne!(people.key_for("p-2").unwrap(), key);
}

#[test]
fn an_erased_key_is_gone_from_the_disk_and_with_it_the_values() {
    let (_place, folder) = new_folder();
    let path = folder.reading().path();
    let mut people = folder.people().unwrap();
    let others: Vec<_> = (0..200).map(|n| people.key_for(&format!("other {n}")).unwrap()).collect();
    let key = people.key_for("p-1").unwrap();
    let sealed = people.seal("p-1", b"Ada Lovelace").unwrap();
    assert!(on_disk(path, &key));
    people.set_aside("p-1", 7).unwrap();
    assert_eq!(people.aside().unwrap(), [(7, "p-1".to_owned())]);
    assert_eq!(people.open("p-1", &sealed).unwrap(), None);
    people.destroy("p-1", 7).unwrap();
    assert!(!on_disk(path, &key));
    assert!(others.iter().all(|key| on_disk(path, key)));
    assert_eq!(people.open("p-1", &sealed).unwrap(), None);
    assert_eq!(people.aside().unwrap(), []);
    // A key made later does not bring the value back.
    assert_ne!(people.key_for("p-1").unwrap(), key);
    assert_eq!(people.open("p-1", &sealed).unwrap(), None);
}

#[test]
fn a_key_set_aside_comes_back_in_place_of_one_made_since() {
    let (_place, folder) = new_folder();
    let mut people = folder.people().unwrap();
    let sealed = people.seal("p-1", b"Ada Lovelace").unwrap();
    people.set_aside("p-1", 3).unwrap();
    people.set_aside("nobody", 4).unwrap();
    let since = people.seal("p-1", b"Another").unwrap();
    people.put_back("p-1", 3).unwrap();
    assert_eq!(people.open("p-1", &sealed).unwrap().unwrap(), b"Ada Lovelace");
    assert_eq!(people.open("p-1", &since).unwrap(), None);
    assert_eq!(people.aside().unwrap(), []);
}

#[test]
fn every_change_to_a_sealed_value_is_noticed() {
    let (_place, folder) = new_folder();
    let mut people = folder.people().unwrap();
    let sealed = people.seal("p-1", b"Ada").unwrap();
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 1;
        let opened = people.open("p-1", &changed);
        // The name of the key says which it was; another name is another key, which is not there.
        let unknown_key = (1..9).contains(&index) && matches!(opened, Ok(None));
        assert!(unknown_key || matches!(opened, Err(Error::Unsealable { .. })), "{index}");
    }
    for length in 0..sealed.len() {
        let short = people.open("p-1", &sealed[..length]);
        assert!(matches!(short, Err(Error::Unsealable { .. })), "{length}");
    }
}

#[test]
fn a_value_has_a_limit() {
    let (_place, folder) = new_folder();
    let mut people = folder.people().unwrap();
    let long = vec![0; SEALED_BYTES_MAX + 1];
    assert!(matches!(people.seal("p-1", &long), Err(Error::TooLong { .. })));
    let sealed = people.seal("p-1", &long[1..]).unwrap();
    assert_eq!(people.open("p-1", &sealed).unwrap().unwrap().len(), SEALED_BYTES_MAX);
}
