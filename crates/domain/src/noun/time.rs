//! Points and intervals of time, in microseconds since 1970 UTC.

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;
use core::fmt;
use core::str::FromStr;

use super::read_text;

/// A point in time. Units: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub i64);

impl Time {
    /// Before anything this program records (year 0).
    pub const MIN: Self = Self(-62_167_219_200_000_000);
    /// After anything this program records (end of year 9999).
    pub const MAX: Self = Self(253_402_300_799_999_999);
}

/// A time in words: RFC 3339.
///
/// Every entry and every line of an answer has some, so they are written without a detour.
#[derive(Debug, Clone, Copy)]
pub struct TimeText {
    bytes: [u8; 27],
    length: usize,
}

impl TimeText {
    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let written = self.bytes.get(..self.length).unwrap_or_default();
        core::str::from_utf8(written).unwrap_or_default()
    }
}

impl Time {
    /// It in RFC 3339, in UTC, with no more decimals than it needs.
    #[must_use]
    #[expect(clippy::arithmetic_side_effects, reason = "years 0 to 9999 in microseconds fit")]
    pub fn rfc3339(self) -> TimeText {
        const SECOND: i64 = 1_000_000;
        const DAY: i64 = 86_400;
        if !(Self::MIN..=Self::MAX).contains(&self) {
            return TimeText { bytes: *b"outside years 0 to 9999    ", length: 23 };
        }
        let mut bytes = *b"0000-00-00T00:00:00.000000Z";
        let (seconds, mut micros) = (self.0.div_euclid(SECOND), self.0.rem_euclid(SECOND));
        let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let [century, of_century] = [year / 100, year % 100];
        let parts = [century, of_century, month, day, second / 3600, second / 60 % 60, second % 60];
        for (part, place) in parts.into_iter().zip([0, 2, 5, 8, 11, 14, 17]) {
            put(&mut bytes, place, part);
        }
        if micros == 0 {
            bytes[19] = b'Z';
            return TimeText { bytes, length: 20 };
        }
        let mut length = 26;
        for place in [24, 22, 20] {
            put(&mut bytes, place, micros % 100);
            micros /= 100;
        }
        while bytes[length - 1] == b'0' {
            length -= 1;
        }
        bytes[length] = b'Z';
        TimeText { bytes, length: length + 1 }
    }
}

/// Writes two digits.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers are below a hundred, places below 26"
)]
const fn put(bytes: &mut [u8; 27], place: usize, number: i64) {
    bytes[place] = b'0' + (number / 10) as u8;
    bytes[place + 1] = b'0' + (number % 10) as u8;
}

/// Year, month and day of the Gregorian calendar, so many days after 1970-01-01; not before
/// year 0.
///
/// Years are counted from March, so that a leap day ends one; 400 of them have 146,097 days.
#[expect(clippy::arithmetic_side_effects, reason = "days of years 0 to 9999 are few")]
const fn date(days: i64) -> (i64, i64, i64) {
    // Days since 0000-03-01; January and February of year 0 lie in the 400 years before.
    let since = days + 719_468;
    let (era, of_era) = (since.div_euclid(146_097), since.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day = of_era - (365 * year + year / 4 - year / 100);
    // From March on, months have 31, 30, 31, 30, 31 days, over and over: 153 together.
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let (from_january, turned) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + turned, from_january, of_month)
}

/// The day of a date, counted as [`date`] counts; none where there is no such date.
#[expect(clippy::arithmetic_side_effects, reason = "years 0 to 9999 and two digits are few")]
fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let (year_from_march, from_march) =
        if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year_from_march.div_euclid(400), year_from_march.rem_euclid(400));
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    (date(days) == (year, month, day)).then_some(days)
}

/// A time the way [`Time::rfc3339`] writes it; none where it is written in another way.
///
/// Every entry that is read has some, and RFC 3339 as a whole takes several times as long.
#[expect(clippy::arithmetic_side_effects, reason = "six digits and the years 0 to 9999 fit")]
fn in_utc(text: &str) -> Option<Time> {
    let (moment, decimals) = text.as_bytes().split_first_chunk::<19>()?;
    let marks = [4, 7, 10, 13, 16].map(|at| moment[at]);
    if marks != *b"--T::" {
        return None;
    }
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let two = |at: usize| Some(digit(moment[at])? * 10 + digit(moment[at + 1])?);
    let (year, month, day) = (two(0)? * 100 + two(2)?, two(5)?, two(8)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let micros = match decimals {
        b"Z" => 0,
        [b'.', digits @ .., b'Z'] if (1..=6).contains(&digits.len()) => {
            let padded = digits.iter().copied().chain(core::iter::repeat(b'0')).take(6);
            padded.into_iter().try_fold(0, |sum, byte| Some(sum * 10 + digit(byte)?))?
        }
        _ => return None,
    };
    let seconds = ((days_of(year, month, day)? * 24 + hour) * 60 + minute) * 60 + second;
    Some(Time(seconds * 1_000_000 + micros))
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rfc3339().as_str())
    }
}

impl FromStr for Time {
    type Err = &'static str;

    /// Reads RFC 3339, or a date alone, which means its first moment in UTC.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a time is written as RFC 3339, such as 2026-06-18T09:48:31Z, or as a date";
        if let Some(time) = in_utc(text) {
            return Ok(time);
        }
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
            read_text(de, str::parse)
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
