//! The audit trail.

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use domain::{ItemRef, StationCode, Time};
use engine::query::{AuditRow, EntriesAsk, PAGE_MAX};

use super::{Bench, Result};
use crate::failure::Outcome;

/// In which form it comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Comma-separated values, which a spreadsheet opens; no cell is a formula.
    Csv,
    /// JSON, one line an entry.
    Jsonl,
}

/// Write the audit trail: every entry as a line, newest first.
///
/// When, who, by which account, where, what, old and new value where the entry says so, why, and
/// who signed. All filters that are given must hold.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright audit --data plant > audit.csv
  tracewright audit --act noteAccount --from 2026-06-01 --data plant > accounts.csv
  tracewright audit --item SN-0042 --form jsonl --data plant")]
pub(crate) struct AuditArgs {
    /// That touch this item.
    #[arg(long, value_name = "REF")]
    item: Option<ItemRef>,
    /// Of this act: noteAccount, hold, correct, …
    #[arg(long)]
    act: Option<String>,
    /// Performed by this person, or recorded by this account or token.
    #[arg(long)]
    by: Option<String>,
    /// At this station.
    #[arg(long, value_parser = StationCode::new)]
    station: Option<StationCode>,
    /// Performed not before.
    #[arg(long, value_name = "TIME")]
    from: Option<Time>,
    /// Performed not after.
    #[arg(long, value_name = "TIME")]
    to: Option<Time>,
    /// In which form.
    #[arg(long, value_enum, default_value = "csv")]
    form: Form,
}

/// Writes the audit trail.
pub(crate) fn audit(args: AuditArgs, at: &Bench<'_>) -> Result {
    let AuditArgs { item, act, by, station, from, to, form } = args;
    let limit = Some(PAGE_MAX);
    let mut ask = EntriesAsk { item, act, by, station, from, to, after: None, limit };
    let backend = at.open()?;
    if form == Form::Csv {
        at.output.bytes(&table([AuditRow::COLUMNS.map(ToOwned::to_owned)].into_iter())?)?;
    }
    loop {
        let page = backend.entries(&ask)?;
        let rows: Vec<AuditRow> = page.items.iter().map(AuditRow::of).collect();
        match form {
            Form::Csv => at.output.bytes(&table(rows.iter().map(AuditRow::cells))?)?,
            Form::Jsonl => {
                for row in &rows {
                    let line = serde_json::to_string(row).context("write a line as JSON")?;
                    at.output.text(&format!("{line}\n"))?;
                }
            }
        }
        ask.after = page.next;
        if ask.after.is_none() {
            return Ok(Outcome::Done);
        }
    }
}

fn table(rows: impl Iterator<Item = [String; 15]>) -> anyhow::Result<Vec<u8>> {
    let mut builder = csv::WriterBuilder::new();
    let mut table = builder.terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        table.write_record(row)?;
    }
    table.into_inner().map_err(|error| error.into_error()).context("write the table")
}
