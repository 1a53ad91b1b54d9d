//! The rules in force.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};

use super::{FaultRule, InvalidRule, Subject, When};
use crate::clock::Timestamp;
use crate::ids::Ids;

/// All faults in force.
#[derive(Default)]
pub struct Faults {
    rules: ArcSwap<Vec<Arc<ActiveFault>>>,
    /// Whether there is any: all that a request asks when there is none.
    armed: AtomicBool,
    numbers: AtomicU64,
    /// Held while the list changes, so that it and `armed` agree.
    changing: Mutex<()>,
}

/// A rule in force.
#[derive(Debug)]
pub struct ActiveFault {
    /// Its number, which names it in the journal.
    pub id: u64,
    /// What it says.
    pub rule: FaultRule,
    /// When it was added.
    pub since: Timestamp,
    seen: AtomicU32,
    hits: AtomicU32,
}

/// A rule with its counters, for who puts it in force again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultSnapshot {
    /// Its number.
    pub id: u64,
    /// What it says.
    pub rule: FaultRule,
    /// When it was added.
    pub since: Timestamp,
    /// How many requests it meant.
    pub seen: u32,
    /// How many it changed.
    pub hits: u32,
}

impl ActiveFault {
    /// The rule with its counters.
    pub fn snapshot(&self) -> FaultSnapshot {
        FaultSnapshot {
            id: self.id,
            rule: self.rule.clone(),
            since: self.since,
            seen: self.seen.load(Ordering::Relaxed),
            hits: self.hits(),
        }
    }

    /// How many requests it has changed so far.
    pub fn hits(&self) -> u32 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Whether it will never change another one.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let ended = self.rule.lasts.is_some_and(|lasts| now >= self.since.after(lasts.0));
        ended || self.rule.count.is_some_and(|count| self.hits() >= count)
    }

    /// Counts one request that it means, and tells whether this one is to be changed.
    fn take(&self, ids: &Ids) -> bool {
        let more = |n: u32| Some(n.saturating_add(1));
        let seen = self.seen.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        if seen.is_ok_and(|seen| seen < self.rule.skip) {
            return false;
        }
        if self.rule.probability.is_some_and(|probability| !ids.chance(probability)) {
            return false;
        }
        let most = self.rule.count.unwrap_or(u32::MAX);
        let hit = |hits: u32| (hits < most).then(|| hits.saturating_add(1));
        self.hits.fetch_update(Ordering::Relaxed, Ordering::Relaxed, hit).is_ok()
    }

    /// It could not change this one after all.
    pub(super) fn give_back(&self) {
        let less = |hits: u32| hits.checked_sub(1);
        // Only what was taken is given back, so that there is always one.
        let _ = self.hits.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    fn replaces(&self) -> bool {
        self.rule.effect.as_ref().is_some_and(super::Effect::replaces)
    }
}

impl Faults {
    /// Puts a rule in force, and returns its number.
    ///
    /// # Errors
    /// When the rule makes no sense.
    pub fn add(&self, rule: FaultRule, now: Timestamp) -> Result<u64, InvalidRule> {
        rule.check()?;
        let id = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let (seen, hits) = Default::default();
        let fault = Arc::new(ActiveFault { id, rule, since: now, seen, hits });
        self.change(|rules| rules.push(fault));
        Ok(id)
    }

    /// Puts rules in force again as they were, instead of those that are.
    pub(crate) fn restore(&self, faults: Vec<FaultSnapshot>) {
        let restored = faults.into_iter().map(|fault| {
            self.numbers.fetch_max(fault.id, Ordering::Relaxed);
            let FaultSnapshot { id, rule, since, seen, hits } = fault;
            Arc::new(ActiveFault { id, rule, since, seen: seen.into(), hits: hits.into() })
        });
        let restored: Vec<_> = restored.collect();
        self.change(|rules| *rules = restored);
    }

    /// All rules, oldest first, those that are over among them.
    pub fn list(&self) -> Vec<Arc<ActiveFault>> {
        Vec::clone(&self.rules.load())
    }

    /// The rule of a number.
    pub fn find(&self, id: u64) -> Option<Arc<ActiveFault>> {
        self.rules.load().iter().find(|fault| fault.id == id).cloned()
    }

    /// Takes one rule out of force. False for an unknown number.
    pub fn remove(&self, id: u64) -> bool {
        self.remove_where(|fault| fault.id == id) > 0
    }

    /// Takes all rules out of force, and tells how many there were.
    pub fn clear(&self) -> usize {
        self.remove_where(|_| true)
    }

