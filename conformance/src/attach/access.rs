//! Who may use the page and the API: the same terms as for the control API of the mock server, and
//! for the page's forms a token of their own.

use http::StatusCode;
use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use pass_mock::control::{Access, Kind};
use pass_mock::http::{Request, Response};
use pass_mock::ids::Ids;
use sha2::{Digest as _, Sha256};

use super::messages::Problem;

/// The cookie that a browser shows instead of the token.
const COOKIE_NAME: &str = "pass-conformance-token";

/// Watches the door of the page.
#[derive(Debug)]
pub(super) struct Guard {
    access: Access,
    form_token: String,
}

impl Guard {
    /// Callers from beyond this machine show a token.
    pub(super) fn new(beyond_loopback: bool) -> Self {
        // Must not be guessed, so that no seed may make it.
        let ids = Ids::from_entropy();
        let access = match beyond_loopback {
            true => Access::with_token(ids.secret()),
            false => Access::loopback(),
        };
        Self { access, form_token: ids.secret() }
    }

    /// What callers must show, if anything.
    pub(super) fn token(&self) -> Option<&str> {
        self.access.token()
    }

    /// What the page's forms carry.
    pub(super) fn form_token(&self) -> &str {
        &self.form_token
    }

    /// Whether a request may be answered.
    pub(super) fn check(&self, request: &mut Request) -> Result<(), Problem> {
        if !request.headers.contains_key(AUTHORIZATION)
            && let Some(token) = cookie(request)
            && let Ok(value) = format!("Bearer {token}").try_into()
        {
            request.headers.insert(AUTHORIZATION, value);
        }
        self.access.check(request).map_err(|refused| match refused.kind {
            Kind::Unauthorized => {
                let hint = "open the address that was printed when the sitting began, with its \
                            token; a script sends it as `Authorization: Bearer TOKEN`";
                Problem::new(StatusCode::UNAUTHORIZED, refused.error, hint)
            }
            _ => {
                let hint = "open the page itself, or call it from a program, at the address that \
                            was printed when the sitting began";
                Problem::new(StatusCode::FORBIDDEN, refused.error, hint)
            }
        })
    }

    /// Whether a form is one of the page's own.
    pub(super) fn check_form(&self, token: &str) -> Result<(), Problem> {
        // Digests are compared, so that the time taken tells nothing about the token.
        if Sha256::digest(token) == Sha256::digest(&self.form_token) {
            return Ok(());
        }
        let hint = "go back, load the page again, and press the button there";
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "form_token: this form is not of this sitting",
            hint,
        ))
    }

    /// The token in the address that a person opens becomes a cookie, and leaves the address.
    pub(super) fn admit(&self, request: &Request) -> Option<Response> {
        let form = request.query_form();
        let (shown, token) = (form.get("token")?, self.token()?);
        if Sha256::digest(shown) != Sha256::digest(token) {
            return None;
        }
        let cookie = format!("{COOKIE_NAME}={token}; Path=/; HttpOnly; SameSite=Strict");
        Some(Response::redirect("/").with_header(SET_COOKIE, &cookie))
    }
}

fn cookie(request: &Request) -> Option<String> {
    let mut cookies =
        request.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.find_map(|line| {
        let mut pairs = line.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let mut request = Request::new(Method::POST, "/messages");
        request.local = "127.0.0.1:8090".parse().unwrap();
        headers.iter().fold(request, |request, (name, value)| request.with_header(name, value))
    }

    fn status(guard: &Guard, headers: &[(&str, &str)]) -> Option<u16> {
        guard.check(&mut request(headers)).err().map(|problem| problem.status.as_u16())
    }

    #[test]
    fn other_pages_and_rebound_names_are_refused() {
        let guard = Guard::new(false);
        let host = ("host", "127.0.0.1:8090");
        assert_eq!(status(&guard, &[host]), None);
        assert_eq!(status(&guard, &[host, ("origin", "http://127.0.0.1:8090")]), None);
        assert_eq!(status(&guard, &[host, ("origin", "http://evil.example")]), Some(403));
        assert_eq!(status(&guard, &[host, ("sec-fetch-site", "cross-site")]), Some(403));
        assert_eq!(status(&guard, &[("host", "evil.example:8090")]), Some(403));
        assert!(guard.check_form("").is_err() && guard.check_form(guard.form_token()).is_ok());
    }

    #[test]
    fn beyond_this_machine_the_token_counts_in_a_header_or_a_cookie() {
        let guard = Guard::new(true);
        let token = guard.token().unwrap().to_owned();
        let host = ("host", "lab.example:8090");
        assert_eq!(status(&guard, &[host]), Some(401));
        assert_eq!(status(&guard, &[host, ("authorization", &format!("Bearer {token}"))]), None);
        let own = format!("other=1; {COOKIE_NAME}={token}");
        assert_eq!(status(&guard, &[host, ("cookie", &own)]), None);
        assert_eq!(status(&guard, &[host, ("cookie", &format!("{COOKIE_NAME}=x"))]), Some(401));
        let open =
            |token: &str| guard.admit(&Request::new(Method::GET, &format!("/?token={token}")));
        assert!(open("x").is_none());
        let admitted = open(&token).unwrap();
        let cookie = admitted.headers[SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
        assert_eq!(admitted.headers["location"], "/", "the token leaves the address bar");
    }
}
