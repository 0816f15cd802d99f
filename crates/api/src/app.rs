//! What a call has at hand, and what it replies.

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderMap;
use domain::{Role, misread};
use engine::{Jobs, Plant};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::account::{Accounts, Actor};
use crate::caller::Caller;
use crate::dispatch::intake::{Held, Room};
use crate::events::Feed;
use crate::page::Pages;
use crate::problem::{ErrorsDocument, Problem};
use crate::publish::Board;
use crate::route::{Envelope, JSON, JSON_API, NDJSON};
use crate::token::Tokens;

/// What all calls share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) plant: Arc<Plant>,
    pub(crate) tokens: Tokens,
    pub(crate) accounts: Accounts,
    pub(crate) jobs: Jobs,
    pub(crate) board: Arc<Board>,
    pub(crate) feed: Feed,
    pub(crate) pages: Pages,
    pub(crate) room: Room,
}

/// The body of a call.
pub(crate) enum Body {
    /// There was none, or it was taken.
    None,
    /// All of it.
    Whole(Held),
    /// It is still coming.
    Piecewise(Box<dyn Read + Send>),
}

/// One call.
pub(crate) struct Call {
    pub(crate) app: Arc<App>,
    /// Who calls; absent on routes that are open.
    pub(crate) caller: Option<Caller>,
    /// Where from.
    pub(crate) terminal: String,
    /// The variable parts of its path, decoded.
    pub(crate) path: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

impl Call {
    /// The plant.
    pub(crate) fn plant(&self) -> &Arc<Plant> {
        &self.app.plant
    }

    /// Who records what this call tells: the name of its token or account.
    pub(crate) fn by(&self) -> &str {
        self.caller.as_ref().map_or("", Caller::name)
    }

    /// Whom what this call does to accounts is recorded by.
    pub(crate) fn actor(&self) -> Actor {
        self.caller.as_ref().map_or_else(|| Actor::named(""), Caller::actor)
    }

    /// Refuses who may not do it.
    pub(crate) fn needs(&self, role: Role) -> Result<(), Box<Problem>> {
        match &self.caller {
            Some(caller) if !caller.role().covers(role) => Err(caller.not_allowed(role)),
            Some(_) | None => Ok(()),
        }
    }

    /// A variable part of the path, read as what it should be.
    pub(crate) fn part<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        name: &str,
    ) -> Result<T, Box<Problem>> {
        let text = self.path.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
        let text = text.unwrap_or_default();
        text.parse().map_err(|error| {
            Problem::malformed(format!("{text:?} in the path is no {name}: {error}"))
        })
    }

    /// The body as bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.body {
            Body::Whole(held) => &held.bytes,
            Body::None | Body::Piecewise(_) => &[],
        }
    }

    /// The body as something to read from.
    pub(crate) fn reader(&mut self) -> Box<dyn Read + Send> {
        match std::mem::replace(&mut self.body, Body::None) {
            Body::Piecewise(reader) => reader,
            Body::Whole(held) => Box::new(io::Cursor::new(held.bytes)),
            Body::None => Box::new(io::empty()),
        }
    }

    /// The body as JSON.
    pub(crate) fn json<T: DeserializeOwned + JsonSchema>(&self) -> Result<T, Box<Problem>> {
        read_json(self.bytes(), "the body")
    }

    /// Whether the caller asks for this media type.
    pub(crate) fn wants(&self, media_type: &str) -> bool {
        self.headers
            .get_all("accept")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|one| one.split(';').next().unwrap_or_default().trim() == media_type)
    }

    /// Whether the body is JSON, one value a line.
    pub(crate) fn is_ndjson(&self) -> bool {
        let given = self.headers.get("content-type").and_then(|value| value.to_str().ok());
        given.is_some_and(|given| given.split(';').next().unwrap_or_default().trim() == NDJSON)
    }
}

/// Reads JSON; says where it goes wrong, and what would be right.
pub(crate) fn read_json<T: DeserializeOwned + JsonSchema>(
    bytes: &[u8],
    what: &str,
) -> Result<T, Box<Problem>> {
    if bytes.is_empty() {
        return Err(Problem::malformed(format!("{what} is empty; send JSON")));
    }
    let read = misread::read_bytes(bytes);
    read.map_err(|why| Problem::malformed(format!("{what} does not read: {why}")))
}

/// Pieces that are sent as they come.
pub(crate) type Pieces = Pin<Box<dyn tokio_stream::Stream<Item = io::Result<Bytes>> + Send>>;

type Fill = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send>;

/// The content of a reply.
pub(crate) enum Answer {
    /// All of it.
    Whole(Vec<u8>),
    /// Written piece by piece; a failure cuts the connection, so that the rest is missed.
    Piecewise(Fill),
    /// Sent as it comes, for as long as the caller stays.
    Open(Pieces),
}

/// What a call replies.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) media_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) answer: Answer,
}

impl Reply {
    /// A value as JSON.
    pub(crate) fn json<T: Serialize>(status: u16, value: &T) -> Result<Self, Box<Problem>> {
        let text = serde_json::to_vec(value).map_err(|error| Problem::internal(&error))?;
        Ok(Self { status, ..Self::whole(JSON, text) })
    }

    /// Bytes at hand.
    pub(crate) fn whole(media_type: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        let answer = Answer::Whole(bytes.into());
        Self { status: 200, media_type, headers: Vec::new(), answer }
    }

    /// Nothing but that it is done.
    pub(crate) fn done() -> Self {
        Self { status: 204, ..Self::whole("", Vec::new()) }
    }

    /// Bytes written while they are sent.
    pub(crate) fn piecewise(
        media_type: &'static str,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
    ) -> Self {
        Self { answer: Answer::Piecewise(Box::new(fill)), ..Self::whole(media_type, Vec::new()) }
    }

    /// Pieces sent as they come, for as long as the caller stays.
    pub(crate) fn open(media_type: &'static str, pieces: Pieces) -> Self {
        Self { answer: Answer::Open(pieces), ..Self::whole(media_type, Vec::new()) }
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// As a file to be kept under a name.
    pub(crate) fn file(self, name: &str) -> Self {
        let plain: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' })
            .collect();
        self.header("content-disposition", format!("attachment; filename=\"{plain}\""))
    }
}

impl From<Box<Problem>> for Reply {
    fn from(problem: Box<Problem>) -> Self {
        Self::problem(problem, Envelope::Problem)
    }
}

impl Reply {
    /// That something was not done, in an envelope.
    pub(crate) fn problem(problem: Box<Problem>, envelope: Envelope) -> Self {
        let retry = problem.retry_after_ms.map(|ms| ms.div_ceil(1000).max(1).to_string());
        let status = problem.status;
        // Problems of texts and numbers always have a JSON form.
        let mut reply = match envelope {
            Envelope::Problem => {
                let text = serde_json::to_vec(&problem).unwrap_or_default();
                Self::whole(crate::problem::MEDIA_TYPE, text)
            }
            Envelope::JsonApi => {
                let text = serde_json::to_vec(&ErrorsDocument::from(*problem)).unwrap_or_default();
                Self::whole(JSON_API, text)
            }
        };
        reply.status = status;
        if let Some(seconds) = retry {
            reply = reply.header("retry-after", seconds);
        }
        if status == 401 {
            reply = reply.header("www-authenticate", "Bearer realm=\"tracewright\"");
        }
        reply
    }
}
