//! What does not conform and what is decided about it; who is qualified for what.

use clap::{Args, Subcommand, ValueEnum};
use domain::act::{Act, Dispose, Disposition, OpenNonconformance, Qualify};
use domain::{ItemRef, NonconformanceCode, OperationCode, PersonCode, QualificationCode, Time};
use engine::query::{NonconformancesAnswer, NonconformancesAsk, QualificationsAnswer};

use super::{Bench, PERSON, Result, submit};
use crate::failure::Outcome;
use crate::output::{Page, Row, moment};

/// Report what does not conform, and decide about it.
///
/// Opening one holds the items until somebody with the authority decides. A value out of limits
/// opens one by itself.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright nonconformance list --data plant
  tracewright nonconformance open SN-0042 --description 'housing cracked' --by P-7 --data plant
  tracewright nonconformance dispose NC-118 --as rework --back-to OP10 \\
    --reason 'bond line can be redone' --by P-9 --data plant")]
pub(crate) struct NonconformanceArgs {
    #[command(subcommand)]
    deed: NonconformanceDeed,
}

/// What is done about nonconformances.
#[derive(Debug, Subcommand)]
enum NonconformanceDeed {
    /// List those that wait for a decision.
    List {
        /// The decided ones too.
        #[arg(long)]
        all: bool,
    },
    /// Report that items do not conform, and hold them.
    Open {
        /// Which items.
        #[arg(required = true, value_name = "REF")]
        items: Vec<ItemRef>,
        /// What is wrong.
        #[arg(long)]
        description: String,
        /// Its code; without it one is made.
        #[arg(long, value_parser = NonconformanceCode::new)]
        code: Option<NonconformanceCode>,
        /// The code of the person who reports it.
        #[arg(long, value_name = "PERSON", env = PERSON, value_parser = PersonCode::new)]
        by: Option<PersonCode>,
    },
    /// Decide, and end the hold.
    Dispose {
        /// Which nonconformance.
        #[arg(value_parser = NonconformanceCode::new)]
        code: NonconformanceCode,
        /// What is done.
        #[arg(long = "as", value_name = "DECISION")]
        disposition: Decision,
        /// Why that is right.
        #[arg(long)]
        reason: String,
        /// For rework and repair: the operation from which all is done again.
        #[arg(long, value_name = "OPERATION", value_parser = OperationCode::new)]
        back_to: Option<OperationCode>,
        /// The code of the person who decides.
        #[arg(long, value_name = "PERSON", env = PERSON, value_parser = PersonCode::new)]
        by: PersonCode,
    },
}

/// What is done with items that do not conform.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Decision {
    /// They may be used as they are.
    UseAsIs,
    /// They are made to conform.
    Rework,
    /// They are made fit for use without conforming.
    Repair,
    /// They are discarded.
    Scrap,
    /// They go back to the supplier.
    Return,
}

impl From<Decision> for Disposition {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::UseAsIs => Self::UseAsIs,
            Decision::Rework => Self::Rework,
            Decision::Repair => Self::Repair,
            Decision::Scrap => Self::Scrap,
            Decision::Return => Self::Return,
        }
    }
}

/// Does what was asked about nonconformances.
pub(crate) fn nonconformance(args: NonconformanceArgs, at: &Bench<'_>) -> Result {
    match args.deed {
        NonconformanceDeed::List { all } => {
            let answer = at.open()?.nonconformances(&NonconformancesAsk { all })?;
            at.output.show(&answer, |page, answer| listed(page, answer, all))?;
            Ok(Outcome::Done)
        }
        NonconformanceDeed::Open { items, description, code, by } => {
            let open = OpenNonconformance { code, items, description, capture: None };
            submit::one(Act::OpenNonconformance(open), by, at)
        }
        NonconformanceDeed::Dispose { code, disposition, reason, back_to, by } => {
            let dispose = Dispose {
                nonconformance: code,
                disposition: disposition.into(),
                reason,
                back_to,
                items: Vec::new(),
                again: Vec::new(),
            };
            submit::one(Act::Dispose(dispose), Some(by), at)
        }
    }
}

fn listed(page: &mut Page, answer: &NonconformancesAnswer, all: bool) {
    if answer.nonconformances.is_empty() {
        page.line(if all { "Nothing was ever reported." } else { "Nothing waits for a decision." });
        return;
    }
    let rows: Vec<Row> = answer
        .nonconformances
        .iter()
        .map(|row| {
            let items: Vec<&str> = row.items.iter().map(|item| item.label.as_str()).collect();
            vec![
                row.code.to_string(),
                items.join(", "),
                row.description.clone(),
                row.by.as_ref().map_or_else(String::new, ToString::to_string),
                moment(row.opened),
                row.disposition.map_or_else(|| "open".to_owned(), |d| d.word().to_owned()),
            ]
        })
        .collect();
    page.table(&["code", "items", "what is wrong", "by", "opened", "decision"], &rows);
}

/// Say what a person is qualified for, or list it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright qualify P-7 torque --until 2027-06-30 --reason 'course of 2026-06-30' \\
    --by P-9 --data plant
  tracewright qualify --list --data plant")]
pub(crate) struct QualifyArgs {
    /// Who.
    #[arg(value_parser = PersonCode::new, required_unless_present = "list")]
    person: Option<PersonCode>,
    /// For what.
    #[arg(value_parser = QualificationCode::new, required_unless_present = "list")]
    qualification: Option<QualificationCode>,
    /// Until when; a moment that is past withdraws it.
    #[arg(long, value_name = "TIME")]
    until: Option<Time>,
    /// On what ground.
    #[arg(long, required_unless_present = "list")]
    reason: Option<String>,
    /// The code of the person who says so; not the one who is qualified.
    #[arg(long, value_name = "PERSON", env = PERSON, value_parser = PersonCode::new)]
    by: Option<PersonCode>,
    /// List who is qualified for what.
    #[arg(long, conflicts_with_all = ["person", "qualification", "until", "reason"])]
    list: bool,
}

/// Qualifies a person, or lists who is qualified.
pub(crate) fn qualify(args: QualifyArgs, at: &Bench<'_>) -> Result {
    let (Some(person), Some(qualification), Some(reason)) =
        (args.person, args.qualification, args.reason)
    else {
        let answer = at.open()?.qualifications()?;
        at.output.show(&answer, qualified)?;
        return Ok(Outcome::Done);
    };
    let qualify = Qualify { person, qualification, until: args.until, files: Vec::new(), reason };
    submit::one(Act::Qualify(qualify), args.by, at)
}

fn qualified(page: &mut Page, answer: &QualificationsAnswer) {
    if answer.qualifications.is_empty() {
        page.line("Nobody is qualified for anything yet.");
        return;
    }
    let rows: Vec<Row> = answer
        .qualifications
        .iter()
        .map(|row| {
            vec![
                row.person.to_string(),
                row.qualification.to_string(),
                moment(row.from),
                row.until.map_or_else(String::new, moment),
                if row.holds { "yes" } else { "no" }.to_owned(),
            ]
        })
        .collect();
    page.table(&["person", "qualification", "from", "until", "holds"], &rows);
}
