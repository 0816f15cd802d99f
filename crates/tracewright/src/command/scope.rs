//! The scope of a suspicion.

mod frozen;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use domain::ItemRef;
use engine::query::{ByBuildDate, Consignee, Like, LotAccount, PartCount, ScopeAnswer, ScopeAsk};

use engine::{ExportAbout, ExportFormat};

use super::question::{ITEM_HEADER, Looking, Shown, Typed, item_row, truncated};
use super::{Bench, Result};
use crate::failure::Outcome;
use crate::output::{Page, Row, count, word};
use crate::report;

/// Say what a suspicion concerns: the scope of a recall.
///
/// Which items, how sure, where they are, who has them. Each item is proven (it is concerned),
/// possible (nobody can know: the candidates are named) or cleared (it is not, by the evidence
/// named). A scope can be frozen, looked at again, made again and handed on.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    override_usage = "tracewright scope --from START [--from START]... [OPTIONS]\n       \
                      tracewright scope --like REF --by ATTRIBUTE [OPTIONS]\n       \
                      tracewright scope COMMAND",
    group = clap::ArgGroup::new("start").required(true).multiple(true).args(["from", "like"])
)]
#[command(after_help = "\
Examples:
  tracewright scope --from lot:77120-A --data plant
  tracewright scope --from equipment:TW-07@2026-06-01..2026-06-03 --data plant
  tracewright scope --from 'order:WO-7 & program:EOL@4.2' --data plant
  tracewright scope --from 'measure:torque<1.15 N·m' --data plant
  tracewright scope --like SN-0042 --by lotCode --data plant
  tracewright scope --from lot:77120-A --report recall.html --data plant
  tracewright scope --from lot:77120-A --export csv --out recall.csv --data plant

Starts: a serial number, serial:, lot:, container:, order:, part:NUMBER[/REVISION],
equipment:, station:, person:, operation:, run:, program:, shipment: (each with an optional
@FROM..TO), check:EQUIPMENT (since it was last found good), measure:NAME<VALUE UNIT.
Parts joined by ' & ' must all hold; several --from mean any of them.")]
pub(crate) struct ScopeArgs {
    #[command(subcommand)]
    frozen: Option<frozen::FrozenCommand>,
    /// Where the suspicion begins; may be given again.
    #[arg(long, value_name = "START")]
    from: Vec<Typed>,
    /// All units that are like this one.
    #[arg(long, value_name = "REF", requires = "by", conflicts_with = "from")]
    like: Option<ItemRef>,
    /// In which attribute of the record they are alike: lotCode, workOrder, a field of your own.
    #[arg(long, value_name = "ATTRIBUTE", requires = "like")]
    by: Option<String>,
    #[command(flatten)]
    looking: Looking,
    /// Write it as a page to print and hand on, too.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Write it in a form others read, instead: csv, json, openfda or epcis. It says in itself
    /// that it is not frozen.
    #[arg(long, value_name = "FORMAT", conflicts_with = "report")]
    export: Option<ExportFormat>,
    #[command(flatten)]
    handed: Handed,
    #[command(flatten)]
    shown: Shown,
}

/// Where an export goes, and what it says besides the scope.
#[derive(Debug, Args)]
struct Handed {
    /// Where to write the export; without it to standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The firm that recalls, as reports name it.
    #[arg(long)]
    firm: Option<String>,
    /// The web address under which the firm names things without a GS1 key.
    #[arg(long, value_name = "URL")]
    base: Option<String>,
}

impl Handed {
    fn about(&self) -> ExportAbout {
        ExportAbout { firm: self.firm.clone(), base: self.base.clone() }
    }

    fn write(&self, bytes: &[u8], at: &Bench<'_>) -> Result {
        match &self.out {
            None => at.output.bytes(bytes)?,
            Some(file) => {
                std::fs::write(file, bytes).with_context(|| format!("write {}", file.display()))?;
                at.output.note(&format!("Wrote {}: {} bytes.", file.display(), bytes.len()));
            }
        }
        Ok(Outcome::Done)
    }
}

impl ScopeArgs {
    fn question(&self) -> String {
        let mut text = match (&self.like, &self.by) {
            (Some(like), Some(by)) => format!("all units like {like} by {by}"),
            _ => self.from.iter().map(|one| one.text.as_str()).collect::<Vec<_>>().join(" or "),
        };
        if let Some(time) = self.looking.as_of {
            text.push_str(&format!(", as of {time}"));
        }
        if let Some(known_at) = self.looking.known_at {
            text.push_str(&format!(", known at {known_at}"));
        }
        text
    }
}

