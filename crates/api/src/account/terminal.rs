//! Slowing down whoever fails to sign in, terminal by terminal.
//!
//! After [`FREE`] failures a terminal waits a second before the next attempt, then two, then four,
//! at most [`WAIT_S_MAX`]; a success forgets them. What comes too soon is refused before a password
//! is looked at, and leaves no entry: so a terminal writes at most [`FREE`] entries at once and one
//! a minute from then on, whatever it sends.
//!
//! Limits: [`TERMINALS_MAX`]; beyond it, terminals that never failed wait for a place.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use domain::Time;

/// Failures before a terminal has to wait.
const FREE: u32 = 5;
/// Longest wait. Units: seconds.
const WAIT_S_MAX: u64 = 60;
/// Terminals remembered: some megabytes.
const TERMINALS_MAX: usize = 10_000;
/// How long a failure is remembered. Units: microseconds.
const MEMORY_US: i64 = 3_600_000_000;
const SECOND_US: i64 = 1_000_000;

#[derive(Debug, Clone, Copy)]
struct Failed {
    times: u32,
    last: Time,
}

/// Terminals that failed lately.
#[derive(Debug, Default)]
pub(super) struct Terminals(HashMap<String, Failed>);

impl Terminals {
    /// How long a terminal has to wait before it may try. Units: milliseconds.
    pub(super) fn wait_ms(&mut self, terminal: &str, now: Time) -> Option<u64> {
        let key = network_of(terminal);
        if let Some(failed) = self.0.get(&key) {
            let more = failed.times.checked_sub(FREE)?;
            let wait_s = 1_u64.checked_shl(more).unwrap_or(WAIT_S_MAX).min(WAIT_S_MAX);
            let until = failed.last.0.saturating_add(i64::try_from(wait_s).ok()? * SECOND_US);
            return u64::try_from(until - now.0)
                .ok()
                .filter(|us| *us > 0)
                .map(|us| us.div_ceil(1000));
        }
        if self.0.len() >= TERMINALS_MAX {
            self.0.retain(|_, failed| now.0 - failed.last.0 < MEMORY_US);
        }
        (self.0.len() >= TERMINALS_MAX).then_some(WAIT_S_MAX * 1000)
    }

    /// A terminal failed.
    pub(super) fn failed(&mut self, terminal: &str, now: Time) {
        let failed = self.0.entry(network_of(terminal)).or_insert(Failed { times: 0, last: now });
        failed.times = failed.times.saturating_add(1);
        failed.last = now;
    }

    /// A terminal succeeded.
    pub(super) fn succeeded(&mut self, terminal: &str) {
        self.0.remove(&network_of(terminal));
    }
}

/// Who commands one address of IPv6 commands its whole /64.
fn network_of(terminal: &str) -> String {
    match terminal.parse() {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
        _ => terminal.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_that_fails_waits_longer_each_time() {
        let mut terminals = Terminals::default();
        let mut now = Time(0);
        for _ in 0..FREE {
            assert_eq!(terminals.wait_ms("::1", now), None);
            terminals.failed("::1", now);
        }
        let mut waited = Vec::new();
        for _ in 0..8 {
            let ms = terminals.wait_ms("::2", now).unwrap();
            waited.push(ms / 1000);
            assert_eq!(terminals.wait_ms("10.0.0.1", now), None, "others do not");
            now = Time(now.0 + i64::try_from(ms).unwrap() * 1000);
            assert_eq!(terminals.wait_ms("::1", now), None);
            terminals.failed("::1", now);
        }
        assert_eq!(waited, [1, 2, 4, 8, 16, 32, 60, 60]);
        terminals.succeeded("::1");
        assert_eq!(terminals.wait_ms("::1", now), None);
    }

    #[test]
    fn no_more_terminals_are_remembered_than_there_is_room_for() {
        let mut terminals = Terminals::default();
        for number in 0..TERMINALS_MAX {
            terminals.failed(&format!("10.0.{}.{}", number / 250, number % 250), Time(0));
        }
        assert!(terminals.wait_ms("192.0.2.1", Time(0)).is_some());
        assert_eq!(terminals.wait_ms("192.0.2.1", Time(MEMORY_US)), None);
    }
}
