//! What is known of a whole trace before any part of it is looked at.

use std::ops::Range;
use std::sync::{Mutex, OnceLock};

use foldhash::{HashMap, HashSet};

use super::{Token, registration};
use crate::trace::{Moment, Trace};

/// A whole trace: what belongs to which installation, and what one installation can show of another's.
#[derive(Debug)]
pub struct Whole<'t> {
    pub(super) trace: &'t Trace,
    pub(super) tokens: Tokens<'t>,
    pub(super) temporary: OnceLock<HashSet<&'t str>>,
    pub(super) promotions: OnceLock<Promotions<'t>>,
    pub(super) visits: OnceLock<Visits>,
    pub(super) blamed: [OnceLock<Vec<Moment>>; 2],
    pub(super) seals: Mutex<HashMap<&'t str, Seal>>,
    /// By the number of the installation.
    shares: Vec<Share>,
}

/// What the server issued, by the tokens' values.
pub(super) type Tokens<'t> = HashMap<&'t str, Token<'t>>;

/// When each page, by its path and query, was last asked for by a user agent.
pub type Visits = HashMap<(String, Vec<(String, String)>), Moment>;

/// What a media token turns out to be when its signature is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// It is not what a media token looks like.
    Broken,
    /// The signature does not fit.
    Forged,
    /// It fits; the token holds until then, milliseconds since the epoch.
    Genuine(i64),
}

/// Temporary access that is granted to a person: promotional TempPass.
#[derive(Debug, Default)]
pub struct Promotions<'t> {
    /// The MVPDs that are one.
    pub mvpds: HashSet<&'t str>,
    /// What MVPD the codes of sessions are for; empty where no MVPD is one.
    pub codes: HashMap<&'t str, &'t str>,
}

/// The places of what one installation has in a trace, in order.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) device: u32,
    pub(super) exchanges: Vec<u32>,
    pub(super) events: Vec<u32>,
}

impl<'t> Whole<'t> {
    /// Looks through a trace.
    pub fn new(trace: &'t Trace) -> Self {
        Self {
            trace,
            tokens: registration::tokens(trace),
            temporary: OnceLock::new(),
            promotions: OnceLock::new(),
            visits: OnceLock::new(),
            blamed: Default::default(),
            seals: Mutex::default(),
            shares: shares(trace),
        }
    }

    /// Everything.
    pub fn all(&self) -> Range<usize> {
        0..self.shares.len()
    }

    /// Parts that together are everything, in order: as many installations each as have at least so
    /// many exchanges together. The same for the same trace.
    pub fn parts(&self, exchanges: usize) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        let (mut begin, mut held) = (0, 0);
        for (place, share) in self.shares.iter().enumerate() {
            held += share.exchanges.len();
            if held >= exchanges {
                parts.push(begin..place + 1);
                (begin, held) = (place + 1, 0);
            }
        }
        if begin < self.shares.len() {
            parts.push(begin..self.shares.len());
        }
        parts
    }

    pub(super) fn of(&self, part: Range<usize>) -> impl Iterator<Item = &Share> {
        self.shares.get(part).unwrap_or_default().iter()
    }
}

fn shares(trace: &Trace) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    let mut places: HashMap<u32, usize> = HashMap::default();
    let mut last = None;
    let mut share = |device: u32| -> usize {
        // What follows each other is most often of one installation.
        if let Some((_, place)) = last.filter(|(known, _)| *known == device) {
            return place;
        }
        let place = *places.entry(device).or_insert_with(|| {
            shares.push(Share { device, exchanges: Vec::new(), events: Vec::new() });
            shares.len() - 1
        });
        last = Some((device, place));
        place
    };
    let exchanges: Vec<_> = trace.exchanges.iter().map(|exchange| share(exchange.device)).collect();
    let events: Vec<_> = trace.events.iter().map(|event| share(event.device)).collect();
    for (place, share) in (0..).zip(exchanges) {
        shares[share].exchanges.push(place);
    }
    for (place, share) in (0..).zip(events) {
        shares[share].events.push(place);
    }
    shares.sort_by_key(|share| share.device);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::builder::TraceBuilder;

    #[test]
    fn parts_are_everything_once_and_in_order() {
        let story = (0..7).fold(TraceBuilder::new(), |story, device| {
            (0..=device).fold(story.device(6 - device).launch(), |story, _| story.no_profiles())
        });
        let trace = story.build();
        let whole = Whole::new(&trace);
        for size in [0, 1, 3, 10, 28, 29] {
            let parts = whole.parts(size);
            let joined: Vec<_> = parts.iter().cloned().flatten().collect();
            assert_eq!(joined, whole.all().collect::<Vec<_>>());
            let held = |part: &Range<usize>| -> usize {
                whole.of(part.clone()).map(|share| share.exchanges.len()).sum()
            };
            assert!(parts.iter().rev().skip(1).all(|part| held(part) >= size));
        }
        let devices: Vec<_> = whole.of(whole.all()).map(|share| share.device).collect();
        assert_eq!(devices, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(whole.of(0..1).map(|share| share.events.len()).sum::<usize>(), 2);
    }

    #[test]
    fn an_empty_trace_has_no_parts() {
        let trace = Trace::default();
        assert!(Whole::new(&trace).parts(1).is_empty());
    }
}
