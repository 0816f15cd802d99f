//! Every decoder under input that is almost right: it answers, with a value or with a refusal,
//! and never panics.
//!
//! Structure-aware mutation over samples, on the stable toolchain, under a printed seed.
//! `TRACEWRIGHT_FUZZ_ROUNDS` sets how many inputs a decoder gets, `TRACEWRIGHT_FUZZ_SEED` repeats a
//! run. An input that overflows the stack or panics ends the test with the seed above it.

#![cfg(test)]

mod bytes;
mod commands;
mod files;
mod schemas;
mod texts;

#[path = "../verify/load.rs"]
mod load;
mod mutate;

use std::path::Path;

use engine::{Options, Plant, VerifyOptions, verify_folder};
use load::Chance;

fn rounds(default: u64) -> u64 {
    load::number("TRACEWRIGHT_FUZZ_ROUNDS", default)
}

fn chance() -> Chance {
    Chance(load::seed("TRACEWRIGHT_FUZZ_SEED"))
}

fn open(path: &Path) -> Plant {
    Plant::open(path, &Options::default(), |_| {}).unwrap()
}

#[track_caller]
fn assert_holds(path: &Path) {
    let report = verify_folder(path, &VerifyOptions::default(), &mut |_| {}).unwrap();
    assert!(report.holds(), "{report}");
}
