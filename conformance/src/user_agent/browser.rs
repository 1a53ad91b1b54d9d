//! A browser without a window: it follows redirects, keeps cookies, and fills in the login form.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Method;
use pass_mock::clock::Clock;
use url::Url;

use super::cookies::Cookies;
use super::form::Form;
use crate::http_client::{HttpClient, HttpError, Request, Response};

/// More redirects than any login needs.
const REDIRECTS: usize = 20;

/// A browser; clones are windows of the same one.
#[derive(Clone, Debug)]
pub struct Browser {
    http: HttpClient,
    clock: Clock,
    /// `scheme://host` of the service, on any port; nothing else is ever called.
    host: String,
    /// Where the way ends.
    redirect_url: String,
    cookies: Arc<Mutex<Cookies>>,
}

/// What a user does on the login page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// Gives name and password after some time.
    SignsIn {
        /// Who.
        who: Credentials,
        /// After how long.
        takes: Duration,
    },
    /// Closes the browser after some time.
    Closes {
        /// After how long.
        takes: Duration,
    },
    /// Leaves the page alone.
    Leaves,
}

/// A user's name and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub username: String,
    /// The password.
    pub password: String,
}

/// Where a visit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visit {
    /// At the redirect URL (with whatever was added to it).
    Reached(String),
    /// The user closed the browser, at this address.
    Closed(String),
    /// The login page is open, and nobody does anything about it.
    Open(String),
}

/// The visit could not be brought to an end.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// The page is an error, or is not where it should be.
    #[error("{url}: {what}")]
    Page {
        /// The page.
        url: String,
        /// What is wrong with it.
        what: String,
    },
    /// No whole answer came.
    #[error("{url}: {cause}")]
    Http {
        /// The page.
        url: String,
        /// Why.
        cause: HttpError,
    },
}

impl Browser {
    /// A browser that has never been anywhere. `base_url` is the service's, on any of its ports.
    pub fn new(http: HttpClient, clock: Clock, base_url: &str, redirect_url: &str) -> Self {
        let host = Url::parse(base_url).ok().and_then(|base| base.host_str().map(str::to_owned));
        Self {
            http,
            clock,
            host: host.unwrap_or_default(),
            redirect_url: redirect_url.to_owned(),
            cookies: Arc::default(),
        }
    }

    /// Opens an address, and follows it to its end; on a login page the user does as `login` says.
    pub async fn visit(&self, address: &str, login: &Login) -> Result<Visit, BrowserError> {
        let mut way = match self.follow(Method::GET, address.to_owned(), &[]).await? {
            Stop::End(url) => return Ok(Visit::Reached(url)),
            Stop::Page(page) => page,
        };
        // A second form after the first one was sent says what was wrong with it.
        let Some(form) = way.form.take() else {
            return match login {
                Login::Closes { takes } | Login::SignsIn { takes, .. } => {
                    self.clock.sleep(*takes).await;
                    Ok(Visit::Closed(way.url))
                }
                Login::Leaves => Ok(Visit::Open(way.url)),
            };
        };
        match login {
            Login::Leaves => Ok(Visit::Open(way.url)),
            Login::Closes { takes } => {
                self.clock.sleep(*takes).await;
                Ok(Visit::Closed(way.url))
            }
            Login::SignsIn { who, takes } => {
                self.clock.sleep(*takes).await;
                let target = resolve(&way.url, &form.action)?;
                let fields = form.filled(&who.username, &who.password);
                match self.follow(Method::POST, target, &fields).await? {
                    Stop::End(url) => Ok(Visit::Reached(url)),
                    Stop::Page(page) => Err(BrowserError::Page {
                        url: page.url,
                        what: "the login was not accepted".to_owned(),
                    }),
                }
            }
        }
    }

    /// Follows redirects from a request to a page, or to the end of the way.
    async fn follow(
        &self,
        mut method: Method,
        mut url: String,
        mut fields: &[(String, String)],
    ) -> Result<Stop, BrowserError> {
        for _ in 0..REDIRECTS {
            if self.is_end(&url) {
                return Ok(Stop::End(url));
            }
            let answer = self.request(&method, &url, fields).await?;
            let location = answer.header("location").filter(|_| answer.status.is_redirection());
            match location {
                Some(location) => {
                    url = resolve(&url, location)?;
                    (method, fields) = (Method::GET, &[]);
                }
                None if answer.status.is_success() => {
                    return Ok(Stop::Page(Page { form: Form::login(&answer.text()), url }));
                }
                None => {
                    return Err(wrong(&url, format!("status {}", answer.status.as_u16())));
                }
            }
        }
        Err(wrong(&url, "too many redirects"))
    }

    async fn request(
        &self,
        method: &Method,
        url: &str,
        fields: &[(String, String)],
    ) -> Result<Response, BrowserError> {
        let parsed = Url::parse(url).map_err(|error| wrong(url, error.to_string()))?;
        if parsed.scheme() != "http" || parsed.host_str() != Some(&self.host) {
            return Err(wrong(url, "this is not the service, and nothing else is ever called"));
        }
        let pairs = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut request = match *method {
            Method::POST => {
                Request::form(url, pairs).header("origin", parsed.origin().ascii_serialization())
            }
            _ => Request::get(url),
        };
        request = request.header("accept", "text/html").header("user-agent", "Mozilla/5.0");
        if let Some(cookies) = self.cookies(|kept| kept.header(parsed.path())) {
            request = request.header("cookie", cookies);
        }
        let answer = self.http.send(request).await;
        let answer = answer.map_err(|cause| BrowserError::Http { url: url.to_owned(), cause })?;
        self.cookies(|kept| kept.take(&answer.headers));
        Ok(answer)
    }

    fn is_end(&self, url: &str) -> bool {
        url.strip_prefix(&self.redirect_url)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#', '/', '&']))
    }

    fn cookies<T>(&self, with: impl FnOnce(&mut Cookies) -> T) -> T {
        with(&mut self.cookies.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

enum Stop {
    End(String),
    Page(Page),
}

struct Page {
    url: String,
    form: Option<Form>,
}

fn wrong(url: &str, what: impl Into<String>) -> BrowserError {
    BrowserError::Page { url: url.to_owned(), what: what.into() }
}

fn resolve(base: &str, reference: &str) -> Result<String, BrowserError> {
    let joined = Url::parse(base).and_then(|base| base.join(reference));
    joined.map(String::from).map_err(|error| wrong(base, format!("{reference}: {error}")))
}
