//! By what an event is known again, and the ids of the commands it becomes.

use crate::document::event::Event;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use domain::CommandId;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

/// Fields that do not belong to what an event says: the declaration that it is wrong, and what
/// repositories and envelopes add.
const LEFT_OUT: [&str; 3] = ["errorDeclaration", "recordTime", "@context"];

/// By what an event is known again: its `eventID`, or else its content.
///
/// Content is its JSON text with the fields of every object in order and no white space, without
/// `errorDeclaration`, `recordTime` and `@context`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventKey {
    seed: [u8; 32],
    source: String,
}

impl EventKey {
    /// The key of an event.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let mut content = String::with_capacity(event.original.len());
        write_content(&event.original, &LEFT_OUT, &mut content);
        let digest: [u8; 32] = Sha256::digest(content.as_bytes()).into();
        let digest_text = hexadecimal(&digest);
        match &event.id {
            Some(id) => Self {
                seed: hash("event id", id.as_bytes(), 0),
                source: format!("epcis:{id} sha256:{digest_text}"),
            },
            None => Self {
                seed: hash("event content", &digest, 0),
                source: format!("epcis:sha256:{digest_text}"),
            },
        }
    }

    /// The id of the event's command with that number, from 0.
    #[must_use]
    pub fn command(&self, number: u32) -> CommandId {
        id_from(hash("command", &self.seed, number))
    }

    /// The id of the command that takes the event back.
    #[must_use]
    pub fn retraction(&self) -> CommandId {
        id_from(hash("retraction", &self.seed, 0))
    }

    /// A few digits that tell the event apart from others.
    pub(super) fn mark(&self) -> String {
        let (mark, _) = self.seed.split_at(4);
        hexadecimal(mark)
    }

    /// By what it is known, without the hash of the content of an event that has an id.
    pub(super) fn report(&self) -> &str {
        self.source.split_once(' ').map_or(&self.source, |(id, _)| id)
    }

    /// What its facts name as where they come from: its id and the hash of its content.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}

fn hash(purpose: &str, bytes: &[u8], number: u32) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(b"tracewright epcis\0");
    hasher.update(purpose.as_bytes());
    hasher.update([0]);
    hasher.update(number.to_be_bytes());
    hasher.update(bytes);
    hasher.finalize().into()
}

/// A UUID of version 8: bits of one's own.
fn id_from(hash: [u8; 32]) -> CommandId {
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(hash) {
        *byte = from;
    }
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    CommandId(bytes)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("invariant: writing to a string never fails");
        text
    })
}

/// Appends valid JSON in a form that does not depend on the order of fields and white space;
/// what does not read as an object or list stands as written.
fn write_content(json: &str, left_out: &[&str], content: &mut String) {
    let first = json.as_bytes().first();
    if first == Some(&b'{')
        && let Ok(fields) = serde_json::from_str::<BTreeMap<String, &RawValue>>(json)
    {
        let mut before = '{';
        for (name, value) in fields.iter().filter(|(name, _)| !left_out.contains(&name.as_str())) {
            // Only the order of fields and the text of values matter, so the name stands bare.
            content.push(before);
            content.push_str(name);
            content.push(':');
            write_content(value.get(), &[], content);
            before = ',';
        }
        content.push('}');
    } else if first == Some(&b'[')
        && let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(json)
    {
        content.push('[');
        for item in items {
            write_content(item.get(), &[], content);
            content.push(',');
        }
        content.push(']');
    } else {
        content.push_str(json);
    }
}
