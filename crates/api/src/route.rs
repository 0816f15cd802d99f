//! A route: how it is called, who may call it, what it takes and answers, and the function that
//! does it. The router and the OpenAPI document are both made from these.
//!
//! Invariant: the types in the document are the types of the function; a route cannot take or
//! answer anything else.

use std::pin::Pin;

use axum::http::{HeaderMap, Method};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::{Call, Reply};
use crate::problem::Problem;
use crate::query::{self, Nothing, Parameter};
use crate::role::Role;

/// JSON.
pub(crate) const JSON: &str = "application/json";
/// JSON, one value a line.
pub(crate) const NDJSON: &str = "application/x-ndjson";
/// JSON in the envelope of JSON:API.
pub(crate) const JSON_API: &str = "application/vnd.api+json";
/// A JSON Schema.
pub(crate) const SCHEMA_JSON: &str = "application/schema+json";
/// Text.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
/// A page.
pub(crate) const HTML: &str = "text/html; charset=utf-8";
/// A document for print.
pub(crate) const PDF: &str = "application/pdf";
/// Comma-separated values.
pub(crate) const CSV: &str = "text/csv; charset=utf-8";
/// Server-sent events.
pub(crate) const EVENTS: &str = "text/event-stream";
/// Bytes of any kind.
pub(crate) const BYTES: &str = "application/octet-stream";

/// Bytes of a JSON body: a command of a hundred acts with some thousand items.
pub(crate) const JSON_BYTES_MAX: usize = 4 << 20;

/// Adds a type to the document's schemas and answers a link to it.
pub(crate) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// A body or an answer in one media type.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) media_type: &'static str,
    /// Absent: text or bytes.
    pub(crate) shape: Option<Shape>,
}

/// What a call brings along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intake {
    /// Nothing.
    Nothing,
    /// Read whole before the call runs. Units: bytes at most.
    Whole(usize),
    /// Read while the call runs. Units: bytes at most.
    Piecewise(u64),
}

/// How a call is told that something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// As RFC 9457 has it.
    Problem,
    /// As JSON:API has it.
    JsonApi,
}

/// A reply still to come, for which no thread waits.
pub(crate) type Later = Pin<Box<dyn Future<Output = Result<Reply, Box<Problem>>> + Send>>;

type Does<T> = Box<dyn Fn(&mut Call) -> Result<T, Box<Problem>> + Send + Sync>;

/// What a route does.
pub(crate) enum Work {
    /// All of it on a thread that may block.
    Blocking(Does<Reply>),
    /// It only begins something, which takes microseconds where the body is short, and replies
    /// when that is done.
    Beginning(Does<Later>),
}

/// How something is called and what it does.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) description: &'static str,
    /// Absent: open to everybody.
    pub(crate) role: Option<Role>,
    pub(crate) query: Vec<Parameter>,
    pub(crate) intake: Intake,
    pub(crate) body: Vec<Content>,
    pub(crate) status: u16,
    pub(crate) answer: Vec<Content>,
    /// Answers with another status that are no problem.
    pub(crate) others: Vec<(u16, Content)>,
    pub(crate) envelope: Envelope,
    pub(crate) work: Work,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A route that does nothing yet.
#[derive(Debug)]
pub(crate) struct Draft {
    method: Method,
    path: &'static str,
    role: Option<Role>,
    tag: &'static str,
    summary: &'static str,
    description: &'static str,
    status: u16,
    answer: Vec<Content>,
    others: Vec<(u16, Content)>,
    body: Vec<Content>,
    intake: Intake,
    envelope: Envelope,
}

/// Begins a route that reads.
pub(crate) fn get(path: &'static str, role: Option<Role>) -> Draft {
    draft(Method::GET, path, role)
}

/// Begins a route that asks with a body, or changes something.
pub(crate) fn post(path: &'static str, role: Role) -> Draft {
    draft(Method::POST, path, Some(role))
}

/// Begins a route that anybody may post to: it finds out who it is.
pub(crate) fn open_post(path: &'static str) -> Draft {
    draft(Method::POST, path, None)
}

/// Begins a route that ends something.
pub(crate) fn delete(path: &'static str, role: Role) -> Draft {
    draft(Method::DELETE, path, Some(role))
}

fn draft(method: Method, path: &'static str, role: Option<Role>) -> Draft {
    Draft {
        method,
        path,
        role,
        tag: "",
        summary: "",
        description: "",
        status: 200,
        answer: Vec::new(),
        others: Vec::new(),
        body: Vec::new(),
        intake: Intake::Nothing,
        envelope: Envelope::Problem,
    }
}

impl Draft {
    /// Says under which heading it stands and what it does: a line, and all there is to know.
    pub(crate) fn says(
        self,
        tag: &'static str,
        summary: &'static str,
        description: &'static str,
    ) -> Self {
        Self { tag, summary, description, ..self }
    }

    /// Says with which status it answers where all goes well; without it: 200.
    pub(crate) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Says that whoever calls it knows problems as JSON:API has them.
    pub(crate) fn json_api(self) -> Self {
        Self { envelope: Envelope::JsonApi, ..self }
    }

