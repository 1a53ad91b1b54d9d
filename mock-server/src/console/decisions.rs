//! The decisions: a grid of resources and MVPDs, and the rules that change it.

use askama::Template;
use serde_json::{Map, json};

use super::act::{Reading, number, path, text};
use super::listing::{LIST, List, Pager};
use super::page::{Page, nothing_below, render};
use super::visit::Visit;
use crate::control::Order;
use crate::control::ops::First;
use crate::control::ops::decisions::{Rule, RuleState, Say};
use crate::control::ops::outlook::{By, Foreseen, Look};
use crate::domain::ErrorCode;
use crate::http::Form;

pub(super) const PAGE: Page =
    Page { slug: "decisions", title: "Decisions", live: true, show, below: nothing_below };

/// The forms of the page.
pub(super) const FORMS: &[(&str, Reading)] = &[
    ("decision.permit", |form| rule(form, "permit")),
    ("decision.deny", |form| rule(form, "deny")),
    ("decision.undo", |form| Ok(Order::delete(path(&["decisions", text(form, "rule")?])))),
    ("decision.undo_all", |_| Ok(Order::delete("/decisions".to_owned()))),
];

/// The MVPDs, which are the columns.
const COLUMNS: List = List { find: "mvpd", page: "columns", rows: 6 };
const RULES: List = List::new("rule", "rules");
/// The parameter of a resource that was added by hand; there may be several.
const ADDED: &str = "row";
/// How many of them are shown.
const MAX_ADDED: usize = 20;

/// The codes that an MVPD's decision may well have.
const USUAL: &[ErrorCode] = &[
    ErrorCode::AuthorizationDeniedByParentalControls,
    ErrorCode::AuthorizationDeniedByHbaPolicies,
    ErrorCode::AuthorizationDeniedBySessionInvalidated,
    ErrorCode::IdentityNotRecognizedByMvpd,
    ErrorCode::NetworkReceivedError,
    ErrorCode::NetworkConnectionTimeout,
    ErrorCode::MaximumExecutionTimeExceeded,
];

#[derive(Template)]
#[template(path = "console_decisions.html")]
struct Panel<'a> {
    form_token: &'a str,
    back: String,
    provider: String,
    providers: Vec<String>,
    user: String,
    users: Vec<String>,
    /// What the forms of the grid carry along in the address.
    others: Vec<(String, String)>,
    columns: Pager,
    mvpds: Vec<String>,
    pager: Pager,
    rows: Vec<Row>,
    usual: &'static [ErrorCode],
    codes: &'static [ErrorCode],
    rules: Vec<RuleRow>,
    rule_pages: Pager,
}

struct Row {
    resource: String,
    /// Where it is from.
    from: String,
    /// The page without it, when it was added by hand.
    without: Option<String>,
    cells: Vec<Cell>,
}

struct Cell {
    mvpd: String,
    look: &'static str,
    says: &'static str,
    /// The error code, unless it is the plain deny's.
    code: &'static str,
    because: String,
    details: Option<String>,
    /// The rule that is about this cell alone.
    own: Option<u64>,
}

struct RuleRow {
    number: u64,
    deny: bool,
    says: String,
    about: String,
    left: Option<u32>,
}

fn show(visit: &Visit<'_>) -> String {
    let fixtures = visit.app.fixtures.load();
    let providers: Vec<String> =
        fixtures.service_providers.iter().map(|provider| provider.id.to_string()).collect();
    let users: Vec<String> = fixtures.users.iter().map(|user| user.id.to_string()).collect();
    let chosen = |name: &str, all: &[String]| {
        let wanted = all.iter().find(|one| *one == visit.get(name));
        wanted.or(all.first()).cloned().unwrap_or_default()
    };
    let (provider, user) = (chosen("for", &providers), chosen("user", &users));
    let regular = fixtures.service_provider(&provider).into_iter().flat_map(|it| &it.integrations);
    let regular = regular.map(|integration| &*integration.mvpd);
    let regular = regular.filter(|it| fixtures.mvpd(it).is_some_and(|mvpd| !mvpd.is_temp_pass()));
    let (mvpds, columns) =
        COLUMNS.part(visit, "MVPDs", regular.map(str::to_owned).collect(), |mvpd, search| {
            mvpd.to_lowercase().contains(search)
        });
    let rules = visit.control().decisions().rules;
    let (rows, pager) = rows(visit, &provider, &user, &mvpds, &rules);
    let (rules, rule_pages) = RULES.part(visit, "rules", rules, |rule, search| {
        serde_json::to_string(&rule.says).unwrap_or_default().to_lowercase().contains(search)
    });
    let others = visit.query.pairs().iter();
    let others = others.filter(|(name, _)| !["for", "user", "said", "columns"].contains(&&**name));
    render(&Panel {
        form_token: visit.form_token(),
        back: visit.address(&[]),
        others: others.cloned().collect(),
        provider,
        providers,
        user,
        users,
        columns,
        mvpds,
        pager,
        rows,
        usual: USUAL,
        codes: ErrorCode::ALL,
        rules: rules.into_iter().rev().map(rule_row).collect(),
        rule_pages,
    })
}

