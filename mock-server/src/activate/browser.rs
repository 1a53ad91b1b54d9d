//! What is known of the browser: one cookie, which makes it a device of its own and binds forms to it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::header::COOKIE;
use ring::{digest, hmac};

use super::PREFIX;
use crate::app::App;
use crate::http::Request;

const NAME: &str = "pass_mock_activate";

/// A browser, by its cookie.
pub(super) struct Browser {
    id: String,
    /// Whether it has no cookie yet.
    is_new: bool,
    /// Whether it sent any sign of being a browser at all.
    is_script: bool,
}

impl Browser {
    pub(super) fn of(app: &App, request: &Request) -> Self {
        let known = cookie(request).map(str::to_owned);
        let is_script =
            !request.headers.contains_key(COOKIE) && !request.headers.contains_key("origin");
        Self { is_new: known.is_none(), id: known.unwrap_or_else(|| app.ids.secret()), is_script }
    }

    /// The `Set-Cookie`, if it has to be told who it is.
    pub(super) fn cookie(&self) -> Option<String> {
        let Self { id, .. } = self;
        self.is_new.then(|| format!("{NAME}={id}; Path={PREFIX}; HttpOnly; SameSite=Lax"))
    }

    /// `AP-Device-Identifier`: the device that this application runs on is the browser. Made from the
    /// cookie, which is a secret, and does not tell it.
    pub(super) fn device_identifier(&self) -> String {
        let digest = digest::digest(&digest::SHA256, self.id.as_bytes());
        let id: String = digest.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("fingerprint {}", STANDARD.encode(id))
    }

    /// What a form carries, so that no other site's form can stand in for it. `what` is where it is
    /// sent.
    pub(super) fn form_token(&self, app: &App, what: &str) -> String {
        let tag = hmac::sign(app.second_screen.key(&app.ids), self.said(what).as_bytes());
        URL_SAFE_NO_PAD.encode(tag)
    }

    /// Whether a submitted form was shown to this browser.
    ///
    /// A request without any cookie and origin comes from no browser; nobody could have been led
    /// into sending it.
    pub(super) fn accepts(&self, app: &App, what: &str, token: Option<&str>) -> bool {
        if self.is_script {
            return true;
        }
        let token = token.and_then(|token| URL_SAFE_NO_PAD.decode(token).ok());
        let key = app.second_screen.key(&app.ids);
        token.is_some_and(|token| hmac::verify(key, self.said(what).as_bytes(), &token).is_ok())
    }

    fn said(&self, what: &str) -> String {
        format!("{}\n{what}", self.id)
    }
}

fn cookie(request: &Request) -> Option<&str> {
    let headers = request.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = headers.flat_map(|list| list.split(';')).filter_map(|pair| pair.split_once('='));
    let mut own = pairs.filter(|(name, value)| name.trim() == NAME && !value.trim().is_empty());
    own.next().map(|(_, value)| value.trim())
}
