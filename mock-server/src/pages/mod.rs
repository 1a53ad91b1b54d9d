//! What all web pages share: the layout, the style, and the headers that keep a page to itself.
//!
//! Pages need no script, no network beyond this server, and no second request: the one style sheet
//! is part of each page and named by its hash in the content security policy, and so is what a
//! provider's own colour adds to it.

mod brand;
mod problem;

use std::sync::LazyLock;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use http::header::{X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};

use crate::http::Response;

pub(crate) use brand::Brand;
pub use brand::brand;
pub use problem::problem;

/// The style of every page.
pub const STYLE: &str =
    concat!(include_str!("../../templates/style.css"), include_str!("../../templates/login.css"));

/// What a page may load and who may frame it.
///
/// `form-action` is left out on purpose: browsers apply it to the redirects that follow a form, and
/// a login ends with one to whatever address the application asked for.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy(&[STYLE]));

fn policy(styles: &[&str]) -> HeaderValue {
    let hash = |style: &&str| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(style)));
    let policy = format!(
        "default-src 'none'; style-src{}; img-src data:; base-uri 'none'; frame-ancestors 'none'",
        styles.iter().map(hash).collect::<String>()
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// A rendered page with its headers.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    // Rendering into a string fails only when a template's own code does, and none has any.
    with_policy(Response::html(status, template.render().unwrap_or_default()), POLICY.clone())
}

/// What may load only what its policy says, and is shown once.
pub(crate) fn with_policy(answer: Response, policy: HeaderValue) -> Response {
    let mut answer = guarded(answer);
    answer.headers.insert(CONTENT_SECURITY_POLICY, policy);
    answer.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// What is neither framed nor taken for something else, and tells other sites nothing.
pub fn guarded(mut answer: Response) -> Response {
    let headers = &mut answer.headers;
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Not `no-referrer`, which would take the origin off the forms' own requests.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    answer
}

/// A rendered page in a provider's looks, with its headers.
pub(crate) fn branded(status: StatusCode, template: &impl Template, brand: &Brand) -> Response {
    let mut answer = page(status, template);
    if let Some(own) = &brand.style {
        answer.headers.insert(CONTENT_SECURITY_POLICY, policy(&[STYLE, own]));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_cannot_end_its_own_element() {
        assert!(!STYLE.contains("</"));
    }
}
