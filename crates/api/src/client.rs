//! The typed blocking client: what the command line and the simulator call a server with.
//!
//! Invariants: a token is never sent in the clear beyond this machine unless somebody said so; it
//! is not printed, and not sent on where an answer points elsewhere.
//!
//! Limits: the constants below. A call that was cut short may be sent again: give commands an id.

mod calls;
mod events;
mod people;
mod transfer;
mod wire;
mod work;

use std::time::Duration;

use domain::Position;
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use crate::problem::Problem;
use crate::server::PlainRemote;

pub use events::Pushed;
pub use transfer::Transfer;

/// How long a connection may take to come about.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long an answer may take to begin.
const ANSWER_TIME: Duration = Duration::from_secs(300);
/// Bytes of an answer that is held as a whole.
const ANSWER_BYTES_MAX: u64 = 1 << 30;

/// Which server, and as whom.
#[derive(Clone, Default)]
pub struct Config {
    /// Where it is: `http://127.0.0.1:8420` or `https://…`.
    pub server: String,
    /// The token to send.
    pub token: Option<String>,
    /// Whether to send the token unencrypted to another machine.
    pub plain_remote: PlainRemote,
    /// Certificates to trust in place of the public ones, in PEM: of a site's own authority.
    pub certificates: Option<Vec<u8>>,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("server", &self.server).finish_non_exhaustive()
    }
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server said no, and why.
    #[error(transparent)]
    Problem(Box<Problem>),
    /// The address of the server.
    #[error("use the server address {0}: write http://HOST:PORT or https://HOST:PORT")]
    Address(String),
    /// A token would go over the network in the clear.
    #[error(
        "send a secret to {0}: it would not be encrypted; use https, or say --allow-plain-remote"
    )]
    PlainRemote(String),
    /// The certificates to trust.
    #[error("read the certificates to trust: {0}")]
    Certificates(String),
    /// A token that cannot stand in a header.
    #[error("send the token: it holds characters a token never has")]
    Token,
    /// The way there or back.
    #[error("reach {server}")]
    Reach {
        /// Which server.
        server: String,
        /// Why not.
        #[source]
        source: Box<ureq::Error>,
    },
    /// What came back is not what this version expects.
    #[error("understand the answer of {server}: {what}; is it Tracewright, of this version?")]
    Answer {
        /// Which server.
        server: String,
        /// What is wrong.
        what: String,
    },
    /// A file here.
    #[error("use the file {}", path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A job that did not do what it was asked.
    #[error("finish the job {}: {}", .0.id, .0.message.as_deref().unwrap_or("it was stopped"))]
    Job(Box<engine::JobState>),
}

impl Error {
    /// What the server said, where it said something.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            Self::Address(_)
            | Self::PlainRemote(_)
            | Self::Certificates(_)
            | Self::Token
            | Self::Reach { .. }
            | Self::Answer { .. }
            | Self::File { .. }
            | Self::Job(_) => None,
        }
    }
}

/// The result of a call.
pub type Result<T> = std::result::Result<T, Error>;

/// A server to call. Clones share its connections.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    /// Scheme, host and port, without a slash at the end.
    server: String,
    authorization: Option<ureq::http::HeaderValue>,
    at_least: Option<Position>,
    /// Nothing secret may be sent: it would not be encrypted.
    in_the_clear: bool,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of a server; nothing is sent yet.
    ///
    /// Errors: [`Error::Address`], [`Error::PlainRemote`], [`Error::Certificates`],
    /// [`Error::Token`].
    pub fn new(config: &Config) -> Result<Self> {
        let server = config.server.trim_end_matches('/').to_owned();
        let address = || Error::Address(config.server.clone());
        let uri: ureq::http::Uri = server.parse().map_err(|_| address())?;
        let host = uri.host().ok_or_else(address)?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(address()),
        };
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(address());
        }
        let local = is_loopback(host);
        let in_the_clear = !encrypted && !local && config.plain_remote == PlainRemote::Refused;
        if in_the_clear && config.token.is_some() {
            return Err(Error::PlainRemote(server));
        }
        let authorization = match &config.token {
            None => None,
            Some(token) => {
                let text = format!("Bearer {}", token.trim());
                let mut value: ureq::http::HeaderValue = text.parse().map_err(|_| Error::Token)?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        let mut agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("tracewright/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_TIME))
            .timeout_recv_response(Some(ANSWER_TIME));
        if local {
            agent = agent.proxy(None);
        }
        if let Some(pem) = &config.certificates {
            let tls = TlsConfig::builder().root_certs(trusted(pem)?).build();
            agent = agent.tls_config(tls);
        }
        let agent = agent.build().new_agent();
        Ok(Self { agent, server, authorization, at_least: None, in_the_clear })
    }

    /// The same server, where each question waits until this position shows.
    #[must_use]
    pub fn at_least(&self, position: Position) -> Self {
        Self { at_least: Some(position), ..self.clone() }
    }

    /// Where the server is.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn trusted(pem: &[u8]) -> Result<RootCerts> {
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(Error::Certificates(error.to_string())),
        }
    }
    if certificates.is_empty() {
        return Err(Error::Certificates("there is none in the file".to_owned()));
    }
    Ok(RootCerts::Specific(std::sync::Arc::new(certificates)))
}
