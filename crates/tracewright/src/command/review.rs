//! Batch records: review by exception, and release.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result as Fallible, bail};
use clap::Args;
use domain::{ItemRef, OrderCode, PersonCode, Position};
use engine::RecordFormat;
use engine::query::{
    BatchRecord, Finding, OperationDone, ReleaseAnswer, ReleaseAsk, Reviewed, ReviewsAnswer,
    ReviewsAsk, Signature, StepDone, Unsigned,
};

use super::submit::ceremony;
use super::{Bench, PERSON, Result};
use crate::failure::Outcome;
use crate::output::{Page, Row, Tone, count, moment, word};

/// Review batch records: what stands out, what is missing, what no rule covers.
///
/// Without an item it lists what waits for release, the readiest first. With one it shows the
/// findings of the review, each with its evidence; --whole shows every step and value too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright review --data plant
  tracewright review --order WO-51180 --data plant
  tracewright review SN-0042 --data plant
  tracewright review SN-0042 --report SN-0042.html --data plant
  tracewright review SN-0042 --report SN-0042.pdf --data plant
  tracewright verify SN-0042.pdf")]
pub(crate) struct ReviewArgs {
    /// Which item.
    #[arg(value_name = "REF")]
    item: Option<ItemRef>,
    /// List the items of this order.
    #[arg(long, value_parser = OrderCode::new, conflicts_with = "item")]
    order: Option<OrderCode>,
    /// List what is released too.
    #[arg(long, conflicts_with = "item")]
    all: bool,
    /// How many items to list.
    #[arg(long, value_name = "N", conflicts_with = "item")]
    limit: Option<usize>,
    /// Show every step and value.
    #[arg(long, requires = "item")]
    whole: bool,
    /// Show the record as it stood at this entry, such as the one a release names.
    #[arg(long, value_name = "POSITION", requires = "item", conflicts_with = "report")]
    known_at: Option<u64>,
    /// Write the whole record, with its signatures, its audit trail and its proof, as a file that
    /// can be handed on, by how its name ends: .html (one page that prints well), .pdf (PDF/A-3a),
    /// .json or .twproof (the proof alone). May be given again.
    #[arg(long, value_name = "FILE", requires = "item")]
    report: Vec<PathBuf>,
}

/// Shows what is to be reviewed, or one record.
pub(crate) fn review(args: ReviewArgs, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let Some(item) = args.item else {
        let ask = ReviewsAsk { order: args.order, all: args.all, limit: args.limit };
        at.output.show(&backend.reviews(&ask)?, queue)?;
        return Ok(Outcome::Done);
    };
    let formats = args.report.iter().map(|file| format_of(file)).collect::<Fallible<Vec<_>>>()?;
    let record = match args.known_at {
        Some(at) => backend.batch_record_at(&item, Position(at))?,
        None => backend.batch_record(&item)?,
    };
    for (file, format) in args.report.iter().zip(formats) {
        let bytes = backend.record_file(&item, format)?;
        std::fs::write(file, bytes).with_context(|| format!("write {}", file.display()))?;
        at.output.note(&format!("The record is in {}.", file.display()));
    }
    at.output.show(&record, |page, record| show(page, record, args.whole))?;
    Ok(Outcome::Done)
}

/// In which form a file is to be written, by how its name ends.
fn format_of(file: &Path) -> Fallible<RecordFormat> {
    let ending = file.extension().and_then(|ending| ending.to_str());
    ending.and_then(RecordFormat::of_ending).with_context(|| {
        format!("write {}: its name must end with .html, .pdf, .json or .twproof", file.display())
    })
}

fn queue(page: &mut Page, answer: &ReviewsAnswer) {
    if answer.items.is_empty() {
        page.line("Nothing made by a work master waits for release.");
        return;
    }
    let rows: Vec<Row> = answer
        .items
        .iter()
        .map(|row| {
            let stands = if row.complete { "complete" } else { "not complete" };
            let some = |n: usize| if n == 0 { String::new() } else { n.to_string() };
            vec![
                row.item.label.clone(),
                row.order.as_ref().map_or_else(String::new, ToString::to_string),
                word(&row.status),
                stands.to_owned(),
                some(row.findings),
                some(row.unjudged),
                row.missing.clone().unwrap_or_default(),
            ]
        })
        .collect();
    page.table(
        &["item", "order", "status", "record", "findings", "to look at", "missing first"],
        &rows,
    );
    if answer.more > 0 {
        page.line(format!("{} more; --limit shows more at once.", answer.more));
    }
}

