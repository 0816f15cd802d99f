//! Frozen scopes: frozen, looked at again, made again, handed on.

use clap::{Args, Subcommand};
use domain::{ItemRef, PersonCode, Position, ScopeCode, Time};
use engine::query::{Like, ScopeDelta, ScopeDocument};
use engine::{
    DeltaAnswer, DeltaAsk, ExportFormat, FreezeAsk, FrozenScope, RerunAnswer, ScopesAnswer,
};

use super::Handed;
use crate::command::question::{Shown, Typed};
use crate::command::{Bench, Result};
use crate::failure::Outcome;
use crate::output::{Page, Row, Tone, count, word};

/// What to do with frozen scopes.
#[derive(Debug, Subcommand)]
pub(crate) enum FrozenCommand {
    Freeze(FreezeArgs),
    Delta(DeltaArgs),
    List(ListArgs),
    Show(ShowArgs),
    Verify(RerunArgs),
    Export(ExportArgs),
}

/// Freeze a scope: numbered, hashed, in the ledger, and to be made again by anybody.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright scope freeze --from lot:77120-A --code RC-2026-03 --reason 'leak' --data plant
  tracewright scope freeze --from lot:77120-A --known-at 5120 --reason 'as reported' --data plant")]
pub(crate) struct FreezeArgs {
    /// How it is to be called; without it RC- with the year and the next number.
    #[arg(long, value_parser = ScopeCode::new)]
    code: Option<ScopeCode>,
    /// Where the suspicion begins; may be given again.
    #[arg(long, value_name = "START", required_unless_present = "like")]
    from: Vec<Typed>,
    /// All units that are like this one.
    #[arg(long, value_name = "REF", requires = "by", conflicts_with = "from")]
    like: Option<ItemRef>,
    /// In which attribute of the record they are alike.
    #[arg(long, value_name = "ATTRIBUTE", requires = "like")]
    by: Option<String>,
    /// What was so by then.
    #[arg(long, value_name = "TIME")]
    as_of: Option<Time>,
    /// The last entry that is to be known; without it the last there is.
    #[arg(long, value_name = "POSITION")]
    known_at: Option<u64>,
    /// Why.
    #[arg(long)]
    reason: String,
    /// Who decided it.
    #[arg(long, value_name = "PERSON", value_parser = PersonCode::new)]
    person: Option<PersonCode>,
}

/// Say what changed since a scope was frozen, each change with its reason, and number it.
///
/// Where nothing changed, nothing is written.
#[derive(Debug, Args)]
pub(crate) struct DeltaArgs {
    /// Which scope.
    #[arg(value_parser = ScopeCode::new)]
    code: ScopeCode,
    /// Only look; write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Why it is looked at again.
    #[arg(long)]
    reason: Option<String>,
    /// Who asks.
    #[arg(long, value_name = "PERSON", value_parser = PersonCode::new)]
    person: Option<PersonCode>,
    #[command(flatten)]
    shown: Shown,
}

/// List frozen scopes and their deltas.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {}

/// Show a frozen scope, or one of its deltas.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Which scope.
    #[arg(value_parser = ScopeCode::new)]
    code: ScopeCode,
    /// Which number of its series; without it the last.
    #[arg(long)]
    number: Option<u32>,
    #[command(flatten)]
    shown: Shown,
}

/// Make a frozen scope again from the ledger and compare bytes.
///
/// Each number is asked for anew at its own position. Exit code 0: all come out the same. 1: one
/// does not, and the first difference is named.
#[derive(Debug, Args)]
pub(crate) struct RerunArgs {
    /// Which scope.
    #[arg(value_parser = ScopeCode::new)]
    code: ScopeCode,
}

/// Write a frozen scope in a form others read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright scope export RC-2026-03 --format csv --out recall.csv --data plant
  tracewright scope export RC-2026-03 --format json --out recall.json --data plant
  tracewright scope export RC-2026-03 --format proof --out recall.twproof --data plant
  tracewright verify recall.twproof --document recall.json")]
pub(crate) struct ExportArgs {
    /// Which scope.
    #[arg(value_parser = ScopeCode::new)]
    code: ScopeCode,
    /// Which number of its series; without it the last.
    #[arg(long)]
    number: Option<u32>,
    /// In which form: json (the document itself), csv, openfda, epcis or proof.
    #[arg(long, default_value = "json")]
    format: ExportFormat,
    #[command(flatten)]
    handed: Handed,
}

/// Does it.
pub(crate) fn run(command: FrozenCommand, at: &Bench<'_>) -> Result {
    match command {
        FrozenCommand::Freeze(args) => freeze(args, at),
        FrozenCommand::Delta(args) => delta(args, at),
        FrozenCommand::List(ListArgs {}) => list(at),
        FrozenCommand::Show(args) => show(&args, at),
        FrozenCommand::Verify(args) => verify(&args, at),
        FrozenCommand::Export(args) => export(&args, at),
    }
}

