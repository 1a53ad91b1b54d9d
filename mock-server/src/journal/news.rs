//! What a follower of the journal gets, and how far it has come.

use std::sync::Arc;

use super::Entry;
use super::store::SHARDS;

/// A place in the sequence of everything that was ever written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position(pub(super) [u64; SHARDS]);

impl Position {
    /// The same place as one number, perhaps a little before: a few may come again.
    pub fn number(&self) -> u64 {
        // Appends go round the shards in turn, so that none is far ahead of another.
        self.0.iter().min().copied().unwrap_or_default()
    }

    /// The place of a [`number`](Self::number).
    pub fn from_number(number: u64) -> Self {
        Self([number; SHARDS])
    }
}

/// What was written down since some place.
#[derive(Clone, Debug, Default)]
pub struct News {
    /// In order of arrival.
    pub entries: Vec<Arc<Entry>>,
    /// What came before them and is left out.
    pub left_out: LeftOut,
    /// How many are gone already.
    pub forgotten: u64,
}

impl News {
    /// Leaves out all but so many of the newest.
    pub fn keep_newest(&mut self, most: usize) {
        let left_out = self.entries.drain(..self.entries.len().saturating_sub(most));
        self.left_out = left_out.map(|entry| entry.arrived.order).collect();
    }
}

/// What a follower does not get: how many, and which was the first and the last of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// How many.
    pub count: usize,
    /// The place in the order of the first.
    pub first: Option<u64>,
    /// The place in the order of the last.
    pub last: Option<u64>,
}

impl FromIterator<u64> for LeftOut {
    fn from_iter<T: IntoIterator<Item = u64>>(orders: T) -> Self {
        orders.into_iter().fold(Self::default(), |left_out, order| Self {
            count: left_out.count + 1,
            first: left_out.first.or(Some(order)),
            last: Some(order),
        })
    }
}
