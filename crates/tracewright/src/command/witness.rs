//! Checkpoints elsewhere: heads written to a file, witnesses asked, and a witness for others.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result as Fallible, anyhow, bail};
use api::WitnessesAnswer;
use api::witness::ask::Witness;
use api::witness::service;
use clap::{Args, Subcommand};
use engine::WitnessFile;
use merkle::checkpoint::Signed;
use merkle::note::PublicKey;
use serde_json::json;

use super::{Bench, Result};
use crate::backend::Backend;
use crate::failure::Outcome;
use crate::output::{Page, Row, moment};

/// Keep the signed head of the ledger elsewhere: in a file, with witnesses.
///
/// Later, nobody can change what it covers unnoticed. `--out` adds the head to a file; `ask` has
/// a witness cosign it; `serve` is a witness for the ledgers of others.
#[derive(Debug, Args)]
#[command(
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  tracewright witness --out /media/usb/plant.witness --data plant
  tracewright verify --data plant --witness /media/usb/plant.witness
  tracewright witness serve --data witness --name witness.example/w1 --log VKEY
  tracewright serve --data plant --witness http://127.0.0.1:8421 --witness-key VKEY"
)]
pub(crate) struct WitnessArgs {
    #[command(subcommand)]
    deed: Option<Deed>,
    /// The file the head is added to; what it holds already stays.
    #[arg(long, value_name = "FILE", required = true)]
    out: Option<PathBuf>,
}

/// What is done about witnesses.
#[derive(Debug, Subcommand)]
enum Deed {
    /// Have witnesses cosign the signed head, once; a server with --witness does it by itself.
    Ask(AskArgs),
    /// Show how far the witnesses and witness files of a server have come.
    List,
    /// Be a witness for the ledgers of others.
    Serve(ServeArgs),
}

/// Who is asked.
#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    /// Where a witness is; may be given again.
    #[arg(long, value_name = "URL")]
    witness: Vec<String>,
    /// The key it cosigns with, as it says itself; one for each witness, in the same order.
    #[arg(long, value_name = "VKEY")]
    witness_key: Vec<PublicKey>,
}

/// A witness: it cosigns the heads of the ledgers it knows, as long as each goes on from the last.
///
/// The first start makes a folder with a key and prints it: give it to those who ask, and get from
/// each the last key that `tracewright keys show` prints there. Other transparency logs that speak
/// C2SP `tlog-witness` may ask it too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright witness serve --data witness --name witness.example/w1 --log VKEY
  tracewright witness serve --data witness --log VKEY --log example.com/log=OTHER_VKEY")]
pub(crate) struct ServeArgs {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8421")]
    listen: SocketAddr,
    /// Name of the witness in its cosignatures, such as witness.example/w1; needed the first time.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A ledger it is a witness of: the key that signs its heads, with its name before it where
    /// that is not the key's own; may be given again, also for a further key of the same ledger.
    #[arg(long, value_name = "[ORIGIN=]VKEY", value_parser = log)]
    log: Vec<(String, PublicKey)>,
}

impl AskArgs {
    /// The witnesses, each with its key.
    pub(crate) fn witnesses(&self) -> Fallible<Vec<Witness>> {
        let (urls, keys) = (self.witness.len(), self.witness_key.len());
        if urls != keys {
            bail!("pair witnesses with their keys: {urls} --witness and {keys} --witness-key");
        }
        let pairs = self.witness.iter().zip(&self.witness_key);
        pairs.map(|(url, key)| Ok(Witness::new(url, key.clone())?)).collect()
    }
}

/// A log as it is typed. The name and the key may each hold what the other is parted with.
fn log(text: &str) -> Fallible<(String, PublicKey)> {
    if let Ok(key) = text.parse::<PublicKey>() {
        return Ok((key.name().to_owned(), key));
    }
    let parts = text.match_indices('=').map(|(at, _)| text.split_at(at));
    let read = |(origin, key): (&str, &str)| {
        Some((origin.to_owned(), key.trim_start_matches('=').parse::<PublicKey>().ok()?))
    };
    parts.filter_map(read).find(|(origin, _)| !origin.is_empty()).ok_or_else(|| {
        anyhow!("write VKEY or ORIGIN=VKEY, the key as `tracewright keys show` prints it there")
    })
}

/// Writes, asks, lists or serves.
pub(crate) fn run(args: WitnessArgs, at: &Bench<'_>) -> Result {
    match (args.deed, args.out) {
        (None, Some(out)) => write(&out, at),
        (Some(_), Some(_)) => bail!("choose: --out FILE, or one of ask, list and serve"),
        (Some(Deed::Ask(args)), None) => ask(&args, at),
        (Some(Deed::List), None) => list(at),
        (Some(Deed::Serve(args)), None) => serve(args, at),
        (None, None) => bail!("say where to write the head: --out FILE"),
    }
}

