//! A range of serial numbers as the facts about it make it.
//!
//! Words: a number is *issued* once, in the order of the range; an issued number is *used* when a
//! unit is called so, *void* when somebody says why it never will be, and *open* until then.
//!
//! Invariants: no number is issued twice, nor one that an item is or was called by already; no two
//! ranges can give the same number; `issued = used + void + open`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::act::{Act, CheckCharacter, DefineRange, Span};
use crate::entry::Entry;
use crate::noun::{Identifier, OrderCode, Position, RangeCode, StationCode, scheme};

/// Most numbers one act gives out; more are several acts.
pub const ISSUE_MAX: u32 = 10_000;
/// Most digits of a number; more do not fit the sums.
pub const DIGITS_MAX: u8 = 18;
/// Longest serial number, as GS1 application identifier 21 takes it. Units: characters.
pub const SERIAL_MAX: usize = 20;

/// Numbers that were issued together, up to and including `last`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Issue {
    /// The last of them.
    pub last: u64,
    /// For which order.
    pub order: Option<OrderCode>,
    /// To which station they are on lease.
    pub station: Option<StationCode>,
}

/// A number that is never used.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Void {
    /// Why.
    pub reason: String,
    /// Which entry says so.
    pub position: Position,
}

/// A range and what was given out of it.
#[expect(clippy::module_name_repetitions, reason = "a range of what, in the API")]
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SerialRange {
    /// What it is.
    pub range: DefineRange,
    /// Which entry defined it.
    pub defined: Position,
    /// What was issued, by the first number of each piece.
    pub issued: BTreeMap<u64, Issue>,
    /// What was declared void.
    pub voids: BTreeMap<u64, Void>,
}

impl SerialRange {
    /// The range an entry defines.
    #[must_use]
    pub const fn defined(range: DefineRange, position: Position) -> Self {
        Self { range, defined: position, issued: BTreeMap::new(), voids: BTreeMap::new() }
    }

    /// What becomes of it by an entry about it.
    #[must_use]
    pub fn after(mut self, entry: &Entry) -> Self {
        if let Act::IssueSerials(v) = &entry.fact {
            for span in &v.numbers {
                self.issue(*span, v.order.as_ref(), v.station.as_ref());
            }
        } else if let Act::VoidSerials(v) = &entry.fact {
            let numbers = v.numbers.iter().filter_map(|text| self.range.number_of(text));
            let void = || Void { reason: v.reason.clone(), position: entry.position };
            self.voids.extend(numbers.map(|number| (number, void())).collect::<Vec<_>>());
        }
        self
    }

    /// Adds a piece; one that goes on where the last one of its kind ended is one with it.
    fn issue(&mut self, span: Span, order: Option<&OrderCode>, station: Option<&StationCode>) {
        let issue = Issue { last: span.last, order: order.cloned(), station: station.cloned() };
        if let Some(before) = self.issued.range_mut(..span.first).next_back()
            && before.1.last.checked_add(1) == Some(span.first)
            && (before.1.order.as_ref(), before.1.station.as_ref()) == (order, station)
        {
            before.1.last = span.last;
            return;
        }
        self.issued.insert(span.first, issue);
    }

    /// How a number was issued; none: it was not.
    #[must_use]
    pub fn issue_of(&self, number: u64) -> Option<&Issue> {
        let (_, issue) = self.issued.range(..=number).next_back()?;
        (number <= issue.last).then_some(issue)
    }

    /// Every issued number, in order, with how it was issued.
    pub fn numbers(&self) -> impl Iterator<Item = (u64, &Issue)> {
        self.issued
            .iter()
            .flat_map(|(first, issue)| (*first..=issue.last).map(move |number| (number, issue)))
    }

    /// How many numbers were issued.
    #[must_use]
    pub fn issued_count(&self) -> u64 {
        let count = |(first, issue): (&u64, &Issue)| issue.last.saturating_sub(*first);
        let counts = self.issued.iter().map(|each| count(each).saturating_add(1));
        counts.fold(0, u64::saturating_add)
    }

    /// The next number that was not passed yet; none: the range is at its end.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        let last = self.issued.last_key_value().map(|(_, issue)| issue.last);
        let next = last.map_or(Some(self.range.first), |last| last.checked_add(1))?;
        (next <= self.range.last).then_some(next)
    }

    /// The next `count` numbers that are free, as far as there are so many; `taken` says which an
    /// item is or was called by already: they are passed over.
    pub fn free(&self, count: u32, taken: impl Fn(&str) -> bool) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        let Some(mut number) = self.next() else { return spans };
        let mut left = count;
        while left > 0 && number <= self.range.last {
            if !taken(&self.range.text(number)) {
                left = left.saturating_sub(1);
                match spans.last_mut() {
                    Some(span) if span.last.checked_add(1) == Some(number) => span.last = number,
                    _ => spans.push(Span { first: number, last: number }),
                }
            }
            let Some(next) = number.checked_add(1) else { break };
            number = next;
        }
        spans
    }
}

