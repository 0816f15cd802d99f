//! The machine and the versions a figure was measured with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

/// Memory of the machine. Units: megabytes.
pub(crate) fn memory_mb() -> Result<u64> {
    let text = fs::read_to_string("/proc/meminfo").context("read how much memory there is")?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("no line MemTotal")?.parse::<u64>()? / 1024)
}

/// What the figures rest on, as lines of a list.
pub(crate) fn lines(place: &Path) -> Result<Vec<String>> {
    let cpu = fs::read_to_string("/proc/cpuinfo").context("read which processor it is")?;
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = std::thread::available_parallelism()?;
    let memory = memory_mb()?.div_ceil(1024);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Ok(vec![
        format!("processor: {}, {cores} cores; {memory} GB of memory", model.unwrap_or("unknown")),
        format!("system: Linux {}; data on {}", kernel.trim(), file_system(place)?),
        format!("compiler: {}, release build", said("rustc", &["--version"])),
        format!("PostgreSQL: {}", rival()),
        format!("commit: {}; date: {}", commit(), today()),
    ])
}

/// The commit the tree is at, and whether it was changed since.
pub(crate) fn commit() -> String {
    let root = root();
    let root = root.to_string_lossy();
    let head = said("git", &["-C", &root, "rev-parse", "--short=12", "HEAD"]);
    let changed = !said("git", &["-C", &root, "status", "--porcelain", "-uno"]).is_empty();
    if changed { format!("{head} with changes") } else { head }
}

/// The day.
pub(crate) fn today() -> String {
    engine::now().to_string().chars().take(10).collect()
}

/// The folder of the repository.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// Kind of the file system a folder lies on.
pub(crate) fn file_system(place: &Path) -> Result<String> {
    let place = place.canonicalize().context("find the folder")?;
    let mounts = fs::read_to_string("/proc/mounts").context("read what is mounted")?;
    let kinds = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let at = fields.next()?;
        place.starts_with(at).then_some((at.len(), fields.next()?.to_owned()))
    });
    Ok(kinds.max_by_key(|(length, _)| *length).map(|(_, kind)| kind).unwrap_or_default())
}

fn rival() -> String {
    let folder = crate::rival::cluster::version_installed();
    folder.unwrap_or_else(|| "not installed".to_owned())
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&text).trim().to_owned()
}
