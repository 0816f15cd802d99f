//! What a drill is held against: shares and times, as they are typed and shown.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use domain::Amount;
use serde::{Serialize, Serializer};

const WHOLE: u32 = 100;
/// Decimals of a share that are shown; the rest is cut off, so that 99.999 % is not 100 %.
const DECIMALS: usize = 2;

/// What a drill must reach.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Limits {
    /// How much of each lot must be accounted for.
    pub(crate) accounted_min: Percent,
    /// How many lines of each unit's bills of material must have been captured.
    pub(crate) captured_min: Percent,
    /// How long it may take.
    #[serde(rename = "withinMs")]
    pub(crate) within: Span,
}

/// A share of a whole. Units: percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Percent(Amount);

impl Percent {
    /// All of it.
    pub(crate) fn all() -> Self {
        Self(Amount::from(WHOLE))
    }

    /// What is left of a whole when a part of it is missing; all of nothing is all.
    pub(crate) fn left(whole: Amount, missing: Amount) -> Self {
        if missing.is_zero() {
            return Self::all();
        }
        let left = whole.minus(missing);
        let left = if left.is_negative() { Amount::ZERO } else { left };
        let share = left.times(Amount::from(WHOLE)).divided_by(whole);
        Self(share.unwrap_or(Amount::ZERO))
    }

    /// What is left of so many when some are missing.
    pub(crate) fn left_of(whole: usize, missing: usize) -> Self {
        let number = |count: usize| Amount::from(u32::try_from(count).unwrap_or(u32::MAX));
        Self::left(number(whole), number(missing))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.normal().to_string();
        let shown = match text.split_once('.') {
            Some((whole, rest)) if rest.len() > DECIMALS => {
                let rest = rest.get(..DECIMALS).unwrap_or(rest).trim_end_matches('0');
                if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") }
            }
            Some(_) | None => text,
        };
        write!(f, "{shown}%")
    }
}

impl FromStr for Percent {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a share is a number from 0 to 100, such as 100% or 99.5";
        let number = text.strip_suffix('%').unwrap_or(text);
        let share: Amount = number.trim().parse().map_err(|_| wrong)?;
        if share.is_negative() || share > Amount::from(WHOLE) {
            return Err(wrong);
        }
        Ok(Self(share))
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.to_string().trim_end_matches('%'))
    }
}

/// How long something took or may take. Shape: as JSON a whole number of milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span(pub(crate) Duration);

const UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a time is a whole number with a unit, such as 4h, 30m, 90s or 500ms";
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| wrong)?;
        let (_, ms) = UNITS.into_iter().find(|(word, _)| *word == unit).ok_or(wrong)?;
        let all = number.checked_mul(ms).ok_or(wrong)?;
        Ok(Self(Duration::from_millis(all)))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis();
        let whole = UNITS.into_iter().rev().find(|(_, each)| {
            let each = u128::from(*each);
            ms >= each && ms.is_multiple_of(each)
        });
        match whole {
            Some((unit, each)) => write!(f, "{}{unit}", ms / u128::from(each)),
            None => f.write_str("0ms"),
        }
    }
}

/// Time that passed, as people read it. Shape: as JSON a whole number of milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Took(pub(crate) Duration);

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, ms) = (self.0.as_secs(), self.0.subsec_millis());
        match seconds {
            0 => write!(f, "{ms} ms"),
            1..60 => write!(f, "{seconds}.{} s", ms / 100),
            _ => write!(f, "{} min {} s", seconds / 60, seconds % 60),
        }
    }
}

fn milliseconds<S: Serializer>(time: Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        milliseconds(self.0, serializer)
    }
}

impl Serialize for Took {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        milliseconds(self.0, serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_shown_and_never_rounded_up() {
        for (typed, shown) in [("100%", "100%"), ("99.5", "99.5%"), ("0 %", "0%")] {
            assert_eq!(typed.parse::<Percent>().unwrap().to_string(), shown);
        }
        for wrong in ["101%", "-1", "many", "", "%"] {
            assert!(wrong.parse::<Percent>().is_err(), "{wrong}");
        }
        let share = |whole: i64, missing: i64| {
            Percent::left(Amount::from(whole), Amount::from(missing)).to_string()
        };
        assert_eq!(share(2000, 120), "94%");
        assert_eq!(share(100_000, 1), "99.99%");
        assert_eq!(share(10_000_000, 1), "99.99%", "not all of it");
        assert!(Percent::left(Amount::from(10_000_000_i64), Amount::ONE) < Percent::all());
        assert_eq!(share(0, 0), "100%");
        assert_eq!(share(0, 5), "0%", "taken, but never came in");
        assert_eq!(share(3, 5), "0%");
    }

    #[test]
    fn times_are_read_and_shown() {
        for text in ["4h", "30m", "90s", "500ms", "2d"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        for wrong in ["4", "h", "1.5h", "4 h", "-1s", "99999999999999999999d"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
        let took = |ms| Took(Duration::from_millis(ms)).to_string();
        assert_eq!([took(12), took(1234), took(61_000)], ["12 ms", "1.2 s", "1 min 1 s"]);
    }
}
