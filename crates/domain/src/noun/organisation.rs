//! Who and where: parties, places, work centers, stations, equipment, persons.

use alloc::string::String;
use alloc::vec::Vec;

use super::{
    Amount, EquipmentCode, PartyCode, PersonCode, PlaceCode, StationCode, Time, UnitOfMeasure,
    WorkCenterCode,
};

/// What a company is to the ledger holder.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum PartyRole {
    /// Supplies material.
    Supplier,
    /// Makes what others sell.
    Maker,
    /// Receives product.
    Customer,
    /// Does a step of the work elsewhere.
    Subcontractor,
}

/// A company.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Party {
    /// Its code.
    pub code: PartyCode,
    /// Its name.
    pub name: String,
    /// What it is to the ledger holder.
    #[serde(default)]
    pub roles: Vec<PartyRole>,
    /// City or site, for people.
    #[serde(default)]
    pub place: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    #[serde(default)]
    pub country: Option<String>,
    /// Whom to call; erasable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// A place: a site, a warehouse, a bin.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Place {
    /// Its code.
    pub code: PlaceCode,
    /// What people call it.
    pub name: String,
    /// The place it is in.
    #[serde(default)]
    pub within: Option<PlaceCode>,
}

/// A line, a cell: a group of stations and equipment.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkCenter {
    /// Its code.
    pub code: WorkCenterCode,
    /// What people call it.
    pub name: String,
    /// Where it stands.
    #[serde(default)]
    pub place: Option<PlaceCode>,
}

/// The workspace to which instructions and devices are assigned.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Station {
    /// Its code.
    pub code: StationCode,
    /// What people call it.
    pub name: String,
    /// The line or cell it belongs to.
    #[serde(default)]
    pub work_center: Option<WorkCenterCode>,
}

/// A tool, a tester, an oven.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Equipment {
    /// Its code.
    pub code: EquipmentCode,
    /// What people call it.
    pub name: String,
    /// Where it is used.
    #[serde(default)]
    pub station: Option<StationCode>,
}

/// The outcome of checking a piece of equipment: a calibration or a check piece.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EquipmentCheck {
    /// What was checked.
    pub equipment: EquipmentCode,
    /// Whether it was found good.
    pub good: bool,
    /// The error found, where it was measured.
    #[serde(default)]
    pub error_found: Option<Amount>,
    /// Unit of measure of the error.
    #[serde(default)]
    pub unit: Option<UnitOfMeasure>,
    /// When the next check is due.
    #[serde(default)]
    pub due: Option<Time>,
    /// Certificate, by hash.
    #[serde(default)]
    pub files: Vec<FileRef>,
}

/// A person, known to every other fact by this code only.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Person {
    /// Pseudonymous code.
    pub code: PersonCode,
    /// Printed name; erasable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How to reach them; erasable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// A file kept beside the ledger, named by the hash of its bytes.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct FileRef {
    /// SHA-256 of its bytes, as 64 hexadecimal digits.
    pub sha256: String,
    /// What it was called.
    #[serde(default)]
    pub name: Option<String>,
}
