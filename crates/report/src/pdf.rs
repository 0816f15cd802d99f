//! A document as PDF/A-3a (ISO 19005-3): tagged, with its fonts and its files inside.
//!
//! ```text
//! document ─▶ compose: lines on sheets, and what they belong to ─▶ draw: pages, tags, files
//! ```
//!
//! All is composed before anything is drawn, since each page says of how many it is one.
//!
//! Limits: writing goes from left to right; characters that the font does not have are drawn as a
//! sign that says so, can still be copied out of the file, and are counted on the last page.

mod compose;
mod draw;
mod font;
mod sheet;
mod table;
mod wrap;

use crate::document::{Document, File};

/// Why a document could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The font inside the program does not read.
    #[error("read the font that is built in")]
    Font,
    /// A picture does not read.
    #[error("read a picture")]
    Picture,
    /// What was to be written is not PDF/A.
    #[error("write a document as PDF/A-3a: {0}")]
    NotArchivable(String),
}

/// A document as PDF/A-3a. A picture that cannot be drawn is carried as a file alone.
///
/// Errors: [`Error::NotArchivable`] if it would not be one, such as for a date that does not read.
pub fn pdf(document: &Document) -> Result<Vec<u8>, Error> {
    let fonts = font::Fonts::load().ok_or(Error::Font)?;
    let mut drawable = |_: &File| true;
    match written(document, &fonts, &mut drawable) {
        // A picture is read when it is written, so only now it shows which one does not read.
        Err(Error::Picture) => {
            let mut drawable = |file: &File| draw::is_picture(file, &fonts);
            written(document, &fonts, &mut drawable)
        }
        other => other,
    }
}

fn written(
    document: &Document,
    fonts: &font::Fonts,
    drawable: &mut dyn FnMut(&File) -> bool,
) -> Result<Vec<u8>, Error> {
    let composed = compose::composed(document, fonts, drawable);
    draw::drawn(document, &composed, fonts)
}
