//! The one write path: a thread that drains the queues and decides, and answers what is durable.
//!
//! ```text
//! submit     -> queue (bounded) -\
//! submit_all -> bulk (bounded)  --> draft: decide each in order -> recorder: one durable commit
//!                                     ^ the next meanwhile            -> follower, and answers
//! ```
//!
//! While the recorder writes a batch, the next is decided on the state the one before left behind;
//! what is decided and not yet written is looked at in memory.
//!
//! What comes one by one goes before what comes in bulk, and of each batch a share is left to
//! either: so a person at a station waits for the batch that is being written and for none of the
//! thousands behind it, and neither waits for ever.
//!
//! Invariants: nothing is answered before its commit; a failed ledger write stops both threads,
//! and a restart takes the one recovery path. A crash loses only what was not answered.

mod draft;
mod known;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, never};
use domain::act::Act;
use domain::entry::Entry;
use domain::start::Start;
use domain::{Answer, Code, Command, CommandId, ItemId, Position, Rejection};
use merkle::Hash;
use merkle::entry::{MEMBER_VALUE_BYTES_MAX, SALT_BYTES};

use store::{LedgerReader, SEALED_BYTES_MAX};

use crate::awaited::Answering;
use crate::clock::Received;
use crate::codec::{decode_answer, encode_answer};
use crate::decide::{Decider, Finder};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::follower::{Alive, Published};
use crate::keeper::{Head, Stored};
use crate::recorder::{Answered, Done, KeyChange, Work};
use crate::signing::Signing;
use crate::starts;
use crate::state::State;
pub(crate) use draft::Draft;
use draft::Written;
pub(crate) use known::KnownIds;

/// Commands that came one by one waiting at most; beyond it callers are told to come back.
pub const QUEUE_COMMANDS_MAX: usize = 4096;
/// Commands that came in bulk waiting at most: a few batches; beyond it their callers wait.
pub(crate) const BULK_COMMANDS_MAX: usize = 4096;

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

/// What the writer turns to next.
enum Event {
    Asked(Request),
    /// The recorder is done with what it had.
    Done(Done),
}

pub(crate) struct Writer {
    pub(crate) state: State,
    pub(crate) fields: Fields,
    pub(crate) queue: Receiver<Request>,
    pub(crate) bulk: Receiver<Asked>,
    pub(crate) work: Sender<Work>,
    pub(crate) done: Receiver<Done>,
    pub(crate) published: Arc<Published>,
    /// Builds the state anew, after a panic left it in doubt.
    pub(crate) rebuild: Box<dyn Fn() -> Result<State> + Send>,
    pub(crate) folder: Arc<store::Folder>,
    /// Reads what is durable.
    pub(crate) ledger: LedgerReader,
    pub(crate) known: KnownIds,
    pub(crate) received: Received,
    /// What is decided and not yet handed over.
    pub(crate) draft: Draft,
    /// What the recorder is writing.
    pub(crate) written: Option<Written>,
    /// A request that must not be in the draft at hand.
    pub(crate) held_over: Option<Request>,
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
    /// Whether it came with many others.
    pub(crate) in_bulk: bool,
}

/// Why a command was not decided.
enum Undecided {
    Failed(Error),
    Panicked(String),
}

impl Writer {
    /// Works until told to stop or until a write fails.
    pub(crate) fn run(mut self) {
        let _alive = Alive(Arc::clone(&self.published));
        if let Err(error) = self.work() {
            let why = crate::chain(&error);
            tracing::error!(error = why, "the writer stops");
            self.published.fail(&why);
        }
    }

    fn work(&mut self) -> Result<()> {
        loop {
            match self.next() {
                Event::Done(done) => self.hear(done)?,
                Event::Asked(Request::Command(asked)) => self.take(asked)?,
                Event::Asked(Request::ChangeKey { change, reply }) => {
                    self.change_key(change, &reply)?;
                }
                Event::Asked(Request::Publish { reply }) => self.publish(&reply)?,
                Event::Asked(Request::Stop) => return self.settle(),
            }
            if self.written.is_none() {
                self.hand_over()?;
            }
        }
    }

