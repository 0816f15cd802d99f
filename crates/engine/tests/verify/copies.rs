//! Refold, backup while writing, restore that refuses, restore that accepts a loss.

use std::path::Path;

use domain::Answer;
use engine::{
    CHECKPOINT, RestoreOptions, Showing, Standing, VerifyOptions, What, WitnessFile, backup,
    refold, restore,
};
use merkle::checkpoint::Signed;
use merkle::proof::Trust;
use store::{Edition, ViewsReader, compare};

use crate::{admit, assert_holds, lived_in, load, open, place, verified, verified_with};

#[track_caller]
fn same_views(left: &Path, right: &Path) {
    let open = |path: &Path| ViewsReader::open_at(&path.join("views.db")).unwrap();
    let differences = compare(&open(left), &open(right), 10).unwrap();
    assert!(differences.is_empty(), "{differences:?}");
}

#[test]
fn a_refold_is_the_same_row_by_row() {
    let (place, path) = place();
    lived_in(&path, 31, 300);
    let before = place.path().join("before");
    std::fs::create_dir(&before).unwrap();
    std::fs::copy(path.join("views.db"), before.join("views.db")).unwrap();
    let mut steps = 0;
    let at = refold(&path, &mut |_| steps += 1).unwrap();
    assert!(steps > 0);
    assert_eq!(at[0].position.0 + 1, verified(&path).size);
    same_views(&before, &path);
    let plant = open(&path);
    let refused = refold(&path, &mut |_| {});
    assert!(refused.is_err(), "a folder in use is not refolded");
    drop(plant);
    std::fs::remove_file(path.join("views.db")).unwrap();
    refold(&path, &mut |_| {}).unwrap();
    same_views(&before, &path);
}

#[test]
fn a_backup_is_whole_while_others_write() {
    let (place, path) = place();
    lived_in(&path, 32, 60);
    let plant = open(&path);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            load::Floor::new(6, "B", None).work(&plant, 400);
        });
        let mut rounds = 0;
        while !writing.is_finished() || rounds == 0 {
            let to = place.path().join(format!("copy-{rounds}"));
            let copied = backup(&path, &to, &mut |_| {}).unwrap();
            assert_eq!(copied.damaged_files, [""; 0]);
            assert_holds(&verified(&to));
            let note = std::fs::read_to_string(to.join(CHECKPOINT)).unwrap();
            assert_eq!(note, copied.checkpoint);
            let signed = Signed::parse(&note).unwrap();
            assert_eq!(signed.checkpoint.size, copied.entries);
            // What the copy says of itself is a witness of the ledger it was made of.
            let file = WitnessFile::read(&to.join(CHECKPOINT)).unwrap();
            let held = VerifyOptions { witnesses: vec![file], ..VerifyOptions::default() };
            let report = verified_with(&path, &held);
            assert_holds(&report);
            assert_eq!(report.standing, Some(Standing::Witnessed(1)));
            rounds += 1;
        }
    });
}

