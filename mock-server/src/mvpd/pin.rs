//! The parental PIN, which some users are asked for after the password.

use askama::Template;
use http::StatusCode;
use http::header::SET_COOKIE;

use super::login::{FOREIGN_FORM, finish, may_sign_in, to_login_page};
use super::memory::{Half, Memory};
use super::page::LoginPage;
use super::urls::path;
use super::visit::{Refusal, Visit};
use super::{lead_to, trouble};
use crate::app::App;
use crate::config::{Mvpd, Pin, User};
use crate::http::{Form, Request, Response};
use crate::pages::{self, Brand};

/// The empty page; the login page where no password was given before.
pub(super) fn show(app: &App, request: &Request, mvpd: &Mvpd) -> Response {
    let form = request.query_form();
    let visit = match Visit::find(app, &mvpd.id, form.get("code")) {
        Ok(visit) => visit,
        Err(refusal) => return refusal.page(),
    };
    match Waiting::find(app, request, &visit, mvpd) {
        Some(waiting) => waiting.page(app, request, StatusCode::OK, None),
        None => to_login_page(mvpd, &visit),
    }
}

/// The submitted form.
pub(super) fn submit(app: &App, request: &Request, mvpd: &Mvpd) -> Response {
    let form = Form::parse(&request.body);
    let visit = match Visit::find(app, &mvpd.id, form.get("code")) {
        Ok(visit) => visit,
        Err(refusal) => return refusal.page(),
    };
    let Some(waiting) = Waiting::find(app, request, &visit, mvpd) else {
        let message = "Your sign-in was not begun in this browser, or it has taken too long. \
                       Please sign in again.";
        let page = LoginPage { message: Some(message), ..LoginPage::new(&visit, mvpd) };
        return page.answer(app, request, StatusCode::FORBIDDEN);
    };
    let code = &visit.session.code;
    if !app.memory.accepts_form(request, form.get("form_token"), &mvpd.id, code) {
        return waiting.page(app, request, StatusCode::FORBIDDEN, Some(FOREIGN_FORM));
    }
    let over = |answer: Response| answer.with_header(SET_COOKIE, &Memory::end_wait(&mvpd.id, code));
    if form.get("cancel").is_some() {
        return over(lead_to(&visit.redirect_url));
    }
    match form.get("pin").map(str::trim).filter(|typed| !typed.is_empty()) {
        None => waiting.page(app, request, StatusCode::OK, Some("Type the PIN.")),
        Some(typed) if waiting.pin.is(typed) => {
            over(finish(app, &visit, (mvpd, waiting.user), waiting.half.remember))
        }
        Some(_) => count_wrong(app, request, &visit, (mvpd, waiting.user)),
    }
}

/// Takes note of a wrong PIN: there are more attempts, or the provider turns the user away.
pub(super) fn count_wrong(
    app: &App,
    request: &Request,
    visit: &Visit,
    (mvpd, user): (&Mvpd, &User),
) -> Response {
    let code = &visit.session.code;
    let left = match app.domain.wrong_pin(&visit.fixtures, code, app.clock.now()) {
        Ok(0) => {
            let answer = trouble::too_many_pins(visit, mvpd);
            return answer.with_header(SET_COOKIE, &Memory::end_wait(&mvpd.id, code));
        }
        Ok(left) => left,
        Err(error) => return Refusal::from(error).page(),
    };
    let attempts = if left == 1 { "1 attempt".to_owned() } else { format!("{left} attempts") };
    let message = format!("This PIN is wrong. There is {attempts} left.");
    let message = if left == 1 { message } else { message.replace("There is", "There are") };
    match Waiting::find(app, request, visit, mvpd).filter(|waiting| waiting.user.id == user.id) {
        Some(waiting) => waiting.page(app, request, StatusCode::OK, Some(&message)),
        None => {
            let page = LoginPage { name: &user.id, ..LoginPage::new(visit, mvpd) };
            LoginPage { message: Some(&message), ..page }.answer(app, request, StatusCode::OK)
        }
    }
}

/// A user whose PIN is still to come.
struct Waiting<'a> {
    visit: &'a Visit,
    mvpd: &'a Mvpd,
    user: &'a User,
    pin: &'a Pin,
    half: Half,
}

#[derive(Template)]
#[template(path = "pin.html")]
struct PinTemplate<'a> {
    provider: &'a str,
    brand: &'a Brand,
    service_provider: String,
    action: String,
    code: &'a str,
    form_token: String,
    username: &'a str,
    pin: &'a str,
    filled_in: bool,
    message: Option<&'a str>,
}

impl<'a> Waiting<'a> {
    fn find(app: &App, request: &Request, visit: &'a Visit, mvpd: &'a Mvpd) -> Option<Self> {
        let half = app.memory.half(request, &mvpd.id, &visit.session.code, app.clock.now())?;
        let user = visit.fixtures.user(&half.user).filter(|user| may_sign_in(user, mvpd))?;
        let pin = user.parental_pin.as_ref()?;
        Some(Self { visit, mvpd, user, pin, half })
    }

    fn page(
        &self,
        app: &App,
        request: &Request,
        status: StatusCode,
        message: Option<&str>,
    ) -> Response {
        let (mvpd, code) = (self.mvpd, &self.visit.session.code);
        let brand = Brand::of(mvpd);
        // There is a form cookie: without it, nobody's PIN would be waited for.
        let (form, _) = app.memory.form(request, &app.ids);
        let template = PinTemplate {
            provider: &mvpd.display_name,
            brand: &brand,
            service_provider: self.visit.service_provider_name(),
            action: path(&mvpd.id, "pin"),
            code,
            form_token: app.memory.form_token(&form, &mvpd.id, code),
            username: &self.user.id,
            pin: self.pin.as_str(),
            filled_in: request.query_form().get("fill").is_some(),
            message,
        };
        pages::branded(status, &template, &brand)
    }
}
