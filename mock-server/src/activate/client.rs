//! The calls of the API that a second screen needs, one function each.
//!
//! This is the part to read for who writes such an application. The documents are those below
//! `rest-apis/` of the programmers' integration guide.

use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::application::{Credentials, Token, software_statement};
use super::wire::{self, Caller};
use crate::app::App;
use crate::http::Request;

/// Why a call brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// 429, also after waiting.
    Busy,
    /// An error of the documents, by its code.
    Refused(String),
    /// A server error, no answer in time, or none that can be read.
    Unwell,
}

impl Failure {
    /// Whether the service refused with this code.
    pub(super) fn is(&self, code: &str) -> bool {
        matches!(self, Self::Refused(refused) if refused == code)
    }
}

/// Call 6, as far as a second screen needs it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Session {
    pub(super) missing_parameters: Vec<String>,
    pub(super) existing_parameters: BTreeMap<String, String>,
    pub(super) device: Device,
}

/// The device that opened a session.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Device {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) model: Option<String>,
    pub(super) operating_system: OperatingSystem,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OperatingSystem {
    pub(super) name: Option<String>,
}

impl Session {
    pub(super) fn misses(&self, name: &str) -> bool {
        self.missing_parameters.iter().any(|missing| missing == name)
    }

    /// The documents spell it in two ways.
    pub(super) fn misses_domain(&self) -> bool {
        self.misses("domainName") || self.misses("domain")
    }

    pub(super) fn mvpd(&self) -> Option<&str> {
        self.existing_parameters.get("mvpd").map(String::as_str)
    }

    pub(super) fn redirect_url(&self) -> Option<&str> {
        self.existing_parameters.get("redirectUrl").map(String::as_str)
    }
}

/// What call 5 says to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The browser is to open this URL.
    Authenticate(String),
    /// Nobody needs to sign in: the TV may go on.
    Authorize,
    /// Something is still missing.
    Retry,
}

/// Call 3, as far as a picker needs it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Configuration {
    requestor: Requestor,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Requestor {
    name: String,
    domains: Vec<Domain>,
    mvpds: Vec<Mvpd>,
}

#[derive(Clone, Debug, Deserialize)]
struct Domain {
    name: String,
}

/// A TV provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Mvpd {
    pub(super) id: String,
    pub(super) display_name: String,
    is_temp_pass: bool,
}

impl Configuration {
    /// How viewers know the service provider.
    pub(super) fn service(&self) -> &str {
        &self.requestor.name
    }

    /// Where logins come from, when the TV did not say.
    pub(super) fn domain(&self) -> Option<&str> {
        self.requestor.domains.first().map(|domain| domain.name.as_str())
    }

    /// Whom people can sign in with: a temporary access asks for no login, so it is not offered.
    pub(super) fn providers(&self) -> impl Iterator<Item = &Mvpd> {
        self.requestor.mvpds.iter().filter(|mvpd| !mvpd.is_temp_pass)
    }

    pub(super) fn provider(&self, id: &str) -> Option<&Mvpd> {
        self.providers().find(|mvpd| mvpd.id == id)
    }
}

/// Calls the API for one browser.
pub(super) struct Client<'a> {
    app: &'a Arc<App>,
    caller: Caller,
}

impl<'a> Client<'a> {
    pub(super) fn new(app: &'a Arc<App>, caller: Caller) -> Self {
        Self { app, caller }
    }

    /// Call 6, *retrieve authentication session information using code*: is the code good, what does
    /// its session have, what does it miss? The flow of secondary applications asks it of every code
    /// that was typed, before a user agent is sent anywhere.
    pub(super) async fn retrieve_session(&self, sp: &str, code: &str) -> Result<Session, Failure> {
        let path = format!("/api/v2/{}/sessions/{}", segment(sp), segment(code));
        read(self.protected(Request::new(http::Method::GET, &path)).await?)
    }

