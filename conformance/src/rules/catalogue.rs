//! All rules, in the order of the cookbook. The order is on purpose: reports and documentation
//! follow it.

use super::{
    Rule, access_flows, authentication, configuration, decisions, errors, headers, logout, polling,
    profiles, registration,
};

/// Every rule.
pub fn all() -> &'static [&'static Rule] {
    RULES
}

static RULES: &[&Rule] = &[
    // Registration
    &registration::token_first::RULE,
    &registration::credentials_kept::RULE,
    &registration::token_reused::RULE,
    &registration::no_expired_token::RULE,
    &registration::refresh_before_retry::RULE,
    &registration::refresh_not_reregister::RULE,
    &registration::registration_well_formed::RULE,
    // Configuration
    &configuration::only_when_picking::RULE,
    &configuration::configuration_kept::RULE,
    &configuration::known_mvpd::RULE,
    // Authentication
    &authentication::profiles_first::RULE,
    &authentication::profile_used::RULE,
    &authentication::session_complete::RULE,
    &authentication::resume_finished::RULE,
    &authentication::direct_means_direct::RULE,
    &authentication::authenticate_url::RULE,
    &authentication::code_validated::RULE,
    // Polling
    &polling::interval::RULE,
    &polling::endpoint::RULE,
    &polling::deadline::RULE,
    &polling::new_session::RULE,
    &polling::stop_on_success::RULE,
    &polling::old_code_dropped::RULE,
    &polling::start::RULE,
    // Profiles
    &profiles::profile_kept::RULE,
    &profiles::provider_remembered::RULE,
    &profiles::several_profiles::RULE,
    // Preauthorization and authorization
    &decisions::profile_before_decision::RULE,
    &decisions::preauthorize_within_limit::RULE,
    &decisions::permits_kept::RULE,
    &decisions::preauthorize_retry_bounded::RULE,
    &decisions::retry_only_those::RULE,
    &decisions::locks_explained::RULE,
    &decisions::authorize_every_play::RULE,
    &decisions::deny_respected::RULE,
    &decisions::authorize_retry_bounded::RULE,
    &decisions::plays_through_expiry::RULE,
    &decisions::authorize_within_limit::RULE,
    &decisions::token_verified::RULE,
    &decisions::deny_explained::RULE,
    // Logout
    &logout::logout_called::RULE,
    &logout::interactive_finished::RULE,
    &logout::partner_guided::RULE,
    &logout::done_means_done::RULE,
    &logout::only_on_request::RULE,
    &logout::profile_dropped::RULE,
    // Headers and parameters
    &headers::device_identifier::RULE,
    &headers::device_identifier_stable::RULE,
    &headers::device_info::RULE,
    &headers::device_info_content::RULE,
    &headers::content_type::RULE,
    &headers::documented_only::RULE,
    &headers::forwarded_for::RULE,
    &headers::documented_path::RULE,
    &headers::connection_told::RULE,
    // Throttling and errors
    &errors::wait_after_429::RULE,
    &errors::recovers::RULE,
    &errors::within_limit::RULE,
    &errors::reauthenticates::RULE,
    &errors::reregisters::RULE,
    &errors::no_blind_retry::RULE,
    &errors::server_errors_bounded::RULE,
    &errors::survives::RULE,
    &errors::no_401_loop::RULE,
    // Access flows
    &access_flows::identity_sent::RULE,
    &access_flows::exceeded_leads_to_sign_in::RULE,
    &access_flows::degraded_goes_on::RULE,
    &access_flows::subject_on_every_call::RULE,
    &access_flows::sso_profile_used::RULE,
    &access_flows::partner_fallback::RULE,
    &access_flows::partner_profile_once::RULE,
    &access_flows::partner_status_sent::RULE,
];

/// The rule with this id, however its letters are cased.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().iter().copied().find(|rule| rule.id.eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::Path;

    use super::*;
    use crate::verdict::Edition;

    /// The prefixes of ids, in the order of the cookbook.
    const PREFIXES: [&str; 15] = [
        "REG", "CFG", "AUT", "POL", "PRF", "DEC", "PRE", "AZN", "LGO", "HDR", "THR", "ERR", "TMP",
        "DEG", "SSO",
    ];

    fn place(rule: &Rule) -> (usize, u32) {
        let (prefix, number) = rule.id.split_once('-').expect("PREFIX-NUMBER");
        let place = PREFIXES.iter().position(|known| *known == prefix).expect("a known prefix");
        (place, number.parse().expect("a number"))
    }

    #[test]
    fn rules_stand_in_the_cookbooks_order_and_once() {
        assert!(all().is_sorted_by_key(|rule| place(rule)));
        assert!(all().is_sorted_by_key(|rule| rule.phase));
        let ids: HashSet<_> = all().iter().map(|rule| rule.id).collect();
        let names: HashSet<_> = all().iter().map(|rule| (place(rule).0, rule.name)).collect();
        assert_eq!(ids.len(), all().len());
        assert_eq!(names.len(), all().len());
    }

    #[test]
    fn every_rule_says_what_why_and_where() {
        for rule in all() {
            for text in [rule.id, rule.name, rule.requires, rule.boundary, rule.why, rule.remedy] {
                assert!(!text.trim().is_empty(), "{}", rule.id);
            }
            for sentence in [rule.requires, rule.boundary, rule.why, rule.remedy] {
                assert!(sentence.ends_with('.'), "{}: {sentence}", rule.id);
            }
            let clauses: Vec<_> = Edition::ALL.iter().filter_map(|e| rule.clause(*e)).collect();
            assert!(!clauses.is_empty(), "{} is in no edition", rule.id);
            for clause in clauses {
                assert!(
                    clause.document.ends_with(".md") && !clause.heading.is_empty(),
                    "{}",
                    rule.id
                );
            }
        }
    }

    #[test]
    fn a_rule_is_found_however_it_is_cased() {
        for rule in all() {
            assert_eq!(find(&rule.id.to_lowercase()).map(|found| found.id), Some(rule.id));
        }
        assert!(find("REG-99").is_none());
    }

    #[test]
    fn every_rule_file_is_registered() {
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
        let mut files = 0;
        for phase in std::fs::read_dir(rules).unwrap().map(|entry| entry.unwrap().path()) {
            if !phase.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(phase).unwrap().map(|entry| entry.unwrap().path()) {
                let text = std::fs::read_to_string(&file).unwrap();
                for line in text.lines().filter(|line| line.trim_start().starts_with("id: \"")) {
                    let id = line.split('"').nth(1).unwrap();
                    assert!(find(id).is_some(), "{id} of {} is not registered", file.display());
                    files += 1;
                }
            }
        }
        assert_eq!(files, all().len());
    }
}
