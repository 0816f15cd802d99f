//! What comes out: answers on stdout, as tables or as one JSON document; the rest on stderr.
//!
//! Invariants: JSON is written in one piece, once; colour comes only to a terminal and never says
//! anything that the words do not.

mod page;
mod progress;
mod words;

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::cli::{Format, Global};
use crate::failure;
pub(crate) use page::{Page, Row, Tone};
pub(crate) use progress::Bar;
pub(crate) use words::{count, day, moment, when, word};

/// Columns of a table where nobody says how wide the page is.
const WIDTH: u16 = 100;
/// Columns below which tables do not shrink.
const WIDTH_MIN: u16 = 60;

/// Where answers go, and how.
#[derive(Debug)]
pub(crate) struct Output {
    format: Format,
    notes: bool,
    colour: bool,
    width: u16,
}

impl Output {
    /// As the options say.
    pub(crate) fn new(global: &Global) -> Self {
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let known = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0);
        let width = known.unwrap_or(WIDTH).max(WIDTH_MIN);
        Self { format: global.output, notes: !global.quiet, colour, width }
    }

    /// Shows an answer: itself as JSON, or what `write` makes of it on a page.
    pub(crate) fn show<T: Serialize>(
        &self,
        answer: &T,
        write: impl FnOnce(&mut Page, &T),
    ) -> Result<()> {
        match self.format {
            Format::Json => self.json(answer),
            Format::Table => {
                let mut page = Page::new(self.width, self.colour);
                write(&mut page, answer);
                self.text(&page.finish())
            }
        }
    }

    fn json<T: Serialize>(&self, answer: &T) -> Result<()> {
        let mut text = if io::stdout().is_terminal() {
            serde_json::to_string_pretty(answer)
        } else {
            serde_json::to_string(answer)
        }
        .context("write the answer as JSON")?;
        text.push('\n');
        self.text(&text)
    }

    /// Writes text to stdout. Whoever closed it wants no more of it.
    pub(crate) fn text(&self, text: &str) -> Result<()> {
        self.bytes(text.as_bytes())
    }

    /// Writes bytes to stdout as they are. Whoever closed it wants no more of them.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<()> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(error).context("write the answer")
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Says something beside the answer.
    pub(crate) fn note(&self, text: &str) {
        if self.notes {
            failure::say(&format!("{text}\n"));
        }
    }

    /// Says what an answer says of itself.
    pub(crate) fn notes(&self, notes: &[String]) {
        notes.iter().for_each(|note| self.note(&format!("note: {note}")));
    }

    /// A bar for long work, where somebody looks.
    pub(crate) fn bar(&self, what: &'static str, unit: &'static str) -> Bar {
        Bar::new(what, unit, self.notes && io::stderr().is_terminal())
    }
}
