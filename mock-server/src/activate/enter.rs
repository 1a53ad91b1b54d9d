//! The page where a code is typed.

use http::StatusCode;

use super::client::Failure;
use super::trouble::{self, BadCode};
use super::view::{self, Choice, EnterPage};
use super::visit::{Visit, entrance, page_of};
use super::{code, session};
use crate::http::{Form, Response};
use crate::journal::Facts;

/// Up to so many service providers are asked for a code; of more the person chooses one.
const ASKED: usize = 5;

const NOT_SHOWN: &str = "This form was not shown in this browser, or its cookies are switched off. \
                         Please try again.";
const NOT_CHOSEN: &str = "Choose what you want to watch.";

/// The empty form, or with the code of the address filled in.
pub(super) fn show(visit: &Visit<'_>, sp: Option<&str>) -> Response {
    let query = visit.request.query_form();
    page(visit, sp, &query, None)
}

/// The page of a code that can no longer be gone on with: to type another one.
pub(super) fn start_over(visit: &Visit<'_>, why: BadCode) -> Response {
    page(visit, None, &Form::default(), Some((StatusCode::BAD_REQUEST, why.text())))
}

/// The submitted form: looks for the session of the code.
pub(super) async fn submit(visit: &Visit<'_>, sp: Option<&str>, facts: &mut Facts) -> Response {
    let own = entrance(sp);
    let Some(form) = visit.form(&own) else {
        let query = Form::parse(&visit.request.body);
        return page(visit, sp, &query, Some((StatusCode::FORBIDDEN, NOT_SHOWN)));
    };
    let again = |text| page(visit, sp, &form, Some((StatusCode::BAD_REQUEST, text)));
    let Some(code) = code::read(form.get("code").unwrap_or_default()) else {
        return again(BadCode::Malformed.text());
    };
    facts.code = Some(code.clone());
    let Some(asked) = to_ask(visit, sp, form.get("service")) else { return again(NOT_CHOSEN) };
    match find(visit, &asked, &code).await {
        Ok(Some(sp)) => {
            facts.service_provider = Some(sp.to_owned());
            Response::redirect(&page_of(sp, &code))
        }
        Ok(None) => again(BadCode::Unknown.text()),
        Err(failure) => {
            let query =
                form_urlencoded::Serializer::new(String::new()).append_pair("code", &code).finish();
            trouble::page(&failure, &format!("{own}?{query}"))
        }
    }
}

/// The service providers to ask; `None` when the person has to choose one.
fn to_ask(visit: &Visit<'_>, sp: Option<&str>, chosen: Option<&str>) -> Option<Vec<String>> {
    if let Some(sp) = sp {
        return Some(vec![sp.to_owned()]);
    }
    let all = visit.services();
    if all.len() <= ASKED {
        return Some(all.into_iter().map(|service| service.id).collect());
    }
    let chosen = chosen.filter(|chosen| visit.knows(chosen))?;
    Some(vec![chosen.to_owned()])
}

/// The service provider that a code belongs to: the API has to be asked about each.
async fn find<'s>(
    visit: &Visit<'_>,
    asked: &'s [String],
    code: &str,
) -> Result<Option<&'s str>, Failure> {
    for sp in asked {
        match session::look_up(visit, sp, code).await {
            Ok(_) => return Ok(Some(sp)),
            Err(failure) if trouble::is_bad_code(&failure) => {}
            // Not this application's to ask about: it may still belong to another.
            Err(failure) if failure.is("invalid_access_token_service_provider") => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(None)
}

fn page(
    visit: &Visit<'_>,
    sp: Option<&str>,
    form: &Form,
    trouble: Option<(StatusCode, &str)>,
) -> Response {
    let services = if sp.is_none() { visit.services() } else { Vec::new() };
    let service = sp.map(|sp| visit.service_name(sp));
    let chosen = form.get("service");
    let choices = services.into_iter().map(|service| Choice {
        is_chosen: chosen == Some(&*service.id),
        id: service.id,
        name: service.name,
    });
    let choices: Vec<Choice> = choices.collect();
    let action = entrance(sp);
    let typed = form.get("code").unwrap_or_default();
    let page = EnterPage {
        form_token: visit.form_token(&action),
        action: &action,
        code: &code::read(typed).unwrap_or_else(|| typed.chars().take(24).collect()),
        service: service.as_deref(),
        choices: if choices.len() > ASKED { choices } else { Vec::new() },
        message: trouble.map(|(_, text)| text),
    };
    view::page(trouble.map_or(StatusCode::OK, |(status, _)| status), &page)
}
