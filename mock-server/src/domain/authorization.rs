//! Asking an MVPD, and remembering its answer for as long as it holds.

use std::time::Duration;

use super::decisions::{Decision, Kind, Question, Verdict, by_user};
use super::profiles::Profile;
use super::{Domain, Origin, Owner, Resource};
use crate::clock::Timestamp;
use crate::config::Fixtures;

/// An authorization decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What was decided.
    pub verdict: Verdict,
    /// From when to when it holds; nothing when the MVPD could not be asked.
    pub validity: Option<(Timestamp, Timestamp)>,
}

/// On what terms a service provider's users are authorized with an MVPD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long a decision holds.
    pub lifetime: Duration,
    /// Whether everything is permitted without asking the MVPD.
    pub dummy: bool,
}

impl Domain {
    /// What an MVPD would say about a resource.
    pub fn preauthorize(
        &self,
        fixtures: &Fixtures,
        owner: &Owner,
        profile: &Profile,
        resource: &str,
        terms: &Terms,
    ) -> Verdict {
        let resource = Resource::new(resource);
        let question = question(owner, profile, resource, Kind::Preauthorize);
        let verdict = match self.rules.rule(&question) {
            Some(ruling) => ruling.verdict,
            None if terms.dummy => Verdict::Permit,
            None => by_user(fixtures, &profile.mvpd, &profile.user, &resource),
        };
        verdict.for_kind(Kind::Preauthorize)
    }

    /// What an MVPD says about a resource, or said and still holds.
    pub fn authorize(
        &self,
        fixtures: &Fixtures,
        owner: &Owner,
        profile: &Profile,
        resource: &str,
        terms: &Terms,
        now: Timestamp,
    ) -> Decided {
        let names = Resource::new(resource);
        let ruling = self.rules.rule(&question(owner, profile, names, Kind::Authorize));
        let counted = ruling.as_ref().is_some_and(|ruling| ruling.counted);
        let rule = ruling.as_ref().map(|ruling| ruling.rule);
        let shared = matches!(profile.origin, Origin::Subject(_));
        let viewer = shared.then(|| Box::new(owner.clone()));
        let holds = |known: &&Decision| {
            *known.resource == *resource
                && known.viewer == viewer
                && known.rule == rule
                && now <= known.not_after
        };
        let decided = match profile.decisions.iter().find(holds).filter(|_| !counted) {
            Some(known) => Decided {
                verdict: known.verdict.clone(),
                validity: Some((known.not_before, known.not_after)),
            },
            None => {
                let verdict = match ruling {
                    Some(ruling) => ruling.verdict,
                    None if terms.dummy => Verdict::Permit,
                    None => by_user(fixtures, &profile.mvpd, &profile.user, &names),
                };
                let verdict = verdict.for_kind(Kind::Authorize);
                let not_after = now.after(terms.lifetime);
                if verdict.is_decision() && !counted {
                    let (resource, verdict) = (resource.into(), verdict.clone());
                    let not_before = now;
                    let decision =
                        Decision { resource, verdict, not_before, not_after, rule, viewer };
                    self.profiles.keep_decision(owner, profile, decision, now);
                }
                let validity = verdict.is_decision().then_some((now, not_after));
                Decided { verdict, validity }
            }
        };
        if decided.verdict == Verdict::Permit && !profile.authorized {
            self.profiles.mark_authorized(owner, profile);
        }
        decided
    }
}

fn question<'a>(
    owner: &'a Owner,
    profile: &'a Profile,
    resource: Resource<'a>,
    kind: Kind,
) -> Question<'a> {
    Question { owner, user: &profile.user, mvpd: &profile.mvpd, resource, kind }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DecisionRule, ErrorCode};

    const NOW: Timestamp = Timestamp(1_000_000);
    const HOUR: Duration = Duration::from_secs(3600);
    const TERMS: Terms = Terms { lifetime: HOUR, dummy: false };

    fn bench() -> (Domain, Fixtures, Owner) {
        let domain = Domain::default();
        let owner = Owner {
            client_id: "client".into(),
            device_id: "tv".into(),
            service_provider: "REF30".into(),
        };
        let profile = Profile {
            number: 1,
            mvpd: "Cablevision".into(),
            user: "demo".into(),
            session: uuid::Uuid::nil(),
            not_before: NOW,
            not_after: NOW.after(HOUR * 100),
            invalidated: false,
            authorized: false,
            decisions: Vec::new(),
            origin: Origin::Login,
        };
        domain.profiles.put(owner.clone(), profile);
        (domain, Fixtures::default(), owner)
    }

    fn ask(bench: &(Domain, Fixtures, Owner), resource: &str, now: Timestamp) -> Decided {
        let (domain, fixtures, owner) = bench;
        let profile = domain.profiles.get(owner, "Cablevision").unwrap();
        domain.authorize(fixtures, owner, &profile, resource, &TERMS, now)
    }

    #[test]
    fn a_decision_stays_the_same_until_its_end() {
        let bench = bench();
        let first = ask(&bench, "REF30", NOW);
        assert_eq!(first.validity, Some((NOW, NOW.after(HOUR))));
        assert_eq!(ask(&bench, "REF30", NOW.after(HOUR)), first);
        let later = Timestamp(NOW.after(HOUR).millis() + 1);
        assert_eq!(ask(&bench, "REF30", later).validity, Some((later, later.after(HOUR))));
    }

    #[test]
    fn a_deny_has_a_validity_too_and_a_failure_has_none() {
        let bench = bench();
        assert!(matches!(ask(&bench, "premium", NOW).verdict, Verdict::Deny { .. }));
        assert!(ask(&bench, "premium", NOW).validity.is_some());
        let deny = Some(ErrorCode::NetworkReceivedError);
        bench.0.rules.add(DecisionRule { deny, ..DecisionRule::default() });
        assert_eq!(ask(&bench, "REF30", NOW).validity, None);
    }

    #[test]
    fn a_rule_overrules_what_was_kept_and_leaves_no_trace_when_it_goes() {
        let bench = bench();
        let permit = ask(&bench, "REF30", NOW);
        let deny = Some(ErrorCode::AuthorizationDeniedByMvpd);
        let rule = bench.0.rules.add(DecisionRule { deny, ..DecisionRule::default() });
        assert_eq!(ask(&bench, "REF30", NOW).verdict, Verdict::plain_deny());
        bench.0.rules.remove(rule);
        assert_eq!(ask(&bench, "REF30", NOW).verdict, permit.verdict);
    }

    #[test]
    fn a_permit_makes_more_of_the_users_metadata_known() {
        let bench = bench();
        let authorized = || bench.0.profiles.get(&bench.2, "Cablevision").unwrap().authorized;
        ask(&bench, "premium", NOW);
        assert!(!authorized());
        ask(&bench, "REF30", NOW);
        assert!(authorized());
    }
}
