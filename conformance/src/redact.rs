//! Secrets out of reports: each is replaced by a stable pseudonym such as `‹token#1›`.
//!
//! The same value gets the same pseudonym wherever it occurs in one report, so that "the same token
//! again" stays visible. Pseudonyms are numbered in the order in which a [`Redactor`] meets the
//! values, so the same run gives the same report.
//!
//! A redactor first *learns* every text of a run, then rewrites texts. It knows secrets by the name
//! they stand under (headers, JSON members, form and query parameters, lines of a log) and by their
//! looks (JSON web tokens), and then finds their values anywhere, however they are encoded.

mod noted;
mod scan;

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::outcome::{RunOutcome, ScenarioOutcome};
use crate::trace::{Context, Exchange, Trace};
use noted::Noted;
use scan::Span;

/// Values shorter than this are too likely to be part of something else: they are replaced only
/// where they stand under a secret's name.
const SHORTEST_TO_SEARCH_FOR: usize = 8;

/// Of a trace longer than this, only what a report can show is learnt; of the rest, secrets are noted.
const LONG: usize = 20_000;

/// A timeline shows no more exchanges than this.
const IN_TIMELINE: usize = 2_000;

/// What kind of secret a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An access token.
    Token,
    /// A client secret.
    Secret,
    /// A password of a viewer.
    Password,
    /// A software statement.
    Statement,
    /// A media token.
    MediaToken,
    /// A cookie.
    Cookie,
    /// A token of a single sign-on or TempPass identity.
    Identity,
    /// A SAML response of a partner.
    Saml,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Secret => "secret",
            Self::Password => "password",
            Self::Statement => "statement",
            Self::MediaToken => "media-token",
            Self::Cookie => "cookie",
            Self::Identity => "identity",
            Self::Saml => "saml",
        }
    }
}

/// Knows the secrets of one run and their pseudonyms.
#[derive(Default)]
pub struct Redactor {
    pseudonyms: BTreeMap<String, String>,
    counted: BTreeMap<Kind, usize>,
    /// What to look for anywhere, and what to put in its place.
    anywhere: BTreeMap<String, String>,
    replacements: Vec<String>,
    search: Option<AhoCorasick>,
    /// Secrets of what no report shows.
    noted: Noted,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("secrets", &self.pseudonyms.len()).finish()
    }
}

impl Redactor {
    /// Knows all secrets of a run.
    pub fn for_run(run: &RunOutcome) -> Self {
        let mut redactor = Self::default();
        for scenario in &run.scenarios {
            redactor.learn_scenario(scenario);
            redactor.learn(scenario.detail.as_deref().unwrap_or_default());
            redactor.learn(&scenario.log);
        }
        redactor.ready()
    }

    /// The text without its secrets.
    pub fn text(&self, text: &str) -> String {
        let named = self.named(text);
        let searched = match &self.search {
            Some(search) => search.replace_all(&named, &self.replacements),
            None => named,
        };
        self.noted.hidden(searched)
    }

    /// A header's value without its secrets.
    pub fn header(&self, name: &str, value: &str) -> String {
        let spans = scan::header(name, value);
        self.text(&self.replaced(value, &spans))
    }

    fn learn_scenario(&mut self, scenario: &ScenarioOutcome) {
        let trace = &scenario.trace;
        let shown = (trace.exchanges.len() > LONG).then(|| shown(scenario));
        self.learn_trace(trace, shown.as_ref());
    }

    /// Learns from everything, or from what is shown; then the rest is noted.
    fn learn_trace(&mut self, trace: &Trace, shown: Option<&HashSet<u64>>) {
        // One word for all: the port of one scenario may be that of another device in the next.
        let Context { base_url, further_base_urls, .. } = &trace.context;
        for base_url in base_url.iter().chain(further_base_urls) {
            if let Some(authority) = loopback_authority(base_url) {
                self.search_for(authority, "‹mock›".into());
            }
        }
        let firsts = trace.exchanges.iter().chain(&trace.user_agent).enumerate();
        for (place, exchange) in firsts {
            let order = exchange.arrived.order;
            match shown {
                Some(shown) if place >= IN_TIMELINE && !shown.contains(&order) => {
                    self.noted.note(exchange)
                }
                _ => self.learn_exchange(exchange),
            }
        }
        for event in &trace.events {
            // Events are small, and whatever secret they hold stands in their JSON.
            self.learn(&serde_json::to_string(event).unwrap_or_default());
        }
    }

