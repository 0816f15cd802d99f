//! Every rejection code has a page, and every page a code.
//!
//! `tracewright explain CODE` prints the page, so a code without one would leave a person at a
//! station with a number and no way on.

use std::collections::BTreeMap;

use crate::repository::Repository;
use crate::tidy::is_test;
use crate::violation::Violation;

/// Where the codes are given out.
const SOURCE: &str = "crates/domain/src/";

/// Where the pages lie.
const PAGES: &str = "docs/errors/";

/// The digits of a code, after `TW`.
const DIGITS: usize = 4;

/// Codes named in the domain and pages in `docs/errors` are the same set.
#[must_use]
pub fn check(repository: &Repository) -> Vec<Violation> {
    let codes = codes_in_source(repository);
    let mut found = Vec::new();
    for (code, (path, line)) in &codes {
        let page = format!("{PAGES}{code}.md");
        if !repository.contains(&page) {
            found.push(Violation::at(path, *line, format!("{code} has no page {page}")));
        }
    }
    for (path, _) in repository.texts() {
        let page = path.strip_prefix(PAGES).and_then(|name| name.strip_suffix(".md"));
        if page.is_some_and(|code| is_code(code) && !codes.contains_key(code)) {
            found.push(Violation::of(path, "no rule gives this code"));
        }
    }
    let rejections = format!("{SOURCE}rejection.rs");
    if codes.is_empty() && repository.contains(&rejections) {
        found.push(Violation::of(&rejections, "rejections without a single code"));
    }
    found
}

/// Each code with the first place that names it; tests may make codes up.
fn codes_in_source(repository: &Repository) -> BTreeMap<&str, (&str, usize)> {
    let mut codes = BTreeMap::new();
    let sources = repository.texts().filter(|(path, _)| path.starts_with(SOURCE) && !is_test(path));
    for (path, text) in sources {
        for (index, line) in text.lines().enumerate() {
            let words = line.split(|character: char| !character.is_ascii_alphanumeric());
            for code in words.filter(|word| is_code(word)) {
                codes.entry(code).or_insert((path, index + 1));
            }
        }
    }
    codes
}

fn is_code(word: &str) -> bool {
    word.strip_prefix("TW").is_some_and(|digits| {
        digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests;
