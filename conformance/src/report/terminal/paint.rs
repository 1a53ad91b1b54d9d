//! Colours, widths, and text that fits.

use std::fmt::Write;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::verdict::Verdict;

/// Headings.
pub const BOLD: Style = Style::new().bold();
/// What matters less.
pub const DIM: Style = Style::new().dimmed();
/// What fails.
pub const RED: Style = AnsiColor::Red.on_default().bold();
/// What warns.
pub const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
/// What is well.
pub const GREEN: Style = AnsiColor::Green.on_default();
/// What leads on.
pub const CYAN: Style = AnsiColor::Cyan.on_default();
/// Nothing special.
pub const PLAIN: Style = Style::new();

/// One line of styled text that knows its width.
#[derive(Clone, Debug, Default)]
pub struct Line {
    text: String,
    width: usize,
}

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// With more text.
    #[must_use]
    pub fn with(mut self, style: Style, text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        self.width += text.width();
        if style == PLAIN {
            self.text.push_str(text);
        } else {
            let _ = write!(self.text, "{style}{text}{style:#}");
        }
        self
    }

    /// Filled up with blanks to a column; at least one where the column is passed already.
    #[must_use]
    pub fn to(mut self, column: usize) -> Self {
        let blanks = column.saturating_sub(self.width).max(usize::from(self.width > 0));
        self.text.extend(std::iter::repeat_n(' ', blanks));
        self.width += blanks;
        self
    }

    /// Its width in columns.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Appends it to a text, without blanks at its end.
    pub fn end(&self, out: &mut String) {
        out.push_str(self.text.trim_end());
        out.push('\n');
    }
}

/// The text, cut to a width.
pub fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// The text in lines of at most this width, broken between words, within one only where it must.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut word = word;
        loop {
            let line = lines.last_mut().map(|line| (line.width(), line));
            let Some((used, line)) = line else { break };
            let blank = usize::from(used > 0);
            if used + blank + word.width() <= width {
                if blank > 0 {
                    line.push(' ');
                }
                line.push_str(word);
                break;
            }
            if used > 0 {
                lines.push(String::new());
                continue;
            }
            let end = split_at(word, width);
            line.push_str(&word[..end]);
            word = &word[end..];
            lines.push(String::new());
        }
    }
    lines
}

/// Items in lines of at most this width, never broken within one.
pub fn flow(items: &[String], gap: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(line) if line.width() + gap.width() + item.width() <= width => {
                line.push_str(gap);
                line.push_str(item);
            }
            _ => lines.push(item.clone()),
        }
    }
    lines
}

/// Where a word that is too long is broken: after a slash or the like where there is one.
fn split_at(word: &str, width: usize) -> usize {
    let mut used = 0;
    let mut end = word.len();
    for (at, c) in word.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width {
            end = at;
            break;
        }
    }
    let nice = word[..end].rfind(['/', '&', '?', '-', '_']).map(|at| at + 1);
    nice.filter(|at| *at > end / 2).unwrap_or(end).max(1)
}

/// How a verdict looks.
pub const fn mark(verdict: Verdict) -> (Style, &'static str) {
    match verdict {
        Verdict::Pass => (GREEN, "✓"),
        Verdict::Fail => (RED, "✗"),
        Verdict::Warn => (YELLOW, "!"),
        Verdict::Inconclusive => (CYAN, "?"),
        Verdict::NotExercised => (DIM, "·"),
        Verdict::NotApplicable => (DIM, "∅"),
    }
}

/// An interval: `2.000 s`, `30:14.000`, `1:02:03.000`.
pub fn interval(milliseconds: u64) -> String {
    let (seconds, ms) = (milliseconds / 1000, milliseconds % 1000);
    let (minutes, s) = (seconds / 60, seconds % 60);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{s}.{ms:03} s"),
        (0, m) => format!("{m}:{s:02}.{ms:03}"),
        (h, m) => format!("{h}:{m:02}:{s:02}.{ms:03}"),
    }
}

/// An instant since a scenario's start.
pub fn instant(at_ms: i64) -> String {
    let sign = if at_ms < 0 { '-' } else { '+' };
    format!("{sign}{}", interval(at_ms.unsigned_abs()))
}

/// A duration for people who do not measure: `0.2 s`, `45 s`, `31 min`, `2.5 h`.
pub fn roughly(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// `1 rule`, `2 rules`.
pub fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_between_words_and_long_words_after_a_slash() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(wrap("/api/v2/REF30/profiles", 16), ["/api/v2/REF30/", "profiles"]);
        assert_eq!(wrap("abcdefghijkl", 8), ["abcdefgh", "ijkl"]);
    }

    #[test]
    fn text_is_cut_to_columns_and_not_to_bytes() {
        assert_eq!(fit("ééééé", 4), "ééé…");
        assert_eq!(fit("漢字漢字", 5), "漢字…");
        assert_eq!(fit("short", 5), "short");
    }

    #[test]
    fn intervals_grow_with_their_length() {
        assert_eq!(interval(2_000), "2.000 s");
        assert_eq!(interval(1_814_250), "30:14.250");
        assert_eq!(interval(3_723_004), "1:02:03.004");
        assert_eq!(instant(-1), "-0.001 s");
    }

    proptest::proptest! {
        #[test]
        fn no_wrapped_line_is_wider_than_asked_and_no_character_is_lost(
            text in "[a-z/é漢 ]{0,80}", width in 8_usize..40
        ) {
            let lines = wrap(&text, width);
            proptest::prop_assert!(lines.iter().all(|line| line.width() <= width), "{lines:?}");
            let kept = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            proptest::prop_assert_eq!(kept(&lines.concat()), kept(&text));
        }
    }
}
