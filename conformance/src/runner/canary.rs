//! Proves that a client's timers run as fast as it is told, before anything is judged by them.
//!
//! A client that declares `clock_speed` and waits in real time all the same would be accused of what
//! it never did: in a scenario that runs sixty times as fast, its poll every five seconds looks like
//! one every five minutes. So it is made to poll at two speeds, side by side. If its timers follow,
//! the pauses between its polls differ as much as the speeds; if they do not, the pauses are alike.

use std::sync::Arc;
use std::time::Duration;

use super::director::Director;
use crate::driver::{Driver, Log};
use crate::outcome::ClientInfo;
use crate::scenario::{Capability, load_text};
use crate::stage::{Pace, Stage};
use crate::trace::{Call, Trace};

/// Slowly enough that a busy machine does not blur what is measured.
const SLOW: f64 = 10.0;

/// As fast as any scenario is played.
const FAST: f64 = 60.0;

/// How many times longer the pauses must at least be at the slower speed. They are six times as
/// long where the timers follow, less what a call takes, and as long where they do not.
const TELLING: f64 = 2.0;

/// How many polls are waited for.
const POLLS: usize = 3;

/// How long they are waited for in real time: five minutes on the slower clock.
const BUDGET: Duration = Duration::from_secs(30);

/// How often the journal is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// A machine that was held up may spoil one measurement.
const ATTEMPTS: usize = 3;

/// The viewer opens a sign-in and does nothing.
const ON_SECOND_SCREEN: &str = "
title: Is its clock fast?
why: To plan.
flow: second_screen
server: {lifetimes: {code: 24h}}
steps: [launch, {sign_in: {viewer: does_nothing}}, {wait: 12h}]";

/// The viewer signs in, and the provider takes its time.
const IN_BROWSER: &str = "
title: Is its clock fast?
why: To plan.
patience: 12h
server: {lifetimes: {code: 24h}, login_delay: 12h}
steps: [launch, {sign_in: {takes: 1s}}]";

/// Why a client's clock has to be taken for a real one though it declares `clock_speed`; `None` when
/// its timers are proven to run faster.
pub(super) async fn doubt(driver: &dyn Driver, client: &ClientInfo, seed: u64) -> Option<String> {
    let story = match () {
        () if client.can(Capability::SecondScreen) => ON_SECOND_SCREEN,
        () if client.can(Capability::Browser) => IN_BROWSER,
        () => return Some("it does not sign in, so nothing shows how fast its timers run".into()),
    };
    let mut doubt = None;
    for _ in 0..ATTEMPTS {
        let (slow, fast) = tokio::join!(
            pauses(driver, story, SLOW, seed),
            pauses(driver, story, FAST, seed.wrapping_add(1)),
        );
        doubt = match (slow, fast) {
            (Some(slow), Some(fast)) if fast.proves_against(slow) => return None,
            (Some(slow), Some(fast)) => Some(format!(
                "its polls came {} ms apart (in real time) when it was told to run {SLOW} times \
                 faster, and {} ms apart when it was told {FAST} times",
                slow.longest.as_millis(),
                fast.longest.as_millis(),
            )),
            _ => Some(format!(
                "in {} s, with its timers running {SLOW} times faster, it did not poll {POLLS} times",
                BUDGET.as_secs()
            )),
        };
        let polls = slow.is_some() && fast.is_some();
        if !polls {
            break;
        }
    }
    doubt
}

/// The pauses between a client's first polls at a speed, in real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pauses {
    shortest: Duration,
    longest: Duration,
}

impl Pauses {
    /// Whether timers that paused so are faster than those of the slower run. A machine that is held
    /// up makes a pause longer, never shorter; and a client may have a short one of its own.
    fn proves_against(self, slow: Self) -> bool {
        self.shortest.mul_f64(TELLING) <= slow.shortest
            || self.longest.mul_f64(TELLING) <= slow.longest
    }
}

async fn pauses(driver: &dyn Driver, story: &str, speed: f64, seed: u64) -> Option<Pauses> {
    let story = load_text("clock", "clock", story).ok()?.remove(0);
    let stage = Stage::set(&story, Pace::Real(speed), seed).await.ok()?;
    let journal = Arc::clone(stage.live_journal());
    let origins = stage.origins();
    let mut director = Director::new(stage, &story, driver, Log::default());
    let watch = async {
        loop {
            tokio::time::sleep(LOOK).await;
            let mut trace = Trace::default();
            trace.add_journal(journal.entries().iter().map(AsRef::as_ref), &origins);
            if let Some(pauses) = first_pauses(&trace) {
                return pauses;
            }
        }
    };
    let told = async {
        tokio::select! {
            pauses = watch => Some(pauses),
            _ = director.tell() => None,
        }
    };
    let told = tokio::time::timeout(BUDGET, told).await.ok().flatten();
    director.abandon().await;
    let Pauses { shortest, longest } = told?;
    Some(Pauses { shortest: shortest.div_f64(speed), longest: longest.div_f64(speed) })
}

/// Between the first polls for a session, on the service's clock; `None` before there were enough.
fn first_pauses(trace: &Trace) -> Option<Pauses> {
    let polls = [Call::Profiles, Call::ProfileByMvpd, Call::ProfileByCode];
    let session = trace.exchanges.iter().position(|e| e.is(&[Call::CreateSession]))?;
    let polls: Vec<_> =
        trace.exchanges[session..].iter().filter(|e| e.is(&polls)).take(POLLS).collect();
    let pauses = || polls.windows(2).map(|pair| pair[1].arrived.since(pair[0].arrived));
    let (shortest, longest) = pauses().min().zip(pauses().max())?;
    (polls.len() >= POLLS).then_some(Pauses { shortest, longest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(shortest: u64, longest: u64) -> Pauses {
        let [shortest, longest] = [shortest, longest].map(Duration::from_millis);
        Pauses { shortest, longest }
    }

    #[test]
    fn timers_that_follow_pause_a_sixth_as_long() {
        assert!(pauses(250, 270).proves_against(pauses(1500, 1520)));
        assert!(!pauses(15_000, 15_010).proves_against(pauses(15_000, 15_020)));
        assert!(pauses(750, 750).proves_against(pauses(1500, 1500)));
        assert!(!pauses(751, 751).proves_against(pauses(1500, 1500)));
    }

    #[test]
    fn one_pause_in_which_the_machine_was_held_up_does_not_count() {
        assert!(pauses(260, 2100).proves_against(pauses(1510, 1530)));
        // A client's own first pause may be short at any speed.
        assert!(pauses(20, 250).proves_against(pauses(20, 1500)));
    }
}
