//! A scenario file.

use pass_mock::config::{Lifetime, nearest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Server, SingleSignOn, Step};
use crate::protocol::Role;

/// One story of a viewer, an app and the service: what the service is like, and what the viewer
/// does. Which rules it exercises is found out by playing it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "A scenario of pass-conformance")]
pub struct ScenarioFile {
    /// What happens, in a line.
    pub title: String,
    /// Why it matters: what goes wrong for viewers when a client gets it wrong.
    pub why: String,
    /// What the rules may look at; for the reader only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks_at: Vec<String>,
    /// The rules it was written for, by their ids. It may exercise others, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// How the viewer signs in. `both` makes two scenarios; the second one is called
    /// `NAME@second-screen`.
    #[serde(default)]
    pub flow: Flows,
    /// The viewer's MVPD.
    #[serde(default = "usual_mvpd")]
    pub mvpd: String,
    /// Where the viewer picks the MVPD.
    #[serde(default)]
    pub picked_in: PickedIn,
    /// The temporary access that the app may give to the viewer as long as they are not signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temp_pass: Option<TempPass>,
    /// What kind of application the client is.
    #[serde(default)]
    pub role: Role,
    /// What the client must be able to do beyond what the steps need anyway.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Capability>,
    /// Who knows the viewer beyond this app and device. The client must be able to make use of it.
    #[serde(default, skip_serializing_if = "SingleSignOn::is_none")]
    pub single_sign_on: SingleSignOn,
    /// Whether it takes too long for a client that runs in real time, unless asked for.
    #[serde(default)]
    pub long: bool,
    /// How long the viewer waits for the app to finish something, unless a step says otherwise.
    #[serde(default = "usual_patience")]
    pub patience: Lifetime,
    /// What the service is like when the story begins.
    #[serde(default)]
    pub server: Server,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// How the viewer signs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flows {
    /// In a browser that the app opens.
    #[default]
    Browser,
    /// On another device, with the code that the app shows.
    SecondScreen,
    /// Once this way and once that way.
    Both,
}

/// Where the viewer picks the MVPD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PickedIn {
    /// In the app itself.
    #[default]
    App,
    /// On the second screen; the app does not ask.
    SecondScreen,
}

/// Temporary access: a trial without a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TempPass {
    /// The pseudo-MVPD that grants it.
    pub mvpd: String,
    /// Who the viewer says they are, for a promotion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// How long a trial lasts; as long as in the service's test data when it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<Lifetime>,
}

macro_rules! capabilities {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// What a client can declare that it can do.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            JsonSchema,
        )]
        pub enum Capability {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Capability {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name used in the adapter protocol.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

impl Capability {
    /// One by its name.
    ///
    /// # Errors
    /// What was meant, where there is none.
    pub fn find(name: &str) -> Result<Self, String> {
        let names = || Self::ALL.iter().map(|capability| capability.name());
        let found = Self::ALL.iter().find(|capability| capability.name() == name);
        found.copied().ok_or_else(|| match nearest(name, names()) {
            Some(meant) => format!("there is no capability `{name}`; did you mean `{meant}`?"),
            None => {
                let names: Vec<_> = names().collect();
                format!("there is no capability `{name}`; there are {}", names.join(", "))
            }
        })
    }
}

capabilities! {
    /// Opens a browser for the login.
    Browser "browser",
    /// Shows a code for the login on another device.
    SecondScreen "second_screen",
    /// Lets the viewer pick an MVPD.
    Picker "picker",
    /// Shows which items of a catalogue are locked.
    Preauthorize "preauthorize",
    /// Offers temporary access.
    TempPass "temp_pass",
    /// Goes on while an MVPD is degraded.
    Degradation "degradation",
    /// Is a second-screen application itself.
    SecondScreenRole "second_screen_role",
    /// Signs on with a service token.
    ServiceToken "service_token",
    /// Signs on with the platform's identity.
    PlatformSso "platform_sso",
    /// Signs on with Apple's framework.
    AppleSso "apple_sso",
    /// Verifies media tokens.
    MediaTokenCheck "media_token_check",
    /// Calls the service from a server, for its devices.
    ServerToServer "server_to_server",
    /// Runs in a web page.
    WebClient "web_client",
    /// Can run its timers faster than real time.
    ClockSpeed "clock_speed",
}

fn usual_mvpd() -> String {
    "Cablevision".to_owned()
}

/// Longer than any rule waits for a `done`, and shorter than anybody would wait in front of a TV.
fn usual_patience() -> Lifetime {
    Lifetime::seconds(90)
}
