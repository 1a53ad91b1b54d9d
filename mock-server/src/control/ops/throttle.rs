//! Throttling: the limits, who used what, and refusing one address on purpose.

use std::net::IpAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{Control, Done, First, Listing};
use crate::clock::Timestamp;
use crate::control::ControlError;
use crate::journal::number;
use crate::throttle::{Bucket, Device, Refill, ThrottleSettings};

/// The limits and the devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ThrottleState {
    /// Whether anybody is limited.
    pub enabled: bool,
    /// Requests a second.
    pub rate: u32,
    /// How many more a device may send.
    pub burst: u32,
    /// Whether the burst comes back: `windows` (no) or `bucket` (yes).
    pub refill: Refill,
    /// What is known of each device, by address, or with `first=newest` by when it called last.
    pub devices: Vec<ThrottledDevice>,
    /// How many devices match in all.
    pub total: usize,
}

/// What is known of a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ThrottledDevice {
    /// Its address: the first of `X-Forwarded-For`, else the connection's.
    pub address: String,
    /// When it called last, in milliseconds since the epoch.
    pub seen: i64,
    /// Whether its latest call was refused.
    pub throttled: bool,
    /// How much of its burst is used; missing while nothing was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst_used: Option<u32>,
    /// Every call is refused until then, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forced_until: Option<i64>,
}

/// Which devices to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ThrottleListing {
    /// Only those whose latest call was refused: `true` or `false`.
    #[serde(deserialize_with = "truth")]
    pub throttled: Option<bool>,
    /// Only those whose address has this text in it.
    pub search: Option<String>,
    /// `oldest` is by address, `newest` by when they called last.
    pub first: First,
    /// So many are left out at that end.
    #[serde(deserialize_with = "number")]
    pub offset: Option<u64>,
    /// At most this many; all of them unless told.
    #[serde(deserialize_with = "number")]
    pub limit: Option<u64>,
}

impl From<&ThrottleListing> for Listing {
    fn from(listing: &ThrottleListing) -> Self {
        let ThrottleListing { search, first, offset, limit, .. } = listing.clone();
        Self { search, first, offset, limit, ..Self::default() }
    }
}

/// A truth value that a query string can only say as text.
fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(truth)) => Ok(Some(truth)),
        Some(Value::String(text)) if text == "true" => Ok(Some(true)),
        Some(Value::String(text)) if text == "false" => Ok(Some(false)),
        Some(other) => Err(serde::de::Error::custom(format!("{other} is not true or false"))),
    }
}

/// What to change about the limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SetThrottle {
    /// Whether anybody is limited.
    pub enabled: Option<bool>,
    /// Requests a second, at least 1.
    pub rate: Option<u32>,
    /// How many more a device may send.
    pub burst: Option<u32>,
    /// Whether the burst comes back: `windows` (no) or `bucket` (yes).
    pub refill: Option<Refill>,
}

/// For how long to refuse an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Force {
    /// Seconds on the service's clock.
    pub seconds: f64,
}

impl Control<'_> {
    /// The limits, and what each device has used.
    pub fn throttle(&self) -> ThrottleState {
        self.list_throttle(&ThrottleListing::default())
    }

    /// The limits, and what some of the devices have used.
    pub fn list_throttle(&self, listing: &ThrottleListing) -> ThrottleState {
        let ThrottleSettings { enabled, rate, burst, refill } = self.app.throttle.settings();
        let part = Listing::from(listing);
        let mut window = part.window();
        self.app.throttle.each(self.app.clock.now(), |address, device| {
            let wanted = device.refused || !listing.throttled.unwrap_or(false);
            if wanted && part.finds(&[&address.to_string()], &[]) {
                let seen = if part.first == First::Newest { device.seen } else { Timestamp(0) };
                window.push((seen, address));
            }
        });
        let (total, shown) = window.finish();
        let device = |address: &IpAddr| Some(row(*address, &self.app.throttle.find(*address)?));
        let devices = shown.iter().filter_map(|(_, address)| device(address)).collect();
        ThrottleState { enabled, rate, burst, refill, devices, total }
    }

    /// Changes the limits. Devices keep what they have used.
    pub fn set_throttle(&self, to: &SetThrottle) -> Result<ThrottleState, ControlError> {
        if to.rate == Some(0) {
            let hint = "give 1 or more; to refuse one device use PUT /throttle/{address}";
            return Err(ControlError::invalid("rate: 0 would refuse everybody for ever", hint));
        }
        let now = self.app.throttle.settings();
        self.app.throttle.set(ThrottleSettings {
            enabled: to.enabled.unwrap_or(now.enabled),
            rate: to.rate.unwrap_or(now.rate),
            burst: to.burst.unwrap_or(now.burst),
            refill: to.refill.unwrap_or(now.refill),
        });
        Ok(self.throttle())
    }

    /// Refuses every call of an address for some time, whatever the limits are.
    pub fn force_throttle(
        &self,
        address: &str,
        force: &Force,
    ) -> Result<ThrottleState, ControlError> {
        let address = parse(address)?;
        if !(force.seconds > 0.0 && force.seconds <= 1e9) {
            let error = format!("seconds: {} is no time to wait", force.seconds);
            return Err(ControlError::invalid(error, "give more than 0"));
        }
        let now = self.app.clock.now();
        let until = now.after(Duration::from_secs_f64(force.seconds));
        self.app.throttle.force(address, now, until);
        Ok(self.throttle())
    }

    /// Forgets what an address has used.
    pub fn forget_throttle(&self, address: &str) -> Result<Done, ControlError> {
        let address = parse(address)?;
        let known = self.app.throttle.devices(self.app.clock.now());
        let done = known.iter().filter(|(device, _)| *device == address).count();
        self.app.throttle.forget(address);
        Ok(Done { done })
    }
}

fn row(address: IpAddr, device: &Device) -> ThrottledDevice {
    ThrottledDevice {
        address: address.to_string(),
        seen: device.seen.millis(),
        throttled: device.refused,
        burst_used: match device.bucket {
            Some(Bucket::Windows { burst_used, .. }) => Some(burst_used),
            _ => None,
        },
        forced_until: device.forced_until.map(|until| until.millis()),
    }
}

fn parse(address: &str) -> Result<IpAddr, ControlError> {
    address.parse().map_err(|_| {
        let hint = "give an IPv4 or IPv6 address as GET /throttle lists them";
        ControlError::invalid(format!("address: {address:?} is no IP address"), hint)
    })
}
