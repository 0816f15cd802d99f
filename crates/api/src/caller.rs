//! Who calls: a machine by its token, or a person by a session.
//!
//! A session comes as a bearer, from programs, or as a cookie, from browsers. A cookie is sent
//! along whatever page asks for it, so a call with one that changes something must also carry the
//! header [`PROOF`], which only a page of this server's own can set.
//!
//! A *terminal* is where a call comes from: the address of the connection or, where that is a proxy
//! on this machine, the last address the proxy says it passes on.

use std::net::{IpAddr, SocketAddr};

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use domain::{PersonCode, Role, StationCode};

use crate::account::{self, Actor, Session};
use crate::app::App;
use crate::problem::Problem;
use crate::token::Token;

/// The cookie that carries a session.
pub(crate) const COOKIE: &str = "tracewright_session";
/// The header that shows that a call comes from a page of this server's own.
pub(crate) const PROOF: &str = "tracewright-request";

/// The address at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// A machine.
    Token(Token),
    /// A person, and the secret of the session.
    Session(Box<Session>, String),
}

impl Caller {
    /// By which name it is recorded.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Token(token) => &token.name,
            Self::Session(session, _) => session.user.as_str(),
        }
    }

    /// What it may do.
    pub(crate) const fn role(&self) -> Role {
        match self {
            Self::Token(token) => token.role,
            Self::Session(session, _) => session.role,
        }
    }

    /// Who it is, where it is a person.
    pub(crate) const fn person(&self) -> Option<&PersonCode> {
        match self {
            Self::Token(_) => None,
            Self::Session(session, _) => Some(&session.person),
        }
    }

    /// The station it is bound to.
    pub(crate) fn station(&self) -> Option<&StationCode> {
        match self {
            Self::Token(_) => None,
            Self::Session(session, _) => session.station.as_ref(),
        }
    }

    /// Whom what it does to accounts is recorded by.
    pub(crate) fn actor(&self) -> Actor {
        Actor { name: self.name().to_owned(), person: self.person().cloned() }
    }

    /// A refusal for want of a role.
    pub(crate) fn not_allowed(&self, needed: Role) -> Box<Problem> {
        let what = match self {
            Self::Token(_) => "token",
            Self::Session(..) => "account",
        };
        let (name, role) = (self.name(), self.role());
        Problem::coded(
            403,
            domain::Code::NotAllowed,
            format!(
                "the {what} {name} has the role {role}; this needs {needed}: ask for a {what} that \
                 has it"
            ),
        )
    }
}

/// Who calls.
///
/// This looks at the time of a file and hashes a few bytes, so it needs no thread of its own.
pub(crate) fn caller(app: &App, parts: &Parts, terminal: &str) -> Result<Caller, Box<Problem>> {
    let unknown = |detail: &str| Problem::plain(401, "unauthorized", detail);
    let ended = "the session is not known or has ended: it lay idle, its time was over, the \
                 account changed, or the server was restarted; sign in again";
    let bearer = bearer(&parts.headers);
    if let Some(secret) = bearer.filter(|secret| !account::is_session(secret)) {
        let token = app.tokens.find(secret, app.plant.now())?;
        let unknown = || unknown("the token is not known, was revoked, or its time is over");
        return token.map(Caller::Token).ok_or_else(unknown);
    }
    let cookie = cookie(&parts.headers);
    if bearer.is_none() && cookie.is_some() && changes(&parts.method) {
        let proven = parts.headers.contains_key(PROOF);
        if !proven {
            let detail =
                format!("a call that changes something by a cookie needs the header {PROOF}: 1");
            return Err(Problem::coded(403, domain::Code::NotAllowed, detail));
        }
    }
    let secret = bearer
        .or(cookie)
        .ok_or_else(|| unknown("sign in, or send a token: Authorization: Bearer TOKEN"))?;
    let session = app.accounts.session(secret, terminal).ok_or_else(|| unknown(ended))?;
    Ok(Caller::Session(Box::new(session), secret.to_owned()))
}

/// Whether who made a call long ago may still make it; a session is not kept open by that.
pub(crate) fn may_stay(app: &App, headers: &HeaderMap, terminal: &str) -> bool {
    let Some(secret) = bearer(headers).or_else(|| cookie(headers)) else { return false };
    if account::is_session(secret) {
        return app.accounts.is_open(secret, terminal);
    }
    matches!(app.tokens.find(secret, app.plant.now()), Ok(Some(_)))
}

/// What follows the word `Bearer`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("authorization")?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
    let pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.trim(), value.trim()))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Where a call comes from.
pub(crate) fn terminal(parts: &Parts) -> String {
    let Some(Peer(peer)) = parts.extensions.get::<Peer>() else { return "unknown".to_owned() };
    let address = peer.ip().to_canonical();
    passed_on(&parts.headers).filter(|_| address.is_loopback()).unwrap_or(address).to_string()
}

/// The address a proxy passes on: the last, which the proxy itself has added.
fn passed_on(headers: &HeaderMap) -> Option<IpAddr> {
    let mut values =
        headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    values.next_back()?.rsplit(',').next()?.trim().parse().ok()
}

/// Whether a call came over an encrypted connection to the proxy.
pub(crate) fn is_encrypted(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|value| value.as_bytes() == b"https")
}
