//! The adapter protocol, version 1: one JSON object per line, both ways.
//!
//! The bundled reference client speaks it too, over channels instead of pipes, so that there is one
//! way to drive a client and one way to hear from it. Unknown fields are ignored on both sides.

mod sign_on;

pub use sign_on::{Partner, PlatformIdentity, SingleSignOn};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version this harness speaks.
pub const VERSION: u32 = 1;

/// A line from the harness to the client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToClient {
    /// The first line of a run: where things are.
    Hello(Box<Hello>),
    /// The user does something.
    Do(Do),
    /// What became of a URL that the client asked to open.
    Browser(BrowserNews),
}

/// The settings of one run of the app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// Always [`VERSION`].
    pub protocol: u32,
    /// The scenario's name.
    pub scenario: String,
    /// Where the service is, without a trailing slash.
    pub base_url: String,
    /// The service provider (requestor) id.
    pub service_provider: String,
    /// The software statement to register with.
    pub software_statement: String,
    /// `domainName` of sessions.
    pub domain_name: String,
    /// `redirectUrl` of sessions and logouts.
    pub redirect_url: String,
    /// A folder that survives relaunches; what the app keeps, it keeps there.
    pub storage_dir: String,
    /// How the viewer signs in.
    pub flow: Flow,
    /// The MVPD to pick; null where the second screen picks it.
    pub mvpd: Option<String>,
    /// How many times faster than real time the client's timers shall run.
    pub clock_speed: f64,
    /// What time it is at the service, milliseconds since the epoch. Where clocks run fast, a run of
    /// the app that begins later begins with it; a harness may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<i64>,
    /// For server-to-server clients, in scenarios about them: the address of the device they act for.
    pub device_ip: Option<String>,
    /// The temporary access that the app may give to viewers who are not signed in.
    pub temp_pass: Option<TempPass>,
    /// Single sign-on and partner material.
    pub single_sign_on: Option<SingleSignOn>,
    /// PEM of the key that media tokens are signed with.
    pub media_token_key: Option<String>,
    /// What kind of application the client is in this run.
    pub role: Role,
}

/// Temporary access for viewers who are not signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TempPass {
    /// The pseudo-MVPD of the integration that grants it.
    pub mvpd: String,
    /// For a promotion: who the viewer says they are, as it is before it is encoded for
    /// `AP-TempPass-Identity`. Null where the device alone counts.
    #[serde(default)]
    pub identity: Option<String>,
}

/// How the viewer signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// In a browser that the app opens itself.
    Browser,
    /// On another device, with a code that the app shows.
    SecondScreen,
}

/// What kind of application the client is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The app that plays.
    #[default]
    Streaming,
    /// The separate web application that takes a typed code.
    SecondScreen,
}

/// One user action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Do {
    /// Echoed in `done` or `unsupported`.
    pub id: u64,
    /// What the user does.
    #[serde(flatten)]
    pub action: Action,
}

/// What a user can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Start the app.
    Launch,
    /// Sign in, with this MVPD where one is picked in the app.
    SignIn {
        /// The MVPD to pick.
        #[serde(default)]
        mvpd: Option<String>,
    },
    /// Sign in with another MVPD.
    SwitchProvider {
        /// The MVPD to pick.
        #[serde(default)]
        mvpd: Option<String>,
    },
    /// Look at a catalogue.
    Browse {
        /// Its resources.
        resources: Vec<String>,
    },
    /// Play something.
    Play {
        /// The resource.
        resource: String,
    },
    /// Stop playing.
    Stop,
    /// Ask for a new code while one is shown.
    RequestNewCode,
    /// Bring the app back to the front.
    Foreground,
    /// Sign out.
    SignOut,
    /// Type a code into the second-screen application.
    EnterCode {
        /// As shown on the TV.
        code: String,
        /// The MVPD to pick where the session has none.
        #[serde(default)]
        mvpd: Option<String>,
    },
    /// End the app.
    Quit,
}

/// What the browser did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserNews {
    /// What happened.
    pub event: BrowserEvent,
    /// The URL it happened at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What can happen in the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrowserEvent {
    /// It reached the redirect URL.
    Reached,
    /// The user closed it.
    Closed,
    /// It could not open the page.
    Failed,
}

