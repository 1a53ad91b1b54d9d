//! The devices: who is signed in, with which applications and tokens, and what was decided.

use askama::Template;
use serde_json::json;

use super::act::{Reading, number, path, text};
use super::listing::{LIST, List, Pager};
use super::page::{Page, nothing_below, render};
use super::visit::Visit;
use super::words;
use crate::control::Order;
use crate::control::ops::clients::{ClientState, TokenState};
use crate::control::ops::devices::DeviceState;
use crate::control::ops::profiles::ProfileState;
use crate::control::ops::{First, Listing};
use crate::http::Form;

pub(super) const PAGE: Page =
    Page { slug: "devices", title: "Devices", live: true, show, below: nothing_below };

/// The forms of the page.
pub(super) const FORMS: &[(&str, Reading)] = &[
    ("profile.expire", |form| after_seconds(form, &["profiles", text(form, "profile")?, "expire"])),
    ("profile.invalidate", |form| {
        Ok(Order::post(path(&["profiles", text(form, "profile")?, "invalidate"])))
    }),
    ("profile.sign_out", |form| Ok(Order::delete(path(&["profiles", text(form, "profile")?])))),
    ("profile.ask_anew", ask_anew),
    ("client.revoke", |form| Ok(Order::post(path(&["clients", text(form, "client")?, "revoke"])))),
    ("client.forget", |form| Ok(Order::delete(path(&["clients", text(form, "client")?])))),
    ("token.expire", |form| after_seconds(form, &["tokens", text(form, "token")?, "expire"])),
    ("device.reset", |form| {
        let device = json!({"device": text(form, "device")?});
        Ok(Order::post("/reset".to_owned()).with(device))
    }),
];

/// The list of applications.
const APPLICATIONS: List = List::new("app", "apps");

#[derive(Template)]
#[template(path = "console_devices.html")]
struct Panel<'a> {
    form_token: &'a str,
    back: String,
    service_url: &'a str,
    now: i64,
    devices: Pager,
    rows: Vec<Row>,
    opened: Option<Opened>,
    gone: Option<String>,
    applications: Pager,
    clients: Vec<ClientRow>,
}

struct Row {
    device: DeviceState,
    more: String,
}

struct Opened {
    device: DeviceState,
    close: String,
    clients: Vec<Application>,
}

/// A client with its tokens.
struct Application {
    client: ClientState,
    tokens: Vec<TokenState>,
}

struct ClientRow {
    client: ClientState,
    devices: String,
}

fn show(visit: &Visit<'_>) -> String {
    let (control, id) = (visit.control(), visit.get("open"));
    let list = control.devices(&LIST.listing(visit, First::Oldest));
    let devices = LIST.pager(visit, "devices", (list.devices.len(), list.total));
    let opened = (!id.is_empty()).then(|| open(visit, id)).flatten();
    let clients = control.list_clients(&APPLICATIONS.listing(visit, First::Newest));
    let shown = (clients.clients.len(), clients.total);
    let more =
        |device: DeviceState| Row { more: visit.address(&[("open", &device.device)]), device };
    let client = |client: ClientState| {
        let devices = visit.address(&[("find", &client.client_id), ("page", "")]);
        ClientRow { client, devices }
    };
    let applications = APPLICATIONS.pager(visit, "applications", shown);
    render(&Panel {
        form_token: visit.form_token(),
        back: visit.address(&[]),
        service_url: visit.app.console.service_url(),
        now: visit.now(),
        devices,
        rows: list.devices.into_iter().map(more).collect(),
        gone: (!id.is_empty() && opened.is_none()).then(|| id.to_owned()),
        opened,
        applications,
        clients: clients.clients.into_iter().map(client).collect(),
    })
}

fn open(visit: &Visit<'_>, id: &str) -> Option<Opened> {
    let control = visit.control();
    let only = Listing { device: Some(id.to_owned()), limit: Some(1), ..Listing::default() };
    let device = control.devices(&only).devices.into_iter().next()?;
    let clients = device.clients.iter().filter_map(|id| {
        let of = Listing { client: Some(id.clone()), limit: Some(20), ..Listing::default() };
        let client = control.list_clients(&of).clients.into_iter().next()?;
        Some(Application { client, tokens: control.list_tokens(&of).tokens })
    });
    let clients = clients.collect();
    Some(Opened { device, close: visit.address(&[("open", "")]), clients })
}

/// How the standing of a profile looks.
fn look(profile: &ProfileState) -> &'static str {
    if profile.standing == "valid" { "good" } else { "bad" }
}

fn after_seconds(form: &Form, segments: &[&str]) -> Result<Order, String> {
    let order = Order::post(path(segments));
    match form.get("seconds").filter(|seconds| !seconds.trim().is_empty()) {
        None => Ok(order),
        Some(_) => Ok(order.with(json!({"after_seconds": number(form, "seconds")?}))),
    }
}

fn ask_anew(form: &Form) -> Result<Order, String> {
    let target = path(&["profiles", text(form, "profile")?, "decisions", "expire"]);
    let resource = form.get("resource").filter(|resource| !resource.is_empty());
    let order = Order::post(target);
    Ok(resource.map_or_else(|| order.clone(), |it| order.clone().with(json!({"resource": it}))))
}
