//! Where a trace, a scope or a hold by query begins.
//!
//! Shape: as text `lot:77120-A`, `serial:SN-1`, `container:PL-9`, `id:17.0`, `order:WO-7`,
//! `part:MB-09` or `part:MB-09/C`, `equipment:TW-07@FROM..TO`, `station:…`, `person:…`,
//! `operation:…`, `run:…`, `program:NAME@VERSION` (each with an optional `@FROM..TO` window),
//! `check:TW-07` (since its last good check), `measure:torque<1.15 N·m`. Parts joined by ` & `
//! must all hold, in any order; several starts mean any of them.
//!
//! Alone, an item means itself with what is in it, and what is asked spreads from there. In a
//! combination it means, besides, everything that can contain that: `order:WO-7 & lot:77120-A` is
//! what of the order contains the lot. Each item of a combination is as sure as the least sure of
//! its parts: what may contain the lot is possible, and what is shown not to contain it is cleared.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::noun::{
    Amount, EquipmentCode, Interval, ItemRef, OrderCode, Part, Typed, UnitOfMeasure, check_code,
};

/// What a step or fact was done with.
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
pub enum Used {
    /// A piece of equipment.
    Equipment,
    /// A station.
    Station,
    /// A person.
    Person,
    /// An operation.
    Operation,
    /// A process run.
    Run,
    /// A program, by name or `NAME@VERSION`.
    Program,
    /// A shipment.
    Shipment,
}

impl Used {
    /// Every kind, with its word.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Equipment, "equipment"),
        (Self::Station, "station"),
        (Self::Person, "person"),
        (Self::Operation, "operation"),
        (Self::Run, "run"),
        (Self::Program, "program"),
        (Self::Shipment, "shipment"),
    ];

    /// Its word, as in texts and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Equipment => "equipment",
            Self::Station => "station",
            Self::Person => "person",
            Self::Operation => "operation",
            Self::Run => "run",
            Self::Program => "program",
            Self::Shipment => "shipment",
        }
    }
}

/// A band of values: one end or both.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Band {
    /// Above this.
    #[serde(default)]
    pub above: Option<Bound>,
    /// Below this.
    #[serde(default)]
    pub below: Option<Bound>,
}

/// An end of a band.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bound {
    /// The value.
    pub value: Amount,
    /// Whether the value itself belongs to the band.
    #[serde(default)]
    pub included: bool,
}

impl Band {
    /// Whether a value lies in the band.
    #[must_use]
    pub fn contains(&self, value: Amount) -> bool {
        self.above.is_none_or(|b| value > b.value || (b.included && value == b.value))
            && self.below.is_none_or(|b| value < b.value || (b.included && value == b.value))
    }
}

/// Where to begin.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(tag = "start", rename_all = "camelCase", deny_unknown_fields)]
pub enum Start<R> {
    /// An item: a unit, a lot, a container with its contents.
    Item {
        /// Which.
        item: R,
    },
    /// All items of a work or production order, and of orders split from it.
    Order {
        /// Its code.
        order: OrderCode,
    },
    /// All items of a part; without a revision, of any.
    Part {
        /// Which.
        part: Part,
    },
    /// All items of facts done with something in a window of time.
    Used {
        /// What kind of thing.
        what: Used,
        /// Its code.
        code: String,
        /// When.
        within: Interval,
    },
    /// All items of facts done with a piece of equipment since it was last found good.
    SinceGoodCheck {
        /// Which.
        equipment: EquipmentCode,
    },
    /// All items measured within a band.
    Measured {
        /// What was measured.
        name: String,
        /// Which values.
        band: Band,
        /// In which unit of measure.
        unit: UnitOfMeasure,
    },
    /// What all of these have in common. An item among them means also what can contain it.
    All {
        /// The starts.
        of: Vec<Self>,
    },
}

impl<R> Start<R> {
    /// The parts that must all hold, those of a combination within another too; itself where it is
    /// none.
    #[must_use]
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::All { of } => of.iter().flat_map(Self::parts).collect(),
            Self::Item { .. }
            | Self::Order { .. }
            | Self::Part { .. }
            | Self::Used { .. }
            | Self::SinceGoodCheck { .. }
            | Self::Measured { .. } => alloc::vec![self],
        }
    }
}

impl Start<ItemRef> {
    /// The words that may stand before the colon.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        let used = Used::ALL.iter().map(|(_, word)| *word);
        ItemRef::kinds().chain(["order", "part", "check", "measure"]).chain(used)
    }

    /// The start in the words people type.
    #[must_use]
    pub fn typed(&self) -> String {
        let typed = self.try_map(&mut |item| Ok::<_, core::convert::Infallible>(Typed(item)));
        match typed {
            Ok(typed) => typed.to_string(),
            Err(never) => match never {},
        }
    }
}

impl FromStr for Start<ItemRef> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts =
            text.split(" & ").map(|part| one(part.trim())).collect::<Result<Vec<_>, _>>()?;
        if parts.len() > 1 {
            return Ok(Self::All { of: parts });
        }
        parts.pop().ok_or_else(|| "it is empty".to_owned())
    }
}

