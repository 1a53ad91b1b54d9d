//! Texts as they may be shown.

/// The private characters that stand for secrets while a text is put together.
pub(super) const MARKS: u32 = 0xF_0000;

/// A text in which nothing hides or turns round: control characters, and those that change the
/// direction of writing, stand there by their numbers.
pub(in crate::console::timeline) fn shown(text: &str) -> String {
    let hides = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
            || matches!(c, '\u{61c}' | '\u{feff}' | '\u{2028}' | '\u{2029}')
            || matches!(c, '\u{e0000}'..='\u{e007f}')
    };
    if !text.contains(hides) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\r' => {}
            c if hides(c) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

pub(super) fn mark(number: usize) -> Option<char> {
    u32::try_from(number).ok().and_then(|number| char::from_u32(MARKS + number))
}

/// Bytes as text without any of the marks.
pub(super) fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().map(|c| if u32::from(c) >= MARKS { '\u{fffd}' } else { c }).collect()
}
