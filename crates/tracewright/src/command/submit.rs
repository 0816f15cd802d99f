//! Commands: from a file, and those that other commands make of their options.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result as Fallible, bail};
use api::account::Ceremony;
use api::{COMMANDS_PER_BATCH_MAX, CommandAnswer, Outcome as Answered};
use clap::Args;
use domain::act::Act;
use domain::{Command, ItemRef, Meaning, PersonCode, misread};
use engine::At;
use serde::Serialize;
use serde_json::Value;

use super::login::{ask, ask_shown};
use super::{Bench, Result};
use crate::backend::Backend;
use crate::failure::{self, Outcome};
use crate::output::{Page, Row, Tone, count};

/// Longest file of commands. Units: bytes.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// Submit commands from a JSON file; `-` reads stdin.
///
/// The file holds an object, an array of them, or one a line. They are submitted in order. The
/// first that is refused ends it, unless --go-on is given; what was admitted before stays. Commands
/// with an id can be submitted again: they get the first answer.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright do step.json --data plant
  echo '{\"acts\":[{\"act\":\"move\",\"items\":[\"SN-0042\"],\"place\":\"RACK-3\"}]}' \\
    | tracewright do - --data plant")]
pub(crate) struct DoArgs {
    /// The file, or `-` for stdin.
    file: PathBuf,
    /// Go on after a command that was refused.
    #[arg(long)]
    go_on: bool,
}

/// What became of the commands.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Submitted {
    at: Vec<At>,
    admitted: usize,
    rejected: usize,
    not_tried: usize,
    answers: Vec<Answered>,
}

/// Submits the commands of a file.
pub(crate) fn run(args: &DoArgs, at: &Bench<'_>) -> Result {
    let text = read(&args.file)?;
    let commands = parse(&text).with_context(|| format!("read {}", named(&args.file)))?;
    let backend = at.place.open_or_make(&engine::Options::default(), at.output)?;
    submit(&backend, &commands, args.go_on, at)
}

/// Submits one act made of options.
pub(crate) fn one(act: Act<ItemRef>, by: Option<PersonCode>, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let command = Command { performed_by: by, ..Command::attempt(vec![act]) };
    submit(&backend, &[command], false, at)
}

/// Submits commands made of options, up to the first that is refused.
pub(crate) fn commands(backend: &Backend, commands: &[Command], at: &Bench<'_>) -> Result {
    submit(backend, commands, false, at)
}

fn submit(backend: &Backend, commands: &[Command], go_on: bool, at: &Bench<'_>) -> Result {
    let total = commands.len();
    let bar = at.output.bar("submitting", "commands");
    let mut answers: Vec<Answered> = Vec::with_capacity(total);
    let mut rejected = 0;
    // Where a refusal is to end it, nothing may be under way behind it.
    let together = if go_on && at.sign.is_none() { COMMANDS_PER_BATCH_MAX } else { 1 };
    for batch in commands.chunks(together) {
        let answered = match at.sign {
            Some(meaning) => signed(backend, batch, meaning)?,
            None => backend.submit(batch)?,
        };
        let refused = answered.iter().filter(|one| matches!(one, Answered::Refused(_))).count();
        rejected += refused;
        answers.extend(answered);
        bar.at(answers.len() as u64, total as u64);
        if refused > 0 && !go_on {
            break;
        }
    }
    drop(bar);
    let answer = Submitted {
        at: match answers.iter().rev().find_map(admitted) {
            Some(last) => last.at.clone(),
            None => backend.at()?,
        },
        admitted: answers.len() - rejected,
        rejected,
        not_tried: total - answers.len(),
        answers,
    };
    at.output.show(&answer, write)?;
    for answered in &answer.answers {
        if let Answered::Refused(problem) = answered {
            failure::refuse(problem);
        }
    }
    Ok(if rejected == 0 { Outcome::Done } else { Outcome::Refused })
}

/// Submits commands signed, one by one: each takes account and password anew.
fn signed(backend: &Backend, commands: &[Command], meaning: Meaning) -> Fallible<Vec<Answered>> {
    backend.signs()?;
    let one = |command: &Command| {
        let ceremony = ceremony(backend, meaning, &in_full(&command.acts)?)?;
        backend.submit_signed(command, &ceremony)
    };
    commands.iter().map(one).collect()
}

/// Acts as who signs them sees them: all they say, an act a line.
fn in_full(acts: &[Act<ItemRef>]) -> Fallible<String> {
    let mut text = String::new();
    for act in acts {
        text.push_str(&serde_json::to_string(act).context("write the act as JSON")?);
        text.push('\n');
    }
    Ok(text)
}

/// Shows what is signed, keeps that with the record, and asks who signs.
pub(crate) fn ceremony(backend: &Backend, meaning: Meaning, what: &str) -> Fallible<Ceremony> {
    let shown = format!("I sign as {meaning}:\n{what}");
    failure::say(&shown);
    let shown = Some(backend.store(shown.as_bytes())?);
    let user = Some(ask_shown("Account: ")?);
    let secret = ask(&format!("Password, to sign as {meaning}: "))?;
    Ok(Ceremony { user, secret, meaning, shown })
}

