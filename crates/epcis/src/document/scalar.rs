//! Values that are not objects: URIs, times, numbers, unit codes, terms, identifiers.

use super::json::{Kind, Reader, Value};
use super::problem::Code;
use crate::identifier::{self, Identifier};
use crate::vocabulary::{Term, Vocabulary};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use core::fmt;
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A point in time with the text it was read from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp {
    /// Microseconds since 1970-01-01T00:00:00Z; what is finer is cut off.
    pub unix_us: i64,
    /// As written, with its own offset and precision.
    pub text: String,
}

/// A number with its digits as written; never a float.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Numeral(String);

impl Numeral {
    /// The digits as written, in JSON's notation (`-1.50`, `1e3`).
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The exact decimal value; `None` if it has more digits than a [`Decimal`] holds.
    #[must_use]
    pub fn decimal(&self) -> Option<Decimal> {
        if self.0.contains(['e', 'E']) {
            return Decimal::from_scientific(&self.0).ok();
        }
        Decimal::from_str_exact(&self.0).ok()
    }
}

impl fmt::Display for Numeral {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

pub(super) fn string(value: Value<'_, '_>, reader: &mut Reader) -> Option<String> {
    value.string(reader)
}

pub(super) fn boolean(value: Value<'_, '_>, reader: &mut Reader) -> Option<bool> {
    value.boolean(reader)
}

/// Reads a number. Many senders write it as text; the digits are what counts, so that is a
/// finding.
pub(super) fn numeral(value: Value<'_, '_>, reader: &mut Reader) -> Option<Numeral> {
    if value.kind() == Kind::String {
        let text = value.string(reader)?;
        if !is_number(&text) {
            value.wrong_kind("a number", reader);
            return None;
        }
        reader.finding(value.path, Code::NumberAsText, format!("{text:?} should not be in quotes"));
        return Some(Numeral(text));
    }
    value.number(reader).map(|digits| Numeral(digits.to_owned()))
}

/// Whether `text` is a number in JSON's notation, and nothing besides.
fn is_number(text: &str) -> bool {
    let starts = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let parsed: Result<&RawValue, _> = serde_json::from_str(text);
    starts && parsed.is_ok_and(|raw| raw.get() == text)
}

pub(super) fn uri(value: Value<'_, '_>, reader: &mut Reader) -> Option<String> {
    text_that(value, reader, crate::uri::is_uri, Code::NotUri, "a URI")
}

/// Text that passes `is_valid`; otherwise `code`, naming what was `expected`.
fn text_that(
    value: Value<'_, '_>,
    reader: &mut Reader,
    is_valid: fn(&str) -> bool,
    code: Code,
    expected: &str,
) -> Option<String> {
    let text = value.string(reader)?;
    if !is_valid(&text) {
        reader.problem(value.path, code, format!("{text:?} is not {expected}"));
        return None;
    }
    Some(text)
}

pub(super) fn timestamp(value: Value<'_, '_>, reader: &mut Reader) -> Option<Timestamp> {
    let text = value.string(reader)?;
    let parsed = OffsetDateTime::parse(&text, &Rfc3339).ok();
    let unix_us = parsed
        .map(|time| time.unix_timestamp_nanos().div_euclid(1_000))
        .and_then(|unix_us| i64::try_from(unix_us).ok());
    let Some(unix_us) = unix_us else {
        let message = format!("{text:?} is not a date and time with offset (RFC 3339)");
        reader.problem(value.path, Code::NotTime, message);
        return None;
    };
    Some(Timestamp { unix_us, text })
}

pub(super) fn offset(value: Value<'_, '_>, reader: &mut Reader) -> Option<String> {
    text_that(value, reader, is_offset, Code::NotOffset, "an offset from -14:00 to +14:00")
}

fn is_offset(text: &str) -> bool {
    let [b'+' | b'-', h1, h2, b':', m1, m2] = *text.as_bytes() else { return false };
    let is_minutes = (b'0'..=b'5').contains(&m1) && m2.is_ascii_digit();
    match (h1, h2) {
        (b'0', b'0'..=b'9') | (b'1', b'0'..=b'3') => is_minutes,
        (b'1', b'4') => m1 == b'0' && m2 == b'0',
        _ => false,
    }
}

pub(super) fn version(value: Value<'_, '_>, reader: &mut Reader) -> Option<String> {
    text_that(value, reader, is_version, Code::NotVersion, "a version such as 2.0")
}

fn is_version(text: &str) -> bool {
    text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A unit code of UN/CEFACT Recommendation 20.
pub(super) fn unit(value: Value<'_, '_>, reader: &mut Reader) -> Option<String> {
    text_that(value, reader, is_unit, Code::NotUnit, "a unit code of UN/CEFACT Recommendation 20")
}

fn is_unit(text: &str) -> bool {
    (2..=3).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

pub(super) fn hexadecimal(value: Value<'_, '_>, reader: &mut Reader) -> Option<String> {
    text_that(value, reader, is_hexadecimal, Code::NotHex, "hexadecimal")
}

fn is_hexadecimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Reads a word of `vocabulary`.
pub(super) fn term(
    vocabulary: &'static Vocabulary,
) -> impl Fn(Value<'_, '_>, &mut Reader) -> Option<Term> {
    move |value, reader| {
        let text = value.string(reader)?;
        let term = vocabulary.read(&text);
        if term.is_none() {
            let name = vocabulary.name;
            let message = format!("{text:?} is not a standard {name}, nor a URI of one's own");
            reader.problem(value.path, Code::UnknownTerm, message);
        }
        term
    }
}

/// Reads an identifier. What breaks the rules of GS1 is kept verbatim with a finding: the event
/// happened, whatever the label said.
pub(super) fn identifier(value: Value<'_, '_>, reader: &mut Reader) -> Option<Identifier> {
    let text = value.string(reader)?;
    match Identifier::parse(&text) {
        Ok(found) => {
            if let Some(expected) = found.check_digit_expected() {
                let message = format!("the check digit of {text:?} should be {expected}");
                reader.finding(value.path, Code::CheckDigitWrong, message);
            }
            Some(found)
        }
        Err(error @ identifier::Error::Malformed { .. }) => {
            reader.finding(value.path, Code::IdentifierMalformed, error);
            Some(Identifier::other(&text))
        }
        Err(error @ (identifier::Error::NotUri { .. } | identifier::Error::TooLong { .. })) => {
            reader.problem(value.path, Code::NotUri, error);
            None
        }
    }
}
