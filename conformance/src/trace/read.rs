//! Reading what an answer says, by the documented fields. A field of the wrong type counts as absent.

use std::time::Duration;

use super::said::{Says, instant, lacking};
use super::{
    Call, Exchange, Json, ToldCredentials, ToldDecision, ToldError, ToldLogout, ToldProfile,
    ToldSession, ToldToken,
};

impl Exchange {
    /// Whether a usable answer came: status 2xx, complete.
    pub fn succeeded(&self) -> bool {
        self.answer.as_ref().is_some_and(|a| a.complete && (200..300).contains(&a.status))
    }

    /// The error of the whole answer. `None` for a success and for an error without an explanation.
    pub fn error(&self) -> Option<ToldError<'_>> {
        if self.answer.as_ref()?.status < 400 {
            return None;
        }
        self.says()?.error()
    }

    /// The errors in this answer, top level and of its items.
    pub fn errors(&self) -> impl Iterator<Item = ToldError<'_>> {
        let says = self.success_says(&[Call::Preauthorize, Call::Authorize]);
        self.error().into_iter().chain(says.into_iter().flat_map(Says::refusals))
    }

    /// The actions that errors in this answer ask for, top level and of its items.
    pub fn demanded_actions(&self) -> impl Iterator<Item = &str> {
        self.errors().map(|error| error.action).filter(|action| !action.is_empty())
    }

    /// Whether an error in this answer, top level or of an item, asks for this action.
    pub fn demands(&self, action: &str) -> bool {
        self.demanded_actions().any(|demanded| demanded == action)
    }

    /// Whether it was answered 429.
    pub fn throttled(&self) -> bool {
        self.status() == Some(429)
    }

    /// What call 1 delivered.
    pub fn credentials(&self) -> Option<ToldCredentials<'_>> {
        let json = self.success_of(&[Call::Register])?;
        Some(ToldCredentials {
            client_id: text(json, "client_id")?,
            client_secret: text(json, "client_secret")?,
        })
    }

    /// What call 2 delivered.
    pub fn token(&self) -> Option<ToldToken<'_>> {
        let json = self.success_of(&[Call::Token])?;
        let seconds = json.get("expires_in").and_then(instant).and_then(|s| u64::try_from(s).ok());
        Some(ToldToken {
            value: text(json, "access_token")?,
            lifetime: seconds.map(Duration::from_secs),
        })
    }

    /// What a session call (4, 5, 14) told the client to do next.
    pub fn session(&self) -> Option<ToldSession<'_>> {
        self.success_says(&[Call::CreateSession, Call::ResumeSession, Call::PartnerRequest])?
            .session()
    }

    /// The names of the parameters that a session still lacks, by a successful answer of calls 4, 5,
    /// 6 or 14; empty when it lacks none or the answer is no such answer.
    pub fn missing_parameters(&self) -> Vec<&str> {
        let Some(json) = self.session_object() else { return Vec::new() };
        lacking(json.get("missingParameters"), json.get("parameters")).collect()
    }

    /// The MVPD that a successful answer of call 6 says the session has.
    pub fn existing_mvpd(&self) -> Option<&str> {
        let json = self.success_of(&[Call::RetrieveSession])?;
        let nested = || json.get("parameters")?.get("existing");
        text(json.get("existingParameters").or_else(nested)?, "mvpd")
    }

    /// The ids of the MVPDs that a successful answer of call 3 lists.
    pub fn configured_mvpds(&self) -> Vec<&str> {
        let json = self.success_of(&[Call::Configuration]);
        let mvpds = json.and_then(|json| json.get("requestor")?.get("mvpds")?.items());
        mvpds.into_iter().flatten().filter_map(|mvpd| text(mvpd, "id")).collect()
    }

    /// The profiles of a successful answer of calls 8, 9, 10 or 15; `None` when it is no such answer.
    /// `Some` of an empty list says that there is none.
    pub fn profiles(&self) -> Option<Vec<ToldProfile<'_>>> {
        let calls =
            [Call::Profiles, Call::ProfileByMvpd, Call::ProfileByCode, Call::PartnerProfile];
        self.success_says(&calls)?.profiles()
    }

    /// The decisions of a successful answer of calls 11 or 12; empty when it is no such answer.
    pub fn decisions(&self) -> Vec<ToldDecision<'_>> {
        self.decided().collect()
    }

    /// The same, read one by one.
    pub fn decided(&self) -> impl Iterator<Item = ToldDecision<'_>> {
        let says = self.success_says(&[Call::Preauthorize, Call::Authorize]);
        says.into_iter().flat_map(Says::decisions)
    }

    /// The parts of a successful logout answer; empty when it is no such answer.
    pub fn logouts(&self) -> Vec<ToldLogout<'_>> {
        let json = self.success_of(&[Call::Logout]);
        let logouts = json.and_then(|json| json.get("logouts")?.members());
        let read = logouts.into_iter().flatten().map(|(mvpd, logout)| ToldLogout {
            mvpd,
            action_name: text(logout, "actionName").unwrap_or_default(),
            action_type: text(logout, "actionType").unwrap_or_default(),
            url: text(logout, "url"),
        });
        read.collect()
    }

    /// The resources that a decision call (11, 12) asks for.
    pub fn resources(&self) -> Vec<&str> {
        if !self.is(&[Call::Preauthorize, Call::Authorize]) {
            return Vec::new();
        }
        let resources = self.body.json().and_then(|body| body.get("resources")?.items());
        resources.into_iter().flatten().filter_map(Json::as_str).collect()
    }

    /// The `software_statement` of a call 1.
    pub fn software_statement(&self) -> Option<String> {
        self.parameter("software_statement")
    }

    /// A parameter of the request, not empty, wherever the client put it: in a form, in a JSON
    /// object, or in the query. Whether it belongs there is another question.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let in_form = || in_form(&self.body, name);
        let in_query =
            || self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.to_string());
        // What is an object is no form, whatever stands in its texts.
        let in_body = match self.body.json().filter(|body| body.is_object()) {
            Some(body) => text(body, name).map(str::to_owned),
            None => in_form(),
        };
        let found = in_body.or_else(in_query);
        found.filter(|value| !value.is_empty())
    }

    fn session_object(&self) -> Option<Json<'_>> {
        self.success_of(&[
            Call::CreateSession,
            Call::ResumeSession,
            Call::RetrieveSession,
            Call::PartnerRequest,
        ])
    }

    fn success_says(&self, calls: &[Call]) -> Option<Says<'_>> {
        (self.is(calls) && self.succeeded()).then(|| self.says())?
    }

    /// What its answer says, when that is complete and is JSON.
    fn says(&self) -> Option<Says<'_>> {
        let answer = self.answer.as_ref().filter(|answer| answer.complete)?;
        answer.body.says()
    }

    fn success_of(&self, calls: &[Call]) -> Option<Json<'_>> {
        (self.is(calls) && self.succeeded()).then(|| self.json())?
    }
}

