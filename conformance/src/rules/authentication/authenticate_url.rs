//! AUT-6: the user agent goes where the session says.

use foldhash::HashSet;
use url::Url;

use crate::protocol::{Action, ClientEvent};
use crate::rules::documents::{APR_COOKBOOK, OCT_COOKBOOK};
use crate::rules::headers::encoded;
use crate::rules::urls::{authenticates, resolve, same_place};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Event, Exchange, Happening, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "AUT-6",
    name: "authenticate-url",
    phase: Phase::Authentication,
    oct_2024: Some(Clause::must(OCT_COOKBOOK, "Step 3: Authenticate the user")),
    apr_2025: Some(Clause::must(APR_COOKBOOK, "Step 3: Authenticate the user")),
    requires: "The browser loads the `url` of the session's answer, resolved against the base that was called, or the authenticate URL with the code.",
    boundary: "The user agent is sent nowhere but to the returned `url`, resolved against the \
              base, or to `/api/v2/authenticate/{serviceProvider}/{code}` with the shown code. \
              Judged are URLs that the client opens while somebody signs in. The URL of a logout \
              is another matter, and after `authorize/direct` none shall be opened at all \
              (AUT-5).",
    why: "A URL put together in another way leads to an error page, and nobody can sign in.",
    remedy: "Resolve the returned `url` against the base URL of the service and open exactly that.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    let mut last = encoded::Last::default();
    for device in view.devices() {
        let base = view.context().base_url_of(device.number).unwrap_or_default();
        let base = last.of(base, |base| Url::parse(base).ok());
        for run in &device.runs {
            let mut login = Login { base: base.as_ref(), ..Login::default() };
            for step in &run.steps {
                match step {
                    Step::Asked(_) => {}
                    Step::Answered(exchange) => login.hear(exchange),
                    Step::Happened(event) => login.event(event, findings),
                }
            }
        }
    }
}

const OPENS: [Call; 3] = [Call::CreateSession, Call::ResumeSession, Call::PartnerRequest];

/// What a run knows about the sign-in under way.
#[derive(Default)]
struct Login<'b, 't> {
    base: Option<&'b Url>,
    /// The last session answer (calls 4, 5, 14), while its login is not done.
    session: Option<&'t Exchange>,
    /// The code of that session, or the one a second-screen application was given.
    code: Option<&'t str>,
    /// Whether the user is signing in.
    signing_in: bool,
    logouts: HashSet<&'t str>,
}

