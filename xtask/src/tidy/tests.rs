use super::*;

fn found(path: &str, text: &str) -> Vec<(usize, String)> {
    check(&Repository::made_of(&[(path, text)], vec![]))
        .into_iter()
        .map(|violation| (violation.line, violation.what))
        .collect()
}

#[track_caller]
fn check_one(path: &str, text: &str, line: usize, start: &str) {
    let found = found(path, text);
    assert_eq!(found.len(), 1, "{path}: {found:?}");
    assert_eq!(found[0].0, line, "{path}");
    assert!(found[0].1.starts_with(start), "{path}: {}", found[0].1);
}

#[track_caller]
fn check_none(path: &str, text: &str) {
    assert_eq!(found(path, text), []);
}

#[test]
fn lines_have_a_length() {
    let line = |chars: usize| format!("// {}\n", "é".repeat(chars - 3));
    check_none("a.rs", &line(LINE_CHARS_MAX));
    check_one("a.rs", &line(LINE_CHARS_MAX + 1), 1, "101 characters");
    check_none("a.rs", &format!("// https://example.com/{}\n", "a".repeat(LINE_CHARS_MAX)));
    check_none("tests/a.rs", &line(LINE_CHARS_MAX + 1));
}

#[test]
fn files_have_a_length() {
    let file = |lines: usize| "//\n".repeat(lines);
    check_none("a.rs", &file(FILE_LINES_MAX));
    check_one("a.rs", &file(FILE_LINES_MAX + 1), 1, "801 lines");
    check_none("a/tests.rs", &file(FILE_LINES_MAX + 1));
}

#[test]
fn names_say_what_a_thing_is() {
    check_one("crates/a/src/b/mod.rs", "", 1, "a module lies beside its folder");
    for name in NAMES_BANNED {
        let start = format!("{name} says nothing");
        check_one(&format!("crates/{name}/src/a.rs"), "", 1, &start);
        check_one(&format!("crates/a/src/{name}.rs"), "", 1, &start);
        for visibility in ["", "pub ", "pub(crate) "] {
            let text = format!("//! A.\n{visibility}mod {name} {{\n}}\n");
            check_one("crates/a/src/a.rs", &text, 2, &start);
        }
    }
    check_none("crates/a/src/typesetting.rs", "mod commonwealth {\n}\n");
}

#[test]
fn every_banned_word_is_found() {
    for Banned { word, scope, .. } in WORDS_BANNED {
        let start = format!("{word}: ");
        check_one("a.rs", &format!("\n// {word}\n"), 2, &start);
        check_none("a.rs", &format!("// a{word}\n"));
        match scope {
            Scope::Written => check_one("a.sql", &format!("-- {word}: later\n"), 1, &start),
            Scope::Rust => check_none("a.sql", &format!("-- {word}\n")),
        }
        check_none("captured.json", word);
    }
}

#[test]
fn every_leaked_folder_is_found() {
    for folder in FOLDERS_LEAKED {
        let start = format!("{folder} is a folder");
        for text in [format!("see {folder}a\n"), format!("\"{folder}a\"\n"), format!("{folder}a\n")]
        {
            check_one("Makefile", &text, 1, &start);
        }
        for text in
            [format!("src{folder}a.rs\n"), format!("{folder}{{id}}\n"), format!("{folder}\n")]
        {
            check_none("Makefile", &text);
        }
    }
}

#[test]
fn a_file_ends_in_a_newline() {
    for path in ["a.rs", "a.toml", "a.sql", "Makefile", ".ci/run", "web/Makefile"] {
        check_one(path, "a", 1, "the file does not end in a newline");
        check_none(path, "a\n");
        check_none(path, "");
    }
    check_none("golden.json", "{}");
}

#[test]
fn a_page_has_one_title() {
    check_none("a.md", "# A\n\n## B\n\n```sh\n# a comment\n```\n");
    check_one("a.md", "## B\n", 1, "0 titles");
    check_one("a.md", "# A\n# B\n", 1, "2 titles");
}
