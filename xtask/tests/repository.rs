//! The house rules hold in this repository.

use std::path::Path;

use xtask::repository::Repository;
use xtask::rules;

#[test]
fn the_house_is_in_order() {
    let found = rules::check_all(&Repository::read(Path::new(".")).unwrap());
    let lines: Vec<String> = found.iter().map(|(rule, it)| format!("{it} [{rule}]")).collect();
    assert!(lines.is_empty(), "{} violations:\n{}", lines.len(), lines.join("\n"));
}
