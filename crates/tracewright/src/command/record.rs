//! The manufacturing record of an item, and the books of a lot.

use anyhow::bail;
use clap::Args;
use domain::act::Kind;
use domain::item::{Balance, Status};
use domain::{ItemId, ItemRef};
use engine::query::{
    AttributeChange, Change, Moment, RecordAnswer, RecordAsk, Signature, SignedLine,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::question::Looking;
use super::{Bench, Result};
use crate::failure::Outcome;
use crate::output::{Page, Row, moment, when, word};

/// Show the manufacturing record of an item.
///
/// Attributes, components, measures, holds, where it is. It reads as of any time (what was so) and
/// as known at any position (what was recorded by then).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright record SN-0042 --data plant
  tracewright record SN-0042 --history --data plant
  tracewright record SN-0042 --as-of 2026-06-18T12:00:00Z --data plant
  tracewright record SN-0042 --known-at 4711 --data plant
  tracewright record SN-0042 --diff known-at=4711 --data plant")]
pub(crate) struct RecordArgs {
    /// Which item: a serial number, lot:CODE, container:CODE, id:17.0, …
    #[arg(value_name = "REF")]
    item: ItemRef,
    #[command(flatten)]
    looking: Looking,
    /// Every change too: who, when, why, old and new.
    #[arg(long)]
    history: bool,
    /// What differs from another moment: as-of=TIME, known-at=POSITION|TIME, both with a comma
    /// between, or `now`.
    #[arg(long, value_name = "MOMENT", value_parser = other_moment)]
    diff: Option<Moment>,
}

fn other_moment(text: &str) -> std::result::Result<Moment, String> {
    let mut moment = Moment::default();
    if text == "now" {
        return Ok(moment);
    }
    for part in text.split(',') {
        match part.trim().split_once('=') {
            Some(("as-of", time)) => moment.as_of = Some(time.parse()?),
            Some(("known-at", at)) => moment.known_at = Some(at.parse()?),
            _ => return Err("write as-of=TIME, known-at=POSITION, or now".to_owned()),
        }
    }
    Ok(moment)
}

/// Shows a record.
pub(crate) fn run(args: RecordArgs, at: &Bench<'_>) -> Result {
    let (as_of, known_at) = args.looking.moments(at);
    let ask =
        RecordAsk { item: args.item, as_of, known_at, history: args.history, compare: args.diff };
    let answer = at.open()?.record(&ask)?;
    at.output.notes(&answer.notes);
    at.output.show(&answer, |page, answer| {
        write(page, answer);
        for other in &answer.others {
            page.line("");
            write(page, other);
        }
    })?;
    Ok(Outcome::Done)
}

fn write(page: &mut Page, answer: &RecordAnswer) {
    page.heading(format!("{} {}", word(&answer.kind), answer.label));
    let holds: Vec<&str> = answer.holds.iter().map(|code| code.as_str()).collect();
    let list = |numbers: &[domain::Position]| {
        numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    page.pairs([
        ("status", word(&answer.status)),
        ("where", answer.place.text.clone()),
        ("holds", holds.join(", ")),
        ("exceptions", list(&answer.exceptions)),
        ("id", answer.item.to_string()),
        ("as of", answer.as_of.map(moment).unwrap_or_default()),
        ("known at", answer.known_at.map(|p| p.to_string()).unwrap_or_default()),
    ]);
    write_attributes(page, answer);
    write_components(page, answer);
    write_measures(page, answer);
    if let Some(balance) = &answer.balance {
        page.heading("Balance");
        write_balance(page, balance);
    }
    write_history(page, &answer.history);
    write_signatures(page, &answer.signatures);
    if let Some(difference) = &answer.difference {
        page.heading("What differs (old: the other moment)");
        if difference.changes.is_empty() {
            page.line("Nothing.");
        } else {
            let rows: Vec<Row> = difference.changes.iter().map(change_row).collect();
            page.table(&["attribute", "old", "new"], &rows);
        }
    }
}

fn write_attributes(page: &mut Page, answer: &RecordAnswer) {
    page.heading("Attributes");
    if answer.attributes.is_empty() {
        page.line("None are known.");
        return;
    }
    let rows: Vec<Row> = answer
        .attributes
        .iter()
        .map(|(name, value)| {
            let from = answer.provenance.get(name);
            let performed = from.map(|from| when(&from.performed)).unwrap_or_default();
            let by = from.map(|from| who(from.by.as_ref(), &from.recorded_by)).unwrap_or_default();
            let position = from.map(|from| from.position.to_string()).unwrap_or_default();
            vec![name.clone(), plain(value), performed, by, position]
        })
        .collect();
    page.table(&["attribute", "value", "performed", "by", "position"], &rows);
}

fn write_components(page: &mut Page, answer: &RecordAnswer) {
    if !answer.components.is_empty() {
        page.heading("Components");
        let rows: Vec<Row> = answer
            .components
            .iter()
            .map(|one| {
                let sure = if one.certain { "" } else { "one of several candidates" };
                let removed =
                    one.removed.map(|at| format!("removed {}", when(&at))).unwrap_or_default();
                let remark = if removed.is_empty() { sure.to_owned() } else { removed };
                vec![
                    one.item.label.clone(),
                    one.part.as_ref().map(ToString::to_string).unwrap_or_default(),
                    word(&one.how),
                    one.quantity.to_string(),
                    when(&one.performed),
                    remark,
                ]
            })
            .collect();
        page.table(&["item", "part", "how", "quantity", "performed", "remark"], &rows);
    }
    if !answer.contents.is_empty() {
        page.heading("Contents");
        let rows: Vec<Row> = answer
            .contents
            .iter()
            .map(|one| vec![one.label.clone(), word(&one.kind), one.id.to_string()])
            .collect();
        page.table(&["item", "kind", "id"], &rows);
    }
}

fn write_measures(page: &mut Page, answer: &RecordAnswer) {
    if answer.measures.is_empty() {
        return;
    }
    page.heading("Measures");
    let rows: Vec<Row> = answer
        .measures
        .iter()
        .map(|one| {
            let limits = match (one.low, one.high) {
                (Some(low), Some(high)) => format!("{low} to {high}"),
                (Some(low), None) => format!("from {low}"),
                (None, Some(high)) => format!("to {high}"),
                (None, None) => String::new(),
            };
            let verdict = if one.in_limits { "in limits" } else { "OUT OF LIMITS" };
            vec![
                one.operation.to_string(),
                one.name.clone(),
                format!("{} {}", one.value, one.unit),
                limits,
                verdict.to_owned(),
                when(&one.performed),
            ]
        })
        .collect();
    page.table(&["operation", "measure", "value", "limits", "verdict", "performed"], &rows);
}

fn write_signatures(page: &mut Page, signatures: &[SignedLine]) {
    if signatures.is_empty() {
        return;
    }
    page.line("");
    page.line("Signatures");
    for SignedLine { position, summary, signature } in signatures {
        let words = signature.as_ref().map(Signature::words).unwrap_or_default();
        page.line(format!("  entry {position}, {summary}: {words}"));
    }
}

fn write_history(page: &mut Page, history: &[Change]) {
    if history.is_empty() {
        return;
    }
    page.heading("History, as it became known");
    let rows: Vec<Row> = history
        .iter()
        .map(|one| {
            let mut what = one.summary.clone();
            if let Some(code) = one.refused {
                what.push_str(&format!(" (refused: {code})"));
            }
            if let Some(by) = one.superseded_by {
                what.push_str(&format!(" (superseded by {by})"));
            }
            if let Some(why) = &one.why {
                what.push_str(&format!("; why: {why}"));
            }
            for change in &one.changes {
                let (old, new) = (plain(&change.old), plain(&change.new));
                let arrow = if old.is_empty() { String::new() } else { format!("{old} → ") };
                what.push_str(&format!("\n{}: {arrow}{new}", change.attribute));
            }
            vec![
                one.position.to_string(),
                when(&one.performed),
                moment(one.received),
                who(one.by.as_ref(), &one.recorded_by),
                what,
            ]
        })
        .collect();
    page.table(&["position", "performed", "received", "by", "what"], &rows);
}

fn change_row(change: &AttributeChange) -> Row {
    let said = |value: &Value| match change.attribute.as_str() {
        "status" if value.is_string() => word(value),
        _ => plain(value),
    };
    vec![change.attribute.clone(), said(&change.old), said(&change.new)]
}

/// Who performed it; where nobody is named, who recorded it.
fn who(by: Option<&domain::PersonCode>, recorded_by: &str) -> String {
    by.map_or_else(|| format!("({recorded_by})"), ToString::to_string)
}

/// A value as people write it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// Show the books of a lot.
///
/// What came in, what went out, what is left, what nobody explains.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tracewright balance lot:77120-A --data plant")]
pub(crate) struct BalanceArgs {
    /// Which lot.
    #[arg(value_name = "REF")]
    lot: ItemRef,
    #[command(flatten)]
    looking: Looking,
}

/// Shows the books of a lot.
pub(crate) fn balance(args: BalanceArgs, at: &Bench<'_>) -> Result {
    let (as_of, known_at) = args.looking.moments(at);
    let ask = RecordAsk { as_of, known_at, ..RecordAsk::now(args.lot) };
    let mut record = at.open()?.record(&ask)?;
    at.output.notes(&record.notes);
    let label = record.label.clone();
    let others = std::mem::take(&mut record.others);
    let stands = record.at.clone();
    let lots: Vec<Books> = std::iter::once(record).chain(others).filter_map(Books::of).collect();
    if lots.is_empty() {
        bail!("show the books of {label}: it is no lot; only lots have books");
    }
    at.output.show(&json!({ "at": stands, "lots": lots }), |page, _| {
        for lot in &lots {
            page.heading(format!("lot {} of {}", lot.label, lot.part));
            match &lot.balance {
                Some(balance) => write_balance(page, balance),
                None => page.line("It is software: copies do not run out, so it is not counted."),
            }
        }
    })?;
    Ok(Outcome::Done)
}

/// The books of one lot.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Books {
    item: ItemId,
    label: String,
    part: String,
    status: Status,
    /// Absent: it is not counted.
    balance: Option<Balance>,
}

impl Books {
    fn of(record: RecordAnswer) -> Option<Self> {
        let number = record.attributes.get("partNumber").map(plain).unwrap_or_default();
        let RecordAnswer { item, kind, label, status, balance, .. } = record;
        (kind == Kind::Lot).then_some(Self { item, label, part: number, status, balance })
    }
}

fn write_balance(page: &mut Page, balance: &Balance) {
    let lines = [
        ("received", "+", balance.received),
        ("produced", "+", balance.produced),
        ("split in", "+", balance.split_in),
        ("merged in", "+", balance.merged_in),
        ("counted up", "+", balance.counted_up),
        ("removed again", "+", balance.removed_again),
        ("consumed", "-", balance.consumed),
        ("installed", "-", balance.installed),
        ("split out", "-", balance.split_out),
        ("merged out", "-", balance.merged_out),
        ("shipped", "-", balance.shipped),
        ("scrapped", "-", balance.scrapped),
        ("sampled", "-", balance.sampled),
        ("sent back", "-", balance.sent_back),
        ("counted down", "-", balance.counted_down),
        ("unexplained", "-", balance.unexplained),
    ];
    let zero = domain::Amount::default();
    let mut rows: Vec<Row> = lines
        .into_iter()
        .filter(|(_, _, amount)| *amount != zero)
        .map(|(name, sign, amount)| vec![name.to_owned(), sign.to_owned(), amount.to_string()])
        .collect();
    rows.push(vec!["on hand".to_owned(), "=".to_owned(), balance.on_hand.to_string()]);
    page.table(&["account", " ", "quantity"], &rows);
}