fn rows(
    visit: &Visit<'_>,
    provider: &str,
    user: &str,
    mvpds: &[String],
    rules: &[RuleState],
) -> (Vec<Row>, Pager) {
    let known = visit.control().resources(&LIST.listing(visit, First::Oldest));
    let pager = LIST.pager(visit, "resources", (known.resources.len(), known.total));
    let added = visit.query.pairs().iter().filter(|(name, text)| name == ADDED && !text.is_empty());
    let mut resources: Vec<(String, String, bool)> = Vec::new();
    for (_, text) in added.take(MAX_ADDED) {
        if !resources.iter().any(|(known, ..)| known == text) {
            resources.push((text.clone(), "added here".to_owned(), true));
        }
    }
    for known in known.resources {
        let marks =
            [(known.subscribed, "fixtures"), (known.ruled, "a rule"), (known.asked, "asked for")];
        let from = marks.iter().filter(|(is, _)| *is).map(|(_, from)| *from);
        let from = from.collect::<Vec<_>>().join(", ");
        if !resources.iter().any(|(added, ..)| *added == known.resource) {
            resources.push((known.resource, from, false));
        }
    }
    if resources.is_empty() || mvpds.is_empty() {
        return (Vec::new(), pager);
    }
    let look = Look {
        service_provider: Some(provider.to_owned()),
        user: Some(user.to_owned()),
        mvpds: mvpds.to_vec(),
        resources: resources.iter().map(|(resource, ..)| resource.clone()).collect(),
        ..Look::default()
    };
    // The MVPDs, the user and the provider are from the fixtures just read; should they have changed
    // since, the next refresh shows it.
    let foreseen = visit.control().foresee(&look).map(|it| it.decisions).unwrap_or_default();
    let mut foreseen = foreseen.into_iter();
    let rows = resources.into_iter().map(|(resource, from, by_hand)| Row {
        cells: foreseen.by_ref().take(mvpds.len()).map(|it| cell(it, provider, rules)).collect(),
        without: by_hand.then(|| without(visit, &resource)),
        resource,
        from,
    });
    (rows.collect(), pager)
}

/// This page without a row that was added by hand.
fn without(visit: &Visit<'_>, resource: &str) -> String {
    let pairs = visit.query.pairs().iter();
    let kept =
        pairs.filter(|(name, value)| name != "said" && !(name == ADDED && value == resource));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    format!("{}?{query}", visit.request.path)
}

fn cell(foreseen: Foreseen, provider: &str, rules: &[RuleState]) -> Cell {
    let Foreseen { resource, mvpd, decision, code, details, by, rule } = foreseen;
    let code = code.map(ErrorCode::code).unwrap_or_default();
    let because = match by {
        By::Subscription => "subscription".to_owned(),
        By::Rule => format!("rule {}", rule.unwrap_or_default()),
        By::Dummy => "without asking".to_owned(),
        By::Degradation => "degradation".to_owned(),
        By::Integration => "switched off".to_owned(),
    };
    let (look, says) = match decision {
        Say::Permit => ("good", "permit"),
        Say::Deny => ("bad", "deny"),
    };
    // The MVPD's plain deny needs no other name.
    let code = if code == "authorization_denied_by_mvpd" { "" } else { code };
    let is_own = |says: &Rule| {
        says.resource.as_deref() == Some(&resource)
            && says.mvpd.as_deref() == Some(&mvpd)
            && says.service_provider.as_deref().is_none_or(|it| it == provider)
    };
    let own = rules.iter().find(|known| Some(known.rule) == rule && is_own(&known.says));
    Cell { own: own.map(|known| known.rule), mvpd, look, says, code, because, details }
}

fn rule_row(state: RuleState) -> RuleRow {
    let Rule { decision, code, details, resource, user, mvpd, service_provider, .. } = state.says;
    let (client, device, call) = (state.says.client, state.says.device, state.says.call);
    let deny = decision == Say::Deny;
    let mut says = if deny { "deny".to_owned() } else { "permit".to_owned() };
    if let Some(code) = code {
        says = format!("{says}: {code}");
    }
    if let Some(details) = details {
        says = format!("{says} “{details}”");
    }
    let call = call.map(|call| format!("{call:?}").to_lowercase());
    let conditions = [
        ("", resource),
        ("at ", mvpd),
        ("for ", service_provider),
        ("user ", user),
        ("client ", client),
        ("device ", device),
        ("in ", call),
    ];
    let about = conditions.into_iter().filter_map(|(word, it)| it.map(|it| format!("{word}{it}")));
    let about = about.collect::<Vec<_>>().join(", ");
    let about = if about.is_empty() { "everything".to_owned() } else { about };
    RuleRow { number: state.rule, deny, says, about, left: state.left }
}

fn rule(form: &Form, decision: &str) -> Result<Order, String> {
    let mut rule = Map::new();
    rule.insert("decision".to_owned(), decision.into());
    let denied: &[&str] = if decision == "deny" { &["code", "details"] } else { &[] };
    for name in ["resource", "mvpd", "service_provider", "user", "call"].iter().chain(denied) {
        if let Ok(said) = text(form, name) {
            rule.insert((*name).to_owned(), said.into());
        }
    }
    if text(form, "count").is_ok() {
        rule.insert("count".to_owned(), json!(number(form, "count")? as u32));
    }
    Ok(Order::put("/decisions".to_owned(), rule.into()))
}
