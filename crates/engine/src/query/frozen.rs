//! The document of a frozen scope: everything that was found, as one JSON text that anybody can
//! make again from the ledger.
//!
//! A *series* is a scope as it was frozen (number 0) and its deltas (1, 2, …). Each number has a
//! document of its own, which is whole: the question, the ledger position it stands at, every item
//! with its evidence, and, from number 1 on, what changed since the number before and because of
//! which entries.
//!
//! Invariants: a document is a function of the ledger up to its position and of the document before
//! it; the same two give the same bytes. It holds codes of people and names of companies, never
//! what can be erased.
//!
//! Limits: a scope cut at [`ITEMS_MAX`](super::ITEMS_MAX) items is refused; the text is a file of
//! the folder and no longer than one may be ([`store::FILE_BYTES_MAX`], 1 GiB).

mod cause;
mod change;

use domain::act::ScopeQuery;
use domain::{Position, ScopeCode, Time};
use serde::{Deserialize, Serialize};

pub use cause::{Cause, CauseKind};
pub use change::{DeltaGroup, ItemChange, ScopeDelta, Stood};

use super::ask::ITEMS_MAX;
use super::named::Rows;
use super::scope::{Like, ScopeAnswer, ScopeAsk};
use super::seen::Seen;
use crate::error::{Error, Result};

/// Which format a document is of. A change of what is derived or how it is said is a new one.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
pub enum DocumentFormat {
    /// The first.
    #[default]
    #[serde(rename = "tracewright-scope/1")]
    V1,
}

/// One number of the series of a frozen scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScopeDocument {
    /// Which format this is.
    pub format: DocumentFormat,
    /// The ledger it was made from, as 32 hexadecimal digits.
    pub ledger: String,
    /// How people call the scope.
    pub code: ScopeCode,
    /// Which of its series: 0 is the scope as it was frozen.
    pub number: u32,
    /// Why it was frozen, or looked at again.
    pub reason: String,
    /// What was asked, exactly.
    pub query: ScopeQuery,
    /// The last entry that was known.
    pub known_at: Position,
    /// When the server took that entry.
    pub known_until: Time,
    /// What was found.
    pub scope: ScopeAnswer,
    /// What changed since the number before; absent in number 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<ScopeDelta>,
}

impl ScopeDocument {
    /// The text that is kept, hashed and handed on.
    ///
    /// Shape: compact JSON, fields in the order of this type, and a line end.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec(self).map_err(|e| Error::Input(e.to_string()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a kept text.
    ///
    /// Errors: [`Error::Input`] if it is no document of a known format.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes)
            .map_err(|error| Error::Input(format!("the document of a frozen scope: {error}")))
    }
}

/// What a document is to be called, and what it is about.
#[derive(Debug, Clone)]
pub(crate) struct Naming {
    pub(crate) ledger: String,
    pub(crate) code: ScopeCode,
    pub(crate) number: u32,
    pub(crate) reason: String,
    pub(crate) query: ScopeQuery,
}

/// The number before.
#[derive(Debug, Clone)]
pub(crate) struct Before {
    pub(crate) sha256: String,
    pub(crate) document: ScopeDocument,
}

/// The question of a scope as it is asked.
pub(crate) fn ask_of(query: &ScopeQuery) -> ScopeAsk {
    let like = query.like.as_ref();
    ScopeAsk {
        from: query.from.clone(),
        like: like.map(|like| Like { item: like.item.clone(), by: like.by.clone() }),
        as_of: query.as_of,
        known_at: None,
        limit: None,
    }
}

impl Seen<'_> {
    /// The document of a scope, as it is seen from here: a view of all that its state knows.
    ///
    /// Errors: as [`crate::Plant::scope`]; [`Error::Input`] where the scope has too many items.
    pub(crate) fn document(
        &self,
        rows: Rows<'_>,
        naming: Naming,
        before: Option<&Before>,
    ) -> Result<ScopeDocument> {
        let mut scope = self.scope(rows, &ask_of(&naming.query))?;
        if scope.truncated {
            return Err(Error::Input(format!(
                "the scope has more than {ITEMS_MAX} items: part the question and freeze each part"
            )));
        }
        let known_at = Position(self.state.next().0.saturating_sub(1));
        scope.known_at = Some(known_at);
        let known_until = self
            .received(known_at)
            .ok_or_else(|| Error::NotFound(format!("the entry at position {known_at}")))?;
        let delta = before.map(|before| self.delta(before, &scope));
        let Naming { ledger, code, number, reason, query } = naming;
        Ok(ScopeDocument {
            format: DocumentFormat::V1,
            ledger,
            code,
            number,
            reason,
            query,
            known_at,
            known_until,
            scope,
            delta,
        })
    }
}
