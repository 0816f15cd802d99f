//! A plant served over HTTP by a process of its own: this program, started again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use api::{Config, Role, Tokens};

use crate::cpu::Tree;
use crate::ours;

/// Name of the token the callers use.
const TOKEN: &str = "bench";

/// Where a server listens and what it wants to see.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    /// Where.
    pub(crate) address: SocketAddr,
    /// A token that may record.
    pub(crate) token: String,
}

/// A server in a process of its own; ends when dropped, or when this process ends.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    address: Address,
}

impl Server {
    /// Serves a plant in a new folder, with an instruction released if there is to be `work`.
    pub(crate) fn start(folder: &Path, work: bool) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe().context("find this program")?)
            .arg("serve")
            .arg(folder)
            .args(work.then_some("--work"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("start the server")?;
        let mut line = String::new();
        let said = process.stdout.take().context("what the server says")?;
        BufReader::new(said).read_line(&mut line)?;
        let (address, token) = line.trim().split_once(' ').context("the server did not start")?;
        let address = Address { address: address.parse()?, token: token.to_owned() };
        Ok(Self { process, address })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> &Address {
        &self.address
    }

    /// Its process, to count the time it takes.
    pub(crate) fn tree(&self) -> Tree {
        Tree::of(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends when nobody holds the other end of its input.
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

/// The other side: serves until its input ends.
pub(crate) fn serve(folder: &Path, work: bool) -> Result<()> {
    let plant = Arc::new(ours::plant(folder)?);
    if work {
        crate::work::prepare(&plant)?;
    }
    let (stop, stopped) = api::stopper();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = Config { listen, ..Config::default() };
    let running = api::serve(Arc::clone(&plant), &config, stopped)?;
    let token = Tokens::of(folder).create(TOKEN, Role::Record, None)?.secret;
    writeln!(std::io::stdout(), "{} {token}", running.addr)?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    stop.stop();
    running.wait()?;
    Ok(())
}
