//! The `Date` header, from the service's own clock.

use std::cell::RefCell;

use chrono::DateTime;
use http::HeaderValue;

use crate::clock::Timestamp;

thread_local! {
    /// The date of the second that this thread wrote last. Its own, because all answers would count
    /// themselves in and out at one that they share.
    static LATEST: RefCell<(i64, HeaderValue)> = RefCell::new((0, render(0)));
}

/// The header's value at an instant.
pub(crate) fn at(now: Timestamp) -> HeaderValue {
    LATEST.with_borrow_mut(|(second, value)| {
        if *second != now.seconds() {
            (*second, *value) = (now.seconds(), render(now.seconds()));
        }
        value.clone()
    })
}

fn render(seconds: i64) -> HeaderValue {
    let date = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    let text = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_clock() {
        assert_eq!(at(Timestamp(784_111_777_999)), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(at(Timestamp(784_111_778_000)), "Sun, 06 Nov 1994 08:49:38 GMT");
        assert_eq!(at(Timestamp(784_111_778_500)), "Sun, 06 Nov 1994 08:49:38 GMT");
        assert_eq!(at(Timestamp(i64::MAX)), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
