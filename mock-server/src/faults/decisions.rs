//! Denying in single decisions.

use serde_json::Value;

use super::DecisionError;
use crate::api::error::EnhancedError;
use crate::app::App;
use crate::domain::{Resource, Verdict};

/// Denies in the decisions about the named resources; false when there is none.
pub(super) fn deny(app: &App, body: &mut Value, error: &DecisionError) -> bool {
    let Some(decisions) = body.get_mut("decisions").and_then(Value::as_array_mut) else {
        return false;
    };
    let trace = app.ids.uuid();
    let mut found = false;
    for decision in decisions.iter_mut().filter_map(Value::as_object_mut) {
        if !concerns(error, decision.get("resource").and_then(Value::as_str)) {
            continue;
        }
        found = true;
        let denial = EnhancedError::new(error.code, trace).with_details(error.details.clone());
        decision.remove("token");
        // What an MVPD decided holds for a while; a failure to ask it does not.
        if !(Verdict::Deny { code: error.code, details: None }).is_decision() {
            decision.remove("notBefore");
            decision.remove("notAfter");
        }
        decision.insert("authorized".to_owned(), false.into());
        // Strings and a number, which cannot fail.
        let denial = serde_json::to_value(denial).unwrap_or_default();
        decision.insert("error".to_owned(), denial);
    }
    found
}

fn concerns(error: &DecisionError, resource: Option<&str>) -> bool {
    let named =
        |text: &str| Resource::new(text).names().any(|n| error.resources.iter().any(|r| r == n));
    error.resources.is_empty() || resource.is_some_and(named)
}
