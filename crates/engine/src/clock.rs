//! The clock of the machine: the only place that reads it, and the seam where tests put another.
//!
//! What it says decides little: entries are told apart by position, and the time an entry came is
//! the clock's or, where the clock went back, a microsecond after the entry before
//! ([`Received`]).

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use domain::Time;

/// Latest moment a clock is believed: the year 9000. Times are written with four digits of the
/// year; a clock beyond is broken, and what comes after it still needs room to count up in.
const LATEST: Time = Time(221_845_392_000_000_000);

/// Now, by the clock of this machine.
#[must_use]
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// What a plant takes the time from; without more, the clock of this machine.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Time + Send + Sync>);

impl Clock {
    /// A clock that says what a function says.
    pub fn of(now: impl Fn() -> Time + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// What it says, as far as it is believed: from 1970 to the year 9000.
    pub(crate) fn now(&self) -> Time {
        (self.0)().clamp(Time(0), LATEST)
    }
}

/// The times entries are received at: each later than the one before, whatever the clock says.
#[derive(Debug)]
pub(crate) struct Received {
    clock: Clock,
    last: Time,
}

impl Received {
    /// Those after `last`.
    pub(crate) const fn after(last: Time, clock: Clock) -> Self {
        Self { clock, last }
    }

    /// The time of the next entry: now, or just after the last one where the clock went back.
    pub(crate) fn next(&mut self) -> Time {
        self.last = self.clock.now().max(Time(self.last.0.saturating_add(1)));
        self.last
    }

    /// The time of the last entry.
    pub(crate) const fn last(&self) -> Time {
        self.last
    }

    /// Takes note of an entry that got a time of its own after that.
    pub(crate) fn took(&mut self, received: Time) {
        self.last = self.last.max(received);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::of(now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now", &self.now()).finish()
    }
}
