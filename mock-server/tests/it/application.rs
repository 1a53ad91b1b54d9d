//! An application with a token, on one device, that sends what the documented samples send.

use http::Method;
use pass_mock::domain::When;
use serde_json::{Value, json};

use crate::harness::{Answer, Call, Mock};

/// The device identifier of the samples.
pub(crate) const DEVICE: &str = "fingerprint YmEyM2QxNDEtZDcxNS01NjFjLTk0ZjQtZTllNGM5NjZiMWVi";
/// `X-Device-Info` as the samples have it, the missing comma included.
pub(crate) const DEVICE_INFO: &str = "ewoJInByaW1hcnlIYXJkd2FyZVR5cGUiOiAiU2V0VG9wQm94IiwKCSJtb2RlbCI6ICJUViA1dGggR2VuIiwKCSJtYW51ZmFjdHVyZXIiOiAiQXBwbGUiLAoJIm9zTmFtZSI6ICJ0dk9TIgoJIm9zVmVuZG9yIjogIkFwcGxlIiwKCSJvc1ZlcnNpb24iOiAiMTEuMCIKfQ==";
/// `User-Agent` as the samples have it.
pub(crate) const USER_AGENT: &str =
    "Mozilla/5.0 (Apple TV; U; CPU AppleTV5,3 OS 11.0 like Mac OS X; en_US)";
/// What the samples of sessions send.
pub(crate) const COMPLETE: &[(&str, &str)] =
    &[("mvpd", "Cablevision"), ("domainName", "adobe.com"), ("redirectUrl", "https://adobe.com")];

pub(crate) struct Application<'a> {
    mock: &'a Mock,
    pub(crate) token: String,
    device: &'static str,
}

impl<'a> Application<'a> {
    /// Registers with the first software statement of the fixtures.
    pub(crate) async fn register(mock: &'a Mock) -> Self {
        let fixtures = mock.server.app().fixtures.load();
        Self::register_as(mock, fixtures.first_software_statement().unwrap()).await
    }

    /// Registers with some software statement.
    pub(crate) async fn register_as(mock: &'a Mock, statement: &str) -> Self {
        let credentials = mock
            .post("/o/client/register")
            .json(&json!({ "software_statement": statement }))
            .send()
            .await
            .json();
        let token = mock
            .post("/o/client/token")
            .form(&[
                ("client_id", credentials["client_id"].as_str().unwrap()),
                ("client_secret", credentials["client_secret"].as_str().unwrap()),
                ("grant_type", "client_credentials"),
            ])
            .send()
            .await
            .json();
        let token = token["access_token"].as_str().unwrap().to_owned();
        Self { mock, token, device: DEVICE }
    }

    /// The same application on another device.
    pub(crate) fn on(&self, device: &'static str) -> Self {
        Self { mock: self.mock, token: self.token.clone(), device }
    }

    /// A call with all headers of the samples.
    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        self.bare(method, path)
            .header("ap-device-identifier", self.device)
            .header("x-device-info", DEVICE_INFO)
    }

    /// A call with the token alone, as the samples of calls with a code have it.
    pub(crate) fn bare(&self, method: Method, path: &str) -> Call {
        self.mock
            .call(method, path)
            .bearer(&self.token)
            .header("accept", "application/json")
            .header("user-agent", USER_AGENT)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path).send().await
    }

    pub(crate) async fn session(&self, form: &[(&str, &str)]) -> Value {
        let answer = self.call(Method::POST, "/api/v2/REF30/sessions").form(form).send().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// A session with everything it needs; its code.
    pub(crate) async fn code(&self, mvpd: &str) -> String {
        let form = [("mvpd", mvpd), COMPLETE[1], COMPLETE[2]];
        self.session(&form).await["code"].as_str().unwrap().to_owned()
    }

    /// Signs the first user in with an MVPD; the code that was used.
    pub(crate) async fn sign_in(&self, mvpd: &str) -> String {
        let code = self.code(mvpd).await;
        self.complete(&code);
        code
    }

    /// Signs the first user in with a code.
    pub(crate) fn complete(&self, code: &str) {
        let app = self.mock.server.app();
        let (fixtures, now) = (app.fixtures.load(), app.clock.now());
        let user = fixtures.first_user().unwrap();
        app.domain.complete_login(&fixtures, code, user, When::Soon, now).unwrap();
    }

    pub(crate) async fn decide(&self, kind: &str, mvpd: &str, resources: &[&str]) -> Answer {
        let path = format!("/api/v2/REF30/decisions/{kind}/{mvpd}");
        let body = json!({ "resources": resources });
        self.call(Method::POST, &path).json(&body).send().await
    }
}
