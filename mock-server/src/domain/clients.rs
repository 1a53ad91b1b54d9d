//! Registered clients and their access tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::changes::{Changes, Key};
use super::{Map, Window};
use crate::clock::Timestamp;
use crate::config::Id;
use crate::ids::Ids;
use crate::secret;

/// The scope that REST API V2 asks for.
pub const SCOPE: &str = "api:client:v2";

/// What a software statement entitles its applications to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The listed software statement that gives it, if a listed one does.
    pub statement: Option<Id>,
    /// The service providers it may call for; `None` means every one.
    pub service_providers: Option<Vec<Id>>,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// Its grant types.
    pub grant_types: Vec<String>,
}

impl Default for Grant {
    fn default() -> Self {
        Self {
            statement: None,
            service_providers: None,
            scopes: vec![SCOPE.into()],
            grant_types: vec!["client_credentials".into()],
        }
    }
}

/// A registered client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its identifier.
    pub client_id: Id,
    /// Its secret.
    pub client_secret: String,
    /// When it registered.
    pub issued_at: Timestamp,
    /// Where user agents may be sent.
    pub redirect_uris: Vec<String>,
    /// What it may do.
    pub grant: Grant,
    /// Whether somebody withdrew the registration.
    pub revoked: bool,
}

impl Client {
    /// Whether it may call for a service provider.
    pub fn serves(&self, service_provider: &str) -> bool {
        let all = self.grant.service_providers.as_deref();
        all.is_none_or(|known| known.iter().any(|one| **one == *service_provider))
    }

    /// Whether it may call REST API V2 at all.
    pub fn has_scope(&self) -> bool {
        self.grant.scopes.iter().any(|scope| scope == SCOPE)
    }
}

/// An access token as it was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The token itself.
    pub access_token: String,
    /// Identifies this issue; a client may show it when it asks for help.
    pub id: uuid::Uuid,
    /// Whose it is.
    pub client_id: Id,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// From here on it is expired.
    pub expires_at: Timestamp,
}

/// Why a client gets no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Unknown or revoked, or the secret is wrong.
    InvalidClient,
    /// It may not use this grant type.
    UnauthorizedClient,
}

/// What a bearer token turns out to be.
#[derive(Clone, Debug)]
pub enum TokenCheck {
    /// Valid, and this client's.
    Valid(Arc<Client>),
    /// Unknown or expired: a fresh one helps.
    Invalid,
    /// Its client was revoked or is gone: only registering again helps.
    ClientGone,
}

/// So many tokens are issued at least before expired ones are dropped.
const SWEEP_AFTER: usize = 1024;

/// All registered clients and all live access tokens.
#[derive(Debug, Default)]
pub struct Clients {
    clients: Map<Id, Arc<Client>>,
    tokens: Map<String, AccessToken>,
    /// How many tokens were issued since expired ones were last dropped.
    since_sweep: AtomicUsize,
    pub(super) changes: Changes,
}

impl Clients {
    /// Registers an application.
    pub fn register(
        &self,
        grant: Grant,
        redirect_uris: Vec<String>,
        now: Timestamp,
        ids: &Ids,
    ) -> Arc<Client> {
        let client = Arc::new(Client {
            client_id: ids.uuid().to_string().into(),
            client_secret: ids.secret(),
            issued_at: now,
            redirect_uris,
            grant,
            revoked: false,
        });
        self.clients.insert(client.client_id.clone(), Arc::clone(&client));
        self.changes.promise(|| Key::Client(client.client_id.clone()));
        client
    }

    /// Issues an access token for valid credentials.
    ///
    /// # Errors
    /// When the client may not have one.
    pub fn issue_token(
        &self,
        client_id: &str,
        client_secret: &str,
        grant_type: &str,
        lifetime: Duration,
        now: Timestamp,
        ids: &Ids,
    ) -> Result<AccessToken, Refusal> {
        let client = self.find(client_id).filter(|client| !client.revoked);
        let client = client
            .filter(|client| secret::is_same(&client.client_secret, client_secret))
            .ok_or(Refusal::InvalidClient)?;
        if !client.grant.grant_types.iter().any(|known| known == grant_type) {
            return Err(Refusal::UnauthorizedClient);
        }
        let token = AccessToken {
            access_token: ids.secret(),
            id: ids.uuid(),
            client_id: client.client_id.clone(),
            issued_at: now,
            expires_at: now.after(lifetime),
        };
        self.tokens.insert(token.access_token.clone(), token.clone());
        self.changes.promise(|| key(&token.access_token));
        self.sweep(now);
        Ok(token)
    }

