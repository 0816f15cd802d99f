//! The one write path: a thread that drains the queues, decides, appends, commits, answers.
//!
//! ```text
//! submit     -> queue (bounded) -\
//! submit_all -> bulk (bounded)  --> batch: decide each in order, append -> one durable commit
//!                                                                        -> follower -> answers
//! ```
//!
//! What comes one by one goes before what comes in bulk, so a person at a station waits for the
//! batch that is being written and for none of the thousands behind it; of each batch a share is
//! left to the bulk, so neither waits for ever.
//!
//! Invariants: nothing is answered before its commit; a failed ledger write stops the thread, and
//! a restart takes the one recovery path. A crash loses only what was not answered.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use domain::act::Act;
use domain::entry::Entry;
use domain::start::Start;
use domain::{Answer, Code, Command, CommandId, ItemId, Position, Rejection, Time};
use merkle::Hash;
use merkle::entry::{MEMBER_VALUE_BYTES_MAX, SALT_BYTES};
use merkle::note::PublicKey;

use store::SEALED_BYTES_MAX;

use crate::awaited::Answering;
use crate::decide::{Decider, Finder};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::follower::{Alive, Committed, Published};
use crate::keeper::{Head, Keeper, Stored};
use crate::signing::Signing;
use crate::starts;
use crate::state::State;

/// Commands that came one by one waiting at most; beyond it callers are told to come back.
pub const QUEUE_COMMANDS_MAX: usize = 4096;
/// Commands that came in bulk waiting at most: a few batches; beyond it their callers wait.
pub(crate) const BULK_COMMANDS_MAX: usize = 4096;
/// Commands decided in one commit at most: a commit costs milliseconds, a command microseconds.
const BATCH_COMMANDS_MAX: usize = 1024;
/// Of those so many are left to commands that came in bulk, where so many wait: a quarter.
const BATCH_BULK_MIN: usize = BATCH_COMMANDS_MAX / 4;
/// Entries in one commit at most, so that no caller waits long behind a large import.
const BATCH_ENTRIES_MAX: usize = 8192;

/// What a caller gets back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// Under which command id.
    pub command: CommandId,
    /// Reading at this position or later shows it.
    pub position: Position,
}

pub(crate) enum Request {
    Command(Asked),
    ChangeKey { change: KeyChange, reply: Sender<Result<()>> },
    Publish { reply: Sender<Result<Head>> },
    Stop,
}

/// What is to become of the signing keys.
pub(crate) enum KeyChange {
    /// A new one takes the place of the one in force.
    Rotate,
    /// A former one is not to be believed any more.
    Revoke { key: Box<PublicKey>, reason: String },
}

pub(crate) struct Writer {
    pub(crate) keeper: Keeper,
    pub(crate) state: State,
    pub(crate) fields: Fields,
    pub(crate) queue: Receiver<Request>,
    pub(crate) bulk: Receiver<Asked>,
    pub(crate) follower: Sender<Committed>,
    pub(crate) published: Arc<Published>,
    /// Builds the state anew, after a panic left it in doubt.
    pub(crate) rebuild: Box<dyn Fn() -> Result<State> + Send>,
    pub(crate) folder: Arc<store::Folder>,
}

/// A command with where its answer goes.
pub(crate) struct Asked {
    pub(crate) command: Box<Command>,
    pub(crate) id: CommandId,
    pub(crate) body: Hash,
    /// How long the body is.
    pub(crate) bytes: usize,
    pub(crate) by: String,
    pub(crate) reply: Answering,
    /// Who signs it.
    pub(crate) signing: Option<Box<Signing>>,
}

/// What is decided and committed together.
struct Batch {
    asked: Vec<Asked>,
    acts: usize,
}

impl Batch {
    fn of(first: Asked) -> Self {
        Self { acts: first.command.acts.len(), asked: vec![first] }
    }

    /// Whether another fits, with so many places left to others. An act is an entry at least.
    fn has_room(&self, left_to_others: usize) -> bool {
        self.asked.len().saturating_add(left_to_others) < BATCH_COMMANDS_MAX
            && self.acts < BATCH_ENTRIES_MAX
    }

