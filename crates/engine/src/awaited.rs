//! Answers on their way to a caller that waits for them.
//!
//! A caller waits for one or many commands and is woken once, when the last is answered. What is
//! dropped unanswered is none: the writer stopped. Who cannot wait on a thread gives a function
//! instead, which is dropped uncalled where the writer stops.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Thread;

use parking_lot::Mutex;

use crate::error::Result;
use crate::writer::Reply;

/// What a caller waits for.
#[derive(Debug)]
pub(crate) struct Awaited(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    answers: Mutex<Vec<Option<Result<Reply>>>>,
    open: AtomicUsize,
    caller: Thread,
}

/// What is done with an answer by who does not wait; runs on the writer's thread.
type Then = Box<dyn FnOnce(Result<Reply>) + Send>;

/// Where one answer goes.
#[derive(Debug)]
pub(crate) enum Answering {
    /// To a caller that waits.
    Waiting(Place),
    /// To a function, once; dropped uncalled where there is no answer.
    Calling(Calling),
}

/// The place of one answer.
#[derive(Debug)]
pub(crate) struct Place {
    shared: Arc<Shared>,
    place: usize,
    answered: Cell<bool>,
}

/// A function still to be called.
pub(crate) struct Calling(Cell<Option<Then>>);

impl fmt::Debug for Calling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calling").finish_non_exhaustive()
    }
}

impl Awaited {
    /// Prepares this thread to wait for one answer.
    pub(crate) fn one() -> (Self, Answering) {
        let shared = Shared::of(1);
        (Self(Arc::clone(&shared)), Answering::at(shared, 0))
    }

    /// Prepares this thread to wait for so many answers.
    pub(crate) fn many(count: usize) -> (Self, impl Iterator<Item = Answering>) {
        let shared = Shared::of(count);
        let awaited = Self(Arc::clone(&shared));
        (awaited, (0..count).map(move |place| Answering::at(Arc::clone(&shared), place)))
    }

    /// Waits for all of them; in the order they were asked for.
    pub(crate) fn wait(self) -> impl Iterator<Item = Option<Result<Reply>>> {
        while self.0.open.load(Ordering::Acquire) > 0 {
            std::thread::park();
        }
        std::mem::take(&mut *self.0.answers.lock()).into_iter()
    }
}

impl Shared {
    fn of(count: usize) -> Arc<Self> {
        let answers = Mutex::new(std::iter::repeat_with(|| None).take(count).collect());
        let (open, caller) = (AtomicUsize::new(count), std::thread::current());
        Arc::new(Self { answers, open, caller })
    }
}

impl Answering {
    fn at(shared: Arc<Shared>, place: usize) -> Self {
        Self::Waiting(Place { shared, place, answered: Cell::new(false) })
    }

    /// To a function instead of a caller that waits.
    pub(crate) fn then(then: impl FnOnce(Result<Reply>) + Send + 'static) -> Self {
        Self::Calling(Calling(Cell::new(Some(Box::new(then)))))
    }

    /// Hands the answer over; only the first one counts.
    pub(crate) fn answer(&self, answer: Result<Reply>) {
        match self {
            Self::Waiting(place) => place.put(Some(answer)),
            Self::Calling(Calling(then)) => {
                if let Some(then) = then.take() {
                    then(answer);
                }
            }
        }
    }
}

impl Place {
    fn put(&self, answer: Option<Result<Reply>>) {
        if self.answered.replace(true) {
            return;
        }
        if let Some(place) = self.shared.answers.lock().get_mut(self.place) {
            *place = answer;
        }
        if self.shared.open.fetch_sub(1, Ordering::Release) == 1 {
            self.shared.caller.unpark();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.put(None);
    }
}
