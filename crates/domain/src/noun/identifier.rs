//! How items are called: identifiers, and references that may use them.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use super::{ItemId, Ordinal, PartyCode, Scheme, check_code, misread, read_text};

/// The usual identifier schemes; any other code may be used as well.
pub mod scheme {
    /// Serial number of a unit (GS1 AI 21).
    pub const SERIAL_NUMBER: &str = "serialNumber";
    /// Lot code given by the one who holds the ledger, or by the maker (GS1 AI 10).
    pub const LOT_CODE: &str = "lotCode";
    /// Lot code given by a supplier.
    pub const SUPPLIER_LOT: &str = "supplierLot";
    /// Code of a container: pallet, package, tray, panel (GS1 SSCC, AI 00).
    pub const CONTAINER_CODE: &str = "containerCode";
    /// Code etched or printed on a board.
    pub const BOARD_CODE: &str = "boardCode";
    /// Identity of the connected product in its cloud.
    pub const CLOUD_ID: &str = "cloudId";
    /// GS1 key as a canonical GS1 Digital Link URI.
    pub const GS1: &str = "gs1";
    /// Version of a software build.
    pub const VERSION: &str = "version";
}

/// How an item is called by someone: issuer, scheme, value.
///
/// Shape: unique per (issuer, scheme, value) over all time; without an issuer it is the ledger
/// holder's own. Source: ISO/IEC 15459.
#[derive(
    Debug,
    Clone,
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
pub struct Identifier {
    /// Who gave it; absent: the ledger holder.
    #[serde(default)]
    pub issuer: Option<PartyCode>,
    /// What kind of name it is.
    pub scheme: Scheme,
    /// The name itself, 1 to 200 printable characters.
    #[serde(deserialize_with = "checked_value")]
    pub value: String,
}

fn checked_value<'de, D: serde::Deserializer<'de>>(de: D) -> Result<String, D::Error> {
    let text = <String as serde::Deserialize>::deserialize(de)?;
    check_code(&text).map_err(|why| misread(&text, &why))?;
    Ok(text.trim().to_owned())
}

impl Identifier {
    /// An identifier of the ledger holder's own in one of the usual schemes.
    ///
    /// Errors: [`super::CodeError`] if the value is not a code.
    pub fn own(scheme: &str, value: &str) -> Result<Self, super::CodeError> {
        check_code(value)?;
        Ok(Self { issuer: None, scheme: Scheme::new(scheme)?, value: value.trim().to_owned() })
    }

    /// The same identifier given by `issuer`.
    #[must_use]
    pub fn by(self, issuer: PartyCode) -> Self {
        Self { issuer: Some(issuer), ..self }
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme, self.value)?;
        if let Some(issuer) = &self.issuer {
            write!(f, ";issuer={issuer}")?;
        }
        Ok(())
    }
}

/// How a caller points at an item.
///
/// Shape: as text `id:17.0` (identity), `new:1.0` (first item made by the second act of the same
/// command), `serial:SN-1`, `lot:77120-A`, `container:PL-9`, `board:…`, `cloud:…`, `gs1:…`, each
/// with `;issuer=PARTY` where it matters, or a bare value of any scheme.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemRef {
    /// By identity.
    Id(ItemId),
    /// By the act of the same command that makes it, and which of its new items.
    New(u16, Ordinal),
    /// By what it is called.
    Called {
        /// Kind of name; absent: any.
        scheme: Option<Scheme>,
        /// Who gave the name; absent: anyone.
        issuer: Option<PartyCode>,
        /// The name.
        value: String,
    },
}

impl ItemRef {
    /// Whether an identifier is the one this reference names.
    #[must_use]
    pub fn names(&self, identifier: &Identifier) -> bool {
        let Self::Called { scheme, issuer, value } = self else { return false };
        let scheme_fits = match scheme.as_ref().map(Scheme::as_str) {
            None => true,
            Some(scheme::LOT_CODE) => {
                matches!(identifier.scheme.as_str(), scheme::LOT_CODE | scheme::SUPPLIER_LOT)
            }
            Some(wanted) => wanted == identifier.scheme.as_str(),
        };
        scheme_fits
            && *value == identifier.value
            && (issuer.is_none() || *issuer == identifier.issuer)
    }
}

