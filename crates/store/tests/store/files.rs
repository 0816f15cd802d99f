use crate::new_folder;
use merkle::hash::sha256;
use std::fs;
use std::io::{self, Read};
use store::{Error, Folder};

#[test]
fn a_file_is_found_by_its_hash() {
    let (_place, folder) = new_folder();
    let files = folder.files();
    let hash = files.put(b"a curve").unwrap();
    assert_eq!(hash, sha256(b"a curve"));
    assert_eq!(files.put(b"a curve").unwrap(), hash);
    let large = vec![7; 300_000];
    let (large_hash, bytes) = files.put_from(&mut large.as_slice()).unwrap();
    assert_eq!((large_hash, bytes), (sha256(&large), 300_000));
    let reading = folder.reading().files();
    assert_eq!(reading.read(hash).unwrap(), b"a curve");
    assert!(reading.contains(large_hash) && !reading.contains(sha256(b"other")));
    let mut copy = Vec::new();
    assert_eq!(reading.copy_to(large_hash, &mut copy).unwrap(), 300_000);
    assert_eq!(copy, large);
    let mut all = Vec::new();
    reading
        .for_each(|hash| {
            all.push(hash);
            Ok(())
        })
        .unwrap();
    all.sort_unstable();
    let mut expected = [hash, large_hash];
    expected.sort_unstable();
    assert_eq!(all, expected);
}

#[test]
fn a_missing_and_a_changed_file_are_named() {
    let (_place, folder) = new_folder();
    let files = folder.files();
    let hash = sha256(b"nowhere");
    assert!(matches!(files.read(hash), Err(Error::NoFile { name }) if name == hash.to_string()));
    let hash = files.put(b"right").unwrap();
    let path = folder.reading().path().join("files").join(hash.to_string());
    fs::write(&path, b"wrong").unwrap();
    let damaged = files.read(hash);
    assert!(matches!(damaged, Err(Error::Damaged { path: found, .. }) if found == path));
    // Stored again, it is whole again.
    files.put(b"right").unwrap();
    assert_eq!(files.read(hash).unwrap(), b"right");
}

#[test]
fn what_a_crash_left_unfinished_is_removed_at_the_next_start() {
    let (_place, folder) = new_folder();
    let path = folder.reading().path().to_owned();
    let hash = folder.files().put(b"whole").unwrap();
    drop(folder);
    fs::write(path.join("files").join("0123.new"), b"ha").unwrap();
    let folder = Folder::open(&path).unwrap();
    assert_eq!(fs::read_dir(path.join("files")).unwrap().count(), 1);
    assert!(folder.files().contains(hash));
}

/// A source that ends in a failure.
struct Broken(usize);

impl Read for Broken {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.0.min(into.len());
        self.0 -= left;
        if left == 0 { Err(io::Error::other("the line went dead")) } else { Ok(left) }
    }
}

#[test]
fn a_source_that_fails_leaves_nothing() {
    let (_place, folder) = new_folder();
    let failed = folder.files().put_from(&mut Broken(1 << 20));
    assert!(matches!(failed, Err(Error::Io { .. })));
    assert_eq!(fs::read_dir(folder.reading().path().join("files")).unwrap().count(), 0);
}
