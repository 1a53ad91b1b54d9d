//! The rules, one file each.
//!
//! A rule is a pure function over a trace. It says whether its trigger occurred and what violated
//! it; levels, editions and exit codes are [`crate::judge`]'s business.

mod access_flows;
mod authentication;
mod catalogue;
mod configuration;
mod decisions;
mod document;
pub(crate) mod documents;
mod errors;
mod findings;
mod headers;
mod hidden;
mod logout;
mod measure;
mod mvpds;
mod offers;
mod patience;
mod polling;
mod polls;
mod profiles;
mod registration;
#[cfg(test)]
pub(crate) mod testing;
mod urls;

pub use catalogue::{all, find};
pub use document::markdown;
pub(crate) use errors::survives::RULE as SURVIVES;
pub use findings::{Evidence, Findings, Violation};

use crate::trace::{Context, View};
use crate::verdict::{Edition, Level};

/// A requirement of the cookbook that a trace can be held to.
#[derive(Debug)]
pub struct Rule {
    /// Short and stable, such as `POL-1`.
    pub id: &'static str,
    /// A readable name, such as `interval`.
    pub name: &'static str,
    /// The part of the cookbook it belongs to.
    pub phase: Phase,
    /// What it says in the edition of 2024-10, if it is in there.
    pub oct_2024: Option<Clause>,
    /// What it says in the edition of 2025-04, if it is in there.
    pub apr_2025: Option<Clause>,
    /// What the client must do, in one sentence.
    pub requires: &'static str,
    /// What exactly is judged: where the limit lies, what is left to another rule, and what is read
    /// kindly. Calls are numbered as the rules' documentation says.
    pub boundary: &'static str,
    /// What goes wrong in production when it does not.
    pub why: &'static str,
    /// What to do about a violation.
    pub remedy: &'static str,
    /// Whether it can only be judged where somebody told what the user did and saw.
    pub needs_events: bool,
    /// The capability a client must have for the rule to apply to it.
    pub capability: Option<&'static str>,
    /// Looks for its trigger and for violations.
    pub check: Check,
}

/// How a rule looks. It may be shown a trace one installation after the other: nothing that it says
/// of one may hang on what others did, but for what the view tells of the whole trace.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// The same in both editions.
    Alike(fn(&View<'_>, &mut Findings)),
    /// By what the edition says.
    ByEdition(fn(&View<'_>, Edition, &mut Findings)),
}

impl Check {
    /// Looks at a trace, in an edition.
    pub fn look(self, view: &View<'_>, edition: Edition, findings: &mut Findings) {
        match self {
            Self::Alike(check) => check(view, findings),
            Self::ByEdition(check) => check(view, edition, findings),
        }
    }
}

/// A rule's place in one edition.
#[derive(Clone, Copy, Debug)]
pub struct Clause {
    /// How binding it is. A single violation may be less binding, never more.
    pub level: Level,
    /// The document it comes from, as a path below Adobe's programmers' guide.
    pub document: &'static str,
    /// The heading there.
    pub heading: &'static str,
}

impl Clause {
    /// A *must*.
    pub const fn must(document: &'static str, heading: &'static str) -> Self {
        Self { level: Level::Must, document, heading }
    }

    /// A *should*.
    pub const fn should(document: &'static str, heading: &'static str) -> Self {
        Self { level: Level::Should, document, heading }
    }
}

impl Rule {
    /// The rule's place in an edition; `None` where the edition does not have it.
    pub fn clause(&self, edition: Edition) -> Option<&Clause> {
        match edition {
            Edition::Oct2024 => self.oct_2024.as_ref(),
            Edition::Apr2025 => self.apr_2025.as_ref(),
        }
    }

    /// Why the rule does not apply to a client that was judged in this context, when it does not.
    pub fn inapplicable(&self, context: &Context) -> Option<String> {
        if self.needs_events && !context.has_events {
            return Some("nobody told what the user did and saw".into());
        }
        if let Some(reason) = hidden::from(self.id, context) {
            return Some(reason.into());
        }
        let capability = self.capability.filter(|capability| !context.can(capability))?;
        Some(format!("the client does not declare the capability {capability}"))
    }
}

/// The parts of the cookbook, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Registration (dynamic client registration).
    Registration,
    /// Configuration.
    Configuration,
    /// Authentication.
    Authentication,
    /// Waiting for the viewer to sign in.
    Polling,
    /// Profiles.
    Profiles,
    /// Preauthorization and authorization.
    Decisions,
    /// Logout.
    Logout,
    /// Headers and parameters.
    Headers,
    /// Throttling and errors.
    Errors,
    /// TempPass, degradation, single sign-on.
    AccessFlows,
}

impl Phase {
    /// The phase's title in reports.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Registration => "Registration",
            Self::Configuration => "Configuration",
            Self::Authentication => "Authentication",
            Self::Polling => "Polling",
            Self::Profiles => "Profiles",
            Self::Decisions => "Preauthorization and authorization",
            Self::Logout => "Logout",
            Self::Headers => "Headers and parameters",
            Self::Errors => "Throttling and errors",
            Self::AccessFlows => "Access flows",
        }
    }
}
