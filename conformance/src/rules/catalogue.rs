//! All rules, in the order of the cookbook. The order is on purpose: reports and documentation
//! follow it.

use super::{Rule, errors, headers};

/// Every rule.
pub fn all() -> &'static [&'static Rule] {
    RULES
}

static RULES: &[&Rule] = &[
    // Headers and parameters
    &headers::device_identifier::RULE,
    &headers::device_identifier_stable::RULE,
    &headers::device_info::RULE,
    &headers::content_type::RULE,
    &headers::documented_path::RULE,
    // Throttling and errors
    &errors::wait_after_429::RULE,
    &errors::recovers::RULE,
];

/// The rule with this id, however its letters are cased.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().iter().copied().find(|rule| rule.id.eq_ignore_ascii_case(id))
}
