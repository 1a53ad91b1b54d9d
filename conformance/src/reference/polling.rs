//! Waiting for the viewer to sign in, in the browser or on another device.
//!
//! The client polls every fifteen seconds with the code: what the older edition recommends, and
//! within what the newer one demands. It begins when the browser has reached the redirect URL, or at
//! once where the code is typed in elsewhere; it ends with the profile, the end of the code, a newer
//! code, or a viewer who turns away.

use std::time::Duration;

use pass_mock::clock::Timestamp;

use super::app::App;
use super::calls::Failure;
use super::sign_in::{Login, Waited};
use super::storage::Provider;
use super::user::Quit;
use super::wire::{Profile, Profiles};
use crate::defects::Defect;
use crate::protocol::{Action, BrowserEvent, BrowserNews, ClientEvent, Do, Flow, ToClient};

/// Between one poll and the next.
const INTERVAL: Duration = Duration::from_secs(15);

/// A poll this close to the code's end might arrive after it.
const MARGIN: Duration = Duration::from_secs(1);

/// How many polls in a row may fail before the viewer hears of it.
const PATIENCE: u32 = 3;

/// What a poll found.
enum Poll {
    Found(String, Profile),
    NotYet,
    /// The service does not know the code any more.
    Gone,
}

/// What happened next while waiting.
enum Next {
    /// The time has come.
    Time,
    Browser(BrowserEvent),
    NewCode(u64),
    Foreground(u64),
    /// The viewer did something else; it comes next.
    Elsewhere,
}

impl App {
    /// Shows the viewer where to sign in, and waits until they have.
    pub(super) async fn wait_for_login(&mut self, login: &Login) -> Result<Waited, Failure> {
        let mut next_poll = self.show_login(login);
        let mut failed = 0;
        loop {
            // A poll must arrive before the code ends.
            let due = next_poll.filter(|poll| poll.after(MARGIN) < login.deadline);
            match self.next_until(login, due.unwrap_or(login.deadline)).await? {
                Next::Time if due.is_none() => return self.expire(login).await,
                Next::Time => {}
                Next::Browser(BrowserEvent::Reached) => {
                    next_poll = Some(self.clock.now());
                    continue;
                }
                Next::Browser(BrowserEvent::Closed) => return self.look_once_more(login).await,
                Next::Browser(BrowserEvent::Failed) => {
                    self.user.tell("error", "The sign-in page could not be opened.");
                    return Ok(Waited::GaveUp);
                }
                Next::NewCode(id) => return Ok(Waited::NewCode { id }),
                Next::Foreground(id) => {
                    next_poll = next_poll.map(|_| self.clock.now());
                    self.user.done(id);
                    continue;
                }
                Next::Elsewhere => return Ok(Waited::GaveUp),
            }
            match self.poll(login, &mut failed).await? {
                Poll::Found(mvpd, profile) => return self.succeed(login, mvpd, profile).await,
                Poll::Gone => {
                    // A service that knows no code for long must not be asked for codes without end.
                    self.pause(INTERVAL).await?;
                    return Ok(Waited::Expired);
                }
                Poll::NotYet => next_poll = Some(self.clock.now().after(self.interval())),
            }
        }
    }

    /// Shows the login, and says when the first poll is due, if it is the clock that decides.
    fn show_login(&self, login: &Login) -> Option<Timestamp> {
        let now = self.clock.now();
        let browser = login.url.as_ref().filter(|_| self.settings.flow == Flow::Browser);
        let first_poll = if let Some(url) = browser {
            if self.breaks(Defect::WrongAuthenticateUrl) {
                self.open(self.resolve(&url.replace("/api/v2/", "/")));
            } else {
                self.open(self.resolve(url));
            }
            self.breaks(Defect::PollsBeforeBrowserReturns).then_some(now)
        } else {
            self.user.show(ClientEvent::CodeShown { code: login.code.clone() });
            let late = self.breaks(Defect::FirstPollLate);
            Some(if late { now.after(Duration::from_secs(40)) } else { now })
        };
        if let Some(id) = login.requested_by {
            self.user.done(id);
        }
        first_poll
    }

    fn interval(&self) -> Duration {
        if self.breaks(Defect::PollTooFast) {
            Duration::from_secs(2)
        } else if self.breaks(Defect::PollEveryFiveSeconds) {
            Duration::from_secs(5)
        } else {
            INTERVAL
        }
    }

    /// What happens next until then, as far as it matters to somebody who waits for a login.
    async fn next_until(&mut self, login: &Login, until: Timestamp) -> Result<Next, Failure> {
        loop {
            let look = self.next_look(until);
            let Some(message) = self.user.next_until(&self.clock, look).await? else {
                if look >= until {
                    return Ok(Next::Time);
                }
                self.count_down(&login.code).await?;
                continue;
            };
            match message {
                ToClient::Browser(BrowserNews { event, .. }) => return Ok(Next::Browser(event)),
                ToClient::Do(Do { id, action: Action::RequestNewCode }) => {
                    return Ok(Next::NewCode(id));
                }
                ToClient::Do(Do { id, action: Action::Foreground }) => {
                    return Ok(Next::Foreground(id));
                }
                ToClient::Do(_) => {
                    self.user.put_back(message);
                    return Ok(Next::Elsewhere);
                }
                ToClient::Hello(_) => {}
            }
        }
    }

