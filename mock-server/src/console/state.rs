//! What the console itself has to remember: nothing that survives the server.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::timeline::Directory;
use crate::ids::Ids;

/// How many results of forms are kept for the page that follows.
const KEPT: usize = 32;

/// The console's own state.
pub(crate) struct State {
    form_token: String,
    /// Tells a page that the server was started anew.
    instance: String,
    /// How often something was ordered of the control API.
    orders: AtomicU64,
    said: Mutex<VecDeque<(String, Said)>>,
    timeline: Directory,
    service_url: OnceLock<String>,
}

/// What came of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// Whether it was done.
    pub done: bool,
    /// In words.
    pub text: String,
    /// The call to the control API that it was.
    pub call: Option<String>,
}

impl Default for State {
    fn default() -> Self {
        // Must not be guessed, so that no seed may make it.
        let ids = Ids::from_entropy();
        Self {
            form_token: ids.secret(),
            instance: ids.uuid().to_string(),
            orders: AtomicU64::new(0),
            said: Mutex::default(),
            timeline: Directory::default(),
            service_url: OnceLock::new(),
        }
    }
}

impl State {
    /// Takes note that something may have changed by a call to the control API.
    pub(crate) fn note_order(&self) {
        self.orders.fetch_add(1, Ordering::Relaxed);
    }

    /// Where the service is, for who has no app pointed at it yet.
    pub(crate) fn set_service_url(&self, url: String) {
        let _ = self.service_url.set(url);
    }

    pub(super) fn service_url(&self) -> &str {
        self.service_url.get().map_or("the service", String::as_str)
    }

    pub(super) fn orders(&self) -> u64 {
        self.orders.load(Ordering::Relaxed)
    }

    pub(super) fn form_token(&self) -> &str {
        &self.form_token
    }

    /// Which run of the server this is.
    pub(crate) fn instance(&self) -> &str {
        &self.instance
    }

    /// Who took part in what the timeline shows.
    pub(super) fn timeline(&self) -> &Directory {
        &self.timeline
    }

    /// Keeps what came of a form, and returns what to ask for it by.
    pub(super) fn keep(&self, said: Said) -> String {
        let key = Ids::from_entropy().uuid().simple().to_string();
        let mut kept = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back((key.clone(), said));
        key
    }

    /// What came of a form, once.
    pub(super) fn take(&self, key: &str) -> Option<Said> {
        let mut kept = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let index = kept.iter().position(|(known, _)| known == key)?;
        kept.remove(index).map(|(_, said)| said)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("instance", &self.instance).finish_non_exhaustive()
    }
}
