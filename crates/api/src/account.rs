//! Accounts: who may call the server as a person, in `accounts.json` of the data folder.
//!
//! Words: an *account* is a user code bound to a person of the ledger, with a role; its *owner* is
//! that person. An administrator never knows an owner's password: what is given out is a *secret to
//! be used once*, with which the owner chooses one.
//!
//! ```text
//! change:  accounts.json with the change and its event ─▶ entry of the ledger ─▶ event taken out
//! ```
//!
//! Invariants: an account is never removed and its code never given to another, not even where the
//! file was lost: the ledger knows it. Whatever happens to an account is an entry of the ledger,
//! exactly once: the event is kept with the change and has its command id, so a crash in between
//! leaves an event that the next start tells again. Nothing is answered before its entry is
//! durable. Kept are hashes only, and what signs for an owner is wrapped under the owner's
//! password.
//!
//! Limits: [`ACCOUNTS_MAX`], [`HASHED_AT_ONCE_MAX`], those of sessions and terminals.
//!
//! Source: 21 CFR 11.100, 11.300; `docs/decisions`, "accounts".

mod book;
mod enter;
mod manage;
mod password;
mod session;
mod sign;
mod terminal;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::act::{AccountEvent, NoteAccount};
use domain::{CodeError, PersonCode, Role, Time, UserCode};
use engine::Plant;
use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use enter::{BadgeAsk, SignIn, SignedIn};
pub use manage::{Changed, NewUser, UserChange};
pub use password::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
pub use session::Session;
pub use sign::{Ceremony, STATEMENT, STATEMENT_VERSION};

pub(crate) use book::is_taken;
pub(crate) use session::is_session;

use book::{Book, Pending};
use session::Sessions;
use terminal::Terminals;

/// Accounts there may ever be: each is read and written with all others.
pub const ACCOUNTS_MAX: usize = 10_000;
/// Passwords looked at at the same time; each takes 19 MiB and some tens of milliseconds.
pub const HASHED_AT_ONCE_MAX: usize = 4;
/// What a caller is told to wait when there is no room for another. Units: milliseconds.
const HASH_RETRY_MS: u64 = 500;

/// What a site decides about accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How long a session may lie idle, 1..=15. Units: minutes.
    pub idle_minutes: u8,
    /// Failures in a row that lock an account, 3..=10.
    pub failures_max: u8,
}

impl Default for Policy {
    fn default() -> Self {
        Self { idle_minutes: 10, failures_max: 5 }
    }
}

impl Policy {
    /// The policy, within what is allowed.
    ///
    /// Errors: [`Error::Malformed`].
    pub fn checked(self) -> Result<Self, Error> {
        if !(1..=15).contains(&self.idle_minutes) {
            return Err(Error::Malformed("a session may lie idle for 1 to 15 minutes"));
        }
        if !(3..=10).contains(&self.failures_max) {
            return Err(Error::Malformed("an account locks after 3 to 10 failures"));
        }
        Ok(self)
    }
}

/// Why something about accounts is not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Whoever asks is not let in; no more is said.
    #[error(
        "you are not signed in: the account or the secret is wrong, or the account is locked or \
         disabled, or the secret was not used in time; an administrator can see which"
    )]
    NotSignedIn,
    /// A signature that is not given; no more is said.
    #[error(
        "this is not signed: give your own account and its password, each time; after too many \
         failures the account is locked"
    )]
    NotSigned,
    /// Too many failures from this terminal.
    #[error("too many attempts failed here; try again later")]
    TooSoon {
        /// Units: milliseconds.
        retry_after_ms: u64,
    },
    /// Too much at once.
    #[error("too many people sign in at this moment; try again")]
    Busy {
        /// Units: milliseconds.
        retry_after_ms: u64,
    },
    /// A secret that was given out is used to choose a password, and for nothing else.
    #[error("this secret is to be used once: give newPassword with it")]
    ChoosePassword,
    /// A password that may not be chosen.
    #[error("choose this password: {0}")]
    Password(String),
    /// A user code that is none.
    #[error("add an account: its name cannot be used")]
    Name(#[from] CodeError),
    /// Something that makes no sense.
    #[error("{0}")]
    Malformed(&'static str),
    /// A person nobody defined.
    #[error("find the person {0}: define them first, or give a name")]
    Person(PersonCode),
    /// An account or a token has or had the name.
    #[error("add the account {0}: the name is or was used, and is never given to another")]
    Taken(String),
    /// It takes somebody else.
    #[error("{0}")]
    Another(&'static str),
    /// The account does not stand so that this can be done.
    #[error("{0}")]
    Unfit(&'static str),
    /// [`ACCOUNTS_MAX`].
    #[error("add an account: there are {ACCOUNTS_MAX} already")]
    TooMany,
    /// No account has the name.
    #[error("find the account {0}: there is none")]
    Unknown(String),
    /// The file.
    #[error("use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Its content.
    #[error("read {}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// Random numbers.
    #[error("draw random numbers: {0}")]
    Random(getrandom::Error),
    /// A password that cannot be hashed.
    #[error("hash a password: {0}")]
    Hash(String),
    /// The ledger, without which nothing about accounts is done.
    #[error("write what happens to accounts into the ledger")]
    Engine(#[source] Box<engine::Error>),
}

impl From<engine::Error> for Error {
    fn from(error: engine::Error) -> Self {
        Self::Engine(Box::new(error))
    }
}

/// Who brings something about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// By which name it is recorded: a user code, the name of a token, `local`.
    pub name: String,
    /// Who, where it is a person who is signed in.
    pub person: Option<PersonCode>,
}

impl Actor {
    /// Whoever works on the data folder itself, or a token.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), person: None }
    }
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AccountState")]
pub enum State {
    /// Its owner has not chosen a password yet.
    New,
    /// It may be used.
    Active,
    /// Too many attempts failed; an administrator unlocks it.
    Locked,
    /// It may not be used.
    Disabled,
}

/// How somebody saw that an owner is who the owner says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Identity {
    /// How: an identity card, a known face.
    pub method: String,
    /// What shows it: a number, a document.
    pub evidence: String,
    /// Who saw it.
    pub verifier: PersonCode,
    /// When.
    pub at: Time,
}

/// An account, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRow {
    /// What it is called.
    pub user: UserCode,
    /// Whose it is.
    pub person: PersonCode,
    /// What it may do.
    pub role: Role,
    /// Whether it may be used.
    pub state: State,
    /// When it was added.
    pub created: Time,
    /// Until when the secret that was given out can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_until: Option<Time>,
    /// How its owner's identity was confirmed; absent: the owner may not sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Which version of the statement on signatures the owner accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<u32>,
    /// How many badges its owner has.
    pub badges: usize,
}

/// The accounts of a plant.
#[derive(Debug)]
pub struct Accounts {
    plant: Arc<Plant>,
    path: PathBuf,
    policy: Policy,
    book: Mutex<Book>,
    sessions: Mutex<Sessions>,
    terminals: Mutex<Terminals>,
    hashing: AtomicUsize,
}

/// A place among those whose passwords are looked at.
struct Hashing<'a>(&'a AtomicUsize);

