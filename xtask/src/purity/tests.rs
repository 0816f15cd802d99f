use super::*;
use crate::repository::Dependency;

const ORDERLY: &str = "//! Pure.
#![no_std]
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![warn(clippy::wildcard_enum_match_arm)]
#[cfg(test)]
extern crate std;
";

fn found(name: &str, lib: &str, dependency: &str, kind: Option<&str>) -> Vec<String> {
    let dependency =
        Dependency { name: dependency.to_owned(), path: None, kind: kind.map(ToOwned::to_owned) };
    let manifest_path = format!("crates/{name}/Cargo.toml");
    let package = Package { name: name.to_owned(), manifest_path, dependencies: vec![dependency] };
    let path = format!("crates/{name}/src/lib.rs");
    let repository = Repository::made_of(&[(&path, lib)], vec![package]);
    check(&repository).into_iter().map(|violation| violation.what).collect()
}

#[test]
fn an_orderly_pure_crate_passes() {
    let none: [&str; 0] = [];
    assert_eq!(found("domain", ORDERLY, "serde", None), none);
    assert_eq!(found("domain", ORDERLY, "proptest", Some("dev")), none);
}

#[test]
fn what_is_not_on_the_list_is_refused() {
    for (dependency, kind) in
        [("tokio", None), ("proptest", None), ("tempfile", Some("dev")), ("cc", Some("build"))]
    {
        let found = found("domain", ORDERLY, dependency, kind);
        assert_eq!(found.len(), 1, "{dependency}");
        let start = format!("domain is pure and may not use {dependency};");
        assert!(found[0].starts_with(&start), "{}", found[0]);
    }
}

#[test]
fn each_attribute_is_needed() {
    for attribute in ATTRIBUTES {
        let found = found("merkle", &ORDERLY.replace(attribute, ""), "sha2", None);
        assert_eq!(found, [format!("a pure crate must say {attribute}")]);
    }
}

#[test]
fn the_standard_library_is_for_tests() {
    let lib = ORDERLY.replace("#[cfg(test)]\n", "");
    let what = "a pure crate may name std only under #[cfg(test)]";
    assert_eq!(found("merkle", &lib, "sha2", None), [what]);
}

#[test]
fn other_crates_may_do_io() {
    let none: [&str; 0] = [];
    assert_eq!(found("store", "extern crate std;\n", "rusqlite", None), none);
}
