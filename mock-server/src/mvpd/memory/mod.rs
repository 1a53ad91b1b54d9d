//! What the provider remembers about a user agent: who is signed in, which form it was shown, and
//! whose login waits for a parental PIN.
//!
//! All are in signed cookies, so that a million user agents take no memory. A provider's own login
//! cookie is what makes a skipped interactive logout visible: until the logout page is visited, the
//! next authentication completes without asking.

mod half;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::COOKIE;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::urls::{PREFIX, segment};
use crate::clock::Timestamp;
use crate::http::Request;
use crate::ids::Ids;

pub(super) use half::Half;

/// For how long a provider knows a user agent: longer than anybody waits, and within what browsers
/// keep a cookie for.
const REMEMBERED: Duration = Duration::from_secs(365 * 24 * 3600);

/// The cookie that binds a login form to the user agent it was shown to.
const FORM_COOKIE: &str = "pass_mock_form";

/// Signs and reads the cookies. One for all providers of a server.
pub struct Memory {
    secret: String,
    key: hmac::Key,
    /// Raised to forget everybody at once: cookies of an earlier one no longer count.
    epoch: AtomicU64,
}

#[derive(Serialize, Deserialize)]
struct Login {
    mvpd: String,
    user: String,
    until: Timestamp,
    epoch: u64,
}

/// What a signature is for, so that none can stand in for another.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    Login,
    Half,
    Form,
}

impl Memory {
    /// Knows nobody yet.
    pub fn new(ids: &Ids) -> Self {
        Self::with_secret(ids.secret(), 0)
    }

