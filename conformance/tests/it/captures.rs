//! The same client judged live, from the journal, and from its HAR.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use pass_conformance::defects::{self, Defect, Defects};
use pass_conformance::driver::{Command, Driver};
use pass_conformance::judge::{Judgement, judge_all};
use pass_conformance::outcome::{Ending, ScenarioOutcome};
use pass_conformance::rules;
use pass_conformance::runner::{Audience, House, Scene, play_in};
use pass_conformance::scenario::{self, Scenario};
use pass_conformance::stage::Pace;
use pass_conformance::trace::Trace;
use pass_conformance::trace::capture::{Capture, Reading};
use pass_conformance::verdict::{Edition, Verdict};
use pass_mock::clock::Timestamp;
use pass_mock::journal::{Entry, Journal, export, har};

use super::python::{client_in_python, python_is_there};
use super::runner::reference;

/// Keeps the scene of a story, and with it the journal.
#[derive(Debug, Default)]
struct Recorder(Mutex<Option<Scene>>);

impl Audience for Recorder {
    fn begins(&self, scene: Scene) {
        *self.0.lock().unwrap() = Some(scene);
    }
}

/// A scenario as it was judged live, and what the service's journal holds of it.
struct Played {
    outcome: ScenarioOutcome,
    entries: Vec<Arc<Entry>>,
}

async fn play(scenario: &Scenario, driver: &dyn Driver, pace: Pace) -> Played {
    let recorder = Arc::new(Recorder::default());
    let house = House { audience: Arc::clone(&recorder) as Arc<dyn Audience>, ..House::default() };
    let outcome = play_in(&house, scenario, driver, pace, 1).await;
    let scene = recorder.0.lock().unwrap().take().unwrap();
    Played { outcome, entries: scene.journal.entries() }
}

impl Played {
    /// The entries of each run of the app on each device, in order of the runs' first calls.
    fn runs(&self) -> Vec<Vec<&Entry>> {
        let trace = &self.outcome.trace;
        let exchanges = trace.exchanges.iter().chain(&trace.user_agent);
        let run_of: BTreeMap<u64, (u32, u32)> =
            exchanges.map(|e| (e.arrived.order, (e.device, e.run))).collect();
        let mut runs: Vec<((u32, u32), Vec<&Entry>)> = Vec::new();
        for entry in &self.entries {
            let Some(run) = run_of.get(&entry.arrived.order) else { continue };
            match runs.iter_mut().find(|(known, _)| known == run) {
                Some((_, entries)) => entries.push(entry),
                None => runs.push((*run, vec![entry])),
            }
        }
        runs.into_iter().map(|(_, entries)| entries).collect()
    }

    /// Verdicts by rule and edition.
    fn live(&self) -> Verdicts {
        verdicts(&self.outcome.judgements)
    }
}