fn one(text: &str) -> Result<Start<ItemRef>, String> {
    let Some((word, rest)) = text.split_once(':') else {
        return Ok(Start::Item { item: text.parse()? });
    };
    let said = |error: &dyn fmt::Display| alloc::format!("{word}:{rest}: {error}");
    match word {
        "order" => Ok(Start::Order { order: OrderCode::new(rest).map_err(|e| said(&e))? }),
        "part" => Ok(Start::Part { part: rest.parse().map_err(|e| said(&e))? }),
        "check" => {
            Ok(Start::SinceGoodCheck { equipment: EquipmentCode::new(rest).map_err(|e| said(&e))? })
        }
        "measure" | "parameter" => measured(rest).map_err(|e| said(&e)),
        _ => match Used::ALL.iter().find(|(_, known)| word == *known) {
            Some((what, _)) => used(*what, rest).map_err(|e| said(&e)),
            None => Ok(Start::Item { item: text.parse()? }),
        },
    }
}

fn used(what: Used, rest: &str) -> Result<Start<ItemRef>, String> {
    // A program's version follows an `@` too: only what reads as a window is one.
    let (code, within) = match rest.rsplit_once('@') {
        Some((code, window)) if window.contains("..") || what != Used::Program => {
            (code, window.parse().map_err(str::to_owned)?)
        }
        _ => (rest, Interval::ALWAYS),
    };
    check_code(code).map_err(|error| error.to_string())?;
    Ok(Start::Used { what, code: code.to_owned(), within })
}

fn measured(rest: &str) -> Result<Start<ItemRef>, String> {
    let wrong = "write NAME<VALUE UNIT, NAME>VALUE UNIT, NAME<=… , NAME>=… or NAME=LOW..HIGH UNIT";
    let at = rest.find(['<', '>', '=']).ok_or(wrong)?;
    let (name, tail) = rest.split_at(at);
    let sign: String = tail.chars().take_while(|c| matches!(c, '<' | '>' | '=')).collect();
    let tail = tail.get(sign.len()..).unwrap_or_default().trim();
    let (value, unit) = tail.split_once(char::is_whitespace).ok_or(wrong)?;
    let bound = |text: &str, included| -> Result<Option<Bound>, String> {
        let value = text.parse().map_err(|error: &str| error.to_owned())?;
        Ok(Some(Bound { value, included }))
    };
    let band = match sign.as_str() {
        "<" => Band { above: None, below: bound(value, false)? },
        "<=" => Band { above: None, below: bound(value, true)? },
        ">" => Band { above: bound(value, false)?, below: None },
        ">=" => Band { above: bound(value, true)?, below: None },
        "=" => {
            let (low, high) = value.split_once("..").unwrap_or((value, value));
            Band { above: bound(low, true)?, below: bound(high, true)? }
        }
        _ => return Err(wrong.to_owned()),
    };
    check_code(name).map_err(|error| error.to_string())?;
    let unit = UnitOfMeasure::new(unit).map_err(|error| error.to_string())?;
    Ok(Start::Measured { name: name.trim().to_owned(), band, unit })
}

impl<R: fmt::Display> fmt::Display for Start<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Item { item } => item.fmt(f),
            Self::Order { order } => write!(f, "order:{order}"),
            Self::Part { part } => write!(f, "part:{part}"),
            Self::Used { what, code, within } => {
                write!(f, "{}:{code}", what.word())?;
                // A code with an `@` of its own would else be read as one with a window.
                let looks_windowed = code
                    .rsplit_once('@')
                    .is_some_and(|(_, tail)| tail.contains("..") || *what != Used::Program);
                match *within == Interval::ALWAYS {
                    true if looks_windowed => f.write_str("@.."),
                    true => Ok(()),
                    false => write!(f, "@{within}"),
                }
            }
            Self::SinceGoodCheck { equipment } => write!(f, "check:{equipment}"),
            Self::Measured { name, band, unit } => display_measured(name, band, unit, f),
            Self::All { of } => {
                let texts: Vec<Box<str>> =
                    of.iter().map(|start| start.to_string().into_boxed_str()).collect();
                f.write_str(&texts.join(" & "))
            }
        }
    }
}

/// A band that leaves one of two ends out is said as two bands.
fn display_measured(
    name: &str,
    band: &Band,
    unit: &UnitOfMeasure,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let said = |sign: &str, bound: Bound| {
        let equal = if bound.included { "=" } else { "" };
        alloc::format!("measure:{name}{sign}{equal}{} {unit}", bound.value)
    };
    match (band.above, band.below) {
        (Some(low), Some(high)) if low.included && high.included => {
            write!(f, "measure:{name}={}..{} {unit}", low.value, high.value)
        }
        (Some(low), Some(high)) => write!(f, "{} & {}", said(">", low), said("<", high)),
        (Some(low), None) => f.write_str(&said(">", low)),
        (None, Some(high)) => f.write_str(&said("<", high)),
        (None, None) => Ok(()),
    }
}
