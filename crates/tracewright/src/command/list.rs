//! Lists: items, lots, entries, exceptions, holds.

use clap::{Args, Subcommand};
use domain::act::{Act, CloseException, Kind};
use domain::item::Status;
use domain::{ItemRef, OrderCode, PersonCode, Position, StationCode, Time};
use engine::query::{
    EntriesAsk, EntryRow, ExceptionRow, ExceptionsAsk, HoldRow, HoldsAsk, ItemName, ItemRow,
    ItemsAsk, LotRow, LotsAsk, Page as Listed,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Bench, Result, submit};
use crate::failure::Outcome;
use crate::output::{Page, Row, count, day, moment, when, word};

/// Which part of a list.
#[derive(Debug, Clone, Args)]
pub(crate) struct Paging {
    /// How many rows.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Where the page begins: what the page before it ended with.
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// All pages.
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

impl Paging {
    /// Asks for one page, or for all that follow too.
    pub(super) fn collect<T>(
        &self,
        mut ask: impl FnMut(Option<String>, Option<usize>) -> anyhow::Result<Listed<T>>,
    ) -> anyhow::Result<Listed<T>> {
        let limit = if self.all { Some(engine::query::PAGE_MAX) } else { self.limit };
        let mut listed = ask(self.after.clone(), limit)?;
        if self.all {
            while let Some(next) = listed.next.take() {
                let page = ask(Some(next), limit)?;
                listed.items.extend(page.items);
                listed.next = page.next;
            }
        }
        Ok(listed)
    }
}

/// Shows a list, or what to do where it is empty.
pub(super) fn show<T: Serialize>(
    listed: &Listed<T>,
    header: &[&str],
    row: impl Fn(&T) -> Row,
    empty: &str,
    at: &Bench<'_>,
) -> Result {
    at.output.notes(&listed.notes);
    at.output.show(listed, |page: &mut Page, listed| {
        if listed.items.is_empty() {
            page.line(empty);
            return;
        }
        let rows: Vec<Row> = listed.items.iter().map(row).collect();
        page.table(header, &rows);
        page.line("");
        page.line(match &listed.next {
            Some(next) => {
                format!("{} shown; the next: --after {next}, all: --all", count(rows.len(), "row"))
            }
            None => count(rows.len(), "row"),
        });
    })?;
    Ok(Outcome::Done)
}

/// List items, oldest first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright items --kind unit --status onHold --data plant
  tracewright items --order WO-51187 --all --output json --data plant
  tracewright items --text sn-00 --data plant")]
pub(crate) struct ItemsArgs {
    /// What they are: unit, lot, pallet, package, panel, tray.
    #[arg(long, value_parser = known_word::<Kind>)]
    kind: Option<Kind>,
    /// Of which part: NUMBER or NUMBER/REVISION.
    #[arg(long)]
    part: Option<String>,
    /// In which status: inProcess, inStock, onHold, shipped, …
    #[arg(long, value_parser = known_word::<Status>)]
    status: Option<Status>,
    /// Of which work or production order.
    #[arg(long, value_parser = OrderCode::new)]
    order: Option<OrderCode>,
    /// With a name that contains this.
    #[arg(long)]
    text: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

/// Reads a word as JSON has it; what is wrong with it names those that are known.
fn known_word<T: DeserializeOwned>(text: &str) -> std::result::Result<T, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|error| error.to_string())
}

/// Lists items.
pub(crate) fn items(args: &ItemsArgs, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let listed = args.paging.collect(|after, limit| {
        backend.items(&ItemsAsk {
            kind: args.kind,
            part: args.part.clone(),
            status: args.status,
            order: args.order.clone(),
            text: args.text.clone(),
            after,
            limit,
        })
    })?;
    let row = |one: &ItemRow| {
        vec![
            one.label.clone(),
            word(&one.kind),
            one.part.as_ref().map(ToString::to_string).unwrap_or_default(),
            word(&one.status),
            one.place.text.clone(),
            one.lot.as_ref().map(|lot| lot.label.clone()).unwrap_or_default(),
            one.order.as_ref().map(ToString::to_string).unwrap_or_default(),
        ]
    };
    let header = &["item", "kind", "part", "status", "where", "lot", "order"];
    show(&listed, header, row, "No items match. Without filters all items are listed.", at)
}

/// List lots with what is left of them, oldest first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright lots --part MB-09 --data plant
  tracewright lots --unexplained --data plant")]
pub(crate) struct LotsArgs {
    /// Of which part: NUMBER or NUMBER/REVISION.
    #[arg(long)]
    part: Option<String>,
    /// Only those with something that nobody explains.
    #[arg(long)]
    unexplained: bool,
    #[command(flatten)]
    paging: Paging,
}

/// What stands in place of a quantity of software.
const NOT_COUNTED: &str = "not counted";

/// Lists lots.
pub(crate) fn lots(args: &LotsArgs, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let listed = args.paging.collect(|after, limit| {
        let part = args.part.clone();
        backend.lots(&LotsAsk { part, unexplained: args.unexplained, after, limit })
    })?;
    let row = |one: &LotRow| {
        let zero = domain::Amount::default();
        let unexplained = one.balance.map(|books| books.unexplained).filter(|sum| *sum != zero);
        let here = one.balance.map(|books| books.on_hand.to_string());
        vec![
            one.lot.label.clone(),
            one.part.as_ref().map(ToString::to_string).unwrap_or_default(),
            word(&one.status),
            one.supplier.as_ref().map(ToString::to_string).unwrap_or_default(),
            here.unwrap_or_else(|| NOT_COUNTED.to_owned()),
            one.usable.map(|usable| usable.to_string()).unwrap_or_default(),
            unexplained.map(|sum| sum.to_string()).unwrap_or_default(),
            one.expires.map(day).unwrap_or_default(),
        ]
    };
    let header =
        &["lot", "part", "status", "supplier", "on hand", "usable", "unexplained", "usable until"];
    show(&listed, header, row, "No lots match.", at)
}

