//! What the commands do, a module for each kind.

pub(crate) mod audit;
pub(crate) mod conformity;
pub(crate) mod copies;
pub(crate) mod drill;
pub(crate) mod explain;
pub(crate) mod hold;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod login;
pub(crate) mod master;
pub(crate) mod order;
pub(crate) mod prepare;
pub(crate) mod proof;
pub(crate) mod quality;
mod question;
pub(crate) mod record;
pub(crate) mod review;
pub(crate) mod schema;
pub(crate) mod scope;
pub(crate) mod serial;
pub(crate) mod serve;
pub(crate) mod submit;
pub(crate) mod token;
pub(crate) mod trace;
pub(crate) mod user;
pub(crate) mod verify;
pub(crate) mod witness;
pub(crate) mod work;

use api::PlainRemote;
use domain::Meaning;

use crate::backend::{Backend, Place};
use crate::cli::Cli;
use crate::failure::Outcome;
use crate::output::Output;

/// The variable that says who works where nothing is typed.
pub(crate) const PERSON: &str = "TRACEWRIGHT_PERSON";

/// How a command ends.
pub(crate) type Result = anyhow::Result<Outcome>;

/// What a command works with.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    /// Where the ledger is.
    pub(crate) place: &'a Place,
    /// Where answers go.
    pub(crate) output: &'a Output,
    /// Whether --data was typed, rather than set in the environment.
    pub(crate) typed_data: bool,
    /// Whether to talk to other machines without encryption.
    pub(crate) plain_remote: PlainRemote,
    /// What is submitted is signed, and means this.
    pub(crate) sign: Option<Meaning>,
}

impl Bench<'_> {
    /// The ledger that is there.
    pub(crate) fn open(&self) -> anyhow::Result<Backend> {
        self.place.open(self.output)
    }
}

/// Does what was typed.
pub(crate) fn run(cli: Cli) -> Result {
    let Cli { global, command } = cli;
    let output = Output::new(&global);
    let place = Place::of(&global);
    let (typed_data, plain_remote, sign) = (global.typed_data, global.plain_remote(), global.sign);
    command.run(&Bench { place: &place, output: &output, typed_data, plain_remote, sign })
}
