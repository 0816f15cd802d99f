//! A plant: one data folder, its writer, its follower, and what readers ask of it.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use domain::act::NoteAccount;
use domain::rejection::{Finding, Rejection};
use domain::{Act, Answer, Code, Command, CommandId, PersonCode, Position, Time};
use merkle::entry::LedgerId;
use merkle::keychain::{Continues, Genesis, KeyChain};
use merkle::note::PublicKey;
use merkle::{Hash, hash};
use parking_lot::Mutex;
use store::{Edition, Folder, LedgerReader, Readers, Views, ViewsReader};

use crate::awaited::{Answering, Awaited};
use crate::clock::{Clock, Received};
use crate::codec::decode;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::follower::{BEHIND_BATCHES_MAX, Committed, Follower, Published};
use crate::keeper::{Head, Keeper, Stored, key_chain};
use crate::recorder::{KeyChange, Recorder};
use crate::shown::Shown;
use crate::signing::Signing;
use crate::starts::Source;
use crate::state::{Changes, FOLD_VERSION, State};
use crate::writer::{
    Asked, BULK_COMMANDS_MAX, Draft, KnownIds, QUEUE_COMMANDS_MAX, Reply, Request, Writer,
};

/// Readers of the ledger held open.
const READERS_MAX: usize = 8;
/// How often the write-ahead logs are looked at.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(200);
/// What a caller is told to wait when the queue is full. Units: milliseconds.
const RETRY_AFTER_MS: u64 = 50;

/// How a folder is opened.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Name of a new ledger in its checkpoints; absent: made from its id.
    pub origin: Option<String>,
    /// The ledger a new one continues after a disaster.
    pub continues: Option<(LedgerId, String)>,
    /// What the time is taken from.
    pub clock: Clock,
}

/// Something long that goes on while a folder is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// The views are folded anew: so many entries of so many.
    Folding {
        /// Done.
        done: u64,
        /// In all.
        size: u64,
    },
}

/// An open plant. Dropping it commits what was taken in and stops its threads.
#[derive(Debug)]
pub struct Plant {
    queue: Sender<Request>,
    bulk: Sender<Asked>,
    published: Arc<Published>,
    folder: Arc<Folder>,
    readers: Readers,
    edition: Edition,
    clock: Clock,
    keys: Mutex<KeyChain>,
    shown: Mutex<Shown>,
    threads: Vec<JoinHandle<()>>,
    stop_checkpoints: Option<Sender<()>>,
}

impl Plant {
    /// Opens a data folder, or makes one where there is none.
    ///
    /// Errors: [`Error::Store`] where the folder is held by another process or damaged; what is
    /// wrong is named.
    pub fn open(path: &Path, options: &Options, mut progress: impl FnMut(Opening)) -> Result<Self> {
        Self::start(Parts::of(path, options, &mut progress)?)
    }

    fn start(parts: Parts) -> Result<Self> {
        let Parts { folder, keys, edition, clock, views, published, writing, keeper, hurried } =
            parts;
        let (queue, requests) = bounded(QUEUE_COMMANDS_MAX);
        let (bulk, in_bulk) = bounded(BULK_COMMANDS_MAX);
        let (committed, follows) = bounded::<Committed>(BEHIND_BATCHES_MAX);
        let (writer, recorder) = write_path(
            (&folder, &clock, &published),
            (writing, keeper),
            (requests, in_bulk, committed),
        )?;
        let follower = Follower {
            published: Arc::clone(&published),
            views,
            queue: follows,
            hurried,
            unwritten: Changes::default(),
        };
        let (stop, stopped) = bounded::<()>(0);
        let checkpointers = [folder.ledger_checkpointer()?, folder.views_checkpointer()?];
        let threads = vec![
            spawn("writer", move || writer.run())?,
            spawn("recorder", move || recorder.run())?,
            spawn("follower", move || follower.run())?,
            spawn("checkpoints", move || {
                let stop =
                    || stopped.recv_timeout(CHECKPOINT_EVERY) != Err(RecvTimeoutError::Timeout);
                while !stop() {
                    checkpointers.iter().for_each(checkpoint);
                }
            })?,
        ];
        let readers = folder.reading().ledger_readers(READERS_MAX);
        let shown = Mutex::new(Shown::of(&folder.reading().cosigned()?));
        Ok(Self {
            queue,
            bulk,
            published,
            folder,
            readers,
            edition,
            clock,
            keys: Mutex::new(keys),
            shown,
            threads,
            stop_checkpoints: Some(stop),
        })
    }

