//! What a caller is told when something is not done: `application/problem+json` (RFC 9457).
//!
//! The one place where refusals and failures become HTTP statuses.

use std::fmt;

use domain::rejection::Finding;
use domain::{Code, Rejection};

/// The media type of every error.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why something was not done.
///
/// Source: RFC 9457, with members of our own after `instance`.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Link to the page that explains it, or `about:blank`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong this time, and what to do.
    pub detail: String,
    /// Path of the call.
    #[serde(default)]
    pub instance: String,
    /// Stable code, where a rule said no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// Which act of the command was refused, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<usize>,
    /// Everything the rules found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Which parameter of the query is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Where the code is explained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explain: Option<String>,
    /// When to try again. Units: milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// Problems as JSON:API has them.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct ErrorsDocument {
    /// Which JSON:API.
    pub jsonapi: crate::routes::Version,
    /// What was not done: always one.
    pub errors: Vec<ErrorDocument>,
}

/// One problem as JSON:API has it.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct ErrorDocument {
    /// The HTTP status, as text.
    pub status: String,
    /// Stable code, where a rule said no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// What it is in a few words.
    pub title: String,
    /// What was wrong this time, and what to do.
    pub detail: String,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ErrorSource>,
}

/// Where a problem was met.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct ErrorSource {
    /// Which parameter of the query.
    pub parameter: String,
}

impl From<Problem> for ErrorsDocument {
    fn from(problem: Problem) -> Self {
        let source = problem.parameter.map(|parameter| ErrorSource { parameter });
        let error = ErrorDocument {
            status: problem.status.to_string(),
            code: problem.code,
            title: problem.title,
            detail: problem.detail,
            source,
        };
        Self { jsonapi: crate::routes::Version::one(), errors: vec![error] }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{code} {}: {}", self.title, self.detail),
            None => write!(f, "{}: {}", self.title, self.detail),
        }
    }
}

impl std::error::Error for Problem {}

impl Problem {
    /// The problem as it was met at a path.
    pub(crate) fn at(mut self: Box<Self>, path: &str) -> Box<Self> {
        path.clone_into(&mut self.instance);
        self
    }

    /// A problem that has no code of its own.
    pub(crate) fn plain(status: u16, title: &str, detail: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            kind: "about:blank".to_owned(),
            title: title.to_owned(),
            status,
            detail: detail.into(),
            instance: String::new(),
            code: None,
            act: None,
            findings: Vec::new(),
            parameter: None,
            explain: None,
            retry_after_ms: None,
        })
    }

    /// A problem with a stable code.
    pub(crate) fn coded(status: u16, code: Code, detail: impl Into<String>) -> Box<Self> {
        let mut problem = Self::plain(status, code.title(), detail);
        let page = format!("/api/v1/errors/{code}");
        problem.kind.clone_from(&page);
        problem.code = Some(code);
        problem.explain = Some(page);
        problem
    }

    /// The problem with words before its detail that say where it was met.
    pub(crate) fn within(mut self: Box<Self>, place: &str) -> Box<Self> {
        self.detail = format!("{place}: {}", self.detail);
        self
    }

    /// Input that cannot be read.
    pub(crate) fn malformed(detail: impl Into<String>) -> Box<Self> {
        Self::coded(400, Code::Malformed, detail)
    }

    /// A parameter of the query that cannot be read.
    pub(crate) fn parameter(name: &str, detail: &str) -> Box<Self> {
        let mut problem = Self::malformed(format!("the query parameter {name}: {detail}"));
        problem.parameter = Some(name.to_owned());
        problem
    }

    /// Something that is not there.
    pub(crate) fn not_found(detail: impl Into<String>) -> Box<Self> {
        Self::plain(404, "not found", detail)
    }

    /// More than a limit allows.
    pub(crate) fn too_large(detail: impl Into<String>) -> Box<Self> {
        Self::coded(413, Code::TooLarge, detail)
    }

    /// Come back later.
    pub(crate) fn busy(retry_after_ms: u64, detail: impl Into<String>) -> Box<Self> {
        let mut problem = Self::coded(503, Code::Busy, detail);
        problem.retry_after_ms = Some(retry_after_ms);
        problem
    }

    /// Nothing more is written until somebody restarts the server; reading goes on.
    pub(crate) fn writer_stopped(why: &str) -> Box<Self> {
        let detail = format!(
            "nothing more is written: {why}. What was answered is kept; see to the cause, restart \
             the server, and send again what was not answered"
        );
        Self::plain(503, "writer stopped", detail)
    }

    /// A disk that is full, told as such: whoever asked may be able to make room.
    fn disk_full(error: &dyn std::error::Error) -> Box<Self> {
        tracing::error!(error = %engine::chain(error), "a disk is full");
        let detail = "a disk of the server is full; nothing of this was kept: make room, try again";
        Self::plain(507, "insufficient storage", detail)
    }

    /// A failure that is ours: the cause goes to the log, not to the caller.
    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Box<Self> {
        if is_disk_full(error) {
            return Self::disk_full(error);
        }
        tracing::error!(error = %engine::chain(error), "a call failed");
        Self::plain(500, "internal failure", "the server failed to do this; its log says why")
    }
}

/// Whether the first cause is that no more fits on a disk.
fn is_disk_full(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|cause| {
        cause.downcast_ref::<store::Error>().is_some_and(store::Error::is_disk_full)
            || cause.downcast_ref::<std::io::Error>().is_some_and(store::is_disk_full)
    })
}

impl From<Rejection> for Box<Problem> {
    fn from(rejection: Rejection) -> Self {
        let detail: Vec<String> = rejection
            .findings
            .iter()
            .map(|finding| format!("{}; {}", finding.detail, finding.needed))
            .collect();
        let code = rejection.code;
        let mut problem = Problem::coded(status_of(code), code, detail.join(". "));
        problem.title = rejection.title;
        problem.act = Some(rejection.act);
        problem.findings = rejection.findings;
        problem
    }
}

