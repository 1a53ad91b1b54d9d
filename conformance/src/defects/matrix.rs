//! The defect matrix: defects × scenarios, and which rules caught what.
//!
//! A rule ships only with a client that it catches: each defect is caught by the rule it breaks, in
//! each edition that has it in for that defect, and by no other rule in any scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use super::{Defect, Defects, Switches};
use crate::driver::InProcess;
use crate::outcome::{Ending, ScenarioOutcome};
use crate::reference;
use crate::runner::{self, Options, RunError};
use crate::scenario::Scenario;
use crate::verdict::Edition;

/// What one defect, or none, came to in all scenarios.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was switched on; `None` for the client without defects.
    pub defect: Option<Defect>,
    /// The scenarios in which a rule was violated, by rule and edition.
    pub caught: BTreeMap<(&'static str, Edition), BTreeSet<String>>,
    /// Scenarios that ended as not even a defect explains.
    pub broken: Vec<String>,
}

impl Row {
    fn new(defect: Option<Defect>) -> Self {
        Self { defect, caught: BTreeMap::new(), broken: Vec::new() }
    }

    /// Plays scenarios with one defect switched on, one after the other.
    fn play(defect: Defect, scenarios: Vec<Scenario>) -> Result<Self, RunError> {
        let mut row = Self::new(Some(defect));
        let outcomes = play_with(&Switches::from(Defects::from(defect)), scenarios)?;
        outcomes.iter().for_each(|scenario| row.add(scenario));
        Ok(row)
    }

    fn add(&mut self, scenario: &ScenarioOutcome) {
        let explained = match scenario.ending {
            Ending::Completed | Ending::Skipped => true,
            // A defect may make a client fail to do something, but never crash, unless that is what
            // a rule caught.
            Ending::ClientTimeout => self.defect.is_some(),
            Ending::ClientCrashed => self.defect.is_some() && !scenario.judgements.is_empty(),
            _ => false,
        };
        if !explained {
            let detail = scenario.detail.as_deref().unwrap_or_default();
            self.broken.push(format!("{}: {} {detail}", scenario.name, scenario.ending.name()));
        }
        for judgement in &scenario.judgements {
            let too_close = self.defect.is_none() && !judgement.inconclusive.is_empty();
            if !judgement.violations.is_empty() || too_close {
                let place = self.caught.entry((judgement.rule.id, judgement.edition)).or_default();
                place.insert(scenario.name.clone());
            }
        }
    }

    /// The rule and the editions in which it has to catch the defect; none without a defect.
    pub fn expected(&self) -> BTreeSet<(&'static str, Edition)> {
        let about = self.defect.map(Defect::about);
        let places = about.iter().flat_map(|about| about.editions.iter().map(|e| (about.rule, *e)));
        places.collect()
    }

    /// What is not as the catalogue says, one sentence each.
    pub fn faults(&self) -> Vec<String> {
        let name = self.defect.map_or("no defect", |defect| defect.about().id);
        let expected = self.expected();
        let missed = expected
            .iter()
            .filter(|place| !self.caught.contains_key(place))
            .map(|(rule, edition)| format!("{name}: not caught by {rule} in {edition}"));
        let wrong = self.caught.iter().filter(|(place, _)| !expected.contains(place)).map(
            |((rule, edition), scenarios)| {
                let scenarios: Vec<_> = scenarios.iter().map(String::as_str).collect();
                format!("{name}: caught by {rule} in {edition}: {}", scenarios.join(", "))
            },
        );
        let broken = self.broken.iter().map(|broken| format!("{name}: {broken}"));
        missed.chain(wrong).chain(broken).collect()
    }
}

