//! Editions, levels and verdicts.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An edition of the cookbook.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Edition {
    /// The client-to-server cookbook as of 2024-10-17.
    #[serde(rename = "2024-10")]
    Oct2024,
    /// The rewritten cookbook with the checklist of April 2025, still in force.
    #[serde(rename = "2025-04")]
    Apr2025,
}

impl Edition {
    /// All editions, oldest first.
    pub const ALL: [Self; 2] = [Self::Oct2024, Self::Apr2025];

    /// The name used on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oct2024 => "2024-10",
            Self::Apr2025 => "2025-04",
        }
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Edition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|edition| edition.name() == text)
            .ok_or_else(|| format!("no edition {text:?}; there are 2024-10 and 2025-04"))
    }
}

/// How binding a rule is in an edition.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A violation warns; fails under `--strict`.
    Should,
    /// A violation fails.
    Must,
}

/// What became of a rule in one scenario, or in all of them together.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The client declared that it lacks the capability, or the trace lacks what the rule needs.
    NotApplicable,
    /// The rule's trigger never occurred.
    NotExercised,
    /// The trigger occurred and the rule was kept.
    Pass,
    /// Too close to a limit to tell.
    Inconclusive,
    /// A *should* was violated.
    Warn,
    /// A *must* was violated (or a *should* under `--strict`).
    Fail,
}

impl Verdict {
    /// The name used in the JSON report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotApplicable => "not_applicable",
            Self::NotExercised => "not_exercised",
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    /// What it counts as: under `--strict` a warning fails.
    pub const fn strictly(self, strict: bool) -> Self {
        match self {
            Self::Warn if strict => Self::Fail,
            other => other,
        }
    }
}