    /// Asks for or tells something; answers after it is durable.
    ///
    /// `by` is who recorded it. The same command id with the same body gets the first answer.
    /// Errors: [`Error::Busy`] if the queue is full, [`Error::WriterStopped`],
    /// [`Error::Poison`].
    pub fn submit(&self, command: Command, by: &str) -> Result<Reply> {
        let (awaited, answering) = Awaited::one();
        self.enqueue(command, (by, None), answering)?;
        let answer = awaited.wait().next().flatten();
        answer.unwrap_or_else(|| Err(self.published.stopped()))
    }

    /// Writes what only the program says.
    ///
    /// Errors: as [`Plant::submit`].
    pub(crate) fn submit_own(
        &self,
        command: Command,
        by: (&str, Option<Signing>),
    ) -> Result<Reply> {
        let (awaited, answering) = Awaited::one();
        let asked = self.asked(command, by, answering)?;
        self.queue.send(Request::Command(asked)).map_err(|_| self.published.stopped())?;
        let answer = awaited.wait().next().flatten();
        answer.unwrap_or_else(|| Err(self.published.stopped()))
    }

    /// Writes what happened to an account, once however often it is told; answers when it is
    /// durable.
    ///
    /// `event` names the event for good, `by` is who brought it about.
    /// Errors: as [`Plant::submit`].
    pub fn note_account(
        &self,
        event: CommandId,
        note: NoteAccount,
        (by, performed_by): (&str, Option<PersonCode>),
    ) -> Result<Position> {
        let acts = vec![Act::NoteAccount(note)];
        let command = Command { id: Some(event), performed_by, ..Command::report(acts) };
        Ok(self.submit_own(command, (by, None))?.position)
    }

    /// The state as it stood when an entry was the last: the ledger folded up to it.
    ///
    /// Errors: [`Error::NotFound`] if there is no such entry.
    pub(crate) fn state_at(&self, position: Position) -> Result<State> {
        let mut state = State::journaled();
        self.fold_to(&mut state, &*self.ledger()?, position)?;
        Ok(state)
    }

    /// Folds on up to an entry.
    pub(crate) fn fold_to(
        &self,
        state: &mut State,
        ledger: &LedgerReader,
        position: Position,
    ) -> Result<()> {
        while state.next() <= position {
            take_page(state, ledger, position.0.saturating_add(1))?;
            state.keep();
            // Nobody asks this state what changed.
            drop(state.take_changes());
        }
        Ok(())
    }

    /// As [`Plant::submit`], but does not wait: `then` is told the answer once it is durable.
    ///
    /// `then` runs on the writer's thread, so it should do no more than wake who waits. It is
    /// dropped uncalled where this errs and where the writer stops.
    /// Errors: as [`Plant::submit`].
    pub fn submit_then(
        &self,
        command: Command,
        by: &str,
        then: impl FnOnce(Result<Reply>) + Send + 'static,
    ) -> Result<()> {
        self.enqueue(command, (by, None), Answering::then(then))
    }

    /// As [`Plant::submit_then`], signed: each entry of its acts by itself.
    ///
    /// Whoever calls this has seen a fresh proof of who signs.
    /// Errors: as [`Plant::submit`].
    pub fn submit_signed(
        &self,
        command: Command,
        (by, signing): (&str, Signing),
        then: impl FnOnce(Result<Reply>) + Send + 'static,
    ) -> Result<()> {
        self.enqueue(command, (by, Some(signing)), Answering::then(then))
    }

