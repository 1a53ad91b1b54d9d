//! Whether a text on the screen says what an error said.

use crate::trace::ToldError;

/// Whether a text has the error's `details` or its `message`. `None` when the error has neither, so
/// that there is nothing to show.
pub(crate) fn by(error: ToldError<'_>, text: &str) -> Option<bool> {
    let mut told = [error.details, error.message].into_iter().flatten().map(plain).peekable();
    told.peek()?;
    let text = plain(text);
    Some(told.any(|told| !told.is_empty() && text.contains(&told)))
}

/// Without regard to case and white space.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_text_will_do() {
        let error = ToldError {
            details: Some("Not in your  package"),
            message: Some("Denied."),
            ..ToldError::default()
        };
        assert_eq!(by(error, "Sorry: not in your package!"), Some(true));
        assert_eq!(by(error, "DENIED. Call us."), Some(true));
        assert_eq!(by(error, "Something went wrong"), Some(false));
        assert_eq!(by(error, ""), Some(false));
        assert_eq!(by(ToldError::default(), "anything"), None);
    }
}
