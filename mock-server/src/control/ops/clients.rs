//! Registered clients and their access tokens.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Control, Done, Listing};
use crate::clock::Timestamp;
use crate::control::ControlError;
use crate::domain::clients::{AccessToken, Client};

/// All registered clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientList {
    /// Oldest first, unless told otherwise.
    pub clients: Vec<ClientState>,
    /// How many match in all.
    pub total: usize,
}

/// A registered client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientState {
    /// Its identifier.
    pub client_id: String,
    /// When it registered, in milliseconds since the epoch.
    pub issued_at: i64,
    /// The service providers it may call for; `null` is every one.
    pub service_providers: Option<Vec<String>>,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// Whether its registration was withdrawn.
    pub revoked: bool,
}

/// All access tokens that have not expired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenList {
    /// Oldest first, unless told otherwise.
    pub tokens: Vec<TokenState>,
    /// How many match in all.
    pub total: usize,
}

/// An access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenState {
    /// The `id` it was issued with; names it in paths.
    pub id: String,
    /// The token itself.
    pub access_token: String,
    /// Whose it is.
    pub client_id: String,
    /// When it was issued, in milliseconds since the epoch.
    pub issued_at: i64,
    /// From when on it is refused, in milliseconds since the epoch.
    pub expires_at: i64,
}

/// When something is to end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Expire {
    /// So many seconds from now on; at once when left out.
    pub after_seconds: f64,
}

impl Expire {
    /// The instant it means.
    pub(super) fn at(&self, now: Timestamp) -> Result<Timestamp, ControlError> {
        seconds("after_seconds", self.after_seconds).map(|delay| now.after(delay))
    }
}

/// A number of seconds that makes sense as a delay.
pub(super) fn seconds(field: &str, seconds: f64) -> Result<Duration, ControlError> {
    if (0.0..=1e9).contains(&seconds) {
        return Ok(Duration::from_secs_f64(seconds));
    }
    let error = format!("{field}: {seconds} is no time to wait");
    Err(ControlError::invalid(error, "give seconds, 0 or more"))
}

impl Control<'_> {
    /// All registered clients.
    pub fn clients(&self) -> ClientList {
        self.list_clients(&Listing::default())
    }

    /// A part of them.
    pub fn list_clients(&self, listing: &Listing) -> ClientList {
        let wanted = |client: &Client| listing.means_client(&client.client_id);
        let (total, shown) = self.app.domain.clients.window(listing.window(), wanted);
        ClientList { clients: shown.iter().map(|client| client_state(client)).collect(), total }
    }

    /// Withdraws one registration: its tokens are refused as those of an invalid application, and
    /// it gets no new one. It has to register again.
    pub fn revoke_client(&self, client_id: &str) -> Result<ClientState, ControlError> {
        let clients = &self.app.domain.clients;
        clients.revoke(client_id);
        clients
            .find(client_id)
            .map(|client| client_state(&client))
            .ok_or_else(|| unknown(client_id))
    }

    /// Forgets one client with its tokens, as if it had never registered.
    pub fn forget_client(&self, client_id: &str) -> Result<Done, ControlError> {
        let clients = &self.app.domain.clients;
        clients.find(client_id).ok_or_else(|| unknown(client_id))?;
        clients.forget_client(client_id);
        Ok(Done { done: 1 })
    }

    /// All access tokens that have not expired.
    pub fn tokens(&self) -> TokenList {
        self.list_tokens(&Listing::default())
    }

    /// A part of them.
    pub fn list_tokens(&self, listing: &Listing) -> TokenList {
        let wanted = |token: &AccessToken| listing.means_client(&token.client_id);
        let now = self.app.clock.now();
        let (total, shown) =
            self.app.domain.clients.window_of_tokens(now, listing.window(), wanted);
        TokenList { tokens: shown.iter().map(token_state).collect(), total }
    }

    /// Lets one access token expire, now or later. `token` is its id, or the token itself.
    pub fn expire_token(&self, token: &str, expire: &Expire) -> Result<TokenState, ControlError> {
        let now = self.app.clock.now();
        let expires_at = expire.at(now)?;
        let clients = &self.app.domain.clients;
        let found = clients
            .tokens(now)
            .into_iter()
            .find(|known| known.access_token == token || known.id.to_string() == token);
        let found = found.ok_or_else(|| {
            let hint = "GET /tokens lists those that have not expired";
            ControlError::not_found(format!("token: there is no {token:?}"), hint)
        })?;
        clients.set_token_expiry(&found.access_token, expires_at);
        Ok(token_state(&AccessToken { expires_at, ..found }))
    }
}

fn unknown(client_id: &str) -> ControlError {
    let error = format!("client: there is no {client_id:?}");
    ControlError::not_found(error, "GET /clients lists those that registered")
}

fn client_state(client: &Client) -> ClientState {
    let providers = client.grant.service_providers.as_ref();
    ClientState {
        client_id: client.client_id.to_string(),
        issued_at: client.issued_at.millis(),
        service_providers: providers.map(|known| known.iter().map(ToString::to_string).collect()),
        scopes: client.grant.scopes.clone(),
        revoked: client.revoked,
    }
}

fn token_state(token: &AccessToken) -> TokenState {
    TokenState {
        id: token.id.to_string(),
        access_token: token.access_token.clone(),
        client_id: token.client_id.to_string(),
        issued_at: token.issued_at.millis(),
        expires_at: token.expires_at.millis(),
    }
}
