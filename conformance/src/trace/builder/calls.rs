//! The documented calls, as clients make them and the service answers them.

use serde_json::{Value, json};

use super::{PROFILE_LIFE, PROVIDER, TOKEN_LIFE, TraceBuilder, millis};
use crate::trace::Call;

impl TraceBuilder {
    /// Calls 1 and 2, both answered.
    pub(crate) fn registered(self) -> Self {
        self.register().token()
    }

    /// Call 1, answered with new credentials.
    pub(crate) fn register(mut self) -> Self {
        self.clients += 1;
        let client = format!("client-{}", self.clients);
        self.client = Some(client.clone());
        let answer = json!({"client_id": client, "client_secret": "secret"});
        self.ask(Call::Register, |ask| ask.answer(201, answer))
    }

    /// Call 2 with the last credentials, answered with a new token that lives six hours.
    pub(crate) fn token(self) -> Self {
        self.token_for(TOKEN_LIFE)
    }

    /// Call 2 with the last credentials, answered with a new token that lives so many seconds.
    pub(crate) fn token_for(mut self, seconds: u64) -> Self {
        self.tokens += 1;
        let token = format!("token-{}", self.tokens);
        let answer = json!({"access_token": token, "expires_in": seconds, "token_type": "bearer"});
        let built = self.ask(Call::Token, |ask| ask.answer(201, answer));
        Self { token: Some(token), ..built }
    }

    /// Call 3, answered with two MVPDs, `Cablevision` and `Spectrum`.
    pub(crate) fn configuration(self) -> Self {
        let mvpds = json!([{"id": "Cablevision"}, {"id": "Spectrum"}]);
        let answer = json!({"requestor": {"id": PROVIDER, "mvpds": mvpds}});
        self.ask(Call::Configuration, |ask| ask.answer(200, answer))
    }

    /// Call 8, answered with no profile.
    pub(crate) fn no_profiles(self) -> Self {
        self.ask(Call::Profiles, |ask| ask.answer(200, json!({"profiles": {}})))
    }

    /// Call 8, answered with regular profiles for these MVPDs.
    pub(crate) fn profiles(self, mvpds: &[&str]) -> Self {
        let answer = self.profile_map(mvpds, PROFILE_LIFE);
        self.ask(Call::Profiles, |ask| ask.answer(200, answer))
    }

    /// Call 9, answered with no profile.
    pub(crate) fn no_profile_of(self, mvpd: &str) -> Self {
        self.ask(Call::ProfileByMvpd, |ask| ask.mvpd(mvpd).answer(200, json!({"profiles": {}})))
    }

    /// Call 9, answered with a regular profile.
    pub(crate) fn profile_of(self, mvpd: &str) -> Self {
        let answer = self.profile_map(&[mvpd], PROFILE_LIFE);
        self.ask(Call::ProfileByMvpd, |ask| ask.mvpd(mvpd).answer(200, answer))
    }

    /// Call 4 for an MVPD, answered with a new code (`CODE001`, `CODE002`, …) and `authenticate`.
    pub(crate) fn session(mut self, mvpd: &str) -> Self {
        let mut answer = self.new_session("authenticate", "interactive");
        answer["mvpd"] = json!(mvpd);
        let body =
            format!("mvpd={mvpd}&domainName=adobe.com&redirectUrl=https%3A%2F%2Fadobe.com%2Fdone");
        self.ask(Call::CreateSession, |ask| ask.body(&body).answer(200, answer))
    }

    /// Call 4 without an MVPD, answered with a new code and `resume`.
    pub(crate) fn session_without_mvpd(mut self) -> Self {
        let mut answer = self.new_session("resume", "direct");
        answer["missingParameters"] = json!(["mvpd"]);
        let body = "domainName=adobe.com&redirectUrl=https%3A%2F%2Fadobe.com%2Fdone";
        self.ask(Call::CreateSession, |ask| ask.body(body).answer(200, answer))
    }

