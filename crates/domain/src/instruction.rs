//! Work masters: the released, immutable definition of how a product is made.
//!
//! ```text
//! work master ─▶ operations (a route) ─▶ steps (in order) ─▶ captures (what must be there)
//! ```
//!
//! Words as in the glossary: on screens a work master is a work instruction. An operation is done
//! at one station in one execution; a step is the smallest advance; a capture is a typed value that
//! a step demands; a gate closes a step when all its captures are there and good.
//!
//! Invariants: a version is named by the SHA-256 of its compact JSON and never changes; what is
//! written here is data, and everything that judges it stands in [`check`] and in the rules.
//!
//! Limits: [`OPERATIONS_MAX`], [`STEPS_MAX`], [`CAPTURES_MAX`].
//!
//! Source: ISA-95 part 4, work master; OPC 10031-4.

pub mod change;
pub mod check;
pub mod version;

pub use version::{Stage, Version};

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::fmt::Write as _;
use core::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::act::Program;
use crate::noun::{
    Amount, CaptureCode, FileRef, MasterCode, Meaning, OperationCode, OrderKind, Part,
    QualificationCode, Role, StepCode, UnitOfMeasure, WorkCenterCode,
};

/// Most operations of a route; a longer one is several products.
pub const OPERATIONS_MAX: usize = 200;
/// Most steps of an operation; a longer one is several operations.
pub const STEPS_MAX: usize = 100;
/// Most captures of a step; more do not fit a screen.
pub const CAPTURES_MAX: usize = 50;
/// Most repetitions a capture may demand or allow.
pub const TIMES_MAX: u16 = 1000;

/// The name of a version: SHA-256 of its compact JSON, as 64 hexadecimal digits.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct MasterHash(String);

impl MasterHash {
    /// The hash as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its first twelve digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for MasterHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for MasterHash {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err("the hash of a work master is 64 hexadecimal digits in lower case")
        }
    }
}

impl<'de> serde::Deserialize<'de> for MasterHash {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        String::deserialize(de)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One version of how a product is made.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkMaster {
    /// What its versions are called together.
    pub code: MasterCode,
    /// Which version, counting up; a number is used once.
    pub version: u32,
    /// What people call it.
    pub title: String,
    /// What it makes, with the revision where there is one.
    pub part: Part,
    /// What it is for: `build`, `rework`, `disassemble` or `refurbish`.
    #[serde(default, skip_serializing_if = "is_build")]
    pub kind: OrderKind,
    /// The route, 1..=200 operations.
    pub operations: Vec<Operation>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_build(kind: &OrderKind) -> bool {
    matches!(kind, OrderKind::Build)
}

/// What one station does in one go.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Operation {
    /// Its code, unique in the work master.
    pub code: OperationCode,
    /// What people call it.
    pub title: String,
    /// What must be complete before it may start; absent: the operation written before it; an
    /// empty list: nothing. All of the list, and of several codes in one element any one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<After>>,
    /// Where it may be done; absent: at any station.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_center: Option<WorkCenterCode>,
    /// What a person must be qualified for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub qualifications: Vec<QualificationCode>,
    /// The program the equipment must run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Program>,
    /// Whether material loaded at the station is used up by bill of material when it completes.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub backflush: bool,
    /// What is done, in this order, 1..=100 steps.
    pub steps: Vec<Step>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_zero(number: &u16) -> bool {
    *number == 0
}

/// What must be complete before an operation.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(untagged)]
pub enum After {
    /// This operation.
    One(OperationCode),
    /// Any one of these: they are alternatives, and only one of them is done.
    Any(Vec<OperationCode>),
}

impl After {
    /// The operations it names.
    #[must_use]
    pub fn codes(&self) -> &[OperationCode] {
        match self {
            Self::One(code) => core::slice::from_ref(code),
            Self::Any(codes) => codes,
        }
    }
}

/// The smallest advance.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// Its code, unique in the operation.
    pub code: StepCode,
    /// What to do, in words.
    pub text: String,
    /// A picture or drawing, by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<FileRef>,
    /// How long it takes. Units: seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_s: Option<u32>,
    /// What must be there before it closes; none: somebody says it is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captures: Vec<Capture>,
}

/// What a step demands.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Capture {
    /// A component or material is scanned and goes into the item.
    Scan(Scan),
    /// A component is scanned and comes out of the item.
    Remove(Removal),
    /// A value is measured.
    Measurement(Measurement),
    /// Something is looked at and found right, or not.
    Check(Check),
    /// One of several words.
    Choice(Choice),
    /// Words of one's own, which no rule judges.
    Text(Text),
    /// A file or photo, which no rule judges.
    File(File),
    /// A second person confirms.
    Witness(Witness),
    /// Somebody signs.
    Signature(Signature),
}

