//! All stories that are a little simpler than a given one, the simplest first.

use pass_mock::config::{Lifetime, Lifetimes};

use crate::scenario::{Flows, PickedIn, ScenarioFile, SignIn, Step, Viewer};

/// Stories with less in them. Not all of them make sense.
pub(super) fn than(file: &ScenarioFile) -> Vec<ScenarioFile> {
    let mut simpler = Vec::new();
    without_steps(file, &mut simpler);
    in_one_go(file, &mut simpler);
    as_always(file, &mut simpler);
    plainer_steps(file, &mut simpler);
    simpler
}

/// Runs of steps left out: long ones first, and late ones first, because what comes after a
/// violation is needed least.
fn without_steps(file: &ScenarioFile, simpler: &mut Vec<ScenarioFile>) {
    let count = file.steps.len();
    let mut length = count / 2;
    while length > 0 {
        let mut end = count;
        while end > 0 {
            let start = end.saturating_sub(length);
            let mut less = file.clone();
            less.steps.drain(start..end);
            simpler.push(less);
            end = start;
        }
        length /= 2;
    }
}

/// One thing about the service, or about the story as a whole, as it always is.
fn as_always(file: &ScenarioFile, simpler: &mut Vec<ScenarioFile>) {
    let usual = Lifetimes::default();
    let changes: [fn(&mut ScenarioFile, &Lifetimes); 8] = [
        |file, _| file.server.throttle = false,
        |file, _| file.server.login_delay = Lifetime::default(),
        |file, usual| file.server.lifetimes.access_token = usual.access_token,
        |file, usual| file.server.lifetimes.profile = usual.profile,
        |file, usual| file.server.lifetimes.media_token = usual.media_token,
        |file, usual| file.server.lifetimes.code = usual.code,
        |file, _| file.picked_in = PickedIn::App,
        |file, _| {
            if file.picked_in == PickedIn::App {
                file.flow = Flows::Browser;
            }
        },
    ];
    for change in changes {
        let mut less = file.clone();
        change(&mut less, &usual);
        if less != *file {
            simpler.push(less);
        }
    }
}

/// A sign-in that is left open and finished later, done in one go.
fn in_one_go(file: &ScenarioFile, simpler: &mut Vec<ScenarioFile>) {
    let finishes = file.steps.iter().enumerate();
    for (end, _) in finishes.filter(|(_, step)| matches!(step, Step::FinishSignIn(_))) {
        let left_open =
            |step: &Step| matches!(step, Step::SignIn(how) if how.viewer == Viewer::DoesNothing);
        if let Some(start) = file.steps[..end].iter().rposition(left_open) {
            let mut less = file.clone();
            less.steps[start] = Step::SignIn(SignIn::default());
            less.steps.remove(end);
            simpler.push(less);
        }
    }
}

/// One step with less in it.
fn plainer_steps(file: &ScenarioFile, simpler: &mut Vec<ScenarioFile>) {
    for (place, step) in file.steps.iter().enumerate() {
        for plainer in plainer(step) {
            let mut less = file.clone();
            less.steps[place] = plainer;
            simpler.push(less);
        }
    }
}

fn plainer(step: &Step) -> Vec<Step> {
    match step {
        Step::SignIn(how) if *how != SignIn::default() => vec![Step::SignIn(SignIn::default())],
        Step::Browse(resources) if resources.len() > 1 => {
            vec![Step::Browse(resources[..1].to_vec())]
        }
        Step::Play(resource) if resource != "REF30" => vec![Step::Play("REF30".to_owned())],
        Step::Wait(time) => {
            let shorter = [2, 5, 10, 20, 40, 100, 240].map(Lifetime::seconds);
            shorter.into_iter().filter(|shorter| shorter.0 < time.0).map(Step::Wait).collect()
        }
        _ => Vec::new(),
    }
}
