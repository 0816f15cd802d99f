//! What is killed: a process that works in a folder and says what it got answers to.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use engine::{ImportAnswer, ImportAsk, Opening, Options, Plant, backup};

use crate::load::{self, Chance, Floor};

/// Names the folder to the process that is to be killed.
pub(super) const FOLDER: &str = "TRACEWRIGHT_CRASH_FOLDER";
/// Tells it what to draw from.
pub(super) const SEED: &str = "TRACEWRIGHT_CRASH_CHILD_SEED";
/// Callers that submit.
pub(super) const THREADS: usize = 4;
/// Rows of the file that is taken in.
pub(super) const UNITS: u64 = 120;

pub(super) fn floor(seed: u64, thread: usize) -> Floor {
    let own = seed.wrapping_add(u64::try_from(thread).unwrap());
    Floor::new(own, &format!("C{seed:x}-{thread}"), None).erasing()
}

pub(super) fn masters(plant: &Plant) {
    for command in load::masters() {
        plant.submit(command, "child").unwrap();
    }
}

/// The file of a round, beside the folder.
pub(super) fn units(seed: u64) -> String {
    format!("units-{seed:x}.csv")
}

pub(super) fn import(plant: &Plant, folder: &Path, seed: u64) -> ImportAnswer {
    let ask = ImportAsk {
        source: folder.with_file_name(units(seed)),
        by: "child".to_owned(),
        ..ImportAsk::default()
    };
    plant.import(&ask, &mut |_| {}, &|| false).unwrap()
}

fn write_units(folder: &Path, seed: u64) {
    let mut text = "serialNumber,partNumber,lotCode,workOrder\n".to_owned();
    for row in 0..UNITS {
        writeln!(text, "I{seed:x}-{row},U,IL-{},WO-{seed:x}", row % 5).unwrap();
    }
    let path = folder.with_file_name(units(seed));
    fs::write(path.with_extension("new"), text).unwrap();
    // The import finds the whole file or none.
    fs::rename(path.with_extension("new"), path).unwrap();
}

/// Says a line, as a whole; the process ends where nobody listens any more.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    if out.write_all(format!("TW: {line}\n").as_bytes()).is_err() {
        std::process::abort();
    }
}

/// Not a test of its own: what the child runs.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = PathBuf::from(folder);
    let seed = load::number(SEED, 0);
    say("AT starting");
    let plant = Plant::open(&folder, &Options::default(), |Opening::Folding { .. }| {
        say("AT folding");
    });
    let plant = plant.unwrap();
    say("AT working");
    masters(&plant);
    std::thread::scope(|scope| {
        let (plant, folder) = (&plant, &folder);
        for thread in 0..THREADS {
            scope.spawn(move || submit_for_ever(plant, seed, thread));
        }
        scope.spawn(move || keep_house(plant, folder, seed));
    });
}

fn submit_for_ever(plant: &Plant, seed: u64, thread: usize) {
    let mut floor = floor(seed, thread);
    for number in 0.. {
        let reply = plant.submit(floor.next(), "child").unwrap();
        floor.heard(&reply.answer);
        let answer = serde_json::to_string(&reply.answer).unwrap();
        say(&format!("ACK {thread} {number} {answer}"));
    }
}

/// All that goes on beside commands.
fn keep_house(plant: &Plant, folder: &Path, seed: u64) {
    let mut chance = Chance(seed);
    for number in 0.. {
        match chance.below(4) {
            0 => {
                say("AT turning a key");
                plant.rotate_key().unwrap();
                say("TURN 1");
            }
            1 => {
                let (_, note) = plant.publish_head().unwrap();
                say(&format!("HEAD {}", note.replace('\n', "|")));
            }
            2 => {
                write_units(folder, seed);
                say("AT importing");
                import(plant, folder, seed);
                say("IMPORT 1");
            }
            _ => {
                say("AT copying");
                let name = format!("copy-{number}");
                backup(folder, &folder.with_file_name(&name), &mut |_| {}).unwrap();
                say(&format!("COPY {name}"));
            }
        }
    }
}