    /// Puts many commands into the queue at once and waits for all their answers.
    ///
    /// They wait behind what comes one by one, and where too many wait, this does too.
    /// Errors: as [`Plant::submit`], but never [`Error::Busy`]; commands before the failing one are
    /// answered in the ledger.
    pub fn submit_all(&self, commands: Vec<Command>, by: &str) -> Result<Vec<Reply>> {
        let (awaited, answering) = Awaited::many(commands.len());
        for (command, answering) in commands.into_iter().zip(answering) {
            if let Some(answering) = self.own_words(&command, answering)? {
                let asked = self.asked(command, (by, None), answering)?;
                self.bulk
                    .send(Asked { in_bulk: true, ..asked })
                    .map_err(|_| self.published.stopped())?;
            }
        }
        let answers = awaited.wait();
        answers.map(|answer| answer.unwrap_or_else(|| Err(self.published.stopped()))).collect()
    }

    fn asked(
        &self,
        command: Command,
        (by, signing): (&str, Option<Signing>),
        reply: Answering,
    ) -> Result<Asked> {
        if self.published.failure().is_some() {
            return Err(self.published.stopped());
        }
        let id = command.id.map_or_else(|| command_id_at(self.clock.now()), Ok)?;
        let command = Command { id: Some(id), ..command };
        let mut body = serde_json::to_vec(&command).map_err(|e| Error::Input(e.to_string()))?;
        // What is signed is another command than what is not.
        if let Some(Signing { user, meaning, .. }) = &signing {
            body.extend_from_slice(format!("{user} {meaning}").as_bytes());
        }
        let (bytes, body) = (body.len(), hash::sha256(&body));
        let (command, signing) = (Box::new(command), signing.map(Box::new));
        let by = by.to_owned();
        Ok(Asked { command, id, body, bytes, by, reply, signing, in_bulk: false })
    }

