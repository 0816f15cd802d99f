//! Manifests: one set of lints, one list of dependencies, a reason for each, and a budget.

use crate::repository::Repository;
use crate::violation::Violation;

/// Most packages `Cargo.lock` may name, ours included.
///
/// Each is code we answer for and somebody compiles. The limit can be raised; it is here so that
/// raising it is a decision and not an accident.
pub const PACKAGES_MAX: usize = 350;

/// Every crate uses the workspace's lints and dependencies; each dependency gives its reason.
#[must_use]
pub fn check(repository: &Repository) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in repository.packages() {
        let path = package.manifest_path.as_str();
        found.extend(check_package(path, repository.text(path).unwrap_or_default()));
    }
    if let Some(text) = repository.text("Cargo.toml") {
        found.extend(check_reasons("Cargo.toml", text));
    }
    if let Some(text) = repository.text("Cargo.lock") {
        found.extend(check_budget("Cargo.lock", text));
    }
    found
}

/// One meaningful line of a manifest.
struct Line<'a> {
    section: &'a str,
    number: usize,
    content: &'a str,
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut section = "";
    text.lines().enumerate().filter_map(move |(index, line)| {
        let content = line.trim_end();
        if let Some(name) = content.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
            return None;
        }
        let skipped = content.is_empty() || content.starts_with('#');
        (!skipped).then_some(Line { section, number: index + 1, content })
    })
}

fn check_package(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    if !lines(text).any(|line| line.section == "lints" && line.content == "workspace = true") {
        found.push(Violation::of(path, "[lints] must say workspace = true"));
    }
    for line in lines(text).filter(|line| line.section.ends_with("dependencies")) {
        if !line.content.contains("workspace = true") {
            let what = "a version is chosen once, in [workspace.dependencies]";
            found.push(Violation::at(path, line.number, what));
        }
    }
    found
}

fn check_reasons(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    for line in lines(text).filter(|line| line.section == "workspace.dependencies") {
        let (entry, reason) = line.content.split_once(" # ").unwrap_or((line.content, ""));
        if reason.trim().is_empty() && !entry.contains("path = ") {
            let name = entry.split([' ', '.', '=']).next().unwrap_or_default();
            let what = format!("{name} has no reason: end its line with `# why`");
            found.push(Violation::at(path, line.number, what));
        }
    }
    found
}

fn check_budget(path: &str, text: &str) -> Option<Violation> {
    let count = text.lines().filter(|line| *line == "[[package]]").count();
    let what = format!("{count} packages, {PACKAGES_MAX} allowed; see xtask/src/manifests.rs");
    (PACKAGES_MAX < count).then(|| Violation::of(path, what))
}

#[cfg(test)]
mod tests;
