//! The forms: each is one call to the control API.
//!
//! A form that stands for a whole table says with the button that was pressed which row it means:
//! the button's `also` holds more fields, encoded as a form is.

use std::sync::Arc;

use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::state::Said;
use super::{decisions, devices, faults, service, sessions};
use super::{door, multipart, to};
use crate::app::App;
use crate::control::{self, Order};
use crate::http::{Form, Request, Response};
use crate::pages::problem;

/// Which call a form is, or what it lacks.
pub(super) type Reading = fn(&Form) -> Result<Order, String>;

/// Every kind of form.
const KINDS: &[&[(&str, Reading)]] =
    &[sessions::FORMS, devices::FORMS, decisions::FORMS, faults::FORMS, service::FORMS];

/// What need not be encoded in a segment of a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Does what a form says, and shows the page that it stands on with what came of it. The script asks
/// for that as JSON.
pub(super) async fn answer(app: Arc<App>, request: &Request) -> Response {
    if request.oversized {
        let text = "It is longer than anything that this server takes.";
        return problem(StatusCode::PAYLOAD_TOO_LARGE, "The form is too long", &[text]);
    }
    let form = read(request);
    if !door::is_own_form(&app, &form) {
        let text = "This form is not of this run of the server, or of another site. Go back, load \
                    the page again, and press the button there.";
        return problem(StatusCode::FORBIDDEN, "The form was not accepted", &[text]);
    }
    let said = carry_out(&app, &form).await;
    let accept = request.header("accept").unwrap_or_default();
    if accept.starts_with("application/json") {
        let said = serde_json::json!({"done": said.done, "text": said.text, "call": said.call});
        return Response::json(StatusCode::OK, &said);
    }
    let back = form.get("back").filter(|back| back.starts_with("/console/")).unwrap_or("/console/");
    let mark = if back.contains('?') { '&' } else { '?' };
    to(&format!("{back}{mark}said={}", app.console.keep(said)))
}

async fn carry_out(app: &Arc<App>, form: &Form) -> Said {
    let refused = |text: String| Said { done: false, text, call: None };
    let kind = form.get("kind").unwrap_or_default();
    let mut kinds = KINDS.iter().flat_map(|kinds| kinds.iter());
    let Some((_, reading)) = kinds.find(|(known, _)| *known == kind) else {
        return refused(format!("There is no form {kind:?}."));
    };
    let order = match reading(form) {
        Ok(order) => order,
        Err(text) => return refused(text),
    };
    let call = Some(order.to_string());
    match control::carry_out(Arc::clone(app), order).await {
        Ok(_) => Said { done: true, text: "Done:".to_owned(), call },
        Err(error) => {
            let text = format!("Not done: {}; {}.", error.error, error.hint);
            Said { done: false, text, call }
        }
    }
}

/// The fields, those of the pressed button first: what is sent twice is what the button says.
fn read(request: &Request) -> Form {
    let form = match multipart::boundary(request.header("content-type").unwrap_or_default()) {
        Some(boundary) => multipart::read(&request.body, &boundary),
        None => Form::parse(&request.body),
    };
    match form.get("also") {
        Some(also) => {
            let also = Form::parse(also.as_bytes());
            let own = form.pairs().iter().filter(|(name, _)| also.get(name).is_none());
            Form::from_iter(also.pairs().iter().chain(own).cloned())
        }
        None => form,
    }
}

/// A field that must say something.
pub(super) fn text<'a>(form: &'a Form, name: &str) -> Result<&'a str, String> {
    let value = form.get(name).map(str::trim).filter(|value| !value.is_empty());
    value.ok_or_else(|| format!("Say {}.", name.replace('_', " ")))
}

/// A field that must be a number.
pub(super) fn number(form: &Form, name: &str) -> Result<f64, String> {
    let value = text(form, name)?;
    let number = value.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("{}: {value:?} is no number.", name.replace('_', " ")))
}

/// A path of these segments.
pub(super) fn path(segments: &[&str]) -> String {
    segments.iter().map(|segment| format!("/{}", utf8_percent_encode(segment, PLAIN))).collect()
}
