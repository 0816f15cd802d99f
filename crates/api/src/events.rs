//! What is pushed to those who listen: holds, nonconformances and how far the ledger is, as
//! server-sent events.
//!
//! ```text
//! follower ── wakes ──▶ a task a listener ── notices after its position ──▶ 2 pieces ──▶ socket
//! ```
//!
//! Each event has the position of its entry as its id. A listener that comes back says the last id
//! it saw (`Last-Event-ID`) and gets everything after it from the ledger's state, so nothing is
//! kept for it meanwhile and nothing is lost.
//!
//! Invariants: nothing that writes waits for a listener; what waits for one is [`PIECES_MAX`]
//! pieces; looking keeps no session open, and who may look no longer is let go before the next
//! event.
//!
//! Limits: [`LISTENERS_MAX`], [`TAKE_TIME`].
//!
//! Source: HTML Living Standard, 9.2 "Server-sent events".

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderMap;
use domain::{Position, StationCode};
use engine::Plant;
use engine::query::NoticesAsk;
use tokio::sync::mpsc::{Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

use crate::app::{App, Pieces};
use crate::caller;
use crate::problem::Problem;

/// Listeners at once: each keeps a connection, of which calls need some too.
pub(crate) const LISTENERS_MAX: usize = 768;
/// Pieces that wait for a listener; each holds some tens of events at most.
const PIECES_MAX: usize = 2;
/// How long a listener may take to fetch the next piece.
const TAKE_TIME: Duration = Duration::from_secs(30);
/// How often a listener is told how far the ledger is, where it moves.
const HEAD_EVERY: Duration = Duration::from_millis(250);
/// How often something is sent, so that both ends notice a connection that is cut.
const BEAT_EVERY: Duration = Duration::from_secs(15);
/// What a listener that lost its connection is told to wait. Units: milliseconds.
const RETRY_MS: u64 = 1000;

/// What all listeners share.
#[derive(Debug)]
pub(crate) struct Feed {
    noted: watch::Sender<()>,
    ending: watch::Sender<bool>,
    places: Arc<Semaphore>,
}

impl Feed {
    /// The feed of a plant.
    pub(crate) fn of(plant: &Plant) -> Self {
        let noted = watch::Sender::new(());
        let wake = noted.clone();
        plant.wake_on_notices(move || {
            wake.send_replace(());
        });
        let places = Arc::new(Semaphore::new(LISTENERS_MAX));
        Self { noted, ending: watch::Sender::new(false), places }
    }

    /// A shutdown that lets go of listeners when it comes.
    pub(crate) fn ends_with(
        &self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        let ending = self.ending.clone();
        async move {
            shutdown.await;
            ending.send_replace(true);
        }
    }
}

/// Who listens, and for what.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) ask: NoticesAsk,
    /// The headers of its call, which say who it is.
    pub(crate) headers: HeaderMap,
    /// Where it calls from.
    pub(crate) terminal: String,
}

/// Begins to push to a listener.
///
/// Errors: where there is no room for another.
pub(crate) fn listen(app: &Arc<App>, listener: Listener) -> Result<Pieces, Box<Problem>> {
    let place = Arc::clone(&app.feed.places).try_acquire_owned().map_err(|_| {
        let detail = format!("{LISTENERS_MAX} already listen; try again, or ask for the lists");
        Problem::busy(RETRY_MS, detail)
    })?;
    let (to, from) = channel(PIECES_MAX);
    let (noted, ending) = (app.feed.noted.subscribe(), app.feed.ending.subscribe());
    let task = Task { app: Arc::clone(app), listener, to, told: None, _place: place };
    // It ends with its listener; nobody waits for it.
    drop(tokio::spawn(task.run(noted, ending)));
    Ok(Box::pin(ReceiverStream::new(from).map(Ok)))
}

/// Pushes to one listener.
struct Task {
    app: Arc<App>,
    listener: Listener,
    to: Sender<Bytes>,
    /// Up to where it was told.
    told: Option<Position>,
    _place: OwnedSemaphorePermit,
}

/// The listener is gone, or let go.
struct Over;