    /// Drops expired tokens whenever half of all were issued since the last time, so that it costs each
    /// new one only a little.
    fn sweep(&self, now: Timestamp) {
        let issued = self.since_sweep.fetch_add(1, Ordering::Relaxed) + 1;
        if issued >= SWEEP_AFTER.max(self.tokens.len() / 2) {
            self.since_sweep.store(0, Ordering::Relaxed);
            self.forget_expired(now);
        }
    }

    /// Whom a bearer token belongs to, if it is still good.
    pub fn check(&self, access_token: &str, now: Timestamp) -> TokenCheck {
        let client_id = {
            let Some(token) = self.tokens.get(access_token).filter(|t| now < t.expires_at) else {
                return TokenCheck::Invalid;
            };
            token.client_id.clone()
        };
        match self.find(&client_id) {
            Some(client) if !client.revoked => TokenCheck::Valid(client),
            _ => TokenCheck::ClientGone,
        }
    }

    /// Whose a bearer token is, expired or not, as long as it is remembered.
    pub fn holder(&self, access_token: &str) -> Option<Id> {
        self.tokens.get(access_token).map(|token| token.client_id.clone())
    }

    /// The client with this identifier.
    pub fn find(&self, client_id: &str) -> Option<Arc<Client>> {
        self.clients.get(client_id).map(|client| Arc::clone(&client))
    }

    /// All clients, oldest first.
    pub fn clients(&self) -> Vec<Arc<Client>> {
        let mut all: Vec<_> = self.clients.iter().map(|entry| Arc::clone(&entry)).collect();
        all.sort_by(|a, b| (a.issued_at, &a.client_id).cmp(&(b.issued_at, &b.client_id)));
        all
    }

    /// All tokens that have not expired, oldest first.
    pub fn tokens(&self, now: Timestamp) -> Vec<AccessToken> {
        self.forget_expired(now);
        let mut all: Vec<_> = self.tokens.iter().map(|entry| entry.clone()).collect();
        all.sort_by(|a, b| (a.issued_at, &a.access_token).cmp(&(b.issued_at, &b.access_token)));
        all
    }

    /// Those clients that are wanted, in the window of their order; and how many there are in all.
    pub fn window(
        &self,
        mut window: Window<(Timestamp, Id)>,
        wanted: impl Fn(&Client) -> bool,
    ) -> (usize, Vec<Arc<Client>>) {
        for client in self.clients.iter().filter(|client| wanted(client)) {
            window.push((client.issued_at, client.client_id.clone()));
        }
        let (total, shown) = window.finish();
        (total, shown.iter().filter_map(|(_, id)| self.find(id)).collect())
    }

    /// Those tokens that are wanted and have not expired, in the window of their order; and how many
    /// there are in all.
    pub fn window_of_tokens(
        &self,
        now: Timestamp,
        mut window: Window<(Timestamp, String)>,
        wanted: impl Fn(&AccessToken) -> bool,
    ) -> (usize, Vec<AccessToken>) {
        for token in self.tokens.iter().filter(|token| now < token.expires_at && wanted(token)) {
            window.push((token.issued_at, token.access_token.clone()));
        }
        let (total, shown) = window.finish();
        let found = |token: &String| self.tokens.get(token).map(|token| token.clone());
        (total, shown.iter().filter_map(|(_, token)| found(token)).collect())
    }

    /// Withdraws one registration; its tokens are refused from now on. False for an unknown client.
    pub fn revoke(&self, client_id: &str) -> bool {
        let Some(mut client) = self.clients.get_mut(client_id) else { return false };
        Arc::make_mut(&mut client).revoked = true;
        self.changes.promise(|| Key::Client(client_id.into()));
        true
    }

    /// Lets one token expire. False for an unknown token.
    pub fn expire_token(&self, access_token: &str, now: Timestamp) -> bool {
        let Some(mut token) = self.tokens.get_mut(access_token) else { return false };
        token.expires_at = token.expires_at.min(now);
        self.changes.promise(|| key(access_token));
        true
    }

    /// Moves the end of one token. False for an unknown token.
    pub fn set_token_expiry(&self, access_token: &str, expires_at: Timestamp) -> bool {
        let Some(mut token) = self.tokens.get_mut(access_token) else { return false };
        token.expires_at = expires_at;
        self.changes.promise(|| key(access_token));
        true
    }

