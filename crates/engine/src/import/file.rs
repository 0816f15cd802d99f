//! The file itself: what it is, its hash, what is plainly wrong with it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use domain::Code;
use merkle::Hash;
use sha2::{Digest as _, Sha256};

use super::refused::{Judged, Wrong};
use super::rows::Shape;
use super::{ImportAsk, ImportFormat};
use crate::error::{Error, Result};

/// Bytes looked at to see what a file is.
const HEAD_BYTES: usize = 64 << 10;
/// Bytes read at a time.
const CHUNK_BYTES: usize = 128 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A file that was looked at.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) sha256: Hash,
    pub(super) bytes: u64,
    pub(super) head: Vec<u8>,
}

/// Reads a file once: its hash, its length, its beginning.
pub(super) fn look(path: &Path) -> Result<Looked> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let (mut hasher, mut bytes, mut head) = (Sha256::new(), 0_u64, Vec::new());
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => chunk.get(..read).unwrap_or_default(),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        hasher.update(read);
        bytes += read.len() as u64;
        let room = HEAD_BYTES.saturating_sub(head.len());
        head.extend_from_slice(read.get(..room.min(read.len())).unwrap_or_default());
    }
    Ok(Looked { sha256: Hash(hasher.finalize().into()), bytes, head })
}

impl Looked {
    /// What the file is read as, and how its rows are read.
    ///
    /// Errors: why it cannot be read at all.
    pub(super) fn format(&self, ask: &ImportAsk) -> Judged<ImportFormat> {
        let head = self.head.as_slice();
        if head.iter().all(u8::is_ascii_whitespace) || head == BYTE_ORDER_MARK {
            return Err(unreadable("the file is empty; give a header and a row for each unit"));
        }
        if head.starts_with(b"PK\x03\x04") {
            return Err(unreadable("the file is a workbook or archive; save it as CSV in UTF-8"));
        }
        if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
            return Err(unreadable("the file is UTF-16 text; save it as CSV in UTF-8"));
        }
        if head.contains(&0) {
            return Err(unreadable("the file holds binary data; give CSV, JSON Lines or EPCIS"));
        }
        let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head).trim_ascii_start();
        if ask.format != ImportFormat::Csv && text.starts_with(b"<") {
            return Err(unreadable("the file is XML, which is not read; give JSON or CSV"));
        }
        if ask.format != ImportFormat::Csv && text.starts_with(b"[") {
            return Err(unreadable("the file is a JSON list; write one object a line instead"));
        }
        Ok(match ask.format {
            ImportFormat::Auto => by_name(&ask.file_name()).unwrap_or_else(|| by_content(text)),
            said @ (ImportFormat::Csv | ImportFormat::JsonLines | ImportFormat::Epcis) => said,
        })
    }

    /// How its rows are read.
    pub(super) fn shape(&self, format: ImportFormat, mapping: &BTreeMap<String, String>) -> Shape {
        let marked = self.head.starts_with(BYTE_ORDER_MARK);
        let skip = if marked { BYTE_ORDER_MARK.len() } else { 0 };
        let text = self.head.get(skip..).unwrap_or_default();
        Shape {
            separator: (format == ImportFormat::Csv).then(|| separator(text)),
            skip: skip as u64,
            mapping: mapping.clone(),
        }
    }
}

fn unreadable(reason: &str) -> Wrong {
    Wrong::new(Code::DocumentInvalid, reason)
}

fn by_name(name: &str) -> Option<ImportFormat> {
    let (_, extension) = name.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "csv" | "tsv" => Some(ImportFormat::Csv),
        "jsonl" | "ndjson" => Some(ImportFormat::JsonLines),
        "jsonld" => Some(ImportFormat::Epcis),
        _ => None,
    }
}

/// By the content: an object with the context or the words of EPCIS, another object, or cells.
fn by_content(text: &[u8]) -> ImportFormat {
    let holds = |word: &[u8]| text.windows(word.len()).any(|window| window == word);
    if !text.starts_with(b"{") {
        ImportFormat::Csv
    } else if holds(b"\"@context\"") || holds(b"\"epcisBody\"") || holds(b"\"eventTime\"") {
        ImportFormat::Epcis
    } else {
        ImportFormat::JsonLines
    }
}

/// What stands most often between the headers, outside quotation marks; a comma where none does.
fn separator(text: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    for byte in text.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')) {
        quoted ^= *byte == b'"';
        for (separator, count) in &mut counts {
            *count += usize::from(!quoted && byte == separator);
        }
    }
    let best = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    best.map_or(b',', |(separator, _)| separator)
}

#[cfg(test)]
mod tests {
    use super::separator;

    #[test]
    fn the_separator_is_what_stands_between_the_headers() {
        assert_eq!(separator(b"serialNumber\n1;2;3\n"), b',');
        assert_eq!(separator(b"a;b;c\n1,2;3;4"), b';');
        assert_eq!(separator(b"a\tb\n"), b'\t');
        assert_eq!(separator(b"\"a;b;c\",d\n"), b',');
        assert_eq!(separator(b"a,b\n"), b',');
    }
}
