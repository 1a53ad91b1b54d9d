//! Authentication sessions, and the polls for them.

use std::time::Duration;

use foldhash::HashMap;

use super::whole::Tokens;
use super::{Device, Step, answered};
use crate::protocol::Action;
use crate::trace::{Call, Exchange, Happening, Moment};
use crate::verdict::Edition;

/// How long a code lives where nothing else is said, and how long the edition of 2024-10 lets a
/// client poll.
pub const HALF_HOUR: Duration = Duration::from_secs(30 * 60);

/// An authentication session that a client was given a code for.
///
/// It is a **pending login** from the answer that gave the code until its profile was seen, its
/// deadline, or the user gave up.
#[derive(Clone, Debug)]
pub struct Session<'t> {
    /// The code.
    pub code: &'t str,
    /// The call 4, or 14 that fell back, that opened it.
    pub exchange: &'t Exchange,
    /// When that was answered.
    pub created: Moment,
    /// The client (`client_id`) it was opened by, as far as its token tells.
    pub client_id: Option<String>,
    /// The MVPD, once the client knows it.
    pub mvpd: Option<&'t str>,
    /// `notAfter`, milliseconds since the epoch.
    pub not_after: Option<i64>,
    /// When a newer code was issued to the same client, device and service provider.
    pub superseded: Option<Moment>,
    /// The call whose answer first held its profile.
    pub seen: Option<&'t Exchange>,
    /// When the user gave up on it: turned elsewhere, signed out, or left.
    pub given_up: Option<Moment>,
    /// The polls for it, by arrival.
    pub polls: Vec<Poll<'t>>,
}

/// A **poll**: call 10 for the code of a session, at any time; calls 8 and 9 when two or more come
/// within one pending login without a user action between.
///
/// Of calls 8 and 9 only those answered 200 are counted towards "two or more" (the repetition of a
/// failed call is no poll), and a series that began while the login was pending goes on being one.
#[derive(Clone, Copy, Debug)]
pub struct Poll<'t> {
    /// The call.
    pub exchange: &'t Exchange,
    /// Which stretch without a user action it belongs to, counted from 0 for the session.
    pub stretch: usize,
}

impl Session<'_> {
    /// `notAfter` as told; half an hour after its creation where the answer did not say.
    pub fn expires_at(&self) -> i64 {
        let half_hour = i64::try_from(HALF_HOUR.as_millis()).unwrap_or(i64::MAX);
        self.not_after.unwrap_or(self.created.at.saturating_add(half_hour))
    }

    /// The instant polling must end at, in milliseconds since the epoch: half an hour after the
    /// session's creation in 2024-10, its `notAfter` in 2025-04.
    pub fn deadline(&self, edition: Edition) -> i64 {
        let half_hour = i64::try_from(HALF_HOUR.as_millis()).unwrap_or(i64::MAX);
        match edition {
            Edition::Oct2024 => self.created.at.saturating_add(half_hour),
            Edition::Apr2025 => self.expires_at(),
        }
    }

    /// When the login stopped being pending for another reason than its deadline.
    pub fn closed(&self) -> Option<Moment> {
        let seen = self.seen.map(answered);
        [seen, self.given_up, self.superseded].into_iter().flatten().min()
    }

    /// Whether the login was pending at a moment.
    pub fn is_pending_at(&self, moment: Moment) -> bool {
        self.created <= moment
            && moment.at < self.expires_at()
            && self.closed().is_none_or(|closed| moment < closed)
    }

    /// Whether the MVPD was picked in the app, as the session call itself shows; with a partner it was
    /// picked in the system's settings, which the session's answer shows.
    pub fn picked_in_app(&self) -> bool {
        let told = || self.exchange.session().is_some_and(|told| told.mvpd.is_some());
        match self.exchange.call {
            Some(Call::PartnerRequest) => told(),
            _ => self.exchange.mvpd.is_some(),
        }
    }
}

/// How many calls 8 or 9 make a series of polls in a trace.
///
/// A capture does not show what the user did between two of them: it takes one more there.
pub(super) const fn series(has_events: bool) -> usize {
    if has_events { 2 } else { 3 }
}

/// The sessions of a device with their polls; `series` calls 8 or 9 are polls.
pub(super) fn sessions<'t>(
    device: &Device<'t>,
    tokens: &Tokens<'t>,
    series: usize,
) -> Vec<Session<'t>> {
    let mut log = Log::new(tokens);
    for run in &device.runs {
        if let Some(first) = run.steps.first() {
            log.leave(first.moment());
        }
        for step in &run.steps {
            match step {
                Step::Asked(exchange) => log.ask(exchange),
                Step::Answered(exchange) => log.answer(exchange),
                Step::Happened(event) => log.event(&event.what, event.at),
            }
        }
    }
    log.finish(series)
}

