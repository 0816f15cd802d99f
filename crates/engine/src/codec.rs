//! Entries as the ledger keeps them: log bytes, salted members, erasable values sealed; and the
//! answers to commands.
//!
//! ```text
//! answer   check 16 | JSON        check = SHA-256("TWA" version=1 | id | hash of the body | JSON)
//! ```

use domain::act::Erasable;
use domain::entry::{Entry, TYPE_VERSION};
use domain::{Answer, CommandId, Position, Time};
use merkle::entry::{
    Header, LedgerId, Member, MemberState, MemberView, decode_header, decode_members, encode_log,
    encode_members, member_digest, view_members,
};
use merkle::signature::{SIGNATURE, Signer};
use merkle::{Hash, hash};
use store::{People, PeopleReader, StoredEntry};

use crate::error::{Error, Result};

const SALT_BYTES: usize = 16;
/// Random bytes drawn at once: one system call for some hundred members.
const SALTS_BYTES: usize = SALT_BYTES * 256;

/// The member that holds the printed name of who signed; it is sealed under that person's key.
const SIGNED_NAME: &str = "signedName";

const ANSWER_MAGIC: [u8; 4] = *b"TWA\x01";
const CHECK_BYTES: usize = 16;

/// Entry types of the ledger itself begin so; they are no facts.
pub(crate) const LEDGER_PREFIX: &str = "ledger.";

/// Fresh salts.
#[derive(Debug)]
pub(crate) struct Salts {
    drawn: [u8; SALTS_BYTES],
    used: usize,
}

impl Salts {
    pub(crate) fn new() -> Self {
        Self { drawn: [0; SALTS_BYTES], used: SALTS_BYTES }
    }

    pub(crate) fn next(&mut self) -> Result<[u8; SALT_BYTES]> {
        if self.used == SALTS_BYTES {
            getrandom::fill(&mut self.drawn).map_err(Error::Random)?;
            self.used = 0;
        }
        let mut salt = [0; SALT_BYTES];
        if let Some(drawn) = self.drawn.get(self.used..self.used + SALT_BYTES) {
            salt.copy_from_slice(drawn);
        }
        self.used += SALT_BYTES;
        Ok(salt)
    }
}

/// An entry's bytes.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) log: Vec<u8>,
    pub(crate) members: Vec<u8>,
}

/// Which members of an entry are sealed, and under whose key.
struct Sealing<'e> {
    erasable: Option<Erasable>,
    signer: Option<&'e str>,
}

impl<'e> Sealing<'e> {
    fn of(entry: &'e Entry) -> Self {
        let signer = entry.context.signed.as_ref().map(|signed| signed.signer.as_str());
        Self { erasable: entry.fact.erasable(), signer }
    }

    fn is_any(&self) -> bool {
        self.erasable.is_some() || self.signer.is_some()
    }

    fn person(&self, member: &str) -> Option<&str> {
        let erasable = self.erasable.as_ref().filter(|erasable| {
            member.strip_prefix("fact/").is_some_and(|field| erasable.members.contains(&field))
        });
        let signer = self.signer.filter(|_| member == SIGNED_NAME);
        erasable.map(|erasable| erasable.person.as_str()).or(signer)
    }
}

/// An entry as it will read from the ledger: without what is sealed.
pub(crate) fn without_sealed(entry: &Entry) -> Result<Entry> {
    let sealing = Sealing::of(entry);
    if !sealing.is_any() {
        return Ok(entry.clone());
    }
    let members = entry.members().map_err(Error::EncodeFact)?;
    let open = members.iter().filter(|(name, _)| sealing.person(name).is_none());
    let open = open.map(|(name, value)| (name.as_str(), value.as_str()));
    Entry::from_members(entry.position, entry.received, entry.fact.entry_type(), open)
        .map_err(|source| Error::Fact { position: entry.position.0, source })
}

/// What is needed to encode entries.
#[derive(Debug)]
pub(crate) struct Encoder {
    pub(crate) ledger: LedgerId,
    pub(crate) salts: Salts,
    pub(crate) people: People,
}

impl Encoder {
    /// The bytes of a fact's entry, signed where a key is given.
    pub(crate) fn fact(&mut self, entry: &Entry, key: Option<&Signer>) -> Result<Encoded> {
        let members = entry.members().map_err(Error::EncodeFact)?;
        let sealing = Sealing::of(entry);
        let sealed: Vec<_> = members
            .into_iter()
            .map(|(name, value)| {
                let person = sealing.person(&name);
                (name, value, person)
            })
            .collect();
        self.encode(
            &self.header(entry.position.0, entry.received.0, entry.fact.entry_type()),
            sealed,
            key,
        )
    }

    /// The bytes of an entry of the ledger itself.
    pub(crate) fn own(
        &mut self,
        position: u64,
        received_us: i64,
        entry_type: &str,
        members: Vec<(String, String)>,
    ) -> Result<Encoded> {
        let members = members.into_iter().map(|(name, value)| (name, value, None)).collect();
        self.encode(&self.header(position, received_us, entry_type), members, None)
    }

    fn header(&self, position: u64, received_us: i64, entry_type: &str) -> Header {
        let (ledger, entry_type) = (self.ledger, entry_type.to_owned());
        Header { ledger, position, received_us, entry_type, type_version: TYPE_VERSION }
    }

