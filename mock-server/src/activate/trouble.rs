//! What a person is told when the service gives no useful answer.

use http::StatusCode;

use super::client::Failure;
use super::view::Notice;
use crate::http::Response;

/// A code that cannot be gone on with. Its pages say what to do on the TV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadCode {
    /// Nothing that could be one.
    Malformed,
    /// Unknown, expired or superseded; the service does not tell which.
    Unknown,
    /// Its session ended while the person was at it.
    Ended,
    /// Somebody has signed in with it.
    Used,
}

impl BadCode {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Malformed => {
                "That is not a whole code. A code has 6 to 8 letters and digits; compare it with the \
                 one on your TV."
            }
            Self::Unknown => {
                "That code is not known, or it has expired. Compare it with the one on your TV (O \
                 and 0, I and 1 look alike), or ask for a new code there."
            }
            Self::Ended => {
                "That code has expired, or your TV shows a newer one. Ask for a new code on your TV, \
                 and type it here."
            }
            Self::Used => {
                "That code was used already. If your TV is not signed in, ask for a new code there, \
                 and type it here."
            }
        }
    }
}

/// Whether the service says that there is no such session.
pub(super) fn is_bad_code(failure: &Failure) -> bool {
    failure.is("invalid_authentication_session") || failure.is("invalid_parameter_code")
}

/// The page for any other failure; `again` is where to try again.
pub(super) fn page(failure: &Failure, again: &str) -> Response {
    let notice = match failure {
        Failure::Busy => Notice::new("One moment, please")
            .saying("Too much was asked at once. Wait a few seconds, then go on; nothing is lost."),
        Failure::Unwell => Notice::new("That did not work").saying(
            "The service gave no useful answer. That is not your fault, and nothing is lost: try \
             again in a moment.",
        ),
        Failure::Refused(code) => Notice::new("The service refused")
            .saying("This page may not do what it has to do for you. The service says:")
            .quoting(code),
    };
    let answer = notice.leading_to(again, "Try again").answer(StatusCode::SERVICE_UNAVAILABLE);
    match failure {
        Failure::Refused(_) => answer,
        _ => answer.with_header(http::header::RETRY_AFTER, "3"),
    }
}
