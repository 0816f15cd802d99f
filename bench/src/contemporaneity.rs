//! How often the detectors of contemporaneity are right: shifts that were made up from a seed, of
//! which it is known how they were entered.
//!
//! Nothing here takes the time; the durations are assumed, not those of a site. What a plant
//! learned from is a hundred honest stays of the same station.

mod behaviour;

use anyhow::Result;
use engine::contemporaneity::{
    Calibration, Entered, Stay, clustered, departed, lagging, out_of_order, same_time,
};

use crate::report::Section;
use behaviour::{Behaviour, Chance, shift};

/// The seed of the figures in `bench/RESULTS.md`.
pub(crate) const SEED: u64 = 20_261_129;
/// Shifts of each cell.
const SHIFTS: u32 = 500;
const HONEST_SHIFTS: u32 = 2000;

/// What was found in a cell: of so many shifts, in how many each detector hit.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) shifts: u32,
    pub(crate) lag: u32,
    pub(crate) same_time: u32,
    pub(crate) clustered: u32,
    pub(crate) departed: u32,
    pub(crate) order: u32,
    pub(crate) any: u32,
    /// Single steps that stand out over the limit or their norm.
    pub(crate) steps: u32,
}

/// Makes up shifts of one behaviour, in which a share of the units is entered so, and looks at
/// each.
pub(crate) fn cell(behaviour: Behaviour, percent: u32, shifts: u32, seed: u64) -> Found {
    let mut chance = Chance::new(seed);
    let history = shift(Behaviour::Honest, 0, &mut chance);
    let usual = Calibration::of(&history[..history.len().min(100)]);
    let mut found = Found { shifts, ..Found::default() };
    for _ in 0..shifts {
        let stays = shift(behaviour, percent, &mut chance);
        let all: Vec<&Stay> = stays.iter().collect();
        let hits = [
            lagging(&all, &usual).is_some(),
            stays.iter().any(|stay| !same_time(&steps(stay)).is_empty()),
            clustered(&all, &usual).is_some(),
            departed(&all, &usual).is_some(),
            stays.iter().any(|stay| !out_of_order(&edges(stay)).is_empty()),
        ];
        let counts = [
            &mut found.lag,
            &mut found.same_time,
            &mut found.clustered,
            &mut found.departed,
            &mut found.order,
        ];
        for (count, hit) in counts.into_iter().zip(hits) {
            *count += u32::from(hit);
        }
        found.any += u32::from(hits.contains(&true));
        let odd = stays.iter().flat_map(|stay| &stay.steps).filter(|step| usual.lags(step));
        found.steps += u32::try_from(odd.count()).unwrap_or(u32::MAX);
    }
    found
}

fn steps(stay: &Stay) -> Vec<&Entered> {
    stay.steps.iter().collect()
}

/// Each step before the next, as the instruction has them.
fn edges(stay: &Stay) -> Vec<(&Entered, &Entered)> {
    let mut ordered = steps(stay);
    ordered.sort_by(|a, b| a.step.cmp(&b.step));
    ordered.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Runs every cell, and answers with the section.
pub(crate) fn run(seed: u64) -> Result<Section> {
    let mut rows = Vec::new();
    for behaviour in Behaviour::ALL {
        let honest = behaviour.is_honest();
        let shares: &[u32] = if honest { &[0] } else { &[5, 10, 20] };
        for percent in shares {
            let shifts = if honest { HONEST_SHIFTS } else { SHIFTS };
            let found = cell(behaviour, *percent, shifts, seed);
            let share =
                |hits: u32| format!("{:.1} %", 100.0 * f64::from(hits) / f64::from(found.shifts));
            rows.push(vec![
                behaviour.words().to_owned(),
                if honest { "-".to_owned() } else { format!("{percent} %") },
                share(found.lag),
                share(found.same_time),
                share(found.clustered),
                share(found.departed),
                share(found.order),
                share(found.any),
                format!("{:.2}", f64::from(found.steps) / f64::from(found.shifts)),
            ]);
        }
        crate::say(&format!("contemporaneity, {}", behaviour.words()))?;
    }
    let mut section = Section::plain("Contemporaneity");
    section.say(&format!(
        "Shifts that are made up from seed {seed}: {HONEST_SHIFTS} of each honest kind, {SHIFTS} \
         of each other cell; 56 units of six steps each, of which a device dates two; the station \
         is left by a scan at the next. Honest includes 2 % of steps entered up to 3 minutes late. \
         Assumed durations, not those of a site. A cell says in how many of its shifts a detector \
         hits; the last column, how many single steps of a shift stand out by CT-01."
    ));
    let columns = [
        "behaviour",
        "units so",
        "CT-01",
        "CT-03",
        "CT-05",
        "CT-06",
        "CT-07",
        "any",
        "steps by CT-01",
    ];
    section.table(&columns, &rows);
    Ok(section)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Percent of shifts.
    fn percent(hits: u32, of: Found) -> u32 {
        hits * 100 / of.shifts
    }

    #[test]
    fn honest_shifts_are_rarely_asked_about() {
        for behaviour in Behaviour::ALL.into_iter().filter(|behaviour| behaviour.is_honest()) {
            let found = cell(behaviour, 0, 300, SEED);
            assert!(percent(found.any, found) <= 3, "{behaviour:?}: {found:?}");
            assert_eq!((found.same_time, found.order), (0, 0), "{behaviour:?}: {found:?}");
        }
    }

    #[test]
    fn what_is_planted_is_found_by_the_detectors_made_for_it() {
        let of = |behaviour, share| cell(behaviour, share, 100, SEED);
        let handoff = of(Behaviour::HandoffDump, 20);
        assert!(percent(handoff.clustered, handoff) >= 80, "{handoff:?}");
        let end = of(Behaviour::EndOfShiftDump, 20);
        assert!(percent(end.departed, end) >= 95 && percent(end.lag, end) >= 90, "{end:?}");
        let paced = of(Behaviour::PacedEvader, 20);
        assert!(
            percent(paced.departed, paced) >= 95 && percent(paced.lag, paced) >= 90,
            "{paced:?}"
        );
        let form = of(Behaviour::OneForm, 5);
        assert!(percent(form.same_time, form) >= 90, "{form:?}");
        let claims = of(Behaviour::WrongOrder, 5);
        assert!(percent(claims.order, claims) >= 90, "{claims:?}");
    }

    #[test]
    fn the_same_seed_is_the_same_answer() {
        let once = || cell(Behaviour::HandoffDump, 10, 20, 7);
        assert_eq!(once(), once());
    }
}
