use super::*;

#[test]
fn a_folder_is_there_when_a_file_is_in_it() {
    let repository = Repository::made_of(&[("docs/a.md", "# A\n"), ("docs-old.md", "")], vec![]);
    for (path, expected) in
        [("", true), ("docs", true), ("docs/a.md", true), ("doc", false), ("docs/b.md", false)]
    {
        assert_eq!(repository.contains(path), expected, "{path}");
    }
}

#[test]
fn the_tree_is_read_without_what_was_built_or_fetched() {
    let root = tempfile::tempdir().unwrap();
    let files: [(&str, &[u8]); 6] = [
        ("Cargo.toml", b"[workspace]\n"),
        (".ci/run", b"true\n"),
        ("docs/picture.png", &[0xff, 0xfe]),
        ("target/debug/a.rs", b""),
        ("web/node_modules/a/index.ts", b""),
        (".git/config", b""),
    ];
    for (path, bytes) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let mut repository = Repository::default();
    repository.read_folder(root.path(), "").unwrap();
    let texts: Vec<&str> = repository.texts().map(|(path, _)| path).collect();
    assert_eq!(texts, [".ci/run", "Cargo.toml"]);
    assert!(repository.contains("docs/picture.png"), "known by name");
    assert!(!repository.contains("target"));
}
