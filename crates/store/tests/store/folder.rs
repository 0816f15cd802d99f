use crate::new_folder;
use std::fs;
use store::{Error, Folder, ReadFolder, Seed};

#[test]
fn creating_makes_everything_and_opening_finds_it() {
    let (_place, folder) = new_folder();
    let path = folder.reading().path().to_owned();
    for name in ["lock", "ledger.db", "people.db", "site.key", "files"] {
        assert!(path.join(name).exists(), "{name}");
    }
    let seeds = folder.site_key().read().unwrap();
    drop(folder);
    let folder = Folder::open(&path).unwrap();
    assert_eq!(folder.site_key().read().unwrap(), seeds);
    assert_eq!(folder.ledger().unwrap().size().unwrap(), 0);
    assert_eq!(ReadFolder::open(&path).unwrap().ledger().unwrap().size().unwrap(), 0);
}

#[cfg(unix)]
#[test]
fn secrets_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_place, folder) = new_folder();
    let path = folder.reading().path();
    let mode = |name: &str| fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("site.key"), mode("people.db")), (0o700, 0o600, 0o600));
    folder.site_key().write(&[Seed([7; 32])]).unwrap();
    assert_eq!(mode("site.key"), 0o600);
}

#[test]
fn a_second_writer_is_refused_in_words() {
    let (_place, folder) = new_folder();
    let path = folder.reading().path();
    let error = Folder::open(path).unwrap_err();
    assert!(matches!(&error, Error::Held { folder, process: Some(_) } if folder == path));
    let (path, process) = (path.display(), std::process::id());
    let words = format!("open data folder {path} for writing: process {process} holds it");
    assert_eq!(error.to_string(), words);
}

#[test]
fn the_lock_goes_with_its_holder() {
    let (_place, folder) = new_folder();
    let path = folder.reading().path().to_owned();
    drop(folder);
    drop(Folder::open(&path).unwrap());
    Folder::open(&path).unwrap();
}

#[test]
fn a_folder_without_a_ledger_is_not_opened_and_not_touched() {
    let place = tempfile::tempdir().unwrap();
    let refused = |path| matches!(Folder::open(path), Err(Error::NotAFolder { .. }));
    assert!(refused(place.path()));
    assert!(refused(&place.path().join("nowhere")));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn nothing_is_created_over_something() {
    let (_place, folder) = new_folder();
    let path = folder.reading().path().to_owned();
    assert!(matches!(Folder::create(&path), Err(Error::Occupied { .. })));
    drop(folder);
    // The ledger is lost, the keys are not: creating must not take them too.
    fs::remove_file(path.join("ledger.db")).unwrap();
    let before = fs::read(path.join("site.key")).unwrap();
    assert!(matches!(Folder::create(&path), Err(Error::Occupied { .. })));
    assert_eq!(fs::read(path.join("site.key")).unwrap(), before);
}

#[test]
fn an_interrupted_creation_is_named_and_can_be_repeated() {
    let (_place, folder) = new_folder();
    let path = folder.reading().path().to_owned();
    folder.files().put(b"of the first try").unwrap();
    drop(folder);
    fs::rename(path.join("ledger.db"), path.join("ledger.db.new")).unwrap();
    fs::write(path.join("site.key.new"), "half").unwrap();
    assert!(matches!(Folder::open(&path), Err(Error::HalfCreated { .. })));
    assert!(matches!(ReadFolder::open(&path), Err(Error::HalfCreated { .. })));
    let folder = Folder::create(&path).unwrap();
    assert_eq!(folder.ledger().unwrap().size().unwrap(), 0);
    assert_eq!(fs::read_dir(path.join("files")).unwrap().count(), 0);
}

#[test]
fn folders_above_are_made_too() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("plant").join("line").join("data");
    drop(Folder::create(&path).unwrap());
    Folder::open(&path).unwrap();
}

#[test]
fn signing_keys_are_kept_in_order() {
    let (_place, folder) = new_folder();
    let key = folder.site_key();
    let mut seeds = key.read().unwrap();
    seeds.push(Seed::random().unwrap());
    key.write(&seeds).unwrap();
    assert_eq!(key.read().unwrap(), seeds);
    assert_eq!(seeds.len(), 2);
    assert!(matches!(key.write(&[]), Err(Error::BadKey { line: 0, .. })));
    assert_eq!(format!("{seeds:?}"), "[Seed(…), Seed(…)]");
}
