//! The store as its users see it.

#![cfg(test)]

mod backup;
mod crash;
mod faults;
mod files;
mod folder;
mod ledger;
mod people;
mod plans;
mod views;
mod witness;

use store::{Folder, Ledger};
use tempfile::TempDir;

/// A new data folder in a place of its own.
fn new_folder() -> (TempDir, Folder) {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::create(&place.path().join("data")).unwrap();
    (place, folder)
}

/// Appends entries up to `size` in one batch.
fn append_up_to(ledger: &mut Ledger, size: u64) {
    ledger.begin().unwrap();
    for position in ledger.size().unwrap()..size {
        ledger.append(position, received_us(position), &log(position), &members(position)).unwrap();
    }
    ledger.commit().unwrap();
}

fn received_us(position: u64) -> i64 {
    1_700_000_000_000_000 + i64::try_from(position).unwrap()
}

fn log(position: u64) -> Vec<u8> {
    format!("log of {position}").into_bytes()
}

fn members(position: u64) -> Vec<u8> {
    format!("members of {position}").into_bytes()
}
