//! Which key signs the heads of a ledger: read from the ledger's own entries.
//!
//! ```text
//! position 0        ledger.genesis      names the ledger, its origin and its first key
//! later, any time   ledger.key_rotated  names the next key, endorsed by the one before
//!                   ledger.key_revoked  names a key that must not be believed any more
//! ```
//!
//! An entry at position `p` takes effect for heads of size greater than `p`, which are the heads it
//! is part of. The members of these entries are defined here, for those who write and those who
//! read them alike.
//!
//! Invariant: trust in a key passes on to its successor only by an endorsement that the key signed;
//! that an entry stands in the tree is not enough, since whoever signs the head decides what is in
//! it.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use crate::entry::{Header, LedgerId, Member};
use crate::note::{self, PublicKey, SignedNote, SigningKey};

/// Entry type of position 0.
pub const GENESIS: &str = "ledger.genesis";
/// Entry type that names the next key.
pub const KEY_ROTATED: &str = "ledger.key_rotated";
/// Entry type that withdraws a key.
pub const KEY_REVOKED: &str = "ledger.key_revoked";

/// What the member `hash_suite` of the genesis entry says.
pub const HASH_SUITE_NAME: &str = "sha256";

const LEDGER: &str = "ledger";
const ORIGIN: &str = "origin";
const HASH_SUITE: &str = "hash_suite";
const KEY: &str = "key";
const CONTINUES: &str = "continues";
const ENDORSEMENT: &str = "endorsement";
const REASON: &str = "reason";

/// What the first entry of a ledger says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// Identity of the ledger.
    pub ledger: LedgerId,
    /// Its name in checkpoints; not a host name.
    pub origin: String,
    /// The first key that signs its heads.
    pub key: PublicKey,
    /// The ledger it goes on from after a disaster.
    pub continues: Option<Continues>,
}

/// A ledger that was lost and goes on under a new identity.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Continues {
    /// The lost ledger.
    pub ledger: LedgerId,
    /// Its last known checkpoint, a signed note.
    pub checkpoint: String,
}

/// Why entries are not the key chain of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The first entry is not a genesis entry at position 0.
    #[error("read the key chain: it does not begin with the genesis entry at position 0")]
    NoGenesis,
    /// An entry does not come after the one before it.
    #[error("read the key chain: the entry at {0} is out of order")]
    Order(u64),
    /// An entry is not about keys.
    #[error("read the key chain: the entry at {position} is of type {entry_type}")]
    Type {
        /// Where it stands.
        position: u64,
        /// What it is.
        entry_type: String,
    },
    /// An entry is of another ledger than it or the genesis entry says.
    #[error("read the key chain: the entry at {0} is of another ledger")]
    Ledger(u64),
    /// A member is missing, shown twice, or does not read as it should.
    #[error("read member {name} of the key entry at {position}")]
    Member {
        /// Where the entry stands.
        position: u64,
        /// Name of the member.
        name: &'static str,
    },
    /// The endorsement of a new key is not by the key before it.
    #[error("believe the new key at {0}: its endorsement is not by the key before it")]
    Endorsement(u64),
    /// A key is withdrawn that never was in the chain.
    #[error("read the key chain: the key withdrawn at {0} was never in it")]
    Unknown(u64),
}

/// The keys of a ledger in the order they took effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChain {
    genesis: Genesis,
    changes: Vec<(u64, Change)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Named { key: PublicKey, endorsed: bool },
    Revoked(PublicKey),
}

/// The key in force at a size, and whether trust reaches it.
#[derive(Default)]
struct InForce<'a> {
    key: Option<&'a PublicKey>,
    trusted: bool,
}

/// Names and values of the members of a genesis entry.
#[must_use]
pub fn genesis_members(genesis: &Genesis) -> Vec<(String, String)> {
    let Genesis { ledger, origin, key, continues } = genesis;
    let mut members = Vec::from([
        member(LEDGER, ledger),
        member(ORIGIN, origin),
        member(HASH_SUITE, HASH_SUITE_NAME),
        member(KEY, key),
    ]);
    members.extend(continues.as_ref().map(|continues| member(CONTINUES, continues)));
    members
}

/// Names and values of the members of a rotation entry.
///
/// Without an endorsement (the old key is lost) whoever trusted the old key has to be told the new
/// one by other means.
#[must_use]
pub fn rotation_members(
    key: &PublicKey,
    endorsement: Option<&SignedNote>,
) -> Vec<(String, String)> {
    let endorsement = endorsement.map(|note| member(ENDORSEMENT, &note.to_string()));
    core::iter::once(member(KEY, key)).chain(endorsement).collect()
}

/// Names and values of the members of a revocation entry.
#[must_use]
pub fn revocation_members(key: &PublicKey, reason: &str) -> Vec<(String, String)> {
    Vec::from([member(KEY, key), member(REASON, reason)])
}

/// The key in force says that another is to follow it.
///
/// Errors: the text cannot be signed.
pub fn endorse(
    ledger: LedgerId,
    old: &SigningKey,
    new: &PublicKey,
) -> Result<SignedNote, note::Error> {
    old.sign(&endorsement_text(ledger, new))
}

impl Genesis {
    /// Reads a genesis entry.
    ///
    /// Errors: it is not the genesis entry of the ledger it names.
    pub fn read(header: &Header, members: &[Member]) -> Result<Self, Error> {
        let Header { ledger, position, received_us: _, entry_type, type_version: _ } = header;
        if *position != 0 || entry_type != GENESIS {
            return Err(Error::NoGenesis);
        }
        let genesis = Self {
            ledger: read(0, members, LEDGER)?,
            origin: read(0, members, ORIGIN)?,
            key: read(0, members, KEY)?,
            continues: read_optional(0, members, CONTINUES)?,
        };
        let suite: String = read(0, members, HASH_SUITE)?;
        if suite != HASH_SUITE_NAME {
            return Err(Error::Member { position: 0, name: HASH_SUITE });
        }
        if genesis.ledger != *ledger {
            return Err(Error::Ledger(0));
        }
        Ok(genesis)
    }
}