    /// Polls. A poll that fails is followed by the next one; only an app that the service does not
    /// accept gives up.
    async fn poll(&mut self, login: &Login, failed: &mut u32) -> Result<Poll, Failure> {
        if !login.older_codes.is_empty() && self.breaks(Defect::KeepsOldCode) {
            for code in &login.older_codes {
                let call = self.api.profile_by_code(code);
                if let Err(Failure::Quit) = self.poll_once::<Profiles>(&call).await {
                    return Err(Failure::Quit);
                }
            }
        }
        let call = match &login.provider {
            _ if self.breaks(Defect::PollsAllProfiles) => self.api.profiles(),
            Some(provider) if self.breaks(Defect::PollsByMvpd) => {
                self.api.profile_by_mvpd(&provider.id)
            }
            _ => self.api.profile_by_code(&login.code),
        };
        match self.poll_once::<Profiles>(&call).await {
            Ok(answer) => {
                *failed = 0;
                Ok(found(answer, login.provider.as_ref()))
            }
            Err(Failure::Refused(_, error))
                if matches!(
                    error.code.as_str(),
                    "invalid_authentication_session" | "invalid_parameter_code"
                ) =>
            {
                Ok(Poll::Gone)
            }
            Err(Failure::Unavailable(_) | Failure::Throttled(_))
                if !self.breaks(Defect::GivesUpWhenThrottled) =>
            {
                *failed += 1;
                if *failed == PATIENCE {
                    self.user.tell("info", "The service is hard to reach. We keep trying.");
                }
                Ok(Poll::NotYet)
            }
            Err(failure) => Err(failure),
        }
    }

    /// The next thing the user does. What plays may end meanwhile, and a polling timer that nobody
    /// stopped goes on.
    pub(super) async fn next_message(&mut self) -> Option<ToClient> {
        loop {
            let forgotten = self.state.forgotten_code.clone();
            let next_poll = forgotten.is_some().then(|| self.clock.now().after(INTERVAL));
            let Some(next) = [next_poll, self.next_end()].into_iter().flatten().min() else {
                return self.user.next().await;
            };
            match self.user.next_until(&self.clock, next).await {
                Ok(Some(message)) => return Some(message),
                Ok(None) if self.next_end() == Some(next) => self.come_to_an_end(),
                Ok(None) => {
                    let call = self.api.profile_by_code(&forgotten.unwrap_or_default());
                    let _: Result<Profiles, _> = self.poll_once(&call).await;
                }
                Err(Quit) => return None,
            }
        }
    }

    async fn succeed(
        &mut self,
        login: &Login,
        mvpd: String,
        profile: Profile,
    ) -> Result<Waited, Failure> {
        let picked = login.provider.clone().filter(|provider| provider.id == mvpd);
        let provider = picked.unwrap_or(Provider { id: mvpd, ..Provider::default() });
        self.use_profile(provider, profile);
        if self.breaks(Defect::PollsAfterSuccess) {
            self.pause(INTERVAL).await?;
            self.poll(login, &mut 0).await?;
        }
        Ok(Waited::SignedIn)
    }

    /// The viewer closed the browser, perhaps after signing in: one look, then it is over.
    async fn look_once_more(&mut self, login: &Login) -> Result<Waited, Failure> {
        if let Poll::Found(mvpd, profile) = self.poll(login, &mut 0).await? {
            return self.succeed(login, mvpd, profile).await;
        }
        self.user.tell("info", "Signing in was cancelled.");
        Ok(Waited::GaveUp)
    }

    /// The code has had its time.
    async fn expire(&mut self, login: &Login) -> Result<Waited, Failure> {
        if self.breaks(Defect::PollsPastDeadline) {
            self.state.forgotten_code = Some(login.code.clone());
            self.user.tell("info", "The code has expired.");
            return Ok(Waited::GaveUp);
        }
        if self.breaks(Defect::SilentAtDeadline) {
            while let Some(message) = self.user.next().await {
                if let ToClient::Do(_) = message {
                    self.user.put_back(message);
                    return Ok(Waited::GaveUp);
                }
            }
            return Err(Failure::Quit);
        }
        Ok(Waited::Expired)
    }
}

/// The profile of the provider that was picked, else the one that is there.
fn found(mut answer: Profiles, provider: Option<&Provider>) -> Poll {
    let picked = provider.and_then(|provider| answer.profiles.remove_entry(&provider.id));
    let any = if provider.is_none() { answer.profiles.pop_first() } else { None };
    match picked.or(any) {
        Some((mvpd, profile)) => Poll::Found(mvpd, profile),
        None => Poll::NotYet,
    }
}
