//! What is different where a device is there by itself: nobody may tell what it shows, and it opens
//! its browser without asking.

use crate::protocol::{BrowserEvent, ClientEvent, Flow};
use crate::trace::{Context, Event, Exchange, Happening, Trace};

/// The context of a story in which nobody tells what the client shows. It is no capture: a client
/// that was given no device to act for acts for none.
pub(crate) fn without_events(context: &mut Context) {
    context.has_events = false;
    if context.device_ip.is_none()
        && let Some(capabilities) = &mut context.capabilities
    {
        capabilities.remove("server_to_server");
    }
}

/// Tells of the ends that browsers came to which the devices opened themselves: the redirect URL is
/// all that an app hears of them, and it is in the answers.
pub(crate) fn tell_of_browsers(trace: &mut Trace) {
    let Some(redirect_url) = trace.context.redirect_url.clone() else { return };
    if trace.context.flow != Some(Flow::Browser) {
        return;
    }
    let asks = |event: &Event, device| {
        let opens = matches!(event.what, Happening::Showed(ClientEvent::OpenUrl { .. }));
        event.device == device && opens
    };
    let reached: Vec<Event> = trace
        .user_agent
        .iter()
        .filter(|exchange| !trace.events.iter().any(|event| asks(event, exchange.device)))
        .filter_map(|exchange| reached(exchange, &redirect_url))
        .collect();
    trace.events.extend(reached);
    trace.events.sort_by_key(|event| event.at);
}

fn reached(exchange: &Exchange, redirect_url: &str) -> Option<Event> {
    let headers = &exchange.answer.as_ref()?.headers;
    let (_, location) = headers.iter().find(|(name, _)| name == "location")?;
    location.starts_with(redirect_url).then(|| Event {
        at: exchange.answered.unwrap_or(exchange.arrived),
        device: exchange.device,
        run: exchange.run,
        what: Happening::Browser { event: BrowserEvent::Reached, url: Some(location.to_string()) },
    })
}
