//! Input that is almost right: samples that are changed a little, as bytes or as JSON.

use serde_json::{Map, Value, json};

use crate::load::Chance;

/// Pieces that mean something to a decoder, or once broke one somewhere.
const PIECES: &[&[u8]] = &[
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\r\n",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"-",
    b"1e999",
    b"-0",
    b"99999999999999999999999999999999999999",
    b"18446744073709551615",
    b"-9223372036854775808",
    b"0x41",
    b"\xe2\x80\x94 ",
    b"\n\n",
    b"%00",
    b"%",
    b"..",
    b" & ",
    b";issuer=",
    b"@",
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
];

/// Values that are the first or last of their kind, or of another kind.
fn extreme(chance: &mut Chance) -> Value {
    match chance.below(34) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(0),
        3 => json!(-1),
        4 => json!(i64::MIN),
        5 => json!(i64::MAX),
        6 => json!(u64::MAX),
        7 => json!(2_147_483_648_u32),
        8 => json!(65_535),
        9 => json!(1e308),
        10 => json!("79228162514264337593543950335"),
        11 => json!("-79228162514264337593543950335"),
        12 => json!("0.0000000000000000000000000001"),
        13 => json!("999999999999.999999999999"),
        14 => json!("NaN"),
        15 => json!("-0"),
        16 => json!(""),
        17 => json!(" "),
        18 => json!("\u{0}"),
        19 => json!("\u{1}7 P-1"),
        20 => json!("é\u{301}\u{202e}🧵"),
        21 => json!("x".repeat(300)),
        22 => json!("y".repeat(70_000)),
        23 => json!("9999-12-31T23:59:59.999999Z"),
        24 => json!("0000-01-01T00:00:00Z"),
        25 => json!("2026-06-18T09:48:31.5+14:00"),
        26 => json!("new:65535.65535"),
        27 => json!("new:0.0"),
        28 => json!("id:18446744073709551615.65535"),
        29 => json!("lot:L-0"),
        30 => json!({}),
        31 => json!([]),
        32 => Value::Array(vec![json!("new:0.0"); 1001]),
        _ => (0..90).fold(json!(1), |inside, _| json!([inside])),
    }
}

/// A sample with one to four changes.
pub(crate) fn bytes(chance: &mut Chance, samples: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = chance.pick(samples).clone();
    for _ in 0..1 + chance.below(4) {
        change(chance, &mut bytes, samples);
    }
    bytes
}

fn change(chance: &mut Chance, bytes: &mut Vec<u8>, samples: &[Vec<u8>]) {
    let at = chance.below(bytes.len() + 1);
    let end = (at + chance.below(40)).min(bytes.len());
    let piece = *chance.pick(PIECES);
    match chance.below(9) {
        0 | 1 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
        2 if at < bytes.len() => bytes[at] = *chance.pick(&[0, 1, 0x7f, 0x80, 0xff]),
        3 => drop(bytes.drain(at..end)),
        4 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
        5 => bytes.truncate(at),
        6 => {
            let other = chance.pick(samples);
            let from = chance.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        7 => {
            let many = piece.repeat(1 + chance.below(3000));
            drop(bytes.splice(at..at, many));
        }
        _ => drop(bytes.splice(at..end, piece.iter().copied())),
    }
}

/// JSON of the shape of a sample, with one to three values changed.
pub(crate) fn value(chance: &mut Chance, sample: &Value) -> Value {
    let mut value = sample.clone();
    for _ in 0..1 + chance.below(3) {
        let number = chance.below(count(&value));
        at(&mut value, number, &mut |node| change_node(chance, node));
    }
    value
}

fn change_node(chance: &mut Chance, node: &mut Value) {
    match (chance.below(4), &mut *node) {
        (0, Value::Array(items)) if !items.is_empty() => {
            let item = chance.pick(items).clone();
            items.extend(vec![item; 1 + chance.below(3)]);
        }
        (0, Value::Object(fields)) => {
            fields.insert("unheardOf".to_owned(), extreme(chance));
        }
        (1, Value::Object(fields)) if !fields.is_empty() => {
            let names: Vec<String> = fields.keys().cloned().collect();
            fields.remove(chance.pick(&names));
        }
        (1, Value::Array(items)) => drop(items.pop()),
        (_, Value::String(text)) if chance.below(6) > 0 => *text = alike(chance, text),
        (_, Value::Number(_)) if chance.below(6) > 0 => {
            *node = json!(*chance.pick(&[0, -1, 1, 7, 65_535, 2_147_483_648, i64::MAX, i64::MIN]));
        }
        (_, Value::Array(_) | Value::Object(_)) if chance.below(6) > 0 => {}
        _ => *node = extreme(chance),
    }
}

/// Another text of the kind a text is: a time, an amount, an item, a code.
fn alike(chance: &mut Chance, text: &str) -> String {
    const TIMES: &[&str] = &[
        "9999-12-31T23:59:59.999999Z",
        "0000-01-01T00:00:00Z",
        "2026-06-18T09:48:31Z",
        "2026-01-01",
        "1970-01-01T00:00:00.000001-23:59",
    ];
    const AMOUNTS: &[&str] = &[
        "0",
        "-1",
        "0.000000000001",
        "999999999999.999999999999",
        "79228162514264337593543950335",
        "-79228162514264337593543950335",
        "0.0000000000000000000000000001",
        "1.10",
    ];
    const ITEMS: &[&str] = &[
        "lot:L-0",
        "new:0.0",
        "new:1.0",
        "new:65535.65535",
        "id:0.0",
        "id:9.0",
        "id:18446744073709551615.65535",
        "L-0",
        "serial:SN-Z-1",
        "serial:SN-Z-3",
        "gs1:(01)09521141012345(21)SN-1",
    ];
    const CODES: &[&str] =
        &["L-0", "POLY", "U", "M", "WH", "ST-1", "TW-1", "é\u{301}\u{202e}🧵", "A B", "0", "X-9"];
    let of = if text.get(4..5) == Some("-") && text.len() >= 10 {
        TIMES
    } else if text.parse::<f64>().is_ok() {
        AMOUNTS
    } else if text.contains(':') {
        ITEMS
    } else {
        CODES
    };
    (*chance.pick(of)).to_owned()
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// Hands over the value of this number, counted in depth; answers the number after the last.
fn at(value: &mut Value, number: usize, change: &mut dyn FnMut(&mut Value)) -> Option<usize> {
    if number == 0 {
        change(value);
        return None;
    }
    let inside: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => Map::values_mut(fields).collect(),
        _ => Vec::new(),
    };
    inside.into_iter().try_fold(number - 1, |number, value| at(value, number, change))
}

/// Most memory this process has held. Units: kibibytes. None where the system does not say.
pub(crate) fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
