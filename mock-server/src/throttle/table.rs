//! Every device that is known.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher as _;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use foldhash::quality::RandomState;

use super::ThrottleSettings;
use super::device::{Device, Known};
use crate::clock::Timestamp;

/// Devices are spread over these, so that two requests hardly ever meet.
const SHARDS: usize = 64;

/// At most this many devices a shard (a million in all); the longest unseen are forgotten first.
const SHARD_CAPACITY: usize = (1 << 20) / SHARDS;

/// What is known of every device.
pub struct Throttle {
    settings: ArcSwap<ThrottleSettings>,
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
}

/// Addresses of the older kind are held as the newer kind writes them, which takes less room than to
/// tell the two apart.
#[derive(Default)]
struct Shard {
    devices: HashMap<Ipv6Addr, Known, RandomState>,
    /// Until when all calls of a device are refused.
    forced: HashMap<Ipv6Addr, Timestamp, RandomState>,
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
        let address = key(device);
        let mut shard = self.shard(address);
        let Shard { devices, forced, .. } = &mut *shard;
        match devices.get_mut(&address) {
            Some(known) if known.forced => {
                let until = forced.get(&address).copied();
                let admitted = known.admit(&settings, until, now);
                if !known.forced {
                    forced.remove(&address);
                }
                admitted
            }
            Some(known) => known.admit(&settings, None, now),
            None if !settings.enabled => true,
            None => shard.add(address, now).admit(&settings, None, now),
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
        let address = key(device);
        let mut shard = self.shard(address);
        shard.add(address, now).forced = true;
        shard.forced.insert(address, until);
    }

    /// Puts in place what is known of a device.
    pub fn insert(&self, address: IpAddr, device: Device) {
        let address = key(address);
        let mut shard = self.shard(address);
        let Device { bucket, seen, forced_until, refused } = device;
        let known = Known { bucket, seen, refused, forced: forced_until.is_some() };
        shard.devices.insert(address, known);
        if let Some(until) = forced_until {
            shard.forced.insert(address, until);
        }
    }

    /// Forgets a device: it is no longer refused, and its next call is a first interaction.
    pub fn forget(&self, device: IpAddr) {
        let address = key(device);
        let mut shard = self.shard(address);
        shard.devices.remove(&address);
        shard.forced.remove(&address);
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
        self.each(now, |address, device| devices.push((address, *device)));
        devices.sort_unstable_by_key(|(address, _)| *address);
        devices
    }

    /// Goes through the devices that are not forgotten yet.
    pub fn each(&self, now: Timestamp, mut see: impl FnMut(IpAddr, &Device)) {
        for shard in &self.shards {
            let shard = locked(shard);
            for (address, known) in &shard.devices {
                let forced_until = shard.forced_until(*address, known);
                if !is_forgotten(known, forced_until, now) {
                    see(address.to_canonical(), &told(known, forced_until));
                }
            }
        }
    }

    /// What is known of a device.
    pub fn find(&self, device: IpAddr) -> Option<Device> {
        let address = key(device);
        let shard = self.shard(address);
        let known = shard.devices.get(&address)?;
        Some(told(known, shard.forced_until(address, known)))
    }

    fn shard(&self, address: Ipv6Addr) -> MutexGuard<'_, Shard> {
        // The upper half: a shard's own table goes by the lower one.
        let hash = self.hasher.hash_one(address) >> 32;
        locked(&self.shards[hash as usize % SHARDS])
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle").field("settings", &self.settings()).finish_non_exhaustive()
    }
}

impl Shard {
    /// A device, which need not be known yet.
    fn add(&mut self, address: Ipv6Addr, now: Timestamp) -> &mut Known {
        if self.devices.len() >= self.sweep_at.max(64) {
            self.sweep(now);
        }
        self.devices.entry(address).or_insert(Known::new(now))
    }

    fn forced_until(&self, address: Ipv6Addr, known: &Known) -> Option<Timestamp> {
        if known.forced { self.forced.get(&address).copied() } else { None }
    }

    /// Removes forgotten devices; its cost is spread over the additions between two sweeps.
    fn sweep(&mut self, now: Timestamp) {
        let Self { devices, forced, .. } = self;
        let until = |address: &Ipv6Addr| forced.get(address).copied();
        devices.retain(|address, known| !is_forgotten(known, until(address), now));
        if devices.len() >= SHARD_CAPACITY {
            let mut seen: Vec<_> = devices.values().map(|known| known.seen).collect();
            let (_, median, _) = seen.select_nth_unstable(SHARD_CAPACITY / 2);
            let median = *median;
            devices.retain(|_, known| known.seen > median);
        }
        forced.retain(|address, _| devices.contains_key(address));
        self.sweep_at = (devices.len() * 2).min(SHARD_CAPACITY);
    }
}

fn key(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

fn told(known: &Known, forced_until: Option<Timestamp>) -> Device {
    let Known { bucket, seen, refused, .. } = *known;
    Device { bucket, seen, forced_until, refused }
}

fn is_forgotten(known: &Known, forced_until: Option<Timestamp>, now: Timestamp) -> bool {
    known.is_silent(now) && forced_until.is_none_or(|until| until <= now)
}

fn locked(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::throttle::Refill;

    const WINDOWS: ThrottleSettings =
        ThrottleSettings { enabled: true, rate: 1, burst: 10, refill: Refill::Windows };
    const TOKENS: ThrottleSettings = ThrottleSettings { refill: Refill::Bucket, ..WINDOWS };

    fn tenths(tenths: i64) -> Timestamp {
        Timestamp(1_700_000_000_123 + tenths * 100)
    }

    fn device(n: u32) -> IpAddr {
        Ipv4Addr::from(n).into()
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

    #[test]
    fn who_is_forced_is_told_and_kept_and_put_back() {
        let throttle = Throttle::new(WINDOWS);
        let (one, other): (IpAddr, IpAddr) = (device(1), "2001:db8::1".parse().unwrap());
        throttle.admit(one, tenths(0));
        throttle.force(one, tenths(0), tenths(100));
        throttle.force(other, tenths(0), tenths(20_000));
        let until = |address| throttle.find(address).unwrap().forced_until;
        assert_eq!((until(one), until(other)), (Some(tenths(100)), Some(tenths(20_000))));
        assert_eq!(throttle.devices(tenths(15_000)).len(), 1, "who is forced is not forgotten");
        let kept = throttle.devices(tenths(0));
        throttle.clear();
        for (address, device) in &kept {
            throttle.insert(*address, *device);
        }
        assert_eq!(throttle.devices(tenths(0)), kept);
        assert!(!throttle.admit(one, tenths(99)) && throttle.admit(one, tenths(100)));
        assert_eq!(until(one), None, "it is over");
        assert!(!throttle.admit(other, tenths(19_999)) && throttle.admit(other, tenths(20_000)));
    }
}
