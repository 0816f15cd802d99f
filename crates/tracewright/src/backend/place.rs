//! Where the ledger is said to be, and how it is opened there.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use api::PlainRemote;
use api::client::{self, Client};
use engine::{Opening, Options, Plant};

use super::{Backend, Sessions};
use crate::cli::Global;
use crate::output::Output;

/// Where the ledger is said to be.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    data: Option<PathBuf>,
    server: Option<Server>,
    sessions: Option<Sessions>,
}

/// How a server is reached.
#[derive(Clone)]
struct Server {
    url: String,
    token: Option<String>,
    token_file: Option<PathBuf>,
    certificates: Option<PathBuf>,
    plain_remote: PlainRemote,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Place {
    /// As the options say.
    pub(crate) fn of(global: &Global) -> Self {
        let server = global.server.clone().map(|url| Server {
            url,
            token: global.token.clone(),
            token_file: global.token_file.clone(),
            certificates: global.certificates.clone(),
            plain_remote: global.plain_remote(),
        });
        let sessions = Sessions::at(global.session_file.clone());
        Self { data: global.data.clone(), server, sessions }
    }

    /// The data folder, for what works on folders only.
    ///
    /// Errors: none is named.
    pub(crate) fn folder(&self) -> Result<&Path> {
        self.data.as_deref().ok_or_else(|| {
            anyhow!("find the data folder: say where with --data DIR, or set TRACEWRIGHT_DATA")
        })
    }

    /// Where sessions of people are kept between commands.
    ///
    /// Errors: there is no home to keep them in.
    pub(crate) fn sessions(&self) -> Result<&Sessions> {
        self.sessions
            .as_ref()
            .ok_or_else(|| anyhow!("keep the session: say in which file with --session-file FILE"))
    }

    /// The server, as somebody who is not signed in yet.
    pub(crate) fn anybody(&self) -> Result<Client> {
        let server = self.server.as_ref().ok_or_else(|| {
            anyhow!("sign in: say at which server with --server URL, or set TRACEWRIGHT_SERVER")
        })?;
        connect(server, None)
    }

    /// The server, where one is named and no folder is.
    ///
    /// Errors: both or none are named; the token or the certificates cannot be read.
    pub(crate) fn server(&self) -> Result<Option<Client>> {
        match (&self.data, &self.server) {
            (None, Some(server)) => connect(server, self.secret(server)?).map(Some),
            (Some(_), None) => Ok(None),
            (Some(_), Some(_)) => bail!(
                "choose: TRACEWRIGHT_DATA and TRACEWRIGHT_SERVER are both set; give --data DIR \
                 or --server URL"
            ),
            (None, None) => bail!(
                "find the ledger: say where with --data DIR or --server URL, or set \
                 TRACEWRIGHT_DATA or TRACEWRIGHT_SERVER"
            ),
        }
    }

    /// What a server is shown: the token that is named, else the session that is open there.
    fn secret(&self, server: &Server) -> Result<Option<String>> {
        match (&server.token, &server.token_file) {
            (Some(token), _) => Ok(Some(token.clone())),
            (None, Some(file)) => {
                let text = String::from_utf8_lossy(&read(file)?).trim().to_owned();
                Ok(Some(text))
            }
            (None, None) => {
                let kept = self.sessions.as_ref().map(|all| all.of(&server.url)).transpose()?;
                Ok(kept.flatten().map(|kept| kept.secret))
            }
        }
    }

    /// Opens the ledger that is there.
    pub(crate) fn open(&self, output: &Output) -> Result<Backend> {
        if let Some(client) = self.server()? {
            return Ok(Backend::Remote(client));
        }
        require_folder(self.folder()?)?;
        self.open_or_make(&Options::default(), output)
    }

    /// Opens the ledger that is there, or makes a new folder for one.
    pub(crate) fn open_or_make(&self, options: &Options, output: &Output) -> Result<Backend> {
        if let Some(client) = self.server()? {
            return Ok(Backend::Remote(client));
        }
        let plant = open_folder(self.folder()?, options, output)?;
        Ok(Backend::Local(Box::new(plant)))
    }
}

/// Refuses a place where no ledger is.
pub(crate) fn require_folder(folder: &Path) -> Result<()> {
    match store::ReadFolder::open(folder) {
        Err(store::Error::NotAFolder { .. }) => bail!(
            "find a data folder at {0}: make one with `tracewright init --data {0}`, or take in a \
             file with `tracewright import FILE --data {0}`",
            folder.display()
        ),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

/// Opens a folder, or makes it where it is not there.
pub(crate) fn open_folder(path: &Path, options: &Options, output: &Output) -> Result<Plant> {
    let bar = output.bar("folding", "entries");
    let opened = Plant::open(path, options, |opening| match opening {
        Opening::Folding { done, size } => bar.at(done, size),
    });
    not_held(opened, path)
}

/// Says what to do where another process works on the folder.
pub(crate) fn not_held<T>(result: engine::Result<T>, folder: &Path) -> Result<T> {
    match result {
        Err(engine::Error::Store(store::Error::Held { process, .. })) => bail!(
            "open {}: a server or another command{} works on it; end it, or talk to the server \
             with --server URL and --token TOKEN",
            folder.display(),
            process.map_or_else(String::new, |id| format!(" (process {id})"))
        ),
        other => Ok(other?),
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("read {}", path.display()))
}

fn connect(server: &Server, token: Option<String>) -> Result<Client> {
    let config = client::Config {
        server: server.url.clone(),
        token,
        plain_remote: server.plain_remote,
        certificates: server.certificates.as_ref().map(read).transpose()?,
    };
    Ok(Client::new(&config)?)
}
