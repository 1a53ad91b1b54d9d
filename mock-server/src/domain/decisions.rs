//! What an MVPD decides, and how a tester makes it decide otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attributes::max_rating;
use super::changes::{Changes, Key};
use super::{ErrorCode, Owner, Resource};
use crate::clock::Timestamp;
use crate::config::{Fixtures, Id, Package};

/// Which of the two kinds of decision is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Informative.
    Preauthorize,
    /// Authoritative.
    Authorize,
}

/// The MVPD's answer about one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Verdict {
    /// It may be played.
    Permit,
    /// It may not.
    Deny {
        /// Why not.
        code: ErrorCode,
        /// The MVPD's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        details: Option<String>,
    },
}

impl Verdict {
    /// The MVPD's plain deny.
    pub const fn plain_deny() -> Self {
        Self::Deny { code: ErrorCode::AuthorizationDeniedByMvpd, details: None }
    }

    /// Whether this is an answer of the MVPD that holds for a while, rather than a failure to get
    /// one.
    pub const fn is_decision(&self) -> bool {
        match self {
            Self::Permit => true,
            Self::Deny { code, .. } => matches!(
                code,
                ErrorCode::AuthorizationDeniedByMvpd
                    | ErrorCode::PreauthorizationDeniedByMvpd
                    | ErrorCode::AuthorizationDeniedByParentalControls
            ),
        }
    }

    /// The same verdict with the plain deny's code of a kind: preauthorization has one of its own.
    #[must_use]
    pub fn for_kind(self, kind: Kind) -> Self {
        use ErrorCode::{AuthorizationDeniedByMvpd, PreauthorizationDeniedByMvpd};
        match (self, kind) {
            (Self::Deny { code: AuthorizationDeniedByMvpd, details }, Kind::Preauthorize) => {
                Self::Deny { code: PreauthorizationDeniedByMvpd, details }
            }
            (Self::Deny { code: PreauthorizationDeniedByMvpd, details }, Kind::Authorize) => {
                Self::Deny { code: AuthorizationDeniedByMvpd, details }
            }
            (verdict, _) => verdict,
        }
    }
}

/// A decision that holds until its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The resource as it was asked for.
    pub resource: Id,
    /// What was decided.
    pub verdict: Verdict,
    /// When.
    pub not_before: Timestamp,
    /// The last instant at which it holds.
    pub not_after: Timestamp,
    /// The rule that made the MVPD decide so, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<u64>,
    /// Whom it concerns, where others see the profile that it is kept with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewer: Option<Box<Owner>>,
}

impl Decision {
    /// Whether it is about the same as another.
    pub fn is_like(&self, other: &Self) -> bool {
        self.resource == other.resource && self.viewer == other.viewer
    }
}

/// What a subscription says about a resource. The most particular name that is mentioned decides.
pub fn by_package(package: Option<&Package>, resource: &Resource<'_>) -> Verdict {
    let Some(package) = package else { return Verdict::plain_deny() };
    for name in resource.names() {
        if let Some(denial) = package.denies.iter().find(|denial| denial.resource == name) {
            let code = denial.code.unwrap_or(ErrorCode::AuthorizationDeniedByMvpd);
            return Verdict::Deny { code, details: denial.details.clone() };
        }
        if package.permits.iter().any(|permitted| permitted == name) {
            return Verdict::Permit;
        }
    }
    if package.permits.iter().any(|permitted| permitted == "*") {
        Verdict::Permit
    } else {
        Verdict::plain_deny()
    }
}

/// What an MVPD says about a resource for one of its users: what the subscription says, unless the
/// resource is rated beyond what the user may watch.
pub fn by_user(fixtures: &Fixtures, mvpd: &str, user: &str, resource: &Resource<'_>) -> Verdict {
    let package = fixtures.user(user).and_then(|user| fixtures.package(&user.package));
    let verdict = by_package(package, resource);
    if verdict != Verdict::Permit || resource.ratings().next().is_none() {
        return verdict;
    }
    match max_rating(fixtures, mvpd, user) {
        Some(limit) if resource.ratings().any(|rating| rating.exceeds(limit)) => {
            Verdict::Deny { code: ErrorCode::AuthorizationDeniedByParentalControls, details: None }
        }
        _ => verdict,
    }
}