/// A line from the client to the harness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromClient {
    /// The first line of a run: who the client is and what it can do.
    Ready {
        /// The protocol version it speaks.
        protocol: u32,
        /// Its name.
        client: String,
        /// Its version.
        #[serde(default)]
        version: Option<String>,
        /// What it can do; names the harness does not know are ignored.
        #[serde(default)]
        capabilities: Vec<String>,
    },
    /// Something the user could see.
    Event(ClientEvent),
    /// An action has come to its end.
    Done {
        /// The action's id.
        id: u64,
        /// What went wrong, when something did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// The client cannot do this action.
    Unsupported {
        /// The action's id.
        id: u64,
    },
}

/// Something the user could see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ClientEvent {
    /// A code on the screen.
    CodeShown {
        /// The code.
        code: String,
    },
    /// The app opens a URL in a browser.
    OpenUrl {
        /// The URL.
        url: String,
    },
    /// The app shows a URL to open elsewhere (a QR code, say).
    UrlShown {
        /// The URL.
        url: String,
    },
    /// The list of providers is on the screen.
    PickerShown {
        /// The MVPDs offered.
        #[serde(default)]
        mvpds: Vec<String>,
    },
    /// The viewer is signed in.
    SignedIn {
        /// With this MVPD.
        #[serde(default)]
        mvpd: Option<String>,
    },
    /// The viewer is signed out.
    SignedOut {
        /// From this MVPD.
        #[serde(default)]
        mvpd: Option<String>,
    },
    /// The catalogue is on the screen.
    Catalogue {
        /// What may be watched.
        #[serde(default)]
        available: Vec<String>,
        /// What is locked.
        #[serde(default)]
        locked: Vec<String>,
        /// What the locked items say.
        #[serde(default)]
        texts: BTreeMap<String, String>,
    },
    /// Playback has started.
    Playing {
        /// The resource.
        resource: String,
    },
    /// Playback has stopped.
    Stopped {
        /// The resource.
        #[serde(default)]
        resource: Option<String>,
        /// `user`, `ended`, `token_expired` or `error`.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Playback was refused.
    Refused {
        /// The resource.
        resource: String,
        /// What the user read.
        #[serde(default)]
        message: Option<String>,
    },
    /// The client checked a media token.
    TokenChecked {
        /// The resource.
        #[serde(default)]
        resource: Option<String>,
        /// Whether it found the token valid.
        #[serde(default)]
        valid: Option<bool>,
    },
    /// A message on the screen.
    Message {
        /// `info`, `error`, `sign_in_offered` or `partner_settings`.
        #[serde(default)]
        kind: Option<String>,
        /// What the user read.
        #[serde(default)]
        text: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_client(line: &str) -> ToClient {
        serde_json::from_str(line).unwrap()
    }

    fn from_client(line: &str) -> FromClient {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn actions_carry_their_arguments_beside_the_id() {
        let play = Do { id: 4, action: Action::Play { resource: "news".into() } };
        let line = r#"{"type":"do","id":4,"action":"play","resource":"news"}"#;
        assert_eq!(to_client(line), ToClient::Do(play.clone()));
        assert_eq!(serde_json::to_string(&ToClient::Do(play)).unwrap(), line);
    }

    #[test]
    fn browser_news_may_lack_a_url() {
        let closed = BrowserNews { event: BrowserEvent::Closed, url: None };
        let line = r#"{"type":"browser","event":"closed"}"#;
        assert_eq!(serde_json::to_string(&ToClient::Browser(closed.clone())).unwrap(), line);
        assert_eq!(to_client(line), ToClient::Browser(closed));
    }

    #[test]
    fn events_keep_their_own_tag() {
        let line = r#"{"type":"event","event":"refused","resource":"sports","message":"no","x":1}"#;
        let refused =
            ClientEvent::Refused { resource: "sports".into(), message: Some("no".into()) };
        assert_eq!(from_client(line), FromClient::Event(refused));
        let line = r#"{"type":"done","id":4,"error":"what went wrong"}"#;
        let done = FromClient::Done { id: 4, error: Some("what went wrong".into()) };
        assert_eq!(from_client(line), done);
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        for line in [r#"{"type":"event","event":"levitated"}"#, "[]", "hello", r#"{"type":"do"}"#] {
            assert!(serde_json::from_str::<FromClient>(line).is_err(), "{line}");
        }
    }
}
