//! How a fact is kept: an entry of the ledger, as named members that can be shown one by one.
//!
//! Members of an entry, in this order: one `item/<id>` for each item touched, then the context
//! (`command`, `mode`, `performed`, …), then `fact/<field>` for each field of the fact; measures
//! stand one by one as `fact/measures/<n>`. Values are compact JSON.

mod read;
mod write;

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::de::IgnoredAny;
use serde::{Deserialize as _, Serialize as _};

use crate::act::Fact;
use crate::command::Context;
use crate::noun::{ItemId, Position, Time};
use read::{Field, Fields};

/// Version of every entry type of this program.
pub const TYPE_VERSION: u16 = 1;
/// Name prefix of the members that say which items are touched.
pub const ITEM_PREFIX: &str = "item/";
const FACT_PREFIX: &str = "fact/";
/// Fields whose elements are members of their own, so one can be shown without the others.
const SINGLY: [&str; 1] = ["measures"];
/// The field that says which act a fact is; in an entry its type says so.
const TAG: &str = "act";

/// One item's place in its own sequence of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Touch {
    /// Which item.
    #[serde(skip, default = "nobody")]
    pub item: ItemId,
    /// This entry's number among the item's, from 1.
    pub sequence: u64,
    /// Position of the item's entry before this one.
    pub previous: Option<Position>,
}

const fn nobody() -> ItemId {
    ItemId { birth: Position(0), ordinal: 0 }
}

/// One fact with all that is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands in the ledger.
    pub position: Position,
    /// When the server took it; strictly increasing.
    pub received: Time,
    /// Who, when, where.
    pub context: Context,
    /// The items it touches, each once.
    pub touches: Vec<Touch>,
    /// What it says.
    pub fact: Fact,
}

/// Why stored members are not an entry of this program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An entry type this version does not know.
    #[error("read entry type {0}: it is not known to this version")]
    UnknownType(String),
    /// A member is missing or does not read as it should.
    #[error("read member {member}: {what}")]
    Member {
        /// Its name.
        member: String,
        /// What is wrong.
        what: String,
    },
}

fn unreadable(member: &str, what: &impl ToString) -> Error {
    Error::Member { member: member.to_owned(), what: what.to_string() }
}

impl Entry {
    /// The ids of the items this entry's fact brings into being.
    pub fn born(&self) -> impl Iterator<Item = ItemId> + '_ {
        let births = u16::try_from(self.fact.births()).unwrap_or(u16::MAX);
        (0..births).map(|ordinal| ItemId { birth: self.position, ordinal })
    }

    /// Its members as name and exact value, in ledger order.
    ///
    /// Errors: [`Error::Member`] if a value has no JSON form, which no act of this program has.
    pub fn members(&self) -> Result<Vec<(String, String)>, Error> {
        let mut members = Vec::with_capacity(self.touches.len().saturating_add(12));
        for touch in &self.touches {
            let value = serde_json::to_string(touch).map_err(|e| unreadable("item", &e))?;
            members.push((format!("{ITEM_PREFIX}{}", touch.item), value));
        }
        let failed = |error| unreadable("fact", &error);
        self.context.serialize(write::Fields::new(&mut members, "")).map_err(failed)?;
        self.fact.serialize(write::Fields::new(&mut members, FACT_PREFIX)).map_err(failed)?;
        Ok(members)
    }

    /// Reads an entry back from its open members; erased ones are simply absent.
    ///
    /// Errors: [`Error`] if the type is unknown or a member is missing or wrong.
    pub fn from_members<'a>(
        position: Position,
        received: Time,
        entry_type: &str,
        members: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Error> {
        let mut touches = Vec::new();
        let (mut context, mut fact) = (Fields::with_capacity(10), Fields::with_capacity(10));
        for (name, text) in members {
            if let Some(item) = name.strip_prefix(ITEM_PREFIX) {
                let touch: Touch = serde_json::from_str(text).map_err(|e| unreadable(name, &e))?;
                let item = item.parse().map_err(|e| unreadable(name, &e))?;
                touches.push(Touch { item, ..touch });
                continue;
            }
            match name.strip_prefix(FACT_PREFIX) {
                Some(field) => put(&mut fact, field, text),
                None => context.push((name, Field::Text(text))),
            }
        }
        let context = Context::deserialize(read::object(&context))
            .map_err(|error| misread("context", &context, &error))?;
        let fact = Fact::of_type(entry_type, read::object(&fact))
            .map_err(|error| misread("fact", &fact, &error))?
            .ok_or_else(|| Error::UnknownType(entry_type.to_owned()))?;
        Ok(Self { position, received, context, touches, fact })
    }
}

/// Which member is to blame: the first that is no JSON, else all of them together.
fn misread(what: &str, fields: &Fields<'_>, error: &serde_json::Error) -> Error {
    for (name, field) in fields {
        let Field::Text(text) = field else { continue };
        if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
            return unreadable(name, &error);
        }
    }
    unreadable(what, error)
}

fn put<'a>(fact: &mut Fields<'a>, field: &'a str, text: &'a str) {
    let Some((list, _)) = field.split_once('/') else {
        fact.push((field, Field::Text(text)));
        return;
    };
    match fact.last_mut() {
        Some((name, Field::Singly(texts))) if *name == list => texts.push(text),
        _ => fact.push((list, Field::Singly(alloc::vec![text]))),
    }
}