    /// Knows whom one with this secret knew after it forgot everybody so often.
    pub(crate) fn with_secret(secret: String, epoch: u64) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        Self { secret, key, epoch: AtomicU64::new(epoch) }
    }

    /// What it signs with, and how often it forgot everybody.
    pub(crate) fn secret(&self) -> (String, u64) {
        (self.secret.clone(), self.epoch.load(Ordering::SeqCst))
    }

    /// Forgets every user agent of every provider.
    pub fn forget_all(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }

    /// Who is signed in at a provider in the user agent that sent a request.
    pub(super) fn recall(&self, request: &Request, mvpd: &str, now: Timestamp) -> Option<String> {
        cookies(request, &login_cookie(mvpd)).find_map(|value| {
            let login: Login = self.open(Purpose::Login, value)?;
            let known = login.mvpd == mvpd && now <= login.until && login.epoch == self.epoch();
            known.then_some(login.user)
        })
    }

    /// The `Set-Cookie` by which a provider remembers a user.
    pub(super) fn remember(&self, mvpd: &str, user: &str, now: Timestamp) -> String {
        let login = Login {
            mvpd: mvpd.to_owned(),
            user: user.to_owned(),
            until: now.after(REMEMBERED),
            epoch: self.epoch(),
        };
        let value = self.seal(Purpose::Login, &login);
        let (name, path, age) = (login_cookie(mvpd), login_path(mvpd), REMEMBERED.as_secs());
        format!("{name}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite=Lax")
    }

    /// The `Set-Cookie` by which a provider forgets whoever was signed in.
    pub(super) fn forget(mvpd: &str) -> String {
        let (name, path) = (login_cookie(mvpd), login_path(mvpd));
        format!("{name}=; Path={path}; HttpOnly; SameSite=Lax; Max-Age=0")
    }

    /// The form cookie's value, and the `Set-Cookie` when the user agent has none yet.
    pub(super) fn form(&self, request: &Request, ids: &Ids) -> (String, Option<String>) {
        if let Some(known) = cookies(request, FORM_COOKIE).find(|value| !value.is_empty()) {
            return (known.to_owned(), None);
        }
        let value = ids.secret();
        let set = format!("{FORM_COOKIE}={value}; Path={PREFIX}; HttpOnly; SameSite=Lax");
        (value, Some(set))
    }

    /// What a login form carries, so that no other site's form can stand in for it.
    pub(super) fn form_token(&self, form: &str, mvpd: &str, code: &str) -> String {
        let said = form_text(form, mvpd, code);
        URL_SAFE_NO_PAD.encode(self.sign(Purpose::Form, said.as_bytes()))
    }

    /// Whether a submitted form was shown to the user agent that sends it.
    ///
    /// A request without any cookie and origin comes from no browser; nobody could have been led
    /// into sending it, and a script may sign in without reading the page first.
    pub(super) fn accepts_form(
        &self,
        request: &Request,
        token: Option<&str>,
        mvpd: &str,
        code: &str,
    ) -> bool {
        if !request.headers.contains_key(COOKIE) && !request.headers.contains_key("origin") {
            return true;
        }
        let Some(token) = token.and_then(|token| URL_SAFE_NO_PAD.decode(token).ok()) else {
            return false;
        };
        cookies(request, FORM_COOKIE).any(|form| {
            let said = signed_text(Purpose::Form, form_text(form, mvpd, code).as_bytes());
            hmac::verify(&self.key, &said, &token).is_ok()
        })
    }

    fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    fn seal(&self, purpose: Purpose, content: &impl Serialize) -> String {
        // Strings and numbers, which cannot fail.
        let content = serde_json::to_vec(content).unwrap_or_default();
        let tag = self.sign(purpose, &content);
        format!("{}.{}", URL_SAFE_NO_PAD.encode(content), URL_SAFE_NO_PAD.encode(tag))
    }

    fn open<T: DeserializeOwned>(&self, purpose: Purpose, sealed: &str) -> Option<T> {
        let (content, tag) = sealed.split_once('.')?;
        let content = URL_SAFE_NO_PAD.decode(content).ok()?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.key, &signed_text(purpose, &content), &tag).ok()?;
        serde_json::from_slice(&content).ok()
    }

    fn sign(&self, purpose: Purpose, content: &[u8]) -> hmac::Tag {
        hmac::sign(&self.key, &signed_text(purpose, content))
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

/// Each provider has a cookie of its own name and path: browsers tell them apart by the path,
/// simpler user agents by the name.
fn login_cookie(mvpd: &str) -> String {
    format!("pass_mock_login_{}", utf8_percent_encode(mvpd, NON_ALPHANUMERIC))
}

fn login_path(mvpd: &str) -> String {
    format!("{PREFIX}/{}", segment(mvpd))
}

/// What a form token signs.
fn form_text(form: &str, mvpd: &str, code: &str) -> String {
    format!("{form}\n{mvpd}\n{code}")
}

fn signed_text(purpose: Purpose, content: &[u8]) -> Vec<u8> {
    [format!("{purpose:?}\n").as_bytes(), content].concat()
}

/// The values of all cookies of a name.
fn cookies<'a>(request: &'a Request, name: &str) -> impl Iterator<Item = &'a str> {
    let headers = request.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    headers.flat_map(|list| list.split(';')).filter_map(move |pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn memory() -> Memory {
        Memory::new(&Ids::seeded(1))
    }

    /// A request that carries a cookie as a browser would after `Set-Cookie`.
    fn carrying(set: &str) -> Request {
        let pair = set.split(';').next().unwrap();
        Request::new(Method::GET, "/").with_header("cookie", &format!("other=1; {pair}"))
    }

    #[test]
    fn a_provider_remembers_its_own_user_only() {
        let memory = memory();
        let request = carrying(&memory.remember("Odd id", "alice", NOW));
        assert_eq!(memory.recall(&request, "Odd id", NOW).as_deref(), Some("alice"));
        assert_eq!(memory.recall(&request, "Spectrum", NOW), None);
        assert_eq!(
            Memory::new(&Ids::seeded(2)).recall(&request, "Odd id", NOW),
            None,
            "another server"
        );
        let end = NOW.after(REMEMBERED);
        assert!(memory.recall(&request, "Odd id", end).is_some());
        let later = end.after(Duration::from_millis(1));
        assert_eq!(memory.recall(&request, "Odd id", later), None);
        memory.forget_all();
        assert_eq!(memory.recall(&request, "Odd id", NOW), None);
        assert_eq!(memory.recall(&carrying(&Memory::forget("Odd id")), "Odd id", NOW), None);
    }

    #[test]
    fn a_cookie_cannot_be_made_up_or_renamed() {
        let memory = memory();
        let set = memory.remember("Cablevision", "alice", NOW);
        let renamed = set.replace("login_Cablevision", "login_Spectrum");
        assert_eq!(memory.recall(&carrying(&renamed), "Spectrum", NOW), None);
        for value in ["", ".", "e30.", "e30.e30", "%"] {
            let set = format!("pass_mock_login_Cablevision={value}");
            assert_eq!(memory.recall(&carrying(&set), "Cablevision", NOW), None, "{value}");
        }
    }

    #[test]
    fn a_form_counts_only_from_the_user_agent_it_was_shown_to() {
        let (memory, ids) = (memory(), Ids::seeded(1));
        let (form, set) = memory.form(&Request::new(Method::GET, "/"), &ids);
        let request = carrying(&set.unwrap());
        assert_eq!(memory.form(&request, &ids), (form.clone(), None), "kept");
        let token = memory.form_token(&form, "Cablevision", "8ER640M");
        let accepts =
            |request: &Request, token, mvpd, code| memory.accepts_form(request, token, mvpd, code);
        assert!(accepts(&request, Some(&token), "Cablevision", "8ER640M"));
        assert!(!accepts(&request, Some(&token), "Cablevision", "8ER640N"));
        assert!(!accepts(&request, Some(&token), "Spectrum", "8ER640M"));
        assert!(!accepts(&request, Some("x"), "Cablevision", "8ER640M"));
        assert!(!accepts(&request, None, "Cablevision", "8ER640M"));
        let another = carrying("pass_mock_form=abc");
        assert!(!accepts(&another, Some(&token), "Cablevision", "8ER640M"));
        let page = Request::new(Method::POST, "/").with_header("origin", "https://evil.example");
        assert!(!accepts(&page, Some(&token), "Cablevision", "8ER640M"));
        let script = Request::new(Method::POST, "/");
        assert!(accepts(&script, None, "Cablevision", "8ER640M"));
    }
}
