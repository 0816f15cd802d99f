//! What the ledger says of an account: whose it is, its role, and the keys that signed for it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::act::{AccountEvent, NoteAccount};
use crate::noun::{PersonCode, Position, Role};

/// A public key that signs, or signed, for the owner of an account.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SigningKey {
    /// The key, as 64 hexadecimal digits.
    pub key: String,
    /// The entry that registered it.
    pub since: Position,
}

/// An account as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Account {
    /// Whose it is.
    pub person: PersonCode,
    /// What it may do.
    pub role: Role,
    /// Whether it may be used.
    pub enabled: bool,
    /// Its keys, the newest last.
    pub keys: Vec<SigningKey>,
}

impl Account {
    /// What becomes of an account, or of none, by something that happened to it.
    #[must_use]
    pub fn after(before: Option<Self>, note: &NoteAccount, position: Position) -> Option<Self> {
        let role = || note.new.as_deref().and_then(|role| role.parse().ok());
        let Some(mut account) = before else {
            let added = note.event == AccountEvent::Added;
            let (person, role) = (note.person.clone().filter(|_| added)?, role()?);
            return Some(Self { person, role, enabled: true, keys: Vec::new() });
        };
        match note.event {
            AccountEvent::RoleChanged => account.role = role().unwrap_or(account.role),
            AccountEvent::Disabled => account.enabled = false,
            AccountEvent::Enabled => account.enabled = true,
            AccountEvent::KeyRegistered => {
                let key = note.new.clone().unwrap_or_default();
                account.keys.push(SigningKey { key, since: position });
            }
            AccountEvent::Added
            | AccountEvent::PasswordSet
            | AccountEvent::PasswordReset
            | AccountEvent::SignedIn
            | AccountEvent::SignInFailed
            | AccountEvent::SignedOut
            | AccountEvent::Locked
            | AccountEvent::Unlocked
            | AccountEvent::BadgeRegistered
            | AccountEvent::BadgeWithdrawn
            | AccountEvent::IdentityConfirmed
            | AccountEvent::StatementAccepted
            | AccountEvent::SigningFailed => {}
        }
        Some(account)
    }
}
