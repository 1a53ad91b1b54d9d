//! What the answers of one user action said of each resource.

use foldhash::HashMap;

use crate::trace::{Call, Exchange, ToldError};

/// The last word on each resource, by one decision call, since the user did something.
#[derive(Debug)]
pub(crate) struct Items<'t> {
    call: Call,
    by_mvpd: HashMap<&'t str, HashMap<&'t str, Word<'t>>>,
}

/// The last word on a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<'t> {
    /// The answer it came in.
    pub(crate) exchange: &'t Exchange,
    /// Why not.
    pub(crate) error: Option<ToldError<'t>>,
}

impl Word<'_> {
    /// Whether the item's error says to try again.
    pub(crate) fn says_retry(&self) -> bool {
        self.error.is_some_and(|error| error.action == "retry")
    }
}

impl<'t> Items<'t> {
    /// Nothing heard yet, of this call (11 or 12).
    pub(crate) fn of(call: Call) -> Self {
        Self { call, by_mvpd: HashMap::default() }
    }

    /// Takes in an answer of the call.
    pub(crate) fn hear(&mut self, exchange: &'t Exchange) {
        let Some(mvpd) = exchange.mvpd.as_deref().filter(|_| exchange.is(&[self.call])) else {
            return;
        };
        let items = self.by_mvpd.entry(mvpd).or_default();
        for told in exchange.decided() {
            let word = Word { exchange, error: told.error };
            items.insert(told.resource, word);
        }
    }

    /// Forgets everything: the user did something else.
    pub(crate) fn clear(&mut self) {
        self.by_mvpd.clear();
    }

    /// The resources that a request of the call asks for again, with the last word on each.
    pub(crate) fn asked_again(&self, request: &'t Exchange) -> Vec<(&'t str, Word<'t>)> {
        let mvpd = request.mvpd.as_deref().filter(|_| request.is(&[self.call]));
        let Some(items) = mvpd.and_then(|mvpd| self.by_mvpd.get(mvpd)) else { return Vec::new() };
        let again = request.resources().into_iter();
        again.filter_map(|r| items.get(r).copied().map(|word| (r, word))).collect()
    }
}

/// Whether a request is a retry: it asks again for something that was to be tried again.
pub(crate) fn is_retry(again: &[(&str, Word<'_>)]) -> bool {
    again.iter().any(|(_, word)| word.says_retry())
}
