//! A kept exchange, taken apart where it lies: enough to look at it, and the way to read it.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};

use super::record::{ACTORS, NOTHING, VERSIONS, of};
use super::{Actor, Entry, Facts, Outcome};
use crate::clock::{Stamp, Timestamp};
use crate::config::Id;
use crate::router::Endpoint;

/// Everything that an exchange consists of, borrowed: for who counts all of them and reads few.
#[derive(Debug)]
pub(crate) struct Glance<'a> {
    pub(crate) arrived: Stamp,
    pub(crate) device_address: IpAddr,
    pub(crate) actor: Actor,
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) client_id: Option<&'a str>,
    pub(crate) device_id: Option<&'a str>,
    answered: Stamp,
    version: Version,
    secure: bool,
    method: &'a [u8],
    path: &'a str,
    query: Option<&'a str>,
    request_headers: Headers<'a>,
    request_body: &'a [u8],
    peer: SocketAddr,
    local: SocketAddr,
    service_provider: Option<&'a str>,
    code: Option<&'a str>,
    mvpd: Option<&'a str>,
    error: Option<&'a str>,
    resources: Vec<&'a str>,
    faults: Vec<u64>,
    near_miss: Option<&'a str>,
    sent: Option<Answer<'a>>,
}

#[derive(Clone, Copy, Debug)]
struct Answer<'a> {
    status: StatusCode,
    headers: Headers<'a>,
    body: &'a [u8],
    complete: bool,
}

impl<'a> Glance<'a> {
    pub(super) fn new(flat: &'a [u8]) -> Self {
        let mut rest = Reading(flat);
        let (arrived, answered) = (rest.stamp(), rest.stamp());
        let (peer, local, device_address) = (rest.socket(), rest.socket(), rest.address());
        let [version, secure, actor, endpoint, complete] = rest.array();
        let status = StatusCode::from_u16(u16::from_le_bytes(rest.array())).ok();
        // Fields are read in the order in which they stand here.
        Self {
            arrived,
            answered,
            peer,
            local,
            device_address,
            version: of(&VERSIONS, version).unwrap_or(Version::HTTP_11),
            secure: secure != 0,
            actor: of(&ACTORS, actor).unwrap_or_default(),
            endpoint: of(&Endpoint::ALL, endpoint),
            method: rest.bytes(),
            path: rest.text(),
            query: rest.maybe_text(),
            request_headers: rest.headers(),
            request_body: rest.bytes(),
            client_id: rest.maybe_text(),
            device_id: rest.maybe_text(),
            service_provider: rest.maybe_text(),
            code: rest.maybe_text(),
            mvpd: rest.maybe_text(),
            error: rest.maybe_text(),
            resources: (0..rest.number()).map(|_| rest.text()).collect(),
            faults: (0..rest.number()).map(|_| rest.long()).collect(),
            near_miss: rest.maybe_text(),
            sent: status.map(|status| Answer {
                status,
                headers: rest.headers(),
                body: rest.bytes(),
                complete: complete != 0,
            }),
        }
    }

    /// Whether the device describes itself.
    pub(crate) fn has_device_info(&self) -> bool {
        self.request_headers.has("x-device-info")
    }

    /// As [`Entry::is_problem`] has it.
    pub(crate) fn is_problem(&self) -> bool {
        let good = |sent: &Answer<'_>| sent.status.as_u16() < 400 && sent.complete;
        !self.sent.as_ref().is_some_and(good)
            || self.error.is_some()
            || self.near_miss.is_some()
            || !self.faults.is_empty()
    }

    /// The exchange as it was.
    pub(crate) fn entry(&self) -> Entry {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Entry {
            arrived: self.arrived,
            answered: self.answered,
            version: self.version,
            secure: self.secure,
            method: Method::from_bytes(self.method).unwrap_or_default(),
            path: self.path.to_owned(),
            query: text(self.query),
            request_headers: self.request_headers.map(),
            request_body: Bytes::copy_from_slice(self.request_body),
            peer: self.peer,
            local: self.local,
            device_address: self.device_address,
            actor: self.actor,
            endpoint: self.endpoint,
            facts: Facts {
                client_id: self.client_id.map(Id::from),
                device_id: self.device_id.map(Id::from),
                service_provider: text(self.service_provider),
                code: text(self.code),
                mvpd: text(self.mvpd),
                resources: self.resources.iter().map(|one| (*one).to_owned()).collect(),
                error: text(self.error),
            },
            outcome: self.sent.map_or(Outcome::Dropped, |sent| Outcome::Answered {
                status: sent.status,
                headers: sent.headers.map(),
                body: Bytes::copy_from_slice(sent.body),
                complete: sent.complete,
            }),
            faults: self.faults.clone(),
            near_miss: text(self.near_miss),
        }
    }
}

