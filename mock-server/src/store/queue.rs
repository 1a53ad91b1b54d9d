//! What has changed and is not written yet, and who waits for it.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::PATIENCE;
use super::places::Places;
use crate::domain::Owner;
use crate::domain::changes::{Follower, Key};

/// What an answer must not leave before; nothing unless something was changed or seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Promise(u64);

thread_local! {
    /// The highest change that was made or seen since the watching began.
    static WATCHED: Cell<u64> = const { Cell::new(0) };
}

/// Does some work that does not wait, and tells what it promised.
pub(super) fn watch<T>(work: impl FnOnce() -> T) -> (T, Promise) {
    WATCHED.set(0);
    let done = work();
    (done, Promise(WATCHED.get()))
}

fn watched(change: u64) {
    WATCHED.set(WATCHED.get().max(change));
}

/// Changes by the order in which they were told.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
    /// The highest change that somebody may wait for.
    promised: AtomicU64,
    /// Up to which change nobody needs to wait any more.
    released: watch::Sender<u64>,
    places: Places,
    problem: Mutex<Option<String>>,
    failing: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    keys: Vec<Key>,
    /// How many changes there have been.
    count: u64,
    /// Whether somebody waits.
    urgent: bool,
    closing: bool,
}

/// What is to be written next.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) keys: Vec<Key>,
    /// The highest change in it.
    pub(super) up_to: u64,
    /// Whether nothing comes after it.
    pub(super) last: bool,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            wake: Condvar::new(),
            promised: AtomicU64::new(0),
            released: watch::Sender::new(0),
            places: Places::default(),
            problem: Mutex::default(),
            failing: AtomicBool::new(false),
        }
    }
}

impl Queue {
    /// Adds a change and returns its number.
    fn add(&self, key: Option<Key>, urgent: bool) -> u64 {
        let mut waiting = self.waiting();
        waiting.count += 1;
        let first = waiting.keys.is_empty() && !waiting.urgent;
        let sooner = urgent && !waiting.urgent;
        waiting.urgent |= urgent;
        waiting.keys.extend(key);
        let number = waiting.count;
        if urgent {
            self.promised.store(number, Ordering::SeqCst);
        }
        drop(waiting);
        if first || sooner {
            self.wake.notify_one();
        }
        number
    }

    /// Lets the writer write although nothing has changed.
    pub(super) fn touch(&self) {
        watched(self.add(None, true));
    }

    /// All that was promised so far.
    pub(super) fn latest(&self) -> Promise {
        Promise(self.promised.load(Ordering::SeqCst))
    }

    /// Whether a promise is kept already, or cannot be.
    pub(super) fn has(&self, promise: &Promise) -> bool {
        *self.released.borrow() >= promise.0 || self.failing.load(Ordering::SeqCst)
    }

    /// Waits until a promise is kept, or cannot be.
    pub(super) async fn keep(&self, promise: Promise) {
        if self.has(&promise) {
            return;
        }
        let mut released = self.released.subscribe();
        // The sender lives as long as this does.
        let _ = released.wait_for(|released| *released >= promise.0).await;
    }

    /// Waits for something to write: at once when somebody waits for it, else with some patience,
    /// and after `at_most` in any case.
    pub(super) fn take(&self, at_most: Option<Duration>) -> Batch {
        let mut waiting = self.waiting();
        let is_idle =
            |waiting: &mut Waiting| waiting.keys.is_empty() && !waiting.urgent && !waiting.closing;
        waiting = match at_most {
            None => self.wake.wait_while(waiting, is_idle).unwrap_or_else(PoisonError::into_inner),
            Some(limit) => {
                let waited = self.wake.wait_timeout_while(waiting, limit, is_idle);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        let is_patient = |waiting: &mut Waiting| !waiting.urgent && !waiting.closing;
        if !waiting.keys.is_empty() {
            let waited = self.wake.wait_timeout_while(waiting, PATIENCE, is_patient);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        waiting.urgent = false;
        Batch {
            keys: std::mem::take(&mut waiting.keys),
            up_to: waiting.count,
            last: waiting.closing,
        }
    }

    /// Waits for a while, or until the end comes; whether it has.
    pub(super) fn pause(&self, pause: Duration) -> bool {
        let waited =
            self.wake.wait_timeout_while(self.waiting(), pause, |waiting| !waiting.closing);
        waited.unwrap_or_else(PoisonError::into_inner).0.closing
    }

    /// What has been written; nobody waits for it any more.
    pub(super) fn release(&self, up_to: u64) {
        *self.problem_place() = None;
        self.failing.store(false, Ordering::SeqCst);
        self.released.send_replace(up_to);
    }

    /// Lets nobody wait for what cannot be written.
    pub(super) fn fail(&self, problem: String) {
        *self.problem_place() = Some(problem);
        self.failing.store(true, Ordering::SeqCst);
        let count = self.waiting().count;
        self.released.send_replace(count);
    }

    /// Why nothing can be written.
    pub(super) fn problem(&self) -> Option<String> {
        self.problem_place().clone()
    }

    /// Lets the writer come to its end.
    pub(super) fn close(&self) {
        self.waiting().closing = true;
        self.wake.notify_one();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn problem_place(&self) -> MutexGuard<'_, Option<String>> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower for Queue {
    fn promised(&self, key: Key) {
        let owner = match &key {
            Key::Profiles(owner) => Some(Arc::clone(owner)),
            _ => None,
        };
        let number = self.add(Some(key), true);
        if let Some(owner) = owner {
            self.places.promise(&owner, number);
        }
        watched(number);
    }

    fn noted(&self, key: Key) {
        self.add(Some(key), false);
    }

    fn seen(&self, owner: &Owner) {
        watched(self.places.promised(owner));
    }
}
