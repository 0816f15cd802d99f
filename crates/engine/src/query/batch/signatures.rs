//! Who signed what of a record, and what was signed and is not any more.
//!
//! Source: 21 CFR 11.70, Annex 11; rules ES-10, ES-14, ES-15.

use domain::act::{Act, RecordField};
use domain::{Meaning, PersonCode, Position, Time};
use serde::{Deserialize, Serialize};

use super::super::SignedLine;
use super::Held;

/// What was signed and is not any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unsigned {
    /// The entry that was signed; its signature stays visible and verifies.
    pub position: Position,
    /// What it says, in words.
    pub what: String,
    /// What its signature meant, and the one to come has to mean.
    pub meaning: Meaning,
    /// Who had signed it.
    pub signer: PersonCode,
    /// The entry since which it is unsigned.
    pub since: Position,
    /// Why: the signature was voided, what was signed corrected, the record changed.
    pub because: String,
    /// What to do.
    pub needed: String,
}

/// A release of the item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Released {
    /// Its entry.
    pub position: Position,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonCode>,
    /// When.
    pub at: Time,
    /// The hash of the record it stands on.
    pub record: String,
    /// Whether it stands: nothing changed in the record since.
    pub stands: bool,
    /// Up to which entry the record went that it stands on: ask for it with `knownAt`.
    pub known_at: Position,
}

impl Held<'_> {
    /// Its entries that somebody signed.
    pub(super) fn signatures(&self) -> Vec<SignedLine> {
        self.history.iter().filter_map(|entry| self.seen.signed(entry)).collect()
    }

    /// What was signed and is not any more, the oldest first.
    pub(super) fn unsigned(&self) -> Vec<Unsigned> {
        let seen = self.seen;
        let released = seen.item(self.index).and_then(|item| item.passed.released());
        let found = self.history.iter().filter_map(|entry| {
            let signed = entry.context.signed.as_ref()?;
            let position = entry.position;
            let (since, because) = match &entry.fact {
                Act::VoidSignature(_) | Act::SignAgain(_) => return None,
                Act::Release(_) if Some(position) != released => return None,
                Act::Release(_) => self.outdated(position)?,
                _ => self.ended(position)?,
            };
            if seen.signed_again(position).is_some() {
                return None;
            }
            let needed = match &entry.fact {
                Act::Release(_) => "review it and release it again".to_owned(),
                _ => format!("sign entry {position} again, as {}", signed.meaning),
            };
            Some(Unsigned {
                position,
                what: seen.words(&entry.fact, position),
                meaning: signed.meaning,
                signer: signed.signer.clone(),
                since,
                because,
                needed,
            })
        });
        found.collect()
    }

    /// Whether somebody signed that such a field does not apply, and it stands.
    pub(super) fn waived(&self, such: impl Fn(&RecordField) -> bool) -> bool {
        self.whole.iter().any(|entry| match &entry.fact {
            Act::NotApplicable(v) => such(&v.field) && self.stands(entry.position),
            _ => false,
        })
    }

    /// Whether what a signature alone gave is there: not corrected, nor voided and not given again.
    fn stands(&self, position: Position) -> bool {
        let (seen, fate) = (self.seen, self.seen.state.signature_of(position));
        let signed = fate.voided.is_none() || seen.signed_again(position).is_some();
        signed && seen.superseded(position).is_none()
    }

    /// Since when a signature holds no more, and why.
    fn ended(&self, position: Position) -> Option<(Position, String)> {
        let voided = self.seen.state.signature_of(position).voided;
        let void = voided.map(|by| (by, format!("its signature was voided by entry {by}")));
        let corrected = self.seen.superseded(position);
        void.or_else(|| corrected.map(|by| (by, format!("it was corrected by entry {by}"))))
    }

    /// Since when a release stands no more, and why.
    fn outdated(&self, position: Position) -> Option<(Position, String)> {
        let item = self.seen.item(self.index)?;
        let changed = item.changed;
        (!item.is_released()).then(|| {
            let voided = self.seen.state.signature_of(position).voided;
            let why = match voided {
                Some(by) => format!("its signature was voided by entry {by}"),
                None => format!("the record changed by entry {changed}"),
            };
            (voided.unwrap_or(changed), why)
        })
    }
}