    fn enqueue(
        &self,
        command: Command,
        by: (&str, Option<Signing>),
        reply: Answering,
    ) -> Result<()> {
        let Some(reply) = self.own_words(&command, reply)? else { return Ok(()) };
        match self.queue.try_send(Request::Command(self.asked(command, by, reply)?)) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => Err(Error::Busy { retry_after_ms: RETRY_AFTER_MS }),
            Err(TrySendError::Disconnected(_)) => Err(self.published.stopped()),
        }
    }

    /// Refuses what a caller must not say, at once and alone: a frozen scope and a release
    /// are made from the ledger, and what happens to accounts is noted where it happens, all by the
    /// program. Gives back the place of the answer where there is nothing to refuse.
    fn own_words(&self, command: &Command, reply: Answering) -> Result<Option<Answering>> {
        let own = command.acts.iter().enumerate().find_map(|(index, act)| match act {
            Act::FreezeScope(_) => Some((
                index,
                "freezeScope is written by the program from what the ledger says",
                "ask for it with POST /api/v1/scopes or `tracewright scope freeze`",
            )),
            Act::Release(_) => Some((
                index,
                "release is written by the program from what the ledger says",
                "ask for it with POST /api/v1/releases or `tracewright release`",
            )),
            Act::NoteAccount(_) => Some((
                index,
                "noteAccount is written by the program when something happens to an account",
                "change the account with POST /api/v1/users/USER or `tracewright user`",
            )),
            _ => None,
        });
        let Some((act, detail, needed)) = own else { return Ok(Some(reply)) };
        let finding = Finding::malformed(Code::Malformed, detail.to_owned(), needed);
        let answer = Answer::Rejected(Rejection::of(act, vec![finding]));
        let id = command.id.map_or_else(|| command_id_at(self.clock.now()), Ok)?;
        let position = Position(self.published.head().0);
        reply.answer(Ok(Reply { answer, command: id, position }));
        Ok(None)
    }

    /// How many commands that came one by one wait to be decided.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// How many commands that came in bulk wait to be decided.
    #[must_use]
    pub fn queued_in_bulk(&self) -> usize {
        self.bulk.len()
    }

    /// What readers see.
    #[must_use]
    pub fn published(&self) -> &Published {
        &self.published
    }

    /// The ledger's id, origin and keys.
    #[must_use]
    pub fn keys(&self) -> KeyChain {
        self.keys.lock().clone()
    }

    /// The heads that were shown to others.
    pub(crate) fn shown(&self) -> &Mutex<Shown> {
        &self.shown
    }

    /// The ledger's id.
    #[must_use]
    pub fn ledger_id(&self) -> LedgerId {
        LedgerId(self.edition.ledger_id)
    }

    /// Where it stands: the ledger's id and the position of the last entry that shows.
    #[must_use]
    pub fn at(&self) -> Vec<At> {
        at_of(self.ledger_id(), &self.published.read())
    }

    /// Now, by the clock it was opened with.
    #[must_use]
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// A reader of the ledger on loan.
    pub fn ledger(&self) -> Result<store::Pooled<'_>> {
        Ok(self.readers.get()?)
    }

    /// A reader of the views.
    pub fn views(&self) -> Result<ViewsReader> {
        Ok(self.folder.reading().views(&self.edition)?)
    }

    /// Rows and entries for questions about everything recorded.
    pub fn source(&self) -> Result<Source> {
        Source::open(self.folder.reading(), &self.edition)
    }

    /// Replaces the signing key; the old one endorses the new.
    pub fn rotate_key(&self) -> Result<()> {
        self.change_key(KeyChange::Rotate)
    }

    /// Withdraws a former signing key: heads it signed from now on are not to be believed.
    ///
    /// Errors: [`Error::Keys`] where it never was a key of this ledger, is withdrawn already, or is
    /// still in force: it has to be replaced first.
    pub fn revoke_key(&self, key: &PublicKey, reason: &str) -> Result<()> {
        let chain = self.keys();
        let refused = |why: &str| Err(Error::Keys(format!("{key} cannot be withdrawn: {why}")));
        if chain.key_at(u64::MAX) == Some(key) {
            return refused("it is in force; replace it first");
        }
        if !chain.keys().any(|known| known == key) {
            return refused("it never was a key of this ledger");
        }
        if chain.is_revoked(key, u64::MAX) {
            return refused("it was withdrawn before");
        }
        self.change_key(KeyChange::Revoke { key: Box::new(key.clone()), reason: reason.to_owned() })
    }

    fn change_key(&self, change: KeyChange) -> Result<()> {
        let (reply, done) = bounded(1);
        let request = Request::ChangeKey { change, reply };
        self.queue.send(request).map_err(|_| self.published.stopped())?;
        done.recv().map_err(|_| self.published.stopped())??;
        let size = self.published.read().next();
        self.published.wait_for(size)?;
        let reader = self.folder.reading().ledger()?;
        self.published.wait_for(Position(reader.size()?))?;
        *self.keys.lock() = key_chain(&reader, self.published.read().own_entries())?;
        Ok(())
    }

    /// The last signed head, marked as seen outside: later commits keep it.
    pub fn publish_head(&self) -> Result<(u64, String)> {
        let (reply, done) = bounded(1);
        self.queue.send(Request::Publish { reply }).map_err(|_| self.published.stopped())?;
        let head = done.recv().map_err(|_| self.published.stopped())??;
        Ok((head.size, head.note))
    }
}

