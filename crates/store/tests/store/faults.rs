//! Files cut short, overwritten, swapped and exposed: each ends in an error with a name.

use crate::{append_up_to, log, new_folder};
use std::fs;
use std::path::{Path, PathBuf};
use store::{Error, Folder};
use tempfile::TempDir;

/// The path of a closed data folder with some entries.
fn closed() -> (TempDir, PathBuf) {
    let (place, folder) = new_folder();
    let path = folder.reading().path().to_owned();
    append_up_to(&mut folder.ledger().unwrap(), 500);
    (place, path)
}

/// Opens the folder and reads every entry.
fn read_all(path: &Path) -> Result<u64, Error> {
    let folder = Folder::open(path)?;
    let reader = folder.reading().ledger()?;
    let faults = reader.faults()?;
    assert!(faults.is_empty() || !faults[0].is_empty());
    Ok(reader.entries(0..u64::MAX, 4096)?.len() as u64)
}

#[test]
fn a_ledger_cut_short_is_damaged() {
    let (_place, path) = closed();
    let whole = fs::read(path.join("ledger.db")).unwrap();
    for length in [100, 4096, 5000, 8192, whole.len() / 2, whole.len() - 4096] {
        fs::write(path.join("ledger.db"), &whole[..length]).unwrap();
        let error = read_all(&path).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{length}: {error:?}");
    }
    // Less than a header says nothing of what it was.
    for length in [0, 1, 50, 99] {
        fs::write(path.join("ledger.db"), &whole[..length]).unwrap();
        let error = read_all(&path).unwrap_err();
        let named = matches!(error, Error::NotOurs { .. } | Error::Damaged { .. });
        assert!(named, "{length}: {error:?}");
    }
    fs::write(path.join("ledger.db"), &whole).unwrap();
    assert_eq!(read_all(&path).unwrap(), 500);
}

#[test]
fn garbage_is_damaged_and_another_database_is_not_ours() {
    let (_place, path) = closed();
    fs::write(path.join("ledger.db"), vec![0xAB; 100_000]).unwrap();
    assert!(matches!(Folder::open(&path), Err(Error::Damaged { .. })));
    fs::copy(path.join("people.db"), path.join("ledger.db")).unwrap();
    assert!(matches!(Folder::open(&path), Err(Error::NotOurs { .. })));
}

#[test]
fn a_newer_format_is_named_and_left_alone() {
    for name in ["ledger.db", "people.db"] {
        let (_place, path) = closed();
        let raw = rusqlite::Connection::open(path.join(name)).unwrap();
        raw.pragma_update(None, "user_version", 2).unwrap();
        drop(raw);
        let before = fs::read(path.join(name)).unwrap();
        let newer = Folder::open(&path).unwrap_err();
        assert!(matches!(newer, Error::Newer { found: 2, known: 1, .. }), "{newer:?}");
        assert_eq!(fs::read(path.join(name)).unwrap(), before);
    }
}

#[test]
fn a_folder_in_the_place_of_a_file_is_an_error() {
    let (_place, path) = closed();
    fs::remove_file(path.join("ledger.db")).unwrap();
    fs::create_dir(path.join("ledger.db")).unwrap();
    assert!(matches!(Folder::open(&path), Err(Error::NotAFolder { .. })));
    fs::remove_dir(path.join("ledger.db")).unwrap();
    let (_other, other) = closed();
    fs::remove_file(other.join("people.db")).unwrap();
    assert!(matches!(Folder::open(&other), Err(Error::Database { .. })));
    let (_third, third) = closed();
    fs::remove_file(third.join("lock")).unwrap();
    fs::create_dir(third.join("lock")).unwrap();
    assert!(matches!(Folder::open(&third), Err(Error::Io { .. })));
}

