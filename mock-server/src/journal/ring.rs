//! Stretches of bytes, one behind the other, of which the oldest go.

use std::collections::VecDeque;

use super::Capacity;

/// A queue of stretches of bytes in one piece of memory, which is used over and over.
#[derive(Debug, Default)]
pub(super) struct Ring {
    bytes: VecDeque<u8>,
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
        while self.len() >= most.entries || self.bytes.len() + stretch.len() > most.bytes {
            let Some(length) = self.lengths.pop_front() else { break };
            self.bytes.drain(..length as usize);
            gone += 1;
        }
        self.make_room(stretch.len(), most.bytes);
        self.bytes.extend(stretch);
        // Nothing of 4 GiB comes over a connection.
        self.lengths.push_back(u32::try_from(stretch.len()).unwrap_or(u32::MAX));
        self.added += 1;
        gone
    }

    /// Grows by doubling, but not beyond what may be kept.
    fn make_room(&mut self, more: usize, most: usize) {
        let (kept, needed) = (self.bytes.len(), self.bytes.len() + more);
        if needed > self.bytes.capacity() {
            let room = (self.bytes.capacity() * 2).min(most).max(needed);
            self.bytes.reserve_exact(room - kept);
        }
    }

    /// Forgets all of them, and gives their memory back.
    pub(super) fn clear(&mut self) {
        (self.bytes, self.lengths) = Default::default();
    }

    /// What is kept, but for so many of the oldest.
    pub(super) fn copy(&self, skip: usize) -> Copied {
        let skip = skip.min(self.len());
        let skipped: usize = self.lengths.range(..skip).map(|length| *length as usize).sum();
        let mut bytes = Vec::with_capacity(self.bytes.len() - skipped);
        let (front, back) = self.bytes.as_slices();
        bytes.extend_from_slice(front.get(skipped..).unwrap_or_default());
        bytes.extend_from_slice(&back[skipped.saturating_sub(front.len())..]);
        Copied { bytes, lengths: self.lengths.range(skip..).copied().collect() }
    }

    /// The newest stretch of which the first bytes are the wanted ones.
    pub(super) fn find(&self, wanted: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
        let mut end = self.bytes.len();
        for length in self.lengths.iter().rev() {
            let begin = end - *length as usize;
            let first = self.bytes.range(begin..end.min(begin + FIRST));
            let mut bytes = [0; FIRST];
            bytes.iter_mut().zip(first).for_each(|(to, byte)| *to = *byte);
            if wanted(&bytes) {
                return Some(self.bytes.range(begin..end).copied().collect());
            }
            end = begin;
        }
        None
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
        assert!(ring.bytes.capacity() <= 10_000, "{}", ring.bytes.capacity());
        ring.push(&[7; 30_000], most);
        assert_eq!((ring.len(), ring.bytes.len()), (1, 30_000));
        ring.clear();
        assert_eq!((ring.bytes.capacity(), ring.len(), ring.added()), (0, 0, 1_001));
    }

    proptest! {
        #[test]
        fn it_keeps_the_last_that_fit(
            stretches in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..60),
            entries in 1..20_usize,
            bytes in 0..200_usize,
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
                let stretch = [&first.to_le_bytes()[..], &vec![9; at]].concat();
                ring.push(&stretch, Capacity { entries: 30, bytes: usize::MAX });
            }
            for wanted in 0..9_u64 {
                let found = ring.find(|flat| flat == wanted.to_le_bytes());
                let kept = firsts.iter().enumerate().skip(firsts.len().saturating_sub(30));
                let newest = kept.rev().find(|(_, first)| **first == wanted);
                prop_assert_eq!(found.map(|found| found.len()), newest.map(|(at, _)| at + FIRST));
            }
        }
    }
}
