//! Who is served while there are more connections than places.
//!
//! A connection that is being answered keeps its place, and so does one that has only just come. Any
//! other one loses it, when somebody new waits for a place and all are taken: found by a hand that
//! goes round and passes over everyone whose requests have been answered since it last came by. So
//! nobody who only holds connections open keeps others out, however many they are, and the more there
//! are, the longer it takes until the hand comes by again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::patience::Activity;

/// How long a connection keeps its place at least, from its beginning and from when it was seen that
/// a request of it had been answered.
const PATIENCE: Duration = Duration::from_millis(100);

/// How soon it is looked again for somebody who makes room.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// The places of some listeners together.
pub(crate) struct Room {
    free: Arc<Semaphore>,
    places: Mutex<Places>,
}

#[derive(Default)]
struct Places {
    all: Vec<Option<Place>>,
    empty: Vec<usize>,
    /// Where it is looked next for somebody who makes room.
    hand: usize,
}

struct Place {
    activity: Arc<Activity>,
    /// How many requests had been answered when the hand came by.
    seen: u32,
    /// When the hand saw that first, or when the connection began.
    since: Instant,
}

/// A connection's place, until this is dropped.
pub(super) struct Seat {
    room: Arc<Room>,
    index: usize,
    _permit: OwnedSemaphorePermit,
}

impl Room {
    /// Room for so many connections.
    pub(crate) fn new(connections: usize) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self { free, places: Mutex::default() })
    }

    /// A place for a connection, which another one loses if need be; waits while nobody can.
    pub(super) async fn seat(self: &Arc<Self>, activity: Arc<Activity>) -> Seat {
        let permit = loop {
            if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
                break permit;
            }
            self.make();
            let waiting = Arc::clone(&self.free).acquire_owned();
            if let Ok(Ok(permit)) = tokio::time::timeout(LOOK_AGAIN, waiting).await {
                break permit;
            }
        };
        let index = self.places().add(Place { activity, seen: 0, since: Instant::now() });
        Seat { room: Arc::clone(self), index, _permit: permit }
    }

    /// Ends a connection that keeps the server waiting; false when there is none.
    pub(super) fn make(&self) -> bool {
        let unwanted = self.places().unwanted(Instant::now());
        unwanted.is_some_and(|activity| activity.end())
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.places().remove(self.index);
    }
}

impl Places {
    fn add(&mut self, place: Place) -> usize {
        match self.empty.pop() {
            Some(index) => {
                self.all[index] = Some(place);
                index
            }
            None => {
                self.all.push(Some(place));
                self.all.len() - 1
            }
        }
    }

    fn remove(&mut self, index: usize) {
        self.all[index] = None;
        self.empty.push(index);
    }

    /// The next one that keeps waiting, and has not been answered since the hand came by, or ever.
    fn unwanted(&mut self, now: Instant) -> Option<Arc<Activity>> {
        for _ in 0..self.all.len() {
            self.hand = (self.hand + 1) % self.all.len();
            let Some(place) = &mut self.all[self.hand] else { continue };
            let Some(answered) = place.activity.waits() else { continue };
            if place.seen != answered {
                (place.seen, place.since) = (answered, now);
            } else if now - place.since >= PATIENCE {
                return Some(Arc::clone(&place.activity));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bench {
        places: Places,
        begun: Instant,
    }

    impl Bench {
        fn new() -> Self {
            Self { places: Places::default(), begun: Instant::now() }
        }

        fn at(&self, millis: u64) -> Instant {
            self.begun + Duration::from_millis(millis)
        }

        fn comes(&mut self, millis: u64) -> Arc<Activity> {
            let (activity, since) = (Activity::new(), self.at(millis));
            self.places.add(Place { activity: Arc::clone(&activity), seen: 0, since });
            activity
        }

        /// Who makes room, which is at once used by somebody else.
        fn makes_room(&mut self, millis: u64) -> Option<Arc<Activity>> {
            let now = self.at(millis);
            let unwanted = self.places.unwanted(now)?;
            self.places.remove(self.places.hand);
            self.comes(millis);
            Some(unwanted)
        }
    }

    fn is(found: Option<Arc<Activity>>, expected: &Arc<Activity>) -> bool {
        found.is_some_and(|found| Arc::ptr_eq(&found, expected))
    }

    #[test]
    fn whoever_is_answered_keeps_its_place_and_whoever_only_sends_does_not() {
        let mut bench = Bench::new();
        let [answered, sends, idle] = [0, 0, 0].map(|at| bench.comes(at));
        let (_answering, sending) = (answered.busy(), sends.busy());
        let _coming = sending.coming();
        assert!(is(bench.makes_room(1_000), &sends));
        assert!(is(bench.makes_room(1_000), &idle));
        assert!(bench.makes_room(1_099).is_none(), "the others have only just come");
        assert!(bench.makes_room(1_100).is_some());
    }

    #[test]
    fn who_has_been_answered_since_the_hand_came_by_is_passed_over() {
        let mut bench = Bench::new();
        let [used, idle, silent] = [0, 0, 0].map(|at| bench.comes(at));
        drop((used.busy(), idle.busy()));
        assert!(is(bench.makes_room(1_000), &silent));
        drop(used.busy());
        assert!(bench.makes_room(1_050).is_none(), "each has some time from when it was seen");
        drop(used.busy());
        assert!(is(bench.makes_room(1_100), &idle));
    }

    #[test]
    fn a_flood_does_not_reach_whoever_is_answered_once_a_round() {
        let mut bench = Bench::new();
        let used = bench.comes(0);
        (0..99).for_each(|_| drop(bench.comes(0)));
        for turn in 0..1_000 {
            if turn % 99 == 0 {
                drop(used.busy());
            }
            assert!(!is(bench.makes_room(1_000 + 100 * turn), &used), "{turn}");
        }
    }

    #[tokio::test]
    async fn places_are_used_again_and_waited_for() {
        let room = Room::new(1);
        for _ in 0..100 {
            drop(room.seat(Activity::new()).await);
        }
        assert_eq!(room.places().all.len(), 1);
        let first = Activity::new();
        let (seat, answering) = (room.seat(Arc::clone(&first)).await, first.busy());
        let task = tokio::spawn(async move {
            let _seat = seat;
            std::future::pending::<()>().await;
        });
        first.is_served_by(task.abort_handle());
        let waiting = tokio::spawn({
            let room = Arc::clone(&room);
            async move { drop(room.seat(Activity::new()).await) }
        });
        tokio::time::sleep(2 * PATIENCE).await;
        assert!(!waiting.is_finished() && !task.is_finished());
        drop(answering);
        waiting.await.unwrap();
        assert!(task.await.unwrap_err().is_cancelled());
    }
}