/// A component or material goes in. It meets every rule of a component: part, revision, hold,
/// acceptance, expiry, quantity, used elsewhere.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scan {
    /// Its code, unique in the step.
    pub code: CaptureCode,
    /// What to scan, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The line of the bill of material it fills, by the part planned there.
    pub part: Part,
    /// How much of a lot each item takes, in its base unit; of an item that is a lot, each piece.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub quantity: Amount,
    /// Reference designator or place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub designator: Option<String>,
}

const fn one() -> Amount {
    Amount::ONE
}

fn is_one(amount: &Amount) -> bool {
    *amount == Amount::ONE
}

/// A component comes out.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Removal {
    /// Its code, unique in the step.
    pub code: CaptureCode,
    /// What to scan, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What comes out.
    pub part: Part,
    /// How much of a lot, in its base unit.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub quantity: Amount,
    /// Where it goes: `stock`, to be decided about, or `scrap`.
    #[serde(default)]
    pub to: crate::act::RemovedTo,
}

/// Who or what may give a value.
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
pub enum Source {
    /// The equipment that measured, by itself.
    Equipment,
    /// Also a person, who reads it and types it.
    #[default]
    ByHand,
}

/// A measured value.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Measurement {
    /// Its code, unique in the step, and the name the value is known by.
    pub code: CaptureCode,
    /// What to measure, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// In which unit of measure.
    pub unit: UnitOfMeasure,
    /// Lowest good value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Amount>,
    /// Highest good value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Amount>,
    /// How many digits after the point the value has at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u8>,
    /// Who may give it.
    #[serde(default)]
    pub source: Source,
    /// How many values, such as 4 screws.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub count: u16,
    /// How often a value outside its limits may be taken again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u16,
}

const fn once() -> u16 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_once(number: &u16) -> bool {
    *number == 1
}

/// Something to look at.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Check {
    /// Its code, unique in the step.
    pub code: CaptureCode,
    /// What must be so.
    pub text: String,
    /// How often it may be looked at again after it was found wrong.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u16,
}

/// One of several words.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Choice {
    /// Its code, unique in the step.
    pub code: CaptureCode,
    /// The question.
    pub text: String,
    /// The words to choose from, two or more.
    pub options: Vec<String>,
    /// Those that are good; absent: all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good: Option<Vec<String>>,
    /// How often it may be answered again after it was not good.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u16,
}

/// Words of one's own.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Text {
    /// Its code, unique in the step.
    pub code: CaptureCode,
    /// What to write.
    pub text: String,
}

/// A file or photo.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct File {
    /// Its code, unique in the step.
    pub code: CaptureCode,
    /// What it shows.
    pub text: String,
}

/// Another person than the one who works confirms what was done.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Witness {
    /// Its code, unique in the step.
    pub code: CaptureCode,
    /// What is confirmed.
    pub text: String,
    /// What that person must be qualified for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualification: Option<QualificationCode>,
}

