//! URLs that a client opened, and where they lead.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::Url;

/// A URL as a client meant it: absolute, or relative to the base it calls.
pub(crate) fn resolve(base: Option<&Url>, url: &str) -> Option<Url> {
    match base {
        Some(base) => base.join(url).ok(),
        None => Url::parse(url).ok(),
    }
}

/// Whether two URLs lead to the same place: origin and path, however encoded, with or without a
/// trailing slash. Queries and fragments are not compared.
pub(crate) fn same_place(one: &Url, other: &Url) -> bool {
    same_origin(one, other) && segments(one).eq(segments(other))
}

/// The service provider and the code of an authenticate URL (call 7) below the base.
pub(crate) fn authenticates<'u>(
    base: Option<&Url>,
    url: &'u Url,
) -> Option<(Cow<'u, str>, Cow<'u, str>)> {
    let base = base.filter(|base| same_origin(base, url))?;
    let mut below = segments(url);
    for above in segments(base) {
        below.next().filter(|segment| *segment == above)?;
    }
    for expected in ["api", "v2", "authenticate"] {
        below.next().filter(|segment| *segment == expected)?;
    }
    let named = below.next().zip(below.next())?;
    below.next().is_none().then_some(named)
}

/// Unlike [`Url::origin`], this also holds for schemes of an app's own.
fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

fn segments(url: &Url) -> impl Iterator<Item = Cow<'_, str>> {
    let path = url.path().trim_start_matches('/');
    let path = path.strip_suffix('/').unwrap_or(path);
    let written = path.split('/').filter(|segment| !segment.is_empty());
    written.map(|segment| percent_decode_str(segment).decode_utf8_lossy())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn base() -> Url {
        Url::parse("http://127.0.0.1:8080").unwrap()
    }

    #[test]
    fn relative_urls_are_resolved_against_the_base() {
        let url = resolve(Some(&base()), "/api/v2/authenticate/REF30/8ER640M").unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:8080/api/v2/authenticate/REF30/8ER640M");
        let absolute = resolve(Some(&base()), "https://login.example/x").unwrap();
        assert_eq!(absolute.as_str(), "https://login.example/x");
        assert!(resolve(None, "/relative").is_none());
    }

    #[test]
    fn encoding_slashes_and_queries_do_not_matter() {
        let url = |text| Url::parse(text).unwrap();
        let one = url("http://a:1/x/y%41");
        for same in ["http://a:1/x/yA", "http://a:1/x/yA/", "http://a:1/x/yA?q#f"] {
            assert!(same_place(&one, &url(same)), "{same}");
        }
        for other in ["http://a:2/x/yA", "https://a:1/x/yA", "http://b:1/x/yA", "http://a:1/x/ya"] {
            assert!(!same_place(&one, &url(other)), "{other}");
        }
    }

    #[test]
    fn an_authenticate_url_names_provider_and_code() {
        let of = |text: &str| {
            let url = resolve(Some(&base()), text).unwrap();
            let (provider, code) = authenticates(Some(&base()), &url)?;
            Some((provider.into_owned(), code.into_owned()))
        };
        assert_eq!(
            of("/api/v2/authenticate/REF30/8ER640M/"),
            Some(("REF30".into(), "8ER640M".into()))
        );
        assert_eq!(of("/api/v2/authenticate/REF30"), None);
        assert_eq!(of("/api/v2/REF30/sessions/8ER640M"), None);
        assert_eq!(of("https://elsewhere.example/api/v2/authenticate/REF30/8ER640M"), None);
    }

    proptest! {
        #[test]
        fn no_url_is_too_strange(text in ".*") {
            if let Some(url) = resolve(Some(&base()), &text) {
                prop_assert!(same_place(&url, &url));
                let _ = authenticates(Some(&base()), &url);
            }
        }
    }
}
