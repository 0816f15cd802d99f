//! What readers see: the published state, and the thread that moves it with `views.db`.
//!
//! The follower takes in what was committed, under a short write lock, then writes the changed
//! rows: when its queue runs empty, after a few thousand facts, or after 25 ms. A crash leaves the
//! rows behind the ledger; the next start takes in what is missing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use domain::Position;
use domain::entry::Entry;
use parking_lot::{Condvar, Mutex, RwLock, RwLockReadGuard};
use store::{Edition, LedgerReader, Views};

use crate::error::{Error, Result};
use crate::keeper::{Head, Stored};
use crate::state::State;

/// Batches waiting for the follower; the writer waits when it lags this far.
pub(crate) const BEHIND_BATCHES_MAX: usize = 64;
/// Longest time changed rows wait to be written.
const FLUSH_AFTER: Duration = Duration::from_millis(25);
/// Changed rows that wait at most.
const FLUSH_ROWS: usize = 16_384;
/// How long a reader waits for a position before it is told how far the views are.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// Entries taken in under one write lock, so readers get between.
const LOCK_ENTRIES_MAX: usize = 512;

/// What was committed in one go.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) entries: Vec<Entry>,
    /// An entry of the ledger's own, instead of facts.
    pub(crate) own: Option<Position>,
    pub(crate) head: Head,
}

/// The state readers see.
#[derive(Debug)]
pub struct Published {
    state: RwLock<State>,
    at: Mutex<At>,
    moved: Condvar,
    edition: Edition,
}

#[derive(Debug)]
struct At {
    /// How far the state is.
    applied: Position,
    /// How far the rows are.
    written: Position,
    head: Head,
    failed: bool,
}

impl Published {
    pub(crate) fn new(state: State, head: Head, edition: Edition) -> Self {
        let applied = state.next();
        let at = At { applied, written: applied, head, failed: false };
        Self { state: RwLock::new(state), at: Mutex::new(at), moved: Condvar::new(), edition }
    }

    /// The state as it is now; hold it briefly.
    pub fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read()
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

    /// Waits until everything before `position` shows, in memory and in rows.
    ///
    /// Errors: [`Error::Behind`] after half a minute, [`Error::WriterStopped`].
    pub fn wait_for(&self, position: Position) -> Result<()> {
        let until = Instant::now() + WAIT_MAX;
        let mut at = self.at.lock();
        while at.written < position {
            if at.failed {
                return Err(Error::WriterStopped);
            }
            if self.moved.wait_until(&mut at, until).timed_out() {
                return Err(Error::Behind { position: position.0, at: at.written.0 });
            }
        }
        Ok(())
    }

    /// Whether writing has ended for good.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.at.lock().failed
    }

    pub(crate) fn fail(&self) {
        self.at.lock().failed = true;
        self.moved.notify_all();
    }
}

pub(crate) struct Follower {
    pub(crate) published: Arc<Published>,
    pub(crate) ledger: LedgerReader,
    pub(crate) views: Views,
    pub(crate) queue: Receiver<Committed>,
}

impl Follower {
    /// Works until the writer is gone.
    pub(crate) fn run(mut self) {
        if let Err(error) = self.follow() {
            tracing::error!(error = %crate::chain(&error), "the views cannot follow the ledger");
            self.published.fail();
        }
    }

    fn follow(&mut self) -> Result<()> {
        let mut oldest: Option<Instant> = None;
        loop {
            let wait = oldest.map_or(Duration::from_secs(3600), |since| {
                FLUSH_AFTER.saturating_sub(since.elapsed())
            });
            match self.queue.recv_timeout(wait) {
                Ok(committed) => {
                    self.take(committed)?;
                    oldest.get_or_insert_with(Instant::now);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.flush(),
            }
            let due = oldest.is_some_and(|since| since.elapsed() >= FLUSH_AFTER)
                || self.queue.is_empty()
                || self.published.read().waiting() >= FLUSH_ROWS;
            if due && oldest.take().is_some() {
                self.flush()?;
            }
        }
    }

    fn take(&mut self, committed: Committed) -> Result<()> {
        let stored = Stored::new(&self.ledger);
        if let Some(position) = committed.own {
            self.published.state.write().pass(position);
        }
        for some in committed.entries.chunks(LOCK_ENTRIES_MAX) {
            let mut state = self.published.state.write();
            for entry in some {
                state.apply(entry, &stored);
            }
        }
        stored.finish()?;
        let mut at = self.published.at.lock();
        at.applied = Position(committed.head.size);
        at.head = committed.head;
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let changes = self.published.state.write().take_changes();
        let state = self.published.state.read();
        // An entry that changes no row still moves the position the rows stand for.
        state.write_rows(&changes, &mut self.views)?;
        let mut at = self.published.at.lock();
        at.written = state.next();
        drop(state);
        self.published.moved.notify_all();
        Ok(())
    }
}
