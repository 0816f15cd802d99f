//! Serial numbers: ranges, giving numbers out, declaring them void, and the account of them.

use clap::{Args, Subcommand, ValueEnum};
use domain::act::{Act, CheckCharacter, DefineRange, IssueSerials, VoidSerials};
use domain::{Command, OrderCode, PartNumber, PersonCode, RangeCode, StationCode};
use engine::query::{DefinitionsAsk, NumberRow, NumberState, NumbersAsk, RangeRow};

use super::list::{self, Paging};
use super::{Bench, PERSON, Result, submit};
use crate::backend::Backend;
use crate::failure::{self, Outcome};
use crate::output::{Page, Row, Tone, word};

/// Give serial numbers out of ranges, and account for every one of them.
///
/// A number is given out once. It is used when a unit is called so, void when somebody says why it
/// never will be, and open until then.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright serial range SR-1 LP-300 --prefix LP --from 1 --to 9999 --digits 6 --data plant
  tracewright serial issue SR-1 40 --order WO-7 --data plant
  tracewright serial void SR-1 LP000007 --reason 'plate was scratched' --by P-7 --data plant
  tracewright serial show SR-1 --data plant
  tracewright serial numbers SR-1 --state open --data plant")]
pub(crate) struct SerialArgs {
    #[command(subcommand)]
    deed: SerialDeed,
}

/// What is done.
#[derive(Debug, Subcommand)]
enum SerialDeed {
    /// Define a range: a prefix and a number of so many digits. It never changes.
    Range(RangeArgs),
    /// Give out the next numbers of a range, and print them.
    Issue {
        /// Of which range.
        #[arg(value_parser = RangeCode::new)]
        range: RangeCode,
        /// How many.
        #[arg(default_value_t = 1)]
        count: u32,
        /// For units of this order only.
        #[arg(long, value_parser = OrderCode::new)]
        order: Option<OrderCode>,
        /// On lease to this station only.
        #[arg(long, value_parser = StationCode::new)]
        lease: Option<StationCode>,
        /// The code of the person who does it.
        #[arg(long, value_name = "PERSON", env = PERSON, value_parser = PersonCode::new)]
        by: Option<PersonCode>,
    },
    /// Say that numbers which were given out are never used.
    Void {
        /// Of which range.
        #[arg(value_parser = RangeCode::new)]
        range: RangeCode,
        /// Which numbers, as they are written.
        #[arg(required = true)]
        numbers: Vec<String>,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The code of the person who says so.
        #[arg(long, value_name = "PERSON", env = PERSON, value_parser = PersonCode::new)]
        by: PersonCode,
    },
    /// List ranges with their accounts.
    List {
        /// With a code or part that contains this.
        #[arg(long)]
        text: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show the account of a range: given out = used + void + open.
    Show {
        /// Which range.
        #[arg(value_parser = RangeCode::new)]
        range: RangeCode,
    },
    /// List the numbers of a range that were given out.
    Numbers {
        /// Which range.
        #[arg(value_parser = RangeCode::new)]
        range: RangeCode,
        /// Only those of which this became.
        #[arg(long)]
        state: Option<Became>,
        /// Only those for this order.
        #[arg(long, value_parser = OrderCode::new)]
        order: Option<OrderCode>,
        #[command(flatten)]
        paging: Paging,
    },
}

/// What becomes of a number.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Became {
    /// Nothing is called so yet.
    Open,
    /// A unit is or was called so.
    Used,
    /// It is never used.
    Void,
}

/// How a number is guarded.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Guard {
    /// A digit over digits, as GS1 has it.
    Gs1,
    /// A letter or digit over capital letters and digits, ISO/IEC 7064 MOD 37,36.
    Iso7064,
}

/// What a range is.
#[derive(Debug, Args)]
struct RangeArgs {
    /// Its code.
    #[arg(value_parser = RangeCode::new)]
    range: RangeCode,
    /// For units of which part.
    #[arg(value_parser = PartNumber::new)]
    part: PartNumber,
    /// What every number begins with.
    #[arg(long, default_value = "")]
    prefix: String,
    /// The first number.
    #[arg(long = "from", value_name = "N")]
    first: u64,
    /// The last number.
    #[arg(long = "to", value_name = "N")]
    last: u64,
    /// How many digits a number has, zeros in front.
    #[arg(long)]
    digits: u8,
    /// Guard each number with a check character.
    #[arg(long)]
    check: Option<Guard>,
    /// For one order only.
    #[arg(long, value_parser = OrderCode::new)]
    order: Option<OrderCode>,
    /// The code of the person who defines it.
    #[arg(long, value_name = "PERSON", env = PERSON, value_parser = PersonCode::new)]
    by: Option<PersonCode>,
}

/// Does what was asked about serial numbers.
pub(crate) fn run(args: SerialArgs, at: &Bench<'_>) -> Result {
    match args.deed {
        SerialDeed::Range(args) => define(args, at),
        SerialDeed::Issue { range, count, order, lease, by } => {
            let issue = IssueSerials { range, count, order, station: lease, numbers: Vec::new() };
            give_out(issue, by, at)
        }
        SerialDeed::Void { range, numbers, reason, by } => {
            submit::one(Act::VoidSerials(VoidSerials { range, numbers, reason }), Some(by), at)
        }
        SerialDeed::List { text, paging } => ranges(text.as_deref(), &paging, at),
        SerialDeed::Show { range } => account(&range, at),
        SerialDeed::Numbers { range, state, order, paging } => {
            let state = state.map(|state| match state {
                Became::Open => NumberState::Open,
                Became::Used => NumberState::Used,
                Became::Void => NumberState::Void,
            });
            let backend = at.open()?;
            let listed = paging.collect(|after, limit| {
                let order = order.clone();
                backend
                    .range_numbers(&range, &NumbersAsk { state, entry: None, order, after, limit })
            })?;
            let header = &["number", "state", "unit", "order", "station", "why"];
            list::show(&listed, header, number, "No numbers match.", at)
        }
    }
}

