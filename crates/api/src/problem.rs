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
    /// Where the code is explained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explain: Option<String>,
    /// When to try again. Units: milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
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
    pub(crate) fn at(self, path: &str) -> Self {
        Self { instance: path.to_owned(), ..self }
    }

    /// A problem that has no code of its own.
    pub(crate) fn plain(status: u16, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: title.to_owned(),
            status,
            detail: detail.into(),
            instance: String::new(),
            code: None,
            act: None,
            findings: Vec::new(),
            explain: None,
            retry_after_ms: None,
        }
    }

    /// A problem with a stable code.
    pub(crate) fn coded(status: u16, code: Code, detail: impl Into<String>) -> Self {
        let page = format!("/api/v1/errors/{code}");
        Self {
            kind: page.clone(),
            code: Some(code),
            explain: Some(page),
            ..Self::plain(status, code.title(), detail)
        }
    }

    /// Input that cannot be read.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::coded(400, Code::Malformed, detail)
    }

    /// Something that is not there.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::plain(404, "not found", detail)
    }

    /// More than a limit allows.
    pub(crate) fn too_large(detail: impl Into<String>) -> Self {
        Self::coded(413, Code::TooLarge, detail)
    }

    /// Come back later.
    pub(crate) fn busy(retry_after_ms: u64, detail: impl Into<String>) -> Self {
        Self { retry_after_ms: Some(retry_after_ms), ..Self::coded(503, Code::Busy, detail) }
    }

    /// A failure that is ours: the cause goes to the log, not to the caller.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %engine::chain(error), "a call failed");
        Self::plain(500, "internal failure", "the server failed to do this; its log says why")
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let detail: Vec<String> = rejection
            .findings
            .iter()
            .map(|finding| format!("{}; {}", finding.detail, finding.needed))
            .collect();
        Self {
            title: rejection.title,
            act: Some(rejection.act),
            findings: rejection.findings,
            ..Self::coded(status_of(rejection.code), rejection.code, detail.join(". "))
        }
    }
}

impl From<Box<Rejection>> for Problem {
    fn from(rejection: Box<Rejection>) -> Self {
        (*rejection).into()
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
        | Code::DocumentInvalid => 422,
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
        | Code::OutOfLimits => 409,
    }
}

impl From<engine::Error> for Problem {
    fn from(error: engine::Error) -> Self {
        /// How long the views take to catch up after a large import, roughly.
        const BEHIND_RETRY_MS: u64 = 1000;
        match error {
            engine::Error::Busy { retry_after_ms } => {
                Self::busy(retry_after_ms, "the queue of commands is full; try again")
            }
            engine::Error::Behind { .. } => Self::busy(BEHIND_RETRY_MS, error.to_string()),
            engine::Error::NotFound(what) => Self::not_found(format!("there is no {what}")),
            engine::Error::Rejected(rejection) => rejection.into(),
            engine::Error::Input(what) => Self::coded(422, Code::Malformed, what),
            engine::Error::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match &error {
            store::Error::NoFile { name } => Self::not_found(format!("there is no file {name}")),
            store::Error::TooLong { what, found, limit } => {
                Self::too_large(format!("{what} has {found} bytes; at most {limit} are taken"))
            }
            _ => Self::internal(&error),
        }
    }
}

impl From<crate::token::Error> for Problem {
    fn from(error: crate::token::Error) -> Self {
        use crate::token::Error;
        match &error {
            Error::Name(_) => Self::coded(422, Code::Malformed, engine::chain(&error)),
            Error::Taken(name) => {
                Self::coded(409, Code::CodeTaken, format!("there is a token called {name}"))
            }
            Error::TooMany => Self::coded(422, Code::TooLarge, error.to_string()),
            Error::Unknown(name) => Self::not_found(format!("there is no token called {name}")),
            Error::File { .. } | Error::Content { .. } | Error::Random(_) => Self::internal(&error),
        }
    }
}
