//! What is known of one device while the story goes on.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::driver::Running;
use crate::scenario::Viewer;
use crate::user_agent::{Browser, Credentials, Login};

/// One device with its app and its browser.
#[derive(Debug)]
pub(super) struct Device {
    /// The run of the app, if it runs.
    pub(super) running: Option<Running>,
    /// How many runs there were, the present one included.
    pub(super) runs: u32,
    /// Whether the app has said that it is ready.
    pub(super) ready: bool,
    /// Whether the user has ended the app, so that its end is no surprise.
    pub(super) quitting: bool,
    /// The id of the latest action of this run.
    pub(super) last_action: u64,
    /// The actions of this run that are through.
    pub(super) through: BTreeSet<u64>,
    /// The sign-in that is under way.
    pub(super) sign_in: Option<SignIn>,
    /// The code on the screen.
    pub(super) code: Option<String>,
    /// The page that the browser was left at.
    pub(super) open_page: Option<String>,
    /// Whether somebody in front of the device says that there is something to sign in with.
    pub(super) login_shown: bool,
    /// The browser of this device.
    pub(super) browser: Browser,
}

/// A sign-in that is under way.
#[derive(Debug)]
pub(super) struct SignIn {
    /// The id of its action.
    pub(super) action: u64,
    /// What the viewer is going to do.
    pub(super) intent: Intent,
    /// What the viewer is doing: at most one thing at a time.
    pub(super) doing: Option<JoinHandle<()>>,
}

impl Drop for SignIn {
    fn drop(&mut self) {
        self.turn_away();
    }
}

impl SignIn {
    /// The viewer stops what they were doing.
    pub(super) fn turn_away(&mut self) {
        if let Some(doing) = self.doing.take() {
            doing.abort();
        }
    }
}

/// What a viewer is going to do about a login.
#[derive(Clone, Debug)]
pub(super) struct Intent {
    /// What.
    pub(super) viewer: Viewer,
    /// Who.
    pub(super) who: Credentials,
    /// The MVPD, where it is picked on the second screen.
    pub(super) mvpd: String,
    /// How long it takes.
    pub(super) takes: Duration,
}

impl Intent {
    /// What it means in a browser.
    pub(super) fn in_browser(&self) -> Login {
        match self.viewer {
            Viewer::SignsIn => Login::SignsIn { who: self.who.clone(), takes: self.takes },
            Viewer::ClosesBrowser => Login::Closes { takes: self.takes },
            Viewer::DoesNothing => Login::Leaves,
        }
    }
}

impl Device {
    pub(super) fn new(browser: Browser) -> Self {
        Self {
            running: None,
            runs: 0,
            ready: false,
            quitting: false,
            last_action: 0,
            through: BTreeSet::new(),
            sign_in: None,
            code: None,
            open_page: None,
            login_shown: false,
            browser,
        }
    }

    /// The number of the present run, counted from 0.
    pub(super) fn run(&self) -> u32 {
        self.runs.saturating_sub(1)
    }

    /// A new run begins: nothing of the last one is left on the screen.
    pub(super) fn begin(&mut self, running: Running) {
        self.running = Some(running);
        self.runs += 1;
        self.ready = false;
        self.quitting = false;
        self.last_action = 0;
        self.through.clear();
        self.clear_screen();
    }

    /// The sign-in is over, one way or the other.
    pub(super) fn clear_screen(&mut self) {
        self.sign_in = None;
        self.code = None;
        self.open_page = None;
        self.login_shown = false;
    }

    /// Whether there is something that a viewer could sign in with.
    pub(super) fn login_is_there(&self) -> bool {
        self.login_shown || self.code.is_some() || self.open_page.is_some()
    }

    /// Whether an action is through.
    pub(super) fn is_through(&self, action: u64) -> bool {
        self.through.contains(&action)
    }
}
