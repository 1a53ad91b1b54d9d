//! The pages as templates, with a style and a script of their own.

use std::sync::LazyLock;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};

use super::picker::Picker;
use crate::http::Response;
use crate::pages;

/// The style: what all pages share, and what these add.
static STYLE: LazyLock<String> =
    LazyLock::new(|| [pages::STYLE, include_str!("../../templates/activate.css")].concat());

/// The style as the layout has it.
pub(crate) fn style() -> &'static str {
    &STYLE
}

/// The script, which makes nothing possible that is not without it.
pub(crate) const SCRIPT: &str = include_str!("../../templates/activate.js");

/// `form-action` is left out for the reason that [`pages`] gives: a form here is answered with
/// redirects that end at the provider or at the TV's own address.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; \
         base-uri 'none'; frame-ancestors 'none'",
        hash(&STYLE),
        hash(SCRIPT)
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// A rendered page with its headers.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    let mut answer = pages::page(status, template);
    answer.headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    answer
}

/// Where the code is typed.
#[derive(Template)]
#[template(path = "activate.html")]
pub(super) struct EnterPage<'a> {
    pub(super) action: &'a str,
    pub(super) form_token: String,
    pub(super) code: &'a str,
    /// Of which service provider alone.
    pub(super) service: Option<&'a str>,
    /// Of which service provider it may be, where the person has to say so.
    pub(super) choices: Vec<Choice>,
    pub(super) message: Option<&'a str>,
}

pub(super) struct Choice {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_chosen: bool,
}

/// Where the provider is picked.
#[derive(Template)]
#[template(path = "activate_pick.html")]
pub(super) struct PickPage<'a> {
    pub(super) action: &'a str,
    pub(super) form_token: String,
    pub(super) code: &'a str,
    pub(super) service: &'a str,
    pub(super) picker: Picker<'a>,
    pub(super) start: &'a str,
    pub(super) message: Option<&'a str>,
}

/// Where the provider is known.
#[derive(Template)]
#[template(path = "activate_confirm.html")]
pub(super) struct ConfirmPage<'a> {
    pub(super) action: &'a str,
    pub(super) form_token: String,
    pub(super) code: &'a str,
    pub(super) service: &'a str,
    pub(super) provider: &'a str,
    pub(super) brand: u32,
    pub(super) device: Option<String>,
    /// Where the login ends, if not here; then it gets a window of its own.
    pub(super) elsewhere: Option<String>,
    pub(super) then: &'a str,
    pub(super) start: &'a str,
}

/// The good end.
#[derive(Template)]
#[template(path = "activate_done.html")]
pub(super) struct DonePage<'a> {
    pub(super) title: &'a str,
    pub(super) service: &'a str,
    pub(super) provider: Option<String>,
    pub(super) brand: u32,
    pub(super) start: &'a str,
}

/// Not the end yet.
#[derive(Template)]
#[template(path = "activate_wait.html")]
pub(super) struct WaitPage<'a> {
    pub(super) service: &'a str,
    pub(super) own: &'a str,
    pub(super) again: &'a str,
    pub(super) start: &'a str,
}

/// What went wrong, and the way on.
#[derive(Template)]
#[template(path = "activate_notice.html")]
pub(super) struct Notice {
    title: &'static str,
    paragraphs: Vec<&'static str>,
    quote: Option<String>,
    link: Option<(String, &'static str)>,
}

impl Notice {
    pub(super) const fn new(title: &'static str) -> Self {
        Self { title, paragraphs: Vec::new(), quote: None, link: None }
    }

    pub(super) fn saying(mut self, paragraph: &'static str) -> Self {
        self.paragraphs.push(paragraph);
        self
    }

    /// With the service's own word.
    pub(super) fn quoting(self, quote: &str) -> Self {
        Self { quote: Some(quote.to_owned()), ..self }
    }

    pub(super) fn leading_to(self, href: &str, text: &'static str) -> Self {
        Self { link: Some((href.to_owned(), text)), ..self }
    }

    pub(super) fn answer(self, status: StatusCode) -> Response {
        page(status, &self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_cannot_end_their_own_elements() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
    }
}
