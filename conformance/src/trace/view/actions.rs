//! User actions: from one `do` to the next.

use super::{Run, Step};
use crate::protocol::Action;
use crate::trace::{Event, Happening, Moment};

/// Something the user did, and how long it lasted: until the next thing the user did in that run.
#[derive(Clone, Copy, Debug)]
pub struct UserAction<'t> {
    /// Its id within the run.
    pub id: u64,
    /// What the user did.
    pub action: &'t Action,
    /// The event that began it.
    pub event: &'t Event,
    /// When it began.
    pub begun: Moment,
    /// When the next one of the run began, if there was one.
    pub next: Option<Moment>,
    /// The client's `done` for it, if it came, at any time.
    pub done: Option<&'t Event>,
    /// The client's `unsupported` for it, if it came.
    pub unsupported: Option<&'t Event>,
}

impl<'t> Run<'t> {
    /// The last thing the user did at or before a moment.
    pub fn action_at(&self, moment: Moment) -> Option<&UserAction<'t>> {
        let place = self.actions.partition_point(|action| action.begun <= moment);
        self.actions[..place].last()
    }

    /// The user action that an event begins, if it begins one.
    pub fn begun_by(&self, event: &Event) -> Option<&UserAction<'t>> {
        if !event.what.is_user_action() {
            return None;
        }
        self.action_at(event.at).filter(|action| action.begun == event.at)
    }

    /// The steps of a user action: after it began, up to the next one or the end of the run.
    pub fn steps_of(&self, action: &UserAction<'t>) -> &[Step<'t>] {
        match action.next {
            Some(next) => self.between(action.begun, next),
            None => self.after(action.begun),
        }
    }
}

impl UserAction<'_> {
    /// Whether the user asked to sign in, with any provider, or for a new code.
    pub fn asks_to_sign_in(&self) -> bool {
        matches!(
            self.action,
            Action::SignIn { .. } | Action::SwitchProvider { .. } | Action::RequestNewCode
        )
    }
}

pub(super) fn actions<'t>(steps: &[Step<'t>]) -> Vec<UserAction<'t>> {
    let mut actions: Vec<UserAction<'t>> = Vec::new();
    for event in steps.iter().filter_map(|step| step.event()) {
        match &event.what {
            Happening::Did { id, action } => {
                if let Some(last) = actions.last_mut() {
                    last.next = Some(event.at);
                }
                actions.push(UserAction {
                    id: *id,
                    action,
                    event,
                    begun: event.at,
                    next: None,
                    done: None,
                    unsupported: None,
                });
            }
            Happening::Done { id, .. } => {
                if let Some(action) = actions.iter_mut().rev().find(|action| action.id == *id) {
                    action.done.get_or_insert(event);
                }
            }
            Happening::Unsupported { id } => {
                if let Some(action) = actions.iter_mut().rev().find(|action| action.id == *id) {
                    action.unsupported.get_or_insert(event);
                }
            }
            _ => {}
        }
    }
    actions
}
