//! Tokens: who may call.

use domain::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::{Call, Reply};
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{Route, delete, get, post};
use crate::token::{Made, Token};

const TAG: &str = "Server";

/// Asks for a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenAsk {
    /// Whose it is: what it records is recorded by this name.
    pub name: String,
    /// What it may be used for.
    pub role: Role,
    /// Until when it may be used; absent: until it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
}

/// Every token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokensAnswer {
    /// The tokens, by name.
    pub tokens: Vec<Token>,
}

pub(super) fn table() -> Vec<Route> {
    vec![
        post("/api/v1/tokens", Role::Admin)
            .says(
                TAG,
                "Make a token",
                "Makes a token and shows it this once; only its hash is kept. What is recorded \
                 with it is recorded by its name.",
            )
            .status(201)
            .json_from(|call: &Call, _: Nothing, ask: TokenAsk| -> Result<Made, Box<Problem>> {
                Ok(call.app.tokens.create(&ask.name, ask.role, ask.expires)?)
            }),
        get("/api/v1/tokens", Some(Role::Admin))
            .says(TAG, "List tokens", "Names, roles and times; never the tokens themselves.")
            .json(|call: &Call, _: Nothing| -> Result<TokensAnswer, Box<Problem>> {
                Ok(TokensAnswer { tokens: call.app.tokens.list()? })
            }),
        delete("/api/v1/tokens/{name}", Role::Admin)
            .says(TAG, "Revoke a token", "It is useless from the next call on.")
            .status(204)
            .raw(|call, _: Nothing| {
                let name: String = call.part("name")?;
                call.app.tokens.revoke(&name)?;
                Ok(Reply::done())
            }),
    ]
}
