//! The login page as it is shown.

use askama::Template;
use http::StatusCode;
use http::header::SET_COOKIE;

use super::hints::{Hints, spoken};
use super::urls::path;
use super::visit::Visit;
use crate::app::App;
use crate::config::Mvpd;
use crate::http::{Request, Response};
use crate::pages::{self, Brand};

/// What the login page shows.
#[derive(Clone, Copy)]
pub(super) struct LoginPage<'a> {
    pub(super) visit: &'a Visit,
    pub(super) mvpd: &'a Mvpd,
    /// The user name that is filled in.
    pub(super) name: &'a str,
    /// The password that is filled in.
    pub(super) password: &'a str,
    /// Whether the box to be remembered is ticked.
    pub(super) remember: bool,
    /// What was wrong.
    pub(super) message: Option<&'a str>,
    /// What test users are looked for by.
    pub(super) wanted: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginTemplate<'a> {
    provider: &'a str,
    brand: &'a Brand,
    service_provider: String,
    action: String,
    code: &'a str,
    form_token: String,
    username: &'a str,
    password: &'a str,
    remember: bool,
    message: Option<&'a str>,
    delay: Option<String>,
    hints: Hints<'a>,
}

impl<'a> LoginPage<'a> {
    /// An empty page.
    pub(super) const fn new(visit: &'a Visit, mvpd: &'a Mvpd) -> Self {
        let (name, password) = ("", "");
        Self { visit, mvpd, name, password, remember: true, message: None, wanted: None }
    }

    pub(super) fn answer(&self, app: &App, request: &Request, status: StatusCode) -> Response {
        let (mvpd, session) = (self.mvpd, &self.visit.session);
        let brand = Brand::of(mvpd);
        let (form, cookie) = app.memory.form(request, &app.ids);
        // Of a user's own delay the list of test users tells.
        let delay = session.delay.unwrap_or(mvpd.login_delay.0);
        let template = LoginTemplate {
            provider: &mvpd.display_name,
            brand: &brand,
            service_provider: self.visit.service_provider_name(),
            action: path(&mvpd.id, "login"),
            code: &session.code,
            form_token: app.memory.form_token(&form, &mvpd.id, &session.code),
            username: self.name,
            password: self.password,
            remember: self.remember,
            message: self.message,
            delay: (!delay.is_zero()).then(|| spoken(delay)),
            hints: Hints::of(self.visit, mvpd, self.wanted.unwrap_or_default(), self.name),
        };
        let answer = pages::branded(status, &template, &brand);
        match cookie {
            Some(cookie) => answer.with_header(SET_COOKIE, &cookie),
            None => answer,
        }
    }
}
