//! Calls 1 and 2 over the wire.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Mock};

const STATEMENT: &str =
    "eyJhbGciOiJSUzI1NiJ9.eyJzb2Z0d2FyZV9pZCI6IjROUkIxLTBYWkFCWkk5RTYtNVNNM1IifQ.c2ln";
const TOKEN: &str = "/o/client/token";

async fn register(mock: &Mock, body: Value) -> Answer {
    mock.post("/o/client/register").json(&body).send().await
}

async fn credentials(mock: &Mock) -> (String, String) {
    let answer = register(mock, json!({ "software_statement": STATEMENT })).await.json();
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (text("client_id"), text("client_secret"))
}

fn assert_error(answer: &Answer, error: &str) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    assert_eq!(answer.json(), json!({ "error": error }));
}

#[tokio::test]
async fn a_statement_becomes_credentials() {
    let mock = Mock::start().await;
    let body =
        json!({ "software_statement": STATEMENT, "redirect_uri": "adobepass://com.programmer" });
    let answer = register(&mock, body).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    insta::assert_json_snapshot!(answer.json(), { ".client_id" => "[id]", ".client_secret" => "[secret]" });
}

#[tokio::test]
async fn what_is_wrong_with_a_registration_is_told() {
    let mock = Mock::start().await;
    let refused = [
        (json!({}), "invalid_request"),
        (json!({ "software_statement": "" }), "invalid_request"),
        (json!({ "software_statement": 1 }), "invalid_request"),
        (json!([STATEMENT]), "invalid_request"),
        (json!({ "software_statement": "no jwt" }), "invalid_software_statement"),
        (json!({ "software_statement": "e30.e30.c2ln" }), "invalid_software_statement"),
        (
            json!({ "software_statement": STATEMENT, "redirect_uri": "nowhere" }),
            "invalid_redirect_uri",
        ),
    ];
    for (body, error) in refused {
        assert_error(&register(&mock, body).await, error);
    }
    let unread = [
        ("application/x-www-form-urlencoded", "software_statement=x".to_owned()),
        ("application/json", "{".to_owned()),
        (
            "application/json",
            format!(r#"{{"software_statement":"{STATEMENT}","software_statement":""}}"#),
        ),
    ];
    for (media_type, body) in unread {
        let answer = mock.post("/o/client/register").body(media_type, body).send().await;
        assert_error(&answer, "invalid_request");
    }
}

#[tokio::test]
async fn credentials_become_a_token() {
    let mock = Mock::start().await;
    let (id, secret) = credentials(&mock).await;
    let form =
        [("client_id", &*id), ("client_secret", &*secret), ("grant_type", "client_credentials")];
    let answer = mock.post(TOKEN).form(&form).send().await;
    assert_eq!(answer.status, StatusCode::CREATED);
    insta::assert_json_snapshot!(answer.json(), { ".id" => "[id]", ".access_token" => "[token]" });

    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let answer = mock.post(&format!("{TOKEN}?{query}")).send().await;
    assert_eq!(answer.status, StatusCode::CREATED, "from the query string, too");
    let both = mock.post(&format!("{TOKEN}?{query}")).form(&form).send().await;
    assert_error(&both, "invalid_request");
}

#[tokio::test]
async fn what_is_wrong_with_a_token_request_is_told() {
    let mock = Mock::start().await;
    let (id, secret) = credentials(&mock).await;
    let good =
        [("client_id", &*id), ("client_secret", &*secret), ("grant_type", "client_credentials")];
    let changed = |name: &'static str, value: &'static str| {
        good.map(|(key, old)| if key == name { (key, value) } else { (key, old) }).to_vec()
    };
    let without = |name| good.into_iter().filter(|(key, _)| *key != name).collect::<Vec<_>>();
    let refused = [
        (without("client_id"), "invalid_request"),
        (without("client_secret"), "invalid_request"),
        (without("grant_type"), "invalid_request"),
        ([good.as_slice(), &[("grant_type", "client_credentials")]].concat(), "invalid_request"),
        (changed("client_id", "nobody"), "invalid_client"),
        (changed("client_secret", "guess"), "invalid_client"),
        (changed("grant_type", "password"), "unsupported_grant_type"),
    ];
    for (form, error) in refused {
        assert_error(&mock.post(TOKEN).form(&form).send().await, error);
    }
    let basic = mock.post(TOKEN).form(&good).header("authorization", "Basic YTpi").send().await;
    assert_error(&basic, "invalid_request");
    let json = mock.post(TOKEN).json(&json!({ "client_id": id })).send().await;
    assert_error(&json, "invalid_request");
    let get = mock.call(Method::GET, TOKEN).send().await;
    assert_eq!(get.status, StatusCode::METHOD_NOT_ALLOWED);
}
