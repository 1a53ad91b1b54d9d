//! Where a login ends: tells whether the TV is signed in.

use http::StatusCode;
use http::header::REFRESH;

use super::code;
use super::trouble::{self, BadCode};
use super::view::{self, DonePage, Notice};
use super::visit::{Visit, done_page_of, entrance, page_of};
use super::{client::Failure, enter, session};
use crate::http::Response;
use crate::pages;

/// While the login is under way the page asks again after this long: no sooner than the cookbooks let
/// an application poll. A header and no element, which would move a reader's place without warning.
const AGAIN_AFTER: &str = "15";

/// The page: asks once.
pub(super) async fn show(visit: &Visit<'_>, sp: &str, typed: &str) -> Response {
    if code::read(typed).is_none_or(|code| code != typed) {
        return enter::start_over(visit, BadCode::Malformed);
    }
    match visit.client.signed_in_with(sp, typed).await {
        Ok(Some(mvpd)) => signed_in(visit, sp, Some(&mvpd), "Your TV is signed in"),
        Ok(None) => not_yet(visit, sp, typed),
        Err(failure) => refused(visit, sp, typed, &failure),
    }
}

/// A code with which there is nothing left to do.
pub(super) fn already(visit: &Visit<'_>, sp: &str, mvpd: Option<&str>) -> Response {
    signed_in(visit, sp, mvpd, "Your TV is signed in already")
}

fn signed_in(visit: &Visit<'_>, sp: &str, mvpd: Option<&str>, title: &str) -> Response {
    let page = DonePage {
        title,
        service: &visit.service_name(sp),
        provider: mvpd.map(|mvpd| visit.provider_name(sp, mvpd)),
        brand: mvpd.map_or(0, pages::brand),
        start: &entrance(None),
    };
    view::page(StatusCode::OK, &page)
}

/// Nobody is signed in: the login was left or declined, or takes its time. The API does not tell
/// which, so the page has a way on for each.
fn not_yet(visit: &Visit<'_>, sp: &str, code: &str) -> Response {
    let own = done_page_of(sp, code);
    let page = view::WaitPage {
        service: &visit.service_name(sp),
        own: &own,
        again: &page_of(sp, code),
        start: &entrance(None),
    };
    let refresh = format!("{AGAIN_AFTER}; url={own}");
    view::page(StatusCode::OK, &page).with_header(REFRESH, &refresh)
}

fn refused(visit: &Visit<'_>, sp: &str, code: &str, failure: &Failure) -> Response {
    if trouble::is_bad_code(failure) {
        return session::refused(visit, sp, code, failure);
    }
    if let Failure::Refused(code) = failure {
        return Notice::new("Your TV cannot go on")
            .saying("The sign-in was made, but the service does not let your TV use it. It says:")
            .quoting(code)
            .leading_to(&entrance(None), "Type another code")
            .answer(StatusCode::BAD_REQUEST);
    }
    trouble::page(failure, &done_page_of(sp, code))
}
