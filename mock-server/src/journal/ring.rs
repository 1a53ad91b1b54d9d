//! Stretches of bytes, one behind the other, of which the oldest go.

use std::collections::VecDeque;
use std::ops::Range;

use super::Capacity;

/// How much is gathered before it is put with the rest: a stretch of memory that a core has at hand,
/// because it is used over and over.
const AT_HAND: usize = 16 << 10;

/// A queue of stretches of bytes in one piece of memory, which is used over and over.
///
/// That piece is so large that no core has at hand what is written next, and whoever writes there waits
/// for it. So the newest stretches are gathered at hand, and follow the older ones many at a time.
#[derive(Debug, Default)]
pub(super) struct Ring {
    older: VecDeque<u8>,
    newest: Vec<u8>,
    lengths: VecDeque<u32>,
    /// How many were ever added; those kept are the last of them.
    added: u64,
}

impl Ring {
    /// How many stretches are kept.
    pub(super) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// How many there ever were.
    pub(super) fn added(&self) -> u64 {
        self.added
    }

    /// Adds a stretch and returns how many had to go. The newest stays whatever its length.
    pub(super) fn push(&mut self, stretch: &[u8], most: Capacity) -> u64 {
        let mut gone = 0;
        while self.len() >= most.entries || self.bytes() + stretch.len() > most.bytes {
            let Some(length) = self.lengths.pop_front() else { break };
            self.forget(length as usize, most.bytes);
            gone += 1;
        }
        if self.newest.len() + stretch.len() > AT_HAND {
            self.gather(most.bytes);
        }
        if stretch.len() > AT_HAND {
            self.append(stretch, most.bytes);
        } else {
            self.newest.reserve_exact(AT_HAND - self.newest.len());
            self.newest.extend_from_slice(stretch);
        }
        // Nothing of 4 GiB comes over a connection.
        self.lengths.push_back(u32::try_from(stretch.len()).unwrap_or(u32::MAX));
        self.added += 1;
        gone
    }

    /// How many bytes are kept.
    fn bytes(&self) -> usize {
        self.older.len() + self.newest.len()
    }

    /// Lets so many of the oldest bytes go.
    fn forget(&mut self, length: usize, most: usize) {
        if self.older.len() < length {
            self.gather(most);
        }
        self.older.drain(..length.min(self.older.len()));
    }

    /// Puts the newest with the older ones.
    fn gather(&mut self, most: usize) {
        let newest = std::mem::take(&mut self.newest);
        self.append(&newest, most);
        self.newest = newest;
        self.newest.clear();
    }

    /// Grows by doubling, but not beyond what may be kept.
    fn append(&mut self, bytes: &[u8], most: usize) {
        let (kept, needed) = (self.older.len(), self.older.len() + bytes.len());
        if needed > self.older.capacity() {
            let room = (self.older.capacity() * 2).min(most).max(needed);
            self.older.reserve_exact(room - kept);
        }
        self.older.extend(bytes);
    }

    /// Forgets all of them, and gives their memory back.
    pub(super) fn clear(&mut self) {
        (self.older, self.newest, self.lengths) = Default::default();
    }

    /// What is kept, but for so many of the oldest.
    pub(super) fn copy(&self, skip: usize) -> Copied {
        let skip = skip.min(self.len());
        let mut skipped: usize = self.lengths.range(..skip).map(|length| *length as usize).sum();
        let mut bytes = Vec::with_capacity(self.bytes() - skipped);
        let (front, back) = self.older.as_slices();
        for part in [front, back, &self.newest] {
            bytes.extend_from_slice(part.get(skipped..).unwrap_or_default());
            skipped = skipped.saturating_sub(part.len());
        }
        Copied { bytes, lengths: self.lengths.range(skip..).copied().collect() }
    }

    /// The newest stretch of which the first bytes are the wanted ones.
    pub(super) fn find(&self, wanted: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
        let mut end = self.bytes();
        for length in self.lengths.iter().rev() {
            let begin = end - *length as usize;
            let mut first = [0; FIRST];
            let there = self.range(begin..end.min(begin + FIRST));
            first.iter_mut().zip(there).for_each(|(to, byte)| *to = byte);
            if wanted(&first) {
                return Some(self.range(begin..end).collect());
            }
            end = begin;
        }
        None
    }

