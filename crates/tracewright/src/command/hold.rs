//! Holds: placing them, which stations know of them, what passed meanwhile; and the pushes that
//! tell stations.

use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::bail;
use api::client::{Client, Pushed};
use clap::{Args, Subcommand};
use domain::act::{AcknowledgeHold, Act, Hold};
use domain::start::Start;
use domain::{Command, HoldCode, ItemRef, PersonCode, Position, StationCode};
use engine::query::{Containment, HoldAnswer, HoldStation, Notice, NoticeKind, PassedRow};

use super::{Bench, Result, submit};
use crate::backend::Backend;
use crate::failure::Outcome;
use crate::output::{Page, Row, Tone, count, moment, when};

/// How long a station waits before it asks a server again that it could not reach.
const AGAIN: Duration = Duration::from_secs(2);

/// Hold items: no use, no packing, no shipping.
///
/// What is held is an item, or all that fits a start, now and later. Stations are told at once
/// (`station watch`) and acknowledge it.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    override_usage = "tracewright hold --code CODE --on START [--on START]... --reason WHY \
                      [OPTIONS]\n       tracewright hold COMMAND"
)]
#[command(after_help = "\
Examples:
  tracewright hold --code H-7 --on lot:77120-A --spreads --reason 'leak reported' --data plant
  tracewright hold --code H-8 --on 'equipment:TW-07@2026-06-01..2026-06-03' \\
    --reason 'torque wrench out of calibration' --data plant
  tracewright hold show H-7 --data plant
  tracewright hold acknowledge H-7 --station ST-3 --data plant")]
pub(crate) struct HoldArgs {
    #[command(subcommand)]
    deed: Option<HoldDeed>,
    /// How people call the hold; it must be new.
    #[arg(long, required = true, value_parser = HoldCode::new)]
    code: Option<HoldCode>,
    /// What is held; may be given again.
    #[arg(long, required = true, value_name = "START")]
    on: Vec<Start<ItemRef>>,
    /// Hold what came and comes from them too.
    #[arg(long)]
    spreads: bool,
    /// Why.
    #[arg(long, required = true)]
    reason: Option<String>,
    /// Who decided it.
    #[arg(long, value_name = "PERSON", value_parser = PersonCode::new)]
    by: Option<PersonCode>,
}

/// About a hold that stands.
#[derive(Debug, Subcommand)]
enum HoldDeed {
    /// Show which stations know of a hold since when, and what passed meanwhile.
    Show {
        /// Which hold.
        #[arg(value_parser = HoldCode::new)]
        code: HoldCode,
    },
    /// Say that a hold is known at a station.
    Acknowledge {
        /// Which hold.
        #[arg(value_parser = HoldCode::new)]
        code: HoldCode,
        /// At which station.
        #[arg(long, value_parser = StationCode::new)]
        station: StationCode,
        /// Who says so.
        #[arg(long, value_name = "PERSON", value_parser = PersonCode::new)]
        by: Option<PersonCode>,
    },
}

/// Places a hold, shows or acknowledges one.
pub(crate) fn hold(args: HoldArgs, at: &Bench<'_>) -> Result {
    let HoldArgs { deed, code, on, spreads, reason, by } = args;
    match deed {
        Some(HoldDeed::Show { code }) => {
            let answer = at.open()?.hold(&code)?;
            at.output.show(&answer, show)?;
            at.output.notes(&answer.notes);
            Ok(Outcome::Done)
        }
        Some(HoldDeed::Acknowledge { code, station, by }) => {
            let command = acknowledgement(code, (station, by));
            submit::commands(&at.open()?, &[command], at)
        }
        None => {
            let (Some(code), Some(reason)) = (code, reason) else {
                bail!("place a hold: give --code and --reason");
            };
            submit::one(Act::Hold(Hold { code, on, spreads, reason, found: Vec::new() }), by, at)
        }
    }
}

fn acknowledgement(code: HoldCode, (station, by): (StationCode, Option<PersonCode>)) -> Command {
    let command = Command::attempt(vec![Act::AcknowledgeHold(AcknowledgeHold { code })]);
    Command { station: Some(station), performed_by: by, ..command }
}

