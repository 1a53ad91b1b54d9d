//! The `Date` header, from the service's own clock.

use std::sync::Arc;

use arc_swap::ArcSwap;
use chrono::DateTime;
use http::HeaderValue;

use crate::clock::Timestamp;

/// Writes a second's date once.
pub(crate) struct DateHeader {
    latest: ArcSwap<(i64, HeaderValue)>,
}

impl DateHeader {
    /// The header's value at an instant.
    pub(crate) fn at(&self, now: Timestamp) -> HeaderValue {
        let latest = self.latest.load();
        if latest.0 == now.seconds() {
            return latest.1.clone();
        }
        let value = render(now.seconds());
        self.latest.store(Arc::new((now.seconds(), value.clone())));
        value
    }
}

impl Default for DateHeader {
    fn default() -> Self {
        Self { latest: ArcSwap::from_pointee((0, render(0))) }
    }
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
        let date = DateHeader::default();
        assert_eq!(date.at(Timestamp(784_111_777_999)), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date.at(Timestamp(784_111_778_000)), "Sun, 06 Nov 1994 08:49:38 GMT");
        assert_eq!(date.at(Timestamp(784_111_778_500)), "Sun, 06 Nov 1994 08:49:38 GMT");
        assert_eq!(date.at(Timestamp(i64::MAX)), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
