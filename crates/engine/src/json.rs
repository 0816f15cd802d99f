//! JSON written straight into bytes: for answers of many thousand lines, where a value for each
//! member would cost more than what it says.
//!
//! Invariant: what is written here reads as the types it stands for; tests compare both.

use domain::act::Kind;
use domain::{Amount, Interval, ItemId, Time};
use serde::Serialize;

/// Two digits of every number below a hundred.
const PAIRS: [[u8; 2]; 100] = pairs();

#[expect(clippy::cast_possible_truncation, reason = "both digits are below ten")]
const fn pairs() -> [[u8; 2]; 100] {
    let mut pairs = [[b'0'; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
}

/// JSON so far.
#[derive(Debug, Default)]
pub(crate) struct Json {
    bytes: Vec<u8>,
}

impl Json {
    /// With room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes) }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// What was written from a place on.
    pub(crate) fn since(&self, begin: usize) -> &[u8] {
        self.bytes.get(begin..).unwrap_or_default()
    }

    /// As it stands: punctuation, names of members, words that need no escape.
    pub(crate) fn raw(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// What was written before, once more.
    pub(crate) fn again(&mut self, written: &[u8]) {
        self.bytes.extend_from_slice(written);
    }

    /// A text in quotes.
    pub(crate) fn text(&mut self, text: &str) {
        self.bytes.push(b'"');
        self.escaped(text);
        self.bytes.push(b'"');
    }

    /// A text inside quotes.
    pub(crate) fn escaped(&mut self, text: &str) {
        // No early end, so that many bytes are looked at together.
        let special =
            |found: bool, byte: u8| found | (byte < 0x20) | (byte == b'"') | (byte == b'\\');
        if text.bytes().fold(false, special) {
            self.escape(text);
        } else {
            self.bytes.extend_from_slice(text.as_bytes());
        }
    }

    fn escape(&mut self, text: &str) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        for byte in text.bytes() {
            match byte {
                b'"' | b'\\' => self.bytes.extend_from_slice(&[b'\\', byte]),
                0..0x20 => {
                    let [high, low] = [byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]);
                    self.bytes.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
                }
                _ => self.bytes.push(byte),
            }
        }
    }

    pub(crate) fn number(&mut self, number: u64) {
        let mut digits = [0; 20];
        let (mut rest, mut begin) = (number, digits.len());
        while rest >= 10 {
            begin -= 2;
            digits[begin..begin + 2].copy_from_slice(&pair(rest % 100));
            rest /= 100;
        }
        if rest > 0 || begin == digits.len() {
            begin -= 1;
            digits[begin] = pair(rest)[1];
        }
        self.bytes.extend_from_slice(&digits[begin..]);
    }

    pub(crate) fn id(&mut self, id: ItemId) {
        self.bytes.push(b'"');
        self.number(id.birth.0);
        self.bytes.push(b'.');
        self.number(u64::from(id.ordinal));
        self.bytes.push(b'"');
    }

    /// The members that name an item, without an end: more may follow.
    pub(crate) fn named(&mut self, id: ItemId, kind: Kind, label: &str) {
        self.raw(r#"{"id":"#);
        self.id(id);
        self.raw(r#","kind":""#);
        self.raw(kind.word());
        self.raw(r#"","label":"#);
        self.text(label);
    }

    pub(crate) fn interval(&mut self, interval: Interval) {
        self.raw(r#"{"from":"#);
        self.time(interval.from);
        self.raw(r#","to":"#);
        self.time(interval.to);
        self.raw("}");
    }

    fn time(&mut self, time: Time) {
        self.bytes.push(b'"');
        self.raw(time.rfc3339().as_str());
        self.bytes.push(b'"');
    }

    pub(crate) fn amount(&mut self, amount: Amount) {
        match amount.as_whole() {
            Some(number) => {
                self.bytes.push(b'"');
                self.number(number);
                self.bytes.push(b'"');
            }
            None => self.value(&amount),
        }
    }

    /// Anything, by its own serialisation.
    pub(crate) fn value(&mut self, value: &impl Serialize) {
        serde_json::to_writer(&mut self.bytes, value)
            .expect("invariant: an answer has no map with keys that are no text");
    }
}

fn pair(number: u64) -> [u8; 2] {
    usize::try_from(number).ok().and_then(|at| PAIRS.get(at)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Json;
    use domain::{Amount, Interval, ItemId, Position, Time};
    use proptest::prelude::*;
    use serde::Serialize;

    fn same(written: impl FnOnce(&mut Json), value: &impl Serialize) -> Result<(), TestCaseError> {
        let mut json = Json::default();
        written(&mut json);
        let expected = serde_json::to_vec(value).unwrap();
        prop_assert_eq!(&json.into_bytes(), &expected);
        Ok(())
    }

    proptest! {
        #[test]
        fn texts_read_back(text in any::<String>()) {
            let mut json = Json::default();
            json.text(&text);
            let read: String = serde_json::from_slice(&json.into_bytes()).unwrap();
            prop_assert_eq!(read, text);
        }

        #[test]
        fn numbers_and_times_are_as_their_types_write_them(
            (number, shift) in (any::<u64>(), 0_u32..64),
            ordinal in any::<u16>(),
            (from, to) in (Time::MIN.0..=Time::MAX.0, Time::MIN.0..=Time::MAX.0),
            quantity in -1_000..1_000_i64,
        ) {
            let number = number >> shift;
            same(|json| json.number(number), &number)?;
            let id = ItemId { birth: Position(number), ordinal };
            same(|json| json.id(id), &id)?;
            let interval = Interval { from: Time(from), to: Time(to) };
            same(|json| json.interval(interval), &interval)?;
            same(|json| json.amount(Amount::from(quantity)), &Amount::from(quantity))?;
        }
    }
}