impl Drop for Hashing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An event, and who brought it about.
type Event = (NoteAccount, Actor);

impl Accounts {
    /// The accounts of a plant; where there is no file, there are none. Tells the ledger what a
    /// crash kept from it.
    pub fn open(plant: Arc<Plant>, policy: Policy) -> Result<Self, Error> {
        let path = plant.folder().reading().path().join(book::FILE);
        let book = Book::read(&path)?;
        let accounts = Self {
            plant,
            path,
            policy: policy.checked()?,
            book: Mutex::new(book),
            sessions: Mutex::default(),
            terminals: Mutex::default(),
            hashing: AtomicUsize::new(0),
        };
        accounts.settle(&mut accounts.book.lock())?;
        Ok(accounts)
    }

    /// Every account, by name.
    #[must_use]
    pub fn list(&self) -> Vec<UserRow> {
        let book = self.book.lock();
        let mut rows: Vec<UserRow> = book.accounts.iter().map(book::Account::row).collect();
        rows.sort_by(|a, b| a.user.cmp(&b.user));
        rows
    }

    /// Whose session a secret opens, at the terminal it was opened at.
    #[must_use]
    pub fn session(&self, secret: &str, terminal: &str) -> Option<Session> {
        let now = self.plant.now();
        self.sessions.lock().find(secret, (terminal, now), &self.policy)
    }

    /// Whether a session is open still; unlike a call, asking does not keep it open.
    #[must_use]
    pub fn is_open(&self, secret: &str, terminal: &str) -> bool {
        let now = self.plant.now();
        self.sessions.lock().is_open(secret, (terminal, now), &self.policy)
    }

    /// Ends a session.
    ///
    /// Errors: [`Error::NotSignedIn`] where it has ended already.
    pub fn sign_out(&self, secret: &str) -> Result<(), Error> {
        let closed = self.sessions.lock().close(secret).ok_or(Error::NotSignedIn)?;
        let note = NoteAccount::of(AccountEvent::SignedOut, closed.user.clone(), closed.person);
        let person = note.person.clone();
        let by = Actor { name: closed.user.to_string(), person };
        self.change(|_| Ok(((), vec![(note, by)])))
    }

    /// Changes the file and tells the ledger: both, or after a crash the ledger later.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Book) -> Result<(T, Vec<Event>), Error>,
    ) -> Result<T, Error> {
        let mut held = self.book.lock();
        // What an earlier change could not tell comes first.
        self.settle(&mut held)?;
        let mut next = held.clone();
        let (done, events) = change(&mut next)?;
        for (note, by) in events {
            let id = engine::new_command_id()?;
            next.events.push(Pending { id, note, by: by.name, person: by.person });
        }
        next.write(&self.path)?;
        *held = next;
        self.settle(&mut held)?;
        Ok(done)
    }

    /// Tells the ledger what waits to be told.
    fn settle(&self, book: &mut Book) -> Result<(), Error> {
        if book.events.is_empty() {
            return Ok(());
        }
        for event in &book.events {
            let by = (event.by.as_str(), event.person.clone());
            self.plant.note_account(event.id, event.note.clone(), by)?;
        }
        let told = Book { events: Vec::new(), ..book.clone() };
        told.write(&self.path)?;
        *book = told;
        Ok(())
    }

    /// A place among those whose passwords are looked at.
    ///
    /// Errors: [`Error::Busy`].
    fn hashing(&self) -> Result<Hashing<'_>, Error> {
        let place = Hashing(&self.hashing);
        if self.hashing.fetch_add(1, Ordering::Relaxed) >= HASHED_AT_ONCE_MAX {
            return Err(Error::Busy { retry_after_ms: HASH_RETRY_MS });
        }
        Ok(place)
    }
}
