//! The one source of time.
//!
//! Everything that needs an instant or a delay gets a [`Clock`]; nothing else in the workspace asks
//! the operating system what time it is. A clock is *real*, *scaled* (N times faster) or *manual*
//! (it stands still until somebody advances it). Speed and mode can change while it runs; it never
//! goes backwards.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// Milliseconds since the Unix epoch, on some [`Clock`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant in milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The instant in whole seconds since the epoch, as OAuth answers count.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This instant moved later; saturates instead of overflowing.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This instant moved by so many milliseconds, back when they are negative.
    #[must_use]
    pub const fn shifted(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// How long from `earlier` to here; zero when `earlier` is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// An instant with its place in the order of everything this clock has stamped: two things that
/// happened in the same millisecond still have a first and a second.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Stamp {
    /// Position in the order of events. The first field, so that stamps sort by it.
    pub order: u64,
    /// The clock's time.
    pub at: Timestamp,
}

/// How a clock runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// As fast as real time.
    Real,
    /// N times as fast as real time.
    Scaled(f64),
    /// Only by [`Clock::advance`].
    Manual,
}

/// A shared clock; clones tell the same time.
#[derive(Clone)]
pub struct Clock {
    inner: Arc<Inner>,
}

struct Inner {
    /// Read by everybody all the time, and hardly ever changed.
    anchor: ArcSwap<Anchor>,
    order: AtomicU64,
    sleepers: Mutex<BTreeMap<(Timestamp, u64), ()>>,
    changed: Notify,
}

/// Where the clock stood at some real instant, and how fast it has run since.
#[derive(Clone, Copy)]
struct Anchor {
    at: Timestamp,
    real: Instant,
    speed: f64,
}

impl Anchor {
    fn now(&self) -> Timestamp {
        if self.speed == 0.0 {
            return self.at;
        }
        let passed = self.real.elapsed();
        self.at.after(if self.speed == 1.0 { passed } else { passed.mul_f64(self.speed) })
    }
}

impl Clock {
    /// A clock that runs as `mode` says, starting at the operating system's time.
    pub fn new(mode: Mode) -> Self {
        Self::starting_at(Timestamp(chrono::Utc::now().timestamp_millis()), mode)
    }

    /// A clock that starts at an instant of the caller's choice.
    pub fn starting_at(start: Timestamp, mode: Mode) -> Self {
        let speed = speed_of(mode);
        let anchor = Anchor { at: start, real: Instant::now(), speed };
        Self {
            inner: Arc::new(Inner {
                anchor: ArcSwap::from_pointee(anchor),
                order: AtomicU64::new(1),
                sleepers: Mutex::default(),
                changed: Notify::new(),
            }),
        }
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.anchor().now()
    }

    /// The present instant and the next place in the order of events.
    pub fn stamp(&self) -> Stamp {
        Stamp { order: self.inner.order.fetch_add(1, Ordering::Relaxed), at: self.now() }
    }

    /// How many times faster than real time this clock runs; 0 when it stands still.
    pub fn speed(&self) -> f64 {
        self.anchor().speed
    }

    /// Changes how the clock runs from now on. Time does not jump.
    pub fn set_mode(&self, mode: Mode) {
        self.re_anchor(|anchor| anchor.speed = speed_of(mode));
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.re_anchor(|anchor| anchor.at = anchor.at.after(by));
    }

    /// Moves the clock forward to `to`; does nothing when that has passed already.
    pub fn advance_to(&self, to: Timestamp) {
        self.re_anchor(|anchor| anchor.at = anchor.at.max(to));
    }

    /// Waits until the clock shows `deadline`, however the clock is driven meanwhile.
    pub async fn sleep_until(&self, deadline: Timestamp) {
        let _entry = self.enter(deadline);
        loop {
            // Registered before the clock is read, so that a change in between is not missed.
            let changed = self.inner.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let anchor = self.anchor();
            let now = anchor.now();
            if now >= deadline {
                return;
            }
            if anchor.speed == 0.0 {
                changed.await;
            } else {
                // Rounded up to the millisecond, tokio's own grain, so that it does not spin.
                let real = deadline.since(now).div_f64(anchor.speed) + Duration::from_micros(500);
                tokio::select! {
                    () = tokio::time::sleep(real) => {}
                    () = changed => {}
                }
            }
        }
    }

