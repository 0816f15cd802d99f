//! The GS1 keys: their application identifiers, shapes, check digits and canonical URIs.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// A GS1 identification key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Global Trade Item Number (01).
    Gtin,
    /// Piece of a trade item (8006): GTIN, piece number, pieces in total.
    Itip,
    /// Global Model Number (8013).
    Gmn,
    /// Component or part (8010).
    Cpid,
    /// Serial Shipping Container Code (00).
    Sscc,
    /// Place by its Global Location Number (414).
    Gln,
    /// Party by its Global Location Number (417).
    Party,
    /// Global Returnable Asset Identifier (8003).
    Grai,
    /// Global Individual Asset Identifier (8004).
    Giai,
    /// Recipient of a service (8018).
    Gsrn,
    /// Provider of a service (8017).
    Gsrnp,
    /// Global Document Type Identifier (253).
    Gdti,
    /// Global Coupon Number (255).
    Gcn,
    /// Global Identification Number for Consignment (401).
    Ginc,
    /// Global Shipment Identification Number (402).
    Gsin,
    /// Any other URI, kept verbatim.
    Other,
}

/// What narrows a key's value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Qualifier {
    /// Batch or lot (10).
    Lot(String),
    /// Serial number: 21, 8011, or the serial part within 8003, 253 and 255.
    Serial(String),
    /// Serial number given by a third party (235).
    ThirdPartySerial(String),
    /// Extension of a place (254): a dock, a shelf, a station.
    Extension(String),
    /// Instance of a service relation (8019).
    ServiceInstance(String),
}

impl Qualifier {
    /// The text of it, whatever it is.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Lot(text)
            | Self::Serial(text)
            | Self::ThirdPartySerial(text)
            | Self::Extension(text)
            | Self::ServiceInstance(text) => text,
        }
    }
}

/// An identifier's parts, already checked for shape.
pub(super) struct Parts {
    pub(super) key: Key,
    pub(super) value: String,
    pub(super) qualifier: Option<Qualifier>,
}

/// Keys with their application identifier and the short name early Digital Links used.
const NAMES: &[(Key, &str, &str)] = &[
    (Key::Gtin, "01", "gtin"),
    (Key::Itip, "8006", "itip"),
    (Key::Gmn, "8013", "gmn"),
    (Key::Cpid, "8010", "cpid"),
    (Key::Sscc, "00", "sscc"),
    (Key::Gln, "414", "gln"),
    (Key::Party, "417", "party"),
    (Key::Grai, "8003", "grai"),
    (Key::Giai, "8004", "giai"),
    (Key::Gsrn, "8018", "gsrn"),
    (Key::Gsrnp, "8017", "gsrnp"),
    (Key::Gdti, "253", "gdti"),
    (Key::Gcn, "255", "gcn"),
    (Key::Ginc, "401", "ginc"),
    (Key::Gsin, "402", "gsin"),
];

