//! Who took part: the devices, the second screen, the browsers.
//!
//! A device is known by its identifier. Calls that carry none, the registration for instance, stand
//! in a lane of their address, which becomes the device's as soon as the same client shows an
//! identifier. Lanes keep their numbers for as long as the server runs. The directory is brought up
//! to date when somebody looks, never by a request on the public port.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::api::headers::{decode_identifier, decode_object};
use crate::clock::Stamp;
use crate::config::Id;
use crate::ids::Ids;
use crate::journal::{Entry, Glance, Journal, Position};
use crate::router::Endpoint;

/// The lane of browsers on the provider's pages.
pub(super) const BROWSER: u32 = 0;
/// The lane of the second screen.
pub(super) const SECOND_SCREEN: u32 = 1;
/// The lane of devices beyond those that are told apart.
pub(super) const OTHERS: u32 = 2;
/// The first lane of a device.
const FIRST: u32 = 3;
/// What a device is called that has not told its name.
const NAMELESS: &str = "Device";

/// How many devices are told apart.
const DEVICES: usize = 20_000;
/// How many arrivals of a lane are remembered, for what is answered late.
const RECENT: usize = 16;
/// Beyond this what is known of exchanges that are no longer kept is dropped.
const NOTES: usize = 4_096;

/// A lane.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub number: u32,
    pub kind: Kind,
    /// What addresses call it: the device's identifier, its address, or a word.
    pub key: String,
    /// The device's model or system, or a word.
    pub name: Arc<str>,
    /// The end of its identifier, or its address.
    pub short: Arc<str>,
    pub count: u64,
    pub problems: u64,
    /// When it last called, in milliseconds.
    pub last: i64,
    latest: u64,
    named: bool,
    /// Whether a client was registered from it, or is known to call from it.
    has_client: bool,
    recent: Vec<Stamp>,
}

/// What stands in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Device,
    SecondScreen,
    Browser,
}

/// Where an exchange stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub lane: u32,
    pub kind: Kind,
    pub name: Arc<str>,
    pub short: Arc<str>,
    /// Milliseconds since the lane's exchange before it.
    pub gap: Option<i64>,
}

/// Everybody who took part so far.
pub(in crate::console) struct Directory {
    inner: Mutex<Inner>,
    salt: String,
}

struct Inner {
    position: Position,
    lanes: Vec<Lane>,
    by_id: HashMap<String, u32>,
    by_client: HashMap<String, u32>,
    /// The lanes of an address: of how many devices it is.
    by_address: HashMap<IpAddr, Vec<u32>>,
    notes: HashMap<u64, (u32, Option<i64>)>,
}

impl Default for Directory {
    fn default() -> Self {
        let lanes = vec![
            Lane::new(BROWSER, Kind::Browser, "browser", "Provider", "browser"),
            Lane::new(SECOND_SCREEN, Kind::SecondScreen, "second_screen", "Second screen", ""),
            Lane::new(OTHERS, Kind::Device, "others", "Other devices", ""),
        ];
        let by_id = lanes.iter().map(|lane| (lane.key.clone(), lane.number)).collect();
        let inner = Inner {
            position: Position::default(),
            lanes,
            by_id,
            by_client: HashMap::new(),
            by_address: HashMap::new(),
            notes: HashMap::new(),
        };
        // Pseudonyms must not tell a short password, so that no seed may make this.
        Self { inner: Mutex::new(inner), salt: Ids::from_entropy().secret() }
    }
}

impl Directory {
    /// Takes note of what happened since the last time.
    pub(super) fn catch_up(&self, journal: &Journal) {
        let mut inner = self.locked();
        let mut position = std::mem::take(&mut inner.position);
        journal.glance(&mut position, |glance| inner.note(glance));
        inner.position = position;
        if inner.notes.len() > NOTES + 2 * journal.len() {
            let kept = journal.entries();
            let kept: std::collections::HashSet<u64> =
                kept.iter().map(|entry| entry.arrived.order).collect();
            inner.notes.retain(|order, _| kept.contains(order));
        }
    }

    /// Where an exchange stands.
    pub(super) fn place(&self, entry: &Entry) -> Place {
        let inner = self.locked();
        let known = inner.notes.get(&entry.arrived.order).copied();
        let (number, gap) = known.unwrap_or((OTHERS, None));
        let lane = &inner.lanes[number as usize];
        let (name, short) = (Arc::clone(&lane.name), Arc::clone(&lane.short));
        Place { lane: number, kind: lane.kind, name, short, gap }
    }

