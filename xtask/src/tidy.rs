//! Sizes, names and words: what keeps the tree readable from the first day.
//!
//! Function length, `mod.rs` inside crates and unwraps are clippy's business; here is what clippy
//! cannot see or does not see everywhere.

use crate::markdown::headings;
use crate::repository::Repository;
use crate::violation::Violation;

/// Longest line of Rust, in characters; the formatter cannot break strings and comments.
pub const LINE_CHARS_MAX: usize = 100;

/// Longest file of Rust, in lines, tests apart. Over it, a file holds more than one idea.
pub const FILE_LINES_MAX: usize = 800;

/// Names that say where a thing was put and not what it is.
pub const NAMES_BANNED: &[&str] =
    &["utils", "util", "common", "helpers", "helper", "types", "shared", "misc"];

/// Where a word is not wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In Rust only.
    Rust,
    /// In every file written by hand.
    Written,
}

/// A word that must not be left in the tree.
#[derive(Debug)]
pub struct Banned {
    /// The word; put together from parts, so that this list does not contain it.
    pub word: &'static str,
    /// Where it is not wanted.
    pub scope: Scope,
    /// What to do instead.
    pub instead: &'static str,
}

/// Words that must not be left in the tree.
pub const WORDS_BANNED: &[Banned] = &[
    banned(concat!("FIX", "ME"), Scope::Written, "mend it or open an issue"),
    banned(concat!("TO", "DO"), Scope::Written, "do it or open an issue"),
    banned(concat!("to", "do!"), Scope::Rust, "write it"),
    banned(concat!("unimple", "mented!"), Scope::Rust, "write it"),
    banned(concat!("db", "g!"), Scope::Rust, "use tracing at an edge"),
    banned(concat!("#[ig", "nore"), Scope::Rust, "a test runs or does not exist"),
    banned(concat!("thread::", "sleep"), Scope::Rust, "wait for the event, with a time limit"),
    banned(concat!("time::", "sleep"), Scope::Rust, "wait for the event, with a time limit"),
];

/// Absolute paths of the machine something was written on.
pub const FOLDERS_LEAKED: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];

/// Endings of the files written by hand, as opposed to captured data and goldens.
const WRITTEN: &[&str] = &[
    "rs", "toml", "md", "sql", "sh", "py", "yml", "yaml", "ts", "tsx", "css", "html", "Makefile",
    ".ci/run",
];

const fn banned(word: &'static str, scope: Scope, instead: &'static str) -> Banned {
    Banned { word, scope, instead }
}

/// Sizes, names, words, headings and line ends of every file written by hand.
#[must_use]
pub fn check(repository: &Repository) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in repository.texts().filter(|(path, _)| is_written(path)) {
        found.extend(check_words(path, text));
        found.extend(check_folders_leaked(path, text));
        if !text.is_empty() && !text.ends_with('\n') {
            found.push(Violation::of(path, "the file does not end in a newline"));
        }
        if path.ends_with(".rs") {
            found.extend(check_sizes(path, text));
            found.extend(check_names(path, text));
        }
        if path.ends_with(".md") {
            found.extend(check_title(path, text));
        }
    }
    found
}

/// Whether a file holds tests only: in a folder `tests`, or the `tests.rs` of a module.
#[must_use]
pub fn is_test(path: &str) -> bool {
    path.split('/').any(|step| step == "tests" || step == "tests.rs")
}

fn is_written(path: &str) -> bool {
    WRITTEN.iter().any(|ending| {
        let before = path.strip_suffix(ending);
        before.is_some_and(|before| before.is_empty() || before.ends_with(['.', '/']))
    })
}

/// Lines of tests may be longer, since captured data is not broken; so may lines with an address.
fn check_sizes(path: &str, text: &str) -> Vec<Violation> {
    if is_test(path) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let chars = line.chars().count();
        if LINE_CHARS_MAX < chars && !line.contains("://") {
            let what = format!("{chars} characters, {LINE_CHARS_MAX} allowed");
            found.push(Violation::at(path, index + 1, what));
        }
    }
    let lines = text.lines().count();
    if FILE_LINES_MAX < lines {
        let what = format!("{lines} lines, {FILE_LINES_MAX} allowed: split it by noun");
        found.push(Violation::of(path, what));
    }
    found
}

fn check_names(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    if path.ends_with("/mod.rs") {
        found.push(Violation::of(path, "a module lies beside its folder, not in its mod.rs"));
    }
    let steps = path.trim_end_matches(".rs").split('/');
    let declared = text.lines().enumerate().filter_map(|(index, line)| {
        let line = line.trim_start();
        let line = line.strip_prefix("pub ").or(line.strip_prefix("pub(crate) ")).unwrap_or(line);
        let name = line.strip_prefix("mod ")?.trim_end_matches([';', '{', ' ']);
        // A module in a file of its own is already reported by its path.
        line.ends_with('{').then_some((index + 1, name))
    });
    for (line, name) in steps.map(|name| (1, name)).chain(declared) {
        if NAMES_BANNED.contains(&name) {
            let what = format!("{name} says nothing: put the thing beside its user");
            found.push(Violation::at(path, line, what));
        }
    }
    found
}

fn check_words(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for banned in WORDS_BANNED {
            let meant = banned.scope == Scope::Written || path.ends_with(".rs");
            if meant && has_word(line, banned.word) {
                let what = format!("{}: {}", banned.word, banned.instead);
                found.push(Violation::at(path, index + 1, what));
            }
        }
    }
    found
}

/// Whether `word` stands in `line` by itself and not as a part of a longer name.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_name = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        let open_end = word.ends_with(part_of_name) && after.is_some_and(part_of_name);
        !before.is_some_and(part_of_name) && !open_end
    })
}

/// A path is absolute where nothing that could be a part of a path stands before it, and means a
/// folder of a machine where a plain name follows (a route has a parameter there).
fn check_folders_leaked(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for folder in FOLDERS_LEAKED {
            let leaks = line.match_indices(folder).any(|(start, _)| {
                let before = line[..start].chars().next_back();
                let after = line[start + folder.len()..].chars().next();
                let inside =
                    |character: char| character.is_alphanumeric() || "._-}".contains(character);
                !before.is_some_and(inside) && after.is_some_and(char::is_alphanumeric)
            });
            if leaks {
                let what = format!("{folder} is a folder of one machine");
                found.push(Violation::at(path, index + 1, what));
            }
        }
    }
    found
}

fn check_title(path: &str, text: &str) -> Option<Violation> {
    let count = headings(text, 1).count();
    let what = format!("{count} titles (lines with one #), exactly one wanted");
    (count != 1).then(|| Violation::of(path, what))
}

#[cfg(test)]
mod tests;
