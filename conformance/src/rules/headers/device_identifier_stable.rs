//! HDR-2

use foldhash::HashSet;

use super::encoded;
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Device, Exchange, View};

pub(crate) static RULE: Rule = Rule {
    id: "HDR-2",
    name: "device-identifier-stable",
    phase: Phase::Headers,
    oct_2024: Some(Clause::must(
        "rest-api-v2/appendix/headers/rest-api-v2-appendix-headers-ap-device-identifier.md",
        "Directives",
    )),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 7. Parameters and Headers: Stable Device Identifier",
    )),
    requires: "An installation sends one and the same device identifier in every call and every run.",
    boundary: "The identifiers that one installation sends are all the same. They are compared \
              decoded; what cannot be decoded is HDR-1's business.",
    why: "The service keeps profiles by device identifier: when it changes, the viewer is signed out \
          without having done anything.",
    remedy: "Take the identifier from the hardware, or create it once and keep it in persistent \
             storage before the first call.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices() {
        check_device(device, findings);
    }
}

/// The first identifier of a device.
struct First<'t> {
    exchange: &'t Exchange,
    value: &'t str,
    identifier: Vec<u8>,
}

fn check_device(device: &Device<'_>, findings: &mut Findings) {
    let mut first: Option<First<'_>> = None;
    let mut seen = HashSet::default();
    let mut calls = 0_usize;
    let mut other: Option<(&Exchange, &str)> = None;
    for exchange in device.runs.iter().flat_map(|run| run.requests()) {
        let Some(value) = exchange.header("ap-device-identifier") else { continue };
        if first.as_ref().is_some_and(|first| first.value == value) {
            calls += 1;
            continue;
        }
        let Some(identifier) = encoded::device_identifier(value) else { continue };
        calls += 1;
        match &first {
            None => first = Some(First { exchange, value, identifier }),
            Some(first) if first.identifier == identifier => {}
            Some(_) => {
                other.get_or_insert((exchange, value));
                seen.insert(identifier);
            }
        }
    }
    if calls > 1 {
        findings.exercise();
    }
    if let Some((First { exchange: first, value, .. }, (exchange, changed))) = first.zip(other) {
        let what = format!("{calls} calls of one device carried {} identifiers", seen.len() + 1);
        findings.violate(
            Violation::new(what)
                .exchange(first, format!("run {}: {value}", first.run))
                .exchange(exchange, format!("run {}: {changed}", exchange.run)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Call, Trace};
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{self, Fail, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn with(trace: TraceBuilder, value: &str) -> TraceBuilder {
        trace.ask(Call::Profiles, |ask| ask.header("ap-device-identifier", value))
    }

    #[test]
    fn the_same_in_every_run_passes() {
        let trace = TraceBuilder::new().launch().no_profiles().launch().no_profiles();
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn another_one_after_a_relaunch_fails() {
        let trace = TraceBuilder::new().launch().no_profiles().launch();
        let trace = with(trace, "fingerprint b3RoZXI=").build();
        assert_eq!(verdict(&trace), Fail);
        let judged = testing::judged(&RULE, &trace, Edition::Oct2024);
        assert_eq!(judged.violations[0].evidence.len(), 2);
    }

    #[test]
    fn the_same_bytes_written_otherwise_are_the_same() {
        let trace = with(TraceBuilder::new().launch(), "fingerprint ZD8/");
        assert_eq!(verdict(&with(trace, "fingerprint ZD8_").build()), Pass);
    }

    #[test]
    fn an_unreadable_value_is_not_judged_here() {
        let trace = with(TraceBuilder::new().launch().no_profiles().no_profiles(), "nonsense");
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn two_devices_have_two_identifiers() {
        let trace = TraceBuilder::new().launch().no_profiles().no_profiles().device(1).launch();
        assert_eq!(verdict(&with(trace, "fingerprint b3RoZXI=").build()), Pass);
    }

    #[test]
    fn a_single_call_proves_nothing() {
        assert_eq!(verdict(&TraceBuilder::new().launch().no_profiles().build()), NotExercised);
    }
}
