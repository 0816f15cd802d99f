//! Decisions are numbered upwards, have the same sections, and are all in the index.

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

/// Every decision has a number of its own, all sections, and is named in the index. A number may be
/// left out: it is taken when a decision is begun.
#[must_use]
pub fn check(repository: &Repository) -> Vec<Violation> {
    let index = repository.text(INDEX).unwrap_or_default();
    let mut found = Vec::new();
    let pages = repository
        .texts()
        .filter_map(|(path, text)| path.strip_prefix(FOLDER).map(|name| (path, name, text)));
    let mut before = String::new();
    for (path, name, text) in pages {
        let number = name.split('-').next().unwrap_or_default();
        let digits = number.len() == DIGITS && number.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || number <= before.as_str() {
            let what = format!("{number} is no number of {DIGITS} digits, or another decision's");
            found.push(Violation::of(path, what));
        }
        number.clone_into(&mut before);
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
