//! Killed in the middle of work, again and again: what was acknowledged is there.
//!
//! The test starts itself again as a child that opens the folder and works in it: several callers
//! submit, one more turns keys, publishes heads, takes in files and makes copies. The child says a
//! line for all it got an answer to. At a moment drawn at random, a number of lines or of
//! microseconds, the child is killed at whatever it then is: starting, folding views anew, deciding,
//! shortening its log, copying.
//!
//! `TRACEWRIGHT_CRASH_ROUNDS` and `TRACEWRIGHT_CRASH_SEED` set how often, and repeat a run.

mod child;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use domain::{Answer, Command};
use engine::{Error, Options, Plant, VerifyOptions, WitnessFile};
use tempfile::TempDir;

use crate::load::{self, Chance};
use crate::{assert_holds, open, place, verified, verified_with};
use child::{FOLDER, SEED, THREADS, import, units};

/// What the child said before it was killed.
#[derive(Debug, Default)]
struct Said {
    /// Answers by caller, in order.
    answers: BTreeMap<usize, Vec<Answer>>,
    /// Other things it did, and what came of them.
    did: Vec<(String, String)>,
    /// What it was at when it spoke last.
    last: String,
}

impl Said {
    fn line(&mut self, line: &str) {
        let Some((_, line)) = line.trim_end().split_once("TW: ") else { return };
        let Some((word, rest)) = line.split_once(' ') else { return };
        match word {
            "ACK" => {
                let mut words = rest.splitn(3, ' ');
                let (thread, number) = (words.next().unwrap(), words.next().unwrap());
                let answer = serde_json::from_str(words.next().unwrap()).unwrap();
                let told = self.answers.entry(thread.parse().unwrap()).or_default();
                assert_eq!(told.len(), number.parse::<usize>().unwrap());
                told.push(answer);
                "working".clone_into(&mut self.last);
            }
            "AT" => rest.clone_into(&mut self.last),
            _ => self.did.push((word.to_owned(), rest.to_owned())),
        }
    }
}

/// When to kill: after so many lines, or after so long, whichever comes first.
#[derive(Debug, Clone, Copy)]
struct Moment {
    lines: usize,
    after: Duration,
}

impl Moment {
    fn draw(chance: &mut Chance) -> Self {
        let micros = |chance: &mut Chance, below| {
            Duration::from_micros(u64::try_from(chance.below(below)).unwrap())
        };
        match chance.below(4) {
            // Within the start.
            0 => Self { lines: usize::MAX, after: micros(chance, 60_000) },
            1 => Self { lines: usize::MAX, after: micros(chance, 600_000) },
            _ => Self { lines: 1 + chance.below(250), after: Duration::from_secs(60) },
        }
    }
}

