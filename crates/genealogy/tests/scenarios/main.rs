//! Scenarios: what happened, a question, and the answer, as text a person can check.
//!
//! `UPDATE=1` rewrites the answers; then read the difference.
//!
//! ```text
//! == name of the scenario
//! item NAME… : PART|- [pieces N] [since T] [left T]     what there is; '-' has no part
//! bom PART = PART*N[|ALTERNATE…] …                      what a part is made of
//! T[..T] KIND IN[|IN…][&IN…] -> OUT[,OUT…] [N] [#LABEL] '|' one of, '&' a mix of
//! T[..T] removed IN from OUT
//! withdraw LABEL                                        a correction ends its edges
//! clear ITEM… of ITEM                                   a decision
//! known NAME                                            names the position of the last fact
//! ? forward|backward ITEM…[@T] [as-of T] [known NAME]
//! ? scope ITEM…[@T] [as-of T] [known NAME]
//! ? reaches ITEM ITEM
//! ? captured ITEM… [as-of T] [known NAME]                what its bill of material still misses
//!   answer
//! ```
//!
//! Each fact has the next position, from 1.

#![cfg(test)]

mod answer;
mod world;

use std::fs;
use std::path::{Path, PathBuf};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|e| e == "txt")).collect();
    files.sort();
    files
}

/// The text with the answers the program gives.
fn answered(text: &str) -> String {
    let mut world = world::World::default();
    let mut answered = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with("  ")) {
        answered.push(line.to_owned());
        if line.starts_with("==") {
            world = world::World::default();
        } else if let Some(question) = line.strip_prefix("? ") {
            answered.extend(answer::to(&world, question).into_iter().map(|a| format!("  {a}")));
        } else if !line.trim().is_empty() && !line.starts_with('#') {
            world.hear(line);
        }
    }
    answered.join("\n") + "\n"
}

#[test]
fn scenarios_are_answered_as_written() {
    let mut wrong = Vec::new();
    for file in files() {
        let text = fs::read_to_string(&file).unwrap();
        let answered = answered(&text);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&file, &answered).unwrap();
        } else {
            let lines = text.lines().zip(answered.lines()).filter(|(was, is)| was != is);
            wrong.extend(lines.map(|(was, is)| format!("{}\n-{was}\n+{is}", file.display())));
            assert_eq!(text.lines().count(), answered.lines().count(), "{}", file.display());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