type Verdicts = BTreeMap<(&'static str, Edition), Verdict>;

/// Verdicts of the rules that need no events.
fn verdicts(judgements: &[Judgement]) -> Verdicts {
    let judged = judgements.iter().filter(|judgement| !judgement.rule.needs_events);
    judged.map(|judgement| ((judgement.rule.id, judgement.edition), judgement.verdict)).collect()
}

type Write = fn(&[&Entry]) -> String;

fn lines(entries: &[&Entry]) -> String {
    export::lines(&Journal::default(), entries.iter().copied(), Timestamp(0))
}

fn archive(entries: &[&Entry]) -> String {
    har::archive(entries.iter().copied()).to_string()
}

const FORMATS: [(&str, Write); 2] = [("jsonl", lines), ("har", archive)];

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Agrees on what a scenario's settings tell, and no capture does.
fn agree(trace: &mut Trace, live: &Trace) {
    let live = &live.context;
    let context = &mut trace.context;
    context.capabilities.clone_from(&live.capabilities);
    if let (Some(capabilities), None) = (&mut context.capabilities, &live.device_ip) {
        // It acts for devices where it is told of one.
        capabilities.remove("server_to_server");
    }
    context.named_mvpds.clone_from(&live.named_mvpds);
    context.picks_mvpd = live.picks_mvpd;
    context.flow = live.flow;
    context.role = live.role;
    context.resource_limits = live.resource_limits;
    context.device_ip.clone_from(&live.device_ip);
    context.has_subject = live.has_subject;
    context.exact_time = live.exact_time;
    context.jitter_ms = live.jitter_ms;
}

/// What was judged live, had nobody told what the user did and saw.
fn without_events(live: &Trace) -> Verdicts {
    let mut trace = live.clone();
    agree(&mut trace, live);
    trace.events.clear();
    trace.context.has_events = false;
    trace.context.about_throttling = false;
    // A capture ends with the last that it holds.
    let all = trace.exchanges.iter().chain(&trace.user_agent);
    let ended = all.flat_map(|exchange| [Some(exchange.arrived), exchange.answered]).flatten();
    trace.context.ended = ended.max().unwrap_or_default();
    verdicts(&judge_all(&trace))
}

/// The verdicts on everything as one capture, and on its runs as one capture each.
fn captured(played: &Played, folder: &Path, (ending, write_as): (&str, Write)) -> [Verdicts; 2] {
    let all: Vec<&Entry> = played.entries.iter().map(AsRef::as_ref).collect();
    let whole = [write(folder, &format!("whole.{ending}"), &write_as(&all))];
    let runs = played.runs().into_iter().enumerate();
    let runs: Vec<_> = runs
        .map(|(n, entries)| write(folder, &format!("run-{n}.{ending}"), &write_as(&entries)))
        .collect();
    let whole_reading = Reading { speed: played.outcome.trace.context.speed, ..Reading::default() };
    let launched = Reading { from_launch: true, ..whole_reading.clone() };
    let judge = |files: &[PathBuf], reading: &Reading| {
        let mut trace = Capture::read(files, reading).unwrap().trace;
        agree(&mut trace, &played.outcome.trace);
        verdicts(&judge_all(&trace))
    };
    [judge(&whole, &whole_reading), judge(&runs, &launched)]
}

/// What differs between verdicts, in words.
fn differences(
    name: &str,
    expected: &Verdicts,
    captured: &Verdicts,
    may: impl Fn(Verdict, Verdict) -> bool,
) -> Vec<String> {
    let mut differences = Vec::new();
    for (&(rule, edition), &verdict) in expected {
        let found = captured[&(rule, edition)];
        if found != verdict && !may(verdict, found) {
            let said = format!("{name}: {rule} in {edition}: {verdict:?}, captured {found:?}");
            differences.push(said);
        }
    }
    differences
}

/// A capture shows less: it may have nothing to say against a client, but never anything that is not
/// so.
fn accuses_no_more(live: Verdict, captured: Verdict) -> bool {
    captured <= live.max(Verdict::Inconclusive)
}

/// What a client's captures came to, compared to what was judged live.
#[derive(Default)]
struct Compared {
    /// What differs that must not.
    wrong: Vec<String>,
    /// Rules that were violated by what the captures show.
    caught: BTreeSet<&'static str>,
}

impl Compared {
    /// Holds the captures of what was played against what was judged live.
    fn add(&mut self, name: &str, conforms: bool, played: &Played) {
        let folder = tempfile::tempdir().unwrap();
        let [lines, har] = FORMATS.map(|format| captured(played, folder.path(), format));
        assert_eq!(lines, har, "{name}: the journal and its HAR");
        let [whole, runs] = lines;
        let without = without_events(&played.outcome.trace);
        let all = [
            differences(&format!("{name}, without events"), &without, &runs, |_, _| false),
            differences(name, &played.live(), &runs, accuses_no_more),
            differences(&format!("{name}, at one go"), &played.live(), &whole, accuses_no_more),
        ];
        // Where nobody says which launches there were, a mistake across them may look like another.
        let judged = if conforms { &all[..] } else { &all[..2] };
        self.wrong.extend(judged.concat());
        let broken = runs.iter().filter(|(_, verdict)| **verdict >= Verdict::Warn);
        self.caught.extend(broken.map(|((rule, _), _)| *rule));
    }
}

/// Plays scenarios with the bundled client, and holds its captures against what was judged live.
async fn compare(defect: Option<Defect>, scenarios: &[Scenario]) -> Compared {
    let defects = defect.map_or(Defects::NONE, Defects::from);
    let mut compared = Compared::default();
    for scenario in scenarios {
        let played = play(scenario, &*reference(defects), Pace::Virtual).await;
        if !matches!(played.outcome.ending, Ending::Completed | Ending::ClientTimeout) {
            continue;
        }
        let name = defect.map_or("no defect", |defect| defect.about().id);
        compared.add(&format!("{name} in {}", scenario.name), defect.is_none(), &played);
    }
    compared
}

/// The same with clients in processes of their own, side by side, in time that goes three times as
/// fast: each a script and a scenario.
fn play_outside<T>(all: &[(&str, &str, T)]) -> Vec<Played> {
    let play = |(script, name, _): &(&str, &str, T)| {
        let driver = Command::new(client_in_python(script));
        let scenario = scenarios(&[*name]).remove(0);
        move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(play(&scenario, &driver, Pace::Real(3.0)))
        }
    };
    let played: Vec<_> = std::thread::scope(|scope| {
        let playing: Vec<_> = all.iter().map(|one| scope.spawn(play(one))).collect();
        playing.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for Played { outcome, .. } in &played {
        assert_eq!(outcome.ending, Ending::Completed, "{:?}\n{}", outcome.detail, outcome.log);
    }
    played
}

fn scenarios(names: &[&str]) -> Vec<Scenario> {
    let all = scenario::all().unwrap().into_iter();
    let picked: Vec<_> = all.filter(|scenario| names.contains(&scenario.name.as_str())).collect();
    assert_eq!(picked.len(), names.len());
    picked
}

#[tokio::test]
async fn live_journal_and_har_say_the_same_of_every_scenario() {
    let compared = compare(None, &scenario::all().unwrap()).await;
    assert!(compared.wrong.is_empty(), "{}", compared.wrong.join("\n"));
}

#[tokio::test]
async fn live_journal_and_har_say_the_same_of_every_defect() {
    let scenarios =
        scenarios(&["relaunch", "throttled-at-play", "new-code", "sign-out-in-browser"]);
    let mut caught = BTreeSet::new();
    for defect in defects::all() {
        let rule = rules::find(defect.about().rule).unwrap();
        if !rule.needs_events {
            let compared = compare(Some(defect), &scenarios).await;
            assert!(compared.wrong.is_empty(), "{}", compared.wrong.join("\n"));
            caught.extend(compared.caught);
        }
    }
    assert!(caught.len() >= 20, "hardly anything is seen in a capture: {caught:?}");
}

/// What a client in Python is played through, with nothing wrong, or one thing and the rule it breaks.
const OUTSIDE: &[(&str, &str, Option<&str>)] = &[
    ("adapters/python/client.py", "relaunch", None),
    ("adapters/python/client.py", "permit-and-deny", None),
    ("adapters/python/client.py", "catalogue", None),
    ("adapters/python/client.py", "retry-authorize", None),
    ("adapters/python/client.py", "token-refused", None),
    ("adapters/python/client.py", "throttled-at-launch", None),
    ("adapters/python/client.py", "sign-out-in-browser", None),
    ("adapters/python/client.py", "first-sign-in@second-screen", None),
    ("adapters/python/client.py", "service-token", None),
    ("adapters/python/client.py", "apple-sign-in", None),
    ("adapters/python/client.py", "temp-pass-promotional", None),
    ("tests/it/python/broken.py forgets-credentials", "relaunch", Some("REG-2")),
    ("tests/it/python/broken.py token-per-call", "permit-and-deny", Some("REG-3")),
    ("tests/it/python/broken.py keeps-refused-token", "token-refused", Some("REG-5")),
    ("tests/it/python/broken.py polls-after-success", "first-sign-in@second-screen", Some("POL-5")),
    ("tests/it/python/broken.py asks-for-all", "large-catalogue", Some("PRE-1")),
    ("tests/it/python/broken.py uses-response-twice", "apple-sign-in", Some("SSO-4")),
];

#[test]
fn live_journal_and_har_say_the_same_of_a_client_in_python() {
    if !python_is_there() {
        return;
    }
    let _machine = crate::the_machine();
    for ((script, _, rule), played) in OUTSIDE.iter().zip(play_outside(OUTSIDE)) {
        let name = format!("{script} in {}", played.outcome.name);
        let mut compared = Compared::default();
        compared.add(&name, rule.is_none(), &played);
        assert!(compared.wrong.is_empty(), "{}", compared.wrong.join("\n"));
        assert_eq!(compared.caught, rule.iter().copied().collect(), "{name}");
    }
}
