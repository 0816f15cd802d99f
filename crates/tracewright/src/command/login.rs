//! Signing in at a server, out again, and who is signed in.

use std::io::{BufRead as _, IsTerminal as _, stdin};

use anyhow::{Context as _, Result as Fallible, anyhow, bail};
use api::SessionAnswer;
use api::account::SignIn;
use api::client::Error;
use clap::Args;
use serde_json::json;

use super::{Bench, Result};
use crate::backend::Kept;
use crate::failure::Outcome;
use crate::output::Page;

/// Sign in at a server as a person.
///
/// The password is asked for and not shown; from a script, give it as a line on stdin, and a new
/// one as a second line. The session is kept for later commands in a file only you may read; it
/// ends after 10 minutes without a command.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright login U-7 --server http://127.0.0.1:8420
  tracewright login U-7 --new-password      with the secret an administrator gave out, or to change
                                            the password
  printf '%s\\n' \"$PASSWORD\" | tracewright login U-7")]
pub(crate) struct LoginArgs {
    /// Which account.
    user: String,
    /// Choose a new password: 15 to 128 characters.
    #[arg(long)]
    new_password: bool,
}

/// Sign out: the session is worth nothing any more.
#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {}

/// Show who is signed in, or whose token is used.
#[derive(Debug, Args)]
pub(crate) struct WhoamiArgs {}

/// Read the statement on signatures, and accept it: without it you cannot sign.
#[derive(Debug, Args)]
pub(crate) struct StatementArgs {
    /// Accept the version that is shown.
    #[arg(long)]
    accept: bool,
}

/// Shows the statement, and accepts it.
pub(crate) fn statement(args: &StatementArgs, at: &Bench<'_>) -> Result {
    let client = at.place.server()?.ok_or_else(|| anyhow!("read the statement: name a server"))?;
    let statement = client.statement()?;
    if args.accept {
        client.accept_statement(statement.version)?;
    }
    at.output.show(&statement, |page, statement| {
        page.line(format!("Version {}: {}", statement.version, statement.text));
        page.line(if args.accept { "Accepted." } else { "Accept it with --accept." });
    })?;
    Ok(Outcome::Done)
}

/// Signs in.
pub(crate) fn login(args: LoginArgs, at: &Bench<'_>) -> Result {
    let LoginArgs { user, new_password } = args;
    let client = at.place.anybody()?;
    let secret = ask("Password: ")?;
    let mut new = if new_password { Some(ask_new()?) } else { None };
    let mut opened = client.sign_in(&sign_in(&user, &secret, new.as_deref()));
    // A secret that was given out is known for what it is only now.
    if chooses(&opened) && new.is_none() && stdin().is_terminal() {
        at.output.note("This secret is to be used once: choose a password, 15 characters or more.");
        new = Some(ask_new()?);
        opened = client.sign_in(&sign_in(&user, &secret, new.as_deref()));
    }
    let answer = opened?;
    let secret = answer.secret.clone().ok_or_else(|| anyhow!("read the secret of the session"))?;
    let kept = Kept { user, secret };
    at.place.sessions()?.put(client.server(), Some(kept))?;
    at.output.show(&SessionAnswer { secret: None, ..answer }, |page, answer| {
        page.line(format!("Signed in at {}.", client.server()));
        write(page, answer);
    })?;
    Ok(Outcome::Done)
}

/// Signs out.
pub(crate) fn logout(_: &LogoutArgs, at: &Bench<'_>) -> Result {
    let client = at.place.server()?.ok_or_else(|| anyhow!("sign out: name the server"))?;
    let done = client.sign_out();
    at.place.sessions()?.put(client.server(), None)?;
    match done {
        // A session that has ended already is signed out of as well.
        Err(Error::Problem(problem)) if problem.status == 401 => {}
        done => done?,
    }
    at.output.show(&json!({ "signedOut": true }), |page, _| page.line("Signed out."))?;
    Ok(Outcome::Done)
}

/// Shows who is signed in.
pub(crate) fn whoami(_: &WhoamiArgs, at: &Bench<'_>) -> Result {
    let client = at.place.server()?.ok_or_else(|| {
        anyhow!("tell who is signed in: a folder knows nobody; name a server with --server URL")
    })?;
    at.output.show(&client.who()?, write)?;
    Ok(Outcome::Done)
}

fn write(page: &mut Page, answer: &SessionAnswer) {
    let text = |value: Option<String>| value.unwrap_or_default();
    page.pairs([
        ("account", text(answer.user.as_ref().map(ToString::to_string))),
        ("token", text(answer.token.clone())),
        ("person", text(answer.person.as_ref().map(ToString::to_string))),
        ("role", answer.role.to_string()),
        ("station", text(answer.station.as_ref().map(ToString::to_string))),
    ]);
}

fn sign_in(user: &str, secret: &str, new: Option<&str>) -> SignIn {
    let new_password = new.map(ToOwned::to_owned);
    SignIn { user: user.to_owned(), secret: secret.to_owned(), new_password }
}

fn chooses(opened: &std::result::Result<SessionAnswer, Error>) -> bool {
    matches!(opened, Err(Error::Problem(problem)) if problem.title == "choose a password")
}

/// Asks for a secret: at a terminal without showing it, else the next line of stdin.
pub(crate) fn ask(what: &str) -> Fallible<String> {
    if stdin().is_terminal() {
        return rpassword::prompt_password(what).context("read the password");
    }
    line()
}

/// Asks for something that may be seen: at a terminal, else the next line of stdin.
pub(crate) fn ask_shown(what: &str) -> Fallible<String> {
    if stdin().is_terminal() {
        crate::failure::say(what);
    }
    line()
}

fn line() -> Fallible<String> {
    let mut line = String::new();
    if stdin().lock().read_line(&mut line).context("read from stdin")? == 0 {
        bail!("read the answer: stdin ended; type it at a terminal, or give it as a line");
    }
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

fn ask_new() -> Fallible<String> {
    let first = ask("New password: ")?;
    if stdin().is_terminal() && ask("Once more: ")? != first {
        bail!("choose a password: the two are not the same");
    }
    Ok(first)
}
