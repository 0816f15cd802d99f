//! From where a question looks.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use domain::{Position, Time};
use serde::{Deserialize, Serialize};

/// Most items of one answer: about a hundred megabytes of JSON.
pub const ITEMS_MAX: usize = 200_000;

/// Up to where the ledger was known: a position, or all that was received by a time.
///
/// Shape: as JSON a number or its text is a position, any other text a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownAt {
    /// The last entry that was known.
    Position(Position),
    /// What was received by then was known.
    Received(Time),
}

impl FromStr for KnownAt {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(position) = text.parse() {
            return Ok(Self::Position(Position(position)));
        }
        text.parse().map(Self::Received)
    }
}

impl fmt::Display for KnownAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(position) => position.fmt(f),
            Self::Received(time) => time.fmt(f),
        }
    }
}

impl Serialize for KnownAt {
    fn serialize<S: serde::Serializer>(&self, ser: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Position(position) => position.serialize(ser),
            Self::Received(time) => time.serialize(ser),
        }
    }
}

struct KnownAtVisitor;

impl serde::de::Visitor<'_> for KnownAtVisitor {
    type Value = KnownAt;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a position or a time")
    }

    fn visit_u64<E: serde::de::Error>(self, position: u64) -> Result<KnownAt, E> {
        Ok(KnownAt::Position(Position(position)))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<KnownAt, E> {
        text.parse().map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for KnownAt {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        de.deserialize_any(KnownAtVisitor)
    }
}

impl schemars::JsonSchema for KnownAt {
    fn schema_name() -> Cow<'static, str> {
        "KnownAt".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["integer", "string"],
            "description": "position of the last entry known, or a time by which it was received"
        })
    }
}

/// A moment of both times. The default is now.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Moment {
    /// What was so by then (performed time); absent: whenever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Time>,
    /// What was known by then; absent: all that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
}
