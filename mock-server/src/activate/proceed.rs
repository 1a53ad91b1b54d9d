//! On to the provider's login: the session is completed first where it misses something.

use http::StatusCode;

use super::client::{Failure, Next, Session, segment};
use super::view::Notice;
use super::visit::{Visit, done_page_of, page_of};
use super::{enter, session, trouble};
use crate::http::{Form, Response};

const PICK: &str = "Choose your TV provider.";
const NOT_OFFERED: &str = "That TV provider cannot be used here at the moment. Choose another one.";

/// The submitted form of a code's page.
pub(super) async fn submit(visit: &Visit<'_>, sp: &str, code: &str) -> Response {
    let own = page_of(sp, code);
    let Some(form) = visit.form(&own) else {
        return Notice::new("Please try again")
            .saying("This form was not shown in this browser, or its cookies are switched off.")
            .leading_to(&own, "Back to the form")
            .answer(StatusCode::FORBIDDEN);
    };
    let known = match session::look_up(visit, sp, code).await {
        Ok(known) => known,
        Err(failure) => return session::refused(visit, sp, code, &failure),
    };
    if known.missing_parameters.is_empty() {
        // The flow has the application make this address itself.
        let url = format!("/api/v2/authenticate/{}/{}", segment(sp), segment(code));
        return Response::redirect(&url);
    }
    let mvpd = form.get("mvpd").filter(|mvpd| !mvpd.is_empty());
    if known.misses("mvpd") && mvpd.is_none() {
        return session::pick(visit, sp, code, Some(PICK)).await;
    }
    match resume(visit, sp, code, &known, &form).await {
        Ok(Next::Authenticate(url)) => Response::redirect(&url),
        Ok(Next::Authorize) => Response::redirect(&done_page_of(sp, code)),
        Ok(Next::Retry) => trouble::page(&Failure::Unwell, &own),
        Err(failure) if is_about_the_provider(&failure) => {
            visit.drop_configuration(sp);
            match known.misses("mvpd") {
                true => session::pick(visit, sp, code, Some(NOT_OFFERED)).await,
                false => not_available(),
            }
        }
        Err(failure) if trouble::is_bad_code(&failure) => {
            enter::start_over(visit, trouble::BadCode::Ended)
        }
        Err(failure) => trouble::page(&failure, &own),
    }
}

/// Call 5 with what the session misses, and nothing else: what the TV said stays.
async fn resume(
    visit: &Visit<'_>,
    sp: &str,
    code: &str,
    known: &Session,
    form: &Form,
) -> Result<Next, Failure> {
    let configuration = visit.client.configuration(sp).await?;
    let redirect_url = format!("{}{}", visit.request.base_url(), done_page_of(sp, code));
    let mut missing = Vec::new();
    if known.misses("mvpd") {
        let picked = form.get("mvpd").and_then(|mvpd| configuration.provider(mvpd));
        let picked = picked.ok_or_else(|| Failure::Refused("invalid_integration".to_owned()))?;
        missing.push(("mvpd", picked.id.as_str()));
    }
    if known.misses_domain() {
        missing.push(("domainName", configuration.domain().unwrap_or("localhost")));
    }
    if known.misses("redirectUrl") {
        missing.push(("redirectUrl", redirect_url.as_str()));
    }
    visit.client.resume_session(sp, code, &missing).await
}

fn is_about_the_provider(failure: &Failure) -> bool {
    failure.is("invalid_integration") || failure.is("invalid_parameter_mvpd")
}

fn not_available() -> Response {
    Notice::new("Not available with this TV provider")
        .saying("What you want to watch cannot be watched with this TV provider at the moment.")
        .saying("Choose another TV provider on your TV; it will show a new code.")
        .leading_to(super::PREFIX, "Type another code")
        .answer(StatusCode::BAD_REQUEST)
}