    /// Takes some rules out of force, and tells how many there were.
    pub fn remove_where(&self, unwanted: impl Fn(&ActiveFault) -> bool) -> usize {
        let mut removed = 0;
        self.change(|rules| {
            removed = rules.len();
            rules.retain(|fault| !unwanted(fault));
            removed -= rules.len();
        });
        removed
    }

    /// Whether there is no rule.
    pub(crate) fn is_idle(&self) -> bool {
        !self.armed.load(Ordering::Relaxed)
    }

    /// What the rules come to for one request. Everything in it counts as done.
    pub(crate) fn plan(&self, subject: &Subject<'_>, now: Timestamp, ids: &Ids) -> Plan {
        let rules = self.rules.load();
        let meant: Vec<&Arc<ActiveFault>> =
            rules.iter().filter(|fault| !fault.is_over(now) && fault.rule.means(subject)).collect();
        let mut plan = Plan::default();
        let replacing = meant.iter().rev().filter(|fault| fault.replaces());
        plan.instead = replacing.copied().find(|fault| fault.take(ids)).cloned();
        for fault in meant.iter().copied().filter(|fault| !fault.replaces()) {
            let changes = fault.rule.effect.is_some();
            if (!changes || plan.instead.is_none()) && fault.take(ids) {
                let list = if changes { &mut plan.changes } else { &mut plan.delays };
                list.push(Arc::clone(fault));
            }
        }
        plan
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Arc<ActiveFault>>)) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rules = self.list();
        change(&mut rules);
        self.armed.store(!rules.is_empty(), Ordering::Relaxed);
        self.rules.store(Arc::new(rules));
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("rules", &self.rules.load()).finish_non_exhaustive()
    }
}

/// What becomes of one request.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// What only delays it.
    delays: Vec<Arc<ActiveFault>>,
    /// What takes the place of the service's answer.
    instead: Option<Arc<ActiveFault>>,
    /// What changes the service's answer, in this order.
    pub(super) changes: Vec<Arc<ActiveFault>>,
}

impl Plan {
    /// How long to wait before, or after, the service does what it was asked for.
    pub(crate) fn delay(&self, when: When) -> Duration {
        let all = self.delays.iter().chain(&self.instead).chain(&self.changes);
        let due = all.filter(|fault| fault.rule.when() == when);
        due.filter_map(|fault| fault.rule.delay).map(Duration::from).sum()
    }

    /// What takes the place of the service's answer, if it comes at this point.
    pub(crate) fn instead(&self, when: When) -> Option<&ActiveFault> {
        self.instead.as_deref().filter(|fault| fault.rule.when() == when)
    }

