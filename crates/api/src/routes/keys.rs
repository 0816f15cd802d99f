//! The signed head of the ledger and its signing keys.

use engine::At;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::{Call, Reply};
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{Route, TEXT, get, post};

const TAG: &str = "Proof";

/// The signing keys of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeysAnswer {
    /// Where the answer stands.
    pub at: Vec<At>,
    /// Name of the ledger in its checkpoints.
    pub origin: String,
    /// Every key it ever signed with as a C2SP verifier key, oldest first; the last one signs now.
    pub keys: Vec<String>,
}

pub(super) fn table() -> Vec<Route> {
    vec![
        get("/api/v1/checkpoint", None)
            .says(
                TAG,
                "Read the signed head of the ledger",
                "A C2SP signed note: the size of the ledger and the root of its tree. Whoever \
                 keeps it can later prove that nothing before it was changed. It holds no data \
                 and needs no token; it is renewed at most once a second. Cosignatures of \
                 witnesses stand under it as far as they have come.",
            )
            .answers(TEXT)
            .raw(|call, _: Nothing| Ok(Reply::whole(TEXT, call.plant().head()?.to_string()))),
        get("/api/v1/keys", Some(Role::Read))
            .says(TAG, "List signing keys", "The keys whose signatures on checkpoints count.")
            .json(keys),
        post("/api/v1/keys/rotate", Role::Admin)
            .says(
                TAG,
                "Change the signing key",
                "Makes a new signing key and has the old one endorse it in the ledger. What was \
                 signed before stays valid.",
            )
            .json(rotate),
    ]
}

fn keys(call: &Call, _: Nothing) -> Result<KeysAnswer, Box<Problem>> {
    let chain = call.plant().keys();
    Ok(KeysAnswer {
        at: call.plant().at(),
        origin: chain.genesis().origin.clone(),
        keys: chain.keys().map(ToString::to_string).collect(),
    })
}

fn rotate(call: &Call, nothing: Nothing) -> Result<KeysAnswer, Box<Problem>> {
    call.plant().rotate_key()?;
    keys(call, nothing)
}
