//! GS1 identifiers in both of their syntaxes.
//!
//! A thing can be named by an EPC URI (`urn:epc:id:sgtin:0614141.812345.6789`) or by a GS1 Digital
//! Link URI on any host (`https://example.com/01/80614141123458/21/6789`). Both become one
//! [`Identifier`] whose *canonical* form is the constrained canonical Digital Link on
//! `id.gs1.org`: one key, at most one qualifier, GTINs of 14 digits, nothing else. Two identifiers
//! are equal exactly when their canonical forms are.
//!
//! Every other URI (`http:`, `urn:uuid:`, an EPC scheme without a GS1 key) is kept verbatim as
//! [`Key::Other`]. A wrong check digit does not stop reading, since the label really carries it:
//! [`Identifier::check_digit_expected`] says what it should have been.
//!
//! Source: GS1 EPC Tag Data Standard 2.x (§6), GS1 Digital Link URI Syntax, GS1 General
//! Specifications (§7.9, check digits).

mod epc;
mod key;
mod link;

pub use key::{Key, Qualifier};

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

/// Longest URI read as an identifier, in bytes; the longest canonical one has under 200.
pub const IDENTIFIER_BYTES_MAX: usize = 2_048;

/// The name of a thing, a lot, a class of things, a place or a party.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    canonical: String,
    key: Key,
    value: String,
    qualifier: Option<Qualifier>,
    check_digit_expected: Option<char>,
}

/// What an identifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A kind of thing: GTIN, ITIP, GMN, GRAI or GDTI without serial number, CPID without serial.
    Class,
    /// A batch or lot of a class.
    Lot,
    /// One thing, place, party, consignment or shipment.
    Instance,
    /// Not a GS1 key, so unknown.
    Unknown,
}

/// Why a text is no identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Longer than [`IDENTIFIER_BYTES_MAX`].
    #[error("{bytes} bytes are more than an identifier may have ({IDENTIFIER_BYTES_MAX})")]
    TooLong {
        /// How many bytes it has.
        bytes: usize,
    },
    /// Not a URI, so neither syntax applies.
    #[error("\"{text}\" is not a URI")]
    NotUri {
        /// What was given.
        text: String,
    },
    /// An EPC URI whose parts do not fit its scheme.
    #[error("\"{text}\" is not a valid {scheme}: {fault}")]
    Malformed {
        /// What was given.
        text: String,
        /// The EPC scheme, such as `sgtin`.
        scheme: String,
        /// What does not fit.
        fault: &'static str,
    },
}

impl Identifier {
    /// Reads a URI.
    ///
    /// Errors: [`Error::TooLong`]; [`Error::NotUri`]; [`Error::Malformed`] for an EPC URI of a
    /// known scheme that breaks the rules of that scheme. A web address that is not a Digital
    /// Link is no error but [`Key::Other`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > IDENTIFIER_BYTES_MAX {
            return Err(Error::TooLong { bytes: text.len() });
        }
        if !crate::uri::is_uri(text) {
            return Err(Error::NotUri { text: text.to_owned() });
        }
        let found = match text.strip_prefix("urn:epc:") {
            Some(rest) => epc::parse(rest).map_err(|(scheme, fault)| Error::Malformed {
                text: text.to_owned(),
                scheme: scheme.to_owned(),
                fault,
            })?,
            None => link::parse(text),
        };
        Ok(found.map_or_else(|| Self::other(text), Self::from_parts))
    }

    /// Keeps `text` verbatim, as a name whose structure is not known.
    #[must_use]
    pub fn other(text: &str) -> Self {
        Self {
            canonical: text.to_owned(),
            key: Key::Other,
            value: text.to_owned(),
            qualifier: None,
            check_digit_expected: None,
        }
    }

    /// A batch or lot of this trade item; `None` where it is none, or the text no lot number.
    pub(crate) fn lot(&self, number: &str) -> Option<Self> {
        let fits = self.key == Key::Gtin && key::is_text(number, 20, key::is_cset_82);
        fits.then(|| {
            let qualifier = Some(Qualifier::Lot(number.to_owned()));
            Self::from_parts(key::Parts { key: self.key, value: self.value.clone(), qualifier })
        })
    }

    fn from_parts(parts: key::Parts) -> Self {
        let key::Parts { key, value, qualifier } = parts;
        Self {
            canonical: key.canonical(&value, qualifier.as_ref()),
            check_digit_expected: key.check_digit_expected(&value),
            key,
            value,
            qualifier,
        }
    }

    /// Which GS1 key it is.
    #[must_use]
    pub const fn key(&self) -> Key {
        self.key
    }

    /// The key's value without its qualifier: 14 digits of a GTIN, 13 of a GLN, 18 of an SSCC;
    /// for [`Key::Other`] the whole URI.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The lot, serial number or other qualifier that narrows the value, if any.
    #[must_use]
    pub const fn qualifier(&self) -> Option<&Qualifier> {
        self.qualifier.as_ref()
    }

    /// The constrained canonical Digital Link URI; for [`Key::Other`] the URI as written.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The right check digit, where the one written is wrong.
    #[must_use]
    pub const fn check_digit_expected(&self) -> Option<char> {
        self.check_digit_expected
    }

    /// What it names.
    #[must_use]
    pub const fn level(&self) -> Level {
        match (self.key, &self.qualifier) {
            (Key::Other, _) => Level::Unknown,
            (_, Some(Qualifier::Lot(_))) => Level::Lot,
            (_, Some(_)) => Level::Instance,
            (
                Key::Gtin | Key::Itip | Key::Gmn | Key::Cpid | Key::Grai | Key::Gdti | Key::Gcn,
                None,
            ) => Level::Class,
            (
                Key::Sscc
                | Key::Gln
                | Key::Party
                | Key::Giai
                | Key::Gsrn
                | Key::Gsrnp
                | Key::Ginc
                | Key::Gsin,
                None,
            ) => Level::Instance,
        }
    }

    /// The identifier without its qualifier: the GTIN of a serial number or lot, the asset type of
    /// a returnable asset. `None` for [`Key::Other`].
    #[must_use]
    pub fn unqualified(&self) -> Option<Self> {
        (self.key != Key::Other).then(|| {
            let value = self.value.clone();
            Self::from_parts(key::Parts { key: self.key, value, qualifier: None })
        })
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.canonical)
    }
}

#[cfg(test)]
mod tests;
