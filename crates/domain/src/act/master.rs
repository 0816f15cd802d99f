//! Acts on work masters: from a proposal to its retirement.
//!
//! ```text
//! draft (a file) ─propose▶ in approval ─approve▶ approved ─activate▶ effective ─retire▶ retired
//!                              │                    │                               ▲
//!                              └──────reject────────┴─▶ rejected      the next one ─┘
//! ```

use alloc::boxed::Box;
use alloc::string::String;

use crate::instruction::{MasterHash, WorkMaster};

/// Puts a version up for approval; the person of the command is its author.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProposeMaster {
    /// All of it.
    pub master: Box<WorkMaster>,
    /// What is new in it.
    pub reason: String,
}

/// Approves a version; the person of the command is not its author.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApproveMaster {
    /// Which version.
    pub master: MasterHash,
}

/// Rejects a version before it is effective.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RejectMaster {
    /// Which version.
    pub master: MasterHash,
    /// Why.
    pub reason: String,
}

/// Makes an approved version effective: new work is done by it, and the version before it retires.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActivateMaster {
    /// Which version.
    pub master: MasterHash,
}

/// Ends an effective version without another in its place.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetireMaster {
    /// Which version.
    pub master: MasterHash,
    /// Why.
    pub reason: String,
    /// The version that takes its place; found by the rules, never asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<MasterHash>,
}

/// Says that the person of the command has read and understood a version.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Acknowledge {
    /// Which version.
    pub master: MasterHash,
}
