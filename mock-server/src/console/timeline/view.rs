//! What somebody wants to see, as the address of the page says it.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::app::App;
use crate::console::visit::Visit;
use crate::journal::{Entry, Filter};

/// The parameters that the journal's own filter knows and the page offers.
const FILTERS: [&str; 8] =
    ["text", "endpoint", "status", "actor", "problems", "code", "mvpd", "method"];

/// Who may have sent a request, for the form.
pub(super) const ACTORS: [(&str, &str); 5] = [
    ("client", "applications"),
    ("user_agent", "browsers"),
    ("second_screen", "the second screen"),
    ("preflight", "preflights"),
    ("harness", "the harness"),
];

/// A view of the journal. What the address says wrongly is left out, and said.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub filter: Filter,
    /// The lanes, by their keys; none is all.
    pub lanes: Vec<String>,
    /// Only what arrived before this one.
    pub before: Option<u64>,
    /// Only what arrived after this one: the view was cleared there.
    pub from: Option<u64>,
    /// Whether all lanes are one list.
    pub list: bool,
    /// What of the address makes no sense.
    pub problem: Option<String>,
    pub text: String,
    pub endpoint: String,
    pub status: String,
    pub actor: String,
}

impl View {
    pub(super) fn read(visit: &Visit<'_>) -> Self {
        let get = |name: &str| visit.get(name).to_owned();
        let mut fields = Map::new();
        for name in FILTERS {
            let value = visit.get(name);
            if !value.is_empty() {
                fields.insert(name.to_owned(), Value::from(value));
            }
        }
        let read = serde_json::from_value::<Filter>(Value::Object(fields));
        let read = read.map_err(|error| error.to_string());
        let checked = read.and_then(|filter| filter.check().map(|()| filter));
        let (filter, problem) = match checked {
            Ok(filter) => (filter, None),
            Err(problem) => (Filter::default(), Some(problem)),
        };
        let lanes =
            visit.query.pairs().iter().filter(|(name, value)| name == "lane" && !value.is_empty());
        let mut lanes: Vec<String> = lanes.map(|(_, value)| value.clone()).collect();
        lanes.dedup();
        Self {
            filter,
            lanes,
            before: visit.get("before").parse().ok(),
            from: cleared(visit.get("from"), visit.app.console.instance()),
            list: visit.get("layout") == "list",
            problem,
            text: get("text"),
            endpoint: get("endpoint"),
            status: get("status"),
            actor: get("actor"),
        }
    }

    /// Whether everything is shown.
    pub(super) fn is_plain(&self) -> bool {
        self.filter == Filter::default()
            && self.lanes.is_empty()
            && self.from.is_none()
            && self.before.is_none()
    }

    /// What of the journal it shows, in order of arrival.
    pub(super) fn matching(&self, app: &App) -> Vec<Arc<Entry>> {
        app.console.timeline().catch_up(&app.journal);
        let mut found = app.journal.matching(|entry| {
            self.from.is_none_or(|from| entry.arrived.order > from) && self.filter.matches(entry)
        });
        if !self.lanes.is_empty() {
            found.retain(|entry| self.has_lane_of(app, entry));
        }
        found
    }

    /// Whether it shows one exchange.
    pub(super) fn shows(&self, app: &App, entry: &Entry) -> bool {
        self.from.is_none_or(|from| entry.arrived.order > from)
            && self.filter.matches(entry)
            && (self.lanes.is_empty() || self.has_lane_of(app, entry))
    }

    fn has_lane_of(&self, app: &App, entry: &Entry) -> bool {
        let directory = app.console.timeline();
        let lane = directory.place(entry).lane;
        self.lanes.iter().any(|key| directory.number(key) == Some(lane))
    }
}

/// Where a view was cleared, as long as it was in this run of the server.
fn cleared(from: &str, instance: &str) -> Option<u64> {
    let (order, run) = from.split_once('-')?;
    (run == &instance[..8.min(instance.len())]).then(|| order.parse().ok())?
}