    fn push(&mut self, asked: Asked) {
        self.acts = self.acts.saturating_add(asked.command.acts.len());
        self.asked.push(asked);
    }
}

impl Writer {
    /// Works until told to stop or until a write fails.
    pub(crate) fn run(mut self) {
        let _alive = Alive(Arc::clone(&self.published));
        let mut held_over = None;
        loop {
            let Some(first) = held_over.take().or_else(|| self.next()) else { return };
            let done = match first {
                Request::Stop => return,
                Request::ChangeKey { change, reply } => self.change_key(&change, &reply),
                Request::Publish { reply } => self.publish(&reply),
                Request::Command(asked) => {
                    let (batch, next) = self.drain(asked);
                    held_over = next;
                    self.batch(&batch.asked)
                }
            };
            if let Err(error) = done {
                let why = crate::chain(&error);
                tracing::error!(error = why, "the writer stops");
                self.published.fail(&why);
                return;
            }
        }
    }

    /// Ends writing for good; answers what to tell those who wait.
    fn give_up(&self, error: &Error) -> Error {
        self.published.fail(&crate::chain(error));
        self.published.stopped()
    }

    fn publish(&mut self, reply: &Sender<Result<Head>>) -> Result<()> {
        match self.keeper.publish() {
            Ok(head) => {
                respond(reply, Ok(head));
                Ok(())
            }
            Err(error) => {
                respond(reply, Err(self.give_up(&error)));
                Err(error)
            }
        }
    }

    /// Waits for what is to be done next; none when nobody can ask any more.
    fn next(&self) -> Option<Request> {
        if let Ok(request) = self.queue.try_recv() {
            return Some(request);
        }
        crossbeam_channel::select! {
            recv(self.queue) -> request => request.ok(),
            recv(self.bulk) -> asked => match asked {
                Ok(asked) => Some(Request::Command(asked)),
                Err(_) => self.queue.recv().ok(),
            },
        }
    }

    /// The batch that begins with a command, and what must not be in it.
    fn drain(&self, first: Asked) -> (Batch, Option<Request>) {
        // A hold by query looks at everything recorded so far: it stands alone.
        let alone = asks_everything(&first.command);
        let mut batch = Batch::of(first);
        if alone {
            return (batch, None);
        }
        let bulk = self.bulk.len().min(BATCH_BULK_MIN);
        while batch.has_room(bulk) {
            match self.queue.try_recv() {
                Ok(Request::Command(asked)) if !asks_everything(&asked.command) => {
                    batch.push(asked);
                }
                Ok(other) => return (batch, Some(other)),
                Err(_) => break,
            }
        }
        while batch.has_room(0) {
            match self.bulk.try_recv() {
                Ok(asked) if asks_everything(&asked.command) => {
                    return (batch, Some(Request::Command(asked)));
                }
                Ok(asked) => batch.push(asked),
                Err(_) => break,
            }
        }
        (batch, None)
    }

    /// Decides and commits a batch; a panic rolls it back and takes it one by one.
    fn batch(&mut self, batch: &[Asked]) -> Result<()> {
        let mut rest = batch;
        while !rest.is_empty() {
            match self.attempt(rest) {
                Ok(taken) => rest = rest.get(taken..).unwrap_or_default(),
                Err(Attempt::Failed(error)) => {
                    rest.iter().for_each(|asked| asked.reply.answer(Err(self.give_up(&error))));
                    return Err(error);
                }
                Err(Attempt::Panicked(what)) => {
                    self.recover()?;
                    self.one_by_one(rest, &what)?;
                    rest = &[];
                }
            }
        }
        Ok(())
    }

    fn one_by_one(&mut self, batch: &[Asked], first_panic: &str) -> Result<()> {
        tracing::error!(panic = first_panic, "a command met a bug; its batch is taken one by one");
        for asked in batch {
            match self.attempt(std::slice::from_ref(asked)) {
                Ok(_) => {}
                Err(Attempt::Failed(error)) => {
                    asked.reply.answer(Err(self.give_up(&error)));
                    return Err(error);
                }
                Err(Attempt::Panicked(what)) => {
                    asked.reply.answer(Err(Error::Poison(what)));
                    self.recover()?;
                }
            }
        }
        Ok(())
    }

