//! Positions in a ledger and the ids made from them.

use alloc::string::ToString as _;
use core::fmt;
use core::str::FromStr;

use super::read_text;

/// Index of an entry in its ledger, from 0.
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
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// The position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many-th item an entry brought into being, from 0.
pub type Ordinal = u16;

/// Identity of an item within its ledger: where it was born, and which of that entry's items it is.
///
/// Shape: `position.ordinal` as text. It never changes, whatever labels come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId {
    /// Position of the entry that brought the item into being.
    pub birth: Position,
    /// Which of that entry's new items, from 0.
    pub ordinal: Ordinal,
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.birth, self.ordinal)
    }
}

impl FromStr for ItemId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "an item id is written position.ordinal, such as 17.0";
        let (birth, ordinal) = text.split_once('.').ok_or(wrong)?;
        Ok(Self {
            birth: Position(birth.parse().map_err(|_| wrong)?),
            ordinal: ordinal.parse().map_err(|_| wrong)?,
        })
    }
}

impl serde::Serialize for ItemId {
    fn serialize<S: serde::Serializer>(&self, ser: S) -> Result<S::Ok, S::Error> {
        if ser.is_human_readable() {
            ser.collect_str(self)
        } else {
            (self.birth, self.ordinal).serialize(ser)
        }
    }
}

impl<'de> serde::Deserialize<'de> for ItemId {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        if de.is_human_readable() {
            read_text(de, str::parse)
        } else {
            let (birth, ordinal) = <(Position, Ordinal)>::deserialize(de)?;
            Ok(Self { birth, ordinal })
        }
    }
}

impl schemars::JsonSchema for ItemId {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "ItemId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": r"^\d+\.\d+$",
            "description": "position.ordinal of the item in its ledger"})
    }
}

/// Id of a command, chosen by the caller: the same id with the same body gets the first answer.
///
/// Shape: a UUID; version 7 keeps the index in time order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub [u8; 16]);

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        // Every entry and every answer has one: written in one piece, not digit by digit.
        let mut text = [b'-'; 36];
        let places = (0..36_usize).filter(|at| !matches!(at, 8 | 13 | 18 | 23));
        let nibbles = self.0.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
        for (place, nibble) in places.zip(nibbles) {
            text[place] = DIGITS[usize::from(nibble)];
        }
        f.write_str(core::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string())
    }
}

impl FromStr for CommandId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a command id is a UUID, such as 01890a5d-ac96-774b-bcce-b302099a8057";
        let digits = text.bytes().filter(|byte| *byte != b'-');
        let mut digits = digits.map(|byte| char::from(byte).to_digit(16));
        let mut bytes = [0; 16];
        for byte in &mut bytes {
            let mut digit = || digits.next().flatten().and_then(|digit| u8::try_from(digit).ok());
            let (high, low) = (digit().ok_or(wrong)?, digit().ok_or(wrong)?);
            *byte = high << 4 | low;
        }
        if digits.next().is_some() {
            return Err(wrong);
        }
        Ok(Self(bytes))
    }
}

impl serde::Serialize for CommandId {
    fn serialize<S: serde::Serializer>(&self, ser: S) -> Result<S::Ok, S::Error> {
        ser.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for CommandId {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        read_text(de, str::parse)
    }
}

impl schemars::JsonSchema for CommandId {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "CommandId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "uuid"})
    }
}
