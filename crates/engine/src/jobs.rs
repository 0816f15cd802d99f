//! Long work with progress: imports, verification, backups, exports.
//!
//! ```text
//! start ─► queued ─► running ─► done | failed | cancelled
//!             └────── cancel ─────────────────────┘
//! ```
//!
//! A job runs on a thread of its own; [`RUNNING_MAX`] run at once, [`QUEUED_MAX`] wait, and the
//! last [`KEPT_MAX`] that ended are remembered. Cancelling asks: the work looks at
//! [`JobHandle::is_cancelled`] where stopping is safe.
//!
//! Invariants: a job that ended never changes again; a panic of the work fails its job alone.
//! Crash: jobs live in memory only; work that must survive writes what it did to the ledger.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use domain::Time;
use parking_lot::Mutex;
use serde_json::Value;

use crate::error::{Error, Result};

/// Jobs that run at once: they share the disk with the writer, which comes first.
pub const RUNNING_MAX: usize = 2;
/// Jobs that wait; beyond it callers are told to come back.
pub const QUEUED_MAX: usize = 32;
/// Jobs that ended and are still remembered: a day of somebody's work.
pub const KEPT_MAX: usize = 200;

/// What a caller is told to wait when too many jobs wait. Units: milliseconds.
const RETRY_AFTER_MS: u64 = 5_000;

/// Names a job; no two have the same, after a restart neither.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct JobId(pub String);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far a job is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum JobPhase {
    /// Waits for its turn.
    Queued,
    /// Works.
    Running,
    /// Did what it was asked.
    Done,
    /// Could not; the message says why.
    Failed,
    /// Was told to stop, and did.
    Cancelled,
}

impl JobPhase {
    /// Whether it will not change any more.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// A job as it stands.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct JobState {
    /// Which job.
    pub id: JobId,
    /// What kind of work: `import`, `verify`, `backup`, `refold`, `export`.
    pub kind: String,
    /// Who asked for it.
    pub by: String,
    /// How far it is.
    pub state: JobPhase,
    /// How much is done, in units of the work's own.
    pub done: u64,
    /// How much there is to do; 0 while that is not known.
    pub total: u64,
    /// What it is at, or why it failed.
    pub message: Option<String>,
    /// What came out.
    pub result: Option<Value>,
    /// When it was asked for.
    pub started: Time,
    /// When it ended.
    pub ended: Option<Time>,
}

#[derive(Debug)]
struct Job {
    id: JobId,
    state: Mutex<JobState>,
    cancelled: AtomicBool,
}

/// What the work of a job reports to and looks at; clones are the same job.
#[derive(Debug, Clone)]
pub struct JobHandle {
    job: Arc<Job>,
}

impl JobHandle {
    /// Says how much is done of how much.
    pub fn progress(&self, done: u64, total: u64) {
        let mut state = self.job.state.lock();
        (state.done, state.total) = (done, total);
    }

    /// Says what it is at.
    pub fn message(&self, message: &str) {
        self.job.state.lock().message = Some(message.to_owned());
    }

    /// Whether it was told to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.job.cancelled.load(Ordering::Relaxed)
    }

    /// Which job it is.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.job.id.clone()
    }
}

type Work = Box<dyn FnOnce(&JobHandle) -> Result<Value> + Send>;

#[derive(Default)]
struct Table {
    /// Oldest first.
    jobs: Vec<Arc<Job>>,
    queue: VecDeque<(Arc<Job>, Work)>,
    running: usize,
    threads: Vec<JoinHandle<()>>,
}

/// All jobs of one process. Dropping it asks those that run to stop and waits for them.
pub struct Jobs {
    table: Arc<Mutex<Table>>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.table.lock();
        f.debug_struct("Jobs")
            .field("jobs", &table.jobs.len())
            .field("running", &table.running)
            .finish_non_exhaustive()
    }
}

impl Jobs {
    /// No jobs yet.
    #[must_use]
    pub fn new() -> Self {
        Self { table: Arc::default() }
    }

