//! What a rule must not say.

use http::{HeaderName, HeaderValue, Method};

use super::{Answer, Effect, FaultRule, SlowBody, When};

/// A rule that can have no effect, or none that can be meant: what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct InvalidRule {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: String,
    /// The way out.
    pub hint: &'static str,
}

/// The most pieces that a slow body comes in.
const MAX_PIECES: u32 = 10_000;

/// What framing needs and the server sets itself.
const FRAMING: [&str; 4] = ["content-length", "transfer-encoding", "connection", "upgrade"];

impl FaultRule {
    /// Whether the rule makes sense.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), InvalidRule> {
        self.check_numbers()?;
        match &self.matching.method {
            Some(method) if Method::from_bytes(method.as_bytes()).is_err() => {
                return wrong(
                    "match.method",
                    format!("{method:?} is no method"),
                    "give GET or POST",
                );
            }
            _ => {}
        }
        let Some(effect) = &self.effect else {
            let hint = "give an effect, such as {\"status\": 503}, or a delay, such as 5s";
            return match self.delay {
                Some(_) => Ok(()),
                None => wrong("effect", "is missing", hint),
            };
        };
        if self.when == Some(When::Before) && !effect.replaces() {
            let problem = "before the service did anything it has no answer that could be changed";
            return wrong("when", problem, "leave it out, or say after");
        }
        self.check_effect(effect)
    }

    fn check_numbers(&self) -> Result<(), InvalidRule> {
        if self.count == Some(0) {
            return wrong("count", "0 is no fault at all", "give 1 or more, or leave it out");
        }
        match self.probability {
            Some(p) if !(p > 0.0 && p <= 1.0) => {
                let problem = format!("{p} is no probability of a fault");
                wrong("probability", problem, "give more than 0 and at most 1")
            }
            _ => Ok(()),
        }
    }

    fn check_effect(&self, effect: &Effect) -> Result<(), InvalidRule> {
        match effect {
            Effect::Status(status) => check_status("effect.status", *status),
            Effect::Answer(answer) => check_answer(answer),
            Effect::ContentType(media_type) if HeaderValue::try_from(media_type).is_err() => {
                let problem = format!("no header can carry {media_type:?}");
                wrong("effect.content_type", problem, "give a media type, such as text/html")
            }
            Effect::SlowBody(SlowBody { pieces, .. }) if !(1..=MAX_PIECES).contains(pieces) => {
                let problem = format!("a body does not come in {pieces} pieces");
                wrong("effect.slow_body.pieces", problem, "give 1 to 10000")
            }
            Effect::UnknownValue(unknown) if unknown.field.is_empty() => {
                wrong("effect.unknown_value.field", "is empty", "name a field, such as actionName")
            }
            _ => self.check_endpoints(effect),
        }
    }

    fn check_endpoints(&self, effect: &Effect) -> Result<(), InvalidRule> {
        let (meant, known) = (&self.matching.endpoint, effect.endpoints());
        let has_it = |endpoint| known.is_none_or(|known| known.contains(endpoint));
        if meant.are_all() || meant.0.iter().any(has_it) {
            return Ok(());
        }
        let problem = "these calls answer with nothing that this effect changes";
        wrong(
            "match.endpoint",
            problem,
            "authorize and preauthorize have decisions, authorize tokens",
        )
    }
}

fn check_status(field: &'static str, status: u16) -> Result<(), InvalidRule> {
    if (200..=599).contains(&status) {
        return Ok(());
    }
    wrong(field, format!("{status} is no status of an answer"), "give 200 to 599")
}

fn check_answer(answer: &Answer) -> Result<(), InvalidRule> {
    check_status("effect.answer.status", answer.status)?;
    for (name, value) in &answer.headers {
        let hint = "header names are tokens, values printable text on one line";
        if HeaderName::try_from(name).is_err() || HeaderValue::try_from(value).is_err() {
            let problem = format!("no answer can carry {name:?}: {value:?}");
            return wrong("effect.answer.headers", problem, hint);
        }
        if FRAMING.contains(&&*name.to_ascii_lowercase()) {
            let problem = format!("{name} is set by the server itself");
            let hint = "truncated and close make an answer end too early";
            return wrong("effect.answer.headers", problem, hint);
        }
    }
    Ok(())
}

fn wrong(
    field: &'static str,
    problem: impl Into<String>,
    hint: &'static str,
) -> Result<(), InvalidRule> {
    Err(InvalidRule { field, problem: problem.into(), hint })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn complaint(rule: Value) -> String {
        let rule: FaultRule = serde_json::from_value(rule).unwrap();
        rule.check().unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let cases = [
            (json!({}), "effect: is missing"),
            (json!({"match": {"endpoint": "authorize"}}), "effect: is missing"),
            (json!({"effect": {"status": 99}}), "effect.status: 99"),
            (json!({"effect": {"status": 100}}), "effect.status: 100"),
            (json!({"effect": {"answer": {"status": 600}}}), "effect.answer.status: 600"),
            (
                json!({"effect": {"answer": {"status": 200, "headers": {"a b": "c"}}}}),
                "effect.answer.headers: no answer",
            ),
            (
                json!({"effect": {"answer": {"status": 200, "headers": {"Content-Length": "1"}}}}),
                "effect.answer.headers: Content-Length",
            ),
            (json!({"effect": "stall", "count": 0}), "count: 0"),
            (json!({"effect": "stall", "probability": 0.0}), "probability: 0"),
            (json!({"effect": "stall", "probability": 1.5}), "probability: 1.5"),
            (json!({"effect": "stall", "match": {"method": "G T"}}), "match.method"),
            (json!({"effect": "malformed", "when": "before"}), "when: before"),
            (json!({"effect": {"content_type": "a\nb"}}), "effect.content_type"),
            (json!({"effect": {"slow_body": {"over": "1s", "pieces": 0}}}), "effect.slow_body"),
            (json!({"effect": {"unknown_value": {"field": ""}}}), "effect.unknown_value.field"),
            (
                json!({"match": {"endpoint": "logout"},
                       "effect": {"decision_error": {"code": "network_received_error"}}}),
                "match.endpoint: these calls",
            ),
            (
                json!({"match": {"endpoint": ["preauthorize"]}, "effect": {"media_token": "expired"}}),
                "match.endpoint: these calls",
            ),
        ];
        for (rule, expected) in cases {
            let complaint = complaint(rule.clone());
            assert!(complaint.starts_with(expected), "{rule}: {complaint}");
        }
    }

    #[test]
    fn a_delay_alone_is_a_fault() {
        let rule: FaultRule = serde_json::from_value(json!({"delay": "5s"})).unwrap();
        assert_eq!((rule.check(), rule.when()), (Ok(()), When::Before));
    }

    #[test]
    fn names_that_nobody_knows_are_refused_with_the_nearest() {
        let read = |rule| serde_json::from_value::<FaultRule>(rule).unwrap_err().to_string();
        let wrong = read(json!({"match": {"endpoint": "autorize"}, "effect": "stall"}));
        assert!(wrong.contains("did you mean `authorize`?"), "{wrong}");
        let wrong = read(json!({"effect": {"error": {"code": "network_recieved_error"}}}));
        assert!(wrong.contains("did you mean `network_received_error`?"), "{wrong}");
        let wrong = read(json!({"match": {"endpoints": []}}));
        assert!(wrong.contains("unknown field `endpoints`"), "{wrong}");
    }
}
