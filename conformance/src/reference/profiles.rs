//! Who is signed in.

use pass_mock::clock::Timestamp;

use super::app::App;
use super::calls::Failure;
use super::storage::Provider;
use super::wire::{Profile, Profiles, SessionAnswer};
use crate::defects::Defect;
use crate::protocol::{ClientEvent, Role};

impl App {
    /// The app starts: before anything else it asks who is signed in.
    pub(super) async fn launch(&mut self) -> Result<(), Failure> {
        // The second screen signs in others; it has no profile of its own.
        if self.settings.role == Role::SecondScreen {
            return Ok(());
        }
        if self.breaks(Defect::ConfigurationAtLaunch) {
            self.configuration().await?;
        }
        if !self.breaks(Defect::NeverChecksProfiles) {
            self.check_profiles().await?;
        }
        let Some(mvpd) = self.signed_in_with() else { return self.look_at_trial().await };
        let from_others = self.profile().is_some_and(Profile::is_from_others);
        if from_others && self.breaks(Defect::AsksDespiteSignOn) {
            self.offer_sign_in("Sign in to watch.");
        }
        let own = self.profile().is_some_and(|profile| profile.kind == "regular");
        if own && self.breaks(Defect::PickerAtEveryLaunch) {
            self.user.show(ClientEvent::PickerShown { mvpds: vec![mvpd.clone()] });
        }
        if self.breaks(Defect::SessionAtLaunch) {
            let parameters = [
                ("mvpd", mvpd.as_str()),
                ("domainName", &self.settings.domain_name),
                ("redirectUrl", &self.settings.redirect_url),
            ];
            let call = self.api.create_session(&parameters);
            let _: SessionAnswer = self.ask(&call).await?;
        }
        self.user.show(ClientEvent::SignedIn { mvpd: Some(mvpd) });
        Ok(())
    }

    /// The app comes back to the front: the viewer may have signed in or out elsewhere meanwhile.
    pub(super) async fn foreground(&mut self) -> Result<(), Failure> {
        let before = self.signed_in_with();
        let may_be_known = before.is_some() || self.settings.single_sign_on.is_some();
        if self.settings.role == Role::SecondScreen || !may_be_known {
            return Ok(());
        }
        self.check_profiles().await?;
        self.use_partner_response_again().await?;
        match (before, self.signed_in_with()) {
            (Some(_), None) => {
                self.offer_sign_in("You are signed out. Sign in to go on watching.");
            }
            (None, Some(mvpd)) => self.user.show(ClientEvent::SignedIn { mvpd: Some(mvpd) }),
            _ => {}
        }
        Ok(())
    }

    /// Asks the service who is signed in: with the remembered provider, or with any.
    pub(super) async fn check_profiles(&mut self) -> Result<(), Failure> {
        let remembered = self.storage.kept.provider.as_ref().map(|provider| provider.id.clone());
        if remembered.is_none() {
            self.look_for_known_mvpds().await?;
        }
        let call = match &remembered {
            Some(_) if self.breaks(Defect::AsksForAllAtLaunch) => self.api.profiles(),
            Some(mvpd) => self.api.profile_by_mvpd(mvpd),
            None => self.api.profiles(),
        };
        let answer = self.ask::<Profiles>(&call).await;
        if let (Err(Failure::Refused(..)), Some(_)) = (&answer, &remembered) {
            // The provider is not to be had any more: the next sign-in begins with the picker.
            self.forget_provider();
        }
        let found = answer?.profiles;
        self.state.profiles_checked = true;
        let before = self.profile().cloned();
        match &remembered {
            Some(mvpd) => drop(self.storage.kept.profiles.remove(mvpd)),
            None => self.storage.kept.profiles.clear(),
        }
        self.storage.kept.profiles.extend(found);
        if remembered.is_none() {
            self.storage.kept.provider = self.longest_valid();
        }
        if self.profile() != before.as_ref() {
            self.state.permits.clear();
        }
        self.save();
        Ok(())
    }

    /// Asks for the profiles of MVPDs that were well known when the app was written.
    async fn look_for_known_mvpds(&mut self) -> Result<(), Failure> {
        if self.breaks(Defect::OwnListOfMvpds) {
            for mvpd in ["AlticeOne", "Suddenlink"] {
                let call = self.api.profile_by_mvpd(mvpd);
                if let Err(Failure::Quit) = self.ask::<Profiles>(&call).await {
                    return Err(Failure::Quit);
                }
            }
        }
        Ok(())
    }

    /// The MVPD whose valid profile the app uses.
    pub(super) fn signed_in_with(&self) -> Option<String> {
        let provider = self.storage.kept.provider.as_ref()?;
        self.has_valid_profile(&provider.id).then(|| provider.id.clone())
    }

    /// Whether the viewer is signed in with this MVPD, as far as the app knows.
    pub(super) fn has_valid_profile(&self, mvpd: &str) -> bool {
        let now = self.service_time();
        self.storage.kept.profiles.get(mvpd).is_some_and(|profile| profile.is_valid(now))
    }

    /// The profiles that have not run out, by MVPD.
    pub(super) fn valid_profiles(&self) -> impl Iterator<Item = (&String, &Profile)> {
        let now = self.service_time();
        self.storage.kept.profiles.iter().filter(move |(_, profile)| profile.is_valid(now))
    }

    /// The service's time, as well as this device knows it: profiles end by that clock.
    pub(super) fn service_time(&self) -> Timestamp {
        Timestamp(self.clock.now().millis().saturating_add(self.storage.kept.service_ahead))
    }

    /// An instant of the service's by this device's clock.
    pub(super) fn device_time(&self, at: Timestamp) -> Timestamp {
        Timestamp(at.millis().saturating_sub(self.storage.kept.service_ahead))
    }

    /// From now on the app uses this provider's profile.
    pub(super) fn use_profile(&mut self, provider: Provider, profile: Profile) {
        let mvpd = provider.id.clone();
        self.storage.kept.profiles.insert(mvpd.clone(), profile);
        if self.storage.kept.provider.as_ref() != Some(&provider) {
            self.storage.kept.provider = Some(provider);
            self.state.permits.clear();
        }
        self.save();
        self.state.signed_in = true;
        self.user.show(ClientEvent::SignedIn { mvpd: Some(mvpd) });
    }

    /// The present profile is of no use any more. The provider stays remembered: signing in again
    /// need not begin with the picker.
    pub(super) fn lose_profile(&mut self) {
        if let Some(provider) = &self.storage.kept.provider {
            self.storage.kept.profiles.remove(&provider.id);
            self.state.permits.clear();
            self.save();
        }
    }

    /// The viewer has turned away from the provider.
    pub(super) fn forget_provider(&mut self) {
        self.lose_profile();
        self.storage.kept.provider = None;
        self.save();
    }

    fn profile(&self) -> Option<&Profile> {
        self.storage.kept.profiles.get(&self.storage.kept.provider.as_ref()?.id)
    }

    /// Of several profiles that nobody has chosen from, the one that lasts longest.
    fn longest_valid(&self) -> Option<Provider> {
        let (mvpd, _) = self.valid_profiles().max_by_key(|(_, profile)| profile.not_after)?;
        Some(Provider { id: mvpd.clone(), ..Provider::default() })
    }
}
