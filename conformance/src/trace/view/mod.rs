//! A trace, arranged the way rules ask about it: by installation and run, as one sequence of what was
//! asked, what was answered and what happened, with what the client could know at each point.
//!
//! Built in linear time, for the whole trace or for one part of it after the other, so that what is
//! looked at is near at hand; and only borrowed from. The usual way to write a rule is to
//! fold over [`Device::steps`] or [`Run::steps`] with the little state that the rule needs. Knowledge
//! changes at [`Step::Answered`], not at [`Step::Asked`]: a client cannot know an answer before it came.
//!
//! # On order
//!
//! What the harness does ([`Happening::Did`](super::Happening::Did) and the like) is stamped before
//! the client hears of it, and answers are stamped before the client reads them, so "before" is
//! reliable for both. What the client *tells* may be stamped a little after a request that it sent
//! later, because the two travel by different ways; rules are kind where that matters.

mod actions;
mod occurs;
mod profiles;
mod registration;
mod run;
mod sessions;
mod whole;

use std::ops::Range;
use std::sync::{Arc, PoisonError};

use foldhash::HashSet;

pub use actions::UserAction;
pub use occurs::Trouble;
pub use profiles::{KnownProfile, KnownProfiles};
pub use registration::{Credentials, Token};
use run::answered;
pub use run::{Run, Step};
pub use sessions::{HALF_HOUR, Poll, Session};
use whole::Share;
pub use whole::{Promotions, Seal, Visits, Whole};

use super::{Call, Context, Exchange, Moment, Trace};
use crate::verdict::Edition;

/// A trace, or some installations of it, arranged for rules.
#[derive(Debug)]
pub struct View<'t> {
    whole: Arc<Whole<'t>>,
    devices: Vec<Device<'t>>,
}

/// One installation of the application: all runs over one storage.
#[derive(Debug)]
pub struct Device<'t> {
    /// Its number in the trace.
    pub number: u32,
    /// Its runs, in order.
    pub runs: Vec<Run<'t>>,
    /// Credentials that were delivered to it, in order of their answers.
    pub credentials: Vec<Credentials<'t>>,
    /// The authentication sessions that were opened for it, in order of their answers.
    pub sessions: Vec<Session<'t>>,
}

impl<'t> View<'t> {
    /// Arranges a trace.
    pub fn new(trace: &'t Trace) -> Self {
        let whole = Arc::new(Whole::new(trace));
        let all = whole.all();
        Self::part(&whole, all)
    }

    /// Arranges some installations of a trace: one of its [`parts`](Whole::parts).
    pub fn part(whole: &Arc<Whole<'t>>, part: Range<usize>) -> Self {
        let series = sessions::series(whole.trace.context.has_events);
        let mut devices: Vec<_> = whole.of(part).map(|share| device(whole.trace, share)).collect();
        for device in &mut devices {
            device.credentials = registration::credentials(device);
            device.sessions = sessions::sessions(device, &whole.tokens, series);
        }
        Self { whole: Arc::clone(whole), devices }
    }

