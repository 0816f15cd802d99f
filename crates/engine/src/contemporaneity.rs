//! Whether work was entered when it was done: detectors over what scans, devices and the server's
//! clock say, as pure functions of it.
//!
//! Words: a *stay* is one unit at one station; its *evidence* of a time is a device or a scan,
//! never a word; the *lag* of a step is the longest from evidence to entry; a *shift* is what one
//! person entered without a gap of [`SHIFT_GAP_US`].
//!
//! Invariants: a hit is a question for a person who reviews, never a judgement of one who worked;
//! the same stays and the same [`Calibration`] give the same hits under the same [`VERSION`].
//!
//! Limits: no detector sees work that was entered in time and not done; only a machine that took
//! part can say that. Rhythm alone proves nothing and is not looked at.

mod chance;

use std::collections::{BTreeMap, BTreeSet};

use chance::{Norm, at_least};

/// Version of all that is computed here; raised when an answer can change.
pub const VERSION: u32 = 1;

/// Longest from evidence to entry that counts as on time. Units: microseconds, as below.
pub const LAG_MAX_US: i64 = 5 * 60 * 1_000_000;
/// A lag that is counted against the shift, and that one value must have to stand out of its norm.
pub const LAG_NOTED_US: i64 = 120 * 1_000_000;
/// How far out of its norm a lag stands out, in robust standard deviations.
pub const LAG_DEVIATIONS: f64 = 3.5;
/// Sequential steps that one person enters within this time were not entered one by one.
pub const SAME_TIME_US: i64 = 200_000;
/// All steps in the last part of a stay: from this part on. Units: percent.
pub const TAIL_PERCENT: i64 = 85;
/// Fewest steps of a stay that say something about where in it they lie.
pub const TAIL_STEPS_MIN: usize = 4;
/// Fewest stays with all steps at their end.
pub const TAIL_STAYS_MIN: u32 = 3;
/// How long after a unit was seen elsewhere its step may still be entered.
pub const AFTER_US: i64 = 60 * 1_000_000;
/// Fewest such steps of a shift that stand out together.
pub const AFTER_STEPS_MIN: u32 = 6;
/// Fewest steps of a shift for its share of lags to say something.
pub const LAG_STEPS_MIN: u32 = 20;
/// How improbable a shift has to be, if all went as usual.
pub const CHANCE_MAX: f64 = 1e-4;
/// Fewest values for a norm of the plant's own.
pub const CALIBRATED_FROM: usize = 50;
/// Shares where the plant has no history, and least ones where it has: 1 % of steps entered late,
/// 0.2 % of stays entered at their end, 0.5 % of steps entered after the unit had left.
pub const LATE_SHARE: f64 = 0.01;
/// See [`LATE_SHARE`].
pub const TAIL_SHARE: f64 = 0.002;
/// See [`LATE_SHARE`].
pub const AFTER_SHARE: f64 = 0.005;
/// A pause that ends a shift.
pub const SHIFT_GAP_US: i64 = 4 * 3600 * 1_000_000;

/// What dates a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The clock of a device that took part.
    Device,
    /// A scan.
    Scan,
    /// A person's word alone.
    Word,
}

/// A step as it was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// The entry that closed it, or its last one.
    pub position: u64,
    /// Which step of which operation.
    pub step: String,
    /// Who entered it.
    pub person: String,
    /// When the server took that entry.
    pub at_us: i64,
    /// What dates it.
    pub evidence: Evidence,
    /// The longest from evidence to entry; absent where only a word dates it.
    pub lag_us: Option<i64>,
    /// When it was performed, as far as is known: from and to.
    pub performed_us: (i64, i64),
    /// The command it came with.
    pub command: String,
    /// Whether it was told afterwards.
    pub told: bool,
}

/// One unit at one station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// Which unit.
    pub unit: String,
    /// Where.
    pub station: String,
    /// When the unit was scanned there.
    pub came_us: i64,
    /// When it was first seen elsewhere, by a scan or a device.
    pub left_us: Option<i64>,
    /// Its steps, as they were entered.
    pub steps: Vec<Entered>,
}

/// What is usual, learned from stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// First and last entry it was learned from.
    pub range: Option<(u64, u64)>,
    /// From how many stays.
    pub stays: usize,
    /// From how many steps that evidence dates.
    pub values: usize,
    /// The norm of each step by what dates it, where there are enough.
    norms: BTreeMap<(String, Evidence), Norm>,
    /// The share of steps with a noted lag.
    pub late_share: f64,
    /// The share of stays entered at their end.
    pub tail_share: f64,
    /// The share of steps entered after the unit had left.
    pub after_share: f64,
}