impl DefineRange {
    /// A number as it is written.
    #[must_use]
    pub fn text(&self, number: u64) -> String {
        let width = usize::from(self.digits);
        let mut text = format!("{}{number:0width$}", self.prefix);
        text.extend(self.check.and_then(|check| check.of(&text)));
        text
    }

    /// The same as the name of a unit.
    #[must_use]
    pub fn identifier(&self, number: u64) -> Option<Identifier> {
        Identifier::own(scheme::SERIAL_NUMBER, &self.text(number)).ok()
    }

    /// The number a text stands for; none: it is none of this range.
    #[must_use]
    pub fn number_of(&self, text: &str) -> Option<u64> {
        let rest = text.strip_prefix(self.prefix.as_str())?;
        let digits = rest.get(..usize::from(self.digits))?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: u64 = digits.parse().ok()?;
        let within = (self.first..=self.last).contains(&number);
        (within && self.text(number) == text).then_some(number)
    }

    /// How many characters a number has.
    #[must_use]
    pub fn length(&self) -> usize {
        let own = self.prefix.chars().count().saturating_add(usize::from(self.digits));
        own.saturating_add(usize::from(self.check.is_some()))
    }

    /// Whether this range could give a number that the other could give as well. A check character
    /// is taken as if it were any digit: what is refused for it would be hard to tell apart.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        if self.length() != other.length() {
            return false;
        }
        let (short, long) =
            if self.prefix.len() <= other.prefix.len() { (self, other) } else { (other, self) };
        let Some(rest) = long.prefix.strip_prefix(short.prefix.as_str()) else { return false };
        if !rest.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        let (own, others) = (short.bounds(""), long.bounds(rest));
        own.0 <= others.1 && others.0 <= own.1
    }

    /// The digits after a common prefix of the least and the greatest number, as text of one
    /// length, so that they compare as numbers do.
    fn bounds(&self, before: &str) -> (String, String) {
        let width = usize::from(self.digits);
        let (low, high) = if self.check.is_some() { ("0", "9") } else { ("", "") };
        (
            format!("{before}{:0width$}{low}", self.first),
            format!("{before}{:0width$}{high}", self.last),
        )
    }
}

impl CheckCharacter {
    /// The character for a text; none: the text has a character it is not defined for.
    #[must_use]
    pub fn of(self, text: &str) -> Option<char> {
        match self {
            Self::Gs1 => gs1(text),
            Self::Iso7064 => iso7064(text),
        }
    }
}

/// The check digit over digits. Source: GS1 General Specifications 7.9.1.
fn gs1(text: &str) -> Option<char> {
    let mut sum = 0_u32;
    for (index, character) in text.chars().rev().enumerate() {
        let weight = if index.is_multiple_of(2) { 3 } else { 1 };
        sum = sum.checked_add(character.to_digit(10)?.checked_mul(weight)?)?;
    }
    char::from_digit(10_u32.checked_sub(sum.checked_rem(10)?)?.checked_rem(10)?, 10)
}

/// The check character of ISO/IEC 7064, MOD 37,36.
fn iso7064(text: &str) -> Option<char> {
    let mut product = 36_u32;
    for character in text.chars() {
        if character.is_ascii_lowercase() {
            return None;
        }
        let value = character.to_digit(36)?;
        let sum = product.checked_add(value)?.checked_rem(36)?;
        let sum = if sum == 0 { 36 } else { sum };
        product = sum.checked_mul(2)?.checked_rem(37)?;
    }
    let value = 37_u32.checked_sub(product)?.checked_rem(36)?;
    char::from_digit(value, 36).map(|character| character.to_ascii_uppercase())
}

/// The range a fact is about, where it is about one that was defined before.
#[must_use]
pub fn subject<R>(fact: &Act<R>) -> Option<&RangeCode> {
    if let Act::IssueSerials(v) = fact {
        Some(&v.range)
    } else if let Act::VoidSerials(v) = fact {
        Some(&v.range)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_characters_are_those_of_the_standards() {
        // GS1: GTIN-13 of the General Specifications; ISO 7064: the GRid of the standard's users.
        assert_eq!(CheckCharacter::Gs1.of("629104150021"), Some('3'));
        assert_eq!(CheckCharacter::Gs1.of("37610425002123456"), Some('9'));
        assert_eq!(CheckCharacter::Iso7064.of("A12425GABC1234002"), Some('M'));
        assert_eq!(CheckCharacter::Gs1.of("12A"), None);
        assert_eq!(CheckCharacter::Iso7064.of("a1"), None);
    }
}
