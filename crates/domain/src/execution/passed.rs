//! What of its route an item has passed: part of the item's own state.
//!
//! Invariant: the effects can be taken in any order, as all effects on items: an execution's end
//! says more than its start, whichever comes first.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};

use crate::act::{Act, Fact, InheritedWork, MovedTo, PassedOperation, ReleasedBy, either};
use crate::entry::Entry;
use crate::instruction::MasterHash;
use crate::noun::{ItemId, OperationCode, Position};

/// One execution on an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Run {
    /// Which operation, by which version; absent until its start is known.
    pub of: Option<(OperationCode, MasterHash)>,
    /// The entry that completed it.
    pub completed: Option<Position>,
    /// The entry that abandoned it.
    pub abandoned: Option<Position>,
}

/// The same of any item: what never was in work takes no room.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Progress(Option<Box<Passed>>);

static NOTHING: Passed = Passed {
    runs: BTreeMap::new(),
    again: BTreeMap::new(),
    assigned: BTreeMap::new(),
    releases: BTreeMap::new(),
};

impl Deref for Progress {
    type Target = Passed;

    fn deref(&self) -> &Passed {
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

impl DerefMut for Progress {
    fn deref_mut(&mut self) -> &mut Passed {
        self.0.get_or_insert_with(Box::default)
    }
}

/// The executions on an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Passed {
    /// By the entry that started each.
    pub runs: BTreeMap<Position, Run>,
    /// Operations that decisions want done again, by the entry of the decision.
    pub again: BTreeMap<Position, Vec<OperationCode>>,
    /// Versions it was moved to, by the entry that did so.
    pub assigned: BTreeMap<Position, MasterHash>,
    /// The records it was released on, by the entry that did so.
    pub releases: BTreeMap<Position, String>,
}

impl Passed {
    /// Takes in the start or the end of an execution.
    pub(crate) fn apply(&mut self, entry: &Entry) {
        let position = entry.position;
        if let Act::StartWork(v) = &entry.fact {
            self.runs.entry(position).or_default().of = v.operation.clone().zip(v.master.clone());
        }
        if let Act::Release(v) = &entry.fact {
            self.releases.insert(position, v.record.clone());
        }
        if let Act::AbandonWork(v) = &entry.fact {
            self.runs.entry(v.execution).or_default().abandoned = Some(position);
        }
        if let Act::CloseStep(v) = &entry.fact
            && v.completes.is_some()
        {
            self.runs.entry(v.execution).or_default().completed = Some(position);
        }
    }

    /// What something that is parted off takes over; none: nothing was done.
    pub(crate) fn inheritance(&self, is_released: bool) -> Option<Box<InheritedWork>> {
        let again = |code: &OperationCode, completed: Position| {
            self.again.iter().any(|(by, codes)| *by > completed && codes.contains(code))
        };
        let passed = self.runs.iter().filter_map(|(started, run)| {
            let ((operation, master), completed) = (run.of.clone()?, run.completed?);
            let counts = !again(&operation, completed);
            let started = *started;
            counts.then_some(PassedOperation { operation, master, started, completed })
        });
        let moved = self.assigned.iter();
        let last = self.releases.last_key_value().filter(|_| is_released);
        let work = InheritedWork {
            passed: passed.collect(),
            moved: moved.map(|(by, master)| MovedTo { master: master.clone(), by: *by }).collect(),
            released: last.map(|(by, record)| ReleasedBy { record: record.clone(), by: *by }),
        };
        let nothing = work.passed.is_empty() && work.moved.is_empty() && work.released.is_none();
        (!nothing).then(|| Box::new(work))
    }

    /// Takes over what was done on what it was parted off.
    pub(crate) fn inherit(&mut self, work: &InheritedWork) {
        for passed in &work.passed {
            let of = Some((passed.operation.clone(), passed.master.clone()));
            let run = Run { of, completed: Some(passed.completed), abandoned: None };
            self.runs.insert(passed.started, run);
        }
        self.assigned.extend(work.moved.iter().map(|moved| (moved.by, moved.master.clone())));
        self.releases.extend(work.released.iter().map(|held| (held.by, held.record.clone())));
    }

    /// The entry that last released it, whether or not its record changed since.
    #[must_use]
    pub fn released(&self) -> Option<Position> {
        self.releases.last_key_value().map(|(position, _)| *position)
    }

    /// The execution it is in now.
    #[must_use]
    pub fn open(&self) -> Option<Position> {
        self.all_open().next()
    }

    /// Every execution it is in now: one, or more where reports told of several at once.
    pub fn all_open(&self) -> impl Iterator<Item = Position> + '_ {
        let open = |run: &Run| run.completed.is_none() && run.abandoned.is_none();
        self.runs.iter().filter(move |(_, run)| open(run)).map(|(position, _)| *position)
    }

    /// The version it is made by: the one it was last moved to, else the one it was begun by. A
    /// start by another version, told afterwards, moves it nowhere.
    #[must_use]
    pub fn master(&self) -> Option<&MasterHash> {
        self.masters().next()
    }

    /// The versions it was ever made by, the last one first.
    pub fn masters(&self) -> impl Iterator<Item = &MasterHash> {
        let mut started = self.runs.values().filter_map(|run| run.of.as_ref());
        let begun = started.next().map(|(_, hash)| hash);
        self.assigned.values().rev().chain(begun)
    }

    /// When it was last moved to one of these versions.
    #[must_use]
    pub fn moved_to(&self, by: &dyn Fn(&MasterHash) -> bool) -> Option<Position> {
        self.assigned.iter().rev().find(|(_, hash)| by(hash)).map(|(position, _)| *position)
    }

    /// The entry that completed an operation of one of these versions, unless it is to be done
    /// again.
    #[must_use]
    pub fn done(
        &self,
        operation: &OperationCode,
        by: &dyn Fn(&MasterHash) -> bool,
    ) -> Option<Position> {
        let again = self
            .again
            .iter()
            .filter(|(_, operations)| operations.contains(operation))
            .map(|(position, _)| *position)
            .max();
        self.runs
            .values()
            .filter(|run| run.of.as_ref().is_some_and(|(code, hash)| code == operation && by(hash)))
            .filter_map(|run| run.completed)
            .filter(|completed| Some(*completed) > again)
            .max()
    }
}

/// Whether a fact changes what the record says of how an item was made, rather than where it is.
#[must_use]
pub(crate) fn changes_record(fact: &Fact, item: ItemId) -> bool {
    match fact {
        Act::Step(v) => v.items.iter().any(|w| w.item == item) || v.covers.contains(&item),
        Act::Install(v) => v.parent == item,
        Act::Remove(v) => v.parent == item,
        Act::Replace(v) => v.parent == item,
        Act::Consume(v) => v.into.contains(&item),
        Act::Transform(v) => v.outputs.contains(&item),
        either!(labels workings StartWork AssignMaster OpenNonconformance Dispose Correct
            VoidSignature SignAgain) => true,
        either!(
            parties definitions quantities loadings moves decisions masters Create Receive Split
            Merge Assign Except CloseException Refuse Erase Import DeclareError NoteAccount
            FreezeScope Release
        ) => false,
    }
}
