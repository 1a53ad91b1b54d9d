//! What kind of MVPD an MVPD is.

use foldhash::HashSet;

use crate::trace::{Call, Exchange, Json, Trace, View};

/// The MVPDs that some answer in the trace shows to be TempPass, and the one that the client was told
/// of: pseudo-providers that nobody signs
/// in to, so that rules about profiles of regular MVPDs leave them alone.
pub(crate) fn temporary<'v, 't>(view: &'v View<'t>) -> &'v HashSet<&'t str> {
    view.temporary_mvpds(read_temporary)
}

fn read_temporary(trace: &Trace) -> HashSet<&str> {
    let mut found = HashSet::from_iter(trace.context.temp_pass.as_deref());
    for exchange in &trace.exchanges {
        match exchange.call {
            Some(Call::Configuration) => found.extend(configured(exchange)),
            Some(Call::CreateSession | Call::ResumeSession) => {
                let told = exchange.session().filter(|told| told.reason_type == "temporary");
                found.extend(told.and_then(|told| told.mvpd.or(exchange.mvpd.as_deref())));
            }
            Some(Call::ProfileByMvpd | Call::ProfileByCode) => {
                let told = exchange.profiles().unwrap_or_default();
                found.extend(told.iter().filter(|p| p.kind == "temporary").map(|p| p.mvpd));
                found.extend(exchange.mvpd.as_deref().filter(|_| exceeded(exchange)));
            }
            Some(Call::Preauthorize | Call::Authorize) => {
                let is_temporary = decided_by(exchange, "temppass") || exceeded(exchange);
                found.extend(exchange.mvpd.as_deref().filter(|_| is_temporary));
            }
            _ => {}
        }
    }
    found
}

/// Whether a decision answer names this as its `source`, such as `mvpd` or `degradation`.
pub(crate) fn decided_by(exchange: &Exchange, source: &str) -> bool {
    let decisions = exchange.json().and_then(|json| json.get("decisions")?.items());
    decisions
        .into_iter()
        .flatten()
        .any(|decision| decision.get("source").is_some_and(|s| s.as_str() == Some(source)))
}

/// Whether an answer says something about temporary access, as none does to a regular MVPD.
fn exceeded(exchange: &Exchange) -> bool {
    exchange.errors().any(|error| error.code.contains("temporary_access"))
}

fn configured(exchange: &Exchange) -> impl Iterator<Item = &str> {
    let mvpds = exchange.json().and_then(|json| json.get("requestor")?.get("mvpds")?.items());
    let temporary =
        |mvpd: &Json<'_>| mvpd.get("isTempPass").is_some_and(|flag| flag.as_bool() == Some(true));
    mvpds.into_iter().flatten().filter(temporary).filter_map(|mvpd| mvpd.get("id")?.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::trace::builder::TraceBuilder;

    #[test]
    fn any_answer_can_tell() {
        let mvpds =
            json!([{"id": "Trial", "isTempPass": true}, {"id": "Dish", "isTempPass": false}]);
        let profile = json!({"profiles": {"Basic": {"type": "temporary"}}});
        let decisions = json!({"decisions": [
            {"resource": "news", "authorized": true, "source": "temppass"}
        ]});
        let trace = TraceBuilder::new()
            .ask(Call::Configuration, |ask| ask.answer(200, json!({"requestor": {"mvpds": mvpds}})))
            .session_direct("Direct", "temporary")
            .session_direct("Cablevision", "authenticated")
            .ask(Call::ProfileByMvpd, |ask| ask.mvpd("Basic").answer(200, profile))
            .ask(Call::Authorize, |ask| ask.mvpd("Promo").answer(200, decisions))
            .denied("Late", "news", "temporary_access_duration_limit_exceeded", "authentication")
            .permitted("Spectrum", "news")
            .context(|context| context.temp_pass = Some("Told".into()))
            .build();
        let view = View::new(&trace);
        let expected = ["Told", "Trial", "Direct", "Basic", "Promo", "Late"];
        assert_eq!(*temporary(&view), HashSet::from_iter(expected));
    }
}
