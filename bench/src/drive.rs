//! Callers at work: each on a thread of its own, all from the same moment on.
//!
//! What a caller sends is made before the clock starts. A run ends when its time is up or when
//! the first caller has nothing left to send, so that always as many callers work.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::cpu::Tree;

/// One caller: sends its next call and waits for the answer.
pub(crate) trait Caller: Send {
    /// How many facts it told; nothing where it has no more to tell.
    ///
    /// Errors: one that was refused or failed; the run is then worth nothing.
    fn call(&mut self) -> Result<Option<u64>>;
}

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    /// Durable facts.
    pub(crate) facts: u64,
    /// From the first call to the last answer.
    pub(crate) took: Duration,
    /// How long each call took, shortest first. Units: microseconds.
    pub(crate) latencies_us: Vec<u64>,
    /// Processor time of this process: callers, and the plant where it is in here.
    pub(crate) own_cpu: Duration,
    /// Processor time of the server's processes, where there is one.
    pub(crate) server_cpu: Duration,
}

impl Run {
    /// Facts a second.
    pub(crate) fn rate(&self) -> f64 {
        crate::spread::real(self.facts) / self.took.as_secs_f64()
    }

    /// The call that so many of a thousand calls were quicker than. Units: microseconds.
    pub(crate) fn latency_us(&self, per_mille: usize) -> f64 {
        let last = self.latencies_us.len().saturating_sub(1);
        let at = (self.latencies_us.len() * per_mille / 1000).min(last);
        crate::spread::real(self.latencies_us.get(at).copied().unwrap_or_default())
    }

    /// Processor time a fact took, here and at the server. Units: microseconds.
    pub(crate) fn cpu_us(&self) -> (f64, f64) {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / crate::spread::real(self.facts);
        (each(self.own_cpu), each(self.server_cpu))
    }
}

/// Lets callers work for that long.
pub(crate) fn drive<C: Caller>(
    callers: Vec<C>,
    limit: Duration,
    server: Option<Tree>,
) -> Result<Run> {
    let over = AtomicBool::new(false);
    let ready = Barrier::new(callers.len() + 1);
    let server_time = || server.map_or(Ok(Duration::ZERO), Tree::time);
    let (mut run, finished) = std::thread::scope(|scope| -> Result<(Run, Vec<Worked>)> {
        let work = |mut caller: C| {
            let (over, ready) = (&over, &ready);
            scope.spawn(move || {
                ready.wait();
                let done = worked(&mut caller, limit, over);
                over.store(true, Ordering::Relaxed);
                done
            })
        };
        let threads: Vec<_> = callers.into_iter().map(work).collect();
        let (own, others) = (Tree::own()?, server_time()?);
        let began = Instant::now();
        ready.wait();
        let finished: Vec<_> =
            threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        let took = began.elapsed();
        let finished = finished
            .into_iter()
            .map(|done| done.map_err(|_| anyhow::anyhow!("a caller met a bug"))?)
            .collect::<Result<Vec<Worked>>>()?;
        let own_cpu = Tree::own()?.saturating_sub(own);
        let server_cpu = server_time()?.saturating_sub(others);
        Ok((Run { took, own_cpu, server_cpu, ..Run::default() }, finished))
    })?;
    for (facts, latencies) in finished {
        run.facts += facts;
        run.latencies_us.extend(latencies);
    }
    run.latencies_us.sort_unstable();
    ensure!(run.facts > 0, "not one fact was told in {limit:?}");
    Ok(run)
}

/// Facts told, and how long each call took.
type Worked = (u64, Vec<u64>);

fn worked(caller: &mut impl Caller, limit: Duration, over: &AtomicBool) -> Result<Worked> {
    let began = Instant::now();
    let (mut facts, mut latencies) = (0, Vec::new());
    let mut last = began;
    while last.duration_since(began) < limit && !over.load(Ordering::Relaxed) {
        let Some(told) = caller.call()? else { break };
        let now = Instant::now();
        facts += told;
        latencies.push(u64::try_from(now.duration_since(last).as_micros())?);
        last = now;
    }
    Ok((facts, latencies))
}
