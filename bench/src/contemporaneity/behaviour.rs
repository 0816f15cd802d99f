//! Shifts of one person at one station, made up: how the work went, and how it was entered.

use engine::contemporaneity::{Entered, Evidence, Stay};

const SECOND: i64 = 1_000_000;
const UNITS: u64 = 56;
const STEPS: u64 = 6;
/// Steps that a device dates.
const DEVICE_STEPS: [u64; 2] = [1, 4];

/// Numbers from a seed (splitmix64).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to below `high`.
    fn within(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high - low).unwrap_or(1).max(1);
        low + i64::try_from(self.next() % width).unwrap_or_default()
    }

    fn is(&mut self, percent: u32) -> bool {
        self.next() % 100 < u64::from(percent)
    }
}

/// How a shift is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Each step when it is done; a few late.
    Honest,
    /// So, with breaks and interruptions in the middle of units.
    HonestWithBreaks,
    /// So, with a device whose clock is behind by up to a minute.
    HonestClockBehind,
    /// So, with two units in work at once.
    HonestTwoAtOnce,
    /// All steps of a unit when it is handed on.
    HandoffDump,
    /// All steps of a unit at the end of the shift.
    EndOfShiftDump,
    /// All steps of a unit 10 to 40 minutes late, at plausible intervals.
    PacedEvader,
    /// All steps of a unit at once, as a form does that is sent when all is filled in.
    OneForm,
    /// Told afterwards, with times in another order than the instruction's.
    WrongOrder,
}

impl Behaviour {
    pub(crate) const ALL: [Self; 9] = [
        Self::Honest,
        Self::HonestWithBreaks,
        Self::HonestClockBehind,
        Self::HonestTwoAtOnce,
        Self::HandoffDump,
        Self::EndOfShiftDump,
        Self::PacedEvader,
        Self::OneForm,
        Self::WrongOrder,
    ];

    pub(crate) const fn is_honest(self) -> bool {
        matches!(
            self,
            Self::Honest | Self::HonestWithBreaks | Self::HonestClockBehind | Self::HonestTwoAtOnce
        )
    }

    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::HonestWithBreaks => "honest, breaks and interruptions",
            Self::HonestClockBehind => "honest, a device's clock is behind",
            Self::HonestTwoAtOnce => "honest, two units at once",
            Self::HandoffDump => "dump at handoff",
            Self::EndOfShiftDump => "dump at the end of the shift",
            Self::PacedEvader => "paced evader",
            Self::OneForm => "one form for all steps",
            Self::WrongOrder => "told in the wrong order",
        }
    }
}

/// A unit as it was really worked on: when each step ended.
struct Worked {
    came_us: i64,
    ended_us: Vec<i64>,
    left_us: i64,
}

/// A shift in which some of the units are entered by a behaviour and the others honestly.
pub(crate) fn shift(behaviour: Behaviour, percent: u32, chance: &mut Chance) -> Vec<Stay> {
    let worked = work(behaviour, chance);
    let end_us = worked.iter().map(|unit| unit.left_us).max().unwrap_or_default();
    let mut dumped_us = end_us + 30 * SECOND;
    let mut position = 0;
    let mut stays: Vec<Stay> = Vec::new();
    for (number, unit) in (0..).zip(&worked) {
        let planted = !behaviour.is_honest() && chance.is(percent);
        let how = if planted { behaviour } else { Behaviour::Honest };
        let entered_us = entered(how, unit, &mut dumped_us, chance);
        let behind_us = match behaviour {
            Behaviour::HonestClockBehind => chance.within(0, 60 * SECOND),
            _ => 0,
        };
        let steps = (0..STEPS).zip(entered_us.iter().zip(&unit.ended_us));
        let steps = steps.map(|(step, (at_us, ended_us))| {
            position += 1;
            let device = DEVICE_STEPS.contains(&step);
            let told = how == Behaviour::WrongOrder;
            // Whoever tells it afterwards puts the last first.
            let claimed_us = unit.ended_us.iter().rev().nth(usize::try_from(step).unwrap_or(0));
            let performed = if told { claimed_us.copied().unwrap_or(*ended_us) } else { *ended_us };
            Entered {
                position,
                step: format!("OP10/S{step}"),
                person: "P-1".to_owned(),
                at_us: *at_us,
                evidence: if device && !told { Evidence::Device } else { Evidence::Word },
                lag_us: (device && !told).then_some((at_us - ended_us + behind_us).max(0)),
                performed_us: (performed - SECOND, performed),
                command: format!("C-{position}"),
                told,
            }
        });
        let steps = steps.collect();
        let station = "ST-1".to_owned();
        let (came_us, left_us) = (unit.came_us, Some(unit.left_us));
        stays.push(Stay { unit: format!("U-{number}"), station, came_us, left_us, steps });
    }
    stays
}

