//! Faults & throttling.

use super::page::{Page, nothing_below};
use super::visit::Visit;

pub(super) const PAGE: Page =
    Page { slug: "faults", title: "Faults & throttling", live: true, show, below: nothing_below };

fn show(_: &Visit<'_>) -> String {
    "<h1>Faults &amp; throttling</h1>".to_owned()
}

/// The forms of the page.
pub(super) const FORMS: &[(&str, super::act::Reading)] = &[];
