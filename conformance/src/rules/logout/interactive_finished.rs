//! LGO-2

use url::Url;

use super::addresses;
use crate::protocol::{ClientEvent, Flow};
use crate::rules::documents::{APR_CHECKLIST, OCT_COOKBOOK};
use crate::rules::patience::{self, PATIENCE};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, Happening, Run, Trace, View, Visits};
use crate::verdict::{Edition, Level};

pub(crate) static RULE: Rule = Rule {
    id: "LGO-2",
    name: "interactive-finished",
    phase: Phase::Logout,
    oct_2024: Some(Clause::must(OCT_COOKBOOK, "Step 7: Logout")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 6. Logout Phase: Logout Support",
    )),
    requires: "When logout answers interactive with a url, the url is opened in a user agent.",
    boundary: "The `url` of an interactive logout answer is opened in a user agent. In 2024-10 it \
              may be shown for a second screen instead, and a client without a browser that does \
              neither only falls short of what it should do; 2025-04 lets a client without a \
              browser stop there. Where viewers sign in on another device, the client has no \
              browser, whatever else it can do.",
    why: "The MVPD keeps its own login in the browser: unless its logout page is visited, the next \
          sign-in on that device succeeds without a password.",
    remedy: "Open the url of the logout answer in the same browser or web view that signed in, or show \
             it where the device has none.",
    needs_events: true,
    capability: None,
    check: Check::ByEdition(check),
};

fn check(view: &View<'_>, edition: Edition, findings: &mut Findings) {
    let has_browser =
        view.context().can("browser") && view.context().flow != Some(Flow::SecondScreen);
    if edition == Edition::Apr2025 && !has_browser {
        findings.not_applicable = Some("the client has no browser to finish a logout in".into());
        return;
    }
    let visited = view.visits(visited);
    let base = addresses::base(view.context());
    for run in view.runs().filter(|run| run.asks(&[Call::Logout])) {
        let opened = opened(base.as_ref(), run, edition);
        for exchange in run.steps.iter().filter_map(|step| step.answered()) {
            let told = exchange.logouts();
            let interactive = told.iter().filter(|logout| logout.action_type == "interactive");
            for url in interactive.filter_map(|logout| logout.url) {
                let page = addresses::page(base.as_ref(), url);
                let last = |pages: &Visits| pages.get(page.as_ref()?).copied();
                let seen = last(&opened).max(last(visited));
                if seen.is_some_and(|seen| seen > exchange.arrived) {
                    findings.exercise();
                } else if let Some(violation) = unfinished(view, run, exchange, url) {
                    let level = (!has_browser).then_some(Level::Should);
                    findings.violate(Violation { level, ..violation });
                }
            }
        }
    }
}

/// What a user agent asked for.
fn visited(trace: &Trace) -> Visits {
    let visits = trace.user_agent.iter();
    visits.map(|visit| (addresses::requested(visit), visit.arrived)).collect()
}

/// What the client said it opens; in 2024-10 also what it showed to be opened elsewhere.
fn opened(base: Option<&Url>, run: &Run<'_>, edition: Edition) -> Visits {
    let urls = run.events().filter_map(|event| match &event.what {
        Happening::Showed(ClientEvent::OpenUrl { url }) => Some((url, event.at)),
        Happening::Showed(ClientEvent::UrlShown { url }) if edition == Edition::Oct2024 => {
            Some((url, event.at))
        }
        _ => None,
    });
    urls.filter_map(|(url, at)| Some((addresses::page(base, url)?, at))).collect()
}

fn unfinished(view: &View<'_>, run: &Run<'_>, exchange: &Exchange, url: &str) -> Option<Violation> {
    let action = run.action_at(exchange.arrived)?;
    let told = exchange.answered.unwrap_or(exchange.arrived);
    patience::due(view, run, action, told, PATIENCE)?;
    let mvpd = exchange.mvpd.as_deref().unwrap_or("the MVPD");
    let what = format!("the logout of {mvpd} was interactive, and nothing opened its url");
    let violation = Violation::new(what).exchange(exchange, format!("to be opened: {url}"));
    Some(action.done.into_iter().fold(violation, |violation, done| violation.event(done, "done")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Call, Trace};
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass, Warn};

    const URL: &str = "http://127.0.0.1:8080/mvpd/logout";

    fn verdicts(trace: &Trace) -> [Verdict; 2] {
        testing::verdicts(&RULE, trace)
    }

    fn signing_out() -> TraceBuilder {
        let trace = TraceBuilder::new().launch().profiles(&["Cablevision"]).done().sign_out();
        trace.logout("Cablevision", "logout", "interactive")
    }

    fn without_browser(trace: TraceBuilder) -> Trace {
        trace
            .context(|context| context.capabilities = Some(["second_screen".into()].into()))
            .build()
    }

    #[test]
    fn opening_the_url_passes() {
        assert_eq!(verdicts(&signing_out().opens(URL).done().build()), [Pass, Pass]);
        assert_eq!(verdicts(&signing_out().opens("/mvpd/logout").done().build()), [Pass, Pass]);
    }

    #[test]
    fn the_user_agents_own_request_proves_it() {
        let trace = signing_out()
            .user_agent(Call::Authenticate, |ask| ask.target("GET", "/mvpd/logout"))
            .done();
        assert_eq!(verdicts(&trace.build()), [Pass, Pass]);
    }

    #[test]
    fn opening_nothing_or_something_else_fails() {
        assert_eq!(verdicts(&signing_out().done().build()), [Fail, Fail]);
        let other = signing_out().opens("http://127.0.0.1:8080/mvpd/login").done();
        assert_eq!(verdicts(&other.build()), [Fail, Fail]);
    }

    #[test]
    fn a_visit_before_the_answer_is_none() {
        let trace = TraceBuilder::new().launch().sign_out().opens(URL);
        let trace = trace.logout("Cablevision", "logout", "interactive").done();
        assert_eq!(verdicts(&trace.build()), [Fail, Fail]);
    }

    #[test]
    fn showing_the_url_was_enough_in_2024() {
        let shown = ClientEvent::UrlShown { url: URL.into() };
        assert_eq!(verdicts(&signing_out().shows(shown.clone()).done().build()), [Pass, Fail]);
        let trace = without_browser(signing_out().shows(shown).done());
        assert_eq!(verdicts(&trace), [Pass, NotApplicable]);
    }

    #[test]
    fn without_a_browser_it_is_no_must() {
        assert_eq!(verdicts(&without_browser(signing_out().done())), [Warn, NotApplicable]);
    }

    #[test]
    fn silence_fails_after_half_a_minute() {
        assert_eq!(verdicts(&signing_out().after(31.4).build()), [NotExercised; 2]);
        assert_eq!(verdicts(&signing_out().after(31.5).build()), [Fail, Fail]);
    }

    #[test]
    fn a_complete_logout_needs_no_browser() {
        let trace =
            TraceBuilder::new().launch().sign_out().logout("Dish", "complete", "none").done();
        assert_eq!(verdicts(&trace.build()), [NotExercised; 2]);
        assert_eq!(verdicts(&TraceBuilder::capture().build()), [NotApplicable; 2]);
    }
}
