//! Which device sent what.
//!
//! A live run gives each device a listener of its own, and so may a capture: then the port tells. On
//! one port, devices are told apart by who they are: requests belong together when they share an
//! access token, a client (`client_id`) or a device identifier. One that shows nothing of these
//! belongs to whom the same machine's request before it did.

use std::collections::HashMap;

use super::found::Found;
use crate::trace::Call;

/// Notes for each exchange the device that it came from; returns how many devices there are.
pub(super) fn tell_apart(found: &mut [(u32, Found)], one_device: bool) -> u32 {
    if one_device {
        return 1;
    }
    let mut ports: HashMap<String, u32> = HashMap::new();
    for (_, found) in found.iter_mut() {
        let count = u32::try_from(ports.len()).unwrap_or(u32::MAX);
        let port = port(&found.authority);
        let known = ports.get(port).copied();
        found.exchange.device = known.unwrap_or(count);
        if known.is_none() {
            ports.insert(port.to_owned(), count);
        }
    }
    match u32::try_from(ports.len()) {
        Ok(0 | 1) => by_identity(found),
        ports => ports.unwrap_or(u32::MAX),
    }
}

fn port(authority: &str) -> &str {
    let port = authority.rsplit_once(':').map(|(_, port)| port).unwrap_or_default();
    if port.bytes().all(|byte| byte.is_ascii_digit()) { port } else { "" }
}

fn by_identity(found: &mut [(u32, Found)]) -> u32 {
    let mut groups = Groups::default();
    let mut of = Vec::with_capacity(found.len());
    {
        let mut known = HashMap::new();
        for (_, found) in found.iter() {
            of.push(groups.of(&mut known, found));
        }
    }
    // Credentials that nobody ever uses are no device of their own.
    let mut used = vec![false; groups.parents.len()];
    for ((_, found), group) in found.iter().zip(&mut of) {
        *group = group.map(|group| groups.root(group));
        if let Some(group) = group.filter(|_| found.exchange.call != Some(Call::Register)) {
            used[group] = true;
        }
    }
    let mut last_of_peer: HashMap<&str, usize> = HashMap::new();
    let mut last = of.iter().copied().flatten().find(|group| used[*group]);
    let mut numbers: HashMap<usize, u32> = HashMap::new();
    let mut devices = Vec::with_capacity(found.len());
    for ((_, found), group) in found.iter().zip(of) {
        let group = group.filter(|group| used[*group]);
        let group = group.or_else(|| last_of_peer.get(&*found.peer).copied()).or(last);
        let Some(group) = group else {
            devices.push(0);
            continue;
        };
        last_of_peer.insert(&found.peer, group);
        last = Some(group);
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        devices.push(*numbers.entry(group).or_insert(next));
    }
    for ((_, found), device) in found.iter_mut().zip(devices) {
        found.exchange.device = device;
    }
    u32::try_from(numbers.len().max(1)).unwrap_or(u32::MAX)
}

/// Something that shows who sent a request.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Mark<'f> {
    Token(&'f str),
    Client(&'f str),
    Device(&'f str),
    /// The code of a session, for what a browser asks.
    Code(&'f str),
}

/// Groups of marks that belong together.
#[derive(Default)]
struct Groups {
    parents: Vec<usize>,
}

impl Groups {
    /// The group of what an exchange shows; its marks become one group.
    fn of<'f>(&mut self, known: &mut HashMap<Mark<'f>, usize>, found: &'f Found) -> Option<usize> {
        let exchange = &found.exchange;
        if found.by_user_agent {
            return known.get(&Mark::Code(exchange.code.as_deref()?)).copied();
        }
        let mut group = None;
        let mut mark = |groups: &mut Self, mark: Mark<'f>| {
            let place = *known.entry(mark).or_insert_with(|| groups.new_group());
            let joined = group.map_or(place, |group| groups.join(group, place));
            group = Some(joined);
        };
        if let Some(token) = exchange.bearer().filter(|token| !token.is_empty()) {
            mark(self, Mark::Token(token));
        }
        if let Some(device) = exchange.header("ap-device-identifier") {
            mark(self, Mark::Device(device));
        }
        match exchange.call {
            Some(Call::Register) => {
                if let Some(told) = exchange.credentials() {
                    mark(self, Mark::Client(told.client_id));
                }
            }
            Some(Call::Token) => {
                let pairs = exchange.body.split('&').filter_map(|pair| pair.split_once('='));
                if let Some((_, client)) = { pairs }.find(|(name, _)| *name == "client_id") {
                    mark(self, Mark::Client(client));
                }
                if let Some(told) = exchange.token() {
                    mark(self, Mark::Token(told.value));
                }
            }
            _ => {}
        }
        if let (Some(group), Some(code)) = (group, exchange.session().and_then(|told| told.code)) {
            known.insert(Mark::Code(code), group);
        }
        group
    }

    fn new_group(&mut self) -> usize {
        self.parents.push(self.parents.len());
        self.parents.len() - 1
    }

    fn root(&mut self, mut group: usize) -> usize {
        while self.parents[group] != group {
            self.parents[group] = self.parents[self.parents[group]];
            group = self.parents[group];
        }
        group
    }

    fn join(&mut self, one: usize, other: usize) -> usize {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other)] = one.min(other);
        one.min(other)
    }
}
