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

/// Why a bearer token is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadToken {
    /// Unknown or expired: a fresh one helps.
    Invalid,
    /// Its client was revoked or is gone: only registering again helps.
    ClientGone,
}

/// A token beside its client, as that is now, so that a call looks up both at once.
#[derive(Clone, Debug)]
struct Issued {
    token: AccessToken,
    client: Option<Arc<Client>>,
}

/// So many tokens are issued at least before expired ones are dropped.
const SWEEP_AFTER: usize = 1024;

/// All registered clients and all live access tokens.
#[derive(Debug, Default)]
pub struct Clients {
    clients: Map<Id, Arc<Client>>,
    tokens: Map<String, Issued>,
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
        self.insert_token(token.clone());
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

    /// Something about the client that a bearer token belongs to, if it is still good.
    ///
    /// # Errors
    /// When it is not.
    pub fn check<T>(
        &self,
        access_token: &str,
        now: Timestamp,
        about: impl FnOnce(&Arc<Client>) -> T,
    ) -> Result<T, BadToken> {
        let issued = self.tokens.get(access_token).filter(|issued| now < issued.token.expires_at);
        let issued = issued.ok_or(BadToken::Invalid)?;
        let client = issued.client.as_ref().filter(|client| !client.revoked);
        client.map(about).ok_or(BadToken::ClientGone)
    }

    /// Whose a bearer token is, expired or not, as long as it is remembered.
    pub fn holder(&self, access_token: &str) -> Option<Id> {
        self.tokens.get(access_token).map(|issued| issued.token.client_id.clone())
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
        let mut all: Vec<_> = self.tokens.iter().map(|issued| issued.token.clone()).collect();
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
        for issued in &self.tokens {
            let token = &issued.token;
            if now < token.expires_at && wanted(token) {
                window.push((token.issued_at, token.access_token.clone()));
            }
        }
        let (total, shown) = window.finish();
        (total, shown.iter().filter_map(|(_, token)| self.token(token)).collect())
    }

    /// Withdraws one registration; its tokens are refused from now on. False for an unknown client.
    pub fn revoke(&self, client_id: &str) -> bool {
        {
            let Some(mut client) = self.clients.get_mut(client_id) else { return false };
            Arc::make_mut(&mut client).revoked = true;
            self.changes.promise(|| Key::Client(client_id.into()));
        }
        let newest = self.find(client_id);
        for mut issued in self.tokens.iter_mut() {
            if *issued.token.client_id == *client_id {
                issued.client.clone_from(&newest);
            }
        }
        true
    }

    /// Lets one token expire. False for an unknown token.
    pub fn expire_token(&self, access_token: &str, now: Timestamp) -> bool {
        let Some(mut issued) = self.tokens.get_mut(access_token) else { return false };
        issued.token.expires_at = issued.token.expires_at.min(now);
        self.changes.promise(|| key(access_token));
        true
    }

    /// Moves the end of one token. False for an unknown token.
    pub fn set_token_expiry(&self, access_token: &str, expires_at: Timestamp) -> bool {
        let Some(mut issued) = self.tokens.get_mut(access_token) else { return false };
        issued.token.expires_at = expires_at;
        self.changes.promise(|| key(access_token));
        true
    }

    /// Drops tokens that have expired: they are refused as unknown ones are.
    pub fn forget_expired(&self, now: Timestamp) {
        self.retain_tokens(|token| now < token.expires_at);
    }

    fn retain_tokens(&self, is_kept: impl Fn(&AccessToken) -> bool) {
        self.tokens.retain(|access_token, issued| {
            let kept = is_kept(&issued.token);
            if !kept {
                self.changes.note(|| key(access_token));
            }
            kept
        });
    }

    /// The token, expired or not, as long as it is remembered.
    pub(super) fn token(&self, access_token: &str) -> Option<AccessToken> {
        self.tokens.get(access_token).map(|issued| issued.token.clone())
    }

    /// Puts a client in place.
    pub fn insert(&self, client: Arc<Client>) {
        self.clients.insert(client.client_id.clone(), client);
    }

    /// Puts a token in place; its client comes first.
    pub fn insert_token(&self, token: AccessToken) {
        let (access_token, client_id) = (token.access_token.clone(), token.client_id.clone());
        let client = self.find(&client_id);
        let before = client.clone();
        self.tokens.insert(access_token.clone(), Issued { token, client });
        // Whoever withdrew the client meanwhile may have passed by before the token was there.
        let now = self.find(&client_id);
        if now.as_ref().map(Arc::as_ptr) != before.as_ref().map(Arc::as_ptr)
            && let Some(mut issued) = self.tokens.get_mut(&access_token)
        {
            issued.client = now;
        }
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

    fn whose(clients: &Clients, token: &AccessToken, at: Timestamp) -> Result<Id, BadToken> {
        clients.check(&token.access_token, at, |client| client.client_id.clone())
    }

    #[test]
    fn a_token_without_its_client_is_told_from_an_unknown_one() {
        let (clients, ids, client) = registered();
        let token = token(&clients, &ids, &client);
        let elsewhere = Clients::default();
        elsewhere.insert_token(token.clone());
        assert_eq!(whose(&elsewhere, &token, NOW), Err(BadToken::ClientGone));
        elsewhere.insert(client);
        elsewhere.insert_token(token.clone());
        assert!(whose(&elsewhere, &token, NOW).is_ok());
    }

    /// Whichever comes first: no token of a withdrawn client is good in the end.
    #[test]
    fn a_token_that_is_issued_while_its_client_is_withdrawn_is_no_good() {
        for _ in 0..200 {
            let (clients, ids, client) = registered();
            let issued = std::thread::scope(|scope| {
                let issue = scope.spawn(|| {
                    let (id, secret) = (&client.client_id, &client.client_secret);
                    clients.issue_token(id, secret, "client_credentials", HOUR, NOW, &ids)
                });
                clients.revoke(&client.client_id);
                issue.join().unwrap()
            });
            if let Ok(token) = issued {
                assert_eq!(whose(&clients, &token, NOW), Err(BadToken::ClientGone));
            }
        }
    }

    #[test]
    fn a_token_is_good_until_the_instant_it_expires() {
        let (clients, ids, client) = registered();
        let token = token(&clients, &ids, &client);
        let check = |at: Timestamp| whose(&clients, &token, at);
        let last = Timestamp(token.expires_at.millis() - 1);
        assert_eq!(check(last), Ok(client.client_id.clone()));
        assert_eq!(check(token.expires_at), Err(BadToken::Invalid));
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
        assert_eq!(whose(&clients, &first, NOW), Err(BadToken::Invalid));
        assert_eq!(whose(&clients, &second, NOW), Ok(client.client_id.clone()));
        assert!(clients.revoke(&client.client_id));
        assert_eq!(whose(&clients, &second, NOW), Err(BadToken::ClientGone));
        assert!(!clients.revoke("nobody") && !clients.expire_token("nothing", NOW));
    }
}
