//! Who is signed in, and the accounts of people.

use domain::Command;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::wire::{Pairs, encoded};
use super::{Client, Error, Result};
use crate::account::{Ceremony, Changed, NewUser, SignIn, UserChange, UserRow};
use crate::routes::{CommandAnswer, SessionAnswer, StatementAnswer, StatementAsk, UsersAnswer};

impl Client {
    /// Opens a session; the secret of the answer is what later calls send in place of a token.
    ///
    /// Errors: [`Error::PlainRemote`] where the password would not be encrypted.
    pub fn sign_in(&self, ask: &SignIn) -> Result<SessionAnswer> {
        if self.in_the_clear {
            return Err(Error::PlainRemote(self.server.clone()));
        }
        self.post("/api/v1/session", ask)
    }

    /// Sends a command that the person of the session signs.
    ///
    /// Errors: [`Error::PlainRemote`] where the password would not be encrypted.
    pub fn command_signed(&self, command: &Command, ceremony: &Ceremony) -> Result<CommandAnswer> {
        self.post_signed("/api/v1/commands", command, ceremony)
    }

    /// Sends something that is signed.
    pub(super) fn post_signed<A: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        ceremony: &Ceremony,
    ) -> Result<A> {
        if self.in_the_clear {
            return Err(Error::PlainRemote(self.server.clone()));
        }
        let mut body = serde_json::to_value(body).map_err(|error| self.strange(&error))?;
        let signature = serde_json::to_value(ceremony).map_err(|error| self.strange(&error))?;
        if let Some(fields) = body.as_object_mut() {
            fields.insert("signature".to_owned(), signature);
        }
        self.post(path, &body)
    }

    /// The statement on signatures.
    pub fn statement(&self) -> Result<StatementAnswer> {
        self.get("/api/v1/session/statement", Pairs::new())
    }

    /// Accepts the statement on signatures.
    pub fn accept_statement(&self, version: u32) -> Result<()> {
        self.post_json("/api/v1/session/statement", &StatementAsk { version }).map(drop)
    }

    /// Ends the session.
    pub fn sign_out(&self) -> Result<()> {
        self.delete("/api/v1/session").map(drop)
    }

    /// Who calls.
    pub fn who(&self) -> Result<SessionAnswer> {
        self.get("/api/v1/session", Pairs::new())
    }

    /// Every account, without its secrets.
    pub fn users(&self) -> Result<Vec<UserRow>> {
        self.get("/api/v1/users", Pairs::new()).map(|answer: UsersAnswer| answer.users)
    }

    /// Adds an account.
    pub fn add_user(&self, ask: &NewUser) -> Result<Changed> {
        self.post("/api/v1/users", ask)
    }

    /// Changes an account.
    pub fn change_user(&self, user: &str, change: &UserChange) -> Result<Changed> {
        self.post(&format!("/api/v1/users/{}", encoded(user)), change)
    }
}