    fn recover(&mut self) -> Result<()> {
        self.keeper.rollback()?;
        self.state = (self.rebuild)()?;
        Ok(())
    }

    /// Decides as many as one commit takes, commits, answers; says how many.
    fn attempt(&mut self, batch: &[Asked]) -> std::result::Result<usize, Attempt> {
        let worked = catch_unwind(AssertUnwindSafe(|| self.decide_all(batch)));
        let (entries, answers) = match worked {
            Ok(Ok(decided)) => decided,
            Ok(Err(error)) => return Err(Attempt::Failed(error)),
            Err(panic) => return Err(Attempt::Panicked(said(panic.as_ref()))),
        };
        let head = self.keeper.commit().map_err(Attempt::Failed)?;
        self.state.keep();
        let position = self.state.next();
        let delta = self.state.delta().map_err(Attempt::Failed)?;
        let committed = Committed { entries, delta, head };
        if self.follower.send(committed).is_err() {
            return Err(Attempt::Failed(self.published.stopped()));
        }
        let taken = answers.len();
        for (asked, answer) in batch.iter().zip(answers) {
            let reply = answer.map(|answer| Reply { answer, command: asked.id, position });
            asked.reply.answer(reply);
        }
        Ok(taken)
    }

    fn decide_all(&mut self, batch: &[Asked]) -> Result<(Vec<Entry>, Vec<Result<Answer>>)> {
        // Stands alone in its batch; where the rows it looks at are late, it alone is put off.
        if batch.iter().any(|asked| asks_everything(&asked.command)) {
            match self.published.wait_for(self.state.next()) {
                Ok(()) => {}
                Err(behind @ Error::Behind { .. }) => {
                    self.keeper.begin()?;
                    return Ok((Vec::new(), vec![Err(behind)]));
                }
                Err(error) => return Err(error),
            }
        }
        self.keeper.begin()?;
        let mut entries: Vec<Entry> = Vec::with_capacity(batch.len());
        let mut answers = Vec::with_capacity(batch.len());
        for asked in batch {
            if entries.len() >= BATCH_ENTRIES_MAX {
                break;
            }
            let before = self.keeper.answer(asked.id)?;
            let answer = match before {
                Some((body, answer)) if body == asked.body => answer,
                Some(_) => Answer::Rejected(Rejection::single(
                    Code::CommandReused,
                    format!("command {} was given before with another body", asked.id),
                    "use a new id for a new command, or send exactly the same body to retry",
                )),
                None => self.decide(asked, &mut entries)?,
            };
            answers.push(Ok(answer));
        }
        Ok((entries, answers))
    }

    fn decide(&mut self, asked: &Asked, entries: &mut Vec<Entry>) -> Result<Answer> {
        self.fields.refresh(&self.state);
        let now = Time(self.keeper.next_received_us());
        let mark = self.state.mark();
        let reader = self.keeper.reader();
        let stored = Stored::new(reader);
        let finder = Everything { published: &self.published, folder: &self.folder };
        let mut decider = Decider {
            state: &mut self.state,
            stored: &stored,
            fields: &mut self.fields,
            finder: &finder,
            now,
            pending: Vec::new(),
        };
        let signing = asked.signing.as_deref();
        let mut answer = decider.decide(&asked.command, asked.id, (&asked.by, signing));
        let mut pending = std::mem::take(&mut decider.pending);
        stored.finish()?;
        if let Some(rejection) = too_large(&pending).or_else(|| too_long(&pending, asked.bytes)) {
            self.state.undo_to(mark);
            pending.clear();
            answer = Answer::Rejected(rejection);
        }
        for entry in &pending {
            self.keeper.append(entry, signing.filter(|_| entry.context.signed.is_some()))?;
            if let Act::Erase(erase) = &entry.fact {
                self.keeper.erase(erase.person.as_str(), entry.position)?;
            }
        }
        self.keeper.put_answer(asked.id, asked.body, &answer)?;
        entries.append(&mut pending);
        Ok(answer)
    }

