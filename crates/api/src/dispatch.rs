//! From an HTTP request to a call and back: route, authorise, read, run, answer.
//!
//! Invariant: nothing of a body is read before the caller is known to have the role.

pub(crate) mod intake;
mod outlet;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use axum::response::Response;
use axum::routing::any;
use domain::Position;
use tracing::field::Empty;

use crate::app::{App, Body, Call, Reply};
use crate::caller::{self, Caller};
use crate::problem::Problem;
use crate::query;
use crate::route::{Envelope, Intake, Later, Route, Work};

/// The parameter every call that asks for data takes: wait until this position shows.
pub(crate) const AT_LEAST: &str = "atLeast";

static CALLS: AtomicU64 = AtomicU64::new(1);

/// The routes of one path, by method.
type Methods = HashMap<Method, Arc<Route>>;

/// The router of these routes.
pub(crate) fn router(app: &Arc<App>, routes: Vec<Route>) -> Router {
    let mut paths: Vec<(&'static str, Methods)> = Vec::new();
    for route in routes {
        let path = route.path;
        let method = route.method.clone();
        let route = Arc::new(route);
        match paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, methods)) => drop(methods.insert(method, route)),
            None => paths.push((path, Methods::from([(method, route)]))),
        }
    }
    let unknown = any(|request: Request| async move {
        let path = request.uri().path().to_owned();
        let detail = format!("there is nothing at {path}; /api/v1/docs lists what there is");
        respond(Problem::not_found(detail).at(&path).into())
    });
    let router = Router::new().fallback_service(unknown);
    paths.into_iter().fold(router, |router, (path, methods)| {
        let (app, methods) = (Arc::clone(app), Arc::new(methods));
        // Who comes from JSON:API may end a path with a slash.
        let slashed = (envelope(&methods) == Envelope::JsonApi).then(|| format!("{path}/"));
        let call =
            any(move |parameters: Result<RawPathParams, RawPathParamsRejection>, request| {
                let (app, methods) = (Arc::clone(&app), Arc::clone(&methods));
                async move { respond(answer(&app, &methods, parameters, request).await) }
            });
        let router = match slashed {
            Some(path) => router.route(&path, call.clone()),
            None => router,
        };
        router.route(path, call)
    })
}

/// Answers a request, and logs that it did.
async fn answer(
    app: &Arc<App>,
    methods: &Methods,
    parameters: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Reply {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let span = tracing::info_span!(
        "call",
        number = CALLS.fetch_add(1, Ordering::Relaxed),
        method = %parts.method,
        path,
        caller = Empty,
        status = Empty,
        ms = Empty,
    );
    let done = run(app, methods, parameters, (parts, body), &span).await;
    let envelope = envelope(methods);
    let reply = done.unwrap_or_else(|problem| Reply::problem(problem.at(&path), envelope));
    span.record("status", reply.status);
    span.record("ms", u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
    span.in_scope(|| tracing::info!("answered"));
    reply
}

async fn run(
    app: &Arc<App>,
    methods: &Methods,
    parameters: Result<RawPathParams, RawPathParamsRejection>,
    (parts, body): (Parts, axum::body::Body),
    span: &tracing::Span,
) -> Result<Reply, Box<Problem>> {
    let Some(route) = route_for(methods, &parts.method) else {
        return Ok(wrong_method(methods, &parts));
    };
    let terminal = caller::terminal(&parts);
    let caller = authorise(app, route, &parts, &terminal)?;
    if let Some(caller) = &caller {
        span.record("caller", caller.name());
    }
    if !route.accepts(&parts.headers) {
        let known: Vec<&str> = route.body.iter().map(|content| content.media_type).collect();
        let detail = format!("this takes {}", known.join(" or "));
        return Err(Problem::plain(415, "unsupported media type", detail));
    }
    let parameters =
        parameters.map_err(|error| Problem::malformed(format!("the path: {error}")))?;
    let path = parameters.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    let mut call = Call {
        app: Arc::clone(app),
        caller,
        terminal,
        path,
        query: query::pairs(parts.uri.query().unwrap_or_default())?,
        headers: parts.headers,
        body: Body::None,
    };
    let wait = at_least(route, &mut call)?;
    let pump = match route.intake {
        Intake::Nothing => None,
        Intake::Whole(bytes_max) => {
            let held = intake::whole(&call.headers, body, bytes_max, &app.room).await?;
            call.body = Body::Whole(held);
            None
        }
        Intake::Piecewise(bytes_max) => {
            let (reader, pump) = intake::piecewise(&call.headers, body, bytes_max)?;
            call.body = Body::Piecewise(Box::new(reader));
            Some(pump)
        }
    };
    let begins = matches!(route.work, Work::Beginning(_));
    let is_short = matches!(&call.body, Body::Whole(held) if held.bytes.len() <= AT_ONCE_BYTES_MAX);
    let (route, span) = (Arc::clone(route), span.clone());
    let work = move || span.in_scope(|| work(&route, &mut call, wait));
    let done = match pump {
        None if is_short && wait.is_none() && begins => at_once(work),
        None => blocking(work).await,
        // The pump ends when the work has dropped its end, or the body has come to its.
        Some(pump) => tokio::join!(pump, blocking(work)).1,
    };
    match done? {
        Done::Now(reply) => Ok(reply),
        Done::Later(reply) => reply.await,
    }
}

/// Bodies of calls that only begin something are read where they come in up to this length, which
/// takes some tens of microseconds; longer ones on a thread that may block. Units: bytes.
const AT_ONCE_BYTES_MAX: usize = 16 << 10;

/// A call that met a bug.
#[derive(Debug, thiserror::Error)]
#[error("answer a call: it met a bug")]
struct Panicked;

/// What the work of a call came to.
enum Done {
    Now(Reply),
    Later(Later),
}

fn work(route: &Route, call: &mut Call, wait: Option<Position>) -> Result<Done, Box<Problem>> {
    wait_for(call, wait)?;
    match &route.work {
        Work::Blocking(work) => work(call).map(Done::Now),
        Work::Beginning(work) => work(call).map(Done::Later),
    }
}

fn at_once(work: impl FnOnce() -> Result<Done, Box<Problem>>) -> Result<Done, Box<Problem>> {
    let done = catch_unwind(AssertUnwindSafe(work));
    done.unwrap_or_else(|_| Err(Problem::internal(&Panicked)))
}

async fn blocking(
    work: impl FnOnce() -> Result<Done, Box<Problem>> + Send + 'static,
) -> Result<Done, Box<Problem>> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Problem::internal(&error)))
}

