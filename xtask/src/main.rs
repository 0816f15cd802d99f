//! `cargo run -p xtask -- check`: the house rules on the working tree.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use xtask::repository::Repository;
use xtask::rules;

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => check(),
        _ => bail!("usage: cargo run -p xtask -- check"),
    }
}

fn check() -> anyhow::Result<ExitCode> {
    let repository = Repository::read(Path::new("."))?;
    let found = rules::check_all(&repository);
    let mut out = std::io::stdout().lock();
    for (rule, violation) in &found {
        writeln!(out, "{violation} [{rule}]")?;
    }
    let (files, rules) = (repository.texts().count(), rules::ALL.len());
    writeln!(out, "{rules} rules, {files} files, {} violations", found.len())?;
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
