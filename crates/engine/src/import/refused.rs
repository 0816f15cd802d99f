//! Rows that are not taken in, each counted once, the first of them listed.

use std::collections::HashSet;

use domain::Code;

use super::Rejected;

/// Most rejected rows an answer lists: more than a person mends before trying again.
pub const REJECTED_MAX: usize = 1_000;

/// What is wrong with one row, before it is known which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) code: Code,
    pub(super) reason: String,
    pub(super) column: Option<String>,
}

/// Something a row says, or what is wrong with it.
pub(super) type Judged<T> = Result<T, Wrong>;

impl Wrong {
    pub(super) fn new(code: Code, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), column: None }
    }

    pub(super) fn in_column(self, column: &str) -> Self {
        Self { column: Some(column.to_owned()), ..self }
    }

    pub(super) fn at(self, row: u32) -> Rejected {
        let Self { code, reason, column } = self;
        Rejected { row: u64::from(row), code, reason, column }
    }
}

/// The rows that are not taken in.
#[derive(Debug, Default)]
pub(super) struct Refused {
    listed: Vec<Rejected>,
    rows: HashSet<u32>,
}

impl Refused {
    /// Adds a row, unless it was refused before; says whether it is new.
    pub(super) fn push(&mut self, row: u32, wrong: Wrong) -> bool {
        let new = self.rows.insert(row);
        if new && self.listed.len() < REJECTED_MAX {
            self.listed.push(wrong.at(row));
        }
        new
    }

    /// Adds another reason, of a row that may be refused already.
    pub(super) fn add(&mut self, row: u32, wrong: Wrong) {
        self.rows.insert(row);
        if self.listed.len() < REJECTED_MAX {
            self.listed.push(wrong.at(row));
        }
    }

    pub(super) fn contains(&self, row: u32) -> bool {
        self.rows.contains(&row)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.rows.len()).unwrap_or(u64::MAX)
    }

    /// These and those of `more`.
    pub(super) fn and(mut self, more: Self) -> Self {
        self.rows.extend(more.rows);
        let room = REJECTED_MAX.saturating_sub(self.listed.len());
        self.listed.extend(more.listed.into_iter().take(room));
        self
    }

    /// Those listed, by row.
    pub(super) fn list(mut self) -> Vec<Rejected> {
        self.listed.sort_by_key(|rejected| rejected.row);
        self.listed
    }
}