/// Reads the pieces in the order in which they were laid out.
pub(super) struct Reading<'a>(pub(super) &'a [u8]);

impl<'a> Reading<'a> {
    fn raw(&mut self, length: usize) -> &'a [u8] {
        let (here, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        here
    }

    fn length(&mut self) -> Option<usize> {
        let length = u32::from_le_bytes(self.array());
        (length != NOTHING).then_some(length as usize)
    }

    fn number(&mut self) -> usize {
        self.length().unwrap_or_default()
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.raw(N).try_into().unwrap_or([0; N])
    }

    pub(super) fn long(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    fn stamp(&mut self) -> Stamp {
        Stamp { order: self.long(), at: Timestamp(i64::from_le_bytes(self.array())) }
    }

    fn address(&mut self) -> IpAddr {
        match self.array() {
            [6] => IpAddr::from(self.array::<16>()),
            _ => IpAddr::from(self.array::<4>()),
        }
    }

    fn socket(&mut self) -> SocketAddr {
        let ip = self.address();
        SocketAddr::new(ip, u16::from_le_bytes(self.array()))
    }

    fn bytes(&mut self) -> &'a [u8] {
        let length = self.number();
        self.raw(length)
    }

    fn text(&mut self) -> &'a str {
        self.maybe_text().unwrap_or_default()
    }

    fn maybe_text(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        str::from_utf8(self.raw(length)).ok()
    }

    fn headers(&mut self) -> Headers<'a> {
        let count = self.number();
        let all = self.0;
        for _ in 0..count {
            let (name, value) = (self.number(), self.number());
            self.raw(name);
            self.raw(value);
        }
        Headers { count, all }
    }
}

/// Names and values, where they lie.
#[derive(Clone, Copy, Debug)]
struct Headers<'a> {
    count: usize,
    all: &'a [u8],
}

impl<'a> Headers<'a> {
    fn each(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let mut rest = Reading(self.all);
        (0..self.count).map(move |_| {
            let (name, value) = (rest.number(), rest.number());
            (rest.raw(name), rest.raw(value))
        })
    }

    fn has(self, wanted: &str) -> bool {
        self.each().any(|(name, _)| name == wanted.as_bytes())
    }

    fn map(self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(self.count);
        for (name, value) in self.each() {
            if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
            {
                headers.append(name, value);
            }
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::record::flat;
    use crate::journal::{Facts, sample};

    fn assert_agrees(entry: &Entry) {
        flat(&entry.into(), |flat| {
            let glance = Glance::new(flat);
            assert_eq!(glance.arrived, entry.arrived);
            assert_eq!(glance.device_address, entry.device_address);
            assert_eq!((glance.actor, glance.endpoint), (entry.actor, entry.endpoint));
            assert_eq!(glance.client_id, entry.facts.client_id.as_deref());
            assert_eq!(glance.device_id, entry.facts.device_id.as_deref());
            let has_info = entry.request_headers.contains_key("x-device-info");
            assert_eq!(glance.has_device_info(), has_info);
            assert_eq!(glance.is_problem(), entry.is_problem());
            assert_eq!(format!("{:?}", glance.entry()), format!("{entry:?}"));
        });
    }

    #[test]
    fn it_sees_whether_the_device_describes_itself() {
        let mut entry = sample::polled();
        entry.request_headers.insert("x-device-info", "e30=".parse().unwrap());
        assert_agrees(&entry);
        entry.request_headers.clear();
        assert_agrees(&entry);
    }

    #[test]
    fn it_tells_what_the_whole_tells() {
        for entry in [sample::polled(), sample::dropped(), sample::lost()] {
            assert_agrees(&entry);
        }
        let facts = Facts { resources: vec!["a".into(), String::new()], ..Facts::default() };
        assert_agrees(&Entry { facts, ..sample::polled() });
        let facts = Facts { error: Some("access_denied".into()), ..Facts::default() };
        assert_agrees(&Entry { facts, ..sample::polled() });
        assert_agrees(&Entry { faults: vec![1, 2], near_miss: None, ..sample::polled() });
        assert_agrees(&Entry { near_miss: Some("close".into()), ..sample::polled() });
    }
}