    /// Waits for what is to be done next.
    fn next(&mut self) -> Event {
        if let Some(request) = self.held_over.take() {
            return Event::Asked(request);
        }
        let writing = self.written.is_some();
        let (singles, bulk) =
            (self.draft.has_room_for_single(false), self.draft.has_room_in_bulk());
        let (no_single, no_bulk, none_done) = (never(), never(), never());
        let singles = if singles { &self.queue } else { &no_single };
        if let Ok(request) = singles.try_recv() {
            return Event::Asked(request);
        }
        // Nobody left to ask: as good as being told to stop.
        let stop = || Event::Asked(Request::Stop);
        crossbeam_channel::select! {
            recv(singles) -> request => request.map_or_else(|_| stop(), Event::Asked),
            recv(if bulk { &self.bulk } else { &no_bulk }) -> asked => {
                asked.map_or_else(|_| stop(), |asked| Event::Asked(Request::Command(asked)))
            }
            recv(if writing { &self.done } else { &none_done }) -> done => {
                done.map_or_else(|_| stop(), Event::Done)
            }
        }
    }

    /// Decides a command and those that wait behind it, as many as fit.
    fn take(&mut self, first: Asked) -> Result<()> {
        if self.known.is_outdated(self.received.last()) {
            self.settle()?;
            self.known = KnownIds::begin(&self.ledger, self.received.last())?;
        }
        if asks_everything(&first.command) {
            // Stands alone; where the rows it looks at are late, it alone is put off.
            self.settle()?;
            match self.published.wait_for(self.state.next()) {
                Ok(()) => {}
                Err(behind @ Error::Behind { .. }) => {
                    first.reply.answer(Err(behind));
                    return Ok(());
                }
                Err(error) => return Err(self.failed(error, vec![first])),
            }
            return self.decide_all(vec![first]);
        }
        let taken = self.drain(first);
        self.decide_all(taken)
    }

    /// The commands that begin with one and fit the draft; what must not be in it is held over.
    fn drain(&mut self, first: Asked) -> Vec<Asked> {
        self.draft.expect(&first);
        let mut taken = vec![first];
        while self.draft.has_room_for_single(!self.bulk.is_empty()) {
            match self.queue.try_recv() {
                Ok(Request::Command(asked)) if !asks_everything(&asked.command) => {
                    self.draft.expect(&asked);
                    taken.push(asked);
                }
                Ok(other) => {
                    self.held_over = Some(other);
                    return taken;
                }
                Err(_) => break,
            }
        }
        while self.draft.has_room_in_bulk() {
            match self.bulk.try_recv() {
                Ok(asked) if asks_everything(&asked.command) => {
                    self.held_over = Some(Request::Command(asked));
                    break;
                }
                Ok(asked) => {
                    self.draft.expect(&asked);
                    taken.push(asked);
                }
                Err(_) => break,
            }
        }
        taken
    }

    /// Decides commands in order; a panic undoes what is not written and takes it one by one.
    fn decide_all(&mut self, taken: Vec<Asked>) -> Result<()> {
        let mut taken = taken.into_iter();
        while let Some(asked) = taken.next() {
            if self.draft.is_full() {
                self.settle()?;
            }
            if let Ok(done) = self.done.try_recv() {
                self.hear(done)?;
            }
            match self.attempt(&asked) {
                Ok((answered, entries)) => self.draft.push(asked, answered, entries),
                Err(Undecided::Failed(error)) => {
                    return Err(self.failed(error, std::iter::once(asked).chain(taken)));
                }
                Err(Undecided::Panicked(what)) => {
                    // What is being written stands, or met a bug as well.
                    let mut again = match self.written.is_some() {
                        true => self.wait().and_then(|done| self.heard(done))?,
                        false => None,
                    }
                    .map_or_else(Vec::new, |(undone, _)| undone);
                    again.extend(self.draft.undone());
                    again.push(asked);
                    again.extend(taken);
                    return self.one_by_one(again, &what);
                }
            }
        }
        Ok(())
    }

