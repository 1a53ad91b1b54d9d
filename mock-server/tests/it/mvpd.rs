//! The simulated provider, as a browser sees it.

mod endings;
mod looks;
mod parental_pin;
mod remembering;
mod test_users;

use http::{Method, StatusCode};
use pass_mock::mvpd::entry_url;
use serde_json::json;

use crate::browser::{Browser, between};
use crate::device::{DONE, Device};
use crate::harness::{Answer, Mock};

const DEMO: [(&str, &str); 2] = [("username", "demo"), ("password", "demo")];

/// Where call 7 of a session leads.
fn authenticate(code: &str) -> String {
    format!("/api/v2/authenticate/REF30/{code}")
}

fn entrance(mvpd: &str, code: &str) -> String {
    entry_url("", mvpd, code)
}

fn assert_is_page(answer: &Answer) {
    assert_eq!(answer.header("content-type"), "text/html;charset=UTF-8");
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe") && !policy.contains("script"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
    let text = answer.text();
    assert!(text.contains("This is a test page"));
    assert!(!text.contains("<script") && !text.contains(" style=") && !text.contains(" onclick"));
}

/// The page without what differs from run to run.
fn rendered(answer: &Answer) -> String {
    let (text, style) = (answer.text(), between(answer.text(), "<style>", "</style>"));
    let token = between(text, "name=\"form_token\" value=\"", "\"");
    let text = text.replacen(style, "STYLE", 1);
    if token.is_empty() { text } else { text.replace(token, "FORM_TOKEN") }
}

#[tokio::test]
async fn a_person_signs_in_after_a_wrong_password() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(&mock);
    let (way, page) = browser.follow(&authenticate(&code)).await;
    let base = mock.server.base_url();
    assert_eq!(
        way,
        [
            format!("{base}/mvpd/Cablevision/sso?code={code}"),
            format!("/mvpd/Cablevision/login?code={code}")
        ]
    );
    assert_is_page(&page);
    insta::assert_snapshot!("login", rendered(&page).replace(&code, "CODE"));

    let wrong = browser.submit(&page, &[("username", "demo"), ("password", "guess")]).await;
    assert_eq!(wrong.status, StatusCode::OK);
    assert_is_page(&wrong);
    insta::assert_snapshot!("login_refused", rendered(&wrong).replace(&code, "CODE"));
    assert!(!tv.is_signed_in().await);

    let right = browser.submit(&wrong, &DEMO).await;
    assert_eq!((right.status, right.header("location")), (StatusCode::FOUND, DONE));
    assert!(tv.is_signed_in().await && tv.polls(&code).await);
    assert!(!Device::new(&mock, "phone").await.is_signed_in().await);
}

#[tokio::test]
async fn the_provider_remembers_until_it_is_told_to_forget() {
    let mock = Mock::start().await;
    let mut browser = Browser::new(&mock);
    let (tv, phone) = (Device::new(&mock, "tv").await, Device::new(&mock, "phone").await);
    let (_, page) = browser.follow(&authenticate(&tv.begin("Cablevision").await)).await;
    browser.submit(&page, &DEMO).await;

    let (way, _) = browser.follow(&authenticate(&phone.begin("Cablevision").await)).await;
    assert_eq!((way.len(), way[1].as_str()), (2, DONE), "nobody is asked");
    assert!(phone.is_signed_in().await);

    let asks = async |browser: &mut Browser<'_>, device: &Device<'_>, mvpd: &str| {
        let (_, page) = browser.follow(&authenticate(&device.begin(mvpd).await)).await;
        page.text().contains("<form")
    };
    assert!(asks(&mut browser, &tv, "Spectrum").await, "another provider asks");
    let stranger = Device::new(&mock, "console").await;
    assert!(asks(&mut Browser::new(&mock), &stranger, "Cablevision").await, "another browser");

    let answer = tv.logout("Cablevision", "myapp://signed-out").await.json();
    assert!(!asks(&mut browser, &tv, "Cablevision").await, "the logout was not finished");
    tv.logout("Cablevision", "myapp://signed-out").await;
    let url = answer["logouts"]["Cablevision"]["url"].as_str().unwrap();
    let left = browser.open(url).await;
    assert_eq!((left.status, left.header("location")), (StatusCode::FOUND, "myapp://signed-out"));
    assert_eq!(browser.cookie_names(), ["pass_mock_form"]);
    assert!(asks(&mut browser, &tv, "Cablevision").await, "asked again after the logout");
}

