//! What a scenario has happen at the service.

use std::collections::BTreeSet;
use std::time::Duration;

use pass_mock::App;
use pass_mock::clock::Timestamp;
use pass_mock::config::Fixtures;
use pass_mock::control::ops::Scope;
use pass_mock::control::ops::clients::Expire;
use pass_mock::control::ops::degradation::Degrade as Bypass;
use pass_mock::control::ops::integrations::SetIntegration;
use pass_mock::control::ops::profiles::{ExpireDecisions, ProfileState};
use pass_mock::control::ops::throttle::Force;
use pass_mock::control::{Control, ControlError};
use pass_mock::journal::Actor;
use pass_mock::throttle::ThrottleSettings;

use super::{DEVICE_ADDRESS, SERVICE_PROVIDER, sign_on};
use crate::scenario::{Degrade, ScenarioFile, Server, ServerStep};

/// The address that clients call from, as the service sees it.
const CLIENT_ADDRESS: &str = "127.0.0.1";

/// The default fixtures as a scenario wants them.
pub(super) fn fixtures(file: &ScenarioFile) -> Fixtures {
    let server = &file.server;
    let mut fixtures = Fixtures {
        lifetimes: server.lifetimes.clone(),
        limits: server.limits.clone(),
        settings: server.settings.clone(),
        ..Fixtures::default()
    };
    for mvpd in &mut fixtures.mvpds {
        mvpd.login_delay = server.login_delay;
        if let (Some(granted), Some(trial)) = (&mut mvpd.temp_pass, &file.temp_pass)
            && *mvpd.id == *trial.mvpd
        {
            granted.duration = trial.lasts.or(granted.duration);
        }
    }
    sign_on::board(file, &mut fixtures.mvpds);
    fixtures
}

pub(super) fn throttle(server: &Server) -> ThrottleSettings {
    if server.throttle { ThrottleSettings::default() } else { ThrottleSettings::OFF }
}

/// Puts in force what a scenario begins with.
pub(crate) fn begin(app: &App, server: &Server) -> Result<(), ControlError> {
    let control = app.control();
    for rule in &server.decisions {
        control.decide(rule)?;
    }
    for fault in &server.faults {
        control.add_fault(fault.clone())?;
    }
    Ok(())
}

/// Does what a step says, for the client that calls a port. Returns until when every call of that
/// client is refused, where that is what the step says.
pub(crate) fn perform(
    app: &App,
    port: u16,
    step: &ServerStep,
) -> Result<Option<Timestamp>, ControlError> {
    let control = app.control();
    match step {
        ServerStep::ThrottleFor(time) => {
            let force = Force { seconds: time.0.as_secs_f64() };
            for address in [CLIENT_ADDRESS, DEVICE_ADDRESS] {
                control.force_throttle(address, &force)?;
            }
            return Ok(Some(app.clock.now().after(time.0 + Duration::from_millis(1))));
        }
        ServerStep::Decide(rule) => drop(control.decide(rule)?),
        ServerStep::Fault(fault) => drop(control.add_fault((**fault).clone())?),
        ServerStep::EndFaults => drop(control.clear_faults(&Scope::default())),
        ServerStep::ExpireAccessToken => {
            let clients = clients_at(app, port);
            for token in control.tokens().tokens {
                if clients.contains(&token.client_id) {
                    control.expire_token(&token.id, &Expire::default())?;
                }
            }
        }
        ServerStep::RevokeRegistration => {
            for client in clients_at(app, port) {
                control.revoke_client(&client)?;
            }
        }
        ServerStep::ExpireCode => {
            for client in clients_at(app, port) {
                let scope = Scope { client: Some(client), device: None };
                for session in control.sessions(&scope).sessions {
                    control.expire_session(&session.code, &Expire::default())?;
                }
            }
        }
        ServerStep::ExpireProfile => each_profile(app, port, |control, profile| {
            control.expire_profile(profile, &Expire::default()).map(drop)
        })?,
        ServerStep::InvalidateProfile => each_profile(app, port, |control, profile| {
            control.invalidate_profile(profile).map(drop)
        })?,
        ServerStep::RevokeProfile => {
            each_profile(app, port, |control, profile| control.revoke_profile(profile).map(drop))?;
        }
        ServerStep::ExpireDecisions => each_profile(app, port, |control, profile| {
            control.expire_decisions(profile, &ExpireDecisions::default()).map(drop)
        })?,
        ServerStep::DisableIntegration(mvpd) => integrate(control, mvpd, false)?,
        ServerStep::EnableIntegration(mvpd) => integrate(control, mvpd, true)?,
        ServerStep::Degrade(how) => degrade(control, how)?,
        ServerStep::EndDegradation(mvpd) => {
            control.lift_degradation(SERVICE_PROVIDER, mvpd)?;
        }
    }
    Ok(None)
}

fn integrate(control: Control<'_>, mvpd: &str, enabled: bool) -> Result<(), ControlError> {
    control.set_integration(SERVICE_PROVIDER, mvpd, &SetIntegration { enabled }).map(drop)
}

fn degrade(control: Control<'_>, how: &Degrade) -> Result<(), ControlError> {
    let bypass =
        Bypass { mode: how.mode, seconds: how.lasts.0.as_secs_f64(), details: how.details.clone() };
    control.degrade(SERVICE_PROVIDER, &how.mvpd, &bypass).map(drop)
}

fn each_profile(
    app: &App,
    port: u16,
    change: impl Fn(Control<'_>, &str) -> Result<(), ControlError>,
) -> Result<(), ControlError> {
    let control = app.control();
    for client in clients_at(app, port) {
        let scope = Scope { client: Some(client), device: None };
        let profiles: Vec<ProfileState> = control.profiles(&scope).profiles;
        for profile in profiles {
            change(control, &profile.profile.to_string())?;
        }
    }
    Ok(())
}

/// The ids that the application calling a port has used.
fn clients_at(app: &App, port: u16) -> BTreeSet<String> {
    app.journal
        .matching(|entry| entry.local.port() == port && entry.actor == Actor::Client)
        .iter()
        .filter_map(|entry| entry.facts.client_id.as_deref().map(str::to_owned))
        .filter(|client| app.control().clients().clients.iter().any(|c| c.client_id == *client))
        .collect()
}
