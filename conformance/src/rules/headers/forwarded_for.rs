//! HDR-7

use std::net::IpAddr;

use super::alike::Alike;
use super::servers;
use crate::rules::documents::THROTTLING;
use crate::rules::{Check, Clause, Findings, Phase, Rule};
use crate::trace::{Exchange, View};

pub(crate) static RULE: Rule = Rule {
    id: "HDR-7",
    name: "forwarded-for",
    phase: Phase::Headers,
    oct_2024: Some(Clause::must(THROTTLING, "Required Updates")),
    apr_2025: Some(Clause::must(THROTTLING, "Required Updates")),
    requires: "A server that calls on behalf of devices tells the device's address in X-Forwarded-For, \
               on every call.",
    boundary: "Every call of a client that declares `server_to_server`, and was told of a device to \
              act for, has that device's address in `X-Forwarded-For`; in a capture, any address.",
    why: "Throttling goes by that address: without it all viewers of the server share one device's \
          allowance of one call a second.",
    remedy: "Pass the address that the device called from on to every call made for it.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    if !servers::declared(view.context(), findings) {
        return;
    }
    let device: Option<IpAddr> = view.context().device_ip.as_deref().and_then(|ip| ip.parse().ok());
    let mut alike = Alike::default();
    for exchange in view.exchanges() {
        let Some(call) = exchange.call else { continue };
        findings.exercise();
        let told = addresses(exchange);
        let problem = match device {
            Some(device) if told.contains(&device) => continue,
            None if !told.is_empty() => continue,
            _ if told.is_empty() => "no address in X-Forwarded-For".to_owned(),
            _ => format!("an X-Forwarded-For without the device's address ({told:?})"),
        };
        alike.add(format!("{} came with {problem}", call.signature()), None, exchange, problem);
    }
    alike.report(findings);
}

/// The addresses in all `X-Forwarded-For` headers, ports aside.
fn addresses(exchange: &Exchange) -> Vec<IpAddr> {
    let values = exchange.headers.iter().filter(|(name, _)| name == "x-forwarded-for");
    values.flat_map(|(_, value)| value.split(',')).filter_map(|part| address(part.trim())).collect()
}

fn address(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let without_port = text.rsplit_once(':').map(|(address, _)| address);
    [Some(text), bracketed, without_port].into_iter().flatten().find_map(|text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Call, Trace};
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn server() -> TraceBuilder {
        TraceBuilder::new().context(|context| {
            context.capabilities = Some(["server_to_server".into()].into());
            context.device_ip = Some("203.0.113.7".into());
        })
    }

    fn sent(value: &str) -> Trace {
        server().ask(Call::Token, |ask| ask.header("X-Forwarded-For", value)).build()
    }

    #[test]
    fn the_devices_address_passes() {
        for value in ["203.0.113.7", "203.0.113.7, 10.0.0.1", "203.0.113.7:53124"] {
            assert_eq!(verdict(&sent(value)), Pass, "{value}");
        }
    }

    #[test]
    fn no_address_or_another_fails() {
        for value in ["", "unknown", "198.51.100.1", "203.0.113.70"] {
            assert_eq!(verdict(&sent(value)), Fail, "{value}");
        }
        assert_eq!(verdict(&server().no_profiles().build()), Fail);
    }

    #[test]
    fn any_address_will_do_where_nobody_told_which() {
        let untold = |value: &str| {
            let server = TraceBuilder::capture().context(|context| {
                context.capabilities = Some(["server_to_server".into()].into());
            });
            verdict(&server.ask(Call::Token, |ask| ask.header("X-Forwarded-For", value)).build())
        };
        assert_eq!(untold("[2001:db8::1]:443"), Pass);
        assert_eq!(untold("2001:db8::1"), Pass);
        assert_eq!(untold("somewhere"), Fail);
    }

    #[test]
    fn devices_that_call_themselves_are_not_judged() {
        assert_eq!(verdict(&TraceBuilder::new().no_profiles().build()), NotApplicable);
        let for_nobody = server().context(|context| context.device_ip = None);
        assert_eq!(verdict(&for_nobody.no_profiles().build()), NotApplicable);
        assert_eq!(verdict(&server().build()), NotExercised);
    }
}