impl<'t> Login<'_, 't> {
    fn hear(&mut self, exchange: &'t Exchange) {
        if let Some(told) = exchange.session().filter(|_| exchange.is(&OPENS)) {
            self.session = Some(exchange);
            self.code = told.code.or(exchange.code.as_deref());
        }
        let found = exchange.profiles().is_some_and(|profiles| !profiles.is_empty());
        if found && exchange.call == Some(Call::ProfileByCode) {
            self.session = None;
            self.signing_in = false;
        }
        self.logouts.extend(exchange.logouts().into_iter().filter_map(|logout| logout.url));
    }

    fn event(&mut self, event: &'t Event, findings: &mut Findings) {
        match &event.what {
            Happening::Did { action, .. } => self.user(action),
            Happening::Showed(ClientEvent::OpenUrl { url }) => self.opened(event, url, findings),
            _ => {}
        }
    }

    fn user(&mut self, action: &'t Action) {
        match action {
            Action::SignIn { .. } | Action::SwitchProvider { .. } | Action::RequestNewCode => {
                self.signing_in = true;
            }
            Action::EnterCode { code, .. } => {
                self.signing_in = true;
                self.code = Some(code);
                self.session = None;
            }
            Action::SignOut => {
                self.signing_in = false;
                self.session = None;
            }
            _ => {}
        }
    }

    fn opened(&self, event: &Event, url: &str, findings: &mut Findings) {
        let told = self.session.and_then(Exchange::session);
        let direct = told.is_some_and(|told| told.is_direct_authorize());
        if !(self.signing_in || self.session.is_some()) || direct {
            return;
        }
        let opened = resolve(self.base, url);
        if opened.as_ref().is_some_and(|opened| self.is_logout(opened)) {
            return;
        }
        findings.exercise();
        let named = told.filter(|told| told.asks_to_authenticate()).and_then(|told| told.url);
        // Most clients open it as it was written.
        if opened.is_some() && named == Some(url) {
            return;
        }
        let returned = named.and_then(|url| resolve(self.base, url));
        if opened.is_some_and(|opened| self.is_meant(&opened, returned.as_ref())) {
            return;
        }
        let what = match returned {
            Some(returned) => format!("the user agent was sent to {url} instead of {returned}"),
            None => format!("the user agent was sent to {url}, which no session's answer named"),
        };
        let mut violation = Violation::new(what);
        if let Some(session) = self.session {
            violation = violation.exchange(session, "says where to go");
        }
        findings.violate(violation.event(event, format!("opened {url}")));
    }

    fn is_meant(&self, opened: &Url, returned: Option<&Url>) -> bool {
        let by_code = authenticates(self.base, opened).is_some_and(|(provider, code)| {
            let known = self.session.and_then(|session| session.service_provider.as_deref());
            Some(&*code) == self.code && known.is_none_or(|known| known == provider)
        });
        by_code || returned.is_some_and(|returned| same_place(opened, returned))
    }

    fn is_logout(&self, opened: &Url) -> bool {
        let logouts = self.logouts.iter().filter_map(|logout| resolve(self.base, logout));
        logouts.into_iter().any(|logout| same_place(opened, &logout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{Fail, NotApplicable, NotExercised, Pass};

    const BASE: &str = "http://127.0.0.1:8080";

    fn signing_in() -> TraceBuilder {
        TraceBuilder::new().launch().no_profiles().sign_in("Cablevision").session("Cablevision")
    }

    #[test]
    fn the_returned_url_keeps_it() {
        let url = format!("{BASE}/api/v2/authenticate/REF30/CODE001");
        let with_slash = format!("{url}/?source=app");
        for url in [&url, &with_slash] {
            assert_eq!(verdicts(&RULE, &signing_in().opens(url).build()), [Pass; 2], "{url}");
        }
    }

    #[test]
    fn the_url_of_a_partners_fallback_keeps_it() {
        let told = serde_json::json!({
            "actionName": "authenticate", "actionType": "interactive", "reasonType": "pfs_fallback",
            "code": "CODE001", "url": "/api/v2/authenticate/REF30/CODE001",
        });
        let trace = TraceBuilder::new().launch().no_profiles().sign_in("Cablevision");
        let trace = trace.ask(Call::PartnerRequest, |ask| ask.answer(200, told));
        let url = format!("{BASE}/api/v2/authenticate/REF30/CODE001");
        assert_eq!(verdicts(&RULE, &trace.opens(&url).build()), [Pass; 2]);
    }

    #[test]
    fn each_device_keeps_to_the_base_that_it_was_told() {
        for (base, verdict) in [("http://127.0.0.1:8081", Pass), (BASE, Fail)] {
            let url = format!("{base}/api/v2/authenticate/REF30/CODE001");
            let second = TraceBuilder::new().device(1).launch().no_profiles();
            let second = second.sign_in("Cablevision").session("Cablevision").opens(&url);
            let mut trace = second.build();
            trace.context.further_base_urls = vec!["http://127.0.0.1:8081".into()];
            assert_eq!(verdicts(&RULE, &trace), [verdict; 2], "{base}");
        }
    }

    #[test]
    fn any_other_url_breaks_it() {
        for url in [
            "https://login.example/",
            "http://127.0.0.1:8080/api/v2/authenticate/REF30/CODE000",
            "http://127.0.0.1:8080/api/v2/authenticate/OTHER/CODE001",
            "http://127.0.0.1:8080/api/v2/REF30/sessions/CODE001",
            "https://api.example/api/v2/authenticate/REF30/CODE001",
            "not a url at all, but text",
        ] {
            let trace = signing_in().opens(url).build();
            assert_eq!(verdicts(&RULE, &trace), [Fail; 2], "{url}");
        }
        assert_eq!(
            sentences(
                &RULE,
                &signing_in().opens("https://login.example/").build(),
                Edition::Oct2024
            ),
            [
                "the user agent was sent to https://login.example/ instead of http://127.0.0.1:8080/api/v2/authenticate/REF30/CODE001"
            ]
        );
    }

    #[test]
    fn an_old_code_breaks_it() {
        let old = format!("{BASE}/api/v2/authenticate/REF30/CODE001");
        let trace = signing_in().session("Cablevision").opens(&old).build();
        assert_eq!(verdicts(&RULE, &trace), [Fail; 2]);
    }

    #[test]
    fn a_url_without_a_session_breaks_it() {
        let url = format!("{BASE}/api/v2/authenticate/REF30/CODE001");
        let trace = TraceBuilder::new().launch().sign_in("Cablevision").opens(&url).build();
        assert_eq!(verdicts(&RULE, &trace), [Fail; 2]);
    }

    #[test]
    fn the_second_screen_opens_the_code_it_was_given() {
        let entered = |url: &str| {
            let action = Action::EnterCode { code: "8ER640M".into(), mvpd: None };
            TraceBuilder::new().launch().user(action).opens(url).build()
        };
        let right = format!("{BASE}/api/v2/authenticate/REF30/8ER640M");
        assert_eq!(verdicts(&RULE, &entered(&right)), [Pass; 2]);
        let wrong = format!("{BASE}/api/v2/authenticate/REF30/8ER640X");
        assert_eq!(verdicts(&RULE, &entered(&wrong)), [Fail; 2]);
    }

    #[test]
    fn a_logout_is_another_matter() {
        let trace = TraceBuilder::new()
            .launch()
            .profiles(&["Cablevision"])
            .user(Action::SwitchProvider { mvpd: Some("Spectrum".into()) })
            .logout("Cablevision", "logout", "interactive")
            .opens("http://127.0.0.1:8080/mvpd/logout")
            .build();
        assert_eq!(verdicts(&RULE, &trace), [NotExercised; 2]);
        let after = signing_in().poll_finds("Cablevision").done().opens("https://help.example/");
        assert_eq!(verdicts(&RULE, &after.build()), [NotExercised; 2]);
    }

    #[test]
    fn a_direct_answer_is_judged_elsewhere() {
        let trace = TraceBuilder::new()
            .launch()
            .sign_in("Cablevision")
            .session_direct("Cablevision", "authenticated")
            .opens("https://login.example/")
            .build();
        assert_eq!(verdicts(&RULE, &trace), [NotExercised; 2]);
    }

    #[test]
    fn a_capture_does_not_tell() {
        let trace = TraceBuilder::capture().session("Cablevision").build();
        assert_eq!(verdicts(&RULE, &trace), [NotApplicable; 2]);
    }
}
