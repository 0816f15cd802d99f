//! Listening to what is pushed.

use std::io::{BufRead as _, BufReader};
use std::ops::ControlFlow;
use std::time::Duration;

use domain::{Position, StationCode};
use engine::query::Notice;
use ureq::http::{Method, Request};

use super::wire::encoded;
use super::{Client, Error, Result};

/// How long one call listens before it begins anew where it was: so a connection that is cut
/// without a word is noticed within that time.
const LISTEN_TIME: Duration = Duration::from_secs(60);

/// What was pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// Something happened.
    Notice(Box<Notice>),
    /// The ledger has come this far, and everything up to there was told.
    Head(Position),
}

impl Pushed {
    /// Up to where everything was told.
    #[must_use]
    pub fn position(&self) -> Position {
        match self {
            Self::Notice(notice) => notice.position,
            Self::Head(position) => *position,
        }
    }
}

/// The lines of one event, as far as they have come.
#[derive(Debug, Default)]
struct Event {
    name: String,
    data: String,
}

impl Client {
    /// Listens from a position on, until `take` has enough or the connection ends, which it does
    /// after a minute at most: then listen again from the position of what was pushed last.
    ///
    /// Errors: [`Error::Problem`] where the server says no, also in the middle, when a session or
    /// token has ended; [`Error::Reach`].
    pub fn listen(
        &self,
        station: Option<&StationCode>,
        after: Option<Position>,
        take: &mut dyn FnMut(Pushed) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let station = station.map(|station| format!("?station={}", encoded(station)));
        let uri = format!("{}/api/v1/events{}", self.server, station.unwrap_or_default());
        let mut request =
            Request::builder().method(Method::GET).uri(uri).header("accept", crate::route::EVENTS);
        if let Some(after) = after {
            request = request.header("last-event-id", after.to_string());
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let request = request.body(()).map_err(|error| self.strange(&error))?;
        let request =
            self.agent.configure_request(request).timeout_recv_body(Some(LISTEN_TIME)).build();
        let mut response = self.answered(self.agent.run(request))?;
        let body = response.body_mut().with_config().limit(u64::MAX).reader();
        let mut event = Event::default();
        for line in BufReader::new(body).lines() {
            let Ok(line) = line else { return Ok(ControlFlow::Continue(())) };
            if let Some(pushed) = self.heard(&line, &mut event)?
                && take(pushed).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Takes in a line; an event is whole at an empty one.
    fn heard(&self, line: &str, event: &mut Event) -> Result<Option<Pushed>> {
        match line.split_once(": ") {
            Some(("event", name)) => name.clone_into(&mut event.name),
            Some(("data", data)) => event.data.push_str(data),
            _ => {}
        }
        if !line.is_empty() {
            return Ok(None);
        }
        let Event { name, data } = std::mem::take(event);
        let strange = |error: serde_json::Error| self.strange(&error);
        match name.as_str() {
            "" => Ok(None),
            "head" => {
                let head: serde_json::Value = serde_json::from_str(&data).map_err(strange)?;
                let position = head["position"].as_u64();
                let position = position.ok_or_else(|| self.strange(&"a head without position"))?;
                Ok(Some(Pushed::Head(Position(position))))
            }
            "end" => {
                let detail = "the session or token has ended: sign in again";
                Err(Error::Problem(crate::Problem::plain(401, "unauthorized", detail)))
            }
            _ => {
                let notice = serde_json::from_str(&data).map_err(strange)?;
                Ok(Some(Pushed::Notice(Box::new(notice))))
            }
        }
    }
}
