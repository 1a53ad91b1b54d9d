//! Which requests of a capture went to the service.

use url::Url;

use crate::trace::{Call, Exchange};

/// Where a request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    /// The host, and the port unless it is the scheme's own; in any case.
    pub(super) authority: &'a str,
    /// Path and query.
    pub(super) target: &'a str,
}

impl<'a> Address<'a> {
    /// The parts of an absolute URL; of a mere path where the `Host` is known.
    pub(super) fn of(url: &'a str, host: Option<&'a str>) -> Option<Self> {
        let url = url.split_once('#').map_or(url, |(before, _)| before);
        let Some((scheme, rest)) =
            url.split_once("://").filter(|(scheme, _)| !scheme.contains('/'))
        else {
            let authority = host?;
            return url.starts_with('/').then_some(Self { authority, target: url });
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let own_port = match scheme {
            "http" | "HTTP" => ":80",
            _ => ":443",
        };
        let authority = authority.strip_suffix(own_port).unwrap_or(authority);
        Some(Self { authority, target: if target.is_empty() { "/" } else { target } })
    }
}

/// Where the service is called, as somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    authority: String,
    /// What comes before the documented paths, without a slash at its end.
    prefix: String,
}

impl Base {
    /// Reads a base URL. Its scheme does not matter.
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = "expected a URL such as https://api.auth.adobe.com";
        let url = Url::parse(text).map_err(|error| format!("{error}; {expected}"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(expected.to_owned());
        }
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self {
            authority: format!("{}{port}", url.host_str().unwrap_or_default()),
            prefix: url.path().trim_end_matches('/').to_owned(),
        })
    }

    /// Path and query below this base; `None` for an address that is elsewhere.
    pub(super) fn below<'a>(&self, address: Address<'a>) -> Option<&'a str> {
        let rest = address.target.strip_prefix(self.prefix.as_str())?;
        (self.authority.eq_ignore_ascii_case(address.authority) && rest.starts_with('/'))
            .then_some(rest)
    }
}

/// Whether a path is one of the service's: registration, REST API V2, or the reset of TempPass.
pub(super) fn is_service_path(target: &str) -> bool {
    ["/api/v2/", "/o/client/", "/reset-tempass/"].iter().any(|start| target.starts_with(start))
}

/// Whether a host is known to be the service's.
pub(super) fn is_known(authority: &str) -> bool {
    let host = authority.split(':').next().unwrap_or_default().to_ascii_lowercase();
    host.strip_suffix(".adobe.com").is_some_and(|name| {
        name.rsplit('.').next().is_some_and(|label| label == "auth" || label.starts_with("auth-"))
    })
}

/// Whether a request cannot but be meant for the service: other services, too, have something at
/// `/api/v2/…/profiles`.
pub(super) fn is_unmistakable(exchange: &Exchange) -> bool {
    let own = [
        Call::Register,
        Call::Token,
        Call::Authenticate,
        Call::ProfileByCode,
        Call::Preauthorize,
        Call::Authorize,
        Call::ResetTempPass,
    ];
    let own_header = || exchange.header("ap-device-identifier").is_some();
    exchange.is(&own) || (exchange.call.is_some() && own_header())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Option<(&str, &str)> {
        Address::of(url, Some("host.example")).map(|a| (a.authority, a.target))
    }

    #[test]
    fn addresses_have_a_host_and_a_path() {
        assert_eq!(address("https://a.example/x?y#z"), Some(("a.example", "/x?y")));
        assert_eq!(address("https://a.example:443/x"), Some(("a.example", "/x")));
        assert_eq!(address("http://a.example:443/x"), Some(("a.example:443", "/x")));
        assert_eq!(address("http://me:pw@127.0.0.1:8080"), Some(("127.0.0.1:8080", "/")));
        assert_eq!(address("https://a.example?x=1"), Some(("a.example", "?x=1")));
        assert_eq!(address("/api/v2/x?u=http://b"), Some(("host.example", "/api/v2/x?u=http://b")));
        assert_eq!(address("api/v2"), None);
        assert_eq!(Address::of("/x", None), None);
    }

    #[test]
    fn a_base_may_have_a_port_and_a_path() {
        let below = |base: &str, url: &str| {
            let base = Base::parse(base).unwrap();
            base.below(Address::of(url, None).unwrap()).map(str::to_owned)
        };
        assert_eq!(
            below("https://Gate.example/pass/", "http://GATE.example/pass/o/x").unwrap(),
            "/o/x"
        );
        assert_eq!(below("https://gate.example/pass", "https://gate.example/passage/o"), None);
        assert_eq!(below("http://localhost:8080", "http://localhost:8081/o"), None);
        assert!(Base::parse("gate.example").unwrap_err().contains("expected a URL such as"));
        assert!(Base::parse("ftp://x").is_err());
    }

    #[test]
    fn adobes_hosts_are_known_and_no_others() {
        for host in ["api.auth.adobe.com", "SP.auth-staging.adobe.com:443", "a.b.auth.adobe.com"] {
            assert!(is_known(host), "{host}");
        }
        for host in ["auth.adobe.com.example", "adobe.com", "ims-na1.adobelogin.com", "x.adobe.com"]
        {
            assert!(!is_known(host), "{host}");
        }
    }
}
