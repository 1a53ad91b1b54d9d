//! Which requests are polls.

use foldhash::HashSet;

use crate::trace::{Call, Exchange, View};

/// The polls of a trace: every call 10, and those calls 8 and 9 that a session counts among its polls.
#[derive(Debug)]
pub(crate) struct Polls {
    /// The places of those that are no call 10.
    others: HashSet<u64>,
}

impl Polls {
    /// Those of a trace.
    pub(crate) fn of(view: &View<'_>) -> Self {
        let polls = view.sessions().flat_map(|session| &session.polls).map(|poll| poll.exchange);
        let others = polls.filter(|poll| !poll.is(&[Call::ProfileByCode]));
        Self { others: others.map(|poll| poll.arrived.order).collect() }
    }

    /// Whether a request is one.
    pub(crate) fn contains(&self, exchange: &Exchange) -> bool {
        exchange.is(&[Call::ProfileByCode]) || self.others.contains(&exchange.arrived.order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::builder::TraceBuilder;

    #[test]
    fn one_look_at_a_profile_is_no_poll() {
        let trace = TraceBuilder::new().launch().no_profiles().sign_in("Dish").session("Dish");
        let trace = trace.poll().after(5.0).no_profile_of("Dish").after(5.0).no_profile_of("Dish");
        let trace = trace.build();
        let polls = Polls::of(&View::new(&trace));
        let found: Vec<_> = trace.exchanges.iter().map(|e| polls.contains(e)).collect();
        assert_eq!(found, [false, false, true, true, true]);
    }
}
