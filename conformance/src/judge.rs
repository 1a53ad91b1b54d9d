//! Trace × edition → verdicts. Pure: the same trace gives the same verdicts, whoever recorded it.
//!
//! A long trace is judged by several threads, a few installations at a time: all rules look at one
//! part while it is near at hand, and what they say is put together in the order of the parts. A rule
//! whose editions differ in nothing but their level looks once. Of what breaks a rule again and again
//! the first [`MOST`] times are kept, and the rest counted.

mod threads;

use std::ops::Range;
use std::sync::Arc;

use crate::rules::{self, Check, Findings, Rule, Violation};
use crate::trace::{Trace, View, Whole};
use crate::verdict::{Edition, Level, Verdict};

/// How many violations of one rule a judgement holds, and how many doubts.
pub const MOST: usize = 250;

/// How many exchanges are looked at together: what a core's cache holds.
const TOGETHER: usize = 1_000;

/// What one rule came to in one trace, in one edition.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The rule.
    pub rule: &'static Rule,
    /// The edition it was judged in.
    pub edition: Edition,
    /// What became of it.
    pub verdict: Verdict,
    /// Why it does not apply, when it does not.
    pub reason: Option<String>,
    /// What broke it.
    pub violations: Vec<Violation>,
    /// What came too close to its limit to tell.
    pub inconclusive: Vec<Violation>,
    /// How many violations and doubts there were beyond those.
    pub left_out: usize,
}

impl Judgement {
    /// What is said of the violations that no report lists; `None` where all are listed.
    pub fn not_listed(&self) -> Option<String> {
        let Self { rule, edition, left_out, .. } = self;
        (*left_out > 0).then(|| {
            format!(
                "{} {} was violated, or too nearly to tell, {left_out} more times in {edition} than \
                 the {MOST} that are listed.",
                rule.id, rule.name
            )
        })
    }
}

/// Judges a trace by every rule of every edition, oldest edition first.
pub fn judge_all(trace: &Trace) -> Vec<Judgement> {
    let looks = looks(&Edition::ALL);
    let found = look_at(trace, &looks, TOGETHER, threads::available());
    let judged = Edition::ALL.into_iter().flat_map(|edition| {
        let looks = looks.iter().zip(&found);
        looks.filter_map(move |(look, found)| look.judgement(edition, found.clone()))
    });
    judged.collect()
}

/// Judges a trace by every rule that the edition has.
pub fn judge(trace: &Trace, edition: Edition) -> Vec<Judgement> {
    let looks = looks(&[edition]);
    let found = look_at(trace, &looks, TOGETHER, threads::available());
    let judged = looks.iter().zip(found);
    judged.filter_map(|(look, found)| look.judgement(edition, found)).collect()
}

/// What a trace proves that a crash broke off: that the client did not survive an odd answer (ERR-5),
/// where one came before. Nothing else can be held against a client that did not come to its end, and
/// nothing for it.
pub fn judge_crash(trace: &Trace) -> Vec<Judgement> {
    let view = View::new(trace);
    let judged = |edition| judge_rule_in(&rules::SURVIVES, &view, edition);
    let judgements = Edition::ALL.into_iter().filter_map(judged);
    judgements.filter(|judgement| !judgement.violations.is_empty()).collect()
}

/// Judges a trace by one rule; `None` when the edition does not have it.
pub fn judge_rule(rule: &'static Rule, trace: &Trace, edition: Edition) -> Option<Judgement> {
    judge_rule_in(rule, &View::new(trace), edition)
}

fn judge_rule_in(rule: &'static Rule, view: &View<'_>, edition: Edition) -> Option<Judgement> {
    let look = Look { rule, edition: Some(edition) };
    let mut found = look.at(view);
    found.finish(MOST);
    look.judgement(edition, found)
}

/// One look of a rule at a trace.
struct Look {
    rule: &'static Rule,
    /// The edition it is for; `None` where both are alike.
    edition: Option<Edition>,
}

/// The looks that it takes to judge by some editions, in the order of the rules.
fn looks(editions: &[Edition]) -> Vec<Look> {
    let mut looks = Vec::new();
    for rule in rules::all() {
        let has_it = |edition: &&Edition| rule.clause(**edition).is_some();
        let mut here = editions.iter().filter(has_it);
        match rule.check {
            Check::Alike(_) => looks.extend(here.next().map(|_| Look { rule, edition: None })),
            Check::ByEdition(_) => {
                looks.extend(here.map(|&edition| Look { rule, edition: Some(edition) }));
            }
        }
    }
    looks
}

