//! The members of a HAR 1.2 entry that matter here, as the tools write them.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::instant;
use super::lenient::{Number, Object, Pairs, Present, Text};
use super::parameters;

/// Base64 with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One entry.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Entry<'a> {
    #[serde(borrow, default, rename = "startedDateTime")]
    started: Text<'a>,
    #[serde(default)]
    time: Number,
    #[serde(default)]
    timings: Object<Timings>,
    #[serde(borrow, default)]
    pub(super) request: Object<Request<'a>>,
    #[serde(borrow, default)]
    pub(super) response: Object<Response<'a>>,
    /// Chrome: where an answer came from that never was on the network.
    #[serde(default, rename = "_fromCache")]
    from_cache: Present,
    /// Safari: the same.
    #[serde(borrow, default, rename = "_fetchType")]
    fetch_type: Text<'a>,
    /// Chrome: what kind of request it was.
    #[serde(borrow, default, rename = "_resourceType")]
    pub(super) resource_type: Text<'a>,
    /// Proxyman: the device that called.
    #[serde(borrow, default, rename = "_remoteDeviceIP")]
    remote_device: Text<'a>,
    #[serde(borrow, default, rename = "_clientAddress")]
    client_address: Text<'a>,
    /// The mock server: the places in its order.
    #[serde(default, rename = "_id")]
    id: Number,
    #[serde(default, rename = "_order")]
    order: Number,
    #[serde(borrow, default, rename = "_actor")]
    pub(super) actor: Text<'a>,
    #[serde(default, rename = "_faults")]
    faults: Option<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Timings {
    #[serde(default)]
    blocked: Number,
    #[serde(default)]
    dns: Number,
    #[serde(default)]
    connect: Number,
    #[serde(default)]
    send: Number,
    #[serde(default)]
    wait: Number,
    #[serde(default)]
    receive: Number,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Request<'a> {
    #[serde(borrow, default)]
    pub(super) method: Text<'a>,
    #[serde(borrow, default)]
    pub(super) url: Text<'a>,
    #[serde(borrow, default)]
    pub(super) headers: Pairs<'a>,
    #[serde(borrow, default, rename = "postData")]
    post_data: Object<PostData<'a>>,
    #[serde(default, rename = "bodySize")]
    body_size: Number,
}

#[derive(Debug, Default, Deserialize)]
struct PostData<'a> {
    #[serde(borrow, default, rename = "mimeType")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    params: Pairs<'a>,
    #[serde(borrow, default)]
    encoding: Text<'a>,
    /// The mock server: bytes that are no text.
    #[serde(borrow, default, rename = "_base64")]
    base64: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Response<'a> {
    #[serde(default)]
    status: Number,
    #[serde(borrow, default)]
    pub(super) headers: Pairs<'a>,
    #[serde(borrow, default)]
    content: Object<Content<'a>>,
    /// Chrome, Safari and mitmproxy: what went wrong on the way.
    #[serde(default, rename = "_error")]
    error: Present,
    /// The mock server: `false` when the body was cut off.
    #[serde(borrow, default, rename = "_complete")]
    complete: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
struct Content<'a> {
    #[serde(default)]
    size: Number,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    encoding: Text<'a>,
}

/// A body as far as a capture holds it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// All of it.
    Held(Vec<u8>),
    /// There was one, but the capture was made without it.
    Withheld,
}