/// How the work went.
fn work(behaviour: Behaviour, chance: &mut Chance) -> Vec<Worked> {
    let mut units: Vec<Worked> = Vec::new();
    let mut now_us = 0;
    for number in 0..UNITS {
        if number > 0 && number % 19 == 0 {
            now_us += chance.within(10, 40) * 60 * SECOND;
        }
        let both = behaviour == Behaviour::HonestTwoAtOnce && number % 2 == 1;
        let came_us = match units.last().filter(|_| both) {
            Some(other) => other.came_us + 20 * SECOND,
            None => now_us + chance.within(5, 40) * SECOND,
        };
        let mut at_us = came_us;
        let mut ended_us = Vec::new();
        for _ in 0..STEPS {
            // Skewed, as durations are: the product of two.
            at_us += chance.within(4, 9) * chance.within(5, 14) * SECOND;
            if behaviour == Behaviour::HonestWithBreaks && chance.is(2) {
                at_us += chance.within(3, 25) * 60 * SECOND;
            }
            ended_us.push(at_us);
        }
        let left_us = at_us + chance.within(20, 90) * SECOND;
        now_us = now_us.max(at_us);
        units.push(Worked { came_us, ended_us, left_us });
    }
    units
}

/// When each step of a unit was entered.
fn entered(how: Behaviour, unit: &Worked, dumped_us: &mut i64, chance: &mut Chance) -> Vec<i64> {
    let done_us = unit.ended_us.last().copied().unwrap_or_default();
    let paced = |from_us: i64, low_ms: i64, high_ms: i64, chance: &mut Chance| {
        let mut at_us = from_us;
        let mut times = Vec::new();
        for _ in &unit.ended_us {
            at_us += chance.within(low_ms, high_ms) * 1000;
            times.push(at_us);
        }
        times
    };
    match how {
        Behaviour::HandoffDump => paced(done_us, 1500, 4000, chance),
        Behaviour::OneForm => paced(done_us + 2 * SECOND, 1, 60, chance),
        Behaviour::EndOfShiftDump | Behaviour::WrongOrder => {
            let times = paced(*dumped_us, 1500, 4000, chance);
            *dumped_us = times.last().copied().unwrap_or(*dumped_us);
            times
        }
        Behaviour::PacedEvader => {
            let late_us = chance.within(10, 40) * 60 * SECOND;
            paced(done_us + late_us, 20_000, 60_000, chance)
        }
        Behaviour::Honest
        | Behaviour::HonestWithBreaks
        | Behaviour::HonestClockBehind
        | Behaviour::HonestTwoAtOnce => {
            let mut before_us = i64::MIN;
            let mut times = Vec::new();
            for ended_us in &unit.ended_us {
                let late_us = if chance.is(2) { chance.within(10, 180) * SECOND } else { 0 };
                let at_us = ended_us + chance.within(800, 8000) * 1000 + late_us;
                // A step can be entered only after the one before it.
                before_us = at_us.max(before_us.saturating_add(900_000));
                times.push(before_us);
            }
            times
        }
    }
}
