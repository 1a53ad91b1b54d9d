//! What a person is asked to do, in words.

use std::time::Duration;

use super::sitting::StepNow;
use crate::protocol::{Action, Flow};
use crate::scenario::{PickedIn, Scenario, SignIn, Step, USUAL_LOGIN, Viewer};

/// A headline and what there is to say under it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) headline: String,
    pub(super) details: Vec<String>,
}

impl Words {
    pub(super) fn of(headline: impl Into<String>, details: &[&str]) -> Self {
        let details = details.iter().map(ToString::to_string).collect();
        Self { headline: headline.into(), details }
    }
}

/// What an action asks for.
pub(super) fn action(action: &Action, at: Option<&StepNow>, scenario: &Scenario) -> Words {
    match action {
        Action::Launch => Words::of(
            "Start the app",
            &["Go on when it shows its first screen, or when it clearly does not."],
        ),
        Action::SignIn { mvpd } => sign_in("Sign in", mvpd.as_deref(), at, scenario),
        Action::SwitchProvider { mvpd } => {
            sign_in("Ask to sign in with another provider", mvpd.as_deref(), at, scenario)
        }
        Action::Browse { resources } => Words::of(
            format!("Look at the catalogue: {}", quoted(resources)),
            &["Go on when the app shows which of them may be watched."],
        ),
        Action::Play { resource } => Words::of(
            format!("Play “{resource}”"),
            &["Go on when it plays, or when the app says why it does not."],
        ),
        Action::Stop => Words::of("Stop what is playing", &[]),
        Action::RequestNewCode => {
            Words::of("Ask for a new code", &["Go on when another code is on the screen."])
        }
        Action::Foreground => Words::of(
            "Send the app to the background, then bring it back",
            &["Go on when it is on the screen again."],
        ),
        Action::SignOut => Words::of(
            "Sign out",
            &[
                "Go on when the app shows that nobody is signed in any more. If it shows an address \
               or opens a page to finish with, follow it to its end.",
            ],
        ),
        Action::EnterCode { code, mvpd } => enter_code(code, mvpd.as_deref(), at),
        Action::Quit => Words::of(
            "Close the app",
            &["Really end it: from the list of recent apps, or by the device's settings."],
        ),
    }
}

/// What is going on when nothing is asked.
pub(super) fn step(at: &StepNow) -> Words {
    match &at.step {
        Step::Wait(time) => Words::of(
            format!("Leave the device alone for {}", time_of(time.0)),
            &["Something shall happen, or not happen, without anybody's doing."],
        ),
        Step::Server(_) => Words::of("Something happens at the service", &[]),
        _ => Words::of("One moment", &["The next step comes by itself."]),
    }
}

/// What is left to do about a sign-in that was left open.
pub(super) fn finish(at: &StepNow, scenario: &Scenario) -> Words {
    let Step::FinishSignIn(how) = &at.step else { return Words::default() };
    let mut words = Words::of("Go on with the sign-in that is still open", &[]);
    words.details = login(how, at, scenario);
    words
}

fn sign_in(what: &str, mvpd: Option<&str>, at: Option<&StepNow>, scenario: &Scenario) -> Words {
    let headline = match mvpd {
        Some(mvpd) => format!("{what}: pick “{mvpd}”"),
        None => what.to_owned(),
    };
    let mut words = Words::of(headline, &[]);
    if let Some(at) = at
        && let Step::SignIn(how) | Step::SwitchProvider(how) = &at.step
    {
        words.details = login(how, at, scenario);
    }
    words
}

/// The viewer's part in a login.
fn login(how: &SignIn, at: &StepNow, scenario: &Scenario) -> Vec<String> {
    let place = match scenario.flow {
        Flow::Browser => "the provider's page",
        Flow::SecondScreen => "the code",
    };
    let mut details = Vec::new();
    match (how.viewer, scenario.flow) {
        (Viewer::SignsIn, Flow::Browser) => {
            details.push(credentials(at, "On the provider's page"));
            details.extend(takes(how.takes.map(Duration::from), "before you send it"));
            details
                .push("Go on when the app shows that you are signed in, or that it failed.".into());
        }
        (Viewer::SignsIn, Flow::SecondScreen) => {
            details.push(
                "Type the code that the app shows into the field below: a second screen then signs \
                 in with it for you."
                    .into(),
            );
            if scenario.file.picked_in == PickedIn::SecondScreen {
                details
                    .push("The app should not ask for a provider; the second screen does.".into());
            }
            details
                .push("Go on when the app shows that you are signed in, or that it failed.".into());
        }
        (Viewer::ClosesBrowser, _) => {
            details.push(format!("When {place} is there, close it without signing in."));
            details.extend(takes(how.takes.map(Duration::from), "before you do"));
            details.push("Go on when the app is back on its own screen.".into());
        }
        (Viewer::DoesNothing, _) => {
            details.push(format!("When {place} is there, leave it as it is, and say so below."));
        }
    }
    details
}

