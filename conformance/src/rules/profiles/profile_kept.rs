//! PRF-1: a profile is remembered.

use foldhash::HashMap;

use crate::protocol::Action;
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Device, Exchange, Happening, Moment, Run, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "PRF-1",
    name: "profile-kept",
    phase: Phase::Profiles,
    oct_2024: None,
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 3. Authentication Phase: Profiles Caching",
    )),
    requires: "A profile that was retrieved is kept and used; it is retrieved again only when something may have changed it.",
    boundary: "Outside a pending login, call 8 or 9 for the same MVPD does not come again without \
              a reason: launch, foreground, sign-in, sign-out, browser closed, expiry, a failed \
              call, an error asking for authentication, or, once, after an authorization. \
              \"Again\" is the same call, after an answer that held a valid profile. It is \
              exercised by a run that goes on to decisions with a profile that call 8 or 9 told \
              of.",
    why: "A look-up before every action multiplies the traffic and ends in 429s.",
    remedy: "Keep MVPD, attributes and `notAfter` of the profile, and look it up again on launch, in the foreground, after sign-in or sign-out, and when an error asks for it.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices() {
        for run in &device.runs {
            check_run(device, run, findings);
        }
    }
}

/// Which question about profiles it is: the call, and the MVPD of call 9.
type Question<'t> = (Option<Call>, Option<&'t str>);

#[derive(Default)]
struct Memory<'t> {
    /// For each question the last call whose answer held a valid profile.
    held: HashMap<Question<'t>, &'t Exchange>,
    /// When there was last a reason to ask again.
    reason: Option<Moment>,
    /// Whether an authorization came since such a call was last repeated.
    authorized: bool,
}

fn check_run<'t>(device: &Device<'t>, run: &Run<'t>, findings: &mut Findings) {
    let mut memory = Memory::default();
    for step in &run.steps {
        match step {
            Step::Asked(exchange) if asks_for_profiles(exchange) => {
                if !is_pending(device, exchange) {
                    memory.ask(exchange, findings);
                }
                memory.hear_silence(exchange);
            }
            Step::Asked(exchange) => {
                let decides = exchange.is(&[Call::Preauthorize, Call::Authorize]);
                if decides && !memory.held.is_empty() {
                    findings.exercise();
                }
                memory.hear_silence(exchange);
            }
            Step::Answered(exchange) => memory.hear(exchange, step.moment()),
            Step::Happened(event) => {
                if is_reason(&event.what) {
                    memory.reason = Some(event.at);
                }
            }
        }
    }
}

fn asks_for_profiles(exchange: &Exchange) -> bool {
    exchange.is(&[Call::Profiles, Call::ProfileByMvpd])
}

fn question(exchange: &Exchange) -> Question<'_> {
    (exchange.call, exchange.mvpd.as_deref())
}

/// Whether the newest session of the device was still waited for when a call came.
fn is_pending(device: &Device<'_>, exchange: &Exchange) -> bool {
    let opened = device.sessions.partition_point(|session| session.created < exchange.arrived);
    device.sessions[..opened].last().is_some_and(|session| session.is_pending_at(exchange.arrived))
}

fn is_reason(what: &Happening) -> bool {
    match what {
        Happening::Browser { .. } | Happening::Started => true,
        Happening::Did { action, .. } => matches!(
            action,
            Action::Launch
                | Action::Foreground
                | Action::SignIn { .. }
                | Action::SwitchProvider { .. }
                | Action::RequestNewCode
                | Action::SignOut
        ),
        _ => false,
    }
}

impl<'t> Memory<'t> {
    fn ask(&mut self, exchange: &'t Exchange, findings: &mut Findings) {
        let Some(&held) = self.held.get(&question(exchange)) else { return };
        let valid = held.profiles().unwrap_or_default();
        let expired = !valid.iter().all(|profile| profile.is_valid_at(exchange.arrived.at));
        let has_reason = self.reason.is_some_and(|reason| reason > held.arrived) || expired;
        if has_reason {
            return;
        }
        findings.exercise();
        if !std::mem::take(&mut self.authorized) {
            findings.violate(
                Violation::new("looked the profile up again without a reason")
                    .exchange(held, "held a valid profile")
                    .exchange(exchange, "asked again"),
            );
        }
    }

