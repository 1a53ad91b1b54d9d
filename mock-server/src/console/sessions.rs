//! The sessions: who waits for a login, and what becomes of it.

use askama::Template;
use serde_json::{Map, Value, json};

use super::act::{Reading, number, path, text};
use super::listing::{LIST, Pager};
use super::page::{Page, nothing_below, render};
use super::visit::Visit;
use super::words;
use crate::control::Order;
use crate::control::ops::First;
use crate::control::ops::sessions::{LoginProgress, SessionState};
use crate::http::Form;

pub(super) const PAGE: Page =
    Page { slug: "sessions", title: "Sessions", live: true, show, below: nothing_below };

/// The forms of the page.
pub(super) const FORMS: &[(&str, Reading)] = &[
    ("session.approve", approve),
    ("session.deny", |form| Ok(Order::post(path(&["sessions", text(form, "code")?, "deny"])))),
    ("session.expire", |form| in_seconds(form, "expire", "after_seconds")),
    ("session.delay", |form| in_seconds(form, "delay", "seconds")),
];

#[derive(Template)]
#[template(path = "console_sessions.html")]
struct Panel<'a> {
    form_token: &'a str,
    back: String,
    service_url: &'a str,
    now: i64,
    pager: Pager,
    rows: Vec<Row>,
    users: Vec<String>,
    opened: Option<Opened>,
    /// A code that was opened and has ended.
    ended: Option<String>,
}

struct Row {
    session: SessionState,
    state: String,
    /// How the state looks: `good`, `bad`, `warn` or nothing.
    look: &'static str,
    /// Whether somebody can still sign in.
    open: bool,
    more: String,
}

struct Opened {
    row: Row,
    close: String,
    /// Whom to choose from: customers of the session's MVPD, where it names one.
    users: Vec<String>,
    /// MVPDs to choose from, where it names none.
    mvpds: Vec<String>,
}

fn show(visit: &Visit<'_>) -> String {
    let list = visit.control().list_sessions(&LIST.listing(visit, First::Newest));
    let pager = LIST.pager(visit, "sessions", (list.sessions.len(), list.total));
    let code = visit.get("open");
    let opened = (!code.is_empty()).then(|| visit.control().session(code).ok()).flatten();
    let fixtures = visit.app.fixtures.load();
    render(&Panel {
        form_token: visit.form_token(),
        back: visit.address(&[]),
        service_url: visit.app.console.service_url(),
        now: visit.now(),
        pager,
        rows: list.sessions.into_iter().map(|session| row(visit, session)).collect(),
        users: fixtures.users.iter().map(|user| user.id.to_string()).collect(),
        ended: (!code.is_empty() && opened.is_none()).then(|| code.to_owned()),
        opened: opened.map(|session| open(visit, session)),
    })
}

fn row(visit: &Visit<'_>, session: SessionState) -> Row {
    let left = |at: i64| words::duration(at - visit.now());
    let (state, look) = match &session.login {
        LoginProgress::Open { delay_seconds: None } => ("waits for a login".to_owned(), ""),
        LoginProgress::Open { delay_seconds: Some(seconds) } => {
            (format!("waits for a login, which will take {seconds} s"), "")
        }
        LoginProgress::Due { user, at } => (format!("{user} signs in, in {}", left(*at)), "warn"),
        LoginProgress::OnPoll { user, polls } => {
            (format!("{user} signs in with poll {polls} from now"), "warn")
        }
        LoginProgress::Done => ("signed in".to_owned(), "good"),
        LoginProgress::Denied => ("turned away".to_owned(), "bad"),
    };
    let open = !matches!(session.login, LoginProgress::Done | LoginProgress::Denied);
    let more = visit.address(&[("open", &session.code)]);
    Row { session, state, look, open, more }
}

fn open(visit: &Visit<'_>, session: SessionState) -> Opened {
    let fixtures = visit.app.fixtures.load();
    let customers = fixtures.users.iter();
    let customers = customers
        .filter(|user| session.mvpd.as_deref().is_none_or(|mvpd| user.is_customer_of(mvpd)));
    let provider = fixtures.service_provider(&session.service_provider);
    let mvpds = provider.filter(|_| session.mvpd.is_none()).into_iter().flat_map(|provider| {
        let regular = |mvpd: &str| fixtures.mvpd(mvpd).is_some_and(|mvpd| !mvpd.is_temp_pass());
        let active = provider.integrations.iter().filter(move |integration| {
            visit.app.domain.is_enabled(&provider.id, integration) && regular(&integration.mvpd)
        });
        active.map(|integration| integration.mvpd.to_string())
    });
    Opened {
        close: visit.address(&[("open", "")]),
        users: customers.map(|user| user.id.to_string()).collect(),
        mvpds: mvpds.collect(),
        row: row(visit, session),
    }
}

fn approve(form: &Form) -> Result<Order, String> {
    let mut how = Map::new();
    for name in ["user", "mvpd"] {
        if let Ok(chosen) = text(form, name) {
            how.insert(name.to_owned(), json!(chosen));
        }
    }
    match form.get("when").unwrap_or("now") {
        "after" => how.insert("after_seconds".to_owned(), json!(number(form, "amount")?)),
        "poll" => how.insert("on_poll".to_owned(), json!(number(form, "amount")? as u32)),
        _ => None,
    };
    let target = path(&["sessions", text(form, "code")?, "complete"]);
    Ok(Order::post(target).with(Value::Object(how)))
}

fn in_seconds(form: &Form, what: &str, field: &str) -> Result<Order, String> {
    let target = path(&["sessions", text(form, "code")?, what]);
    match form.get("seconds") {
        None => Ok(Order::post(target)),
        Some(_) => Ok(Order::post(target).with(json!({ field: number(form, "seconds")? }))),
    }
}
