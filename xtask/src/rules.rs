//! The list of all rules.

use crate::repository::Repository;
use crate::violation::Violation;
use crate::{decisions, floor, links, manifests, pages, purity, rejections, tidy};

/// A rule: everything it finds wrong with a repository.
pub type Rule = fn(&Repository) -> Vec<Violation>;

/// Every rule with the name it is reported under.
pub const ALL: &[(&str, Rule)] = &[
    ("floor", floor::check),
    ("purity", purity::check),
    ("manifests", manifests::check),
    ("tidy", tidy::check),
    ("rejections", rejections::check),
    ("links", links::check),
    ("pages", pages::check),
    ("decisions", decisions::check),
];

/// Runs every rule; an empty answer means the house is in order.
#[must_use]
pub fn check_all(repository: &Repository) -> Vec<(&'static str, Violation)> {
    let mut found = Vec::new();
    for (name, rule) in ALL {
        let mut violations = rule(repository);
        violations.sort();
        found.extend(violations.into_iter().map(|violation| (*name, violation)));
    }
    found
}
