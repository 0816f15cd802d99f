//! What is made and of what: material definitions, bills of material, work orders.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::{Amount, OperationCode, OrderCode, PartNumber, Revision, UnitOfMeasure};

/// A material definition by number and revision; written `LP-300/F`, or `LP-300` without one.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Number of the part.
    pub number: PartNumber,
    /// Revision; absent where the part has none or it is not known.
    #[serde(default)]
    pub revision: Option<Revision>,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)?;
        self.revision.iter().try_for_each(|revision| write!(f, "/{revision}"))
    }
}

impl FromStr for Part {
    type Err = super::CodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, revision) = match text.rsplit_once('/') {
            Some((number, revision)) => (number, Some(Revision::new(revision)?)),
            None => (text, None),
        };
        Ok(Self { number: PartNumber::new(number)?, revision })
    }
}

/// How single pieces of a material are told apart.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Tracking {
    /// Every piece is a unit.
    Serial,
    /// Pieces are known by their lot.
    Lot,
    /// Recorded by quantity only.
    Untracked,
}

/// What happens when more is taken than the books say is left.
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
pub enum Overdraw {
    /// The attempt is refused.
    Refuse,
    /// The work goes on and somebody looks at the books: a wrong figure must not stop a line.
    #[default]
    Exception,
}

/// Converts another unit of measure into the base unit: 1 `unit` = `factor` base units.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// The other unit of measure.
    pub unit: UnitOfMeasure,
    /// How many base units one of it is; exact.
    pub factor: Amount,
}

/// A kind of material. Source: ISA-95 part 2, material definition.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MaterialDefinition {
    /// Number and revision.
    pub part: Part,
    /// What people call it.
    pub name: String,
    /// How its pieces are told apart.
    pub tracking: Tracking,
    /// Unit of measure in which lots are kept.
    pub base_unit: UnitOfMeasure,
    /// Exact conversions from other units of measure.
    #[serde(default)]
    pub conversions: Vec<Conversion>,
    /// What happens when more is taken than is left.
    #[serde(default)]
    pub overdraw: Overdraw,
    /// Kind of device, shown in the manufacturing record as `deviceType`.
    #[serde(default)]
    pub device_type: Option<String>,
    /// What the part is for the manufacturing record: `board` and `firmware` feed its
    /// `pcbPartNumber` and `fwVersion`.
    #[serde(default)]
    pub class: Option<PartClass>,
    /// Days a lot may be used after it was made. Units: days.
    #[serde(default)]
    pub shelf_life_days: Option<u32>,
}

/// Classes of parts the manufacturing record knows.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum PartClass {
    /// A printed circuit board assembly.
    Board,
    /// Software; a build is its lot, flashing it is an installation. Copies do not run out, so its
    /// lots are not counted.
    Firmware,
}

impl MaterialDefinition {
    /// Whether its lots have books: all do but those of software.
    #[must_use]
    pub const fn is_counted(&self) -> bool {
        match self.class {
            Some(PartClass::Firmware) => false,
            Some(PartClass::Board) | None => true,
        }
    }
}

/// The planned components of one revision of a part.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BillOfMaterial {
    /// What is made.
    pub part: Part,
    /// What it is made of.
    pub lines: Vec<BomLine>,
}

/// One planned component.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BomLine {
    /// The component; without a revision any revision fits.
    pub part: Part,
    /// How much of it one piece takes, in the component's base unit.
    pub quantity: Amount,
    /// Reference designators, such as `U4` or `R1`.
    #[serde(default)]
    pub designators: Vec<String>,
    /// Approved alternates.
    #[serde(default)]
    pub alternates: Vec<Alternate>,
    /// The operation that uses it; backflush looks here.
    #[serde(default)]
    pub operation: Option<OperationCode>,
    /// A phantom is never built: its own lines stand in its place.
    #[serde(default)]
    pub phantom: bool,
}

/// A part approved in place of another.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Alternate {
    /// The other part; without a revision any revision fits.
    pub part: Part,
    /// When it may be used; absent: always.
    #[serde(default)]
    pub effective: Option<super::Interval>,
}

impl Part {
    /// Whether a piece of `actual` is what this part asks for.
    #[must_use]
    pub fn accepts(&self, actual: &Self) -> bool {
        self.number == actual.number
            && (self.revision.is_none() || self.revision == actual.revision)
    }
}

impl BomLine {
    /// Whether a piece of `actual` may stand in this line at that time.
    #[must_use]
    pub fn accepts(&self, actual: &Part, at: super::Interval) -> bool {
        self.part.accepts(actual)
            || self.alternates.iter().any(|alternate| {
                alternate.part.accepts(actual)
                    && alternate.effective.is_none_or(|window| window.overlaps(&at))
            })
    }
}

/// What an order is for.
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
pub enum OrderKind {
    /// Makes new items.
    #[default]
    Build,
    /// Mends nonconforming items.
    Rework,
    /// Takes items apart.
    Disassemble,
    /// Makes returned items as new.
    Refurbish,
}

/// An order to make a quantity of a material.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkOrder {
    /// Its code.
    pub code: OrderCode,
    /// What it is for.
    #[serde(default)]
    pub kind: OrderKind,
    /// What it makes.
    #[serde(default)]
    pub part: Option<Part>,
    /// How many.
    #[serde(default)]
    pub quantity: Option<Amount>,
    /// The order it was split from.
    #[serde(default)]
    pub split_from: Option<OrderCode>,
    /// The production order of the ERP it belongs to.
    #[serde(default)]
    pub production_order: Option<OrderCode>,
}
