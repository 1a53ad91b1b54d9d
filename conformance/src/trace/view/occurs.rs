//! What occurs in a run, so that a rule need not look through one that has nothing for it.

use crate::trace::{Call, Exchange};

/// A kind of trouble that a request may meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It was answered 401.
    Unauthorized,
    /// It was answered 429.
    Throttled,
    /// It was answered another 4xx.
    Refused,
    /// It was answered 5xx or above, or not at all.
    Failed,
}

impl Trouble {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Unauthorized, Self::Throttled, Self::Refused, Self::Failed];

    fn of(exchange: &Exchange) -> Option<Self> {
        match exchange.status() {
            Some(401) => Some(Self::Unauthorized),
            Some(429) => Some(Self::Throttled),
            Some(400..500) => Some(Self::Refused),
            Some(500..) | None => Some(Self::Failed),
            Some(_) => None,
        }
    }
}

/// Which calls were made, and which kinds of trouble they met.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Occurs {
    calls: u32,
    trouble: u8,
}

impl Occurs {
    pub(super) fn among<'t>(requests: impl Iterator<Item = &'t Exchange>) -> Self {
        let mut occurs = Self::default();
        for exchange in requests {
            occurs.calls |= exchange.call.map_or(0, |call| 1 << call as u32);
            occurs.trouble |= Trouble::of(exchange).map_or(0, |trouble| 1 << trouble as u8);
        }
        occurs
    }

    pub(super) fn has_one_of(self, calls: &[Call]) -> bool {
        calls.iter().any(|call| self.calls & (1 << *call as u32) != 0)
    }

    pub(super) fn has(self, trouble: Trouble) -> bool {
        self.trouble & (1 << trouble as u8) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::View;
    use crate::trace::builder::{Ask, TraceBuilder};

    #[test]
    fn a_run_knows_what_occurs_in_it() {
        let trace = TraceBuilder::new()
            .launch()
            .ask(Call::Profiles, |ask| ask.status(401))
            .ask(Call::Configuration, |ask| ask.status(204))
            .launch()
            .ask(Call::Logout, |ask| ask.status(599))
            .launch()
            .ask(Call::Authorize, Ask::unanswered)
            .launch()
            .ask(Call::Token, |ask| ask.status(429))
            .ask(Call::Token, |ask| ask.status(403))
            .build();
        let view = View::new(&trace);
        let meets = |trouble| view.runs().map(|run| run.meets(trouble)).collect::<Vec<_>>();
        assert_eq!(meets(Trouble::Unauthorized), [true, false, false, false]);
        assert_eq!(meets(Trouble::Failed), [false, true, true, false]);
        assert_eq!(meets(Trouble::Throttled), [false, false, false, true]);
        assert_eq!(meets(Trouble::Refused), [false, false, false, true]);
        let asks = |calls: &[Call]| view.runs().map(|run| run.asks(calls)).collect::<Vec<_>>();
        assert_eq!(asks(&[Call::Profiles, Call::Token]), [true, false, false, true]);
        assert_eq!(asks(&[Call::ResetTempPass]), [false; 4]);
    }
}
