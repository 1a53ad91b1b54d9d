//! An exchange as it is kept: flat.
//!
//! Most exchanges are written down and forgotten unread. Kept as they came, each would hold on to some
//! thirty pieces of memory and to the buffer that its connection was read into; flat, it is a stretch of
//! bytes that is written from one end to the other, and read only for who asks.

use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, Method, StatusCode, Version};

use super::glance::Reading;
use super::{Actor, Entry, Facts, Glance, Outcome};
use crate::clock::Stamp;
use crate::router::{Endpoint, Params};

/// One exchange to be written down.
#[derive(Debug)]
pub(crate) struct Written<'a> {
    pub(crate) arrived: Stamp,
    pub(crate) answered: Stamp,
    pub(crate) version: Version,
    pub(crate) secure: bool,
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) request_headers: &'a HeaderMap,
    pub(crate) request_body: &'a [u8],
    pub(crate) peer: SocketAddr,
    pub(crate) local: SocketAddr,
    pub(crate) device_address: IpAddr,
    pub(crate) actor: Actor,
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) facts: &'a Facts,
    /// What the path says, where the facts say nothing else.
    pub(crate) path_said: Option<&'a Params>,
    pub(crate) sent: Option<Sent<'a>>,
    pub(crate) faults: &'a [u64],
    pub(crate) near_miss: Option<&'a str>,
}

impl Written<'_> {
    /// The exchange as who reads the journal gets to see it.
    pub(crate) fn to_entry(&self) -> Entry {
        flat(self, read)
    }
}

/// What was answered, if anything was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    /// As far as it was sent.
    pub(crate) body: &'a [u8],
    pub(crate) complete: bool,
}

impl<'a> From<&'a Entry> for Written<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            arrived: entry.arrived,
            answered: entry.answered,
            version: entry.version,
            secure: entry.secure,
            method: &entry.method,
            path: &entry.path,
            query: entry.query.as_deref(),
            request_headers: &entry.request_headers,
            request_body: &entry.request_body,
            peer: entry.peer,
            local: entry.local,
            device_address: entry.device_address,
            actor: entry.actor,
            endpoint: entry.endpoint,
            facts: &entry.facts,
            path_said: None,
            sent: match &entry.outcome {
                Outcome::Answered { status, headers, body, complete } => {
                    Some(Sent { status: *status, headers, body, complete: *complete })
                }
                Outcome::Dropped => None,
            },
            faults: &entry.faults,
            near_miss: entry.near_miss.as_deref(),
        }
    }
}

/// More than this is not kept at hand for the next one.
const AT_HAND: usize = 64 << 10;

thread_local! {
    /// Where this thread lays exchanges out: how long one becomes is known only afterwards.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Hands on an exchange as it is to be kept.
pub(super) fn flat<T>(written: &Written<'_>, keep: impl FnOnce(&[u8]) -> T) -> T {
    SCRATCH.with_borrow_mut(|scratch| {
        lay_out(written, scratch);
        let kept = keep(scratch);
        scratch.clear();
        scratch.shrink_to(AT_HAND);
        kept
    })
}

/// Of a kept exchange, where in the order of everything it arrived. Its first bytes are enough.
pub(super) fn order(flat: &[u8]) -> u64 {
    Reading(flat).long()
}

/// How many bytes [`order`] needs.
pub(super) const ORDER: usize = size_of::<u64>();

/// The exchange as it was.
pub(super) fn read(flat: &[u8]) -> Entry {
    Glance::new(flat).entry()
}

pub(super) const VERSIONS: [Version; 5] =
    [Version::HTTP_09, Version::HTTP_10, Version::HTTP_11, Version::HTTP_2, Version::HTTP_3];

pub(super) const ACTORS: [Actor; 5] =
    [Actor::Client, Actor::UserAgent, Actor::Preflight, Actor::SecondScreen, Actor::Harness];

/// The place of one of a few, in a byte; 255 where it is none of them.
fn place<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|known| known == one).and_then(|at| u8::try_from(at).ok()).unwrap_or(255)
}