fn show(page: &mut Page, record: &BatchRecord, whole: bool) {
    let masters: Vec<&str> = record.masters.iter().map(|master| master.name.as_str()).collect();
    let part = record.part.as_ref().map_or_else(String::new, ToString::to_string);
    page.pairs([
        ("batch record", format!("{} {}", record.item.kind.word(), record.item.label)),
        ("part", format!("{part} {}", record.part_name.as_deref().unwrap_or_default())),
        ("order", record.order.as_ref().map_or_else(String::new, ToString::to_string)),
        ("of the order", record.quantities.as_ref().map_or_else(String::new, ToString::to_string)),
        ("status", word(&record.status)),
        ("made by", masters.join(", ")),
        (
            "made",
            record.made.map_or_else(String::new, |(from, to)| {
                format!("{} to {}", moment(from), moment(to))
            }),
        ),
        ("steps", times(record)),
        ("entries", format!("{} up to {}", record.entries, record.known_at)),
    ]);
    if whole {
        record.operations.iter().for_each(|operation| operation_lines(page, operation));
    }
    missing(page, record);
    findings(page, &record.findings);
    covered(page, record);
    signatures(page, record);
    for release in &record.releases {
        let stands = if release.stands { "stands" } else { "changed since" };
        let by = release.by.as_ref().map_or_else(String::new, ToString::to_string);
        page.line(format!(
            "Released at {} by {by}, {}: {stands}.",
            release.position,
            moment(release.at)
        ));
    }
    page.line(format!("record {}", record.record));
    if record.complete && !record.releases.iter().any(|release| release.stands) {
        let label = &record.item.label;
        page.line(format!("To release it: tracewright release {label} --record {}", record.record));
    }
}

/// Who signed what, and what is to be signed again.
fn signatures(page: &mut Page, record: &BatchRecord) {
    if record.signatures.is_empty() {
        return;
    }
    page.heading("Signatures");
    for line in &record.signatures {
        let by = line.signature.as_ref().map(Signature::words).unwrap_or_default();
        page.line(format!("{} {}: {by}", line.position, line.summary));
    }
    for each in &record.unsigned {
        let Unsigned { position, meaning, because, needed, .. } = each;
        page.toned(Tone::Bad, format!("UNSIGNED: entry {position}, {meaning}: {because}"));
        page.line(format!("  -> {needed}"));
    }
}

fn times(record: &BatchRecord) -> String {
    let times = record.contemporaneity;
    format!(
        "{} verified on time ({} %), {} unverified ({} %), {} late ({} %)",
        times.on_time,
        times.on_time_percent,
        times.unverified,
        times.unverified_percent,
        times.late,
        times.late_percent
    )
}

fn missing(page: &mut Page, record: &BatchRecord) {
    if record.complete {
        page.toned(Tone::Good, "The record holds all it must.");
        return;
    }
    page.heading("Missing");
    for gap in &record.missing {
        page.toned(Tone::Bad, format!("{}: {}", gap.field, gap.what));
        page.line(format!("  -> {}", gap.needed));
    }
}

fn findings(page: &mut Page, findings: &[Finding]) {
    if findings.is_empty() {
        page.toned(Tone::Good, "No rule found anything.");
        return;
    }
    page.heading(count(findings.len(), "finding"));
    let rows: Vec<Row> = findings
        .iter()
        .map(|finding| {
            let evidence: Vec<String> = finding.evidence.iter().map(Position::to_string).collect();
            vec![
                word(&finding.rule),
                finding.what.clone(),
                evidence.join(", "),
                finding.settled.clone().unwrap_or_default(),
            ]
        })
        .collect();
    page.table(&["rule", "what", "entries", "settled"], &rows);
}

fn covered(page: &mut Page, record: &BatchRecord) {
    let rules = &record.coverage.rules;
    let clean = rules.iter().filter(|rule| rule.found == 0).count();
    page.heading("Coverage");
    page.prose(&format!(
        "{} looked at the record; {clean} found nothing. {} no rule judges.",
        count(rules.len(), "rule"),
        count(record.coverage.unjudged.len(), "value"),
    ));
    let rows: Vec<Row> = record
        .coverage
        .unjudged
        .iter()
        .map(|value| vec![value.position.to_string(), value.what.clone(), value.value.clone()])
        .collect();
    if !rows.is_empty() {
        page.table(&["entry", "what", "value to look at"], &rows);
    }
}

