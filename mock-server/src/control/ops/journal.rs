//! The journal: query, export, wait, clear.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Control, Done};
use crate::control::{ControlError, Kind};
use crate::journal::export::{self, Exchange};
use crate::journal::{Entry, Filter, har};

/// How many exchanges `GET /journal` shows unless told.
const DEFAULT_LIMIT: usize = 1_000;
/// The longest that anybody may wait, in seconds.
const MAX_WAIT: f64 = 600.0;

/// Some exchanges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Page {
    /// In order of arrival.
    pub exchanges: Vec<Exchange>,
    /// What to pass as `since` to see what arrived after these; missing when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
    /// How many match in all.
    pub total: usize,
    /// How many had to make room since the start.
    pub forgotten: u64,
}

/// What to wait for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Wait {
    /// How many exchanges must match, those that are there already included; 1 unless told. With
    /// `since` in the filter only later ones count.
    pub count: usize,
    /// How long to wait for it, in seconds of real time; 10 unless told.
    pub timeout_seconds: f64,
    /// What they must be like.
    #[serde(rename = "match")]
    pub matching: Filter,
}

impl Default for Wait {
    fn default() -> Self {
        Self { count: 1, timeout_seconds: 10.0, matching: Filter::default() }
    }
}

impl Control<'_> {
    /// The exchanges that match: the newest, or the first after `since`.
    pub fn journal(&self, filter: &Filter) -> Result<Page, ControlError> {
        let found = self.matching(filter)?;
        let limit = filter
            .limit
            .map_or(DEFAULT_LIMIT, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let total = found.len();
        let skipped = match filter.since {
            Some(_) => 0,
            None => total.saturating_sub(limit),
        };
        let shown: Vec<_> = found.into_iter().skip(skipped).take(limit).collect();
        Ok(self.page(&shown, total))
    }

    /// The exchange of a number.
    pub fn exchange(&self, id: &str) -> Result<Exchange, ControlError> {
        let found = id.parse().ok().and_then(|id| self.app.journal.find(id));
        found.map(|entry| Exchange::from(&*entry)).ok_or_else(|| {
            let error = format!("exchange: {id:?} is not kept");
            ControlError::not_found(error, "GET /journal lists those that are")
        })
    }

    /// Forgets all exchanges.
    pub fn clear_journal(&self) -> Done {
        let done = self.app.journal.len();
        self.app.journal.clear();
        Done { done }
    }

    /// The exchanges that match in the journal's own [format](export).
    pub fn export_lines(&self, filter: &Filter) -> Result<String, ControlError> {
        let found = self.newest(filter)?;
        let entries = found.iter().map(Arc::as_ref);
        Ok(export::lines(&self.app.journal, entries, self.app.clock.now()))
    }

    /// The exchanges that match as an [HTTP Archive](har).
    pub fn export_har(&self, filter: &Filter) -> Result<Value, ControlError> {
        let found = self.newest(filter)?;
        Ok(har::archive(found.iter().map(Arc::as_ref)))
    }

    /// Waits until enough exchanges match, and returns all that do.
    pub async fn wait(&self, wait: &Wait) -> Result<Page, ControlError> {
        check(&wait.matching)?;
        if wait.matching.limit.is_some() {
            return Err(ControlError::invalid("match.limit: says nothing here", "use count"));
        }
        if !(0.0..=MAX_WAIT).contains(&wait.timeout_seconds) {
            let error = format!("timeout_seconds: {} is no time to wait", wait.timeout_seconds);
            return Err(ControlError::invalid(error, format!("give 0 to {MAX_WAIT}")));
        }
        let patience = tokio::time::sleep(Duration::from_secs_f64(wait.timeout_seconds));
        let matches = |entry: &Entry| wait.matching.matches(entry);
        match self.app.journal.wait_until(wait.count, matches, patience).await {
            Ok(found) => Ok(self.page(&found, found.len())),
            Err(timeout) => {
                let error = format!(
                    "count: {} of {} exchanges came within {} s",
                    timeout.seen, wait.count, wait.timeout_seconds
                );
                let hint = "GET /journal shows what did come";
                Err(ControlError::new(Kind::Timeout, error, hint))
            }
        }
    }

    fn page(&self, shown: &[Arc<Entry>], total: usize) -> Page {
        Page {
            exchanges: shown.iter().map(|entry| Exchange::from(&**entry)).collect(),
            next: shown.last().map(|entry| entry.arrived.order),
            total,
            forgotten: self.app.journal.forgotten(),
        }
    }

    fn newest(&self, filter: &Filter) -> Result<Vec<Arc<Entry>>, ControlError> {
        let mut found = self.matching(filter)?;
        let limit =
            filter.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        match filter.since {
            Some(_) => found.truncate(limit),
            None => drop(found.drain(..found.len().saturating_sub(limit))),
        }
        Ok(found)
    }

    fn matching(&self, filter: &Filter) -> Result<Vec<Arc<Entry>>, ControlError> {
        check(filter)?;
        Ok(self.app.journal.matching(|entry| filter.matches(entry)))
    }
}

fn check(filter: &Filter) -> Result<(), ControlError> {
    let hint = "GET /openapi.json tells what the filter knows";
    filter.check().map_err(|error| ControlError::invalid(error, hint))
}
