//! What went in, where it went, what a unit shares.

use clap::{ArgGroup, Args};
use domain::ItemRef;
use domain::start::Start;
use engine::query::{Captures, Direction, SharedAnswer, TraceAnswer, TraceAsk};

use super::question::{ITEM_HEADER, Looking, Shown, item_row, truncated};
use super::scope;
use super::{Bench, Result};
use crate::failure::Outcome;
use crate::output::{Page, Row, count, word};

/// Most items named in the heading of a trace.
const STARTS_MAX: usize = 8;

/// Trace items: what went into them, or where they went.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("direction").required(true).args(["backward", "forward"]))]
#[command(after_help = "\
Examples:
  tracewright trace SN-0042 --backward --data plant     what is in it
  tracewright trace SN-0042 --backward --captures --data plant
  tracewright trace lot:77120-A --forward --data plant  where it went
  tracewright trace run:ST-118 --forward --as-of 2026-06-18 --data plant")]
pub(crate) struct TraceArgs {
    /// Where it begins: a serial number, lot:, container:, order:, equipment:CODE@FROM..TO, …
    #[arg(required = true, value_name = "START")]
    of: Vec<Start<ItemRef>>,
    /// What went in.
    #[arg(long)]
    backward: bool,
    /// Where it went.
    #[arg(long)]
    forward: bool,
    /// Name the lines of bills of material that nobody captured, too.
    #[arg(long, conflicts_with = "forward")]
    captures: bool,
    #[command(flatten)]
    looking: Looking,
    #[command(flatten)]
    shown: Shown,
}

/// Traces items.
pub(crate) fn trace(args: TraceArgs, at: &Bench<'_>) -> Result {
    let direction = if args.forward { Direction::Forward } else { Direction::Backward };
    let (as_of, known_at) = args.looking.moments(at);
    let ask =
        TraceAsk { of: args.of, direction, as_of, known_at, limit: None, captures: args.captures };
    let answer = at.open()?.trace(&ask)?;
    at.output.notes(&answer.notes);
    at.output.show(&answer, |page, answer| write(page, answer, args.shown))?;
    Ok(Outcome::Done)
}

fn write(page: &mut Page, answer: &TraceAnswer, shown: Shown) {
    let mut start: Vec<&str> =
        answer.start.iter().take(STARTS_MAX).map(|line| line.label.as_str()).collect();
    let more = answer.start.len() - start.len();
    let more = format!("{more} more");
    if answer.start.len() > STARTS_MAX {
        start.push(&more);
    }
    let way = match answer.direction {
        Direction::Backward => "What went into",
        Direction::Forward => "Where it went:",
    };
    page.heading(format!("{way} {}", start.join(", ")));
    if answer.items.is_empty() {
        page.line(match answer.direction {
            Direction::Backward => "Nothing is recorded that went into it.",
            Direction::Forward => "Nothing is recorded that it went into.",
        });
    } else {
        shown.table(page, ITEM_HEADER, answer.lines().iter().map(item_row).collect());
        truncated(page, answer.truncated, answer.items.len());
        page.line("");
        page.line(format!("{}.", count(answer.items.len(), "item")));
    }
    if let Some(captures) = &answer.captures {
        write_captures(page, captures);
    }
}

/// Which lines of bills of material nobody captured.
fn write_captures(page: &mut Page, captures: &Captures) {
    page.heading("What bills of material ask for");
    let (lines, items) = (count(captures.lines, "line"), count(captures.items, "item"));
    page.line(match (captures.items, captures.missing.len()) {
        (0, _) => "None of it has a bill of material: nothing says what should be in it.".into(),
        (_, 0) => format!("All captured: {lines} of {items}."),
        (_, open) => format!("{open} of {lines} of {items} not captured:"),
    });
    captures.missing.iter().for_each(|line| page.prose(&format!("- {}", line.text)));
}

/// Say what a unit shares with which others, and who has them.
///
/// Lots at any depth, orders, containers, tools, programs, runs, shipments: that which fewest
/// share comes first, for it suspects most.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tracewright shared SN-0042 --data plant")]
pub(crate) struct SharedArgs {
    /// Which unit.
    #[arg(value_name = "REF")]
    item: ItemRef,
    #[command(flatten)]
    shown: Shown,
}

/// Says what a unit shares.
pub(crate) fn shared(args: &SharedArgs, at: &Bench<'_>) -> Result {
    let answer = at.open()?.shared(&args.item)?;
    at.output.notes(&answer.notes);
    at.output.show(&answer, |page, answer| write_shared(page, answer, args.shown))?;
    Ok(Outcome::Done)
}

fn write_shared(page: &mut Page, answer: &SharedAnswer, shown: Shown) {
    let of: Vec<&str> = answer.of.iter().map(|line| line.label.as_str()).collect();
    page.heading(format!("What {} shares", of.join(", ")));
    if answer.shares.is_empty() {
        page.line("It shares nothing that is recorded.");
        return;
    }
    let shares: Vec<Row> = answer
        .shares
        .iter()
        .map(|share| {
            let units: Vec<&str> = share.units.iter().map(|unit| unit.label.as_str()).collect();
            let mut units = units.join(", ");
            if share.count > share.units.len() {
                units.push_str(", …");
            }
            let sure = if share.certain { "" } else { "perhaps" };
            let others = share.count.to_string();
            vec![word(&share.kind), share.code.clone(), sure.to_owned(), others, units]
        })
        .collect();
    shown.table(page, &["shares", "code", "sure", "with others", "units"], shares);
    page.heading(format!("Other units: {}", answer.affected.len()));
    let affected: Vec<Row> = answer
        .affected
        .iter()
        .map(|other| {
            let codes: Vec<&str> = other
                .shares
                .iter()
                .filter_map(|&index| answer.shares.get(index))
                .map(|share| share.code.as_str())
                .collect();
            let line = &other.item;
            let shared = format!("{}: {}", codes.len(), codes.join(", "));
            vec![line.label.clone(), word(&line.status), line.place.text.clone(), shared]
        })
        .collect();
    shown.table(page, &["unit", "status", "where", "shares"], affected);
    scope::write_consignees(page, &answer.consignees);
    truncated(page, answer.truncated, answer.affected.len());
}