fn operation_lines(page: &mut Page, operation: &OperationDone) {
    let by = operation.person.as_ref().map_or_else(String::new, ToString::to_string);
    let station = operation.station.as_ref().map_or_else(String::new, ToString::to_string);
    page.heading(format!("{} {}", operation.operation, operation.title));
    page.line(format!(
        "execution {} at {station} by {by}, {}",
        operation.execution,
        moment(operation.started)
    ));
    operation.steps.iter().for_each(|step| step_lines(page, step));
}

fn step_lines(page: &mut Page, step: &StepDone) {
    let gate = step.closed.map_or_else(|| "open".to_owned(), |at| format!("gate closed at {at}"));
    page.line(format!("  {} {} ({gate})", step.code, step.text));
    for done in &step.captures {
        let bad = if done.good { "" } else { ", not good" };
        let old = if done.counts { "" } else { ", set aside" };
        let by = done.by.as_ref().map_or_else(String::new, ToString::to_string);
        page.line(format!(
            "      {} {}: {}{bad}{old} ({by}, {})",
            done.position,
            done.code,
            done.value,
            moment(done.performed)
        ));
    }
}

/// Release items on the records that were reviewed.
///
/// Each item is named with the hash of the record that was looked at, as `review` shows it. It is
/// refused if anything became known since. Many are released together from the JSON that `review
/// --output json` gives.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright release SN-0042 --record 9f86d0… --by P-9 --data plant
  tracewright review --order WO-51180 -o json --data plant > reviewed.json
  tracewright release --reviewed reviewed.json --by P-9 --data plant")]
pub(crate) struct ReleaseArgs {
    /// Which item.
    #[arg(value_name = "REF", required_unless_present = "reviewed")]
    item: Option<ItemRef>,
    /// The hash of the record that was reviewed.
    #[arg(long, value_name = "HASH", requires = "item", required_unless_present = "reviewed")]
    record: Option<String>,
    /// A list of reviewed items, as `review -o json` gives it: those that are complete and have no
    /// finding that waits are released.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["item", "record"])]
    reviewed: Option<PathBuf>,
    /// The code of the person who releases.
    #[arg(long, value_name = "PERSON", env = PERSON, value_parser = PersonCode::new)]
    by: PersonCode,
}

/// Releases items.
pub(crate) fn release(args: ReleaseArgs, at: &Bench<'_>) -> Result {
    let items = match (args.reviewed, args.item, args.record) {
        (Some(file), ..) => from_file(&file)?,
        (None, Some(item), Some(record)) => vec![Reviewed { item, record }],
        _ => bail!("release: name an item and its record, or a list of reviewed items"),
    };
    let backend = at.open()?;
    let ceremony = match at.sign {
        Some(meaning) => {
            backend.signs()?;
            let line = |one: &Reviewed| format!("release {} on record {}\n", one.item, one.record);
            let what: String = items.iter().map(line).collect();
            Some(ceremony(&backend, meaning, &what)?)
        }
        None => None,
    };
    let ask = ReleaseAsk { items, person: args.by };
    let answer = backend.release(&ask, ceremony.as_ref())?;
    at.output.show(&answer, released)?;
    Ok(Outcome::Done)
}

fn from_file(file: &Path) -> Fallible<Vec<Reviewed>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    let list: ReviewsAnswer = serde_json::from_str(&text)
        .with_context(|| format!("understand {} as what `review -o json` gives", file.display()))?;
    let ready = list.items.into_iter().filter(|row| row.complete && row.findings == 0);
    let items: Vec<Reviewed> =
        ready.map(|row| Reviewed { item: ItemRef::Id(row.item.id), record: row.record }).collect();
    if items.is_empty() {
        bail!("release the items of {}: none is complete without a finding", file.display());
    }
    Ok(items)
}

fn released(page: &mut Page, answer: &ReleaseAnswer) {
    for one in &answer.released {
        page.toned(
            Tone::Good,
            format!("Released {} at position {}.", one.item.label, one.position),
        );
    }
}
