//! All rules, in the order of the cookbook. The order is on purpose: reports and documentation
//! follow it.

use super::Rule;

/// Every rule.
pub fn all() -> &'static [&'static Rule] {
    &[]
}

/// The rule with this id, however its letters are cased.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().iter().copied().find(|rule| rule.id.eq_ignore_ascii_case(id))
}