/// Makes the MVPD decide in a particular way. What is absent matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DecisionRule {
    /// For this user.
    pub user: Option<String>,
    /// At this MVPD.
    pub mvpd: Option<String>,
    /// About this resource: its text, or the item or channel of an MRSS document.
    pub resource: Option<String>,
    /// For this service provider.
    pub service_provider: Option<String>,
    /// For this client.
    pub client_id: Option<String>,
    /// On this device.
    pub device_id: Option<String>,
    /// In this kind of call.
    pub kind: Option<Kind>,
    /// The error to deny with; permits when absent.
    pub deny: Option<ErrorCode>,
    /// The MVPD's own words for a deny.
    pub details: Option<String>,
    /// For so many decisions; for ever when absent.
    pub times: Option<u32>,
}

/// A rule in force.
#[derive(Debug)]
pub struct ActiveRule {
    /// Its number.
    pub number: u64,
    /// What it says.
    pub rule: DecisionRule,
    left: AtomicU32,
}

impl ActiveRule {
    /// How many decisions it still makes; `None` is no end.
    pub fn left(&self) -> Option<u32> {
        self.rule.times.map(|_| self.left.load(Ordering::Relaxed))
    }

    fn verdict(&self) -> Verdict {
        match self.rule.deny {
            None => Verdict::Permit,
            Some(code) => Verdict::Deny { code, details: self.rule.details.clone() },
        }
    }

    /// Uses the rule up by one decision; false when nothing of it is left.
    fn take(&self) -> bool {
        if self.rule.times.is_none() {
            return true;
        }
        let less = |left: u32| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

/// What is to be decided.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// For whom.
    pub owner: &'a Owner,
    /// The signed-in user.
    pub user: &'a str,
    /// By whom.
    pub mvpd: &'a str,
    /// About what.
    pub resource: Resource<'a>,
    /// In which kind of call.
    pub kind: Kind,
}

impl DecisionRule {
    fn matches(&self, question: &Question<'_>) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == found)
        };
        let named = |wanted: &str| question.resource.names().any(|name| name == wanted);
        is(&self.user, question.user)
            && is(&self.mvpd, question.mvpd)
            && self.resource.as_deref().is_none_or(named)
            && is(&self.service_provider, &question.owner.service_provider)
            && is(&self.client_id, &question.owner.client_id)
            && is(&self.device_id, &question.owner.device_id)
            && self.kind.is_none_or(|kind| kind == question.kind)
    }
}

/// A rule's say in one decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The rule's number.
    pub rule: u64,
    /// What it makes the MVPD say.
    pub verdict: Verdict,
    /// Whether the rule speaks only a number of times, so that nothing of it may be kept.
    pub counted: bool,
}

/// All rules in force. The newest that matches decides.
#[derive(Debug, Default)]
pub struct DecisionRules {
    rules: ArcSwap<Vec<Arc<ActiveRule>>>,
    pub(super) numbers: AtomicU64,
    pub(super) changes: Changes,
}

impl DecisionRules {
    /// Puts a rule in force and returns its number.
    pub fn add(&self, rule: DecisionRule) -> u64 {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let left = AtomicU32::new(rule.times.unwrap_or(0));
        let active = Arc::new(ActiveRule { number, rule, left });
        self.rules.rcu(|rules| {
            let mut rules = Vec::clone(rules);
            rules.push(Arc::clone(&active));
            rules
        });
        self.changes.promise(|| Key::Rules);
        number
    }

    /// Puts a rule in force again under the number that it had, with what is left of it.
    pub fn restore(&self, number: u64, rule: DecisionRule, left: Option<u32>) {
        self.numbers.fetch_max(number, Ordering::Relaxed);
        let left = AtomicU32::new(left.unwrap_or(0));
        let active = Arc::new(ActiveRule { number, rule, left });
        self.rules.rcu(|rules| {
            let mut rules = Vec::clone(rules);
            rules.push(Arc::clone(&active));
            rules
        });
    }

    /// Takes a rule out of force. False for an unknown number.
    pub fn remove(&self, number: u64) -> bool {
        let before = self.rules.rcu(|rules| {
            rules.iter().filter(|rule| rule.number != number).cloned().collect::<Vec<_>>()
        });
        self.changes.promise(|| Key::Rules);
        before.iter().any(|rule| rule.number == number)
    }

    /// All rules, oldest first.
    pub fn all(&self) -> Vec<Arc<ActiveRule>> {
        Vec::clone(&self.rules.load())
    }

    /// Takes all rules out of force.
    pub fn clear(&self) {
        self.rules.store(Arc::default());
        self.changes.promise(|| Key::Rules);
    }

    /// What the newest matching rule makes the MVPD say; `None` when the MVPD is left alone.
    pub fn rule(&self, question: &Question<'_>) -> Option<Ruling> {
        let ruling = self.find(question, ActiveRule::take)?;
        if ruling.counted {
            self.changes.note(|| Key::Rules);
        }
        Some(ruling)
    }

