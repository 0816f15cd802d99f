//! The second half of the write path: a thread that writes what the writer decided.
//!
//! ```text
//! writer    decides batch n + 1 on its state ──▶ one batch at a time ──┐
//! recorder  encodes, salts, hashes, inserts batch n ◀──────────────────┘
//!           one durable commit ──▶ follower, and ──▶ writer, which answers
//! ```
//!
//! Invariants: batches are written in the order they were decided, as a whole or not at all; a
//! failed write of the ledger ends the thread; a panic rolls the batch at hand back and gives its
//! commands back to the writer, which takes them one by one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use domain::act::Act;
use domain::entry::Entry;
use domain::{Answer, Time};
use merkle::note::PublicKey;

use crate::error::{Error, Result};
use crate::follower::{Alive, Committed, Published};
use crate::keeper::{Head, Keeper};
use crate::state::Delta;
use crate::writer::{Asked, said};

/// What the writer wants written.
pub(crate) enum Work {
    Batch(Box<Batch>),
    /// An entry of the ledger's own, received at that time, and what the writer's state became.
    ChangeKey(KeyChange, Time, Box<Delta>),
    /// The last head is to stay.
    Publish,
}

/// What is to become of the signing keys.
pub(crate) enum KeyChange {
    /// A new one takes the place of the one in force.
    Rotate,
    /// A former one is not to be believed any more.
    Revoke { key: Box<PublicKey>, reason: String },
}

/// Commands that were decided, with everything they come to.
pub(crate) struct Batch {
    pub(crate) asked: Vec<Asked>,
    /// One for each of them.
    pub(crate) answers: Arc<Vec<Answered>>,
    pub(crate) entries: Arc<Vec<Entry>>,
    pub(crate) delta: Delta,
}

/// The answer to a command.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) answer: Answer,
    /// What is kept of it; absent: it was given before and is kept already.
    pub(crate) kept: Option<Vec<u8>>,
    /// How many entries it has.
    pub(crate) entries: usize,
}

/// What became of a piece of work.
pub(crate) enum Done {
    /// These commands are durable.
    Kept(Vec<Asked>),
    /// These met a bug: nothing of them was kept.
    Undone(Vec<Asked>, String),
    /// Keys were changed, or a head published.
    Head(Head),
    /// Writing has ended for good.
    Failed(Error, Vec<Asked>),
}

pub(crate) struct Recorder {
    pub(crate) keeper: Keeper,
    pub(crate) folder: Arc<store::Folder>,
    pub(crate) work: Receiver<Work>,
    pub(crate) done: Sender<Done>,
    pub(crate) follower: Sender<Committed>,
    pub(crate) published: Arc<Published>,
}

impl Recorder {
    /// Works until the writer is gone or a write fails.
    pub(crate) fn run(mut self) {
        let _alive = Alive(Arc::clone(&self.published));
        while let Ok(work) = self.work.recv() {
            let done = match work {
                Work::Batch(batch) => self.batch(*batch),
                Work::ChangeKey(change, received, delta) => {
                    let head = self.change_key(&change, received, *delta);
                    head.map_or_else(|error| Done::Failed(error, Vec::new()), Done::Head)
                }
                Work::Publish => {
                    let head = self.keeper.publish();
                    head.map_or_else(|error| Done::Failed(error, Vec::new()), Done::Head)
                }
            };
            let failed = matches!(done, Done::Failed(..));
            if self.done.send(done).is_err() || failed {
                return;
            }
        }
    }

    fn batch(&mut self, batch: Batch) -> Done {
        let Batch { asked, answers, entries, delta } = batch;
        let written = catch_unwind(AssertUnwindSafe(|| self.write(&asked, &answers, &entries)));
        let kept = match written {
            Ok(written) => written.and_then(|()| self.keeper.commit()),
            Err(panic) => {
                return match self.keeper.rollback() {
                    Ok(()) => Done::Undone(asked, said(panic.as_ref())),
                    Err(error) => Done::Failed(error, asked),
                };
            }
        };
        match kept.and_then(|head| self.follow(Committed { entries, delta, head })) {
            Ok(()) => Done::Kept(asked),
            Err(error) => Done::Failed(error, asked),
        }
    }

    fn write(&mut self, asked: &[Asked], answers: &[Answered], entries: &[Entry]) -> Result<()> {
        self.keeper.begin()?;
        let mut entries = entries.iter();
        for (asked, answered) in asked.iter().zip(answers) {
            for entry in entries.by_ref().take(answered.entries) {
                self.append(entry, asked)?;
            }
            if let Some(kept) = &answered.kept {
                self.keeper.put_answer(asked.id, asked.body, kept)?;
            }
        }
        Ok(())
    }

    fn append(&mut self, entry: &Entry, asked: &Asked) -> Result<()> {
        let signing = asked.signing.as_deref().filter(|_| entry.context.signed.is_some());
        self.keeper.append(entry, signing)?;
        if let Act::Erase(erase) = &entry.fact {
            self.keeper.erase(erase.person.as_str(), entry.position)?;
        }
        Ok(())
    }

    fn change_key(&mut self, change: &KeyChange, received: Time, delta: Delta) -> Result<Head> {
        let head = match change {
            KeyChange::Rotate => self.keeper.rotate(received, &self.folder),
            KeyChange::Revoke { key, reason } => self.keeper.revoke(received, key, reason),
        }?;
        self.follow(Committed { entries: Arc::default(), delta, head: head.clone() })?;
        Ok(head)
    }

    fn follow(&self, committed: Committed) -> Result<()> {
        self.follower.send(committed).map_err(|_| self.published.stopped())
    }
}