impl Entry<'_> {
    /// When the request was sent, in milliseconds since the epoch.
    pub(super) fn started(&self) -> Result<i64, String> {
        let expected = "expected an instant such as 2025-10-09T08:53:20.007Z";
        let written =
            self.started.filled().ok_or_else(|| format!("no `startedDateTime`; {expected}"))?;
        let shown: String = written.chars().take(40).collect();
        instant::parse(written).ok_or_else(|| format!("`startedDateTime` is `{shown}`; {expected}"))
    }

    /// How long the answer took, in milliseconds: `time`, or the sum of the timings that are known.
    pub(super) fn took(&self) -> i64 {
        let timings = &self.timings.0;
        let parts = [
            timings.blocked,
            timings.dns,
            timings.connect,
            timings.send,
            timings.wait,
            timings.receive,
        ];
        let known = |number: Number| number.0.filter(|time| time.is_finite() && *time > 0.0);
        let time = known(self.time).unwrap_or_else(|| parts.into_iter().filter_map(known).sum());
        // Nothing takes a year; what says so means something else.
        #[expect(clippy::cast_possible_truncation, reason = "it is limited just before")]
        let whole = time.min(366.0 * 86_400_000.0).round() as i64;
        whole
    }

    /// The mock server's places in the order of arrivals and answers.
    pub(super) fn places(&self) -> Option<(u64, u64)> {
        Some((place(self.id)?, place(self.order)?)).filter(|_| self.actor.filled().is_some())
    }

    /// Whether the answer came from the browser's own cache.
    pub(super) fn is_from_cache(&self) -> bool {
        let fetched = self.fetch_type.as_str().unwrap_or_default();
        self.from_cache.0 || fetched == "Memory Cache" || fetched == "Disk Cache"
    }

    /// Whether the answer was changed on purpose.
    pub(super) fn is_provoked(&self) -> bool {
        let faults = self.faults.as_ref().and_then(serde_json::Value::as_array);
        faults.is_some_and(|faults| !faults.is_empty())
    }

    /// The device that called, where the tool tells.
    pub(super) fn device(&self) -> &str {
        self.remote_device.filled().or(self.client_address.filled()).unwrap_or_default()
    }
}

fn place(number: Number) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "only whole numbers that both can hold"
    )]
    number.0.filter(|n| (0.0..9e15).contains(n) && n.fract() == 0.0).map(|n| n as u64)
}

impl Request<'_> {
    /// The value of a header, the first of that name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    pub(super) fn body(&self) -> Body {
        let data = &self.post_data.0;
        if let Some(bytes) = data.base64.filled().and_then(decoded) {
            return Body::Held(bytes);
        }
        if let Some(text) = data.text.filled() {
            return Body::Held(bytes(text, &data.encoding));
        }
        if !data.params.0.is_empty() {
            let kind = data.kind.filled().or(self.header("content-type")).unwrap_or_default();
            return Body::Held(parameters::body(kind, &data.params.0).into_bytes());
        }
        let told = self.header("content-length").and_then(|length| length.trim().parse().ok());
        match self.body_size.0.filter(|size| *size >= 0.0).or(told) {
            Some(size) if size > 0.0 => Body::Withheld,
            _ => Body::Held(Vec::new()),
        }
    }
}

impl Response<'_> {
    /// The HTTP status; `None` when there was no answer.
    pub(super) fn status(&self) -> Option<u16> {
        let status = self.status.0.filter(|status| (100.0..1000.0).contains(status))?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is limited just before"
        )]
        Some(status as u16)
    }

    pub(super) fn body(&self) -> Body {
        let content = &self.content.0;
        if let Some(text) = content.text.filled() {
            return Body::Held(bytes(text, &content.encoding));
        }
        let length = header(&self.headers, "content-length").and_then(|l| l.trim().parse().ok());
        let chunked = header(&self.headers, "transfer-encoding").is_some().then_some(1.0);
        let told = length.or(chunked).unwrap_or(0.0);
        // Where there is no text, a size of 0 may be all that a tool says of a body it did not keep.
        match content.size.0.unwrap_or(0.0).max(told) > 0.0 {
            true => Body::Withheld,
            false => Body::Held(Vec::new()),
        }
    }

    /// Whether all of the body came: nothing says otherwise.
    pub(super) fn is_complete(&self, body: &[u8]) -> bool {
        if self.error.0 || self.complete.as_str() == Some("false") {
            return false;
        }
        let encoded = header(&self.headers, "content-encoding").is_some_and(|e| e != "identity");
        let length = header(&self.headers, "content-length").and_then(|l| l.trim().parse().ok());
        let short = length.is_some_and(|length: usize| body.len() < length);
        // A tool may have changed a text a little; one that cannot be read was cut off.
        encoded
            || !short
            || body.is_empty()
            || serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
    }
}

fn header<'a>(headers: &'a Pairs<'_>, name: &str) -> Option<&'a str> {
    let found = headers.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_ref())
}