/// Runs the child and kills it, without warning.
fn run_and_kill(folder: &Path, seed: u64, moment: Moment) -> Said {
    let mut child = Process::new(std::env::current_exe().unwrap())
        .args(["crash::child::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let began = Instant::now();
    let lines = lines_of(&mut child);
    let mut said = Said::default();
    let mut heard = 0;
    let ended_by_itself = loop {
        if heard >= moment.lines {
            break false;
        }
        match lines.recv_timeout(moment.after.saturating_sub(began.elapsed())) {
            Ok(line) => {
                said.line(&line);
                heard += 1;
            }
            Err(RecvTimeoutError::Timeout) => break false,
            Err(RecvTimeoutError::Disconnected) => break true,
        }
    };
    // SIGKILL on Unix: nothing is flushed, nothing closed.
    child.kill().unwrap();
    // After the kill the pipe still holds what was said before it.
    lines.iter().for_each(|line| said.line(&line));
    let mut complaint = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    child.wait().unwrap();
    assert!(!ended_by_itself && !complaint.contains("panicked"), "{moment:?}: {complaint}");
    said
}

/// The whole lines a child says; one cut short by the kill was not said.
fn lines_of(child: &mut Child) -> Receiver<String> {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let (to, lines) = sync_channel(1 << 16);
    std::thread::spawn(move || {
        loop {
            let mut line = String::new();
            if out.read_line(&mut line).is_err() || !line.ends_with('\n') {
                return;
            }
            if to.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// The commands a caller sent, given the answers it got, and the one it got none to any more.
fn commands(seed: u64, thread: usize, answers: &[Answer]) -> (Vec<Command>, Command) {
    let mut floor = child::floor(seed, thread);
    let mut commands = Vec::new();
    for answer in answers {
        commands.push(floor.next());
        floor.heard(answer);
    }
    (commands, floor.next())
}

/// What all rounds together came to.
#[derive(Debug, Default)]
struct Tally {
    acknowledged: usize,
    unanswered: usize,
    heads: usize,
    copies: usize,
    imports: usize,
    turns: usize,
    refolds: usize,
    killed_at: BTreeMap<String, usize>,
}

struct Round {
    number: u64,
    seed: u64,
    path: PathBuf,
    said: Said,
}

impl Round {
    /// The folder as the kill left it; whether there is a ledger in it already.
    fn as_it_lies(&self) -> bool {
        let witnesses: Vec<&str> = self.did("HEAD").collect();
        let witnesses = WitnessFile::parse("those who saw", &witnesses.join("").replace('|', "\n"));
        let options = VerifyOptions {
            skip_views: true,
            witnesses: witnesses.into_iter().collect(),
            ..VerifyOptions::default()
        };
        let nothing_yet = || {
            assert!(self.said.answers.is_empty(), "round {}: {:?}", self.number, self.said);
            false
        };
        match engine::verify_folder(&self.path, &options, &mut |_| {}) {
            // Killed between making the folder and writing the first entry.
            Ok(report) if report.size == 0 => !nothing_yet(),
            Ok(report) => {
                assert!(report.holds(), "round {}, {}: {report}", self.number, self.said.last);
                true
            }
            Err(Error::Store(
                store::Error::NotAFolder { .. } | store::Error::HalfCreated { .. },
            )) => nothing_yet(),
            Err(error) => panic!("round {}: {error:?}", self.number),
        }
    }

    fn did(&self, what: &str) -> impl Iterator<Item = &str> {
        self.said.did.iter().filter(move |(word, _)| word == what).map(|(_, rest)| rest.as_str())
    }

    /// Every command that was answered has its answer; one that was not gets one, once.
    fn send_again(&self, plant: &Plant, tally: &mut Tally) {
        let size = plant.published().head().0;
        let told = |thread: &usize| self.said.answers.get(thread).map_or(&[][..], Vec::as_slice);
        for thread in 0..THREADS {
            let (sent, _) = commands(self.seed, thread, told(&thread));
            let again = plant.submit_all(sent, "child").unwrap();
            for (again, answer) in again.iter().zip(told(&thread)) {
                assert_eq!(&again.answer, answer, "round {}, caller {thread}", self.number);
                tally.acknowledged += 1;
            }
        }
        assert_eq!(plant.published().head().0, size, "a command sent again writes nothing");
        let last = (0..THREADS).map(|thread| commands(self.seed, thread, told(&thread)).1);
        let last: Vec<Command> = last.collect();
        let first = plant.submit_all(last.clone(), "child").unwrap();
        let size = plant.ledger().unwrap().size().unwrap();
        let second = plant.submit_all(last, "child").unwrap();
        assert!(first.iter().map(|reply| &reply.answer).eq(second.iter().map(|r| &r.answer)));
        assert_eq!(plant.ledger().unwrap().size().unwrap(), size, "applied twice");
        tally.unanswered += THREADS;
    }

    /// The file that was being taken in is in whole after it is sent again.
    fn import_again(&self, plant: &Plant, tally: &mut Tally) {
        if !self.path.with_file_name(units(self.seed)).exists() {
            return;
        }
        let answer = import(plant, &self.path, self.seed);
        assert!(answer.complete, "{answer:?}");
        assert_eq!(answer.imported + answer.unchanged, child::UNITS, "{answer:?}");
        if self.did("IMPORT").count() > 0 {
            assert_eq!(answer.imported, 0, "{answer:?}");
        }
        let again = import(plant, &self.path, self.seed);
        assert_eq!((again.imported, again.unchanged), (0, child::UNITS), "{again:?}");
        tally.imports += 1;
    }

    /// Keys that were turned are in the chain; whoever was erased is.
    fn keys(&self, plant: &Plant, keys_before: usize, tally: &mut Tally) {
        let turned = self.did("TURN").count();
        assert!(plant.keys().keys().count() >= keys_before + turned);
        tally.turns += turned;
    }

    /// Copies that were finished are whole; others say that they are not.
    fn copies(&self, place: &TempDir, tally: &mut Tally) {
        let whole: BTreeSet<&str> = self.did("COPY").collect();
        for entry in fs::read_dir(place.path()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with("copy-") {
                continue;
            }
            match engine::verify_folder(&entry.path(), &VerifyOptions::default(), &mut |_| {}) {
                Ok(report) => assert_holds(&report),
                Err(error) => assert!(!whole.contains(name.as_str()), "{name}: {error:?}"),
            }
            tally.copies += 1;
            fs::remove_dir_all(entry.path()).unwrap();
        }
        assert!(whole.len() <= tally.copies);
    }
}

#[test]
fn nothing_acknowledged_is_lost_however_often_it_is_killed() {
    let seed = load::seed("TRACEWRIGHT_CRASH_SEED");
    let rounds = load::number("TRACEWRIGHT_CRASH_ROUNDS", 25);
    let mut chance = Chance(seed);
    let (mut dir, mut path) = place();
    let mut tally = Tally::default();
    let mut keys_before = 1;
    for number in 0..rounds {
        // A fresh folder now and then: the first moments of a ledger are worth a crash, too.
        if number % 8 == 0 {
            (dir, path) = place();
            keys_before = 1;
        } else if chance.below(4) == 0 {
            fs::remove_file(path.join("views.db")).unwrap_or_default();
            tally.refolds += 1;
        }
        let of_round = chance.draw();
        let moment = Moment::draw(&mut chance);
        let said = run_and_kill(&path, of_round, moment);
        let round = Round { number, seed: of_round, path: path.clone(), said };
        *tally.killed_at.entry(round.said.last.clone()).or_default() += 1;
        tally.heads += round.did("HEAD").count();
        round.copies(&dir, &mut tally);
        if !round.as_it_lies() {
            (dir, path) = place();
            continue;
        }
        let plant = open(&path);
        child::masters(&plant);
        round.keys(&plant, keys_before, &mut tally);
        round.send_again(&plant, &mut tally);
        round.import_again(&plant, &mut tally);
        keys_before = plant.keys().keys().count();
        drop(plant);
        // The views stand at the end now and are what a refold makes.
        let report = verified(&path);
        assert_holds(&report);
        assert_eq!(report.checked.views_at, Some(report.size));
        let people = store::ReadFolder::open(&path).unwrap().people().unwrap();
        assert_eq!(people.aside().unwrap(), [], "an erasure is left half done");
    }
    println!("killed {rounds} times: {tally:#?}");
}

#[test]
fn a_folder_is_opened_by_one_process_and_free_at_once_after_its_death() {
    let (_place, path) = place();
    let mut child = Process::new(std::env::current_exe().unwrap())
        .args(["crash::child::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, &path)
        .env(SEED, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = lines_of(&mut child);
    assert!(lines.iter().any(|line| line.contains("TW: ACK")), "it works");
    let refused = Plant::open(&path, &Options::default(), |_| {}).unwrap_err();
    let said = engine::chain(&refused);
    assert!(said.contains(&format!("process {} holds it", child.id())), "{said}");
    child.kill().unwrap();
    child.wait().unwrap();
    // The lock file still names the dead one; a copy of it holds nothing either.
    let copy = path.with_file_name("copied");
    crate::tamper::copy_folder(&path, &copy);
    drop(open(&path));
    let plant = open(&copy);
    let own = fs::read_to_string(copy.join("lock")).unwrap();
    assert_eq!(own.trim(), std::process::id().to_string());
    drop(plant);
    let options = VerifyOptions { skip_views: true, ..VerifyOptions::default() };
    assert_holds(&verified_with(&path, &options));
}