pub(super) fn of<T: Copy>(all: &[T], place: u8) -> Option<T> {
    all.get(usize::from(place)).copied()
}

/// Puts everything that an exchange consists of behind each other.
fn lay_out(written: &Written<'_>, to: &mut Vec<u8>) {
    let Facts { client_id, device_id, service_provider, code, mvpd, resources, error } =
        written.facts;
    let none = Params::default();
    let said = written.path_said.unwrap_or(&none);
    to.stamp(written.arrived);
    to.stamp(written.answered);
    to.socket(written.peer);
    to.socket(written.local);
    to.address(written.device_address);
    to.extend_from_slice(&[
        place(&VERSIONS, &written.version),
        written.secure.into(),
        place(&ACTORS, &written.actor),
        written.endpoint.map_or(255, |endpoint| place(&Endpoint::ALL, &endpoint)),
        written.sent.is_some_and(|sent| sent.complete).into(),
    ]);
    let status = written.sent.map_or(0, |sent| sent.status.as_u16());
    to.extend_from_slice(&status.to_le_bytes());
    to.bytes(written.method.as_str().as_bytes());
    to.bytes(written.path.as_bytes());
    to.maybe(written.query);
    to.headers(written.request_headers);
    to.bytes(written.request_body);
    to.maybe(client_id.as_deref());
    to.maybe(device_id.as_deref());
    to.maybe(service_provider.as_deref().or(said.service_provider.as_deref()));
    to.maybe(code.as_deref().or(said.code.as_deref()));
    to.maybe(mvpd.as_deref().or(said.mvpd.as_deref()));
    to.maybe(error.as_deref());
    to.number(resources.len());
    resources.iter().for_each(|resource| to.bytes(resource.as_bytes()));
    to.number(written.faults.len());
    written.faults.iter().for_each(|fault| to.extend_from_slice(&fault.to_le_bytes()));
    to.maybe(written.near_miss);
    if let Some(sent) = written.sent {
        to.headers(sent.headers);
        to.bytes(sent.body);
    }
}

/// Stands where a length does, for what is not there.
pub(super) const NOTHING: u32 = u32::MAX;

/// Takes pieces that are read again one by one.
trait Sink {
    fn stamp(&mut self, stamp: Stamp);
    fn address(&mut self, address: IpAddr);
    fn socket(&mut self, socket: SocketAddr);
    fn number(&mut self, of: usize);
    fn bytes(&mut self, bytes: &[u8]);
    fn maybe(&mut self, text: Option<&str>);
    fn headers(&mut self, headers: &HeaderMap);
}

fn number(number: usize) -> [u8; size_of::<u32>()] {
    // No body, list or header that came over a connection is so long.
    u32::try_from(number).unwrap_or(NOTHING - 1).to_le_bytes()
}

impl Sink for Vec<u8> {
    fn stamp(&mut self, Stamp { order, at }: Stamp) {
        self.extend_from_slice(&order.to_le_bytes());
        self.extend_from_slice(&at.millis().to_le_bytes());
    }