impl Default for Calibration {
    /// What is taken as usual where nothing is known.
    fn default() -> Self {
        Self::of([])
    }
}

/// Something that stands out in a shift.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The entries that show it.
    pub evidence: Vec<u64>,
    /// How many of how many, where it is a share.
    pub count: (u32, u32),
    /// How improbable it is, if all went as usual; absent: it is no matter of chance.
    pub chance: Option<f64>,
}

impl Calibration {
    /// Learns from stays, which should not be those that are judged.
    #[expect(single_use_lifetimes, reason = "an iterator in this place has to name it")]
    pub fn of<'a>(stays: impl IntoIterator<Item = &'a Stay>) -> Self {
        let mut lags: BTreeMap<(String, Evidence), Vec<i64>> = BTreeMap::new();
        let (mut values, mut noted, mut whole, mut tails) = (0_u32, 0_u32, 0_u32, 0_u32);
        let (mut seen, mut after) = (0_u32, 0_u32);
        let mut range: Option<(u64, u64)> = None;
        let mut count = 0_usize;
        for stay in stays {
            count += 1;
            if stay.left_us.is_some() {
                seen += length(stay.steps.len());
                after += length(stay.after_departure().count());
            }
            for step in &stay.steps {
                let (from, to) = range.unwrap_or((step.position, step.position));
                range = Some((from.min(step.position), to.max(step.position)));
            }
            for (step, lag_us) in stay.steps.iter().filter_map(|step| Some((step, step.lag_us?))) {
                values += 1;
                noted += u32::from(lag_us > LAG_NOTED_US);
                lags.entry((step.step.clone(), step.evidence)).or_default().push(lag_us);
            }
            if let Some(tail) = stay.is_tail() {
                whole += 1;
                tails += u32::from(tail);
            }
        }
        let norms = lags.into_iter().filter(|(_, lags)| lags.len() >= CALIBRATED_FROM);
        let share = |part: u32, of: u32, least: f64| {
            let enough = usize::try_from(of).unwrap_or_default() >= CALIBRATED_FROM;
            if enough { (f64::from(part) / f64::from(of)).max(least) } else { least }
        };
        Self {
            range,
            stays: count,
            values: usize::try_from(values).unwrap_or_default(),
            norms: norms.map(|(key, lags)| (key, Norm::of(&lags))).collect(),
            late_share: share(noted, values, LATE_SHARE),
            tail_share: share(tails, whole, TAIL_SHARE),
            after_share: share(after, seen, AFTER_SHARE),
        }
    }

    /// Whether a step's lag stands out: over the limit, or far out of its norm.
    #[must_use]
    pub fn lags(&self, step: &Entered) -> bool {
        let Some(lag_us) = step.lag_us else { return false };
        let norm = self.norms.get(&(step.step.clone(), step.evidence));
        let odd = norm.is_some_and(|norm| norm.deviations(lag_us) > LAG_DEVIATIONS);
        lag_us > LAG_MAX_US || (odd && lag_us > LAG_NOTED_US)
    }

    /// How many steps have a norm of their own.
    #[must_use]
    pub fn norms(&self) -> usize {
        self.norms.len()
    }
}

impl Stay {
    /// Whether all its steps were entered in its last part; none where that says nothing.
    fn is_tail(&self) -> Option<bool> {
        let first = self.steps.iter().map(|step| step.at_us).min()?;
        let whole = self.left_us?.saturating_sub(self.came_us);
        if self.steps.len() < TAIL_STEPS_MIN || whole <= 0 {
            return None;
        }
        let before = first.saturating_sub(self.came_us);
        Some(before.saturating_mul(100) > whole.saturating_mul(TAIL_PERCENT))
    }

    /// The steps that were entered after the unit was seen elsewhere (CT-06).
    pub fn after_departure(&self) -> impl Iterator<Item = &Entered> {
        let left = self.left_us.map(|left| left.saturating_add(AFTER_US));
        self.steps.iter().filter(move |step| left.is_some_and(|left| step.at_us > left))
    }
}