    /// Waits for `delay` on this clock.
    pub async fn sleep(&self, delay: Duration) {
        self.sleep_until(self.now().after(delay)).await;
    }

    /// The earliest instant that somebody sleeps towards. Who drives a manual clock advances to it
    /// when nothing else can happen.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.sleepers().keys().next().map(|(at, _)| *at)
    }

    fn enter(&self, deadline: Timestamp) -> SleepEntry<'_> {
        let key = (deadline, self.inner.order.fetch_add(1, Ordering::Relaxed));
        self.sleepers().insert(key, ());
        SleepEntry { clock: self, key }
    }

    fn anchor(&self) -> Anchor {
        **self.inner.anchor.load()
    }

    fn re_anchor(&self, change: impl Fn(&mut Anchor)) {
        self.inner.anchor.rcu(|anchor| {
            let real = Instant::now();
            let mut anchor = Anchor { at: anchor.now(), real, ..**anchor };
            change(&mut anchor);
            anchor
        });
        self.inner.changed.notify_waiters();
    }

    fn sleepers(&self) -> MutexGuard<'_, BTreeMap<(Timestamp, u64), ()>> {
        self.inner.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let anchor = self.anchor();
        f.debug_struct("Clock").field("now", &anchor.now()).field("speed", &anchor.speed).finish()
    }
}

/// Takes a sleeper off the list, also when the sleep is cancelled.
struct SleepEntry<'a> {
    clock: &'a Clock,
    key: (Timestamp, u64),
}

impl Drop for SleepEntry<'_> {
    fn drop(&mut self) {
        self.clock.sleepers().remove(&self.key);
    }
}

fn speed_of(mode: Mode) -> f64 {
    match mode {
        Mode::Real => 1.0,
        Mode::Scaled(factor) => factor.max(0.0),
        Mode::Manual => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manual() -> Clock {
        Clock::starting_at(Timestamp(1_000), Mode::Manual)
    }

    #[test]
    fn a_manual_clock_moves_only_when_advanced() {
        let clock = manual();
        assert_eq!(clock.now(), Timestamp(1_000));
        clock.advance(Duration::from_secs(2));
        assert_eq!(clock.now(), Timestamp(3_000));
        clock.advance_to(Timestamp(2_000));
        assert_eq!(clock.now(), Timestamp(3_000), "never backwards");
    }

    #[test]
    fn stamps_in_one_millisecond_keep_their_order() {
        let clock = manual();
        let (first, second) = (clock.stamp(), clock.stamp());
        assert_eq!(first.at, second.at);
        assert!(first < second);
    }

    #[tokio::test]
    async fn sleepers_wake_when_the_clock_reaches_them() {
        let clock = manual();
        let sleeper = clock.clone();
        let task = tokio::spawn(async move {
            sleeper.sleep(Duration::from_secs(1800)).await;
            sleeper.now()
        });
        tokio::task::yield_now().await;
        assert_eq!(clock.next_wakeup(), Some(Timestamp(1_801_000)));
        clock.advance(Duration::from_secs(1799));
        tokio::task::yield_now().await;
        assert!(!task.is_finished());
        clock.advance(Duration::from_secs(1));
        assert_eq!(task.await.unwrap(), Timestamp(1_801_000));
        assert_eq!(clock.next_wakeup(), None);
    }

    #[tokio::test]
    async fn a_sleeper_follows_a_change_of_speed() {
        let clock = Clock::starting_at(Timestamp(0), Mode::Manual);
        let sleeper = clock.clone();
        let task = tokio::spawn(async move { sleeper.sleep(Duration::from_secs(3600)).await });
        tokio::task::yield_now().await;
        clock.set_mode(Mode::Scaled(1_000_000.0));
        task.await.unwrap();
        assert!(clock.now() >= Timestamp(3_600_000));
    }
}
