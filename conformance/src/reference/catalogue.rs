//! The catalogue: what of it the viewer may watch. For show only; playing asks for itself.

use std::collections::BTreeMap;
use std::time::Duration;

use super::app::App;
use super::calls::Failure;
use super::wire::{Decision, Decisions};
use crate::defects::Defect;
use crate::protocol::ClientEvent;

/// The most resources in one call, unless the provider has agreed to more.
const RESOURCES_A_CALL: usize = 5;

/// Why items are locked, in words for the viewer, by resource.
type Locked = BTreeMap<String, String>;

impl App {
    /// Shows what of these resources may be watched.
    pub(super) async fn browse(&mut self, resources: &[String]) -> Result<(), Failure> {
        let Some(mvpd) = self.has_access_with() else {
            self.offer_sign_in("Sign in to see what you can watch.");
            return Ok(());
        };
        if self.breaks(Defect::LooksUpBeforeCatalogue) {
            self.check_profiles().await?;
        }
        if self.breaks(Defect::PermitsNotKept) {
            self.state.permits.clear();
        }
        let mut unknown: Vec<String> = Vec::new();
        for resource in resources {
            if !self.state.permits.contains(resource) && !unknown.contains(resource) {
                unknown.push(resource.clone());
            }
        }
        let mut locked = Locked::new();
        let at_once = if self.breaks(Defect::WholeCatalogueAtOnce) {
            unknown.len().max(1)
        } else {
            RESOURCES_A_CALL
        };
        for some in unknown.chunks(at_once) {
            self.preauthorize(&mvpd, some.to_vec(), &mut locked).await?;
            if self.has_access_with().is_none() {
                break;
            }
        }
        self.show_catalogue(resources, locked);
        if self.has_access_with().is_none() {
            self.offer_sign_in("Please sign in again.");
        }
        Ok(())
    }

    /// Asks for decisions. Permits are kept; items that a partner's hiccup left undecided are asked
    /// for again, without the others.
    async fn preauthorize(
        &mut self,
        mvpd: &str,
        mut resources: Vec<String>,
        locked: &mut Locked,
    ) -> Result<(), Failure> {
        let mut retries = 0;
        let mut denied_once = false;
        loop {
            let call = self.identified(mvpd, self.api.preauthorize(mvpd, &resources));
            let answer: Decisions = self.ask(&call).await?;
            let mut undecided = Vec::new();
            let mut denied = Vec::new();
            for decision in answer.decisions {
                if decision.authorized {
                    locked.remove(&decision.resource);
                    self.state.permits.insert(decision.resource);
                    continue;
                }
                match action(&decision) {
                    "retry" => undecided.push(decision.resource.clone()),
                    "authentication" => self.lose_profile(),
                    _ => denied.push(decision.resource.clone()),
                }
                let text = words(&decision).unwrap_or("Not available");
                locked.insert(decision.resource.clone(), text.to_owned());
            }
            if undecided.is_empty()
                && !denied.is_empty()
                && !std::mem::replace(&mut denied_once, true)
                && self.breaks(Defect::AsksDeniedItemsAgain)
            {
                undecided = denied;
            }
            if undecided.is_empty() {
                return Ok(());
            }
            let Some(pause) = self.retry_pause(retries, Defect::RetriesItemsForEver) else {
                return Ok(());
            };
            self.pause(pause).await?;
            retries += 1;
            if !self.breaks(Defect::RetriesWholeList) {
                resources = undecided;
            }
        }
    }

    /// The pause before an item is asked for again whose error says that this may help, after so
    /// many retries; none when that is enough.
    pub(super) fn retry_pause(&self, retries: usize, hasty: Defect) -> Option<Duration> {
        match self.breaks(hasty) {
            true => (retries < 8).then_some(Duration::from_secs(2)),
            false => [2, 4].get(retries).map(|seconds| Duration::from_secs(*seconds)),
        }
    }

    fn show_catalogue(&self, resources: &[String], mut texts: Locked) {
        let (available, locked): (Vec<_>, Vec<_>) =
            resources.iter().cloned().partition(|resource| self.state.permits.contains(resource));
        for resource in &locked {
            texts.entry(resource.clone()).or_insert_with(|| "Not available".to_owned());
        }
        if self.breaks(Defect::LocksUnexplained) {
            texts.clear();
        }
        self.user.show(ClientEvent::Catalogue { available, locked, texts });
    }
}

/// The remedy that a decision's error names; empty where there is no error.
pub(super) fn action(decision: &Decision) -> &str {
    decision.error.as_ref().map_or("", |error| &error.action)
}

/// The words for the viewer in a decision's error: the provider's own where there are some.
pub(super) fn words(decision: &Decision) -> Option<&str> {
    decision.error.as_ref().and_then(|error| error.words())
}