/// What each look finds in a trace, so many exchanges together, in so many threads.
fn look_at(trace: &Trace, looks: &[Look], together: usize, threads: usize) -> Vec<Findings> {
    let whole = Arc::new(Whole::new(trace));
    let parts = whole.parts(together);
    let mut all = match parts.len() {
        0 | 1 => {
            let view = View::part(&whole, whole.all());
            let threads = if trace.exchanges.len() < together { 1 } else { threads };
            threads::each(looks.len(), threads, |place| looks[place].at(&view))
        }
        _ => by_parts(&whole, &parts, looks, threads),
    };
    all.iter_mut().for_each(|found| found.finish(MOST));
    all
}

fn by_parts(
    whole: &Arc<Whole<'_>>,
    parts: &[Range<usize>],
    looks: &[Look],
    threads: usize,
) -> Vec<Findings> {
    let found = threads::each(parts.len(), threads, |place| {
        let view = View::part(whole, parts[place].clone());
        looks.iter().map(|look| look.at(&view)).collect::<Vec<_>>()
    });
    let mut found = found.into_iter();
    let mut all = found.next().unwrap_or_default();
    for part in found {
        all.iter_mut().zip(part).for_each(|(all, part)| all.add(part, MOST));
    }
    all
}

impl Look {
    fn at(&self, view: &View<'_>) -> Findings {
        let mut findings = Findings::at_most(MOST);
        match self.rule.inapplicable(view.context()) {
            Some(reason) => findings.not_applicable = Some(reason),
            None => {
                // What both editions say, either does.
                let edition = self.edition.unwrap_or(Edition::Oct2024);
                self.rule.check.look(view, edition, &mut findings);
            }
        }
        findings.shorten(MOST);
        findings
    }

    /// What it comes to in an edition; `None` where it is not for it, or the edition lacks the rule.
    fn judgement(&self, edition: Edition, findings: Findings) -> Option<Judgement> {
        let clause = self.rule.clause(edition)?;
        if self.edition.is_some_and(|other| other != edition) {
            return None;
        }
        Some(Judgement {
            rule: self.rule,
            edition,
            verdict: verdict(clause.level, &findings),
            reason: findings.not_applicable,
            violations: findings.violations,
            inconclusive: findings.inconclusive,
            left_out: findings.left_out,
        })
    }
}

