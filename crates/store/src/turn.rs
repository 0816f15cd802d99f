//! Whose turn it is to write to a database: a batch of the writer, or the cut of its write-ahead
//! log.
//!
//! SQLite's own lock would do, were it fair: a writer that starts the next batch at once after each
//! commit leaves the checkpoint, which tries again every few milliseconds, no chance. Here a batch
//! that wants to start lets a waiting cut go first, and a cut waits for the batch at hand.

use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::time::Duration;

/// Shared by the writer and the checkpointer of one database.
#[derive(Debug, Default, Clone)]
pub(crate) struct Turns(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    batch: bool,
    cut: bool,
}

/// The writer's turn, until dropped.
#[derive(Debug)]
pub(crate) struct Batch(Arc<Shared>);

/// The turn of the cut, until dropped.
#[derive(Debug)]
pub(crate) struct Cut(Arc<Shared>);

impl Turns {
    /// Takes the writer's turn, after a cut that waits or runs.
    pub(crate) fn batch(&self) -> Batch {
        let mut state = self.0.state.lock();
        while state.cut {
            self.0.changed.wait(&mut state);
        }
        state.batch = true;
        Batch(Arc::clone(&self.0))
    }

    /// Takes the turn of the cut after the batch at hand; none where that lasts longer than
    /// `wait_max`.
    pub(crate) fn cut(&self, wait_max: Duration) -> Option<Cut> {
        let mut state = self.0.state.lock();
        state.cut = true;
        let cut = Cut(Arc::clone(&self.0));
        let waited = self.0.changed.wait_while_for(&mut state, |state| state.batch, wait_max);
        // The lock is given back before `cut` may be dropped, which takes it.
        drop(state);
        (!waited.timed_out()).then_some(cut)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.0.state.lock().batch = false;
        self.0.changed.notify_all();
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        self.0.state.lock().cut = false;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_waits_for_the_batch_and_the_next_batch_for_the_cut() {
        let turns = Turns::default();
        let batch = turns.batch();
        assert!(turns.cut(Duration::from_millis(1)).is_none());
        drop(batch);
        let cut = turns.cut(Duration::from_millis(1)).unwrap();
        std::thread::scope(|scope| {
            let next = scope.spawn(|| drop(turns.batch()));
            assert!(!next.is_finished());
            drop(cut);
            next.join().unwrap();
        });
    }
}
