//! Who may call a server.

use anyhow::Result as Fallible;
use api::client::Client;
use api::{Role, Token, TokenAsk, Tokens};
use clap::{Args, Subcommand};
use domain::Time;
use serde_json::json;

use super::{Bench, Result};
use crate::backend::require_folder;
use crate::failure::Outcome;
use crate::output::{Page, Row, day, moment};

/// Make, list or revoke tokens: who may call a server, and for what.
#[derive(Debug, Args)]
#[command(after_help = "\
Roles: read (ask anything), record (also tell what happens), quality (also decide about product),
admin (also look after the server). Works on a folder also while a server runs on it.

Examples:
  tracewright token create line-2 --role record --data plant
  tracewright token create auditor --role read --expires 2027-01-31 --data plant
  tracewright token list --data plant
  tracewright token revoke line-2 --data plant")]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    deed: TokenDeed,
}

/// What is done about tokens.
#[derive(Debug, Subcommand)]
enum TokenDeed {
    /// Make a token; it is shown once.
    Create {
        /// Whose it is: what it records is recorded by this name.
        name: String,
        /// What it may be used for: read, record, quality or admin.
        #[arg(long, default_value = "read")]
        role: Role,
        /// Until when it may be used; without it, until it is revoked.
        #[arg(long, value_name = "TIME")]
        expires: Option<Time>,
    },
    /// List the tokens, without their secrets.
    List,
    /// Make a token useless at once.
    Revoke {
        /// Whose.
        name: String,
    },
}

/// Where tokens are kept.
enum Keeper {
    Folder(Tokens),
    Server(Client),
}

impl Keeper {
    fn of(at: &Bench<'_>) -> Fallible<Self> {
        if let Some(client) = at.place.server()? {
            return Ok(Self::Server(client));
        }
        let folder = at.place.folder()?;
        require_folder(folder)?;
        Ok(Self::Folder(Tokens::of(folder)))
    }
}

/// Makes, lists or revokes tokens.
pub(crate) fn token(args: TokenArgs, at: &Bench<'_>) -> Result {
    let keeper = Keeper::of(at)?;
    match args.deed {
        TokenDeed::Create { name, role, expires } => {
            let made = match keeper {
                Keeper::Folder(tokens) => tokens.create(&name, role, expires)?,
                Keeper::Server(client) => client.create_token(&TokenAsk { name, role, expires })?,
            };
            at.output.show(&made, |page, made| {
                let Token { name, role, .. } = &made.token;
                page.line(format!("Token {name} with the role {role}; it is shown only now:"));
                page.line(format!("  {}", made.secret));
            })?;
        }
        TokenDeed::List => {
            let tokens = match keeper {
                Keeper::Folder(tokens) => tokens.list()?,
                Keeper::Server(client) => client.tokens()?,
            };
            at.output.show(&json!({ "tokens": tokens }), |page, _| list(page, &tokens))?;
        }
        TokenDeed::Revoke { name } => {
            match keeper {
                Keeper::Folder(tokens) => tokens.revoke(&name)?,
                Keeper::Server(client) => client.revoke_token(&name)?,
            }
            let answer = json!({ "revoked": name });
            at.output.show(&answer, |page, _| page.line(format!("Revoked {name}.")))?;
        }
    }
    Ok(Outcome::Done)
}

fn list(page: &mut Page, tokens: &[Token]) {
    if tokens.is_empty() {
        page.line(
            "There are no tokens; make one with `tracewright token create NAME --role ROLE`.",
        );
        return;
    }
    let rows: Vec<Row> = tokens
        .iter()
        .map(|token| {
            let expires = token.expires.map_or_else(|| "until revoked".to_owned(), day);
            vec![token.name.clone(), token.role.to_string(), moment(token.created), expires]
        })
        .collect();
    page.table(&["token", "role", "made", "usable until"], &rows);
}
