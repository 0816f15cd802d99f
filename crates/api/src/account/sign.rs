//! The signing ceremony: a fresh proof of who signs, a meaning, and a key that only the owner
//! opens.
//!
//! ```text
//! session + secret (+ account, the first time) + meaning ─▶ key of the owner ─▶ one command
//! ```
//!
//! A session alone signs nothing, nor does a badge or a token. The first signature of a session
//! takes account and secret, later ones the secret. Before the first an owner's identity is
//! confirmed and the owner accepts the [statement](STATEMENT).
//!
//! Source: 21 CFR 11.50, 11.100, 11.200; rules ES-01 to ES-04, ES-08, ES-11, ES-16, ES-19,
//! ES-20, ES-28.

use domain::Meaning;
use domain::act::AccountEvent;
use engine::Signing;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::manage::own;
use super::{Accounts, Error, Session};

/// What an owner accepts before the first signature. A change of the text is a new version.
pub const STATEMENT: &str = "\
My electronic signature binds me as my signature by hand does. I keep my password to myself, sign \
only what I have seen and mean, and report at once if somebody else could know my password.";
/// Which version of it this is.
pub const STATEMENT_VERSION: u32 = 1;

/// Signs the acts of a command.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ceremony {
    /// The account of who signs; may be left out after the first signature of a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Its password, every time.
    pub secret: String,
    /// What the signature means.
    pub meaning: Meaning,
    /// SHA-256 of what was shown to who signs, as 64 hexadecimal digits: a file that was stored
    /// before. It stands in the signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
}

impl std::fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ceremony").field("meaning", &self.meaning).finish_non_exhaustive()
    }
}

impl Accounts {
    /// Lets the owner of a session sign one command.
    ///
    /// Errors: [`Error::NotSigned`] where the proof fails, which counts to the lock-out;
    /// [`Error::Unfit`] where the owner may not sign yet.
    pub fn sign(
        &self,
        (session, secret): (&Session, &str),
        ceremony: &Ceremony,
        terminal: &str,
    ) -> Result<Signing, Error> {
        self.is_kept(ceremony.shown.as_deref())?;
        let user = session.user.as_str();
        let named = match ceremony.user.as_deref() {
            Some(named) => named == user,
            None => session.signed && session.station.is_none(),
        };
        if !named {
            let account = self.book.lock().of(user).cloned();
            self.failed(account.as_ref(), (terminal, terminal), AccountEvent::SigningFailed)?;
            return Err(Error::NotSigned);
        }
        let proof = (terminal, AccountEvent::SigningFailed);
        let opened = match self.prove(user, &ceremony.secret, proof) {
            Err(Error::NotSignedIn) => return Err(Error::NotSigned),
            opened => opened?,
        };
        let account = self.book.lock().of(user).cloned().ok_or(Error::NotSigned)?;
        let key = account.key.as_ref().filter(|_| account.secret_until.is_none());
        let Some(key) = key.filter(|_| opened.still(&account)) else {
            return Err(Error::NotSigned);
        };
        if account.identity.is_none() {
            return Err(Error::Unfit(
                "sign: nobody confirmed your identity since your secret was given out; an \
                 administrator other than that one does so, with `tracewright user identity`",
            ));
        }
        if account.statement != Some(STATEMENT_VERSION) {
            return Err(Error::Unfit(
                "sign: read and accept the statement on signatures first, with POST \
                 /api/v1/session/statement or `tracewright statement --accept`",
            ));
        }
        let name = self.plant.person_name(&account.person)?.ok_or(Error::Unfit(
            "sign: your printed name is not known; define your person with a name first",
        ))?;
        if account.failures > 0 {
            self.change(|book| {
                book.get(user)?.failures = 0;
                Ok(((), Vec::new()))
            })?;
        }
        self.sessions.lock().signed(secret);
        let key = key.signer(&opened.derived, &account.user)?;
        Ok(Signing {
            user: account.user.clone(),
            signer: account.person.clone(),
            role: account.role,
            meaning: ceremony.meaning,
            shown: ceremony.shown.clone(),
            name,
            key,
        })
    }

    /// What was shown is kept, so that it can be looked at later.
    fn is_kept(&self, shown: Option<&str>) -> Result<(), Error> {
        let Some(shown) = shown else { return Ok(()) };
        let hash = merkle::Hash::from_hex(shown);
        let kept = |hash| self.plant.folder().reading().files().contains(hash);
        if hash.is_some_and(kept) {
            return Ok(());
        }
        Err(Error::Unfit(
            "sign: what was shown is named by the SHA-256 of a file that is stored here; store it \
             first, with POST /api/v1/files",
        ))
    }

    /// The owner of a session accepts the statement on signatures.
    ///
    /// Errors: [`Error::Unfit`] where it is another version than the one that holds.
    pub fn accept(&self, session: &Session, version: u32, terminal: &str) -> Result<(), Error> {
        if session.station.is_some() {
            return Err(Error::Unfit("accept the statement: sign in with your password first"));
        }
        if version != STATEMENT_VERSION {
            return Err(Error::Unfit("accept the statement: another version holds; read that one"));
        }
        self.change(|book| {
            let account = book.get(session.user.as_str())?;
            account.statement = Some(version);
            let (mut note, by) = own(account, AccountEvent::StatementAccepted, terminal);
            note.new = Some(version.to_string());
            Ok(((), vec![(note, by)]))
        })
    }
}
