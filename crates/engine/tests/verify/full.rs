//! Disks that are full, and rows that cannot be written: what was answered is kept, the reason is
//! told, and with room again it goes on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use domain::Answer;
use engine::{Error, Plant, backup};
use tempfile::TempDir;

use crate::load::{self, Floor};
use crate::{assert_holds, command, open, place, verified};

/// A small disk of its own, given back when dropped.
struct Disk {
    dir: TempDir,
}

impl Disk {
    /// None where this process may not mount one.
    fn of(megabytes: usize) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Process::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(dir.path())
            .output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self { dir });
        }
        println!("no disk of its own can be mounted here: tried as root only");
        None
    }

    /// Fills what is left, but for some bytes; removing the file makes room again.
    fn fill(&self, but: usize) -> PathBuf {
        use std::io::Write as _;
        let path = self.dir.path().join("ballast");
        let mut file = fs::File::create(&path).unwrap();
        while file.write_all(&[7; 4096]).is_ok() {}
        let bytes = file.metadata().unwrap().len();
        file.set_len(bytes.saturating_sub(u64::try_from(but).unwrap())).unwrap();
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Process::new("umount").arg("-l").arg(self.dir.path()).output());
    }
}

/// Submits until it is refused by the world; answers what was answered before, and the refusal.
fn until_refused(plant: &Plant, floor: &mut Floor) -> (Vec<(domain::Command, Answer)>, Error) {
    let mut answered = Vec::new();
    loop {
        let command = floor.next();
        match plant.submit(command.clone(), "test") {
            Ok(reply) => {
                floor.heard(&reply.answer);
                answered.push((command, reply.answer));
            }
            Err(error) => return (answered, error),
        }
    }
}

fn all_there(plant: &Plant, answered: &[(domain::Command, Answer)]) {
    for (command, answer) in answered {
        assert_eq!(&plant.submit(command.clone(), "test").unwrap().answer, answer);
    }
}

#[test]
fn a_full_disk_ends_writing_with_its_reason_and_loses_nothing() {
    let Some(disk) = Disk::of(12) else { return };
    let path = disk.dir.path().join("plant");
    let plant = open(&path);
    load::masters().into_iter().for_each(|command| drop(plant.submit(command, "test").unwrap()));
    let mut floor = Floor::new(5, "D", None).erasing();
    floor.work(&plant, 20);
    drop(plant);
    for but in [400_000, 100_000, 10_000, 0] {
        // A plant is opened with room, and the disk then fills.
        let plant = open(&path);
        let ballast = disk.fill(but);
        let (answered, refused) = until_refused(&plant, &mut floor);
        let said = engine::chain(&refused);
        assert!(matches!(refused, Error::WriterStopped { .. }), "{refused:?}");
        assert!(said.contains("full") && said.contains("restart"), "{said}");
        assert!(plant.published().failure().is_some(), "readers are told, too");
        // Questions are still answered.
        assert!(plant.published().read().item_count() > 0);
        drop(plant);
        fs::remove_file(ballast).unwrap();
        let plant = open(&path);
        all_there(&plant, &answered);
        drop(plant);
        assert_holds(&verified(&path));
    }
}

#[test]
fn a_disk_too_full_for_a_copy_or_a_file_says_so() {
    let Some(disk) = Disk::of(6) else { return };
    let (_place, path) = place();
    let plant = open(&path);
    let big = plant.folder().files().put(&vec![1; 8 << 20]).unwrap();
    let copy = disk.dir.path().join("copy");
    let refused = backup(&path, &copy, &mut |_| {}).unwrap_err();
    let Error::Store(inner) = &refused else { panic!("{refused:?}") };
    assert!(inner.is_disk_full(), "{refused:?}");
    let half = Plant::open(&copy, &engine::Options::default(), |_| {}).unwrap_err();
    assert!(engine::chain(&half).contains("its creation was interrupted"), "{half:?}");
    // A plant on the full disk: the file is refused, the record goes on.
    fs::remove_dir_all(&copy).unwrap();
    let small = open(&copy);
    let refused = small.folder().files().put(&vec![2; 8 << 20]).unwrap_err();
    assert!(refused.is_disk_full(), "{refused:?}");
    assert_eq!(fs::read_dir(copy.join("files")).unwrap().count(), 0, "nothing is left of it");
    let place = r#"[{"act":"definePlace","code":"W","name":"Warehouse"}]"#;
    assert!(matches!(small.submit(command(place), "test").unwrap().answer, Answer::Admitted(_)));
    assert!(plant.folder().files().contains(big));
}

/// Moves the views to another disk, where their log grows until it is full.
fn views_elsewhere(path: &Path, disk: &Disk) {
    let there = disk.dir.path().join("views.db");
    fs::copy(path.join("views.db"), &there).unwrap();
    fs::remove_file(path.join("views.db")).unwrap();
    std::os::unix::fs::symlink(there, path.join("views.db")).unwrap();
}

#[test]
fn a_full_disk_of_the_views_does_not_stop_the_record() {
    let Some(disk) = Disk::of(3) else { return };
    let (_place, path) = place();
    let plant = open(&path);
    load::masters().into_iter().for_each(|command| drop(plant.submit(command, "test").unwrap()));
    drop(plant);
    views_elsewhere(&path, &disk);
    let plant = open(&path);
    let ballast = disk.fill(20_000);
    views_wait(&plant, || drop(fs::remove_file(&ballast)));
    drop(plant);
    assert_holds(&verified(&path));
}

#[test]
fn views_that_somebody_locks_do_not_stop_the_record() {
    let (_place, path) = place();
    let plant = open(&path);
    load::masters().into_iter().for_each(|command| drop(plant.submit(command, "test").unwrap()));
    let other = rusqlite::Connection::open(path.join("views.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    views_wait(&plant, || other.execute_batch("COMMIT").unwrap());
    drop(plant);
    assert_holds(&verified(&path));
}

/// Works while rows cannot be written, sees that it is told, and that they follow after `mended`.
fn views_wait(plant: &Plant, mended: impl FnOnce()) {
    let mut floor = Floor::new(8, "V", None);
    let next = || domain::Position(plant.ledger().unwrap().size().unwrap());
    while plant.published().unwritten().is_none() {
        floor.work(plant, 1);
    }
    floor.work(plant, 50);
    let late = plant.published().wait_for(next()).unwrap_err();
    assert!(engine::chain(&late).contains("rows cannot be written now"), "{late:?}");
    // A hold by query needs the rows: it is put off, and nothing else with it.
    let hold = r#"[{"act":"hold","code":"H-Q","on":[{"start":"part","part":{"number":"U"}}],
                    "reason":"all"}]"#;
    let put_off = plant.submit(command(hold), "test").unwrap_err();
    assert!(matches!(put_off, Error::Behind { .. }), "{put_off:?}");
    floor.work(plant, 5);
    mended();
    let mut waited = plant.published().wait_for(next());
    while let Err(Error::Behind { .. }) = waited {
        waited = plant.published().wait_for(next());
    }
    waited.unwrap();
    assert_eq!(plant.published().unwritten(), None);
    let held = plant.submit(command(hold), "test").unwrap().answer;
    assert!(matches!(held, Answer::Admitted(_)), "{held:?}");
}
