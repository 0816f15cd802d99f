//! What widened a scope, and so what to find out first.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use domain::noun::Part;
use serde::{Deserialize, Serialize};

use super::{Catalog, Reason, ScopeItem, Standing};
use crate::edge::ItemIndex;

/// Something nobody captured.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Cause {
    /// Which of these went in: a change between them that nobody timed, or a mix.
    Candidates {
        /// The candidates, by index.
        candidates: Vec<ItemIndex>,
    },
    /// What went in on a line of a bill of material.
    NoCapture {
        /// Whose bill of material; absent: the item has no part.
        of: Option<Part>,
        /// The planned part of the line.
        line: Part,
    },
}

/// How many items are possible for want of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Widening {
    /// What is not known.
    pub cause: Cause,
    /// How many items knowing it could clear, at most.
    pub items: usize,
}

/// The causes, those of most items first.
pub(super) fn of(items: &[ScopeItem], catalog: &dyn Catalog) -> Vec<Widening> {
    let mut counts: BTreeMap<Cause, usize> = BTreeMap::new();
    for item in items {
        let cause = match &item.standing {
            Standing::Proven | Standing::Cleared { .. } => continue,
            Standing::Possible { reason: Reason::Candidates { candidates, .. } } => {
                Cause::Candidates { candidates: candidates.clone() }
            }
            Standing::Possible { reason: Reason::NoCapture { at, line, .. } } => {
                Cause::NoCapture { of: catalog.part(*at).cloned(), line: line.clone() }
            }
        };
        let count = counts.entry(cause).or_default();
        *count = count.saturating_add(1);
    }
    let mut widenings: Vec<Widening> =
        counts.into_iter().map(|(cause, items)| Widening { cause, items }).collect();
    widenings.sort_by_key(|widening| Reverse(widening.items));
    widenings
}
