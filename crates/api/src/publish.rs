//! Showing the ledger's heads to others: witness files on every change or hour, and witnesses.
//!
//! ```text
//! publisher thread ──▶ witness files        at most once a second; once an hour without a change
//!        └── newest head ──▶ a thread a witness ──▶ cosignature ──▶ `cosigned` in the data folder
//! ```
//!
//! Invariant: nothing that writes to the ledger waits for any of this. A witness that does not
//! answer is asked again, later and later, and keeps no other one waiting.
//!
//! Ending: a call to a witness that runs may finish; it takes seconds at most.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use domain::Time;
use engine::{At, Plant, WitnessFile};
use merkle::checkpoint::Signed;
use parking_lot::{Condvar, Mutex};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::witness::ask::{Failure, Trouble, Witness};

/// How often the ledger is looked at; a head is published no more often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a witness file waits for a change: that a note comes every hour shows that the medium
/// still takes them.
const FILE_EVERY: Duration = Duration::from_secs(3600);
/// How long the first retry waits; each further one twice as long.
const RETRY_FIRST: Duration = Duration::from_secs(1);
/// How long a retry waits at most.
const RETRY_MAX: Duration = Duration::from_secs(300);

/// How the ledger's heads are shown to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WitnessesAnswer {
    /// Where the answer stands.
    pub at: Vec<At>,
    /// Those who are asked to cosign.
    pub witnesses: Vec<WitnessState>,
    /// Files that heads are written to.
    pub files: Vec<WitnessFileState>,
}

/// How it stands with a witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WitnessState {
    /// Its name in cosignatures.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// The key it cosigns with, as a C2SP verifier key.
    pub key: String,
    /// How many entries the newest head covers that it cosigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// When it cosigned that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cosigned: Option<Time>,
    /// Why it did not cosign when it was last asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// The same in words, with what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How it stands with a witness file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WitnessFileState {
    /// Where it is.
    pub file: String,
    /// How many entries the last head covers that was written to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Why the last head could not be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What the threads share, and others look at.
#[derive(Debug)]
pub(crate) struct Board {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    ended: bool,
    head: Option<Signed>,
    witnesses: Vec<WitnessState>,
    files: Vec<WitnessFileState>,
}

/// The threads that show heads, ended when dropped.
#[derive(Debug)]
pub(crate) struct Publisher {
    board: Arc<Board>,
    threads: Vec<JoinHandle<()>>,
}

impl Board {
    /// What is known of these witnesses and files before any is asked.
    pub(crate) fn of(plant: &Plant, witnesses: &[Witness], files: &[PathBuf]) -> Self {
        let witnesses = witnesses.iter().map(|witness| {
            let known = plant.last_cosigned(witness.key());
            WitnessState {
                name: witness.key().name().to_owned(),
                url: witness.url().to_owned(),
                key: witness.key().to_string(),
                size: known.map(|(size, _)| size),
                cosigned: known.map(|(_, time_s)| time(time_s)),
                trouble: None,
                detail: None,
            }
        });
        let files = files.iter().map(|file| WitnessFileState {
            file: file.display().to_string(),
            size: None,
            detail: None,
        });
        let (witnesses, files) = (witnesses.collect(), files.collect());
        let state = Mutex::new(State { ended: false, head: None, witnesses, files });
        Self { state, changed: Condvar::new() }
    }

    /// How it stands with all of them.
    pub(crate) fn answer(&self, at: Vec<At>) -> WitnessesAnswer {
        let state = self.state.lock();
        WitnessesAnswer { at, witnesses: state.witnesses.clone(), files: state.files.clone() }
    }

    /// Waits for a time, or until the end, which it answers.
    fn ends_within(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        let mut state = self.state.lock();
        while !state.ended && !self.changed.wait_until(&mut state, until).timed_out() {}
        state.ended
    }

    /// Waits for a head over more than `done` entries, not before a time; none at the end.
    fn next(&self, done: u64, not_before: Instant) -> Option<Signed> {
        let mut state = self.state.lock();
        loop {
            let head = state.head.as_ref().filter(|head| head.checkpoint.size > done);
            let early = not_before.saturating_duration_since(Instant::now());
            match (state.ended, head) {
                (true, _) => return None,
                (false, Some(head)) if early.is_zero() => return Some(head.clone()),
                (false, Some(_)) => drop(self.changed.wait_for(&mut state, early)),
                (false, None) => self.changed.wait(&mut state),
            }
        }
    }

    fn show(&self, head: Signed) {
        self.state.lock().head = Some(head);
        self.changed.notify_all();
    }

