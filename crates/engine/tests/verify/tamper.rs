//! Two hundred alterations of live data, drawn under a seed; each is named by verification.
//!
//! Each starts from a fresh copy of one folder that was lived in. What was altered is found out by
//! comparing all rows before and after, so that an alteration that changed nothing (a byte nobody
//! uses) is drawn anew, and the report is held against the rows that really changed.
//!
//! Left out, for nothing in the folder can tell: a refusal that wrote nothing and was removed, the
//! mark that the newest head was seen, an older head that was removed, sealed bytes whose key was
//! destroyed. `verify` says so itself.

mod alter;
mod rows;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use engine::{Finding, VerifyOptions, VerifyReport, What, WitnessFile, backup};
use merkle::note::PublicKey;
use tempfile::TempDir;

use crate::load::{self, Chance, Floor};
use crate::{admit, assert_holds, open, place, verified_with};
use alter::ALTERATIONS;
use rows::Rows;

/// The folder that is altered, and what is known of it.
pub(crate) struct Base {
    _place: TempDir,
    pub(crate) path: PathBuf,
    /// The same folder some time before.
    pub(crate) earlier: PathBuf,
    pub(crate) size: u64,
    /// Entries whose sealed values were erased.
    pub(crate) erased: Vec<u64>,
    pub(crate) rows: Rows,
    notes: Vec<String>,
    site_key: PublicKey,
}

/// What a report must say of an alteration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// This entry, or a range with it.
    Entry(u64),
    /// A row or thing of this kind and name.
    Thing(String),
    /// The signed head over so many entries, or that there is none over the last entries.
    Head(u64),
    /// Something in or about this file.
    File(&'static str),
    /// That a checkpoint held elsewhere does not fit.
    Witness,
}

/// What was done.
pub(crate) struct Altered {
    pub(crate) what: String,
    /// All of these are to be named.
    pub(crate) named: Vec<Named>,
}

impl Base {
    fn make() -> Self {
        let (dir, path) = place();
        let plant = open(&path);
        for content in ["certificate 1", "certificate 2", "a curve"] {
            plant.folder().files().put(content.as_bytes()).unwrap();
        }
        let file = plant.folder().files().put(b"certificate 1").unwrap();
        for command in load::masters() {
            plant.submit(command, "test").unwrap();
        }
        let person = r#"[{"act":"definePerson","code":"P-GONE","name":"Somebody"}]"#;
        let erased = vec![admit(&plant, person).first.0];
        let mut notes = Vec::new();
        let mut floor = Floor::new(2026, "T", Some(file.to_string()));
        let earlier = dir.path().join("earlier");
        for round in 0..420 {
            let reply = plant.submit(floor.next(), "test").unwrap();
            floor.heard(&reply.answer);
            match round {
                60 | 130 | 300 | 419 => notes.push(plant.publish_head().unwrap().1),
                100 => plant.rotate_key().unwrap(),
                200 => drop(backup(&path, &earlier, &mut |_| {}).unwrap()),
                250 => {
                    let erase = r#"[{"act":"erase","person":"P-GONE","reason":"asked for"}]"#;
                    admit(&plant, erase);
                }
                _ => {}
            }
        }
        let site_key = plant.keys().genesis().key.clone();
        drop(plant);
        // So that the files hold everything: readers that close last leave the log as it is.
        for file in ["ledger.db", "views.db"] {
            let connection = rusqlite::Connection::open(path.join(file)).unwrap();
            connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        }
        let rows = Rows::read(&path);
        let mut base = Self { _place: dir, path, earlier, size: 0, erased, rows, notes, site_key };
        let report = base.verify(&base.path);
        assert_holds(&report);
        assert_eq!(report.standing.unwrap().to_string(), "witnessed by 1");
        base.size = report.size;
        println!("{report}");
        base
    }

    fn verify(&self, path: &Path) -> VerifyReport {
        let options = VerifyOptions {
            site_keys: vec![self.site_key.clone()],
            witnesses: vec![WitnessFile::parse("a printout", &self.notes.join("\n")).unwrap()],
            ..VerifyOptions::default()
        };
        verified_with(path, &options)
    }

    /// A fresh copy of the folder.
    fn copy(&self) -> (TempDir, PathBuf) {
        let (dir, path) = place();
        copy_folder(&self.path, &path);
        (dir, path)
    }
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn says(finding: &Finding, named: &Named) -> bool {
    match named {
        Named::Entry(position) => {
            let covers = |last: &str| {
                let last = last.split([',', ' ']).next().and_then(|last| last.parse::<u64>().ok());
                last.is_some_and(|last| (finding.position.unwrap()..=last).contains(position))
            };
            finding.position == Some(*position)
                || finding.message.split_once("from here to ").is_some_and(|(_, last)| covers(last))
        }
        Named::Thing(name) => finding.name.as_ref() == Some(name),
        Named::Head(size) => {
            let head = format!("over {size} entries");
            (finding.what == What::Checkpoint && finding.message.contains(&head))
                || finding.message.contains("signed head")
        }
        Named::File(file) => {
            finding.message.contains(file) || (*file == "ledger.db" && finding.position.is_some())
        }
        Named::Witness => finding.what == What::Witness,
    }
}

/// Draws one alteration and holds the report against it; answers of which kind it was.
fn one(base: &Base, seed: u64, number: usize) -> (&'static str, usize) {
    let mut chance = Chance(seed.wrapping_add(u64::try_from(number).unwrap()));
    let (kind, alter) = ALTERATIONS[number % ALTERATIONS.len()];
    let mut drawn = 0;
    let (_dir, path, altered) = loop {
        drawn += 1;
        assert!(drawn < 500, "{kind}: nothing that changes anything is drawn");
        let (dir, path) = base.copy();
        if let Some(altered) = alter(&mut chance, base, &path) {
            break (dir, path, altered);
        }
    };
    let report = base.verify(&path);
    let said = format!("number {number}, {kind}: {}\n{report}", altered.what);
    assert!(!report.holds(), "it is not noticed: {said}");
    assert_eq!(report.standing, None, "{said}");
    assert!(!altered.named.is_empty(), "{said}");
    for named in &altered.named {
        let found = report.findings.iter().any(|finding| says(finding, named));
        assert!(found, "{named:?} is not named: {said}");
    }
    (kind, drawn)
}

#[test]
fn two_hundred_alterations_are_each_named() {
    let seed = load::seed("TRACEWRIGHT_TAMPER_SEED");
    let wanted = usize::try_from(load::number("TRACEWRIGHT_ALTERATIONS", 200)).unwrap();
    let base = Base::make();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut redrawn = 0;
    let done: Vec<(&str, usize)> = std::thread::scope(|scope| {
        let base = &base;
        let halves = [0, 1].map(|half| {
            let numbers = (half..wanted).step_by(2);
            scope.spawn(move || numbers.map(|number| one(base, seed, number)).collect::<Vec<_>>())
        });
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    for (kind, drawn) in done {
        *kinds.entry(kind).or_default() += 1;
        redrawn += drawn - 1;
    }
    for (kind, count) in &kinds {
        println!("{count:4}  {kind}");
    }
    let all: usize = kinds.values().sum();
    println!("{all} alterations of {} kinds named; {redrawn} changed nothing", kinds.len());
    assert_eq!(all, wanted);
}
