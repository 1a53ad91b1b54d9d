//! A page that says what is wrong, in words for a person.

use askama::Template;
use http::StatusCode;

use super::page;
use crate::http::Response;

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem<'a> {
    title: &'a str,
    paragraphs: &'a [&'a str],
}

/// A page with a headline and what there is to say under it.
pub fn problem(status: StatusCode, title: &str, paragraphs: &[&str]) -> Response {
    page(status, &Problem { title, paragraphs })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_is_told_is_escaped() {
        let page = problem(StatusCode::BAD_REQUEST, "<b>", &["\"&'", "<script>alert(1)</script>"]);
        let text = String::from_utf8_lossy(&page.body);
        assert!(text.contains("&#60;b&#62;") && !text.contains("<script>"), "{text}");
        assert_eq!(page.status, 400);
    }
}
