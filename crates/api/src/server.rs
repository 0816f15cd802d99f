//! Serving a plant over HTTP.
//!
//! Words: a *call* is a request with its answer. Each connection is a task and has one call at a
//! time, so that [`CONNECTIONS_MAX`] bounds them all. A call runs on a blocking thread; a single
//! command is put into the plant's queue where it came in, and no thread waits for its answer.
//!
//! Ending: no new connections; calls that run may finish within [`GRACE`]; what is still streamed
//! then is cut, and jobs stop where they can be taken up again.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use engine::{Jobs, Plant};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

use crate::account::{self, Accounts};
use crate::app::App;
use crate::caller::Peer;
use crate::dispatch;
use crate::dispatch::intake::Room;
use crate::events::Feed;
use crate::page::Pages;
use crate::publish::{Board, Publisher};
use crate::routes;
use crate::token::Tokens;
use crate::witness::ask::{WITNESSES_MAX, Witness};

/// Connections at once; more wait to be accepted.
pub const CONNECTIONS_MAX: usize = 1024;
/// Threads beside those of calls, for jobs.
const THREADS_MORE: usize = 16;
/// How long the head of a call may take, and how long a connection may be idle.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Bytes of the head of a call.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// How long calls may take to finish once the server ends.
const GRACE: Duration = Duration::from_secs(5);
/// How long to wait for a socket to become free when the system has no more.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// How a plant is served.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether to listen beyond this machine, though nothing is encrypted.
    pub plain_remote: PlainRemote,
    /// Who is asked to cosign each new head.
    pub witnesses: Vec<Witness>,
    /// Files outside of the data folder that each new head is written to.
    pub witness_files: Vec<PathBuf>,
    /// What the site decides about accounts.
    pub accounts: account::Policy,
}

/// Whether to talk beyond this machine without encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlainRemote {
    /// No.
    #[default]
    Refused,
    /// Yes: somebody said so in words.
    Allowed,
}

impl Default for Config {
    /// Port 8420 of this machine alone.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8420)),
            plain_remote: PlainRemote::Refused,
            witnesses: Vec::new(),
            witness_files: Vec::new(),
            accounts: account::Policy::default(),
        }
    }
}

/// Why a plant cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address others can reach, without encryption.
    #[error(
        "listen on {0}: other machines could reach it and nothing would be encrypted; listen on \
         127.0.0.1 and put a TLS proxy in front, or say --allow-plain-remote"
    )]
    PlainRemote(SocketAddr),
    /// An address that cannot be listened on.
    #[error("listen on {address}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A witness file in the data folder.
    #[error(
        "write heads to {}: it lies in the data folder, and whoever changes that could change it \
         too; keep it elsewhere", .0.display()
    )]
    WitnessFile(PathBuf),
    /// Too many witnesses.
    #[error("ask {0} witnesses: at most {WITNESSES_MAX} are asked")]
    Witnesses(usize),
    /// The accounts of the plant.
    #[error("open the accounts")]
    Accounts(#[from] Box<account::Error>),
    /// Threads that cannot start.
    #[error("start the threads of the server")]
    Threads(#[source] io::Error),
    /// The server's thread met a bug.
    #[error("serve: it met a bug; the log says which")]
    Stopped,
}

/// A server that runs until its shutdown comes.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    thread: JoinHandle<()>,
}

impl Running {
    /// Waits until the server has ended and its last call is answered.
    pub fn wait(self) -> Result<(), Error> {
        self.thread.join().map_err(|_| Error::Stopped)
    }
}

/// Ends a server when told to or dropped.
#[derive(Debug)]
pub struct Stopper(Option<oneshot::Sender<()>>);

impl Stopper {
    /// Tells the server to end.
    pub fn stop(mut self) {
        self.send();
    }

    fn send(&mut self) {
        if let Some(stop) = self.0.take() {
            // A server that has ended already needs no telling.
            stop.send(()).ok();
        }
    }
}

impl Drop for Stopper {
    fn drop(&mut self) {
        self.send();
    }
}

/// A shutdown to give to [`serve`], and what brings it about.
pub fn stopper() -> (Stopper, impl Future<Output = ()> + Send + 'static) {
    let (stop, stopped) = oneshot::channel();
    (Stopper(Some(stop)), async move { drop(stopped.await) })
}

