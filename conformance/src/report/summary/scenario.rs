//! What a scenario came to.

use chrono::{DateTime, SecondsFormat};

use super::rule::judgements;
use crate::judge::Judgement;
use crate::outcome::{Ending, RunOutcome, ScenarioOutcome};
use crate::protocol::{Action, Flow};
use crate::redact::Redactor;
use crate::report::model::{Scenario, ScenarioEnding, ScenarioVerdict, Skipped};
use crate::report::violations::began;
use crate::report::{captures, describe, timeline};
use crate::trace::{Happening, Trace};

/// How many lines of a client's standard error a report keeps.
const LINES_OF_LOG: usize = 40;

pub(super) fn scenario_report(
    run: &RunOutcome,
    scenario: &ScenarioOutcome,
    redactor: &Redactor,
) -> Option<Scenario> {
    let outcome = ScenarioEnding::of(scenario.ending)?;
    let began = began(&scenario.trace);
    let verdicts = judgements(scenario).filter_map(|judgement| {
        Some(ScenarioVerdict {
            rule: judgement.rule.id.into(),
            edition: judgement.edition,
            level: judgement.rule.clause(judgement.edition)?.level,
            verdict: judgement.verdict.strictly(run.strict),
        })
    });
    let (timeline, timeline_left_out) = timeline::timeline(&scenario.trace, redactor);
    let log = if outcome == ScenarioEnding::Completed { "" } else { &scenario.log };
    Some(Scenario {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        flow: scenario.trace.context.flow.map(|flow| flow_name(flow).into()),
        outcome,
        detail: detail(scenario, redactor),
        began: instant(began.at),
        lasted_ms: (ended(&scenario.trace) - began.at).max(0),
        took_ms: scenario.took_ms,
        exchanges: scenario.trace.exchanges.len(),
        unsupported: unsupported(&scenario.trace),
        verdicts: verdicts.collect(),
        capture: scenario.capture.as_ref().map(|contents| captures::report(contents, redactor)),
        log: last_lines(&redactor.text(log)),
        timeline,
        timeline_left_out,
    })
}

/// More about the ending, and how much of what was played is not listed; of a capture its notes say so.
fn detail(scenario: &ScenarioOutcome, redactor: &Redactor) -> Option<String> {
    let played = scenario.judgements.iter().filter(|_| scenario.capture.is_none());
    let not_listed = played.filter_map(Judgement::not_listed);
    let said: Vec<_> = scenario.detail.iter().cloned().chain(not_listed).collect();
    (!said.is_empty()).then(|| redactor.text(&said.join(" ")))
}

const fn flow_name(flow: Flow) -> &'static str {
    match flow {
        Flow::Browser => "browser",
        Flow::SecondScreen => "second_screen",
    }
}

pub(super) fn ended(trace: &Trace) -> i64 {
    let exchanges = trace.exchanges.iter().map(|e| e.answered.unwrap_or(e.arrived).at);
    let events = trace.events.iter().map(|event| event.at.at);
    exchanges.chain(events).chain([trace.context.ended.at]).max().unwrap_or(0)
}

fn last_lines(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(LINES_OF_LOG)..].join("\n")
}

pub(super) fn skipped(scenario: &ScenarioOutcome, redactor: &Redactor) -> Option<Skipped> {
    (scenario.ending == Ending::Skipped).then(|| Skipped {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        reason: redactor.text(scenario.detail.as_deref().unwrap_or("left out")),
    })
}

/// The actions that the client said it cannot do, in order, each once.
fn unsupported(trace: &Trace) -> Vec<String> {
    let mut found = Vec::new();
    for event in &trace.events {
        let Happening::Unsupported { id } = event.what else { continue };
        let asked = trace.events.iter().rev().filter(|e| e.at < event.at);
        let action =
            asked.filter(|e| (e.device, e.run) == (event.device, event.run)).find_map(|e| match &e
                .what
            {
                Happening::Did { id: asked, action } if *asked == id => Some(name(action)),
                _ => None,
            });
        if let Some(action) = action.filter(|action| !found.contains(action)) {
            found.push(action);
        }
    }
    found
}

fn name(action: &Action) -> String {
    describe::action_name(action).into()
}

/// An instant as RFC 3339; none for a clock that was never read.
pub(super) fn instant(at: i64) -> Option<String> {
    let at = DateTime::from_timestamp_millis(at).filter(|_| at > 0)?;
    Some(at.to_rfc3339_opts(SecondsFormat::Millis, true))
}
