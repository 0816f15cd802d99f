//! What administrators do: add accounts, change roles, give out secrets, confirm identities.
//!
//! Nobody does it to the own account, and an identity is confirmed by a person other than the one
//! who gave out the last secret: to sign as somebody else takes two who work together.
//!
//! Source: 21 CFR 11.200(a)(3), 11.300(c); rules ES-18, ES-19, ES-22 and P11-20 of the
//! requirements.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::act::{AccountEvent, Act, NoteAccount};
use domain::{Command, Person, PersonCode, Role, Time, UserCode};
use merkle::hash::sha256;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::book::{Account, Book};
use super::password::Kept;
use super::{ACCOUNTS_MAX, Accounts, Actor, Error, Event, Identity, UserRow};
use crate::token::Tokens;

/// How long a secret that was given out can be used: a day. Units: microseconds.
const SECRET_US: i64 = 24 * 3600 * 1_000_000;
/// Random bytes of such a secret: 20 characters.
const SECRET_BYTES: usize = 15;
/// Badges of one person.
const BADGES_MAX: usize = 10;
/// Names that stand for the program itself.
const RESERVED: [&str; 2] = ["local", "server"];

/// Asks for an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUser {
    /// What it is called, for ever; choose a code that says nothing of the person.
    pub user: UserCode,
    /// Whose it is.
    pub person: PersonCode,
    /// The person's printed name, where the person is not defined yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it may do.
    pub role: Role,
}

/// What an administrator does to an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "change", rename_all = "camelCase", deny_unknown_fields)]
pub enum UserChange {
    /// It may not be used any more; its sessions end, its code stays taken.
    Disable {
        /// Why.
        reason: String,
    },
    /// It may be used again, with a new secret.
    Enable {
        /// Why.
        reason: String,
    },
    /// It gets another role; its sessions end.
    Role {
        /// Which.
        role: Role,
        /// Why.
        reason: String,
    },
    /// Its owner gets a secret to be used once, in place of a password that was lost. The owner may
    /// not sign until another administrator confirms the identity anew.
    Reset {
        /// Why.
        reason: String,
    },
    /// It may be used again after too many failures.
    Unlock {
        /// Why.
        reason: String,
    },
    /// Its owner gets a badge.
    Badge {
        /// What the badge says when it is read.
        badge: String,
    },
    /// Its badges are lost or taken back; sessions end.
    WithdrawBadges {
        /// Why.
        reason: String,
    },
    /// Somebody saw that its owner is who the owner says.
    ConfirmIdentity {
        /// How: an identity card, a known face.
        method: String,
        /// What shows it: a number, a document.
        evidence: String,
    },
}

impl std::fmt::Debug for UserChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UserChange")
    }
}

/// What became of an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// The account as it is now.
    pub user: UserRow,
    /// The secret for its owner, to be used once within a day; it is shown only now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl std::fmt::Debug for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Changed").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A secret to be used once.
struct Issued {
    secret: String,
    kept: Kept,
    until: Time,
}

impl Accounts {
    /// Adds an account; its secret is shown only in the answer.
    ///
    /// Errors: [`Error::Taken`], [`Error::Person`], [`Error::TooMany`].
    pub fn add(&self, ask: &NewUser, by: &Actor) -> Result<Changed, Error> {
        self.is_free(&ask.user)?;
        self.define(ask, by)?;
        let issued = self.issue()?;
        let account = Account {
            user: ask.user.clone(),
            person: ask.person.clone(),
            role: ask.role,
            created: self.plant.now(),
            disabled: false,
            locked: false,
            failures: 0,
            password: issued.kept,
            secret_until: Some(issued.until),
            issuer: by.name.clone(),
            issuer_person: by.person.clone(),
            key: None,
            identity: None,
            statement: None,
            badges: Vec::new(),
        };
        let user = account.row();
        let mut note = NoteAccount::of(AccountEvent::Added, ask.user.clone(), ask.person.clone());
        note.new = Some(ask.role.to_string());
        self.change(|book| {
            let lower = ask.user.as_str().to_lowercase();
            let mut all = book.accounts.iter();
            if all.any(|other| other.user.as_str().to_lowercase() == lower) {
                return Err(Error::Taken(ask.user.to_string()));
            }
            if book.accounts.len() >= ACCOUNTS_MAX {
                return Err(Error::TooMany);
            }
            book.accounts.push(account);
            Ok(((), vec![(note, by.clone())]))
        })?;
        Ok(Changed { user, secret: Some(issued.secret) })
    }