/// Short words for the usual schemes, as they stand before the colon.
const PREFIXES: [(&str, &str); 11] = [
    ("serial", scheme::SERIAL_NUMBER),
    ("lot", scheme::LOT_CODE),
    ("supplier-lot", scheme::SUPPLIER_LOT),
    ("supplierlot", scheme::SUPPLIER_LOT),
    ("container", scheme::CONTAINER_CODE),
    ("pallet", scheme::CONTAINER_CODE),
    ("package", scheme::CONTAINER_CODE),
    ("board", scheme::BOARD_CODE),
    ("cloud", scheme::CLOUD_ID),
    ("gs1", scheme::GS1),
    ("version", scheme::VERSION),
];

impl ItemRef {
    /// The words that may stand before the colon, but for other words of the same kind.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        let first = |(index, (word, scheme)): (usize, &(&'static str, &str))| {
            let before = PREFIXES.iter().take(index);
            before.into_iter().all(|(_, other)| other != scheme).then_some(*word)
        };
        ["id"].into_iter().chain(PREFIXES.iter().enumerate().filter_map(first))
    }

    /// The word before the colon of a bare name, which then is none of [`Self::kinds`].
    #[must_use]
    pub fn unknown_kind(&self) -> Option<&str> {
        let Self::Called { scheme: None, value, .. } = self else { return None };
        let (word, rest) = value.split_once(':')?;
        let is_word = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
        (is_word && !rest.is_empty()).then_some(word)
    }
}

impl FromStr for ItemRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(id) = text.strip_prefix("id:") {
            return Ok(Self::Id(id.parse().map_err(str::to_owned)?));
        }
        if let Some(born) = text.strip_prefix("new:") {
            let wrong = "new:ACT.ITEM counts both from 0, such as new:0.0";
            let (act, ordinal) = born.split_once('.').unwrap_or((born, "0"));
            return Ok(Self::New(
                act.parse().map_err(|_| wrong.to_owned())?,
                ordinal.parse().map_err(|_| wrong.to_owned())?,
            ));
        }
        let (text, issuer) = match text.rsplit_once(";issuer=") {
            Some((rest, issuer)) => {
                (rest, Some(PartyCode::new(issuer).map_err(|error| error.to_string())?))
            }
            None => (text, None),
        };
        let (scheme, value) = split_scheme(text);
        let value = value.trim();
        check_code(value).map_err(|error| error.to_string())?;
        Ok(Self::Called { scheme, issuer, value: value.to_owned() })
    }
}

fn split_scheme(text: &str) -> (Option<Scheme>, &str) {
    let Some((prefix, value)) = text.split_once(':') else { return (None, text) };
    let known = |word: &str| {
        PREFIXES
            .iter()
            .find(|(short, full)| word.eq_ignore_ascii_case(short) || word == *full)
            .map(|(_, full)| *full)
    };
    match known(prefix).and_then(|full| Scheme::new(full).ok()) {
        Some(scheme) => (Some(scheme), value),
        None => (None, text),
    }
}

impl fmt::Display for ItemRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "id:{id}"),
            Self::New(act, ordinal) => write!(f, "new:{act}.{ordinal}"),
            Self::Called { scheme, issuer, value } => {
                if let Some(scheme) = scheme {
                    write!(f, "{scheme}:")?;
                }
                f.write_str(value)?;
                if let Some(issuer) = issuer {
                    write!(f, ";issuer={issuer}")?;
                }
                Ok(())
            }
        }
    }
}

/// An item in the words people type: `lot:77120-A`.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'a>(pub &'a ItemRef);

impl fmt::Display for Typed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ItemRef::Called { scheme: Some(scheme), issuer, value } = self.0 else {
            return self.0.fmt(f);
        };
        let short = PREFIXES.iter().find(|(_, full)| scheme.as_str() == *full);
        let Some((short, _)) = short else { return self.0.fmt(f) };
        write!(f, "{short}:{value}")?;
        issuer.iter().try_for_each(|issuer| write!(f, ";issuer={issuer}"))
    }
}

impl serde::Serialize for ItemRef {
    fn serialize<S: serde::Serializer>(&self, ser: S) -> Result<S::Ok, S::Error> {
        ser.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for ItemRef {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        read_text(de, str::parse)
    }
}

impl schemars::JsonSchema for ItemRef {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "ItemRef".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string",
            "description": "id:17.0, new:0.0, serial:SN-1, lot:77120-A, container:PL-9, \
                            gs1:https://…, each optionally ;issuer=PARTY, or a bare value"})
    }
}