    /// Starts work, or queues it where enough runs already.
    ///
    /// Errors: [`Error::Busy`] if [`QUEUED_MAX`] wait, [`Error::Thread`].
    pub fn start(
        &self,
        kind: &str,
        by: &str,
        work: impl FnOnce(&JobHandle) -> Result<Value> + Send + 'static,
    ) -> Result<JobId> {
        let id = JobId(crate::new_command_id()?.to_string());
        let state = JobState {
            id: id.clone(),
            kind: kind.to_owned(),
            by: by.to_owned(),
            state: JobPhase::Queued,
            done: 0,
            total: 0,
            message: None,
            result: None,
            started: crate::now(),
            ended: None,
        };
        let (state, cancelled) = (Mutex::new(state), AtomicBool::new(false));
        let job = Arc::new(Job { id: id.clone(), state, cancelled });
        let mut table = self.table.lock();
        if table.queue.len() >= QUEUED_MAX {
            return Err(Error::Busy { retry_after_ms: RETRY_AFTER_MS });
        }
        if table.running < RUNNING_MAX {
            let shared = Arc::clone(&self.table);
            let thread = std::thread::Builder::new()
                .name("job".to_owned())
                .spawn(move || run_queued(&shared))
                .map_err(|source| Error::Thread { name: "job", source })?;
            table.threads.retain(|thread| !thread.is_finished());
            table.threads.push(thread);
            table.running += 1;
        }
        table.jobs.push(Arc::clone(&job));
        table.queue.push_back((job, Box::new(work)));
        table.forget();
        Ok(id)
    }

    /// A job as it stands, if it is remembered.
    #[must_use]
    pub fn get(&self, id: &JobId) -> Option<JobState> {
        let job = self.table.lock().job(id)?;
        let state = job.state.lock().clone();
        Some(state)
    }

    /// All jobs that are remembered, newest first.
    #[must_use]
    pub fn list(&self) -> Vec<JobState> {
        let jobs: Vec<Arc<Job>> = self.table.lock().jobs.iter().rev().cloned().collect();
        jobs.iter().map(|job| job.state.lock().clone()).collect()
    }

    /// Asks a job to stop; answers how it stands, if it is remembered.
    #[must_use]
    pub fn cancel(&self, id: &JobId) -> Option<JobState> {
        let mut table = self.table.lock();
        let job = table.job(id)?;
        job.cancelled.store(true, Ordering::Relaxed);
        let waiting = table.queue.len();
        table.queue.retain(|(queued, _)| !Arc::ptr_eq(queued, &job));
        if table.queue.len() < waiting {
            end(&job, JobPhase::Cancelled, None, None);
        }
        drop(table);
        let state = job.state.lock().clone();
        Some(state)
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        let threads = {
            let mut table = self.table.lock();
            for (job, _) in std::mem::take(&mut table.queue) {
                end(&job, JobPhase::Cancelled, None, None);
            }
            table.jobs.iter().for_each(|job| job.cancelled.store(true, Ordering::Relaxed));
            std::mem::take(&mut table.threads)
        };
        for thread in threads {
            drop(thread.join());
        }
    }
}

fn run_queued(table: &Mutex<Table>) {
    loop {
        let (job, work) = {
            let mut table = table.lock();
            match table.queue.pop_front() {
                Some(next) => next,
                None => {
                    table.running -= 1;
                    return;
                }
            }
        };
        run(job, work);
    }
}

fn run(job: Arc<Job>, work: Work) {
    job.state.lock().state = JobPhase::Running;
    let handle = JobHandle { job };
    let outcome = catch_unwind(AssertUnwindSafe(|| work(&handle)));
    let stopped = handle.is_cancelled();
    let job = &handle.job;
    match outcome {
        Ok(Ok(result)) => {
            let phase = if stopped { JobPhase::Cancelled } else { JobPhase::Done };
            end(job, phase, Some(result), None);
        }
        Ok(Err(error)) => {
            let phase = if stopped { JobPhase::Cancelled } else { JobPhase::Failed };
            end(job, phase, None, Some(crate::chain(&error)));
        }
        Err(_) => {
            let said = "it met a bug; what it wrote before is kept".to_owned();
            end(job, JobPhase::Failed, None, Some(said));
        }
    }
}

fn end(job: &Job, phase: JobPhase, result: Option<Value>, message: Option<String>) {
    let mut state = job.state.lock();
    state.state = phase;
    state.result = result;
    state.message = message.or_else(|| state.message.take());
    state.ended = Some(crate::now());
}

impl Table {
    fn job(&self, id: &JobId) -> Option<Arc<Job>> {
        self.jobs.iter().find(|job| job.id == *id).cloned()
    }

    /// Forgets the oldest of those that ended.
    fn forget(&mut self) {
        let has_ended = |job: &Arc<Job>| job.state.lock().state.has_ended();
        let ended = self.jobs.iter().filter(|job| has_ended(job)).count();
        let mut many = ended.saturating_sub(KEPT_MAX);
        self.jobs.retain(|job| {
            let forgotten = many > 0 && has_ended(job);
            many -= usize::from(forgotten);
            !forgotten
        });
    }
}
