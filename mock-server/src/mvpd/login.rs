//! The entrance and the login page.

use askama::Template;
use http::StatusCode;
use http::header::SET_COOKIE;

use super::lead_to;
use super::urls::{path, query};
use super::visit::{Refusal, Visit};
use crate::app::App;
use crate::config::{Login, Mvpd, User};
use crate::domain::When;
use crate::http::{Form, Request, Response};
use crate::pages;

/// How many test users the page names.
const HINTS: usize = 12;

/// The entrance: back to the application when somebody is still signed in here, else to the login
/// page.
pub(super) fn enter(app: &App, request: &Request, mvpd: &Mvpd) -> Response {
    let form = request.query_form();
    let visit = match Visit::find(app, &mvpd.id, form.get("code")) {
        Ok(visit) => visit,
        Err(refusal) => return refusal.page(),
    };
    let remembered = app.memory.recall(request, &mvpd.id);
    let user = remembered.as_deref().and_then(|name| visit.fixtures.user(name));
    match user.filter(|user| may_sign_in(user, mvpd)) {
        Some(user) => finish(app, &visit, user),
        None => Response::redirect(&login_page(&mvpd.id, &visit.session.code, None)),
    }
}

/// The empty login page, or with a test user filled in.
pub(super) fn show(app: &App, request: &Request, mvpd: &Mvpd) -> Response {
    let form = request.query_form();
    match Visit::find(app, &mvpd.id, form.get("code")) {
        Ok(visit) => {
            let filled_in = form.get("as").and_then(|name| visit.fixtures.user(name));
            let (name, password) =
                filled_in.map_or(("", ""), |user| (&*user.id, user.password.as_str()));
            Page { visit: &visit, mvpd, name, password, message: None }.answer(app, request)
        }
        Err(refusal) => refusal.page(),
    }
}

/// The submitted form.
pub(super) fn submit(app: &App, request: &Request, mvpd: &Mvpd) -> Response {
    let form = Form::parse(&request.body);
    let query = request.query_form();
    let code = form.get("code").or_else(|| query.get("code"));
    let visit = match Visit::find(app, &mvpd.id, code) {
        Ok(visit) => visit,
        Err(refusal) => return refusal.page(),
    };
    let name = form.get("username").unwrap_or_default().trim();
    let again = |status, message| {
        let page = Page { visit: &visit, mvpd, name, password: "", message: Some(message) };
        Response { status, ..page.answer(app, request) }
    };
    if !app.memory.accepts_form(request, form.get("form_token"), &mvpd.id, &visit.session.code) {
        let message = "This form was not shown in this browser, or its cookies are switched off. \
                       Please try again.";
        return again(StatusCode::FORBIDDEN, message);
    }
    if form.get("cancel").is_some() {
        return lead_to(&visit.redirect_url);
    }
    let known = visit.fixtures.user(name).filter(|user| user.is_customer_of(&mvpd.id));
    match known.filter(|user| user.password == form.get("password").unwrap_or_default()) {
        None => again(StatusCode::OK, "The user name or the password is wrong. Please try again."),
        Some(user) if user.login == Login::Fails => {
            again(StatusCode::OK, "This account cannot be used to sign in.")
        }
        Some(user) => finish(app, &visit, user)
            .with_header(SET_COOKIE, &app.memory.remember(&mvpd.id, &user.id)),
    }
}

/// Signs in, and leads back to the application.
fn finish(app: &App, visit: &Visit, user: &User) -> Response {
    let (code, now) = (&visit.session.code, app.clock.now());
    match app.domain.complete_login(&visit.fixtures, code, user, When::Soon, now) {
        Ok(_) => lead_to(&visit.redirect_url),
        Err(error) => Refusal::from(error).page(),
    }
}

fn may_sign_in(user: &User, mvpd: &Mvpd) -> bool {
    user.is_customer_of(&mvpd.id) && user.login == Login::Succeeds
}

fn login_page(mvpd: &str, code: &str, user: Option<&str>) -> String {
    let mut parameters = vec![("code", code)];
    parameters.extend(user.map(|user| ("as", user)));
    format!("{}?{}", path(mvpd, "login"), query(&parameters))
}

struct Page<'a> {
    visit: &'a Visit,
    mvpd: &'a Mvpd,
    name: &'a str,
    password: &'a str,
    message: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginTemplate<'a> {
    provider: &'a str,
    brand: u32,
    service_provider: String,
    action: String,
    code: &'a str,
    form_token: String,
    username: &'a str,
    password: &'a str,
    message: Option<&'a str>,
    hints: Vec<Hint<'a>>,
}

/// A test user whom one click fills in.
struct Hint<'a> {
    href: String,
    username: &'a str,
    note: Option<&'static str>,
}

impl Page<'_> {
    fn answer(&self, app: &App, request: &Request) -> Response {
        let (mvpd, code) = (&*self.mvpd.id, &*self.visit.session.code);
        let (form, cookie) = app.memory.form(request, &app.ids);
        let template = LoginTemplate {
            provider: &self.mvpd.display_name,
            brand: pages::brand(mvpd),
            service_provider: self.visit.service_provider_name(),
            action: path(mvpd, "login"),
            code,
            form_token: app.memory.form_token(&form, mvpd, code),
            username: self.name,
            password: self.password,
            message: self.message,
            hints: self.hints(),
        };
        let answer = pages::page(StatusCode::OK, &template);
        match cookie {
            Some(cookie) => answer.with_header(SET_COOKIE, &cookie),
            None => answer,
        }
    }

    fn hints(&self) -> Vec<Hint<'_>> {
        let customers = self.visit.fixtures.users.iter();
        let customers = customers.filter(|user| user.is_customer_of(&self.mvpd.id));
        let hint = |user| hint(&self.mvpd.id, &self.visit.session.code, user);
        customers.take(HINTS).map(hint).collect()
    }
}

fn hint<'a>(mvpd: &str, code: &str, user: &'a User) -> Hint<'a> {
    let note = match user.login {
        _ if !user.login_delay.0.is_zero() => Some("signs in after a delay"),
        Login::Fails => Some("is turned away"),
        Login::Succeeds => None,
    };
    Hint { href: login_page(mvpd, code, Some(&user.id)), username: &user.id, note }
}
