//! The pages a newcomer looks for are there and say what they are looked up for.

use crate::repository::Repository;
use crate::violation::Violation;

/// Pages that must be there, each with words it must contain.
pub const REQUIRED: &[(&str, &[&str])] = &[
    ("README.md", &["make demo", "make test"]),
    ("ARCHITECTURE.md", &["**Invariant:**"]),
    ("CHANGELOG.md", &[]),
    ("CONTRIBUTING.md", &["make test", "make lint"]),
    ("LICENSE", &["Apache License"]),
    ("docs/README.md", &[]),
];

/// The page that has a word on every crate.
const MAP: &str = "ARCHITECTURE.md";

/// Every required page is there with its words, and the map names every crate.
#[must_use]
pub fn check(repository: &Repository) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, words) in REQUIRED {
        let Some(text) = repository.text(path) else {
            found.push(Violation::of(path, "this page is missing"));
            continue;
        };
        let missing = words.iter().filter(|word| !text.contains(**word));
        found.extend(missing.map(|word| Violation::of(path, format!("does not say {word}"))));
    }
    let map = repository.text(MAP).unwrap_or_default();
    let unnamed = repository
        .packages()
        .iter()
        .filter(|package| !map.contains(&format!("`{}`", package.name)));
    found.extend(
        unnamed.map(|package| {
            Violation::of(MAP, format!("does not name the crate `{}`", package.name))
        }),
    );
    found
}

#[cfg(test)]
mod tests;