    fn hear(&mut self, exchange: &'t Exchange, at: Moment) {
        let failed = !exchange.succeeded();
        if failed || exchange.demands("authentication") {
            self.reason = Some(at);
        }
        if exchange.call == Some(Call::Authorize) && !failed {
            self.authorized = true;
        }
        if !asks_for_profiles(exchange) {
            return;
        }
        let profiles = exchange.profiles().unwrap_or_default();
        if profiles.iter().any(|profile| profile.is_valid_at(at.at)) {
            self.held.insert(question(exchange), exchange);
        } else if !failed {
            self.held.remove(&question(exchange));
        }
    }

    /// A call that is never answered has failed, and nothing else will say so.
    fn hear_silence(&mut self, exchange: &Exchange) {
        if exchange.answer.is_none() {
            self.reason = Some(exchange.arrived);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::BrowserEvent;
    use crate::rules::testing::verdicts;
    use crate::trace::builder::{Ask, TraceBuilder};
    use crate::verdict::Verdict::{Fail, NotApplicable, NotExercised, Pass};

    fn known() -> TraceBuilder {
        TraceBuilder::new().launch().profile_of("Cablevision").done()
    }

    fn again(story: TraceBuilder) -> [crate::verdict::Verdict; 2] {
        verdicts(&RULE, &story.profile_of("Cablevision").build())
    }

    #[test]
    fn going_on_with_what_is_known_keeps_it() {
        let trace = known().play("news").permitted("Cablevision", "news").build();
        assert_eq!(verdicts(&RULE, &trace), [NotApplicable, Pass]);
    }

    #[test]
    fn a_look_up_before_every_play_breaks_it() {
        assert_eq!(again(known().play("news")), [NotApplicable, Fail]);
        let all = TraceBuilder::new().launch().profiles(&["Cablevision"]).play("news");
        let all = all.profiles(&["Cablevision"]).build();
        assert_eq!(verdicts(&RULE, &all), [NotApplicable, Fail]);
    }

    #[test]
    fn each_reason_excuses_it() {
        let failed = known().ask(Call::Authorize, |ask| ask.status(500));
        let lost = known().ask(Call::Authorize, Ask::unanswered);
        let demanded = known().denied("Cablevision", "news", "x", "authentication");
        for story in [
            known().foreground(),
            known().sign_in("Cablevision"),
            known().sign_out(),
            known().launch(),
            known().browser(BrowserEvent::Closed),
            known().after(crate::trace::builder::PROFILE_LIFE),
            failed,
            lost,
            demanded,
        ] {
            assert_ne!(again(story)[1], Fail);
        }
    }

    #[test]
    fn it_is_kept_to_its_last_second() {
        let life = crate::trace::builder::PROFILE_LIFE;
        assert_eq!(again(known().after(life - 0.001))[1], Fail);
        assert_ne!(again(known().after(life))[1], Fail);
    }

    #[test]
    fn an_authorization_excuses_one() {
        let authorized = known().play("news").permitted("Cablevision", "news");
        assert_eq!(again(authorized.clone())[1], Pass);
        assert_eq!(again(authorized.profile_of("Cablevision"))[1], Fail);
    }

    #[test]
    fn while_a_login_is_pending_another_rule_judges() {
        let trace = known().session("Spectrum").profile_of("Cablevision").build();
        assert_eq!(verdicts(&RULE, &trace)[1], NotExercised);
    }

    #[test]
    fn what_was_not_there_may_be_looked_for_again() {
        let none = TraceBuilder::new().launch().no_profile_of("Cablevision").play("news");
        assert_eq!(again(none)[1], NotExercised);
        let other = known().play("news").no_profile_of("Spectrum").build();
        assert_eq!(verdicts(&RULE, &other)[1], NotExercised);
    }
}
