//! What a trace holds again and again, held once.
//!
//! A device sends the same headers with every poll, and is answered the same body by most: of a long
//! capture little is new. Whoever reads many exchanges reads them through one pool and drops it when
//! they are read.

use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::{Body, Pairs, Text};

/// Texts, lists of pairs and bodies that were met before. Several threads may share one.
#[derive(Debug, Default)]
pub struct Pool {
    hasher: RandomState,
    texts: Shelf<Text>,
    pairs: Shelf<Pairs>,
    bodies: Shelf<Body>,
}

impl Pool {
    /// The text.
    pub fn text(&self, text: &str) -> Text {
        let hash = |text: &str| self.hasher.hash_one(text);
        self.texts.get(hash(text), |known| known == text, |known| hash(known), || text.into())
    }

    /// The names and values. Only those that are texts of this pool are known again: one and the same,
    /// they need not be compared letter by letter.
    pub fn pairs(&self, pairs: impl Iterator<Item = (Text, Text)>) -> Pairs {
        let pairs: Vec<_> = pairs.collect();
        let hash = |pairs: &[(Text, Text)]| {
            let mut hasher = self.hasher.build_hasher();
            for (name, value) in pairs {
                hasher.write_usize(name.place());
                hasher.write_usize(value.place());
            }
            hasher.finish()
        };
        let is_same = |known: &Pairs| {
            known.len() == pairs.len()
                && known
                    .iter()
                    .zip(&pairs)
                    .all(|(one, other)| one.0.is_same(&other.0) && one.1.is_same(&other.1))
        };
        self.pairs.get(hash(&pairs), is_same, |known| hash(known), || Arc::from(pairs.as_slice()))
    }

    /// The body.
    pub fn body(&self, body: &str) -> Body {
        let hash = |body: &str| self.hasher.hash_one(body);
        self.bodies.get(hash(body), |known| known == body, |known| hash(known), || body.into())
    }

    /// How many different texts, lists of pairs and bodies there are.
    pub fn sizes(&self) -> (usize, usize, usize) {
        (self.texts.len(), self.pairs.len(), self.bodies.len())
    }
}

/// Things that are told apart by what is in them, in drawers that threads seldom want at once.
#[derive(Debug)]
struct Shelf<T>([Mutex<HashTable<T>>; 64]);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl<T: Clone> Shelf<T> {
    fn get(
        &self,
        hash: u64,
        is_wanted: impl Fn(&T) -> bool,
        hash_of: impl Fn(&T) -> u64,
        make: impl FnOnce() -> T,
    ) -> T {
        // The table goes by the other bits.
        let place = usize::try_from(hash >> 32).unwrap_or(0) % self.0.len();
        if let Some(known) = open(&self.0[place]).find(hash, &is_wanted) {
            return known.clone();
        }
        // Not while others wait: a body is read when it is made.
        let new = make();
        let mut drawer = open(&self.0[place]);
        let made_meanwhile = drawer.find(hash, &is_wanted).cloned();
        made_meanwhile.unwrap_or_else(|| drawer.insert_unique(hash, new, hash_of).get().clone())
    }

    fn len(&self) -> usize {
        self.0.iter().map(|drawer| open(drawer).len()).sum()
    }
}

fn open<T>(drawer: &Mutex<HashTable<T>>) -> MutexGuard<'_, HashTable<T>> {
    drawer.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trace::{Exchange, RawAnswer, RawExchange, RawPairs};

    fn headers() -> impl Strategy<Value = RawPairs<'static>> {
        let header = ("[a-zA-Z-]{1,4}", "[ab]{0,3}|.*");
        prop::collection::vec(header.prop_map(|(name, value)| (name.into(), value.into())), 0..5)
    }

    fn bodies() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            "[ab]{0,2}".prop_map(Into::into),
            Just(br#"{"profiles":{}}"#.to_vec()),
            prop::collection::vec(any::<u8>(), 0..40),
        ]
    }

    fn exchanges() -> impl Strategy<Value = RawExchange<'static>> {
        let answer = (any::<u16>(), headers(), bodies(), any::<bool>());
        let answer = prop::option::of(answer.prop_map(|(status, headers, body, complete)| {
            RawAnswer { status, headers, body, complete }
        }));
        let target = "/api/v2/REF30/profiles/[AB]|/o/client/token(\\?[ab]=[ab])?|.*";
        ("GET|POST", target, headers(), bodies(), answer).prop_map(
            |(method, target, headers, body, answer)| RawExchange {
                method,
                target,
                headers,
                body,
                answer,
                ..RawExchange::default()
            },
        )
    }

    fn lower(headers: &RawPairs<'_>) -> Vec<(String, String)> {
        headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_string())).collect()
    }

    fn owned(pairs: &Pairs) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    proptest! {
        #[test]
        fn an_exchange_reads_back_as_it_was_put_in(all in prop::collection::vec(exchanges(), 1..12)) {
            let pool = Pool::default();
            let read: Vec<_> = all.iter().map(|raw| Exchange::read(raw.clone(), &pool)).collect();
            for (raw, read) in all.into_iter().zip(read) {
                prop_assert_eq!(read.method.as_str(), &raw.method);
                prop_assert_eq!(owned(&read.headers), lower(&raw.headers));
                prop_assert_eq!(read.body.as_str(), String::from_utf8_lossy(&raw.body));
                let answer = raw.answer.as_ref().zip(read.answer.as_ref());
                prop_assert_eq!(answer.is_some(), raw.answer.is_some());
                if let Some((raw, read)) = answer {
                    prop_assert_eq!(owned(&read.headers), lower(&raw.headers));
                    prop_assert_eq!(read.body.as_str(), String::from_utf8_lossy(&raw.body));
                }
                // And as it reads alone.
                prop_assert_eq!(read, Exchange::from(raw));
            }
        }
    }

    #[test]
    fn what_comes_again_takes_no_place() {
        let pool = Pool::default();
        let poll = |request: u32| RawExchange {
            method: "GET".into(),
            target: "/api/v2/REF30/profiles/code/8ER640M?a=b".into(),
            headers: vec![("Authorization".into(), "Bearer token".into())],
            answer: Some(RawAnswer {
                status: 200,
                headers: vec![("X-Request-Id".into(), request.to_string().into())],
                body: br#"{"profiles":{}}"#.to_vec(),
                complete: true,
            }),
            ..RawExchange::default()
        };
        let first = Exchange::read(poll(0), &pool);
        let (texts, pairs, bodies) = pool.sizes();
        for request in 1..=1000 {
            let next = Exchange::read(poll(request), &pool);
            assert!(Arc::ptr_eq(&next.headers, &first.headers) && next.path.is_same(&first.path));
            assert!(
                next.answer.zip(first.answer.clone()).is_some_and(|(a, b)| a.body.is_same(&b.body))
            );
        }
        // Only the names of the requests are new, and the lists that they stand in.
        assert_eq!(pool.sizes(), (texts + 1000, pairs + 1000, bodies));
    }

    #[test]
    fn threads_share_what_they_meet() {
        let pool = Pool::default();
        let texts: Vec<_> = std::thread::scope(|scope| {
            let meet = || pool.text("the same");
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(meet)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(texts.iter().all(|text| text.is_same(&texts[0])));
        assert_eq!(pool.sizes(), (1, 0, 0));
    }
}
