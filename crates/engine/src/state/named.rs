//! Which items have or had a name, by the hash of its text.
//!
//! The text itself stands in the item: whoever looks here looks there next, so two texts of one
//! hash only cost a second look. Units: about 30 bytes a name.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash as _, Hasher};

use genealogy::ItemIndex;

/// The items of each name, in order of birth.
#[derive(Debug, Clone, Default)]
pub(super) struct Named(HashMap<u64, Holders, BuildHasherDefault<Hashed>>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Holders {
    One(ItemIndex),
    // A vector by itself would make each of the many names with one holder longer.
    #[expect(clippy::box_collection, reason = "keeps the common variant small")]
    Several(Box<Vec<ItemIndex>>),
}

/// Takes keys for what they are: hashes.
#[derive(Debug, Clone, Copy, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// The same for every instance, so that two of them can be compared.
fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

impl Named {
    /// Items that may have or have had this name.
    pub(super) fn of(&self, name: &str) -> &[ItemIndex] {
        match self.0.get(&hash(name)) {
            None => &[],
            Some(Holders::One(one)) => std::slice::from_ref(one),
            Some(Holders::Several(several)) => several,
        }
    }

    pub(super) fn add(&mut self, name: &str, index: ItemIndex) {
        let Some(holders) = self.0.get_mut(&hash(name)) else {
            self.0.insert(hash(name), Holders::One(index));
            return;
        };
        match holders {
            Holders::One(one) if *one == index => {}
            Holders::One(one) => {
                let both = vec![index.min(*one), index.max(*one)];
                *holders = Holders::Several(Box::new(both));
            }
            Holders::Several(several) => {
                if let Err(at) = several.binary_search(&index) {
                    several.insert(at, index);
                }
            }
        }
    }

    /// Forgets an item of a name; the caller knows that it has no other name of this text.
    pub(super) fn remove(&mut self, name: &str, index: ItemIndex) {
        let key = hash(name);
        let left = match self.0.get_mut(&key) {
            Some(Holders::Several(several)) => {
                several.retain(|held| *held != index);
                match several.as_slice() {
                    [] => None,
                    [one] => Some(*one),
                    [_, _, ..] => return,
                }
            }
            Some(Holders::One(one)) if *one == index => None,
            Some(Holders::One(_)) | None => return,
        };
        match left {
            Some(one) => self.0.insert(key, Holders::One(one)),
            None => self.0.remove(&key),
        };
    }

    /// All of them in order, to compare.
    pub(super) fn sorted(&self) -> std::collections::BTreeMap<u64, Vec<ItemIndex>> {
        let several = |holders: &Holders| match holders {
            Holders::One(one) => vec![*one],
            Holders::Several(several) => several.to_vec(),
        };
        self.0.iter().map(|(hash, holders)| (*hash, several(holders))).collect()
    }
}