    fn told(&self, witness: usize, done: Result<(u64, u64), Failure>) {
        let mut state = self.state.lock();
        let Some(state) = state.witnesses.get_mut(witness) else { return };
        match done {
            Ok((size, time_s)) => {
                (state.size, state.cosigned) = (Some(size), Some(time(time_s)));
                (state.trouble, state.detail) = (None, None);
            }
            Err(Failure { trouble, detail }) => {
                (state.trouble, state.detail) = (Some(trouble), Some(detail));
            }
        }
    }
}

impl Publisher {
    /// Starts showing heads; without witnesses and files it starts nothing.
    ///
    /// Errors: a thread cannot start.
    pub(crate) fn start(
        plant: &Arc<Plant>,
        board: &Arc<Board>,
        witnesses: &[Witness],
        files: &[PathBuf],
    ) -> std::io::Result<Self> {
        let mut publisher = Self { board: Arc::clone(board), threads: Vec::new() };
        if witnesses.is_empty() && files.is_empty() {
            return Ok(publisher);
        }
        for (number, witness) in witnesses.iter().cloned().enumerate() {
            let (plant, board) = (Arc::clone(plant), Arc::clone(board));
            publisher.spawn("witness", move || ask_again(&plant, &board, (number, &witness)))?;
        }
        let (plant, board, files) = (Arc::clone(plant), Arc::clone(board), files.to_vec());
        publisher.spawn("publisher", move || publish(&plant, &board, &files))?;
        Ok(publisher)
    }

    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        self.threads.push(std::thread::Builder::new().name(name.to_owned()).spawn(work)?);
        Ok(())
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.board.state.lock().ended = true;
        self.board.changed.notify_all();
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

/// Shows each new head until the end.
fn publish(plant: &Plant, board: &Board, files: &[PathBuf]) {
    let mut shown = 0;
    let mut written: Vec<Written> = files.iter().map(|_| Written::default()).collect();
    loop {
        let size = plant.published().head().0;
        let due = written.iter().any(|file| file.is_due(size));
        if size != shown || due {
            match plant.head() {
                Ok(head) => {
                    shown = head.checkpoint.size;
                    write(board, files, &mut written, &head);
                    board.show(head);
                }
                Err(error) => {
                    tracing::error!(error = %engine::chain(&error), "no head can be shown");
                }
            }
        }
        if board.ends_within(LOOK_EVERY) {
            return;
        }
    }
}

/// What was last written to a file.
#[derive(Debug, Clone, Default)]
struct Written {
    last: Option<(u64, Instant)>,
    failed: bool,
}

impl Written {
    fn is_due(&self, size: u64) -> bool {
        self.last.is_none_or(|(last, at)| last < size || at.elapsed() >= FILE_EVERY)
    }
}

fn write(board: &Board, files: &[PathBuf], written: &mut [Written], head: &Signed) {
    let size = head.checkpoint.size;
    for (number, (path, last)) in files.iter().zip(written).enumerate() {
        if !last.is_due(size) {
            continue;
        }
        let appended = WitnessFile::append(path, head).map_err(|error| engine::chain(&error));
        let mut state = board.state.lock();
        let Some(state) = state.files.get_mut(number) else { continue };
        match appended {
            Ok(_) => {
                *last = Written { last: Some((size, Instant::now())), failed: false };
                (state.size, state.detail) = (Some(size), None);
            }
            Err(error) => {
                if !last.failed {
                    tracing::warn!(file = %path.display(), error, "a head is not written");
                }
                last.failed = true;
                state.detail = Some(error);
            }
        }
    }
}

/// Asks a witness to cosign each new head until the end.
fn ask_again(plant: &Plant, board: &Board, (number, witness): (usize, &Witness)) {
    let agent = witness.agent();
    let (mut done, mut failures) = (0, 0_u32);
    let mut not_before = Instant::now();
    let mut trouble = None;
    while let Some(head) = board.next(done, not_before) {
        let asked = witness.cosign(&agent, plant, &head);
        match &asked {
            Ok(_) => {
                (done, failures, trouble) = (head.checkpoint.size, 0, None);
            }
            Err(failure) => {
                if trouble != Some(failure.trouble) {
                    let (witness, detail) = (witness.url(), failure.detail.as_str());
                    tracing::warn!(witness, detail, "a witness did not cosign");
                }
                trouble = Some(failure.trouble);
                let wait = RETRY_FIRST.saturating_mul(2_u32.saturating_pow(failures));
                not_before = Instant::now() + wait.min(RETRY_MAX);
                failures = failures.saturating_add(1);
            }
        }
        board.told(number, asked);
    }
}

fn time(time_s: u64) -> Time {
    const MICROSECONDS: i64 = 1_000_000;
    Time(i64::try_from(time_s).unwrap_or(i64::MAX).saturating_mul(MICROSECONDS))
}
