//! Acts of quality: holds, scrap, clearance, corrections, exceptions, and the ledger's own.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::Act;
use crate::noun::{Amount, HoldCode, ImportCode, Interval, PersonCode, Position};
use crate::rejection::Code;
use crate::start::Start;

/// Blocks use, packing, parting and shipping.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Hold<R> {
    /// How people call the hold; must be new.
    pub code: HoldCode,
    /// What is held: items, or all that fits a query, now or later. Several: any of them.
    pub on: Vec<Start<R>>,
    /// Whether it also holds what came and comes from them.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub spreads: bool,
    /// Why.
    pub reason: String,
    /// What fitted the queries when the hold was placed; found by the engine, never asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<R>,
}

/// More of what fitted the queries of a hold when it was placed.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub struct ExtendHold<R> {
    /// Which hold.
    pub code: HoldCode,
    /// The items, 1..=1000.
    pub items: Vec<R>,
}

/// Ends a hold.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lift {
    /// Which hold.
    pub code: HoldCode,
    /// Why it may end.
    pub reason: String,
}

/// Says that a hold is known at the station it is said from, which the command names.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcknowledgeHold {
    /// Which hold.
    pub code: HoldCode,
}

/// Takes an item, or a quantity of a lot, for good.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Taking<R> {
    /// Which item.
    pub item: R,
    /// How much of a lot; absent: all that is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Amount>,
    /// Why.
    pub reason: String,
}

/// Decides that an item is not suspect of something it was suspected of.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Clear<R> {
    /// The items found good.
    pub items: Vec<R>,
    /// The item they were suspected of containing.
    pub of: R,
    /// On what evidence.
    pub reason: String,
}

/// How entries are corrected.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(tag = "how", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[serde(deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub enum Amendment<R> {
    /// They did not happen.
    Withdraw,
    /// They happened to, or with, another item.
    Substitute {
        /// The item named wrongly.
        wrong: R,
        /// The item it was.
        right: R,
        /// Only for these of the items named beside it; empty: for all.
        #[serde(default)]
        only: Vec<R>,
    },
    /// They were performed at another time.
    Retime {
        /// When it was.
        performed: Interval,
    },
    /// This is what happened.
    Restate {
        /// In place of the one entry named.
        act: Box<Act<R>>,
    },
}

/// Supersedes earlier entries; they stay visible.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Correct<R> {
    /// The entries that are wrong, 1..=1000.
    pub entries: Vec<Position>,
    /// What is right.
    pub amendment: Amendment<R>,
    /// Why.
    pub reason: String,
}

/// Says that the signature under an entry does not hold any more. It stays visible, and so does
/// what was signed.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VoidSignature {
    /// Position of the signed entry.
    pub entry: Position,
    /// Why.
    pub reason: String,
}

/// Signs anew what an entry says, or what stands in its place now: with the same meaning.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignAgain {
    /// Position of the entry that was signed.
    pub entry: Position,
}

/// An exception: something a rule routes to a person.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Except<R> {
    /// Which rule was broken.
    pub code: Code,
    /// By which entry.
    pub entry: Position,
    /// On which items.
    pub items: Vec<R>,
    /// What was found.
    pub detail: String,
    /// Who owns it: a role.
    pub owner: String,
}

/// Closes an exception.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CloseException {
    /// Position of the exception's entry.
    pub exception: Position,
    /// Why it is settled.
    pub reason: String,
}

/// An attempt that was refused.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Refuse<R> {
    /// What was attempted: the word of the act.
    pub attempted: String,
    /// Why it was refused.
    pub code: Code,
    /// What was found.
    pub detail: String,
    /// On which items.
    pub items: Vec<R>,
    /// In which execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<Position>,
}

/// The JSON Schema of the user's own fields.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DefineSchema {
    /// The schema, draft 2020-12, as JSON text.
    pub schema: String,
}

/// Erases the erasable data of a person.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Erase {
    /// Whose.
    pub person: PersonCode,
    /// Why, or on whose request.
    pub reason: String,
}

/// A file or document taken in.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Import {
    /// Under which code.
    pub code: ImportCode,
    /// The file as it came.
    pub file: crate::noun::FileRef,
    /// What it was read as: `csv`, `jsonLines`, `epcis`.
    pub format: String,
    /// Whether all of it is in; false marks its beginning.
    pub complete: bool,
    /// Rows or events read.
    pub rows: u64,
}

/// That a report which has not come yet is wrong.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeclareError {
    /// By what it will be known, such as the id of an EPCIS event.
    pub report: String,
    /// Why.
    pub reason: String,
}