    /// The trace itself.
    pub fn trace(&self) -> &'t Trace {
        self.whole.trace
    }

    /// What was agreed before the trace began.
    pub fn context(&self) -> &'t Context {
        &self.whole.trace.context
    }

    /// The installations, by number.
    pub fn devices(&self) -> &[Device<'t>] {
        &self.devices
    }

    /// All runs of all installations.
    pub fn runs(&self) -> impl Iterator<Item = &Run<'t>> {
        self.devices.iter().flat_map(|device| &device.runs)
    }

    /// All authentication sessions of all installations.
    pub fn sessions(&self) -> impl Iterator<Item = &Session<'t>> {
        self.devices.iter().flat_map(|device| &device.sessions)
    }

    /// The client's requests, by installation and run, there by arrival.
    pub fn exchanges(&self) -> impl Iterator<Item = &'t Exchange> {
        self.runs().flat_map(Run::requests)
    }

    /// The MVPDs that answers to any installation show to be TempPass; read when first asked for.
    pub fn temporary_mvpds(&self, read: fn(&'t Trace) -> HashSet<&'t str>) -> &HashSet<&'t str> {
        self.whole.temporary.get_or_init(|| read(self.whole.trace))
    }

    /// What answers to any installation show of promotions; read when first asked for.
    pub fn promotions(&self, read: fn(&'t Trace) -> Promotions<'t>) -> &Promotions<'t> {
        self.whole.promotions.get_or_init(|| read(self.whole.trace))
    }

    /// What user agents asked for; read when first asked for.
    pub fn visits(&self, read: fn(&'t Trace) -> Visits) -> &Visits {
        self.whole.visits.get_or_init(|| read(self.whole.trace))
    }

    /// What a media token is, by its text: whoever signed many devices' tokens alike is looked at once.
    pub fn seal(&self, token: &'t str, look: impl FnOnce() -> Seal) -> Seal {
        let seals = || self.whole.seals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = seals().get(token) {
            return *known;
        }
        // Not while others wait: it takes longer than everything else that rules do.
        let seal = look();
        seals().insert(token, seal);
        seal
    }

    /// When something was found in an edition, in any part of the whole trace; looked for when first
    /// asked for.
    pub fn blamed(
        &self,
        edition: Edition,
        look: fn(&View<'t>, Edition) -> Vec<Moment>,
    ) -> &[Moment] {
        let [oct_2024, apr_2025] = &self.whole.blamed;
        let blamed = match edition {
            Edition::Oct2024 => oct_2024,
            Edition::Apr2025 => apr_2025,
        };
        blamed.get_or_init(|| look(&View::part(&self.whole, self.whole.all()), edition))
    }

    /// The access token with this value, if the server issued it within the trace, to anybody.
    pub fn token(&self, value: &str) -> Option<&Token<'t>> {
        self.whole.tokens.get(value)
    }

    /// The token that a request carries, if the server issued it within the trace.
    pub fn token_of(&self, exchange: &Exchange) -> Option<&Token<'t>> {
        self.token(exchange.bearer()?)
    }

    /// The client (`client_id`) that a request speaks for, as far as its token tells.
    pub fn client_of(&self, exchange: &Exchange) -> Option<&str> {
        self.token_of(exchange)?.client_id.as_deref()
    }

    /// The installation with this number.
    pub fn device(&self, number: u32) -> Option<&Device<'t>> {
        let place = self.devices.binary_search_by_key(&number, |device| device.number).ok()?;
        self.devices.get(place)
    }

    /// The run that a request belongs to.
    pub fn run_of(&self, exchange: &Exchange) -> Option<&Run<'t>> {
        let device = self.device(exchange.device)?;
        let place = device.runs.binary_search_by_key(&exchange.run, |run| run.number).ok()?;
        device.runs.get(place)
    }

    /// The user action that a request falls into: the last thing the user did in its run before it
    /// arrived. `None` before the first one, and in a capture.
    pub fn action_of(&self, exchange: &Exchange) -> Option<&UserAction<'t>> {
        self.run_of(exchange)?.action_at(exchange.arrived)
    }

    /// Whether two requests fall into the same user action of the same run.
    pub fn same_action(&self, one: &Exchange, other: &Exchange) -> bool {
        let begun = |exchange| self.action_of(exchange).map(|action| action.begun);
        (one.device, one.run) == (other.device, other.run) && begun(one) == begun(other)
    }
}

impl<'t> Device<'t> {
    /// Whether one of these calls was made in one of its runs.
    pub fn asks(&self, calls: &[Call]) -> bool {
        self.runs.iter().any(|run| run.asks(calls))
    }

    /// Whether a request in one of its runs met this kind of trouble.
    pub fn meets(&self, trouble: Trouble) -> bool {
        self.runs.iter().any(|run| run.meets(trouble))
    }

    /// All steps of all runs, in order.
    pub fn steps(&self) -> impl Iterator<Item = Step<'t>> {
        self.runs.iter().flat_map(|run| run.steps.iter().copied())
    }
}

