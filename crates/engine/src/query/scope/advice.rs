//! What widened a scope, in words: what to find out first.
//!
//! Items that are possible for want of the same thing are one piece of advice. Which candidate a
//! run took is left open by a change at its station: each change that nobody timed is advice of its
//! own, even where several are between the same lots.
//!
//! Limits: [`RUNS_MAX`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use domain::backflush::Change;
use domain::{Part, Position, SlotCode, StationCode, Time};
use genealogy::{Cause, ItemIndex, Scope, Standing};

use super::Advice;
use crate::query::evidence::listed;
use crate::query::seen::Seen;

/// Most runs whose entry is looked at, about a second's work; the others of the same candidates
/// are counted together.
const RUNS_MAX: usize = 50_000;

/// What leaves open which candidate a run took.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Open {
    /// A change at a slot some time between two moments, that nobody timed better.
    Change { station: StationCode, slot: SlotCode, performed: (Time, Time) },
    /// The candidates were in one slot together.
    Mixed { station: StationCode, slot: SlotCode },
    /// One was loaded while the run went on.
    During { station: StationCode },
    /// The fact itself names several.
    Told,
}

impl Seen<'_> {
    /// The advice of a scope, the widest first.
    pub(super) fn advice(&self, scope: &Scope) -> Vec<Advice> {
        let mut runs = self.runs(scope);
        let mut advice = Vec::new();
        for widening in &scope.widenings {
            match &widening.cause {
                Cause::NoCapture { of, line } => {
                    let items = widening.items;
                    advice.push(Advice { text: uncaptured(of.as_ref(), line, items), items });
                }
                Cause::Candidates { candidates } => {
                    let open = runs.remove(candidates.as_slice()).unwrap_or_default();
                    let said = open.into_iter().map(|(open, items)| Advice {
                        text: self.undecided(&open, candidates, items),
                        items,
                    });
                    advice.extend(said);
                }
            }
        }
        advice.sort_by_key(|advice| Reverse(advice.items));
        advice
    }

    /// For each set of candidates, what leaves it open and in how many items.
    fn runs<'s>(&self, scope: &'s Scope) -> HashMap<&'s [ItemIndex], BTreeMap<Open, usize>> {
        let mut known: HashMap<(Position, &[ItemIndex]), Open> = HashMap::new();
        let mut runs: HashMap<&[ItemIndex], BTreeMap<Open, usize>> = HashMap::new();
        for item in &scope.items {
            let Standing::Possible {
                reason: genealogy::Reason::Candidates { source, candidates, .. },
            } = &item.standing
            else {
                continue;
            };
            let run = (*source, candidates.as_slice());
            let open = match known.get(&run) {
                Some(open) => open.clone(),
                None if known.len() < RUNS_MAX => {
                    let open = self.untimed(*source, candidates);
                    known.insert(run, open.clone());
                    open
                }
                None => Open::Told,
            };
            *runs.entry(candidates.as_slice()).or_default().entry(open).or_default() += 1;
        }
        runs
    }

    /// The change at the run's station that leaves open which candidate it took.
    fn untimed(&self, source: Position, candidates: &[ItemIndex]) -> Open {
        let run = self.entry(source);
        let Some((run, station)) = run.as_ref().and_then(|run| {
            let station = run.context.station.clone()?;
            Some((run.context.performed, station))
        }) else {
            return Open::Told;
        };
        let concerns = |change: &&Change| {
            let lot = change.lot.or(change.off).and_then(|lot| self.index_of(lot));
            self.view.knows(change.position) && lot.is_some_and(|lot| candidates.contains(&lot))
        };
        let mut mixed = None;
        for (slot, changes) in self.state.slots_of(&station) {
            let changes: Vec<&Change> = changes.iter().filter(concerns).collect();
            let near = |change: &&&Change| {
                let Change { performed, .. } = change;
                performed.from < performed.to && performed.overlaps(&run)
            };
            if let Some(change) = changes.iter().find(near) {
                let performed = (change.performed.from, change.performed.to);
                return Open::Change { slot: slot.clone(), station: station.clone(), performed };
            }
            if changes.iter().any(|change| change.adds) {
                mixed.get_or_insert(slot);
            }
        }
        match mixed.cloned() {
            Some(slot) => Open::Mixed { station, slot },
            None => Open::During { station },
        }
    }

    fn undecided(&self, open: &Open, candidates: &[ItemIndex], items: usize) -> String {
        let names: Vec<_> = candidates.iter().map(|index| self.name(*index)).collect();
        let names = listed(&names);
        match open {
            Open::Change { station, slot, performed: (from, to) } => format!(
                "the change of slot {slot} at station {station} between {from} and {to} was not \
                 timed: its log clears up to {items}"
            ),
            Open::Mixed { station, slot } => format!(
                "{names} were mixed in slot {slot} at station {station}: nothing tells {items} \
                 items apart"
            ),
            Open::During { station } => format!(
                "which of {names} was loaded at station {station} during a run was not timed: its \
                 log clears up to {items}"
            ),
            Open::Told => {
                format!(
                    "which of {names} went in was not captured: finding out clears up to {items}"
                )
            }
        }
    }
}

fn uncaptured(of: Option<&Part>, line: &Part, items: usize) -> String {
    let of = of.map_or("items without a part".to_owned(), ToString::to_string);
    format!("which {line} went into {of} was not captured: finding out clears up to {items}")
}
