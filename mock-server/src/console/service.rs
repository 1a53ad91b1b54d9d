//! The service as a whole: its clock, whom it asks, its fixtures and its state.

use askama::Template;
use http::Method;
use serde_json::{Value, json};

use super::act::{Reading, number, path, text};
use super::listing::{List, Pager};
use super::page::{Page, nothing_below, render};
use super::visit::Visit;
use super::words;
use crate::control::Order;
use crate::control::ops::clock::ClockState;
use crate::control::ops::degradation::DegradationState;
use crate::control::ops::integrations::IntegrationState;
use crate::control::ops::temp_pass::TrialState;
use crate::control::ops::whole::Health;
use crate::domain::degradation::Mode;
use crate::http::Form;

pub(super) const PAGE: Page =
    Page { slug: "service", title: "Service", live: true, show, below: nothing_below };

/// The forms of the page.
pub(super) const FORMS: &[(&str, Reading)] = &[
    ("clock.pause", |_| Ok(set_clock(json!({"mode": "manual"})))),
    ("clock.real", |_| Ok(set_clock(json!({"mode": "real"})))),
    ("clock.speed", |form| Ok(set_clock(json!({"speed": number(form, "speed")?})))),
    ("clock.jump", |form| {
        let seconds = json!({"seconds": number(form, "seconds")?});
        Ok(Order::post("/clock/advance".to_owned()).with(seconds))
    }),
    ("degradation.set", degrade),
    ("degradation.lift", |form| Ok(Order::delete(integration_path(form, "degradation")?))),
    ("integration.enable", |form| switch(form, true)),
    ("integration.disable", |form| switch(form, false)),
    ("temp_pass.reset", |form| {
        let which = match form.get("trial") {
            Some(_) => json!({"trial": number(form, "trial")? as u64}),
            None => json!({}),
        };
        Ok(Order::post("/temp-pass/reset".to_owned()).with(which))
    }),
    ("service.reset", |_| Ok(Order::post("/reset".to_owned()).with(json!({})))),
    ("service.reload", |_| Ok(Order::post("/fixtures/reload".to_owned()))),
    ("service.restore", restore),
];

/// The list of integrations.
const INTEGRATIONS: List = List::new("mvpd", "page");
/// The list of trials.
const TRIALS: List = List::new("trial", "trials");

/// How far the clock jumps by one click, in words and seconds.
const JUMPS: &[(&str, u32)] = &[
    ("10 s", 10),
    ("1 min", 60),
    ("5 min", 300),
    ("30 min", 1800),
    ("1 h", 3600),
    ("6 h", 21_600),
    ("1 day", 86_400),
    ("30 days", 2_592_000),
];
const SPEEDS: &[u32] = &[10, 60, 600];

#[derive(Template)]
#[template(path = "console_service.html")]
struct Panel<'a> {
    form_token: &'a str,
    back: String,
    now: i64,
    clock: ClockState,
    jumps: &'static [(&'static str, u32)],
    speeds: &'static [u32],
    degradation: Vec<DegradationState>,
    /// What can be bypassed: service provider and MVPD.
    regular: Vec<(String, String)>,
    modes: [Mode; 3],
    pager: Pager,
    integrations: Vec<IntegrationState>,
    trials: Pager,
    trial_rows: Vec<TrialState>,
    health: Health,
}

fn show(visit: &Visit<'_>) -> String {
    let control = visit.control();
    let fixtures = visit.app.fixtures.load();
    let all = control.integrations().integrations;
    let is_regular =
        |it: &&IntegrationState| fixtures.mvpd(&it.mvpd).is_some_and(|mvpd| !mvpd.is_temp_pass());
    let regular = all.iter().filter(is_regular);
    let regular = regular.map(|it| (it.service_provider.clone(), it.mvpd.clone())).collect();
    let (integrations, pager) = INTEGRATIONS.part(visit, "integrations", all, |it, search| {
        format!("{}/{}", it.service_provider, it.mvpd).to_lowercase().contains(search)
    });
    let trials = control.trials().trials;
    let (trial_rows, trials) = TRIALS.part(visit, "trials", trials, |it, search| {
        let devices = it.devices.iter().any(|device| device.to_lowercase().contains(search));
        devices || it.mvpd.to_lowercase().contains(search)
    });
    render(&Panel {
        form_token: visit.form_token(),
        back: visit.address(&[]),
        now: visit.now(),
        clock: control.clock(),
        jumps: JUMPS,
        speeds: SPEEDS,
        degradation: control.degradation().degradation,
        regular,
        modes: [Mode::AuthnAll, Mode::AuthzAll, Mode::AuthzNone],
        pager,
        integrations,
        trials,
        trial_rows,
        health: control.health(),
    })
}

/// What a way of bypassing does.
const fn mode_words(mode: Mode) -> &'static str {
    match mode {
        Mode::AuthnAll => "everybody counts as signed in",
        Mode::AuthzAll => "everybody may watch everything",
        Mode::AuthzNone => "nobody may watch anything",
    }
}

fn set_clock(to: Value) -> Order {
    Order::put("/clock".to_owned(), to)
}

/// `service provider/MVPD`, or both in fields of their own.
fn integration_path(form: &Form, area: &str) -> Result<String, String> {
    let provider = text(form, "service_provider")?;
    Ok(path(&[area, provider, text(form, "mvpd")?]))
}

fn switch(form: &Form, enabled: bool) -> Result<Order, String> {
    Ok(Order::put(integration_path(form, "integrations")?, json!({"enabled": enabled})))
}

fn degrade(form: &Form) -> Result<Order, String> {
    let integration = Form::parse(text(form, "integration")?.as_bytes());
    let target = integration_path(&integration, "degradation")?;
    let mut how = json!({
        "mode": text(form, "mode")?,
        "seconds": number(form, "minutes")? * 60.0,
    });
    if let Ok(details) = text(form, "details") {
        how["details"] = details.into();
    }
    Ok(Order::put(target, how))
}

fn restore(form: &Form) -> Result<Order, String> {
    let snapshot = text(form, "snapshot").map_err(|_| "Choose a file.".to_owned())?;
    let body = serde_json::from_str(snapshot)
        .map_err(|error| format!("This file is no snapshot: {error}."))?;
    Ok(Order { method: Method::PUT, target: "/restore".to_owned(), body })
}