/// Somebody signs, with a meaning that is written here.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signature {
    /// Its code, unique in the step.
    pub code: CaptureCode,
    /// What is signed.
    pub text: String,
    /// What the signature means. Who works signs as `performed`, `authored` or `responsible`;
    /// everything else is signed by another person.
    pub meaning: Meaning,
    /// The least role of the signer; absent: any that may work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

impl Capture {
    /// Its code.
    #[must_use]
    pub const fn code(&self) -> &CaptureCode {
        match self {
            Self::Scan(v) => &v.code,
            Self::Remove(v) => &v.code,
            Self::Measurement(v) => &v.code,
            Self::Check(v) => &v.code,
            Self::Choice(v) => &v.code,
            Self::Text(v) => &v.code,
            Self::File(v) => &v.code,
            Self::Witness(v) => &v.code,
            Self::Signature(v) => &v.code,
        }
    }

    /// The word for its kind.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Scan(_) => "scan",
            Self::Remove(_) => "remove",
            Self::Measurement(_) => "measurement",
            Self::Check(_) => "check",
            Self::Choice(_) => "choice",
            Self::Text(_) => "text",
            Self::File(_) => "file",
            Self::Witness(_) => "witness",
            Self::Signature(_) => "signature",
        }
    }

    /// What is to be done, in its own words or in ours.
    #[must_use]
    pub fn asks(&self) -> String {
        let own = match self {
            Self::Scan(v) => v.text.as_ref(),
            Self::Remove(v) => v.text.as_ref(),
            Self::Measurement(v) => v.text.as_ref(),
            Self::Check(v) => Some(&v.text),
            Self::Choice(v) => Some(&v.text),
            Self::Text(v) => Some(&v.text),
            Self::File(v) => Some(&v.text),
            Self::Witness(v) => Some(&v.text),
            Self::Signature(v) => Some(&v.text),
        };
        own.cloned().unwrap_or_else(|| match self {
            Self::Scan(v) => alloc::format!("scan {}", v.part),
            Self::Remove(v) => alloc::format!("scan the {} that comes out", v.part),
            Self::Measurement(v) => alloc::format!("measure {}{}", v.code, limits(v)),
            Self::Check(_)
            | Self::Choice(_)
            | Self::Text(_)
            | Self::File(_)
            | Self::Witness(_)
            | Self::Signature(_) => String::new(),
        })
    }

    /// How many good values it takes on each item.
    #[must_use]
    pub const fn count(&self) -> u16 {
        match self {
            Self::Measurement(v) => v.count,
            Self::Scan(_)
            | Self::Remove(_)
            | Self::Check(_)
            | Self::Choice(_)
            | Self::Text(_)
            | Self::File(_)
            | Self::Witness(_)
            | Self::Signature(_) => 1,
        }
    }

    /// How often a value that was not good may be taken again.
    #[must_use]
    pub const fn retries(&self) -> u16 {
        match self {
            Self::Measurement(v) => v.retries,
            Self::Check(v) => v.retries,
            Self::Choice(v) => v.retries,
            Self::Scan(_)
            | Self::Remove(_)
            | Self::Text(_)
            | Self::File(_)
            | Self::Witness(_)
            | Self::Signature(_) => 0,
        }
    }

    /// Whether a rule judges what it takes; what none judges a person must look at.
    #[must_use]
    pub const fn is_judged(&self) -> bool {
        match self {
            Self::Text(_) | Self::File(_) => false,
            Self::Choice(v) => v.good.is_some(),
            Self::Measurement(v) => v.low.is_some() || v.high.is_some(),
            Self::Scan(_)
            | Self::Remove(_)
            | Self::Check(_)
            | Self::Witness(_)
            | Self::Signature(_) => true,
        }
    }
}

