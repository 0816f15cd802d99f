//! A nonconformance as the facts about it make it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::act::{Disposition, OpenNonconformance};
use crate::entry::Entry;
use crate::noun::{ItemId, NonconformanceCode, PersonCode, Position, Time};

/// Items that do not fulfil a requirement, and what was decided.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Nonconformance {
    /// Its code, which its hold has too.
    pub code: NonconformanceCode,
    /// Which entry opened it.
    pub position: Position,
    /// The items.
    pub items: Vec<ItemId>,
    /// What is wrong.
    pub description: String,
    /// The capture that was out of limits.
    pub capture: Option<Position>,
    /// Who opened it.
    pub by: Option<PersonCode>,
    /// When.
    pub opened: Time,
    /// What was decided, by which entry; absent: it is open.
    pub decided: Option<(Disposition, Position)>,
}

impl Nonconformance {
    /// The nonconformance an entry opens.
    #[must_use]
    pub fn opened(v: &OpenNonconformance<ItemId>, entry: &Entry) -> Option<Self> {
        Some(Self {
            code: v.code.clone()?,
            position: entry.position,
            items: v.items.clone(),
            description: v.description.clone(),
            capture: v.capture,
            by: entry.context.performed_by.clone(),
            opened: entry.context.performed.from,
            decided: None,
        })
    }

    /// The code of one that an entry at that position opens, where nobody chose one.
    #[must_use]
    pub fn code_at(position: Position) -> NonconformanceCode {
        let code = format!("NC-{position}");
        NonconformanceCode::new(&code).expect("invariant: a position makes a code")
    }
}
