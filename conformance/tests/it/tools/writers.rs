//! How each tool writes a HAR file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::story::{Asked, BEGIN, HOST};

/// A tool.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// Whether it shows what a web page asks.
    pub(crate) is_browser: bool,
    pub(crate) write: fn(&[Asked]) -> String,
}

pub(crate) const TOOLS: &[Tool] = &[
    Tool { name: "Charles", is_browser: false, write: charles },
    Tool { name: "Proxyman", is_browser: false, write: proxyman },
    Tool { name: "mitmproxy", is_browser: false, write: mitmproxy },
    Tool { name: "Chrome", is_browser: true, write: chrome },
    Tool { name: "Firefox", is_browser: true, write: firefox },
    Tool { name: "Safari", is_browser: true, write: safari },
];

fn instant(at: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at).unwrap()
}

fn zoned(at: i64, hours: i32) -> DateTime<FixedOffset> {
    instant(at).with_timezone(&FixedOffset::east_opt(hours * 3600).unwrap())
}

fn pairs<'a>(all: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    all.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

/// Request headers in the tool's own way, with those that every client sends.
fn headers(asked: &Asked, rename: fn(&str) -> String, more: &[(&str, &str)]) -> Value {
    let body = asked.body();
    let kind = body.as_ref().map(|(kind, _)| ("Content-Type", *kind));
    let own = asked.headers.iter().map(|(name, value)| (*name, value.as_str()));
    let all: Vec<_> = own.chain(kind).chain([("User-Agent", "TVE/1.0")]).collect();
    let mut written: Vec<_> =
        more.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    written.extend(all.into_iter().map(|(n, v)| json!({"name": rename(n), "value": v})));
    written.into()
}

fn answer_headers(rename: fn(&str) -> String) -> Value {
    json!([
        {"name": rename("Content-Type"), "value": "application/json;charset=UTF-8"},
        {"name": rename("Date"), "value": "Thu, 09 Oct 2025 08:53:20 GMT"},
        {"name": rename("Set-Cookie"), "value": "a=1"},
        {"name": rename("Set-Cookie"), "value": "b=2"},
    ])
}

