//! Who may call how often.
//!
//! Per device, which is an address. The documented limit is one request a second and ten more once,
//! on the first interaction; the arithmetic that reproduces the documented example is [`Bucket`].

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use foldhash::quality::RandomState;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// A device unseen for this long is forgotten: its next call is a first interaction again.
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);

/// Devices are spread over these, so that two requests hardly ever meet.
const SHARDS: usize = 64;

/// At most this many devices a shard (a million in all); the longest unseen are forgotten first.
const SHARD_CAPACITY: usize = (1 << 20) / SHARDS;

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ThrottleSettings {
    /// Whether anybody is limited.
    pub enabled: bool,
    /// Requests a second.
    pub rate: u32,
    /// How many more a device may send.
    pub burst: u32,
    /// Whether the burst comes back.
    pub refill: Refill,
}

/// Whether the burst comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refill {
    /// One-second windows, counted from the device's first request, with `rate` slots each, and a
    /// burst that is granted once. Unused slots are lost.
    #[default]
    Windows,
    /// A token bucket of capacity `rate + burst` that fills at `rate`.
    Bucket,
}

impl ThrottleSettings {
    /// Nobody is limited.
    pub const OFF: Self = Self { enabled: false, rate: 1, burst: 10, refill: Refill::Windows };
}

impl Default for ThrottleSettings {
    /// The documented limit.
    fn default() -> Self {
        Self { enabled: true, ..Self::OFF }
    }
}

