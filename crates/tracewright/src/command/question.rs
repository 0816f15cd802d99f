//! What questions have in common: from where they look, and how items are shown.

use std::str::FromStr;

use clap::Args;
use domain::start::Start;
use domain::{ItemRef, Time};
use engine::query::{Certainty, Evidence, ItemLine, ItemName, KnownAt, PathStep, Reason};

use super::Bench;
use crate::output::{Page, Row, count, word};

/// Rows shown to people where nothing is said.
const ROWS: usize = 50;

/// From where a question looks.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Looking {
    /// What was so by then (when it was performed): RFC 3339 or a date.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Time>,
    /// What was known by then: a position of the ledger, or a time.
    #[arg(long, value_name = "POSITION|TIME")]
    pub(crate) known_at: Option<KnownAt>,
}

impl Looking {
    /// The moments asked about; of those that have not come yet it is said that they have not.
    pub(crate) fn moments(self, at: &Bench<'_>) -> (Option<Time>, Option<KnownAt>) {
        let known_at = match self.known_at {
            Some(KnownAt::Received(time)) => Some(time),
            Some(KnownAt::Position(_)) | None => None,
        };
        let ahead = self.as_of.into_iter().chain(known_at).find(|time| *time > engine::now());
        if let Some(time) = ahead {
            at.output.note(&format!("note: {time} has not come yet; this is what is known by now"));
        }
        (self.as_of, self.known_at)
    }
}

/// A start, and how it was typed.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    /// As it was typed.
    pub(crate) text: String,
    /// What it means.
    pub(crate) start: Start<ItemRef>,
}

impl FromStr for Typed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self { text: text.to_owned(), start: text.parse()? })
    }
}

/// How many rows people see.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Shown {
    /// Rows shown in the table, 0 for all; the JSON answer always holds all.
    #[arg(long, value_name = "N", default_value_t = ROWS)]
    pub(crate) rows: usize,
}

impl Shown {
    /// A table of the first rows, and how many more there are.
    pub(crate) fn table(self, page: &mut Page, header: &[&str], mut rows: Vec<Row>) {
        let more = if self.rows == 0 { 0 } else { rows.len().saturating_sub(self.rows) };
        rows.truncate(rows.len() - more);
        page.table(header, &rows);
        if more > 0 {
            page.line(format!("… and {more} more; --rows 0 shows all."));
        }
    }
}

/// The header over [`item_row`].
pub(crate) const ITEM_HEADER: &[&str] =
    &["item", "part", "certainty", "status", "where", "because"];

/// An item of an answer as a row.
pub(crate) fn item_row(line: &ItemLine) -> Row {
    vec![
        line.label.clone(),
        line.part.as_ref().map(ToString::to_string).unwrap_or_default(),
        word(&line.certainty),
        word(&line.status),
        line.place.text.clone(),
        because(line),
    ]
}

fn because(line: &ItemLine) -> String {
    match line.certainty {
        Certainty::Proven => path(&line.path),
        Certainty::Possible => match &line.reason {
            Some(Reason::Candidates { text, .. } | Reason::NoCapture { text, .. }) => text.clone(),
            None => path(&line.path),
        },
        Certainty::Cleared => line.evidence.iter().map(evidence).collect::<Vec<_>>().join("; "),
    }
}

fn evidence(evidence: &Evidence) -> &str {
    match evidence {
        Evidence::Filled { text, .. }
        | Evidence::LeftBefore { text, .. }
        | Evidence::Decision { text, .. }
        | Evidence::NotPlanned { text } => text,
    }
}

/// An evidence path in a line: each item, with `<` before what contains it or `>` before what it
/// contains, as the path was walked.
fn path(steps: &[PathStep]) -> String {
    let Some(first) = steps.first() else { return String::new() };
    // Forward, a step begins where the one before it ended; backward the other way round.
    let forward = match steps.get(1) {
        Some(second) => second.from.id == first.to.id,
        None => true,
    };
    let (start, ends): (&ItemName, Vec<&ItemName>) = if forward {
        (&first.from, steps.iter().map(|step| &step.to).collect())
    } else {
        (&first.to, steps.iter().map(|step| &step.from).collect())
    };
    let arrow = if forward { " → " } else { " ← " };
    let mut text = start.label.clone();
    for end in ends {
        text.push_str(arrow);
        text.push_str(&end.label);
    }
    text
}

/// Says that an answer is cut.
pub(crate) fn truncated(page: &mut Page, truncated: bool, shown: usize) {
    if truncated {
        page.line(format!("The answer is cut after {}.", count(shown, "item")));
    }
}
