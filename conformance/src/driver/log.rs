//! What a client printed, and what the harness noted beside it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much is kept; a client that prints for ever must not fill the memory.
const CAPACITY: usize = 256 * 1024;

/// The log of one scenario; clones write into the same one.
#[derive(Clone, Debug, Default)]
pub struct Log {
    text: Arc<Mutex<Text>>,
}

#[derive(Debug, Default)]
struct Text {
    kept: String,
    left_out: usize,
}

impl Log {
    /// Adds a line.
    pub fn line(&self, line: &str) {
        let mut text = self.text();
        if text.kept.len() + line.len() < CAPACITY {
            text.kept.push_str(line);
            text.kept.push('\n');
        } else {
            text.left_out += 1;
        }
    }

    /// Adds a line of the harness's own.
    pub fn note(&self, line: &str) {
        self.line(&format!("[harness] {line}"));
    }

    /// Everything that was kept.
    pub fn read(&self) -> String {
        let text = self.text();
        match text.left_out {
            0 => text.kept.clone(),
            lines => format!("{}[harness] {lines} more lines were left out\n", text.kept),
        }
    }

    fn text(&self) -> MutexGuard<'_, Text> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_keeps_its_beginning_and_counts_the_rest() {
        let log = Log::default();
        log.note("first");
        let long = "x".repeat(CAPACITY / 2);
        for _ in 0..4 {
            log.line(&long);
        }
        let text = log.read();
        assert!(text.starts_with("[harness] first\nxxx"));
        assert!(text.ends_with("x\n[harness] 3 more lines were left out\n"), "{}", text.len());
    }
}
