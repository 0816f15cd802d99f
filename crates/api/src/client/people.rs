//! Who is signed in, and the accounts of people.

use super::wire::{Pairs, encoded};
use super::{Client, Error, Result};
use crate::account::{Changed, NewUser, SignIn, UserChange, UserRow};
use crate::routes::{SessionAnswer, UsersAnswer};

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
