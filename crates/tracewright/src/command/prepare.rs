//! Before and beside the work: a new folder, completions for the shell.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use serde_json::json;

use super::{Bench, Result};
use crate::backend::open_folder;
use crate::failure::Outcome;

/// Make a data folder: a new ledger with a key of its own.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright init --data plant
  tracewright init plant --origin example.com/plant-1")]
pub(crate) struct InitArgs {
    /// Where, instead of --data.
    folder: Option<PathBuf>,
    /// Name of the ledger in its checkpoints; without it, one is made from its id.
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
}

/// Makes a data folder.
pub(crate) fn init(args: InitArgs, at: &Bench<'_>) -> Result {
    let folder = match args.folder {
        Some(folder) => folder,
        None => at.place.folder()?.to_owned(),
    };
    if store::ReadFolder::open(&folder).is_ok() {
        bail!("make a data folder at {}: there is one already", folder.display());
    }
    let options = engine::Options { origin: args.origin, ..engine::Options::default() };
    let plant = open_folder(&folder, &options, at.output)?;
    let genesis = plant.keys().genesis().clone();
    let answer = json!({
        "at": plant.at(),
        "folder": folder,
        "ledger": genesis.ledger.to_string(),
        "origin": genesis.origin,
        "key": genesis.key.to_string(),
    });
    at.output.show(&answer, |page, _| {
        page.line(format!("Made a ledger in {}.", folder.display()));
        page.pairs([("origin", genesis.origin.clone()), ("ledger", genesis.ledger.to_string())]);
        page.line("");
        page.line("Keep this key line elsewhere: it lets anybody check what this site signs.");
        page.line(genesis.key.to_string());
        page.line("");
        page.line(format!(
            "Next: `tracewright import FILE --data {0}` or `tracewright serve --data {0}`.",
            folder.display()
        ));
    })?;
    Ok(Outcome::Done)
}

/// Write completions for a shell to stdout.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright completions bash > ~/.local/share/bash-completion/completions/tracewright
  tracewright completions zsh > ~/.zfunc/_tracewright
  tracewright completions fish > ~/.config/fish/completions/tracewright.fish")]
pub(crate) struct CompletionsArgs {
    /// Which shell.
    shell: clap_complete::Shell,
}

/// Writes completions.
pub(crate) fn completions(args: &CompletionsArgs, at: &Bench<'_>) -> Result {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut crate::cli::command(), "tracewright", &mut text);
    at.output.text(&String::from_utf8_lossy(&text))?;
    Ok(Outcome::Done)
}
