//! Every part runs from end to end on a small size. How long anything takes is not looked at.

#![cfg(test)]

use std::path::Path;
use std::process::Command;

/// Runs a part and answers with what it says.
fn bench(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(arguments)
        .arg("--cache")
        .arg(folder.join("cache"))
        .arg("--record")
        .arg(folder.join("RESULTS.md"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {said}");
    std::fs::read_to_string(folder.join("RESULTS.md")).unwrap()
}

/// Says so where the rival is not there to be measured against.
fn has_postgres() -> bool {
    let installed =
        std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut all| all.next().is_some());
    if !installed {
        eprintln!(
            "PostgreSQL is not installed: this part is not tested; see bench/prerequisites.sh"
        );
    }
    installed
}

#[test]
fn a_unit_has_a_record() {
    let folder = tempfile::tempdir().unwrap();
    let results = bench(folder.path(), &["record", "--runs", "1"]);
    assert!(results.contains("| known at the middle | "), "{results}");
}

#[test]
fn a_plant_is_made_opened_verified_and_refolded() {
    let folder = tempfile::tempdir().unwrap();
    let small = ["start", "--runs", "1", "--edges", "1", "--entries", "600"];
    let results = bench(folder.path(), &small);
    assert!(results.contains("6,000 edges"), "{results}");
}

#[test]
fn facts_are_told_in_every_way() {
    if !has_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let small = ["facts", "--runs", "1", "--milliseconds", "100", "--callers", "1,3"];
    let results = bench(folder.path(), &small);
    assert!(results.contains("| 3 | 1 | "), "{results}");
}

#[test]
fn a_trace_is_the_same_in_memory_in_the_plant_and_in_sql() {
    if !has_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let results = bench(folder.path(), &["trace", "--runs", "1", "--edges", "1"]);
    assert!(results.contains("| 6,000 | 1000 | 0 | "), "{results}");
}

#[test]
fn work_goes_on_as_fast_as_can_be_and_at_the_pace_of_people() {
    if !has_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let small = [
        "work",
        "--runs",
        "1",
        "--milliseconds",
        "300",
        "--callers",
        "2",
        "--stations",
        "20",
        "--pace",
        "5",
    ];
    let results = bench(folder.path(), &small);
    assert!(results.contains("| over HTTP | 1200 | "), "{results}");
}
