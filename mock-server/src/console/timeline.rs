//! Timeline.

use super::page::{Page, nothing_below};
use super::visit::Visit;

pub(super) const PAGE: Page =
    Page { slug: "timeline", title: "Timeline", live: false, show, below: nothing_below };

fn show(_: &Visit<'_>) -> String {
    "<h1>Timeline</h1>".to_owned()
}
