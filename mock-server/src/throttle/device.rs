//! What is known of one device.

use serde::{Deserialize, Serialize};

use super::{Bucket, FORGOTTEN_AFTER, Refill, ThrottleSettings};
use crate::clock::Timestamp;

/// What is known of one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// What it has used; `None` while it was not limited.
    pub bucket: Option<Bucket>,
    /// When it called last, refused or not.
    pub seen: Timestamp,
    /// Every call is refused until this instant.
    pub forced_until: Option<Timestamp>,
    /// Whether its latest call was refused.
    pub refused: bool,
}

impl Device {
    /// The same, as it would be had everything happened so many milliseconds later.
    #[must_use]
    pub fn shifted(self, millis: i64) -> Self {
        let bucket = self.bucket.map(|bucket| match bucket {
            Bucket::Windows { first, window, used, burst_used } => {
                Bucket::Windows { first: first.shifted(millis), window, used, burst_used }
            }
            Bucket::Tokens { level, at } => Bucket::Tokens { level, at: at.shifted(millis) },
        });
        let Self { seen, forced_until, refused, .. } = self;
        let forced_until = forced_until.map(|until| until.shifted(millis));
        Self { bucket, seen: seen.shifted(millis), forced_until, refused }
    }
}

/// The same of every device in the table, in little room: who is forced is written down elsewhere,
/// because hardly anybody is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) bucket: Option<Bucket>,
    pub(super) seen: Timestamp,
    pub(super) refused: bool,
    /// Whether it says elsewhere until when.
    pub(super) forced: bool,
}

impl Known {
    pub(super) const fn new(now: Timestamp) -> Self {
        Self { bucket: None, seen: now, refused: false, forced: false }
    }

    /// Whether one more call may pass; if so it is counted.
    pub(super) fn admit(
        &mut self,
        settings: &ThrottleSettings,
        forced_until: Option<Timestamp>,
        now: Timestamp,
    ) -> bool {
        let forced = forced_until.is_some_and(|until| now < until);
        if !forced && self.is_silent(now) {
            *self = Self::new(now);
        }
        self.forced = forced;
        self.seen = self.seen.max(now);
        self.refused =
            forced || (settings.enabled && !self.bucket(settings, now).admit(settings, now));
        !self.refused
    }

    /// Whether it has not called for so long that it is forgotten, unless it is forced.
    pub(super) fn is_silent(&self, now: Timestamp) -> bool {
        now.since(self.seen) >= FORGOTTEN_AFTER
    }

    fn bucket(&mut self, settings: &ThrottleSettings, now: Timestamp) -> &mut Bucket {
        let fits = match self.bucket {
            Some(Bucket::Windows { .. }) => settings.refill == Refill::Windows,
            Some(Bucket::Tokens { .. }) => settings.refill == Refill::Bucket,
            None => false,
        };
        if !fits {
            self.bucket = None;
        }
        self.bucket.get_or_insert_with(|| Bucket::new(settings, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A million devices have a place each, which is in the cache or not.
    #[test]
    fn little_room_is_what_it_takes() {
        assert!(size_of::<Known>() <= 40, "{}", size_of::<Known>());
    }
}
