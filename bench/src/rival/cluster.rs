//! A PostgreSQL server of its own, in a folder of its own.
//!
//! It listens on a socket in that folder alone. It is stopped when this is dropped, and by the
//! system where this process ends without that. Where the process is root, the server runs as the
//! user the Debian package made, since it refuses to be root.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use anyhow::{Context as _, Result, bail, ensure};

use super::wire::Connection;
use crate::cpu::Tree;

/// Where Debian keeps the programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The user the Debian package makes.
const USER: &str = "postgres";
/// What the log says when connections are taken.
const READY: &str = "ready to accept connections";

/// A setting, its value and why.
pub(crate) type Setting = (&'static str, &'static str, &'static str);

/// How the server is set, beside what depends on the machine's memory.
pub(crate) const SETTINGS: &[Setting] = &[
    ("fsync", "on", "a commit is on the disk when it is answered, as ours"),
    ("synchronous_commit", "on", "the same"),
    ("full_page_writes", "on", "a torn page can be mended, as ours"),
    ("wal_compression", "lz4", "full pages take less of the log"),
    ("wal_buffers", "64MB", "many small commits share a write"),
    ("max_wal_size", "8GB", "no checkpoint is forced within a run"),
    ("checkpoint_timeout", "15min", "the same"),
    ("checkpoint_completion_target", "0.9", "checkpoints write evenly"),
    ("max_connections", "300", "one for each caller"),
    ("jit", "off", "statements are short"),
    ("random_page_cost", "1.1", "a solid-state disk"),
    ("effective_io_concurrency", "200", "the same"),
    ("work_mem", "256MB", "a trace sorts and hashes in memory"),
    ("maintenance_work_mem", "1GB", "indexes are built in memory"),
    ("autovacuum", "on", "as in production"),
];

/// A running server.
#[derive(Debug)]
pub(crate) struct Cluster {
    server: Child,
    folder: PathBuf,
    programs: PathBuf,
    log: Option<JoinHandle<()>>,
}

/// Which version the machine has; absent: none.
pub(crate) fn version_installed() -> Option<String> {
    programs().and_then(|programs| version(&programs)).ok()
}

impl Cluster {
    /// Makes a folder for it inside `place`, starts it there and waits until it takes connections.
    pub(crate) fn start(place: &Path) -> Result<Self> {
        let programs = programs()?;
        let folder = place.join("postgres");
        fs::create_dir_all(&folder).context("make a folder for PostgreSQL")?;
        if is_root()? {
            let (user, group) = (id("-u")?, id("-g")?);
            chown(&folder, Some(user), Some(group)).context("give PostgreSQL its folder")?;
        }
        let data = folder.join("data");
        let made = program(&programs, "initdb")?
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"])
            .arg("--no-sync")
            .arg("--pgdata")
            .arg(&data)
            .output()
            .context("start initdb")?;
        ensure!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let mut server = program(&programs, "postgres")?;
        server.arg("-D").arg(&data);
        for (name, value) in settings()? {
            server.arg("-c").arg(format!("{name}={value}"));
        }
        server.arg("-c").arg("listen_addresses=");
        server.arg("-c").arg(format!("unix_socket_directories={}", folder.display()));
        let mut server =
            server.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().context("start it")?;
        let log = BufReader::new(server.stderr.take().context("its log")?);
        let mut cluster = Self { server, folder, programs, log: None };
        cluster.log = Some(ready(log)?);
        Ok(cluster)
    }

    /// A connection to the database that is always there.
    pub(crate) fn connect(&self) -> Result<Connection> {
        Connection::open(&self.folder, "postgres")
    }

    /// Its processes, to count the time they take.
    pub(crate) fn tree(&self) -> Tree {
        Tree::of(self.server.id())
    }

    fn stop(&mut self) -> Result<()> {
        // What it holds is thrown away with its folder: nothing has to be written.
        program(&self.programs, "pg_ctl")?
            .args(["stop", "--silent", "--mode=immediate", "--pgdata"])
            .arg(self.folder.join("data"))
            .output()
            .context("start pg_ctl")?;
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.stop().is_err() {
            drop(self.server.kill());
        }
        drop(self.server.wait());
        drop(self.log.take().map(JoinHandle::join));
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// The settings as name and value, those that depend on the machine's memory included.
pub(crate) fn settings() -> Result<Vec<(String, String)>> {
    let memory_mb = crate::machine::memory_mb()?;
    let own = |(name, value, _): &Setting| ((*name).to_owned(), (*value).to_owned());
    let mut all: Vec<(String, String)> = SETTINGS.iter().map(own).collect();
    // A quarter of the memory, as its manual advises; more than 8 GB brings nothing here.
    all.push(("shared_buffers".to_owned(), format!("{}MB", (memory_mb / 4).min(8192))));
    all.push(("effective_cache_size".to_owned(), format!("{}MB", memory_mb / 4 * 3)));
    Ok(all)
}

/// Reads the log until connections are taken, then goes on reading so that it never fills up.
fn ready(mut log: BufReader<std::process::ChildStderr>) -> Result<JoinHandle<()>> {
    let mut said = String::new();
    while !said.contains(READY) {
        let read = log.read_line(&mut said).context("read its log")?;
        ensure!(read > 0, "PostgreSQL did not start: {said}");
    }
    let drain = move || log.lines().take_while(Result::is_ok).for_each(drop);
    std::thread::Builder::new().name("rival-log".to_owned()).spawn(drain).context("read its log")
}

/// One of its programs, as the user it runs as, ended by the system if this process ends.
fn program(programs: &Path, name: &str) -> Result<Command> {
    let path = programs.join(name);
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig=INT");
    if is_root()? {
        command.args([&format!("--reuid={USER}"), &format!("--regid={USER}"), "--clear-groups"]);
    }
    command.arg(path).current_dir("/").stdin(Stdio::null());
    Ok(command)
}

fn programs() -> Result<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let number = |path: &PathBuf| -> u32 {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        name.and_then(|name| name.parse().ok()).unwrap_or_default()
    };
    let newest = versions.map(|entry| entry.path()).max_by_key(number);
    let folder = newest.map(|path| path.join("bin")).filter(|path| path.join("initdb").is_file());
    match folder {
        Some(folder) => Ok(folder),
        None => bail!("no PostgreSQL in {DEBIAN}: run bench/prerequisites.sh"),
    }
}

fn version(programs: &Path) -> Result<String> {
    let said = Command::new(programs.join("postgres")).arg("--version").output()?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self").context("look at this process")?.uid() == 0)
}

fn id(which: &str) -> Result<u32> {
    let said = Command::new("id").args([which, USER]).output().context("start id")?;
    let text = String::from_utf8_lossy(&said.stdout);
    text.trim().parse().with_context(|| format!("the user {USER} is not there"))
}
