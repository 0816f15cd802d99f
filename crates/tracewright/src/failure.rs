//! How a command ends, and how it says that it did not work.

use std::io::Write as _;
use std::process::ExitCode;

use api::Problem;

/// Refused, or not verified.
const REFUSED: u8 = 1;
/// Usage or environment.
const FAILED: u8 = 2;

/// HTTP statuses by which a server answers no: not allowed, not there, refused by a rule.
const ANSWERS: &[u16] = &[403, 404, 409, 422];

/// How a command that ran to its end came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did what it was asked.
    Done,
    /// A rule said no, or what was to be verified does not hold.
    Refused,
    /// What was to be verified is not what can be: it was said in the answer.
    Unreadable,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::Refused => Self::from(REFUSED),
            Outcome::Unreadable => Self::from(FAILED),
        }
    }
}

/// Says once, in one chain, why it did not work; of a rule that said no, what to do too.
pub(crate) fn show(error: &anyhow::Error) -> ExitCode {
    if let Some(refusal) = refusal(error) {
        refuse(&refusal);
        return ExitCode::from(REFUSED);
    }
    let asking = if problem(error).is_some() { "ask the server: " } else { "" };
    say(&format!("tracewright: failed to {asking}{error:#}\n"));
    ExitCode::from(if is_answer(error) { REFUSED } else { FAILED })
}

/// Says why a rule said no, and what to do.
pub(crate) fn refuse(problem: &Problem) {
    let code = problem.code.map(|code| format!("{code} ")).unwrap_or_default();
    let mut text = format!("tracewright: refused: {code}{}\n", problem.title);
    if problem.findings.is_empty() {
        text.push_str(&format!("  {}\n", problem.detail));
    }
    for finding in &problem.findings {
        let other = if Some(finding.code) == problem.code {
            String::new()
        } else {
            format!("{} {}: ", finding.code, finding.code.title())
        };
        text.push_str(&format!("  {other}{}\n  -> {}\n", finding.detail, finding.needed));
    }
    if let Some(code) = problem.code {
        text.push_str(&format!("  more: tracewright explain {code}\n"));
    }
    say(&text);
}

/// Shows help, the version, or what is wrong with the arguments.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    // Where even that cannot be written, the exit code is all there is.
    drop(error.print());
    if error.use_stderr() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS }
}

/// Writes to stderr; nobody is left to be told where that fails.
pub(crate) fn say(text: &str) {
    drop(std::io::stderr().write_all(text.as_bytes()));
}

/// Whether it is the ledger that answers no, rather than the world that failed.
fn is_answer(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(
            cause.downcast_ref::<engine::Error>(),
            Some(
                engine::Error::NotFound(_) | engine::Error::Rejected(_) | engine::Error::Restore(_)
            )
        )
    }) || problem(error).is_some_and(|problem| ANSWERS.contains(&problem.status))
}

/// What a server said.
fn problem(error: &anyhow::Error) -> Option<&Problem> {
    error.downcast_ref::<api::client::Error>().and_then(api::client::Error::problem)
}

/// What rules said, where it was rules that said no.
fn refusal(error: &anyhow::Error) -> Option<Box<Problem>> {
    let rejected = error.chain().find_map(|cause| match cause.downcast_ref::<engine::Error>() {
        Some(engine::Error::Rejected(rejection)) => Some((**rejection).clone()),
        _ => None,
    });
    if let Some(rejection) = rejected {
        return Some(rejection.into());
    }
    problem(error).filter(|problem| !problem.findings.is_empty()).cloned().map(Box::new)
}
