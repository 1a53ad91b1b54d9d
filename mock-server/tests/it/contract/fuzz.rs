//! Requests that are described, and then changed in a few ways at once: what comes back is in the
//! description or in the ledger, and never a 5xx.

use http::{HeaderName, HeaderValue, Method};
use pass_mock::http::Request;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::bench::{Bench, COMPLETE};
use super::description::OPERATIONS;
use super::scenes::complete;

/// One change to a request.
#[derive(Clone, Debug)]
enum Change {
    Without(Index),
    /// Another value of a header that the call knows.
    Header(Index, Vec<u8>),
    Twice(Index),
    Extra(String, Vec<u8>),
    Method(String),
    /// Another segment of the path.
    Segment(Index, String),
    Deeper(String),
    Slash,
    Query(String),
    Body(Vec<u8>),
    /// So many bytes of the body.
    Cut(Index),
    /// Something in the middle of the body.
    Insert(Index, Vec<u8>),
    /// Another value of the first field.
    Value(String),
    MediaType(String),
    Encoding(String),
    Wait(u64),
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let huge = (any::<u8>(), 1_000..60_000_usize).prop_map(|(byte, times)| vec![byte; times]);
    prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..60),
        2 => ".{0,40}".prop_map(String::into_bytes),
        1 => huge,
    ]
}

/// JSON of some other type, and what only looks like it.
fn odd_json() -> impl Strategy<Value = String> {
    let deep =
        (1..2_000_usize).prop_map(|depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth)));
    prop_oneof![
        4 => select(vec![
            "null", "true", "0", "-1", "1e400", "99999999999999999999", "\"\"", "\"\\ud800\"", "[]",
            "[[]]", "{}", "[null]", "[\"\"]", "[\"a\", 1]", "[{\"a\": []}]", "\"<rss/>\"", "[\"<rss\"]",
            "[\"REF30\", \"REF30\"]", "\u{feff}[]", "NaN", "'a'", "[1,]",
        ]).prop_map(str::to_owned),
        1 => deep,
        1 => "\\PC{0,30}".prop_map(|text| serde_json::Value::from(text).to_string()),
    ]
}

fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "",
            "%",
            "%00",
            "%ff%fe",
            "%2e%2e",
            "..",
            "REF30",
            "apasstest1",
            "Cablevision",
            "Dish",
            "TempPass_TEST40",
            "flexibleTempPass",
            "DisabledCable",
            "Apple",
            "apple",
            "ZZZZZZZ",
            "abc",
            "code",
            "sso",
            "http://",
            "https://[::1",
            "javascript:1",
            "https://a.b/%zz",
        ])
        .prop_map(str::to_owned),
        "[!-~&&[^?#/]]{0,12}",
        "(%[0-9a-fA-F]{2}){1,6}",
        (100..5_000_usize).prop_map(|times| "A".repeat(times)),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    prop_oneof![
        index().prop_map(Change::Without),
        (index(), bytes()).prop_map(|(at, value)| Change::Header(at, value)),
        index().prop_map(Change::Twice),
        ("[a-z-]{1,20}", bytes()).prop_map(|(name, value)| Change::Extra(name, value)),
        "[A-Z]{1,7}".prop_map(Change::Method),
        (index(), odd_text()).prop_map(|(at, text)| Change::Segment(at, text)),
        odd_text().prop_map(Change::Deeper),
        Just(Change::Slash),
        odd_text().prop_map(|text| Change::Query(format!("redirectUrl={text}&{text}=1&profile"))),
        bytes().prop_map(Change::Body),
        index().prop_map(Change::Cut),
        (index(), bytes()).prop_map(|(at, noise)| Change::Insert(at, noise)),
        prop_oneof![odd_json(), odd_text()].prop_map(Change::Value),
        select(vec![
            "",
            "application/json; charset=utf-16",
            "APPLICATION/JSON",
            "application/json;;;",
            "text/json",
            "application/x-www-form-urlencoded; charset=latin1",
            "multipart/form-data",
            "*/*",
            "json",
        ])
        .prop_map(|text| Change::MediaType(text.to_owned())),
        select(vec!["gzip", "identity", "br, gzip", ""])
            .prop_map(|text| Change::Encoding(text.to_owned())),
        select(vec![1, 1_799, 1_801, 21_601, 86_400]).prop_map(Change::Wait),
    ]
}

