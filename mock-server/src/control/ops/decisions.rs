//! Making MVPDs decide otherwise than their users' subscriptions say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Control, Done};
use crate::config::Fixtures;
use crate::control::ControlError;
use crate::domain::decisions::ActiveRule;
use crate::domain::{DecisionRule, ErrorCode, Kind};

/// The rules in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleList {
    /// Oldest first; the newest that matches decides.
    pub rules: Vec<RuleState>,
}

/// A rule in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleState {
    /// Names it in paths.
    pub rule: u64,
    /// What it says.
    pub says: Rule,
    /// How many decisions it still makes; missing when there is no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u32>,
}

/// What an MVPD is to decide. A condition that is left out matches everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `permit` or `deny`.
    pub decision: Say,
    /// The error code of a deny, any of the documented ones; the MVPD's plain deny when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// The MVPD's own words for a deny.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// For so many decisions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// About this resource: its text, or the item or channel of an MRSS document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// For this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// At this MVPD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mvpd: Option<String>,
    /// For this service provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_provider: Option<String>,
    /// For this client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// On this device (decoded identifier).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// In this call only: `preauthorize` or `authorize`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Kind>,
}

/// What an MVPD can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Say {
    /// It may be played.
    Permit,
    /// It may not.
    Deny,
}

impl Control<'_> {
    /// The rules in force.
    pub fn decisions(&self) -> RuleList {
        let all = self.app.domain.rules.all();
        RuleList { rules: all.iter().map(|active| state(active)).collect() }
    }

    /// Puts a rule in force, in the place of one with the same conditions.
    pub fn decide(&self, rule: &Rule) -> Result<RuleState, ControlError> {
        rule.check(&self.app.fixtures.load())?;
        let rules = &self.app.domain.rules;
        let order = DecisionRule::from(rule);
        for active in rules.all() {
            if same_conditions(&active.rule, &order) {
                rules.remove(active.number);
            }
        }
        let left = order.times;
        Ok(RuleState { rule: rules.add(order), says: rule.clone(), left })
    }

    /// Takes one rule out of force.
    pub fn undecide(&self, rule: &str) -> Result<Done, ControlError> {
        let removed = rule.parse().is_ok_and(|number| self.app.domain.rules.remove(number));
        removed.then_some(Done { done: 1 }).ok_or_else(|| {
            let error = format!("rule: there is no {rule:?}");
            ControlError::not_found(error, "GET /decisions lists them with their numbers")
        })
    }

    /// Takes all rules out of force.
    pub fn undecide_all(&self) -> Done {
        let done = self.app.domain.rules.all().len();
        self.app.domain.rules.clear();
        Done { done }
    }
}

impl Rule {
    fn check(&self, fixtures: &Fixtures) -> Result<(), ControlError> {
        if self.decision == Say::Permit && (self.code.is_some() || self.details.is_some()) {
            let field = if self.code.is_some() { "code" } else { "details" };
            let error = format!("{field}: a permit has none");
            return Err(ControlError::invalid(error, "leave it out, or deny"));
        }
        if self.count == Some(0) {
            return Err(ControlError::invalid("count: 0 decisions are none", "give 1 or more"));
        }
        let users = fixtures.users.iter().map(|user| &*user.id);
        known("user", self.user.as_deref(), users)?;
        let mvpds = fixtures.mvpds.iter().map(|mvpd| &*mvpd.id);
        known("mvpd", self.mvpd.as_deref(), mvpds)?;
        let providers = fixtures.service_providers.iter().map(|provider| &*provider.id);
        known("service_provider", self.service_provider.as_deref(), providers)
    }
}

/// A rule about somebody who does not exist would never speak.
/// Whether the fixtures have what is named, if anything is.
pub(super) fn known<'a>(
    field: &str,
    wanted: Option<&str>,
    mut all: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), ControlError> {
    match wanted {
        Some(wanted) if !all.clone().any(|id| id == wanted) => {
            let names: Vec<&str> = all.by_ref().collect();
            let error = format!("{field}: the fixtures have no {wanted:?}");
            Err(ControlError::invalid(error, format!("give one of {}", names.join(", "))))
        }
        _ => Ok(()),
    }
}

fn same_conditions(a: &DecisionRule, b: &DecisionRule) -> bool {
    let conditions = |rule: &DecisionRule| DecisionRule {
        deny: None,
        details: None,
        times: None,
        ..rule.clone()
    };
    conditions(a) == conditions(b)
}

impl From<&Rule> for DecisionRule {
    fn from(rule: &Rule) -> Self {
        let deny = match rule.decision {
            Say::Permit => None,
            Say::Deny => Some(rule.code.unwrap_or(ErrorCode::AuthorizationDeniedByMvpd)),
        };
        let rule = rule.clone();
        Self {
            user: rule.user,
            mvpd: rule.mvpd,
            resource: rule.resource,
            service_provider: rule.service_provider,
            client_id: rule.client,
            device_id: rule.device,
            kind: rule.call,
            deny,
            details: rule.details,
            times: rule.count,
        }
    }
}

fn state(active: &ActiveRule) -> RuleState {
    let rule = active.rule.clone();
    let says = Rule {
        decision: if rule.deny.is_some() { Say::Deny } else { Say::Permit },
        code: rule.deny,
        details: rule.details,
        count: rule.times,
        resource: rule.resource,
        user: rule.user,
        mvpd: rule.mvpd,
        service_provider: rule.service_provider,
        client: rule.client_id,
        device: rule.device_id,
        call: rule.kind,
    };
    RuleState { rule: active.number, says, left: active.left() }
}