fn define(args: RangeArgs, at: &Bench<'_>) -> Result {
    let range = DefineRange {
        code: args.range,
        part: args.part,
        order: args.order,
        prefix: args.prefix,
        first: args.first,
        last: args.last,
        digits: args.digits,
        check: args.check.map(|guard| match guard {
            Guard::Gs1 => CheckCharacter::Gs1,
            Guard::Iso7064 => CheckCharacter::Iso7064,
        }),
    };
    submit::one(Act::DefineRange(range), args.by, at)
}

/// Gives numbers out and prints them, one a line.
fn give_out(issue: IssueSerials, by: Option<PersonCode>, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let range = issue.range.clone();
    let command = Command { performed_by: by, ..Command::attempt(vec![Act::IssueSerials(issue)]) };
    let outcome = backend.submit(&[command])?.pop();
    let answer = match outcome {
        Some(api::Outcome::Admitted(answer)) => answer,
        Some(api::Outcome::Refused(problem)) => {
            failure::refuse(&problem);
            return Ok(Outcome::Refused);
        }
        None => anyhow::bail!("give numbers out: no answer came"),
    };
    let entry = Some(answer.admitted.first);
    let rows = all(&backend, &range, &NumbersAsk { entry, ..NumbersAsk::default() })?;
    at.output.show(&rows, |page: &mut Page, rows| {
        rows.iter().for_each(|row| page.line(row.number.clone()));
    })?;
    at.output.note(&format!("Given out by entry {}.", answer.admitted.first));
    Ok(Outcome::Done)
}

/// All numbers that fit, page by page.
fn all(backend: &Backend, range: &RangeCode, ask: &NumbersAsk) -> anyhow::Result<Vec<NumberRow>> {
    let mut rows = Vec::new();
    let mut ask = NumbersAsk { limit: Some(engine::query::PAGE_MAX), ..ask.clone() };
    loop {
        let page = backend.range_numbers(range, &ask)?;
        rows.extend(page.items);
        ask.after = page.next;
        if ask.after.is_none() {
            return Ok(rows);
        }
    }
}

fn ranges(text: Option<&str>, paging: &Paging, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let listed = paging.collect(|after, limit| {
        backend.ranges(&DefinitionsAsk { text: text.map(str::to_owned), after, limit })
    })?;
    let row = |row: &RangeRow| {
        vec![
            row.range.code.to_string(),
            row.range.part.to_string(),
            format!("{} to {}", row.from, row.to),
            row.issued.to_string(),
            row.used.to_string(),
            row.void.to_string(),
            row.open.to_string(),
            row.left.to_string(),
        ]
    };
    let header = &["range", "part", "numbers", "given out", "used", "void", "open", "left"];
    list::show(&listed, header, row, "No ranges match. `serial range` defines one.", at)
}

fn account(range: &RangeCode, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let text = Some(range.to_string());
    let found = backend.ranges(&DefinitionsAsk { text, after: None, limit: None })?.items;
    let Some(row) = found.into_iter().find(|row| row.range.code == *range) else {
        anyhow::bail!("find range {range}: `serial list` shows those there are");
    };
    let of =
        |state| all(&backend, range, &NumbersAsk { state: Some(state), ..NumbersAsk::default() });
    let void = of(NumberState::Void)?;
    let account = Account { range: row, void, open: of(NumberState::Open)? };
    at.output.show(&account, show)?;
    Ok(Outcome::Done)
}

/// The account of a range, with the numbers somebody has to know of.
#[derive(Debug, serde::Serialize)]
struct Account {
    range: RangeRow,
    void: Vec<NumberRow>,
    open: Vec<NumberRow>,
}

fn show(page: &mut Page, account: &Account) {
    let row = &account.range;
    let order = row.range.order.as_ref().map(ToString::to_string).unwrap_or_default();
    page.pairs([
        ("range", row.range.code.to_string()),
        ("part", row.range.part.to_string()),
        ("order", order),
        ("numbers", format!("{} to {}", row.from, row.to)),
        (
            "given out",
            format!("{} = {} used + {} void + {} open", row.issued, row.used, row.void, row.open),
        ),
        ("left", row.left.to_string()),
    ]);
    for number in &row.disputed {
        page.toned(Tone::Bad, format!("{number} is void, and a unit is called so."));
    }
    let header = ["number", "state", "unit", "order", "station", "why"];
    let rows: Vec<Row> = account.void.iter().chain(&account.open).map(number).collect();
    if !rows.is_empty() {
        page.heading("Void and open");
        page.table(&header, &rows);
    }
}

fn number(row: &NumberRow) -> Row {
    vec![
        row.number.clone(),
        word(&row.state),
        row.item.as_ref().map(|item| item.label.clone()).unwrap_or_default(),
        row.order.as_ref().map(ToString::to_string).unwrap_or_default(),
        row.station.as_ref().map(ToString::to_string).unwrap_or_default(),
        row.reason.clone().unwrap_or_default(),
    ]
}
