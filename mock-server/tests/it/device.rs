//! A streaming device: what an application on it sends.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Call, Mock};

const STATEMENT: &str =
    "eyJhbGciOiJSUzI1NiJ9.eyJzb2Z0d2FyZV9pZCI6IjROUkIxLTBYWkFCWkk5RTYtNVNNM1IifQ.c2ln";
/// Where logins lead back to.
pub(crate) const DONE: &str = "https://adobe.com/done?x=1&y=%20";

pub(crate) struct Device<'a> {
    mock: &'a Mock,
    pub(crate) id: &'static str,
    pub(crate) client: String,
    pub(crate) token: String,
}

impl<'a> Device<'a> {
    /// Registers an application on a device and gets it a token.
    pub(crate) async fn new(mock: &'a Mock, id: &'static str) -> Self {
        let statement = json!({"software_statement": STATEMENT});
        let client = mock.post("/o/client/register").json(&statement).send().await.json();
        let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
        let (client, secret) = (text(&client, "client_id"), text(&client, "client_secret"));
        let form = [
            ("client_id", client.as_str()),
            ("client_secret", &secret),
            ("grant_type", "client_credentials"),
        ];
        let token = mock.post("/o/client/token").form(&form).send().await.json();
        Self { mock, id, client, token: text(&token, "access_token") }
    }

    /// The same application on another device, with the same token.
    pub(crate) fn on(&self, id: &'static str) -> Self {
        Self { mock: self.mock, id, client: self.client.clone(), token: self.token.clone() }
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        self.undescribed(method, path).header("user-agent", "tvOS")
    }

    /// A call that does not tell what kind of device this is.
    pub(crate) fn undescribed(&self, method: Method, path: &str) -> Call {
        let identifier = format!("fingerprint {}", STANDARD.encode(self.id));
        let call = self.mock.call(method, &format!("/api/v2/REF30/{path}")).bearer(&self.token);
        call.header("ap-device-identifier", &identifier)
    }

    /// Creates a session with some parameters and returns its code.
    pub(crate) async fn session(&self, parameters: &[(&str, &str)]) -> String {
        let answer = self.call(Method::POST, "sessions").form(parameters).send().await;
        answer.json()["code"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }

    /// Creates a session for a provider, ready to be signed in to.
    pub(crate) async fn begin(&self, mvpd: &str) -> String {
        self.session(&[("mvpd", mvpd), ("domainName", "adobe.com"), ("redirectUrl", DONE)]).await
    }

    /// Whether anybody is signed in.
    pub(crate) async fn is_signed_in(&self) -> bool {
        let profiles = self.call(Method::GET, "profiles").send().await.json();
        !profiles["profiles"].as_object().unwrap().is_empty()
    }

    /// Whether a poll for a code brings a profile.
    pub(crate) async fn polls(&self, code: &str) -> bool {
        let profiles = self.call(Method::GET, &format!("profiles/code/{code}")).send().await.json();
        !profiles["profiles"].as_object().unwrap().is_empty()
    }

    /// The decision about a resource.
    pub(crate) async fn authorize(&self, mvpd: &str, resource: &str) -> Value {
        self.authorize_whole(mvpd, resource).await.json()["decisions"][0].clone()
    }

    /// The answer to an authorization.
    pub(crate) async fn authorize_whole(&self, mvpd: &str, resource: &str) -> Answer {
        let call = self.call(Method::POST, &format!("decisions/authorize/{mvpd}"));
        call.json(&json!({"resources": [resource]})).send().await
    }

    /// The answer to a logout.
    pub(crate) async fn logout(&self, mvpd: &str, redirect_url: &str) -> Answer {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("redirectUrl", redirect_url)
            .finish();
        self.call(Method::GET, &format!("logout/{mvpd}?{query}")).send().await
    }
}