    /// Takes commands one by one, of which one met a bug; it alone is answered as an error.
    fn one_by_one(&mut self, again: Vec<Asked>, what: &str) -> Result<()> {
        tracing::error!(panic = what, "a command met a bug; its batch is taken one by one");
        self.recover()?;
        for asked in again {
            let poison = match self.attempt(&asked) {
                Ok((answered, entries)) => {
                    self.draft.push(asked, answered, entries);
                    self.hand_over()?;
                    let undone = self.wait().and_then(|done| self.heard(done))?;
                    undone.and_then(|(mut undone, what)| Some((undone.pop()?, what)))
                }
                Err(Undecided::Failed(error)) => return Err(self.failed(error, [asked])),
                Err(Undecided::Panicked(what)) => Some((asked, what)),
            };
            if let Some((asked, what)) = poison {
                asked.reply.answer(Err(Error::Poison(what)));
                self.recover()?;
            }
        }
        Ok(())
    }

    /// Back to what is durable. Shape: nothing is being written.
    fn recover(&mut self) -> Result<()> {
        drop(self.draft.undone());
        self.state = (self.rebuild)()?;
        Ok(())
    }

    /// Gives the draft to the recorder. Shape: it has nothing to write.
    fn hand_over(&mut self) -> Result<()> {
        if self.draft.is_empty() {
            return Ok(());
        }
        self.state.keep();
        let delta = self.state.delta()?;
        let (batch, written) = self.draft.handed_over(delta, self.state.next());
        self.written = Some(written);
        self.give(Work::Batch(Box::new(batch)))
    }

    fn give(&self, work: Work) -> Result<()> {
        self.work.send(work).map_err(|_| self.published.stopped())
    }

    fn wait(&self) -> Result<Done> {
        self.done.recv().map_err(|_| self.published.stopped())
    }

    /// Waits until all that was decided is durable.
    fn settle(&mut self) -> Result<()> {
        loop {
            if self.written.is_some() {
                let done = self.wait()?;
                self.hear(done)?;
            } else if self.draft.is_empty() {
                return Ok(());
            } else {
                self.hand_over()?;
            }
        }
    }

    /// Takes in what became of a batch: the next is handed over before callers are answered.
    fn hear(&mut self, done: Done) -> Result<()> {
        match (done, self.written.take()) {
            (Done::Kept(asked), Some(written)) => {
                let handed_over = self.hand_over();
                answer(asked, written);
                handed_over
            }
            (done, written) => {
                self.written = written;
                let Some((mut again, what)) = self.heard(done)? else { return Ok(()) };
                again.extend(self.draft.undone());
                self.one_by_one(again, &what)
            }
        }
    }

    /// Takes in what became of a batch; gives back what met a bug.
    fn heard(&mut self, done: Done) -> Result<Option<(Vec<Asked>, String)>> {
        let written = self.written.take();
        match done {
            Done::Kept(asked) => {
                if let Some(written) = written {
                    answer(asked, written);
                }
                Ok(None)
            }
            Done::Undone(asked, what) => Ok(Some((asked, what))),
            Done::Failed(error, asked) => Err(self.failed(error, asked)),
            // Is waited for where it is asked for.
            Done::Head(_) => Ok(None),
        }
    }

    /// Ends writing for good and tells those who wait.
    fn failed(&mut self, error: Error, asked: impl IntoIterator<Item = Asked>) -> Error {
        // What is being written may still become durable.
        if self.written.is_some() {
            let heard = self.wait().and_then(|done| self.heard(done));
            let undone = heard.ok().flatten().map_or_else(Vec::new, |(undone, _)| undone);
            undone.iter().for_each(|asked| asked.reply.answer(Err(self.give_up(&error))));
        }
        let waiting = self.draft.undone().into_iter().chain(asked);
        waiting.for_each(|asked| asked.reply.answer(Err(self.give_up(&error))));
        error
    }

