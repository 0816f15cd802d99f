//! A folder for the data of a run, removed after it, and one for what is kept.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// Where large folders are kept, in the repository.
const CACHE: &str = "target/bench-cache";
const PREFIX: &str = "tracewright-bench-";
/// File systems that keep nothing: on them, what is durable costs nothing.
const NOT_DURABLE: &[&str] = &["tmpfs", "ramfs"];

/// The folder; removed when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    cache: PathBuf,
}

impl Place {
    /// A new one inside a folder on a disk; those of runs that have died are removed.
    pub(crate) fn inside(outer: &Path, cache: Option<&Path>) -> Result<Self> {
        let kind = crate::machine::file_system(outer)?;
        if NOT_DURABLE.contains(&kind.as_str()) {
            let outer = outer.display();
            bail!("{outer} is a {kind}, where nothing is durable; name a --place on a disk");
        }
        for entry in fs::read_dir(outer).context("look for what was left")?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let process = name.strip_prefix(PREFIX).map(|number| Path::new("/proc").join(number));
            if process.is_some_and(|process| !process.exists()) {
                fs::remove_dir_all(entry.path()).context("remove what a run has left")?;
            }
        }
        let path = outer.join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir(&path).with_context(|| format!("make {}", path.display()))?;
        let cache = cache.map_or_else(|| crate::machine::root().join(CACHE), Path::to_owned);
        Ok(Self { path, cache })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where large folders are kept for the next time.
    pub(crate) fn cache(&self) -> &Path {
        &self.cache
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.path));
    }
}