fn enter_code(code: &str, mvpd: Option<&str>, at: Option<&StepNow>) -> Words {
    let mut words = Words::of(format!("Type the code {code} into the app"), &[]);
    words.details.extend(mvpd.map(|mvpd| format!("Pick “{mvpd}” where it asks for a provider.")));
    let Some(at) = at else { return words };
    let Step::EnterCode(how) = &at.step else { return words };
    words.details.push(match how.viewer {
        Viewer::SignsIn => credentials(at, "On the provider's page, if it comes to that"),
        Viewer::ClosesBrowser => "Close the provider's page without signing in.".into(),
        Viewer::DoesNothing => "Leave the provider's page as it is.".into(),
    });
    words.details.push("Go on when the app shows what became of it.".into());
    words
}

fn credentials(at: &StepNow, place: &str) -> String {
    let who = &at.who;
    format!("{place}, give the user name “{}” and the password “{}”.", who.username, who.password)
}

fn takes(time: Option<Duration>, before: &str) -> Option<String> {
    let time = time.filter(|time| *time > USUAL_LOGIN)?;
    Some(format!("Wait {} {before}.", time_of(time)))
}

/// A length of time in words.
pub(super) fn time_of(time: Duration) -> String {
    let seconds = time.as_secs_f64().round();
    match seconds {
        1.0 => "a second".into(),
        s if s < 120.0 => format!("{s} seconds"),
        s if s < 7200.0 => format!("{} minutes", (s / 60.0).round()),
        s => format!("{} hours", (s / 3600.0).round()),
    }
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("“{word}”")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::attach::answers;
    use crate::scenario::load_text;
    use crate::user_agent::Credentials;

    /// What a person reads and can press at the second step of a story.
    fn read(flow: &str, step: &str, asked: &Action, tells: bool) -> (String, Vec<String>) {
        let text = format!("title: t\nwhy: w\nflow: {flow}\nsteps: [launch, {step}]");
        let scenario = load_text("own", "own.yaml", &text).unwrap().remove(0);
        let who = Credentials { username: "demo".into(), password: "secret".into() };
        let step = scenario.file.steps[1].clone();
        let at = StepNow { place: 1, step, device: 0, who, since: Instant::now() };
        let words = action(asked, Some(&at), &scenario);
        let answers = answers::to_action(7, asked, Some(&at.step), &scenario, tells);
        let labels = answers.into_iter().map(|answer| answer.label).collect();
        (format!("{}: {}", words.headline, words.details.join(" ")), labels)
    }

    #[test]
    fn a_viewer_who_hesitates_closes_or_does_nothing_is_described() {
        let sign_in = Action::SignIn { mvpd: Some("Cablevision".into()) };
        let read = |flow, how: &str| {
            let step = format!("sign_in: {{{how}}}");
            read(flow, &step, &sign_in, true)
        };
        let (words, labels) = read("browser", "takes: 45s");
        assert!(words.starts_with("Sign in: pick “Cablevision”: "), "{words}");
        assert!(words.contains("“demo” and the password “secret”"), "{words}");
        assert!(words.contains("Wait 45 seconds before you send it."), "{words}");
        assert_eq!(labels[0], "It is signed in");
        let (words, labels) = read("browser", "viewer: closes_browser");
        assert!(words.contains("close it without signing in") && !words.contains("secret"));
        assert_eq!(labels[0], "It is closed");
        let (words, labels) = read("browser", "viewer: does_nothing");
        assert!(words.contains("leave it as it is"), "{words}");
        assert_eq!(labels[0], "It is there");
        let (words, labels) = read("second_screen", "takes: 1s");
        assert!(words.contains("Type the code that the app shows"), "{words}");
        assert_eq!(labels[..2], ["Use this code", "It is signed in"]);
    }

    #[test]
    fn whoever_tells_has_more_to_answer() {
        let play = Action::Play { resource: "news".into() };
        let (words, telling) = read("browser", "play: news", &play, true);
        assert!(words.starts_with("Play “news”: "), "{words}");
        assert_eq!(telling[..2], ["It plays", "It refuses to play"]);
        let (_, silent) = read("browser", "play: news", &play, false);
        assert_eq!(silent[0], "It plays, or says why not");
        assert_eq!(silent[1..], ["It did not work", "This app cannot do that"]);
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let said = |seconds| time_of(Duration::from_secs(seconds));
        let all = [1, 45, 600, 10_800].map(said);
        assert_eq!(all, ["a second", "45 seconds", "10 minutes", "3 hours"]);
    }
}