fn freeze(args: FreezeArgs, at: &Bench<'_>) -> Result {
    let ask = FreezeAsk {
        code: args.code,
        from: args.from.into_iter().map(|typed| typed.start).collect(),
        like: args.like.zip(args.by).map(|(item, by)| Like { item, by }),
        as_of: args.as_of,
        known_at: args.known_at.map(Position),
        reason: args.reason,
        by: args.person,
    };
    let answer = at.open()?.freeze_scope(&ask)?;
    at.output.show(&answer, |page, answer| {
        let frozen = &answer.frozen;
        page.heading(format!("Frozen as {}", frozen.code));
        frozen_lines(page, frozen);
    })?;
    Ok(Outcome::Done)
}

fn frozen_lines(page: &mut Page, frozen: &FrozenScope) {
    page.line(format!("Asked: {}", frozen.question));
    page.line(format!("Why: {}", frozen.reason));
    let (proven, possible, cleared) = (frozen.proven, frozen.possible, frozen.cleared);
    page.line(format!("{proven} proven + {possible} possible + {cleared} cleared"));
    page.line(format!(
        "It stands at position {}; entry {} by {} names its document, SHA-256 {}.",
        frozen.known_at, frozen.position, frozen.recorded_by, frozen.sha256
    ));
}

fn delta(args: DeltaArgs, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let answer: DeltaAnswer = if args.dry_run {
        backend.look_at_scope(&args.code)?
    } else {
        let ask = DeltaAsk { reason: args.reason, by: args.person };
        backend.scope_delta(&args.code, &ask)?
    };
    at.output.show(&answer, |page, answer| {
        match (&answer.frozen, answer.delta.is_empty()) {
            (Some(frozen), _) => {
                page.heading(format!("{} number {}", frozen.code, frozen.number));
                frozen_lines(page, frozen);
            }
            (None, true) => page.line(format!(
                "Nothing changed since number {}: nothing was written.",
                answer.delta.since
            )),
            (None, false) => page.line("This is what a delta would say; nothing was written."),
        }
        changes(page, &answer.delta, args.shown);
    })?;
    Ok(Outcome::Done)
}

fn changes(page: &mut Page, delta: &ScopeDelta, shown: Shown) {
    if delta.is_empty() {
        return;
    }
    page.line("");
    for group in &delta.groups {
        page.prose(&group.text);
    }
    let stood = |stood: &Option<engine::query::Stood>| {
        stood.as_ref().map_or_else(
            || "not in the scope".to_owned(),
            |stood| format!("{}, {}", word(&stood.certainty), stood.text),
        )
    };
    let rows: Vec<Row> = delta
        .changes
        .iter()
        .map(|change| {
            let because: Vec<String> = change.because.iter().map(ToString::to_string).collect();
            vec![change.label.clone(), stood(&change.was), stood(&change.now), because.join(", ")]
        })
        .collect();
    page.line("");
    shown.table(page, &["item", "was", "is", "because of entry"], rows);
}

fn list(at: &Bench<'_>) -> Result {
    let answer: ScopesAnswer = at.open()?.scopes()?;
    at.output.show(&answer, |page, answer| {
        if answer.scopes.is_empty() {
            page.line("No scope is frozen.");
            return;
        }
        let rows: Vec<Row> = answer
            .scopes
            .iter()
            .map(|frozen| {
                vec![
                    frozen.code.to_string(),
                    frozen.number.to_string(),
                    frozen.known_at.to_string(),
                    frozen.proven.to_string(),
                    frozen.possible.to_string(),
                    frozen.cleared.to_string(),
                    frozen.question.clone(),
                    frozen.reason.clone(),
                ]
            })
            .collect();
        let header =
            ["code", "number", "position", "proven", "possible", "cleared", "asked", "why"];
        page.table(&header, &rows);
    })?;
    Ok(Outcome::Done)
}

fn show(args: &ShowArgs, at: &Bench<'_>) -> Result {
    let document: ScopeDocument = at.open()?.scope_document(&args.code, args.number)?;
    at.output.show(&document, |page, document| {
        page.line(format!("Frozen for: {}", document.reason));
        let question = engine::question(&document.query);
        let title = format!("{question}: {} number {}", document.code, document.number);
        super::write(page, &document.scope, &title, args.shown);
        if let Some(delta) = &document.delta {
            page.heading(format!("What changed since number {}", delta.since));
            changes(page, delta, args.shown);
        }
    })?;
    Ok(Outcome::Done)
}

fn verify(args: &RerunArgs, at: &Bench<'_>) -> Result {
    let answer: RerunAnswer = at.open()?.rerun_scope(&args.code)?;
    at.output.show(&answer, |page, answer| {
        for number in &answer.numbers {
            let name = format!("{} number {}", number.code, number.number);
            match &number.difference {
                None => page.toned(
                    Tone::Good,
                    format!("{name} comes out again, byte by byte: SHA-256 {}", number.sha256),
                ),
                Some(difference) => {
                    page.toned(Tone::Bad, format!("{name} DOES NOT HOLD: {difference}"));
                }
            }
        }
        page.line(format!("{} made again.", count(answer.numbers.len(), "number")));
    })?;
    Ok(if answer.holds { Outcome::Done } else { Outcome::Refused })
}

fn export(args: &ExportArgs, at: &Bench<'_>) -> Result {
    let about = args.handed.about();
    let bytes = at.open()?.export_scope(&args.code, args.number, (args.format, &about))?;
    args.handed.write(&bytes, at)
}
