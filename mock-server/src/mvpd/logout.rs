//! The provider's side of an interactive logout.

use askama::Template;
use http::StatusCode;
use http::header::SET_COOKIE;
use url::Url;

use super::{Memory, lead_to};
use crate::config::Mvpd;
use crate::http::{Request, Response};
use crate::pages::{self, Brand};

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut<'a> {
    provider: &'a str,
    brand: &'a Brand,
}

/// Forgets who was signed in here, and leads the user agent back to the application at once, as
/// real ones do.
pub(super) fn leave(request: &Request, mvpd: &Mvpd) -> Response {
    let form = request.query_form();
    let answer = match form.get("redirect_url").filter(|url| !url.is_empty()) {
        Some(url) if Url::parse(url).is_ok() => lead_to(url),
        Some(_) => pages::problem(
            StatusCode::BAD_REQUEST,
            "You are signed out, but the way back is broken",
            &["The address to go back to is no full address. You can close this page."],
        ),
        None => {
            let brand = Brand::of(mvpd);
            let page = SignedOut { provider: &mvpd.display_name, brand: &brand };
            pages::branded(StatusCode::OK, &page, &brand)
        }
    };
    answer.with_header(SET_COOKIE, &Memory::forget(&mvpd.id))
}