fn write(page: &mut Page, answer: &Submitted) {
    let rows: Vec<Row> = answer.answers.iter().enumerate().map(row).collect();
    if answer.answers.len() > 1 {
        page.table(&["command", "answer", "entries", "made", "exceptions"], &rows);
        page.line("");
    }
    if answer.admitted > 0 {
        let first = answer.answers.iter().find_map(admitted);
        let last = answer.answers.iter().rev().find_map(admitted);
        let range = match (first, last) {
            (Some(first), Some(last)) if first.admitted.first != last.admitted.last => {
                format!("positions {} to {}", first.admitted.first, last.admitted.last)
            }
            (Some(first), _) => format!("position {}", first.admitted.first),
            (None, _) => String::new(),
        };
        let what = count(answer.admitted, "command");
        page.toned(Tone::Good, format!("Recorded {what} at {range}."));
    }
    for one in &answer.answers {
        for raised in admitted(one).into_iter().flat_map(|done| &done.admitted.exceptions) {
            let finding = &raised.finding;
            page.prose(&format!(
                "Exception {}: {} {}: {}",
                raised.exception,
                finding.code,
                finding.code.title(),
                finding.detail
            ));
        }
    }
    if answer.not_tried > 0 {
        page.line(format!("{} after it not tried.", count(answer.not_tried, "command")));
    }
}

fn row((index, one): (usize, &Answered)) -> Row {
    let number = (index + 1).to_string();
    match one {
        Answered::Admitted(answer) => {
            let done = &answer.admitted;
            let made: usize = done.created.iter().map(Vec::len).sum();
            let positions = if done.first == done.last {
                done.first.to_string()
            } else {
                format!("{} to {}", done.first, done.last)
            };
            let some = |n: usize| if n == 0 { String::new() } else { n.to_string() };
            let (made, exceptions) = (some(made), some(done.exceptions.len()));
            vec![number, "admitted".to_owned(), positions, made, exceptions]
        }
        Answered::Refused(problem) => {
            let code = problem.code.map(|code| format!(", {code}")).unwrap_or_default();
            vec![number, format!("refused{code}")]
        }
    }
}

const fn admitted(one: &Answered) -> Option<&CommandAnswer> {
    match one {
        Answered::Admitted(answer) => Some(answer),
        Answered::Refused(_) => None,
    }
}

/// What people call the file.
fn named(file: &Path) -> String {
    if file.as_os_str() == "-" { "stdin".to_owned() } else { file.display().to_string() }
}

fn read(file: &Path) -> Fallible<String> {
    let mut text = String::new();
    let failed = || format!("read {}", named(file));
    let taken = if file.as_os_str() == "-" {
        std::io::stdin().lock().take(FILE_BYTES_MAX + 1).read_to_string(&mut text)
    } else {
        let opened = std::fs::File::open(file).with_context(failed)?;
        opened.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)
    };
    if taken.with_context(failed)? as u64 > FILE_BYTES_MAX {
        bail!("read {}: it is longer than {FILE_BYTES_MAX} bytes; part it", named(file));
    }
    Ok(text)
}

/// Reads an object, an array of objects, or objects one after another.
fn parse(text: &str) -> Fallible<Vec<Command>> {
    let commands = if text.trim_start().starts_with('[') {
        match serde_json::from_str(text) {
            Ok(commands) => commands,
            Err(_) => one_by_one(&serde_json::from_str::<Vec<Value>>(text).map_err(|e| said(&e))?)?,
        }
    } else {
        let mut commands = Vec::new();
        for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
            let number = commands.len() + 1;
            let value = value.map_err(|error| said(&error)).with_context(|| understand(number))?;
            commands.push(read_one(&value, number)?);
        }
        commands
    };
    if commands.is_empty() {
        bail!("find a command in it: it is empty");
    }
    Ok(commands)
}

/// Reads commands so that the first which does not read is named.
fn one_by_one(values: &[Value]) -> Fallible<Vec<Command>> {
    let numbered = (1..).zip(values);
    numbered.map(|(number, value)| read_one(value, number)).collect()
}

fn read_one(value: &Value, number: usize) -> Fallible<Command> {
    misread::read(value).map_err(anyhow::Error::msg).with_context(|| understand(number))
}

fn understand(number: usize) -> String {
    format!("understand command {number}")
}

fn said(error: &serde_json::Error) -> anyhow::Error {
    anyhow::Error::msg(misread::not_json(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_come_alone_in_an_array_or_one_a_line() {
        let one = r#"{"acts":[{"act":"defineParty","code":"C-1","name":"Clinic"}]}"#;
        let numbers = [
            (one.to_owned(), 1),
            (format!("[{one},{one}]"), 2),
            (format!("{one}\n{one}\n\n{one}\n"), 3),
        ];
        for (text, number) in numbers {
            assert_eq!(parse(&text).unwrap().len(), number, "{text}");
        }
        for (text, error) in [
            ("", "find a command in it"),
            ("[]", "find a command in it"),
            ("{\"acts\":", "understand command 1"),
            ("[{\"act\":1}]", "understand command 1: there is no member `act`; write `acts`?"),
            ("[{\"acts\":[]},7]", "understand command 2: an object"),
            ("[{\"acts\":[]}", "it is not JSON: it ends too early, at line 1, column 1"),
            ("{\"acts\":[]} {", "understand command 2: it is not JSON: it ends too early"),
        ] {
            assert!(format!("{:#}", parse(text).unwrap_err()).starts_with(error), "{text}");
        }
    }
}