fn bytes(text: &str, encoding: &Text<'_>) -> Vec<u8> {
    let is_base64 = encoding.as_str().is_some_and(|name| name.eq_ignore_ascii_case("base64"));
    let decoded = if is_base64 { decoded(text) } else { None };
    decoded.unwrap_or_else(|| text.as_bytes().to_vec())
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        let text: String = text.split_ascii_whitespace().collect();
        return BASE64.decode(text).ok();
    }
    BASE64.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(json: &str) -> Entry<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_body_that_is_told_as_parameters_only_is_put_together_again() {
        let sent = |kind: &str, name: &str| {
            let params = format!(r#"[{{"name":"{name}","value":"news"}}]"#);
            let data = format!(r#""postData":{{"mimeType":"{kind}","params":{params}}}"#);
            entry(&format!(r#"{{"request":{{{data}}}}}"#)).request.0.body()
        };
        let form = sent("application/x-www-form-urlencoded", "mvpd");
        assert_eq!(form, Body::Held(b"mvpd=news".into()));
        let json = sent("application/json", "resources");
        assert_eq!(json, Body::Held(br#"{"resources":["news"]}"#.into()));
    }

    #[test]
    fn bodies_are_decoded_missed_or_empty() {
        let answer = |content: &str, headers: &str| {
            let json = format!(r#"{{"response":{{"content":{content},"headers":[{headers}]}}}}"#);
            entry(&json).response.0.body()
        };
        let length = r#"{"name":"Content-Length","value":"2"}"#;
        assert_eq!(answer(r#"{"text":"{}","size":2}"#, ""), Body::Held(b"{}".into()));
        assert_eq!(answer(r#"{"text":"e30","encoding":"base64"}"#, ""), Body::Held(b"{}".into()));
        assert_eq!(
            answer(r#"{"text":"e3\n0=","encoding":"BASE64"}"#, ""),
            Body::Held(b"{}".into())
        );
        assert_eq!(answer(r#"{"size":2}"#, ""), Body::Withheld);
        assert_eq!(answer(r#"{"size":0,"text":""}"#, length), Body::Withheld);
        assert_eq!(answer("null", ""), Body::Held(vec![]));
        assert_eq!(answer(r#"{"size":-1}"#, ""), Body::Held(vec![]));
    }

    #[test]
    fn a_request_whose_body_was_not_kept_is_told_from_one_without() {
        let request = |rest: &str| entry(&format!(r#"{{"request":{{{rest}}}}}"#)).request.0.body();
        assert_eq!(request(r#""bodySize":12"#), Body::Withheld);
        assert_eq!(request(r#""bodySize":-1"#), Body::Held(vec![]));
        let told = r#""bodySize":-1,"headers":[{"name":"content-length","value":"12"}]"#;
        assert_eq!(request(told), Body::Withheld);
        assert_eq!(request(r#""bodySize":2,"postData":{"text":"{}"}"#), Body::Held(b"{}".into()));
    }

    #[test]
    fn times_are_summed_up_where_nobody_did() {
        let took = |json: &str| entry(json).took();
        assert_eq!(took(r#"{"time":12.4,"timings":{"wait":99}}"#), 12);
        assert_eq!(took(r#"{"time":-1,"timings":{"wait":9.5,"receive":1,"dns":-1,"ssl":-1}}"#), 11);
        assert_eq!(took(r#"{"timings":{"wait":null}}"#), 0);
        assert_eq!(took(r#"{"time":1e300}"#), 366 * 86_400_000);
    }

    #[test]
    fn an_answer_that_was_cut_off_is_incomplete() {
        let complete = |response: &str, body: &str| {
            let json = format!(r#"{{"response":{{{response}}}}}"#);
            entry(&json).response.0.is_complete(body.as_bytes())
        };
        let length = r#""headers":[{"name":"content-length","value":"99"}]"#;
        assert!(complete("", "{"));
        assert!(complete(r#""_error":null"#, "{}"));
        assert!(!complete(r#""_error":"net::ERR_INCOMPLETE_CHUNKED_ENCODING""#, "{}"));
        assert!(!complete(length, "{\"a\":"));
        assert!(complete(length, "{}"), "the tool wrote it another way");
        assert!(!complete(r#""_complete":false"#, "{}"));
    }

    #[test]
    fn what_is_no_entry_says_what_is_missing() {
        assert!(entry("{}").started().unwrap_err().starts_with("no `startedDateTime`; expected"));
        let wrong = r#"{"startedDateTime":"yesterday"}"#;
        assert!(entry(wrong).started().unwrap_err().contains("is `yesterday`; expected"));
    }
}
