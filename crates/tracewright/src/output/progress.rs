//! A bar for long work.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often it is drawn at most. Units: times a second.
const DRAWS: u8 = 8;

/// A bar on stderr; it goes away when it is dropped.
#[derive(Debug)]
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar for work counted in `unit`, drawn only where it is `seen`.
    pub(crate) fn new(what: &'static str, unit: &str, seen: bool) -> Self {
        let bar = if seen {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(DRAWS))
        } else {
            ProgressBar::hidden()
        };
        bar.set_message(what);
        let template =
            format!("{{msg}} {{wide_bar}} {{human_pos}} of {{human_len}} {unit} {{eta}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self(bar)
    }

    /// So much is done of so much; 0 where that is not known.
    pub(crate) fn at(&self, done: u64, total: u64) {
        if total > 0 {
            self.0.set_length(total);
        }
        self.0.set_position(done);
    }

    /// What it is at now.
    pub(crate) fn phase(&self, what: &str) {
        if self.0.message() != what {
            self.0.set_message(what.to_owned());
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