/// Arranges what one installation has in a trace.
fn device<'t>(trace: &'t Trace, share: &Share) -> Device<'t> {
    let exchanges = || share.exchanges.iter().map(|&place| &trace.exchanges[place as usize]);
    let events = share.events.iter().map(|&place| &trace.events[place as usize]);
    let mut steps = Vec::with_capacity(share.exchanges.len() * 2 + share.events.len());
    steps.extend(events.map(Step::Happened));
    steps.extend(exchanges().map(Step::Asked));
    let with_answer = exchanges().filter(|exchange| exchange.answer.is_some());
    steps.extend(with_answer.map(Step::Answered));
    // Three sorted stretches: the stable sort finds and merges them.
    steps.sort_by_key(|step| step.moment());

    // Most often one run has come to its end when the next begins: then they are sorted already.
    steps.sort_by_key(|step| step.run());
    let by_run = steps.chunk_by(|one, other| one.run() == other.run());
    let mut runs: Vec<_> =
        by_run.filter_map(|steps| Some(Run::new(steps.first()?.run(), steps.to_vec()))).collect();
    if let Some(last) = runs.last_mut().filter(|run| !run.is_gone()) {
        last.end = last.end.max(trace.context.ended);
    }
    Device { number: share.device, runs, credentials: Vec::new(), sessions: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Happening;
    use crate::trace::builder::TraceBuilder;

    #[test]
    fn steps_come_in_order_and_by_run() {
        let trace = TraceBuilder::new().launch().registered().launch().no_profiles().build();
        let view = View::new(&trace);
        let runs = &view.devices()[0].runs;
        assert_eq!(runs.iter().map(|run| run.steps.len()).collect::<Vec<_>>(), [6, 4]);
        for run in runs {
            assert!(run.steps.is_sorted_by_key(|step| step.moment()));
        }
        let profiles = &trace.exchanges[2];
        assert_eq!(view.run_of(profiles).map(|run| run.number), Some(1));
        assert_eq!(view.client_of(profiles), Some("client-1"));
    }

    #[test]
    fn a_late_answer_is_learned_late() {
        let trace = TraceBuilder::new()
            .launch()
            .ask(crate::trace::Call::Profiles, |ask| ask.taking(3.0))
            .after(1.0)
            .sign_in("Cablevision")
            .build();
        let view = View::new(&trace);
        let last = view.devices()[0].runs[0].steps.last().copied();
        assert!(last.is_some_and(|step| step.answered().is_some()));
    }

    #[test]
    fn a_user_action_lasts_until_the_next() {
        let trace = TraceBuilder::new()
            .registered()
            .launch()
            .no_profiles()
            .done()
            .sign_in("Cablevision")
            .configuration()
            .session("Cablevision")
            .build();
        let view = View::new(&trace);
        let of = |place: usize| view.action_of(&trace.exchanges[place]).map(|action| action.id);
        assert_eq!([of(0), of(2), of(3), of(4)], [None, Some(1), Some(2), Some(2)]);
        assert!(view.same_action(&trace.exchanges[3], &trace.exchanges[4]));
        assert!(!view.same_action(&trace.exchanges[2], &trace.exchanges[3]));
        assert!(view.action_of(&trace.exchanges[2]).is_some_and(|action| action.done.is_some()));
    }

    #[test]
    fn a_run_ends_with_its_process_its_last_step_or_the_trace() {
        let ended = Happening::Ended { crashed: false };
        let trace = TraceBuilder::new()
            .launch()
            .after(1.0)
            .no_profiles()
            .launch()
            .after(1.0)
            .happen(ended.clone())
            .after(5.0)
            .launch()
            .after(9.0)
            .device(1)
            .launch()
            .happen(ended)
            .after(3.0)
            .build();
        let view = View::new(&trace);
        let ends: Vec<_> = view.runs().map(|run| run.end).collect();
        let [first, second, third, other] = ends.as_slice() else { panic!("four runs") };
        assert_eq!(Some(*first), trace.exchanges[0].answered);
        assert_eq!(second.at - first.at, 1000);
        assert_eq!(*third, trace.context.ended);
        assert_eq!(trace.context.ended.since(*other).as_secs(), 3);
    }

    #[test]
    fn installations_are_kept_apart() {
        let trace =
            TraceBuilder::new().device(3).launch().register().device(1).launch().token().build();
        let view = View::new(&trace);
        let numbers: Vec<_> = view.devices().iter().map(|device| device.number).collect();
        assert_eq!(numbers, [1, 3]);
        assert_eq!(view.device(3).map(|device| device.credentials.len()), Some(1));
        assert!(view.device(2).is_none());
    }
}
