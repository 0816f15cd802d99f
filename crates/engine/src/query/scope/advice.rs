//! What widened a scope, in words: what to find out first.

use domain::backflush::Change;
use domain::{Part, Position};
use genealogy::{Cause, ItemIndex, Scope, Standing, Widening};

use super::Advice;
use crate::query::evidence::listed;
use crate::query::seen::Seen;

impl Seen<'_> {
    /// The advice of a scope, the widest first.
    pub(super) fn advice(&self, scope: &Scope) -> Vec<Advice> {
        let said = |widening: &Widening| {
            let items = widening.items;
            let text = match &widening.cause {
                Cause::NoCapture { of, line } => uncaptured(of.as_ref(), line, items),
                Cause::Candidates { candidates } => self.undecided(scope, candidates, items),
            };
            Advice { text, items }
        };
        scope.widenings.iter().map(said).collect()
    }

    fn undecided(&self, scope: &Scope, candidates: &[ItemIndex], items: usize) -> String {
        let source = scope.items.iter().find_map(|item| match &item.standing {
            Standing::Possible {
                reason: genealogy::Reason::Candidates { source, candidates: own, .. },
            } if own.as_slice() == candidates => Some(*source),
            Standing::Possible { .. } | Standing::Proven | Standing::Cleared { .. } => None,
        });
        source.and_then(|source| self.untimed(source, candidates, items)).unwrap_or_else(|| {
            let names: Vec<_> = candidates.iter().map(|index| self.name(*index)).collect();
            format!(
                "which of {} went in was not captured: finding out clears up to {items}",
                listed(&names)
            )
        })
    }

    /// The change at the run's station that leaves open which candidate it took.
    fn untimed(&self, source: Position, candidates: &[ItemIndex], items: usize) -> Option<String> {
        let run = self.entry(source)?;
        let station = run.context.station.as_ref()?;
        let concerns = |change: &&Change| {
            let lot = change.lot.or(change.off).and_then(|lot| self.index_of(lot));
            self.view.knows(change.position) && lot.is_some_and(|lot| candidates.contains(&lot))
        };
        let mut mixed = None;
        for (slot, changes) in self.state.slots_of(station) {
            let changes: Vec<&Change> = changes.iter().filter(concerns).collect();
            let near = |change: &&&Change| {
                let Change { performed, .. } = change;
                performed.from < performed.to && performed.overlaps(&run.context.performed)
            };
            if let Some(change) = changes.iter().find(near) {
                let performed = change.performed;
                return Some(format!(
                    "the change of slot {slot} at station {station} between {} and {} was not \
                     timed: its log clears up to {items}",
                    performed.from, performed.to
                ));
            }
            if changes.iter().any(|change| change.adds) {
                mixed.get_or_insert(slot);
            }
        }
        let names: Vec<_> = candidates.iter().map(|index| self.name(*index)).collect();
        Some(match mixed {
            Some(slot) => format!(
                "{} were mixed in slot {slot} at station {station}: nothing tells {items} items \
                 apart",
                listed(&names)
            ),
            None => format!(
                "which of {} was loaded at station {station} during a run was not timed: its log \
                 clears up to {items}",
                listed(&names)
            ),
        })
    }
}

fn uncaptured(of: Option<&Part>, line: &Part, items: usize) -> String {
    let of = of.map_or("items without a part".to_owned(), ToString::to_string);
    format!("which {line} went into {of} was not captured: finding out clears up to {items}")
}