/// The worst that the findings prove. A violation's own level counts where it has one.
fn verdict(level: Level, findings: &Findings) -> Verdict {
    let worst = findings.violations.iter().map(|v| v.level.unwrap_or(level)).max();
    match worst {
        Some(Level::Must) => Verdict::Fail,
        Some(Level::Should) => Verdict::Warn,
        None if findings.not_applicable.is_some() => Verdict::NotApplicable,
        None if !findings.inconclusive.is_empty() => Verdict::Inconclusive,
        None if findings.exercised > 0 => Verdict::Pass,
        None => Verdict::NotExercised,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::protocol::{Action, BrowserEvent, ClientEvent};
    use crate::trace::builder::{Ask, TraceBuilder};
    use crate::trace::{Call, Happening};

    /// One step of a story that need not make sense.
    fn tell(story: TraceBuilder, step: u8, mvpd: &str) -> TraceBuilder {
        match step {
            0 => story.launch(),
            1 => story.register(),
            2 => story.token_for(600),
            3 => story.configuration(),
            4 => story.no_profiles(),
            5 => story.profiles(&[mvpd]),
            6 => story.profiles(&["Cablevision", "Spectrum"]),
            7 => story.no_profile_of(mvpd),
            8 => story.profile_of(mvpd),
            9 => story.session(mvpd),
            10 => story.session_without_mvpd(),
            11 => story.session_direct(mvpd, "authenticated"),
            12 => story.poll(),
            13 => story.poll_finds(mvpd),
            14 => story.preauthorized(mvpd, &["news", "sports"]),
            15 => story.permitted(mvpd, "news"),
            16 => story.denied(mvpd, "news", "authenticated_profile_missing", "authentication"),
            17 => story.logout(mvpd, "logout", "interactive"),
            18 => story.sign_in(mvpd),
            19 => story.user(Action::SwitchProvider { mvpd: None }),
            20 => story.user(Action::RequestNewCode),
            21 => story.play("news"),
            22 => story.foreground(),
            23 => story.sign_out(),
            24 => story.done(),
            25 => story.browser(BrowserEvent::Reached),
            26 => story.opens("/api/v2/authenticate/REF30/CODE001"),
            27 => story.says("error", "No."),
            28 => story.shows(ClientEvent::PickerShown { mvpds: vec![mvpd.to_owned()] }),
            29 => story.shows(ClientEvent::Playing { resource: "news".into() }),
            30 => story.happen(Happening::Ended { crashed: true }),
            31 => story.happen(Happening::GaveUp),
            32 => story.device(1),
            33 => story.device(0),
            34 => story.ask(Call::Profiles, |ask| ask.status(401)),
            35 => story.ask(Call::Authorize, |ask| ask.status(429)),
            36 => {
                story.ask(Call::Preauthorize, |ask| ask.error(400, "x", "application-registration"))
            }
            37 => story.ask(Call::ProfileByCode, Ask::unanswered),
            38 => story.ask(Call::Token, |ask| ask.body("").status(400)),
            39 => story.ask(Call::Profiles, |ask| ask.taking(20.0)),
            40 => story.ask(Call::ResumeSession, |ask| ask.status(500)),
            41 => story
                .user(Action::EnterCode { code: "CODE001".into(), mvpd: Some(mvpd.to_owned()) }),
            42 => story.after(2.0),
            43 => story.after(61.0),
            44 => story.after(1900.0),
            _ => story.user(Action::Browse { resources: vec!["news".into()] }),
        }
    }

    fn stories() -> impl Strategy<Value = Trace> {
        let step = (0..=45_u8, prop::sample::select(vec!["Cablevision", "Spectrum", "Dish"]));
        let steps = prop::collection::vec(step, 0..60);
        (steps, any::<bool>(), any::<bool>()).prop_map(|(steps, capture, exact)| {
            let story = if capture { TraceBuilder::capture() } else { TraceBuilder::new() };
            let story = story.context(|context| context.exact_time = exact);
            steps.into_iter().fold(story, |story, (step, mvpd)| tell(story, step, mvpd)).build()
        })
    }

    /// Every place in the order of a trace.
    fn places(trace: &Trace) -> HashSet<u64> {
        let exchanges = trace.exchanges.iter().chain(&trace.user_agent).map(|e| e.arrived.order);
        exchanges.chain(trace.events.iter().map(|event| event.at.order)).collect()
    }

    proptest! {
        #[test]
        fn any_story_can_be_judged(trace in stories()) {
            let places = places(&trace);
            let all = judge_all(&trace);
            for judged in &all {
                let id = judged.rule.id;
                let broken = matches!(judged.verdict, Verdict::Fail | Verdict::Warn);
                prop_assert_eq!(broken, !judged.violations.is_empty(), "{}", id);
                for violation in judged.violations.iter().chain(&judged.inconclusive) {
                    prop_assert!(!violation.what.is_empty() && !violation.evidence.is_empty(), "{}", id);
                    for evidence in &violation.evidence {
                        prop_assert!(places.contains(&evidence.at.order), "{}: {:?}", id, evidence);
                    }
                    let clause = judged.rule.clause(judged.edition).map(|clause| clause.level);
                    prop_assert!(violation.level <= clause, "{}: no violation is more binding than its rule", id);
                }
            }
            let verdicts = |all: &[Judgement]| -> Vec<_> {
                all.iter().map(|j| (j.rule.id, j.edition, j.verdict)).collect()
            };
            let one_by_one: Vec<_> =
                Edition::ALL.into_iter().flat_map(|edition| judge(&trace, edition)).collect();
            prop_assert_eq!(verdicts(&all), verdicts(&one_by_one));
        }

        #[test]
        fn one_installation_after_the_other_shows_the_same(trace in stories()) {
            let looks = looks(&Edition::ALL);
            let said = |together| {
                let found = look_at(&trace, &looks, together, 2);
                let said = looks.iter().zip(found).map(|(look, mut found)| {
                    let all = |violations: &mut Vec<Violation>| {
                        let of = |v: &Violation| format!("{v:?}");
                        let mut all: Vec<_> = violations.iter().map(of).collect();
                        all.sort();
                        all
                    };
                    let (broken, close) = (all(&mut found.violations), all(&mut found.inconclusive));
                    (look.rule.id, found.exercised > 0, found.not_applicable, broken, close)
                });
                said.collect::<Vec<_>>()
            };
            prop_assert_eq!(said(1), said(usize::MAX));
        }

        #[test]
        fn any_number_of_threads_says_the_same_in_the_same_order(trace in stories()) {
            let looks = looks(&Edition::ALL);
            let said = |threads| format!("{:?}", look_at(&trace, &looks, 1, threads));
            prop_assert_eq!(said(1), said(2));
        }

        #[test]
        fn a_capture_never_breaks_what_needs_events(trace in stories()) {
            for judged in judge_all(&trace).iter().filter(|judged| judged.rule.needs_events) {
                if !trace.context.has_events {
                    prop_assert_eq!(judged.verdict, Verdict::NotApplicable, "{}", judged.rule.id);
                }
            }
        }
    }

    /// What one rule says of a trace, so many exchanges together.
    fn found(trace: &Trace, rule: &str, together: usize) -> Findings {
        let looks = looks(&[Edition::Oct2024]);
        let place = looks.iter().position(|look| look.rule.id == rule).unwrap();
        look_at(trace, &looks, together, 2).swap_remove(place)
    }

    #[test]
    fn what_is_broken_without_end_is_counted_and_shown_so_often() {
        let many = u32::try_from(MOST * 3).unwrap();
        let trace = (0..many).fold(TraceBuilder::new(), |story, device| {
            story.device(device).launch().session("Dish")
        });
        let trace = trace.build();
        for together in [100, usize::MAX] {
            let found = found(&trace, "AUT-1", together);
            assert_eq!((found.violations.len(), found.left_out), (MOST, 2 * MOST));
            let last = found.violations.iter().flat_map(|v| &v.evidence).map(|e| e.at).max();
            assert_eq!(last, Some(trace.exchanges[MOST - 1].arrived), "the first are shown");
        }
    }

    #[test]
    fn what_is_not_listed_is_said() {
        let many = u32::try_from(MOST + 3).unwrap();
        let trace = (0..many).fold(TraceBuilder::new(), |story, device| {
            story.device(device).launch().session("Dish")
        });
        let judged = judge(&trace.build(), Edition::Oct2024);
        let said: Vec<_> = judged.iter().filter_map(Judgement::not_listed).collect();
        let about = |rule: &str| said.iter().find(|said| said.starts_with(rule));
        assert!(about("AUT-1 ").is_some_and(|said| said.contains(" 3 more times in 2024-10 than")));
        assert_eq!(about("AUT-3 "), None, "{said:?}");
    }

    #[test]
    fn what_many_requests_break_alike_is_one_violation_of_the_whole_trace() {
        let trace = (0..30_u32).fold(TraceBuilder::new(), |story, device| {
            let story = story.device(29 - device);
            story.ask(Call::Profiles, |ask| ask.without("ap-device-identifier"))
        });
        let trace = trace.build();
        let said = [1, 7, usize::MAX].map(|together| found(&trace, "HDR-1", together).violations);
        let [violation] = said[0].as_slice() else { panic!("one violation") };
        assert!(violation.what.ends_with("(30 times)"), "{}", violation.what);
        assert_eq!(violation.evidence[0].at, trace.exchanges[0].arrived);
        assert_eq!((&said[0], &said[0]), (&said[1], &said[2]));
    }

    #[test]
    fn an_empty_trace_passes_nothing() {
        for judged in judge_all(&TraceBuilder::new().build()) {
            assert!(judged.verdict < Verdict::Pass, "{}", judged.rule.id);
        }
    }

    #[test]
    fn the_worst_finding_decides() {
        let violation = || Violation::new("x");
        let mut findings = Findings::default();
        assert_eq!(verdict(Level::Must, &findings), Verdict::NotExercised);
        findings.exercise();
        assert_eq!(verdict(Level::Must, &findings), Verdict::Pass);
        findings.doubt(violation());
        assert_eq!(verdict(Level::Must, &findings), Verdict::Inconclusive);
        findings.not_applicable = Some("why".into());
        assert_eq!(verdict(Level::Must, &findings), Verdict::NotApplicable);
        findings.violate(violation().level(Level::Should));
        assert_eq!(verdict(Level::Must, &findings), Verdict::Warn);
        findings.violate(violation());
        assert_eq!(verdict(Level::Must, &findings), Verdict::Fail);
        assert_eq!(verdict(Level::Should, &findings), Verdict::Warn);
    }
}
