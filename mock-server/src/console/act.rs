//! The forms: each is one call to the control API.

use std::sync::Arc;

use http::StatusCode;

use super::door;
use crate::app::App;
use crate::control::{self, Order};
use crate::http::{Form, Request, Response};
use crate::pages::problem;

use super::state::Said;
use super::to;

/// Which call a form is.
type Reading = fn(&Form) -> Result<Order, String>;

/// Every kind of form.
const KINDS: &[(&str, Reading)] = &[];

/// Does what a form says, and shows the page that it stands on with what came of it. The script asks
/// for that as JSON.
pub(super) async fn answer(app: Arc<App>, request: &Request) -> Response {
    let form = Form::parse(&request.body);
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
    let Some((_, reading)) = KINDS.iter().find(|(known, _)| *known == kind) else {
        return refused(format!("There is no form {kind:?}."));
    };
    let order = match reading(form) {
        Ok(order) => order,
        Err(text) => return refused(text),
    };
    let call = Some(order.to_string());
    match control::carry_out(Arc::clone(app), order).await {
        Ok(_) => Said { done: true, text: "Done.".to_owned(), call },
        Err(error) => {
            let text = format!("{}. {}", error.error, error.hint);
            Said { done: false, text, call }
        }
    }
}
