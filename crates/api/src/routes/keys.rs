//! The signed head of the ledger and its signing keys.

use engine::{At, Plant};
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
    /// Those among them that were withdrawn: what they sign from then on is not to be believed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<String>,
}

impl KeysAnswer {
    /// The keys of a plant.
    #[must_use]
    pub fn of(plant: &Plant) -> Self {
        let chain = plant.keys();
        let withdrawn = chain.keys().filter(|key| chain.is_revoked(key, u64::MAX));
        Self {
            at: plant.at(),
            origin: chain.genesis().origin.clone(),
            withdrawn: withdrawn.map(ToString::to_string).collect(),
            keys: chain.keys().map(ToString::to_string).collect(),
        }
    }
}

/// Which key to withdraw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WithdrawKeyAsk {
    /// The key, as a C2SP verifier key.
    pub key: String,
    /// Why.
    pub reason: String,
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
        post("/api/v1/keys/withdraw", Role::Admin)
            .says(
                TAG,
                "Withdraw a former signing key",
                "Says in the ledger that a former key is not to be believed any more, such as \
                 one whose seed others may have read. The key in force has to be changed first.",
            )
            .json_from(withdraw),
    ]
}

fn keys(call: &Call, _: Nothing) -> Result<KeysAnswer, Box<Problem>> {
    Ok(KeysAnswer::of(call.plant()))
}

fn withdraw(
    call: &Call,
    nothing: Nothing,
    ask: WithdrawKeyAsk,
) -> Result<KeysAnswer, Box<Problem>> {
    let WithdrawKeyAsk { key: text, reason } = ask;
    let key = text.parse();
    let key = key.map_err(|why| Problem::malformed(format!("`{text}` is no key: {why}")))?;
    call.plant().revoke_key(&key, &reason).map_err(|error| match error {
        engine::Error::Keys(why) => Problem::malformed(why),
        other => other.into(),
    })?;
    keys(call, nothing)
}

fn rotate(call: &Call, nothing: Nothing) -> Result<KeysAnswer, Box<Problem>> {
    call.plant().rotate_key()?;
    keys(call, nothing)
}