/// The route of a method; HEAD is answered as GET, and the body left out where it is sent.
fn route_for<'a>(methods: &'a Methods, method: &Method) -> Option<&'a Arc<Route>> {
    methods.get(if method == Method::HEAD { &Method::GET } else { method })
}

fn wrong_method(methods: &Methods, parts: &Parts) -> Reply {
    let mut allowed: Vec<&str> = methods.keys().map(Method::as_str).collect();
    allowed.sort_unstable();
    let allowed = allowed.join(", ");
    let detail = format!("{} is not possible here; possible: {allowed}", parts.method);
    let problem = Problem::plain(405, "method not allowed", detail).at(parts.uri.path());
    Reply::problem(problem, envelope(methods)).header("allow", allowed)
}

/// How those who call a path know problems: its methods do not differ in that.
fn envelope(methods: &Methods) -> Envelope {
    methods.values().next().map_or(Envelope::Problem, |route| route.envelope)
}

/// Who calls, where the route is not open, if they may.
fn authorise(
    app: &App,
    route: &Route,
    parts: &Parts,
    terminal: &str,
) -> Result<Option<Caller>, Box<Problem>> {
    let Some(needed) = route.role else { return Ok(None) };
    let caller = caller::caller(app, parts, terminal)?;
    if caller.role().covers(needed) { Ok(Some(caller)) } else { Err(caller.not_allowed(needed)) }
}

/// Takes the position to wait for out of the query.
fn at_least(route: &Route, call: &mut Call) -> Result<Option<Position>, Box<Problem>> {
    if !route.waits() {
        return Ok(None);
    }
    let Some(at) = call.query.iter().position(|(name, _)| name == AT_LEAST) else {
        return Ok(None);
    };
    let (_, text) = call.query.remove(at);
    let position = text.parse().map_err(|_| {
        Problem::malformed(format!("the query parameter {AT_LEAST}: {text:?} is no position"))
    })?;
    Ok(Some(Position(position)))
}

fn wait_for(call: &Call, position: Option<Position>) -> Result<(), Box<Problem>> {
    let Some(position) = position else { return Ok(()) };
    let size = call.plant().ledger()?.size()?;
    if position.0 >= size {
        let last = size.saturating_sub(1);
        let detail = format!("{AT_LEAST}={position}: the last position of the ledger is {last}");
        return Err(Problem::coded(422, domain::Code::Malformed, detail));
    }
    Ok(call.plant().published().wait_for(position.next())?)
}

/// The response for a reply.
fn respond(reply: Reply) -> Response {
    let mut response = Response::new(outlet::body(reply.answer));
    *response.status_mut() = axum::http::StatusCode::from_u16(reply.status)
        .expect("invariant: statuses are written as constants");
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !reply.media_type.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.media_type));
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}
