//! Any requests under any faults while the clock jumps: what must hold all the same.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use pass_mock::clock::{Clock, Mode};
use pass_mock::http::Request;
use pass_mock::journal::{Actor, Capacity, Entry, Outcome};
use pass_mock::router::{Endpoint, is_throttled};
use pass_mock::throttle::ThrottleSettings;
use pass_mock::{App, MockServer, pipeline};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::START;
use crate::junk::{request, token, with_credentials};

#[derive(Clone, Debug)]
enum Step {
    Ask(Box<Request>, bool),
    Fault(Value),
    /// Milliseconds.
    Jump(u64),
    Clear,
}

fn effect() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({"status": 503}),
        json!({"status": 401}),
        json!({"status": 429}),
        json!({"answer": {"status": 500, "body": {"a": 1}}}),
        json!({"error": {"code": "network_received_error"}}),
        json!({"error": {"code": "internal_server_error"}}),
        json!({"decision_error": {"code": "authorization_denied_by_mvpd"}}),
        json!({"slow_body": {"over": "3s", "pieces": 3}}),
        json!({"truncated": {}}),
        json!({"truncated": {"bytes": 3, "looks_complete": true}}),
        json!({"content_type": "text/html"}),
        json!({"unknown_value": {"field": "code"}}),
        json!({"media_token": "tampered"}),
        json!("stall"),
        json!("reset"),
        json!("close"),
        json!("malformed"),
    ])
}

prop_compose! {
    fn fault()(
        effect in effect(),
        endpoint in prop::option::of(prop::sample::select(Endpoint::ALL.to_vec())),
        delay in prop::option::weighted(0.3, 1..5_000_u64),
        skip in 0..2_u32,
        count in prop::option::of(1..4_u32),
        probability in prop::option::of(prop::sample::select(vec![0.2, 0.9])),
        lasts in prop::option::weighted(0.2, 1..60_u64),
    ) -> Value {
        let mut rule = json!({"effect": effect, "skip": skip});
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                rule[name] = value;
            }
        };
        set("delay", delay.map(|delay| format!("{delay}ms").into()));
        set("count", count.map(Value::from));
        set("probability", probability.map(Value::from));
        set("lasts", lasts.map(|lasts| format!("{lasts}s").into()));
        set("match", endpoint.map(|endpoint| json!({"endpoint": endpoint.name()})));
        rule
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => request().prop_map(|(request, credentials)| Step::Ask(Box::new(request), credentials)),
        3 => fault().prop_map(Step::Fault),
        3 => (0..8_000_u64).prop_map(Step::Jump),
        1 => Just(Step::Clear),
    ]
}

/// Everything that can run has run.
async fn settle() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

/// Lets it happen, and returns how many requests there were.
async fn happen(app: &Arc<App>, steps: Vec<Step>) -> usize {
    let token = token(app).await;
    let mut asked = Vec::new();
    for step in steps {
        match step {
            Step::Ask(mut request, credentials) => {
                if credentials {
                    with_credentials(&mut request, &token);
                }
                let app = Arc::clone(app);
                asked.push(tokio::spawn(async move { pipeline::handle(&app, *request).await }));
            }
            Step::Fault(rule) => {
                // A rule that only some calls can have may name others.
                let rule = serde_json::from_value(rule).unwrap();
                let _ = app.faults.add(rule, app.clock.now());
            }
            Step::Jump(millis) => app.clock.advance(Duration::from_millis(millis)),
            Step::Clear => drop(app.faults.clear()),
        }
        settle().await;
    }
    let requests = asked.len() + 2;
    for task in asked {
        // Who waits still gives up; nobody may have panicked.
        task.abort();
        assert!(task.await.err().is_none_or(|error| error.is_cancelled()));
    }
    settle().await;
    requests
}

/// Whether the service did not refuse it for coming too often.
fn was_admitted(entry: &Entry) -> bool {
    let refused =
        |outcome: &Outcome| matches!(outcome, Outcome::Answered { status, .. } if *status == 429);
    !entry.faults.is_empty() || !refused(&entry.outcome)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_weather(steps in prop::collection::vec(step(), 1..40), seed: u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let limits = ThrottleSettings::default();
        let app = MockServer::builder()
            .seed(seed)
            .clock(Clock::starting_at(START, Mode::Manual))
            .throttle(limits)
            .journal(Capacity::UNLIMITED)
            .into_app();
        let requests = runtime.block_on(happen(&app, steps));
        let entries = app.journal.entries();
        prop_assert_eq!(entries.len(), requests, "every request is written down, once");
        prop_assert!(entries.windows(2).all(|pair| pair[0].arrived < pair[1].arrived));
        prop_assert_eq!(app.held(), 0);
        let mut admitted: HashMap<IpAddr, u64> = HashMap::new();
        for entry in &entries {
            prop_assert!(entry.arrived <= entry.answered);
            if let Outcome::Answered { status, .. } = &entry.outcome {
                let asked_for = !entry.faults.is_empty();
                prop_assert!(asked_for || !status.is_server_error(), "{:?}", entry);
            } else {
                prop_assert!(!entry.faults.is_empty(), "nothing is dropped unasked: {:?}", entry);
            }
            if entry.actor != Actor::Preflight && is_throttled(&entry.path) && was_admitted(entry) {
                let count = admitted.entry(entry.device_address).or_default();
                *count += 1;
                let seconds = entry.arrived.at.since(START).as_secs();
                let most = u64::from(limits.burst) + u64::from(limits.rate) * (seconds + 1);
                prop_assert!(*count <= most, "{} of {most}", count);
            }
        }
    }
}
