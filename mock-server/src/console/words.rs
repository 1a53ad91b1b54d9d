//! Instants and durations for people.

use chrono::DateTime;

/// How long, to the second below an hour and to the minute above: the script counts on in the same
/// words.
pub(super) fn duration(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let seconds = seconds % 60;
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {seconds:02} s"),
        (0, _, _) => format!("{hours} h {minutes:02} min"),
        _ => format!("{days} d {hours:02} h"),
    }
}

/// The day and the time of an instant, UTC.
pub(super) fn instant(millis: i64) -> String {
    let time = DateTime::from_timestamp_millis(millis).unwrap_or_default();
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// How fast the clock runs.
pub(super) fn pace(speed: f64) -> String {
    match speed {
        0.0 => "stands still".to_owned(),
        1.0 => "real time".to_owned(),
        speed => format!("{speed}× real time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_parts_at_most() {
        let said = [0, 59_999, 60_000, 3_599_999, 3_600_000, 90_061_000, -5].map(duration);
        let expected =
            ["0 s", "59 s", "1 min 00 s", "59 min 59 s", "1 h 00 min", "1 d 01 h", "0 s"];
        assert_eq!(said, expected);
    }
}
