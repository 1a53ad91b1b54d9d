//! The arithmetic of the limit.

use serde::{Deserialize, Serialize};

use super::{Refill, ThrottleSettings};
use crate::clock::Timestamp;

/// What one device has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// By [`Refill::Windows`].
    Windows {
        /// Where the windows are counted from.
        first: Timestamp,
        /// The window of the latest admitted request.
        window: u32,
        /// How many of its slots are used.
        used: u32,
        /// How much of the burst is used.
        burst_used: u32,
    },
    /// By [`Refill::Bucket`].
    Tokens {
        /// Thousandths of a request that are left.
        level: u64,
        /// At this instant.
        at: Timestamp,
    },
}

impl Bucket {
    /// Of a device that calls for the first time.
    pub fn new(settings: &ThrottleSettings, now: Timestamp) -> Self {
        match settings.refill {
            Refill::Windows => Self::Windows { first: now, window: 0, used: 0, burst_used: 0 },
            Refill::Bucket => Self::Tokens { level: capacity(settings), at: now },
        }
    }

    /// Whether one more request may pass; if so it is counted. A refused one costs nothing.
    pub fn admit(&mut self, settings: &ThrottleSettings, now: Timestamp) -> bool {
        match self {
            Self::Windows { first, window, used, burst_used } => {
                let current = u32::try_from(now.since(*first).as_secs()).unwrap_or(u32::MAX);
                if current > *window {
                    (*window, *used) = (current, 0);
                }
                let within_window = *used < settings.rate;
                let within = within_window || *burst_used < settings.burst;
                if within {
                    *(if within_window { used } else { burst_used }) += 1;
                }
                within
            }
            Self::Tokens { level, at } => {
                let millis = u64::try_from(now.since(*at).as_millis()).unwrap_or(u64::MAX);
                let gained = millis.saturating_mul(settings.rate.into());
                *level = level.saturating_add(gained).min(capacity(settings));
                *at = (*at).max(now);
                let within = *level >= 1000;
                *level -= if within { 1000 } else { 0 };
                within
            }
        }
    }
}

/// Of a token bucket, in thousandths of a request.
fn capacity(settings: &ThrottleSettings) -> u64 {
    (u64::from(settings.rate) + u64::from(settings.burst)) * 1000
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WINDOWS: ThrottleSettings =
        ThrottleSettings { enabled: true, rate: 1, burst: 10, refill: Refill::Windows };
    const TOKENS: ThrottleSettings = ThrottleSettings { refill: Refill::Bucket, ..WINDOWS };

    /// The documented example: tenths of a second since the first request, and what came back.
    const EXAMPLE: [(i64, bool); 17] = [
        (0, true),
        (3, true),
        (6, true),
        (9, true),
        (12, true),
        (13, true),
        (14, true),
        (15, true),
        (16, true),
        (17, true),
        (18, true),
        (21, true),
        (22, true),
        (24, false),
        (26, false),
        (28, false),
        (31, true),
    ];

    fn tenths(tenths: i64) -> Timestamp {
        Timestamp(1_700_000_000_123 + tenths * 100)
    }

    fn admitted(settings: &ThrottleSettings, times: impl IntoIterator<Item = i64>) -> Vec<bool> {
        let mut bucket = None;
        let mut admit =
            |at| bucket.get_or_insert_with(|| Bucket::new(settings, at)).admit(settings, at);
        times.into_iter().map(|at| admit(tenths(at))).collect()
    }

    #[test]
    fn the_documented_example_comes_out_both_ways() {
        for settings in [WINDOWS, TOKENS] {
            let expected: Vec<_> = EXAMPLE.iter().map(|(_, passes)| *passes).collect();
            assert_eq!(admitted(&settings, EXAMPLE.iter().map(|(at, _)| *at)), expected);
        }
    }

    #[test]
    fn a_used_up_burst_comes_back_only_to_a_bucket() {
        let times = [[0; 11].as_slice(), &[200, 201, 202]].concat();
        let mut expected = [true; 14];
        assert_eq!(admitted(&TOKENS, times.clone()), expected);
        expected[12..].fill(false);
        assert_eq!(admitted(&WINDOWS, times), expected);
    }

    #[test]
    fn unused_slots_are_lost_and_refusals_cost_nothing() {
        let spent = vec![0; 11];
        assert_eq!(admitted(&WINDOWS, [spent.clone(), vec![95, 96]].concat())[11..], [true, false]);
        let hammering = (1..=30).chain([100]);
        let got = admitted(&WINDOWS, spent.into_iter().chain(hammering));
        let passed: Vec<_> = got[11..].iter().enumerate().filter(|(_, ok)| **ok).collect();
        assert_eq!(passed.iter().map(|(i, _)| i + 1).collect::<Vec<_>>(), [10, 20, 30, 31]);
    }

    #[test]
    fn rates_above_one_give_that_many_slots() {
        let settings = ThrottleSettings { rate: 3, burst: 1, ..WINDOWS };
        let got = admitted(&settings, [0, 1, 2, 3, 4, 10, 11, 12, 13]);
        assert_eq!(got, [true, true, true, true, false, true, true, true, false]);
    }

    /// Gaps in milliseconds between calls, close together and far apart.
    fn gaps() -> impl Strategy<Value = Vec<u64>> {
        proptest::collection::vec(prop_oneof![0..150_u64, 0..3_000_u64], 1..200)
    }

    proptest! {
        #[test]
        fn nobody_ever_gets_more_than_rate_and_burst(
            gaps in gaps(), rate in 0..4_u32, burst in 0..12_u32, windows: bool,
        ) {
            let refill = if windows { Refill::Windows } else { Refill::Bucket };
            let settings = ThrottleSettings { enabled: true, rate, burst, refill };
            let mut bucket = Bucket::new(&settings, Timestamp(0));
            let (mut now, mut passed) = (0, 0);
            for gap in gaps {
                now += gap;
                let at = Timestamp(i64::try_from(now).unwrap());
                let passes = bucket.admit(&settings, at);
                passed += u64::from(passes);
                let (rate, burst) = (u64::from(rate), u64::from(burst));
                let most = match refill {
                    Refill::Windows => burst + rate * (now / 1000 + 1),
                    Refill::Bucket => burst + rate + rate * now / 1000,
                };
                prop_assert!(passed <= most, "{passed} of {most} after {now} ms");
                prop_assert!(passes || passed >= burst, "refused before the burst was used");
            }
        }

        #[test]
        fn who_keeps_to_the_rate_is_never_refused(gaps in gaps(), windows: bool) {
            let settings = if windows { WINDOWS } else { TOKENS };
            let mut bucket = Bucket::new(&settings, Timestamp(0));
            let mut now = 0;
            for gap in gaps {
                prop_assert!(bucket.admit(&settings, Timestamp(now)));
                now += 1000 + i64::try_from(gap).unwrap();
            }
        }
    }
}
