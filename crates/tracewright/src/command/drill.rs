//! A mock recall: random lots, both directions, timed, balanced, the worst gap named.
//!
//! Reading order: here what can be typed; [`choose`] draws lots and units by a seed; [`exercise`]
//! asks the questions of a recall and takes the time; [`answer`] is what came out and whether it
//! passed; [`gap`] what is missing, the worst first; [`limits`] the limits it is held against.
//!
//! Invariants: nothing is written to the ledger. Every question looks from the same position, so
//! the same seed and position give the same drill, but for the times it took.

mod answer;
mod choose;
mod exercise;
mod gap;
mod limits;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use domain::ItemRef;

use super::{Bench, Result};
use crate::failure::Outcome;
use crate::output::{Page, Row, Tone, count};
use crate::report;
pub(crate) use answer::{Drill, LotDrill, UnitDrill};
pub(crate) use limits::Percent;
use limits::{Limits, Span};

/// Lots drawn where nothing is said: enough to see a weak place, few enough to read.
const LOTS: u32 = 3;
/// Finished units drawn besides those of the lots.
const UNITS: u32 = 3;
/// Lots or units drawn at most: a drill is a sample, not a survey.
const DRAWN_MAX: i64 = 100;

/// Drill a mock recall: random lots and units, both directions, timed and balanced.
///
/// Forward from each lot: every item that has or may have it, where it is, who has it, and how
/// much of the lot is accounted for. Backward from a finished unit of each lot and from further
/// ones: down to every supplier's lot, and which lines of bills of material nobody captured. The
/// worst gap is named. Nothing is written to the ledger.
///
/// Exit code 0: passed. 1: not passed. 2: usage or environment.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright drill --data plant
  tracewright drill --lots 5 --report drill.html --data plant
  tracewright drill --lot 77120-A --lot CL-4471-B --data plant
  tracewright drill --seed 20260618 --known-at 5120 --data plant   the same drill again
  tracewright drill --accounted-min 99.5% --within 30m --data plant")]
pub(crate) struct DrillArgs {
    /// How many lots are drawn.
    #[arg(long, value_name = "N", default_value_t = LOTS,
        value_parser = clap::value_parser!(u32).range(1..=DRAWN_MAX))]
    lots: u32,
    /// Drill this lot instead of drawing; may be given again.
    #[arg(long, value_name = "REF", conflicts_with = "lots")]
    lot: Vec<ItemRef>,
    /// How many finished units are drawn besides one of each lot.
    #[arg(long, value_name = "N", default_value_t = UNITS,
        value_parser = clap::value_parser!(u32).range(0..=DRAWN_MAX))]
    units: u32,
    /// What is drawn: the same seed on the same ledger draws the same; without it one is made.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// From which position of the ledger it looks; without it the last.
    #[arg(long, value_name = "POSITION")]
    known_at: Option<u64>,
    /// How much of each lot must be accounted for.
    #[arg(long, value_name = "PERCENT", default_value = "100%")]
    accounted_min: Percent,
    /// How many lines of the bills of material of each unit must have been captured.
    #[arg(long, value_name = "PERCENT", default_value = "100%")]
    captured_min: Percent,
    /// Within which time: 4h, 30m, 90s.
    #[arg(long, value_name = "TIME", default_value = "4h")]
    within: Span,
    /// Write it as a page to print, sign and file, too.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
}

impl DrillArgs {
    fn limits(&self) -> Limits {
        Limits {
            accounted_min: self.accounted_min,
            captured_min: self.captured_min,
            within: self.within,
        }
    }

    /// As it was asked, in words that ask the same again.
    fn question(&self, drill: &Drill) -> String {
        let Limits { accounted_min, captured_min, within } = self.limits();
        let what = if self.lot.is_empty() {
            format!("--lots {}", self.lots)
        } else {
            self.lot.iter().map(|lot| format!("--lot {lot}")).collect::<Vec<_>>().join(" ")
        };
        format!(
            "tracewright drill {what} --units {} --seed {} --known-at {} --accounted-min \
             {accounted_min} --captured-min {captured_min} --within {within}",
            self.units, drill.seed, drill.known_at
        )
    }
}

/// Drills a mock recall.
pub(crate) fn run(args: &DrillArgs, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let drill = exercise::run(args, &backend, at.output)?;
    if let Some(file) = &args.report {
        let about = report::About::now(&backend, args.question(&drill))?;
        std::fs::write(file, report::drill_page(&drill, &about))
            .with_context(|| format!("write {}", file.display()))?;
        at.output.note(&format!("Report written to {}.", file.display()));
    }
    at.output.show(&drill, |page, drill| write(page, drill, &args.question(drill)))?;
    Ok(if drill.passed { Outcome::Done } else { Outcome::Refused })
}

fn write(page: &mut Page, drill: &Drill, question: &str) {
    let lots = count(drill.lots.len(), "lot");
    page.heading(format!("Mock recall of {lots}, seed {}", drill.seed));
    if !drill.lots.is_empty() {
        page.heading("Forward: where each lot is");
        let header =
            ["lot", "part", "proven", "possible", "where", "who has it", "accounted", "took"];
        page.table(&header, &drill.lots.iter().map(lot_row).collect::<Vec<_>>());
        for lot in &drill.lots {
            page.prose(&format!("{}: {}", lot.lot.label, lot.text));
        }
    }
    if !drill.units.is_empty() {
        page.heading("Backward: what is in finished units");
        let header = ["unit", "part", "drawn as", "lots", "of suppliers", "captured", "took"];
        page.table(&header, &drill.units.iter().map(unit_row).collect::<Vec<_>>());
    }
    if let Some(worst) = drill.gaps.first() {
        page.heading("Worst gap");
        page.prose(&worst.text);
        if drill.gaps.len() > 1 {
            page.heading("Further gaps");
            drill.gaps.iter().skip(1).for_each(|gap| page.prose(&format!("- {}", gap.text)));
        }
    }
    if drill.gaps.is_empty() && !drill.lots.is_empty() {
        page.heading("Worst gap");
        page.line("None: every quantity is explained and every line was captured.");
    }
    page.line("");
    if drill.passed {
        page.toned(Tone::Good, format!("PASSED in {}: {}", drill.took, drill.verdict()));
    } else {
        page.toned(Tone::Bad, format!("NOT PASSED in {}:", drill.took));
        drill.failures.iter().for_each(|why| page.prose(&format!("- {why}")));
    }
    page.line(format!("At position {} of the ledger. The same drill again:", drill.known_at));
    page.line(format!("  {question}"));
}

fn lot_row(lot: &LotDrill) -> Row {
    vec![
        lot.lot.label.clone(),
        lot.part_text(),
        lot.proven.to_string(),
        lot.possible.to_string(),
        lot.where_text(),
        lot.who_text(),
        lot.accounted_text(),
        lot.took.to_string(),
    ]
}

fn unit_row(unit: &UnitDrill) -> Row {
    vec![
        unit.unit.label.clone(),
        unit.part_text(),
        unit.drawn_text(),
        unit.lots.to_string(),
        unit.suppliers.len().to_string(),
        unit.captured_text(),
        unit.took.to_string(),
    ]
}
