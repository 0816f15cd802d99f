//! Acts of execution: what is captured while an instruction is followed, gates, nonconformances.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Program, RemovedTo, Worked};
use crate::instruction::MasterHash;
use crate::noun::{
    Amount, CaptureCode, FileRef, NonconformanceCode, OperationCode, PersonCode, Position, RunCode,
    StepCode, UnitOfMeasure,
};

/// Begins an operation of a work master on one or more items at the station of the command, by the
/// person of the command. Its entry's position names the execution from then on.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub struct StartWork<R> {
    /// The items, 1..=1000: a unit, a quantity of a lot, a panel, a furnace load.
    pub items: Vec<Worked<R>>,
    /// Which operation; absent: the only one that can start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationCode>,
    /// By which version; absent: the one the items are made by, else the effective one of their
    /// part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master: Option<MasterHash>,
    /// The run of the process they share: a furnace or steriliser load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunCode>,
    /// The program that the equipment runs, as it was read there; needed where the operation
    /// demands one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Program>,
}

/// What was captured.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub enum Value<R> {
    /// An item was scanned: it goes in, or comes out.
    Scan(Scanned<R>),
    /// A value was measured.
    Measurement(Measured),
    /// Something was looked at.
    Check(Looked),
    /// A word was chosen.
    Choice(Chosen),
    /// Something was written.
    Text(Written),
    /// A file or photo was taken.
    File(FileRef),
    /// A second person confirmed: the person of the command is that person.
    Witness(Witnessed),
    /// The person of the command signed: the command carries the signature.
    Signature(Given),
}

/// A scanned item.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub struct Scanned<R> {
    /// Which item the label names.
    pub item: R,
    /// What it takes the place of, where an operation is done again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replaced<R>>,
    /// Whether it is in its place since the operation was done before, and stays there; found by
    /// the rules, never asked for.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub kept: bool,
}

impl<R> Scanned<R> {
    /// The scan of an item for an empty place.
    pub const fn of(item: R) -> Self {
        Self { item, replaces: None, kept: false }
    }
}

/// What comes out of a place so that something else can go in.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub struct Replaced<R> {
    /// Which unit, or which lot it was of.
    pub item: R,
    /// Where it goes.
    #[serde(default)]
    pub to: RemovedTo,
    /// Why it comes out.
    pub reason: String,
}

/// A measured value.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Measured {
    /// The value, exactly as delivered.
    pub value: Amount,
    /// In which unit of measure.
    pub unit: UnitOfMeasure,
}

/// What was seen.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Looked {
    /// Whether it is as it must be.
    pub good: bool,
}

/// The chosen word.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Chosen {
    /// One of the options.
    pub choice: String,
}

/// Words of one's own.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Written {
    /// The words.
    pub text: String,
}

/// A confirmation.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Witnessed {
    /// Whether it is as it must be.
    pub good: bool,
}

/// That it is signed: by whom and as what the signature itself says.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Given {}

/// Takes one value that the open step of an execution demands.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub struct Take<R> {
    /// Of which execution.
    pub execution: Position,
    /// For which step.
    pub step: StepCode,
    /// For which capture of the step.
    pub capture: CaptureCode,
    /// On which of the items; absent: on all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<R>,
    /// What was captured.
    pub value: Value<R>,
    /// The entry of this step that it stands in place of: one's own, taken wrongly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<Position>,
    /// Why it stands in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it is within what the capture demands; found by the rules, never asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good: Option<bool>,
}

/// Closes the gate of the open step: everything it demands is there and good.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CloseStep {
    /// Of which execution.
    pub execution: Position,
    /// Which step.
    pub step: StepCode,
    /// What the gate judged: the captures it found good; found by the rules, never asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Position>,
    /// Attempts that were refused since the gate before; found by the rules, never asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Position>,
    /// The operation that is complete with it; found by the rules, never asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completes: Option<OperationCode>,
}

/// Interrupts an execution: a break, a handover, the end of a shift.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PauseWork {
    /// Which execution.
    pub execution: Position,
    /// Why, or for whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Goes on with an execution exactly where it stood, at the station and by the person of the
/// command.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResumeWork {
    /// Which execution.
    pub execution: Position,
}

/// Ends an execution without completing it, on all of its items or on some: the operation has to be
/// done anew on them.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub struct AbandonWork<R> {
    /// Which execution.
    pub execution: Position,
    /// The items that leave it; absent: all, and it ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<R>,
    /// Why.
    pub reason: String,
}

/// Says that items do not fulfil a requirement, and holds them until somebody decides.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub struct OpenNonconformance<R> {
    /// Its code; absent: made from its position, as `NC-118`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<NonconformanceCode>,
    /// The items, 1..=1000.
    pub items: Vec<R>,
    /// What is wrong.
    pub description: String,
    /// The capture that was out of limits; found by the rules, never asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<Position>,
}

/// What is done with items that do not conform. Source: ISO 13485 8.3, AS9100 8.7.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Disposition {
    /// They may be used as they are: a concession.
    UseAsIs,
    /// They are made to conform.
    Rework,
    /// They are made fit for use without conforming.
    Repair,
    /// They are discarded.
    Scrap,
    /// They go back to the supplier.
    Return,
}

impl Disposition {
    /// The words for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UseAsIs => "use as is",
            Self::Rework => "rework",
            Self::Repair => "repair",
            Self::Scrap => "scrap",
            Self::Return => "return",
        }
    }
}

/// Decides about a nonconformance, and ends its hold.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub struct Dispose<R> {
    /// Which nonconformance.
    pub nonconformance: NonconformanceCode,
    /// What is done.
    pub disposition: Disposition,
    /// Why that is right.
    pub reason: String,
    /// For rework and repair: the operation of the route from which all is done again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_to: Option<OperationCode>,
    /// The items it is about; found by the rules, never asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<R>,
    /// The operations that are done again; found by the rules, never asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<OperationCode>,
}

/// Allows a step to close without a capture, or with one that is not good.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub struct Deviate<R> {
    /// Of which execution.
    pub execution: Position,
    /// Of which step: the open one.
    pub step: StepCode,
    /// Without which capture.
    pub capture: CaptureCode,
    /// On which item; absent: on all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<R>,
    /// Why that may be.
    pub reason: String,
}

/// Says that an item may leave: its record was complete and was reviewed.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub struct Release<R> {
    /// Which item.
    pub item: R,
    /// SHA-256 of the record that was reviewed, as 64 hexadecimal digits.
    pub record: String,
    /// The last entry the record knew.
    pub known_at: Position,
}

/// Moves items to another version of their instruction: an order's change does not do so by itself.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub struct AssignMaster<R> {
    /// The items, 1..=1000, none of them in work.
    pub items: Vec<R>,
    /// To which version.
    pub master: MasterHash,
    /// Why.
    pub reason: String,
    /// Operations that were passed and stand, though the version demands more in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keeps: Vec<OperationCode>,
    /// Operations that were passed and are done again, because the version demands something else
    /// in them; found by the rules, never asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<OperationCode>,
}

/// Says what a person is qualified for. The latest word counts.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Qualify {
    /// Who.
    pub person: PersonCode,
    /// For what.
    pub qualification: crate::noun::QualificationCode,
    /// Until when; absent: until it is said otherwise. Now or earlier: it is withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<crate::noun::Time>,
    /// By what evidence: a certificate, a test.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRef>,
    /// On what ground.
    pub reason: String,
}