impl KeyChain {
    /// Reads the chain from the genesis entry and all entries about keys, in order, with the
    /// members that are open. That the entries are in the ledger is for the caller to know.
    ///
    /// Errors: what is wrong with the first entry that does not fit.
    pub fn from_entries<'a>(
        entries: impl IntoIterator<Item = (&'a Header, &'a [Member])>,
    ) -> Result<Self, Error> {
        let mut entries = entries.into_iter();
        let (header, members) = entries.next().ok_or(Error::NoGenesis)?;
        let genesis = Genesis::read(header, members)?;
        let first = Change::Named { key: genesis.key.clone(), endorsed: false };
        let mut chain = Self { genesis, changes: Vec::from([(0, first)]) };
        for (header, members) in entries {
            chain.push(header, members)?;
        }
        Ok(chain)
    }

    /// Adds the next entry about keys.
    ///
    /// Errors: why it does not fit; the chain is as it was.
    pub fn push(&mut self, header: &Header, members: &[Member]) -> Result<(), Error> {
        let Header { ledger, position, received_us: _, entry_type, type_version: _ } = header;
        let position = *position;
        if self.changes.last().is_some_and(|(last, _)| *last >= position) {
            return Err(Error::Order(position));
        }
        if *ledger != self.genesis.ledger {
            return Err(Error::Ledger(position));
        }
        let key: PublicKey = match entry_type.as_str() {
            KEY_ROTATED | KEY_REVOKED => read(position, members, KEY)?,
            _ => return Err(Error::Type { position, entry_type: entry_type.clone() }),
        };
        let change = if entry_type == KEY_ROTATED {
            let endorsed = self.endorsed(position, &key, members)?;
            Change::Named { key, endorsed }
        } else if self.keys().any(|known| *known == key) {
            Change::Revoked(key)
        } else {
            return Err(Error::Unknown(position));
        };
        self.changes.push((position, change));
        Ok(())
    }

    /// What the first entry says.
    #[must_use]
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// Every key that ever was in force, withdrawn ones too.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.changes.iter().filter_map(|(_, change)| match change {
            Change::Named { key, endorsed: _ } => Some(key),
            Change::Revoked(_) => None,
        })
    }

    /// The key that signs the head of a tree of `size` leaves; none where the last was withdrawn.
    #[must_use]
    pub fn key_at(&self, size: u64) -> Option<&PublicKey> {
        self.in_force(size, &[]).key
    }

    /// Whether `key` is withdrawn in a tree of `size` leaves.
    #[must_use]
    pub fn is_revoked(&self, key: &PublicKey, size: u64) -> bool {
        self.until(size).any(|change| *change == Change::Revoked(key.clone()))
    }

    /// Whether the key in force at `size` is one of `trusted`, or follows from one of them by
    /// endorsements without a break.
    #[must_use]
    pub fn is_trusted(&self, size: u64, trusted: &[PublicKey]) -> bool {
        self.in_force(size, trusted).trusted
    }

    fn until(&self, size: u64) -> impl Iterator<Item = &Change> {
        let in_effect = move |(position, _): &&(u64, Change)| *position < size;
        self.changes.iter().take_while(in_effect).map(|(_, change)| change)
    }

    fn in_force(&self, size: u64, trusted: &[PublicKey]) -> InForce<'_> {
        self.until(size).fold(InForce::default(), |before, change| match change {
            Change::Named { key, endorsed } => InForce {
                key: Some(key),
                trusted: trusted.contains(key) || (before.trusted && *endorsed),
            },
            Change::Revoked(key) if before.key == Some(key) => InForce::default(),
            Change::Revoked(_) => before,
        })
    }

    fn endorsed(&self, position: u64, new: &PublicKey, members: &[Member]) -> Result<bool, Error> {
        let Some(note) = read_optional::<String>(position, members, ENDORSEMENT)? else {
            return Ok(false);
        };
        let wrong = Error::Endorsement(position);
        let Ok(note) = SignedNote::parse(&note) else { return Err(wrong) };
        let text = endorsement_text(self.genesis.ledger, new);
        match self.key_at(position) {
            Some(old) if note.text == text && note.verify(old).is_ok() => Ok(true),
            Some(_) | None => Err(wrong),
        }
    }
}

fn endorsement_text(ledger: LedgerId, new: &PublicKey) -> String {
    format!("tracewright-key-rotation/1\n{ledger}\n{new}\n")
}

fn member<T: serde::Serialize + ?Sized>(name: &str, value: &T) -> (String, String) {
    let value = serde_json::to_string(value).expect("invariant: strings become JSON");
    (name.to_owned(), value)
}

fn read<T: serde::de::DeserializeOwned>(
    position: u64,
    members: &[Member],
    name: &'static str,
) -> Result<T, Error> {
    read_optional(position, members, name)?.ok_or(Error::Member { position, name })
}

fn read_optional<T: serde::de::DeserializeOwned>(
    position: u64,
    members: &[Member],
    name: &'static str,
) -> Result<Option<T>, Error> {
    let mut named = members.iter().filter(|member| member.name == name);
    match (named.next(), named.next()) {
        (None, _) => Ok(None),
        (Some(member), None) => serde_json::from_slice(&member.value).map(Some),
        (Some(_), Some(_)) => return Err(Error::Member { position, name }),
    }
    .map_err(|_| Error::Member { position, name })
}
