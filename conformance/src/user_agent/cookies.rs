//! The cookies of one browser. All its pages are on one host, so that only paths tell them apart.

use http::HeaderMap;
use http::header::SET_COOKIE;

/// A browser's cookies.
#[derive(Clone, Debug, Default)]
pub(super) struct Cookies {
    kept: Vec<Cookie>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

impl Cookies {
    /// Takes in what an answer sets.
    pub(super) fn take(&mut self, headers: &HeaderMap) {
        for set in headers.get_all(SET_COOKIE) {
            if let Some((cookie, gone)) = set.to_str().ok().and_then(read) {
                self.kept.retain(|kept| (&kept.name, &kept.path) != (&cookie.name, &cookie.path));
                if !gone {
                    self.kept.push(cookie);
                }
            }
        }
    }

    /// The `Cookie` header for a request to a path, if any cookie belongs there.
    pub(super) fn header(&self, path: &str) -> Option<String> {
        let pairs: Vec<String> = self
            .kept
            .iter()
            .filter(|cookie| belongs(path, &cookie.path))
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// A cookie, and whether it is taken back.
fn read(set: &str) -> Option<(Cookie, bool)> {
    let mut parts = set.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let (mut path, mut gone) = ("/", false);
    for attribute in parts {
        let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        if key.eq_ignore_ascii_case("path") && value.starts_with('/') {
            path = value;
        }
        gone |= key.eq_ignore_ascii_case("max-age") && value.parse().is_ok_and(|age: i64| age <= 0);
    }
    Some((Cookie { name: name.into(), value: value.into(), path: path.into() }, gone))
}

/// Whether a path is the cookie's or below it.
fn belongs(path: &str, cookie: &str) -> bool {
    let whole = cookie.ends_with('/') || path.len() == cookie.len();
    path.strip_prefix(cookie).is_some_and(|rest| whole || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(cookies: &mut Cookies, line: &str) {
        let mut headers = HeaderMap::new();
        headers.insert(SET_COOKIE, line.parse().unwrap());
        cookies.take(&headers);
    }

    #[test]
    fn cookies_go_where_they_belong_and_are_taken_back() {
        let mut cookies = Cookies::default();
        set(&mut cookies, "login=a; Path=/mvpd/One; HttpOnly");
        set(&mut cookies, "login=b; Path=/mvpd/Two; HttpOnly");
        set(&mut cookies, "form=f");
        assert_eq!(cookies.header("/mvpd/One/sso").as_deref(), Some("login=a; form=f"));
        assert_eq!(cookies.header("/mvpd/Two").as_deref(), Some("login=b; form=f"));
        assert_eq!(cookies.header("/mvpd/Twofold").as_deref(), Some("form=f"));
        set(&mut cookies, "login=c; Path=/mvpd/One");
        assert_eq!(cookies.header("/mvpd/One").as_deref(), Some("form=f; login=c"));
        set(&mut cookies, "login=; Path=/mvpd/One; Max-Age=0");
        set(&mut cookies, "form=; max-age=0");
        assert_eq!(cookies.header("/mvpd/One"), None);
    }
}
