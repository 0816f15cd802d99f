//! Twenty-one stories of the shop floor, as data: what was done and told, and what must be answered.
//!
//! Every story is told once; every question in it is asked where it stands, then again at the end
//! as known at that moment: after all that came later, after a restart, and after the views were
//! folded anew from the ledger. All answers must be those written in the story. `UPDATE=1`
//! rewrites them, `STORY=reel` tells only those with that in their name.

#[cfg(test)]
mod answer;
#[cfg(test)]
mod script;
#[cfg(test)]
mod tell;

use tell::{name, texts};

/// The stories that must be told.
const STORIES: [&str; 21] = [
    "alternate-part",
    "duplicate-serial",
    "firmware-as-part",
    "floor-stock",
    "late-serial",
    "opening-stock",
    "over-consumption",
    "panel",
    "partial-acceptance",
    "phantom-kit",
    "relabel",
    "return-and-refurbish",
    "rework",
    "sampling",
    "service-swap",
    "split-order",
    "steriliser-load",
    "subcontracted-step",
    "tank-mix",
    "untimed-reel",
    "wrong-reel",
];

#[test]
fn all_stories_are_there() {
    let names: Vec<String> = texts().iter().map(|path| name(path)).collect();
    assert_eq!(names, STORIES);
}

#[test]
fn every_story_ends_as_it_is_written() {
    let only = std::env::var_os("STORY").unwrap_or_default();
    let wrong: Vec<String> = texts()
        .iter()
        .filter(|path| name(path).contains(&*only.to_string_lossy()))
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let told = tell::tell(&name(path), &text);
            if std::env::var_os("UPDATE").is_some() && told.text != text {
                std::fs::write(path, &told.text).unwrap();
            }
            told.wrong
        })
        .collect();
    assert!(wrong.is_empty(), "{} answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
