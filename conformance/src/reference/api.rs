//! The calls of REST API V2, each with exactly the parameters that its page documents.

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::http_client::Request;

/// What may stand for itself within one segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A call without the headers that all calls have.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    /// With the query, below the base URL.
    pub(super) path: String,
    pub(super) body: Option<Body>,
    /// Headers that only some calls have, in lower case.
    pub(super) headers: Vec<(&'static str, String)>,
    /// Headers of single sign-on that its page specifies.
    pub(super) takes: Takes,
    /// How a step that uses it is named to the viewer, should it fail.
    pub(super) purpose: &'static str,
}

/// Headers of single sign-on that the page of a call specifies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Takes {
    /// Who the viewer is beyond this device.
    pub(super) subject: bool,
    /// What a partner's framework says.
    pub(super) partner_status: bool,
}

/// A body with its media type.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) content_type: &'static str,
    pub(super) text: String,
}

impl Call {
    /// The request for it, still without headers.
    pub(super) fn request(&self, base_url: &str) -> Request {
        let url = format!("{base_url}{}", self.path);
        let request = match &self.body {
            None => Request::new(self.method.clone(), url),
            Some(body) => Request::post(url, body.content_type, body.text.clone()),
        };
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// The same with a header that not all calls have.
    #[must_use]
    pub(super) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    fn with_subject(mut self) -> Self {
        self.takes.subject = true;
        self
    }

    fn with_partner_status(mut self) -> Self {
        self.takes.partner_status = true;
        self
    }

    fn get(path: String, purpose: &'static str) -> Self {
        let (method, headers, takes) = (Method::GET, Vec::new(), Takes::default());
        Self { method, path, body: None, headers, takes, purpose }
    }

    fn post(path: String, body: Body, purpose: &'static str) -> Self {
        let (method, headers, takes) = (Method::POST, Vec::new(), Takes::default());
        Self { method, path, body: Some(body), headers, takes, purpose }
    }
}

impl Body {
    fn form(parameters: &[(&str, &str)]) -> Self {
        let text =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        Self { content_type: "application/x-www-form-urlencoded", text }
    }

    pub(super) fn json(value: &serde_json::Value) -> Self {
        Self { content_type: "application/json;charset=utf-8", text: value.to_string() }
    }
}

/// Call 1.
pub(super) fn register(software_statement: &str) -> Call {
    let body = Body::json(&json!({ "software_statement": software_statement }));
    Call::post("/o/client/register".into(), body, "register this app")
}

/// Call 2.
pub(super) fn token(client_id: &str, client_secret: &str) -> Call {
    let body = Body::form(&[
        ("client_id", client_id),
        ("client_secret", client_secret),
        ("grant_type", "client_credentials"),
    ]);
    Call::post("/o/client/token".into(), body, "register this app")
}

/// The calls below a service provider.
#[derive(Clone, Debug)]
pub(super) struct Api {
    /// `/api/v2/{serviceProvider}`
    root: String,
    service_provider: String,
}

impl Api {
    pub(super) fn new(service_provider: &str) -> Self {
        let service_provider = segment(service_provider);
        Self { root: format!("/api/v2/{service_provider}"), service_provider }
    }

    /// Call 3.
    pub(super) fn configuration(&self) -> Call {
        Call::get(format!("{}/configuration", self.root), "load the list of providers")
    }

    /// Call 4. Only parameters that are known are sent.
    pub(super) fn create_session(&self, parameters: &[(&str, &str)]) -> Call {
        let path = format!("{}/sessions", self.root);
        Call::post(path, Body::form(parameters), "start signing in").with_subject()
    }

    /// Call 5.
    pub(super) fn resume_session(&self, code: &str, parameters: &[(&str, &str)]) -> Call {
        let path = format!("{}/sessions/{}", self.root, segment(code));
        Call::post(path, Body::form(parameters), "continue signing in")
    }

    /// Call 6.
    pub(super) fn session(&self, code: &str) -> Call {
        Call::get(format!("{}/sessions/{}", self.root, segment(code)), "check the code")
    }