    fn learn_exchange(&mut self, exchange: &Exchange) {
        let answer = exchange.answer.as_ref();
        let answered = answer.map(|a| &*a.headers).unwrap_or_default();
        for (name, value) in exchange.headers.iter().chain(answered) {
            self.learn_spans(value, &scan::header(name, value));
            self.learn(value);
        }
        for (name, value) in exchange.query.iter() {
            if let Some(kind) = scan::kind_of(name) {
                self.meet(kind, value);
            }
        }
        self.learn(&exchange.path);
        self.learn(&exchange.body);
        self.learn(answer.map(|a| a.body.as_str()).unwrap_or_default());
    }

    fn learn(&mut self, text: &str) {
        self.learn_spans(text, &scan::text(text));
    }

    fn learn_spans(&mut self, text: &str, spans: &[Span]) {
        for span in spans {
            self.meet(span.kind, &scan::decoded(&text[span.range.clone()]));
        }
    }

    fn meet(&mut self, kind: Kind, value: &str) {
        if value.is_empty() || self.pseudonyms.contains_key(value) {
            return;
        }
        let number = self.counted.entry(kind).or_default();
        *number += 1;
        let pseudonym = format!("‹{}#{number}›", kind.word());
        self.name(value.to_owned(), &pseudonym);
        // In a form a plus may stand for a blank; elsewhere it is one of Base64's digits.
        let spaced = value.replace('+', " ");
        if !self.pseudonyms.contains_key(&spaced) {
            self.name(spaced, &pseudonym);
        }
    }

    fn name(&mut self, value: String, pseudonym: &str) {
        // An ordinary word (many a test user's password is one) would be found where it is meant.
        let is_word = value.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        if value.len() >= SHORTEST_TO_SEARCH_FOR && !is_word {
            for encoded in scan::encodings(&value) {
                self.search_for(encoded, pseudonym.to_owned());
            }
        }
        self.pseudonyms.insert(value, pseudonym.to_owned());
    }

    fn search_for(&mut self, pattern: impl Into<String>, replacement: String) {
        self.anywhere.entry(pattern.into()).or_insert(replacement);
    }

    fn ready(mut self) -> Self {
        let searching = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(self.anywhere.keys())
            .ok();
        self.search = searching.filter(|_| !self.anywhere.is_empty());
        self.replacements = self.anywhere.values().cloned().collect();
        self
    }

    /// Replaces what stands under a secret's name.
    fn named(&self, text: &str) -> String {
        self.replaced(text, &scan::text(text))
    }

    fn replaced(&self, text: &str, spans: &[Span]) -> String {
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for span in spans {
            if span.range.start < from {
                continue;
            }
            out.push_str(&text[from..span.range.start]);
            let value = scan::decoded(&text[span.range.clone()]);
            match self.pseudonyms.get(value.as_ref()) {
                Some(pseudonym) => out.push_str(pseudonym),
                None => out.push_str(&format!("‹{}›", span.kind.word())),
            }
            from = span.range.end;
        }
        out.push_str(&text[from..]);
        out
    }
}

/// The places of everything that proves something.
fn shown(scenario: &ScenarioOutcome) -> HashSet<u64> {
    let judged = scenario.judgements.iter();
    let found = judged.flat_map(|judged| judged.violations.iter().chain(&judged.inconclusive));
    found.flat_map(|violation| &violation.evidence).map(|evidence| evidence.at.order).collect()
}

