//! The addresses of the simulated provider, for whoever sends a user agent there.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Everything the provider serves is below this path.
pub const PREFIX: &str = "/mvpd";

/// What must not appear as it is in one segment of a path.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b';')
    .add(b',');

/// One page of one provider, relative to the server's root: `/mvpd/{mvpd}/{page}`.
pub(super) fn path(mvpd: &str, page: &str) -> String {
    format!("{PREFIX}/{}/{page}", segment(mvpd))
}

/// One segment of a path, percent-encoded.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Where call 7 sends the user agent: the provider's entrance for the session of `code`. From there
/// it is redirected once more, to the login page or, when the provider still knows this user agent,
/// straight back to the application.
pub fn entry_url(base: &str, mvpd: &str, code: &str) -> String {
    format!("{base}{}?{}", path(mvpd, "sso"), query(&[("code", code)]))
}

/// The `url` of an interactive logout (call 13). The parameters are those of the documented sample.
pub fn logout_url(base: &str, mvpd: &str, service_provider: &str, redirect_url: &str) -> String {
    let parameters = [
        ("noflash", "true"),
        ("mso_id", mvpd),
        ("requestor_id", service_provider),
        ("redirect_url", redirect_url),
    ];
    format!("{base}{}?{}", path(mvpd, "logout"), query(&parameters))
}

pub(super) fn query(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_addresses_are_encoded_where_they_stand() {
        assert_eq!(
            entry_url("http://127.0.0.1:8080", "Odd id/1", "8ER640M"),
            "http://127.0.0.1:8080/mvpd/Odd%20id%2F1/sso?code=8ER640M"
        );
        assert_eq!(
            logout_url("", "Cablevision", "REF30", "https://adobe.com/a?b=c&d"),
            "/mvpd/Cablevision/logout?noflash=true&mso_id=Cablevision&requestor_id=REF30\
             &redirect_url=https%3A%2F%2Fadobe.com%2Fa%3Fb%3Dc%26d"
        );
    }
}