    /// Drops tokens that have expired: they are refused as unknown ones are.
    pub fn forget_expired(&self, now: Timestamp) {
        self.retain_tokens(|token| now < token.expires_at);
    }

    fn retain_tokens(&self, is_kept: impl Fn(&AccessToken) -> bool) {
        self.tokens.retain(|access_token, token| {
            let kept = is_kept(token);
            if !kept {
                self.changes.note(|| key(access_token));
            }
            kept
        });
    }

    /// The token, expired or not, as long as it is remembered.
    pub(super) fn token(&self, access_token: &str) -> Option<AccessToken> {
        self.tokens.get(access_token).map(|token| token.clone())
    }

    /// Puts a client in place.
    pub fn insert(&self, client: Arc<Client>) {
        self.clients.insert(client.client_id.clone(), client);
    }

    /// Puts a token in place.
    pub fn insert_token(&self, token: AccessToken) {
        self.tokens.insert(token.access_token.clone(), token);
    }

    /// Forgets one client with its tokens.
    pub fn forget_client(&self, client_id: &str) {
        self.clients.remove(client_id);
        self.changes.promise(|| Key::Client(client_id.into()));
        self.retain_tokens(|token| *token.client_id != *client_id);
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.clients.clear();
        self.tokens.clear();
    }
}

fn key(access_token: &str) -> Key {
    Key::Token(access_token.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const HOUR: Duration = Duration::from_secs(3600);

    fn registered() -> (Clients, Ids, Arc<Client>) {
        let (clients, ids) = (Clients::default(), Ids::seeded(1));
        let client = clients.register(Grant::default(), vec![], NOW, &ids);
        (clients, ids, client)
    }

    fn token(clients: &Clients, ids: &Ids, client: &Client) -> AccessToken {
        let (id, secret) = (&client.client_id, &client.client_secret);
        clients.issue_token(id, secret, "client_credentials", HOUR, NOW, ids).unwrap()
    }

    #[test]
    fn a_token_is_good_until_the_instant_it_expires() {
        let (clients, ids, client) = registered();
        let token = token(&clients, &ids, &client);
        let check = |at: Timestamp| clients.check(&token.access_token, at);
        let last = Timestamp(token.expires_at.millis() - 1);
        assert!(matches!(check(last), TokenCheck::Valid(c) if c.client_id == client.client_id));
        assert!(matches!(check(token.expires_at), TokenCheck::Invalid));
    }

    #[test]
    fn expired_tokens_do_not_pile_up() {
        let (clients, ids, client) = registered();
        for hour in 0..10 {
            for _ in 0..1000 {
                let (id, secret) = (&client.client_id, &client.client_secret);
                let now = NOW.after(HOUR * hour);
                clients.issue_token(id, secret, "client_credentials", HOUR, now, &ids).unwrap();
            }
        }
        assert!(clients.tokens.len() < 4000, "{}", clients.tokens.len());
    }

    #[test]
    fn only_the_right_secret_gets_a_token() {
        let (clients, ids, client) = registered();
        let ask = |id: &str, secret: &str, grant: &str| {
            clients.issue_token(id, secret, grant, HOUR, NOW, &ids).err()
        };
        let (id, secret) = (&client.client_id, &client.client_secret);
        assert_eq!(ask(id, "guess", "client_credentials"), Some(Refusal::InvalidClient));
        assert_eq!(ask("nobody", secret, "client_credentials"), Some(Refusal::InvalidClient));
        assert_eq!(ask(id, secret, "password"), Some(Refusal::UnauthorizedClient));
        clients.revoke(id);
        assert_eq!(ask(id, secret, "client_credentials"), Some(Refusal::InvalidClient));
    }

    #[test]
    fn revoking_a_client_and_expiring_a_token_are_told_apart() {
        let (clients, ids, client) = registered();
        let (first, second) = (token(&clients, &ids, &client), token(&clients, &ids, &client));
        assert!(clients.expire_token(&first.access_token, NOW));
        assert!(matches!(clients.check(&first.access_token, NOW), TokenCheck::Invalid));
        assert!(matches!(clients.check(&second.access_token, NOW), TokenCheck::Valid(_)));
        assert!(clients.revoke(&client.client_id));
        assert!(matches!(clients.check(&second.access_token, NOW), TokenCheck::ClientGone));
        assert!(!clients.revoke("nobody") && !clients.expire_token("nothing", NOW));
    }
}
