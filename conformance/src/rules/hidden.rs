//! What a rule cannot be judged without, where the recorder of a capture kept it to itself.

use crate::trace::{Context, Hidden};

/// Rules about the tokens that requests carry.
const BY_TOKENS: &[&str] = &["REG-1", "REG-3", "REG-4", "REG-5"];

/// Rules that look at no answer's body. All others do, or might.
const WITHOUT_ANSWERS: &[&str] = &[
    "REG-1", "AUT-1", "AUT-3", "HDR-1", "HDR-2", "HDR-3", "HDR-4", "HDR-5", "HDR-6", "HDR-7",
    "HDR-8", "HDR-9", "THR-1", "THR-3", "SSO-1",
];

/// Rules that look at no request's body. All others do, or might.
const WITHOUT_REQUESTS: &[&str] = &[
    "REG-1", "REG-4", "REG-5", "CFG-1", "CFG-2", "AUT-1", "POL-1", "POL-3", "POL-5", "POL-6",
    "DEC-1", "LGO-6", "HDR-1", "HDR-2", "HDR-3", "HDR-4", "HDR-7", "HDR-8", "HDR-9", "THR-1",
    "THR-3", "SSO-1", "SSO-5", "TMP-1",
];

/// Why a rule does not apply to a capture that lacks what it looks at.
pub(super) fn from(rule: &str, context: &Context) -> Option<&'static str> {
    context.hidden.iter().find_map(|hidden| match hidden {
        Hidden::Tokens if BY_TOKENS.contains(&rule) => {
            Some("the capture was made without Authorization headers")
        }
        Hidden::Answers if !WITHOUT_ANSWERS.contains(&rule) => {
            Some("the capture lacks bodies of answers")
        }
        Hidden::Requests if !WITHOUT_REQUESTS.contains(&rule) => {
            Some("the capture lacks bodies of requests")
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    #[test]
    fn only_rules_that_exist_are_named() {
        for id in BY_TOKENS.iter().chain(WITHOUT_ANSWERS).chain(WITHOUT_REQUESTS) {
            assert!(rules::find(id).is_some(), "{id}");
        }
    }

    #[test]
    fn what_is_hidden_keeps_only_the_rules_from_being_judged_that_look_at_it() {
        let reason = |rule, hidden: &[Hidden]| {
            let hidden = hidden.iter().copied().collect();
            from(rule, &Context { hidden, ..Context::default() })
        };
        assert_eq!(reason("REG-1", &[]), None);
        assert!(
            reason("REG-1", &[Hidden::Tokens]).is_some_and(|why| why.contains("Authorization"))
        );
        assert_eq!(reason("REG-1", &[Hidden::Answers, Hidden::Requests]), None);
        assert!(reason("AUT-3", &[Hidden::Requests]).is_some());
        assert_eq!(reason("AUT-3", &[Hidden::Answers]), None);
        assert!(reason("POL-1", &[Hidden::Answers]).is_some());
        assert_eq!(reason("POL-1", &[Hidden::Tokens]), None);
    }
}
