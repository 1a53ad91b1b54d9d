//! Credentials and access tokens that were delivered.

use std::time::Duration;

use super::whole::Tokens;
use super::{Device, answered};
use crate::trace::{Exchange, Moment, Trace};

/// Credentials that an answer of call 1 delivered.
#[derive(Clone, Debug)]
pub struct Credentials<'t> {
    /// `client_id`.
    pub client_id: &'t str,
    /// The software statement they were given for, if it could be read.
    pub statement: Option<String>,
    /// The call that delivered them.
    pub exchange: &'t Exchange,
    /// When they were delivered.
    pub at: Moment,
}

/// An access token that an answer of call 2 delivered.
#[derive(Clone, Debug)]
pub struct Token<'t> {
    /// Its value.
    pub value: &'t str,
    /// The client it was issued to, as the request said.
    pub client_id: Option<String>,
    /// When it was delivered.
    pub at: Moment,
    /// How long it lives from then; `None` when the answer did not say.
    pub lifetime: Option<Duration>,
    /// The call that delivered it.
    pub exchange: &'t Exchange,
}

impl Token<'_> {
    /// How much of its life is left at a moment; zero once it has expired, `None` when unknown.
    pub fn left_at(&self, moment: Moment) -> Option<Duration> {
        Some(self.lifetime?.saturating_sub(moment.since(self.at)))
    }

    /// How long it has been expired at a moment; `None` while it lives.
    pub fn expired_for(&self, moment: Moment) -> Option<Duration> {
        moment.since(self.at).checked_sub(self.lifetime?)
    }
}

pub(super) fn credentials<'t>(device: &Device<'t>) -> Vec<Credentials<'t>> {
    let read = device.steps().filter_map(|step| {
        let exchange = step.answered()?;
        Some(Credentials {
            client_id: exchange.credentials()?.client_id,
            statement: exchange.software_statement(),
            exchange,
            at: answered(exchange),
        })
    });
    read.collect()
}

pub(super) fn tokens(trace: &Trace) -> Tokens<'_> {
    let mut tokens = Tokens::default();
    for exchange in &trace.exchanges {
        let Some(told) = exchange.token() else { continue };
        let token = Token {
            value: told.value,
            client_id: exchange.parameter("client_id"),
            at: answered(exchange),
            lifetime: told.lifetime,
            exchange,
        };
        // The first delivery counts: the same value again is the same token.
        tokens.entry(told.value).or_insert(token);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::View;
    use crate::trace::builder::{STATEMENT, TraceBuilder};

    #[test]
    fn credentials_and_tokens_are_known_once_delivered() {
        let trace =
            TraceBuilder::new().register().token_for(600).after(660.0).no_profiles().build();
        let view = View::new(&trace);
        let credentials = &view.devices()[0].credentials[0];
        assert_eq!(credentials.client_id, "client-1");
        assert_eq!(credentials.statement.as_deref(), Some(STATEMENT));

        let token = view.token_of(&trace.exchanges[2]).unwrap();
        assert_eq!(token.client_id.as_deref(), Some("client-1"));
        let later = trace.exchanges[2].arrived;
        assert_eq!(token.left_at(later), Some(Duration::ZERO));
        assert_eq!(token.expired_for(later), Some(Duration::from_secs(60)));
        assert_eq!(token.left_at(token.at), Some(Duration::from_secs(600)));
        assert_eq!(token.expired_for(token.at), None);
        assert!(view.token("another").is_none());
    }
}
