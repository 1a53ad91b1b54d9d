//! What may go wrong at the service.

use pass_mock::config::Lifetime;
use pass_mock::control::ops::decisions::Rule as DecisionRule;
use pass_mock::faults::FaultRule;
use rand::{Rng, RngExt as _};
use serde_json::{Value, json};

use super::model::pick;
use crate::scenario::{Server, ServerStep};

/// The calls that a fault may be about.
const CALLS: [&str; 8] = [
    "register",
    "token",
    "configuration",
    "create_session",
    "profiles",
    "profile_by_code",
    "preauthorize",
    "authorize",
];

/// What may become of an answer.
fn effects() -> [Value; 9] {
    [
        json!({"status": 500}),
        json!({"status": 502}),
        json!({"status": 503}),
        json!({"status": 401}),
        json!("reset"),
        json!("malformed"),
        json!({"truncated": {}}),
        json!("stall"),
        json!({"unknown_value": {"field": "source"}}),
    ]
}

/// What an MVPD may deny with.
const DENIES: [&str; 4] = [
    "authorization_denied_by_mvpd",
    "authorization_denied_by_parental_controls",
    "network_received_error",
    "authorization_denied_by_hba_policies",
];

/// What the service is like when the story begins: most of the time as always.
pub(super) fn server(rng: &mut impl Rng) -> Server {
    let mut server = Server::default();
    let mut seldom = || rng.random_range(0..8) == 0;
    server.throttle = seldom();
    if seldom() {
        server.lifetimes.access_token = Lifetime::seconds(90);
    }
    if seldom() {
        server.lifetimes.profile = Lifetime::minutes(3);
    }
    if seldom() {
        server.lifetimes.media_token = Lifetime::seconds(60);
    }
    if seldom() {
        server.login_delay = Lifetime::seconds(45);
    }
    server
}

/// Something that happens at the service. What a client cannot recover from is not among it, nor
/// what has no end.
pub(super) fn mishap(rng: &mut impl Rng, resources: &[&str], signing_in: bool) -> ServerStep {
    match rng.random_range(0..14) {
        0..=5 => fault(rng),
        6 | 7 => decision(rng, resources),
        8 => ServerStep::ExpireAccessToken,
        9 => ServerStep::RevokeRegistration,
        10 if signing_in => ServerStep::ExpireCode,
        10 => ServerStep::ExpireProfile,
        11 => ServerStep::InvalidateProfile,
        12 => ServerStep::RevokeProfile,
        _ => ServerStep::ExpireDecisions,
    }
}

fn fault(rng: &mut impl Rng) -> ServerStep {
    let effects = effects();
    let rule = json!({
        "match": {"endpoint": pick(rng, &CALLS)},
        "effect": pick(rng, &effects),
        "count": rng.random_range(1..=3),
    });
    made(rule, |rule: FaultRule| ServerStep::Fault(Box::new(rule)))
}

fn decision(rng: &mut impl Rng, resources: &[&str]) -> ServerStep {
    let mut rule = json!({"decision": "deny", "code": pick(rng, &DENIES)});
    if rng.random() {
        rule["resource"] = json!(pick(rng, resources));
    }
    if rng.random() {
        rule["details"] = json!("Your package does not include this channel.");
    }
    if rng.random() {
        rule["count"] = json!(rng.random_range(1..=2));
    }
    made(rule, |rule: DecisionRule| ServerStep::Decide(Box::new(rule)))
}

/// What was put together above is well-formed, which a test sees to.
fn made<T: serde::de::DeserializeOwned>(
    value: Value,
    step: impl FnOnce(T) -> ServerStep,
) -> ServerStep {
    serde_json::from_value(value).map_or(ServerStep::EndFaults, step)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha12Rng;

    use super::*;

    #[test]
    fn whatever_is_put_together_is_well_formed() {
        let mut rng = ChaCha12Rng::seed_from_u64(1);
        for _ in 0..2000 {
            assert_ne!(mishap(&mut rng, &["news"], false), ServerStep::EndFaults);
        }
    }
}
