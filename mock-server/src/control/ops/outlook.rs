//! What would be decided, and about what: looking without asking, so that nothing is used up or
//! kept.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decisions::{Say, known};
use super::{Control, Listing};
use crate::config::{Fixtures, Id, Integration, ServiceProvider, User};
use crate::control::ControlError;
use crate::domain::decisions::{Question, by_user};
use crate::domain::{ErrorCode, Kind, Owner, Resource, Verdict};

/// What to look at. What is left out is everything that there is, or the first one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Look {
    /// The service provider; the first one of the fixtures unless told.
    pub service_provider: Option<String>,
    /// The user; the first one of the fixtures unless told.
    pub user: Option<String>,
    /// The MVPDs; all regular ones that the service provider works with unless told.
    pub mvpds: Vec<String>,
    /// The resources; all that `GET /resources` lists unless told.
    pub resources: Vec<String>,
    /// The client, for rules about one.
    pub client: String,
    /// The device (decoded identifier), for rules about one.
    pub device: String,
    /// In which call: `authorize` unless told.
    pub call: Option<Kind>,
}

/// What would be decided now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outlook {
    /// For this service provider.
    pub service_provider: String,
    /// For this user.
    pub user: String,
    /// By resource, then by MVPD, in the order asked for.
    pub decisions: Vec<Foreseen>,
}

/// A decision that would be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Foreseen {
    /// The resource.
    pub resource: String,
    /// The MVPD.
    pub mvpd: String,
    /// Whether it may be played.
    pub decision: Say,
    /// The error code of a deny.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// The MVPD's own words for a deny.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// What makes it so.
    pub by: By,
    /// The rule, when one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<u64>,
}

/// What a decision rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// What the user has subscribed to.
    Subscription,
    /// A rule of `PUT /decisions`.
    Rule,
    /// The integration permits everything without asking.
    Dummy,
    /// The MVPD is bypassed.
    Degradation,
    /// The integration is switched off.
    Integration,
}

/// Some resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceList {
    /// In alphabetical order.
    pub resources: Vec<ResourceState>,
    /// How many match in all.
    pub total: usize,
}

/// A resource that somebody has spoken of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceState {
    /// Its text.
    pub resource: String,
    /// Whether a package of the fixtures names it.
    pub subscribed: bool,
    /// Whether a rule names it.
    pub ruled: bool,
    /// Whether one of the exchanges that the journal keeps asked about it.
    pub asked: bool,
}