    /// Call 4 for an MVPD, answered `authorize/direct` with this reason: there is a profile.
    pub(crate) fn session_direct(self, mvpd: &str, reason: &str) -> Self {
        let answer = json!({
            "actionName": "authorize", "actionType": "direct", "reasonType": reason,
            "url": format!("/api/v2/{PROVIDER}/decisions/authorize/{mvpd}"),
            "mvpd": mvpd, "serviceProvider": PROVIDER,
        });
        let body =
            format!("mvpd={mvpd}&domainName=adobe.com&redirectUrl=https%3A%2F%2Fadobe.com%2Fdone");
        self.ask(Call::CreateSession, |ask| ask.body(&body).answer(200, answer))
    }

    /// Call 10 for the last code, answered with no profile.
    pub(crate) fn poll(self) -> Self {
        self.ask(Call::ProfileByCode, |ask| ask.answer(200, json!({"profiles": {}})))
    }

    /// Call 10 for the last code, answered with a regular profile.
    pub(crate) fn poll_finds(self, mvpd: &str) -> Self {
        let answer = self.profile_map(&[mvpd], PROFILE_LIFE);
        self.ask(Call::ProfileByCode, |ask| ask.answer(200, answer))
    }

    /// Call 11 for these resources, all permitted.
    pub(crate) fn preauthorized(self, mvpd: &str, resources: &[&str]) -> Self {
        let decisions: Vec<Value> =
            resources.iter().map(|r| json!({"resource": r, "authorized": true})).collect();
        self.ask(Call::Preauthorize, |ask| {
            ask.mvpd(mvpd).resources(resources).answer(200, json!({"decisions": decisions}))
        })
    }

    /// Call 12 for a resource, permitted with a media token.
    pub(crate) fn permitted(self, mvpd: &str, resource: &str) -> Self {
        let token = json!({"serializedToken": "bWVkaWE="});
        let decision = json!({"resource": resource, "authorized": true, "token": token});
        self.ask(Call::Authorize, |ask| {
            ask.mvpd(mvpd).resources(&[resource]).answer(200, json!({"decisions": [decision]}))
        })
    }

    /// Call 12 for a resource, denied with this code and action.
    pub(crate) fn denied(self, mvpd: &str, resource: &str, code: &str, action: &str) -> Self {
        let error = json!({"code": code, "action": action, "status": 403, "message": "No."});
        let decision = json!({"resource": resource, "authorized": false, "error": error});
        self.ask(Call::Authorize, |ask| {
            ask.mvpd(mvpd).resources(&[resource]).answer(200, json!({"decisions": [decision]}))
        })
    }

    /// Call 13, answered with this action name and type, and a URL when the type is interactive.
    pub(crate) fn logout(self, mvpd: &str, name: &str, kind: &str) -> Self {
        let mut logout = json!({"actionName": name, "actionType": kind, "mvpd": mvpd});
        if kind == "interactive" {
            logout["url"] = json!("http://127.0.0.1:8080/mvpd/logout");
        }
        let answer = json!({"logouts": {mvpd: logout}});
        self.ask(Call::Logout, |ask| ask.mvpd(mvpd).answer(200, answer))
    }

    /// A `profiles` object with regular profiles for these MVPDs that live so many seconds more.
    pub(crate) fn profile_map(&self, mvpds: &[&str], seconds: f64) -> Value {
        let profile = |mvpd: &&str| {
            let not_after = self.now + millis(seconds);
            let profile = json!({
                "notBefore": self.now, "notAfter": not_after,
                "issuer": mvpd, "type": "regular", "attributes": {},
            });
            (String::from(*mvpd), profile)
        };
        json!({"profiles": mvpds.iter().map(profile).collect::<serde_json::Map<_, _>>()})
    }

    /// The last code.
    pub(crate) fn code(&self) -> &str {
        self.code.as_deref().unwrap_or("CODE000")
    }

    fn new_session(&mut self, name: &str, kind: &str) -> Value {
        self.codes += 1;
        let code = format!("CODE{:03}", self.codes);
        let path = if name == "resume" {
            format!("{PROVIDER}/sessions")
        } else {
            format!("authenticate/{PROVIDER}")
        };
        let answer = json!({
            "actionName": name, "actionType": kind, "reasonType": "none",
            "url": format!("/api/v2/{path}/{code}"), "code": code, "serviceProvider": PROVIDER,
            "sessionId": "00000000-0000-4000-8000-000000000000",
            "notBefore": self.now.to_string(), "notAfter": (self.now + millis(1800.0)).to_string(),
        });
        self.code = Some(code);
        answer
    }
}
