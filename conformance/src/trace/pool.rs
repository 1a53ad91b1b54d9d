//! What a trace holds again and again, held once.
//!
//! A device sends the same headers with every poll, and is answered the same body by most: of a long
//! capture little is new. Whoever reads many exchanges reads them through one pool and drops it when
//! they are read.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Body, Pairs, Text};

/// Texts, lists of pairs and bodies that were met before. Several threads may share one.
#[derive(Debug, Default)]
pub struct Pool {
    texts: Shelf<Text>,
    pairs: Shelf<Pairs>,
    bodies: Shelf<Body>,
}

impl Pool {
    /// The text.
    pub fn text(&self, text: &str) -> Text {
        self.texts.get(text, || text.into())
    }

    /// The names and values.
    pub fn pairs(&self, pairs: impl Iterator<Item = (Text, Text)>) -> Pairs {
        let pairs: Vec<_> = pairs.collect();
        self.pairs.get(pairs.as_slice(), || Arc::from(pairs.as_slice()))
    }

    /// The body.
    pub fn body(&self, body: &str) -> Body {
        self.bodies.get(body, || body.into())
    }

    /// How many different texts, lists of pairs and bodies there are.
    pub fn sizes(&self) -> (usize, usize, usize) {
        (self.texts.len(), self.pairs.len(), self.bodies.len())
    }
}

/// Things that are told apart by what is in them, in drawers that threads seldom want at once.
#[derive(Debug)]
struct Shelf<T> {
    hasher: RandomState,
    drawers: [Mutex<HashSet<T, RandomState>>; 64],
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { hasher: RandomState::new(), drawers: std::array::from_fn(|_| Mutex::default()) }
    }
}

impl<T: Clone + Eq + Hash> Shelf<T> {
    fn get<Q>(&self, wanted: &Q, make: impl FnOnce() -> T) -> T
    where
        T: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hasher.hash_one(wanted);
        let drawer = &self.drawers[usize::try_from(hash % 64).unwrap_or(0)];
        let mut drawer = drawer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = drawer.get(wanted) {
            return known.clone();
        }
        let new = make();
        drawer.insert(new.clone());
        new
    }

    fn len(&self) -> usize {
        let drawer = |drawer: &Mutex<HashSet<T>>| {
            drawer.lock().unwrap_or_else(PoisonError::into_inner).len()
        };
        self.drawers.iter().map(drawer).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trace::{Exchange, RawAnswer, RawExchange};

    fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
        prop::collection::vec(("[a-zA-Z-]{1,4}", "[ab]{0,3}|.*"), 0..5)
    }

    fn bodies() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            "[ab]{0,2}".prop_map(Into::into),
            Just(br#"{"profiles":{}}"#.to_vec()),
            prop::collection::vec(any::<u8>(), 0..40),
        ]
    }

    fn exchanges() -> impl Strategy<Value = RawExchange> {
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

    fn lower(headers: &[(String, String)]) -> Vec<(String, String)> {
        headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect()
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
                headers: vec![("X-Request-Id".into(), request.to_string())],
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
