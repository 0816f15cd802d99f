//! What the commands do, a module for each kind.

pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod prepare;
pub(crate) mod quality;
mod question;
pub(crate) mod record;
pub(crate) mod scope;
pub(crate) mod submit;
pub(crate) mod trace;

use crate::backend::{Backend, Place};
use crate::cli::Cli;
use crate::failure::Outcome;
use crate::output::Output;

/// How a command ends.
pub(crate) type Result = anyhow::Result<Outcome>;

/// What a command works with.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    /// Where the ledger is.
    pub(crate) place: &'a Place,
    /// Where answers go.
    pub(crate) output: &'a Output,
}

impl Bench<'_> {
    /// The ledger that is there.
    pub(crate) fn open(&self) -> anyhow::Result<Backend> {
        self.place.open(self.output)
    }
}

/// Does what was typed.
pub(crate) fn run(cli: Cli) -> Result {
    let output = Output::new(&cli.global);
    let place = Place::of(&cli.global);
    cli.command.run(&Bench { place: &place, output: &output })
}
