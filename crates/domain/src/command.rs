//! How something is asked for or told: a command, its mode and its context.

use alloc::string::String;
use alloc::vec::Vec;

use crate::act::Act;
use crate::noun::{
    CommandId, EquipmentCode, Interval, ItemRef, Meaning, PersonCode, Position, Role, StationCode,
    Time, UserCode,
};

/// Most acts one command may carry; a longer story is several commands.
pub const ACTS_PER_COMMAND_MAX: usize = 100;

/// Whether the rules may refuse it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Something about to be done: it meets the rules.
    #[default]
    Attempt,
    /// Something that happened: what it breaks becomes exceptions.
    Report,
}

/// The clock of the device that captured a fact.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Captured {
    /// What its clock showed.
    pub at: Time,
    /// How far its clock was ahead of the server's, where known. Units: microseconds.
    #[serde(default)]
    pub clock_ahead_us: Option<i64>,
}

/// Who signed a fact, and as what. Written by the server, never asked for.
///
/// Source: 21 CFR 11.50(a); the printed name stands beside it, where it can be erased.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signed {
    /// By which account.
    pub user: UserCode,
    /// Who.
    pub signer: PersonCode,
    /// In which role.
    pub role: Role,
    /// What the signature means.
    pub meaning: Meaning,
    /// When, by the server's clock, in UTC.
    pub at: Time,
    /// The public key, as 64 hexadecimal digits.
    pub key: String,
    /// SHA-256 of what was shown to the signer, which is kept as a file; absent: whoever asked for
    /// the signature did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
}

/// Who, when, where and with what.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Context {
    /// The command it came with.
    pub command: CommandId,
    /// Attempt or report.
    pub mode: Mode,
    /// When it was performed.
    pub performed: Interval,
    /// When a device captured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Captured>,
    /// Who performed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performed_by: Option<PersonCode>,
    /// Who recorded it: the owner of the token, or `local`.
    pub recorded_by: String,
    /// At which station.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationCode>,
    /// With which equipment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equipment: Vec<EquipmentCode>,
    /// Where the fact comes from: an import, a document, a device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Content hash of the instruction or rule that admitted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why it is told late: paper, a cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<String>,
    /// The correction this fact restates, or the fact an exception is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Position>,
    /// Who signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
    /// The signer's printed name when it was signed; erasable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_name: Option<String>,
    /// The signature over everything else in the entry; made where the entry is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

impl Context {
    /// The same context for a fact that nobody signed.
    #[must_use]
    pub fn unsigned(self) -> Self {
        Self { signed: None, signed_name: None, signature: None, ..self }
    }
}

/// What a caller asks for or tells: admitted as a whole or not at all.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Command {
    /// Chosen by the caller so that a retry is safe; absent: made by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CommandId>,
    /// Attempt or report.
    #[serde(default)]
    pub mode: Mode,
    /// When it was performed; absent: now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performed: Option<Interval>,
    /// When a device captured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Captured>,
    /// Who performed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performed_by: Option<PersonCode>,
    /// At which station.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationCode>,
    /// With which equipment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equipment: Vec<EquipmentCode>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Content hash of the instruction or rule that admitted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why it is told late: paper, a cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<String>,
    /// What is done, in order, 1..=100; a later act may point at what an earlier one made.
    pub acts: Vec<Act<ItemRef>>,
}

impl Command {
    /// An attempt of these acts, now, with nothing else said.
    #[must_use]
    pub const fn attempt(acts: Vec<Act<ItemRef>>) -> Self {
        Self::of(Mode::Attempt, acts)
    }

    /// A report of these acts.
    #[must_use]
    pub const fn report(acts: Vec<Act<ItemRef>>) -> Self {
        Self::of(Mode::Report, acts)
    }

    const fn of(mode: Mode, acts: Vec<Act<ItemRef>>) -> Self {
        Self {
            id: None,
            mode,
            performed: None,
            captured: None,
            performed_by: None,
            station: None,
            equipment: Vec::new(),
            source: None,
            rule: None,
            late: None,
            acts,
        }
    }
}

/// What became of a command that was admitted.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Admitted {
    /// Position of the first entry it wrote.
    pub first: Position,
    /// Position of the last entry it wrote.
    pub last: Position,
    /// The items it brought into being, act by act.
    pub created: Vec<Vec<crate::noun::ItemId>>,
    /// Rules it broke that became exceptions: their entries and what was found.
    pub exceptions: Vec<Raised>,
}

/// An exception a command raised.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Raised {
    /// Position of the exception's entry.
    pub exception: Position,
    /// What was found.
    pub finding: crate::rejection::Finding,
}

/// The answer to a command; the same id with the same body gets it again.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(tag = "answer", rename_all = "camelCase")]
pub enum Answer {
    /// It is in the ledger.
    Admitted(Admitted),
    /// A rule said no.
    Rejected(crate::rejection::Rejection),
}