    fn change_key(&mut self, change: &KeyChange, reply: &Sender<Result<()>>) -> Result<()> {
        let position = Position(self.keeper.size());
        let changed = match change {
            KeyChange::Rotate => self.keeper.rotate(&self.folder),
            KeyChange::Revoke { key, reason } => self.keeper.revoke(key, reason),
        };
        match changed {
            Ok(head) => {
                self.state.pass(position);
                self.state.keep();
                let delta = self.state.delta()?;
                let sent = self.follower.send(Committed { entries: Vec::new(), delta, head });
                respond(reply, sent.map_err(|_| self.published.stopped()));
                Ok(())
            }
            Err(error) => {
                respond(reply, Err(self.give_up(&error)));
                Err(error)
            }
        }
    }
}

enum Attempt {
    Failed(Error),
    Panicked(String),
}

/// Looks in what is published, which has caught up with the ledger.
struct Everything<'a> {
    published: &'a Published,
    folder: &'a store::Folder,
}

impl Finder for Everything<'_> {
    fn find(&self, on: &[Start<ItemId>]) -> std::result::Result<Vec<ItemId>, String> {
        let state = self.published.read();
        let said = |error: &Error| crate::chain(error);
        let source = starts::Source::open(self.folder.reading(), &self.published.edition())
            .map_err(|error| said(&error))?;
        let found =
            starts::find(&state, &source, on, genealogy::View::default()).map_err(|e| said(&e))?;
        Ok(found.into_iter().filter_map(|index| state.at(index).map(|item| item.id)).collect())
    }
}

fn asks_everything(command: &Command) -> bool {
    command.acts.iter().any(|act| match act {
        Act::Hold(hold) => hold.on.iter().any(|start| !matches!(start, Start::Item { .. })),
        _ => false,
    })
}

/// An entry with more members than its log bytes can name.
fn too_large(pending: &[Entry]) -> Option<Rejection> {
    /// Digests of 32 bytes that fit 65,535 log bytes beside the header.
    const MEMBERS_MAX: usize = 2000;
    /// Members of context and fact besides items and measures.
    const OTHERS_MAX: usize = 40;
    let members = |entry: &Entry| {
        let measures = match &entry.fact {
            Act::Step(step) => step.measures.len(),
            _ => 0,
        };
        entry.touches.len() + measures + OTHERS_MAX
    };
    let entry = pending.iter().find(|entry| members(entry) > MEMBERS_MAX)?;
    Some(Rejection::single(
        Code::TooLarge,
        format!(
            "a {} touches {} items, their contents included; with its measures that is more than \
             one entry holds",
            entry.fact.word(),
            entry.touches.len()
        ),
        "part it into several commands",
    ))
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".to_owned())
}

/// A caller that has gone away needs no answer.
fn respond<T>(to: &Sender<Result<T>>, answer: Result<T>) {
    drop(to.send(answer));
}

/// A value longer than a member of an entry holds, or than can be sealed. Nothing may find that out
/// only when it is written: that would end the writer.
fn too_long(pending: &[Entry], bytes: usize) -> Option<Rejection> {
    // What the rules add to a command is far shorter than this.
    const NONE_UNDER: usize = SEALED_BYTES_MAX / 2;
    if bytes < NONE_UNDER {
        return None;
    }
    let found = pending.iter().find_map(|entry| {
        let erasable = entry.fact.erasable();
        let seals = |name: &str| {
            let field = name.strip_prefix("fact/");
            erasable.as_ref().zip(field).is_some_and(|(e, field)| e.members.contains(&field))
        };
        let limit = |name: &str| {
            if seals(name) { SEALED_BYTES_MAX - SALT_BYTES } else { MEMBER_VALUE_BYTES_MAX }
        };
        let long = |(name, value): &(String, String)| value.len() > limit(name);
        let (name, value) = entry.members().ok()?.into_iter().find(long)?;
        let limit = limit(&name);
        let field = name.rsplit('/').next().unwrap_or_default().to_owned();
        Some((entry.fact.word(), field, value.len(), limit))
    });
    let (word, field, length, limit) = found?;
    Some(Rejection::single(
        Code::TooLarge,
        format!("{field} of {word} has {length} bytes, at most {limit} fit"),
        "shorten it, or add it as a file and name the file",
    ))
}