/// Plays every scenario with the client without defects, and then with every defect that the client
/// was asked about there: in the others it makes no difference. As many at a time as there are
/// cores. `done` hears of each row as it comes.
///
/// # Errors
/// Whatever keeps the runner from playing at all.
pub fn play(
    defects: &[Defect],
    scenarios: &[Scenario],
    done: impl Fn(&Row) + Sync,
) -> Result<Vec<Row>, RunError> {
    let conforming = on_all_cores(scenarios, Conforming::play)?;
    let mut clean = Row::new(None);
    conforming.iter().flat_map(|played| &played.outcomes).for_each(|outcome| clean.add(outcome));
    done(&clean);
    let rows = on_all_cores(defects, |defect| {
        let concerned = conforming.iter().filter(|played| played.asked.has(*defect));
        let row = Row::play(*defect, concerned.map(|played| played.scenario.clone()).collect())?;
        done(&row);
        Ok(row)
    })?;
    Ok(std::iter::once(clean).chain(rows).collect())
}

/// A scenario, played with the client without defects.
struct Conforming {
    scenario: Scenario,
    outcomes: Vec<ScenarioOutcome>,
    /// The defects that it was asked about.
    asked: Defects,
}

impl Conforming {
    fn play(scenario: &Scenario) -> Result<Self, RunError> {
        let switches = Switches::default();
        let outcomes = play_with(&switches, vec![scenario.clone()])?;
        Ok(Self { scenario: scenario.clone(), outcomes, asked: switches.asked() })
    }
}

fn play_with(
    switches: &Switches,
    scenarios: Vec<Scenario>,
) -> Result<Vec<ScenarioOutcome>, RunError> {
    let switches = switches.clone();
    let driver = Arc::new(InProcess::new(move |host| reference::run(host, switches.clone())));
    let jobs = Some(NonZeroUsize::MIN);
    let options = Options { long: true, jobs, ..Options::new(driver, scenarios) };
    let (events, _) = mpsc::channel();
    Ok(runner::run(&options, &events)?.scenarios)
}

/// Does something with each of many, on all cores, and keeps their order.
fn on_all_cores<T: Sync, R: Send>(
    all: &[T],
    work: impl Fn(&T) -> Result<R, RunError> + Sync,
) -> Result<Vec<R>, RunError> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let worker = || -> Result<(), RunError> {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = all.get(place) else { return Ok(()) };
            let result = work(one)?;
            results.lock().unwrap_or_else(PoisonError::into_inner).push((place, result));
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(outcome) => outcome,
            Err(_) => Err(RunError::Harness("a worker panicked".into())),
        })
    })?;
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(place, _)| *place);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    /// Everything that happened, but for the ports, which the system chooses.
    fn story(outcomes: &[ScenarioOutcome]) -> String {
        let [outcome] = outcomes else { panic!("one scenario") };
        let exchanges = outcome.trace.exchanges.iter().map(|exchange| {
            let answer = exchange.answer.as_ref().map(|answer| (&answer.status, &answer.body));
            let body = &exchange.body;
            format!("{:?} {} {body:?} {answer:?}", exchange.arrived, exchange.path)
        });
        let events = outcome.trace.events.iter().map(|event| format!("{event:?}"));
        let port = outcome.trace.context.base_url.clone().unwrap_or_default();
        exchanges.chain(events).collect::<Vec<_>>().join("\n").replace(&port, "")
    }

    #[test]
    fn what_a_client_is_never_asked_about_makes_no_difference() {
        let all = scenario::all().unwrap();
        let wanted = all.iter().find(|scenario| scenario.name == "permit-and-deny").unwrap();
        let conforming = Conforming::play(wanted).unwrap();
        let (asked, others): (Vec<_>, Vec<_>) =
            super::super::all().partition(|defect| conforming.asked.has(*defect));
        assert!(asked.len() > 10, "{asked:?}");
        assert!(others.len() > 10, "{others:?}");
        for defect in others {
            let played = play_with(&Defects::from(defect).into(), vec![wanted.clone()]).unwrap();
            assert!(story(&played) == story(&conforming.outcomes), "{defect:?}");
        }
        let denied = Defects::from(Defect::DeniesInSilence);
        let played = play_with(&denied.into(), vec![wanted.clone()]).unwrap();
        assert!(story(&played) != story(&conforming.outcomes));
    }
}