    /// What [`rule`](Self::rule) would say, without using anything up.
    pub fn foresee(&self, question: &Question<'_>) -> Option<Ruling> {
        self.find(question, |active| active.left() != Some(0))
    }

    fn find(
        &self,
        question: &Question<'_>,
        speaks: impl Fn(&ActiveRule) -> bool,
    ) -> Option<Ruling> {
        let rules = self.rules.load();
        let rule =
            rules.iter().rev().find(|active| active.rule.matches(question) && speaks(active))?;
        Some(Ruling {
            rule: rule.number,
            verdict: rule.verdict(),
            counted: rule.rule.times.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Owner {
        Owner {
            client_id: "client".into(),
            device_id: "tv".into(),
            service_provider: "REF30".into(),
        }
    }

    fn question<'a>(owner: &'a Owner, resource: &'a str) -> Question<'a> {
        let resource = Resource::new(resource);
        Question { owner, user: "demo", mvpd: "Cablevision", resource, kind: Kind::Authorize }
    }

    #[test]
    fn a_subscription_permits_denies_and_denies_in_particular() {
        let fixtures = Fixtures::default();
        let ask = |user, text| by_user(&fixtures, "Dish", user, &Resource::new(text));
        assert_eq!(ask("demo", "REF30"), Verdict::Permit);
        assert_eq!(ask("demo", "unheard of"), Verdict::plain_deny());
        assert_eq!(ask("everything", "unheard of"), Verdict::Permit);
        assert_eq!(ask("nobody", "REF30"), Verdict::plain_deny());
        assert!(matches!(ask("demo", "premium"), Verdict::Deny { details: Some(_), .. }));
        let parental = ErrorCode::AuthorizationDeniedByParentalControls;
        assert_eq!(ask("demo", "late-night"), Verdict::Deny { code: parental, details: None });
    }

    #[test]
    fn of_a_document_the_item_is_asked_before_the_channel() {
        let fixtures = Fixtures::default();
        let document = |item: &str| {
            format!(
                "<rss><channel><title>REF30</title><item><guid>{item}</guid></item></channel></rss>"
            )
        };
        let ask = |item| by_user(&fixtures, "Dish", "demo", &Resource::new(&document(item)));
        assert_eq!(ask("episode"), Verdict::Permit, "the channel permits");
        assert!(matches!(ask("premium"), Verdict::Deny { .. }), "the item is denied");
    }

    #[test]
    fn a_rating_beyond_the_users_limit_is_denied_by_parental_controls() {
        let fixtures = Fixtures::default();
        let ask = |channel: &str, rating: &str| {
            let text = format!(
                "<rss><channel><title>{channel}</title>\
                 <media:rating scheme=\"urn:mpaa\">{rating}</media:rating></channel></rss>"
            );
            by_user(&fixtures, "Dish", "demo", &Resource::new(&text))
        };
        assert_eq!(ask("REF30", "pg-13"), Verdict::Permit);
        let parental = ErrorCode::AuthorizationDeniedByParentalControls;
        assert_eq!(ask("REF30", "r"), Verdict::Deny { code: parental, details: None });
        assert_eq!(ask("unheard of", "r"), Verdict::plain_deny(), "not subscribed to at all");
    }

    #[test]
    fn the_newest_matching_rule_speaks_and_counts() {
        let (rules, owner) = (DecisionRules::default(), owner());
        let failing = ErrorCode::NetworkReceivedError;
        rules.add(DecisionRule {
            resource: Some("REF30".into()),
            deny: Some(failing),
            times: Some(2),
            ..DecisionRule::default()
        });
        let ask = || rules.rule(&question(&owner, "REF30")).map(|ruling| ruling.verdict);
        let deny = Verdict::Deny { code: failing, details: None };
        assert_eq!([ask(), ask(), ask()], [Some(deny.clone()), Some(deny), None]);
        assert_eq!(rules.rule(&question(&owner, "news")), None);
        let permit = rules.add(DecisionRule::default());
        assert_eq!(ask(), Some(Verdict::Permit));
        assert!(rules.remove(permit) && !rules.remove(permit));
        assert_eq!(ask(), None);
    }

    #[test]
    fn the_plain_deny_has_a_name_of_its_own_when_preauthorizing() {
        let deny = Verdict::plain_deny().for_kind(Kind::Preauthorize);
        let code = ErrorCode::PreauthorizationDeniedByMvpd;
        assert_eq!(deny, Verdict::Deny { code, details: None });
        assert_eq!(deny.for_kind(Kind::Authorize), Verdict::plain_deny());
    }
}
