//! What was read from all files, as one trace.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::file::{FileRead, Format};
use super::found::{Found, LeftOut};
use super::{Capture, Contents, Reading, devices, order, service};
use crate::scenario::Capability;
use crate::trace::{Context, Exchange, Hidden, Moment, Trace};

/// How many hosts are named at most.
const NAMED: usize = 5;

pub(super) fn assemble(files: Vec<FileRead>, reading: &Reading) -> Capture {
    let count = files.len();
    let mut contents = Contents::default();
    let mut left_out: BTreeMap<(Why, Arc<str>), u64> = BTreeMap::new();
    let services = services(&files, reading);
    let mut found = Vec::with_capacity(files.iter().map(|file| file.found.len()).sum());
    for (number, file) in (0..).zip(files) {
        describe(&file, &mut contents);
        for (why, host, count) in file.left_out {
            let why = match why {
                LeftOut::Elsewhere if services.contains(&host) => Why::OtherPath,
                LeftOut::Elsewhere => Why::OtherHost,
                LeftOut::Preflight => Why::Preflight,
                LeftOut::Cached => Why::Cached,
                LeftOut::Encrypted => Why::Encrypted,
                LeftOut::Harness => Why::Harness,
                LeftOut::SecondScreen => Why::SecondScreen,
            };
            *left_out.entry((why, host)).or_default() += count;
        }
        for one in file.found {
            match services.contains(&one.authority) {
                true => found.push((number, one)),
                false => *left_out.entry((Why::Unsure, one.authority)).or_default() += 1,
            }
        }
    }
    order::arrange(&mut found, count);
    contents.devices = devices::tell_apart(&mut found, reading.one_device).into();
    contents.left_out = told(left_out);
    let hidden = hidden(&found);
    contents.cannot_show = cannot_show(reading, &hidden);
    let trace = trace(found, count, hidden, reading);
    contents.judged = trace.exchanges.len().try_into().unwrap_or(u64::MAX);
    contents.by_user_agent = trace.user_agent.len().try_into().unwrap_or(u64::MAX);
    if contents.judged == 0 {
        contents.devices = 0;
    }
    Capture { trace, contents }
}

fn describe(file: &FileRead, contents: &mut Contents) {
    contents.sha256.push(file.sha256.clone());
    contents.recorders.push(match &file.format {
        Format::Journal => "journal of a mock server".to_owned(),
        Format::Har(creator) if creator.is_empty() => "HAR".to_owned(),
        Format::Har(creator) => format!("HAR by {creator}"),
    });
    if file.forgotten > 0 {
        let forgotten = file.forgotten;
        contents.notes.push(format!(
            "The journal had to forget {forgotten} exchanges that came before what it holds."
        ));
    }
    if let Some(place) = file.breaks_off {
        let line = place.line;
        contents
            .notes
            .push(format!("The file breaks off in line {line}; it is judged up to there."));
    }
}

/// The hosts that are the service: named, known, or shown to be by something that no other service
/// is asked.
fn services(files: &[FileRead], reading: &Reading) -> HashSet<Arc<str>> {
    let all = files.iter().flat_map(|file| &file.found);
    let mut services: HashSet<Arc<str>> = HashSet::new();
    for found in all {
        let is_sure = found.is_sure || !reading.bases.is_empty();
        if !services.contains(&found.authority) && (is_sure || service::is_known(&found.authority))
        {
            services.insert(Arc::clone(&found.authority));
        }
    }
    services
}

/// What the recorder kept to itself.
fn hidden(found: &[(u32, Found)]) -> BTreeSet<Hidden> {
    let mut hidden = BTreeSet::new();
    let client = || found.iter().map(|(_, found)| found).filter(|found| !found.by_user_agent);
    let documented = || client().filter(|found| found.exchange.call.is_some());
    let is_served = |found: &Found| {
        found.exchange.call.is_some_and(|call| call.is_protected())
            && found.exchange.status().is_some_and(|status| status < 400)
    };
    let no_token = client().all(|found| found.exchange.header("authorization").is_none());
    // The service serves nobody without a token.
    if no_token && documented().any(is_served) {
        hidden.insert(Hidden::Tokens);
    }
    if documented().any(|found| found.request_withheld) {
        hidden.insert(Hidden::Requests);
    }
    let says_something = |found: &Found| found.exchange.status().is_some_and(|s| s != 429);
    if documented().any(|found| found.answer_withheld && says_something(found)) {
        hidden.insert(Hidden::Answers);
    }
    hidden
}

