//! A request as the semantics see it: complete, owned, with the client's address.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// One request, its body read to the end.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path as sent, still percent-encoded.
    pub path: String,
    /// The query string as sent, without the question mark.
    pub query: Option<String>,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Whether the body went past the limit; then it was not kept.
    pub oversized: bool,
    /// The version of HTTP that it came in.
    pub version: Version,
    /// Whether it came over TLS.
    pub secure: bool,
    /// Who is connected.
    pub peer: SocketAddr,
    /// The listener's own address.
    pub local: SocketAddr,
}

impl Request {
    /// A request for `target` (a path, perhaps with a query string) that came from nowhere, for
    /// who calls the service without a network.
    pub fn new(method: Method, target: &str) -> Self {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        Self {
            method,
            path: path.to_owned(),
            query,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            oversized: false,
            version: Version::HTTP_11,
            secure: false,
            peer: SocketAddr::from(([127, 0, 0, 1], 0)),
            local: SocketAddr::from(([127, 0, 0, 1], 0)),
        }
    }

    /// This request with one more header; what no header can carry is left out.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.headers.append(name, value);
        }
        self
    }

    /// This request with a body.
    #[must_use]
    pub fn with_body(self, media_type: &str, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self }.with_header("content-type", media_type)
    }

    /// Where the caller reached this service, without a trailing slash: what relative URLs resolve
    /// against.
    pub fn base_url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        match self.header("host") {
            Some(host) if !host.is_empty() => format!("{scheme}://{host}"),
            _ => format!("{scheme}://{}", self.local),
        }
    }

    /// A header's value, when it is there once or more and readable as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The address of the device: the first of `X-Forwarded-For`, else the peer.
    pub fn device_address(&self) -> IpAddr {
        self.headers
            .get(X_FORWARDED_FOR)
            .and_then(|list| list.as_bytes().split(|byte| *byte == b',').next())
            .and_then(|first| address(str::from_utf8(first).ok()?.trim_ascii()))
            .unwrap_or_else(|| self.peer.ip())
            .to_canonical()
    }

    /// The parameters of the query string.
    pub fn query_form(&self) -> Form {
        Form::parse(self.query.as_deref().unwrap_or_default().as_bytes())
    }

    /// The media type of the body, lower case, without its parameters.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }
}

/// An address as proxies write it, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))
}

/// Decoded `application/x-www-form-urlencoded` pairs in the order they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    /// Decodes; any byte string is a form.
    pub fn parse(encoded: &[u8]) -> Self {
        let owned = |text: Cow<'_, str>| text.into_owned();
        Self { pairs: form_urlencoded::parse(encoded).map(|(k, v)| (owned(k), owned(v))).collect() }
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a name was sent more than once.
    pub fn repeats(&self, name: &str) -> bool {
        self.pairs.iter().filter(|(key, _)| key == name).count() > 1
    }

    /// All pairs.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }
}

impl FromIterator<(String, String)> for Form {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self { pairs: pairs.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&'static str, &'static str)]) -> Request {
        let bare = Request::new(Method::GET, "/?a=1&a=2&b=%20x+y");
        let bare = Request { peer: "192.0.2.1:4711".parse().unwrap(), ..bare };
        headers.iter().fold(bare, |request, (name, value)| request.with_header(name, value))
    }

    #[test]
    fn the_device_is_the_first_forwarded_address_else_the_peer() {
        let cases: [(&str, &str); 7] = [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, 10.0.0.1", "203.0.113.9"),
            (" 2001:db8::1 ", "2001:db8::1"),
            ("unknown", "192.0.2.1"),
            ("", "192.0.2.1"),
        ];
        for (value, address) in cases {
            let sent = request(&[("x-forwarded-for", value)]);
            assert_eq!(sent.device_address().to_string(), address, "{value:?}");
        }
        assert_eq!(request(&[]).device_address().to_string(), "192.0.2.1");
    }

    #[test]
    fn forms_decode_and_tell_repetition() {
        let form = request(&[]).query_form();
        assert_eq!(form.get("a"), Some("1"));
        assert_eq!(form.get("b"), Some(" x y"));
        assert!(form.repeats("a") && !form.repeats("b") && !form.repeats("c"));
    }

    #[test]
    fn media_types_lose_their_parameters() {
        let sent = request(&[("content-type", "Application/JSON; charset=utf-8")]);
        assert_eq!(sent.media_type().as_deref(), Some("application/json"));
    }
}