    fn address(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(address) => {
                self.push(4);
                self.extend_from_slice(&address.octets());
            }
            IpAddr::V6(address) => {
                self.push(6);
                self.extend_from_slice(&address.octets());
            }
        }
    }

    fn socket(&mut self, socket: SocketAddr) {
        self.address(socket.ip());
        self.extend_from_slice(&socket.port().to_le_bytes());
    }

    fn number(&mut self, of: usize) {
        self.extend_from_slice(&number(of));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let bytes = &bytes[..bytes.len().min(NOTHING as usize - 1)];
        self.number(bytes.len());
        self.extend_from_slice(bytes);
    }

    fn maybe(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.bytes(text.as_bytes()),
            None => self.extend_from_slice(&NOTHING.to_le_bytes()),
        }
    }

    fn headers(&mut self, headers: &HeaderMap) {
        self.number(headers.len());
        for (name, value) in headers {
            let (name, value) = (name.as_str().as_bytes(), value.as_bytes());
            let mut lengths = [0; 2 * size_of::<u32>()];
            let (of_name, of_value) = lengths.split_at_mut(size_of::<u32>());
            of_name.copy_from_slice(&number(name.len()));
            of_value.copy_from_slice(&number(value.len()));
            self.reserve(lengths.len() + name.len() + value.len());
            self.extend_from_slice(&lengths);
            self.extend_from_slice(name);
            self.extend_from_slice(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;
    use crate::journal::sample;

    fn assert_survives(entry: &Entry) {
        let read = flat(&entry.into(), read);
        assert_eq!(format!("{read:?}"), format!("{entry:?}"));
    }

    #[test]
    fn what_is_written_down_is_read_again() {
        for entry in [sample::polled(), sample::dropped(), sample::lost()] {
            assert_survives(&entry);
        }
    }

    #[test]
    fn what_is_empty_and_what_is_missing_are_told_apart() {
        for query in [None, Some(String::new()), Some("a=1".to_owned())] {
            assert_survives(&Entry { query, ..sample::polled() });
        }
        let facts = Facts { mvpd: Some(String::new()), ..Facts::default() };
        assert_survives(&Entry { facts, ..sample::polled() });
    }

    #[test]
    fn everything_small_survives() {
        for (version, actor) in VERSIONS.into_iter().zip(ACTORS) {
            assert_survives(&Entry { version, actor, secure: true, ..sample::polled() });
        }
        for endpoint in Endpoint::ALL {
            assert_survives(&Entry { endpoint: Some(endpoint), ..sample::polled() });
        }
        let (peer, device_address) = ("[2001:db8::1]:9".parse().unwrap(), "::1".parse().unwrap());
        assert_survives(&Entry { peer, device_address, ..sample::polled() });
    }

    #[test]
    fn its_place_in_the_order_stands_first() {
        let entry = sample::polled();
        assert_eq!(flat(&(&entry).into(), |flat| order(&flat[..ORDER])), entry.arrived.order);
    }

    fn headers() -> impl Strategy<Value = HeaderMap> {
        let name =
            prop_oneof![Just("accept".to_owned()), Just("cookie".to_owned()), "x-[a-z]{1,9}"];
        let value =
            prop::collection::vec(prop_oneof![Just(b'\t'), 32..=126_u8, 128..=255_u8], 0..9);
        prop::collection::vec((name, value), 0..9).prop_map(|pairs| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                let name = HeaderName::try_from(name).unwrap();
                headers.append(name, HeaderValue::from_bytes(&value).unwrap());
            }
            headers
        })
    }

    proptest! {
        #[test]
        fn nothing_is_lost_whatever_it_is(
            (method, path, query) in ("[A-Z]{1,30}", ".*", proptest::option::of(".*")),
            (request_headers, answer_headers) in (headers(), headers()),
            (request_body, body) in (prop::collection::vec(any::<u8>(), 0..99), ".*"),
            (mvpd, error, near_miss) in any::<(Option<String>, Option<String>, Option<String>)>(),
            resources in prop::collection::vec(".*", 0..4),
            faults in prop::collection::vec(any::<u64>(), 0..4),
            dropped in any::<bool>(),
            status in 100..1000_u16,
        ) {
            let facts = Facts { mvpd, error, resources, ..Facts::default() };
            let outcome = if dropped {
                Outcome::Dropped
            } else {
                let status = StatusCode::from_u16(status).unwrap();
                Outcome::Answered { status, headers: answer_headers, body: body.into(), complete: true }
            };
            assert_survives(&Entry {
                method: Method::from_bytes(method.as_bytes()).unwrap(),
                path,
                query,
                request_headers,
                request_body: request_body.into(),
                facts,
                faults,
                near_miss,
                outcome,
                ..sample::polled()
            });
        }
    }
}