    /// Ends writing for good; answers what to tell those who wait.
    fn give_up(&self, error: &Error) -> Error {
        self.published.fail(&crate::chain(error));
        self.published.stopped()
    }

    fn attempt(&mut self, asked: &Asked) -> std::result::Result<(Answered, Vec<Entry>), Undecided> {
        match catch_unwind(AssertUnwindSafe(|| self.decide(asked))) {
            Ok(decided) => decided.map_err(Undecided::Failed),
            Err(panic) => Err(Undecided::Panicked(said(panic.as_ref()))),
        }
    }

    fn decide(&mut self, asked: &Asked) -> Result<(Answered, Vec<Entry>)> {
        if let Some((body, answer)) = self.given(asked.id)? {
            let answer = if body == asked.body { answer } else { reused(asked.id) };
            return Ok((Answered { answer, kept: None, entries: 0 }, Vec::new()));
        }
        self.fields.refresh(&self.state);
        let now = self.received.next();
        let mark = self.state.mark();
        let written = self.written.as_ref().map_or(&[][..], Written::entries);
        let stored = Stored::and_coming(&self.ledger, [self.draft.entries(), written]);
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
        pending.last().into_iter().for_each(|entry| self.received.took(entry.received));
        self.known.add(asked.id);
        // Here, for the recorder has more to do than this thread.
        let kept = Some(encode_answer(asked.id, asked.body, &answer)?);
        Ok((Answered { answer, kept, entries: pending.len() }, pending))
    }

    /// The answer given to a command before, with the hash of what it asked.
    fn given(&self, id: CommandId) -> Result<Option<(Hash, Answer)>> {
        let written = || self.written.as_ref()?.answer(id);
        if let Some((body, answer)) = self.draft.answer(id).or_else(written) {
            return Ok(Some((body, answer.clone())));
        }
        if !self.known.may_know(id) {
            return Ok(None);
        }
        let Some((body, bytes)) = self.ledger.command(id.0)? else { return Ok(None) };
        Ok(Some((body, decode_answer(id, body, &bytes)?)))
    }

    fn change_key(&mut self, change: KeyChange, reply: &Sender<Result<()>>) -> Result<()> {
        self.settle()?;
        self.state.pass(self.state.next());
        self.state.keep();
        let delta = Box::new(self.state.delta()?);
        let work = Work::ChangeKey(change, self.received.next(), delta);
        self.by_recorder(work, reply, drop)
    }

    fn publish(&mut self, reply: &Sender<Result<Head>>) -> Result<()> {
        self.settle()?;
        self.by_recorder(Work::Publish, reply, |head| head)
    }

    /// Lets the recorder do something by itself, and says what came of it.
    fn by_recorder<T>(
        &mut self,
        work: Work,
        reply: &Sender<Result<T>>,
        of: impl FnOnce(Head) -> T,
    ) -> Result<()> {
        let done = self.give(work).and_then(|()| self.wait());
        let error = match done {
            Ok(Done::Head(head)) => {
                respond(reply, Ok(of(head)));
                return Ok(());
            }
            Ok(Done::Failed(error, _)) | Err(error) => error,
            Ok(Done::Kept(_) | Done::Undone(..)) => self.published.stopped(),
        };
        respond(reply, Err(self.give_up(&error)));
        Err(error)
    }
}

/// Tells callers what is durable.
fn answer(asked: Vec<Asked>, written: Written) {
    let position = written.position;
    for (asked, answer) in asked.into_iter().zip(written.into_answers()) {
        asked.reply.answer(Ok(Reply { answer, command: asked.id, position }));
    }
}

fn reused(id: CommandId) -> Answer {
    Answer::Rejected(Rejection::single(
        Code::CommandReused,
        format!("command {id} was given before with another body"),
        "use a new id for a new command, or send exactly the same body to retry",
    ))
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

pub(crate) fn said(panic: &(dyn std::any::Any + Send)) -> String {
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