/// The stays of a shift: what a person entered around a moment without a long pause.
#[must_use]
pub fn shift<'a>(stays: &[&'a Stay], person: &str, around_us: i64) -> Vec<&'a Stay> {
    let by = |stay: &&&Stay| stay.steps.iter().any(|step| step.person == person);
    let own: Vec<&Stay> = stays.iter().filter(by).copied().collect();
    let steps = own.iter().flat_map(|stay| &stay.steps).filter(|step| step.person == person);
    let mut times: Vec<i64> = steps.map(|step| step.at_us).collect();
    times.push(around_us);
    times.sort_unstable();
    let here = times.partition_point(|time| *time < around_us);
    let gap = |pair: &[i64]| pair[1].saturating_sub(pair[0]) > SHIFT_GAP_US;
    let before = times[..=here].windows(2).rposition(gap).map_or(0, |at| at + 1);
    let after = times[here..].windows(2).position(gap).map_or(times.len() - 1, |at| here + at);
    let (from, to) = (times[before], times[after]);
    let within = |stay: &&Stay| {
        stay.steps.iter().any(|step| step.person == person && (from..=to).contains(&step.at_us))
    };
    own.into_iter().filter(within).collect()
}

/// CT-01 over a shift: more steps entered late than usual.
#[must_use]
pub fn lagging(shift: &[&Stay], usual: &Calibration) -> Option<Hit> {
    let steps = || shift.iter().flat_map(|stay| &stay.steps).filter(|step| step.lag_us.is_some());
    let late = steps().filter(|step| step.lag_us.is_some_and(|lag| lag > LAG_NOTED_US));
    let evidence: Vec<u64> = late.map(|step| step.position).collect();
    let count = (length(evidence.len()), length(steps().count()));
    let chance = at_least(count, usual.late_share);
    let stands_out = count.1 >= LAG_STEPS_MIN && chance < CHANCE_MAX;
    stands_out.then_some(Hit { evidence, count, chance: Some(chance) })
}

/// CT-03: sequential steps of one person that were entered at once, or with one command.
#[must_use]
pub fn same_time(steps: &[&Entered]) -> Vec<Hit> {
    let mut ordered: Vec<&Entered> = steps.iter().filter(|step| !step.told).copied().collect();
    ordered.sort_by_key(|step| step.position);
    let mut hits = Vec::new();
    let mut together: Vec<&Entered> = Vec::new();
    for step in ordered {
        let joins = together.last().is_some_and(|last| {
            let soon = step.at_us.saturating_sub(last.at_us) <= SAME_TIME_US;
            last.person == step.person
                && last.step != step.step
                && (soon || last.command == step.command)
        });
        if !joins {
            hits.extend(at_once(&together));
            together.clear();
        }
        together.push(step);
    }
    hits.extend(at_once(&together));
    hits
}

fn at_once(together: &[&Entered]) -> Option<Hit> {
    let evidence: Vec<u64> = together.iter().map(|step| step.position).collect();
    let count = length(evidence.len());
    (count > 1).then_some(Hit { evidence, count: (count, count), chance: None })
}

/// CT-05: stays whose steps all came at their end, more than usual in a shift.
#[must_use]
pub fn clustered(shift: &[&Stay], usual: &Calibration) -> Option<Hit> {
    let known = shift.iter().filter_map(|stay| Some((stay, stay.is_tail()?)));
    let (tails, all): (Vec<_>, Vec<_>) = known.partition(|(_, tail)| *tail);
    let count = (length(tails.len()), length(tails.len() + all.len()));
    let chance = at_least(count, usual.tail_share);
    let steps = tails.iter().flat_map(|(stay, _)| &stay.steps);
    let evidence = steps.map(|step| step.position).collect();
    let stands_out = count.0 >= TAIL_STAYS_MIN && chance < CHANCE_MAX;
    stands_out.then_some(Hit { evidence, count, chance: Some(chance) })
}

/// CT-06 over a shift: more steps entered after the unit was seen elsewhere than usual.
#[must_use]
pub fn departed(shift: &[&Stay], usual: &Calibration) -> Option<Hit> {
    let known = || shift.iter().filter(|stay| stay.left_us.is_some());
    let late = known().flat_map(|stay| stay.after_departure());
    let evidence: Vec<u64> = late.map(|step| step.position).collect();
    let all = known().map(|stay| stay.steps.len()).sum();
    let count = (length(evidence.len()), length(all));
    let chance = at_least(count, usual.after_share);
    let stands_out = count.0 >= AFTER_STEPS_MIN && chance < CHANCE_MAX;
    stands_out.then_some(Hit { evidence, count, chance: Some(chance) })
}

/// CT-07: steps that must follow one another and did not: by entry, or by times that cannot overlap
/// the right way round. Answers pairs: what had to come first, and what came before it.
#[must_use]
pub fn out_of_order(edges: &[(&Entered, &Entered)]) -> BTreeSet<(u64, u64)> {
    let wrong = edges.iter().filter(|(first, then)| {
        first.position > then.position || first.performed_us.0 > then.performed_us.1
    });
    wrong.map(|(first, then)| (first.position, then.position)).collect()
}

fn length(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
