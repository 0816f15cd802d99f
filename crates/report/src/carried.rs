//! Takes a file out of a page or a PDF that this crate wrote.
//!
//! A PDF is not read as a whole: embedded files are streams of their own, marked as such, with
//! their length before them. Where another program has saved a PDF anew, its files may lie in it in
//! other ways; a PDF reader takes them out of it still.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

/// How far before a stream its dictionary is looked for. Units: bytes.
const DICTIONARY_BYTES_MAX: usize = 1024;
const EMBEDDED: &[u8] = b"/EmbeddedFile";

/// Every file inside a page or a PDF, as it was put in, in the order they stand in it. A file that
/// would be longer than `bytes_max` is left out.
#[must_use]
pub fn carried(document: &[u8], bytes_max: usize) -> Vec<Vec<u8>> {
    if document.starts_with(b"%PDF-") {
        embedded(document, bytes_max)
    } else {
        linked(document, bytes_max)
    }
}

fn linked(page: &[u8], bytes_max: usize) -> Vec<Vec<u8>> {
    const LINK: &[u8] = b"href=\"data:";
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(at) = find(rest, LINK) {
        rest = &rest[at + LINK.len()..];
        let end = find(rest, b"\"").unwrap_or(rest.len());
        let (address, after) = rest.split_at(end);
        rest = after;
        let Some(comma) = find(address, b";base64,") else { continue };
        let text = &address[comma + b";base64,".len()..];
        if text.len() / 4 * 3 <= bytes_max.saturating_add(3) {
            found.extend(STANDARD.decode(text));
        }
    }
    found
}

fn embedded(pdf: &[u8], bytes_max: usize) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = find(&pdf[from..], EMBEDDED).map(|at| at + from) {
        from = at + EMBEDDED.len();
        if pdf.get(from).is_some_and(|byte| *byte == b's') {
            continue; // `/EmbeddedFiles` is the tree of names.
        }
        found.extend(stream(pdf, at, bytes_max));
    }
    found
}

/// The content of the stream whose dictionary holds a place.
fn stream(pdf: &[u8], at: usize, bytes_max: usize) -> Option<Vec<u8>> {
    let before = &pdf[at.saturating_sub(DICTIONARY_BYTES_MAX)..at];
    let start = at - before.len() + rfind(before, b" obj")?;
    let near = at.saturating_add(DICTIONARY_BYTES_MAX).min(pdf.len());
    let keyword = at + find(&pdf[at..near], b"stream")?;
    let dictionary = &pdf[start..keyword];
    let mut content = keyword + b"stream".len();
    content += usize::from(pdf.get(content) == Some(&b'\r'));
    content += usize::from(pdf.get(content) == Some(&b'\n'));
    let length = number(&dictionary[find(dictionary, b"/Length")? + b"/Length".len()..])?;
    let bytes = pdf.get(content..content.checked_add(length)?)?;
    if find(dictionary, b"/FlateDecode").is_some() {
        return decompress_to_vec_zlib_with_limit(bytes, bytes_max).ok();
    }
    let plain = find(dictionary, b"/Filter").is_none() && bytes.len() <= bytes_max;
    plain.then(|| bytes.to_vec())
}

fn number(bytes: &[u8]) -> Option<usize> {
    let text: String = bytes
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace())
        .take_while(|byte| byte.is_ascii_digit())
        .map(|byte| char::from(*byte))
        .collect();
    text.parse().ok()
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn rfind(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).rposition(|window| window == what)
}
