//! Scenarios: data that a tester reads and writes without knowing Rust.

mod catalogue;
mod check;
mod load;
mod model;
mod schema;
mod server;
mod sign_on;
mod step;
mod suite;

pub use catalogue::{FILES, all};
pub use check::well_told as check_file;
pub use load::{LoadError, file as load_file, text_of as load_text};
pub use model::{Capability, Flows, PickedIn, ScenarioFile, TempPass};
pub use schema::schema;
pub use server::{Degrade, Server, ServerStep};
pub use sign_on::{Access, PlatformHeader, PlatformIdentity, SignedOn, SingleSignOn};
pub use step::{EnterCode, SignIn, Step, Viewer};
pub use suite::Suite;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::protocol::{Flow, Role};

/// One scenario as it is played: a file, in one of its flows.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The file's name without its ending; with `@second-screen` after it where the file has both
    /// flows and this is the other one.
    pub name: String,
    /// How the viewer signs in.
    pub flow: Flow,
    /// The file.
    pub file: Arc<ScenarioFile>,
}

impl Scenario {
    /// What a file comes to.
    pub fn all_of(name: &str, file: ScenarioFile) -> Vec<Self> {
        let file = Arc::new(file);
        let scenario = |name: String, flow| Self { name, flow, file: Arc::clone(&file) };
        match file.flow {
            Flows::Browser => vec![scenario(name.to_owned(), Flow::Browser)],
            Flows::SecondScreen => vec![scenario(name.to_owned(), Flow::SecondScreen)],
            Flows::Both => vec![
                scenario(name.to_owned(), Flow::Browser),
                scenario(format!("{name}@second-screen"), Flow::SecondScreen),
            ],
        }
    }

    /// The MVPD that the client is told to pick; `None` where the second screen picks it.
    pub fn picked_mvpd(&self) -> Option<&str> {
        (self.file.picked_in == PickedIn::App).then_some(&self.file.mvpd)
    }

    /// What the client must be able to do for this scenario.
    pub fn needs(&self) -> BTreeSet<Capability> {
        let mut needs: BTreeSet<Capability> = self.file.needs.iter().copied().collect();
        match (self.file.role, self.flow) {
            (Role::SecondScreen, _) => drop(needs.insert(Capability::SecondScreenRole)),
            // Where nobody signs in it is all the same how they would.
            _ if !self.file.steps.iter().any(Step::signs_in) => {}
            (Role::Streaming, Flow::Browser) => drop(needs.insert(Capability::Browser)),
            (Role::Streaming, Flow::SecondScreen) => drop(needs.insert(Capability::SecondScreen)),
        }
        if self.file.temp_pass.is_some() {
            needs.insert(Capability::TempPass);
        }
        needs.extend(self.file.single_sign_on.needs());
        if self.file.steps.iter().any(|step| matches!(step, Step::Browse(_))) {
            needs.insert(Capability::Preauthorize);
        }
        needs
    }

    /// Whether the client acts for a device that it tells the address of.
    pub fn is_server_to_server(&self) -> bool {
        self.file.needs.contains(&Capability::ServerToServer)
    }

    /// How many devices take part.
    pub fn devices(&self) -> usize {
        let number = |step: &Step| match step {
            Step::Device(number) => *number as usize,
            _ => 1,
        };
        self.file.steps.iter().map(number).max().unwrap_or(1)
    }

    /// How long it takes on its clock at least, roughly: what is waited for, and a viewer's time for
    /// everything else.
    pub fn length(&self) -> Duration {
        self.file.steps.iter().map(|step| self.length_of(step)).sum()
    }

    fn length_of(&self, step: &Step) -> Duration {
        match step {
            Step::Wait(time) => time.0,
            Step::SignIn(sign_in) | Step::SwitchProvider(sign_in) | Step::FinishSignIn(sign_in) => {
                let login = sign_in.takes.map_or(USUAL_LOGIN, Duration::from);
                match sign_in.viewer {
                    Viewer::DoesNothing => Duration::from_secs(1),
                    Viewer::ClosesBrowser => login,
                    Viewer::SignsIn => login + self.file.server.login_delay.0 + USUAL_POLL,
                }
            }
            Step::EnterCode(_) => USUAL_LOGIN,
            Step::Server(_) | Step::Device(_) => Duration::ZERO,
            _ => BETWEEN_STEPS,
        }
    }
}

/// How long a viewer takes for a login when the scenario does not say.
pub const USUAL_LOGIN: Duration = Duration::from_secs(8);

/// How long a viewer takes from one thing to the next.
pub const BETWEEN_STEPS: Duration = Duration::from_secs(1);

/// How long a client may take to notice a login.
const USUAL_POLL: Duration = Duration::from_secs(15);