    /// Call 5, *resume authentication session*: adds what the session misses, and only that. Sent
    /// with nothing it only asks what comes next, which also tells a code that was used up.
    pub(super) async fn resume_session(
        &self,
        sp: &str,
        code: &str,
        missing: &[(&str, &str)],
    ) -> Result<Next, Failure> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            action_name: String,
            url: Option<String>,
        }
        let path = format!("/api/v2/{}/sessions/{}", segment(sp), segment(code));
        let answer: Answer = read(self.protected(form(&path, missing)).await?)?;
        match (&*answer.action_name, answer.url) {
            ("authenticate", Some(url)) => Ok(Next::Authenticate(url)),
            ("authorize", _) => Ok(Next::Authorize),
            ("retry" | "resume", _) => Ok(Next::Retry),
            _ => Err(Failure::Unwell),
        }
    }

    /// Call 3, *retrieve configuration*: who can be picked. Kept for some minutes, because it hardly
    /// changes.
    pub(super) async fn configuration(&self, sp: &str) -> Result<Arc<Configuration>, Failure> {
        let (own, now) = (&self.app.second_screen, self.app.clock.now());
        if let Some(known) = own.configuration(sp, now) {
            return Ok(known);
        }
        let path = format!("/api/v2/{}/configuration", segment(sp));
        let request = Request::new(http::Method::GET, &path);
        let configuration: Arc<Configuration> = Arc::new(read(self.protected(request).await?)?);
        own.keep_configuration(sp, &configuration, now);
        Ok(configuration)
    }

    /// Call 10, *retrieve profile for specific code*: the MVPD with which the TV is signed in, if it
    /// is. The flow of secondary applications has it for telling the person how it went.
    pub(super) async fn signed_in_with(
        &self,
        sp: &str,
        code: &str,
    ) -> Result<Option<String>, Failure> {
        #[derive(Deserialize)]
        struct Answer {
            profiles: serde_json::Map<String, Value>,
        }
        let path = format!("/api/v2/{}/profiles/code/{}", segment(sp), segment(code));
        let request = Request::new(http::Method::GET, &path);
        let answer: Answer = read(self.protected(request).await?)?;
        Ok(answer.profiles.keys().next().cloned())
    }

    /// Sends a call that needs an access token. A 401 is answered as the documents ask: with a new
    /// token, or with a new registration where the error says so; and once only.
    async fn protected(&self, request: Request) -> Result<Value, Failure> {
        let request = request
            .with_header("ap-device-identifier", &self.caller.device_identifier)
            .with_header("accept", "application/json");
        let mut tried = false;
        loop {
            let token = self.token().await?;
            let bearer = format!("Bearer {token}");
            let sent = request.clone().with_header("authorization", &bearer);
            match self.send(sent).await {
                Err(wire::Refusal { status: 401, action, .. }) if !tried => {
                    tried = true;
                    match action.as_deref() {
                        Some("application-registration") => {
                            self.app.second_screen.drop_credentials();
                        }
                        _ => self.app.second_screen.drop_token(&token),
                    }
                }
                answer => return answer.map_err(Failure::from),
            }
        }
    }

    /// The access token: the one that is kept, else a new one.
    async fn token(&self) -> Result<String, Failure> {
        let own = &self.app.second_screen;
        if let Some(token) = own.token(self.app.clock.now()) {
            return Ok(token);
        }
        if let Some(credentials) = own.credentials() {
            match self.request_token(&credentials).await {
                Err(refused) if refused.is("invalid_client") => own.drop_credentials(),
                answer => return answer,
            }
        }
        let credentials = self.register().await?;
        self.request_token(&credentials).await
    }

    /// Call 1, *retrieve client credentials*: once for the whole application.
    async fn register(&self) -> Result<Credentials, Failure> {
        #[derive(Deserialize)]
        struct Answer {
            client_id: String,
            client_secret: String,
        }
        let statement = software_statement(&self.app.fixtures.load());
        let body = json!({ "software_statement": statement }).to_string();
        let request = Request::new(http::Method::POST, "/o/client/register");
        let request = request.with_body("application/json", body);
        let Answer { client_id, client_secret } = read(self.send(request).await?)?;
        let credentials = Credentials { client_id, client_secret };
        self.app.second_screen.keep_credentials(&credentials);
        Ok(credentials)
    }

    /// Call 2, *retrieve access token*.
    async fn request_token(&self, credentials: &Credentials) -> Result<String, Failure> {
        #[derive(Deserialize)]
        struct Answer {
            access_token: String,
            expires_in: u64,
        }
        let parameters = [
            ("client_id", credentials.client_id.as_str()),
            ("client_secret", &credentials.client_secret),
            ("grant_type", "client_credentials"),
        ];
        let answer: Answer = read(self.send(form("/o/client/token", &parameters)).await?)?;
        let expires_at = self.app.clock.now().after(Duration::from_secs(answer.expires_in));
        let token = Token { access_token: answer.access_token.clone(), expires_at };
        self.app.second_screen.keep_token(token);
        Ok(answer.access_token)
    }

    async fn send(&self, request: Request) -> Result<Value, wire::Refusal> {
        wire::send(self.app, self.caller.sign(request)).await
    }
}

fn form(path: &str, parameters: &[(&str, &str)]) -> Request {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let request = Request::new(http::Method::POST, path);
    request.with_body("application/x-www-form-urlencoded", body)
}

fn read<T: for<'de> Deserialize<'de>>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(|_| Failure::Unwell)
}

/// One segment of a path.
pub(super) fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
