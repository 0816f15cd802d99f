use crate::{append_up_to, log, new_folder};
use std::fs;
use store::{Error, Folder, Keys, Progress, ReadFolder, backup, copy_keys};

#[test]
fn a_backup_is_a_data_folder() {
    let (place, folder) = new_folder();
    append_up_to(&mut folder.ledger().unwrap(), 1000);
    let hash = folder.files().put(b"a curve").unwrap();
    let sealed = folder.people().unwrap().seal("p-1", b"Ada").unwrap();
    let seeds = folder.site_key().read().unwrap();
    let target = place.path().join("copy");
    let mut seen = Vec::new();
    let report =
        backup(folder.reading().path(), &target, Keys::Along, &mut |_, _| true, &mut |step| {
            seen.push(step);
        })
        .unwrap();
    assert_eq!((report.entries, report.files, report.damaged_files.len()), (1000, 1, 0));
    assert_eq!(seen.last(), Some(&Progress::Files { done: 1 }));
    assert!(!target.join("views.db").exists());
    let copy = Folder::open(&target).unwrap();
    let ledger = copy.reading().ledger().unwrap();
    assert_eq!(ledger.entry(999).unwrap().unwrap().log, log(999));
    assert_eq!(ledger.faults().unwrap(), [""; 0]);
    assert_eq!(copy.files().read(hash).unwrap(), b"a curve");
    assert_eq!(copy.people().unwrap().open("p-1", &sealed).unwrap().unwrap(), b"Ada");
    assert_eq!(copy.site_key().read().unwrap(), seeds);
    append_up_to(&mut copy.ledger().unwrap(), 1001);
}

#[test]
fn the_writer_goes_on_and_the_copy_is_of_one_moment() {
    let (place, folder) = new_folder();
    let mut ledger = folder.ledger().unwrap();
    ledger.begin().unwrap();
    for position in 0..300 {
        // Enough pages for several steps.
        ledger.append(position, 0, &log(position), &[0; 50_000]).unwrap();
    }
    ledger.commit().unwrap();
    let target = place.path().join("copy");
    let files = folder.files();
    let mut names = Vec::new();
    let mut next = 300;
    let report =
        backup(folder.reading().path(), &target, Keys::Along, &mut |_, _| true, &mut |step| {
            if let Progress::Pages { done, all } = step {
                assert!(done <= all);
                // As the engine does: the file first, then the entry that names it.
                names.push(files.put(format!("file of {next}").as_bytes()).unwrap());
                next += 1;
                append_up_to(&mut ledger, next);
            }
        });
    assert!(next > 302, "the copy took {} steps", next - 300);
    assert_eq!(report.unwrap().entries, 300);
    let copy = ReadFolder::open(&target).unwrap();
    assert!(names.iter().all(|&hash| copy.files().contains(hash)));
    assert_eq!(copy.ledger().unwrap().faults().unwrap(), [""; 0]);
}

#[test]
fn a_backup_reads_beside_another_process_and_writes_only_into_nothing() {
    let (place, folder) = new_folder();
    let (target, path) = (place.path().join("copy"), folder.reading().path());
    backup(path, &target, Keys::Along, &mut |_, _| true, &mut |_| {}).unwrap();
    let again = backup(path, &target, Keys::Along, &mut |_, _| true, &mut |_| {});
    assert!(matches!(again, Err(Error::Occupied { .. })));
    let nothing = backup(
        &place.path().join("nowhere"),
        &place.path().join("b"),
        Keys::Along,
        &mut |_, _| true,
        &mut |_| {},
    );
    assert!(matches!(nothing, Err(Error::NotAFolder { .. })));
    assert!(!place.path().join("b").exists());
}

#[test]
fn an_interrupted_backup_is_no_data_folder_and_can_be_repeated() {
    let (place, folder) = new_folder();
    let path = folder.reading().path();
    folder.files().put(b"a curve").unwrap();
    fs::remove_file(path.join("site.key")).unwrap();
    let target = place.path().join("copy");
    assert!(matches!(
        backup(path, &target, Keys::Along, &mut |_, _| true, &mut |_| {}),
        Err(Error::Io { .. })
    ));
    assert!(matches!(Folder::open(&target), Err(Error::HalfCreated { .. })));
    folder.site_key().write(&[store::Seed([1; 32])]).unwrap();
    backup(path, &target, Keys::Along, &mut |_, _| true, &mut |_| {}).unwrap();
    Folder::open(&target).unwrap();
}

#[test]
fn a_damaged_file_is_reported_and_not_copied() {
    let (place, folder) = new_folder();
    let files = folder.files();
    let (good, bad) = (files.put(b"good").unwrap(), files.put(b"bad").unwrap());
    let path = folder.reading().path();
    fs::write(path.join("files").join(bad.to_string()), b"worse").unwrap();
    let target = place.path().join("copy");
    let report = backup(path, &target, Keys::Along, &mut |_, _| true, &mut |_| {}).unwrap();
    assert_eq!((report.files, report.damaged_files), (1, vec![bad]));
    let copy = Folder::open(&target).unwrap().files();
    assert!(copy.contains(good) && !copy.contains(bad));
}

#[test]
fn a_copy_is_made_anew_where_somebody_was_erased_meanwhile() {
    let (place, folder) = new_folder();
    append_up_to(&mut folder.ledger().unwrap(), 3);
    let target = place.path().join("copy");
    let mut sizes = Vec::new();
    let report = backup(
        folder.reading().path(),
        &target,
        Keys::Along,
        &mut |ledger, size| {
            sizes.push(size);
            let mut writer = folder.ledger().unwrap();
            append_up_to(&mut writer, size + 1);
            ledger.size().unwrap() > 5
        },
        &mut |_| {},
    );
    assert_eq!((report.unwrap().entries, sizes), (5, vec![3, 4, 5]));
    let never = place.path().join("never");
    let refused =
        backup(folder.reading().path(), &never, Keys::Along, &mut |_, _| false, &mut |_| {});
    assert!(matches!(refused, Err(Error::Unsettled { .. })), "{refused:?}");
    assert!(matches!(Folder::open(&never), Err(Error::HalfCreated { .. })));
}

#[test]
fn a_copy_without_keys_says_so_and_takes_those_it_is_shown() {
    let (place, folder) = new_folder();
    append_up_to(&mut folder.ledger().unwrap(), 3);
    let sealed = folder.people().unwrap().seal("p-1", b"Ada").unwrap();
    let path = folder.reading().path();
    let place = |name: &str| place.path().join(name);
    backup(path, &place("copy"), Keys::Apart, &mut |_, _| true, &mut |_| {}).unwrap();
    copy_keys(path, &place("keys")).unwrap();
    assert!(
        matches!(copy_keys(path, &place("keys")), Err(Error::Io { .. })),
        "nothing is replaced"
    );
    let opens = |folder: &str| {
        let folder = ReadFolder::open(&place(folder)).unwrap();
        (folder.people().unwrap().open("p-1", &sealed).unwrap().is_some(), folder.keys_are_apart())
    };
    assert_eq!(opens("copy"), (false, true));
    // A copy of the copy has none either, and says so too.
    backup(&place("copy"), &place("again"), Keys::Along, &mut |_, _| true, &mut |_| {}).unwrap();
    assert_eq!(opens("again"), (false, true));
    let keys = place("keys");
    backup(&place("copy"), &place("whole"), Keys::Of(&keys), &mut |_, _| true, &mut |_| {})
        .unwrap();
    assert_eq!(opens("whole"), (true, false));
    drop(Folder::open(&place("whole")).unwrap());
}
