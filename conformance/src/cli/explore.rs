//! `pass-conformance run --explore`: stories that nobody wrote, and the shortest that still fail.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::failure::Failure;
use super::{output, run};
use crate::explore::{self, Finding, Shrunk, What};
use crate::outcome::{ClientInfo, RunOutcome};
use crate::rules;
use crate::runner::{self, Options};
use crate::scenario::{Scenario, ScenarioFile};

/// No more stories than this are played to make one simpler.
const PATIENCE: usize = 400;

/// Has stories played instead of the scenarios that were picked; who the client says it is, if it
/// does. It is asked twice: on a busy machine the first start of a program may take long.
pub(super) fn draw(options: &mut Options, count: u32) -> Result<Option<ClientInfo>, Failure> {
    let ask = || runner::introduce(options).map_err(run::failure);
    let client = match ask()? {
        Some(client) => Some(client),
        None => ask()?,
    };
    match &client {
        Some(client) => options.scenarios = explore::stories(client, count, options.seed),
        None => output::print_aside(
            "The client does not say who it is, so no stories can be drawn for it: the scenarios are \
             played instead.\n",
        ),
    }
    Ok(client)
}

/// Makes sure that files can be kept before anything is played.
pub(super) fn make_directory(directory: &Path) -> Result<(), Failure> {
    let shown = directory.display();
    fs::create_dir_all(directory)
        .map_err(|error| Failure::usage(format!("{shown}: cannot be made a directory: {error}")))
}

/// Shows for everything that must not be the shortest story in which it is, or keeps it as a file.
pub(super) fn tell_findings(
    options: &Options,
    client: &ClientInfo,
    outcome: &RunOutcome,
    directory: Option<&Path>,
) -> Result<(), Failure> {
    let length = |story: usize| options.scenarios[story].file.steps.len();
    for finding in explore::findings(outcome, length) {
        output::print_aside(&format!("\nlooking for the shortest story of {}\n", finding.what));
        let story = &options.scenarios[finding.story];
        let shrunk = explore::shrink(options, client, story, &finding.what, PATIENCE);
        let text = match shrunk.map_err(run::failure)? {
            Some(shrunk) => tell(options, &finding, &shrunk, directory)?,
            None => format!(
                "{}: {} showed it, and did not when it was played again: the client does not always \
                 do the same\n",
                finding.what, story.name
            ),
        };
        output::print_aside(&text);
    }
    Ok(())
}

/// One finding: where its file is, or what is in it.
fn tell(
    options: &Options,
    finding: &Finding,
    shrunk: &Shrunk,
    directory: Option<&Path>,
) -> Result<String, Failure> {
    let file = as_scenario(finding, shrunk, options);
    let yaml = explore::yaml(&file).ok_or_else(|| {
        Failure::harness(format!("the story of {} cannot be written down", finding.what))
    })?;
    let name = format!("explored-{}.yaml", finding.what.to_string().to_lowercase());
    let mut text = format!("{}: {}\n", finding.what, shrunk.how);
    let (steps, played) = (file.steps.len(), shrunk.played);
    // Writing to a string cannot fail.
    let _ = match directory {
        Some(directory) => {
            let path = directory.join(name);
            let shown = path.display();
            fs::write(&path, yaml)
                .map_err(|error| Failure::usage(format!("{shown}: cannot be written: {error}")))?;
            writeln!(text, "{steps} steps, found among {played} stories: {shown}")
        }
        None => {
            let indent =
                |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") };
            let indented: String = yaml.lines().map(indent).collect();
            writeln!(
                text,
                "{steps} steps, found among {played} stories; `--save DIR` keeps it as {name}:\n\n\
                 {indented}"
            )
        }
    };
    Ok(text)
}

/// A story with a title and reasons that a reader can do something with.
fn as_scenario(finding: &Finding, shrunk: &Shrunk, options: &Options) -> ScenarioFile {
    let story: &Scenario = &shrunk.scenario;
    let mut file = (*Arc::clone(&story.file)).clone();
    match &finding.what {
        What::Rule(id) => {
            let rule = rules::all().iter().find(|rule| rule.id == *id);
            file.title = format!("{id} is violated");
            file.rules = vec![(*id).to_owned()];
            file.why = rule.map(|rule| rule.why.to_owned()).unwrap_or_default();
            file.looks_at = rule.map(|rule| rule.requires.to_owned()).into_iter().collect();
        }
        What::Ending(_) => {
            file.title = "The client does not come to the end".to_owned();
            file.why = "A viewer would be left with an app that hangs or is gone.".to_owned();
        }
    }
    let seed = options.seed;
    file.looks_at.push(format!("what was found in {} (--seed {seed})", story.name));
    file
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::defects::{Defect, Defects};
    use crate::driver::InProcess;
    use crate::reference;
    use crate::scenario::load_file;
    use crate::verdict::Edition;

    fn played(defect: &str) -> (Options, ClientInfo, RunOutcome) {
        let defects = Defects::from(Defect::find(defect).unwrap());
        let driver = Arc::new(InProcess::new(move |host| reference::run(host, defects)));
        let mut options =
            Options { gate: Edition::Apr2025, long: true, ..Options::new(driver, Vec::new()) };
        let client = draw(&mut options, 8).unwrap().expect("it introduces itself");
        let (events, _) = mpsc::channel();
        let outcome = runner::run(&options, &events).unwrap();
        (options, client, outcome)
    }

    #[test]
    fn what_is_kept_fails_in_the_same_way_when_it_is_played_as_a_scenario() {
        let (options, client, outcome) = played("credentials-not-kept");
        let directory = tempfile::tempdir().unwrap();
        tell_findings(&options, &client, &outcome, Some(directory.path())).unwrap();
        let path = directory.path().join("explored-reg-2.yaml");
        insta::assert_snapshot!(fs::read_to_string(&path).unwrap());
        let options = Options { scenarios: load_file(&path).unwrap(), ..options };
        let (events, _) = mpsc::channel();
        let outcome = runner::run(&options, &events).unwrap();
        let found = explore::findings(&outcome, |_| 0);
        assert_eq!(found[0].what, What::Rule("REG-2"));
    }

    #[test]
    fn what_is_not_kept_is_shown() {
        let (options, client, outcome) = played("credentials-not-kept");
        let length = |story: usize| options.scenarios[story].file.steps.len();
        let finding = explore::findings(&outcome, length).remove(0);
        let story = &options.scenarios[finding.story];
        let shrunk = explore::shrink(&options, &client, story, &finding.what, 400).unwrap();
        insta::assert_snapshot!(tell(&options, &finding, &shrunk.unwrap(), None).unwrap());
    }
}
