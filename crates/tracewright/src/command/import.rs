//! Taking in a file.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum};
use domain::{ImportCode, Time};
use engine::{ImportAnswer, ImportAsk, ImportFormat};

use super::{Bench, Result};
use crate::failure::Outcome;
use crate::output::{Page, Row, Tone, count, word};

/// Rejected rows shown to people; the JSON answer holds more.
const SHOWN: usize = 20;

/// Take in a file: CSV, JSON Lines or EPCIS 2.0.
///
/// CSV and JSON Lines hold a unit a row. The whole file is checked first. If a row is bad, nothing
/// is written and each bad row is named with its number and what to do, unless --skip-bad says to
/// go on without them. Taking in the same file again changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright import units.csv --data plant
  tracewright import units.csv --data plant --dry-run
  tracewright import export.csv --data plant --map SN=serialNumber --map Charge=lotCode
  tracewright import shipment.jsonld --format epcis --server http://127.0.0.1:8420")]
pub(crate) struct ImportArgs {
    /// The file.
    file: PathBuf,
    /// Only check it.
    #[arg(long)]
    dry_run: bool,
    /// Write the good rows where others are bad.
    #[arg(long)]
    skip_bad: bool,
    /// What a column means; an empty field leaves the column out. May be given again.
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = mapping)]
    map: Vec<(String, String)>,
    /// What the file is; without it, its name and content say.
    #[arg(long, value_name = "FORMAT")]
    format: Option<FileFormat>,
    /// When what it tells was so: RFC 3339 or a date; without it, now.
    #[arg(long, value_name = "TIME")]
    performed: Option<Time>,
    /// Under which code it comes in; without it, one is made from its content.
    #[arg(long, value_name = "CODE", value_parser = ImportCode::new)]
    code: Option<ImportCode>,
}

/// What a file is.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum FileFormat {
    /// A header, then a unit a row.
    Csv,
    /// A JSON object a line.
    Jsonl,
    /// An EPCIS 2.0 document in JSON.
    Epcis,
}

fn mapping(text: &str) -> std::result::Result<(String, String), String> {
    let (column, field) = text
        .split_once('=')
        .ok_or("write COLUMN=FIELD, such as SN=serialNumber; COLUMN= leaves it out")?;
    Ok((column.trim().to_owned(), field.trim().to_owned()))
}

/// Takes in a file.
pub(crate) fn run(args: ImportArgs, at: &Bench<'_>) -> Result {
    if !args.file.is_file() {
        bail!("import {}: there is no such file", args.file.display());
    }
    let backend = at.place.open_or_make(&engine::Options::default(), at.output)?;
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let ask = ImportAsk {
        name,
        source: args.file,
        format: match args.format {
            None => ImportFormat::Auto,
            Some(FileFormat::Csv) => ImportFormat::Csv,
            Some(FileFormat::Jsonl) => ImportFormat::JsonLines,
            Some(FileFormat::Epcis) => ImportFormat::Epcis,
        },
        mapping: args.map.into_iter().collect(),
        dry_run: args.dry_run,
        skip_bad: args.skip_bad,
        code: args.code,
        performed: args.performed,
        by: crate::backend::RECORDED_BY.to_owned(),
    };
    let answer = backend.import(&ask, at.output)?;
    at.output.show(&answer, |page, answer| write(page, answer, &ask))?;
    at.output.notes(&answer.notes);
    let as_asked = answer.rejected_count == 0 || ask.skip_bad;
    Ok(if as_asked { Outcome::Done } else { Outcome::Refused })
}

fn write(page: &mut Page, answer: &ImportAnswer, ask: &ImportAsk) {
    let unit = if answer.format == ImportFormat::Epcis { "event" } else { "row" };
    let rows = |number: u64| count(usize::try_from(number).unwrap_or(usize::MAX), unit);
    let verb = match (answer.dry_run, answer.complete) {
        (true, _) => "Checked",
        (false, true) => "Imported",
        (false, false) => "Did not import",
    };
    let name = ask.name.as_deref().unwrap_or_default();
    let tone = if answer.rejected_count == 0 { Tone::Good } else { Tone::Bad };
    page.toned(tone, format!("{verb} {name} ({}).", word(&answer.format)));
    let would = if answer.dry_run { "would be written" } else { "written" };
    page.pairs([
        (would, rows(answer.imported)),
        ("unchanged", rows(answer.unchanged)),
        ("rejected", rows(answer.rejected_count)),
        ("exceptions", some(answer.exceptions)),
        ("import", answer.code.to_string()),
    ]);
    if !answer.rejected.is_empty() {
        write_rejected(page, answer, unit);
    }
}

fn write_rejected(page: &mut Page, answer: &ImportAnswer, unit: &str) {
    page.line("");
    let rows: Vec<Row> = answer
        .rejected
        .iter()
        .take(SHOWN)
        .map(|bad| {
            let column = bad.column.clone().unwrap_or_default();
            vec![bad.row.to_string(), bad.code.to_string(), column, bad.reason.clone()]
        })
        .collect();
    page.table(&[unit, "code", "column", "what is wrong, and what to do"], &rows);
    let more = answer.rejected_count.saturating_sub(rows.len() as u64);
    if more > 0 {
        page.line(format!("… and {more} more; --output json lists them."));
    }
}

fn some(number: u64) -> String {
    if number == 0 { String::new() } else { number.to_string() }
}
