//! One request of a browser, and what answering it needs.

use std::sync::Arc;

use http::header::SET_COOKIE;

use super::PREFIX;
use super::browser::Browser;
use super::client::{Client, segment};
use super::wire::Caller;
use crate::app::App;
use crate::http::{Form, Request, Response};

pub(super) struct Visit<'a> {
    app: &'a Arc<App>,
    pub(super) request: &'a Request,
    browser: Browser,
    pub(super) client: Client<'a>,
}

/// A service provider as this application's settings have it.
pub(super) struct Service {
    pub(super) id: String,
    pub(super) name: String,
}

impl<'a> Visit<'a> {
    pub(super) fn new(app: &'a Arc<App>, request: &'a Request) -> Self {
        let browser = Browser::of(app, request);
        let client = Client::new(app, Caller::new(request, &browser));
        Self { app, request, browser, client }
    }

    /// The service providers that this application is for: all there are.
    pub(super) fn services(&self) -> Vec<Service> {
        let fixtures = self.app.fixtures.load();
        let all = fixtures.service_providers.iter();
        all.map(|sp| Service { id: sp.id.to_string(), name: sp.name.clone() }).collect()
    }

    /// Whether a service provider is one of those.
    pub(super) fn knows(&self, sp: &str) -> bool {
        self.app.fixtures.load().service_provider(sp).is_some()
    }

    /// How people know a service provider.
    pub(super) fn service_name(&self, sp: &str) -> String {
        let fixtures = self.app.fixtures.load();
        fixtures.service_provider(sp).map_or_else(|| sp.to_owned(), |sp| sp.name.clone())
    }

    /// What a form that is sent to `action` carries.
    pub(super) fn form_token(&self, action: &str) -> String {
        self.browser.form_token(self.app, action)
    }

    /// The form that was sent to `action`; `None` when this browser was not shown it.
    pub(super) fn form(&self, action: &str) -> Option<Form> {
        let form = Form::parse(&self.request.body);
        self.browser.accepts(self.app, action, form.get("form_token")).then_some(form)
    }

    /// Forgets what is known of a service provider's configuration.
    pub(super) fn drop_configuration(&self, sp: &str) {
        self.app.second_screen.drop_configuration(sp);
    }

    /// How viewers know a TV provider, where that is known without asking.
    pub(super) fn provider_name(&self, sp: &str, mvpd: &str) -> String {
        let known = self.app.second_screen.configuration(sp, self.app.clock.now());
        let known = known.as_ref().and_then(|known| known.provider(mvpd));
        known.map_or_else(|| mvpd.to_owned(), |mvpd| mvpd.display_name.clone())
    }

    /// An answer that makes the browser remember who it is.
    pub(super) fn remembered(&self, answer: Response) -> Response {
        match self.browser.cookie() {
            Some(cookie) => answer.with_header(SET_COOKIE, &cookie),
            None => answer,
        }
    }
}

/// The page where the code is typed, for one service provider or for all.
pub(super) fn entrance(sp: Option<&str>) -> String {
    sp.map_or_else(|| PREFIX.to_owned(), |sp| format!("{PREFIX}/{}", segment(sp)))
}

/// The page of one code.
pub(super) fn page_of(sp: &str, code: &str) -> String {
    format!("{PREFIX}/{}/{}", segment(sp), segment(code))
}

/// The page where its login ends.
pub(super) fn done_page_of(sp: &str, code: &str) -> String {
    format!("{}/done", page_of(sp, code))
}
