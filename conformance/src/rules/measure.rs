//! Holding measured intervals against limits, with the tolerance and the jitter of the run.

use std::time::Duration;

use crate::trace::Context;

/// How a measured interval stands to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Kept, perhaps within the tolerance.
    Kept,
    /// Broken by less than the measured jitter.
    TooClose,
    /// Broken.
    Broken,
    /// Time ran too fast, or the limit is too short, to judge it here at all.
    Unjudgeable,
}

/// Holds an interval against a limit that it must not be shorter than.
pub(crate) fn at_least(context: &Context, measured: Duration, limit: Duration) -> Held {
    judge(context, limit, limit.saturating_sub(measured))
}

/// Holds an interval against a limit that it must not be longer than.
pub(crate) fn at_most(context: &Context, measured: Duration, limit: Duration) -> Held {
    judge(context, limit, measured.saturating_sub(limit))
}

fn judge(context: &Context, limit: Duration, over: Duration) -> Held {
    if !context.can_judge(limit) {
        return Held::Unjudgeable;
    }
    let tolerance = context.tolerance(limit);
    if over <= tolerance {
        Held::Kept
    } else if over <= tolerance + context.jitter() {
        Held::TooClose
    } else {
        Held::Broken
    }
}

/// How much later than its cause a request may still have been under way already: the smallest
/// tolerance there is, 250 ms of real time; nothing where time is simulated.
pub(crate) fn under_way(context: &Context) -> Duration {
    context.tolerance(Duration::ZERO)
}

/// A duration for people: `9.8 s`, `15 s`, `31 min`, `6 h 10 min`.
pub(crate) fn words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let tenths = duration.subsec_millis() / 100;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, _) if minutes < 3 => match tenths {
            0 => format!("{seconds} s"),
            _ => format!("{seconds}.{tenths} s"),
        },
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, rest) => format!("{minutes} min {rest} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn limits_have_a_tolerance_and_a_doubtful_zone() {
        let context = Context { jitter_ms: 40, ..Context::default() };
        let limit = ms(3000);
        assert_eq!(at_least(&context, ms(2750), limit), Held::Kept);
        assert_eq!(at_least(&context, ms(2749), limit), Held::TooClose);
        assert_eq!(at_least(&context, ms(2710), limit), Held::TooClose);
        assert_eq!(at_least(&context, ms(2709), limit), Held::Broken);
        assert_eq!(at_most(&context, ms(3250), limit), Held::Kept);
        assert_eq!(at_most(&context, ms(3290), limit), Held::TooClose);
        assert_eq!(at_most(&context, ms(3291), limit), Held::Broken);
        assert_eq!(at_least(&context, ms(9), ms(900)), Held::Unjudgeable);
    }

    #[test]
    fn scaled_time_scales_both() {
        let context = Context { speed: 10.0, jitter_ms: 10, ..Context::default() };
        assert_eq!(at_least(&context, ms(0), ms(3000)), Held::Unjudgeable);
        assert_eq!(at_least(&context, ms(12_500), ms(15_000)), Held::Kept);
        assert_eq!(at_least(&context, ms(12_400), ms(15_000)), Held::TooClose);
        assert_eq!(at_least(&context, ms(12_399), ms(15_000)), Held::Broken);
    }

    #[test]
    fn durations_read_well() {
        let cases = [
            (0, "0 s"),
            (9_840, "9.8 s"),
            (15_000, "15 s"),
            (90_000, "90 s"),
            (1_800_000, "30 min"),
            (1_865_000, "31 min 5 s"),
            (21_600_000, "6 h"),
            (22_200_000, "6 h 10 min"),
        ];
        for (millis, text) in cases {
            assert_eq!(words(ms(millis)), text);
        }
    }
}