    /// Says one more media type it answers in, as text or bytes.
    pub(crate) fn answers(mut self, media_type: &'static str) -> Self {
        self.answer.push(Content { media_type, shape: None });
        self
    }

    /// Says one more media type it answers in, as values of a type.
    pub(crate) fn answers_as<A: JsonSchema>(mut self, media_type: &'static str) -> Self {
        self.answer.push(content::<A>(media_type));
        self
    }

    /// Says with what else it may answer.
    pub(crate) fn also<A: JsonSchema>(mut self, status: u16, media_type: &'static str) -> Self {
        self.others.push((status, content::<A>(media_type)));
        self
    }

    /// Says one more media type it takes, as values of a type, and how long it may be.
    pub(crate) fn takes<B: JsonSchema>(mut self, media_type: &'static str, bytes: usize) -> Self {
        self.body.push(content::<B>(media_type));
        self.intake = Intake::Whole(bytes);
        self
    }

    /// Says that it takes bytes of any length up to a limit.
    pub(crate) fn takes_bytes(mut self, media_type: &'static str, bytes: u64) -> Self {
        self.body.push(Content { media_type, shape: None });
        self.intake = Intake::Piecewise(bytes);
        self
    }

    /// Ends with a function from a query to an answer in JSON.
    pub(crate) fn json<Q, A>(self, work: fn(&Call, Q) -> Result<A, Box<Problem>>) -> Route
    where
        Q: DeserializeOwned + JsonSchema + 'static,
        A: Serialize + JsonSchema + 'static,
    {
        let status = self.status;
        self.answers_as::<A>(JSON)
            .raw(move |call, query: Q| Reply::json(status, &work(call, query)?))
    }

    /// Ends with a function from a query and a body in JSON to an answer in JSON.
    pub(crate) fn json_from<Q, B, A>(
        self,
        work: fn(&Call, Q, B) -> Result<A, Box<Problem>>,
    ) -> Route
    where
        Q: DeserializeOwned + JsonSchema + 'static,
        B: DeserializeOwned + JsonSchema + 'static,
        A: Serialize + JsonSchema + 'static,
    {
        let status = self.status;
        self.answers_as::<A>(JSON).takes::<B>(JSON, JSON_BYTES_MAX).raw(move |call, query: Q| {
            let body = call.json()?;
            Reply::json(status, &work(call, query, body)?)
        })
    }

    /// Ends with a function that makes its own reply; say before what it takes and answers.
    pub(crate) fn raw<Q>(
        self,
        work: impl Fn(&mut Call, Q) -> Result<Reply, Box<Problem>> + Send + Sync + 'static,
    ) -> Route
    where
        Q: DeserializeOwned + JsonSchema + 'static,
    {
        let query = query::parameters::<Q>();
        let known = query.clone();
        self.asks(query, move |call| {
            let query = query::read(&call.query, &known)?;
            work(call, query)
        })
    }

    /// Ends with a function that reads the query itself; the parameters are for the document.
    pub(crate) fn asks(
        self,
        query: Vec<Parameter>,
        work: impl Fn(&mut Call) -> Result<Reply, Box<Problem>> + Send + Sync + 'static,
    ) -> Route {
        self.route(query, Work::Blocking(Box::new(work)))
    }

    /// Ends with a function without a query that begins something and replies later.
    pub(crate) fn later(self, work: fn(&mut Call) -> Result<Later, Box<Problem>>) -> Route {
        let work = Work::Beginning(Box::new(move |call| {
            query::read::<Nothing>(&call.query, &[])?;
            work(call)
        }));
        self.route(Vec::new(), work)
    }

    fn route(self, query: Vec<Parameter>, work: Work) -> Route {
        Route {
            method: self.method,
            path: self.path,
            tag: self.tag,
            summary: self.summary,
            description: self.description,
            role: self.role,
            query,
            intake: self.intake,
            body: self.body,
            status: self.status,
            answer: self.answer,
            others: self.others,
            envelope: self.envelope,
            work,
        }
    }
}

fn content<T: JsonSchema>(media_type: &'static str) -> Content {
    Content { media_type, shape: Some(|generator| generator.subschema_for::<T>()) }
}

impl Route {
    /// Its path as OpenAPI writes it, which has no word for a variable part of several steps.
    pub(crate) fn documented_path(&self) -> String {
        self.path.replace("{*", "{")
    }

    /// Whether its answer depends on the ledger, so that a caller may ask to wait for a position.
    pub(crate) fn waits(&self) -> bool {
        self.role.is_some()
    }

    /// Whether it takes a body of this type; a call without one is taken as the first.
    pub(crate) fn accepts(&self, headers: &HeaderMap) -> bool {
        let Some(given) = headers.get("content-type") else { return true };
        let given = given.to_str().unwrap_or_default();
        let given = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        matches!(self.intake, Intake::Piecewise(_) | Intake::Nothing)
            || self.body.iter().any(|content| content.media_type == given)
    }
}