impl Key {
    /// The key an application identifier or its short name stands for.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let row = NAMES.iter().find(|(_, ai, short)| *ai == name || *short == name);
        row.map(|(key, ..)| *key)
    }

    /// The GS1 application identifier of the key; empty for [`Key::Other`].
    #[must_use]
    pub fn application_identifier(self) -> &'static str {
        NAMES.iter().find(|(key, ..)| *key == self).map_or("", |(_, ai, _)| ai)
    }

    /// Splits the value of the key's element string into value and serial part, padding short
    /// GTINs; `None` where it has not the shape of the key.
    pub(super) fn split(self, text: &str) -> Option<(String, Option<Qualifier>)> {
        let whole = |valid: bool| valid.then(|| (text.to_owned(), None));
        match self {
            Self::Gtin if [8, 12, 13, 14].contains(&text.len()) => {
                is_digits(text).then(|| (pad_left(text, 14), None))
            }
            Self::Itip | Self::Sscc | Self::Gsrn | Self::Gsrnp => whole(has_digits(text, 18)),
            Self::Gln | Self::Party => whole(has_digits(text, 13)),
            Self::Gsin => whole(has_digits(text, 17)),
            Self::Giai | Self::Ginc => whole(is_prefixed_text(text, 30, is_cset_82)),
            Self::Gmn => whole(is_prefixed_text(text, 25, is_cset_82)),
            Self::Cpid => whole(is_prefixed_text(text, 30, is_cset_39)),
            Self::Grai => split_serial(text, 14, |serial| is_text(serial, 16, is_cset_82)),
            Self::Gdti => split_serial(text, 13, |serial| is_text(serial, 17, is_cset_82)),
            Self::Gcn => split_serial(text, 13, |serial| serial.len() <= 12 && is_digits(serial)),
            Self::Gtin | Self::Other => None,
        }
    }

    /// How many leading digits of the value the check digit covers, itself included.
    const fn checked_digits(self) -> Option<usize> {
        match self {
            Self::Gtin | Self::Itip | Self::Grai => Some(14),
            Self::Gln | Self::Party | Self::Gdti | Self::Gcn => Some(13),
            Self::Sscc | Self::Gsrn | Self::Gsrnp => Some(18),
            Self::Gsin => Some(17),
            Self::Gmn | Self::Cpid | Self::Giai | Self::Ginc | Self::Other => None,
        }
    }

    /// The right check digit, where the one in `value` is wrong.
    pub(super) fn check_digit_expected(self, value: &str) -> Option<char> {
        let (covered, _) = value.split_at_checked(self.checked_digits()?)?;
        let mut digits = covered.chars();
        let written = digits.next_back()?;
        let expected = check_digit(digits.as_str());
        (expected != written).then_some(expected)
    }

    /// The constrained canonical Digital Link URI.
    pub(super) fn canonical(self, value: &str, qualifier: Option<&Qualifier>) -> String {
        let mut link = String::from("https://id.gs1.org/");
        link.push_str(self.application_identifier());
        link.push('/');
        crate::uri::encode_onto(&mut link, value);
        let Some(qualifier) = qualifier else { return link };
        link.push_str(match qualifier {
            Qualifier::Lot(_) => "/10/",
            Qualifier::Serial(_) => match self {
                Self::Grai | Self::Gdti | Self::Gcn => "",
                Self::Cpid => "/8011/",
                Self::Gtin
                | Self::Itip
                | Self::Gmn
                | Self::Sscc
                | Self::Gln
                | Self::Party
                | Self::Giai
                | Self::Gsrn
                | Self::Gsrnp
                | Self::Ginc
                | Self::Gsin
                | Self::Other => "/21/",
            },
            Qualifier::ThirdPartySerial(_) => "/235/",
            Qualifier::Extension(_) => "/254/",
            Qualifier::ServiceInstance(_) => "/8019/",
        });
        crate::uri::encode_onto(&mut link, qualifier.text());
        link
    }
}

fn split_serial(
    text: &str,
    digits: usize,
    serial_is_valid: impl Fn(&str) -> bool,
) -> Option<(String, Option<Qualifier>)> {
    let (value, serial) = text.split_at_checked(digits)?;
    if !is_digits(value) || !(serial.is_empty() || serial_is_valid(serial)) {
        return None;
    }
    let qualifier = (!serial.is_empty()).then(|| Qualifier::Serial(serial.to_owned()));
    Some((value.to_owned(), qualifier))
}

/// The GS1 mod-10 check digit of `digits`: weights 3, 1, 3, … from the right.
pub(super) fn check_digit(digits: &str) -> char {
    let weights = [3_u32, 1].into_iter().cycle();
    let values = digits.chars().rev().filter_map(|digit| digit.to_digit(10));
    let sum = values
        .zip(weights)
        .fold(0_u32, |sum, (value, weight)| sum.wrapping_add(value.wrapping_mul(weight)));
    let rest = match sum % 10 {
        0 => 0,
        above => 10_u32.saturating_sub(above),
    };
    char::from_digit(rest, 10).expect("invariant: the rest is below ten")
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_digits(text: &str, count: usize) -> bool {
    text.len() == count && is_digits(text)
}

/// Text of the key's character set that starts as a GS1 Company Prefix does, with four digits.
fn is_prefixed_text(text: &str, length_max: usize, is_allowed: fn(u8) -> bool) -> bool {
    is_text(text, length_max, is_allowed) && text.get(..4).is_some_and(is_digits)
}

/// One to `length_max` characters of a character set.
pub(super) fn is_text(text: &str, length_max: usize, is_allowed: fn(u8) -> bool) -> bool {
    (1..=length_max).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// GS1 AI encodable character set 82.
pub(super) fn is_cset_82(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!\"%&'()*+,-./:;<=>?_".contains(&byte)
}

/// GS1 AI encodable character set 39, of component and part identifiers.
pub(super) fn is_cset_39(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"#-/".contains(&byte)
}

fn pad_left(digits: &str, length: usize) -> String {
    let zeros = length.saturating_sub(digits.len());
    let mut padded: Vec<u8> = alloc::vec![b'0'; zeros];
    padded.extend_from_slice(digits.as_bytes());
    String::from_utf8(padded).expect("invariant: digits and zeros are UTF-8")
}
