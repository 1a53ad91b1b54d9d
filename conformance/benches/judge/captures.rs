//! Traces as somebody else would have recorded them.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use pass_conformance::trace::{Exchange, Moment, Pairs, Trace};
use serde_json::{Value, json};

/// Writes a capture: a HAR file, or the journal of a mock server. Tokens, codes and devices are new in
/// each story.
pub(crate) fn write(trace: &Trace, path: &Path) {
    let is_har = path.extension().is_some_and(|extension| extension == "har");
    let mut out = BufWriter::new(File::create(path).unwrap());
    let (begin, end) = match is_har {
        true => (r#"{"log":{"version":"1.2","creator":{"name":"bench"},"entries":["#, "]}}"),
        false => (r#"{"format":"pass-mock-journal","version":1,"forgotten":0}"#, ""),
    };
    writeln!(out, "{begin}").unwrap();
    let mut separator = "";
    for exchange in &trace.exchanges {
        let line = if is_har { har(exchange) } else { journal(exchange) };
        // Eight devices a story: see `add`.
        let line = renewed(exchange, exchange.device / 8, line.to_string());
        writeln!(out, "{separator}{line}").unwrap();
        separator = if is_har { "," } else { "" };
    }
    writeln!(out, "{end}").unwrap();
}

fn journal(exchange: &Exchange) -> Value {
    let moment = |moment: Moment| json!({"order": moment.order, "at": moment.at});
    let query = exchange.query.iter();
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    json!({
        "arrived": moment(exchange.arrived),
        "answered": moment(exchange.answered.unwrap_or(exchange.arrived)),
        "actor": "client", "peer": "127.0.0.1:50000", "local": "127.0.0.1:8080",
        "request": {
            "method": exchange.method, "path": exchange.path,
            "query": (!query.is_empty()).then_some(query),
            "headers": exchange.headers, "body": {"text": exchange.body},
        },
        "answer": exchange.answer.as_ref().map(|answer| json!({
            "status": answer.status, "headers": answer.headers,
            "body": {"text": answer.body}, "complete": answer.complete,
        })),
    })
}

fn har(exchange: &Exchange) -> Value {
    let headers = |headers: &Pairs| -> Vec<Value> {
        headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
    };
    let started = chrono::DateTime::from_timestamp_millis(exchange.arrived.at).unwrap();
    let query = exchange.query.iter();
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let answer = exchange.answer.clone();
    let (status, told) =
        answer.as_ref().map_or((0, Vec::new()), |a| (a.status, headers(&a.headers)));
    json!({
        "startedDateTime": started.to_rfc3339(),
        "time": exchange.answered.map_or(0, |at| at.at - exchange.arrived.at),
        "request": {
            "method": exchange.method, "httpVersion": "HTTP/1.1",
            "url": format!("http://127.0.0.1:8080{}?{query}", exchange.path).trim_end_matches('?'),
            "headers": headers(&exchange.headers), "queryString": [], "cookies": [],
            "postData": (!exchange.body.is_empty()).then(|| json!({
                "mimeType": exchange.header("content-type"), "text": exchange.body,
            })),
        },
        "response": {
            "status": status, "headers": told, "cookies": [],
            "content": {"text": answer.map(|answer| answer.body), "mimeType": "application/json"},
        },
    })
}

/// With whatever tells a device from others made new.
fn renewed(exchange: &Exchange, story: u32, mut line: String) -> String {
    let told = exchange.session().and_then(|told| told.code);
    let client = exchange.credentials().map(|told| told.client_id.to_owned());
    let names = [
        exchange.bearer(),
        exchange.token().map(|told| told.value),
        told,
        exchange.code.as_deref(),
    ];
    let mut names: Vec<String> = names.into_iter().flatten().map(str::to_owned).collect();
    names.extend(client.or_else(|| exchange.parameter("client_id")));
    names.sort();
    names.dedup();
    for name in names {
        line = line.replace(&name, &format!("{name}{story}"));
    }
    // Three bytes are four letters.
    line.replace("fingerprint ", &format!("fingerprint {story:08}"))
}