    /// The number of a lane by what addresses call it.
    pub(super) fn number(&self, key: &str) -> Option<u32> {
        self.locked().by_id.get(key).copied()
    }

    /// The lane of a number.
    pub(super) fn lane(&self, number: u32) -> Option<Lane> {
        self.locked().lanes.get(number as usize).cloned()
    }

    /// The numbers of the devices that called last, the last one first.
    pub(super) fn latest(&self, most: usize) -> Vec<u32> {
        let inner = self.locked();
        let mut devices: Vec<(u64, u32)> = inner.lanes[FIRST as usize..]
            .iter()
            .filter(|lane| lane.count > 0)
            .map(|lane| (lane.latest, lane.number))
            .collect();
        devices.sort_unstable_by(|a, b| b.cmp(a));
        devices.into_iter().take(most).map(|(_, number)| number).collect()
    }

    /// Lanes that somebody took part in and whose names hold a text, the last ones and the picked
    /// ones; and how many there are in all.
    pub(super) fn listed(&self, find: &str, most: usize, picked: &[String]) -> (Vec<Lane>, usize) {
        let inner = self.locked();
        let holds = |text: &str| text.to_lowercase().contains(find);
        let mut found: Vec<&Lane> = inner.lanes.iter().filter(|lane| lane.count > 0).collect();
        let all = found.len();
        let is_picked = |lane: &Lane| picked.contains(&lane.key);
        found.retain(|lane| is_picked(lane) || holds(&lane.name) || holds(&lane.key));
        found.sort_unstable_by_key(|lane| {
            (!is_picked(lane), lane.number >= FIRST, std::cmp::Reverse(lane.latest))
        });
        (found.into_iter().take(most + picked.len()).cloned().collect(), all)
    }

    /// What makes pseudonyms this server's own.
    pub(super) fn salt(&self) -> &str {
        &self.salt
    }

    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("lanes", &self.locked().lanes.len()).finish()
    }
}

impl Inner {
    fn note(&mut self, entry: &Glance<'_>) {
        let number = self.whose(entry);
        let lane = &mut self.lanes[number as usize];
        lane.count += 1;
        lane.problems += u64::from(entry.is_problem());
        lane.latest = lane.latest.max(entry.arrived.order);
        lane.last = lane.last.max(entry.arrived.at.millis());
        if !lane.named && number >= FIRST && (lane.is_nameless() || entry.has_device_info()) {
            lane.learn(&entry.entry());
        }
        let (before, after) = lane.arrived(entry.arrived);
        let gap = |from: Stamp, to: Stamp| to.at.millis() - from.at.millis();
        self.notes
            .insert(entry.arrived.order, (number, before.map(|before| gap(before, entry.arrived))));
        // What came later had been told the distance to an earlier one.
        if let Some(after) = after
            && let Some(note) = self.notes.get_mut(&after.order)
        {
            note.1 = Some(gap(entry.arrived, after));
        }
    }

    fn whose(&mut self, entry: &Glance<'_>) -> u32 {
        match entry.actor.name() {
            "user_agent" => return BROWSER,
            "second_screen" => return SECOND_SCREEN,
            _ => {}
        }
        let own;
        let id = match entry.device_id {
            Some(id) => Some(id),
            None => {
                own = sent_identifier(&entry.entry());
                own.as_deref()
            }
        };
        let address = entry.device_address;
        let client = entry.client_id;
        let of_client = client.and_then(|client| self.by_client.get(client).copied());
        let number = match id {
            Some(id) => match self.by_id.get(id) {
                Some(number) => *number,
                None => self.adopted(id, of_client),
            },
            None => of_client.unwrap_or_else(|| self.by_address(entry, address)),
        };
        if let Some(client) = client
            && self.by_client.get(client) != Some(&number)
            && self.by_client.len() < 4 * DEVICES
        {
            self.by_client.insert(client.to_owned(), number);
            self.lanes[number as usize].has_client = true;
        }
        let of_address = self.by_address.entry(address).or_default();
        if of_address.len() < 3 && !of_address.contains(&number) {
            of_address.push(number);
        }
        number
    }

