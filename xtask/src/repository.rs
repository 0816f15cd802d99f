//! A snapshot of the working tree: its files, and its packages as cargo sees them.
//!
//! Limits: a file over [`TEXT_BYTES_MAX`], or one that is not UTF-8, is known by name only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;

/// Largest file read as text, in bytes: far above any source file, far below a captured data set.
pub const TEXT_BYTES_MAX: u64 = 4 << 20;

/// Folders that hold what was built or fetched, at any depth.
const FOLDERS_SKIPPED: &[&str] = &["target", "node_modules", "dist", "demo-plant"];

/// Hidden folders that are part of the project; every other hidden folder is skipped.
const FOLDERS_HIDDEN_KEPT: &[&str] = &[".cargo", ".ci", ".config", ".github"];

/// The files and packages the rules look at.
#[derive(Debug, Default)]
pub struct Repository {
    texts: BTreeMap<String, String>,
    paths: BTreeSet<String>,
    packages: Vec<Package>,
}

/// One package of the workspace.
#[derive(Clone, Debug, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its manifest, relative to the root of the repository.
    pub manifest_path: String,
    /// What it depends on, in every kind of build.
    pub dependencies: Vec<Dependency>,
}

/// One dependency of a package.
#[derive(Clone, Debug, Deserialize)]
pub struct Dependency {
    /// The name of the package depended on.
    pub name: String,
    /// The folder of a package of our own; nothing for one from the registry.
    pub path: Option<String>,
    /// `dev` or `build`; nothing for an ordinary dependency.
    pub kind: Option<String>,
}

impl Repository {
    /// Reads the working tree that the folder `inside` belongs to.
    ///
    /// Cargo says where its root is: a path compiled in would still name the tree the program was
    /// built from when two trees share a target folder.
    ///
    /// Errors: a file that cannot be read, or cargo that cannot be run or understood.
    pub fn read(inside: &Path) -> anyhow::Result<Self> {
        let Metadata { packages, workspace_root } = read_metadata(inside)?;
        let root = Path::new(&workspace_root);
        let relative = packages.into_iter().map(|package| relative_to(root, package));
        let packages = relative.collect::<anyhow::Result<_>>()?;
        let mut repository = Self { packages, ..Self::default() };
        repository.read_folder(root, "")?;
        Ok(repository)
    }

    /// A made-up repository, for the tests of the rules.
    #[must_use]
    pub fn made_of(files: &[(&str, &str)], packages: Vec<Package>) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        let texts: BTreeMap<String, String> = files.iter().map(owned).collect();
        Self { paths: texts.keys().cloned().collect(), texts, packages }
    }

    /// Every file that holds text, as (path, text), sorted by path.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The text of one file.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Whether `path` is a file, or a folder with a file in it. The root itself is `""`.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty()
            || self.paths.contains(path)
            || self
                .paths
                .range(folder.clone()..)
                .next()
                .is_some_and(|next| next.starts_with(&folder))
    }

    /// The packages of the workspace.
    #[must_use]
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    fn read_folder(&mut self, root: &Path, folder: &str) -> anyhow::Result<()> {
        let absolute = root.join(folder);
        let context = || format!("failed to read folder {}", absolute.display());
        for entry in fs::read_dir(&absolute).with_context(context)? {
            let entry = entry.with_context(context)?;
            let file_name = entry.file_name();
            let name = file_name.to_str().context("failed to read a file name as UTF-8")?;
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            let kind = entry.file_type().with_context(context)?;
            if kind.is_dir() && is_folder_of_project(name) {
                self.read_folder(root, &path)?;
            } else if kind.is_file() {
                self.read_file(root, path)?;
            }
        }
        Ok(())
    }

    fn read_file(&mut self, root: &Path, path: String) -> anyhow::Result<()> {
        let absolute = root.join(&path);
        let context = || format!("failed to read file {}", absolute.display());
        if fs::metadata(&absolute).with_context(context)?.len() <= TEXT_BYTES_MAX
            && let Ok(text) = String::from_utf8(fs::read(&absolute).with_context(context)?)
        {
            self.texts.insert(path.clone(), text);
        }
        self.paths.insert(path);
        Ok(())
    }
}

fn is_folder_of_project(name: &str) -> bool {
    let hidden = name.starts_with('.') && !FOLDERS_HIDDEN_KEPT.contains(&name);
    !hidden && !FOLDERS_SKIPPED.contains(&name)
}

/// What `cargo metadata --no-deps` prints, as far as the rules need it.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: String,
}

fn read_metadata(inside: &Path) -> anyhow::Result<Metadata> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(inside)
        .output()
        .context("failed to run cargo metadata")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "failed to run cargo metadata: {complaint}");
    serde_json::from_slice(&output.stdout).context("failed to read cargo metadata")
}

fn relative_to(root: &Path, package: Package) -> anyhow::Result<Package> {
    let manifest = Path::new(&package.manifest_path)
        .strip_prefix(root)
        .with_context(|| format!("failed to find {} in the tree", package.manifest_path))?;
    let manifest_path = manifest.to_string_lossy().into_owned();
    Ok(Package { manifest_path, ..package })
}

#[cfg(test)]
mod tests;
