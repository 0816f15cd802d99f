//! What a code means.

use anyhow::{Result as Fallible, bail};
use clap::Args;
use domain::Code;
use serde_json::json;

use super::{Bench, Result};
use crate::failure::Outcome;
use crate::output::Row;

/// Say what a code means and what to do about it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright explain TW0012
  tracewright explain                     every code")]
pub(crate) struct ExplainArgs {
    /// Which code; without it, all of them are listed.
    code: Option<String>,
}

/// Explains a code, or lists them.
pub(crate) fn explain(args: &ExplainArgs, at: &Bench<'_>) -> Result {
    match &args.code {
        Some(text) => one_code(text, at)?,
        None => all_codes(at)?,
    }
    Ok(Outcome::Done)
}

fn one_code(text: &str, at: &Bench<'_>) -> Fallible<()> {
    let Ok(code) = text.parse::<Code>() else {
        bail!(
            "explain {text}: there is no such code; codes are TW and four digits, and \
             `tracewright explain` lists them"
        );
    };
    let page = api::explain(code);
    let answer = json!({ "code": code, "title": code.title(), "page": page });
    at.output.show(&answer, |out, _| out.line(page.trim_end()))
}

fn all_codes(at: &Bench<'_>) -> Fallible<()> {
    let codes: Vec<_> =
        Code::ALL.iter().map(|code| json!({ "code": code, "title": code.title() })).collect();
    let rows: Vec<Row> =
        Code::ALL.iter().map(|code| vec![code.to_string(), code.title().to_owned()]).collect();
    at.output.show(&json!({ "codes": codes }), |page, _| {
        page.table(&["code", "means"], &rows);
        page.line("");
        page.line("`tracewright explain CODE` says what to do about one.");
    })
}