/// What one device has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// By [`Refill::Windows`].
    Windows {
        /// Where the windows are counted from.
        first: Timestamp,
        /// The window of the latest admitted request.
        window: u64,
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
                let current = now.since(*first).as_secs();
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

/// What is known of every device.
pub struct Throttle {
    settings: ArcSwap<ThrottleSettings>,
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
}

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

#[derive(Default)]
struct Shard {
    devices: HashMap<IpAddr, Device, RandomState>,
    /// How many devices make it worth while to look for forgotten ones.
    sweep_at: usize,
}

impl Throttle {
    /// Nobody has called yet.
    pub fn new(settings: ThrottleSettings) -> Self {
        Self {
            settings: ArcSwap::from_pointee(settings),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::default(),
        }
    }

    /// Whether a device may call now; if so, its call is counted.
    pub fn admit(&self, device: IpAddr, now: Timestamp) -> bool {
        let settings = self.settings.load();
        let mut shard = self.shard(device);
        match shard.devices.get_mut(&device) {
            Some(known) => known.admit(&settings, now),
            None if !settings.enabled => true,
            None => shard.add(device, now).admit(&settings, now),
        }
    }

    /// The limits in force.
    pub fn settings(&self) -> ThrottleSettings {
        **self.settings.load()
    }

    /// Changes the limits. Devices keep what they have used, unless the arithmetic changes.
    pub fn set(&self, settings: ThrottleSettings) {
        self.settings.store(settings.into());
    }

    /// Refuses every call of a device until an instant, whatever the limits are.
    pub fn force(&self, device: IpAddr, now: Timestamp, until: Timestamp) {
        let mut shard = self.shard(device);
        if !shard.devices.contains_key(&device) {
            shard.add(device, now);
        }
        if let Some(known) = shard.devices.get_mut(&device) {
            known.forced_until = Some(until);
        }
    }

    /// Puts in place what is known of a device.
    pub fn insert(&self, address: IpAddr, device: Device) {
        self.shard(address).devices.insert(address, device);
    }

    /// Forgets a device: it is no longer refused, and its next call is a first interaction.
    pub fn forget(&self, device: IpAddr) {
        self.shard(device).devices.remove(&device);
    }

    /// Forgets all devices.
    pub fn clear(&self) {
        for shard in &self.shards {
            *locked(shard) = Shard::default();
        }
    }

    /// Every device that is not forgotten yet, by address.
    pub fn devices(&self, now: Timestamp) -> Vec<(IpAddr, Device)> {
        let mut devices = Vec::new();
        for shard in &self.shards {
            let shard = locked(shard);
            let known = shard.devices.iter().filter(|(_, device)| !device.is_forgotten(now));
            devices.extend(known.map(|(address, device)| (*address, *device)));
        }
        devices.sort_unstable_by_key(|(address, _)| *address);
        devices
    }

    /// Goes through the devices that are not forgotten yet.
    pub fn each(&self, now: Timestamp, mut see: impl FnMut(IpAddr, &Device)) {
        for shard in &self.shards {
            let shard = locked(shard);
            let known = shard.devices.iter().filter(|(_, device)| !device.is_forgotten(now));
            known.for_each(|(address, device)| see(*address, device));
        }
    }

    /// What is known of a device.
    pub fn find(&self, device: IpAddr) -> Option<Device> {
        self.shard(device).devices.get(&device).copied()
    }

    fn shard(&self, device: IpAddr) -> MutexGuard<'_, Shard> {
        // The upper half: a shard's own table goes by the lower one.
        let hash = self.hasher.hash_one(device) >> 32;
        locked(&self.shards[hash as usize % SHARDS])
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle").field("settings", &self.settings()).finish_non_exhaustive()
    }
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

    fn new(now: Timestamp) -> Self {
        Self { bucket: None, seen: now, forced_until: None, refused: false }
    }

    fn admit(&mut self, settings: &ThrottleSettings, now: Timestamp) -> bool {
        if self.is_forgotten(now) {
            *self = Self::new(now);
        }
        let forced = self.forced_until.is_some_and(|until| now < until);
        self.seen = self.seen.max(now);
        self.refused =
            forced || (settings.enabled && !self.bucket(settings, now).admit(settings, now));
        !self.refused
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

    fn is_forgotten(&self, now: Timestamp) -> bool {
        let forced = self.forced_until.is_some_and(|until| now < until);
        !forced && now.since(self.seen) >= FORGOTTEN_AFTER
    }
}

impl Shard {
    fn add(&mut self, address: IpAddr, now: Timestamp) -> &mut Device {
        if self.devices.len() >= self.sweep_at.max(64) {
            self.sweep(now);
        }
        self.devices.entry(address).or_insert(Device::new(now))
    }

    /// Removes forgotten devices; its cost is spread over the additions between two sweeps.
    fn sweep(&mut self, now: Timestamp) {
        self.devices.retain(|_, device| !device.is_forgotten(now));
        if self.devices.len() >= SHARD_CAPACITY {
            let mut seen: Vec<_> = self.devices.values().map(|device| device.seen).collect();
            let (_, median, _) = seen.select_nth_unstable(SHARD_CAPACITY / 2);
            let median = *median;
            self.devices.retain(|_, device| device.seen > median);
        }
        self.sweep_at = (self.devices.len() * 2).min(SHARD_CAPACITY);
    }
}

/// Of a token bucket, in thousandths of a request.
fn capacity(settings: &ThrottleSettings) -> u64 {
    (u64::from(settings.rate) + u64::from(settings.burst)) * 1000
}

fn locked(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

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

    fn device(n: u32) -> IpAddr {
        Ipv4Addr::from(n).into()
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

    #[test]
    fn devices_do_not_share_an_allowance() {
        let throttle = Throttle::new(WINDOWS);
        for n in 0..100 {
            assert!((0..11).all(|_| throttle.admit(device(n), tenths(0))));
            assert!(!throttle.admit(device(n), tenths(0)));
        }
        assert_eq!(throttle.devices(tenths(0)).len(), 100);
    }

    #[test]
    fn a_device_unseen_for_a_quarter_of_an_hour_is_new() {
        let throttle = Throttle::new(WINDOWS);
        let burst = |at| (0..12).filter(|_| throttle.admit(device(1), tenths(at))).count();
        assert_eq!(burst(0), 11);
        assert_eq!(burst(8_999), 1, "seen just in time");
        assert_eq!(burst(8_999 + 9_000), 11);
        assert_eq!(throttle.devices(tenths(30_000)), []);
    }

    #[test]
    fn forgotten_devices_take_no_memory() {
        let throttle = Throttle::new(WINDOWS);
        for round in 0..10 {
            for n in 0..20_000 {
                throttle.admit(device(round * 20_000 + n), tenths(i64::from(round) * 10_000));
            }
        }
        let kept: usize = throttle.shards.iter().map(|shard| locked(shard).devices.len()).sum();
        assert!(kept < 60_000, "{kept}");
    }

    #[test]
    fn forcing_ends_at_its_instant_and_needs_no_limit() {
        let throttle = Throttle::new(ThrottleSettings::OFF);
        throttle.force(device(1), tenths(0), tenths(600));
        assert!(!throttle.admit(device(1), tenths(599)));
        assert!(throttle.admit(device(2), tenths(599)));
        assert!(throttle.admit(device(1), tenths(600)));
        throttle.force(device(1), tenths(600), tenths(99_999));
        assert!(!throttle.admit(device(1), tenths(50_000)), "not forgotten before");
        throttle.forget(device(1));
        assert!(throttle.admit(device(1), tenths(50_000)));
    }

    #[test]
    fn limits_can_change_while_it_runs() {
        let throttle = Throttle::new(WINDOWS);
        let burst = |at| (0..30).filter(|_| throttle.admit(device(1), tenths(at))).count();
        assert_eq!(burst(0), 11);
        throttle.set(ThrottleSettings::OFF);
        assert_eq!(burst(10), 30);
        throttle.set(ThrottleSettings { burst: 15, ..WINDOWS });
        assert_eq!(burst(20), 6, "the burst was used before");
        throttle.set(TOKENS);
        assert_eq!(burst(20), 11);
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
