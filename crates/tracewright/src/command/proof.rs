//! What lets others check the record: proofs, checkpoints to keep elsewhere, keys.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use api::KeysAnswer;
use clap::{Args, Subcommand};
use domain::ItemRef;
use engine::{Persons, Showing};
use merkle::proof::ProofFile;
use serde_json::json;

use super::{Bench, Result};
use crate::failure::Outcome;
use crate::output::{Page, count};

/// Write a proof file: all that is recorded of items, verifiable offline.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright proof SN-0042 --out SN-0042.twproof --data plant
  tracewright proof SN-0042 --withhold fact/measures --out SN-0042.twproof --data plant
  tracewright verify SN-0042.twproof")]
pub(crate) struct ProofArgs {
    /// Which items.
    #[arg(required = true, value_name = "REF")]
    items: Vec<ItemRef>,
    /// Where to write it.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Withhold the values whose names begin so, such as fact/measures or performedBy; that they
    /// are there stays proven. May be given again.
    #[arg(long, value_name = "PREFIX")]
    withhold: Vec<String>,
    /// Show names and contact data of people too; what is handed on cannot be erased any more.
    #[arg(long)]
    show_persons: bool,
}

/// Writes a proof file.
pub(crate) fn proof(args: ProofArgs, at: &Bench<'_>) -> Result {
    let persons = if args.show_persons { Persons::Shown } else { Persons::Withheld };
    let showing = Showing { withhold: args.withhold, persons };
    let bytes = at.open()?.proof(&args.items, &showing)?;
    let file = ProofFile::parse(&bytes)?;
    let out = &args.out;
    std::fs::write(out, &bytes).with_context(|| format!("write {}", out.display()))?;
    let answer = json!({
        "file": out,
        "ledger": file.ledger.to_string(),
        "origin": file.origin,
        "bytes": bytes.len(),
        "entries": file.entries.len(),
        "claims": file.claims,
    });
    at.output.show(&answer, |page, _| {
        let (entries, items) = (file.entries.len(), file.claims.len());
        let of = if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") };
        page.line(format!("Wrote {}: {of} of {}.", out.display(), count(items, "item")));
        page.line(format!(
            "Anybody can check it, without this ledger: tracewright verify {}",
            out.display()
        ));
    })?;
    Ok(Outcome::Done)
}

/// Write the signed head of the ledger to a file kept elsewhere.
///
/// Later, nobody can change what it covers unnoticed. The head is added to what the file holds
/// already.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright witness --out /media/usb/plant.witness --data plant
  tracewright verify --data plant --witness /media/usb/plant.witness")]
pub(crate) struct WitnessArgs {
    /// The file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Writes the signed head.
pub(crate) fn witness(args: &WitnessArgs, at: &Bench<'_>) -> Result {
    use std::io::Write as _;
    let head = at.open()?.head()?;
    let out = &args.out;
    let mut options = std::fs::OpenOptions::new();
    let written = options.create(true).append(true).open(out).and_then(|mut file| {
        file.write_all(format!("{}\n", head.note).as_bytes())?;
        file.sync_all()
    });
    written.with_context(|| format!("write {}", out.display()))?;
    let answer =
        json!({ "file": out, "origin": head.origin, "size": head.size, "note": head.note });
    at.output.show(&answer, |page, _| {
        page.line(format!(
            "Wrote the signed head over {} entries to {}.",
            head.size,
            out.display()
        ));
        page.line("Keep it where this site cannot change it.");
    })?;
    Ok(Outcome::Done)
}

/// Show or change the keys that sign the ledger.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright keys show --data plant
  tracewright keys rotate --data plant")]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    deed: KeysDeed,
}

/// What is done about keys.
#[derive(Debug, Subcommand)]
enum KeysDeed {
    /// Show every key it ever signed with; the last one signs now.
    Show,
    /// Make a new key; the old one endorses it in the ledger.
    Rotate,
}

/// Shows or changes keys.
pub(crate) fn keys(args: &KeysArgs, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let answer = match args.deed {
        KeysDeed::Show => backend.keys()?,
        KeysDeed::Rotate => backend.rotate_key()?,
    };
    if answer.keys.is_empty() {
        bail!("show the keys of {}: it names none", answer.origin);
    }
    at.output.show(&answer, |page: &mut Page, answer: &KeysAnswer| {
        page.line(format!("Keys of {}, oldest first; the last one signs now:", answer.origin));
        answer.keys.iter().for_each(|key| page.line(key));
    })?;
    Ok(Outcome::Done)
}
