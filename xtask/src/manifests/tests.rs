use super::*;

#[test]
fn a_package_takes_lints_and_versions_from_the_workspace() {
    for (manifest, expected) in [
        ("[dependencies]\nserde.workspace = true\n[lints]\nworkspace = true\n", vec![]),
        ("[dependencies]\n", vec![(1, "[lints] must say workspace = true")]),
        // The right words in the wrong section do not count.
        ("[other]\nworkspace = true\n", vec![(1, "[lints] must say workspace = true")]),
        (
            "[lints]\nworkspace = true\n\n[dev-dependencies]\n# tests\nserde = \"1\"\n",
            vec![(6, "a version is chosen once, in [workspace.dependencies]")],
        ),
    ] {
        let found = check_package("Cargo.toml", manifest);
        let found: Vec<(usize, &str)> =
            found.iter().map(|violation| (violation.line, violation.what.as_str())).collect();
        assert_eq!(found, expected, "{manifest}");
    }
}

#[test]
fn each_dependency_gives_its_reason() {
    let manifest = "[workspace.dependencies]
# A group is not a reason.
merkle = { path = \"crates/merkle\" }
serde = { version = \"1\" } # every stored shape
anyhow = \"1\"
csv = \"1\" #
[profile.dev]
debug = 1
";
    let lines: Vec<usize> =
        check_reasons("Cargo.toml", manifest).iter().map(|violation| violation.line).collect();
    assert_eq!(lines, [5, 6]);
}

#[test]
fn the_number_of_packages_has_a_limit() {
    let lock = |count: usize| "[[package]]\nname = \"a\"\n".repeat(count);
    assert_eq!(check_budget("Cargo.lock", &lock(PACKAGES_MAX)), None);
    assert!(check_budget("Cargo.lock", &lock(PACKAGES_MAX + 1)).is_some());
}

#[test]
fn the_whole_workspace_is_checked() {
    let lock = "[[package]]\n".repeat(PACKAGES_MAX + 1);
    let files =
        [("Cargo.toml", "[workspace.dependencies]\ncsv = \"1\"\n"), ("Cargo.lock", lock.as_str())];
    let paths: Vec<String> = check(&Repository::made_of(&files, vec![]))
        .into_iter()
        .map(|violation| violation.path)
        .collect();
    assert_eq!(paths, ["Cargo.toml", "Cargo.lock"]);
}