    /// Changes an account.
    ///
    /// Errors: [`Error::Unknown`]; [`Error::Another`] where it is one's own; [`Error::Unfit`].
    pub fn change_user(
        &self,
        user: &str,
        change: &UserChange,
        by: &Actor,
    ) -> Result<Changed, Error> {
        let issues = matches!(change, UserChange::Enable { .. } | UserChange::Reset { .. });
        let issued = if issues { Some(self.issue()?) } else { None };
        let now = self.plant.now();
        let secret = issued.as_ref().map(|issued| issued.secret.clone());
        let (row, ends) = self.change(|book| {
            let note = changed(book, (user, change), (by, now), issued)?;
            let ends = !matches!(
                note.event,
                AccountEvent::BadgeRegistered
                    | AccountEvent::IdentityConfirmed
                    | AccountEvent::Unlocked
            );
            let row = book.get(user)?.row();
            Ok(((row, ends), vec![(note, by.clone())]))
        })?;
        if ends {
            self.sessions.lock().close_all(&row.user);
        }
        Ok(Changed { user: row, secret })
    }

    /// A new secret to be used once.
    fn issue(&self) -> Result<Issued, Error> {
        let mut secret = [0; SECRET_BYTES];
        getrandom::fill(&mut secret).map_err(Error::Random)?;
        let secret = URL_SAFE_NO_PAD.encode(secret);
        let _place = self.hashing()?;
        let (kept, _) = Kept::of(&secret)?;
        Ok(Issued { secret, kept, until: Time(self.plant.now().0.saturating_add(SECRET_US)) })
    }

    /// No token has the name, nor had an account it that the file does not know any more.
    fn is_free(&self, user: &UserCode) -> Result<(), Error> {
        let taken = || Error::Taken(user.to_string());
        let name = user.as_str();
        let folder = self.plant.folder().reading().path();
        let tokens = Tokens::of(folder).list().map_err(|_| taken())?;
        let known = self.plant.published().read().floor().accounts.contains_key(user);
        if known || RESERVED.contains(&name) || tokens.iter().any(|token| token.name == name) {
            return Err(taken());
        }
        Ok(())
    }

    /// Defines the person where there is none yet and a name is given.
    fn define(&self, ask: &NewUser, by: &Actor) -> Result<(), Error> {
        let known = self.plant.published().read().masters().persons.contains_key(&ask.person);
        if known {
            return Ok(());
        }
        let Some(name) = ask.name.clone().filter(|name| !name.trim().is_empty()) else {
            return Err(Error::Person(ask.person.clone()));
        };
        let person = Person { code: ask.person.clone(), name: Some(name), contact: None };
        let command = Command {
            performed_by: by.person.clone(),
            ..Command::report(vec![Act::DefinePerson(person)])
        };
        self.plant.submit(command, &by.name)?;
        Ok(())
    }
}