/// 409 where the state of the plant forbids it, 422 where it makes no sense in any state.
const fn status_of(code: Code) -> u16 {
    match code {
        Code::NotAllowed => 403,
        Code::Busy => 503,
        Code::Malformed
        | Code::UnknownItem
        | Code::AmbiguousItem
        | Code::UnknownPart
        | Code::UnknownCode
        | Code::TooLarge
        | Code::WrongKind
        | Code::InTheFuture
        | Code::WrongUnit
        | Code::NotCorrectable
        | Code::FieldInvalid
        | Code::BeforeBirth
        | Code::DocumentInvalid
        | Code::MasterFaulty
        | Code::CaptureUnfit => 422,
        Code::CommandReused
        | Code::IdentifierUsed
        | Code::OnHold
        | Code::Expired
        | Code::Scrapped
        | Code::Shipped
        | Code::InstalledElsewhere
        | Code::NotAccepted
        | Code::WrongPart
        | Code::WrongRevision
        | Code::MoreThanLeft
        | Code::Cycle
        | Code::NotThere
        | Code::PackedElsewhere
        | Code::CodeTaken
        | Code::OutOfLimits
        | Code::WrongStage
        | Code::NoInstruction
        | Code::OutsideInstruction
        | Code::OutOfOrder
        | Code::CaptureMissing
        | Code::NotQualified
        | Code::SamePerson
        | Code::EquipmentUnfit
        | Code::RecordIncomplete
        | Code::ReviewOutdated
        | Code::NotReleased
        | Code::NotDemanded
        | Code::SignatureMissing
        | Code::OrderForbids
        | Code::OrderFull
        | Code::SerialNotIssued
        | Code::RangeOverlaps
        | Code::QualifiedInHindsight => 409,
    }
}

impl From<engine::Error> for Box<Problem> {
    fn from(error: engine::Error) -> Self {
        /// How long the views take to catch up after a large import, roughly.
        const BEHIND_RETRY_MS: u64 = 1000;
        match error {
            engine::Error::Busy { retry_after_ms } => {
                Problem::busy(retry_after_ms, "the queue of commands is full; try again")
            }
            engine::Error::Behind { .. } => Problem::busy(BEHIND_RETRY_MS, error.to_string()),
            engine::Error::WriterStopped { why } => Problem::writer_stopped(&why),
            engine::Error::NotFound(what) => Problem::not_found(format!("could not find {what}")),
            engine::Error::Rejected(rejection) => (*rejection).into(),
            engine::Error::Input(what) => Problem::coded(422, Code::Malformed, what),
            engine::Error::Parameter { parameter, detail } => {
                Problem::parameter(&parameter, &detail)
            }
            engine::Error::Store(error) => error.into(),
            error => Problem::internal(&error),
        }
    }
}

impl From<store::Error> for Box<Problem> {
    fn from(error: store::Error) -> Self {
        match &error {
            store::Error::NoFile { name } => Problem::not_found(format!("there is no file {name}")),
            store::Error::TooLong { what, found, limit } => {
                Problem::too_large(format!("{what} has {found} bytes; at most {limit} are taken"))
            }
            _ => Problem::internal(&error),
        }
    }
}

impl From<crate::token::Error> for Box<Problem> {
    fn from(error: crate::token::Error) -> Self {
        use crate::token::Error;
        match &error {
            Error::Name(_) => Problem::coded(422, Code::Malformed, engine::chain(&error)),
            Error::Taken(name) => {
                let detail = format!("a token or an account is called {name}");
                Problem::coded(409, Code::CodeTaken, detail)
            }
            Error::TooMany => Problem::coded(422, Code::TooLarge, error.to_string()),
            Error::Unknown(name) => Problem::not_found(format!("there is no token called {name}")),
            Error::File { .. } | Error::Content { .. } | Error::Random(_) | Error::Accounts(_) => {
                Problem::internal(&error)
            }
        }
    }
}

impl From<crate::account::Error> for Box<Problem> {
    fn from(error: crate::account::Error) -> Self {
        use crate::account::Error;
        match &error {
            Error::NotSignedIn => Problem::plain(401, "unauthorized", error.to_string()),
            Error::NotSigned => Problem::plain(403, "not signed", error.to_string()),
            Error::TooSoon { retry_after_ms } => {
                let mut problem = Problem::plain(429, "too many attempts", error.to_string());
                problem.retry_after_ms = Some(*retry_after_ms);
                problem
            }
            Error::Busy { retry_after_ms } => Problem::busy(*retry_after_ms, error.to_string()),
            Error::ChoosePassword => Problem::plain(403, "choose a password", error.to_string()),
            Error::Password(_) | Error::Name(_) | Error::Malformed(_) => {
                Problem::coded(422, Code::Malformed, engine::chain(&error))
            }
            Error::Person(_) => Problem::coded(422, Code::UnknownCode, error.to_string()),
            Error::Taken(_) => Problem::coded(409, Code::CodeTaken, error.to_string()),
            Error::Another(_) => Problem::coded(409, Code::SamePerson, error.to_string()),
            Error::Unfit(_) => Problem::plain(409, "not possible now", error.to_string()),
            Error::TooMany => Problem::coded(422, Code::TooLarge, error.to_string()),
            Error::Unknown(_) => Problem::not_found(error.to_string()),
            Error::File { .. } | Error::Content { .. } | Error::Random(_) | Error::Hash(_) => {
                Problem::internal(&error)
            }
            Error::Engine(_) => match error {
                Error::Engine(error) => (*error).into(),
                error => Problem::internal(&error),
            },
        }
    }
}
