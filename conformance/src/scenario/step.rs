//! What happens in a scenario, step by step.

use std::fmt;

use pass_mock::config::Lifetime;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, IntoDeserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::ServerStep;

/// One step. In a file it is its name alone (`- launch`), or its name with what it needs
/// (`- play: news`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The viewer starts the app.
    Launch,
    /// The viewer ends the app.
    Quit,
    /// The viewer ends the app and starts it again.
    Relaunch,
    /// The viewer brings the app back to the front.
    Foreground,
    /// The viewer signs in. The story goes on when that has come to its end, unless the viewer does
    /// nothing.
    SignIn(SignIn),
    /// The viewer asks to sign in with another MVPD.
    SwitchProvider(SignIn),
    /// The viewer goes on with a sign-in that was left open.
    FinishSignIn(SignIn),
    /// The viewer asks for a new code.
    RequestNewCode,
    /// The viewer types the code of a TV into the app, which is a second-screen application.
    EnterCode(EnterCode),
    /// The viewer looks at a catalogue of these resources.
    Browse(Vec<String>),
    /// The viewer plays a resource.
    Play(String),
    /// The viewer stops what is playing.
    Stop,
    /// The viewer signs out.
    SignOut,
    /// Nothing happens for some time.
    Wait(Lifetime),
    /// Something happens at the service.
    Server(ServerStep),
    /// The story goes on at another device of the viewer's, counted from 1.
    Device(u32),
}

impl Step {
    /// Whether it is part of signing in.
    pub(super) fn signs_in(&self) -> bool {
        matches!(self, Self::SignIn(_) | Self::SwitchProvider(_) | Self::FinishSignIn(_))
    }
}

/// How a viewer signs in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SignIn {
    /// With this MVPD; with the scenario's own when it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mvpd: Option<String>,
    /// What the viewer does when the login is there.
    pub viewer: Viewer,
    /// Whose name and password are given: a user of the service's test data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// How long the viewer takes for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes: Option<Lifetime>,
    /// How long the viewer then waits for the app; as long as for everything when it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<Lifetime>,
}

/// What a viewer does when the login is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Viewer {
    /// Gives name and password.
    #[default]
    SignsIn,
    /// Closes the browser.
    ClosesBrowser,
    /// Leaves it alone. The story goes on at once.
    DoesNothing,
}

/// How a viewer uses a second-screen application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EnterCode {
    /// Whether the code is mistyped.
    pub mistyped: bool,
    /// What the viewer does when the login is there.
    pub viewer: Viewer,
    /// Whose name and password are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// How long the viewer takes for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes: Option<Lifetime>,
}

/// A step as a map of one entry, and its description for editors.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", remote = "Step")]
#[schemars(rename = "StepWithArguments")]
enum Written {
    /// The viewer starts the app.
    Launch,
    /// The viewer ends the app.
    Quit,
    /// The viewer ends the app and starts it again.
    Relaunch,
    /// The viewer brings the app back to the front.
    Foreground,
    /// The viewer signs in.
    SignIn(SignIn),
    /// The viewer asks to sign in with another MVPD.
    SwitchProvider(SignIn),
    /// The viewer goes on with a sign-in that was left open.
    FinishSignIn(SignIn),
    /// The viewer asks for a new code.
    RequestNewCode,
    /// The viewer types the code of a TV into the app.
    EnterCode(EnterCode),
    /// The viewer looks at a catalogue of these resources.
    Browse(Vec<String>),
    /// The viewer plays a resource.
    Play(String),
    /// The viewer stops what is playing.
    Stop,
    /// The viewer signs out.
    SignOut,
    /// Nothing happens for some time.
    Wait(Lifetime),
    /// Something happens at the service.
    Server(ServerStep),
    /// The story goes on at another device of the viewer's, counted from 1.
    Device(u32),
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StepVisitor)
    }
}

struct StepVisitor;

impl<'de> Visitor<'de> for StepVisitor {
    type Value = Step;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a step such as `launch` or `play: news`")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Step, E> {
        let example = match word {
            "sign_in" => return Ok(Step::SignIn(SignIn::default())),
            "finish_sign_in" => return Ok(Step::FinishSignIn(SignIn::default())),
            "enter_code" => return Ok(Step::EnterCode(EnterCode::default())),
            "switch_provider" => "switch_provider: {mvpd: Spectrum}",
            "browse" => "browse: [news, sports]",
            "play" => "play: news",
            "wait" => "wait: 45s",
            "server" => "server: expire_access_token",
            "device" => "device: 2",
            _ => return Written::deserialize(word.into_deserializer()),
        };
        Err(E::custom(format!("`{word}` needs more, as in `{example}`")))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Step, A::Error> {
        Written::deserialize(MapAccessDeserializer::new(map))
    }
}

impl JsonSchema for Step {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Step".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let written = generator.subschema_for::<Written>();
        let alone = ["sign_in", "finish_sign_in", "enter_code"];
        json_schema!({ "anyOf": [{ "type": "string", "enum": alone }, written] })
    }
}
