//! The journal itself: bounded, appended to without a global lock, read in order of arrival.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::record::{self, Written};
use super::ring::{Copied, Ring};
use super::watchers::Watchers;
use super::{Entry, Glance, News, Position};

/// Appends go round these in turn, so that two hardly ever meet.
pub(super) const SHARDS: usize = 16;

/// How much a journal keeps. The oldest entries go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// At most this many exchanges, rounded up to a multiple of 16.
    pub entries: usize,
    /// At most this many bytes of bodies and headers, roughly.
    pub bytes: usize,
}

impl Capacity {
    /// Keeps everything: for runs of known length.
    pub const UNLIMITED: Self = Self { entries: usize::MAX, bytes: usize::MAX };
}

impl Default for Capacity {
    fn default() -> Self {
        Self { entries: 10_000, bytes: 64 << 20 }
    }
}

/// The memory of all exchanges.
pub struct Journal {
    shards: [Mutex<Ring>; SHARDS],
    next: AtomicUsize,
    /// How much a shard keeps.
    share: Capacity,
    forgotten: AtomicU64,
    watchers: Watchers,
    appended: Notify,
}

/// The wait ended before enough exchanges matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("only {seen} matching exchanges came in time")]
pub struct WaitTimeout {
    /// How many did match.
    pub seen: usize,
}

impl Journal {
    /// An empty journal.
    pub fn new(capacity: Capacity) -> Self {
        Self {
            shards: Default::default(),
            next: AtomicUsize::new(0),
            share: Capacity {
                entries: capacity.entries.div_ceil(SHARDS),
                bytes: capacity.bytes / SHARDS,
            },
            forgotten: AtomicU64::new(0),
            watchers: Watchers::new(),
            appended: Notify::new(),
        }
    }

