//! What a rejection code means: the pages of `docs/errors`, built in.

use domain::Code;

/// Code and page, sorted by code.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page that explains a code: Markdown that reads well as plain text.
#[must_use]
pub fn explain(code: Code) -> &'static str {
    PAGES.iter().find(|(name, _)| *name == code.as_str()).map_or(code.title(), |(_, page)| page)
}
