//! Random sequences of calls by several applications, devices and users, with degradation, trials,
//! single sign-on, faults, snapshots and the clock jumping ahead, against a model of what must hold
//! whatever happens: nobody sees a profile that is not theirs, nothing is decided without one (but
//! where access is temporary or degraded), no code is good twice or after its end, nobody calls more
//! often than they may, and the journal has it all in order.

mod bench;
mod login;
mod model;
mod step;
mod watch;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use self::bench::{Bench, When};
use self::step::{
    CLIENTS, DEVICES, Decision, PROVIDERS, RESOURCES, SUBJECTS, Step, Visit, Who, step,
};

impl Bench {
    fn run(&mut self, step: &Step) {
        self.began = self.now();
        self.model.settle(self.began);
        match *step {
            Step::Create { who, mvpd, subject } => self.create(who, mvpd, subject),
            Step::Resume { client, code, mvpd } => self.resume(client, code, mvpd),
            Step::Open { code } => self.open(code),
            Step::Login { code, user, delay } => self.login(code, user, delay),
            Step::Deny { code } => self.deny(code),
            Step::Poll { client, code } => self.poll(client, code),
            Step::Profiles { who, subject } => self.profiles(who, subject),
            Step::Profile { who, mvpd, subject } => self.profile(who, mvpd, subject),
            Step::Decide { who, mvpd, resource, kind, subject } => {
                self.decide((who, subject), mvpd, resource, kind);
            }
            Step::Watch { who, mvpd, resource, subject } => {
                self.create(who, Some(mvpd), subject);
                self.login(0, "demo", 0);
                let kind = Decision::Authorize;
                self.decide((who, subject), mvpd, resource, kind);
                self.last = Some(Step::Decide { who, mvpd, resource, kind, subject });
            }
            Step::WatchAgain => {
                if let Some(last) = self.last.clone() {
                    self.run(&last);
                }
            }
            Step::Logout { who, mvpd, subject } => self.logout(who, mvpd, subject),
            Step::Trial { who, pass, identity, visit } => self.trial(who, pass, identity, visit),
            Step::Binge { who, identity } => {
                for resource in 0..RESOURCES.len() {
                    let visit = Visit::Decide(Decision::Authorize, resource);
                    self.trial(who, 1, Some(identity), visit);
                }
            }
            Step::Degrade { provider, mvpd, mode, seconds } => {
                self.degrade(provider, mvpd, mode, seconds);
            }
            Step::Lift { provider, mvpd } => self.lift(provider, mvpd),
            Step::Fault { after } => {
                self.fault = Some(if after { When::After } else { When::Before });
            }
            Step::Save => self.save(),
            Step::Restore => self.restore(),
            Step::Wait { seconds } => self.clock.advance(Duration::from_secs(seconds)),
        }
    }

    /// In the end, everybody sees exactly what is theirs.
    fn look_around(&mut self) {
        for client in 0..CLIENTS {
            for device in 0..DEVICES.len() {
                for provider in 0..PROVIDERS.len() {
                    let who = Who { client, device, provider };
                    for subject in [None].into_iter().chain((0..SUBJECTS.len()).map(Some)) {
                        self.run(&Step::Profiles { who, subject });
                    }
                }
            }
        }
    }
}

/// What must have come up in all those sequences, or they prove nothing.
const SITUATIONS: [&str; 18] = [
    "\"authenticated\"",
    "authenticatedSSO",
    "serviceTokenSSO",
    "\"type\":\"degraded\"",
    "\"type\":\"temporary\"",
    "\"reasonType\":\"degraded\"",
    "serializedToken",
    "authorization_denied_by_mvpd",
    "authorization_denied_by_degradation_rule",
    "temporary_access_duration_limit_exceeded",
    "temporary_access_resources_limit_exceeded",
    "invalid_header_identity_for_temporary_access",
    "authenticated_profile_missing",
    "authenticated_profile_expired",
    "invalid_authentication_session",
    "\"actionName\":\"logout\"",
    "\"actionName\":\"invalid\"",
    "429 Too Many Requests",
];

/// So often the sequences begin anew while something has not come up.
const ROUNDS: usize = 5;

#[test]
fn whatever_happens_nobody_sees_or_plays_what_is_not_theirs() {
    let config = ProptestConfig { cases: 100, failure_persistence: None, ..Default::default() };
    let mut runner = TestRunner::new(config.clone());
    let (left, restored) = (RefCell::new(Vec::from(SITUATIONS)), Cell::new(0));
    for _ in 0..ROUNDS {
        let result = runner.run(&prop::collection::vec(step(), 1..80), |steps| {
            let mut bench = Bench::new();
            for step in &steps {
                bench.run(step);
            }
            bench.look_around();
            bench.assert_journal();
            left.borrow_mut().retain(|words| !bench.has_said(words));
            restored.set(restored.get() + bench.restores.len());
            Ok(())
        });
        if let Err(error) = result {
            panic!("{error}");
        }
        if left.borrow().is_empty() {
            break;
        }
        runner = TestRunner::new_with_rng(config.clone(), runner.new_rng());
    }
    assert!(left.borrow().is_empty(), "never came up: {left:?}");
    assert!(restored.get() > 10);
}