    /// Everything kept, in order of arrival.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.matching(|_| true)
    }

    /// What arrived after the stamp of this order, in order of arrival. An exchange that arrived
    /// earlier but was answered late is not among them: who follows along uses
    /// [`news`](Self::news).
    pub fn entries_since(&self, order: u64) -> Vec<Arc<Entry>> {
        self.read(|flat| record::order(flat) > order, |_| true)
    }

    /// The exchange that arrived at this place in the order, if it is kept.
    pub fn find(&self, order: u64) -> Option<Arc<Entry>> {
        let is_it = |first: &[u8]| record::order(first) == order;
        let flat = self.shards.iter().find_map(|shard| locked(shard).find(is_it))?;
        Some(Arc::new(record::read(&flat)))
    }

    /// What matches, in order of arrival.
    pub fn matching(&self, matches: impl Fn(&Entry) -> bool) -> Vec<Arc<Entry>> {
        self.read(|_| true, matches)
    }

    /// What matches of the exchanges that are worth reading by their [`record::order`], in order of
    /// arrival. Nobody who writes something down waits for what is read.
    fn read(
        &self,
        worth: impl Fn(&[u8]) -> bool,
        matches: impl Fn(&Entry) -> bool,
    ) -> Vec<Arc<Entry>> {
        let mut found = Vec::new();
        for ring in &self.shards {
            let copied = locked(ring).copy(0);
            let entries = copied.each().filter(|flat| worth(flat)).map(record::read);
            found.extend(entries.filter(|entry| matches(entry)).map(Arc::new));
        }
        found.sort_unstable_by_key(|entry| entry.arrived);
        found
    }

    /// Waits until `n` kept exchanges match, and returns all that do; gives up when `patience`
    /// completes, which is a sleep on whichever clock the caller means.
    pub async fn wait_until(
        &self,
        n: usize,
        matches: impl Fn(&Entry) -> bool,
        patience: impl Future<Output = ()>,
    ) -> Result<Vec<Arc<Entry>>, WaitTimeout> {
        let _watching = self.watchers.enter();
        tokio::pin!(patience);
        // Each exchange is read once; those that had to go since are noticed when enough seem to be
        // there.
        let (mut position, mut seen) = (Position::default(), 0);
        loop {
            // Registered before the journal is read, so that an entry in between is not missed.
            let appended = self.appended.notified();
            tokio::pin!(appended);
            appended.as_mut().enable();
            let news = self.news(&mut position);
            seen += news.entries.iter().filter(|entry| matches(entry)).count();
            if seen >= n {
                position = self.end();
                let found = self.matching(&matches);
                if found.len() >= n {
                    return Ok(found);
                }
                seen = found.len();
            }
            tokio::select! {
                () = appended => {}
                () = &mut patience => {
                    return Err(WaitTimeout { seen: self.matching(&matches).len() });
                }
            }
        }
    }

    /// The place behind everything that was written down so far.
    pub fn end(&self) -> Position {
        let mut position = Position::default();
        for (shard, added) in self.shards.iter().zip(&mut position.0) {
            *added = locked(shard).added();
        }
        position
    }

    /// What was written down since `position`, in order of arrival; moves the position behind it.
    ///
    /// For who follows along: nothing is written down twice or passed over, however late it was
    /// answered, and the request path knows nothing of followers.
    pub fn news(&self, position: &mut Position) -> News {
        self.newest(position, usize::MAX)
    }

    /// The same, of which only so many of the newest are read: who follows a flood pays for what they
    /// look at.
    pub fn newest(&self, position: &mut Position, most: usize) -> News {
        let (copied, forgotten) = self.since(position);
        let news = in_order(&copied);
        let (left_out, newest) = news.split_at(news.len().saturating_sub(most));
        let orders = left_out.iter().map(|flat| record::order(flat));
        News {
            entries: newest.iter().map(|flat| Arc::new(record::read(flat))).collect(),
            left_out: orders.collect(),
            forgotten,
        }
    }

    /// Looks at what was written down since `position`, in order of arrival, without reading it.
    pub(crate) fn glance(&self, position: &mut Position, mut see: impl FnMut(&Glance<'_>)) {
        let (copied, _) = self.since(position);
        in_order(&copied).into_iter().for_each(|flat| see(&Glance::new(flat)));
    }

    /// What is kept since `position`, and how many are gone already.
    fn since(&self, position: &mut Position) -> (Vec<Copied>, u64) {
        let mut forgotten = 0;
        let copy = |(ring, seen): (&Mutex<Ring>, &mut u64)| {
            let ring = locked(ring);
            let oldest = ring.added() - ring.len() as u64;
            forgotten += oldest.saturating_sub(*seen);
            let skip = usize::try_from((*seen).saturating_sub(oldest)).unwrap_or(usize::MAX);
            *seen = ring.added();
            ring.copy(skip)
        };
        let copied = self.shards.iter().zip(&mut position.0).map(copy).collect();
        (copied, forgotten)
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.shards.iter().for_each(|ring| locked(ring).clear());
    }

    /// How many exchanges are kept.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| locked(shard).len()).sum()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many exchanges had to go to make room since the start.
    pub fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Relaxed)
    }

    /// How many exchanges were written down since the start.
    pub fn appended(&self) -> usize {
        self.next.load(Ordering::Relaxed)
    }

    /// Writes one exchange down. Only `pipeline` does.
    pub(crate) fn append<'a>(&self, exchange: impl Into<Written<'a>>) {
        let evicted = record::flat(&exchange.into(), |flat| {
            let turn = self.next.fetch_add(1, Ordering::Relaxed) % SHARDS;
            locked(&self.shards[turn]).push(flat, self.share)
        });
        if evicted > 0 {
            self.forgotten.fetch_add(evicted, Ordering::Relaxed);
        }
        if self.watchers.is_anybody() {
            self.appended.notify_waiters();
        }
    }
}

impl Default for Journal {
    fn default() -> Self {
        Self::new(Capacity::default())
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// Each of them, in order of arrival.
fn in_order(copied: &[Copied]) -> Vec<&[u8]> {
    let mut all: Vec<&[u8]> = copied.iter().flat_map(Copied::each).collect();
    all.sort_unstable_by_key(|flat| record::order(flat));
    all
}

fn locked(shard: &Mutex<Ring>) -> MutexGuard<'_, Ring> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};
    use std::time::Duration;

    use bytes::Bytes;
    use http::{HeaderMap, Method, StatusCode};

    use super::*;
    use crate::clock::{Clock, Mode, Stamp, Timestamp};
    use crate::journal::{Actor, Facts, LeftOut, Outcome};

    const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);

