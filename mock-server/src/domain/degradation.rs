//! Degradation: an MVPD is bypassed for a while, so that whoever comes is let in, or nobody.

use std::collections::BTreeMap;

use arc_swap::ArcSwap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Verdict;
use super::changes::{Changes, Key};
use crate::clock::Timestamp;
use crate::config::Id;
use crate::domain::ErrorCode;

/// What is bypassed, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Mode {
    /// Everybody counts as signed in, and may watch everything.
    #[serde(rename = "AuthNAll")]
    AuthnAll,
    /// Everybody may watch everything, signed in or not.
    #[serde(rename = "AuthZAll")]
    AuthzAll,
    /// Nobody may watch anything.
    #[serde(rename = "AuthZNone")]
    AuthzNone,
}

impl Mode {
    /// The name that the documents have for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthnAll => "AuthNAll",
            Self::AuthzAll => "AuthZAll",
            Self::AuthzNone => "AuthZNone",
        }
    }
}

/// A rule in force for one service provider with one MVPD.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Degradation {
    /// What is bypassed.
    pub mode: Mode,
    /// From when on.
    pub not_before: Timestamp,
    /// The last instant of the rule.
    pub not_after: Timestamp,
    /// What whoever is denied is told, in the words of the one who applied the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

impl Degradation {
    /// What it makes of every decision.
    pub fn verdict(&self) -> Verdict {
        match self.mode {
            Mode::AuthnAll | Mode::AuthzAll => Verdict::Permit,
            Mode::AuthzNone => Verdict::Deny {
                code: ErrorCode::AuthorizationDeniedByDegradationRule,
                details: self.details.clone(),
            },
        }
    }

    /// How long an authorization decision of this rule holds; only AuthNAll's do.
    pub fn validity(&self) -> Option<(Timestamp, Timestamp)> {
        (self.mode == Mode::AuthnAll).then_some((self.not_before, self.not_after))
    }
}

/// All rules, by service provider and MVPD.
#[derive(Debug, Default)]
pub struct Degradations {
    rules: ArcSwap<BTreeMap<(Id, Id), Degradation>>,
    pub(super) changes: Changes,
}

impl Degradations {
    /// Puts a rule in force, in the place of an earlier one.
    pub fn apply(&self, service_provider: &str, mvpd: &str, rule: Degradation) {
        let key: (Id, Id) = (service_provider.into(), mvpd.into());
        self.rules.rcu(|rules| {
            let mut rules = BTreeMap::clone(rules);
            rules.insert(key.clone(), rule.clone());
            rules
        });
        self.changes.promise(|| Key::Degradations);
    }

    /// Takes a rule out of force. False when there was none.
    pub fn lift(&self, service_provider: &str, mvpd: &str) -> bool {
        let key: (Id, Id) = (service_provider.into(), mvpd.into());
        let before = self.rules.rcu(|rules| {
            let mut rules = BTreeMap::clone(rules);
            rules.remove(&key);
            rules
        });
        self.changes.promise(|| Key::Degradations);
        before.contains_key(&key)
    }

    /// The rule in force at an instant.
    pub fn find(&self, service_provider: &str, mvpd: &str, now: Timestamp) -> Option<Degradation> {
        let rules = self.rules.load();
        let is = |(sp, with): &(Id, Id)| **sp == *service_provider && **with == *mvpd;
        let (_, rule) = rules.iter().find(|(key, _)| is(key))?;
        (now <= rule.not_after).then(|| rule.clone())
    }

    /// Whether there is no rule, in force or not.
    pub fn is_empty(&self) -> bool {
        self.rules.load().is_empty()
    }

    /// The rule in force at an instant, if it signs everybody in.
    pub fn signs_in(
        &self,
        service_provider: &str,
        mvpd: &str,
        now: Timestamp,
    ) -> Option<Degradation> {
        self.find(service_provider, mvpd, now).filter(|rule| rule.mode == Mode::AuthnAll)
    }

    /// All rules in force at an instant, by service provider and MVPD.
    pub fn all(&self, now: Timestamp) -> Vec<(Id, Id, Degradation)> {
        let rules = self.rules.load();
        let live = rules.iter().filter(|(_, rule)| now <= rule.not_after);
        live.map(|((sp, mvpd), rule)| (Id::clone(sp), Id::clone(mvpd), rule.clone())).collect()
    }

    /// Takes all rules out of force. How many there were.
    pub fn clear(&self) -> usize {
        let before = self.rules.swap(Default::default()).len();
        self.changes.promise(|| Key::Degradations);
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const END: Timestamp = Timestamp(1_060_000);

    fn rule(mode: Mode) -> Degradation {
        Degradation { mode, not_before: NOW, not_after: END, details: None }
    }

    #[test]
    fn a_rule_is_for_one_integration_and_ends_to_the_millisecond() {
        let rules = Degradations::default();
        rules.apply("REF30", "Cablevision", rule(Mode::AuthzAll));
        let find = |sp, mvpd, at| rules.find(sp, mvpd, at).is_some();
        assert!(find("REF30", "Cablevision", NOW) && find("REF30", "Cablevision", END));
        assert!(!find("REF30", "Cablevision", Timestamp(END.millis() + 1)));
        assert!(!find("REF30", "Dish", NOW) && !find("apasstest1", "Cablevision", NOW));
        assert!(rules.lift("REF30", "Cablevision") && !rules.lift("REF30", "Cablevision"));
        assert!(rules.all(NOW).is_empty());
    }

    #[test]
    fn only_authn_all_signs_in_and_gives_decisions_a_validity() {
        let rules = Degradations::default();
        for mode in [Mode::AuthnAll, Mode::AuthzAll, Mode::AuthzNone] {
            rules.apply("REF30", "Cablevision", rule(mode));
            let signs_in = rules.signs_in("REF30", "Cablevision", NOW).is_some();
            assert_eq!(signs_in, mode == Mode::AuthnAll);
            assert_eq!(rule(mode).validity().is_some(), mode == Mode::AuthnAll);
            assert_eq!(rule(mode).verdict() == Verdict::Permit, mode != Mode::AuthzNone);
        }
        assert_eq!((rules.all(NOW).len(), rules.clear(), rules.clear()), (1, 1, 0));
    }
}
