//! What a client knows about its viewer's profiles.

use std::collections::BTreeMap;

use crate::trace::{Call, Exchange, ToldProfile};

/// The profiles that a client was told of, by MVPD: set and dropped by the answers it heard.
///
/// Start from [`KnownProfiles::default`] for a run or an installation and let it
/// [`hear`](Self::hear) every answer.
#[derive(Clone, Debug, Default)]
pub struct KnownProfiles<'t> {
    by_mvpd: BTreeMap<&'t str, KnownProfile<'t>>,
}

/// A profile and the answer that told of it.
#[derive(Clone, Copy, Debug)]
pub struct KnownProfile<'t> {
    /// What the answer said.
    pub profile: ToldProfile<'t>,
    /// The call that was answered.
    pub told_by: &'t Exchange,
}

impl<'t> KnownProfiles<'t> {
    /// Takes in an answer. Call 8 tells of everything but temporary and degraded profiles; call 9 of
    /// one MVPD; call 10 of what its session brought (an empty answer says nothing: the viewer is
    /// not done); call 15 of the one it made; a logout ends a profile; an error whose code says that
    /// the profile is missing, expired or invalidated ends it, too.
    pub fn hear(&mut self, exchange: &'t Exchange) {
        if let Some(profiles) = exchange.profiles() {
            self.hear_profiles(exchange, &profiles);
        } else if exchange.is(&[Call::Logout]) {
            self.hear_logout(exchange);
        } else if says_no_profile(exchange) {
            self.forget(exchange.mvpd.as_deref());
        }
    }

    /// The profile for an MVPD, if one is known that is valid at an instant (milliseconds since the
    /// epoch).
    pub fn valid(&self, mvpd: &str, at: i64) -> Option<KnownProfile<'t>> {
        self.by_mvpd.get(mvpd).copied().filter(|known| known.profile.is_valid_at(at))
    }

    /// All known profiles that are valid at an instant (milliseconds since the epoch).
    pub fn all_valid(&self, at: i64) -> impl Iterator<Item = KnownProfile<'t>> {
        self.by_mvpd.values().copied().filter(move |known| known.profile.is_valid_at(at))
    }

    /// The profile last told of for an MVPD, valid or not.
    pub fn get(&self, mvpd: &str) -> Option<KnownProfile<'t>> {
        self.by_mvpd.get(mvpd).copied()
    }

    fn hear_profiles(&mut self, exchange: &'t Exchange, profiles: &[ToldProfile<'t>]) {
        match exchange.call {
            Some(Call::Profiles) => {
                self.by_mvpd.retain(|_, known| known.profile.is_temporary_or_degraded());
            }
            Some(Call::ProfileByMvpd) => self.forget(exchange.mvpd.as_deref()),
            _ => {}
        }
        let known = profiles
            .iter()
            .map(|&profile| (profile.mvpd, KnownProfile { profile, told_by: exchange }));
        self.by_mvpd.extend(known);
    }

    fn hear_logout(&mut self, exchange: &'t Exchange) {
        for logout in exchange.logouts() {
            self.forget(Some(logout.mvpd));
        }
        if exchange.succeeded() {
            self.forget(exchange.mvpd.as_deref());
        }
    }

    fn forget(&mut self, mvpd: Option<&str>) {
        if let Some(mvpd) = mvpd {
            self.by_mvpd.remove(mvpd);
        }
    }
}

/// Whether an error, top level or of an item, says that there is no valid profile.
fn says_no_profile(exchange: &Exchange) -> bool {
    exchange.errors().any(|error| {
        matches!(
            error.code,
            "authenticated_profile_missing"
                | "authenticated_profile_expired"
                | "authenticated_profile_invalidated"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::builder::{START, TraceBuilder};
    use crate::trace::{Trace, View};

    fn known(trace: &Trace) -> KnownProfiles<'_> {
        let view = View::new(trace);
        let mut known = KnownProfiles::default();
        for exchange in view.devices().iter().flat_map(|device| device.steps()) {
            if let Some(exchange) = exchange.answered() {
                known.hear(exchange);
            }
        }
        known
    }

    fn mvpds(trace: &Trace) -> Vec<String> {
        known(trace).all_valid(START).map(|known| known.profile.mvpd.to_owned()).collect()
    }

    #[test]
    fn answers_set_and_drop_profiles() {
        let two = TraceBuilder::new().profiles(&["Cablevision", "Spectrum"]);
        assert_eq!(mvpds(&two.clone().build()), ["Cablevision", "Spectrum"]);
        assert_eq!(mvpds(&two.clone().no_profile_of("Spectrum").build()), ["Cablevision"]);
        assert_eq!(mvpds(&two.clone().no_profiles().build()), [""; 0]);
        let out = two.clone().logout("Cablevision", "complete", "none").build();
        assert_eq!(mvpds(&out), ["Spectrum"]);
        // An empty poll says nothing about what was known before.
        assert_eq!(mvpds(&two.clone().session("Dish").poll().build()).len(), 2);
        let error = |code: &'static str| {
            two.clone()
                .ask(Call::Authorize, move |ask| ask.error(403, code, "authentication"))
                .build()
        };
        assert_eq!(mvpds(&error("authenticated_profile_invalidated")), ["Spectrum"]);
        assert_eq!(mvpds(&error("something_else")).len(), 2);
        // What did not arrive whole was not heard.
        let cut = two.ask(Call::Profiles, |ask| {
            ask.answer(200, serde_json::json!({"profiles":{}})).truncated()
        });
        assert_eq!(mvpds(&cut.build()).len(), 2);
    }

    #[test]
    fn a_profile_is_valid_until_its_end() {
        let trace = TraceBuilder::new().profiles(&["Cablevision"]).build();
        let known = known(&trace);
        let end = known.get("Cablevision").and_then(|known| known.profile.not_after).unwrap();
        assert!(known.valid("Cablevision", end - 1).is_some());
        assert!(known.valid("Cablevision", end).is_none());
        assert!(known.get("Cablevision").is_some());
    }
}
