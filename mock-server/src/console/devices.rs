//! Devices.

use super::page::{Page, nothing_below};
use super::visit::Visit;

pub(super) const PAGE: Page =
    Page { slug: "devices", title: "Devices", live: true, show, below: nothing_below };

fn show(_: &Visit<'_>) -> String {
    "<h1>Devices</h1>".to_owned()
}
