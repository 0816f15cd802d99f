//! The pictures and files that a record names.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::FileRef;
use merkle::Hash;

use super::{FILES_BYTES_MAX, NamedFile};
use crate::error::Result;
use crate::plant::Plant;
use crate::query::BatchRecord;

/// The first bytes of kinds of files that can be shown.
const KINDS: [(&[u8], &str, &str); 6] = [
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"GIF8", "image/gif", "gif"),
    (b"RIFF", "image/webp", "webp"),
    (b"%PDF-", "application/pdf", "pdf"),
    (b"PK\x03\x04", "application/zip", "zip"),
];
/// Any other.
const BYTES: (&str, &str) = ("application/octet-stream", "bin");

pub(super) fn base64(content: &[u8]) -> String {
    STANDARD.encode(content)
}

/// A name that every file system takes.
pub(super) fn plain(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let text: String = name.chars().map(letter).take(60).collect();
    if text.trim_matches('.').is_empty() { "record".to_owned() } else { text }
}

fn kind(content: &[u8]) -> (&'static str, &'static str) {
    let webp = |content: &[u8]| content.get(8..12) == Some(b"WEBP");
    let known = KINDS.iter().find(|(first, ..)| content.starts_with(first));
    match known {
        Some((b"RIFF", ..)) if !webp(content) => BYTES,
        Some((_, media_type, ending)) => (media_type, ending),
        None => BYTES,
    }
}

/// Contents by their hash.
pub(super) type Contents = Vec<(String, Vec<u8>)>;

impl Plant {
    /// The files a record names, each once, and the contents of those that fit.
    pub(super) fn named_files(&self, record: &BatchRecord) -> Result<(Vec<NamedFile>, Contents)> {
        let mut whats: BTreeMap<&str, (&FileRef, BTreeSet<String>)> = BTreeMap::new();
        let steps = record.operations.iter().flat_map(|operation| {
            operation.steps.iter().map(move |step| (&operation.operation, step))
        });
        for (operation, step) in steps {
            let pictured = step
                .picture
                .iter()
                .map(|file| (file, format!("picture of step {} {}", operation, step.code)));
            let taken = step.captures.iter().filter_map(|done| {
                Some((done.file.as_ref()?, format!("{} of entry {}", done.code, done.position)))
            });
            for (file, what) in pictured.chain(taken) {
                let known = whats.entry(&file.sha256).or_insert((file, BTreeSet::new()));
                known.1.insert(what);
            }
        }
        let kept = self.folder().reading().files();
        let mut room = FILES_BYTES_MAX;
        let mut named = Vec::new();
        let mut contents = Vec::new();
        for (hash, (file, what)) in whats {
            let known = Hash::from_hex(hash).filter(|hash| kept.contains(*hash));
            let content = known.map(|hash| kept.read(hash)).transpose()?;
            let (media_type, ending) = content.as_deref().map_or(BYTES, kind);
            let short = hash.get(..8).unwrap_or(hash);
            let name = match &file.name {
                Some(name) => format!("{short}-{}", plain(name)),
                None => format!("{short}.{ending}"),
            };
            let bytes = content.as_ref().map(Vec::len);
            let fits = content.filter(|content| content.len() <= room);
            let inside = fits.is_some();
            if let Some(content) = fits {
                room -= content.len();
                contents.push((hash.to_owned(), content));
            }
            named.push(NamedFile {
                sha256: hash.to_owned(),
                name,
                what: what.into_iter().collect::<Vec<_>>().join(", "),
                media_type: media_type.to_owned(),
                bytes,
                inside,
            });
        }
        Ok((named, contents))
    }
}
