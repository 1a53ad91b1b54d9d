//! Media tokens that a tester has ended before their time.

use sha2::{Digest as _, Sha256};

use super::Map;
use super::changes::{Changes, Key};
use crate::clock::Timestamp;

/// The ended tokens. Whoever verifies a token elsewhere knows nothing of them.
#[derive(Debug, Default)]
pub struct EndedTokens {
    /// By the token's digest: from when on it counts as expired, and when it would be over anyway.
    ends: Map<String, (Timestamp, Timestamp)>,
    pub(super) changes: Changes,
}

impl EndedTokens {
    /// Ends a serialized token at an instant; by `over` it has expired of itself.
    pub fn end(&self, serialized: &str, at: Timestamp, over: Timestamp, now: Timestamp) {
        self.ends.retain(|_, (_, over)| *over >= now);
        self.ends.insert(digest(serialized), (at, over));
        self.changes.promise(|| Key::EndedTokens);
    }

    /// Whether a token has been ended.
    pub fn has_ended(&self, serialized: &str, now: Timestamp) -> bool {
        !self.ends.is_empty()
            && self.ends.get(&digest(serialized)).is_some_and(|ends| now >= ends.0)
    }

    /// All that are not over anyway: digest, from when on, and until when.
    pub fn all(&self, now: Timestamp) -> Vec<(String, Timestamp, Timestamp)> {
        let ends = self.ends.iter().map(|entry| (entry.key().clone(), entry.0, entry.1));
        let mut all: Vec<_> = ends.filter(|(_, _, over)| *over >= now).collect();
        all.sort();
        all
    }

    /// Puts one back.
    pub fn restore(&self, digest: String, at: Timestamp, over: Timestamp) {
        self.ends.insert(digest, (at, over));
    }

    /// Forgets them all.
    pub fn clear(&self) {
        self.ends.clear();
    }
}

fn digest(serialized: &str) -> String {
    let digest = Sha256::digest(serialized.trim());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_ends_at_its_instant_and_is_forgotten_when_it_is_over() {
        let ended = EndedTokens::default();
        ended.end("one", Timestamp(100), Timestamp(500), Timestamp(50));
        assert!(!ended.has_ended("one", Timestamp(99)) && ended.has_ended(" one", Timestamp(100)));
        assert!(!ended.has_ended("other", Timestamp(100)));
        assert_eq!(ended.all(Timestamp(500)).len(), 1);
        assert!(ended.all(Timestamp(501)).is_empty());
        ended.end("other", Timestamp(501), Timestamp(900), Timestamp(501));
        assert!(!ended.has_ended("one", Timestamp(501)), "nobody would ask any more");
    }
}
