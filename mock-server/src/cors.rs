//! What lets a web application from any origin call the service.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue, ORIGIN, VARY,
};
use http::{HeaderMap, Method, StatusCode};

use crate::http::{Request, Response};

/// The request headers that the calls know.
const ALLOWED_HEADERS: &str = "Authorization, Content-Type, AP-Device-Identifier, X-Device-Info, \
    AP-TempPass-Identity, AD-Service-Token, Adobe-Subject-Token, AP-Partner-Framework-Status, \
    AP-Visitor-Identifier";

const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");

/// Whether a browser asks if it may send the request that it really means.
pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method == Method::OPTIONS && request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// It may.
pub(crate) fn preflight(request: &Request) -> Response {
    let mut answer = Response::empty(StatusCode::NO_CONTENT);
    let mut set = |name, value| answer.headers.insert(name, HeaderValue::from_static(value));
    set(ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE, OPTIONS");
    set(ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
    set(ACCESS_CONTROL_MAX_AGE, "600");
    // A page from the internet that calls a server on the developer's own machine asks this too.
    if request.headers.contains_key(REQUEST_PRIVATE_NETWORK) {
        set(ALLOW_PRIVATE_NETWORK, "true");
    }
    answer
}

/// Lets the page that sent a request read its answer.
///
/// A page may send the service's cookies along with a call of the API, where they mean nothing. It
/// may not do so with the provider's own pages: there they are somebody's login.
pub(crate) fn open(asked: &HeaderMap, with_cookies: bool, answer: &mut HeaderMap) {
    let Some(origin) = asked.get(ORIGIN).filter(|_| with_cookies) else {
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        return;
    };
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    let exposed = HeaderValue::from_static("WWW-Authenticate, Allow, Date");
    answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    answer.append(VARY, HeaderValue::from_static("Origin"));
}
