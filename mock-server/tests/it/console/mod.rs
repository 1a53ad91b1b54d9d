//! The console over the wire: what its pages show, what its forms do, and who may come in.

mod actions;
mod door;
mod paging;
mod panels;
mod refresh;

use http::{Method, StatusCode};
use serde_json::Value;

use crate::harness::{Answer, Mock};

/// A whole page.
async fn page(mock: &Mock, path: &str) -> Answer {
    let answer = mock.control(Method::GET, path).header("accept", "text/html").send().await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
    assert_guarded(&answer);
    answer
}

/// The panel of a page alone.
async fn part(mock: &Mock, path: &str) -> String {
    let answer = mock.control(Method::GET, path).header("x-console", "part").send().await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
    assert_guarded(&answer);
    answer.text().to_owned()
}

fn assert_guarded(answer: &Answer) {
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("connect-src 'self'"));
    assert!(policy.contains("script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
}

/// What the forms of this server carry.
async fn form_token(mock: &Mock) -> String {
    let page = page(mock, "/console/sessions").await;
    let (_, rest) = page.text().split_once("data-form-token=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// Sends a form as the script does.
async fn act(mock: &Mock, fields: &[(&str, &str)]) -> Value {
    let token = form_token(mock).await;
    let mut form = vec![("form_token", token.as_str())];
    form.extend(fields);
    let call = mock.control(Method::POST, "/console/act").header("accept", "application/json");
    let answer = call.form(&form).send().await;
    assert_eq!(answer.status, StatusCode::OK, "{fields:?}: {answer:?}");
    answer.json()
}

/// Sends a form that is carried out, and returns the call that it was.
async fn done(mock: &Mock, fields: &[(&str, &str)]) -> String {
    let said = act(mock, fields).await;
    assert_eq!(said["done"], true, "{fields:?}: {said}");
    said["call"].as_str().unwrap().to_owned()
}