fn show(page: &mut Page, answer: &HoldAnswer) {
    let hold = &answer.hold;
    let by = answer.by.as_ref().map(|by| format!("{by}, ")).unwrap_or_default();
    let stands = match (&hold.lifted_by, &hold.lifted_because) {
        (Some(by), Some(why)) => format!("lifted by entry {by}: {why}"),
        _ => "in force".to_owned(),
    };
    page.pairs([
        ("hold", hold.code.to_string()),
        ("on", hold.text.clone()),
        ("reason", hold.reason.clone()),
        ("stands", stands),
        ("holds", count(hold.items, "item")),
        ("decided", format!("{} ({by}{})", moment(answer.decided), answer.recorded_by)),
        ("in the ledger", format!("{}, entry {}", moment(answer.recorded), hold.position)),
        ("known", contained(&answer.concerned, "station concerned", "stations concerned")),
        ("everywhere", contained(&answer.everywhere, "station", "stations")),
    ]);
    if !answer.stations.is_empty() {
        page.heading("Stations");
        let rows: Vec<Row> = answer.stations.iter().map(station_row).collect();
        page.table(
            &["station", "concerned", "here", "acknowledged", "by", "after", "passed"],
            &rows,
        );
    }
    page.heading("Passed before it was known");
    table(page, &answer.passed, "Nothing.");
    if !answer.refused.is_empty() {
        page.heading("Refused since");
        table(page, &answer.refused, "Nothing.");
    }
}

fn contained(known: &Containment, one: &str, many: &str) -> String {
    let Containment { stations, acknowledged, at, after_ms } = known;
    let what = if *stations == 1 { one } else { many };
    let after = match (at, after_ms) {
        (Some(at), Some(ms)) => {
            format!(", since {}: {} after the decision", moment(*at), span(*ms))
        }
        _ => String::new(),
    };
    format!("at {acknowledged} of {stations} {what}{after}")
}