struct Log<'v, 't> {
    tokens: &'v Tokens<'t>,
    sessions: Vec<Growing<'t>>,
    by_code: HashMap<&'t str, usize>,
    /// The newest one of each client and service provider.
    latest: HashMap<(Option<String>, Option<&'t str>), usize>,
    /// Those not superseded, seen or given up; few at any time.
    pending: Vec<usize>,
}

/// A session while the trace is read.
struct Growing<'t> {
    session: Session<'t>,
    stretch: usize,
    /// Calls 8 and 9 that may turn out to be polls, with their stretch.
    candidates: Vec<Poll<'t>>,
}

impl<'v, 't> Log<'v, 't> {
    fn new(tokens: &'v Tokens<'t>) -> Self {
        Self {
            tokens,
            sessions: Vec::new(),
            by_code: HashMap::default(),
            latest: HashMap::default(),
            pending: Vec::new(),
        }
    }

    fn ask(&mut self, exchange: &'t Exchange) {
        match exchange.call {
            Some(Call::ProfileByCode) => {
                let place = exchange.code.as_deref().and_then(|code| self.by_code.get(code));
                if let Some(growing) = place.and_then(|&place| self.sessions.get_mut(place)) {
                    let poll = Poll { exchange, stretch: growing.stretch };
                    growing.session.polls.push(poll);
                }
            }
            Some(Call::Profiles | Call::ProfileByMvpd) => {
                for &place in &self.pending {
                    let growing = &mut self.sessions[place];
                    if is_about(exchange, &growing.session) {
                        let poll = Poll { exchange, stretch: growing.stretch };
                        growing.candidates.push(poll);
                    }
                }
            }
            _ => {}
        }
    }

    fn answer(&mut self, exchange: &'t Exchange) {
        match exchange.call {
            Some(Call::CreateSession | Call::PartnerRequest) => self.open(exchange),
            Some(Call::ResumeSession) => self.resume(exchange),
            Some(Call::Profiles | Call::ProfileByMvpd | Call::ProfileByCode) => self.see(exchange),
            _ => {}
        }
    }

    fn open(&mut self, exchange: &'t Exchange) {
        let Some(told) = exchange.session() else { return };
        // Where there is nothing to wait for, a code would mean nothing.
        let Some(code) = told.code.filter(|_| told.action_name != "authorize") else { return };
        let token = exchange.bearer().and_then(|value| self.tokens.get(value));
        let session = Session {
            code,
            exchange,
            created: answered(exchange),
            client_id: token.and_then(|token| token.client_id.clone()),
            mvpd: told.mvpd.or(exchange.mvpd.as_deref()),
            not_after: told.not_after,
            superseded: None,
            seen: None,
            given_up: None,
            polls: Vec::new(),
        };
        let place = self.sessions.len();
        let owner = (session.client_id.clone(), exchange.service_provider.as_deref());
        if let Some(older) = self.latest.insert(owner, place) {
            self.sessions[older].session.superseded = Some(session.created);
        }
        self.by_code.insert(code, place);
        self.sessions.push(Growing { session, stretch: 0, candidates: Vec::new() });
        self.pending.push(place);
        self.tidy();
    }

    fn resume(&mut self, exchange: &'t Exchange) {
        let place = exchange.code.as_deref().and_then(|code| self.by_code.get(code));
        let Some(growing) = place.and_then(|&place| self.sessions.get_mut(place)) else { return };
        if let Some(told) = exchange.session() {
            let session = &mut growing.session;
            session.mvpd = told.mvpd.or(exchange.mvpd.as_deref()).or(session.mvpd);
            session.not_after = told.not_after.or(session.not_after);
        }
    }

    fn see(&mut self, exchange: &'t Exchange) {
        let Some(profiles) = exchange.profiles() else { return };
        if profiles.is_empty() {
            return;
        }
        for &place in &self.pending {
            let session = &mut self.sessions[place].session;
            let shows = match exchange.call {
                Some(Call::ProfileByCode) => exchange.code.as_deref() == Some(session.code),
                _ => session
                    .mvpd
                    .is_none_or(|mvpd| profiles.iter().any(|profile| profile.mvpd == mvpd)),
            };
            if shows && exchange.arrived > session.created {
                session.seen.get_or_insert(exchange);
            }
        }
        self.tidy();
    }

