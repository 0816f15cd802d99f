//! A witness: it cosigns the heads of the ledgers it knows, as long as each goes on from the last.
//!
//! Words: a *log* is a ledger of somebody else's, known by its origin and the keys that sign its
//! heads.
//!
//! Invariants: of each log, one history is cosigned and no other, whoever asks and however many at
//! once; a head is on the disk before its cosignature leaves the house, so a crash in between costs
//! an answer and nothing else.
//!
//! Source: C2SP `tlog-witness`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use axum::routing::any;
use merkle::checkpoint::Signed;
use merkle::note::{self, Kind, PublicKey, SigningKey};
use merkle::witness::{AddCheckpoint, REQUEST_BYTES_MAX, Refusal, judge};
use parking_lot::Mutex;
use store::WitnessFolder;

use crate::dispatch::intake::{self, Room};
use crate::problem::Problem;
use crate::route::TEXT;
use crate::server::{self, PlainRemote, Running};

/// Logs a witness knows at most: each is a few files and some kilobytes of memory.
pub const LOGS_MAX: usize = 10_000;

/// The media type of an answer that is the size of the head cosigned last.
const SIZE: &str = "text/x.tlog.size";

/// How a witness is served.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether to listen beyond this machine, though nothing is encrypted.
    pub plain_remote: PlainRemote,
    /// Its folder.
    pub folder: PathBuf,
    /// Its name; needed the first time.
    pub name: Option<String>,
    /// Origins of the logs it knows with a key each; a log may have several.
    pub logs: Vec<(String, PublicKey)>,
}