/// A span of time as people say it. Units: milliseconds.
fn span(ms: i64) -> String {
    match ms {
        ..10_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        10_000..600_000 => format!("{} s", ms / 1000),
        600_000..36_000_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}

fn station_row(row: &HoldStation) -> Row {
    let some = |n: usize| if n == 0 { String::new() } else { n.to_string() };
    let by = row.by.as_ref().map(ToString::to_string).or_else(|| row.recorded_by.clone());
    vec![
        row.station.to_string(),
        if row.concerned { "yes" } else { "" }.to_owned(),
        some(row.here),
        row.acknowledged.map_or_else(|| "not yet".to_owned(), moment),
        by.unwrap_or_default(),
        row.after_ms.map(span).unwrap_or_default(),
        some(row.passed),
    ]
}

fn table(page: &mut Page, rows: &[PassedRow], none: &str) {
    if rows.is_empty() {
        return page.line(none);
    }
    let rows: Vec<Row> = rows
        .iter()
        .map(|row| {
            let how = match (row.held, row.told) {
                (false, _) => "before it stood",
                (true, true) => "told afterwards",
                (true, false) => "",
            };
            vec![
                row.position.to_string(),
                when(&row.performed),
                row.station.as_ref().map(ToString::to_string).unwrap_or_default(),
                row.what.clone(),
                how.to_owned(),
            ]
        })
        .collect();
    page.table(&["entry", "performed", "station", "what", "how"], &rows);
}

/// Stations: what they are told at once.
#[derive(Debug, Args)]
pub(crate) struct StationArgs {
    #[command(subcommand)]
    deed: StationDeed,
}

#[derive(Debug, Subcommand)]
enum StationDeed {
    Watch(WatchArgs),
}

/// Show what a station is told, as it happens: holds, what does not conform, what was decided.
///
/// It begins with what is open now. Where the connection breaks it goes on where it was; nothing is
/// left out. With --output json each line is one push.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright station watch ST-3 --server http://127.0.0.1:8420
  tracewright station watch ST-3 --acknowledge --server http://127.0.0.1:8420")]
struct WatchArgs {
    /// Which station.
    #[arg(value_parser = StationCode::new)]
    station: StationCode,
    /// Acknowledge each hold as it comes, as a machine that stops by itself does.
    #[arg(long)]
    acknowledge: bool,
    /// End after so many pushes.
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Begin after this position, not with what is open now.
    #[arg(long, value_name = "POSITION")]
    after: Option<u64>,
}

/// Does something at a station.
pub(crate) fn station(args: StationArgs, at: &Bench<'_>) -> Result {
    let StationDeed::Watch(args) = args.deed;
    let Backend::Remote(client) = at.open()? else {
        bail!("watch a station: pushes come from a server; name it with --server URL");
    };
    let mut watch = Watch { client: &client, args: &args, at, seen: 0, failed: None };
    let mut after = args.after.map(Position);
    loop {
        let heard = client.listen(Some(&args.station), after, &mut |pushed| {
            after = Some(pushed.position());
            match pushed {
                Pushed::Head(_) => ControlFlow::Continue(()),
                Pushed::Notice(notice) => watch.take(&notice),
            }
        });
        match heard {
            Ok(ControlFlow::Break(())) => return watch.failed.map_or(Ok(Outcome::Done), Err),
            Ok(ControlFlow::Continue(())) => {}
            Err(error @ api::client::Error::Reach { .. }) => {
                at.output.note(&format!("not connected: {error}; trying again"));
                std::thread::park_timeout(AGAIN);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// What a watch has come to.
struct Watch<'a> {
    client: &'a Client,
    args: &'a WatchArgs,
    at: &'a Bench<'a>,
    seen: usize,
    failed: Option<anyhow::Error>,
}

impl Watch<'_> {
    fn take(&mut self, notice: &Notice) -> ControlFlow<()> {
        if let Err(error) = self.shown(notice) {
            self.failed = Some(error);
            return ControlFlow::Break(());
        }
        self.seen += 1;
        if self.args.count.is_some_and(|count| self.seen >= count) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn shown(&self, notice: &Notice) -> anyhow::Result<()> {
        self.at.output.show(notice, |page, notice| page.toned(tone(notice), said(notice)))?;
        let to_know = notice.kind == NoticeKind::Hold && notice.open;
        if !self.args.acknowledge || !to_know || notice.acknowledged.is_some() {
            return Ok(());
        }
        let command =
            acknowledgement(HoldCode::new(&notice.code)?, (self.args.station.clone(), None));
        match self.client.command(&command) {
            Ok(_) => {}
            // It was lifted, or acknowledged by somebody else, in between.
            Err(api::client::Error::Problem(problem)) if problem.status != 401 => {
                self.at.output.note(&format!("not acknowledged: {}", problem.detail));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

const fn tone(notice: &Notice) -> Tone {
    match notice.kind {
        NoticeKind::Hold | NoticeKind::Nonconformance if notice.open => Tone::Bad,
        NoticeKind::Hold
        | NoticeKind::Lift
        | NoticeKind::Acknowledgement
        | NoticeKind::Nonconformance
        | NoticeKind::Disposition => Tone::Good,
    }
}

/// A push in one line.
fn said(notice: &Notice) -> String {
    let Notice { position, code, text, .. } = notice;
    let reason = notice.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let here = match notice.here {
        Some(0) | None => String::new(),
        Some(here) => format!(" - {here} of it here"),
    };
    let at = notice.station.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
    match notice.kind {
        NoticeKind::Hold => format!("{position} HOLD {code} on {text}{reason}{here}"),
        NoticeKind::Lift => format!("{position} lifted {code} on {text}{reason}"),
        NoticeKind::Acknowledgement => format!("{position} {code} acknowledged{at}"),
        NoticeKind::Nonconformance => format!("{position} NONCONFORMANCE {code}{at}: {text}"),
        NoticeKind::Disposition => {
            let decided = notice.disposition.as_ref().map(crate::output::word);
            format!("{position} decided {code}: {}", decided.unwrap_or_default())
        }
    }
}
