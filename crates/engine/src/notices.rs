//! What stations are told at once: where in the ledger holds, nonconformances and what became of
//! them stand.
//!
//! The index holds a position and a code for each; what there is to say is looked up when somebody
//! asks. So a reader who says how far it has seen misses nothing, however long it was away and
//! however slowly it reads, and nothing is queued for anybody.
//!
//! Invariant: an entry is in the index before the state that readers see holds it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use domain::act::Act;
use domain::entry::Entry;
use domain::{HoldCode, NonconformanceCode, Position, StationCode};
use parking_lot::{Mutex, RwLock};

use crate::state::State;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notable {
    /// A hold was placed.
    Placed(HoldCode),
    /// A hold was lifted.
    Lifted(HoldCode),
    /// A station acknowledged a hold.
    Acknowledged(HoldCode, StationCode),
    /// Something does not conform.
    Opened(NonconformanceCode),
    /// It was decided about.
    Decided(NonconformanceCode),
}

type Wake = Arc<dyn Fn() + Send + Sync>;

/// Where it stands, and who is woken when more comes.
#[derive(Default)]
pub(crate) struct Notices {
    index: RwLock<BTreeMap<Position, Notable>>,
    wake: Mutex<Option<Wake>>,
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notices").field("count", &self.index.read().len()).finish_non_exhaustive()
    }
}

impl Notices {
    /// All that a state knows of.
    pub(crate) fn of(state: &State) -> Self {
        let mut index = BTreeMap::new();
        for (code, hold) in state.holds() {
            index.insert(hold.position, Notable::Placed(code.clone()));
            for (station, said) in &hold.acknowledged {
                index.insert(said.by, Notable::Acknowledged(code.clone(), station.clone()));
            }
            if let Some(lifted) = &hold.lifted {
                index.insert(lifted.by, Notable::Lifted(code.clone()));
            }
        }
        for (code, opened) in &state.floor().nonconformances {
            index.insert(opened.position, Notable::Opened(code.clone()));
            if let Some((_, by)) = opened.decided {
                index.insert(by, Notable::Decided(code.clone()));
            }
        }
        Self { index: RwLock::new(index), wake: Mutex::default() }
    }

    /// Takes in what entries say; answers whether they say anything.
    pub(crate) fn add(&self, entries: &[Entry]) -> bool {
        let mut noted = entries.iter().filter_map(noted).peekable();
        let any = noted.peek().is_some();
        if any {
            self.index.write().extend(noted);
        }
        any
    }

    /// What stands after a position, up to another.
    pub(crate) fn between(&self, after: Option<Position>, last: Position) -> Between {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        if after.is_some_and(|after| after >= last) {
            return Vec::new();
        }
        let index = self.index.read();
        let found = index.range((from, Bound::Included(last)));
        found.map(|(position, notable)| (*position, notable.clone())).collect()
    }

    /// Has something woken from now on when more comes.
    pub(crate) fn wake_with(&self, wake: Wake) {
        *self.wake.lock() = Some(wake);
    }

    /// Wakes who waits for more.
    pub(crate) fn wake(&self) {
        let wake = self.wake.lock().clone();
        if let Some(wake) = wake {
            wake();
        }
    }
}

/// Positions, and what stands there.
pub(crate) type Between = Vec<(Position, Notable)>;

fn noted(entry: &Entry) -> Option<(Position, Notable)> {
    let notable = match &entry.fact {
        Act::Hold(v) => Notable::Placed(v.code.clone()),
        Act::Lift(v) => Notable::Lifted(v.code.clone()),
        Act::AcknowledgeHold(v) => {
            Notable::Acknowledged(v.code.clone(), entry.context.station.clone()?)
        }
        Act::OpenNonconformance(v) => Notable::Opened(v.code.clone()?),
        Act::Dispose(v) => Notable::Decided(v.nonconformance.clone()),
        _ => return None,
    };
    Some((entry.position, notable))
}