    /// The faults that are certain to have an effect: all but those that only change an answer,
    /// which may turn out to have nothing to change.
    pub(crate) fn certain(&self) -> Vec<u64> {
        let delaying = self.changes.iter().filter(|fault| fault.rule.delay.is_some());
        let certain = self.delays.iter().chain(&self.instead).chain(delaying);
        certain.map(|fault| fault.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::{Value, json};

    use super::*;
    use crate::app::App;
    use crate::http::Request;
    use crate::journal::Actor;
    use crate::router::{self, Route};
    use crate::server::MockServer;

    fn bench(rules: &[Value]) -> Arc<App> {
        let app = MockServer::builder().seed(1).into_app();
        for rule in rules {
            let rule = serde_json::from_value(rule.clone()).unwrap();
            app.faults.add(rule, app.clock.now()).unwrap();
        }
        app
    }

    /// What becomes of a request: the certain faults and the changing ones.
    fn plan(app: &App, request: &Request) -> (Vec<u64>, Vec<u64>) {
        let Route::Found(endpoint, params) = router::route(&request.method, &request.path) else {
            panic!("{}", request.path)
        };
        let subject = Subject::new(app, request, (endpoint, &params), Actor::Client).unwrap();
        let plan = app.faults.plan(&subject, app.clock.now(), &app.ids);
        (plan.certain(), plan.changes.iter().map(|fault| fault.id).collect())
    }

    fn profiles() -> Request {
        Request::new(Method::GET, "/api/v2/REF30/profiles")
            .with_header("ap-device-identifier", "fingerprint dHY=")
            .with_header("x-forwarded-for", "203.0.113.9")
    }

    fn hits(app: &App) -> Vec<u32> {
        app.faults.list().iter().map(|fault| fault.hits()).collect()
    }

    #[test]
    fn every_condition_counts() {
        let holding = [
            json!({}),
            json!({"endpoint": "profiles"}),
            json!({"endpoint": ["logout", "profiles"], "method": "get"}),
            json!({"service_provider": "REF30", "device": "tv"}),
            json!({"device": "203.0.113.9"}),
        ];
        for wanted in holding {
            let app = bench(&[json!({"match": wanted, "effect": "stall"})]);
            assert_eq!(plan(&app, &profiles()).0, [1], "{wanted}");
        }
        let failing = [
            json!({"endpoint": "logout"}),
            json!({"endpoint": "page"}),
            json!({"method": "POST"}),
            json!({"service_provider": "apasstest1"}),
            json!({"device": "phone"}),
            json!({"device": "203.0.113.8"}),
            json!({"client": "x"}),
            json!({"mvpd": "Dish"}),
            json!({"code": "8ER640M"}),
            json!({"resource": "REF30"}),
        ];
        for unwanted in failing {
            let app = bench(&[json!({"match": unwanted, "effect": "stall"})]);
            assert!(plan(&app, &profiles()).0.is_empty(), "{unwanted}");
        }
    }

    #[test]
    fn requests_say_what_they_are_about_in_many_ways() {
        let form = "application/x-www-form-urlencoded";
        let create = Request::new(Method::POST, "/api/v2/REF30/sessions")
            .with_body(form, "mvpd=Dish&domainName=adobe.com");
        let token = Request::new(Method::POST, "/o/client/token").with_body(form, "client_id=abc");
        let item = "<rss><channel><title>REF30</title></channel></rss>";
        let authorize = Request::new(Method::POST, "/api/v2/REF30/decisions/authorize/Dish")
            .with_body("application/json", json!({"resources": ["news", item]}).to_string());
        let page = Request::new(Method::GET, "/mvpd/Dish/login?code=8ER640M");
        let cases = [
            (create, json!({"mvpd": "Dish"})),
            (token, json!({"client": "abc"})),
            (authorize.clone(), json!({"mvpd": "Dish", "resource": "news"})),
            (authorize, json!({"resource": "REF30"})),
            (page, json!({"endpoint": "page", "code": "8ER640M"})),
        ];
        for (request, wanted) in cases {
            let app = bench(&[json!({"match": wanted, "effect": "stall"})]);
            assert_eq!(plan(&app, &request).0, [1], "{wanted}");
        }
    }

    #[test]
    fn skip_and_count_pick_the_nth_request() {
        let app = bench(&[json!({"effect": {"status": 503}, "skip": 2, "count": 2})]);
        let hit = [(); 6].map(|()| !plan(&app, &profiles()).0.is_empty());
        assert_eq!(hit, [false, false, true, true, false, false]);
        assert_eq!(hits(&app), [2]);
        assert!(app.faults.list()[0].is_over(app.clock.now()));
    }

    #[test]
    fn chance_is_the_seeds() {
        let draw = || {
            let app = bench(&[json!({"effect": {"status": 503}, "probability": 0.5})]);
            [(); 32].map(|()| !plan(&app, &profiles()).0.is_empty())
        };
        let drawn = draw();
        assert_eq!(drawn, draw());
        assert!((6..26).contains(&drawn.iter().filter(|hit| **hit).count()), "{drawn:?}");
    }

    #[test]
    fn the_newest_answer_wins_and_only_what_acted_counts() {
        let app = bench(&[
            json!({"effect": {"status": 503}}),
            json!({"effect": "malformed"}),
            json!({"delay": "1s"}),
            json!({"effect": {"status": 429}, "count": 1}),
            json!({"effect": {"content_type": "text/plain"}}),
        ]);
        assert_eq!(plan(&app, &profiles()), (vec![3, 4], vec![]));
        assert_eq!(plan(&app, &profiles()), (vec![3, 1], vec![]));
        assert_eq!(hits(&app), [1, 0, 2, 1, 0]);
        app.faults.remove(1);
        assert_eq!(plan(&app, &profiles()), (vec![3], vec![2, 5]));
    }

    #[test]
    fn a_rule_ends_when_its_time_is_over() {
        let app = MockServer::builder()
            .clock(crate::clock::Clock::starting_at(Timestamp(0), crate::clock::Mode::Manual))
            .into_app();
        let rule = json!({"effect": "stall", "lasts": "1m"});
        app.faults.add(serde_json::from_value(rule).unwrap(), app.clock.now()).unwrap();
        app.clock.advance(Duration::from_millis(59_999));
        assert_eq!(plan(&app, &profiles()).0, [1]);
        app.clock.advance(Duration::from_millis(1));
        assert!(plan(&app, &profiles()).0.is_empty());
    }

    #[test]
    fn rules_go_one_by_one_or_all_at_once() {
        let app =
            bench(&[json!({"effect": "stall"}), json!({"delay": "1s"}), json!({"delay": "1s"})]);
        assert!(app.faults.remove(1) && !app.faults.remove(1));
        assert_eq!(app.faults.find(2).unwrap().id, 2);
        assert!(!app.faults.is_idle());
        assert_eq!((app.faults.clear(), app.faults.is_idle()), (2, true));
    }
}
