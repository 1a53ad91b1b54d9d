//! The faults, and who may call how often.

use askama::Template;
use serde_json::{Map, Value, json};

use super::act::{Reading, number, path, text};
use super::listing::{List, Pager};
use super::page::{Page, nothing_below, render};
use super::visit::Visit;
use super::words;
use crate::control::Order;
use crate::control::ops::faults::FaultState;
use crate::control::ops::throttle::{ThrottleListing, ThrottleState};
use crate::control::ops::{First, Scope};
use crate::domain::ErrorCode;
use crate::faults::FaultRule;
use crate::http::Form;
use crate::router::Endpoint;
use crate::throttle::Refill;

pub(super) const PAGE: Page =
    Page { slug: "faults", title: "Faults & throttling", live: true, show, below: nothing_below };

/// The forms of the page.
pub(super) const FORMS: &[(&str, Reading)] = &[
    ("fault.add", add),
    ("fault.add_json", |form| {
        let rule = serde_json::from_str(text(form, "rule")?)
            .map_err(|error| format!("This is no JSON: {error}."))?;
        Ok(Order::post("/faults".to_owned()).with(rule))
    }),
    ("fault.remove", |form| Ok(Order::delete(path(&["faults", text(form, "fault")?])))),
    ("fault.remove_all", |_| Ok(Order::delete("/faults".to_owned()))),
    ("throttle.set", set_throttle),
    ("throttle.force", |form| {
        let seconds = json!({"seconds": number(form, "seconds")?});
        Ok(Order::put(path(&["throttle", text(form, "address")?]), seconds))
    }),
    ("throttle.forget", |form| Ok(Order::delete(path(&["throttle", text(form, "address")?])))),
];

/// What the short form offers: a name, what it is called, and which other field it needs.
const EFFECTS: &[(&str, &str)] = &[
    ("status", "HTTP status instead of the answer"),
    ("error", "enhanced error instead of the answer"),
    ("decision_error", "enhanced error in each decision"),
    ("delay", "answers come later"),
    ("slow_body", "bodies come slowly"),
    ("stall", "no answer, the connection stays open"),
    ("reset", "no answer, the connection is reset"),
    ("close", "no answer, the connection is closed"),
    ("truncated", "answers end in the middle"),
    ("malformed", "answers are no JSON"),
];

const FAULTS: List = List::new("fault", "faults");
const BUCKETS: List = List::new("address", "page");

#[derive(Template)]
#[template(path = "console_faults.html")]
struct Panel<'a> {
    form_token: &'a str,
    back: String,
    now: i64,
    pager: Pager,
    faults: Vec<FaultRow>,
    effects: &'static [(&'static str, &'static str)],
    endpoints: Vec<&'static str>,
    codes: &'static [ErrorCode],
    throttle: ThrottleState,
    buckets: Pager,
    only_throttled: bool,
}

struct FaultRow {
    fault: FaultState,
    means: String,
    effect: String,
    limits: String,
}

fn show(visit: &Visit<'_>) -> String {
    let control = visit.control();
    let faults = control.faults(&Scope::default()).faults;
    let (faults, pager) = FAULTS.part(visit, "faults", faults, |fault, search| {
        serde_json::to_string(&fault.says).unwrap_or_default().to_lowercase().contains(search)
    });
    let only_throttled = visit.get("throttled") == "true";
    let part = BUCKETS.listing(visit, First::Newest);
    let throttle = control.list_throttle(&ThrottleListing {
        throttled: Some(only_throttled),
        search: part.search,
        first: part.first,
        offset: part.offset,
        limit: part.limit,
    });
    let shown = (throttle.devices.len(), throttle.total);
    render(&Panel {
        form_token: visit.form_token(),
        back: visit.address(&[]),
        now: visit.now(),
        pager,
        faults: faults.into_iter().rev().map(row).collect(),
        effects: EFFECTS,
        endpoints: Endpoint::ALL.iter().map(|endpoint| endpoint.name()).collect(),
        codes: ErrorCode::ALL,
        buckets: BUCKETS.pager(visit, "addresses", shown),
        throttle,
        only_throttled,
    })
}

fn row(fault: FaultState) -> FaultRow {
    let FaultRule { matching, effect, delay, when, .. } = &fault.says;
    let means = match in_words(&json!(matching)) {
        words if words.is_empty() => "every documented call".to_owned(),
        words => words,
    };
    let mut becomes: Vec<String> = Vec::new();
    becomes.extend(effect.as_ref().map(|effect| in_words(&json!(effect))));
    becomes.extend(delay.map(|delay| format!("{} later", plain(&json!(delay)))));
    becomes.extend(when.map(|when| format!("{} the service did it", plain(&json!(when)))));
    FaultRow { means, effect: becomes.join(", "), limits: limits(&fault), fault }
}

/// What bounds a fault, apart from what it means.
fn limits(fault: &FaultState) -> String {
    let says = &fault.says;
    let mut limits: Vec<String> = Vec::new();
    limits.extend((says.skip > 0).then(|| format!("after {}", says.skip)));
    limits.extend(says.count.map(|count| format!("{count} times")));
    limits.extend(says.probability.map(|chance| format!("{} %", chance * 100.0)));
    limits.extend(says.lasts.map(|lasts| format!("for {}", plain(&json!(lasts)))));
    limits.join(", ")
}

/// A few fields as a person would read them out.
fn in_words(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let one = |(name, value): (&String, &Value)| match in_words(value) {
                inner if inner.is_empty() => name.replace('_', " "),
                inner => format!("{} {inner}", name.replace('_', " ")),
            };
            fields.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        Value::Array(values) => values.iter().map(in_words).collect::<Vec<_>>().join(" or "),
        Value::Null => String::new(),
        other => plain(other),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The short form as a rule.
fn add(form: &Form) -> Result<Order, String> {
    // Lengths of time are written in whole units.
    let seconds = || Ok::<_, String>(format!("{}ms", (number(form, "seconds")? * 1000.0).round()));
    let code = || Ok::<_, String>(json!({"code": text(form, "code")?}));
    let mut rule = Map::new();
    let effect = match text(form, "effect")? {
        "delay" => {
            rule.insert("delay".to_owned(), seconds()?.into());
            Value::Null
        }
        "status" => json!({"status": number(form, "status")? as u16}),
        "error" => json!({"error": code()?}),
        "decision_error" => json!({"decision_error": code()?}),
        "slow_body" => json!({"slow_body": {"over": seconds()?}}),
        "truncated" => json!({"truncated": {}}),
        other => other.into(),
    };
    rule.insert("effect".to_owned(), effect);
    let mut matching = Map::new();
    for name in ["endpoint", "device", "mvpd"] {
        if let Ok(wanted) = text(form, name) {
            matching.insert(name.to_owned(), wanted.into());
        }
    }
    rule.insert("match".to_owned(), matching.into());
    if text(form, "count").is_ok() {
        rule.insert("count".to_owned(), json!(number(form, "count")? as u32));
    }
    if text(form, "percent").is_ok() {
        rule.insert("probability".to_owned(), json!(number(form, "percent")? / 100.0));
    }
    rule.retain(|_, value| !value.is_null() && *value != json!({}));
    Ok(Order::post("/faults".to_owned()).with(rule.into()))
}

fn set_throttle(form: &Form) -> Result<Order, String> {
    let to = json!({
        "enabled": form.get("enabled").is_some(),
        "rate": number(form, "rate")? as u32,
        "burst": number(form, "burst")? as u32,
        "refill": text(form, "refill")?,
    });
    Ok(Order::put("/throttle".to_owned(), to))
}
