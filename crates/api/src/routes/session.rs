//! Signing in and out, and who is signed in.

use domain::{PersonCode, Role, StationCode, UserCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::{BadgeAsk, STATEMENT, STATEMENT_VERSION, Session, SignIn, SignedIn};
use crate::app::{Call, Reply};
use crate::caller::{COOKIE, Caller, PROOF, is_encrypted};
use crate::problem::Problem;
use crate::query::Nothing;
use crate::route::{JSON, JSON_BYTES_MAX, Route, delete, get, open_post, post};

const TAG: &str = "People";

/// What an owner accepts before the first signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatementAnswer {
    /// Which version.
    pub version: u32,
    /// The statement.
    pub text: String,
}

/// Accepts the statement on signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementAsk {
    /// Which version, as it was read.
    pub version: u32,
}

/// Who is signed in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionAnswer {
    /// By which account; absent: a token, which is no person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserCode>,
    /// The token, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonCode>,
    /// What they may do.
    pub role: Role,
    /// The station a badge was read at: work is possible there alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationCode>,
    /// What programs send as a bearer in later calls; given once, where the session is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl std::fmt::Debug for SessionAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionAnswer").field("user", &self.user).finish_non_exhaustive()
    }
}

impl SessionAnswer {
    fn of(session: Session) -> Self {
        Self {
            user: Some(session.user),
            token: None,
            person: Some(session.person),
            role: session.role,
            station: session.station,
            secret: None,
        }
    }
}

const SIGN_IN: &str = "\
Opens a session with an account and its password. A secret that an administrator gave out works \
once, within a day, and only together with `newPassword`: 15 to 128 characters that are in no \
list of breached ones; `newPassword` also changes a password. Programs send the `secret` of the \
answer as a bearer. Browsers send the header `tracewright-request: 1`: they get a cookie \
(HttpOnly, SameSite=Strict) and no secret, and send the header with every call that changes \
something. A session ends by signing out, after 10 minutes without a call, after 12 hours, at \
another address, when the account changes and when the server restarts. Five failures in a row \
lock an account until an administrator unlocks it; a terminal that fails waits longer each time. \
Who is not let in is not told why.";

pub(super) fn table() -> Vec<Route> {
    [entering(), statement()].into_iter().flatten().collect()
}

fn entering() -> Vec<Route> {
    vec![
        open_post("/api/v1/session")
            .says(TAG, "Sign in", SIGN_IN)
            .status(201)
            .takes::<SignIn>(JSON, JSON_BYTES_MAX)
            .answers_as::<SessionAnswer>(JSON)
            .raw(|call, _: Nothing| {
                let ask: SignIn = call.json()?;
                opened(call, call.app.accounts.sign_in(&ask, &call.terminal)?)
            }),
        post("/api/v1/session/badge", Role::Record)
            .says(
                TAG,
                "Sign in with a badge",
                "Opens a session with the role record, for work at one station. The token of the \
                 station asks for it. A badge says who somebody is and proves nothing: it never \
                 signs.",
            )
            .status(201)
            .takes::<BadgeAsk>(JSON, JSON_BYTES_MAX)
            .answers_as::<SessionAnswer>(JSON)
            .raw(|call, _: Nothing| {
                let ask: BadgeAsk = call.json()?;
                if !matches!(call.caller, Some(Caller::Token(_))) {
                    let detail = "a badge is read by a station, which has a token of its own";
                    return Err(Problem::coded(403, domain::Code::NotAllowed, detail));
                }
                opened(call, call.app.accounts.badge_in(&ask, &call.terminal)?)
            }),
        get("/api/v1/session", Some(Role::Read))
            .says(TAG, "Read who is signed in", "The person of the session, or the token.")
            .json(|call: &Call, _: Nothing| -> Result<SessionAnswer, Box<Problem>> {
                Ok(match &call.caller {
                    Some(Caller::Session(session, _)) => SessionAnswer::of((**session).clone()),
                    Some(Caller::Token(_)) | None => SessionAnswer {
                        user: None,
                        token: Some(call.by().to_owned()),
                        person: None,
                        role: call.caller.as_ref().map_or(Role::Read, Caller::role),
                        station: None,
                        secret: None,
                    },
                })
            }),
        delete("/api/v1/session", Role::Read)
            .says(TAG, "Sign out", "Ends the session; its secret is worth nothing any more.")
            .status(204)
            .raw(|call, _: Nothing| {
                let Some(Caller::Session(_, secret)) = &call.caller else {
                    let detail = "a token is no session; an administrator revokes it";
                    return Err(Problem::plain(409, "not possible now", detail));
                };
                call.app.accounts.sign_out(secret)?;
                Ok(Reply::done().header("set-cookie", set_cookie(call, "", "; Max-Age=0")))
            }),
    ]
}

fn statement() -> Vec<Route> {
    vec![
        get("/api/v1/session/statement", Some(Role::Read))
            .says(TAG, "Read the statement on signatures", "What is accepted before the first one.")
            .json(|_: &Call, _: Nothing| -> Result<StatementAnswer, Box<Problem>> {
                Ok(StatementAnswer { version: STATEMENT_VERSION, text: STATEMENT.to_owned() })
            }),
        post("/api/v1/session/statement", Role::Read)
            .says(
                TAG,
                "Accept the statement on signatures",
                "The person of the session accepts the version that is named.",
            )
            .status(204)
            .takes::<StatementAsk>(JSON, JSON_BYTES_MAX)
            .raw(|call, _: Nothing| {
                let ask: StatementAsk = call.json()?;
                let Some(Caller::Session(session, _)) = &call.caller else {
                    let detail = "a token accepts nothing: it is no person";
                    return Err(Problem::plain(409, "not possible now", detail));
                };
                call.app.accounts.accept(session, ask.version, &call.terminal)?;
                Ok(Reply::done())
            }),
    ]
}

fn opened(call: &Call, opened: SignedIn) -> Result<Reply, Box<Problem>> {
    let mut answer = SessionAnswer::of(opened.session);
    if call.headers.contains_key(PROOF) {
        let cookie = set_cookie(call, &opened.secret, "");
        return Ok(Reply::json(201, &answer)?.header("set-cookie", cookie));
    }
    answer.secret = Some(opened.secret);
    Reply::json(201, &answer)
}

fn set_cookie(call: &Call, value: &str, more: &str) -> String {
    let secure = if is_encrypted(&call.headers) { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}")
}
