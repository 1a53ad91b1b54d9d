//! Signing out: here, at the service, and at the MVPD where it keeps a login of its own.

use std::time::Duration;

use super::app::App;
use super::calls::Failure;
use super::wire::{Decisions, LogoutStep, Logouts};
use crate::defects::Defect;
use crate::protocol::{ClientEvent, Flow, ToClient};

/// How long the browser gets to log the viewer out at their MVPD.
const LOGOUT_PAGE: Duration = Duration::from_secs(60);

impl App {
    /// Signs the viewer out.
    pub(super) async fn sign_out(&mut self) -> Result<(), Failure> {
        self.stop();
        let Some(mvpd) = self.signed_in_with() else {
            self.user.tell("info", "Nobody is signed in.");
            return Ok(());
        };
        if !self.breaks(Defect::ForgetsInsteadOfLogout) {
            let call = self.api.logout(&mvpd, &self.settings.redirect_url);
            let mut answer: Logouts = self.ask(&call).await?;
            self.forget_provider();
            self.ask_once_more(&mvpd).await?;
            let step = answer.logouts.remove(&mvpd).unwrap_or_default();
            if step.url.is_none() && self.breaks(Defect::LogsOutTwice) {
                let _: Logouts = self.ask(&call).await?;
            }
            self.finish_logout(step).await?;
        }
        self.forget_provider();
        self.user.show(ClientEvent::SignedOut { mvpd: Some(mvpd) });
        Ok(())
    }

    /// Does what is left to do: nothing, a page of the MVPD's, or something only the viewer can.
    async fn finish_logout(&mut self, step: LogoutStep) -> Result<(), Failure> {
        if step.action_name == "partner_logout" {
            if !self.breaks(Defect::PartnerLogoutUntold) {
                let text = "Sign out of your TV provider in this device's settings, too.";
                self.user.tell("partner_settings", text);
            }
            return Ok(());
        }
        let Some(url) = step.url.filter(|_| !self.breaks(Defect::SkipsLogoutPage)) else {
            return Ok(());
        };
        let url = self.resolve(&url);
        if self.settings.flow == Flow::SecondScreen {
            // No browser here, so no login was kept in one here; whoever used another device's can
            // finish there.
            self.user.show(ClientEvent::UrlShown { url });
            return Ok(());
        }
        self.open(url);
        let until = self.clock.now().after(LOGOUT_PAGE);
        loop {
            match self.user.next_until(&self.clock, until).await? {
                None | Some(ToClient::Browser(_)) => return Ok(()),
                Some(ToClient::Hello(_)) => {}
                Some(message @ ToClient::Do(_)) => {
                    self.user.put_back(message);
                    return Ok(());
                }
            }
        }
    }

    /// Uses the profile that has just been given up.
    async fn ask_once_more(&mut self, mvpd: &str) -> Result<(), Failure> {
        if self.breaks(Defect::DecisionAfterLogout) {
            let call =
                self.api.authorize(mvpd, std::slice::from_ref(&self.settings.service_provider));
            if let Err(Failure::Quit) = self.ask::<Decisions>(&call).await {
                return Err(Failure::Quit);
            }
        }
        Ok(())
    }
}
