//! Acts of work: steps, components, material used.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::str::FromStr;

use super::Portion;
use crate::noun::{
    Amount, FileRef, OperationCode, Part, RunCode, SlotCode, StationCode, UnitOfMeasure,
};

/// A program or firmware an operation ran with.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Program {
    /// Name and version in one text: `reflow-7@12`.
    #[must_use]
    pub fn code(&self) -> String {
        match &self.version {
            Some(version) => alloc::format!("{}@{version}", self.name),
            None => self.name.clone(),
        }
    }
}

impl FromStr for Program {
    type Err = &'static str;

    /// Reads what [`Program::code`] writes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, version) = match text.rsplit_once('@') {
            Some((name, version)) => (name, Some(version.to_owned())),
            None => (text, None),
        };
        if name.is_empty() || version.as_ref().is_some_and(String::is_empty) {
            return Err("a program is a name, or a name and a version such as reflow-7@12");
        }
        Ok(Self { name: name.to_owned(), version })
    }
}

/// What was set on the equipment.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it was set to.
    pub value: String,
    /// Unit of measure, for a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitOfMeasure>,
}

/// A measured value.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Measure<R> {
    /// What was measured.
    pub name: String,
    /// The value, exactly as delivered.
    pub value: Amount,
    /// In which unit of measure.
    pub unit: UnitOfMeasure,
    /// Lowest good value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Amount>,
    /// Highest good value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Amount>,
    /// On which of the step's items; absent: on all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<R>,
}

impl<R> Measure<R> {
    /// Whether the value lies within its limits, ends included.
    #[must_use]
    pub fn in_limits(&self) -> bool {
        self.low.is_none_or(|low| self.value >= low)
            && self.high.is_none_or(|high| self.value <= high)
    }
}

/// How a step came out.
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
pub enum Outcome {
    /// Done; nothing was judged.
    #[default]
    Done,
    /// Judged good.
    Pass,
    /// Judged bad.
    Fail,
}

/// An item in a step.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Worked<R> {
    /// Which item.
    pub item: R,
    /// Its place in the load, nest or carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// How much of a lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Amount>,
}

/// Material a step takes from what is loaded at its station.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Draw {
    /// The parts that may stand in the line: the planned one first, then the alternates.
    pub parts: Vec<Part>,
    /// How much each item takes, in base units.
    pub quantity: Amount,
    /// From this slot only; absent: any slot that holds such a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<SlotCode>,
}

/// A process step done on one or more items.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Step<R> {
    /// Which operation.
    pub operation: OperationCode,
    /// The items worked on or examined, 1..=1000. A panel stands for its boards too.
    pub items: Vec<Worked<R>>,
    /// Further items the result covers: the rest of a sampled lot, the boards of a panel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<R>,
    /// The run of the process they shared: a furnace or steriliser load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunCode>,
    /// The program the equipment ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Program>,
    /// What was set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// What was measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measure<R>>,
    /// How it came out.
    #[serde(default)]
    pub outcome: Outcome,
    /// Whether the items are finished with it: they go to stock.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub finishes: bool,
    /// Whether material loaded at the station is used up by bill of material.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub backflush: bool,
    /// What each item took from what was loaded; derived from the bill of material where
    /// `backflush` is set and this is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub draws: Vec<Draw>,
    /// Large results, by hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRef>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Fits a component into a parent.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Install<R> {
    /// Into which item.
    pub parent: R,
    /// Which unit, or which lot it was taken from.
    pub component: R,
    /// How much of a lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Amount>,
    /// Reference designator or place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub designator: Option<String>,
}

/// Where a removed component goes.
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
pub enum RemovedTo {
    /// Kept for a decision.
    #[default]
    Stock,
    /// Discarded.
    Scrap,
}

/// Takes a component out.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Remove<R> {
    /// Out of which item.
    pub parent: R,
    /// Which unit, or which lot it was of.
    pub component: R,
    /// How much of a lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Amount>,
    /// Where it goes.
    #[serde(default)]
    pub to: RemovedTo,
    /// Why.
    pub reason: String,
}

/// Takes a component out and fits another.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Replace<R> {
    /// In which item.
    pub parent: R,
    /// What comes out.
    pub old: R,
    /// What goes in.
    pub new: R,
    /// How much, of lots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Amount>,
    /// Where the old one goes.
    #[serde(default)]
    pub to: RemovedTo,
    /// Reference designator or place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub designator: Option<String>,
    /// Why.
    pub reason: String,
}

/// Whether one or all of several candidates went in.
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
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Exactly one of them, unknown which: an untimed reel change.
    #[default]
    OneOf,
    /// Any of them, blended: a tank, a bin.
    Mix,
}

/// Uses up material.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Consume<R> {
    /// The lot; several: the candidates it was one of, or a mix of.
    pub from: Vec<R>,
    /// What several candidates mean.
    #[serde(default)]
    pub choice: Choice,
    /// The items that took it.
    pub into: Vec<R>,
    /// How much each took, in the lot's base unit or the one given.
    pub quantity: Amount,
    /// The unit of measure of `quantity`; absent: the base unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitOfMeasure>,
}

/// Turns inputs into outputs; create the outputs in the same command.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Transform<R> {
    /// What went in.
    pub inputs: Vec<Portion<R>>,
    /// What came out.
    pub outputs: Vec<R>,
    /// Which operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationCode>,
    /// The run it tells a part of; absent: it tells all. What goes into a run by any of its facts
    /// is in everything that comes out of it by any other, and one fact may tell one side alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunCode>,
}

/// Loads a lot at a station.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Load<R> {
    /// Which lot.
    pub lot: R,
    /// At which station.
    pub station: StationCode,
    /// In which slot.
    pub slot: SlotCode,
    /// Whether it is added to what is there (a tank, a bin) instead of replacing it (a reel).
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub adds: bool,
}

/// Takes a lot off a station.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Unload<R> {
    /// Which lot; absent: whatever is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<R>,
    /// From which station.
    pub station: StationCode,
    /// From which slot.
    pub slot: SlotCode,
}
