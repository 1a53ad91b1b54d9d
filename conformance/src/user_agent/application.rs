//! An application of the harness's own: the web page on the second screen, and the TV that a
//! second-screen client completes a session for. It does what the cookbook asks of such an
//! application, with a registration of its own.

use pass_mock::ids::Ids;
use serde_json::Value;
use url::Url;

use crate::http_client::{HttpClient, HttpError, Request};

/// An application.
#[derive(Clone, Debug)]
pub struct Application {
    http: HttpClient,
    base_url: String,
    service_provider: String,
    software_statement: String,
    domain_name: String,
    redirect_url: String,
    device_id: String,
}

/// What became of a session call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The code.
    pub code: Option<String>,
    /// Where the user agent goes next, absolute; `None` when nothing has to be opened.
    pub url: Option<String>,
}

/// The application could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ApplicationError {
    /// No whole answer came.
    #[error("{call}: {cause}")]
    Http {
        /// The call.
        call: &'static str,
        /// Why.
        cause: HttpError,
    },
    /// The service refused.
    #[error("{call} was refused: {answer}")]
    Refused {
        /// The call.
        call: &'static str,
        /// The answer's status and body.
        answer: String,
    },
}

/// What every application of a scenario is told.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// Where the service is.
    pub base_url: &'a str,
    /// The service provider.
    pub service_provider: &'a str,
    /// The software statement to register with.
    pub software_statement: &'a str,
    /// `domainName` of sessions.
    pub domain_name: &'a str,
    /// `redirectUrl` of sessions.
    pub redirect_url: &'a str,
}

impl Application {
    /// An application on a device of its own.
    pub fn new(http: HttpClient, settings: &Settings<'_>, ids: &Ids) -> Self {
        Self {
            http,
            base_url: settings.base_url.to_owned(),
            service_provider: settings.service_provider.to_owned(),
            software_statement: settings.software_statement.to_owned(),
            domain_name: settings.domain_name.to_owned(),
            redirect_url: settings.redirect_url.to_owned(),
            device_id: base64(ids.uuid().to_string().as_bytes()),
        }
    }

    /// Makes a session, as a TV does; without an MVPD it has to be completed elsewhere.
    pub async fn create_session(&self, mvpd: Option<&str>) -> Result<Session, ApplicationError> {
        let token = self.token().await?;
        let mut fields = Vec::new();
        if let Some(mvpd) = mvpd {
            fields.push(("mvpd", mvpd));
            fields.push(("domainName", self.domain_name.as_str()));
            fields.push(("redirectUrl", self.redirect_url.as_str()));
        }
        let url = self.url("/sessions");
        let request = self.headers(Request::form(url, fields), &token);
        Ok(self.session(&self.call("creating a session", request).await?))
    }

    /// Looks a typed code up, supplies what its session still misses, and says what to open.
    pub async fn continue_session(
        &self,
        code: &str,
        mvpd: &str,
    ) -> Result<Session, ApplicationError> {
        let token = self.token().await?;
        let url = self.url(&format!("/sessions/{code}"));
        let look_up = self.headers(Request::get(&url), &token);
        let known = self.call("looking the code up", look_up).await?;
        let complete = known["missingParameters"].as_array().is_none_or(Vec::is_empty);
        if complete {
            let url =
                format!("{}/api/v2/authenticate/{}/{code}", self.base_url, self.service_provider);
            return Ok(Session { code: Some(code.to_owned()), url: Some(url) });
        }
        let fields = [
            ("mvpd", mvpd),
            ("domainName", self.domain_name.as_str()),
            ("redirectUrl", self.redirect_url.as_str()),
        ];
        let resume = self.headers(Request::form(&url, fields), &token);
        Ok(self.session(&self.call("completing the session", resume).await?))
    }

    /// Registers and gets a token: an application of the harness lives for one sign-in.
    async fn token(&self) -> Result<String, ApplicationError> {
        let body = serde_json::json!({ "software_statement": self.software_statement });
        let url = format!("{}/o/client/register", self.base_url);
        let request = Request::post(url, "application/json", body.to_string())
            .header("x-device-info", device_info());
        let client = self.call("registering", request).await?;
        let field = |name: &str| client[name].as_str().unwrap_or_default().to_owned();
        let (id, secret) = (field("client_id"), field("client_secret"));
        let fields = [
            ("client_id", id.as_str()),
            ("client_secret", secret.as_str()),
            ("grant_type", "client_credentials"),
        ];
        let request = Request::form(format!("{}/o/client/token", self.base_url), fields)
            .header("x-device-info", device_info());
        let token = self.call("getting a token", request).await?;
        Ok(token["access_token"].as_str().unwrap_or_default().to_owned())
    }

    async fn call(&self, call: &'static str, request: Request) -> Result<Value, ApplicationError> {
        let answer = self.http.send(request).await;
        let answer = answer.map_err(|cause| ApplicationError::Http { call, cause })?;
        let text = answer.text();
        let refused = || ApplicationError::Refused {
            call,
            answer: format!("{} {text}", answer.status.as_u16()),
        };
        if !answer.status.is_success() {
            return Err(refused());
        }
        serde_json::from_str(&text).map_err(|_| refused())
    }

    fn session(&self, answer: &Value) -> Session {
        let opens = answer["actionName"].as_str() == Some("authenticate");
        let url = answer["url"].as_str().filter(|_| opens);
        let resolved = url.and_then(|url| Url::parse(&self.base_url).ok()?.join(url).ok());
        Session {
            code: answer["code"].as_str().map(str::to_owned),
            url: resolved.map(String::from),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/api/v2/{}{path}", self.base_url, self.service_provider)
    }

    fn headers(&self, request: Request, token: &str) -> Request {
        request
            .header("authorization", format!("Bearer {token}"))
            .header("ap-device-identifier", format!("fingerprint {}", self.device_id))
            .header("x-device-info", device_info())
            .header("accept", "application/json")
    }
}

fn device_info() -> String {
    let info = serde_json::json!({
        "primaryHardwareType": "Mobile", "model": "Phone", "version": "1.0",
        "osName": "Android", "osVersion": "16", "connectionType": "WiFi",
    });
    base64(info.to_string().as_bytes())
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
