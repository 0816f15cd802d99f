//! What readers see: the published state, and the thread that moves it with `views.db`.
//!
//! The follower takes over what the writer's state became with each commit, under a short write
//! lock, then writes the changed rows: at once where it has rested for a while or somebody waits
//! for them, else so many at a time. A crash leaves the rows behind the ledger; the next start
//! takes in what is missing.
//!
//! Rows that cannot be written, as on a full disk, do not stop the record: they wait in memory and
//! are tried again every second, while questions that need them are told why they are late. Only
//! when more wait than [`UNWRITTEN_ROWS_MAX`] does writing end, with that reason.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvError, Sender, bounded};
use domain::Position;
use domain::entry::Entry;
use parking_lot::{Condvar, Mutex, RwLock, RwLockReadGuard};
use store::{Edition, Views};

use crate::error::{Error, Result};
use crate::keeper::Head;
use crate::notices::Notices;
use crate::state::{Changes, Delta, State};

/// Batches waiting for the follower; the writer waits when it lags this far.
pub(crate) const BEHIND_BATCHES_MAX: usize = 64;
/// Longest time changed rows wait to be written, and how long the follower rests between two
/// writes: under load a row that changes often is written once for many facts.
const FLUSH_AFTER: Duration = Duration::from_millis(25);
/// Changed rows that wait at most.
const FLUSH_ROWS: usize = 16_384;
/// Rows that wait at most while `views.db` cannot be written: some hundred megabytes.
const UNWRITTEN_ROWS_MAX: usize = 2_000_000;
/// How long rows that could not be written wait for the next attempt.
const WRITE_AGAIN: Duration = Duration::from_secs(1);
/// How long a reader waits for a position before it is told how far the views are.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// What was committed in one go.
#[derive(Debug)]
pub(crate) struct Committed {
    /// The facts.
    pub(crate) entries: Arc<Vec<Entry>>,
    /// What became of the writer's state by them.
    pub(crate) delta: Delta,
    pub(crate) head: Head,
}

/// The state readers see.
#[derive(Debug)]
pub struct Published {
    state: RwLock<State>,
    at: Mutex<At>,
    moved: Condvar,
    edition: Edition,
    /// Asks the follower to write the rows now.
    hurry: Sender<()>,
    notices: Notices,
}

#[derive(Debug)]
struct At {
    /// How far the state is.
    applied: Position,
    /// How far the rows are.
    written: Position,
    head: Head,
    /// Why rows wait that could not be written.
    unwritten: Option<String>,
    /// Why writing has ended for good.
    failed: Option<String>,
}

impl Published {
    /// The state with what tells the follower that somebody waits.
    pub(crate) fn new(state: State, head: Head, edition: Edition) -> (Self, Receiver<()>) {
        let applied = state.next();
        let at = At { applied, written: applied, head, unwritten: None, failed: None };
        let (hurry, hurried) = bounded(1);
        let notices = Notices::of(&state);
        let (state, at) = (RwLock::new(state), Mutex::new(at));
        (Self { state, at, moved: Condvar::new(), edition, hurry, notices }, hurried)
    }

    /// The state as it is now; hold it briefly.
    pub fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read()
    }

    pub(crate) fn notices(&self) -> &Notices {
        &self.notices
    }

    pub(crate) fn edition(&self) -> Edition {
        self.edition
    }

    /// The last signed head: its size and its note.
    #[must_use]
    pub fn head(&self) -> (u64, String) {
        let at = self.at.lock();
        (at.head.size, at.head.note.clone())
    }

    /// The last position that shows in memory, and whether any of those after a position is one
    /// that stations are told; waits for nothing.
    #[must_use]
    pub fn noted_after(&self, position: Option<Position>) -> (Position, bool) {
        let last = Position(self.at.lock().applied.0.saturating_sub(1));
        (last, !self.notices.between(position, last).is_empty())
    }

    /// Waits until everything before `position` shows, in memory and in rows.
    ///
    /// Errors: [`Error::Behind`] after half a minute, or at once where rows cannot be written;
    /// [`Error::WriterStopped`].
    pub fn wait_for(&self, position: Position) -> Result<()> {
        let until = Instant::now() + WAIT_MAX;
        let mut at = self.at.lock();
        while at.written < position {
            if let Some(why) = &at.failed {
                return Err(Error::WriterStopped { why: why.clone() });
            }
            let unwritten = at.unwritten.as_ref();
            let why = unwritten.map(|why| format!("; rows cannot be written now: {why}"));
            // One that waits in there already says the same.
            _ = self.hurry.try_send(());
            if why.is_none() && !self.moved.wait_until(&mut at, until).timed_out() {
                continue;
            }
            let why = why.unwrap_or_default();
            return Err(Error::Behind { position: position.0, at: at.written.0, why });
        }
        Ok(())
    }

    /// Why writing has ended for good, if it has.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.at.lock().failed.clone()
    }

    /// Why rows of the views wait to be written, if they could not be.
    #[must_use]
    pub fn unwritten(&self) -> Option<String> {
        self.at.lock().unwritten.clone()
    }

    /// Ends writing for good; the first reason is the one that counts.
    pub(crate) fn fail(&self, why: &str) {
        self.at.lock().failed.get_or_insert_with(|| why.to_owned());
        self.moved.notify_all();
    }

    /// What to tell whoever finds that writing has ended.
    pub fn stopped(&self) -> Error {
        let why = self.failure().unwrap_or_else(|| "its thread ended".to_owned());
        Error::WriterStopped { why }
    }
}

