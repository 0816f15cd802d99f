//! What is decided and not durable yet: the draft at hand, and the batch being written.

use std::collections::HashMap;
use std::sync::Arc;

use domain::entry::Entry;
use domain::{Answer, CommandId, Position};
use merkle::Hash;

use super::Asked;
use crate::recorder::{Answered, Batch};
use crate::state::Delta;

/// Commands decided in one commit at most: a commit costs milliseconds, a command microseconds.
const COMMANDS_MAX: usize = 1024;
/// Of those so many are left to commands that came one by one, and so many to those that came in
/// bulk, where such wait: a quarter.
const SHARE_MIN: usize = COMMANDS_MAX / 4;
/// Entries in one commit at most, so that no caller waits long behind a large import.
const ENTRIES_MAX: usize = 8192;

/// Commands and what they come to, in the order they were decided.
#[derive(Default)]
pub(crate) struct Draft {
    asked: Vec<Asked>,
    answers: Vec<Answered>,
    entries: Vec<Entry>,
    given: Given,
    room: Room,
}

/// How much of a draft is taken, by commands that may still have to be decided.
#[derive(Default)]
struct Room {
    singles: usize,
    bulk: usize,
    acts: usize,
}

/// Which of the answers of a batch a command got, and the hash of what it asked.
#[derive(Default)]
struct Given(HashMap<CommandId, (Hash, usize)>);

/// A batch that the recorder writes.
pub(crate) struct Written {
    answers: Arc<Vec<Answered>>,
    entries: Arc<Vec<Entry>>,
    given: Given,
    /// Where the state stands after it.
    pub(super) position: Position,
}

impl Draft {
    pub(super) fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether another that came by itself fits; `beside` says whether others wait in bulk.
    pub(super) fn has_room_for_single(&self, beside: bool) -> bool {
        self.has_room() && (!beside || self.room.singles < COMMANDS_MAX - SHARE_MIN)
    }

    /// Whether another of those in bulk fits.
    pub(super) fn has_room_in_bulk(&self) -> bool {
        self.has_room() && self.room.bulk < COMMANDS_MAX - SHARE_MIN
    }

    /// An act is an entry at least, and may turn out to be more.
    fn has_room(&self) -> bool {
        let Room { singles, bulk, acts } = &self.room;
        singles.saturating_add(*bulk) < COMMANDS_MAX && *acts < ENTRIES_MAX && !self.is_full()
    }

    /// Whether its entries are as many as go into one commit.
    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= ENTRIES_MAX
    }

    /// Sets a place aside for a command that is to be decided.
    pub(super) fn expect(&mut self, asked: &Asked) {
        let room = &mut self.room;
        room.acts = room.acts.saturating_add(asked.command.acts.len());
        let kind = if asked.in_bulk { &mut room.bulk } else { &mut room.singles };
        *kind = kind.saturating_add(1);
    }

    pub(super) fn push(&mut self, asked: Asked, answered: Answered, mut entries: Vec<Entry>) {
        if answered.kept.is_some() {
            self.given.0.insert(asked.id, (asked.body, self.answers.len()));
        }
        self.asked.push(asked);
        self.answers.push(answered);
        self.entries.append(&mut entries);
    }

    /// The answer a command got in it.
    pub(super) fn answer(&self, id: CommandId) -> Option<(Hash, &Answer)> {
        self.given.answer(id, &self.answers)
    }

    /// Forgets what was decided; gives the commands back.
    pub(super) fn undone(&mut self) -> Vec<Asked> {
        std::mem::take(self).asked
    }

    /// What the recorder gets, and what is kept of it meanwhile.
    pub(super) fn handed_over(&mut self, delta: Delta, position: Position) -> (Batch, Written) {
        let Self { asked, answers, entries, given, room: _ } = std::mem::take(self);
        let (answers, entries) = (Arc::new(answers), Arc::new(entries));
        let written = Written {
            answers: Arc::clone(&answers),
            entries: Arc::clone(&entries),
            given,
            position,
        };
        (Batch { asked, answers, entries, delta }, written)
    }
}

impl Given {
    fn answer<'a>(&self, id: CommandId, answers: &'a [Answered]) -> Option<(Hash, &'a Answer)> {
        let (body, at) = self.0.get(&id)?;
        Some((*body, &answers.get(*at)?.answer))
    }
}

impl Written {
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The answer a command got in it.
    pub(super) fn answer(&self, id: CommandId) -> Option<(Hash, &Answer)> {
        self.given.answer(id, &self.answers)
    }

    /// All its answers, in the order they were given.
    pub(super) fn into_answers(self) -> impl Iterator<Item = Answer> {
        let answers = Arc::unwrap_or_clone(self.answers);
        answers.into_iter().map(|answered| answered.answer)
    }
}
