//! The accounts of people.

use domain::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::{Changed, NewUser, UserChange, UserRow};
use crate::app::Call;
use crate::problem::Problem;
use crate::query::Nothing;
use crate::route::{Route, get, post};

const TAG: &str = "People";

/// Every account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsersAnswer {
    /// The accounts, by name.
    pub users: Vec<UserRow>,
}

const ADD: &str = "\
Adds an account for a person, with a role. Its name is never given to another, not even after it \
is disabled: choose a code that says nothing of the person. The answer shows a secret, this once, \
with which the owner chooses a password within a day.";

const CHANGE: &str = "\
Disables or enables it, gives it another role, resets its password, unlocks it, gives or takes \
back badges, or confirms its owner's identity. Nobody does so to the own account. Each but giving \
a badge and confirming needs a reason. An identity is confirmed by a person who is signed in and \
did not give out the account's last secret; without it the owner cannot sign, and a reset takes \
it away.";

pub(super) fn table() -> Vec<Route> {
    vec![
        get("/api/v1/users", Some(Role::Admin))
            .says(TAG, "List accounts", "All there ever were, without their secrets.")
            .json(|call: &Call, _: Nothing| -> Result<UsersAnswer, Box<Problem>> {
                Ok(UsersAnswer { users: call.app.accounts.list() })
            }),
        post("/api/v1/users", Role::Admin).says(TAG, "Add an account", ADD).status(201).json_from(
            |call: &Call, _: Nothing, ask: NewUser| -> Result<Changed, Box<Problem>> {
                Ok(call.app.accounts.add(&ask, &call.actor())?)
            },
        ),
        post("/api/v1/users/{user}", Role::Admin).says(TAG, "Change an account", CHANGE).json_from(
            |call: &Call, _: Nothing, change: UserChange| -> Result<Changed, Box<Problem>> {
                let user: String = call.part("user")?;
                Ok(call.app.accounts.change_user(&user, &change, &call.actor())?)
            },
        ),
    ]
}
