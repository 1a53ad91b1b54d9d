//! PRE-1 and AZN-5: no more resources in one call than the integration allows.

use crate::rules::{Findings, Violation};
use crate::trace::{Call, View};

/// A call asks for at most `limit` resources. What the service answered all the same was within the
/// limit of that integration, which can be raised.
pub(super) fn check(view: &View<'_>, call: Call, limit: usize, findings: &mut Findings) {
    for exchange in view.exchanges().filter(|exchange| exchange.is(&[call])) {
        let asked = exchange.resources().len();
        if asked == 0 {
            continue;
        }
        findings.exercise();
        let refused = exchange.error().is_some_and(|error| error.code == "too_many_resources");
        // A capture does not tell what the integration allows; a refusal does.
        let judged = view.context().has_events || refused;
        if asked > limit && judged && !exchange.succeeded() {
            let what = format!("asked for {asked} resources in one call; {limit} are allowed");
            findings.violate(Violation::new(what).exchange(exchange, format!("{asked} resources")));
        }
    }
}
