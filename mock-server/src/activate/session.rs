//! The page of one code: which provider, or whose sign-in this is.

use http::StatusCode;

use super::client::{Device, Failure, Next, Session};
use super::picker::Picker;
use super::trouble::{self, BadCode};
use super::view::{self, ConfirmPage, PickPage};
use super::visit::{Visit, done_page_of, entrance, page_of};
use super::{code, done, enter};
use crate::http::Response;
use crate::pages;

/// Call 6 for a code as it stands in an address. What cannot be a code is not asked about.
pub(super) async fn look_up(visit: &Visit<'_>, sp: &str, typed: &str) -> Result<Session, Failure> {
    match code::read(typed).filter(|code| code == typed) {
        Some(code) => visit.client.retrieve_session(sp, &code).await,
        None => Err(Failure::Refused("invalid_parameter_code".to_owned())),
    }
}

/// The page.
pub(super) async fn show(visit: &Visit<'_>, sp: &str, code: &str) -> Response {
    match look_up(visit, sp, code).await {
        Ok(session) if session.misses("mvpd") => pick(visit, sp, code, None).await,
        Ok(session) => confirm(visit, sp, code, &session).await,
        Err(failure) => refused(visit, sp, code, &failure),
    }
}

/// The page for a call that failed on the way to a code's login.
pub(super) fn refused(visit: &Visit<'_>, sp: &str, code: &str, failure: &Failure) -> Response {
    match trouble::is_bad_code(failure) {
        true => enter::start_over(visit, BadCode::Ended),
        false => trouble::page(failure, &page_of(sp, code)),
    }
}

/// Lets the person pick a provider.
pub(super) async fn pick(
    visit: &Visit<'_>,
    sp: &str,
    code: &str,
    message: Option<&str>,
) -> Response {
    let configuration = match visit.client.configuration(sp).await {
        Ok(configuration) => configuration,
        Err(failure) => return trouble::page(&failure, &page_of(sp, code)),
    };
    let query = visit.request.query_form();
    let action = page_of(sp, code);
    let page = PickPage {
        form_token: visit.form_token(&action),
        action: &action,
        code: &code::grouped(code),
        service: configuration.service(),
        picker: Picker::new(&configuration, query.get("q").unwrap_or_default()),
        start: &entrance(None),
        message,
    };
    view::page(if message.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK }, &page)
}

/// Shows whose sign-in this is, with which provider.
async fn confirm(visit: &Visit<'_>, sp: &str, code: &str, session: &Session) -> Response {
    if session.missing_parameters.is_empty() {
        // Nothing to add: this only tells whether there is anything left to do with the code.
        match visit.client.resume_session(sp, code, &[]).await {
            Ok(Next::Authorize) => return done::already(visit, sp, session.mvpd()),
            Ok(Next::Authenticate(_) | Next::Retry) => {}
            Err(failure) if trouble::is_bad_code(&failure) => {
                return enter::start_over(visit, BadCode::Used);
            }
            Err(failure) => return trouble::page(&failure, &page_of(sp, code)),
        }
    }
    let mvpd = session.mvpd().unwrap_or_default();
    // Only for its name; without it the page has the identifier.
    let _ = visit.client.configuration(sp).await;
    let (action, then) = (page_of(sp, code), done_page_of(sp, code));
    let page = ConfirmPage {
        form_token: visit.form_token(&action),
        action: &action,
        code: &code::grouped(code),
        service: &visit.service_name(sp),
        provider: &visit.provider_name(sp, mvpd),
        brand: pages::brand(mvpd),
        device: describe(&session.device),
        elsewhere: leads_elsewhere(visit, session, &then),
        then: &then,
        start: &entrance(None),
    };
    view::page(StatusCode::OK, &page)
}

/// The TV in a few words, as far as it described itself.
fn describe(device: &Device) -> Option<String> {
    let model = device.model.as_deref().filter(|model| !model.is_empty());
    let kind = match device.kind.as_deref() {
        Some("SetTopBox") => Some("Set-top box"),
        Some("GamesConsole") => Some("Games console"),
        Some("MobilePhone") => Some("Phone"),
        Some("MediaPlayer") => Some("Media player"),
        Some("Unknown" | "") | None => None,
        Some(other) => Some(other),
    };
    let system = device.operating_system.name.as_deref().filter(|name| !name.is_empty());
    match (model.or(kind), system) {
        (Some(what), Some(system)) => Some(format!("{what} ({system})")),
        (what, system) => what.or(system).map(str::to_owned),
    }
}

/// Where the login ends, when the TV has chosen that itself: the host, or the application that an
/// address of another kind opens.
fn leads_elsewhere(visit: &Visit<'_>, session: &Session, then: &str) -> Option<String> {
    let chosen = session.redirect_url()?;
    if chosen == format!("{}{then}", visit.request.base_url()) {
        return None;
    }
    let url = url::Url::parse(chosen).ok()?;
    let web = matches!(url.scheme(), "http" | "https");
    let host = url.host_str().filter(|_| web);
    Some(host.map_or_else(|| "an app of your TV’s".to_owned(), str::to_owned))
}
