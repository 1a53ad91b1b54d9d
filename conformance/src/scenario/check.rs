//! What a well-formed scenario must also be: a story that can be played.

use std::sync::Arc;

use pass_mock::clock::{Clock, Mode};
use pass_mock::config::{Fixtures, nearest};
use pass_mock::{App, MockServer};

use super::{Flows, PickedIn, ScenarioFile, SignIn, SingleSignOn, Step, TempPass, Viewer};
use crate::protocol::Role;
use crate::rules;
use crate::stage::service::{begin, perform};
use crate::virtual_time::START;

/// What is wrong, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) about: About,
    pub(super) message: String,
}

/// A part of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// By its index.
    Rule(usize),
    Mvpd,
    Flow,
    PickedIn,
    TempPass,
    SingleSignOn,
    Server,
    /// By its index.
    Step(usize),
}

/// Whether a file that somebody put together is a story that can be played.
///
/// # Errors
/// The first thing that makes no sense, in words.
pub fn well_told(file: &ScenarioFile) -> Result<(), String> {
    complaint(file).map_or(Ok(()), |complaint| Err(complaint.message))
}

/// The first thing that makes no sense.
pub(super) fn complaint(file: &ScenarioFile) -> Option<Complaint> {
    let fixtures = Fixtures::default();
    let wrong = |about| move |message| Complaint { about, message };
    if let Some((index, message)) = no_rule(&file.rules) {
        return Some(wrong(About::Rule(index))(message));
    }
    if let Some(message) = no_mvpd(&fixtures, &file.mvpd) {
        return Some(wrong(About::Mvpd)(message));
    }
    if let Some(complaint) = flows_that_cannot_be(file) {
        return Some(complaint);
    }
    if let Some(message) = file.temp_pass.as_ref().and_then(|trial| no_trial(&fixtures, trial)) {
        return Some(wrong(About::TempPass)(message));
    }
    if let Some(message) = sign_on_that_cannot_be(&fixtures, &file.single_sign_on) {
        return Some(wrong(About::SingleSignOn)(message));
    }
    let service = service(&fixtures);
    if let Err(error) = begin(&service, &file.server) {
        return Some(wrong(About::Server)(error.to_string()));
    }
    let mut story =
        Story { file, fixtures: &fixtures, service: &service, running: Vec::new(), device: 0 };
    for (index, step) in file.steps.iter().enumerate() {
        if let Err(message) = story.follow(step) {
            return Some(wrong(About::Step(index))(message));
        }
    }
    let launched = file.steps.iter().any(|step| matches!(step, Step::Launch));
    (!launched).then(|| wrong(About::Step(0))("the app is never launched".to_owned()))
}

/// A service that nobody calls: it says whether what a scenario wants of it can be done.
fn service(fixtures: &Fixtures) -> Arc<App> {
    let clock = Clock::starting_at(START, Mode::Manual);
    MockServer::builder().clock(clock).seed(0).fixtures(fixtures.clone()).into_app()
}

fn flows_that_cannot_be(file: &ScenarioFile) -> Option<Complaint> {
    let (about, message) = match (file.role, file.picked_in, file.flow) {
        (Role::Streaming, PickedIn::SecondScreen, Flows::Browser | Flows::Both) => (
            About::PickedIn,
            "an MVPD can be picked on the second screen only where one signs in there: \
             `flow: second_screen`",
        ),
        (Role::SecondScreen, _, Flows::SecondScreen | Flows::Both) => {
            (About::Flow, "a second-screen application opens a browser itself: leave out `flow`")
        }
        _ => return None,
    };
    Some(Complaint { about, message: message.to_owned() })
}

fn sign_on_that_cannot_be(fixtures: &Fixtures, told: &SingleSignOn) -> Option<String> {
    let subjects = [&told.service_token, &told.platform.as_ref().map(|one| one.subject.clone())];
    if subjects.into_iter().flatten().any(|subject| subject.trim().is_empty()) {
        return Some("a subject is somebody: give it a name".to_owned());
    }
    let user = told.apple.as_ref()?.user.as_ref()?;
    let known = || fixtures.users.iter().map(|user| &*user.id);
    fixtures.user(user).is_none().then(|| missing("user", user, known()))
}

/// What is known of the story so far.
struct Story<'a> {
    file: &'a ScenarioFile,
    fixtures: &'a Fixtures,
    /// One that steps are tried on.
    service: &'a App,
    /// For each device whether its app runs, and whether a sign-in is open.
    running: Vec<(bool, bool)>,
    device: usize,
}

