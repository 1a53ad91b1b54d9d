//! A viewer signs in on a television, plays, and signs out.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// When it begins, in milliseconds since the epoch: 2025-10-09T08:53:20Z.
pub(crate) const BEGIN: i64 = 1_760_000_000_000;

/// The host of the service.
pub(crate) const HOST: &str = "api.auth.adobe.com";

/// One request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) at: i64,
    pub(crate) took: i64,
    pub(crate) call: u8,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Parameters of a form, or a JSON body.
    pub(crate) form: Vec<(&'static str, &'static str)>,
    pub(crate) json: Option<Value>,
    /// Nothing came back where there is none.
    pub(crate) answer: Option<(u16, Value)>,
}

/// What matters of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) at: i64,
    pub(crate) took: Option<i64>,
    pub(crate) call: Option<u8>,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) device: Option<String>,
    pub(crate) form: BTreeMap<String, String>,
    pub(crate) json: Value,
    pub(crate) status: Option<u16>,
    pub(crate) answer: Value,
}

impl From<&Asked> for Told {
    fn from(asked: &Asked) -> Self {
        let header = |name: &str| {
            let found = asked.headers.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.clone())
        };
        Self {
            at: asked.at,
            took: asked.answer.as_ref().map(|_| asked.took),
            call: Some(asked.call),
            path: asked.path.clone(),
            token: header("Authorization").map(|value| value.replace("Bearer ", "")),
            device: header("AP-Device-Identifier"),
            form: asked.form.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            json: asked.json.clone().unwrap_or_default(),
            status: asked.answer.as_ref().map(|(status, _)| *status),
            answer: asked.answer.as_ref().map(|(_, answer)| answer.clone()).unwrap_or_default(),
        }
    }
}

impl Asked {
    pub(crate) fn url(&self) -> String {
        format!("https://{HOST}{}", self.path)
    }

    /// The body as it was sent, with its media type.
    pub(crate) fn body(&self) -> Option<(&'static str, String)> {
        if let Some(json) = &self.json {
            return Some(("application/json", json.to_string()));
        }
        let form =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.form).finish();
        (!form.is_empty()).then_some(("application/x-www-form-urlencoded", form))
    }
}

const REDIRECT: &str = "https://adobe.com/done?a=b c";

/// The story, in order.
pub(crate) fn story() -> Vec<Asked> {
    let info = json!({"model": "TV", "version": "1", "osName": "tvOS", "osVersion": "18.0",
        "connectionType": "WiFi"});
    let info = STANDARD.encode(info.to_string());
    let device = format!("fingerprint {}", STANDARD.encode("living-room-tv"));
    let token = "0123456789abcdef0123456789abcdef";
    let ask = |seconds: f64, call: u8, method: &'static str, path: &str| {
        #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
        let at = BEGIN + (seconds * 1000.0) as i64;
        let mut headers = vec![("X-Device-Info", info.clone())];
        if call > 2 {
            headers.push(("Authorization", format!("Bearer {token}")));
            headers.push(("AP-Device-Identifier", device.clone()));
        }
        Asked {
            at,
            took: 120 + i64::from(call),
            call,
            method,
            path: if call > 2 {
                format!("/api/v2/REF30/{path}")
            } else {
                format!("/o/client/{path}")
            },
            headers,
            form: Vec::new(),
            json: None,
            answer: None,
        }
    };
    let form = |asked: Asked, form: &[(&'static str, &'static str)]| Asked {
        form: form.to_vec(),
        ..asked
    };
    let said = |asked: Asked, status: u16, answer: Value| Asked {
        answer: Some((status, answer)),
        ..asked
    };
    let session = [("mvpd", "Cablevision"), ("domainName", "adobe.com"), ("redirectUrl", REDIRECT)];
    let profile = json!({"profiles": {"Cablevision": {"notBefore": BEGIN, "notAfter": BEGIN + 86_400_000,
        "issuer": "Cablevision", "type": "regular", "attributes": {"userID": {"value": "Zoë", "state": "plain"}}}}});
    let permit = json!({"decisions": [{"resource": "REF30", "serviceProvider": "REF30",
        "mvpd": "Cablevision", "source": "mvpd", "authorized": true,
        "token": {"notBefore": BEGIN, "notAfter": BEGIN + 420_000, "serializedToken": "bWVkaWEtdG9rZW4="}}]});
    let resources = json!({"resources": ["REF30"]});
    vec![
        said(
            Asked {
                json: Some(
                    json!({"software_statement": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhcHAifQ.c2ln"}),
                ),
                ..ask(0.0, 1, "POST", "register")
            },
            201,
            json!({"client_id": "client-1", "client_secret": "very-secret-secret"}),
        ),
        said(
            form(
                ask(0.5, 2, "POST", "token"),
                &[
                    ("client_id", "client-1"),
                    ("client_secret", "very-secret-secret"),
                    ("grant_type", "client_credentials"),
                ],
            ),
            201,
            json!({"access_token": token, "expires_in": 21600, "token_type": "bearer"}),
        ),
        said(ask(1.0, 8, "GET", "profiles"), 200, json!({"profiles": {}})),
        said(
            ask(5.007, 3, "GET", "configuration"),
            200,
            json!({"requestor": {"id": "REF30", "mvpds": [{"id": "Cablevision"}, {"id": "Spectrum"}]}}),
        ),
        said(
            form(ask(9.0, 4, "POST", "sessions"), &session),
            200,
            json!({"actionName": "authenticate", "actionType": "interactive", "reasonType": "none",
                "url": "/api/v2/authenticate/REF30/8ER640M", "code": "8ER640M", "mvpd": "Cablevision",
                "notBefore": BEGIN.to_string(), "notAfter": (BEGIN + 1_809_000).to_string()}),
        ),
        said(ask(25.0, 10, "GET", "profiles/code/8ER640M"), 200, json!({"profiles": {}})),
        // Nothing came back: the network was away.
        ask(42.0, 10, "GET", "profiles/code/8ER640M"),
        said(ask(60.0, 10, "GET", "profiles/code/8ER640M"), 200, profile),
        said(
            Asked {
                json: Some(resources.clone()),
                ..ask(61.0, 11, "POST", "decisions/preauthorize/Cablevision")
            },
            200,
            json!({"decisions": [{"resource": "REF30", "authorized": true}]}),
        ),
        said(
            Asked {
                json: Some(resources),
                ..ask(70.0, 12, "POST", "decisions/authorize/Cablevision")
            },
            200,
            permit,
        ),
        said(
            ask(90.0, 13, "GET", "logout/Cablevision"),
            200,
            json!({"logouts": {"Cablevision": {"actionName": "complete", "actionType": "none", "mvpd": "Cablevision"}}}),
        ),
    ]
}
