//! A few of many things, in order, found without keeping the others.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Collects what comes at some place of an order, and counts the rest.
#[derive(Debug)]
pub struct Window<K> {
    down: bool,
    offset: usize,
    limit: usize,
    seen: usize,
    /// The best so far, the worst of them on top.
    kept: BinaryHeap<Ranked<K>>,
}

impl<K: Ord> Window<K> {
    /// Leaves out the first `offset` and keeps the `limit` after them; counts from the end of the
    /// order when it is to go down.
    pub fn new(down: bool, offset: usize, limit: usize) -> Self {
        Self { down, offset, limit, seen: 0, kept: BinaryHeap::new() }
    }

    /// Takes note of one thing.
    pub fn push(&mut self, key: K) {
        self.seen += 1;
        self.kept.push(Ranked { key, down: self.down });
        if self.kept.len() > self.offset.saturating_add(self.limit) {
            self.kept.pop();
        }
    }

    /// How many there were in all, and those of the window in order.
    pub fn finish(self) -> (usize, Vec<K>) {
        let shown = self.kept.into_sorted_vec().into_iter().skip(self.offset);
        (self.seen, shown.take(self.limit).map(|ranked| ranked.key).collect())
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Ranked<K> {
    key: K,
    down: bool,
}

impl<K: Ord> Ord for Ranked<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        let up = self.key.cmp(&other.key);
        if self.down { up.reverse() } else { up }
    }
}

impl<K: Ord> PartialOrd for Ranked<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_what_sorting_everything_would_show(
            all in proptest::collection::vec(0_u16..50, 0..60),
            (down, offset, limit) in (any::<bool>(), 0_usize..70, 0_usize..70),
        ) {
            let mut window = Window::new(down, offset, limit);
            all.iter().for_each(|one| window.push(*one));
            let mut sorted = all.clone();
            sorted.sort_unstable();
            if down {
                sorted.reverse();
            }
            let expected: Vec<u16> = sorted.into_iter().skip(offset).take(limit).collect();
            prop_assert_eq!(window.finish(), (all.len(), expected));
        }
    }
}