/// The limits of a measurement in words: `, 1.15 to 1.35 N·m`.
#[must_use]
pub fn limits(v: &Measurement) -> String {
    let unit = &v.unit;
    match (v.low, v.high) {
        (Some(low), Some(high)) => alloc::format!(", {low} to {high} {unit}"),
        (Some(low), None) => alloc::format!(", at least {low} {unit}"),
        (None, Some(high)) => alloc::format!(", at most {high} {unit}"),
        (None, None) => alloc::format!(" in {unit}"),
    }
}

impl WorkMaster {
    /// The name of this version.
    #[must_use]
    pub fn hash(&self) -> MasterHash {
        let json = serde_json::to_vec(self).expect("invariant: a work master has a JSON form");
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(&json) {
            write!(hex, "{byte:02x}").expect("invariant: writing to a text cannot fail");
        }
        MasterHash(hex)
    }

    /// An operation by its code.
    #[must_use]
    pub fn operation(&self, code: &OperationCode) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.code == *code)
    }

    /// What must be complete before the operation with that index: all of it, any one of each.
    #[must_use]
    pub fn before(&self, index: usize) -> Vec<&[OperationCode]> {
        let Some(operation) = self.operations.get(index) else { return Vec::new() };
        match &operation.after {
            Some(after) => after.iter().map(After::codes).collect(),
            None => {
                let previous = index.checked_sub(1).and_then(|at| self.operations.get(at));
                previous.map(|op| core::slice::from_ref(&op.code)).into_iter().collect()
            }
        }
    }

    /// The operations that stand for the same as this one: another one done makes it superfluous.
    #[must_use]
    pub fn alternatives(&self, code: &OperationCode) -> Vec<&OperationCode> {
        let mut found: Vec<&OperationCode> = Vec::new();
        for after in self.operations.iter().flat_map(|op| op.after.iter().flatten()) {
            let codes = after.codes();
            if codes.contains(code) {
                found.extend(codes.iter().filter(|other| *other != code));
            }
        }
        found
    }

    /// The operations nothing needs any more: an alternative is done, or they only lead to what is
    /// superfluous.
    #[must_use]
    pub fn superfluous(&self, done: &dyn Fn(&OperationCode) -> bool) -> Vec<&OperationCode> {
        let codes = || self.operations.iter().map(|operation| &operation.code);
        let mut needless: Vec<&OperationCode> =
            codes().filter(|code| self.alternatives(code).into_iter().any(done)).collect();
        let mut before = 0;
        while needless.len() > before {
            before = needless.len();
            let leads = |code: &&OperationCode| {
                !needless.contains(code) && self.leads_only_to(code, &needless)
            };
            let more: Vec<&OperationCode> = codes().filter(leads).collect();
            needless.extend(more);
        }
        needless
    }

    /// Whether there are operations after one, and all of them are of these.
    fn leads_only_to(&self, code: &OperationCode, those: &[&OperationCode]) -> bool {
        let mut after = self
            .operations
            .iter()
            .enumerate()
            .filter(|(index, _)| self.before(*index).iter().any(|any| any.contains(code)))
            .map(|(_, operation)| &operation.code)
            .peekable();
        after.peek().is_some() && after.all(|next| those.contains(&next))
    }

    /// Whether an item on which these operations are complete has passed the whole route.
    #[must_use]
    pub fn is_complete(&self, done: &dyn Fn(&OperationCode) -> bool) -> bool {
        let needless = self.superfluous(done);
        let mut codes = self.operations.iter().map(|operation| &operation.code);
        codes.all(|code| done(code) || needless.contains(&code))
    }
}

impl Operation {
    /// A step by its code, and its place.
    #[must_use]
    pub fn step(&self, code: &StepCode) -> Option<(usize, &Step)> {
        self.steps.iter().enumerate().find(|(_, step)| step.code == *code)
    }
}

impl Step {
    /// A capture by its code, and its place.
    #[must_use]
    pub fn capture(&self, code: &CaptureCode) -> Option<(usize, &Capture)> {
        self.captures.iter().enumerate().find(|(_, capture)| capture.code() == code)
    }
}
