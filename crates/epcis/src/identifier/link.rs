//! GS1 Digital Link URIs on any host: `…/key/value/qualifier/value…`.

use super::key::{Key, Parts, Qualifier, is_cset_82, is_digits, is_text};
use alloc::string::String;
use alloc::vec::Vec;

/// Reads a web address as a Digital Link; `None` if it is none.
///
/// The key may stand anywhere in the path; all that follows it must be its qualifiers. Query and
/// fragment do not identify and are left out.
pub(super) fn parse(uri: &str) -> Option<Parts> {
    let (scheme, rest) = uri.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let address = rest.split(['?', '#']).next()?;
    let (host, path) = address.split_once('/')?;
    if host.is_empty() {
        return None;
    }
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    (0..segments.len()).find_map(|start| parse_from(segments.get(start..)?))
}

fn parse_from(segments: &[&str]) -> Option<Parts> {
    let (pairs, []) = segments.as_chunks::<2>() else { return None };
    let ([name, value], rest) = pairs.split_first()?;
    let key = Key::from_name(name)?;
    let (value, serial) = key.split(&crate::uri::decode(value)?)?;
    let mut found: Vec<Qualifier> = serial.into_iter().collect();
    for [name, text] in rest {
        match (key, *name) {
            // The consumer product variant does not identify further.
            (Key::Gtin | Key::Itip, "22" | "cpv") => {}
            _ => found.push(qualifier(key, name, crate::uri::decode(text)?)?),
        }
    }
    // The narrowest wins: a serial number says more than the lot it is from.
    let lot_last = |qualifier: &Qualifier| matches!(qualifier, Qualifier::Lot(_));
    found.sort_by_key(lot_last);
    Some(Parts { key, value, qualifier: found.into_iter().next() })
}

fn qualifier(key: Key, name: &str, text: String) -> Option<Qualifier> {
    let fits = |length_max| is_text(&text, length_max, is_cset_82);
    match (key, name) {
        (Key::Gtin | Key::Itip, "10" | "lot") if fits(20) => Some(Qualifier::Lot(text)),
        (Key::Gtin | Key::Itip, "21" | "ser") if fits(20) => Some(Qualifier::Serial(text)),
        (Key::Gtin, "235") if fits(28) => Some(Qualifier::ThirdPartySerial(text)),
        (Key::Cpid, "8011" | "cpsn") if text.len() <= 12 && is_digits(&text) => {
            Some(Qualifier::Serial(text))
        }
        (Key::Gln, "254" | "glnx") if fits(20) => Some(Qualifier::Extension(text)),
        (Key::Gsrn | Key::Gsrnp, "8019" | "srin") if text.len() <= 10 && is_digits(&text) => {
            Some(Qualifier::ServiceInstance(text))
        }
        _ => None,
    }
}
