//! One scenario: stage, story, trace, verdicts.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::audience::{House, Scene};
use super::director::{Director, Stop};
use super::jitter::Jitter;
use super::own_device;
use crate::driver::{Driver, Log};
use crate::judge::{judge_all, judge_crash};
use crate::outcome::{Ending, ScenarioOutcome};
use crate::scenario::{PickedIn, Scenario, Step};
use crate::stage::{Pace, Stage};
use crate::trace::{Context, Moment, Trace};

/// A story in virtual time that takes longer than this in real time never comes to its end.
const WATCHDOG: Duration = Duration::from_secs(300);

/// Plays one scenario with a client and judges what came of it. Must be called within a
/// `current_thread` runtime when time is virtual.
pub async fn play(
    scenario: &Scenario,
    driver: &dyn Driver,
    pace: Pace,
    seed: u64,
) -> ScenarioOutcome {
    play_in(&House::default(), scenario, driver, pace, seed).await
}

/// The same in a house of one's own.
pub async fn play_in(
    house: &House,
    scenario: &Scenario,
    driver: &dyn Driver,
    pace: Pace,
    seed: u64,
) -> ScenarioOutcome {
    let began = Instant::now();
    let log = Log::default();
    let (stop, trace) = match Stage::set_behind(&house.doors, scenario, pace, seed).await {
        Ok(stage) => tell(stage, house, scenario, driver, &log).await,
        Err(error) => (Some(Stop::Harness(error.to_string())), Trace::default()),
    };
    let (ending, detail, judged) = ending(stop, &trace);
    let judgements = match judged {
        Judged::ByAll => judge_all(&trace),
        Judged::ForCrash => judge_crash(&trace),
        Judged::Not => Vec::new(),
    };
    ScenarioOutcome {
        name: scenario.name.clone(),
        title: scenario.file.title.clone(),
        ending,
        detail,
        trace,
        judgements,
        capture: None,
        log: log.read(),
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    }
}

async fn tell(
    stage: Stage,
    house: &House,
    scenario: &Scenario,
    driver: &dyn Driver,
    log: &Log,
) -> (Option<Stop>, Trace) {
    let pace = stage.pace();
    let jitter = (pace != Pace::Virtual).then(Jitter::measure);
    let mut director = Director::new(stage, scenario, driver, log.clone());
    director.audience = &*house.audience;
    house.audience.begins(Scene {
        scenario: scenario.clone(),
        context: context(&director, scenario),
        origins: director.stage.origins(),
        journal: Arc::clone(director.stage.live_journal()),
        clock: director.stage.clock().clone(),
    });
    let stop = match pace {
        Pace::Virtual => match tokio::time::timeout(WATCHDOG, director.tell()).await {
            Ok(told) => told.err(),
            Err(_) => Some(Stop::Harness("time stood still".to_owned())),
        },
        Pace::Real(_) => director.tell().await.err(),
    };
    let mut trace = Trace { context: context(&director, scenario), ..Trace::default() };
    trace.context.jitter_ms = jitter.map_or(0, |jitter| jitter.worst_ms());
    trace.events = std::mem::take(&mut director.events);
    let entries = director.stage.journal();
    trace.add_journal(entries.iter().map(AsRef::as_ref), &director.stage.origins());
    if !house.doors.is_empty() {
        own_device::tell_of_browsers(&mut trace);
    }
    if !house.audience.tells_events() {
        own_device::without_events(&mut trace.context);
    }
    trace.context.ended = Moment::from(director.stage.clock().stamp());
    (stop, trace)
}

fn context(director: &Director<'_>, scenario: &Scenario) -> Context {
    let file = &scenario.file;
    let stage = &director.stage;
    let capabilities: BTreeSet<String> = director.client.capabilities.iter().cloned().collect();
    Context {
        has_events: true,
        from_launch: true,
        capabilities: Some(capabilities),
        flow: Some(scenario.flow),
        role: file.role,
        picks_mvpd: Some(file.picked_in == PickedIn::App),
        redirect_url: Some(stage.redirect_url().to_owned()),
        base_url: Some(stage.base_url(0).to_owned()),
        further_base_urls: stage.base_urls().skip(1).map(str::to_owned).collect(),
        named_mvpds: named_mvpds(scenario),
        has_subject: file.single_sign_on.has_subject(),
        temp_pass: file.temp_pass.as_ref().map(|trial| trial.mvpd.clone()),
        about_throttling: file.server.throttle,
        device_ip: stage.device_ip(scenario).map(str::to_owned),
        media_token_key: Some(stage.media_token_key()),
        resource_limits: stage.resource_limits(),
        speed: stage.pace().speed(),
        exact_time: stage.pace() == Pace::Virtual,
        documented_lifetimes: file.server.lifetimes.code
            == pass_mock::config::Lifetimes::default().code,
        ..Context::default()
    }
}

/// The MVPDs that the app is told of by the scenario. One that is picked on the second screen is
/// none of them.
fn named_mvpds(scenario: &Scenario) -> BTreeSet<String> {
    let mut named: BTreeSet<String> =
        scenario.picked_mvpd().map(str::to_owned).into_iter().collect();
    named.extend(scenario.file.temp_pass.iter().map(|trial| trial.mvpd.clone()));
    for step in &scenario.file.steps {
        if let Step::SignIn(how) | Step::SwitchProvider(how) = step
            && scenario.file.picked_in == PickedIn::App
        {
            named.extend(how.mvpd.clone());
        }
    }
    named
}

/// What the rules may say about a story.
enum Judged {
    /// Everything: it was told to its end.
    ByAll,
    /// Only whether it was an odd answer that the client crashed at.
    ForCrash,
    /// Nothing.
    Not,
}

/// How it ended, more about that, and whether the rules may look at what happened.
///
/// A client that did not even answer when it was asked to quit is no matter for rules; one that
/// crashed only for the rule that it must survive odd answers. One that left something unfinished, but
/// was there to the end, is: its silence may be what a rule forbids. None of these results can be
/// green.
fn ending(stop: Option<Stop>, trace: &Trace) -> (Ending, Option<String>, Judged) {
    let called = !trace.exchanges.is_empty();
    match stop {
        None if called => (Ending::Completed, None, Judged::ByAll),
        None => {
            let detail = "not one of its calls arrived at the service".to_owned();
            (Ending::ClientNeverCalled, Some(detail), Judged::Not)
        }
        Some(Stop::Crashed(end)) => (Ending::ClientCrashed, Some(end.how), Judged::ForCrash),
        Some(Stop::Unfinished { what, alive: true }) => {
            let judged = if called { Judged::ByAll } else { Judged::Not };
            (Ending::ClientTimeout, Some(what), judged)
        }
        Some(Stop::Unfinished { what, alive: false }) => {
            let detail = format!("{what}, and it did not answer when it was asked to quit");
            (Ending::ClientTimeout, Some(detail), Judged::Not)
        }
        Some(Stop::Harness(what)) => (Ending::HarnessError, Some(what), Judged::Not),
    }
}
