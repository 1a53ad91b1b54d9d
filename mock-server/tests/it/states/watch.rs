//! Profiles, decisions, logouts, temporary and degraded access.

use std::collections::HashSet;
use std::time::Duration;

use http::Method;
use pass_mock::clock::Timestamp;
use pass_mock::domain::ErrorCode;
use pass_mock::domain::degradation::Mode;
use serde_json::{Value, json};

use super::bench::{Bench, When, assert_error, json_of};
use super::model::{Profile, Rule, Trial, integrated};
use super::step::{Decision, MVPDS, PASSES, PROVIDERS, RESOURCES, Subject, Visit, Who};

/// `{"email":"foo@bar.com"}` and another one.
const IDENTITIES: [&str; 2] =
    ["eyJlbWFpbCI6ImZvb0BiYXIuY29tIn0=", "eyJlbWFpbCI6ICJiYXJAYmFyLmNvbSJ9"];
/// How long the trials are.
const TRIALS: [Duration; 2] = [Duration::from_secs(180), Duration::from_secs(3600)];
/// Of the promotional one.
const MOST: usize = 3;

fn assert_shown(shown: &Value, (profile, own): (Profile, bool)) {
    assert_eq!(shown["notAfter"], profile.not_after.millis());
    assert_eq!(shown["type"], if own { "regular" } else { "serviceTokenSSO" });
    let is_basic = shown["attributes"]["userID"]["value"] == "2b8352q";
    assert_eq!(is_basic, profile.user == "basic", "somebody else's profile");
}

impl Bench {
    /// Of all MVPDs, exactly those whose profile the model sees are shown.
    pub(super) fn profiles(&mut self, who: Who, subject: Subject) {
        let request = self.call_as((who, subject), Method::GET, "profiles");
        let answer = json_of(&self.send(request));
        let seen = |mvpd| Some((mvpd, self.model.seen(who, mvpd, subject, self.now()).ok()?));
        let known: Vec<_> =
            (0..MVPDS.len()).filter(|mvpd| integrated(who, *mvpd)).filter_map(seen).collect();
        let shown = answer["profiles"].as_object().unwrap();
        assert_eq!(shown.len(), known.len(), "{answer} for {who:?}, {known:?}");
        for (mvpd, profile) in known {
            assert_shown(&shown[MVPDS[mvpd]], profile);
        }
    }

    pub(super) fn profile(&mut self, who: Who, mvpd: usize, subject: Subject) {
        let path = format!("profiles/{}", MVPDS[mvpd]);
        let request = self.call_as((who, subject), Method::GET, &path);
        let answer = self.send(request);
        if integrated(who, mvpd) {
            self.assert_profile(who, mvpd, subject, &json_of(&answer));
        } else {
            assert_error(&answer, ErrorCode::InvalidIntegration);
        }
    }

    /// The one profile that is to be seen, or none.
    pub(super) fn assert_profile(&self, who: Who, mvpd: usize, subject: Subject, answer: &Value) {
        let now = self.now();
        let shown = &answer["profiles"][MVPDS[mvpd]];
        if let Some(rule) = self.model.signs_in(who.provider, mvpd, now) {
            assert_eq!((&shown["type"], &shown["issuer"]), (&json!("degraded"), &json!("Adobe")));
            return assert_eq!(shown["notAfter"], rule.not_after.millis());
        }
        match self.model.seen(who, mvpd, subject, now) {
            Ok(profile) => assert_shown(shown, profile),
            Err(_) => assert_eq!(answer["profiles"], json!({}), "{who:?}"),
        }
    }

