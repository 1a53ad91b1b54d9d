//! Instants as the tools that record captures write them.

use chrono::NaiveDate;

/// Milliseconds since the epoch of an ISO 8601 instant: with `T` or a blank before the time, any
/// number of decimals or none, a zone as `Z`, `+02:00`, `+0200` or `+02`. An instant without a zone is
/// taken as UTC.
pub(super) fn parse(text: &str) -> Option<i64> {
    let mut left = Left(text.trim().as_bytes());
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(left.digits(4)?).ok()?,
        left.after(b"-")?.digits(2)?,
        left.after(b"-")?.digits(2)?,
    )?;
    left.after(b"Tt ")?;
    let hour = left.digits(2)?;
    let minute = left.after(b":")?.digits(2)?;
    // Without seconds, or with a leap second.
    let second = if left.after(b":").is_some() { left.digits(2)? } else { 0 };
    let millis = if left.after(b".,").is_some() { left.fraction()? } else { 0 };
    let offset = left.zone()?;
    let midnight = date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis();
    let in_range = hour < 25 && minute < 60 && second < 61;
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    in_range.then(|| midnight + (seconds - offset * 60) * 1000 + i64::from(millis))
}

/// What is left to read.
struct Left<'a>(&'a [u8]);

impl Left<'_> {
    /// Exactly so many digits.
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, &digit| Some(number * 10 + digit_of(digit)?))
    }

    /// Moves past one of these characters.
    fn after(&mut self, any: &[u8]) -> Option<&mut Self> {
        let (first, rest) = self.0.split_first()?;
        any.contains(first).then(|| {
            self.0 = rest;
            self
        })
    }

    /// Decimals as milliseconds; what is finer is cut off.
    fn fraction(&mut self) -> Option<u32> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        let place = |place: usize| digits.get(place).copied().and_then(digit_of).unwrap_or(0);
        (count > 0).then(|| place(0) * 100 + place(1) * 10 + place(2))
    }

    /// Minutes east of Greenwich, up to the end.
    fn zone(&mut self) -> Option<i64> {
        let sign = match self.0 {
            [] | [b'Z' | b'z'] => return Some(0),
            [b'+', ..] => 1,
            [b'-', ..] => -1,
            _ => return None,
        };
        self.0 = &self.0[1..];
        let hours = i64::from(self.digits(2)?);
        if self.0.is_empty() {
            return Some(sign * hours * 60);
        }
        self.after(b":");
        let minutes = i64::from(self.digits(2)?);
        self.0.is_empty().then_some(sign * (hours * 60 + minutes))
    }
}

fn digit_of(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: i64 = 1_760_011_200_000;

    #[test]
    fn every_tools_way_of_writing_is_read() {
        for text in [
            "2025-10-09T12:00:00.000Z",
            "2025-10-09T12:00:00Z",
            "2025-10-09T14:00:00.000+02:00",
            "2025-10-09T19:00:00.000+0700",
            "2025-10-09T07:00:00-05",
            "2025-10-09T12:00:00+00:00",
            "2025-10-09T12:00:00.000999+00:00",
            "2025-10-09 12:00:00,0",
            "2025-10-09T12:00",
            " 2025-10-09t12:00:00.0000000z ",
        ] {
            assert_eq!(parse(text), Some(NOON), "{text}");
        }
        assert_eq!(parse("2025-10-09T12:00:00.7Z"), Some(NOON + 700));
        assert_eq!(parse("1969-12-31T23:59:59.999Z"), Some(-1));
    }

    #[test]
    fn what_is_no_instant_is_not_guessed() {
        for text in [
            "",
            "2025-10-09",
            "2025-13-09T12:00:00Z",
            "2025-02-30T12:00:00Z",
            "2025-10-09T12:61:00Z",
            "2025-10-09T12:00:00.Z",
            "2025-10-09T12:00:00+2:00",
            "2025-10-09T12:00:00Z!",
            "09/10/2025 12:00",
            "1760011200000",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_chrono_writes_is_read(at in -62_000_000_000_000_i64..250_000_000_000_000) {
            let instant = chrono::DateTime::from_timestamp_millis(at).unwrap();
            prop_assert_eq!(parse(&instant.to_rfc3339()), Some(at));
        }

        #[test]
        fn no_text_is_too_strange(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
