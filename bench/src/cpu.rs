//! How much processor time processes took: what others do on the machine disturbs it little.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// How finely Linux counts the time of a process. Units: counts a second.
const TICKS_PER_SECOND: u64 = 100;

/// A process and all that came out of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tree {
    root: u32,
}

impl Tree {
    /// That of a process.
    pub(crate) const fn of(root: u32) -> Self {
        Self { root }
    }

    /// This process alone.
    pub(crate) fn own() -> Result<Duration> {
        let stat = Stat::read("self").context("read the time of this process")?;
        Ok(ticks(stat.own))
    }

    /// User and system time of all that live, and of those that ended and were waited for.
    pub(crate) fn time(self) -> Result<Duration> {
        let numbers = fs::read_dir("/proc").context("list processes")?.flatten();
        let names = numbers.filter_map(|entry| entry.file_name().into_string().ok());
        let all: Vec<Stat> = names.filter_map(|name| Stat::read(&name)).collect();
        let mut inside = vec![self.root];
        let mut sum = 0;
        while let Some(number) = inside.pop() {
            inside.extend(all.iter().filter(|s| s.parent == number).map(|s| s.number));
            let found = all.iter().find(|stat| stat.number == number);
            sum += found.map_or(0, |stat| stat.own + stat.ended);
        }
        Ok(ticks(sum))
    }
}

fn ticks(count: u64) -> Duration {
    Duration::from_millis(count * 1000 / TICKS_PER_SECOND)
}

struct Stat {
    number: u32,
    parent: u32,
    own: u64,
    ended: u64,
}

impl Stat {
    /// Absent: no process, or one that has ended meanwhile. Source: proc(5), `/proc/pid/stat`.
    fn read(name: &str) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
        let number = text.split(' ').next()?.parse().ok()?;
        // The name in brackets may hold anything; numbers come after its last bracket.
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let field = |at: usize| fields.get(at)?.parse::<u64>().ok();
        let parent = fields.get(1)?.parse().ok()?;
        Some(Self { number, parent, own: field(11)? + field(12)?, ended: field(13)? + field(14)? })
    }
}
