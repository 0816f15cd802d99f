//! Decisions are numbered, have the same sections, and are all in the index.

use crate::markdown::headings;
use crate::repository::Repository;
use crate::violation::Violation;

/// Where the decisions lie.
const FOLDER: &str = "docs/decisions/";

/// The page that lists them.
const INDEX: &str = "docs/README.md";

/// The sections of a decision, in order.
pub const SECTIONS: &[&str] =
    &["Status", "Context", "Options", "Decision", "Consequences", "Reconsider when"];

/// The digits of a decision's number.
const DIGITS: usize = 4;

/// Every decision counts on from the one before, has all sections, and is named in the index.
#[must_use]
pub fn check(repository: &Repository) -> Vec<Violation> {
    let index = repository.text(INDEX).unwrap_or_default();
    let mut found = Vec::new();
    let pages = repository
        .texts()
        .filter_map(|(path, text)| path.strip_prefix(FOLDER).map(|name| (path, name, text)));
    for (count, (path, name, text)) in pages.enumerate() {
        let number = name.split('-').next().unwrap_or_default();
        let expected = format!("{:0DIGITS$}", count + 1);
        if number != expected {
            found.push(Violation::of(path, format!("this decision should be number {expected}")));
        }
        let sections: Vec<&str> = headings(text, 2).map(|(_, title)| title).collect();
        if sections != SECTIONS {
            let what = format!("the sections are not: {}", SECTIONS.join(", "));
            found.push(Violation::of(path, what));
        }
        if !index.contains(&format!("(decisions/{name})")) {
            found.push(Violation::of(path, format!("not linked from {INDEX}")));
        }
    }
    found
}

#[cfg(test)]
mod tests;
