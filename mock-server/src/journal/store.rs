//! The journal itself: bounded, appended to without a global lock, read in order of arrival.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast};

use super::{Entry, Outcome};

/// Appends go round these in turn, so that two hardly ever meet.
const SHARDS: usize = 16;

/// How many entries a slow subscriber may fall behind.
const LIVE_BACKLOG: usize = 256;

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
    shards: [Mutex<Shard>; SHARDS],
    next: AtomicUsize,
    capacity: Capacity,
    forgotten: AtomicU64,
    /// How many wait for entries or follow them; nobody is woken while it is zero.
    watchers: AtomicUsize,
    appended: Notify,
    live: broadcast::Sender<Arc<Entry>>,
}

#[derive(Default)]
struct Shard {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
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
            capacity,
            forgotten: AtomicU64::new(0),
            watchers: AtomicUsize::new(0),
            appended: Notify::new(),
            live: broadcast::Sender::new(LIVE_BACKLOG),
        }
    }

    /// Everything kept, in order of arrival.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.matching(|_| true)
    }

    /// What arrived after the stamp of this order, in order of arrival. An exchange that arrived
    /// earlier but was answered late is not among them: who follows along uses
    /// [`subscribe`](Self::subscribe).
    pub fn entries_since(&self, order: u64) -> Vec<Arc<Entry>> {
        self.matching(|entry| entry.arrived.order > order)
    }

    /// What matches, in order of arrival.
    pub fn matching(&self, matches: impl Fn(&Entry) -> bool) -> Vec<Arc<Entry>> {
        let mut found = Vec::new();
        for shard in &self.shards {
            found.extend(locked(shard).entries.iter().filter(|entry| matches(entry)).cloned());
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
        let _watching = Watching::new(&self.watchers);
        tokio::pin!(patience);
        loop {
            // Registered before the journal is read, so that an entry in between is not missed.
            let appended = self.appended.notified();
            tokio::pin!(appended);
            appended.as_mut().enable();
            let found = self.matching(&matches);
            if found.len() >= n {
                return Ok(found);
            }
            tokio::select! {
                () = appended => {}
                () = &mut patience => return Err(WaitTimeout { seen: found.len() }),
            }
        }
    }

    /// Follows new exchanges in the order in which they are answered.
    pub fn subscribe(&self) -> Subscription {
        Subscription { entries: self.live.subscribe() }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        for shard in &self.shards {
            let dropped = std::mem::take(&mut *locked(shard));
            drop(dropped);
        }
    }

    /// How many exchanges are kept.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| locked(shard).entries.len()).sum()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many exchanges had to go to make room since the start.
    pub fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Relaxed)
    }

    /// Writes one exchange down. Only `pipeline` does.
    pub(crate) fn append(&self, entry: Entry) {
        let entry = Arc::new(entry);
        let live = (self.live.receiver_count() > 0).then(|| Arc::clone(&entry));
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % SHARDS;
        let evicted = locked(&self.shards[turn]).push(entry, self.capacity);
        if evicted > 0 {
            self.forgotten.fetch_add(evicted, Ordering::Relaxed);
        }
        // Whoever read this shard before the entry was in it has registered before that: the
        // shard's lock orders the two, so that no wake-up is lost.
        if self.watchers.load(Ordering::Relaxed) > 0 {
            self.appended.notify_waiters();
        }
        if let Some(entry) = live {
            // Fails only when the last follower has just left.
            let _ = self.live.send(entry);
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

impl Shard {
    /// Adds an entry and returns how many had to go.
    fn push(&mut self, entry: Arc<Entry>, capacity: Capacity) -> u64 {
        let (entries, bytes) = (capacity.entries.div_ceil(SHARDS), capacity.bytes / SHARDS);
        self.bytes += size(&entry);
        self.entries.push_back(entry);
        let mut evicted = 0;
        while self.entries.len() > entries || (self.bytes > bytes && self.entries.len() > 1) {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= size(&oldest);
            evicted += 1;
        }
        evicted
    }
}

/// What an entry takes, roughly.
fn size(entry: &Entry) -> usize {
    let answer = match &entry.outcome {
        Outcome::Answered { body, headers, .. } => body.len() + 64 * headers.len(),
        Outcome::Dropped => 0,
    };
    let query = entry.query.as_ref().map_or(0, String::len);
    let request = entry.request_body.len() + 64 * entry.request_headers.len();
    size_of::<Entry>() + entry.path.len() + query + request + answer
}

/// What a follower of the journal hears.
#[derive(Clone, Debug)]
pub enum Live {
    /// One more exchange.
    Entry(Arc<Entry>),
    /// The follower was too slow, and missed this many.
    Missed(u64),
}

/// Follows the journal.
#[derive(Debug)]
pub struct Subscription {
    entries: broadcast::Receiver<Arc<Entry>>,
}

impl Subscription {
    /// The next exchange; `None` when the journal is gone.
    pub async fn next(&mut self) -> Option<Live> {
        match self.entries.recv().await {
            Ok(entry) => Some(Live::Entry(entry)),
            Err(RecvError::Lagged(missed)) => Some(Live::Missed(missed)),
            Err(RecvError::Closed) => None,
        }
    }
}

/// Counts one watcher, also when its wait is cancelled.
struct Watching<'a>(&'a AtomicUsize);

impl<'a> Watching<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn locked(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