    fn clock() -> Clock {
        Clock::starting_at(Timestamp(0), Mode::Manual)
    }

    fn entry(arrived: Stamp, path: &str, body: usize) -> Entry {
        Entry {
            arrived,
            answered: arrived,
            version: http::Version::HTTP_11,
            secure: false,
            method: Method::GET,
            path: path.to_owned(),
            query: None,
            request_headers: HeaderMap::new(),
            request_body: Bytes::new(),
            peer: ADDRESS,
            local: ADDRESS,
            device_address: ADDRESS.ip(),
            actor: Actor::Client,
            endpoint: None,
            facts: Facts::default(),
            outcome: Outcome::Answered {
                status: StatusCode::OK,
                headers: HeaderMap::new(),
                body: Bytes::from(vec![0; body]),
                complete: true,
            },
            faults: Vec::new(),
            near_miss: None,
        }
    }

    fn paths(entries: &[Arc<Entry>]) -> Vec<&str> {
        entries.iter().map(|entry| entry.path.as_str()).collect()
    }

    #[test]
    fn concurrent_appends_lose_nothing_and_keep_their_order() {
        let (journal, clock) = (Journal::new(Capacity::UNLIMITED), clock());
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (journal, clock) = (&journal, &clock);
                scope.spawn(move || {
                    for n in 0..1000 {
                        journal.append(&entry(clock.stamp(), &format!("{thread}/{n}"), 0));
                    }
                });
            }
        });
        let entries = journal.entries();
        assert_eq!(entries.len(), 8000);
        assert!(entries.is_sorted_by(|a, b| a.arrived < b.arrived));
        for thread in 0..8 {
            let own = entries.iter().filter(|e| e.path.starts_with(&format!("{thread}/")));
            let order: Vec<_> = own.map(|e| e.path[2..].parse::<u32>().unwrap()).collect();
            assert!(order.into_iter().eq(0..1000));
        }
    }

    #[test]
    fn order_is_of_arrival_even_when_answers_overtake() {
        let (journal, clock) = (Journal::default(), clock());
        let (slow, fast) = (clock.stamp(), clock.stamp());
        journal.append(&entry(fast, "fast", 0));
        journal.append(&entry(slow, "slow", 0));
        assert_eq!(paths(&journal.entries()), ["slow", "fast"]);
        assert_eq!(paths(&journal.entries_since(slow.order)), ["fast"]);
        assert!(journal.entries_since(fast.order).is_empty());
    }

    #[test]
    fn the_oldest_go_when_it_is_full() {
        let clock = clock();
        let journal = Journal::new(Capacity { entries: 32, bytes: usize::MAX });
        for n in 0..100 {
            journal.append(&entry(clock.stamp(), &n.to_string(), 0));
        }
        let kept: Vec<_> = (68..100).map(|n| n.to_string()).collect();
        assert_eq!(paths(&journal.entries()), kept);
        assert_eq!(journal.forgotten(), 68);
    }

    #[test]
    fn large_bodies_leave_room_for_fewer() {
        let clock = clock();
        let journal = Journal::new(Capacity { entries: 10_000, bytes: 1 << 20 });
        for _ in 0..1000 {
            journal.append(&entry(clock.stamp(), "/", 10_000));
        }
        assert!((64..110).contains(&journal.len()), "{}", journal.len());
        journal.clear();
        assert!(journal.is_empty());
        journal.append(&entry(clock.stamp(), "/", 10 << 20));
        assert_eq!(journal.len(), 1, "the newest is kept whatever its size");
    }

    #[tokio::test]
    async fn waiting_ends_when_enough_match() {
        let (journal, clock) = (Arc::new(Journal::default()), clock());
        let waiter = tokio::spawn({
            let journal = Arc::clone(&journal);
            let forever = std::future::pending();
            async move { journal.wait_until(2, |entry| entry.path == "/yes", forever).await }
        });
        for path in ["/yes", "/no"] {
            journal.append(&entry(clock.stamp(), path, 0));
            tokio::task::yield_now().await;
        }
        assert!(!waiter.is_finished());
        journal.append(&entry(clock.stamp(), "/yes", 0));
        assert_eq!(paths(&waiter.await.unwrap().unwrap()), ["/yes", "/yes"]);
    }

    #[tokio::test]
    async fn waiting_ends_with_its_patience() {
        let (journal, clock) = (Arc::new(Journal::default()), clock());
        journal.append(&entry(clock.stamp(), "/", 0));
        let waiter = tokio::spawn({
            let (journal, clock) = (Arc::clone(&journal), clock.clone());
            async move { journal.wait_until(2, |_| true, clock.sleep(Duration::from_secs(60))).await }
        });
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(60));
        assert_eq!(waiter.await.unwrap().unwrap_err(), WaitTimeout { seen: 1 });
        assert!(!journal.watchers.is_anybody());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_wake_up_is_lost_between_threads() {
        let clock = clock();
        for _ in 0..500 {
            let journal = Arc::new(Journal::default());
            let writer = tokio::spawn({
                let (journal, clock) = (Arc::clone(&journal), clock.clone());
                async move { journal.append(&entry(clock.stamp(), "/", 0)) }
            });
            let patience = tokio::time::sleep(Duration::from_secs(20));
            journal.wait_until(1, |_| true, patience).await.unwrap();
            writer.await.unwrap();
        }
    }

    #[test]
    fn a_follower_gets_everything_once_or_is_told_how_much_is_gone() {
        let (journal, clock) = (Journal::new(Capacity { entries: 64, bytes: 1 << 20 }), clock());
        journal.append(&entry(clock.stamp(), "before", 0));
        let (mut all, mut new) = (Position::default(), journal.end());
        let slow = clock.stamp();
        journal.append(&entry(clock.stamp(), "one", 0));
        assert_eq!(paths(&journal.news(&mut new).entries), ["one"]);
        assert_eq!(paths(&journal.news(&mut all).entries), ["before", "one"]);
        assert!(journal.news(&mut all).entries.is_empty());
        assert_eq!(all, new);
        journal.append(&entry(slow, "slow", 0));
        assert_eq!(paths(&journal.news(&mut new).entries), ["slow"], "though it came earlier");
        for n in 0..100 {
            journal.append(&entry(clock.stamp(), &n.to_string(), 0));
        }
        let news = journal.news(&mut new);
        assert_eq!((news.entries.len(), news.forgotten), (64, 36));
        assert_eq!(news.entries[0].path, "36");
        journal.append(&entry(clock.stamp(), "cleared", 0));
        journal.clear();
        journal.append(&entry(clock.stamp(), "after", 0));
        let news = journal.news(&mut new);
        assert_eq!((paths(&news.entries), news.forgotten), (vec!["after"], 1));
    }

    #[test]
    fn who_follows_a_flood_reads_the_newest_and_is_told_of_the_rest() {
        let (journal, clock) = (Journal::default(), clock());
        let mut position = journal.end();
        let stamps: Vec<Stamp> = (0..100).map(|_| clock.stamp()).collect();
        // Not in the order in which they came.
        stamps.iter().rev().for_each(|stamp| {
            journal.append(&entry(*stamp, &stamp.order.to_string(), 0));
        });
        let mut seen = Vec::new();
        journal.glance(&mut position.clone(), |glance| seen.push(glance.arrived));
        assert_eq!(seen, stamps);
        let mut all = journal.news(&mut position.clone());
        let newest = journal.newest(&mut position, 30);
        assert_eq!(position, journal.end());
        let order = |index: usize| Some(stamps[index].order);
        let left_out = LeftOut { count: 70, first: order(0), last: order(69) };
        assert_eq!((newest.left_out, newest.entries.len()), (left_out, 30));
        assert_eq!(all.left_out, LeftOut::default());
        all.keep_newest(30);
        assert_eq!((all.left_out, paths(&all.entries)), (left_out, paths(&newest.entries)));
    }

    #[test]
    fn a_place_survives_as_a_number() {
        let (journal, clock) = (Journal::default(), clock());
        for n in 0..40 {
            journal.append(&entry(clock.stamp(), &n.to_string(), 0));
        }
        let mut again = Position::from_number(journal.end().number());
        let repeated = journal.news(&mut again).entries.len();
        assert!(repeated < SHARDS, "{repeated}");
        let mut elsewhere = Position::from_number(1_000);
        assert!(journal.news(&mut elsewhere).entries.is_empty());
        assert_eq!(elsewhere, journal.end());
    }
}
