use super::*;
use crate::repository::Package;

fn pages() -> Vec<(&'static str, String)> {
    REQUIRED.iter().map(|(path, words)| (*path, words.join("\n"))).collect()
}

fn found(pages: &[(&str, String)], packages: Vec<Package>) -> Vec<String> {
    let files: Vec<(&str, &str)> =
        pages.iter().map(|(path, text)| (*path, text.as_str())).collect();
    check(&Repository::made_of(&files, packages)).iter().map(ToString::to_string).collect()
}

#[test]
fn each_page_is_needed() {
    let none: [&str; 0] = [];
    assert_eq!(found(&pages(), vec![]), none);
    for (path, _) in REQUIRED {
        let rest: Vec<_> = pages().into_iter().filter(|(other, _)| other != path).collect();
        assert_eq!(found(&rest, vec![]), [format!("{path}:1: this page is missing")]);
    }
}

#[test]
fn each_word_is_needed() {
    for (path, words) in REQUIRED {
        for word in *words {
            let mut pages = pages();
            for (_, text) in pages.iter_mut().filter(|(other, _)| other == path) {
                *text = text.replace(word, "");
            }
            assert_eq!(found(&pages, vec![]), [format!("{path}:1: does not say {word}")]);
        }
    }
}

#[test]
fn the_map_names_every_crate() {
    let package = Package {
        name: "merkle".to_owned(),
        manifest_path: "crates/merkle/Cargo.toml".to_owned(),
        dependencies: vec![],
    };
    let what = "ARCHITECTURE.md:1: does not name the crate `merkle`";
    assert_eq!(found(&pages(), vec![package]), [what]);
}
