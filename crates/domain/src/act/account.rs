//! What happens to accounts, as the ledger keeps it.
//!
//! An account is who may call the server as a person: a user code, bound to a person for good.
//! Secrets are not in here, nor hashes of them; nor what was typed where no account is called so,
//! for people type their passwords there.
//!
//! Source: 21 CFR 11.10(e), 11.300(d).

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString};

use crate::noun::{PersonCode, UserCode};

/// What happened.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum AccountEvent {
    /// It was added, with a role.
    Added,
    /// It has another role.
    RoleChanged,
    /// It was disabled; its code stays taken.
    Disabled,
    /// It was enabled again.
    Enabled,
    /// Its owner chose a password.
    PasswordSet,
    /// An administrator gave out a secret to be used once.
    PasswordReset,
    /// Its owner signed in.
    SignedIn,
    /// Somebody tried to sign in and could not.
    SignInFailed,
    /// Its owner signed out.
    SignedOut,
    /// It was locked after too many failures.
    Locked,
    /// It was unlocked.
    Unlocked,
    /// A badge was given to its owner.
    BadgeRegistered,
    /// A badge was taken back, or lost.
    BadgeWithdrawn,
    /// Somebody saw that its owner is who the owner says.
    IdentityConfirmed,
    /// Its owner accepted the statement on what a signature means.
    StatementAccepted,
    /// A key was made that signs for its owner.
    KeyRegistered,
    /// Somebody tried to sign and could not.
    SigningFailed,
}

/// Something that happened to an account.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteAccount {
    /// What happened.
    pub event: AccountEvent,
    /// To which account; absent: none is called what was typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserCode>,
    /// Whose account it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonCode>,
    /// What was before: a role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// What is now: a role, a public key, the version of a statement, how an identity was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where from: a network address, or a station.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<String>,
}

impl NoteAccount {
    /// An event of an account, with nothing else said.
    #[must_use]
    pub const fn of(event: AccountEvent, user: UserCode, person: PersonCode) -> Self {
        Self {
            event,
            user: Some(user),
            person: Some(person),
            old: None,
            new: None,
            reason: None,
            terminal: None,
        }
    }

    /// What happened, in words.
    #[must_use]
    pub fn words(&self) -> String {
        let user = self.user.as_ref().map_or_else(|| "no account".to_owned(), ToString::to_string);
        let (old, new) = (self.old.as_deref().unwrap_or("?"), self.new.as_deref().unwrap_or("?"));
        let from = self.terminal.as_ref().map(|at| format!(" from {at}")).unwrap_or_default();
        match self.event {
            AccountEvent::Added => {
                let person = self.person.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("added account {user} of {person} with the role {new}")
            }
            AccountEvent::RoleChanged => format!("changed the role of {user} from {old} to {new}"),
            AccountEvent::Disabled => format!("disabled account {user}"),
            AccountEvent::Enabled => format!("enabled account {user}"),
            AccountEvent::PasswordSet => format!("{user} chose a password{from}"),
            AccountEvent::PasswordReset => format!("gave out a secret for {user} to be used once"),
            AccountEvent::SignedIn => format!("{user} signed in{from}"),
            AccountEvent::SignInFailed => format!("a sign-in as {user} failed{from}"),
            AccountEvent::SignedOut => format!("{user} signed out"),
            AccountEvent::Locked => format!("locked account {user} after too many failures{from}"),
            AccountEvent::Unlocked => format!("unlocked account {user}"),
            AccountEvent::BadgeRegistered => format!("gave {user} the badge {new}"),
            AccountEvent::BadgeWithdrawn => format!("took the badge {old} of {user} back"),
            AccountEvent::IdentityConfirmed => format!("confirmed the identity of {user}: {new}"),
            AccountEvent::StatementAccepted => {
                format!("{user} accepted version {new} of the statement on signatures")
            }
            AccountEvent::KeyRegistered => format!("a key signs for {user} from here on"),
            AccountEvent::SigningFailed => format!("a signature as {user} failed{from}"),
        }
    }
}
