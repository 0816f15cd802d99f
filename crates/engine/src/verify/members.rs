//! The members of an entry against the digests that are in the tree, sealed ones included.
//!
//! A sealed value that does not open was erased, if a later entry says so; else its key is missing.
//! One that opens although its person was erased has its key back. Per person only the first
//! position of each kind is kept.

use std::collections::HashMap;

use merkle::Hash;
use merkle::entry::{Member, MemberState, decode_members};
use store::{PeopleReader, StoredEntry};

use super::report::{Findings, What};
use crate::codec::unsealed;

pub(super) struct Members {
    people: Option<PeopleReader>,
    /// Whether the keys were left out of the copy that is looked at.
    apart: bool,
    persons: HashMap<String, Sealed>,
}

/// What became of a person's sealed values since the last erasure.
#[derive(Default)]
struct Sealed {
    opened: Option<u64>,
    closed: Option<u64>,
}

impl Members {
    pub(super) fn new(people: Option<PeopleReader>, apart: bool) -> Self {
        Self { people, apart, persons: HashMap::new() }
    }

    /// Checks the members of an entry; answers the open ones, if they are what was recorded.
    pub(super) fn check(
        &mut self,
        stored: &StoredEntry,
        digests: &[Hash],
        found: &mut Findings,
    ) -> Option<Vec<Member>> {
        let position = stored.position;
        let states = match decode_members(&stored.members) {
            Ok(states) => states,
            Err(why) => {
                found.at(What::Member, position, &format!("its members cannot be read: {why}"));
                return None;
            }
        };
        if states.len() != digests.len() {
            let (kept, said) = (states.len(), digests.len());
            let said = format!("{kept} members are kept, its log bytes name {said}");
            found.at(What::Member, position, &said);
        }
        let mut intact = states.len() == digests.len();
        let mut open = Vec::with_capacity(states.len());
        for (index, (state, digest)) in states.into_iter().zip(digests).enumerate() {
            found.checked.members = found.checked.members.saturating_add(1);
            match state {
                MemberState::Open(member) if member.digest() == *digest => open.push(member),
                MemberState::Open(member) => {
                    intact = false;
                    changed(position, &member.name, found);
                }
                MemberState::Sealed { name, person, ciphertext } => {
                    let sealed = SealedMember { name, person, ciphertext, digest: *digest };
                    self.sealed(position, sealed, found);
                }
                MemberState::Withheld { digest: _ } => {
                    let said = format!("the value of its member number {index} is gone");
                    found.at(What::Member, position, &said);
                    intact = false;
                }
            }
        }
        intact.then_some(open)
    }

    fn sealed(&mut self, position: u64, member: SealedMember, found: &mut Findings) {
        let SealedMember { name, person, ciphertext, digest } = member;
        let Some(people) = &self.people else { return };
        let opened = match people.open(&person, &ciphertext) {
            Ok(opened) => opened,
            Err(error) => {
                let said = format!("its sealed member {name}: {}", crate::chain(&error));
                found.of_person(&person, position, &said);
                return;
            }
        };
        let known = self.persons.entry(person).or_default();
        match opened {
            Some(plain) => {
                known.opened.get_or_insert(position);
                let member = unsealed(name.clone(), &plain);
                if member.is_none_or(|member| member.digest() != digest) {
                    changed(position, &name, found);
                }
            }
            None if self.apart => found.checked.apart = found.checked.apart.saturating_add(1),
            None => {
                found.checked.erased = found.checked.erased.saturating_add(1);
                known.closed.get_or_insert(position);
            }
        }
    }

    /// An entry says that a person's data is erased.
    pub(super) fn erased(&mut self, position: u64, person: &str, found: &mut Findings) {
        let Some(Sealed { opened, closed: _ }) = self.persons.remove(person) else { return };
        if let Some(at) = opened {
            let said = format!(
                "people.db: {person} was erased by entry {position}, but the key is back and opens \
                 entry {at}"
            );
            found.named(What::People, person, &said);
        }
    }

    /// Keys set aside by erasures under way: at which position, and whose.
    pub(super) fn aside(&self) -> Vec<(u64, String)> {
        self.people.as_ref().and_then(|people| people.aside().ok()).unwrap_or_default()
    }

    /// Persons whose values do not open and of whom no entry so far says that they were erased.
    pub(super) fn unexplained(&self) -> impl Iterator<Item = (&str, u64)> {
        self.persons.iter().filter_map(|(person, known)| Some((person.as_str(), known.closed?)))
    }
}

struct SealedMember {
    name: String,
    person: String,
    ciphertext: Vec<u8>,
    digest: Hash,
}

fn changed(position: u64, name: &str, found: &mut Findings) {
    let said = format!("its member {name} is not the one whose digest is in the tree");
    found.at(What::Member, position, &said);
}