/// Changes an account in the book; answers what happened.
fn changed(
    book: &mut Book,
    (user, change): (&str, &UserChange),
    (by, now): (&Actor, Time),
    issued: Option<Issued>,
) -> Result<NoteAccount, Error> {
    let badge_taken = matches!(change, UserChange::Badge { badge }
        if book.accounts.iter().any(|other| other.badges.contains(&badge_of(badge))));
    let account = book.get(user)?;
    if by.person.as_ref() == Some(&account.person) {
        return Err(Error::Another("change your own account: ask another administrator"));
    }
    let mut note =
        NoteAccount::of(AccountEvent::Disabled, account.user.clone(), account.person.clone());
    let mut because = |reason: &str| {
        note.reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        note.reason.as_ref().map(drop).ok_or(Error::Malformed("say why, in `reason`"))
    };
    let is = |fits: bool, why: &'static str| if fits { Ok(()) } else { Err(Error::Unfit(why)) };
    match change {
        UserChange::Disable { reason } => {
            because(reason)?;
            is(!account.disabled, "disable the account: it is disabled already")?;
            account.disabled = true;
        }
        UserChange::Enable { reason } => {
            because(reason)?;
            is(account.disabled, "enable the account: it is enabled already")?;
            account.disabled = false;
            note.event = AccountEvent::Enabled;
        }
        UserChange::Reset { reason } => {
            because(reason)?;
            is(!account.disabled, "reset the password: the account is disabled")?;
            note.event = AccountEvent::PasswordReset;
        }
        UserChange::Unlock { reason } => {
            because(reason)?;
            is(account.locked, "unlock the account: it is not locked")?;
            (account.locked, account.failures) = (false, 0);
            note.event = AccountEvent::Unlocked;
        }
        UserChange::Role { role, reason } => {
            because(reason)?;
            is(account.role != *role, "change the role: the account has it already")?;
            note.old = Some(account.role.to_string());
            note.new = Some(role.to_string());
            account.role = *role;
            note.event = AccountEvent::RoleChanged;
        }
        UserChange::Badge { badge } => {
            is(!badge.trim().is_empty(), "give the badge: it says nothing")?;
            is(!badge_taken, "give the badge: somebody has it already")?;
            is(account.badges.len() < BADGES_MAX, "give the badge: the person has 10 already")?;
            account.badges.push(badge_of(badge));
            note.new = Some(ending(badge));
            note.event = AccountEvent::BadgeRegistered;
        }
        UserChange::WithdrawBadges { reason } => {
            because(reason)?;
            is(!account.badges.is_empty(), "take the badges back: there are none")?;
            note.old = Some(account.badges.len().to_string());
            account.badges.clear();
            note.event = AccountEvent::BadgeWithdrawn;
        }
        UserChange::ConfirmIdentity { method, evidence } => {
            let identity = confirmed(account, (method, evidence), (by, now))?;
            note.new = Some(format!("{}, {}", identity.method, identity.evidence));
            account.identity = Some(identity);
            note.event = AccountEvent::IdentityConfirmed;
        }
    }
    if let Some(issued) = issued {
        given_out(account, issued, by);
    }
    Ok(note)
}

/// What is kept of a badge.
pub(super) fn badge_of(badge: &str) -> String {
    sha256(badge.trim().as_bytes()).to_string()
}

/// An account has a secret its owner does not know yet: no key signs for it, and nobody knows who
/// will use it.
fn given_out(account: &mut Account, issued: Issued, by: &Actor) {
    account.password = issued.kept;
    account.secret_until = Some(issued.until);
    (account.issuer, account.issuer_person) = (by.name.clone(), by.person.clone());
    (account.key, account.identity) = (None, None);
    (account.locked, account.failures) = (false, 0);
}

/// An identity as somebody other than its owner and the issuer of its secret saw it.
fn confirmed(
    account: &Account,
    (method, evidence): (&str, &str),
    (by, at): (&Actor, Time),
) -> Result<Identity, Error> {
    let Some(verifier) = by.person.clone() else {
        return Err(Error::Another(
            "confirm an identity: a person who is signed in does that, no token and no folder",
        ));
    };
    if account.issuer == by.name || account.issuer_person.as_ref() == Some(&verifier) {
        return Err(Error::Another(
            "confirm the identity: you gave out this account's secret; another administrator does",
        ));
    }
    let (method, evidence) = (method.trim().to_owned(), evidence.trim().to_owned());
    if method.is_empty() || evidence.is_empty() {
        return Err(Error::Malformed("say how the identity was seen and what shows it"));
    }
    Ok(Identity { method, evidence, verifier, at })
}

/// Enough of a badge to tell it from others, not enough to make one.
fn ending(badge: &str) -> String {
    let all: Vec<char> = badge.trim().chars().collect();
    let shown = if all.len() >= 8 { 4 } else { 1 };
    let end: String = all.iter().skip(all.len().saturating_sub(shown)).collect();
    format!("ending in {end}")
}

/// Events of somebody's own account.
pub(super) fn own(account: &Account, event: AccountEvent, terminal: &str) -> Event {
    let mut note = NoteAccount::of(event, account.user.clone(), account.person.clone());
    note.terminal = Some(terminal.to_owned());
    let by = Actor { name: account.user.to_string(), person: Some(account.person.clone()) };
    (note, by)
}