    fn event(&mut self, what: &Happening, at: Moment) {
        let leaves = match what {
            Happening::Did { action, .. } => {
                for &place in &self.pending {
                    self.sessions[place].stretch += 1;
                }
                matches!(action, Action::SwitchProvider { .. } | Action::SignOut | Action::Quit)
            }
            Happening::GaveUp | Happening::Ended { .. } | Happening::Started => true,
            _ => false,
        };
        if leaves {
            self.leave(at);
        }
    }

    /// The user turns away from what is pending.
    fn leave(&mut self, at: Moment) {
        for place in self.pending.drain(..) {
            self.sessions[place].session.given_up.get_or_insert(at);
        }
    }

    /// Forgets, as pending, what has been closed.
    fn tidy(&mut self) {
        let sessions = &self.sessions;
        self.pending.retain(|&place| sessions[place].session.closed().is_none());
    }

    fn finish(self, series: usize) -> Vec<Session<'t>> {
        self.sessions.into_iter().map(|growing| growing.finish(series)).collect()
    }
}

impl<'t> Growing<'t> {
    fn finish(mut self, series: usize) -> Session<'t> {
        let mut counted: HashMap<usize, usize> = HashMap::default();
        for poll in &self.candidates {
            let within = self.session.is_pending_at(poll.exchange.arrived);
            if within && poll.exchange.status() == Some(200) {
                *counted.entry(poll.stretch).or_default() += 1;
            }
        }
        let is_series = |poll: &Poll<'t>| counted.get(&poll.stretch).is_some_and(|&n| n >= series);
        self.session.polls.extend(self.candidates.into_iter().filter(is_series));
        self.session.polls.sort_by_key(|poll| poll.exchange.arrived);
        self.session
    }
}

