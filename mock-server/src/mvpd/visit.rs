//! One session at one provider, or why there is none.

use std::sync::Arc;

use http::StatusCode;

use crate::app::App;
use crate::config::{Fixtures, Id, Mvpd};
use crate::domain::{LoginError, LoginState, Session};
use crate::http::Response;
use crate::pages;

/// Why a user agent cannot sign in with a code. Each has a page that a person understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The address names a service provider that nobody knows.
    UnknownServiceProvider,
    /// What the address has for a code cannot be one.
    MalformedCode,
    /// The address has no code in it.
    NoCode,
    /// Unknown, expired or superseded; nobody can tell which.
    UnknownCode,
    /// The application has not said everything yet.
    Incomplete,
    /// Somebody has signed in with it.
    Used,
    /// The provider turned the user away.
    Denied,
    /// It was made for another provider.
    OtherProvider,
    /// The service provider has no agreement with the provider, or no longer.
    NoIntegration,
}

impl Refusal {
    /// The page, with status 400.
    pub fn page(self) -> Response {
        let (title, paragraphs) = self.text();
        pages::problem(StatusCode::BAD_REQUEST, title, paragraphs)
    }

    const fn text(self) -> (&'static str, &'static [&'static str]) {
        const AGAIN: &str = "Ask for a new code on your TV or in your app, and start again.";
        match self {
            Self::UnknownServiceProvider => {
                ("Unknown service", &["The address names a service that is not known here.", AGAIN])
            }
            Self::MalformedCode => (
                "This is not a code",
                &["A code has six to eight capital letters and digits. Compare it with the one \
                     that your TV or your app shows."],
            ),
            Self::NoCode => ("Something is missing", &["This address has no code in it.", AGAIN]),
            Self::UnknownCode => (
                "This code is not valid",
                &["It was mistyped, it has expired, or a newer one has taken its place.", AGAIN],
            ),
            Self::Incomplete => (
                "Not everything is known yet",
                &[
                    "Your app has not said which TV provider to sign in with, or where to go \
                     afterwards.",
                    "Choose your TV provider first, then come back to this page.",
                ],
            ),
            Self::Used => (
                "This code was used already",
                &[
                    "Somebody has signed in with it. If that was you, there is nothing left to do: \
                     your TV or your app goes on by itself in a moment.",
                    "If it does not, ask for a new code there.",
                ],
            ),
            Self::Denied => {
                ("You cannot sign in", &["Your TV provider has declined this sign-in.", AGAIN])
            }
            Self::OtherProvider => (
                "This code belongs to another TV provider",
                &["Use the address that your TV or your app shows you.", AGAIN],
            ),
            Self::NoIntegration => (
                "Not available with this TV provider",
                &[
                    "What you want to watch cannot be watched with this TV provider at the moment.",
                    "Choose another TV provider in your app.",
                ],
            ),
        }
    }
}

impl From<LoginError> for Refusal {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::NoSession => Self::UnknownCode,
            LoginError::Incomplete => Self::Incomplete,
            LoginError::Used => Self::Used,
            LoginError::Denied => Self::Denied,
        }
    }
}

/// A session that can be signed in to at a provider.
pub(super) struct Visit {
    pub(super) session: Session,
    pub(super) fixtures: Arc<Fixtures>,
    pub(super) redirect_url: Id,
}

impl Visit {
    /// The session of a code at a provider.
    pub(super) fn find(app: &App, mvpd: &str, code: Option<&str>) -> Result<Self, Refusal> {
        let code = code.filter(|code| !code.is_empty()).ok_or(Refusal::NoCode)?;
        let found = app.domain.sessions.find_code(code, app.clock.now());
        let session = found.ok_or(Refusal::UnknownCode)?;
        match session.login {
            LoginState::Open => {}
            LoginState::Denied => return Err(Refusal::Denied),
            LoginState::Due { .. } | LoginState::OnPoll { .. } | LoginState::Done => {
                return Err(Refusal::Used);
            }
        }
        if !session.parameters.are_complete() {
            return Err(Refusal::Incomplete);
        }
        if session.parameters.mvpd.as_deref() != Some(mvpd) {
            return Err(Refusal::OtherProvider);
        }
        let fixtures = app.fixtures.load_full();
        let provider = fixtures.service_provider(&session.owner.service_provider);
        let agreed = provider.and_then(|provider| {
            let integration = provider.integration(mvpd)?;
            app.domain.is_enabled(&provider.id, integration).then_some(integration)
        });
        agreed.ok_or(Refusal::NoIntegration)?;
        let redirect_url = session.parameters.redirect_url.clone().ok_or(Refusal::Incomplete)?;
        Ok(Self { session, fixtures, redirect_url })
    }

    /// Where the application of a code waits, whatever has become of its login at a provider.
    pub(super) fn way_back(app: &App, mvpd: &str, code: Option<&str>) -> Option<Id> {
        let session = app.domain.sessions.find_code(code?, app.clock.now())?;
        let here = session.parameters.mvpd.as_deref() == Some(mvpd);
        session.parameters.redirect_url.filter(|_| here)
    }

    /// How a person knows the service provider.
    pub(super) fn service_provider_name(&self) -> String {
        let id = &self.session.owner.service_provider;
        let known = self.fixtures.service_provider(id);
        known.map_or_else(|| id.to_string(), |known| known.name.clone())
    }
}

/// A provider that has pages: a temporary access has none.
pub(super) fn provider<'a>(fixtures: &'a Fixtures, id: &str) -> Option<&'a Mvpd> {
    fixtures.mvpd(id).filter(|mvpd| !mvpd.is_temp_pass())
}
