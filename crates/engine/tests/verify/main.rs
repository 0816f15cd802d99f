//! The ledger as somebody who trusts nobody sees it: verification of whole folders and of proof
//! files, copies, erasure, sudden death, full disks, wrong clocks, bugs, and alterations.

#![cfg(test)]

mod clock;
mod copies;
mod crash;
mod erasure;
mod fair;
mod full;
mod load;
mod poison;
mod proofs;
mod signed;
mod tamper;
mod whole;
mod witness;

use std::path::{Path, PathBuf};

use domain::{Admitted, Answer, Command};
use engine::{Options, Plant, VerifyOptions, VerifyReport, verify_folder};
use tempfile::TempDir;

/// A place for folders and the path of one that is not there yet.
fn place() -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("plant");
    (place, path)
}

fn open(path: &Path) -> Plant {
    Plant::open(path, &Options::default(), |_| {}).unwrap()
}

fn verified(path: &Path) -> VerifyReport {
    verified_with(path, &VerifyOptions::default())
}

fn verified_with(path: &Path, options: &VerifyOptions) -> VerifyReport {
    verify_folder(path, options, &mut |_| {}).unwrap()
}

#[track_caller]
fn assert_holds(report: &VerifyReport) {
    assert!(report.holds(), "{report}");
}

/// One command of these acts, in JSON.
fn command(acts: &str) -> Command {
    Command::attempt(serde_json::from_str(acts).unwrap())
}

#[track_caller]
fn admit(plant: &Plant, acts: &str) -> Admitted {
    match plant.submit(command(acts), "test").unwrap().answer {
        Answer::Admitted(admitted) => admitted,
        Answer::Rejected(rejection) => panic!("rejected: {rejection}"),
    }
}

/// A folder in which much has happened: entries for several tiles, keys rotated, heads published,
/// people, files, refusals, exceptions. Answers the notes that were published.
fn lived_in(path: &Path, seed: u64, commands: usize) -> Vec<String> {
    let plant = open(path);
    let file = plant.folder().files().put(b"certificate 1").unwrap();
    let mut floor = load::Floor::new(seed, "A", Some(file.to_string()));
    for command in load::masters() {
        plant.submit(command, "test").unwrap();
    }
    let mut notes = Vec::new();
    for round in 0..commands {
        let reply = plant.submit(floor.next(), "test").unwrap();
        floor.heard(&reply.answer);
        if round % (commands / 3) == commands / 4 {
            notes.push(plant.publish_head().unwrap().1);
        }
        if round % (commands / 2) == commands / 3 {
            plant.rotate_key().unwrap();
        }
    }
    notes
}
