//! Calls as requests, answers as values.

use std::io::Read;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::{Method, Request, Response};
use ureq::{AsSendBody, Body};

use super::{ANSWER_BYTES_MAX, Client, Error, Result};
use crate::problem::Problem;

/// What stands in a path or a query as it is: RFC 3986, unreserved.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Names and values of a query.
pub(super) type Pairs = Vec<(String, String)>;

/// A text as one segment of a path or a value of a query.
pub(super) fn encoded(text: impl std::fmt::Display) -> String {
    utf8_percent_encode(&text.to_string(), ENCODED).to_string()
}

/// The fields of a question as a query: what is absent is left out, lists repeat their name.
pub(super) fn pairs(ask: &impl Serialize) -> Pairs {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut pairs = Pairs::new();
    // A question without an object's form has no fields.
    let Ok(Value::Object(fields)) = serde_json::to_value(ask) else { return pairs };
    for (name, value) in fields {
        match value {
            Value::Null => {}
            Value::Array(values) => {
                pairs.extend(values.iter().map(|value| (name.clone(), text(value))));
            }
            value => pairs.push((name, text(&value))),
        }
    }
    pairs
}

/// A body with its media type.
pub(super) struct Sent<B> {
    pub(super) media_type: &'static str,
    pub(super) body: B,
    /// Units: bytes. Absent: known from the body.
    pub(super) length: Option<u64>,
}

impl Client {
    /// Asks with a query, answers JSON.
    pub(super) fn get<A: DeserializeOwned>(&self, path: &str, query: Pairs) -> Result<A> {
        let response = self.send(Method::GET, path, query, None::<Sent<()>>)?;
        self.value(response)
    }

    /// Sends JSON, answers JSON.
    pub(super) fn post<A: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<A> {
        let response = self.post_json(path, body)?;
        self.value(response)
    }

    /// Sends JSON.
    pub(super) fn post_json(&self, path: &str, body: &impl Serialize) -> Result<Response<Body>> {
        let body = serde_json::to_vec(body).map_err(|error| self.strange(&error))?;
        let sent = Sent { media_type: "application/json", body, length: None };
        self.send(Method::POST, path, Pairs::new(), Some(sent))
    }

    /// Ends something; answers what the server says, which may be nothing.
    pub(super) fn delete(&self, path: &str) -> Result<Response<Body>> {
        self.send(Method::DELETE, path, Pairs::new(), None::<Sent<()>>)
    }

    /// Sends a request; an answer that says no becomes an error.
    pub(super) fn send<B: AsSendBody>(
        &self,
        method: Method,
        path: &str,
        query: Pairs,
        sent: Option<Sent<B>>,
    ) -> Result<Response<Body>> {
        self.send_wanting(method, path, query, (sent, "application/json"))
    }

    /// Sends a request for an answer of a media type.
    pub(super) fn send_wanting<B: AsSendBody>(
        &self,
        method: Method,
        path: &str,
        mut query: Pairs,
        (sent, wanted): (Option<Sent<B>>, &'static str),
    ) -> Result<Response<Body>> {
        if let Some(position) = self.at_least {
            query.push((crate::dispatch::AT_LEAST.to_owned(), position.to_string()));
        }
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let uri = format!("{}{path}{mark}{}", self.server, query.join("&"));
        let mut request = Request::builder().method(method).uri(uri).header("accept", wanted);
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let reached = match sent {
            None => {
                let request = request.body(()).map_err(|error| self.strange(&error))?;
                self.agent.run(request)
            }
            Some(Sent { media_type, body, length }) => {
                request = request.header("content-type", media_type);
                if let Some(length) = length {
                    request = request.header("content-length", length);
                }
                let request = request.body(body).map_err(|error| self.strange(&error))?;
                self.agent.run(request)
            }
        };
        self.answered(reached)
    }

    /// An answer that says yes; one that says no is an error.
    pub(super) fn answered(
        &self,
        reached: std::result::Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>> {
        let response = reached.map_err(|source| Error::Reach {
            server: self.server.clone(),
            source: Box::new(source),
        })?;
        if response.status().is_success() { Ok(response) } else { Err(self.refused(response)) }
    }

    fn refused(&self, response: Response<Body>) -> Error {
        let status = response.status();
        match self.value::<Problem>(response) {
            Ok(problem) => Error::Problem(Box::new(problem)),
            Err(_) => self.strange(&format!("it says {status} and not why")),
        }
    }

    /// An answer read as JSON.
    pub(super) fn value<A: DeserializeOwned>(&self, mut response: Response<Body>) -> Result<A> {
        let mut bytes = Vec::new();
        response
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES_MAX)
            .reader()
            .read_to_end(&mut bytes)
            .map_err(|error| self.broken(error))?;
        serde_json::from_slice(&bytes).map_err(|error| self.strange(&error))
    }

    /// An answer that broke off.
    pub(super) fn broken(&self, error: std::io::Error) -> Error {
        let source = Box::new(ureq::Error::Io(error));
        Error::Reach { server: self.server.clone(), source }
    }

    pub(super) fn strange(&self, what: &impl std::fmt::Display) -> Error {
        Error::Answer { server: self.server.clone(), what: what.to_string() }
    }
}
