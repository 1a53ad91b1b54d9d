//! Decisions.

use super::page::{Page, nothing_below};
use super::visit::Visit;

pub(super) const PAGE: Page =
    Page { slug: "decisions", title: "Decisions", live: true, show, below: nothing_below };

fn show(_: &Visit<'_>) -> String {
    "<h1>Decisions</h1>".to_owned()
}

/// The forms of the page.
pub(super) const FORMS: &[(&str, super::act::Reading)] = &[];
