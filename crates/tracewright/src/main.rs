//! The system of record for how every product was made.
//!
//! Reading order: [`cli`] is what can be typed; [`command`] does it, a module for each command;
//! [`backend`] reaches the ledger, in a folder or at a server; [`output`] is what comes out;
//! [`failure`] is what comes out when it does not work.
//!
//! Invariants: answers go to stdout, everything else to stderr; with `--output json` stdout is one
//! JSON document; the exit code is 0 for done, 1 for refused or not verified, 2 for usage or
//! environment. Only this crate reads the environment, arguments and files.

mod backend;
mod chance;
mod cli;
mod command;
mod demo;
mod failure;
mod output;
mod report;

use std::process::ExitCode;

/// A fact is made of many short-lived strings, on one thread and freed on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match cli::read() {
        Ok(cli) => cli,
        Err(error) => return failure::usage(&error),
    };
    cli::log_to_stderr(cli.global.verbose);
    match command::run(cli) {
        Ok(outcome) => outcome.into(),
        Err(error) => failure::show(&error),
    }
}
