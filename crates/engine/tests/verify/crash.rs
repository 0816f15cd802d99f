//! Killed in the middle of work, again and again: what was acknowledged is there.
//!
//! The test starts itself again as a child that has the folder open, with several threads
//! submitting, and prints each command it got an answer to. After a number of lines drawn at
//! random the child is killed, at whatever it then is.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use domain::{Answer, Command};
use engine::{Plant, VerifyOptions};

use crate::load::{self, Chance, Floor};
use crate::{assert_holds, open, place, verified, verified_with};

const FOLDER: &str = "TRACEWRIGHT_CRASH_FOLDER";
const SEED: &str = "TRACEWRIGHT_CRASH_SEED";
const THREADS: usize = 4;

fn floor(seed: u64, thread: usize, round_of: &str) -> Floor {
    Floor::new(
        seed.wrapping_add(u64::try_from(thread).unwrap()),
        &format!("{round_of}{thread}"),
        None,
    )
}

/// Not a test of its own: what the child runs.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let seed = load::number(SEED, 0);
    let plant = open(&PathBuf::from(folder));
    for command in load::masters() {
        plant.submit(command, "child").unwrap();
    }
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let plant = &plant;
            scope.spawn(move || submit_for_ever(plant, seed, thread));
        }
    });
}

fn submit_for_ever(plant: &Plant, seed: u64, thread: usize) {
    let mut floor = floor(seed, thread, &format!("C{seed:x}-"));
    for number in 0.. {
        let reply = plant.submit(floor.next(), "child").unwrap();
        floor.heard(&reply.answer);
        let answer = serde_json::to_string(&reply.answer).unwrap();
        let mut out = std::io::stdout().lock();
        // Gone when the parent is: then the child ends too.
        if writeln!(out, "ACK {thread} {number} {answer}").is_err() {
            return;
        }
    }
}

/// The answers the child was given before it was killed, by thread, in order.
fn run_and_kill(folder: &Path, seed: u64, lines: usize) -> BTreeMap<usize, Vec<Answer>> {
    let mut child = Process::new(std::env::current_exe().unwrap())
        .args(["crash::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut answers: BTreeMap<usize, Vec<Answer>> = BTreeMap::new();
    let mut read = 0;
    let out = BufReader::new(child.stdout.take().unwrap());
    for line in out.split(b'\n') {
        let line = String::from_utf8(line.unwrap()).unwrap();
        let Some(acknowledged) = line.split_once("ACK ").map(|(_, rest)| rest) else { continue };
        let mut words = acknowledged.splitn(3, ' ');
        let (thread, number) = (words.next().unwrap(), words.next().unwrap());
        // A line cut short by the kill was not read as acknowledged.
        let Some(answer) = words.next().and_then(|text| serde_json::from_str(text).ok()) else {
            continue;
        };
        let told = answers.entry(thread.parse().unwrap()).or_default();
        assert_eq!(told.len(), number.parse::<usize>().unwrap());
        told.push(answer);
        read += 1;
        if read == lines {
            // SIGKILL on Unix: nothing is flushed, nothing closed.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(read >= lines, "the child ended by itself after {read} of {lines} answers");
    answers
}

/// The commands a thread of the child sent, given the answers it got.
fn commands(seed: u64, thread: usize, answers: &[Answer]) -> Vec<Command> {
    let mut floor = floor(seed, thread, &format!("C{seed:x}-"));
    let mut commands = Vec::new();
    for answer in answers {
        commands.push(floor.next());
        floor.heard(answer);
    }
    commands
}

#[test]
fn nothing_acknowledged_is_lost_however_often_it_is_killed() {
    let seed = load::seed();
    let rounds = load::number("TRACEWRIGHT_ROUNDS", 25);
    let mut chance = Chance(seed);
    let (mut _place, mut path) = place();
    let mut acknowledged = 0;
    for round in 0..rounds {
        // A fresh folder now and then: the first moments of a ledger are worth a crash, too.
        if round % 5 == 0 {
            (_place, path) = place();
        }
        let of_round = chance.draw();
        let lines = 1 + chance.below(150);
        let answers = run_and_kill(&path, of_round, lines);
        let as_it_lies = VerifyOptions { skip_views: true, ..VerifyOptions::default() };
        assert_holds(&verified_with(&path, &as_it_lies));
        let plant = open(&path);
        let size = plant.published().head().0;
        for (thread, told) in &answers {
            let again = plant.submit_all(commands(of_round, *thread, told), "child").unwrap();
            for (again, answer) in again.iter().zip(told) {
                assert_eq!(&again.answer, answer, "round {round}, thread {thread}");
                acknowledged += 1;
            }
        }
        assert_eq!(plant.published().head().0, size, "a command sent again writes nothing");
        drop(plant);
        // The views stand at the end now and are what a refold makes.
        let report = verified(&path);
        assert_holds(&report);
        assert_eq!(report.checked.views_at, Some(report.size));
    }
    println!("killed {rounds} times; {acknowledged} acknowledged commands were all there");
}