impl Story<'_> {
    fn follow(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Wait(_) => return Ok(()),
            Step::Server(step) => {
                let done = perform(self.service, 0, step);
                return done.map(drop).map_err(|error| error.to_string());
            }
            Step::Device(0) => return Err("devices are counted from 1".to_owned()),
            Step::Device(number @ 1..=8) => {
                self.device = *number as usize - 1;
                return Ok(());
            }
            Step::Device(_) => return Err("a viewer has no more than 8 devices".to_owned()),
            _ => {}
        }
        let device = self.device;
        if self.running.len() <= device {
            self.running.resize(device + 1, (false, false));
        }
        let (running, open) = self.running[device];
        self.running[device] = match step {
            Step::Launch if running => {
                return Err("the app runs already; `relaunch` ends it first".to_owned());
            }
            Step::Launch => (true, false),
            _ if !running => return Err("the app does not run here; `launch` it first".to_owned()),
            Step::Quit => (false, false),
            Step::Relaunch => (true, false),
            Step::SignIn(sign_in) => (true, self.signs_in(sign_in)?),
            Step::SwitchProvider(sign_in) if sign_in.mvpd.is_none() => {
                return Err("say which: `switch_provider: {mvpd: Spectrum}`".to_owned());
            }
            Step::SwitchProvider(sign_in) => (true, self.signs_in(sign_in)?),
            Step::FinishSignIn(_) | Step::RequestNewCode if !open => {
                return Err("no sign-in was left open: `sign_in: {viewer: does_nothing}` \
                            leaves one"
                    .to_owned());
            }
            Step::FinishSignIn(sign_in) => (true, self.signs_in(sign_in)?),
            Step::EnterCode(_) if self.file.role != Role::SecondScreen => {
                return Err("only a second-screen application takes codes: \
                            `role: second_screen`"
                    .to_owned());
            }
            _ => (true, open),
        };
        Ok(())
    }

    /// Whether the sign-in stays open.
    fn signs_in(&self, sign_in: &SignIn) -> Result<bool, String> {
        if let Some(mvpd) = &sign_in.mvpd
            && let Some(message) = no_mvpd(self.fixtures, mvpd)
        {
            return Err(message);
        }
        if let Some(user) = &sign_in.user
            && self.fixtures.user(user).is_none()
        {
            let known = || self.fixtures.users.iter().map(|user| &*user.id);
            return Err(missing("user", user, known()));
        }
        if sign_in.viewer == Viewer::ClosesBrowser && self.file.flow != Flows::Browser {
            return Err("only a viewer who signs in in a browser can close it: \
                        `flow: browser`"
                .to_owned());
        }
        Ok(sign_in.viewer == Viewer::DoesNothing)
    }
}

fn no_trial(fixtures: &Fixtures, trial: &TempPass) -> Option<String> {
    let id = &trial.mvpd;
    let Some(granted) = fixtures.mvpd(id).and_then(|mvpd| mvpd.temp_pass.as_ref()) else {
        let trials = fixtures.mvpds.iter().filter(|mvpd| mvpd.is_temp_pass());
        return Some(missing("temporary access", id, trials.map(|mvpd| &*mvpd.id)));
    };
    match (granted.promotional, &trial.identity) {
        (true, None) => Some(format!("`{id}` is a promotion: say to whom, `identity: …`")),
        (false, Some(_)) => Some(format!("`{id}` is no promotion: the `identity` does not count")),
        _ => None,
    }
}

/// The first of these that is no rule.
fn no_rule(ids: &[String]) -> Option<(usize, String)> {
    let known = |id: &str| rules::all().iter().any(|rule| rule.id == id);
    let (index, id) = ids.iter().enumerate().find(|(_, id)| !known(id))?;
    let message = match nearest(id, rules::all().iter().map(|rule| rule.id)) {
        Some(meant) => format!("there is no rule `{id}`; did you mean `{meant}`?"),
        None => format!("there is no rule `{id}`; `pass-conformance rules` lists them"),
    };
    Some((index, message))
}

fn no_mvpd(fixtures: &Fixtures, id: &str) -> Option<String> {
    let known = || fixtures.mvpds.iter().map(|mvpd| &*mvpd.id);
    fixtures.mvpd(id).is_none().then(|| missing("MVPD", id, known()))
}

fn missing<'a>(what: &str, id: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(id, known.clone()) {
        Some(meant) => format!("there is no {what} `{id}`; did you mean `{meant}`?"),
        None => {
            let known: Vec<&str> = known.collect();
            format!("there is no {what} `{id}`; there are {}", known.join(", "))
        }
    }
}
