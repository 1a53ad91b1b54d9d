//! Client credentials, obtained once; access tokens, used until they expire.

use std::time::Duration;

use super::api;
use super::app::App;
use super::calls::{Failure, Retries, Settled};
use super::storage::{Credentials, Token};
use super::wire::{AccessToken, Registration};
use crate::defects::Defect;

/// A token this close to its end is replaced before it is used, or it might end on the way. Of a
/// short-lived one, only the last tenth is given up.
const MARGIN: Duration = Duration::from_secs(60);

impl App {
    /// An access token that has not expired: the kept one while it lasts, else a fresh one.
    pub(super) async fn token(&mut self) -> Result<String, Failure> {
        let now = self.clock.now();
        if let Some(token) = &self.storage.kept.token
            && (now.after(MARGIN.min(token.expires.since(token.received) / 10)) < token.expires
                || self.breaks(Defect::NeverChecksExpiry))
        {
            return Ok(token.access_token.clone());
        }
        let kept = self.storage.kept.credentials.clone();
        let may_be_stale = kept.is_some();
        let credentials = match kept {
            Some(credentials) => credentials,
            None => self.register().await?,
        };
        match self.fetch_token(&credentials).await {
            // Credentials do not expire, but they can be revoked.
            Err(failure) if may_be_stale && failure.has_code("invalid_client") => {
                let credentials = self.register().await?;
                self.fetch_token(&credentials).await
            }
            outcome => outcome,
        }
    }

    /// The token is of no use any more, whatever its expiry says.
    pub(super) fn drop_token(&mut self) {
        self.storage.kept.token = None;
    }

    /// The registration is of no use any more.
    pub(super) fn drop_registration(&mut self) {
        self.storage.kept.credentials = None;
        self.drop_token();
    }

    /// Registers once more and throws the credentials away: what a client does that registers as
    /// part of signing in.
    pub(super) async fn register_needlessly(&mut self) -> Result<(), Failure> {
        if self.breaks(Defect::RegistersAtSignIn) {
            let call = api::register(&self.settings.software_statement);
            let _: Registration = self.ask_openly(&call).await?;
        }
        Ok(())
    }

    pub(super) async fn register(&mut self) -> Result<Credentials, Failure> {
        let call = api::register(&self.settings.software_statement);
        let registration: Registration = self.ask_openly(&call).await?;
        let credentials = Credentials {
            software_statement: self.settings.software_statement.clone(),
            base_url: self.settings.base_url.clone(),
            client_id: registration.client_id,
            client_secret: registration.client_secret,
        };
        self.storage.kept.credentials = Some(credentials.clone());
        self.save();
        Ok(credentials)
    }

    async fn fetch_token(&mut self, credentials: &Credentials) -> Result<String, Failure> {
        let call = api::token(&credentials.client_id, &credentials.client_secret);
        let answer: AccessToken = self.ask_openly(&call).await?;
        let received = self.clock.now();
        let ahead = answer.created_at.map_or(0, |created| created.millis() - received.millis());
        self.storage.kept.service_ahead = ahead;
        self.storage.kept.token = Some(Token {
            access_token: answer.access_token.clone(),
            received,
            expires: received.after(Duration::from_secs(answer.expires_in)),
        });
        self.save();
        Ok(answer.access_token)
    }

    /// Sends a call that needs no token.
    async fn ask_openly<T: serde::de::DeserializeOwned>(
        &mut self,
        call: &api::Call,
    ) -> Result<T, Failure> {
        let mut retries = Retries::patient();
        loop {
            let reply = self.send(call, None).await?;
            match self.settle(call, reply, &mut retries).await? {
                Settled::Answer(answer) => return Ok(answer),
                Settled::Again => {}
                Settled::Unauthorized(_) => return Err(Failure::Unauthorized(call.purpose)),
            }
        }
    }
}