fn as_is(name: &str) -> String {
    name.to_owned()
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn upper(name: &str) -> String {
    name.to_ascii_uppercase()
}

/// Something else that went over the network.
fn noise(url: &str, method: &str, started: &str) -> Value {
    json!({
        "startedDateTime": started, "time": 3,
        "request": {"method": method, "url": url, "headers": [], "queryString": [], "cookies": []},
        "response": {"status": 200, "headers": [], "content": {"size": 9, "mimeType": "image/png"}},
        "cache": {}, "timings": {"send": 1, "wait": 1, "receive": 1},
    })
}

fn archive(creator: Value, entries: Vec<Value>) -> Value {
    json!({"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}})
}

/// With a byte order mark, offsets of its own, forms as parameters only, and bodies in Base64.
fn charles(story: &[Asked]) -> String {
    let mut entries: Vec<_> = story
        .iter()
        .map(|asked| {
            let post = asked.body().map(|(kind, text)| match asked.form.as_slice() {
                [] => json!({"mimeType": kind, "text": text}),
                form => json!({"mimeType": kind, "params": pairs(form.iter().copied())}),
            });
            let answer = asked.answer.as_ref().map(|(status, json)| {
                let text = json.to_string();
                json!({"status": status, "statusText": "OK", "httpVersion": "HTTP/2.0", "_charlesStatus": "COMPLETE",
                    "headers": answer_headers(as_is), "redirectURL": null, "headersSize": 0, "bodySize": text.len(),
                    "content": {"size": text.len(), "mimeType": "application/json;charset=UTF-8",
                        "text": STANDARD.encode(text), "encoding": "base64"}})
            });
            json!({
                "startedDateTime": zoned(asked.at, 2).to_rfc3339_opts(SecondsFormat::Millis, false),
                "time": asked.took,
                "request": {"method": asked.method, "url": asked.url(), "httpVersion": "HTTP/2.0",
                    "headers": headers(asked, as_is, &[("Host", HOST)]), "queryString": [], "cookies": [],
                    "headersSize": 411, "bodySize": asked.body().map_or(0, |(_, text)| text.len()),
                    "postData": post},
                "response": answer.unwrap_or_else(|| json!({"_charlesStatus": "FAILED", "status": 0,
                    "statusText": null, "headers": [], "content": {"size": 0, "mimeType": null}})),
                "serverIPAddress": "192.0.2.1", "cache": {}, "comment": "",
                "timings": {"dns": -1, "connect": -1, "ssl": -1, "blocked": -1, "send": 1, "wait": 100, "receive": 2},
            })
        })
        .collect();
    let started = zoned(BEGIN, 2).to_rfc3339();
    entries.push(noise("https://play.example:443", "CONNECT", &started));
    entries.push(noise(&format!("https://{HOST}/favicon.ico"), "GET", &started));
    entries.push(noise("https://play.example/a.m3u8", "GET", &started));
    let creator = json!({"name": "Charles Proxy", "version": "4.6.4"});
    format!("\u{feff}{}", archive(creator, entries))
}

/// Escaped slashes, a zone without a colon, no timings, `content` left out where there is none.
fn proxyman(story: &[Asked]) -> String {
    let entries = story.iter().map(|asked| {
        let post = asked.body().map(|(kind, text)| json!({"mimeType": kind, "text": text, "params": []}));
        let answer = asked.answer.as_ref().map(|(status, json)| {
            let text = json.to_string();
            json!({"status": status, "bodySize": text.len(), "headersSize": 989, "cookies": [], "statusText": "OK",
                "headers": answer_headers(as_is), "httpVersion": "HTTP/1.1", "redirectURL": "",
                "content": {"size": text.len(), "mimeType": "application/json", "text": text, "encoding": ""}})
        });
        json!({
            "time": asked.took as f64 + 0.138_916_015_625, "_isHTTPS": true, "_webSocketMessages": null,
            "_remoteDeviceIP": "192.168.1.20", "_serverAddress": "192.0.2.1", "_isIntercepted": true, "_id": "13",
            "timings": {"connect": 1, "send": -1, "dns": -1, "ssl": -1, "wait": -1, "blocked": -1, "receive": -1},
            "serverIPAddress": "192.0.2.1", "_name": "13", "_clientAddress": "127.0.0.1", "_clientName": "TV",
            "request": {"method": asked.method, "bodySize": -1, "headersSize": 480, "cookies": [],
                "headers": headers(asked, as_is, &[("Host", HOST), ("Connection", "keep-alive")]),
                "queryString": [], "httpVersion": "HTTP/1.1", "url": asked.url(), "postData": post},
            "response": answer.unwrap_or_else(|| json!({"status": 0, "bodySize": -1, "headers": []})),
            "startedDateTime": zoned(asked.at, 7).format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string(),
            "comment": "", "cache": {},
        })
    });
    let creator = json!({"name": "Proxyman", "version": "5.1.0"});
    archive(creator, entries.collect()).to_string().replace('/', "\\/")
}

/// Microseconds, or no fraction at all; in the order in which connections ended.
fn mitmproxy(story: &[Asked]) -> String {
    let mut entries: Vec<_> = story
        .iter()
        .map(|asked| {
            let response = match &asked.answer {
                Some((status, json)) => {
                    let text = json.to_string();
                    json!({"status": status, "statusText": "", "httpVersion": "HTTP/2.0", "cookies": [],
                        "headers": answer_headers(lower), "redirectURL": "", "headersSize": 12, "bodySize": 7,
                        "content": {"size": 7, "compression": 99, "mimeType": "application/json", "text": text}})
                }
                None => json!({"status": 0, "statusText": "", "httpVersion": "", "headers": [], "cookies": [],
                    "content": {}, "redirectURL": "", "headersSize": -1, "bodySize": -1, "_transferSize": 0,
                    "_error": "Client disconnected."}),
            };
            let mut entry = json!({
                "startedDateTime": instant(asked.at).to_rfc3339_opts(SecondsFormat::AutoSi, false),
                "time": asked.took as f64,
                "request": {"method": asked.method, "url": asked.url(), "httpVersion": "HTTP/2.0", "cookies": [],
                    "headers": headers(asked, lower, &[]), "queryString": [], "headersSize": 3, "bodySize": 9},
                "response": response, "cache": {}, "serverIPAddress": "192.0.2.1",
                "timings": {"connect": -1.0, "ssl": null, "send": 1.5, "receive": 2.5, "wait": 99.25},
            });
            entry["request"]["bodySize"] = asked.body().map_or(0, |(_, text)| text.len()).into();
            if let Some((kind, text)) = asked.body() {
                let params = pairs(asked.form.iter().copied());
                entry["request"]["postData"] = json!({"mimeType": kind, "text": text, "params": params});
            }
            entry
        })
        .collect();
    entries.push(noise("https://play.example/key", "GET", "2025-10-09T08:53:20+00:00"));
    entries.reverse();
    let creator = json!({"name": "mitmproxy", "version": "10.2.4", "comment": ""});
    format!("{:#}", archive(creator, entries))
}

const IN_A_PAGE: &[(&str, &str)] = &[("origin", "https://tv.example"), ("sec-fetch-mode", "cors")];

/// Lower-case names, HTTP/2's pseudo headers, preflights, the cache.
fn chrome(story: &[Asked]) -> String {
    let mut entries = Vec::new();
    for asked in story {
        let started = instant(asked.at).to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut preflight = noise(&asked.url(), "OPTIONS", &started);
        preflight["_resourceType"] = "preflight".into();
        entries.push(preflight);
        let pseudo = [(":authority", HOST), (":method", asked.method), (":scheme", "https")];
        let response = match &asked.answer {
            Some((status, json)) => {
                let text = json.to_string();
                json!({"status": status, "statusText": "", "httpVersion": "http/2.0", "cookies": [],
                    "headers": answer_headers(lower), "redirectURL": "", "headersSize": -1, "bodySize": -1,
                    "content": {"size": text.len(), "mimeType": "application/json", "text": text},
                    "_transferSize": 900, "_error": null, "_fetchedViaServiceWorker": false})
            }
            None => {
                json!({"status": 0, "statusText": "", "httpVersion": "", "headers": [], "cookies": [],
                "content": {"size": 0, "mimeType": "x-unknown"}, "redirectURL": "", "headersSize": -1,
                "bodySize": -1, "_transferSize": 0, "_error": "net::ERR_CONNECTION_RESET"})
            }
        };
        let post = asked.body().map(|(kind, text)| {
            // As sent: still encoded.
            let sent: Vec<_> = text.split('&').filter_map(|pair| pair.split_once('=')).collect();
            let params = if asked.form.is_empty() { json!([]) } else { pairs(sent) };
            json!({"mimeType": kind, "text": text, "params": params})
        });
        let mut entry = json!({
            "_connectionId": "84", "_initiator": {"type": "script", "stack": {"callFrames": []}},
            "_priority": "High", "_resourceType": "fetch", "cache": {}, "connection": "443", "pageref": "page_1",
            "request": {"method": asked.method, "url": asked.url(), "httpVersion": "http/2.0",
                "headers": headers(asked, lower, &[&pseudo[..], IN_A_PAGE].concat()), "queryString": [],
                "cookies": [], "headersSize": -1, "bodySize": asked.body().map_or(0, |(_, text)| text.len())},
            "response": response, "serverIPAddress": "192.0.2.1", "startedDateTime": started,
            "time": asked.took as f64 + 0.000_000_298,
            "timings": {"blocked": 2.1, "dns": -1, "ssl": -1, "connect": -1, "send": 0.2, "wait": 100.9,
                "receive": 1.1, "_blocked_queueing": 1.5},
        });
        if let Some(post) = post {
            entry["request"]["postData"] = post;
        }
        entries.push(entry);
    }
    let started = instant(BEGIN).to_rfc3339();
    let mut cached = noise(&format!("https://{HOST}/api/v2/REF30/configuration"), "GET", &started);
    cached["_fromCache"] = "disk".into();
    entries.push(cached);
    entries.push(noise("data:image/png;base64,AAAA", "GET", &started));
    entries.push(noise("https://tv.example/app.js", "GET", &started));
    let creator = json!({"name": "WebInspector", "version": "537.36"});
    format!("{:#}", archive(creator, entries))
}

/// A zone with a colon, parameters beside the text, names in capitals, comments.
fn firefox(story: &[Asked]) -> String {
    let entries = story.iter().map(|asked| {
        let post = asked.body().map(|(kind, text)| {
            json!({"mimeType": kind, "params": pairs(asked.form.iter().copied()), "text": text})
        });
        let response = match &asked.answer {
            Some((status, json)) => {
                let text = json.to_string();
                json!({"status": status, "statusText": "OK", "httpVersion": "HTTP/2", "cookies": [],
                    "headers": answer_headers(upper), "redirectURL": "", "headersSize": 300, "bodySize": 500,
                    "content": {"mimeType": "application/json;charset=UTF-8", "size": text.len(), "text": text}})
            }
            None => json!({"status": 0, "statusText": "", "headers": [], "cookies": [],
                "content": {"mimeType": "text/plain", "size": 0, "text": ""}, "headersSize": -1, "bodySize": -1}),
        };
        json!({
            "startedDateTime": zoned(asked.at, -5).to_rfc3339_opts(SecondsFormat::Millis, false),
            "request": {"bodySize": asked.body().map_or(0, |(_, text)| text.len()), "method": asked.method,
                "url": asked.url(), "httpVersion": "HTTP/2", "headers": headers(asked, upper, IN_A_PAGE),
                "cookies": [], "queryString": [], "headersSize": 600, "postData": post},
            "response": response, "cache": {}, "time": asked.took, "_securityState": "secure",
            "timings": {"blocked": 0, "dns": 0, "connect": 0, "ssl": 0, "send": 0, "wait": asked.took, "receive": 0},
            "serverIPAddress": "192.0.2.1", "connection": "443", "pageref": "page_1",
        })
    });
    let creator = json!({"name": "Firefox", "version": "131.0", "comment": "exported"});
    format!("{:#}", archive(creator, entries.collect()))
}

/// No time but in the timings, no text where there is no body, where it came from.
fn safari(story: &[Asked]) -> String {
    let mut entries: Vec<_> = story
        .iter()
        .map(|asked| {
            let mut response = json!({"status": 0, "statusText": "", "httpVersion": "HTTP/2", "cookies": [],
                "headers": answer_headers(as_is), "redirectURL": "", "headersSize": 99, "bodySize": 20,
                "content": {"size": 0, "compression": 0, "mimeType": "x-unknown"}, "_transferSize": 300});
            match &asked.answer {
                Some((status, json)) => {
                    let text = json.to_string();
                    response["status"] = (*status).into();
                    response["content"] = json!({"size": text.len(), "compression": 5,
                        "mimeType": "application/json", "text": text});
                }
                None => response["_error"] = "The network connection was lost.".into(),
            }
            let mut entry = json!({
                "pageref": "page_0", "time": 0, "_fetchType": "Network Load", "_priority": "medium",
                "startedDateTime": instant(asked.at).to_rfc3339_opts(SecondsFormat::Millis, true),
                "request": {"method": asked.method, "url": asked.url(), "httpVersion": "HTTP/2", "cookies": [],
                    "headers": headers(asked, as_is, &[("Origin", "https://tv.example")]),
                    "queryString": [], "headersSize": 500, "bodySize": -1},
                "response": response, "cache": {}, "serverIPAddress": "192.0.2.1", "_serverPort": 443,
                "timings": {"blocked": 3.5, "dns": -1, "connect": -1, "ssl": -1, "send": 0.25,
                    "wait": asked.took as f64 - 4.0, "receive": 0.25},
            });
            if let Some((kind, text)) = asked.body() {
                let params = pairs(asked.form.iter().copied());
                entry["request"]["postData"] = json!({"mimeType": kind, "text": text, "params": params});
            }
            entry
        })
        .collect();
    let started = instant(BEGIN).to_rfc3339();
    let mut cached = noise(&format!("https://{HOST}/api/v2/REF30/configuration"), "GET", &started);
    cached["_fetchType"] = "Memory Cache".into();
    entries.push(cached);
    let creator = json!({"name": "WebKit Web Inspector", "version": "1.0"});
    archive(creator, entries).to_string()
}