    /// Some of the bytes that are kept.
    fn range(&self, range: Range<usize>) -> impl Iterator<Item = u8> {
        let older = self.older.len();
        let within = |at: usize| at.min(older);
        let beyond = |at: usize| at.saturating_sub(older);
        let newest = &self.newest[beyond(range.start)..beyond(range.end)];
        self.older.range(within(range.start)..within(range.end)).chain(newest).copied()
    }
}

/// How much of a stretch is shown to who looks for one.
const FIRST: usize = super::record::ORDER;

/// A copy of some stretches.
#[derive(Debug)]
pub(super) struct Copied {
    bytes: Vec<u8>,
    lengths: Vec<u32>,
}

impl Copied {
    /// Each of them, oldest first.
    pub(super) fn each(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.bytes[..];
        self.lengths.iter().map(move |length| {
            let (stretch, behind) = rest.split_at_checked(*length as usize).unwrap_or((rest, &[]));
            rest = behind;
            stretch
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(ring: &Ring, skip: usize) -> Vec<Vec<u8>> {
        ring.copy(skip).each().map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn it_takes_no_more_memory_than_it_may_keep() {
        let (mut ring, most) = (Ring::default(), Capacity { entries: usize::MAX, bytes: 10_000 });
        for _ in 0..1_000 {
            ring.push(&[7; 99], most);
        }
        assert!(ring.older.capacity() <= 10_000, "{}", ring.older.capacity());
        assert!(ring.newest.capacity() <= AT_HAND, "{}", ring.newest.capacity());
        ring.push(&[7; 30_000], most);
        assert_eq!((ring.len(), ring.bytes()), (1, 30_000));
        ring.clear();
        let room = ring.older.capacity() + ring.newest.capacity();
        assert_eq!((room, ring.len(), ring.added()), (0, 0, 1_001));
    }

    /// Short ones, and such as are gathered in twos and threes or not at all.
    fn stretches() -> impl Strategy<Value = Vec<u8>> {
        let long = (any::<u8>(), 0..AT_HAND + 100).prop_map(|(byte, length)| vec![byte; length]);
        prop_oneof![4 => prop::collection::vec(any::<u8>(), 0..40), 1 => long]
    }

    proptest! {
        #[test]
        fn it_keeps_the_last_that_fit(
            stretches in prop::collection::vec(stretches(), 0..60),
            entries in 1..20_usize,
            bytes in prop_oneof![0..200_usize, 0..4 * AT_HAND],
            skip in 0..25_usize,
        ) {
            let (mut ring, most) = (Ring::default(), Capacity { entries, bytes });
            let mut gone = 0;
            for stretch in &stretches {
                gone += ring.push(stretch, most);
            }
            prop_assert_eq!(gone, (stretches.len() - ring.len()) as u64);
            let last = &stretches[stretches.len() - ring.len()..];
            prop_assert_eq!(kept(&ring, 0), last.to_vec());
            prop_assert_eq!(kept(&ring, skip), last.get(skip..).unwrap_or_default().to_vec());
            let total: usize = last.iter().map(Vec::len).sum();
            prop_assert!(ring.len() <= entries && (total <= bytes || ring.len() == 1));
            // One more would not have fitted.
            if let Some(before) = stretches.len().checked_sub(ring.len() + 1) {
                prop_assert!(ring.len() == entries || total + stretches[before].len() > bytes);
            }
        }

        #[test]
        fn the_newest_of_several_is_found(firsts in prop::collection::vec(0..9_u64, 1..40)) {
            let mut ring = Ring::default();
            for (at, first) in firsts.iter().enumerate() {
                // Together more than is gathered.
                let stretch = [&first.to_le_bytes()[..], &vec![9; at * 50]].concat();
                ring.push(&stretch, Capacity { entries: 30, bytes: usize::MAX });
            }
            for wanted in 0..9_u64 {
                let found = ring.find(|flat| flat == wanted.to_le_bytes());
                let kept = firsts.iter().enumerate().skip(firsts.len().saturating_sub(30));
                let newest = kept.rev().find(|(_, first)| **first == wanted);
                prop_assert_eq!(found.map(|found| found.len()), newest.map(|(at, _)| at * 50 + FIRST));
            }
        }
    }
}
