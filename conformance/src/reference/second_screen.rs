//! The other side of a code: the web application in which a viewer types what their TV shows.
//!
//! It finds out first whether the code is good and what its session lacks, supplies that, and only
//! then sends the user agent to the login page.

use std::time::Duration;

use super::app::App;
use super::calls::Failure;
use super::storage::Provider;
use super::wire::{SessionAnswer, SessionInfo};
use crate::defects::Defect;
use crate::protocol::{BrowserEvent, BrowserNews, ToClient};

impl App {
    /// The viewer typed a code, and picks `mvpd` where the session has none.
    pub(super) async fn enter_code(
        &mut self,
        typed: &str,
        mvpd: Option<String>,
    ) -> Result<(), Failure> {
        let code = typed.trim().to_uppercase();
        let unchecked = mvpd.is_none() && self.breaks(Defect::OpensUncheckedCode);
        if unchecked {
            self.open(self.resolve(&self.api.authenticate_path(&code)));
            self.pause(Duration::from_secs(1)).await?;
        }
        let session: SessionInfo = match self.ask(&self.api.session(&code)).await {
            Ok(session) => session,
            Err(Failure::Refused(..)) => {
                self.user.tell("error", "This code is not valid. Check it, or get a new one.");
                return Ok(());
            }
            Err(failure) => return Err(failure),
        };
        if unchecked {
            return self.wait_for_browser().await;
        }
        let page = self.api.authenticate_path(&code);
        if session.missing_parameters.is_empty() || self.breaks(Defect::OpensWithoutResuming) {
            return self.log_in_at(&page).await;
        }
        let provider = if session.missing_parameters.iter().any(|name| name == "mvpd") {
            let picked = mvpd.or_else(|| self.settings.mvpd.clone());
            let offered = self.offer_providers().await?;
            let provider = offered.into_iter().find(|offer| Some(&offer.id) == picked.as_ref());
            if provider.is_none() {
                self.user.tell("error", "Pick your provider to go on.");
                return Ok(());
            }
            provider
        } else {
            None
        };
        self.resume(&code, &session, provider.as_ref(), &page).await
    }

    async fn resume(
        &mut self,
        code: &str,
        session: &SessionInfo,
        provider: Option<&Provider>,
        page: &str,
    ) -> Result<(), Failure> {
        let missing: Vec<_> = session.missing_parameters.iter().map(String::as_str).collect();
        let call = self.api.resume_session(code, &self.parameters(&missing, provider));
        let answer: SessionAnswer = self.ask(&call).await?;
        match answer.action_name.as_str() {
            "authorize" => {
                self.user.tell("info", "You are signed in already: go back to your TV.");
                Ok(())
            }
            "retry" | "resume" => Err(Failure::Unavailable("continue signing in")),
            _ => self.log_in_at(answer.url.as_deref().unwrap_or(page)).await,
        }
    }

    /// Sends the user agent to the login page and waits until it is through.
    async fn log_in_at(&mut self, url: &str) -> Result<(), Failure> {
        self.open(self.resolve(url));
        self.wait_for_browser().await
    }

    async fn wait_for_browser(&mut self) -> Result<(), Failure> {
        let event = loop {
            match self.user.next().await.ok_or(Failure::Quit)? {
                ToClient::Browser(BrowserNews { event, .. }) => break event,
                ToClient::Hello(_) => {}
                message @ ToClient::Do(_) => {
                    self.user.put_back(message);
                    return Ok(());
                }
            }
        };
        match event {
            BrowserEvent::Reached => self.user.tell("info", "Done: go back to your TV."),
            BrowserEvent::Closed => self.user.tell("info", "Signing in was cancelled."),
            BrowserEvent::Failed => {
                self.user.tell("error", "The sign-in page could not be opened.");
            }
        }
        Ok(())
    }
}
