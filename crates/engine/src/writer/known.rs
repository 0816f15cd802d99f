//! Which command ids may stand in the ledger: most commands are new, and need no look into it.
//!
//! ```text
//! ids   0 ……………… begin ……………………………………… end ……… ffff
//!       may stand there   only where held here   may stand there
//! ```
//!
//! Ids that sort by time (UUIDv7) come in the part in the middle: whatever was in the ledger when
//! looking began lies before it, and what was written since is held here, the newest of it.

use std::collections::BTreeSet;

use domain::{CommandId, Time};
use store::LedgerReader;

use crate::error::Result;

/// Ids held at most: those of some seconds, so that clients' clocks may differ by as much.
const HELD_MAX: usize = 1 << 16;
/// How far after now the part in the middle reaches: beyond it lie ids that do not sort by time.
const AHEAD_US: i64 = 24 * 3600 * 1_000_000;
/// How near to its end it is begun anew.
const NEAR_US: i64 = AHEAD_US / 2;

/// What is known of ids.
#[derive(Debug)]
pub(crate) struct KnownIds {
    held: BTreeSet<CommandId>,
    /// The last id before the middle.
    begin: CommandId,
    /// The first id behind it.
    end: CommandId,
    /// When it is begun anew.
    until: Time,
}

/// The first id of a time.
fn first_at(time: Time) -> CommandId {
    let millis = time.0.max(0) / 1000;
    let [_, _, time @ ..] = millis.to_be_bytes();
    let mut id = [0; 16];
    id[..6].copy_from_slice(&time);
    CommandId(id)
}

/// Where the part in the middle ends.
fn end_at(now: Time) -> CommandId {
    first_at(Time(now.0.saturating_add(AHEAD_US)))
}

impl KnownIds {
    /// Begins to look at what is written.
    pub(crate) fn begin(ledger: &LedgerReader, now: Time) -> Result<Self> {
        let last = ledger.last_command_before(end_at(now).0)?;
        Ok(Self::after(CommandId(last.unwrap_or_default()), now))
    }

    /// What is known where this is the last id that the ledger has before [`end_at`].
    fn after(begin: CommandId, now: Time) -> Self {
        let until = Time(now.0.saturating_add(NEAR_US));
        Self { held: BTreeSet::new(), begin, end: end_at(now), until }
    }

    /// Whether a command of that id may stand in the ledger.
    pub(crate) fn may_know(&self, id: CommandId) -> bool {
        id <= self.begin || id >= self.end || self.held.contains(&id)
    }

    /// Whether it is time to begin anew.
    pub(crate) fn is_outdated(&self, now: Time) -> bool {
        now >= self.until
    }

    /// Takes in the id of a command that is written now.
    pub(crate) fn add(&mut self, id: CommandId) {
        if id <= self.begin || id >= self.end {
            return;
        }
        self.held.insert(id);
        if self.held.len() > HELD_MAX {
            self.begin = self.held.pop_first().unwrap_or(self.begin);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::{CommandId, Time};
    use proptest::prelude::*;

    use super::{AHEAD_US, HELD_MAX, KnownIds, end_at, first_at};

    /// Ids of a few times around now, in any order, and some that do not sort by time.
    fn id() -> impl Strategy<Value = CommandId> {
        let near = (-2_i64..=2, any::<[u8; 10]>()).prop_map(|(days, random)| {
            let mut id = first_at(Time(10 * AHEAD_US + days * AHEAD_US)).0;
            id[6..].copy_from_slice(&random);
            CommandId(id)
        });
        prop_oneof![near, any::<[u8; 16]>().prop_map(CommandId)]
    }

    proptest! {
        #[test]
        fn whatever_was_written_may_be_known(
            before in proptest::collection::btree_set(id(), 0..50),
            since in proptest::collection::vec(id(), 0..200),
        ) {
            let now = Time(10 * AHEAD_US);
            let last = before.range(..end_at(now)).next_back().copied();
            let mut known = KnownIds::after(last.unwrap_or(CommandId([0; 16])), now);
            let mut written = before;
            for id in since {
                known.add(id);
                written.insert(id);
            }
            prop_assert!(written.iter().all(|id| known.may_know(*id)));
        }
    }

    #[test]
    fn the_oldest_are_let_go_and_may_still_be_known() {
        let mut known = KnownIds::after(CommandId([0; 16]), Time(0));
        let ids: BTreeSet<CommandId> = (0..HELD_MAX as u64 + 1000)
            .map(|number| {
                let mut id = [0; 16];
                id[8..].copy_from_slice(&number.to_be_bytes());
                CommandId(id)
            })
            .collect();
        ids.iter().for_each(|id| known.add(*id));
        assert_eq!(known.held.len(), HELD_MAX);
        assert!(ids.iter().all(|id| known.may_know(*id)));
        let [newest, new] = [0_u64, 1].map(|more| {
            let mut id = [0; 16];
            id[8..].copy_from_slice(&(HELD_MAX as u64 + 999 + more).to_be_bytes());
            CommandId(id)
        });
        assert!(known.may_know(newest) && !known.may_know(new));
    }
}
