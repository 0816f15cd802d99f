//! Points and intervals of time, in microseconds since 1970 UTC.

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::misread;

/// A point in time. Units: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub i64);

impl Time {
    /// Before anything this program records (year 0).
    pub const MIN: Self = Self(-62_167_219_200_000_000);
    /// After anything this program records (end of year 9999).
    pub const MAX: Self = Self(253_402_300_799_999_999);
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0).saturating_mul(1000);
        let text = OffsetDateTime::from_unix_timestamp_nanos(nanos)
            .ok()
            .and_then(|at| at.format(&Rfc3339).ok());
        f.write_str(text.as_deref().unwrap_or("outside years 0 to 9999"))
    }
}

impl FromStr for Time {
    type Err = &'static str;

    /// Reads RFC 3339, or a date alone, which means its first moment in UTC.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a time is written as RFC 3339, such as 2026-06-18T09:48:31Z, or as a date";
        let full;
        let text = if text.len() == 10 {
            full = alloc::format!("{text}T00:00:00Z");
            full.as_str()
        } else {
            text
        };
        let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| wrong)?;
        let micros =
            i64::try_from(at.unix_timestamp_nanos().div_euclid(1000)).map_err(|_| wrong)?;
        let time = Self(micros);
        if (Self::MIN..=Self::MAX).contains(&time) { Ok(time) } else { Err(wrong) }
    }
}

impl serde::Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, ser: S) -> Result<S::Ok, S::Error> {
        if ser.is_human_readable() { ser.collect_str(self) } else { self.0.serialize(ser) }
    }
}

impl<'de> serde::Deserialize<'de> for Time {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        if de.is_human_readable() {
            let text = String::deserialize(de)?;
            text.parse().map_err(|why: &str| misread(&text, &why))
        } else {
            i64::deserialize(de).map(Self)
        }
    }
}

impl schemars::JsonSchema for Time {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

/// When something was performed, as precisely as the evidence claims.
///
/// Shape: `from` ≤ `to`. Equal ends are a moment; a whole shift says "some time in that shift".
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
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Earliest moment it can have been.
    pub from: Time,
    /// Latest moment it can have been.
    pub to: Time,
}

impl Interval {
    /// Everything this program can record.
    pub const ALWAYS: Self = Self { from: Time::MIN, to: Time::MAX };

    /// An exact moment.
    #[must_use]
    pub const fn at(time: Time) -> Self {
        Self { from: time, to: time }
    }

    /// Whether the two can have been at the same moment.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to {
            self.from.fmt(f)
        } else {
            write!(f, "{}..{}", self.from, self.to)
        }
    }
}

impl FromStr for Interval {
    type Err = &'static str;

    /// Reads `FROM..TO`; a missing end is open, a bare date as `TO` means its last moment.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const DAY_US: i64 = 86_400_000_000;
        let Some((from, to)) = text.split_once("..") else {
            let at: Time = text.parse()?;
            let to = if text.len() == 10 { at.0.saturating_add(DAY_US - 1) } else { at.0 };
            return Ok(Self { from: at, to: Time(to) });
        };
        let from = if from.is_empty() { Time::MIN } else { from.parse()? };
        let to = match to.len() {
            0 => Time::MAX,
            10 => Time(to.parse::<Time>()?.0.saturating_add(DAY_US - 1)),
            _ => to.parse()?,
        };
        if from > to {
            return Err("an interval is written FROM..TO with FROM before TO");
        }
        Ok(Self { from, to })
    }
}