/// Ends writing for good where its thread does so by a bug.
pub(crate) struct Alive(pub(crate) Arc<Published>);

impl Drop for Alive {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail("a thread met a bug; the log says which");
        }
    }
}

pub(crate) struct Follower {
    pub(crate) published: Arc<Published>,
    pub(crate) views: Views,
    pub(crate) queue: Receiver<Committed>,
    /// Changes whose rows could not be written yet.
    pub(crate) unwritten: Changes,
    pub(crate) hurried: Receiver<()>,
}

impl Follower {
    /// Works until the writer is gone.
    pub(crate) fn run(mut self) {
        let _alive = Alive(Arc::clone(&self.published));
        if let Err(error) = self.follow() {
            let why = crate::chain(&error);
            tracing::error!(error = why, "the views cannot follow the ledger");
            self.published.fail(&why);
        }
    }

    fn follow(&mut self) -> Result<()> {
        /// Nothing waits to be written: nothing is due.
        const IDLE: Duration = Duration::from_secs(3600);
        let mut due: Option<Instant> = None;
        let mut rested = Instant::now();
        loop {
            let wait = due.map_or(IDLE, |due| due.saturating_duration_since(Instant::now()));
            let mut now = false;
            crossbeam_channel::select! {
                recv(self.queue) -> committed => match committed {
                    Ok(committed) => {
                        self.take(committed)?;
                        due.get_or_insert(rested);
                        now = self.published.read().waiting() >= FLUSH_ROWS;
                    }
                    Err(RecvError) => return self.flush(),
                },
                recv(self.hurried) -> _ => now = true,
                default(wait) => {}
            }
            // What could not be written is tried again when it is due, however many wait.
            now &= self.unwritten.is_empty();
            now |= due.is_some_and(|due| due <= Instant::now());
            if now && due.take().is_some() {
                self.flush()?;
                rested = Instant::now() + self.rest();
                due = (!self.unwritten.is_empty()).then_some(rested);
            }
        }
    }

    fn rest(&self) -> Duration {
        if self.unwritten.is_empty() { FLUSH_AFTER } else { WRITE_AGAIN }
    }

    fn take(&mut self, committed: Committed) -> Result<()> {
        let noted = self.published.notices.add(&committed.entries);
        self.published.state.write().install(committed.delta, &committed.entries)?;
        let mut at = self.published.at.lock();
        at.applied = Position(committed.head.size);
        at.head = committed.head;
        drop(at);
        if noted {
            self.published.notices.wake();
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.unwritten.extend(self.published.state.write().take_changes());
        let state = self.published.state.read();
        // An entry that changes no row still moves the position the rows stand for.
        let written = state.write_rows(&self.unwritten, &mut self.views);
        let next = state.next();
        drop(state);
        let late = match written {
            Ok(()) => {
                self.unwritten = Changes::default();
                None
            }
            Err(error) if self.unwritten.len() < UNWRITTEN_ROWS_MAX => Some(crate::chain(&error)),
            Err(error) => return Err(error),
        };
        let mut at = self.published.at.lock();
        match (&late, &at.unwritten) {
            (Some(why), None) => tracing::error!(error = why, "rows of the views have to wait"),
            (None, Some(_)) => tracing::info!("the views follow the ledger again"),
            _ => {}
        }
        if late.is_none() {
            at.written = next;
        }
        at.unwritten = late;
        self.published.moved.notify_all();
        Ok(())
    }
}
