//! What counts as a URI (RFC 3986), and percent-encoding.

use alloc::string::String;
use alloc::vec::Vec;

/// Whether `text` is an absolute URI: a scheme, a colon, and only characters a URI may hold.
///
/// A prefixed name such as `example:field` is one as well, as far as syntax goes.
pub(crate) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    is_scheme(scheme) && rest_is_valid(rest)
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn rest_is_valid(rest: &str) -> bool {
    let (before, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (authority, path) = match before.strip_prefix("//") {
        Some(after) => after.split_at(after.find(['/', '?']).unwrap_or(after.len())),
        None => ("", before),
    };
    characters_are_valid(authority, b"[]")
        && characters_are_valid(path, b"")
        && characters_are_valid(fragment, b"")
}

fn characters_are_valid(part: &str, also: &[u8]) -> bool {
    let mut bytes = part.bytes();
    while let Some(byte) = bytes.next() {
        let valid = match byte {
            b'%' => [bytes.next(), bytes.next()].iter().all(|digit| is_hex(*digit)),
            _ => is_unreserved(byte) || b"!$&'()*+,;=:@/?".contains(&byte) || also.contains(&byte),
        };
        if !valid {
            return false;
        }
    }
    true
}

fn is_hex(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_hexdigit())
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Undoes percent-encoding; `None` where an escape is cut short or the bytes are not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = hex_value(bytes.next()?)?;
            let low = hex_value(bytes.next()?)?;
            decoded.push(high << 4 | low);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

fn hex_value(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Appends `text` with everything but unreserved characters percent-encoded.
pub(crate) fn encode_onto(target: &mut String, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if is_unreserved(byte) {
            target.push(char::from(byte));
        } else {
            target.push('%');
            target.push(char::from(DIGITS[usize::from(byte >> 4)]));
            target.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_and_what_only_looks_like_one() {
        for text in [
            "urn:epc:id:sgtin:0614141.812345.6789%2F%26%25%22!%3F()",
            "http://example.org",
            "https://[2001:db8::1]:8443/a?b=c#d",
            "example:field",
            "ni:///sha-256;36ab?ver=CBV2.0",
            "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
        ] {
            assert!(is_uri(text), "{text}");
        }
        for text in [
            "", "packing", ":x", "1a:b", "a b:c", "a:b c", "a:%2", "a:%zz", "a:[b]", "a:#b#c",
            "é:x",
        ] {
            assert!(!is_uri(text), "{text}");
        }
    }

    #[test]
    fn percent_encoding_there_and_back() {
        let mut encoded = String::new();
        encode_onto(&mut encoded, "6789/&%\"!?()");
        assert_eq!(encoded, "6789%2F%26%25%22%21%3F%28%29");
        assert_eq!(decode(&encoded).as_deref(), Some("6789/&%\"!?()"));
        assert_eq!(decode("%f"), None);
        assert_eq!(decode("%ff"), None);
    }
}
