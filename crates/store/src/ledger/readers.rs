//! A small pool of connections for reading the ledger.
//!
//! Connections are opened as they are needed, up to a bound, and kept. Who finds all of them busy
//! waits a while.

use super::Reader;
use crate::error::{Error, Result};
use parking_lot::{Condvar, Mutex};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Readers at most: each keeps a page cache of two megabytes, and more readers than disks and cores
/// queue anyway.
pub const READERS_MAX: usize = 16;

/// How long one waits for a reader: reads are short, so a wait this long means that all of them
/// hang.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// A bounded pool of [`Reader`]s, shared between threads.
#[derive(Debug)]
pub struct Readers {
    path: PathBuf,
    readers_max: usize,
    wait_max: Duration,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Reader>,
    lent: usize,
}

/// A reader on loan from the pool; it goes back when dropped.
#[derive(Debug)]
pub struct Pooled<'pool> {
    pool: &'pool Readers,
    reader: Option<Reader>,
}

impl Readers {
    pub(crate) fn new(path: &Path, readers_max: usize) -> Self {
        Self {
            path: path.to_owned(),
            readers_max: readers_max.clamp(1, READERS_MAX),
            wait_max: WAIT_MAX,
            state: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Lends a reader, waiting where all are busy.
    ///
    /// Errors: [`Error::ReadersBusy`] after five seconds.
    pub fn get(&self) -> Result<Pooled<'_>> {
        let mut state = self.state.lock();
        while state.idle.is_empty() && state.lent >= self.readers_max {
            if self.returned.wait_for(&mut state, self.wait_max).timed_out() {
                return Err(Error::ReadersBusy { readers: self.readers_max });
            }
        }
        let idle = state.idle.pop();
        state.lent = state.lent.saturating_add(1);
        drop(state);
        let mut lent = Pooled { pool: self, reader: idle };
        if lent.reader.is_none() {
            lent.reader = Some(Reader::open(&self.path)?);
        }
        Ok(lent)
    }
}

impl Deref for Pooled<'_> {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        self.reader.as_ref().expect("invariant: a lent reader is there until it is dropped")
    }
}

impl Drop for Pooled<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state.lock();
        state.lent = state.lent.saturating_sub(1);
        state.idle.extend(self.reader.take());
        self.pool.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Folder;

    #[test]
    fn lends_up_to_its_bound_and_takes_back() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::create(&place.path().join("data")).unwrap();
        let mut pool = folder.reading().ledger_readers(2);
        pool.wait_max = Duration::from_millis(1);
        let first = pool.get().unwrap();
        let second = pool.get().unwrap();
        assert_eq!((first.size().unwrap(), second.size().unwrap()), (0, 0));
        assert!(matches!(pool.get(), Err(Error::ReadersBusy { readers: 2 })));
        drop(first);
        assert_eq!(pool.get().unwrap().size().unwrap(), 0);
        drop(second);
        assert_eq!(pool.state.lock().idle.len(), 2);
    }

    #[test]
    fn a_waiting_thread_gets_the_reader_given_back() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::create(&place.path().join("data")).unwrap();
        let pool = folder.reading().ledger_readers(1);
        let lent = pool.get().unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| pool.get().map(|reader| reader.size().unwrap()));
            drop(lent);
            assert_eq!(waiting.join().unwrap().unwrap(), 0);
        });
    }
}
