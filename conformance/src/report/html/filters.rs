//! What templates can do with text.

#![allow(unreachable_pub, reason = "the macro for filters writes public items")]

/// Text as HTML, with what stands between backticks as code.
#[askama::filter_fn]
pub(super) fn code(text: &str, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(marked_up(text))
}

fn marked_up(text: &str) -> String {
    let parts = text.split('`').map(escape).collect::<Vec<_>>();
    // An odd backtick at the end opens nothing.
    let pairs = (parts.len() - 1) / 2;
    let mut out = String::new();
    for (n, part) in parts.iter().enumerate() {
        match n {
            0 => out.push_str(part),
            n if n % 2 == 1 && n / 2 < pairs => out.push_str(&format!("<code>{part}</code>")),
            n if n % 2 == 1 => out.push_str(&format!("`{part}")),
            _ => out.push_str(part),
        }
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_become_code_and_nothing_becomes_markup() {
        assert_eq!(marked_up("send `a<b` & `c`"), "send <code>a&lt;b</code> &amp; <code>c</code>");
        assert_eq!(marked_up("a ` b"), "a ` b");
        assert_eq!(marked_up("plain"), "plain");
    }
}