impl Task {
    async fn run(mut self, noted: watch::Receiver<()>, ending: watch::Receiver<bool>) {
        if let Err(Over) = self.push(noted, ending).await {
            tracing::debug!(terminal = self.listener.terminal, "a listener is gone");
        }
    }

    async fn push(
        &mut self,
        mut noted: watch::Receiver<()>,
        mut ending: watch::Receiver<bool>,
    ) -> Result<(), Over> {
        let mut head = interval(HEAD_EVERY);
        let mut beat = interval(BEAT_EVERY);
        head.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.send(format!("retry: {RETRY_MS}\n\n")).await?;
        loop {
            if *ending.borrow() {
                return Ok(());
            }
            noted.borrow_and_update();
            self.catch_up().await?;
            let to = self.to.clone();
            tokio::select! {
                () = to.closed() => return Err(Over),
                // The feed outlives its listeners.
                _ = noted.changed() => {}
                _ = ending.changed() => {}
                _ = head.tick() => {}
                _ = beat.tick() => {
                    self.may_stay().await?;
                    self.send(":\n\n".to_owned()).await?;
                }
            }
        }
    }

    /// Tells what happened since, and how far the ledger is.
    async fn catch_up(&mut self) -> Result<(), Over> {
        let before = self.told;
        loop {
            let (last, any) = self.app.plant.published().noted_after(self.told);
            if !any && self.told.is_some() {
                self.told = self.told.max(Some(last));
                break;
            }
            self.may_stay().await?;
            let (app, ask) = (Arc::clone(&self.app), self.listener.ask.clone());
            let ask = NoticesAsk { after: self.told.or(ask.after), ..ask };
            let found = tokio::task::spawn_blocking(move || app.plant.notices(&ask)).await;
            let found = match found {
                Ok(Ok(found)) => found,
                Ok(Err(error)) => {
                    tracing::warn!(error = engine::chain(&error), "a listener is not told");
                    return Err(Over);
                }
                Err(_) => return Err(Over),
            };
            let mut text = String::new();
            for notice in &found.notices {
                // Notices of texts and numbers always have a JSON form, in one line.
                let json = serde_json::to_string(notice).unwrap_or_default();
                event(&mut text, notice.position, notice.kind.as_str(), &json);
            }
            if !text.is_empty() {
                self.send(text).await?;
            }
            self.told = Some(found.seen);
        }
        if self.told != before
            && let Some(position) = self.told
        {
            let mut text = String::new();
            event(&mut text, position, "head", &format!("{{\"position\":{position}}}"));
            self.send(text).await?;
        }
        Ok(())
    }

    /// Lets go of whoever may look no longer.
    async fn may_stay(&self) -> Result<(), Over> {
        let may = caller::may_stay(&self.app, &self.listener.headers, &self.listener.terminal);
        if may {
            return Ok(());
        }
        self.send("event: end\ndata: {\"why\":\"signed out\"}\n\n".to_owned()).await?;
        Err(Over)
    }

    async fn send(&self, text: String) -> Result<(), Over> {
        match timeout(TAKE_TIME, self.to.send(text.into())).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over),
        }
    }
}

/// Writes an event.
fn event(text: &mut String, id: Position, name: &str, data: &str) {
    // Writing to a text does not fail.
    write!(text, "id: {id}\nevent: {name}\ndata: {data}\n\n").ok();
}

/// The last position a listener saw, as it says itself or as its browser does.
pub(crate) fn last_seen(
    headers: &HeaderMap,
    asked: Option<Position>,
) -> Result<Option<Position>, Box<Problem>> {
    let Some(id) = headers.get("last-event-id") else { return Ok(asked) };
    let read = id.to_str().ok().and_then(|id| id.trim().parse().ok());
    let read = read.ok_or_else(|| {
        Problem::malformed("Last-Event-ID is no position: send the id of the last event back")
    })?;
    Ok(Some(Position(read)))
}

/// A station that is defined.
pub(crate) fn known_station(
    plant: &Plant,
    station: Option<&StationCode>,
) -> Result<(), Box<Problem>> {
    let Some(station) = station else { return Ok(()) };
    let known = plant.published().read().masters().stations.contains_key(station);
    if known {
        return Ok(());
    }
    Err(Problem::not_found(format!("there is no station {station}; define it first")))
}
