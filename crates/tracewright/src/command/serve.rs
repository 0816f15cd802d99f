//! A server on a data folder, and how the ledger stands.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use api::{Role, Tokens};
use clap::Args;
use engine::Options;
use serde::Serialize;
use serde_json::json;

use super::witness::AskArgs;
use super::{Bench, Result};
use crate::backend::{Backend, open_folder};
use crate::failure::Outcome;
use crate::output::Page;

/// Name of the token a first start makes.
const FIRST_TOKEN: &str = "admin";

/// Serve a data folder over HTTP, for programs and other machines.
///
/// A folder that is not there is made. The first start makes a token with the role admin and
/// prints it, once. Ctrl-c ends the server: calls that run are finished first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright serve --data plant
  tracewright serve --data plant --listen 127.0.0.1:9000 --origin example.com/plant-1
  tracewright serve --data plant --witness-file /media/usb/plant.witness
  tracewright serve --data plant --witness https://witness.example --witness-key VKEY

A witness file, or a witness, is what shows later that history was not rewritten.")]
pub(crate) struct ServeArgs {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    /// Name of a new ledger in its checkpoints; without it, one is made from its id.
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// A file outside of the data folder that each new signed head is added to, at most once a
    /// second and at least once an hour; may be given again.
    #[arg(long, value_name = "FILE")]
    witness_file: Vec<PathBuf>,
    /// Minutes after which a person who does nothing is signed out, 1 to 15.
    #[arg(long, value_name = "MINUTES", default_value = "10")]
    idle: u8,
    /// Failures in a row that lock an account, 3 to 10.
    #[arg(long, value_name = "COUNT", default_value = "5")]
    lock_after: u8,
    /// Witnesses that each new signed head is shown to.
    #[command(flatten)]
    ask: AskArgs,
}

/// Serves until it is told to end.
pub(crate) fn serve(args: ServeArgs, at: &Bench<'_>) -> Result {
    let folder = at.place.folder()?;
    let witnesses = args.ask.witnesses()?;
    let options = Options { origin: args.origin, ..Options::default() };
    let plant = Arc::new(open_folder(folder, &options, at.output)?);
    let config = api::Config {
        listen: args.listen,
        plain_remote: at.plain_remote,
        witnesses,
        witness_files: args.witness_file,
        accounts: api::account::Policy { idle_minutes: args.idle, failures_max: args.lock_after },
    };
    let running = api::serve(Arc::clone(&plant), &config, api::interrupted())?;
    let tokens = Tokens::of(folder);
    let made = if tokens.list()?.is_empty() {
        Some(tokens.create(FIRST_TOKEN, Role::Admin, None)?.secret)
    } else {
        None
    };
    let address = format!("http://{}", running.addr);
    let answer = json!({
        "at": plant.at(),
        "address": address,
        "origin": plant.keys().genesis().origin,
        "folder": folder,
        "token": made,
    });
    at.output.show(&answer, |page, _| {
        page.line(format!("Serving {} at {address}", folder.display()));
        page.line(format!("How to call it: {address}/api/v1/docs"));
        page.line(format!("Its signed head, for anybody: {address}/checkpoint"));
        if let Some(secret) = &made {
            page.line("");
            page.line("Token with the role admin; it is shown only now:");
            page.line(format!("  {secret}"));
            page.line("");
            page.line(
                "Make others with `tracewright token create NAME --role ROLE`; people get accounts",
            );
            page.line("with `tracewright user add`.");
        }
        page.line("Stop with ctrl-c.");
    })?;
    drop(plant);
    running.wait()?;
    at.output.note("Stopped; all that was answered is kept.");
    Ok(Outcome::Done)
}

/// Show how the ledger stands: where, how far, what is open.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright status --data plant
  tracewright status --server http://127.0.0.1:8420")]
pub(crate) struct StatusArgs {}

/// How the ledger stands.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    at: Vec<engine::At>,
    version: String,
    origin: String,
    items: usize,
    exceptions_open: usize,
    holds_active: usize,
    folder: Option<PathBuf>,
    server: Option<String>,
    caller: Option<String>,
    role: Option<Role>,
}

/// Shows how the ledger stands.
pub(crate) fn status(_: &StatusArgs, at: &Bench<'_>) -> Result {
    let answer = match at.open()? {
        Backend::Local(plant) => {
            let state = plant.published().read();
            Status {
                at: plant.at(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                origin: plant.keys().genesis().origin.clone(),
                items: state.item_count(),
                exceptions_open: state
                    .exceptions()
                    .values()
                    .filter(|exception| exception.closed.is_none())
                    .count(),
                holds_active: state.holds().values().filter(|hold| hold.lifted.is_none()).count(),
                folder: Some(at.place.folder()?.to_owned()),
                server: None,
                caller: None,
                role: None,
            }
        }
        Backend::Remote(client) => {
            let status = client.status()?;
            Status {
                at: status.at,
                version: status.version,
                origin: status.origin,
                items: status.items,
                exceptions_open: status.exceptions_open,
                holds_active: status.holds_active,
                folder: None,
                server: Some(client.server().to_owned()),
                caller: Some(status.caller),
                role: Some(status.role),
            }
        }
    };
    at.output.show(&answer, write_status)?;
    Ok(Outcome::Done)
}

fn write_status(page: &mut Page, status: &Status) {
    let at = status.at.first();
    page.pairs([
        ("ledger", status.origin.clone()),
        ("position", at.map(|at| at.position.to_string()).unwrap_or_default()),
        ("items", status.items.to_string()),
        ("open exceptions", status.exceptions_open.to_string()),
        ("active holds", status.holds_active.to_string()),
        ("folder", status.folder.as_ref().map(|f| f.display().to_string()).unwrap_or_default()),
        ("server", status.server.clone().unwrap_or_default()),
        ("token", status.caller.clone().unwrap_or_default()),
        ("role", status.role.map(|role| role.to_string()).unwrap_or_default()),
        ("version", status.version.clone()),
    ]);
}
