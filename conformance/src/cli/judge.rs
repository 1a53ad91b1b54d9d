//! `pass-conformance judge`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::args::JudgeArgs;
use super::failure::Failure;
use super::{output, reading};
use crate::judge::{Judgement, judge_all};
use crate::outcome::{ClientInfo, Ending, RunOutcome, ScenarioOutcome};
use crate::scenario::Capability;
use crate::trace::capture::{Capture, Contents, Reading};
use crate::{report, rules};

pub(super) fn run(arguments: &JudgeArgs) -> Result<u8, Failure> {
    let captures = captures(arguments)?;
    let names: Vec<_> = captures.iter().map(|capture| capture.name.clone()).collect();
    let (known, destinations) = arguments.reporting.prepare("capture", &names)?;
    let how = Reading {
        bases: arguments.base_url.clone(),
        allow_truncated: arguments.allow_truncated,
        from_launch: arguments.from_launch,
        one_device: arguments.one_device,
        capabilities: declared(arguments),
        speed: arguments.clock_speed,
    };
    let judged: Result<Vec<_>, _> = captures.iter().map(|named| judge(named, &how)).collect();
    let outcome = RunOutcome {
        gate: arguments.judged.edition,
        strict: arguments.judged.strict,
        client: ClientInfo {
            name: arguments.client_name.clone().unwrap_or_default(),
            capabilities: how.capabilities.iter().map(|known| known.name().to_owned()).collect(),
            ..ClientInfo::default()
        },
        scenarios: judged?,
    };
    let report = report::summarise(&outcome, rules::all(), &known);
    output::tell(&report, &destinations)?;
    Ok(report.summary.exit_code)
}

/// What is said of the client.
fn declared(arguments: &JudgeArgs) -> BTreeSet<Capability> {
    let web_client = arguments.web_client.then_some(Capability::WebClient);
    arguments.capability.iter().copied().chain(web_client).collect()
}

/// Files that are judged as one capture, and its name in the report.
struct Named {
    name: String,
    files: Vec<PathBuf>,
}

/// The captures by their shortest names that differ.
fn captures(arguments: &JudgeArgs) -> Result<Vec<Named>, Failure> {
    let files = &arguments.capture;
    if let Some(twice) = files.iter().enumerate().find(|(n, file)| files[..*n].contains(file)) {
        return Err(Failure::usage(format!("{} is given twice", twice.1.display())));
    }
    let short = |path: &Path| match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.display().to_string(),
    };
    if arguments.join {
        let names: Vec<_> = files.iter().map(|file| short(file)).collect();
        return Ok(vec![Named { name: names.join(" + "), files: files.clone() }]);
    }
    let named = files.iter().map(|file| {
        let name = short(file);
        let unique = files.iter().filter(|other| short(other) == name).count() == 1;
        let name = if unique { name } else { file.display().to_string() };
        Named { name, files: vec![file.clone()] }
    });
    Ok(named.collect())
}

fn judge(named: &Named, how: &Reading) -> Result<ScenarioOutcome, Failure> {
    let began = Instant::now();
    let shown = reading::Shown::new(&named.name);
    let Capture { trace, mut contents } =
        Capture::read(&named.files, how).map_err(Failure::usage)?;
    if trace.exchanges.is_empty() {
        return Err(Failure::usage(nothing_in(&named.name, &contents)));
    }
    shown.judging(trace.exchanges.len());
    let judgements = judge_all(&trace);
    contents.notes.extend(judgements.iter().filter_map(Judgement::not_listed));
    Ok(ScenarioOutcome {
        name: named.name.clone(),
        title: contents.recorders.join(", "),
        ending: Ending::Completed,
        detail: None,
        trace,
        judgements,
        capture: Some(contents),
        log: String::new(),
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// Why there is nothing to judge in a capture.
fn nothing_in(name: &str, contents: &Contents) -> String {
    let mut said = format!("{name}: it holds no request of a client to the service");
    for left_out in &contents.left_out {
        let hosts = match left_out.hosts.as_slice() {
            [] => String::new(),
            hosts => format!(" ({})", hosts.join(", ")),
        };
        said.push_str(&format!("; {} left out: {}{hosts}", left_out.count, left_out.reason));
    }
    if contents.left_out.is_empty() {
        said.push_str("; it holds nothing at all");
    }
    said
}