/// Says what a suspicion concerns.
pub(crate) fn run(mut args: ScopeArgs, at: &Bench<'_>) -> Result {
    if let Some(frozen) = args.frozen.take() {
        return frozen::run(frozen, at);
    }
    let question = args.question();
    let like = args.like.zip(args.by).map(|(item, by)| Like { item, by });
    let (as_of, known_at) = args.looking.moments(at);
    let from = args.from.into_iter().map(|one| one.start).collect();
    let ask = ScopeAsk { from, like, as_of, known_at, limit: None };
    let backend = at.open()?;
    if let Some(format) = args.export {
        let about = args.handed.about();
        let bytes = backend.export_open_scope(&ask, (format, &about))?;
        return args.handed.write(&bytes, at);
    }
    let answer = backend.scope(&ask)?;
    at.output.notes(&answer.notes);
    if let Some(file) = &args.report {
        let about = report::About::now(&backend, question.clone())?;
        std::fs::write(file, report::scope_page(&answer, &about))
            .with_context(|| format!("write {}", file.display()))?;
        at.output.note(&format!("Report written to {}.", file.display()));
    }
    at.output.show(&answer, |page, answer| write(page, answer, &question, args.shown))?;
    Ok(Outcome::Done)
}

fn write(page: &mut Page, answer: &ScopeAnswer, question: &str, shown: Shown) {
    let summary = &answer.summary;
    page.heading(format!("Scope of {question}"));
    page.line(format!(
        "{} proven + {} possible + {} cleared: {} and {}",
        summary.proven,
        summary.possible,
        summary.cleared,
        count(summary.units, "unit"),
        count(summary.lots, "lot"),
    ));
    let wheres: Vec<String> =
        summary.by_where.iter().map(|(kind, n)| format!("{n} {}", word(kind))).collect();
    if !wheres.is_empty() {
        page.line(format!("Not cleared: {}", wheres.join(", ")));
    }
    if let [_, _, ..] = summary.by_part.as_slice() {
        page.line("");
        write_parts(page, &summary.by_part);
    }
    if answer.items.is_empty() {
        page.line("No items match: nothing recorded comes from it.");
    } else {
        page.line("");
        shown.table(page, ITEM_HEADER, answer.items.iter().map(item_row).collect());
        truncated(page, answer.truncated, answer.items.len());
    }
    write_consignees(page, &answer.consignees);
    write_accounts(page, &answer.accounts);
    if let Some(dates) = &answer.by_build_date {
        write_dates(page, dates);
    }
    if !answer.widenings.is_empty() {
        page.heading("What would narrow it");
        let rows: Vec<Row> = answer
            .widenings
            .iter()
            .map(|advice| vec![format!("up to {}", advice.items), advice.text.clone()])
            .collect();
        page.table(&["clears", "by knowing"], &rows);
    }
    let at: Vec<String> = answer.at.iter().map(|at| at.position.to_string()).collect();
    page.line("");
    page.line(format!("At position {} of the ledger.", at.join(", ")));
}

/// Where every piece of each suspect lot went.
fn write_accounts(page: &mut Page, accounts: &[LotAccount]) {
    if accounts.is_empty() {
        return;
    }
    page.heading("Do the quantities balance");
    let rows: Vec<Row> = accounts
        .iter()
        .map(|account| {
            let said = if account.balanced { "yes" } else { "NO" };
            vec![account.lot.label.clone(), said.to_owned(), account.text.clone()]
        })
        .collect();
    page.table(&["lot", "balanced", "where it is"], &rows);
}

/// What a recall by build date would take.
fn write_dates(page: &mut Page, dates: &ByBuildDate) {
    page.line("");
    page.line(format!(
        "By build date it would be {} more than these {}: {} on the days they were built.",
        count(dates.more_in_days, "unit"),
        dates.concerned,
        dates.in_days
    ));
}

fn write_parts(page: &mut Page, parts: &[PartCount]) {
    let rows: Vec<Row> = parts
        .iter()
        .map(|count| {
            let part = count.part.as_ref();
            vec![
                part.map_or_else(|| "without one".to_owned(), ToString::to_string),
                count.name.clone().unwrap_or_default(),
                count.proven.to_string(),
                count.possible.to_string(),
                count.cleared.to_string(),
            ]
        })
        .collect();
    page.table(&["part", "name", "proven", "possible", "cleared"], &rows);
}

/// Who has items that are not cleared.
pub(super) fn write_consignees(page: &mut Page, consignees: &[Consignee]) {
    if consignees.is_empty() {
        return;
    }
    page.heading("Who has them");
    let rows: Vec<Row> = consignees
        .iter()
        .map(|one| {
            let name = one.name.clone().unwrap_or_default();
            let place: Vec<&str> =
                [one.place.as_deref(), one.country.as_deref()].into_iter().flatten().collect();
            let shipments: Vec<&str> = one.shipments.iter().map(|code| code.as_str()).collect();
            vec![
                one.party.to_string(),
                name,
                place.join(", "),
                one.proven.to_string(),
                one.possible.to_string(),
                shipments.join(", "),
            ]
        })
        .collect();
    page.table(&["party", "name", "place", "proven", "possible", "shipments"], &rows);
}
