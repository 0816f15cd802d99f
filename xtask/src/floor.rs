//! The floor plan: a crate imports only crates on lower lines.
//!
//! The order of the lines is an argument in itself: what proves (`merkle`) knows nothing of what
//! is proved, what is true of a product (`domain`, `genealogy`) knows nothing of where it is
//! kept, and nobody imports the tools.

use crate::repository::{Package, Repository};
use crate::violation::Violation;

/// The lines of the floor plan, lowest first. Crates that share a line do not import one another.
pub const LINES: &[&[&str]] = &[
    &["merkle"],
    &["domain"],
    &["genealogy"],
    &["epcis"],
    &["store", "report"],
    &["engine"],
    &["api"],
    &["tracewright"],
    &["bench", "xtask"],
];

/// Every crate has a line, lies in a folder of its own name, and imports only lower lines.
#[must_use]
pub fn check(repository: &Repository) -> Vec<Violation> {
    repository.packages().iter().flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<Violation> {
    let path = package.manifest_path.as_str();
    let mut found = Vec::new();
    if !path.ends_with(&format!("{}/Cargo.toml", package.name)) {
        found.push(Violation::of(path, format!("the folder is not called {}", package.name)));
    }
    let Some(line) = line_of(&package.name) else {
        found.push(Violation::of(path, format!("{} has no line in the floor plan", package.name)));
        return found;
    };
    for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
        // A crate without a line is reported at its own manifest.
        if line_of(&dependency.name).is_some_and(|below| line <= below) {
            let what = format!("{} may not import {}", package.name, dependency.name);
            found.push(Violation::of(path, what));
        }
    }
    found
}

fn line_of(name: &str) -> Option<usize> {
    LINES.iter().position(|line| line.contains(&name))
}

#[cfg(test)]
mod tests;
