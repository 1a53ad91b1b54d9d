//! Who may come in.
//!
//! The same terms as for the control API. Where that wants the token, a browser shows a cookie in its
//! place, which it gets for the token: from the sign-in form, or from an address with `?token=`. The
//! cookie is made from the token and does not tell it, counts for the console alone, and is sent by
//! no page of another site.

use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use http::{HeaderValue, Method, StatusCode};
use sha2::{Digest as _, Sha256};

use askama::Template;

use super::{ROOT, page, to};
use crate::app::App;
use crate::control::Kind;
use crate::http::{Form, Request, Response};
use crate::pages::problem;
use crate::secret;

/// What a browser shows instead of the token.
const COOKIE_NAME: &str = "pass_mock_console";

#[derive(Template)]
#[template(path = "console_sign_in.html")]
struct SignIn {
    wrong: bool,
    style: &'static str,
}

/// Whether a person has opened the root of the control listener. Programs do not ask for a page.
pub(super) fn is_browser_at_root(request: &Request) -> bool {
    let accept = request.header("accept").unwrap_or_default();
    request.path == "/" && request.method == Method::GET && accept.contains("text/html")
}

/// The request, when it may be answered.
///
/// # Errors
/// The answer to it, when it may not: the way to the console, the sign-in form, or why not at all.
pub(super) fn enter(app: &App, mut request: Request) -> Result<Request, Box<Response>> {
    if is_browser_at_root(&request) {
        return Err(Box::new(to(&format!("{ROOT}/"))));
    }
    let token = app.access.token();
    if let Some(token) = token {
        if shows_cookie(&request, token)
            && let Ok(value) = HeaderValue::try_from(format!("Bearer {token}"))
        {
            request.headers.insert(AUTHORIZATION, value);
        } else if let Some(shown) = shown_token(&request) {
            return Err(Box::new(sign_in(app, &request, &shown, token)));
        }
    }
    match app.access.check(&request) {
        Ok(()) => Ok(request),
        Err(refused) if refused.kind == Kind::Unauthorized => {
            Err(Box::new(form(StatusCode::UNAUTHORIZED, false)))
        }
        Err(refused) => {
            let text = [&*refused.error, &*refused.hint];
            Err(Box::new(problem(StatusCode::FORBIDDEN, "The console stays closed", &text)))
        }
    }
}

/// Whether a form of the console is one of its own.
pub(super) fn is_own_form(app: &App, form: &Form) -> bool {
    secret::is_same(app.console.form_token(), form.get("form_token").unwrap_or_default())
}

/// The token in an address, or in the submitted form.
fn shown_token(request: &Request) -> Option<String> {
    let form = match (&request.method, request.path.as_str()) {
        (&Method::GET, _) => request.query_form(),
        (&Method::POST, "/console/sign-in") => Form::parse(&request.body),
        _ => return None,
    };
    form.get("token").map(str::to_owned)
}

fn sign_in(app: &App, request: &Request, shown: &str, token: &str) -> Response {
    // Whoever sends a person here from elsewhere is refused as everywhere; only the token may lack.
    let refused = app.access.check(request).err().filter(|error| error.kind == Kind::Forbidden);
    if refused.is_some() || !secret::is_same(token, shown.trim()) {
        return form(StatusCode::UNAUTHORIZED, true);
    }
    let cookie = format!("{COOKIE_NAME}={}; Path={ROOT}; HttpOnly; SameSite=Strict", pass(token));
    // The token leaves the address.
    to(&format!("{ROOT}/")).with_header(SET_COOKIE, &cookie)
}

fn form(status: StatusCode, wrong: bool) -> Response {
    page::guarded(status, &SignIn { wrong, style: page::style() })
}

/// The cookie's value: nobody gets from it to the token.
fn pass(token: &str) -> String {
    let digest = Sha256::digest(format!("pass-mock console {token}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn shows_cookie(request: &Request, token: &str) -> bool {
    let pass = Sha256::digest(pass(token));
    let lines = request.headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.any(|(name, value)| name == COOKIE_NAME && Sha256::digest(value) == pass)
}