/// `host:port` of a base URL on this machine: it differs from run to run and tells nothing.
fn loopback_authority(base_url: &str) -> Option<String> {
    let url = url::Url::parse(base_url).ok()?;
    let host = url.host_str().filter(|host| ["127.0.0.1", "localhost", "[::1]"].contains(host))?;
    Some(format!("{host}:{}", url.port()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JWT: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl";

    fn knowing(texts: &[&str]) -> Redactor {
        let mut redactor = Redactor::default();
        texts.iter().for_each(|text| redactor.learn(text));
        redactor.ready()
    }

    #[test]
    fn the_same_value_has_the_same_pseudonym_in_json_forms_and_prose() {
        let redactor = knowing(&[r#"{"access_token":"abc+/def0123="}"#]);
        assert_eq!(
            redactor.text(r#"{"access_token":"abc+/def0123="}"#),
            r#"{"access_token":"‹token#1›"}"#
        );
        assert_eq!(
            redactor.text("x=1&access_token=abc%2B%2Fdef0123%3D&y=2"),
            "x=1&access_token=‹token#1›&y=2"
        );
        assert_eq!(redactor.text("t=abc%2b%2fdef0123%3d"), "t=‹token#1›");
        assert_eq!(redactor.text("again abc+/def0123=, twice"), "again ‹token#1›, twice");
        assert_eq!(redactor.text(r#""x":"abc+\/def0123=""#), r#""x":"‹token#1›""#);
    }

    #[test]
    fn values_are_numbered_in_the_order_they_are_met() {
        let redactor = knowing(&["client_secret=one-secret", "client_secret=two-secret", JWT]);
        assert_eq!(
            redactor.text("two-secret one-secret two-secret"),
            "‹secret#2› ‹secret#1› ‹secret#2›"
        );
        assert_eq!(redactor.text(JWT), "‹token#1›");
    }

    #[test]
    fn a_short_or_common_password_is_hidden_only_under_its_name() {
        let redactor = knowing(&["username=me&password=pw", "password=password"]);
        assert_eq!(redactor.text("username=me&password=pw"), "username=me&password=‹password#1›");
        assert_eq!(redactor.text("the pwd and the password"), "the pwd and the password");
        assert_eq!(redactor.text("password=password"), "password=‹password#2›");
        let redactor = knowing(&["password=everything"]);
        assert_eq!(redactor.text("password=everything"), "password=‹password#1›");
        assert_eq!(redactor.text("everything is fine"), "everything is fine");
    }

    #[test]
    fn headers_hide_tokens_and_cookies_but_not_their_schemes_and_names() {
        let mut redactor = Redactor::default();
        for (name, value) in
            [("authorization", "Bearer aaaa.bbbb1"), ("cookie", "a=1; sid=xyzzyxyzzy")]
        {
            redactor.learn_spans(value, &scan::header(name, value));
        }
        let redactor = redactor.ready();
        assert_eq!(redactor.header("Authorization", "Bearer aaaa.bbbb1"), "Bearer ‹token#1›");
        assert_eq!(
            redactor.header("cookie", "a=1; sid=xyzzyxyzzy"),
            "a=‹cookie#1›; sid=‹cookie#2›"
        );
        assert_eq!(
            redactor.header("set-cookie", "sid=xyzzyxyzzy; Path=/; HttpOnly"),
            "sid=‹cookie#2›; Path=/; HttpOnly"
        );
        assert_eq!(redactor.header("accept", "application/json"), "application/json");
    }

    #[test]
    fn truncated_and_nested_bodies_hide_their_secrets() {
        let text = r#"{"client_secret":"half-of-it"#;
        assert_eq!(knowing(&[text]).text(text), r#"{"client_secret":"‹secret#1›"#);
        let text = r#"{"log":"got {\"client_secret\":\"whole-thing\",\"x\":1}"}"#;
        assert_eq!(
            knowing(&[text]).text(text),
            r#"{"log":"got {\"client_secret\":\"‹secret#1›\",\"x\":1}"}"#
        );
    }

    #[test]
    fn unknown_secrets_are_hidden_all_the_same() {
        let redactor = knowing(&[]);
        assert_eq!(redactor.text("access_token=zzz"), "access_token=‹token›");
        assert_eq!(redactor.text("Bearer 0123456789abcdef"), "Bearer ‹token›");
        assert_eq!(redactor.text("Bearer of good news"), "Bearer of good news");
    }

    #[test]
    fn what_is_redacted_stays_as_it_is() {
        let redactor = knowing(&["client_secret=one-secret&password=pw"]);
        let once = redactor.text("client_secret=one-secret&password=pw");
        assert_eq!(redactor.text(&once), once);
    }

    #[test]
    fn a_secret_of_what_is_not_shown_is_hidden_where_it_turns_up() {
        use crate::trace::Call;
        use crate::trace::builder::TraceBuilder;
        let media = "PHNpZ25hdHVyZUluZm8+/media==";
        let permit = serde_json::json!({"decisions": [{"token": {"serializedToken": media}}]});
        let trace = TraceBuilder::new().ask(Call::Authorize, |ask| ask.answer(200, permit)).build();
        let mut redactor = Redactor::default();
        redactor.noted.note(&trace.exchanges[0]);
        let redactor = redactor.ready();
        for said in
            ["t=PHNpZ25hdHVyZUluZm8%2B%2Fmedia%3D%3D&x=1", "it was PHNpZ25hdHVyZUluZm8+/media=="]
        {
            let text = redactor.text(said);
            assert!(text.contains("‹secret›") && !text.contains("PHNpZ25"), "{text}");
        }
        assert_eq!(redactor.text("nothing of the kind"), "nothing of the kind");
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_or_keeps_a_known_secret(before in ".{0,40}", after in ".{0,40}") {
            let redactor = knowing(&["access_token=s3cr3t-s3cr3t"]);
            let text = redactor.text(&format!("{before}s3cr3t-s3cr3t{after}"));
            proptest::prop_assert!(!text.contains("s3cr3t-s3cr3t"), "{}", text);
        }
    }
}
