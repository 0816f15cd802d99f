//! What lets others check the record: proofs and keys.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use api::{KeysAnswer, WithdrawKeyAsk};
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

/// Show or change the keys that sign the ledger.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright keys show --data plant
  tracewright keys rotate --data plant
  tracewright keys withdraw KEY --reason 'its seed was copied' --data plant")]
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
    /// Withdraw a former key: what it signs from now on is not to be believed.
    Withdraw {
        /// The key, as `keys show` prints it.
        key: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Shows or changes keys.
pub(crate) fn keys(args: &KeysArgs, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let answer = match &args.deed {
        KeysDeed::Show => backend.keys()?,
        KeysDeed::Rotate => backend.rotate_key()?,
        KeysDeed::Withdraw { key, reason } => {
            let (key, reason) = (key.clone(), reason.clone());
            backend.withdraw_key(&WithdrawKeyAsk { key, reason })?
        }
    };
    if answer.keys.is_empty() {
        bail!("show the keys of {}: it names none", answer.origin);
    }
    at.output.show(&answer, |page: &mut Page, answer: &KeysAnswer| {
        page.line(format!("Keys of {}, oldest first; the last one signs now:", answer.origin));
        for key in &answer.keys {
            let withdrawn = answer.withdrawn.contains(key);
            // A file of keys is read without such lines.
            page.line(if withdrawn { format!("# withdrawn: {key}") } else { key.clone() });
        }
    })?;
    Ok(Outcome::Done)
}