#[test]
fn a_copy_that_is_up_to_date_is_restored_as_it_was() {
    let (place, path) = place();
    lived_in(&path, 33, 100);
    let copy = place.path().join("copy");
    let seen = Some(backup(&path, &copy, &mut |_| {}).unwrap().checkpoint);
    let to = place.path().join("restored");
    let people = Some(path.join("people.db"));
    let options = RestoreOptions { seen, people, ..RestoreOptions::default() };
    let restored = restore(&copy, &to, &options, &mut |_| {}).unwrap();
    assert_eq!((restored.continues, restored.lost, restored.notes.len()), (None, None, 0));
    let plant = open(&to);
    assert_eq!(plant.at(), restored.at);
    admit(&plant, r#"[{"act":"definePlace","code":"NEW","name":"New"}]"#);
    drop(plant);
    assert_holds(&verified(&to));
    let again = restore(&copy, &to, &options, &mut |_| {});
    assert!(again.is_err(), "what is there is not overwritten");
    let to = place.path().join("unseen");
    let restored = restore(&copy, &to, &RestoreOptions::default(), &mut |_| {}).unwrap();
    let [keys, unseen] = &restored.notes[..] else { panic!("{:?}", restored.notes) };
    assert!(keys.contains("keys of people") && unseen.contains("No checkpoint"), "{unseen}");
}

#[test]
fn a_copy_that_is_behind_or_of_another_history_is_refused() {
    let (place, path) = place();
    lived_in(&path, 34, 100);
    let copy = place.path().join("copy");
    backup(&path, &copy, &mut |_| {}).unwrap();
    let plant = open(&path);
    for index in 0..3 {
        admit(&plant, &format!(r#"[{{"act":"definePlace","code":"N{index}","name":"New"}}]"#));
    }
    let (_, seen) = plant.publish_head().unwrap();
    let to = place.path().join("to");
    let options = RestoreOptions { seen: Some(seen.clone()), ..RestoreOptions::default() };
    let refused = engine::chain(&restore(&copy, &to, &options, &mut |_| {}).unwrap_err());
    assert!(refused.contains("3 entries are missing"), "{refused}");
    assert!(!to.exists());
    // The copy goes on by itself: the same size, another history.
    let fork = open(&copy);
    for index in 0..4 {
        admit(&fork, &format!(r#"[{{"act":"definePlace","code":"F{index}","name":"Fork"}}]"#));
    }
    drop(fork);
    for accept_loss in [false, true] {
        let options =
            RestoreOptions { seen: Some(seen.clone()), accept_loss, ..RestoreOptions::default() };
        let refused = engine::chain(&restore(&copy, &to, &options, &mut |_| {}).unwrap_err());
        assert!(refused.contains("are not the ones"), "{refused}");
    }
    let (_elsewhere, other) = crate::place();
    let stranger = open(&other).publish_head().unwrap().1;
    let options = RestoreOptions { seen: Some(stranger), ..RestoreOptions::default() };
    let refused = engine::chain(&restore(&copy, &to, &options, &mut |_| {}).unwrap_err());
    assert!(refused.contains("the checkpoint shown one of"), "{refused}");
}

#[test]
fn an_accepted_loss_opens_a_new_ledger_with_the_facts_of_the_old() {
    let (place, path) = place();
    lived_in(&path, 35, 300);
    let copy = place.path().join("copy");
    let copied = backup(&path, &copy, &mut |_| {}).unwrap();
    let plant = open(&path);
    let told = crate::command(r#"[{"act":"definePlace","code":"LOST","name":"Lost"}]"#);
    plant.submit(told, "test").unwrap();
    let (size, seen) = plant.publish_head().unwrap();
    let old = plant.keys().genesis().clone();
    drop(plant);
    let to = place.path().join("to");
    let options =
        RestoreOptions { seen: Some(seen.clone()), accept_loss: true, ..RestoreOptions::default() };
    let restored = restore(&copy, &to, &options, &mut |_| {}).unwrap();
    assert_eq!(restored.lost, Some(size - copied.entries));
    assert_eq!(restored.continues, Some(old.ledger.to_string()));
    let plant = open(&to);
    let new = plant.keys().genesis().clone();
    assert_ne!(new.ledger, old.ledger);
    assert_ne!(new.origin, old.origin);
    let continues = new.continues.unwrap();
    assert_eq!((continues.ledger, continues.checkpoint), (old.ledger, seen.clone()));
    // Every fact stands where it stood: the rows are the same but for the ledger's name.
    let edition = |path: &Path, id| {
        let rows = ViewsReader::open_at(&path.join("views.db")).unwrap();
        (rows.applied_position().unwrap(), Edition { ledger_id: id, fold_version: 0 }.ledger_id)
    };
    plant.published().wait_for(domain::Position(copied.entries + 1)).unwrap();
    drop(plant);
    refold(&copy, &mut |_| {}).unwrap();
    assert_eq!(edition(&to, new.ledger.0).0, copied.entries + 1);
    let rows = |path: &Path| ViewsReader::open_at(&path.join("views.db")).unwrap();
    let differ = compare(&rows(&copy), &rows(&to), 100).unwrap();
    let others: Vec<_> = differ
        .iter()
        .filter(|d| d.table != "meta" && !(d.table == "named" && d.key.starts_with("kind=25")))
        .collect();
    assert!(others.is_empty(), "{others:?}");
    let report = verified(&to);
    assert_holds(&report);
    assert_eq!(report.size, copied.entries + 1);
    // It goes on, its proofs hold, and a command sent again is not done again.
    let plant = open(&to);
    let proof = plant.proof(&["lot:L-0".parse().unwrap()], &Showing::default()).unwrap();
    assert!(proof.verify(&Trust::default()).holds());
    let mut floor = load::Floor::new(35, "A", file_of(&to));
    let first = plant.submit(floor.next(), "test").unwrap();
    assert!(matches!(first.answer, Answer::Admitted(ref a) if a.last.0 < copied.entries));
    admit(&plant, r#"[{"act":"definePlace","code":"NEW","name":"New"}]"#);
    drop(plant);
    assert_holds(&verified(&to));
    // The old history is no witness of the new one, and says so.
    let file = WitnessFile::parse("the old one", &seen).unwrap();
    let held = VerifyOptions { witnesses: vec![file], ..VerifyOptions::default() };
    let report = verified_with(&to, &held);
    assert!(report.findings.iter().any(|f| f.what == What::Witness), "{report}");
    let same_name = RestoreOptions {
        seen: Some(seen),
        accept_loss: true,
        origin: Some(old.origin),
        people: None,
    };
    let refused = restore(&copy, &place.path().join("again"), &same_name, &mut |_| {});
    assert!(engine::chain(&refused.unwrap_err()).contains("a name of its own"));
}

fn file_of(path: &Path) -> Option<String> {
    let entry = std::fs::read_dir(path.join("files")).unwrap().next()?;
    Some(entry.unwrap().file_name().to_string_lossy().into_owned())
}

/// Every entry of a folder as it is stored, and every file by its name.
fn content(path: &Path) -> (Vec<Vec<u8>>, Vec<String>) {
    let folder = store::ReadFolder::open(path).unwrap();
    let ledger = folder.ledger().unwrap();
    let size = ledger.size().unwrap();
    let log = |at: u64| ledger.entry(at).unwrap().unwrap().log;
    let files = std::fs::read_dir(path.join("files")).unwrap();
    let mut files: Vec<String> =
        files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
    files.sort();
    ((0..size).map(log).collect(), files)
}

/// Every file of a copy but those that only say that it is in use.
fn files_of(copy: &Path) -> Vec<std::path::PathBuf> {
    let mut open = vec![copy.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.retain(|path| !path.ends_with("lock"));
    found.sort();
    found
}

/// What is done to a file: a bit of a byte at some place, the rest cut off, all of it gone.
#[derive(Debug)]
enum Altered {
    Bit(usize),
    Cut(usize),
    Gone,
}

fn alter(file: &Path, how: &Altered) {
    let mut bytes = std::fs::read(file).unwrap();
    match how {
        Altered::Bit(part) => {
            let at = bytes.len() * part / BITS;
            bytes[at] ^= 1;
        }
        Altered::Cut(part) => bytes.truncate(bytes.len() * part / BITS),
        Altered::Gone => return std::fs::remove_file(file).unwrap(),
    }
    std::fs::write(file, bytes).unwrap();
}

/// Places of a file at which a bit is changed, evenly spread.
const BITS: usize = 8;

#[test]
fn an_altered_copy_is_named_or_comes_back_as_it_was() {
    let (place, path) = place();
    lived_in(&path, 36, 40);
    let copy = place.path().join("copy");
    backup(&path, &copy, &mut |_| {}).unwrap();
    let whole = content(&copy);
    let mut counts = std::collections::BTreeMap::new();
    for file in files_of(&copy) {
        let name = file.strip_prefix(&copy).unwrap().to_string_lossy().into_owned();
        let kept = std::fs::read(&file).unwrap();
        let (mut named, mut harmless) = (0, 0);
        let bits = (0..BITS).map(Altered::Bit).chain([0, 3].map(Altered::Cut));
        for how in bits.chain([Altered::Gone]) {
            if kept.is_empty() && !matches!(how, Altered::Gone) {
                continue;
            }
            alter(&file, &how);
            let to = place.path().join("to");
            match restore(&copy, &to, &RestoreOptions::default(), &mut |_| {}) {
                Err(error) => {
                    let said = engine::chain(&error);
                    let stem = file.file_name().unwrap().to_string_lossy();
                    let all = ["copy", "ledger", "entry", &*stem].iter().any(|w| said.contains(w));
                    assert!(all, "{name} {how:?}: {said}");
                    named += 1;
                }
                // A page nobody uses, a file that holds nothing of the record.
                Ok(_) => {
                    assert_eq!(content(&to), whole, "{name} {how:?} came back changed");
                    harmless += 1;
                }
            }
            drop(std::fs::remove_dir_all(&to));
            std::fs::write(&file, &kept).unwrap();
        }
        counts.insert(name, (named, harmless));
    }
    for (name, (named, harmless)) in &counts {
        let known = ["ledger.db", "site.key", CHECKPOINT].contains(&name.as_str());
        assert!(!known || *named > 2 * harmless, "{name}: {named} named, {harmless} harmless");
        assert!(!name.starts_with("files/") || *harmless == 0, "{name}: every change is one");
    }
    println!("alterations named, and those that changed nothing of the record: {counts:?}");
    assert_eq!(content(&copy), whole);
}

#[test]
fn a_copy_cut_back_to_an_earlier_head_is_named_by_the_head_it_was_made_with() {
    let (place, path) = place();
    lived_in(&path, 37, 60);
    let earlier = place.path().join("earlier");
    backup(&path, &earlier, &mut |_| {}).unwrap();
    let plant = open(&path);
    admit(&plant, r#"[{"act":"definePlace","code":"NEW","name":"New"}]"#);
    drop(plant);
    let copy = place.path().join("copy");
    backup(&path, &copy, &mut |_| {}).unwrap();
    // Everything of the copy is put back to what it was, but for the head it was made with.
    std::fs::copy(earlier.join("ledger.db"), copy.join("ledger.db")).unwrap();
    let to = place.path().join("to");
    let restoring = |copy: &Path| restore(copy, &to, &RestoreOptions::default(), &mut |_| {});
    let refused = engine::chain(&restoring(&copy).unwrap_err());
    assert!(refused.contains("does not verify") && refused.contains(CHECKPOINT), "{refused}");
    std::fs::write(copy.join(CHECKPOINT), "no note").unwrap();
    let refused = engine::chain(&restoring(&copy).unwrap_err());
    assert!(refused.contains("the CHECKPOINT of the copy was changed"), "{refused}");
    restoring(&earlier).unwrap();
}