impl Drop for Plant {
    fn drop(&mut self) {
        // The writer finishes what is queued, then the follower writes its rows.
        drop(self.queue.send(Request::Stop));
        drop(self.stop_checkpoints.take());
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

/// Where an answer stands: in which ledger, at which position.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct At {
    /// Which ledger, as 32 hexadecimal digits.
    pub ledger: String,
    /// Position of the last entry that is taken in.
    pub position: Position,
}

pub(crate) fn at_of(ledger: LedgerId, state: &State) -> Vec<At> {
    let position = Position(state.next().0.saturating_sub(1));
    vec![At { ledger: ledger.to_string(), position }]
}

struct Parts {
    folder: Arc<Folder>,
    keys: KeyChain,
    edition: Edition,
    clock: Clock,
    views: Views,
    published: Arc<Published>,
    writing: State,
    keeper: Keeper,
    hurried: Receiver<()>,
}

impl Parts {
    fn of(path: &Path, options: &Options, progress: &mut impl FnMut(Opening)) -> Result<Self> {
        let folder = match Folder::open(path) {
            Err(store::Error::NotAFolder { .. }) => Folder::create(path)?,
            other => other?,
        };
        let folder = Arc::new(folder);
        if folder.reading().ledger()?.size()? == 0 {
            Keeper::found(&folder, &genesis(options)?, &options.clock)?;
        }
        let reader = folder.reading().ledger()?;
        let keys = key_chain(&reader, &[Position(0)])?;
        let edition = Edition { ledger_id: keys.genesis().ledger.0, fold_version: FOLD_VERSION };
        let mut views = current_views(&folder, &edition, &reader, progress)?;
        let edges = folder.reading().views(&edition)?;
        let published = folded(State::published(), (&views, edges), &reader)?;
        let keys = key_chain(&reader, published.own_entries())?;
        let keeper = Keeper::open(&folder, &keys)?;
        let published = written(published, &mut views)?;
        let writing = published.journal();
        let head = last_head(&reader)?;
        let (published, hurried) = Published::new(published, head, edition);
        let published = Arc::new(published);
        let clock = options.clock.clone();
        Ok(Self { folder, keys, edition, clock, views, published, writing, keeper, hurried })
    }
}

/// Both halves of the write path: what decides and what writes.
fn write_path(
    (folder, clock, published): (&Arc<Folder>, &Clock, &Arc<Published>),
    (state, keeper): (State, Keeper),
    (queue, bulk, follower): (Receiver<Request>, Receiver<Asked>, Sender<Committed>),
) -> Result<(Writer, Recorder)> {
    // One piece of work at a time.
    let ((work, works), (done, outcomes)) = (bounded(1), bounded(1));
    let rebuild = {
        let (folder, published) = (Arc::clone(folder), Arc::clone(published));
        Box::new(move || {
            let reader = folder.reading().ledger()?;
            published.wait_for(Position(reader.size()?))?;
            Ok(published.read().journal())
        })
    };
    let ledger = folder.reading().ledger()?;
    let writer = Writer {
        state,
        fields: Fields::default(),
        queue,
        bulk,
        work,
        done: outcomes,
        published: Arc::clone(published),
        rebuild,
        folder: Arc::clone(folder),
        known: KnownIds::begin(&ledger, clock.now())?,
        ledger,
        received: Received::after(keeper.last_received()?, clock.clone()),
        draft: Draft::default(),
        written: None,
        held_over: None,
    };
    let recorder = Recorder {
        keeper,
        folder: Arc::clone(folder),
        work: works,
        done,
        follower,
        published: Arc::clone(published),
    };
    Ok((writer, recorder))
}

fn spawn(name: &'static str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|source| Error::Thread { name, source })
}

fn checkpoint(checkpointer: &store::Checkpointer) {
    if let Err(error) = checkpointer.run() {
        tracing::warn!(%error, "the write-ahead log is not shortened");
    }
}

fn genesis(options: &Options) -> Result<Genesis> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(Error::Random)?;
    let ledger = LedgerId(id);
    let origin = options.origin.clone().unwrap_or_else(|| format!("tracewright/{ledger}"));
    let continues =
        options.continues.clone().map(|(ledger, checkpoint)| Continues { ledger, checkpoint });
    // Replaced by the key of the folder when it is written.
    let key = crate::keeper::signing_key(&origin, &store::Seed([0; 32]))?.public();
    Ok(Genesis { ledger, origin, key, continues })
}

