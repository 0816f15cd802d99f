//! The server's clock: the only place that reads it.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Time;

/// Now, by the clock of this machine.
#[must_use]
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
