//! EPC URIs: `urn:epc:id:…`, `urn:epc:class:lgtin:…` and the class patterns `urn:epc:idpat:….*`.
//!
//! An EPC URI separates company prefix and reference and has no check digit; the key it stands for
//! joins the two and appends one.

use super::key::{Key, Parts, Qualifier, check_digit, is_cset_39, is_cset_82, is_digits, is_text};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// How one EPC scheme is put together.
struct Scheme {
    name: &'static str,
    key: Key,
    /// Digits of company prefix and reference together; `None` where the reference is text.
    digits: Option<usize>,
    /// Parts between company prefix and serial part: 1, or 3 for a piece of a trade item.
    references: usize,
    serial: Serial,
}

/// What follows the references.
enum Serial {
    Never,
    Always(fn(String) -> Qualifier, usize, fn(u8) -> bool),
    /// May be empty or, in a pattern, `*`.
    Optional(usize, fn(u8) -> bool),
}

const fn scheme(
    name: &'static str,
    key: Key,
    digits: Option<usize>,
    references: usize,
    serial: Serial,
) -> Scheme {
    Scheme { name, key, digits, references, serial }
}

const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// Source: EPC Tag Data Standard, §6.3.
const SCHEMES: &[Scheme] = &[
    scheme("sgtin", Key::Gtin, Some(13), 1, Serial::Always(Qualifier::Serial, 20, is_cset_82)),
    scheme("lgtin", Key::Gtin, Some(13), 1, Serial::Always(Qualifier::Lot, 20, is_cset_82)),
    scheme(
        "upui",
        Key::Gtin,
        Some(13),
        1,
        Serial::Always(Qualifier::ThirdPartySerial, 28, is_cset_82),
    ),
    scheme("itip", Key::Itip, Some(13), 3, Serial::Always(Qualifier::Serial, 20, is_cset_82)),
    scheme("sscc", Key::Sscc, Some(17), 1, Serial::Never),
    scheme("sgln", Key::Gln, Some(12), 1, Serial::Always(Qualifier::Extension, 20, is_cset_82)),
    scheme("pgln", Key::Party, Some(12), 1, Serial::Never),
    scheme("grai", Key::Grai, Some(12), 1, Serial::Optional(16, is_cset_82)),
    scheme("gdti", Key::Gdti, Some(12), 1, Serial::Optional(17, is_cset_82)),
    scheme("sgcn", Key::Gcn, Some(12), 1, Serial::Optional(12, is_digit)),
    scheme("gsrn", Key::Gsrn, Some(17), 1, Serial::Never),
    scheme("gsrnp", Key::Gsrnp, Some(17), 1, Serial::Never),
    scheme("gsin", Key::Gsin, Some(16), 1, Serial::Never),
    scheme("giai", Key::Giai, None, 1, Serial::Never),
    scheme("ginc", Key::Ginc, None, 1, Serial::Never),
    scheme("cpi", Key::Cpid, None, 1, Serial::Always(Qualifier::Serial, 12, is_digit)),
];

type Fault = &'static str;

/// Reads what follows `urn:epc:`; `Ok(None)` for a scheme that stands for no GS1 key.
pub(super) fn parse(rest: &str) -> Result<Option<Parts>, (&str, Fault)> {
    let mut parts = rest.splitn(3, ':');
    let (Some(kind), Some(name), Some(body)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let Some(scheme) = SCHEMES.iter().find(|scheme| scheme.name == name) else {
        return Ok(None);
    };
    let is_lot = name == "lgtin";
    let parsed = match kind {
        "id" if !is_lot => scheme.parse(body, false),
        "class" if is_lot => scheme.parse(body, false),
        "idpat" if !is_lot && body.ends_with(".*") => scheme.parse(body, true),
        _ => return Ok(None),
    };
    parsed.map(Some).map_err(|fault| (name, fault))
}

impl Scheme {
    fn parse(&self, body: &str, is_pattern: bool) -> Result<Parts, Fault> {
        let has_serial = !matches!(self.serial, Serial::Never);
        let parts_expected = self.references.saturating_add(1).saturating_add(has_serial.into());
        let parts: Vec<&str> = body.splitn(parts_expected, '.').collect();
        let (Some((prefix, rest)), true) = (parts.split_first(), parts.len() == parts_expected)
        else {
            return Err("the number of its parts, separated by dots, is wrong");
        };
        if !is_digits(prefix) || !(6..=12).contains(&prefix.len()) {
            return Err("the company prefix must have 6 to 12 digits");
        }
        let (references, serial) = rest.split_at(self.references);
        let value = self.value(prefix, references)?;
        let (value, _) = self.key.split(&value).ok_or("the reference has a wrong length")?;
        let qualifier = match serial.first() {
            Some(serial) => self.qualifier(serial, is_pattern)?,
            None if is_pattern => return Err("it has no serial part that could be a pattern"),
            None => None,
        };
        Ok(Parts { key: self.key, value, qualifier })
    }

    /// The key's value: prefix and reference joined, with the check digit where the key has one.
    fn value(&self, prefix: &str, references: &[&str]) -> Result<String, Fault> {
        let (reference, pieces) = references.split_first().ok_or("the reference is missing")?;
        let Some(digits) = self.digits else { return self.text_value(prefix, reference) };
        let length = prefix.len().saturating_add(reference.len());
        if length != digits || !(reference.is_empty() || is_digits(reference)) {
            return Err("company prefix and reference have a wrong number of digits");
        }
        // The indicator of a trade item and the extension of an SSCC stand before the prefix.
        let leads = matches!(self.key, Key::Gtin | Key::Itip | Key::Sscc);
        let Some((lead, tail)) = reference.split_at_checked(usize::from(leads)) else {
            return Err("the reference must begin with the indicator digit");
        };
        let joined = format!("{lead}{prefix}{tail}");
        let check = check_digit(&joined);
        let zero = if matches!(self.key, Key::Grai) { "0" } else { "" };
        Ok(format!("{zero}{joined}{check}{}", pieces.concat()))
    }

    fn text_value(&self, prefix: &str, reference: &str) -> Result<String, Fault> {
        let reference = crate::uri::decode(reference).ok_or("an escape is cut short")?;
        let is_allowed = if matches!(self.key, Key::Cpid) { is_cset_39 } else { is_cset_82 };
        if !is_text(&reference, 30, is_allowed) {
            return Err("the reference is empty, too long or has characters that are not allowed");
        }
        Ok(format!("{prefix}{reference}"))
    }

    fn qualifier(&self, serial: &str, is_pattern: bool) -> Result<Option<Qualifier>, Fault> {
        if is_pattern {
            return if serial == "*" { Ok(None) } else { Err("only the serial part may be *") };
        }
        let serial = crate::uri::decode(serial).ok_or("an escape is cut short")?;
        let (make, length_max, is_allowed): (fn(String) -> Qualifier, _, _) = match self.serial {
            Serial::Never => return Ok(None),
            Serial::Optional(..) if serial.is_empty() => return Ok(None),
            Serial::Optional(length_max, is_allowed) => (Qualifier::Serial, length_max, is_allowed),
            Serial::Always(make, length_max, is_allowed) => (make, length_max, is_allowed),
        };
        if !is_text(&serial, length_max, is_allowed) {
            return Err("the serial part is empty, too long or has characters not allowed");
        }
        // Extension 0 is how an EPC says that a place has none.
        let is_none = matches!(self.key, Key::Gln) && serial == "0";
        Ok((!is_none).then(|| make(serial)))
    }
}
