//! Gathers the pages that explain the rejection codes into one table.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    println!("cargo:rerun-if-changed={}", pages.display());
    let mut found: Vec<_> = match fs::read_dir(&pages) {
        Ok(listed) => listed.collect::<Result<_, _>>()?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    found.sort_by_key(fs::DirEntry::file_name);
    let mut table = String::from("&[\n");
    for entry in found {
        let path = entry.path();
        let code = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let is_page = path.extension().is_some_and(|extension| extension == "md");
        if is_page && code.starts_with("TW") {
            let text = fs::read_to_string(&path)?;
            writeln!(table, "    ({code:?}, {text:?}),").map_err(std::io::Error::other)?;
        }
    }
    table.push(']');
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&out).join("pages.rs"), table)
}