    pub(super) fn decide(
        &mut self,
        (who, subject): (Who, Subject),
        mvpd: usize,
        resource: usize,
        kind: Decision,
    ) {
        let request = self.call_as((who, subject), Method::POST, &path_of(kind, MVPDS[mvpd]));
        let answer = self.send(request.with_body("application/json", about(resource)));
        if !integrated(who, mvpd) {
            return assert_error(&answer, ErrorCode::InvalidIntegration);
        }
        let now = self.now();
        if let Some(rule) = self.model.rule(who.provider, mvpd, now) {
            return assert_degraded(&json_of(&answer)["decisions"][0], rule, kind);
        }
        let (profile, own) = match self.model.seen(who, mvpd, subject, now) {
            Ok(seen) => seen,
            Err(code) => return assert_error(&answer, code),
        };
        let answer = json_of(&answer);
        let decision = &answer["decisions"][0];
        let permitted = match RESOURCES[resource] {
            "premium" => false,
            "sports" => profile.user == "demo",
            _ => true,
        };
        assert_eq!(decision["authorized"], permitted, "{profile:?}");
        assert_eq!(decision.get("error").is_some(), !permitted);
        let authorize = kind == Decision::Authorize;
        assert_eq!(decision.get("token").is_some(), permitted && authorize);
        if authorize {
            self.assert_stable((who, profile.login, own, resource), decision);
        } else {
            assert!(decision.get("notAfter").is_none());
        }
    }

    /// A decision's own validity stays the same until it is over.
    fn assert_stable(&mut self, key: (Who, usize, bool, usize), decision: &Value) {
        let [from, to] = ["notBefore", "notAfter"].map(|name| decision[name].as_i64().unwrap());
        let now = self.now().millis();
        match self.model.decisions.get(&key).filter(|(_, end)| now <= *end) {
            Some(known) => assert_eq!((from, to), *known),
            None => assert!((self.began.millis()..=now).contains(&from), "{from}"),
        }
        self.model.decisions.insert(key, (from, to));
    }

    pub(super) fn logout(&mut self, who: Who, mvpd: usize, subject: Subject) {
        self.fails_before();
        let path = format!("logout/{}?redirectUrl=https%3A%2F%2Fa.b", MVPDS[mvpd]);
        let request = self.call_as((who, subject), Method::GET, &path);
        let answer = self.send(request);
        if !integrated(who, mvpd) {
            return assert_error(&answer, ErrorCode::InvalidIntegration);
        }
        let now = self.now();
        let any = self.model.sign_out(who, mvpd, subject, now);
        let expected = match (self.model.signs_in(who.provider, mvpd, now), any, MVPDS[mvpd]) {
            (Some(_), ..) => "complete",
            (None, false, _) => "invalid",
            (None, true, "Dish") => "complete",
            (None, true, _) => "logout",
        };
        let action = json_of(&answer)["logouts"][MVPDS[mvpd]]["actionName"].clone();
        assert_eq!(action, expected);
    }

    /// A call that cannot be repeated fails before anything happens, if at all.
    fn fails_before(&mut self) {
        self.fault = self.fault.map(|_| When::Before);
    }

    pub(super) fn degrade(&mut self, provider: usize, mvpd: usize, mode: Mode, seconds: u64) {
        let rule = json!({ "mode": mode, "seconds": seconds });
        let rule = serde_json::from_value(rule).unwrap();
        let who = Who { client: 0, device: 0, provider };
        let done = self.app.control().degrade(PROVIDERS[provider], MVPDS[mvpd], &rule);
        assert_eq!(done.is_ok(), integrated(who, mvpd), "{done:?}");
        if let Ok(state) = done {
            let rule = Rule {
                mode,
                not_before: Timestamp(state.not_before),
                not_after: Timestamp(state.not_after),
            };
            self.model.rules.insert((provider, mvpd), rule);
        }
    }

    pub(super) fn lift(&mut self, provider: usize, mvpd: usize) {
        let _ = self.app.control().lift_degradation(PROVIDERS[provider], MVPDS[mvpd]);
        self.model.rules.remove(&(provider, mvpd));
    }

