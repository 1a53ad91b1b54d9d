//! The pages that URLs lead to.

use url::Url;

use crate::rules::urls;
use crate::trace::{Context, Exchange};

/// A page, by its path and query. The host is not compared, since one server may have several names.
pub(crate) type Page = (String, Vec<(String, String)>);

/// The base that relative URLs are resolved against.
pub(crate) fn base(context: &Context) -> Option<Url> {
    Url::parse(context.base_url.as_deref().unwrap_or("http://localhost")).ok()
}

/// The page that a URL leads to; a relative one is resolved against the base.
pub(crate) fn page(base: Option<&Url>, url: &str) -> Option<Page> {
    let url = urls::resolve(base, url)?;
    Some((url.path().to_owned(), url.query_pairs().into_owned().collect()))
}

/// The page that a request asked for.
pub(crate) fn requested(request: &Exchange) -> Page {
    let query = request.query.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    (request.path.to_string(), query.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Call;
    use crate::trace::builder::TraceBuilder;

    #[test]
    fn the_page_counts_and_not_the_name_of_the_host() {
        let context = Context { base_url: Some("http://127.0.0.1:1".into()), ..Context::default() };
        let page = |url| page(base(&context).as_ref(), url).unwrap();
        assert_eq!(page("/a?b=c%20d"), page("http://localhost:1/a?b=c+d"));
        assert_eq!(page("http://127.0.0.1:1/a"), page("http://127.0.0.1:1/a#top"));
        assert_ne!(page("/a?b=c"), page("/a"));
        assert_ne!(page("/a"), page("/b"));
    }

    #[test]
    fn a_request_is_recognised() {
        let trace = TraceBuilder::new()
            .user_agent(Call::Profiles, |ask| ask.target("GET", "/mvpd/logout?to=x%2Fy"))
            .build();
        let asked = requested(&trace.user_agent[0]);
        let told = |url| page(base(&trace.context).as_ref(), url).unwrap();
        assert_eq!(asked, told("http://127.0.0.1:8080/mvpd/logout?to=x%2Fy"));
        assert_ne!(asked, told("http://127.0.0.1:8080/mvpd/logout"));
    }
}