/// A fresh command id: a UUID of version 7, so that the index of commands grows at its end.
pub fn new_command_id() -> Result<CommandId> {
    command_id_at(crate::clock::now())
}

fn command_id_at(now: Time) -> Result<CommandId> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    let millis = now.0.max(0) / 1000;
    let [_, _, time @ ..] = millis.to_be_bytes();
    bytes[..6].copy_from_slice(&time);
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Ok(CommandId(bytes))
}

/// The id of a command made from what it says, so that saying it twice changes nothing.
#[must_use]
pub fn command_id_of(what: &[&[u8]]) -> CommandId {
    let all: Vec<u8> = what
        .iter()
        .flat_map(|part| {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes();
            length.into_iter().chain(part.iter().copied())
        })
        .collect();
    let Hash(digest) = hash::sha256(&all);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    // UUID version 8: made by a rule of our own.
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    CommandId(bytes)
}

fn last_head(reader: &LedgerReader) -> Result<Head> {
    let latest = reader.latest_checkpoint()?;
    let latest = latest.ok_or_else(|| Error::Checkpoint("the ledger has none".to_owned()))?;
    Ok(Head { size: latest.size, note: latest.note })
}

/// The served views, folded anew where they are missing, stale or damaged.
fn current_views(
    folder: &Folder,
    edition: &Edition,
    reader: &LedgerReader,
    progress: &mut impl FnMut(Opening),
) -> Result<Views> {
    match folder.views(edition) {
        Ok(views) if views.applied_position()? <= reader.size()? => Ok(views),
        // Views ahead of the ledger were not folded from it.
        Ok(_) | Err(store::Error::Stale { .. }) => refold(folder, edition, reader, progress),
        Err(error) => Err(error.into()),
    }
}

/// Folds the whole ledger into fresh views and puts them in place.
pub(crate) fn refold(
    folder: &Folder,
    edition: &Edition,
    reader: &LedgerReader,
    progress: &mut impl FnMut(Opening),
) -> Result<Views> {
    let mut fresh = folder.fresh_views(edition)?;
    fold_into(&mut fresh, reader, reader.size()?, progress)?;
    Ok(folder.swap_in_views(None, fresh, edition)?)
}

/// Folds the first `size` entries of the ledger into empty views.
pub(crate) fn fold_into(
    views: &mut Views,
    reader: &LedgerReader,
    size: u64,
    progress: &mut impl FnMut(Opening),
) -> Result<()> {
    let mut state = State::published();
    while state.next().0 < size {
        take_page(&mut state, reader, size)?;
        let changes = state.take_changes();
        state.write_rows(&changes, views)?;
        progress(Opening::Folding { done: state.next().0, size });
    }
    Ok(())
}

/// A state read from rows and brought up to the end of the ledger.
fn folded(
    mut state: State,
    (views, edges): (&ViewsReader, ViewsReader),
    reader: &LedgerReader,
) -> Result<State> {
    state.load(views, edges)?;
    let size = reader.size()?;
    while state.next().0 < size {
        take_page(&mut state, reader, size)?;
        state.keep();
    }
    Ok(state)
}

/// Applies the next entries, of those before `size`.
pub(crate) fn take_page(state: &mut State, reader: &LedgerReader, size: u64) -> Result<()> {
    const PAGE: usize = 2048;
    let from = state.next().0;
    let page = reader.entries(from..size, PAGE)?;
    if page.is_empty() {
        return Err(Error::NotFound(format!("the entry at position {from}")));
    }
    let stored = Stored::new(reader);
    for each in page {
        match decode(&each)? {
            Some(entry) => state.apply(&entry, &stored),
            None => state.pass(Position(each.position)),
        }
    }
    stored.finish()
}

fn written(mut state: State, views: &mut Views) -> Result<State> {
    let changes = state.take_changes();
    if !changes.is_empty() {
        state.write_rows(&changes, views)?;
    }
    Ok(state)
}

#[cfg(test)]
mod tests;
