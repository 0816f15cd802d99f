//! Who signed what, as it is shown wherever an entry is.

use domain::act::Act;
use domain::entry::Entry;
use domain::rules::SignatureFate;
use domain::{Meaning, PersonCode, Position, Role, Time, UserCode};
use serde::{Deserialize, Serialize};

use super::seen::Seen;
use crate::codec::decode_with;
use crate::error::Result;
use crate::plant::Plant;

/// A signature: printed name, date and time, meaning.
///
/// Source: 21 CFR 11.50(a), ES-10, ES-12: the name is the one at the time of signing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EntrySignature")]
pub struct Signature {
    /// The signer's printed name when it was signed; absent: it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who.
    pub signer: PersonCode,
    /// By which account.
    pub user: UserCode,
    /// In which role.
    pub role: Role,
    /// What it means.
    pub meaning: Meaning,
    /// When, in UTC.
    pub at: Time,
    /// The public key that made it.
    pub key: String,
    /// SHA-256 of what was shown to the signer: the name of a file that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// The entry that voided it: it holds no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voided_by: Option<Position>,
    /// The entry by which what it was under was signed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Position>,
}

impl Signature {
    /// The signature of an entry, without the name, which is sealed.
    fn of(entry: &Entry, fate: SignatureFate) -> Option<Self> {
        let signed = entry.context.signed.clone()?;
        Some(Self {
            name: None,
            signer: signed.signer,
            user: signed.user,
            role: signed.role,
            meaning: signed.meaning,
            at: signed.at,
            key: signed.key,
            shown: signed.shown,
            voided_by: fate.voided,
            again: fate.again,
        })
    }

    /// It in one line: `Ann Meier (P-7, U-7, quality) approved, 2026-06-18T09:48:31Z`.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { signer, user, role, meaning, at, .. } = self;
        let name = self.name.as_deref().unwrap_or("name erased");
        let void = self.voided_by.map(|by| format!(", VOID by entry {by}")).unwrap_or_default();
        format!("{name} ({signer}, {user}, {role}) {meaning}, {at}{void}")
    }
}

impl Seen<'_> {
    /// The signature of an entry, with what became of it.
    pub(super) fn signature(&self, entry: &Entry) -> Option<Signature> {
        let fate = self.state.signature_of(entry.position);
        let known = |by: &Position| self.view.knows(*by);
        let (voided, again) = (fate.voided.filter(known), fate.again.filter(known));
        Signature::of(entry, SignatureFate { voided, again })
    }

    /// The entry by which what was signed was signed again, where that signature holds.
    pub(super) fn signed_again(&self, position: Position) -> Option<Position> {
        let again = self.state.signature_of(position).again?;
        self.state.signature_of(again).voided.is_none().then_some(again)
    }
}

impl Plant {
    /// Puts the printed names to signatures, where they were not erased.
    pub(crate) fn name_signers(
        &self,
        signatures: Vec<(Position, &mut Option<Signature>)>,
    ) -> Result<()> {
        let mut people = None;
        for (position, signature) in signatures {
            let Some(signature) = signature else { continue };
            let people = match &mut people {
                Some(people) => people,
                none => none.insert(self.folder().reading().people()?),
            };
            let stored = self.ledger()?.entry(position.0)?;
            let entry = stored.map(|stored| decode_with(&stored, Some(people))).transpose()?;
            signature.name = entry.flatten().and_then(|entry| entry.context.signed_name);
        }
        Ok(())
    }

    /// The printed name of a person as it is now, if it was given and not erased.
    pub fn person_name(&self, person: &PersonCode) -> Result<Option<String>> {
        let defined = {
            let state = self.published().read();
            state.masters().persons.get(person).map(|(_, position)| *position)
        };
        let Some(position) = defined else { return Ok(None) };
        let people = self.folder().reading().people()?;
        let stored = self.ledger()?.entry(position.0)?;
        let entry = stored.map(|stored| decode_with(&stored, Some(&people))).transpose()?.flatten();
        Ok(entry.and_then(|entry| match entry.fact {
            Act::DefinePerson(person) => person.name,
            _ => None,
        }))
    }
}
