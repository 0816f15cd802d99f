//! Sessions: who is signed in, at which terminal, until when. They live in memory: a restart ends
//! them all.
//!
//! ```text
//! sign in ─▶ open ─▶ ended: sign-out · idle too long · its time is over · another terminal
//!                           account disabled, role changed, password changed · restart
//! ```
//!
//! Invariant: kept is the SHA-256 of a session's secret. A badge opens a session of the role
//! `record` at one station; it never signs.
//!
//! Source: 21 CFR 11.200(a)(1): a continuous period of controlled access ends with its session.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{PersonCode, Role, StationCode, Time, UserCode};
use merkle::Hash;
use merkle::hash::sha256;

use super::{Error, Policy};

/// Sessions at once: some megabytes.
const SESSIONS_MAX: usize = 10_000;
/// Sessions of one account at once; the oldest makes room.
const SESSIONS_PER_USER_MAX: usize = 10;
/// So that a secret found in a file or a log is known for what it is.
const PREFIX: &str = "tws_";
const MINUTE_US: i64 = 60_000_000;
/// How long a session lasts at most: a long shift. Units: microseconds.
const SESSION_US_MAX: i64 = 12 * 60 * MINUTE_US;

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// By which account.
    pub user: UserCode,
    /// Who.
    pub person: PersonCode,
    /// What they may do.
    pub role: Role,
    /// Where: a network address.
    pub terminal: String,
    /// The station a badge opened it at; absent: it was opened with a password.
    pub station: Option<StationCode>,
    /// Since when.
    pub began: Time,
    /// When it was last used.
    pub seen: Time,
    /// Whether its owner signed in it already: then the secret alone signs again.
    pub signed: bool,
}

/// Everybody who is signed in.
#[derive(Debug, Default)]
pub(super) struct Sessions(HashMap<Hash, Session>);

impl Sessions {
    /// Opens a session; answers its secret.
    pub(super) fn open(&mut self, session: Session, policy: &Policy) -> Result<String, Error> {
        let now = session.began;
        self.0.retain(|_, other| !is_over(other, now, policy));
        let own = self.0.iter().filter(|(_, other)| other.user == session.user);
        let own: Vec<(Time, Hash)> = own.map(|(key, other)| (other.seen, *key)).collect();
        if own.len() >= SESSIONS_PER_USER_MAX
            && let Some((_, oldest)) = own.iter().min()
        {
            self.0.remove(oldest);
        }
        if self.0.len() >= SESSIONS_MAX {
            return Err(Error::Busy { retry_after_ms: 60_000 });
        }
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(Error::Random)?;
        let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
        self.0.insert(sha256(secret.as_bytes()), session);
        Ok(secret)
    }

    /// Whose session this is, if it is open and used where it was opened.
    pub(super) fn find(
        &mut self,
        secret: &str,
        (terminal, now): (&str, Time),
        policy: &Policy,
    ) -> Option<Session> {
        let key = sha256(secret.as_bytes());
        let session = self.0.get_mut(&key)?;
        if is_over(session, now, policy) || session.terminal != terminal {
            self.0.remove(&key);
            return None;
        }
        session.seen = now;
        Some(session.clone())
    }

    /// Whether a session is open where it was opened; looking is no use of it.
    pub(super) fn is_open(
        &self,
        secret: &str,
        (terminal, now): (&str, Time),
        policy: &Policy,
    ) -> bool {
        let session = self.0.get(&sha256(secret.as_bytes()));
        session
            .is_some_and(|session| !is_over(session, now, policy) && session.terminal == terminal)
    }

    /// Remembers that the owner of a session signed in it.
    pub(super) fn signed(&mut self, secret: &str) {
        if let Some(session) = self.0.get_mut(&sha256(secret.as_bytes())) {
            session.signed = true;
        }
    }

    /// Ends a session.
    pub(super) fn close(&mut self, secret: &str) -> Option<Session> {
        self.0.remove(&sha256(secret.as_bytes()))
    }

    /// Ends all sessions of an account.
    pub(super) fn close_all(&mut self, user: &UserCode) {
        self.0.retain(|_, session| session.user != *user);
    }
}

/// Whether a text looks like the secret of a session.
#[must_use]
pub(crate) fn is_session(secret: &str) -> bool {
    secret.starts_with(PREFIX)
}

fn is_over(session: &Session, now: Time, policy: &Policy) -> bool {
    let idle_us = i64::from(policy.idle_minutes).saturating_mul(MINUTE_US);
    let (idle, open) = (now.0 - session.seen.0, now.0 - session.began.0);
    // A clock that went back ends nothing, and lengthens nothing: the other limit still holds.
    idle >= idle_us || open >= SESSION_US_MAX
}
