//! Signing in: the picker, the session, and where its answer leads.

use std::time::Duration;

use pass_mock::clock::Timestamp;

use super::app::App;
use super::calls::Failure;
use super::storage::Provider;
use super::wire::{Configuration, Decisions, Mvpd, Profiles, SessionAnswer};
use crate::defects::Defect;
use crate::protocol::ClientEvent;

/// How long the list of providers is good for.
const CONFIGURATION_LIFE: Duration = Duration::from_secs(3 * 60);

/// How long a code lives where its answer does not say, and the longest that one is polled for.
const CODE_LIFE: Duration = Duration::from_secs(30 * 60);

/// A login that the viewer has to complete in a browser or on another device.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) code: String,
    /// Where a browser completes it, while nothing is missing.
    pub(super) url: Option<String>,
    /// The provider, where it was picked in the app.
    pub(super) provider: Option<Provider>,
    /// When its code ends.
    pub(super) deadline: Timestamp,
    /// The `request_new_code` that it answers.
    pub(super) requested_by: Option<u64>,
    /// Codes before it that were replaced by the viewer's wish.
    pub(super) older_codes: Vec<String>,
}

/// Where the answer of a session leads.
pub(super) enum Opened {
    /// To a login.
    Login(Login),
    /// Nowhere: the viewer is signed in with this MVPD already, or need not be.
    Direct(String),
    /// Nowhere, but the app is not made for it.
    Unhandled,
    /// To an end: nothing is left to do.
    Through,
}

/// How the wait for a login ended.
pub(super) enum Waited {
    /// The viewer is signed in.
    SignedIn,
    /// The code has had its time; the viewer still wants to sign in.
    Expired,
    /// The viewer wants another code.
    NewCode {
        /// Their action.
        id: u64,
    },
    /// The viewer turned away.
    GaveUp,
}

impl App {
    /// Signs the viewer in, with `asked` where the MVPD is picked in the app. Where they are signed
    /// in already, the session's answer says so: nobody has to log in again.
    pub(super) async fn sign_in(&mut self, asked: Option<String>) -> Result<(), Failure> {
        if !self.state.profiles_checked && !self.breaks(Defect::NeverChecksProfiles) {
            self.check_profiles().await?;
        }
        let wanted = asked.or_else(|| self.settings.mvpd.clone()).or_else(|| self.signed_in_with());
        if let Some(provider) = self.provider_at_partner(wanted.as_deref()).await? {
            let opened = self.open_with_partner(&provider).await?;
            return self.log_in(Some(provider), opened).await;
        }
        let provider = match wanted {
            None => None,
            Some(mvpd) => match self.pick(&mvpd).await? {
                Some(provider) => Some(provider),
                None => return Ok(()),
            },
        };
        self.register_needlessly().await?;
        self.ask_for_decisions_early(provider.as_ref()).await?;
        self.log_in(provider, None).await
    }

    /// Lets the viewer pick their provider. One that is remembered only needs their confirmation.
    async fn pick(&mut self, mvpd: &str) -> Result<Option<Provider>, Failure> {
        if let Some(provider) = self.remembered(mvpd) {
            return Ok(Some(provider));
        }
        let offered = self.offer_providers().await?;
        let picked = offered.into_iter().find(|provider| provider.id == mvpd);
        if picked.is_none() {
            self.user.tell("error", "This provider is not available here.");
        }
        Ok(picked)
    }

    /// What is known of a provider that the viewer is or was signed in with.
    fn remembered(&self, mvpd: &str) -> Option<Provider> {
        let last = self.storage.kept.provider.clone().filter(|provider| provider.id == mvpd);
        let known = || Provider { id: mvpd.to_owned(), ..Provider::default() };
        last.or_else(|| self.has_valid_profile(mvpd).then(known))
    }

    /// Shows the picker. Trials are nothing to pick.
    pub(super) async fn offer_providers(&mut self) -> Result<Vec<Provider>, Failure> {
        let mvpds = self.configuration().await?.into_iter();
        let offered: Vec<_> =
            mvpds.filter(|mvpd| !mvpd.is_temp_pass).map(|mvpd| mvpd.provider).collect();
        let mvpds = offered.iter().map(|provider| provider.id.clone()).collect();
        self.user.show(ClientEvent::PickerShown { mvpds });
        Ok(offered)
    }

    /// The list of providers, loaded only when somebody is to pick from it, and kept for a while.
    pub(super) async fn configuration(&mut self) -> Result<Vec<Mvpd>, Failure> {
        if let Some((loaded, mvpds)) = &self.state.configuration
            && self.clock.now().since(*loaded) < CONFIGURATION_LIFE
            && !self.breaks(Defect::ConfigurationNotKept)
        {
            return Ok(mvpds.clone());
        }
        let answer: Configuration = self.ask(&self.api.configuration()).await?;
        let mvpds = answer.requestor.mvpds;
        self.state.configuration = Some((self.clock.now(), mvpds.clone()));
        Ok(mvpds)
    }

    /// One session after the other, beginning with the one that is open already, if one is, until
    /// the viewer is signed in or turns away.
    async fn log_in(
        &mut self,
        provider: Option<Provider>,
        mut open: Option<Opened>,
    ) -> Result<(), Failure> {
        let mut requested_by = None;
        let mut older_codes = Vec::new();
        loop {
            let opened = match open.take() {
                Some(opened) => Ok(opened),
                None => self.open_session(provider.as_ref()).await,
            };
            if let (Err(_), Some(id)) = (&opened, requested_by) {
                self.user.done(id);
            }
            let mut login = match opened? {
                Opened::Direct(mvpd) => return self.adopt(mvpd, provider).await,
                Opened::Login(login) => login,
                Opened::Unhandled => {
                    self.offer_sign_in("Your provider did not let you in. Sign in again.");
                    return Ok(());
                }
                Opened::Through => return Ok(()),
            };
            login.requested_by = requested_by.take();
            login.older_codes.clone_from(&older_codes);
            match self.wait_for_login(&login).await? {
                Waited::SignedIn | Waited::GaveUp => return Ok(()),
                Waited::Expired => self.user.tell("info", "That took long. Let us start anew."),
                Waited::NewCode { id } => {
                    requested_by = Some(id);
                    older_codes.push(login.code);
                }
            }
        }
    }

