//! Documents as self-contained HTML and as PDF/A, with files inside them.
//!
//! Reading order: [`Document`] is what is written, whatever of it; [`html`] and [`pdf`] write it,
//! each all of it; [`carried`] takes the files out again.
//!
//! Invariants: both forms have one content: what a document holds stands in each, in its order. A
//! page needs no network, no script and no font of the reader's. Nothing here knows what a document
//! is about, reads a clock or touches a disk.
//!
//! Limits: [`DRAWN_BYTES_MAX`]; a document of the PDF form has as many pages as it takes.

mod carried;
mod document;
mod html;
mod pdf;

pub use carried::carried;
pub use document::{Block, Document, Field, File, Run, Section, Style, Table};
pub use html::{STYLE, html};
pub use pdf::{Error, pdf};

/// Bytes of the largest picture that is drawn; a larger one is carried as a file alone.
pub const DRAWN_BYTES_MAX: usize = 8 << 20;
