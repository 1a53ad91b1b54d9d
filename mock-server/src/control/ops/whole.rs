//! The service as a whole.

use http::StatusCode;
use http::header::CONTENT_DISPOSITION;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Control, Done, Scope};
use crate::ReloadError;
use crate::control::ControlError;
use crate::http::Response;

/// Whether it runs, and what it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// `ok`
    pub status: String,
    /// The version of the server.
    pub version: String,
    /// The service's clock, in milliseconds since the epoch.
    pub now: i64,
    /// How many sessions have not ended.
    pub sessions: usize,
    /// How many devices have a profile.
    pub signed_in: usize,
    /// How many exchanges the journal keeps.
    pub exchanges: usize,
    /// The fixtures in force.
    pub fixtures: FixturesState,
    /// Where the state is kept beyond this run; missing when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<DataDir>,
}

/// Where the state is kept beyond a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DataDir {
    /// The folder.
    pub folder: String,
    /// Why what happens is kept in memory alone at this moment; missing when all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The fixtures in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FixturesState {
    /// The file that they come from, and that is read again when it changes; missing when they do
    /// not come from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What is wrong with the file as it is now: those that it held before are in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Control<'_> {
    /// Whether it runs, and what it holds.
    pub fn health(&self) -> Health {
        Health {
            status: "ok".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: self.app.clock.now().millis(),
            sessions: self.app.domain.sessions.len(),
            signed_in: self.app.domain.profiles.len(),
            exchanges: self.app.journal.len(),
            fixtures: self.fixtures(),
            data_dir: self.app.store.as_ref().map(|store| DataDir {
                folder: store.folder().display().to_string(),
                problem: store.problem(),
            }),
        }
    }

    /// The certificate of the local authority that issued what the service shows.
    pub fn ca_certificate(&self) -> Result<Response, ControlError> {
        let authority = self.app.authority.as_ref().ok_or_else(|| {
            let error = "there is no local certificate authority";
            ControlError::not_found(error, "start the server with --tls auto to have one")
        })?;
        let pem = authority.pem.clone();
        let answer = Response::with_body(StatusCode::OK, "application/x-pem-file", pem);
        let name = "attachment; filename=\"pass-mock-ca.pem\"";
        Ok(answer.with_header(CONTENT_DISPOSITION, name))
    }

    /// Reads the fixtures file again. State stays as it is.
    pub fn reload_fixtures(&self) -> Result<FixturesState, ControlError> {
        match self.app.reload_fixtures() {
            Ok(()) => Ok(self.fixtures()),
            Err(error @ ReloadError::NoFile) => {
                let hint = "start the server with --fixtures PATH to have a file to reload";
                Err(ControlError::conflict(error.to_string(), hint))
            }
            Err(error @ ReloadError::Bad(_)) => {
                let hint = "correct the file; the last good fixtures stay in force";
                Err(ControlError::conflict(error.to_string(), hint))
            }
        }
    }

    fn fixtures(&self) -> FixturesState {
        let file = self.app.fixtures_file.as_ref();
        FixturesState {
            file: file.map(|file| file.path().display().to_string()),
            problem: file.and_then(|file| file.problem()),
        }
    }

    /// Back to the fixtures: clients, tokens, sessions, profiles, decisions, faults, switched
    /// integrations, what devices used of their allowance, and who is signed in at the providers'
    /// pages. With a scope only what belongs to that client or device, which leaves integrations,
    /// allowances and the providers' pages alone. The journal, the limits and the clock stay as
    /// they are.
    pub fn reset(&self, scope: &Scope) -> Done {
        if scope.is_everything() {
            return self.reset_all();
        }
        let domain = &self.app.domain;
        let mut done = 0;
        for session in domain.sessions.all(self.app.clock.now()) {
            if scope.holds(&session.owner) {
                done += usize::from(domain.sessions.expire(&session.code));
            }
        }
        for (owner, profile) in domain.profiles.all() {
            if scope.holds(&owner) {
                done += usize::from(domain.profiles.forget(profile.number));
            }
        }
        for active in domain.rules.all() {
            let rule = &active.rule;
            if scope.names(rule.client_id.as_deref(), rule.device_id.as_deref()) {
                done += usize::from(domain.rules.remove(active.number));
            }
        }
        // A trial is a device's, whatever application began it.
        if let Some(device) = &scope.device {
            done += domain.trials.forget_device(device);
        }
        done += self.clear_faults(scope).done;
        // A registration is not any single device's.
        if let (Some(client), None) = (&scope.client, &scope.device)
            && domain.clients.find(client).is_some()
        {
            domain.clients.forget_client(client);
            done += 1;
        }
        Done { done }
    }

    fn reset_all(&self) -> Done {
        let domain = &self.app.domain;
        let done = domain.clients.clients().len()
            + domain.sessions.len()
            + domain.profiles.all().len()
            + domain.rules.all().len()
            + domain.degradations.all(self.app.clock.now()).len()
            + domain.trials.all().len()
            + self.app.faults.clear();
        self.app.memory.forget_all();
        domain.reset();
        self.app.throttle.clear();
        Done { done }
    }
}