fn apply(bench: &Bench, request: &mut Request, change: Change) {
    let header = |request: &Request, at: Index| {
        let names: Vec<HeaderName> = request.headers.keys().cloned().collect();
        (!names.is_empty()).then(|| at.get(&names).clone())
    };
    let value = |bytes: Vec<u8>| HeaderValue::from_bytes(&bytes).ok();
    match change {
        Change::Without(at) => drop(header(request, at).map(|name| request.headers.remove(name))),
        Change::Header(at, bytes) => {
            if let (Some(name), Some(value)) = (header(request, at), value(bytes)) {
                request.headers.insert(name, value);
            }
        }
        Change::Twice(at) => {
            if let Some(name) = header(request, at) {
                let value = request.headers[&name].clone();
                request.headers.append(name, value);
            }
        }
        Change::Extra(name, bytes) => {
            if let (Ok(name), Some(value)) = (HeaderName::try_from(name), value(bytes)) {
                request.headers.append(name, value);
            }
        }
        Change::Method(name) => request.method = Method::from_bytes(name.as_bytes()).unwrap(),
        Change::Segment(at, text) => {
            let mut segments: Vec<&str> = request.path.split('/').collect();
            *at.get_mut(&mut segments[1..]) = &text;
            request.path = segments.join("/");
        }
        Change::Deeper(text) => request.path = format!("{}/{text}", request.path),
        Change::Slash => request.path.push('/'),
        Change::Query(query) => request.query = Some(query),
        Change::Body(body) => request.body = body.into(),
        Change::Cut(at) => request.body.truncate(at.index(request.body.len() + 1)),
        Change::Insert(at, noise) => {
            let mut body = request.body.to_vec();
            let at = at.index(body.len() + 1);
            body.splice(at..at, noise);
            request.body = body.into();
        }
        Change::Value(text) => request.body = with_first(&request.body, &text).into(),
        Change::MediaType(text) => {
            request.headers.insert("content-type", text.parse().unwrap());
        }
        Change::Encoding(text) => {
            request.headers.insert("content-encoding", text.parse().unwrap());
        }
        Change::Wait(seconds) => bench.advance(seconds),
    }
}

/// A body whose first field says something else.
fn with_first(body: &[u8], value: &str) -> String {
    let text = String::from_utf8_lossy(body);
    match (text.split_once(':'), text.split_once('=')) {
        (Some((name, _)), _) if text.starts_with('{') => format!("{name}:{value}}}"),
        (_, Some((name, rest))) => {
            let rest = rest.split_once('&').map_or("", |(_, rest)| rest);
            format!("{name}={value}&{rest}")
        }
        _ => value.to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sent_the_answer_is_a_known_one(
        requests in prop::collection::vec(
            (any::<Index>(), prop::collection::vec(change(), 0..4), any::<bool>()),
            1..10,
        )
    ) {
        let mut bench = Bench::new();
        let used = bench.sign_in();
        let pending = bench.code("domainName=adobe.com");
        for (which, changes, fresh) in requests {
            let code = if fresh { &pending } else { &used };
            let mut request = complete(&bench, which.get(&OPERATIONS), code);
            for change in changes {
                apply(&bench, &mut request, change);
            }
            let shown = format!("{request:?}");
            let answer = bench.send(request);
            prop_assert!(!answer.status.is_server_error(), "{} for {}", answer.status, shown);
        }
        // Nobody is hindered by what was sent.
        bench.token = bench.register("eyJhbGciOiJub25lIn0.e30.e30").1;
        bench.code(&COMPLETE.replace("Cablevision", "Spectrum"));
        for seen in bench.seen() {
            prop_assert!(seen.untagged().is_empty(), "{:?}", seen.untagged());
        }
    }
}