fn write(out: &std::path::Path, at: &Bench<'_>) -> Result {
    let head = at.open()?.head()?;
    let signed = Signed::parse(&head.note)?;
    let file = WitnessFile::append(out, &signed)?;
    let answer =
        json!({ "file": file, "origin": head.origin, "size": head.size, "note": head.note });
    at.output.show(&answer, |page, _| {
        page.line(format!(
            "Wrote the signed head over {} entries to {}.",
            head.size,
            file.display()
        ));
        page.line("Keep it where this site cannot change it.");
    })?;
    Ok(Outcome::Done)
}

fn ask(args: &AskArgs, at: &Bench<'_>) -> Result {
    let witnesses = args.witnesses()?;
    if witnesses.is_empty() {
        bail!("ask a witness: name it with --witness URL --witness-key VKEY");
    }
    let Backend::Local(plant) = at.open()? else {
        bail!("ask a witness: the server does it, with `tracewright serve --witness`");
    };
    let head = plant.head()?;
    let mut rows = Vec::new();
    let mut all = true;
    for witness in &witnesses {
        let done = witness.cosign(&witness.agent(), &plant, &head);
        all &= done.is_ok();
        let (name, url) = (witness.key().name(), witness.url());
        rows.push(match done {
            Ok((size, _)) => json!({ "name": name, "url": url, "size": size }),
            Err(failure) => json!({
                "name": name, "url": url, "trouble": failure.trouble, "detail": failure.detail,
            }),
        });
    }
    let answer = json!({ "at": plant.at(), "witnesses": rows });
    at.output.show(&answer, |page, _| {
        for row in &rows {
            let name = row["name"].as_str().unwrap_or_default();
            match row["size"].as_u64() {
                Some(size) => page.line(format!("{name} cosigned the head over {size} entries.")),
                None => {
                    let detail = row["detail"].as_str().unwrap_or_default();
                    page.line(format!("{name} did not cosign: {detail}."));
                }
            }
        }
    })?;
    Ok(if all { Outcome::Done } else { Outcome::Refused })
}

fn list(at: &Bench<'_>) -> Result {
    let Backend::Remote(client) = at.open()? else {
        bail!("list witnesses: a server asks them; name it with --server URL");
    };
    at.output.show(&client.witnesses()?, write_list)?;
    Ok(Outcome::Done)
}

fn write_list(page: &mut Page, answer: &WitnessesAnswer) {
    if answer.witnesses.is_empty() && answer.files.is_empty() {
        page.line("No witness is asked and no witness file is written.");
        return;
    }
    let covers = |size: Option<u64>| size.map_or_else(String::new, |size| size.to_string());
    let witnesses = answer.witnesses.iter().map(|witness| {
        let trouble = witness.detail.clone().unwrap_or_else(|| "as it should be".to_owned());
        let since = witness.cosigned.map(moment).unwrap_or_default();
        vec![witness.name.clone(), covers(witness.size), since, trouble]
    });
    let files = answer.files.iter().map(|file| {
        let trouble = file.detail.clone().unwrap_or_else(|| "as it should be".to_owned());
        vec![file.file.clone(), covers(file.size), String::new(), trouble]
    });
    let rows: Vec<Row> = witnesses.chain(files).collect();
    page.table(&["WITNESS", "KNOWS", "SINCE", "STATE"], &rows);
}

fn serve(args: ServeArgs, at: &Bench<'_>) -> Result {
    let folder = at.place.folder()?;
    let logs: Vec<String> = args.log.iter().map(|(origin, _)| origin.clone()).collect();
    if logs.is_empty() {
        at.output.note("note: no ledger is named, so none is cosigned; name some with --log");
    }
    let config = service::Config {
        listen: args.listen,
        plain_remote: at.plain_remote,
        folder: folder.to_owned(),
        name: args.name,
        logs: args.log,
    };
    let serving = service::serve(&config, api::interrupted())
        .with_context(|| format!("be a witness in {}", folder.display()))?;
    let address = format!("http://{}", serving.running.addr);
    let answer = json!({
        "address": address, "folder": folder, "name": serving.key.name(), "key": serving.key,
        "logs": logs,
    });
    at.output.show(&answer, |page, _| {
        page.line(format!("The witness {} is at {address}", serving.key.name()));
        page.line("Its key, for those who ask it and those who verify:");
        page.line(format!("  {}", serving.key));
        page.line(format!("It knows {} of others.", crate::output::count(logs.len(), "ledger")));
        page.line("Stop with ctrl-c.");
    })?;
    serving.running.wait()?;
    at.output.note("Stopped; what was cosigned is kept.");
    Ok(Outcome::Done)
}
