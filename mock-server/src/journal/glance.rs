//! What a look at a kept exchange tells, before it is read.

use std::net::IpAddr;

use super::record::{ACTORS, Reading, of, read};
use super::{Actor, Entry};
use crate::clock::Stamp;
use crate::router::Endpoint;

/// Who called and how it went: enough for who counts all of them and reads few.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glance<'a> {
    pub(crate) arrived: Stamp,
    pub(crate) device_address: IpAddr,
    pub(crate) actor: Actor,
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) client_id: Option<&'a str>,
    pub(crate) device_id: Option<&'a str>,
    pub(crate) has_device_info: bool,
    /// As [`Entry::is_problem`] has it.
    pub(crate) is_problem: bool,
    flat: &'a [u8],
}

impl<'a> Glance<'a> {
    pub(super) fn new(flat: &'a [u8]) -> Self {
        let mut rest = Reading(flat);
        let arrived = rest.stamp();
        rest.stamp();
        let (_, _, device_address) = (rest.socket(), rest.socket(), rest.address());
        let [_, _, actor, endpoint, complete] = rest.array();
        let status = u16::from_le_bytes(rest.array());
        let [_method, _path, _query] = std::array::from_fn(|_| rest.maybe_str());
        let has_device_info = rest.has_header("x-device-info");
        rest.bytes();
        let (client_id, device_id) = (rest.maybe_str(), rest.maybe_str());
        let [_service_provider, _code, _mvpd] = std::array::from_fn(|_| rest.maybe_str());
        let error = rest.maybe_str();
        for _ in 0..rest.number() {
            rest.bytes();
        }
        let faults = rest.number();
        for _ in 0..faults {
            rest.long();
        }
        let near_miss = rest.maybe_str();
        let failed = !(1..400).contains(&status) || complete == 0;
        Self {
            arrived,
            device_address,
            actor: of(&ACTORS, actor).unwrap_or_default(),
            endpoint: of(&Endpoint::ALL, endpoint),
            client_id,
            device_id,
            has_device_info,
            is_problem: failed || error.is_some() || near_miss.is_some() || faults > 0,
            flat,
        }
    }

    /// All of it.
    pub(crate) fn entry(&self) -> Entry {
        read(self.flat)
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
            assert_eq!(glance.has_device_info, has_info);
            assert_eq!(glance.is_problem, entry.is_problem());
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