    /// Call 7's address, below the base URL. A user agent opens it, not the client.
    pub(super) fn authenticate_path(&self, code: &str) -> String {
        format!("/api/v2/authenticate/{}/{}", self.service_provider, segment(code))
    }

    /// Call 8.
    pub(super) fn profiles(&self) -> Call {
        let path = format!("{}/profiles", self.root);
        Call::get(path, "check whether you are signed in").with_subject().with_partner_status()
    }

    /// Call 9.
    pub(super) fn profile_by_mvpd(&self, mvpd: &str) -> Call {
        let path = format!("{}/profiles/{}", self.root, segment(mvpd));
        Call::get(path, "check whether you are signed in").with_subject().with_partner_status()
    }

    /// Call 10.
    pub(super) fn profile_by_code(&self, code: &str) -> Call {
        let path = format!("{}/profiles/code/{}", self.root, segment(code));
        Call::get(path, "check whether you are signed in")
    }

    /// Call 11.
    pub(super) fn preauthorize(&self, mvpd: &str, resources: &[String]) -> Call {
        self.decisions("preauthorize", mvpd, resources, "check what you may watch")
    }

    /// Call 12; usually for one resource.
    pub(super) fn authorize(&self, mvpd: &str, resources: &[String]) -> Call {
        self.decisions("authorize", mvpd, resources, "check whether you may watch this")
    }

    fn decisions(
        &self,
        kind: &str,
        mvpd: &str,
        resources: &[String],
        purpose: &'static str,
    ) -> Call {
        let path = format!("{}/decisions/{kind}/{}", self.root, segment(mvpd));
        let body = Body::json(&json!({ "resources": resources }));
        Call::post(path, body, purpose).with_subject().with_partner_status()
    }

    /// Call 13.
    pub(super) fn logout(&self, mvpd: &str, redirect_url: &str) -> Call {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("redirectUrl", redirect_url);
        let path = format!("{}/logout/{}?{}", self.root, segment(mvpd), query.finish());
        Call::get(path, "sign out").with_subject()
    }

    /// Call 14. Only parameters that are known are sent.
    pub(super) fn partner_request(&self, partner: &str, parameters: &[(&str, &str)]) -> Call {
        let path = format!("{}/sessions/sso/{}", self.root, segment(partner));
        Call::post(path, Body::form(parameters), "start signing in").with_partner_status()
    }

    /// Call 15.
    pub(super) fn partner_profile(&self, partner: &str, saml_response: &str) -> Call {
        let path = format!("{}/profiles/sso/{}", self.root, segment(partner));
        let body = Body::form(&[("SAMLResponse", saml_response)]);
        Call::post(path, body, "complete your sign-in").with_partner_status()
    }
}

fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_documented_ones() {
        let api = Api::new("REF30");
        assert_eq!(api.profile_by_code("8ER640M").path, "/api/v2/REF30/profiles/code/8ER640M");
        assert_eq!(api.authenticate_path("8ER640M"), "/api/v2/authenticate/REF30/8ER640M");
        assert_eq!(
            api.logout("Cablevision", "https://adobe.com/done").path,
            "/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fadobe.com%2Fdone"
        );
    }

    #[test]
    fn what_is_typed_cannot_leave_its_segment() {
        assert_eq!(Api::new("REF30").session("../x?y").path, "/api/v2/REF30/sessions/..%2Fx%3Fy");
    }

    #[test]
    fn bodies_have_the_documented_media_types() {
        let api = Api::new("REF30");
        let session = api.create_session(&[("mvpd", "Cablevision"), ("redirectUrl", "https://a")]);
        let body = session.body.unwrap();
        assert_eq!(body.content_type, "application/x-www-form-urlencoded");
        assert_eq!(body.text, "mvpd=Cablevision&redirectUrl=https%3A%2F%2Fa");
        let body = api.authorize("Cablevision", &["news".into()]).body.unwrap();
        assert_eq!(body.content_type, "application/json;charset=utf-8");
        assert_eq!(body.text, r#"{"resources":["news"]}"#);
    }
}
