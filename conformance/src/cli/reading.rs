//! What is under way while a capture is judged, on a terminal.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line that goes away when it is dropped. Nothing where nobody looks.
pub(super) struct Shown(Option<ProgressBar>);

impl Shown {
    /// The capture is being read.
    pub(super) fn new(name: &str) -> Self {
        Self(io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
            let bar = ProgressBar::new_spinner();
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.set_message(format!("reading {name}"));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        }))
    }

    /// So many exchanges are being judged.
    pub(super) fn judging(&self, exchanges: usize) {
        if let Some(bar) = &self.0 {
            bar.set_message(format!("judging {exchanges} exchanges"));
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
