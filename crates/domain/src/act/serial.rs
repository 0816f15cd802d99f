//! Acts by which serial numbers are given out of ranges.

use alloc::string::String;
use alloc::vec::Vec;

use crate::noun::{OrderCode, PartNumber, RangeCode, StationCode};

/// How the last character of a number guards the others.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum CheckCharacter {
    /// A digit over digits. Source: GS1 General Specifications 7.9.1.
    Gs1,
    /// A letter or digit over capital letters and digits. Source: ISO/IEC 7064, MOD 37,36.
    Iso7064,
}

/// Defines a range of serial numbers: a prefix, a number of so many digits, and a check character
/// where one is wanted.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DefineRange {
    /// Its code.
    pub code: RangeCode,
    /// For units of which part, of any revision.
    pub part: PartNumber,
    /// For one order only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderCode>,
    /// What every number begins with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The first number.
    pub first: u64,
    /// The last number.
    pub last: u64,
    /// How many digits a number has, zeros in front, 1..=18.
    pub digits: u8,
    /// What guards the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckCharacter>,
}

/// Numbers of a range that follow each other, both ends included.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Span {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

/// Gives out the next numbers of a range.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IssueSerials {
    /// Of which range.
    pub range: RangeCode,
    /// How many, 1..=10000.
    pub count: u32,
    /// For units of this order only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderCode>,
    /// On lease to this station only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationCode>,
    /// Which numbers; found by the rules, never asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<Span>,
}

/// Says that numbers which were given out are never used: a label was spoilt, a plate was lost.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VoidSerials {
    /// Of which range.
    pub range: RangeCode,
    /// Which numbers, as they are written, 1..=1000.
    pub numbers: Vec<String>,
    /// Why.
    pub reason: String,
}
