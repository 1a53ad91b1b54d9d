//! Sessions.

use super::page::{Page, nothing_below};
use super::visit::Visit;

pub(super) const PAGE: Page =
    Page { slug: "sessions", title: "Sessions", live: true, show, below: nothing_below };

fn show(_: &Visit<'_>) -> String {
    "<h1>Sessions</h1>".to_owned()
}
