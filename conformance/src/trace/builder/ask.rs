//! One request of a story.

use serde_json::{Value, json};

use super::millis;
use crate::trace::{RawAnswer, RawExchange};

/// One request of the story, with its answer; see [`TraceBuilder::ask`](super::TraceBuilder::ask).
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(super) raw: RawExchange<'static>,
    /// How long the answer takes, in milliseconds.
    pub(super) delay: i64,
}

impl Ask {
    /// For this MVPD of the path.
    pub(crate) fn mvpd(mut self, mvpd: &str) -> Self {
        self.raw.target = self.raw.target.replace("Cablevision", mvpd);
        self
    }

    /// To another method and target.
    pub(crate) fn target(mut self, method: &str, target: &str) -> Self {
        self.raw.method = method.into();
        self.raw.target = target.into();
        self
    }

    /// With a header in the place of the one of that name.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.raw.headers.push((name.to_owned().into(), value.to_owned().into()));
        self
    }

    /// Without a header.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.raw.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// With this token; none when it is empty.
    pub(crate) fn bearer(self, token: &str) -> Self {
        if token.is_empty() {
            return self.without("authorization");
        }
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With this body.
    pub(crate) fn body(mut self, body: &str) -> Self {
        self.raw.body = body.into();
        self
    }

    /// Asking for these resources.
    pub(crate) fn resources(self, resources: &[&str]) -> Self {
        self.body(&json!({"resources": resources}).to_string())
    }

    /// Answered with this.
    pub(crate) fn answer(self, status: u16, json: Value) -> Self {
        self.answer_text(status, "application/json;charset=UTF-8", &json.to_string())
    }

    /// Answered with an enhanced error.
    pub(crate) fn error(self, status: u16, code: &str, action: &str) -> Self {
        let error = json!({"status": status, "code": code, "action": action, "message": "No."});
        self.answer(status, error)
    }

    /// Answered with this status and nothing useful.
    pub(crate) fn status(self, status: u16) -> Self {
        self.answer(status, json!({}))
    }

    /// Answered with a body of any kind.
    pub(crate) fn answer_text(mut self, status: u16, media_type: &str, body: &str) -> Self {
        self.raw.answer = Some(RawAnswer {
            status,
            headers: vec![("content-type".into(), media_type.to_owned().into())],
            body: body.into(),
            complete: true,
        });
        self
    }

    /// The answer breaks off.
    pub(crate) fn truncated(mut self) -> Self {
        if let Some(answer) = &mut self.raw.answer {
            answer.complete = false;
        }
        self
    }

    /// Never answered.
    pub(crate) fn unanswered(mut self) -> Self {
        self.raw.answer = None;
        self
    }

    /// The answer is a fault that the scenario asked for.
    pub(crate) fn provoked(mut self) -> Self {
        self.raw.provoked = true;
        self
    }

    /// The answer takes so many seconds. The story's time does not move.
    pub(crate) fn taking(mut self, seconds: f64) -> Self {
        self.delay = millis(seconds);
        self
    }
}
