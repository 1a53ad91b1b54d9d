//! Service.

use super::page::{Page, nothing_below};
use super::visit::Visit;

pub(super) const PAGE: Page =
    Page { slug: "service", title: "Service", live: true, show, below: nothing_below };

fn show(_: &Visit<'_>) -> String {
    "<h1>Service</h1>".to_owned()
}