/// What a capture cannot show, whatever is in it, and what this one does not.
fn cannot_show(reading: &Reading, hidden: &BTreeSet<Hidden>) -> Vec<String> {
    let mut all = vec![
        "What the user did and saw: rules that need it do not apply, and are never passed.",
        "What was asked before the recording began, and what the client had stored: a token or a \
         profile from then is believed.",
        "When a request arrived: instants are the recorder's.",
    ];
    if !reading.from_launch {
        all.push(
            "Where the app was launched: only what a run does after a first registration, or after \
             something else in the capture, is held against it (--from-launch says that a capture \
             begins with a launch).",
        );
    }
    for hidden in hidden {
        all.push(match hidden {
            Hidden::Tokens => {
                "Access tokens: it was exported without Authorization headers, and rules about \
                 tokens do not apply."
            }
            Hidden::Requests => {
                "What some requests said: their bodies were not recorded, and rules about \
                 parameters do not apply."
            }
            Hidden::Answers => {
                "What some answers said: their bodies were not recorded, and rules that need them \
                 do not apply."
            }
        });
    }
    all.into_iter().map(str::to_owned).collect()
}

fn trace(
    found: Vec<(u32, Found)>,
    files: usize,
    hidden: BTreeSet<Hidden>,
    reading: &Reading,
) -> Trace {
    let mut trace = Trace { exchanges: Vec::with_capacity(found.len()), ..Trace::default() };
    let mut ended = Moment::default();
    for (file, mut found) in found {
        if reading.from_launch && files > 1 {
            found.exchange.run = file;
        }
        ended = ended.max(found.exchange.arrived);
        ended = ended.max(found.exchange.answered.unwrap_or_default());
        match found.by_user_agent {
            true => trace.user_agent.push(found.exchange),
            false => trace.exchanges.push(found.exchange),
        }
    }
    let in_web_page = trace.exchanges.iter().any(by_web_page);
    trace.context = Context {
        capabilities: declared(reading),
        in_web_page,
        hidden,
        from_launch: reading.from_launch,
        speed: reading.speed,
        ended,
        ..Context::default()
    };
    trace
}

/// What is said of the client. Nobody asked about the rest: only what somebody must be to be judged
/// by more, or less, has to be named.
fn declared(reading: &Reading) -> Option<BTreeSet<String>> {
    let kinds = [Capability::ServerToServer, Capability::WebClient];
    let unasked = Capability::ALL.iter().filter(|capability| !kinds.contains(capability));
    let all = unasked.chain(&reading.capabilities).map(|capability| capability.name().to_owned());
    (!reading.capabilities.is_empty()).then(|| all.collect())
}

/// Whether only a browser sends a request like this.
fn by_web_page(exchange: &Exchange) -> bool {
    exchange.header("sec-fetch-mode").is_some() || exchange.header("origin").is_some()
}

/// Why something is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Unsure,
    Encrypted,
    OtherPath,
    Preflight,
    Cached,
    Harness,
    SecondScreen,
    OtherHost,
}

impl Why {
    const fn words(self) -> &'static str {
        match self {
            Self::Unsure => {
                "looks like the service, but nothing shows that it is; --base-url names it"
            }
            Self::Encrypted => "passed on unread: let the proxy decrypt this host",
            Self::OtherPath => "another path of the service's host",
            Self::Preflight => "a browser's CORS preflight",
            Self::Cached => "answered from the browser's cache",
            Self::Harness => "sent by the harness",
            Self::SecondScreen => "sent by the second screen's own application",
            Self::OtherHost => "another host",
        }
    }
}

fn told(left_out: BTreeMap<(Why, Arc<str>), u64>) -> Vec<super::LeftOut> {
    let mut by_reason: BTreeMap<Why, HashMap<Arc<str>, u64>> = BTreeMap::new();
    for ((why, host), count) in left_out {
        *by_reason.entry(why).or_default().entry(host).or_default() += count;
    }
    let told = by_reason.into_iter().map(|(why, hosts)| {
        let count = hosts.values().sum();
        let mut hosts: Vec<_> = hosts.into_iter().filter(|(host, _)| !host.is_empty()).collect();
        hosts.sort_by(|(host, count), (other, others)| others.cmp(count).then(host.cmp(other)));
        let more = hosts.len().saturating_sub(NAMED);
        let mut hosts: Vec<_> =
            hosts.into_iter().take(NAMED).map(|(host, _)| host.to_string()).collect();
        if more > 0 {
            hosts.push(format!("{more} more"));
        }
        super::LeftOut { count, reason: why.words().to_owned(), hosts }
    });
    told.collect()
}
