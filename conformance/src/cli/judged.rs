//! What every command that judges takes: by which edition, how strictly, what is accepted for now,
//! and where reports go.

use std::path::PathBuf;

use clap::Args;

use super::destination::{Destination, Destinations};
use super::failure::Failure;
use crate::known_failures::KnownFailures;
use crate::rules;
use crate::verdict::Edition;

#[derive(Args, Debug)]
pub(super) struct Judged {
    /// The edition of the cookbook whose verdicts set the exit code [2024-10, 2025-04]
    #[arg(long, default_value = "2024-10", hide_default_value = true)]
    pub(super) edition: Edition,

    /// A violated *should* fails, too
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(Args, Debug)]
pub(super) struct Reporting {
    /// A file of deviations that are accepted for now: lines of `rule: reason` or `name:rule: reason`,
    /// the name being that of a scenario or a capture. One that no longer fails is a failure
    #[arg(long, value_name = "FILE")]
    known_failures: Option<PathBuf>,

    /// Another report, in a file or on standard output (`-`) [junit, json, html, markdown, sarif]
    #[arg(long, value_name = "FORMAT=PATH")]
    report: Vec<Destination>,
}

impl Reporting {
    /// Reads and opens everything, so that what cannot be used is known before anything is played.
    /// Patterns of known failures are about something (a scenario, a capture) of one of the names.
    pub(super) fn prepare(
        &self,
        something: &str,
        names: &[String],
    ) -> Result<(KnownFailures, Destinations), Failure> {
        Ok((self.known_failures(something, names)?, Destinations::prepare(&self.report)?))
    }

    fn known_failures(&self, something: &str, names: &[String]) -> Result<KnownFailures, Failure> {
        let Some(path) = &self.known_failures else { return Ok(KnownFailures::default()) };
        let known = KnownFailures::load(path, rules::all()).map_err(Failure::usage)?;
        match known.about_no_scenario(names.iter().map(String::as_str)) {
            Some(pattern) => {
                let shown = path.display();
                let what = format!("{shown}: no {something} matches the pattern `{pattern}`");
                Err(Failure::usage(what))
            }
            None => Ok(known),
        }
    }
}
