//! Signing in through a partner's framework, such as that of Apple's devices: the viewer has named
//! their TV provider in the system settings, and the framework asks it on the app's behalf.
//!
//! The framework tells whether the app may know of that, and of whom. Without the viewer's permission,
//! or without a provider, there is nothing to ask the service for. Everything else the service judges:
//! where it does not accept what the framework said it answers with an ordinary session, and the app
//! goes on with that.

use super::app::App;
use super::calls::Failure;
use super::sign_in::Opened;
use super::storage::Provider;
use super::wire::{Profiles, SessionAnswer};
use crate::defects::Defect;
use crate::protocol::Partner;

impl App {
    /// The provider that the viewer is signed in with at the partner, if it is to be had here and is
    /// the one that is wanted. The system's settings have taken the place of the picker.
    pub(super) async fn provider_at_partner(
        &mut self,
        wanted: Option<&str>,
    ) -> Result<Option<Provider>, Failure> {
        let Some(named) = self.partner().and_then(named_by) else { return Ok(None) };
        if let Some(known) = &self.storage.kept.provider
            && self.has_valid_profile(&known.id)
            && wanted.is_none_or(|wanted| wanted == known.id)
        {
            return Ok(Some(known.clone()));
        }
        let is_named = |id: &str, mapped: Option<&str>| mapped.unwrap_or(id) == named;
        let mvpds = self.configuration().await?.into_iter();
        let mut providers = mvpds
            .filter(|mvpd| is_named(&mvpd.provider.id, mvpd.platform_mapping_id.as_deref()))
            .map(|mvpd| mvpd.provider);
        Ok(providers.find(|provider| wanted.is_none_or(|wanted| wanted == provider.id)))
    }

    /// Opens a session with the partner. `None` where the app has to begin with an ordinary one: the
    /// partner's framework did not come to an end, or the service did not take what it brought.
    pub(super) async fn open_with_partner(
        &mut self,
        provider: &Provider,
    ) -> Result<Option<Opened>, Failure> {
        let Some(partner) = self.partner().map(|partner| partner.name.clone()) else {
            return Ok(None);
        };
        let call = {
            let parameters = self.parameters(&["domainName", "redirectUrl"], None);
            self.api.partner_request(&partner, &parameters)
        };
        let answer: SessionAnswer = self.ask(&call).await?;
        if answer.action_name == "partner_profile" {
            return self.sign_in_at_partner(&partner, provider).await;
        }
        if self.breaks(Defect::StopsAtFallback) && answer.action_name != "authorize" {
            self.user.tell("error", "Your TV provider cannot be used here.");
            return Ok(Some(Opened::Through));
        }
        self.follow(answer, Some(provider)).await.map(Some)
    }

    /// Has the framework sign the viewer in, and makes a profile of what it brings back: once, for the
    /// ordinary calls tell of it from then on.
    async fn sign_in_at_partner(
        &mut self,
        partner: &str,
        provider: &Provider,
    ) -> Result<Option<Opened>, Failure> {
        let Some(response) = self.ask_framework() else { return Ok(None) };
        let call = self.api.partner_profile(partner, &response);
        let mut answer: Profiles = match self.ask(&call).await {
            Ok(answer) => answer,
            Err(Failure::Refused(..)) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let Some(profile) = answer.profiles.remove(&provider.id) else { return Ok(None) };
        self.use_profile(provider.clone(), profile);
        Ok(Some(Opened::Through))
    }

    /// What the framework brings back from the provider; another one each time.
    fn ask_framework(&mut self) -> Option<String> {
        let asked = self.state.partner_asked;
        let response = self.partner()?.saml_responses.get(asked)?.clone();
        self.state.partner_asked += 1;
        Some(response)
    }

    /// Asks for the profile with the response that has made it.
    pub(super) async fn use_partner_response_again(&mut self) -> Result<(), Failure> {
        if !self.breaks(Defect::PartnerProfileAgain) {
            return Ok(());
        }
        let last = self.state.partner_asked.checked_sub(1);
        let partner = self.partner();
        let response = partner.zip(last).and_then(|(partner, last)| {
            Some(self.api.partner_profile(&partner.name, partner.saml_responses.get(last)?))
        });
        if let Some(call) = response {
            let _: Profiles = self.ask(&call).await?;
        }
        Ok(())
    }

    fn partner(&self) -> Option<&Partner> {
        self.settings.single_sign_on.as_ref()?.partner.as_ref()
    }
}

/// The provider that the framework names, by its own name for it, where the viewer lets the app know.
fn named_by(partner: &Partner) -> Option<String> {
    let text = |pointer| partner.framework_status.pointer(pointer)?.as_str();
    let granted = text("/frameworkPermissionInfo/accessStatus") == Some("granted");
    let named = text("/frameworkProviderInfo/id").filter(|id| granted && !id.is_empty());
    named.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn named(framework_status: Value) -> Option<String> {
        named_by(&Partner { name: "Apple".into(), framework_status, saml_responses: Vec::new() })
    }

    #[test]
    fn a_provider_is_named_only_with_permission() {
        let status = |access: &str, id: &str| {
            json!({
                "frameworkPermissionInfo": { "accessStatus": access },
                "frameworkProviderInfo": { "id": id },
            })
        };
        assert_eq!(named(status("granted", "Cablevision")).as_deref(), Some("Cablevision"));
        assert_eq!(named(status("denied", "Cablevision")), None);
        assert_eq!(named(status("granted", "")), None);
        assert_eq!(named(json!({})), None);
    }
}
