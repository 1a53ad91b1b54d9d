//! How a client asks the user to sign in.

use crate::protocol::ClientEvent;
use crate::trace::{Call, Context, Exchange, Happening, Moment, Run, Step};

use super::measure;

/// Whether a step is part of a sign-in, or offers one: a session, a picker, a code, a page to sign in
/// at, or a message of that kind.
pub(crate) fn sign_in(step: &Step<'_>) -> bool {
    match step {
        Step::Asked(exchange) => exchange.is(&[Call::CreateSession, Call::PartnerRequest]),
        Step::Answered(_) => false,
        Step::Happened(event) => match &event.what {
            Happening::Showed(what) => match what {
                ClientEvent::PickerShown { .. }
                | ClientEvent::CodeShown { .. }
                | ClientEvent::OpenUrl { .. }
                | ClientEvent::UrlShown { .. } => true,
                ClientEvent::Message { kind, .. } => kind.as_deref() == Some("sign_in_offered"),
                _ => false,
            },
            _ => false,
        },
    }
}

/// Whether a sign-in was offered between an answer and a later request. What a client tells just before
/// a request may be noted a little after it; but what it tells once that was answered, too, is about
/// that answer.
pub(crate) fn between(context: &Context, run: &Run<'_>, told: Moment, next: &Exchange) -> bool {
    let slack = i64::try_from(measure::under_way(context).as_millis()).unwrap_or(0);
    let until = next.arrived.at.saturating_add(slack);
    let steps = run.after(told).iter().take_while(|step| {
        step.moment().at <= until && next.answered.is_none_or(|answered| step.moment() < answered)
    });
    steps.filter(|step| step.asked().is_none_or(|asked| asked.arrived < next.arrived)).any(sign_in)
}