/// List entries of the ledger, newest first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright entries --item SN-0042 --data plant
  tracewright entries --act hold --data plant
  tracewright entries --by P-017 --from 2026-06-18 --data plant")]
pub(crate) struct EntriesArgs {
    /// That touch this item.
    #[arg(long, value_name = "REF")]
    item: Option<ItemRef>,
    /// Of this act: step, install, hold, ship, …
    #[arg(long)]
    act: Option<String>,
    /// Performed or recorded by.
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
    #[command(flatten)]
    paging: Paging,
}

/// Lists entries.
pub(crate) fn entries(args: &EntriesArgs, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let listed = args.paging.collect(|after, limit| {
        backend.entries(&EntriesAsk {
            item: args.item.clone(),
            act: args.act.clone(),
            by: args.by.clone(),
            station: args.station.clone(),
            from: args.from,
            to: args.to,
            after,
            limit,
        })
    })?;
    let row = |one: &EntryRow| {
        let mut what = one.summary.clone();
        if let Some(by) = one.superseded_by {
            what.push_str(&format!(" (superseded by {by})"));
        }
        if let Some(signature) = &one.signature {
            what.push_str(&format!("; signed: {}", signature.words()));
        }
        let by =
            one.by.as_ref().map_or_else(|| format!("({})", one.recorded_by), |by| by.to_string());
        vec![one.position.to_string(), when(&one.performed), moment(one.received), by, what]
    };
    let header = &["position", "performed", "received", "by", "what"];
    show(&listed, header, row, "No entries match.", at)
}

/// List exceptions, oldest first, or close one.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  tracewright exceptions --data plant
  tracewright exceptions close 4711 --reason 'counted again, 12 found' --data plant"
)]
pub(crate) struct ExceptionsArgs {
    #[command(subcommand)]
    deed: Option<ExceptionDeed>,
    /// Closed ones too.
    #[arg(long)]
    closed: bool,
    /// Owned by this role.
    #[arg(long)]
    owner: Option<String>,
    /// On this item.
    #[arg(long, value_name = "REF")]
    item: Option<ItemRef>,
    #[command(flatten)]
    paging: Paging,
}

/// What is done about an exception.
#[derive(Debug, Subcommand)]
enum ExceptionDeed {
    /// Close an exception.
    Close {
        /// Its position.
        exception: u64,
        /// Why it is settled.
        #[arg(long)]
        reason: String,
        /// Who decided it.
        #[arg(long, value_name = "PERSON", value_parser = PersonCode::new)]
        by: Option<PersonCode>,
    },
}

/// Lists exceptions or closes one.
pub(crate) fn exceptions(args: ExceptionsArgs, at: &Bench<'_>) -> Result {
    if let Some(ExceptionDeed::Close { exception, reason, by }) = args.deed {
        let close = CloseException { exception: Position(exception), reason };
        return submit::one(Act::CloseException(close), by, at);
    }
    let backend = at.open()?;
    let listed = args.paging.collect(|after, limit| {
        backend.exceptions(&ExceptionsAsk {
            open: if args.closed { None } else { Some(true) },
            owner: args.owner.clone(),
            item: args.item.clone(),
            after,
            limit,
        })
    })?;
    let row = |one: &ExceptionRow| {
        let state = one.closed_because.as_ref().map(|why| format!("closed: {why}"));
        vec![
            one.position.to_string(),
            one.code.to_string(),
            labels(&one.items),
            one.detail.clone(),
            one.owner.clone(),
            state.unwrap_or_else(|| "open".to_owned()),
        ]
    };
    let header = &["exception", "code", "items", "what was found", "owner", "state"];
    let empty = if args.closed { "No exceptions match." } else { "No exceptions are open." };
    show(&listed, header, row, empty, at)
}

fn labels(items: &[ItemName]) -> String {
    const SHOWN: usize = 4;
    let mut text =
        items.iter().take(SHOWN).map(|item| item.label.as_str()).collect::<Vec<_>>().join(", ");
    if items.len() > SHOWN {
        text.push_str(&format!(" and {} more", items.len() - SHOWN));
    }
    text
}

/// List holds, oldest first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright holds --data plant
  tracewright holds --lifted --data plant                 lifted ones too")]
pub(crate) struct HoldsArgs {
    /// Lifted ones too.
    #[arg(long)]
    lifted: bool,
    #[command(flatten)]
    paging: Paging,
}

/// Lists holds.
pub(crate) fn holds(args: &HoldsArgs, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let active = if args.lifted { None } else { Some(true) };
    let listed =
        args.paging.collect(|after, limit| backend.holds(&HoldsAsk { active, after, limit }))?;
    let row = |one: &HoldRow| {
        let state = one.lifted_because.as_ref().map(|why| format!("lifted: {why}"));
        vec![
            one.code.to_string(),
            one.text.clone(),
            one.items.to_string(),
            one.reason.clone(),
            moment(one.since),
            state.unwrap_or_else(|| "active".to_owned()),
        ]
    };
    let header = &["hold", "on", "items", "reason", "since", "state"];
    let empty = if args.lifted { "There are no holds." } else { "No hold is active." };
    show(&listed, header, row, empty, at)
}
