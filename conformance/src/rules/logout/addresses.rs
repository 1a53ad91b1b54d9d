//! Whether two URLs lead to the same page.

use url::Url;

use crate::rules::urls;
use crate::trace::{Context, Exchange};

/// Whether a client that was given `told` and opened `opened` opened what it was given. A relative URL
/// is resolved against the base; the host is not compared, since one server may have several names.
pub(crate) fn is_same(context: &Context, told: &str, opened: &str) -> bool {
    match (resolve(context, told), resolve(context, opened)) {
        (Some(told), Some(opened)) => {
            told.path() == opened.path() && told.query_pairs().eq(opened.query_pairs())
        }
        _ => told == opened,
    }
}

/// Whether a request of a user agent is one for the URL that the client was given.
pub(crate) fn is_request_for(context: &Context, told: &str, request: &Exchange) -> bool {
    resolve(context, told).is_some_and(|told| {
        let query =
            request.query.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into()));
        told.path() == request.path && told.query_pairs().eq(query)
    })
}

fn resolve(context: &Context, url: &str) -> Option<Url> {
    urls::resolve(Some(context.base_url.as_deref().unwrap_or("http://localhost")), url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Call;
    use crate::trace::builder::TraceBuilder;

    #[test]
    fn the_page_counts_and_not_the_name_of_the_host() {
        let context = Context { base_url: Some("http://127.0.0.1:1".into()), ..Context::default() };
        let same = |told, opened| is_same(&context, told, opened);
        assert!(same("/a?b=c%20d", "http://localhost:1/a?b=c+d"));
        assert!(same("http://127.0.0.1:1/a", "http://127.0.0.1:1/a#top"));
        assert!(!same("/a?b=c", "/a"));
        assert!(!same("/a", "/b"));
    }

    #[test]
    fn a_request_is_recognised() {
        let trace = TraceBuilder::new()
            .user_agent(Call::Profiles, |ask| ask.target("GET", "/mvpd/logout?to=x%2Fy"))
            .build();
        let is_for = |told| is_request_for(&trace.context, told, &trace.user_agent[0]);
        assert!(is_for("http://127.0.0.1:8080/mvpd/logout?to=x%2Fy"));
        assert!(!is_for("http://127.0.0.1:8080/mvpd/logout"));
    }
}