    fn encode(
        &mut self,
        header: &Header,
        members: Vec<(String, String, Option<&str>)>,
        key: Option<&Signer>,
    ) -> Result<Encoded> {
        let failed = |source| Error::Encode { entry_type: header.entry_type.clone(), source };
        let mut digests = Vec::with_capacity(members.len());
        let mut states = Vec::with_capacity(members.len());
        for (name, value, person) in members {
            let salt = self.salts.next()?;
            digests.push(member_digest(&name, value.as_bytes(), &salt));
            states.push(match person {
                None => MemberState::Open(Member { name, value: value.into_bytes(), salt }),
                Some(person) => {
                    let plain = [&salt[..], value.as_bytes()].concat();
                    let ciphertext = self.people.seal(person, &plain)?;
                    MemberState::Sealed { name, person: person.to_owned(), ciphertext }
                }
            });
        }
        if let Some(key) = key {
            let (name, salt) = (SIGNATURE.to_owned(), self.salts.next()?);
            let value = key.sign(header, &digests).map_err(failed)?.into_bytes();
            let member = Member { name, value, salt };
            digests.push(member.digest());
            states.push(MemberState::Open(member));
        }
        let log = encode_log(header, &digests).map_err(failed)?;
        let members = encode_members(&states).map_err(failed)?;
        Ok(Encoded { log, members })
    }
}

/// The fact of a stored entry without its erasable values; none for an entry of the ledger itself.
pub(crate) fn decode(stored: &StoredEntry) -> Result<Option<Entry>> {
    decode_with(stored, None)
}

/// The fact of a stored entry, with erasable values that were not erased.
pub(crate) fn decode_with(
    stored: &StoredEntry,
    people: Option<&PeopleReader>,
) -> Result<Option<Entry>> {
    let position = stored.position;
    let bytes = |source| Error::Entry { position, source };
    let header = decode_header(&stored.log).map_err(bytes)?;
    if header.entry_type.starts_with(LEDGER_PREFIX) {
        return Ok(None);
    }
    let members = view_members(&stored.members).map_err(bytes)?;
    let unsealed = match people {
        Some(people) => unsealed_of(&members, people)?,
        None => Vec::new(),
    };
    let mut unsealed = unsealed.iter();
    let texts = members.into_iter().filter_map(|member| {
        let (name, value) = match member {
            MemberView::Open { name, value, .. } => (name, value),
            MemberView::Sealed { .. } => {
                let member = unsealed.next()?.as_ref()?;
                (member.name.as_str(), member.value.as_slice())
            }
            MemberView::Withheld { .. } => return None,
        };
        Some((name, std::str::from_utf8(value).unwrap_or("")))
    });
    Entry::from_members(Position(position), Time(header.received_us), &header.entry_type, texts)
        .map(Some)
        .map_err(|source| Error::Fact { position, source })
}

/// The sealed members among some, in order; nothing for one that was erased.
fn unsealed_of(members: &[MemberView<'_>], people: &PeopleReader) -> Result<Vec<Option<Member>>> {
    let sealed = members.iter().filter_map(|member| match member {
        MemberView::Sealed { name, person, ciphertext } => Some((name, person, ciphertext)),
        MemberView::Open { .. } | MemberView::Withheld { .. } => None,
    });
    let opened = sealed.map(|(name, person, ciphertext)| {
        let plain = people.open(person, ciphertext)?;
        Ok(plain.and_then(|plain| unsealed((*name).to_owned(), &plain)))
    });
    opened.collect()
}

/// The members of a stored entry that can be read; sealed ones only with `people`.
pub(crate) fn opened(stored: &StoredEntry, people: Option<&PeopleReader>) -> Result<Vec<Member>> {
    let bytes = |source| Error::Entry { position: stored.position, source };
    let mut opened = Vec::new();
    for state in decode_members(&stored.members).map_err(bytes)? {
        match state {
            MemberState::Open(member) => opened.push(member),
            MemberState::Sealed { name, person, ciphertext } => {
                let Some(people) = people else { continue };
                if let Some(plain) = people.open(&person, &ciphertext)? {
                    opened.extend(unsealed(name, &plain));
                }
            }
            MemberState::Withheld { .. } => {}
        }
    }
    Ok(opened)
}

/// A member from its unsealed bytes: salt, then value.
pub(crate) fn unsealed(name: String, plain: &[u8]) -> Option<Member> {
    let (salt, value) = plain.split_first_chunk::<SALT_BYTES>()?;
    Some(Member { name, value: value.to_vec(), salt: *salt })
}

/// An answer as it is kept. What was refused stands nowhere else: the check names a changed row.
pub(crate) fn encode_answer(id: CommandId, body: Hash, answer: &Answer) -> Result<Vec<u8>> {
    let text = serde_json::to_vec(answer).map_err(|_| Error::Answer(id))?;
    Ok([&check_of(id, body, &text)[..], &text].concat())
}

/// Reads an answer that was kept.
///
/// Errors: [`Error::Answer`] where the row is not what was written.
pub(crate) fn decode_answer(id: CommandId, body: Hash, bytes: &[u8]) -> Result<Answer> {
    let damaged = || Error::Answer(id);
    let (check, text) = bytes.split_first_chunk::<CHECK_BYTES>().ok_or_else(damaged)?;
    if *check != check_of(id, body, text) {
        return Err(damaged());
    }
    serde_json::from_slice(text).map_err(|_| damaged())
}

fn check_of(id: CommandId, body: Hash, text: &[u8]) -> [u8; CHECK_BYTES] {
    let Hash(all) = hash::sha256(&[&ANSWER_MAGIC[..], &id.0, &body.0, text].concat());
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&all[..CHECK_BYTES]);
    check
}