/// A shutdown that comes with ctrl-c or when the system asks the process to end.
pub async fn interrupted() {
    let ctrl_c = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let terminate = async {
            match signal(SignalKind::terminate()) {
                Ok(mut signal) => drop(signal.recv().await),
                Err(_) => std::future::pending::<()>().await,
            }
        };
        tokio::select! { () = ctrl_c => {}, () = terminate => {} }
    }
    #[cfg(not(unix))]
    ctrl_c.await;
}

/// Serves a plant until `shutdown` comes; answers as soon as it listens.
///
/// Errors: [`Error::PlainRemote`] for an address others can reach, [`Error::Listen`],
/// [`Error::WitnessFile`], [`Error::Witnesses`].
pub fn serve(
    plant: Arc<Plant>,
    config: &Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Running, Error> {
    let Config { listen, plain_remote, witnesses, witness_files, accounts } = config;
    if witnesses.len() > WITNESSES_MAX {
        return Err(Error::Witnesses(witnesses.len()));
    }
    let folder = plant.folder().reading().path();
    if let Some(file) = witness_files.iter().find(|file| is_within(folder, file)) {
        return Err(Error::WitnessFile(file.clone()));
    }
    let listener = bind(*listen, *plain_remote)?;
    let routes = routes::table();
    let pages = Pages::of(&routes);
    let tokens = Tokens::of(folder);
    let accounts = Accounts::open(Arc::clone(&plant), *accounts).map_err(Box::new)?;
    let board = Arc::new(Board::of(&plant, witnesses, witness_files));
    let publisher = Publisher::start(&plant, &board, witnesses, witness_files);
    let publisher = publisher.map_err(Error::Threads)?;
    let (jobs, room, feed) = (Jobs::new(), Room::default(), Feed::of(&plant));
    let shutdown = feed.ends_with(shutdown);
    let app = Arc::new(App { plant, tokens, accounts, jobs, board, feed, pages, room });
    let router = dispatch::router(&app, routes);
    // Jobs and the threads that show heads are waited for where nothing else waits.
    run(listener, router, (publisher, app), shutdown)
}

/// Whether a file lies in a folder, whatever the way there.
fn is_within(folder: &Path, file: &Path) -> bool {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(parent.unwrap_or(Path::new("."))).starts_with(real(folder))
}

/// Listens at an address.
pub(crate) fn bind(address: SocketAddr, plain_remote: PlainRemote) -> Result<TcpListener, Error> {
    if !address.ip().is_loopback() && plain_remote == PlainRemote::Refused {
        return Err(Error::PlainRemote(address));
    }
    let failed = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

/// Answers calls until `shutdown` comes, then drops what was `kept` for them.
pub(crate) fn run(
    listener: TcpListener,
    router: Router,
    kept: impl Send + 'static,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Running, Error> {
    let addr = listener.local_addr().map_err(Error::Threads)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("http")
        .max_blocking_threads(CONNECTIONS_MAX + THREADS_MORE)
        .build()
        .map_err(Error::Threads)?;
    let thread = std::thread::Builder::new()
        .name("server".to_owned())
        .spawn(move || {
            runtime.block_on(accept_all(listener, router, shutdown));
            runtime.shutdown_timeout(GRACE);
            drop(kept);
        })
        .map_err(Error::Threads)?;
    tracing::info!(%addr, "serving");
    Ok(Running { addr, thread })
}

async fn accept_all(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "cannot listen");
            return;
        }
    };
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let ending = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        while connections.try_join_next().is_some() {}
        let accept = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection is not accepted");
                // The system is out of sockets: one that ends makes room.
                tokio::time::timeout(ACCEPT_AGAIN, one_ends(&mut connections)).await.ok();
                continue;
            }
        };
        // An answer is sent when it is there, not when more could be added to its packet.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection sends late");
        }
        let (peer, answers) = (Peer(peer), TowerToHyperService::new(router.clone()));
        let answers = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            answers.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), answers);
        let connection = ending.watch(connection);
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %engine::chain(&error), "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    tracing::info!("ending");
    if tokio::time::timeout(GRACE, ending.shutdown()).await.is_err() {
        tracing::warn!("calls that did not finish in time are cut");
    }
    connections.shutdown().await;
}

async fn one_ends(connections: &mut JoinSet<()>) {
    if connections.join_next().await.is_none() {
        std::future::pending::<()>().await;
    }
}
