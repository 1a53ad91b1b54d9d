//! Pages on which a login ends without a profile, and the way from them back to the application.

use askama::Template;
use http::StatusCode;

use super::lead_to;
use super::login::address;
use super::visit::{Refusal, Visit};
use crate::app::App;
use crate::config::Mvpd;
use crate::domain::PIN_ATTEMPTS;
use crate::http::{Request, Response};
use crate::pages::{self, Brand};

#[derive(Template)]
#[template(path = "trouble.html")]
struct Trouble<'a> {
    provider: &'a str,
    brand: &'a Brand,
    title: &'a str,
    paragraphs: &'a [&'a str],
    again: Option<String>,
    back: String,
}

/// The provider cannot serve anybody right now.
pub(super) fn provider_error(visit: &Visit, mvpd: &Mvpd) -> Response {
    let name = &mvpd.display_name;
    let said = [
        &*format!("Something went wrong at {name}. It has nothing to do with what you typed."),
        "Nobody is signed in. Try again in a while, or go back and choose another TV provider.",
    ];
    page(visit, mvpd, "You cannot be signed in at the moment", &said, true)
}

/// So many PINs were wrong that the provider turns the user away.
pub(super) fn too_many_pins(visit: &Visit, mvpd: &Mvpd) -> Response {
    let said = [
        &*format!("The PIN was wrong {PIN_ATTEMPTS} times, and nobody is signed in."),
        "This code cannot be used any more. Ask for a new one on your TV or in your app to try \
         again.",
    ];
    page(visit, mvpd, "Too many wrong PINs", &said, false)
}

/// Back to the application from a page on which a login ended.
pub(super) fn go_back(app: &App, request: &Request, mvpd: &Mvpd) -> Response {
    let form = request.query_form();
    match Visit::way_back(app, &mvpd.id, form.get("code")) {
        Some(redirect_url) => lead_to(&redirect_url),
        None => Refusal::UnknownCode.page(),
    }
}

fn page(visit: &Visit, mvpd: &Mvpd, title: &str, said: &[&str], may_try_again: bool) -> Response {
    let (brand, code) = (Brand::of(mvpd), &visit.session.code);
    let template = Trouble {
        provider: &mvpd.display_name,
        brand: &brand,
        title,
        paragraphs: said,
        again: may_try_again.then(|| address(&mvpd.id, "login", code)),
        back: address(&mvpd.id, "back", code),
    };
    pages::branded(StatusCode::OK, &template, &brand)
}
