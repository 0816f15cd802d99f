//! Signing: what somebody who proved who they are lends to one command.
//!
//! ```text
//! ceremony (api) ─▶ key of the person, with the command ─▶ writer: entry, signed over its own
//! bytes
//! ```
//!
//! Invariants: the key lives as long as the command waits and nowhere else; each entry that the
//! person asked for is signed by itself, over its position and content; what follows from it, what
//! is refused and what is corrected later is not.

use domain::{Meaning, PersonCode, Role, UserCode};
use merkle::signature::Signer;

/// Somebody who signs one command.
#[derive(Debug, Clone)]
pub struct Signing {
    /// By which account.
    pub user: UserCode,
    /// Who.
    pub signer: PersonCode,
    /// In which role.
    pub role: Role,
    /// What the signature means.
    pub meaning: Meaning,
    /// The printed name at this moment.
    pub name: String,
    /// The SHA-256 of what was shown to that person, where it is known.
    pub shown: Option<String>,
    /// The key.
    pub key: Signer,
}
