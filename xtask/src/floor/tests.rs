use super::*;
use crate::repository::Dependency;

fn found(name: &str, folder: &str, dependencies: &[(&str, bool)]) -> Vec<String> {
    let dependencies = dependencies.iter().map(|&(name, ours)| Dependency {
        name: name.to_owned(),
        path: ours.then(|| format!("crates/{name}")),
        kind: None,
    });
    let package = Package {
        name: name.to_owned(),
        manifest_path: format!("{folder}/Cargo.toml"),
        dependencies: dependencies.collect(),
    };
    let repository = Repository::made_of(&[], vec![package]);
    check(&repository).into_iter().map(|violation| violation.what).collect()
}

#[test]
fn imports_go_down() {
    let none: [&str; 0] = [];
    let downward = [("merkle", true), ("domain", true), ("serde", false)];
    assert_eq!(found("engine", "crates/engine", &downward), none);
    assert_eq!(
        found("domain", "crates/domain", &[("store", true)]),
        ["domain may not import store"]
    );
    assert_eq!(
        found("tracewright", "crates/tracewright", &[("xtask", true)]),
        ["tracewright may not import xtask"]
    );
    // The registry has crates of the same name as ours; they are not ours.
    assert_eq!(found("domain", "crates/domain", &[("store", false)]), none);
}

#[test]
fn every_crate_has_a_line_and_its_own_folder() {
    assert_eq!(found("gadget", "crates/gadget", &[]), ["gadget has no line in the floor plan"]);
    assert_eq!(found("merkle", "crates/tree", &[]), ["the folder is not called merkle"]);
}
