//! The accounts of people.

use std::sync::Arc;

use anyhow::Result as Fallible;
use api::Role;
use api::account::{Accounts, Actor, Changed, NewUser, Policy, State, UserChange, UserRow};
use api::client::Client;
use clap::{Args, Subcommand};
use domain::{PersonCode, UserCode};
use engine::Options;
use serde_json::json;

use super::{Bench, Result};
use crate::backend::{RECORDED_BY, open_folder, require_folder};
use crate::failure::Outcome;
use crate::output::{Page, Row, moment};

/// Add, list and change the accounts of people.
///
/// An account is of one person and has one role: read, record, quality or admin, as tokens have.
/// Its name is never given to another. Nobody learns a password but its owner: what is printed is a
/// secret to be used once, within a day, with `tracewright login USER --new-password`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright user add A-1 --person P-1 --name 'Ann Meier' --role admin --data plant
  tracewright user add U-7 --person P-7 --role record
  tracewright user identity U-7 --method 'identity card' --evidence 'no. ending in 812'
  tracewright user reset U-7 --reason 'forgot it, asked in person'
  tracewright user disable U-7 --reason 'left on 2026-06-30'

The first administrator is added to the folder, before a server runs on it, or with the token that
the first start of a server prints.")]
pub(crate) struct UserArgs {
    #[command(subcommand)]
    deed: UserDeed,
}

/// What is done about accounts.
#[derive(Debug, Subcommand)]
enum UserDeed {
    /// Add an account; its secret is shown once.
    Add {
        /// What it is called, for ever: a code that says nothing of the person.
        #[arg(value_parser = UserCode::new)]
        user: UserCode,
        /// Whose it is.
        #[arg(long, value_name = "PERSON", value_parser = PersonCode::new)]
        person: PersonCode,
        /// The person's printed name, where the person is not defined yet.
        #[arg(long)]
        name: Option<String>,
        /// What it may do: read, record, quality or admin.
        #[arg(long, default_value = "record")]
        role: Role,
    },
    /// List the accounts.
    List,
    /// End an account: it may not be used any more, its name stays taken.
    Disable(Because),
    /// Let an account be used again, with a new secret.
    Enable(Because),
    /// Give out a new secret in place of a password that was lost.
    Reset(Because),
    /// Let an account be used again after too many failures.
    Unlock(Because),
    /// Give an account another role.
    Role {
        /// Which account.
        user: String,
        /// Which role: read, record, quality or admin.
        role: Role,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Give the owner of an account a badge, to sign in with at a station.
    Badge {
        /// Which account.
        user: String,
        /// What the badge says when it is read.
        badge: String,
    },
    /// Take the badges of an account back.
    Unbadge(Because),
    /// Say that you saw who the owner of an account is; without it the owner cannot sign.
    Identity {
        /// Which account.
        user: String,
        /// How: an identity card, a known face.
        #[arg(long)]
        method: String,
        /// What shows it: a number, a document.
        #[arg(long)]
        evidence: String,
    },
}

/// An account, and why.
#[derive(Debug, Args)]
struct Because {
    /// Which account.
    user: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

/// Where accounts are kept.
enum Keeper {
    Folder(Box<Accounts>),
    Server(Client),
}

impl Keeper {
    fn of(at: &Bench<'_>) -> Fallible<Self> {
        if let Some(client) = at.place.server()? {
            return Ok(Self::Server(client));
        }
        let folder = at.place.folder()?;
        require_folder(folder)?;
        let plant = Arc::new(open_folder(folder, &Options::default(), at.output)?);
        Ok(Self::Folder(Box::new(Accounts::open(plant, Policy::default())?)))
    }

    fn list(&self) -> Fallible<Vec<UserRow>> {
        match self {
            Self::Folder(accounts) => Ok(accounts.list()),
            Self::Server(client) => Ok(client.users()?),
        }
    }

    fn add(&self, ask: &NewUser) -> Fallible<Changed> {
        match self {
            Self::Folder(accounts) => Ok(accounts.add(ask, &Actor::named(RECORDED_BY))?),
            Self::Server(client) => Ok(client.add_user(ask)?),
        }
    }

    fn change(&self, user: &str, change: &UserChange) -> Fallible<Changed> {
        match self {
            Self::Folder(accounts) => {
                Ok(accounts.change_user(user, change, &Actor::named(RECORDED_BY))?)
            }
            Self::Server(client) => Ok(client.change_user(user, change)?),
        }
    }
}

/// Adds, lists or changes accounts.
pub(crate) fn user(args: UserArgs, at: &Bench<'_>) -> Result {
    let keeper = Keeper::of(at)?;
    let (user, change) = match args.deed {
        UserDeed::Add { user, person, name, role } => {
            let added = keeper.add(&NewUser { user, person, name, role })?;
            at.output.show(&added, write)?;
            return Ok(Outcome::Done);
        }
        UserDeed::List => {
            let users = keeper.list()?;
            at.output.show(&json!({ "users": users }), |page, _| list(page, &users))?;
            return Ok(Outcome::Done);
        }
        UserDeed::Disable(Because { user, reason }) => (user, UserChange::Disable { reason }),
        UserDeed::Enable(Because { user, reason }) => (user, UserChange::Enable { reason }),
        UserDeed::Reset(Because { user, reason }) => (user, UserChange::Reset { reason }),
        UserDeed::Unlock(Because { user, reason }) => (user, UserChange::Unlock { reason }),
        UserDeed::Unbadge(Because { user, reason }) => {
            (user, UserChange::WithdrawBadges { reason })
        }
        UserDeed::Role { user, role, reason } => (user, UserChange::Role { role, reason }),
        UserDeed::Badge { user, badge } => (user, UserChange::Badge { badge }),
        UserDeed::Identity { user, method, evidence } => {
            (user, UserChange::ConfirmIdentity { method, evidence })
        }
    };
    at.output.show(&keeper.change(&user, &change)?, write)?;
    Ok(Outcome::Done)
}

fn write(page: &mut Page, changed: &Changed) {
    list(page, std::slice::from_ref(&changed.user));
    let Some(secret) = &changed.secret else { return };
    page.line("");
    page.line("A secret for its owner, to be used once within a day; it is shown only now:");
    page.line(format!("  {secret}"));
    page.line(format!("The owner: tracewright login {} --new-password", changed.user.user));
}

fn list(page: &mut Page, users: &[UserRow]) {
    if users.is_empty() {
        page.line("There are no accounts; add one with `tracewright user add --help`.");
        return;
    }
    let rows: Vec<Row> = users
        .iter()
        .map(|user| {
            let state = match (user.state, user.secret_until) {
                (State::New, Some(until)) => format!("new, secret until {}", moment(until)),
                (State::New, None) => "new".to_owned(),
                (State::Active, _) => "active".to_owned(),
                (State::Locked, _) => "locked".to_owned(),
                (State::Disabled, _) => "disabled".to_owned(),
            };
            let seen = user.identity.as_ref();
            let seen = seen.map_or_else(|| "no".to_owned(), |seen| format!("by {}", seen.verifier));
            let (name, person) = (user.user.to_string(), user.person.to_string());
            vec![name, person, user.role.to_string(), state, seen, user.badges.to_string()]
        })
        .collect();
    page.table(&["account", "person", "role", "state", "identity confirmed", "badges"], &rows);
}
