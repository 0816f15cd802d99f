//! Alterations of live data, drawn under a seed; each is named by verification.
//!
//! Most leave everything readable: rows, blobs and notes encoded anew, by somebody who knows the
//! formats. Of those the report must say what was compared and differs; that something cannot be
//! read is not enough. Others are bits of the bytes as they lie.
//!
//! `TRACEWRIGHT_TAMPER_ALTERATIONS` and `TRACEWRIGHT_TAMPER_SEED` set how many, and repeat a run.
//!
//! Each starts from a fresh copy of one folder that was lived in. What was altered is found out by
//! comparing all rows before and after, so that an alteration that changed nothing (a byte nobody
//! uses) is drawn anew, and the report is held against the rows that really changed.
//!
//! Left out, for nothing in the folder can tell: a refusal that wrote nothing and was removed, the
//! mark that the newest head was seen, an older head that was removed, sealed bytes whose key was
//! destroyed. `verify` says so itself.

mod alter;
mod forge;
mod proof_file;
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
use forge::FORGERIES;
use rows::Rows;

/// The folder that is altered, and what is known of it.
pub(crate) struct Base {
    _place: TempDir,
    pub(crate) path: PathBuf,
    /// The same folder some time before.
    pub(crate) earlier: PathBuf,
    /// What somebody with the keys made of it since.
    pub(crate) branch: PathBuf,
    /// A folder of others.
    pub(crate) another: PathBuf,
    pub(crate) size: u64,
    /// Entries whose sealed values were erased.
    pub(crate) erased: Vec<u64>,
    pub(crate) rows: Rows,
    notes: Vec<String>,
    pub(crate) site_key: PublicKey,
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
        let (branch, another) = (dir.path().join("branch"), dir.path().join("another"));
        copy_folder(&earlier, &branch);
        Floor::new(7, "B", None).work(&open(&branch), 300);
        crate::lived_in(&another, 8, 300);
        let size = 0;
        let _place = dir;
        let mut base =
            Self { _place, path, earlier, branch, another, size, erased, rows, notes, site_key };
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
        // Views whose own header row is damaged are named as a file: no row of theirs is read.
        Named::Thing(name) => {
            let header = name.starts_with("views.db: meta");
            finding.name.as_ref() == Some(name)
                || (header && finding.message.contains("read the header of"))
        }
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
fn one(base: &Base, seed: u64, number: usize) -> Done {
    let mut chance = Chance(seed.wrapping_add(u64::try_from(number).unwrap()));
    let kinds = ALTERATIONS.iter().map(|(kind, alter)| (*kind, *alter, false));
    let kinds = kinds.chain(FORGERIES.iter().map(|(kind, alter)| (*kind, *alter, true)));
    let all = ALTERATIONS.len() + FORGERIES.len();
    let (kind, alter, forged) = kinds.clone().nth(number % all).unwrap();
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
    // A forgery reads as well as what it stands for: it is found by what it says.
    let compared = report.findings.iter().any(|finding| !is_unreadable(finding));
    // Without a row of its header a file of views is not one that can be compared at all.
    let header = altered.what.contains("of meta deleted");
    assert!(compared || header || !(forged || reads_well(kind)), "only not readable: {said}");
    Done { kind, drawn, compared }
}

/// What became of one alteration.
struct Done {
    kind: &'static str,
    drawn: usize,
    /// Whether something was compared and found to differ, beside what cannot be read.
    compared: bool,
}

/// Whether a finding says no more than that something cannot be read.
fn is_unreadable(finding: &Finding) -> bool {
    const WORDS: [&str; 5] = ["cannot be read", "malformed", "damaged", "not ours", "is no JSON"];
    // A sealed value that does not open was held against its key, a file against its hash.
    let compared = finding.message.contains("sealed") || finding.what == What::File;
    !compared && WORDS.iter().any(|word| finding.message.contains(word))
}

/// Kinds that leave all of the container as it should be.
fn reads_well(kind: &str) -> bool {
    const BYTES: [&str; 7] = [
        "a byte",
        "a raw byte",
        "cut",
        "a digit",
        "a column",
        "of an earlier day",
        "change places",
    ];
    !BYTES.iter().any(|word| kind.contains(word))
}

#[test]
fn alterations_are_each_named() {
    let seed = load::seed("TRACEWRIGHT_TAMPER_SEED");
    let wanted = usize::try_from(load::number("TRACEWRIGHT_TAMPER_ALTERATIONS", 228)).unwrap();
    let base = Base::make();
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut redrawn = 0;
    let done: Vec<Done> = std::thread::scope(|scope| {
        let base = &base;
        let halves = [0, 1].map(|half| {
            let numbers = (half..wanted).step_by(2);
            scope.spawn(move || numbers.map(|number| one(base, seed, number)).collect::<Vec<_>>())
        });
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    for Done { kind, drawn, compared } in done {
        let counts = kinds.entry(kind).or_default();
        counts.0 += 1;
        counts.1 += usize::from(compared);
        redrawn += drawn - 1;
    }
    println!("drawn, of those found by what was compared, kind");
    for (kind, (count, compared)) in &kinds {
        println!("{count:5} {compared:5}  {kind}");
    }
    let all: usize = kinds.values().map(|(count, _)| count).sum();
    println!("{all} alterations of {} kinds named; {redrawn} changed nothing", kinds.len());
    assert_eq!(all, wanted);
}

/// What nothing in a folder can tell is said in words, and a witness tells some of it.
#[test]
fn what_a_folder_alone_cannot_tell_is_said() {
    let base = Base::make();
    let alone =
        VerifyOptions { site_keys: vec![base.site_key.clone()], ..VerifyOptions::default() };
    for path in [&base.earlier, &base.branch] {
        let report = verified_with(path, &alone);
        assert_holds(&report);
        assert_eq!(report.standing.unwrap().to_string(), "site-signed");
        let said = report.to_string();
        assert!(said.contains("no checkpoint held elsewhere was shown"), "{said}");
        assert!(said.contains("came after the first"), "{said}");
        let report = base.verify(path);
        assert!(report.findings.iter().any(|finding| finding.what == What::Witness), "{report}");
    }
    // Without the site's key the ledger of others is as good as any; with it, it is not.
    assert_holds(&verified_with(&base.another, &VerifyOptions::default()));
    let report = verified_with(&base.another, &alone);
    assert!(report.findings.iter().any(|finding| finding.what == What::Key), "{report}");
    // Who may call the server says nothing of products, and the report says that it looks not.
    let (_dir, path) = base.copy();
    fs::write(path.join("tokens.json"), "[]").unwrap();
    let report = base.verify(&path);
    assert_holds(&report);
    assert!(report.to_string().contains("access tokens are not in the ledger"));
}

/// Every table of the views is among those that are altered.
#[test]
fn every_table_is_altered() {
    let (_place, path) = place();
    drop(open(&path));
    let connection = rusqlite::Connection::open(path.join("views.db")).unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    let mut statement = connection.prepare(sql).unwrap();
    let tables = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    for table in tables.map(Result::unwrap) {
        assert!(alter::VIEWS.iter().any(|(name, _)| *name == table), "{table}");
    }
}
