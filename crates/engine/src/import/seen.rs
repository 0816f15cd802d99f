//! What earlier rows of the file said: names that must stand once, statements that must agree.
//!
//! Texts are kept as the first 16 bytes of their SHA-256, so two different ones are never taken
//! for the same; an entry is 20 bytes for a name and 36 for a statement, in a table that is at
//! most twice as large as what it holds, and three times while it grows.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use merkle::hash;

type Digest = [u8; 16];

fn digest(kind: &str, text: &str) -> Digest {
    let whole = hash::sha256(format!("{kind}\0{text}").as_bytes()).0;
    let mut first = [0; 16];
    first.copy_from_slice(&whole[..16]);
    first
}

/// What earlier rows said.
#[derive(Debug, Default)]
pub(super) struct Seen {
    named: HashMap<Digest, u32>,
    said: HashMap<Digest, (u32, Digest)>,
}

impl Seen {
    /// Notes a name that must stand once; answers the row in which it stands already.
    pub(super) fn once(&mut self, kind: &str, name: &str, row: u32) -> Option<u32> {
        match self.named.entry(digest(kind, name)) {
            Entry::Occupied(held) => Some(*held.get()),
            Entry::Vacant(free) => {
                free.insert(row);
                None
            }
        }
    }

    /// Notes that something is so; answers the row that says otherwise.
    pub(super) fn agrees(&mut self, about: (&str, &str), is: &str, row: u32) -> Option<u32> {
        let is = digest("", is);
        match self.said.entry(digest(about.0, about.1)) {
            Entry::Occupied(held) => (held.get().1 != is).then(|| held.get().0),
            Entry::Vacant(free) => {
                free.insert((row, is));
                None
            }
        }
    }
}
