//! The entrance and the login page.

use http::StatusCode;
use http::header::SET_COOKIE;

use super::lead_to;
use super::memory::{Half, Memory};
use super::page::LoginPage;
use super::urls::{path, query};
use super::visit::{Refusal, Visit};
use super::{pin, trouble};
use crate::app::App;
use crate::config::{Login, Mvpd, User};
use crate::domain::When;
use crate::http::{Form, Request, Response};

/// The entrance: back to the application when somebody is still signed in here, else to the login
/// page.
pub(super) fn enter(app: &App, request: &Request, mvpd: &Mvpd) -> Response {
    let form = request.query_form();
    let visit = match Visit::find(app, &mvpd.id, form.get("code")) {
        Ok(visit) => visit,
        Err(refusal) => return refusal.page(),
    };
    let remembered = app.memory.recall(request, &mvpd.id, app.clock.now());
    let user = remembered.as_deref().and_then(|name| visit.fixtures.user(name));
    match user.filter(|user| may_sign_in(user, mvpd)) {
        Some(user) => go_on(app, request, &visit, (mvpd, user), None),
        None => to_login_page(mvpd, &visit),
    }
}

/// The empty login page, or with a test user filled in.
pub(super) fn show(app: &App, request: &Request, mvpd: &Mvpd) -> Response {
    let form = request.query_form();
    match Visit::find(app, &mvpd.id, form.get("code")) {
        Ok(visit) => {
            let filled_in = form.get("as").and_then(|name| visit.fixtures.user(name));
            let page = LoginPage { wanted: form.get("q"), ..LoginPage::new(&visit, mvpd) };
            let page = match filled_in {
                Some(user) => LoginPage { name: &user.id, password: &user.password, ..page },
                None => page,
            };
            page.answer(app, request, StatusCode::OK)
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
    let remember = is_to_remember(&form);
    let again = |status, message: &str| {
        let page = LoginPage { name, remember, ..LoginPage::new(&visit, mvpd) };
        LoginPage { message: Some(message), ..page }.answer(app, request, status)
    };
    if !app.memory.accepts_form(request, form.get("form_token"), &mvpd.id, &visit.session.code) {
        return again(StatusCode::FORBIDDEN, FOREIGN_FORM);
    }
    if form.get("cancel").is_some() {
        return lead_to(&visit.redirect_url);
    }
    let known = visit.fixtures.user(name).filter(|user| user.is_customer_of(&mvpd.id));
    let known = known.filter(|user| user.password == form.get("password").unwrap_or_default());
    let Some(user) = known else {
        return again(StatusCode::OK, "The user name or the password is wrong. Please try again.");
    };
    match outcome(user, mvpd) {
        Login::Fails => again(
            StatusCode::OK,
            "This account cannot be used to sign in. Use another one, or cancel.",
        ),
        Login::Error => trouble::provider_error(&visit, mvpd),
        // A script may give both at once; a person is asked for the PIN on a page of its own.
        Login::Succeeds => match form.get("pin").zip(user.parental_pin.as_ref()) {
            Some((typed, pin)) if pin.is(typed) => {
                finish(app, &visit, (mvpd, user), Some(remember))
            }
            Some(_) => pin::count_wrong(app, request, &visit, (mvpd, user)),
            None => go_on(app, request, &visit, (mvpd, user), Some(remember)),
        },
    }
}

/// What is said of a form that was not shown to the user agent that sends it.
pub(super) const FOREIGN_FORM: &str = "This form was not shown in this browser, or its cookies are \
                                       switched off. Please try again.";

/// What becomes of a user's login with a provider.
pub(super) const fn outcome(user: &User, mvpd: &Mvpd) -> Login {
    match mvpd.login {
        Login::Succeeds => user.login,
        _ => mvpd.login,
    }
}

pub(super) fn may_sign_in(user: &User, mvpd: &Mvpd) -> bool {
    user.is_customer_of(&mvpd.id) && outcome(user, mvpd) == Login::Succeeds
}

/// Goes on after the password: to the end, or to the parental PIN.
fn go_on(
    app: &App,
    request: &Request,
    visit: &Visit,
    (mvpd, user): (&Mvpd, &User),
    remember: Option<bool>,
) -> Response {
    if user.parental_pin.is_none() {
        return finish(app, visit, (mvpd, user), remember);
    }
    let half = Half {
        mvpd: mvpd.id.to_string(),
        code: visit.session.code.to_string(),
        user: user.id.to_string(),
        remember,
    };
    let (form, cookie) = app.memory.form(request, &app.ids);
    let on = Response::redirect(&address(&mvpd.id, "pin", &visit.session.code));
    let on = on.with_header(SET_COOKIE, &app.memory.await_pin(&half, &form, app.clock.now()));
    cookie.into_iter().fold(on, |on, cookie| on.with_header(SET_COOKIE, &cookie))
}

/// Signs in, and leads back to the application. Remembers the user, or forgets whoever was
/// remembered, unless that is to stay as it is.
pub(super) fn finish(
    app: &App,
    visit: &Visit,
    (mvpd, user): (&Mvpd, &User),
    remember: Option<bool>,
) -> Response {
    let (code, now) = (&visit.session.code, app.clock.now());
    let back = match app.domain.complete_login(&visit.fixtures, code, user, When::Soon, now) {
        Ok(_) => lead_to(&visit.redirect_url),
        Err(error) => return Refusal::from(error).page(),
    };
    match remember {
        Some(true) => back.with_header(SET_COOKIE, &app.memory.remember(&mvpd.id, &user.id, now)),
        Some(false) => back.with_header(SET_COOKIE, &Memory::forget(&mvpd.id)),
        None => back,
    }
}

pub(super) fn to_login_page(mvpd: &Mvpd, visit: &Visit) -> Response {
    Response::redirect(&address(&mvpd.id, "login", &visit.session.code))
}

/// A page of a provider for a code.
pub(super) fn address(mvpd: &str, page: &str, code: &str) -> String {
    format!("{}?{}", path(mvpd, page), query(&[("code", code)]))
}

/// A box that is not ticked is not sent; the hidden field before it says that it was there. A script
/// that speaks of neither is remembered, as ever.
fn is_to_remember(form: &Form) -> bool {
    let mut said = form.pairs().iter().filter(|(name, _)| name == "remember").peekable();
    said.peek().is_none() || said.any(|(_, value)| value != "no")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unticked_box_forgets() {
        for (sent, remembered) in [
            ("", true),
            ("remember=no", false),
            ("remember=no&remember=yes", true),
            ("remember=yes", true),
        ] {
            assert_eq!(is_to_remember(&Form::parse(sent.as_bytes())), remembered, "{sent}");
        }
    }
}