#[tokio::test]
async fn a_slow_provider_signs_in_later() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(&mock);
    let (_, page) = browser.follow(&authenticate(&code)).await;
    assert!(page.text().contains("signs in after a delay of 20 seconds"));
    let user = mock.server.app().fixtures.load().user("slow").unwrap().clone();
    let fields = [("username", "slow"), ("password", user.password.as_str())];
    let answer = browser.submit(&page, &fields).await;
    assert_eq!(answer.header("location"), DONE);
    let delay = user.login_delay.0.as_secs();
    mock.advance(delay - 1);
    assert!(!tv.is_signed_in().await);
    mock.advance(1);
    assert!(tv.is_signed_in().await);
}

#[tokio::test]
async fn one_click_fills_in_a_test_user() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(&mock);
    let (_, page) = browser.follow(&authenticate(&code)).await;
    let link = between(page.text(), "<li><a href=\"", "\"").replace("&#38;", "&");
    let filled = browser.open(&link).await;
    assert!(filled.text().contains("name=\"username\" type=\"text\" value=\"demo\""));
    assert!(filled.text().contains("name=\"password\" type=\"password\" value=\"demo\""));
    assert_eq!(browser.submit(&filled, &DEMO).await.header("location"), DONE);
}

#[tokio::test]
async fn whoever_cancels_goes_back_signed_out() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(&mock);
    let (_, page) = browser.follow(&authenticate(&code)).await;
    let back = browser.submit(&page, &[("username", ""), ("password", ""), ("cancel", "1")]).await;
    assert_eq!((back.status, back.header("location")), (StatusCode::FOUND, DONE));
    assert!(!tv.is_signed_in().await);
    assert_eq!(browser.cookie_names(), ["pass_mock_form"]);
}

#[tokio::test]
async fn an_account_that_may_not_sign_in_is_told_so() {
    let mock = Mock::start().await;
    let fixtures = mock.server.app().fixtures.load_full();
    let fails = fixtures.users.iter().find(|u| u.login == pass_mock::config::Login::Fails).unwrap();
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(&mock);
    let (_, page) = browser.follow(&authenticate(&code)).await;
    let fields = [("username", &*fails.id), ("password", fails.password.as_str())];
    let answer = browser.submit(&page, &fields).await;
    assert!(answer.text().contains("This account cannot be used to sign in."));
    assert!(!tv.is_signed_in().await);
}

#[tokio::test]
async fn codes_that_lead_nowhere_are_explained() {
    let mock = Mock::start().await;
    let mut devices = Vec::new();
    for id in ["tv", "phone", "tablet", "console", "watch"] {
        devices.push(Device::new(&mock, id).await);
    }
    let [tv, phone, tablet, console, watch] = &devices[..] else { unreachable!() };
    let used = tv.begin("Cablevision").await;
    let login = format!("/mvpd/Cablevision/login?code={used}");
    assert_eq!(mock.post(&login).form(&DEMO).send().await.header("location"), DONE);
    let incomplete = phone.session(&[("mvpd", "Cablevision")]).await;
    let superseded = tablet.begin("Cablevision").await;
    let denied = tablet.begin("Cablevision").await;
    mock.control(Method::POST, &format!("/sessions/{denied}/deny")).send().await;
    let elsewhere = console.begin("Spectrum").await;
    let cases = [
        ("", "Something is missing"),
        ("?code=", "Something is missing"),
        ("?code=ZZZZZZZ", "This code is not valid"),
        ("?code=%3Cscript%3E", "This code is not valid"),
        (&format!("?code={superseded}"), "This code is not valid"),
        (&format!("?code={used}"), "This code was used already"),
        (&format!("?code={incomplete}"), "Not everything is known yet"),
        (&format!("?code={denied}"), "You cannot sign in"),
        (&format!("?code={elsewhere}"), "This code belongs to another TV provider"),
    ];
    for (query, title) in cases {
        for page in ["sso", "login"] {
            let answer = mock.get(&format!("/mvpd/Cablevision/{page}{query}")).send().await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{page}{query}");
            assert_is_page(&answer);
            let shown = between(answer.text(), "<h1>", "</h1>");
            assert_eq!(shown, title, "{page}{query}");
        }
        let sent = mock.post(&format!("/mvpd/Cablevision/login{query}")).form(&DEMO).send().await;
        assert_eq!(between(sent.text(), "<h1>", "</h1>"), title, "POST {query}");
    }
    let off = mock.control(Method::PUT, "/integrations/REF30/Spectrum");
    off.json(&json!({"enabled": false})).send().await;
    let answer = mock.get(&entrance("Spectrum", &elsewhere)).send().await;
    assert!(answer.text().contains("Not available with this TV provider"));
    let expired = watch.begin("Cablevision").await;
    mock.advance(30 * 60 + 1);
    let answer = mock.get(&entrance("Cablevision", &expired)).send().await;
    insta::assert_snapshot!("code_not_valid", rendered(&answer));
}