/// Why a witness cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its name.
    #[error("use the name of the witness")]
    Name(#[source] note::Error),
    /// The key of a log.
    #[error("use the key {0} of a log: it is one that cosigns, and signs no log")]
    Key(String),
    /// Too many logs.
    #[error("know {0} logs: at most {LOGS_MAX} are")]
    Logs(usize),
    /// Its folder.
    #[error("use the folder of the witness")]
    Folder(#[from] store::Error),
    /// The server.
    #[error(transparent)]
    Server(#[from] server::Error),
}

/// A witness that runs until its shutdown comes.
#[derive(Debug)]
pub struct Serving {
    /// The key it cosigns with, to give to those who ask it.
    pub key: PublicKey,
    /// The server.
    pub running: Running,
}

/// Serves a witness until `shutdown` comes; answers as soon as it listens.
///
/// Errors: [`Error`].
pub fn serve(
    config: &Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Serving, Error> {
    let service = Service::open(config)?;
    let key = service.key.public().cosigner();
    let listener = server::bind(config.listen, config.plain_remote)?;
    let running = server::run(listener, router(&Arc::new(service)), (), shutdown)?;
    Ok(Serving { key, running })
}

#[derive(Debug)]
struct Service {
    key: SigningKey,
    logs: BTreeMap<String, Vec<PublicKey>>,
    /// One head at a time: what was cosigned last is looked at and replaced in one go.
    folder: Mutex<WitnessFolder>,
}

/// What is answered.
struct Answer {
    status: StatusCode,
    media_type: &'static str,
    text: String,
}

impl Service {
    fn open(config: &Config) -> Result<Self, Error> {
        let mut logs: BTreeMap<String, Vec<PublicKey>> = BTreeMap::new();
        for (origin, key) in &config.logs {
            if key.kind() != Kind::Text {
                return Err(Error::Key(key.to_string()));
            }
            logs.entry(origin.clone()).or_default().push(key.clone());
        }
        if logs.len() > LOGS_MAX {
            return Err(Error::Logs(logs.len()));
        }
        if let Some(name) = &config.name {
            SigningKey::from_seed(name, [0; 32]).map_err(Error::Name)?;
        }
        let folder = WitnessFolder::open(&config.folder, config.name.as_deref())?;
        let key = SigningKey::from_seed(folder.name(), folder.seed().0).map_err(Error::Name)?;
        Ok(Self { key, logs, folder: Mutex::new(folder) })
    }

    /// Judges a request; cosigns where nothing forbids it.
    fn add(&self, body: &str) -> Answer {
        let asked = match AddCheckpoint::parse(body) {
            Ok(asked) => asked,
            Err(why) => return Answer::line(StatusCode::BAD_REQUEST, &why),
        };
        let origin = &asked.checkpoint.checkpoint.origin;
        let keys = self.logs.get(origin).map_or(&[][..], Vec::as_slice);
        let folder = self.folder.lock();
        let last = match last(&folder, origin) {
            Ok(last) => last,
            Err(why) => return Answer::failed(&why),
        };
        if let Err(refusal) = judge(&asked, keys, last.as_ref().map(|last| &last.checkpoint)) {
            return refused(&refusal, &asked);
        }
        let mut head = asked.checkpoint.note.clone();
        // What others signed is theirs to show.
        head.signatures
            .retain(|line| keys.iter().any(|key| key.name() == line.name && key.id() == line.id));
        let time_s = u64::try_from(engine::now().0 / 1_000_000).unwrap_or(0);
        let cosignature = self.key.cosignature(&head.text, time_s);
        let kept = head.put(cosignature.clone()).map_err(|why| why.to_string());
        let kept = kept.and_then(|()| {
            folder.put(origin, &head.to_string()).map_err(|error| engine::chain(&error))
        });
        match kept {
            Ok(()) => {
                let size = asked.checkpoint.checkpoint.size;
                tracing::info!(origin, size, "cosigned");
                Answer {
                    status: StatusCode::OK,
                    media_type: TEXT,
                    text: format!("{cosignature}\n"),
                }
            }
            Err(why) => Answer::failed(&why),
        }
    }

    /// What is known here, for people.
    fn about(&self) -> Answer {
        let mut text = format!("A Tracewright witness.\nkey {}\n", self.key.public().cosigner());
        for origin in self.logs.keys() {
            let known = last(&self.folder.lock(), origin);
            let size = known.ok().flatten().map_or(0, |last| last.checkpoint.size);
            // Writing to a text does not fail.
            writeln!(text, "log {origin} cosigned up to {size}").ok();
        }
        Answer { status: StatusCode::OK, media_type: TEXT, text }
    }
}

/// The last head cosigned of a log; what cannot be read is never taken for none.
fn last(folder: &WitnessFolder, origin: &str) -> Result<Option<Signed>, String> {
    let Some(text) = folder.last(origin).map_err(|error| engine::chain(&error))? else {
        return Ok(None);
    };
    let last = Signed::parse(&text).map_err(|why| why.to_string())?;
    if last.checkpoint.origin != *origin {
        return Err(format!("the head kept for {origin} is one of {}", last.checkpoint.origin));
    }
    Ok(Some(last))
}

fn refused(refusal: &Refusal, asked: &AddCheckpoint) -> Answer {
    let origin = asked.checkpoint.checkpoint.origin.as_str();
    match refusal {
        Refusal::UnknownLog(_) => Answer::line(StatusCode::NOT_FOUND, refusal),
        Refusal::Unsigned => Answer::line(StatusCode::FORBIDDEN, refusal),
        Refusal::OldSize { .. } => Answer::line(StatusCode::BAD_REQUEST, refusal),
        Refusal::Stale { size } => Answer::size(*size),
        Refusal::Forked { size } => {
            // The head is signed: it proves that the log has two histories.
            let head = asked.checkpoint.to_string();
            tracing::warn!(origin, %refusal, head, "a log has two histories");
            Answer::size(*size)
        }
        Refusal::Inconsistent { .. } => {
            let head = asked.checkpoint.to_string();
            tracing::warn!(origin, %refusal, head, "a log does not go on from the last head");
            Answer::line(StatusCode::UNPROCESSABLE_ENTITY, refusal)
        }
    }
}

impl Answer {
    fn line(status: StatusCode, said: &dyn std::fmt::Display) -> Self {
        Self { status, media_type: TEXT, text: format!("{said}\n") }
    }

    fn size(size: u64) -> Self {
        Self { status: StatusCode::CONFLICT, media_type: SIZE, text: format!("{size}\n") }
    }

    fn failed(why: &str) -> Self {
        tracing::error!(why, "a head is not cosigned");
        Self::line(StatusCode::INTERNAL_SERVER_ERROR, &"the witness failed; its log says why")
    }
}

fn router(service: &Arc<Service>) -> Router {
    let add = {
        let service = Arc::clone(service);
        any(move |request: Request| {
            let service = Arc::clone(&service);
            async move { respond(added(service, request).await) }
        })
    };
    let about = {
        let service = Arc::clone(service);
        any(move || {
            let service = Arc::clone(&service);
            async move { respond(blocking(move || service.about()).await) }
        })
    };
    let nothing = || async {
        respond(Answer::line(StatusCode::NOT_FOUND, &"post to add-checkpoint, or read /"))
    };
    Router::new().route("/add-checkpoint", add).route("/", about).fallback(nothing)
}

async fn added(service: Arc<Service>, request: Request) -> Answer {
    if request.method() != Method::POST {
        return Answer::line(StatusCode::METHOD_NOT_ALLOWED, &"post the head");
    }
    let (parts, body) = request.into_parts();
    // Requests are short: each may have room of its own.
    let room = Room::default();
    let held = match intake::whole(&parts.headers, body, REQUEST_BYTES_MAX, &room).await {
        Ok(held) => held,
        Err(problem) => return problem.into(),
    };
    let Ok(text) = String::from_utf8(held.bytes) else {
        return Answer::line(StatusCode::BAD_REQUEST, &"the body is no UTF-8 text");
    };
    blocking(move || service.add(&text)).await
}

/// Files are read and written where waiting keeps nobody else waiting.
async fn blocking(work: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Answer::failed(&error.to_string()))
}

impl From<Box<Problem>> for Answer {
    fn from(problem: Box<Problem>) -> Self {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
        Self::line(status, &problem.detail)
    }
}

fn respond(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.text));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(answer.media_type));
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    response
}
