//! Acts by which items come into being and get their names and quantities.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::instruction::MasterHash;
use crate::item::Acceptance;
use crate::noun::{
    Amount, FileRef, Identifier, OperationCode, OrderCode, Part, PartyCode, PlaceCode, Position,
    Quantity, Time,
};

/// What an item is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// One product instance.
    Unit,
    /// A quantity of a material.
    Lot,
    /// A pallet.
    Pallet,
    /// A package, carton or box.
    Package,
    /// A panel of boards, later parted.
    Panel,
    /// A tray, kit or other carrier.
    Tray,
}

impl Kind {
    /// Whether it holds other items.
    #[must_use]
    pub const fn is_container(self) -> bool {
        matches!(self, Self::Pallet | Self::Package | Self::Panel | Self::Tray)
    }

    /// The word for it, as in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Lot => "lot",
            Self::Pallet => "pallet",
            Self::Package => "package",
            Self::Panel => "panel",
            Self::Tray => "tray",
        }
    }
}

/// Where an item's history begins.
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
pub enum Origin {
    /// Made here, from now on under this ledger's eyes.
    #[default]
    Made,
    /// Finished stock at go-live or from an import: what came before is unknown.
    OpeningStock,
    /// Work in process at go-live: what came before is unknown.
    OpeningWork,
    /// Announced, not here yet.
    Expected,
    /// Named by another fact before anything told of its making.
    Implied,
}

/// One item to bring into being.
#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewItem {
    /// How it is called; may be empty, a unit can be labelled late.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    /// How much, for a lot; in the part's base unit unless a unit is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Amount>,
    /// Its numbered place in the panel or carrier it is made in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
}

/// Brings items into being.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Create<R> {
    /// What they are.
    pub kind: Kind,
    /// Which part; containers may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// The items, 1..=1000.
    pub items: Vec<NewItem>,
    /// Where their history begins.
    #[serde(default)]
    pub origin: Origin,
    /// The order they are made in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderCode>,
    /// The ERP's production order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub production_order: Option<OrderCode>,
    /// The lot they belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<R>,
    /// The panel they are part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<R>,
    /// Usable until.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// Where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceCode>,
}

/// Takes in material from a supplier, into quarantine unless accepted at once.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Receive<R> {
    /// Units or lots.
    pub kind: Kind,
    /// Which part.
    pub part: Part,
    /// The items, 1..=1000.
    pub items: Vec<NewItem>,
    /// Who supplied them.
    pub supplier: PartyCode,
    /// Purchase order or delivery note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<String>,
    /// Certificates of conformity or analysis.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<FileRef>,
    /// Usable until.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Time>,
    /// Where it was put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceCode>,
    /// Whether it was accepted at once, without quarantine.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub accepted: bool,
    /// Items announced earlier that this receipt fulfils.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub announced: Vec<R>,
}

/// Adds identifiers to an item.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Identify<R> {
    /// Which item.
    pub item: R,
    /// Its new names.
    pub identifiers: Vec<Identifier>,
}

/// Withdraws an identifier.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Withdraw<R> {
    /// Which item.
    pub item: R,
    /// The name it no longer has.
    pub identifier: Identifier,
    /// Why.
    pub reason: String,
}

/// Sets fields of the user's own; a null value takes one away.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Describe<R> {
    /// Which item.
    pub item: R,
    /// Field names and JSON values; numbers with a fraction are written as strings.
    #[schemars(with = "BTreeMap<String, JsonText>")]
    pub fields: BTreeMap<String, serde_json::Value>,
}

/// Any JSON value; stands in schemas only.
#[derive(Debug, schemars::JsonSchema)]
#[schemars(transparent)]
pub struct JsonText(#[expect(dead_code, reason = "names a schema")] bool);

/// Assigns items to an order or a lot.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Assign<R> {
    /// Which items.
    pub items: Vec<R>,
    /// To this work order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderCode>,
    /// And this production order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub production_order: Option<OrderCode>,
    /// To this lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<R>,
}

/// Changes what part an item is.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct ChangePart<R> {
    /// Which item.
    pub item: R,
    /// What it is from now on.
    pub part: Part,
    /// Why.
    pub reason: String,
}

/// Says that a field of an item's record does not apply, so that its record is complete without.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub struct NotApplicable<R> {
    /// Which item.
    pub item: R,
    /// Which field of its record.
    pub field: RecordField,
    /// Why it does not apply.
    pub reason: String,
}

/// A field of a record that may be missing where somebody signs that it does not apply.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum RecordField {
    /// The work master it is made by: its record is kept by other means.
    Definition,
    /// A line of its bill of material, by the part planned there.
    Material(Part),
}

impl core::fmt::Display for RecordField {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Definition => f.write_str("definition"),
            Self::Material(part) => write!(f, "material {part}"),
        }
    }
}

/// A lot parted off another.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parted {
    /// How it is called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    /// How much went into it, in the lot's base unit.
    pub quantity: Amount,
}

/// What a lot parted off or joined takes over from where it comes from; written by the rules.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Inherited {
    /// Which part it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Who supplied it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<PartyCode>,
    /// Usable until.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// Whether it may be used.
    pub acceptance: Acceptance,
    /// How far it has come in its route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Box<InheritedWork>>,
}

/// What was done by a work master on the lot that something is parted off, or on all lots that are
/// joined.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InheritedWork {
    /// Operations that are complete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<PassedOperation>,
    /// Versions it was moved to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<MovedTo>,
    /// The release that stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<ReleasedBy>,
}

/// An operation that is complete.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PassedOperation {
    /// Which.
    pub operation: OperationCode,
    /// By which version.
    pub master: MasterHash,
    /// The entry that started it.
    pub started: Position,
    /// The entry that completed it.
    pub completed: Position,
}

/// A version something was moved to.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MovedTo {
    /// Which.
    pub master: MasterHash,
    /// The entry that did so.
    pub by: Position,
}

/// A release that stands.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleasedBy {
    /// SHA-256 of the record it was released on, as 64 hexadecimal digits.
    pub record: String,
    /// The entry that did so.
    pub by: Position,
}

/// Parts quantities off a lot.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Split<R> {
    /// The lot that gives.
    pub lot: R,
    /// The new lots.
    pub into: Vec<Parted>,
    /// What they take over; written by the rules, never asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited: Option<Inherited>,
}

/// Joins lots into a new one.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Merge<R> {
    /// The lots that give, each with how much.
    pub lots: Vec<Portion<R>>,
    /// How the new lot is called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    /// What it takes over; written by the rules, never asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited: Option<Inherited>,
}

/// A quantity of a lot, or a whole item where no quantity is given.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Portion<R> {
    /// Of which item.
    pub item: R,
    /// How much of a lot, in its base unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Amount>,
}

/// Says how much of a lot was found when counted.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Count<R> {
    /// Which lot.
    pub lot: R,
    /// What was found.
    pub quantity: Amount,
    /// Why it differs from the books; without one the difference is unexplained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

/// Whether received material may be used.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Inspect<R> {
    /// Which item.
    pub item: R,
    /// How much of it is accepted; absent: all that is not rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Amount>,
    /// How much of it is rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<Amount>,
    /// Pieces that were looked at, where it was a sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examined: Option<Quantity>,
    /// Why, or under which plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Reports and certificates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRef>,
    /// Whether it judges what came back of a lot, not the lot; written by the rules, never asked
    /// for.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub returned: bool,
}