    async fn open_session(&mut self, provider: Option<&Provider>) -> Result<Opened, Failure> {
        if self.breaks(Defect::TokenPerSession) {
            self.drop_token();
        }
        let names: &[&str] = if self.breaks(Defect::SessionWithoutDomain) {
            &["mvpd", "redirectUrl"]
        } else {
            &["mvpd", "domainName", "redirectUrl"]
        };
        let call = self.api.create_session(&self.parameters(names, provider));
        let answer: SessionAnswer = self.ask(&call).await?;
        self.follow(answer, provider).await
    }

    /// Completes a session, and reads where it leads.
    pub(super) async fn follow(
        &mut self,
        mut answer: SessionAnswer,
        provider: Option<&Provider>,
    ) -> Result<Opened, Failure> {
        // Something is missing that this device can tell. What it cannot tell (the provider, where
        // the second screen picks it) the second screen will.
        if let ("resume" | "retry", Some(code)) = (answer.action_name.as_str(), &answer.code) {
            let missing: Vec<_> = answer.missing_parameters.iter().map(String::as_str).collect();
            let parameters = self.parameters(&missing, provider);
            if !parameters.is_empty() {
                let code = code.clone();
                answer = self.ask(&self.api.resume_session(&code, &parameters)).await?;
                answer.code.get_or_insert(code);
            }
        }
        self.read(answer, provider)
    }

    /// The parameters of these names that are known. The documents have two names for the domain.
    pub(super) fn parameters<'a>(
        &'a self,
        names: &[&'a str],
        provider: Option<&'a Provider>,
    ) -> Vec<(&'a str, &'a str)> {
        let value = |name: &str| match name {
            "mvpd" => provider.map(|provider| provider.id.as_str()),
            "domain" | "domainName" => Some(self.settings.domain_name.as_str()),
            "redirectUrl" => Some(self.settings.redirect_url.as_str()),
            _ => None,
        };
        let name = |name: &'a str| if name == "domain" { "domainName" } else { name };
        names.iter().filter_map(|&known| Some((name(known), value(known)?))).collect()
    }

    /// Follows what the answer says to do next. Of an action that is new to this app, what counts is
    /// whether there is a code to wait for.
    fn read(&self, answer: SessionAnswer, provider: Option<&Provider>) -> Result<Opened, Failure> {
        let mvpd = answer.mvpd.or_else(|| provider.map(|provider| provider.id.clone()));
        match (answer.action_name.as_str(), answer.code, mvpd) {
            ("authorize", ..)
                if answer.reason_type == "degraded" && self.breaks(Defect::SignsInDegraded) =>
            {
                Ok(Opened::Unhandled)
            }
            ("authorize", _, Some(mvpd)) => {
                if let Some(url) = answer.url.filter(|_| self.breaks(Defect::BrowserAfterDirect)) {
                    self.open(self.resolve(&url));
                }
                Ok(Opened::Direct(mvpd))
            }
            (action, Some(code), _) => Ok(Opened::Login(Login {
                code,
                url: answer.url.filter(|_| !matches!(action, "resume" | "retry")),
                provider: provider.cloned(),
                deadline: self.deadline(answer.not_before, answer.not_after),
                requested_by: None,
                older_codes: Vec::new(),
            })),
            _ => Err(Failure::Unavailable("start signing in")),
        }
    }

    /// When a code ends, by this device's clock: what counts is how long it lives.
    fn deadline(&self, not_before: Option<Timestamp>, not_after: Option<Timestamp>) -> Timestamp {
        let life = not_before.zip(not_after).map(|(from, to)| to.since(from));
        self.clock.now().after(life.unwrap_or(CODE_LIFE).min(CODE_LIFE))
    }

    /// Signed in already, says the session: fetches the profile, once.
    async fn adopt(&mut self, mvpd: String, provider: Option<Provider>) -> Result<(), Failure> {
        let mut answer: Profiles = self.ask(&self.api.profile_by_mvpd(&mvpd)).await?;
        let Some(profile) = answer.profiles.remove(&mvpd) else {
            self.user.tell("error", "Your sign-in could not be confirmed. Please try again.");
            return Ok(());
        };
        let provider = provider.unwrap_or(Provider { id: mvpd, ..Provider::default() });
        self.use_profile(provider, profile);
        Ok(())
    }

    /// Asks what may be watched before anybody has signed in.
    async fn ask_for_decisions_early(
        &mut self,
        provider: Option<&Provider>,
    ) -> Result<(), Failure> {
        let never_signed_in = self.storage.kept.provider.is_none() && !self.state.signed_in;
        let early = never_signed_in && self.breaks(Defect::DecisionBeforeProfile);
        if let Some(provider) = provider.filter(|_| early) {
            // Something that nobody asks for later, or what is permitted would be asked for twice.
            let call = self.api.preauthorize(&provider.id, &["preview".to_owned()]);
            if let Err(Failure::Quit) = self.ask::<Decisions>(&call).await {
                return Err(Failure::Quit);
            }
        }
        Ok(())
    }
}