#[test]
fn keys_that_are_not_keys_are_named_by_line() {
    let (_place, path) = closed();
    let folder = Folder::open(&path).unwrap();
    let key = path.join("site.key");
    let good = "0".repeat(64);
    let cases = [
        (String::new(), Some(0)),
        ("# nothing\n\n".to_owned(), Some(0)),
        (format!("{good}\nshort\n"), Some(2)),
        (format!("# of the site\n{good}0\n"), Some(2)),
        (format!("{}\n", "G".repeat(64)), Some(1)),
        (format!("# of the site\n\n  {good}  \n"), None),
    ];
    for (text, wrong) in cases {
        fs::write(&key, &text).unwrap();
        match (folder.site_key().read(), wrong) {
            (Ok(seeds), None) => assert_eq!(seeds.len(), 1),
            (Err(Error::BadKey { line, .. }), Some(wrong)) => assert_eq!(line, wrong, "{text}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }
    fs::write(&key, [0xFF; 10]).unwrap();
    assert!(matches!(folder.site_key().read(), Err(Error::Io { .. })));
    fs::remove_file(&key).unwrap();
    assert!(matches!(folder.site_key().read(), Err(Error::Io { .. })));
}

#[cfg(unix)]
#[test]
fn a_key_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_place, path) = closed();
    let folder = Folder::open(&path).unwrap();
    let key = path.join("site.key");
    for mode in [0o604, 0o640, 0o666] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let exposed = folder.site_key().read().unwrap_err();
        assert!(matches!(exposed, Error::Exposed { mode: found, .. } if found == mode));
        assert!(exposed.to_string().contains(&format!("{mode:o}")));
    }
    fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).unwrap();
    folder.site_key().read().unwrap();
}

/// A copy of the folder as a crash would leave it now.
fn crashed(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(to.join(entry.file_name())).unwrap();
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn keys_half_written_are_rolled_back() {
    let (place, path) = closed();
    let sealed = Folder::open(&path).unwrap().people().unwrap().seal("p-1", b"Ada").unwrap();
    let raw = rusqlite::Connection::open(path.join("people.db")).unwrap();
    // Small enough a cache that pages reach the file before the commit.
    raw.execute_batch("PRAGMA cache_size = 1; BEGIN; UPDATE person_key SET secret = zeroblob(9);")
        .unwrap();
    for n in 0..100 {
        let add = "INSERT INTO person_key VALUES (?1, zeroblob(8), zeroblob(4000))";
        raw.execute(add, [format!("p-{n}-half")]).unwrap();
    }
    for name in ["by its writer", "by a backup"] {
        let left = place.path().join(name);
        crashed(&path, &left);
        assert_ne!(fs::metadata(left.join("people.db-journal")).unwrap().len(), 0);
        let whole = if name == "by a backup" {
            let copy = place.path().join("copy");
            store::backup(&left, &copy, store::Keys::Along, &mut |_, _| true, &mut |_| {}).unwrap();
            copy
        } else {
            left
        };
        let people = Folder::open(&whole).unwrap().people().unwrap();
        assert_eq!(people.open("p-1", &sealed).unwrap().unwrap(), b"Ada");
    }
}

#[test]
fn a_torn_tail_of_the_log_costs_the_last_batches_and_nothing_else() {
    let (place, folder) = new_folder();
    let mut ledger = folder.ledger().unwrap();
    for size in (10..=100).step_by(10) {
        append_up_to(&mut ledger, size);
    }
    let path = folder.reading().path();
    let whole = fs::read(path.join("ledger.db-wal")).unwrap();
    let mut sizes = Vec::new();
    for part in 0..=20 {
        // What is on the disk after the power failed while the log was being written.
        let torn = place.path().join(format!("torn {part}"));
        crashed(path, &torn);
        fs::remove_file(torn.join("ledger.db-shm")).unwrap();
        fs::write(torn.join("ledger.db-wal"), &whole[..whole.len() * part / 20]).unwrap();
        let opened = Folder::open(&torn).unwrap();
        let mut ledger = opened.ledger().unwrap();
        let size = ledger.size().unwrap();
        assert_eq!(size % 10, 0, "half a batch");
        for position in 0..size {
            assert_eq!(ledger.entry(position).unwrap().unwrap().log, log(position));
        }
        append_up_to(&mut ledger, size + 1);
        sizes.push(size);
    }
    assert!(sizes.is_sorted());
    assert_eq!((sizes[0], sizes[20]), (0, 100));
}