    pub(super) fn trial(&mut self, who: Who, pass: usize, identity: Option<usize>, visit: Visit) {
        self.fails_before();
        let request = match visit {
            Visit::Profile => self.call(who, Method::GET, &format!("profiles/{}", PASSES[pass])),
            Visit::Decide(kind, resource) => {
                let call = self.call(who, Method::POST, &path_of(kind, PASSES[pass]));
                call.with_body("application/json", about(resource))
            }
        };
        let answer = self.send(match identity {
            Some(identity) => request.with_header("ap-temppass-identity", IDENTITIES[identity]),
            None => request,
        });
        // A basic trial knows no identities.
        let identity = identity.filter(|_| pass == 1);
        let access = self.visit(who, pass, identity, visit);
        match (visit, access) {
            (Visit::Profile, Err(code)) => assert_error(&answer, code),
            (Visit::Profile, Ok(end)) => {
                let shown = &json_of(&answer)["profiles"][PASSES[pass]];
                assert_eq!(
                    (&shown["type"], &shown["notAfter"]),
                    (&json!("temporary"), &json!(end))
                );
            }
            (Visit::Decide(kind, _), access) => {
                let decision = &json_of(&answer)["decisions"][0];
                assert_eq!(decision["source"], "temppass");
                assert_eq!(decision["authorized"], access.is_ok(), "{access:?} {decision}");
                let code = decision["error"]["code"].as_str();
                assert_eq!(code, access.err().map(ErrorCode::code));
                let end = access.ok().filter(|_| kind == Decision::Authorize);
                assert_eq!(decision["notAfter"].as_i64(), end);
                assert_eq!(decision.get("token").is_some(), end.is_some());
            }
        }
    }

    /// When the trial ends, in milliseconds, or what is wrong with it.
    fn visit(
        &mut self,
        who: Who,
        pass: usize,
        identity: Option<usize>,
        visit: Visit,
    ) -> Result<i64, ErrorCode> {
        let (now, known) = (self.now(), self.model.trial(who, pass, identity));
        let asks = !matches!(visit, Visit::Decide(Decision::Preauthorize, _));
        if pass == 1 && identity.is_none() && asks {
            return Err(ErrorCode::InvalidHeaderIdentityForTemporaryAccess);
        }
        if let Some(trial) = known.map(|index| &self.model.trials[index]) {
            if now > trial.started.after(TRIALS[pass]) {
                return Err(ErrorCode::TemporaryAccessDurationLimitExceeded);
            }
            if pass == 1 && trial.used.len() >= MOST {
                return Err(ErrorCode::TemporaryAccessResourcesLimitExceeded);
            }
        }
        let Visit::Decide(Decision::Authorize, resource) = visit else {
            let started = known.map_or(now, |index| self.model.trials[index].started);
            return Ok(started.after(TRIALS[pass]).millis());
        };
        let index = known.unwrap_or_else(|| {
            self.model.trials.push(Trial {
                provider: who.provider,
                pass,
                devices: HashSet::new(),
                identities: HashSet::new(),
                started: now,
                used: HashSet::new(),
            });
            self.model.trials.len() - 1
        });
        let trial = &mut self.model.trials[index];
        trial.devices.insert(who.device);
        trial.identities.extend(identity);
        trial.used.insert(resource);
        Ok(trial.started.after(TRIALS[pass]).millis())
    }
}

fn path_of(kind: Decision, mvpd: &str) -> String {
    match kind {
        Decision::Preauthorize => format!("decisions/preauthorize/{mvpd}"),
        Decision::Authorize => format!("decisions/authorize/{mvpd}"),
    }
}

fn about(resource: usize) -> String {
    json!({ "resources": [RESOURCES[resource]] }).to_string()
}

/// Of the rules, AuthNAll alone gives its decisions a validity of their own.
fn assert_degraded(decision: &Value, rule: Rule, kind: Decision) {
    let permitted = rule.mode != Mode::AuthzNone;
    assert_eq!(decision["source"], "degradation");
    assert_eq!(decision["authorized"], permitted);
    let code = (!permitted).then_some("authorization_denied_by_degradation_rule");
    assert_eq!(decision["error"]["code"].as_str(), code);
    let authorize = kind == Decision::Authorize;
    assert_eq!(decision.get("token").is_some(), permitted && authorize);
    let valid = authorize && rule.mode == Mode::AuthnAll;
    assert_eq!(decision["notAfter"].as_i64(), valid.then_some(rule.not_after.millis()));
}