#[tokio::test]
async fn pages_that_do_not_exist_are_pages_too() {
    let mock = Mock::start().await;
    for path in [
        "/mvpd",
        "/mvpd/",
        "/mvpd/Nobody/login",
        "/mvpd/Cablevision",
        "/mvpd/a/b/c/d/e/f/g",
        "/mvpd/Cablevision/x",
        "/mvpd/TempPass_TEST40/login",
        "/mvpd/%FF/login",
    ] {
        let answer = mock.get(path).send().await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_is_page(&answer);
    }
    for (method, page, allowed) in [
        (Method::POST, "sso", "GET"),
        (Method::PUT, "login", "GET, POST"),
        (Method::DELETE, "logout", "GET"),
    ] {
        let answer = mock.call(method, &format!("/mvpd/Cablevision/{page}")).send().await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.header("allow"), allowed);
        assert_is_page(&answer);
    }
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_in() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let login = format!("/mvpd/Cablevision/login?code={code}");
    let forged = [
        mock.post(&login).form(&DEMO).header("origin", "https://evil.example"),
        mock.post(&login).form(&DEMO).header("cookie", "pass_mock_form=abc"),
        mock.post(&login).form(&[DEMO[0], DEMO[1], ("form_token", "abc")]).header("cookie", "a=b"),
    ];
    for call in forged {
        let answer = call.send().await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_is_page(&answer);
        assert!(
            !answer
                .headers
                .get_all("set-cookie")
                .iter()
                .any(|c| c.as_bytes().starts_with(b"pass_mock_login"))
        );
    }
    assert!(!tv.is_signed_in().await);
    assert_eq!(mock.post(&login).form(&DEMO).send().await.header("location"), DONE, "a script may");
}

#[tokio::test]
async fn whatever_is_typed_is_shown_as_text() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(&mock);
    let (_, page) = browser.follow(&authenticate(&code)).await;
    let typed = "\"><script>alert('x')</script>&";
    let answer = browser.submit(&page, &[("username", typed), ("password", typed)]).await;
    assert_is_page(&answer);
    assert!(answer.text().contains("value=\"&#34;&#62;&#60;script&#62;alert(&#39;x&#39;)"));
}

#[tokio::test]
async fn a_logout_without_a_way_back_ends_on_a_page() {
    let mock = Mock::start().await;
    let answer = mock.get("/mvpd/Cablevision/logout").send().await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_is_page(&answer);
    assert!(answer.text().contains("You are signed out of"));
    for url in ["adobe.com", "%2F%2Fevil.example"] {
        let answer = mock.get(&format!("/mvpd/Cablevision/logout?redirect_url={url}")).send().await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{url}");
        assert_is_page(&answer);
        assert!(answer.header("set-cookie").contains("Max-Age=0"));
    }
    for (url, back) in [
        ("https://adobe.com", "https://adobe.com"),
        ("https%3A%2F%2Fadobe.com%2F%C3%BC%0d%0ax%3a1", "https://adobe.com/%C3%BCx:1"),
    ] {
        let answer = mock.get(&format!("/mvpd/Cablevision/logout?redirect_url={url}")).send().await;
        assert_eq!(answer.header("location"), back);
    }
}

#[tokio::test]
async fn the_journal_knows_whose_visit_it_was() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    mock.post("/mvpd/Cablevision/login").form(&[DEMO[0], DEMO[1], ("code", &code)]).send().await;
    let entry = mock.server.journal().entries().pop().unwrap();
    assert_eq!(entry.facts.mvpd.as_deref(), Some("Cablevision"));
    assert_eq!(entry.facts.code, Some(code));
    assert_eq!(entry.facts.service_provider.as_deref(), Some("REF30"));
    assert_eq!(entry.actor, pass_mock::journal::Actor::UserAgent);
}
