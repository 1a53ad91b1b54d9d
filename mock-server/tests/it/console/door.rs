//! Who may come in.

use http::{Method, StatusCode};

use super::{act, form_token, page};
use crate::harness::{Answer, Call, Mock};

const GET: Method = Method::GET;
const POST: Method = Method::POST;

#[tokio::test]
async fn a_browser_at_the_root_lands_in_the_console_and_a_program_does_not() {
    let mock = Mock::start().await;
    let html = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";
    let browser = mock.control(GET, "/").header("accept", html).send().await;
    assert_eq!((browser.status, browser.header("location")), (StatusCode::SEE_OTHER, "/console/"));
    let first = mock.control(GET, "/console/").send().await;
    assert_eq!(first.header("location"), "/console/sessions");
    for accept in ["*/*", "application/json"] {
        let program = mock.control(GET, "/").header("accept", accept).send().await;
        assert_eq!(program.json()["openapi"], "/openapi.json");
    }
    let unknown = mock.control(GET, "/console/nothing").send().await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.text().contains("There is nothing here"));
    assert_eq!(mock.control(GET, "/consoles").send().await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn other_sites_and_rebound_names_are_refused() {
    let mock = Mock::start().await;
    let token = form_token(&mock).await;
    let form = [("form_token", &*token), ("kind", "service.reset")];
    let refused = |answer: Answer| assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", &mock.server.base_url()),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        refused(mock.control(POST, "/console/act").form(&form).header(name, value).send().await);
        refused(mock.control(GET, "/console/sessions").header(name, value).send().await);
        refused(mock.control(GET, "/console/changes").header(name, value).send().await);
    }
    let control = mock.server.control_address().unwrap();
    let rebound = Call::unnamed(control, GET, "/console/sessions");
    refused(rebound.header("host", "evil.example").send().await);
    // A link from elsewhere may lead here: it changes nothing.
    let link = mock.control(GET, "/console/sessions").header("sec-fetch-site", "cross-site");
    assert_eq!(link.header("sec-fetch-mode", "navigate").send().await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_form_without_the_token_of_this_run_does_nothing() {
    let mock = Mock::start().await;
    for token in [None, Some(""), Some("guess")] {
        let mut form = vec![("kind", "clock.jump"), ("seconds", "5")];
        form.extend(token.map(|token| ("form_token", token)));
        let answer = mock.control(POST, "/console/act").form(&form).send().await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.text().contains("The form was not accepted"));
    }
    let also = [("also", "form_token=guess&kind=clock.jump&seconds=5")];
    let answer = mock.control(POST, "/console/act").form(&also).send().await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(mock.server.clock().now(), crate::harness::START);
}

#[tokio::test]
async fn the_console_reads_the_api_and_changes_nothing_there() {
    let mock = Mock::start().await;
    let read = mock.control(GET, "/console/api/sessions?limit=5").send().await;
    assert_eq!(read.json()["total"], 0);
    for method in [POST, Method::PUT, Method::DELETE] {
        let answer = mock.control(method, "/console/api/clock").send().await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    let missing = mock.control(GET, "/console/api/nothing").send().await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn where_the_token_is_wanted_a_browser_shows_a_cookie_that_only_the_console_takes() {
    let mock = Mock::with(|builder| builder.control_token("s3cret")).await;
    let closed = mock.control(GET, "/console/sessions").send().await;
    assert_eq!(closed.status, StatusCode::UNAUTHORIZED);
    assert!(closed.text().contains("Control token") && !closed.text().contains("s3cret"));
    let wrong = mock.control(POST, "/console/sign-in").form(&[("token", "guess")]).send().await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(
        wrong.text().contains("This is not the token.") && wrong.header("set-cookie").is_empty()
    );

    let by_form = mock.control(POST, "/console/sign-in").form(&[("token", " s3cret ")]);
    let by_address = mock.control(GET, "/console/?token=s3cret");
    for call in [by_form, by_address] {
        let admitted = call.send().await;
        assert_eq!(admitted.header("location"), "/console/", "the token leaves the address");
        let cookie = admitted.header("set-cookie");
        assert!(cookie.ends_with("; Path=/console; HttpOnly; SameSite=Strict"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap();
        assert!(!cookie.contains("s3cret"));
        let open = mock.control(GET, "/console/sessions").header("cookie", cookie).send().await;
        assert_eq!(open.status, StatusCode::OK);
        let api = mock.control(GET, "/sessions").header("cookie", cookie).send().await;
        assert_eq!(api.status, StatusCode::UNAUTHORIZED, "the API keeps to the bearer");
        let value = cookie.split_once('=').unwrap().1;
        let bearer = mock.control(GET, "/sessions").bearer(value).send().await;
        assert_eq!(bearer.status, StatusCode::UNAUTHORIZED, "the cookie is not the token");
    }
    let stale = mock.control(GET, "/console/sessions").header("cookie", "pass_mock_console=x");
    assert_eq!(stale.send().await.status, StatusCode::UNAUTHORIZED);
    let script = mock.control(GET, "/console/sessions").bearer("s3cret").send().await;
    assert_eq!(script.status, StatusCode::OK);
    let from_elsewhere = mock.control(POST, "/console/sign-in").form(&[("token", "s3cret")]);
    let from_elsewhere = from_elsewhere.header("origin", "https://evil.example").send().await;
    assert_eq!(from_elsewhere.header("set-cookie"), "");
}

#[tokio::test]
async fn what_clients_send_is_shown_and_never_run() {
    let mock = Mock::start().await;
    let evil = "<script>alert(1)</script>\"'&";
    let device = crate::device::Device::new(&mock, evil).await;
    let code = device.begin("Cablevision").await;
    act(&mock, &[("kind", "session.approve"), ("code", &code)]).await;
    device.authorize("Cablevision", evil).await;
    let open = form_urlencoded::byte_serialize(evil.as_bytes()).collect::<String>();
    for path in [
        format!("/console/devices?open={open}&find={open}"),
        format!("/console/decisions?row={open}&find={open}"),
        format!("/console/sessions?open={open}&find={open}&said={open}"),
    ] {
        let shown = page(&mock, &path).await;
        assert!(!shown.text().contains("<script>alert"), "{path}");
        assert!(shown.text().contains("&#60;script&#62;alert"), "{path}");
    }
}
