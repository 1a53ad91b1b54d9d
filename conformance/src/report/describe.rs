//! Events in words.

use crate::protocol::{Action, BrowserEvent, ClientEvent};
use crate::trace::Happening;

/// What happened, as a person would say it.
pub(super) fn happening(what: &Happening) -> String {
    match what {
        Happening::Started => "the app starts".into(),
        Happening::Did { action, .. } => format!("the user {}", user(action)),
        Happening::Done { error: None, .. } => "the app is done".into(),
        Happening::Done { error: Some(error), .. } => format!("the app gives up: {error}"),
        Happening::Unsupported { .. } => "the app says it cannot do that".into(),
        Happening::Showed(event) => format!("the app {}", app(event)),
        Happening::Browser { event, url } => browser(*event, url.as_deref()),
        Happening::GaveUp => "the user gives up".into(),
        Happening::Ended { crashed: true } => "the app crashes".into(),
        Happening::Ended { crashed: false } => "the app ends".into(),
    }
}

/// The name of an action in the adapter protocol.
pub(super) const fn action_name(action: &Action) -> &'static str {
    match action {
        Action::Launch => "launch",
        Action::SignIn { .. } => "sign_in",
        Action::SwitchProvider { .. } => "switch_provider",
        Action::Browse { .. } => "browse",
        Action::Play { .. } => "play",
        Action::Stop => "stop",
        Action::RequestNewCode => "request_new_code",
        Action::Foreground => "foreground",
        Action::SignOut => "sign_out",
        Action::EnterCode { .. } => "enter_code",
        Action::Quit => "quit",
    }
}

fn user(action: &Action) -> String {
    match action {
        Action::Launch => "launches the app".into(),
        Action::SignIn { mvpd: Some(mvpd) } => format!("signs in with {mvpd}"),
        Action::SignIn { mvpd: None } => "signs in".into(),
        Action::SwitchProvider { mvpd: Some(mvpd) } => format!("asks for another provider: {mvpd}"),
        Action::SwitchProvider { mvpd: None } => "asks for another provider".into(),
        Action::Browse { resources } => format!("browses {}", resources.join(", ")),
        Action::Play { resource } => format!("plays {resource}"),
        Action::Stop => "stops playing".into(),
        Action::RequestNewCode => "asks for a new code".into(),
        Action::Foreground => "brings the app to the front".into(),
        Action::SignOut => "signs out".into(),
        Action::EnterCode { code, .. } => format!("types the code {code}"),
        Action::Quit => "quits the app".into(),
    }
}

fn app(event: &ClientEvent) -> String {
    match event {
        ClientEvent::CodeShown { code } => format!("shows the code {code}"),
        ClientEvent::OpenUrl { url } => format!("opens {url}"),
        ClientEvent::UrlShown { url } => format!("shows the address {url}"),
        ClientEvent::PickerShown { .. } => "shows the providers".into(),
        ClientEvent::SignedIn { mvpd } => with("is signed in", "with", mvpd.as_deref()),
        ClientEvent::SignedOut { mvpd } => with("is signed out", "from", mvpd.as_deref()),
        ClientEvent::Catalogue { available, locked, .. } => {
            format!("shows a catalogue: {} available, {} locked", available.len(), locked.len())
        }
        ClientEvent::Playing { resource } => format!("plays {resource}"),
        ClientEvent::Stopped { reason, .. } => with("stops playing", "because:", reason.as_deref()),
        ClientEvent::Refused { resource, message } => {
            with(&format!("refuses {resource}"), "saying", quoted(message.as_deref()).as_deref())
        }
        ClientEvent::TokenChecked { valid, .. } => match valid {
            Some(true) => "found the media token valid".into(),
            Some(false) => "found the media token invalid".into(),
            None => "checked the media token".into(),
        },
        ClientEvent::Message { kind, text } => {
            let kind = kind.as_deref().unwrap_or("info");
            with(&format!("shows a message ({kind})"), "saying", quoted(text.as_deref()).as_deref())
        }
    }
}

fn browser(event: BrowserEvent, url: Option<&str>) -> String {
    match event {
        BrowserEvent::Reached => with("the browser reached", "", url.or(Some("its end"))),
        BrowserEvent::Closed => with("the user closed the browser", "at", url),
        BrowserEvent::Failed => with("the browser failed", "at", url),
    }
}

fn with(what: &str, preposition: &str, more: Option<&str>) -> String {
    match more {
        Some(more) if preposition.is_empty() => format!("{what} {more}"),
        Some(more) => format!("{what} {preposition} {more}"),
        None => what.to_owned(),
    }
}

fn quoted(text: Option<&str>) -> Option<String> {
    text.map(|text| format!("“{text}”"))
}