    /// The lane of an identifier that is seen for the first time: that of its client, as long as it
    /// is nobody else's.
    fn adopted(&mut self, id: &str, of_client: Option<u32>) -> u32 {
        let free = of_client.filter(|number| {
            let lane = &self.lanes[*number as usize];
            *number >= FIRST && lane.key.parse::<IpAddr>().is_ok()
        });
        let number = match free {
            Some(number) => {
                let lane = &mut self.lanes[number as usize];
                let key = std::mem::replace(&mut lane.key, id.to_owned());
                lane.short = short(id).into();
                if self.by_id.get(&key) == Some(&number) {
                    self.by_id.remove(&key);
                }
                number
            }
            None => self.new_lane(id, &short(id)),
        };
        if number != OTHERS {
            self.by_id.insert(id.to_owned(), number);
        }
        number
    }

    /// The lane of a call that says nothing about its device.
    fn by_address(&mut self, entry: &Glance<'_>, address: IpAddr) -> u32 {
        let key = address.to_string();
        let registers = entry.endpoint == Some(Endpoint::Register);
        match self.by_address.get(&address).map(Vec::as_slice) {
            // Somebody new registers, not the one who is known there already.
            Some([only]) if !registers && *only != BROWSER && *only != SECOND_SCREEN => {
                return *only;
            }
            _ => {}
        }
        if let Some(number) = self.by_id.get(&key)
            && !(registers && self.lanes[*number as usize].has_client)
        {
            return *number;
        }
        let number = self.new_lane(&key, &key);
        if number != OTHERS {
            self.by_id.insert(key, number);
        }
        number
    }

    fn new_lane(&mut self, key: &str, short: &str) -> u32 {
        if self.lanes.len() >= DEVICES {
            return OTHERS;
        }
        let number = u32::try_from(self.lanes.len()).unwrap_or(OTHERS);
        self.lanes.push(Lane::new(number, Kind::Device, key, NAMELESS, short));
        number
    }
}

impl Lane {
    fn new(number: u32, kind: Kind, key: &str, name: &str, short: &str) -> Self {
        Self {
            number,
            kind,
            key: key.to_owned(),
            name: name.into(),
            short: short.into(),
            count: 0,
            problems: 0,
            last: 0,
            latest: 0,
            named: false,
            has_client: false,
            recent: Vec::new(),
        }
    }

    /// One that was asked for and did nothing yet.
    pub(super) fn silent(key: &str) -> Self {
        Self::new(OTHERS, Kind::Device, key, "No calls yet", &short(key))
    }

    /// Its colour, by number.
    pub(super) fn colour(&self) -> u32 {
        colour(self.number)
    }

    fn is_nameless(&self) -> bool {
        *self.name == *NAMELESS
    }

    fn learn(&mut self, entry: &Entry) {
        if let Some(name) = name(entry) {
            self.name = name.into();
            // A name by the User-Agent gives way to one that the device tells.
            self.named = entry.request_headers.contains_key("x-device-info");
        }
    }

    /// Takes note of an arrival, and tells those before and after it.
    fn arrived(&mut self, stamp: Stamp) -> (Option<Stamp>, Option<Stamp>) {
        let at = self.recent.partition_point(|earlier| *earlier < stamp);
        let before = at.checked_sub(1).map(|before| self.recent[before]);
        let after = self.recent.get(at).copied();
        self.recent.insert(at, stamp);
        if self.recent.len() > RECENT {
            self.recent.remove(0);
        }
        (before, after)
    }
}

/// The colour of a lane.
pub(super) fn colour(number: u32) -> u32 {
    number % 8
}

fn sent_identifier(entry: &Entry) -> Option<Id> {
    decode_identifier(entry.request_headers.get("ap-device-identifier")?.to_str().ok()?)
}

/// What a device calls itself.
fn name(entry: &Entry) -> Option<String> {
    let info = entry.request_headers.get("x-device-info");
    let info = info.and_then(|info| decode_object(info.to_str().ok()?));
    let told = |key: &str| {
        let text = info.as_ref()?.get(key)?.as_str()?.trim();
        (!text.is_empty()).then(|| limited(text, 24))
    };
    if let Some(name) = told("model").or_else(|| told("osName")) {
        return Some(name);
    }
    let agent = entry.request_headers.get("user-agent")?.to_str().ok()?;
    let product = agent.split(['/', ' ']).next().filter(|product| !product.is_empty())?;
    Some(limited(product, 24))
}

/// The end of an identifier.
fn short(id: &str) -> String {
    let count = id.chars().count();
    match count {
        0..=10 => id.to_owned(),
        _ => format!("…{}", id.chars().skip(count - 6).collect::<String>()),
    }
}

fn limited(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
