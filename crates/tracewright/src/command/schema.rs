//! The user's own fields of the record.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use domain::act::{Act, DefineSchema};
use engine::query::EntriesAsk;
use serde_json::{Value, json};

use super::{Bench, Result, submit};
use crate::failure::Outcome;

/// Show or change the schema of your own fields.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright schema set fields.schema.json --data plant
  tracewright schema show --data plant")]
pub(crate) struct SchemaArgs {
    #[command(subcommand)]
    deed: SchemaDeed,
}

/// What is done about the schema.
#[derive(Debug, Subcommand)]
enum SchemaDeed {
    /// Define your own fields of the record by a JSON Schema (draft 2020-12).
    Set {
        /// The file with the schema.
        file: PathBuf,
    },
    /// Show the schema in force.
    Show,
}

/// Shows or sets the schema.
pub(crate) fn schema(args: &SchemaArgs, at: &Bench<'_>) -> Result {
    match &args.deed {
        SchemaDeed::Set { file } => set_schema(file, at),
        SchemaDeed::Show => show_schema(at),
    }
}

fn set_schema(file: &Path, at: &Bench<'_>) -> Result {
    let schema =
        std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    let define = DefineSchema { schema };
    submit::one(Act::DefineSchema(define), None, at)
}

fn show_schema(at: &Bench<'_>) -> Result {
    let act = Some("defineSchema".to_owned());
    let listed = at.open()?.entries(&EntriesAsk { act, ..EntriesAsk::default() })?;
    let last = listed.items.iter().find(|entry| entry.superseded_by.is_none());
    let schema = match last.and_then(|entry| entry.fact.get("schema")?.as_str()) {
        Some(text) => serde_json::from_str(text).context("read the schema in force")?,
        None => Value::Null,
    };
    let position = last.map(|entry| entry.position);
    let answer = json!({ "at": listed.at, "position": position, "schema": schema });
    at.output.show(&answer, |page, _| match position {
        Some(position) => {
            page.line(format!("{schema:#}"));
            page.line(format!("In force since position {position}."));
        }
        None => page
            .line("No fields of your own are defined; do so with `tracewright schema set FILE`."),
    })?;
    Ok(Outcome::Done)
}
