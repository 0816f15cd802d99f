//! Members as a proof file shows them, and bytes as text.

use alloc::borrow::ToOwned as _;
use alloc::string::String;

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::entry::{Member, SALT_BYTES};

/// A member in a proof file.
///
/// Shape: `{"name", "value", "salt"}` with the value's bytes as a string and the salt in base64, or
/// `{"withheld": true}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Everything is there; its digest must be the one in the log bytes.
    Open(Member),
    /// Only the digest in the log bytes is known.
    Withheld,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<Salt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withheld: Option<bool>,
}

#[derive(Serialize, Deserialize)]
struct Salt(#[serde(with = "base64_text")] [u8; SALT_BYTES]);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = match self {
            Self::Open(Member { name, value, salt }) => Raw {
                name: Some(name.clone()),
                value: Some(core::str::from_utf8(value).map_err(S::Error::custom)?.to_owned()),
                salt: Some(Salt(*salt)),
                withheld: None,
            },
            Self::Withheld => Raw { name: None, value: None, salt: None, withheld: Some(true) },
        };
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Raw { name, value, salt, withheld } = Raw::deserialize(deserializer)?;
        match (name, value, salt, withheld) {
            (Some(name), Some(value), Some(Salt(salt)), None) => {
                Ok(Self::Open(Member { name, value: value.into_bytes(), salt }))
            }
            (None, None, None, Some(true)) => Ok(Self::Withheld),
            _ => Err(D::Error::custom(
                "a member has a name, a value and a salt, or says that it is withheld",
            )),
        }
    }
}

/// Bytes as standard base64 with padding.
pub(super) mod base64_text {
    use alloc::string::String;
    use alloc::vec::Vec;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(in crate::proof) fn serialize<S: Serializer>(
        bytes: &impl AsRef<[u8]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(in crate::proof) fn deserialize<'de, D: Deserializer<'de>, T: TryFrom<Vec<u8>>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(D::Error::custom)?;
        bytes.try_into().map_err(|_| D::Error::custom("base64 of another length"))
    }
}