/// The last value that a form has for a name. What is written as nobody would write that name is not
/// decoded.
fn in_form(form: &str, name: &str) -> Option<String> {
    form.split('&').rev().find_map(|pair| {
        let written = pair.split_once('=').map_or(pair, |(written, _)| written);
        if written != name && !written.contains(['%', '+']) {
            return None;
        }
        let (key, value) = form_urlencoded::parse(pair.as_bytes()).next()?;
        (key == name).then(|| value.into_owned())
    })
}

fn text<'a>(json: Json<'a>, field: &str) -> Option<&'a str> {
    json.get(field)?.as_str()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::trace::builder::{Ask, TraceBuilder};

    fn one(call: Call, change: impl FnOnce(Ask) -> Ask) -> Exchange {
        TraceBuilder::new().ask(call, change).build().exchanges.remove(0)
    }

    fn answered(call: Call, status: u16, json: Value) -> Exchange {
        one(call, |ask| ask.answer(status, json))
    }

    #[test]
    fn errors_are_read_wherever_they_stand() {
        let top = json!({"action": "authentication", "status": 403, "code": "authenticated_profile_missing", "message": "m"});
        let top = answered(Call::Authorize, 403, top);
        let error = top.error().unwrap();
        assert_eq!((error.code, error.action), ("authenticated_profile_missing", "authentication"));
        assert!(top.demands("authentication") && !top.demands("retry"));

        let item = json!({"decisions": [
            {"resource": "a", "authorized": true, "token": {"serializedToken": "t"}},
            {"resource": "b", "authorized": false, "error": {"code": "c", "action": "retry", "details": "d"}},
        ]});
        let item = answered(Call::Authorize, 200, item);
        assert_eq!(item.error(), None);
        assert!(item.demands("retry"));
        let decisions = item.decisions();
        assert_eq!(decisions[0].token, Some("t"));
        assert_eq!(decisions[1].error.and_then(|error| error.details), Some("d"));

        let oauth = answered(Call::Token, 400, json!({"error": "invalid_client"}));
        assert_eq!(oauth.error().map(|error| error.code), Some("invalid_client"));
        assert_eq!(answered(Call::Profiles, 401, json!({})).error(), None);
        // What a success says of errors is no error.
        assert_eq!(answered(Call::Profiles, 200, json!({"code": "c"})).error(), None);
    }

    #[test]
    fn a_session_tells_what_to_do_next() {
        let exchange = answered(
            Call::CreateSession,
            200,
            json!({"actionName": "resume", "actionType": "direct", "reasonType": "none",
                "missingParameters": ["mvpd"], "code": "8ER640M",
                "notBefore": "1623943955000", "notAfter": 1_623_951_155_000_i64}),
        );
        let told = exchange.session().unwrap();
        assert!(told.asks_to_resume() && told.incomplete && !told.is_direct_authorize());
        assert_eq!(
            (told.not_before, told.not_after),
            (Some(1_623_943_955_000), Some(1_623_951_155_000))
        );
        assert_eq!(exchange.missing_parameters(), ["mvpd"]);
        assert!(
            answered(Call::CreateSession, 400, json!({"actionName": "resume"})).session().is_none()
        );
    }

    #[test]
    fn both_editions_say_what_a_session_lacks() {
        let new =
            json!({"existingParameters": {"mvpd": "Dish"}, "missingParameters": ["redirectUrl"]});
        let old = json!({"parameters": {"existing": {"mvpd": "Dish"}, "missing": ["redirectUrl"]}});
        for answer in [new, old] {
            let exchange = answered(Call::RetrieveSession, 200, answer);
            assert_eq!(exchange.missing_parameters(), ["redirectUrl"]);
            assert_eq!(exchange.existing_mvpd(), Some("Dish"));
            assert_eq!(exchange.session(), None);
        }
    }

    #[test]
    fn no_profile_is_something_else_than_no_answer() {
        assert_eq!(answered(Call::Profiles, 200, json!({"profiles": {}})).profiles(), Some(vec![]));
        assert_eq!(answered(Call::Profiles, 200, json!({})).profiles(), None);
        assert_eq!(answered(Call::Profiles, 500, json!({"profiles": {}})).profiles(), None);
        let odd = json!({"profiles": {"a": 1, "b": {"type": 7, "notAfter": "soon"}}});
        let odd = answered(Call::Profiles, 200, odd);
        let profiles = odd.profiles().unwrap();
        assert_eq!((profiles.len(), profiles[0].mvpd, profiles[0].not_after), (1, "b", None));
        assert!(profiles[0].is_valid_at(i64::MAX));
    }

    #[test]
    fn a_parameter_is_found_wherever_it_was_put() {
        let body = |body: &str| one(Call::Token, |ask| ask.body(body)).parameter("client_id");
        assert_eq!(body("client_id=a%20b").as_deref(), Some("a b"));
        assert_eq!(body(r#"{"client_id":"a"}"#).as_deref(), Some("a"));
        assert_eq!(body("client_id="), None);
        let query =
            one(Call::Token, |ask| ask.body("").target("POST", "/o/client/token?client_id=a"));
        assert_eq!(query.parameter("client_id").as_deref(), Some("a"));
    }

    proptest! {
        #[test]
        fn a_form_is_read_as_if_all_of_it_were_decoded(form in "([ab%=&+1]|%61|%2)*", name in "[ab ]{0,2}") {
            let all = form_urlencoded::parse(form.as_bytes());
            let last = all.filter(|(key, _)| *key == name).last();
            prop_assert_eq!(in_form(&form, &name), last.map(|(_, value)| value.into_owned()));
        }
    }

    #[test]
    fn logouts_configuration_and_resources_are_read() {
        let logout = json!({"logouts": {"Dish": {"actionName": "logout", "actionType": "interactive", "url": "u"}}});
        let logout = answered(Call::Logout, 200, logout);
        assert_eq!(logout.logouts()[0].url, Some("u"));
        let configuration = json!({"requestor": {"mvpds": [{"id": "Dish"}, {"name": "x"}]}});
        assert_eq!(answered(Call::Configuration, 200, configuration).configured_mvpds(), ["Dish"]);
        let asked = one(Call::Preauthorize, |ask| ask.resources(&["a", "b"]));
        assert_eq!(asked.resources(), ["a", "b"]);
        assert!(one(Call::Preauthorize, |ask| ask.body("[")).resources().is_empty());
    }

    #[test]
    fn credentials_and_tokens_need_all_they_are_made_of() {
        let credentials =
            answered(Call::Register, 201, json!({"client_id": "a", "client_secret": "b"}));
        assert_eq!(credentials.credentials().map(|told| told.client_id), Some("a"));
        assert_eq!(answered(Call::Register, 201, json!({"client_id": "a"})).credentials(), None);
        let token = answered(Call::Token, 201, json!({"access_token": "t", "expires_in": 60}));
        assert_eq!(token.token().and_then(|told| told.lifetime), Some(Duration::from_secs(60)));
        let odd = answered(Call::Token, 201, json!({"access_token": "t", "expires_in": -1}));
        assert_eq!(odd.token().map(|told| told.lifetime), Some(None));
    }
}
