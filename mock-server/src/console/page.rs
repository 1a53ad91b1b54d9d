//! The layout of every page, and the headers that keep it to itself.
//!
//! A page brings its style and its script, both named by their hashes in its policy, and loads
//! nothing else; the script may only fetch from where the page came from. The header
//! `x-console: part` asks for the panel alone.

use std::sync::LazyLock;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};

use super::PAGES;
use super::state::Said;
use super::visit::Visit;
use super::words;
use crate::http::{Reply, Response};
use crate::pages::with_policy;

/// The look of all pages, and what the console's have beyond them.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    let own =
        [include_str!("../../templates/console.css"), include_str!("../../templates/timeline.css")];
    format!("{}{}", crate::pages::STYLE, own.concat())
});

const SCRIPT: &str = concat!(
    include_str!("../../templates/console.js"),
    include_str!("../../templates/timeline.js"),
);

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; \
         img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        hash(&STYLE),
        hash(SCRIPT)
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// Which style and script an open page has, so that it can tell when the server's are others.
static BUILD: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::digest(format!("{}{SCRIPT}", *STYLE));
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
});

/// One page of the console.
pub(super) struct Page {
    /// Its path below the console's.
    pub slug: &'static str,
    /// Its name in the navigation.
    pub title: &'static str,
    /// Whether its panel is shown anew when something has changed. One that is not keeps itself
    /// current.
    pub live: bool,
    /// Its panel, as HTML.
    pub show: fn(&Visit<'_>) -> String,
    /// What else there is to read below its path.
    pub below: fn(&Visit<'_>, &str) -> Option<Reply>,
}

#[derive(Template)]
#[template(path = "console.html")]
struct Layout<'a> {
    page: &'a Page,
    panel: String,
    pages: &'static [Page],
    style: &'static str,
    script: &'static str,
    build: &'static str,
    instance: &'a str,
    form_token: &'a str,
    now: i64,
    speed: f64,
    said: Option<Said>,
}

/// Nothing else is below a page.
pub(super) fn nothing_below(_: &Visit<'_>, _: &str) -> Option<Reply> {
    None
}

/// A page, or its panel alone.
pub(super) fn answer(page: &Page, visit: &Visit<'_>) -> Response {
    let panel = (page.show)(visit);
    if visit.request.header("x-console") == Some("part") {
        return part(panel);
    }
    with_panel(StatusCode::OK, page, visit, panel)
}

/// A piece of a page.
pub(super) fn part(html: String) -> Response {
    with_policy(Response::html(StatusCode::OK, html), POLICY.clone())
}

/// The layout around a panel.
pub(super) fn with_panel(
    status: StatusCode,
    page: &Page,
    visit: &Visit<'_>,
    panel: String,
) -> Response {
    let console = &visit.app.console;
    let layout = Layout {
        page,
        panel,
        pages: PAGES,
        style: style(),
        script: SCRIPT,
        build: build(),
        instance: console.instance(),
        form_token: console.form_token(),
        now: visit.now(),
        speed: visit.app.clock.speed(),
        said: visit.query.get("said").and_then(|key| console.take(key)),
    };
    guarded(status, &layout)
}

/// A rendered template with the console's headers.
pub(super) fn guarded(status: StatusCode, template: &impl Template) -> Response {
    with_policy(Response::html(status, render(template)), POLICY.clone())
}

/// A template as text.
pub(super) fn render(template: &impl Template) -> String {
    // Rendering into a string fails only when a template's own code does, and none has any.
    template.render().unwrap_or_default()
}

pub(super) fn style() -> &'static str {
    &STYLE
}

pub(super) fn build() -> &'static str {
    &BUILD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_cannot_end_their_own_elements() {
        assert!(!style().contains("</"));
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--"));
    }

    #[test]
    fn pages_have_paths_of_their_own() {
        let mut slugs: Vec<_> = PAGES.iter().map(|page| page.slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), PAGES.len());
        assert!(!slugs.iter().any(|slug| ["act", "api", "changes", "sign-in"].contains(slug)));
    }
}
