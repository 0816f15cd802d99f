//! Signing in: with a password, with a secret given out to choose one, with a badge at a station.
//!
//! Every attempt costs one password hash, whether the account is there, locked or disabled or not,
//! and is answered in the same words; each is an entry of the ledger.

use domain::act::{AccountEvent, NoteAccount};
use domain::{Role, StationCode, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::book::{Account, Wrapped};
use super::manage::{badge_of, own};
use super::password::{Derived, Kept, may_choose};
use super::{Accounts, Actor, Error, Event, Session};

/// Who a failed attempt is recorded by: nobody knows who it was.
const SERVER: &str = "server";

/// Asks to sign in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    /// Which account.
    pub user: String,
    /// Its password, or the secret given out to choose one.
    pub secret: String,
    /// The password it has from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_password: Option<String>,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Asks to sign in with a badge.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BadgeAsk {
    /// What the badge says.
    pub badge: String,
    /// The station it was read at.
    pub station: StationCode,
}

impl std::fmt::Debug for BadgeAsk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BadgeAsk").field("station", &self.station).finish_non_exhaustive()
    }
}

/// A session that was opened.
#[derive(Clone)]
pub struct SignedIn {
    /// Its secret, for the header or the cookie of later calls.
    pub secret: String,
    /// Whose it is.
    pub session: Session,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("session", &self.session).finish_non_exhaustive()
    }
}

impl Accounts {
    /// Signs somebody in who knows the password.
    ///
    /// Errors: [`Error::NotSignedIn`], [`Error::TooSoon`], [`Error::Busy`],
    /// [`Error::ChoosePassword`], [`Error::Password`].
    pub fn sign_in(&self, ask: &SignIn, terminal: &str) -> Result<SignedIn, Error> {
        let opened = self.prove(&ask.user, &ask.secret, (terminal, AccountEvent::SignInFailed))?;
        let chosen = match &ask.new_password {
            Some(password) => {
                may_choose(password, &ask.user)?;
                if *password == ask.secret {
                    return Err(Error::Password("it is the one it replaces".to_owned()));
                }
                let _place = self.hashing()?;
                Some(Kept::of(password)?)
            }
            None => None,
        };
        let user = ask.user.as_str();
        let changes_password = chosen.is_some();
        let account = self.change(|book| {
            let account = book.get(user)?;
            let mut events = Vec::new();
            // It may have changed while the password was looked at.
            if !opened.still(account) {
                return Err(Error::NotSignedIn);
            }
            match chosen {
                Some((kept, new)) => {
                    choose(account, kept, (&opened.derived, &new), (&mut events, terminal))?;
                }
                None if account.secret_until.is_some() => return Err(Error::ChoosePassword),
                None => {}
            }
            account.failures = 0;
            events.push(own(account, AccountEvent::SignedIn, terminal));
            Ok((account.clone(), events))
        })?;
        if changes_password {
            self.sessions.lock().close_all(&account.user);
        }
        self.terminals.lock().succeeded(terminal);
        self.open_session(&account, account.role, (terminal, None))
    }

    /// Signs somebody in by the badge, for work at one station.
    ///
    /// Errors: [`Error::NotSignedIn`], [`Error::TooSoon`].
    pub fn badge_in(&self, ask: &BadgeAsk, terminal: &str) -> Result<SignedIn, Error> {
        let now = self.plant.now();
        self.may_try(terminal, now)?;
        let badge = badge_of(&ask.badge);
        let holder = |account: &&Account| account.badges.contains(&badge);
        let account = self.book.lock().accounts.iter().find(holder).cloned();
        let at = format!("{terminal} at station {}", ask.station);
        let usable = account.as_ref().filter(|account| {
            let ready = !account.disabled && !account.locked && account.secret_until.is_none();
            ready && account.role.covers(Role::Record)
        });
        let Some(usable) = usable else {
            self.failed(account.as_ref(), (terminal, &at), AccountEvent::SignInFailed)?;
            return Err(Error::NotSignedIn);
        };
        self.change(|_| Ok(((), vec![own(usable, AccountEvent::SignedIn, &at)])))?;
        self.terminals.lock().succeeded(terminal);
        self.open_session(usable, Role::Record, (terminal, Some(ask.station.clone())))
    }

