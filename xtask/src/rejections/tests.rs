use super::*;

fn found(files: &[(&str, &str)]) -> Vec<String> {
    check(&Repository::made_of(files, vec![])).iter().map(ToString::to_string).collect()
}

const RULE: (&str, &str) = ("crates/domain/src/rejection.rs", "/// On hold.\n/// TW0012\n");

#[test]
fn codes_and_pages_are_the_same_set() {
    let none: [&str; 0] = [];
    assert_eq!(found(&[RULE, ("docs/errors/TW0012.md", ""), ("docs/errors/README.md", "")]), none);
    assert_eq!(
        found(&[RULE]),
        ["crates/domain/src/rejection.rs:2: TW0012 has no page docs/errors/TW0012.md"]
    );
    assert_eq!(
        found(&[("docs/errors/TW0007.md", "")]),
        ["docs/errors/TW0007.md:1: no rule gives this code"]
    );
}

#[test]
fn tests_may_make_codes_up() {
    let none: [&str; 0] = [];
    assert_eq!(found(&[("crates/domain/src/rejection/tests.rs", "TW9999\n")]), none);
    // Neither a longer word nor another crate gives a code out.
    assert_eq!(found(&[("crates/domain/src/a.rs", "TW99991 XTW9999 TW999\n")]), none);
    assert_eq!(found(&[("crates/engine/src/a.rs", "TW9999\n")]), none);
}

#[test]
fn rejections_need_codes() {
    let none: [&str; 0] = [];
    assert_eq!(found(&[("crates/domain/src/lib.rs", "")]), none);
    assert_eq!(
        found(&[("crates/domain/src/rejection.rs", "")]),
        ["crates/domain/src/rejection.rs:1: rejections without a single code"]
    );
}
