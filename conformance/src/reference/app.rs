//! The app: what it is made of, and what it does when the user does something.

use std::collections::BTreeSet;

use pass_mock::clock::{Clock, Timestamp};
use pass_mock::ids::Ids;

use super::api::Api;
use super::calls::Failure;
use super::player::Playing;
use super::storage::Storage;
use super::user::{Quit, User};
use super::wire::Mvpd;
use crate::defects::{Defect, Switches};
use crate::driver::ClientHost;
use crate::http_client::HttpClient;
use crate::protocol::{self, Action, ClientEvent, Do, FromClient, Hello, Role, ToClient};

/// The name it gives itself.
pub const NAME: &str = "pass-reference";

/// What it declares it can do.
pub const CAPABILITIES: &[&str] = &[
    "browser",
    "second_screen",
    "picker",
    "preauthorize",
    "temp_pass",
    "degradation",
    "second_screen_role",
    "service_token",
    "platform_sso",
    "apple_sso",
    "media_token_check",
    "server_to_server",
    "clock_speed",
];

/// One run of the app, from `hello` to `quit`.
pub async fn run(host: ClientHost, defects: impl Into<Switches>) {
    let defects = defects.into();
    let mut user = User::new(host.inbox, host.outbox);
    let Some(ToClient::Hello(settings)) = user.next().await else { return };
    user.send(FromClient::Ready {
        protocol: protocol::VERSION,
        client: NAME.into(),
        version: Some(env!("CARGO_PKG_VERSION").into()),
        capabilities: CAPABILITIES.iter().map(ToString::to_string).collect(),
    });
    let mut app = App {
        clock: host.clock,
        http: host.http,
        ids: host.ids,
        api: Api::new(&settings.service_provider),
        storage: Storage::open(&settings.storage_dir),
        state: RunState::default(),
        user,
        settings,
        defects,
    };
    app.take_over();
    app.serve().await;
}

/// The app with everything it uses.
pub(super) struct App {
    pub(super) clock: Clock,
    pub(super) http: HttpClient,
    ids: Ids,
    pub(super) user: User,
    pub(super) settings: Box<Hello>,
    pub(super) api: Api,
    pub(super) storage: Storage,
    pub(super) state: RunState,
    defects: Switches,
}

/// What the app knows as long as it runs.
#[derive(Default)]
pub(super) struct RunState {
    /// Whether the service has told, in this run, who is signed in.
    pub(super) profiles_checked: bool,
    /// The list of providers and when it was loaded.
    pub(super) configuration: Option<(Timestamp, Vec<Mvpd>)>,
    /// What the present profile was found to be allowed to watch. A hint for the catalogue, never a
    /// reason to play.
    pub(super) permits: BTreeSet<String>,
    /// What is on the screen.
    pub(super) playing: Option<Playing>,
    /// How often the partner's framework was asked to sign the viewer in.
    pub(super) partner_asked: usize,
    /// Whether the viewer was signed in at some time, which only a broken client needs to remember.
    pub(super) signed_in: bool,
    /// What has been authorized and played, likewise.
    pub(super) authorized: BTreeSet<String>,
    /// A code whose polling was never stopped, likewise.
    pub(super) forgotten_code: Option<String>,
    /// Whether an answer was too much for the app, likewise.
    pub(super) crashed: bool,
    /// Whether a protected call was made, likewise.
    pub(super) called: bool,
}

impl App {
    /// Takes over what an earlier run kept, as far as it is of use under the present settings.
    fn take_over(&mut self) {
        let settings = &self.settings;
        let kept = &mut self.storage.kept;
        let same_registration = kept.credentials.as_ref().is_some_and(|credentials| {
            credentials.software_statement == settings.software_statement
                && credentials.base_url == settings.base_url
        });
        if !same_registration || self.defects.has(Defect::CredentialsNotKept) {
            kept.credentials = None;
            kept.token = None;
        }
        if kept.token.is_some() && self.defects.has(Defect::TokenNotKept) {
            kept.token = None;
        }
        if kept.service_provider != settings.service_provider {
            kept.service_provider.clone_from(&settings.service_provider);
            kept.provider = None;
            kept.profiles.clear();
        }
        if kept.device_id.is_none() || self.defects.has(Defect::DeviceIdentifierPerLaunch) {
            kept.device_id = Some(self.ids.uuid().to_string());
            self.save();
        }
    }

    async fn serve(&mut self) {
        while let Some(message) = self.next_message().await {
            // News of a browser that nobody waits for any more is no news.
            let ToClient::Do(Do { id, action }) = message else { continue };
            if action == Action::Quit {
                self.user.done(id);
                return;
            }
            self.perform(id, action).await;
            if self.state.crashed {
                return;
            }
        }
    }

    /// Does what the user asks, tells them what went wrong, and reports that it is through. When
    /// they quit meanwhile, nothing more is said.
    async fn perform(&mut self, id: u64, action: Action) {
        let outcome = match (self.settings.role, action) {
            (_, Action::Launch) => self.launch().await,
            (_, Action::Foreground) => self.foreground().await,
            (Role::SecondScreen, Action::EnterCode { code, mvpd }) => {
                self.enter_code(&code, mvpd).await
            }
            (Role::Streaming, Action::SignIn { mvpd } | Action::SwitchProvider { mvpd }) => {
                self.sign_in(mvpd).await
            }
            (Role::Streaming, Action::Browse { resources }) => self.browse(&resources).await,
            (Role::Streaming, Action::Play { resource }) => self.play(resource).await,
            (Role::Streaming, Action::Stop) => {
                self.stop();
                Ok(())
            }
            (Role::Streaming, Action::RequestNewCode) => {
                self.user.tell("info", "There is no code on the screen");
                Ok(())
            }
            (Role::Streaming, Action::SignOut) => self.sign_out().await,
            (Role::Streaming, Action::EnterCode { .. }) | (Role::SecondScreen, _) => {
                self.user.send(FromClient::Unsupported { id });
                return;
            }
            (Role::Streaming, Action::Quit) => Err(Failure::Quit),
        };
        match outcome {
            _ if self.state.crashed => {}
            Ok(()) => self.user.done(id),
            Err(Failure::Quit) => {}
            Err(failure) => {
                self.explain(failure);
                self.user.done(id);
            }
        }
    }

    /// Waits without ignoring that the user quits.
    pub(super) async fn pause(&mut self, pause: std::time::Duration) -> Result<(), Quit> {
        self.user.unless_quit(self.clock.sleep(pause)).await
    }

    /// Keeps what shall survive a relaunch.
    pub(super) fn save(&mut self) {
        if let Err(error) = self.storage.save() {
            self.user.tell("error", format!("This device's storage cannot be written: {error}"));
        }
    }

    /// Tells the viewer to sign in.
    pub(super) fn offer_sign_in(&self, text: impl Into<String>) {
        self.user.tell("sign_in_offered", text);
    }

    /// The user agent, where the app has one, is sent to `url`.
    pub(super) fn open(&self, url: String) {
        self.user.show(ClientEvent::OpenUrl { url });
    }

    /// A URL of an answer, resolved against the base that was called.
    pub(super) fn resolve(&self, url: &str) -> String {
        match url::Url::parse(&self.settings.base_url).and_then(|base| base.join(url)) {
            Ok(absolute) => absolute.into(),
            Err(_) => format!("{}{url}", self.settings.base_url),
        }
    }

    /// Whether a defect is switched on.
    pub(super) fn breaks(&self, defect: Defect) -> bool {
        self.defects.has(defect)
    }
}