impl Control<'_> {
    /// The resources that the packages, the rules and the journal name.
    pub fn resources(&self, listing: &Listing) -> ResourceList {
        let mut all: BTreeMap<String, ResourceState> = BTreeMap::new();
        let mut note = |name: &str, mark: fn(&mut ResourceState)| {
            if name != "*" && listing.finds(&[name], &[]) {
                let resource = name.to_owned();
                let blank =
                    ResourceState { resource, subscribed: false, ruled: false, asked: false };
                mark(all.entry(name.to_owned()).or_insert(blank));
            }
        };
        for package in &self.app.fixtures.load().packages {
            let denied = package.denies.iter().map(|denial| &denial.resource);
            for name in package.permits.iter().chain(denied) {
                note(name, |resource| resource.subscribed = true);
            }
        }
        for active in self.app.domain.rules.all() {
            if let Some(name) = &active.rule.resource {
                note(name, |resource| resource.ruled = true);
            }
        }
        for entry in self.app.journal.matching(|entry| !entry.facts.resources.is_empty()) {
            for name in &entry.facts.resources {
                note(name, |resource| resource.asked = true);
            }
        }
        let mut window = listing.window();
        all.keys().for_each(|name| window.push(name.clone()));
        let (total, names) = window.finish();
        let resources = names.iter().filter_map(|name| all.remove(name)).collect();
        ResourceList { resources, total }
    }

    /// What would be decided now. Nothing is counted or kept, and no device's own decisions that
    /// still hold are looked at.
    ///
    /// # Errors
    /// When the fixtures have no such service provider, user or MVPD.
    pub fn foresee(&self, look: &Look) -> Result<Outlook, ControlError> {
        let fixtures = self.app.fixtures.load();
        let (provider, user) = self.whom(&fixtures, look)?;
        let integrations = integrations(&fixtures, provider, &look.mvpds)?;
        let resources = match look.resources.is_empty() {
            true => self.resources(&Listing::default()).resources,
            false => Vec::new(),
        };
        let listed = resources.iter().map(|known| &known.resource);
        let owner = Owner {
            client_id: look.client.as_str().into(),
            device_id: look.device.as_str().into(),
            service_provider: provider.id.clone(),
        };
        let kind = look.call.unwrap_or(Kind::Authorize);
        let mut decisions = Vec::new();
        for resource in look.resources.iter().chain(listed) {
            for integration in &integrations {
                let (user, mvpd) = (&*user.id, &*integration.mvpd);
                let names = Resource::new(resource);
                let question = Question { owner: &owner, user, mvpd, resource: names, kind };
                let (verdict, by, rule) = self.foresee_one(&fixtures, &question, integration);
                decisions.push(foreseen(&question, verdict.for_kind(kind), by, rule));
            }
        }
        let service_provider = provider.id.to_string();
        Ok(Outlook { service_provider, user: user.id.to_string(), decisions })
    }

    fn whom<'a>(
        &self,
        fixtures: &'a Fixtures,
        look: &Look,
    ) -> Result<(&'a ServiceProvider, &'a User), ControlError> {
        let providers = fixtures.service_providers.iter().map(|provider| &*provider.id);
        known("service_provider", look.service_provider.as_deref(), providers)?;
        known("user", look.user.as_deref(), fixtures.users.iter().map(|user| &*user.id))?;
        let mut providers = fixtures.service_providers.iter();
        let is = |wanted: &Option<String>, id: &Id| wanted.as_deref().is_none_or(|it| *it == **id);
        let provider = providers.find(|provider| is(&look.service_provider, &provider.id));
        let user = fixtures.users.iter().find(|user| is(&look.user, &user.id));
        provider.zip(user).ok_or_else(|| {
            let error = "the fixtures have no service provider, or no user";
            ControlError::conflict(error, "add one to the fixtures")
        })
    }

    fn foresee_one(
        &self,
        fixtures: &Fixtures,
        question: &Question<'_>,
        integration: &Integration,
    ) -> (Verdict, By, Option<u64>) {
        let (domain, provider) = (&self.app.domain, &*question.owner.service_provider);
        if !domain.is_enabled(provider, integration) {
            let code = ErrorCode::InvalidIntegration;
            return (Verdict::Deny { code, details: None }, By::Integration, None);
        }
        let degraded = domain.degradations.find(provider, question.mvpd, self.app.clock.now());
        if let Some(rule) = degraded {
            return (rule.verdict(), By::Degradation, None);
        }
        match domain.rules.foresee(question) {
            Some(ruling) => (ruling.verdict, By::Rule, Some(ruling.rule)),
            None if integration.dummy_authorization => (Verdict::Permit, By::Dummy, None),
            None => {
                let (mvpd, user) = (question.mvpd, question.user);
                (by_user(fixtures, mvpd, user, &question.resource), By::Subscription, None)
            }
        }
    }
}

fn integrations<'a>(
    fixtures: &Fixtures,
    provider: &'a ServiceProvider,
    wanted: &[String],
) -> Result<Vec<&'a Integration>, ControlError> {
    let all = provider.integrations.iter();
    let regular = all.filter(|it| fixtures.mvpd(&it.mvpd).is_some_and(|mvpd| !mvpd.is_temp_pass()));
    if wanted.is_empty() {
        return Ok(regular.collect());
    }
    let named = regular.clone().map(|it| &*it.mvpd);
    let mut chosen = Vec::new();
    for mvpd in wanted {
        known("mvpds", Some(mvpd), named.clone())?;
        chosen.extend(regular.clone().find(|it| *it.mvpd == **mvpd));
    }
    Ok(chosen)
}

fn foreseen(question: &Question<'_>, verdict: Verdict, by: By, rule: Option<u64>) -> Foreseen {
    let (decision, code, details) = match verdict {
        Verdict::Permit => (Say::Permit, None, None),
        Verdict::Deny { code, details } => (Say::Deny, Some(code), details),
    };
    let (resource, mvpd) = (question.resource.text.to_owned(), question.mvpd.to_owned());
    Foreseen { resource, mvpd, decision, code, details, by, rule }
}
