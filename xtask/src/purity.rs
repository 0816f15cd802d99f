//! Pure crates do no IO, read no clock, start no thread and know no async.
//!
//! Three things together make that hold: `no_std` takes the means away, the lints in `lib.rs`
//! keep the arithmetic checked and floats out, and the allow-list stops a dependency from
//! bringing back what was taken away.

use crate::repository::{Package, Repository};
use crate::violation::Violation;

/// The crates that must be pure.
pub const PURE: &[&str] = &["merkle", "domain", "genealogy", "epcis"];

/// What a pure crate may depend on besides crates of our own, and why it is harmless.
pub const ALLOWED: &[(&str, &str)] = &[
    ("base64", "turns bytes into text and back"),
    ("ed25519-dalek", "verifies signatures; signing is deterministic and needs no randomness"),
    ("hashbrown", "maps without the standard library"),
    ("rust_decimal", "exact decimals in place of floats"),
    ("schemars", "derives JSON Schemas at compile time"),
    ("serde", "derives encodings at compile time"),
    ("serde_json", "turns values into text and back"),
    ("sha2", "hashes bytes"),
    ("thiserror", "derives error messages at compile time"),
    ("time", "calendar arithmetic; its clock needs the standard library and is left out"),
];

/// What the tests of a pure crate may use on top.
pub const ALLOWED_IN_TESTS: &[(&str, &str)] =
    &[("proptest", "properties against naive models; prints the seed it failed with")];

/// What every pure `lib.rs` says.
const ATTRIBUTES: &[&str] = &[
    "#![no_std]",
    "clippy::arithmetic_side_effects",
    "clippy::float_arithmetic",
    "clippy::wildcard_enum_match_arm",
];

/// Every pure crate is `no_std`, carries the extra lints, and uses nothing off the allow-list.
#[must_use]
pub fn check(repository: &Repository) -> Vec<Violation> {
    let pure = |package: &&Package| PURE.contains(&package.name.as_str());
    let packages = repository.packages().iter().filter(pure);
    packages.flat_map(|package| check_package(repository, package)).collect()
}

fn check_package(repository: &Repository, package: &Package) -> Vec<Violation> {
    let mut found = check_dependencies(package);
    let source = package.manifest_path.replace("Cargo.toml", "src/");
    let root = format!("{source}lib.rs");
    let text = repository.text(&root).unwrap_or_default();
    for attribute in ATTRIBUTES {
        if !text.contains(attribute) {
            found.push(Violation::of(&root, format!("a pure crate must say {attribute}")));
        }
    }
    for (path, text) in repository.texts().filter(|(path, _)| path.starts_with(&source)) {
        found.extend(check_standard_library(path, text));
    }
    found
}

fn check_dependencies(package: &Package) -> Vec<Violation> {
    let mut found = Vec::new();
    for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_none()) {
        let named = |(name, _): &(&str, &str)| *name == dependency.name;
        let in_tests = dependency.kind.as_deref() == Some("dev");
        let harmless = ALLOWED.iter().any(named);
        let harmless_in_tests = in_tests && ALLOWED_IN_TESTS.iter().any(named);
        if !harmless && !harmless_in_tests {
            let what = format!(
                "{} is pure and may not use {}; if it is harmless, say why in xtask/src/purity.rs",
                package.name, dependency.name
            );
            found.push(Violation::of(&package.manifest_path, what));
        }
    }
    found
}

/// The standard library may be named only on the line after `#[cfg(test)]`.
fn check_standard_library(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut before = "";
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if line == "extern crate std;" && before != "#[cfg(test)]" {
            let what = "a pure crate may name std only under #[cfg(test)]";
            found.push(Violation::at(path, index + 1, what));
        }
        before = line;
    }
    found
}

#[cfg(test)]
mod tests;