/// Whether a call 8 or 9 may be about a session: call 9 names its MVPD, or the client does not know
/// the MVPD.
fn is_about(exchange: &Exchange, session: &Session<'_>) -> bool {
    let same_provider = exchange.service_provider == session.exchange.service_provider;
    same_provider
        && match (exchange.call, session.mvpd) {
            (Some(Call::ProfileByMvpd), Some(mvpd)) => exchange.mvpd.as_deref() == Some(mvpd),
            _ => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Trace, View};

    /// For each session, the places of its polls among the exchanges, counted from 1.
    fn polls(trace: &Trace) -> Vec<Vec<usize>> {
        let place = |poll: &Poll<'_>| {
            1 + trace.exchanges.iter().position(|e| std::ptr::eq(e, poll.exchange)).unwrap()
        };
        let view = View::new(trace);
        view.sessions().map(|session| session.polls.iter().map(place).collect()).collect()
    }

    fn signing_in() -> TraceBuilder {
        TraceBuilder::new().launch().sign_in("Cablevision").session("Cablevision")
    }

    #[test]
    fn call_10_for_the_code_is_always_a_poll() {
        let trace = signing_in().poll().poll_finds("Cablevision").after(5.0).poll().build();
        assert_eq!(polls(&trace), [[2, 3, 4]]);
    }

    #[test]
    fn a_partners_fallback_opens_a_session_like_any_other() {
        let told = serde_json::json!({
            "actionName": "authenticate", "actionType": "interactive", "reasonType": "pfs_fallback",
            "code": "CODE001", "mvpd": "Cablevision",
        });
        let begun = TraceBuilder::new().launch().sign_in("Cablevision");
        let opened = begun.ask(Call::PartnerRequest, |ask| ask.answer(200, told));
        let polled = opened.ask(Call::ProfileByCode, |ask| {
            let path = "/api/v2/REF30/profiles/code/CODE001";
            ask.target("GET", path).answer(200, serde_json::json!({"profiles": {}}))
        });
        let trace = polled.build();
        assert_eq!(polls(&trace), [[2]]);
        assert!(View::new(&trace).sessions().all(Session::picked_in_app));
        let told = serde_json::json!({"actionName": "partner_profile", "actionType": "direct"});
        let begun = TraceBuilder::new().launch().sign_in("Cablevision");
        let trace = begun.ask(Call::PartnerRequest, |ask| ask.answer(200, told)).build();
        assert!(polls(&trace).is_empty(), "there is no code to wait for");
    }

    #[test]
    fn one_call_9_is_no_poll_and_two_are() {
        assert_eq!(polls(&signing_in().no_profile_of("Cablevision").build()), [[0; 0]]);
        let two = signing_in().no_profile_of("Cablevision").after(15.0).profile_of("Cablevision");
        assert_eq!(polls(&two.build()), [[2, 3]]);
        let mixed = signing_in().no_profiles().after(15.0).profile_of("Cablevision");
        assert_eq!(polls(&mixed.build()), [[2, 3]]);
        let another = signing_in().no_profile_of("Dish").no_profile_of("Dish");
        assert_eq!(polls(&another.build()), [[0; 0]]);
    }

    #[test]
    fn a_user_action_between_makes_them_single_calls() {
        let trace = signing_in()
            .no_profile_of("Cablevision")
            .foreground()
            .no_profile_of("Cablevision")
            .build();
        assert_eq!(polls(&trace), [[0; 0]]);
    }

    #[test]
    fn a_capture_shows_a_series_from_the_third_call_on() {
        let two = TraceBuilder::capture()
            .session("Cablevision")
            .no_profile_of("Cablevision")
            .after(15.0)
            .no_profile_of("Cablevision");
        assert_eq!(polls(&two.clone().build()), [[0; 0]]);
        let three = two.clone().after(15.0).profile_of("Cablevision");
        assert_eq!(polls(&three.build()), [[2, 3, 4]]);
        let next_run = two.next_run().after(15.0).profile_of("Cablevision");
        assert_eq!(polls(&next_run.build()), [[0; 0]]);
    }

    #[test]
    fn the_repetition_of_a_failed_call_is_no_poll() {
        let failed = signing_in().ask(Call::ProfileByMvpd, |ask| ask.status(401));
        assert_eq!(polls(&failed.clone().no_profile_of("Cablevision").build()), [[0; 0]]);
        let series = failed.no_profile_of("Cablevision").no_profile_of("Cablevision");
        assert_eq!(polls(&series.build()), [[2, 3, 4]]);
    }

    #[test]
    fn a_series_goes_on_beyond_the_deadline_but_does_not_begin_there() {
        let begun = signing_in().no_profile_of("Cablevision").no_profile_of("Cablevision");
        assert_eq!(polls(&begun.after(1801.0).no_profile_of("Cablevision").build()), [[2, 3, 4]]);
        let late =
            signing_in().after(1801.0).no_profile_of("Cablevision").no_profile_of("Cablevision");
        assert_eq!(polls(&late.build()), [[0; 0]]);
    }

    #[test]
    fn a_newer_code_supersedes_the_older() {
        let trace = signing_in().after(2.0).session("Cablevision").poll().build();
        let view = View::new(&trace);
        let sessions = &view.devices()[0].sessions;
        assert_eq!(sessions[0].superseded, Some(sessions[1].created));
        assert_eq!(sessions[1].superseded, None);
        assert_eq!(polls(&trace), [vec![], vec![3]]);
    }

    #[test]
    fn a_login_is_pending_until_seen_given_up_or_too_late() {
        let seen = signing_in().after(5.0).poll().after(5.0).poll_finds("Cablevision").build();
        let view = View::new(&seen);
        let session = view.sessions().next().unwrap();
        assert!(session.is_pending_at(session.created));
        assert!(session.is_pending_at(seen.exchanges[2].arrived));
        assert!(!session.is_pending_at(seen.context.ended));
        assert_eq!(session.seen.map(|seen| seen.arrived), Some(seen.exchanges[2].arrived));

        for end in [Happening::GaveUp, Happening::Ended { crashed: false }] {
            let trace = signing_in().after(5.0).happen(end).build();
            let view = View::new(&trace);
            let session = view.sessions().next().unwrap();
            assert_eq!(session.given_up, Some(trace.events.last().unwrap().at));
            assert!(!session.is_pending_at(trace.context.ended));
        }

        let late = signing_in().after(1800.0).build();
        let view = View::new(&late);
        assert!(!view.sessions().next().unwrap().is_pending_at(late.context.ended));
        let early = signing_in().after(1799.0).build();
        let view = View::new(&early);
        assert!(view.sessions().next().unwrap().is_pending_at(early.context.ended));
    }

    #[test]
    fn resuming_tells_the_mvpd() {
        let trace = TraceBuilder::second_screen()
            .launch()
            .sign_in_elsewhere()
            .session_without_mvpd()
            .ask(Call::ResumeSession, |ask| {
                ask.body("mvpd=Dish").answer(200, serde_json::json!({"actionName": "authenticate"}))
            })
            .build();
        let view = View::new(&trace);
        let session = view.sessions().next().unwrap();
        assert!(!session.picked_in_app());
        assert_eq!(session.mvpd, Some("Dish"));
    }
}
