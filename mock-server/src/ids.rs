//! The one source of randomness.
//!
//! Draw number N of a run is the N-th stream of a ChaCha generator under the run's key. Without a
//! seed the key comes from the operating system and what is drawn cannot be guessed; with one, the
//! same calls in the same order draw the same values. No lock is taken.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use uuid::Uuid;

use crate::domain::Code;

/// The characters of an authentication code.
const CODE_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A shared source of identifiers and chance; clones continue the same sequence.
#[derive(Clone)]
pub struct Ids {
    inner: Arc<Inner>,
}

struct Inner {
    key: [u8; 32],
    draws: AtomicU64,
}

impl Ids {
    /// A reproducible source.
    pub fn seeded(seed: u64) -> Self {
        Self::from_key(ChaCha12Rng::seed_from_u64(seed).random())
    }

    /// An unpredictable source.
    pub fn from_entropy() -> Self {
        Self::from_key(rand::random())
    }

    fn from_key(key: [u8; 32]) -> Self {
        Self { inner: Arc::new(Inner { key, draws: AtomicU64::new(0) }) }
    }

    /// How many draws there have been.
    pub(crate) fn draws(&self) -> u64 {
        self.inner.draws.load(Ordering::Relaxed)
    }

    /// Leaves out the first draws, up to this one.
    pub(crate) fn go_on_from(&self, draws: u64) {
        self.inner.draws.fetch_max(draws, Ordering::Relaxed);
    }

    /// A generator of its own for one purpose; independent of every other draw.
    pub fn rng(&self) -> ChaCha12Rng {
        let mut rng = ChaCha12Rng::from_seed(self.inner.key);
        rng.set_stream(self.inner.draws.fetch_add(1, Ordering::Relaxed));
        rng
    }

    /// A random (version 4) UUID.
    pub fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.rng().fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A secret of 256 bits in URL-safe text.
    pub fn secret(&self) -> String {
        let mut bytes = [0; 32];
        self.rng().fill_bytes(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// An authentication code: seven characters of A–Z and 0–9.
    pub fn code(&self) -> Code {
        let mut rng = self.rng();
        Code::from_fn(|| CODE_ALPHABET[rng.random_range(0..CODE_ALPHABET.len())])
    }

    /// Whether something of this probability (0 to 1) happens this time.
    pub fn chance(&self, probability: f64) -> bool {
        self.rng().random::<f64>() < probability
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ids").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_draws_one_sequence() {
        let draw = |ids: &Ids| (ids.code(), ids.uuid(), ids.secret());
        let (a, b) = (Ids::seeded(7), Ids::seeded(7));
        let first = draw(&a);
        assert_eq!(first, draw(&b));
        assert_ne!(first, draw(&a), "the sequence goes on");
        assert_ne!(draw(&Ids::seeded(7)), draw(&Ids::seeded(8)));
    }

    #[test]
    fn codes_have_the_documented_form() {
        let ids = Ids::seeded(1);
        for _ in 0..1_000 {
            let code = ids.code();
            assert_eq!(code.len(), 7);
            assert!(code.bytes().all(|b| CODE_ALPHABET.contains(&b)));
        }
    }

    #[test]
    fn chance_keeps_its_ends() {
        let ids = Ids::seeded(1);
        assert!((0..100).all(|_| ids.chance(1.0)));
        assert!(!(0..100).any(|_| ids.chance(0.0)));
    }
}
