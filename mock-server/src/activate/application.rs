//! What the application keeps: its registration, its token, and the configurations it has seen.
//!
//! All of it is its own; a real one would have it in a database.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use super::client::Configuration;
use crate::clock::Timestamp;
use crate::config::{Fixtures, StatementPolicy};
use crate::ids::Ids;

/// A configuration changes rarely; it is asked for again after this long.
const CONFIGURATION_KEPT: Duration = Duration::from_secs(5 * 60);

/// A token is renewed so long before it ends, so that it does not end on its way.
const RENEWED_BEFORE: Duration = Duration::from_secs(30);

/// The listed software statement that is this application's, where there is one.
const STATEMENT: &str = "second-screen";

/// The memory of the second screen's application. One for all browsers.
#[derive(Default)]
pub struct SecondScreen {
    kept: Mutex<Kept>,
    /// Drawn when first needed: a server whose page nobody opens draws what it always drew.
    key: OnceLock<hmac::Key>,
}

#[derive(Default)]
struct Kept {
    credentials: Option<Credentials>,
    token: Option<Token>,
    configurations: HashMap<String, (Timestamp, Arc<Configuration>)>,
}

/// What call 1 was answered with.
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) client_id: String,
    pub(super) client_secret: String,
}

/// What call 2 was answered with.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) access_token: String,
    pub(super) expires_at: Timestamp,
}

impl SecondScreen {
    pub(super) fn credentials(&self) -> Option<Credentials> {
        self.kept().credentials.clone()
    }

    pub(super) fn keep_credentials(&self, credentials: &Credentials) {
        let mut kept = self.kept();
        kept.credentials = Some(credentials.clone());
        kept.token = None;
    }

    /// The token, unless it has to be renewed.
    pub(super) fn token(&self, now: Timestamp) -> Option<String> {
        let good = |token: &&Token| now.after(RENEWED_BEFORE) < token.expires_at;
        self.kept().token.as_ref().filter(good).map(|token| token.access_token.clone())
    }

    pub(super) fn keep_token(&self, token: Token) {
        self.kept().token = Some(token);
    }

    /// Forgets a token that was refused, unless another has taken its place meanwhile.
    pub(super) fn drop_token(&self, refused: &str) {
        let mut kept = self.kept();
        if kept.token.as_ref().is_some_and(|token| token.access_token == refused) {
            kept.token = None;
        }
    }

    /// Forgets the registration.
    pub(super) fn drop_credentials(&self) {
        let mut kept = self.kept();
        kept.credentials = None;
        kept.token = None;
    }

    pub(super) fn configuration(&self, sp: &str, now: Timestamp) -> Option<Arc<Configuration>> {
        let kept = self.kept();
        let (since, configuration) = kept.configurations.get(sp)?;
        (now.since(*since) < CONFIGURATION_KEPT).then(|| Arc::clone(configuration))
    }

    pub(super) fn keep_configuration(&self, sp: &str, known: &Arc<Configuration>, now: Timestamp) {
        self.kept().configurations.insert(sp.to_owned(), (now, Arc::clone(known)));
    }

    /// Forgets a configuration that turned out to be out of date.
    pub(super) fn drop_configuration(&self, sp: &str) {
        self.kept().configurations.remove(sp);
    }

    /// What forms are signed with.
    pub(super) fn key(&self, ids: &Ids) -> &hmac::Key {
        self.key.get_or_init(|| hmac::Key::new(hmac::HMAC_SHA256, ids.secret().as_bytes()))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SecondScreen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondScreen").finish_non_exhaustive()
    }
}

/// The software statement to register with, as Adobe would hand one out for this application.
pub(super) fn software_statement(fixtures: &Fixtures) -> String {
    let listed = &fixtures.software_statements;
    let own = listed.iter().find(|listed| *listed.id == *STATEMENT);
    let any = || listed.iter().find(|listed| !listed.revoked);
    let listed = match fixtures.settings.software_statements {
        StatementPolicy::WellFormed => own,
        StatementPolicy::Listed => own.or_else(any),
    };
    listed.map_or_else(own_statement, |listed| listed.statement.clone())
}

fn own_statement() -> String {
    let parts = [
        r#"{"alg":"RS256","typ":"JWT"}"#,
        r#"{"sub":"second-screen","iss":"pass-mock.test","client_name":"Second screen"}"#,
        "not signed by anybody",
    ];
    parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_until_shortly_before_its_end() {
        let kept = SecondScreen::default();
        let (start, minute) = (Timestamp(0), Duration::from_secs(60));
        assert_eq!(kept.token(start), None);
        let token = Token { access_token: "a".to_owned(), expires_at: start.after(minute) };
        kept.keep_token(token);
        assert_eq!(kept.token(start.after(Duration::from_secs(29))).as_deref(), Some("a"));
        assert_eq!(kept.token(start.after(Duration::from_secs(30))), None);
        kept.drop_token("another");
        assert!(kept.token(start).is_some());
        kept.drop_token("a");
        assert_eq!(kept.token(start), None);
    }

    #[test]
    fn the_statement_is_the_listed_one_where_there_is_one() {
        let mut fixtures = Fixtures::default();
        assert_eq!(software_statement(&fixtures), own_statement());
        fixtures.settings.software_statements = StatementPolicy::Listed;
        assert_eq!(software_statement(&fixtures), fixtures.software_statements[0].statement);
        fixtures.software_statements[1].id = STATEMENT.into();
        assert_eq!(software_statement(&fixtures), fixtures.software_statements[1].statement);
    }
}
