//! The documents that others published. They lie outside the repository: in
//! `TRACEWRIGHT_VECTORS`, else in `../shared/vectors` beside it.

use std::fs;
use std::path::{Path, PathBuf};

/// Where documents are looked for, and what in each is a document.
const FOLDERS: &[&str] = &[
    "gs1-epcis-examples/JSON",
    "openepcis-test-resources/2.0/EPCIS/JSON",
    "openepcis-dpp/extensions",
    "epcis-event-hash/examples",
    "epcis-event-hash/expected_equal",
];

pub(crate) fn vectors() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let folder = std::env::var_os("TRACEWRIGHT_VECTORS").map_or(beside, PathBuf::from);
    let is_there = folder.is_dir();
    if !is_there {
        println!("skipped: there are no vectors at {}", folder.display());
    }
    is_there.then_some(folder)
}

pub(crate) fn documents(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let extension = path.extension().unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if extension == "json" || extension == "jsonld" {
                found.push(path);
            }
        }
    }
    // The product-passport extensions hold contexts and shapes beside their events.
    let is_event = |path: &PathBuf| {
        !path.starts_with(root.join(FOLDERS[2])) || path.parent().unwrap().ends_with("epcis")
    };
    found.retain(is_event);
    found.sort();
    found
}