    fn open_session(
        &self,
        account: &Account,
        role: Role,
        (terminal, station): (&str, Option<StationCode>),
    ) -> Result<SignedIn, Error> {
        let now = self.plant.now();
        let session = Session {
            user: account.user.clone(),
            person: account.person.clone(),
            role,
            terminal: terminal.to_owned(),
            station,
            began: now,
            seen: now,
            signed: false,
        };
        let secret = self.sessions.lock().open(session.clone(), &self.policy)?;
        Ok(SignedIn { secret, session })
    }

    fn may_try(&self, terminal: &str, now: Time) -> Result<(), Error> {
        match self.terminals.lock().wait_ms(terminal, now) {
            Some(retry_after_ms) => Err(Error::TooSoon { retry_after_ms }),
            None => Ok(()),
        }
    }

    /// Proves that somebody knows an account's secret; a failure is counted and recorded.
    pub(super) fn prove(
        &self,
        user: &str,
        secret: &str,
        (terminal, failure): (&str, AccountEvent),
    ) -> Result<Opened, Error> {
        let now = self.plant.now();
        self.may_try(terminal, now)?;
        let account = self.book.lock().of(user).cloned();
        let kept = account.as_ref().map_or_else(Kept::of_nobody, |known| known.password.clone());
        let derived = {
            let _place = self.hashing()?;
            kept.open(secret)?
        };
        let usable = account.as_ref().is_some_and(|account| {
            !account.disabled
                && !account.locked
                && account.secret_until.is_none_or(|until| now < until)
        });
        match derived {
            Some(derived) if usable => Ok(Opened { derived, kept }),
            Some(_) | None => {
                self.failed(account.as_ref(), (terminal, terminal), failure)?;
                Err(Error::NotSignedIn)
            }
        }
    }

    /// Counts and records a failure, and locks the account where there were too many.
    pub(super) fn failed(
        &self,
        account: Option<&Account>,
        (terminal, at): (&str, &str),
        event: AccountEvent,
    ) -> Result<(), Error> {
        self.terminals.lock().failed(terminal, self.plant.now());
        let user = account.map(|account| account.user.to_string());
        let by = Actor::named(SERVER);
        let note = |event| NoteAccount {
            event,
            user: account.map(|account| account.user.clone()),
            person: account.map(|account| account.person.clone()),
            old: None,
            new: None,
            reason: None,
            terminal: Some(at.to_owned()),
        };
        let locks = self.change(|book| {
            let mut events: Vec<Event> = vec![(note(event), by.clone())];
            let mut locks = false;
            if let Some(user) = &user {
                let account = book.get(user)?;
                account.failures = account.failures.saturating_add(1);
                locks = !account.locked && account.failures >= self.policy.failures_max;
                account.locked |= locks;
            }
            if locks {
                events.push((note(AccountEvent::Locked), by.clone()));
            }
            Ok((locks, events))
        })?;
        if let Some(account) = account.filter(|_| locks) {
            tracing::warn!(user = %account.user, terminal, "an account is locked");
            self.sessions.lock().close_all(&account.user);
        }
        Ok(())
    }
}

/// An account whose secret somebody knew.
pub(super) struct Opened {
    pub(super) derived: Derived,
    kept: Kept,
}

impl Opened {
    /// Whether the account still has that secret and may be used.
    pub(super) fn still(&self, account: &Account) -> bool {
        account.password == self.kept && !account.disabled && !account.locked
    }
}

/// Gives an account the password its owner chose, and a key that signs where it has none.
fn choose(
    account: &mut Account,
    kept: Kept,
    (old, new): (&Derived, &Derived),
    (events, terminal): (&mut Vec<Event>, &str),
) -> Result<(), Error> {
    account.password = kept;
    account.secret_until = None;
    events.push(own(account, AccountEvent::PasswordSet, terminal));
    let user = account.user.clone();
    if let Some(key) = &account.key {
        account.key = Some(key.again(old, new, &user)?);
        return Ok(());
    }
    let key = Wrapped::new(new, &user)?;
    let (mut note, by) = own(account, AccountEvent::KeyRegistered, terminal);
    note.new = Some(key.public.clone());
    account.key = Some(key);
    events.push((note, by));
    Ok(())
}
