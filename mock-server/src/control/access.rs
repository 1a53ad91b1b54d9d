//! Who may call the control API.
//!
//! It can do anything with the service, so no web page that happens to be open in the tester's
//! browser may reach it. Bound to loopback it answers only requests whose `Host` is a name of the
//! loopback interface, which a page behind a rebound DNS name cannot send; it refuses every request
//! that another origin's page sent; and it allows no origin to read its answers. Bound beyond
//! loopback it wants a token instead of the name.

use http::Method;

use super::{ControlError, Kind};
use crate::http::Request;
use crate::secret;

/// What a caller must show.
#[derive(Clone, Default)]
pub struct Access {
    token: Option<String>,
}

impl Access {
    /// Callers come from this machine and need nothing.
    pub fn loopback() -> Self {
        Self::default()
    }

    /// Callers come from anywhere and show this token as `Authorization: Bearer`.
    pub fn with_token(token: impl Into<String>) -> Self {
        Self { token: Some(token.into()) }
    }

    /// The token that callers must show.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Whether a request may be answered.
    ///
    /// # Errors
    /// Who sent it, or what it lacks, and what to do about it.
    pub fn check(&self, request: &Request) -> Result<(), ControlError> {
        check_origin(request)?;
        match &self.token {
            Some(token) => check_token(request, token),
            None => check_host(request),
        }
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("token", &self.token.is_some()).finish()
    }
}

/// A browser says where the page is from that sends the request.
fn check_origin(request: &Request) -> Result<(), ControlError> {
    let refused = |what: String| {
        let hint = "the control API answers no page of another origin; call it from a program, \
                    or from a page that it serves itself";
        Err(ControlError::new(Kind::Forbidden, what, hint))
    };
    let host = request.header("host").unwrap_or_default();
    let own = |origin: &str| {
        let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        rest.is_some_and(|rest| rest.eq_ignore_ascii_case(host))
    };
    for origin in request.headers.get_all("origin") {
        let origin = String::from_utf8_lossy(origin.as_bytes());
        if !own(&origin) {
            return refused(format!("Origin: {origin} is another origin"));
        }
    }
    // Following a link to a page of the control API is no attack; anything else from elsewhere is.
    let site = request.header("sec-fetch-site").unwrap_or("none");
    let navigates =
        request.method == Method::GET && request.header("sec-fetch-mode") == Some("navigate");
    if matches!(site, "cross-site" | "same-site") && !navigates {
        return refused(format!("Sec-Fetch-Site: {site}"));
    }
    Ok(())
}

fn check_host(request: &Request) -> Result<(), ControlError> {
    let host = request.header("host").unwrap_or_default();
    let port = request.local.port();
    let names = ["127.0.0.1", "localhost", "[::1]"].map(|name| format!("{name}:{port}"));
    let bare = port == 80 && ["127.0.0.1", "localhost", "[::1]"].contains(&host);
    let known = names.iter().any(|name| name.eq_ignore_ascii_case(host));
    if known || bare || host == request.local.to_string() {
        return Ok(());
    }
    let error = match host {
        "" => "Host: is missing".to_owned(),
        host => format!("Host: {host:?} is no name of this server"),
    };
    Err(ControlError::new(Kind::Forbidden, error, format!("call it as http://{}", names[0])))
}

fn check_token(request: &Request, token: &str) -> Result<(), ControlError> {
    let refused = |what: &str| {
        let hint = "send the token that the server printed when it started: \
                    Authorization: Bearer TOKEN";
        Err(ControlError::new(Kind::Unauthorized, what, hint))
    };
    let Some(value) = request.header("authorization") else {
        return refused("Authorization: the token is missing");
    };
    let shown = match value.split_once(' ') {
        Some((scheme, shown)) if scheme.eq_ignore_ascii_case("bearer") => shown.trim(),
        _ => return refused("Authorization: is no bearer token"),
    };
    if secret::is_same(token, shown) {
        Ok(())
    } else {
        refused("Authorization: this is not the token")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(access: &Access, headers: &[(&str, &str)]) -> Option<Kind> {
        let mut request = Request::new(Method::POST, "/reset");
        request.local = "127.0.0.1:8081".parse().unwrap();
        let request = headers.iter().fold(request, |r, (name, value)| r.with_header(name, value));
        access.check(&request).err().map(|error| error.kind)
    }

    #[test]
    fn only_names_of_the_loopback_interface_are_answered() {
        let access = Access::loopback();
        for host in ["127.0.0.1:8081", "localhost:8081", "LOCALHOST:8081", "[::1]:8081"] {
            assert_eq!(status(&access, &[("host", host)]), None, "{host}");
        }
        for host in ["127.0.0.1", "localhost:8080", "evil.example:8081", "127.0.0.1:8081.x", ""] {
            assert_eq!(status(&access, &[("host", host)]), Some(Kind::Forbidden), "{host}");
        }
        assert_eq!(status(&access, &[]), Some(Kind::Forbidden));
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let host = ("host", "localhost:8081");
        let own = [host, ("origin", "http://localhost:8081"), ("sec-fetch-site", "same-origin")];
        assert_eq!(status(&Access::loopback(), &own), None);
        let others = [
            ("origin", "http://localhost:8080"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", ""),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ];
        for other in others {
            let sent = [host, other];
            assert_eq!(status(&Access::loopback(), &sent), Some(Kind::Forbidden), "{other:?}");
            let token = Access::with_token("t");
            assert_eq!(status(&token, &sent), Some(Kind::Forbidden), "{other:?}");
        }
    }

    #[test]
    fn beyond_loopback_the_token_counts_and_the_name_does_not() {
        let access = Access::with_token("secret");
        let host = ("host", "mock.lan:8081");
        assert_eq!(status(&access, &[host, ("authorization", "Bearer secret")]), None);
        assert_eq!(status(&access, &[host, ("authorization", "bearer  secret ")]), None);
        for wrong in ["Bearer secre", "Bearer", "Basic secret", ""] {
            let sent = [host, ("authorization", wrong)];
            assert_eq!(status(&access, &sent), Some(Kind::Unauthorized), "{wrong}");
        }
        assert_eq!(status(&access, &[host]), Some(Kind::Unauthorized));
    }
}
