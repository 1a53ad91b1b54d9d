//! The second screen, as a person with a browser sees it.

mod trouble;

use http::StatusCode;
use pass_mock::journal::Actor;
use pass_mock::router::Endpoint;
use serde_json::json;

use crate::browser::{Browser, between};
use crate::device::{DONE, Device};
use crate::harness::{Answer, Mock};

const DEMO: [(&str, &str); 2] = [("username", "demo"), ("password", "demo")];

fn assert_is_page(answer: &Answer) {
    assert_eq!(answer.header("content-type"), "text/html;charset=UTF-8");
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(policy.contains("script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(answer.header("cache-control"), "no-store");
    let text = answer.text();
    assert!(text.contains("This is a test page"));
    assert!(!text.contains(" style=") && !text.contains(" onclick"));
}

/// The page without what differs from run to run.
fn rendered(answer: &Answer, code: &str) -> String {
    assert_is_page(answer);
    let text = answer.text();
    let (style, script) =
        (between(text, "<style>", "</style>"), between(text, "<script>", "</script>"));
    let mut text = text.replace(style, "STYLE").replace(script, "SCRIPT");
    let token = between(answer.text(), "name=\"form_token\" value=\"", "\"");
    if !token.is_empty() {
        text = text.replace(token, "FORM_TOKEN");
    }
    let grouped = format!("{} {}", &code[..4], &code[4..]);
    text.replace(code, "CODE").replace(&grouped, "COD E")
}

/// Types a code; where that leads.
async fn type_code(browser: &mut Browser<'_>, code: &str) -> Answer {
    let page = browser.open("/activate").await;
    browser.submit(&page, &[("code", code)]).await
}

/// Types a code; the page of it.
async fn open_code(browser: &mut Browser<'_>, code: &str) -> Answer {
    let own = location(&type_code(browser, code).await);
    browser.open(&own).await
}

/// Sends a form and follows where it leads, within the server.
async fn go_on(browser: &mut Browser<'_>, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let next = location(&browser.submit(page, fields).await);
    browser.follow(&next).await.1
}

/// The address that an answer redirects to.
fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text());
    answer.header("location").to_owned()
}

fn calls_of(mock: &Mock, actor: Actor) -> Vec<Endpoint> {
    let entries = mock.server.journal().entries();
    entries.iter().filter(|entry| entry.actor == actor).filter_map(|entry| entry.endpoint).collect()
}

#[tokio::test]
async fn a_person_picks_the_provider_and_the_tv_is_signed_in() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.session(&[]).await;
    let mut browser = Browser::new(&mock);
    let page = browser.open("/activate").await;
    insta::assert_snapshot!("enter", rendered(&page, "CODECOD"));

    let typed = format!(" {}-{} ", &code[..3].to_lowercase(), &code[3..]);
    let own = location(&browser.submit(&page, &[("code", &typed)]).await);
    assert_eq!(own, format!("/activate/REF30/{code}"));
    let page = browser.open(&own).await;
    insta::assert_snapshot!("pick", rendered(&page, &code));
    for hidden in ["TempPass", "flexible", "Disabled"] {
        assert!(!page.text().contains(hidden), "{hidden}");
    }

    let next = location(&browser.submit(&page, &[("mvpd", "Cablevision")]).await);
    assert_eq!(next, format!("/api/v2/authenticate/REF30/{code}"));
    let (_, login) = browser.follow(&next).await;
    let done = location(&browser.submit(&login, &DEMO).await);
    assert_eq!(done, format!("{}{own}/done", mock.server.base_url()));
    let end = browser.open(&done).await;
    insta::assert_snapshot!("done", rendered(&end, &code));
    assert!(tv.polls(&code).await && tv.is_signed_in().await);

    use Endpoint as E;
    let calls = [
        E::Register,
        E::Token,
        E::RetrieveSession,
        E::RetrieveSession,
        E::Configuration,
        E::RetrieveSession,
        E::ResumeSession,
        E::ProfileByCode,
    ];
    assert_eq!(calls_of(&mock, Actor::SecondScreen), calls);
    let journal = mock.server.journal().entries();
    let resumed = journal.iter().find(|entry| entry.endpoint == Some(E::ResumeSession)).unwrap();
    let sent = std::str::from_utf8(&resumed.request_body).unwrap();
    assert!(
        sent.starts_with("mvpd=Cablevision&domainName=adobe.com&redirectUrl=http%3A%2F%2F"),
        "{sent}"
    );
    assert_ne!(resumed.facts.client_id.as_deref(), Some(&*tv.client));
    let page = journal.iter().find(|entry| entry.path == own).unwrap();
    assert_eq!((page.actor, page.endpoint), (Actor::UserAgent, Some(E::Page)));
    assert_eq!(page.facts.code.as_deref(), Some(&*code));
    assert_eq!(
        browser.cookie_names().iter().filter(|name| **name == "pass_mock_activate").count(),
        1
    );
}

#[tokio::test]
async fn what_the_tv_said_stays() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(&mock);
    let own = location(&type_code(&mut browser, &code).await);
    let page = browser.open(&own).await;
    insta::assert_snapshot!("confirm", rendered(&page, &code));
    assert!(page.text().contains("target=\"_blank\"") && page.text().contains("ends at adobe.com"));

    let login = go_on(&mut browser, &page, &[]).await;
    assert_eq!(location(&browser.submit(&login, &DEMO).await), DONE);
    let end = browser.open(&format!("{own}/done")).await;
    assert!(end.text().contains("Your TV is signed in") && end.text().contains("Optimum"));
    let resumed: Vec<_> = mock.server.journal().entries();
    let resumed: Vec<_> =
        resumed.iter().filter(|entry| entry.endpoint == Some(Endpoint::ResumeSession)).collect();
    assert!(resumed.iter().all(|entry| entry.request_body.is_empty()), "nothing was missing");
}

#[tokio::test]
async fn only_what_is_missing_is_added() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.session(&[("mvpd", "Spectrum"), ("domainName", "adobe.io")]).await;
    let mut browser = Browser::new(&mock);
    let own = location(&type_code(&mut browser, &code).await);
    let page = browser.open(&own).await;
    assert!(page.text().contains("Spectrum") && !page.text().contains("_blank"), "{}", page.text());
    let login = go_on(&mut browser, &page, &[("mvpd", "Dish")]).await;
    assert!(login.text().contains("<h1>Spectrum</h1>"));
    let end = go_on(&mut browser, &login, &DEMO).await;
    assert!(end.text().contains("Signed in with Spectrum"));
    // Where the login ends is this application's own page, also for who comes back.
    assert!(tv.is_signed_in().await);
}

#[tokio::test]
async fn a_slow_provider_is_waited_for() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.session(&[]).await;
    let mut browser = Browser::new(&mock);
    let page = open_code(&mut browser, &code).await;
    let login = go_on(&mut browser, &page, &[("mvpd", "Cablevision")]).await;
    let user = mock.server.app().fixtures.load().user("slow").unwrap().clone();
    let slow = [("username", "slow"), ("password", user.password.as_str())];
    let done = location(&browser.submit(&login, &slow).await);
    let wait = browser.open(&done).await;
    insta::assert_snapshot!("wait", rendered(&wait, &code));
    assert_eq!(wait.header("refresh"), format!("15; url=/activate/REF30/{code}/done"));
    mock.advance(25);
    let end = browser.open(&done).await;
    assert!(end.text().contains("Your TV is signed in") && end.header("refresh").is_empty());
}

#[tokio::test]
async fn a_cancelled_login_can_be_begun_again() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.session(&[]).await;
    let mut browser = Browser::new(&mock);
    let own = location(&type_code(&mut browser, &code).await);
    let page = browser.open(&own).await;
    let login = go_on(&mut browser, &page, &[("mvpd", "Cablevision")]).await;
    let back = go_on(&mut browser, &login, &[("cancel", "1")]).await;
    assert!(back.text().contains("Not signed in yet"), "{}", back.text());
    assert!(back.text().contains(&format!("href=\"{own}\" id=\"retry\"")));
    assert!(!tv.is_signed_in().await);

    let page = browser.open(&own).await;
    assert!(!page.text().contains("_blank"), "the way back is this application's own");
    let login = go_on(&mut browser, &page, &[]).await;
    let end = go_on(&mut browser, &login, &DEMO).await;
    assert!(end.text().contains("Your TV is signed in"));
}

#[tokio::test]
async fn any_service_providers_code_is_found() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let identifier = "fingerprint dHY=";
    let session = mock.post("/api/v2/apasstest1/sessions").bearer(&tv.token);
    let session = session.header("ap-device-identifier", identifier).form(&[]).send().await.json();
    let code = session["code"].as_str().unwrap();
    let mut browser = Browser::new(&mock);
    assert_eq!(
        location(&type_code(&mut browser, code).await),
        format!("/activate/apasstest1/{code}")
    );

    let only = browser.open("/activate/REF30/").await;
    assert!(only.text().contains("to watch Reference site only in 30"));
    let refused = browser.submit(&only, &[("code", code)]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "not that service provider's");
    let filled_in = browser.open(&format!("/activate?code={code}")).await;
    assert!(filled_in.text().contains(&format!("value=\"{code}\"")));
}

#[tokio::test]
async fn hundreds_of_providers_can_be_filtered_without_a_script() {
    let mut fixtures = pass_mock::config::Fixtures::default();
    for number in 0..300 {
        let mut mvpd = fixtures.mvpd("Dish").unwrap().clone();
        mvpd.id = format!("Telco{number}").into();
        mvpd.display_name = format!("Telco <{number}>");
        let mut integration = fixtures.service_providers[0].integration("Dish").unwrap().clone();
        integration.mvpd = mvpd.id.clone();
        fixtures.mvpds.push(mvpd);
        fixtures.service_providers[0].integrations.push(integration);
    }
    let mock = Mock::with(|builder| builder.fixtures(fixtures)).await;
    let code = Device::new(&mock, "tv").await.session(&[]).await;
    let mut browser = Browser::new(&mock);
    let own = location(&type_code(&mut browser, &code).await);
    let all = browser.open(&own).await;
    assert!(
        all.text().contains("307 of 307 providers"),
        "{}",
        between(all.text(), "id=\"found\"", "</p>")
    );
    let some = browser.open(&format!("{own}?q=telco+%3C29")).await;
    assert!(
        some.text().contains("11 of 307 providers") && some.text().contains("Telco &#60;29&#62;")
    );
    let none = browser.open(&format!("{own}?q=%22%3E%3Cscript%3E")).await;
    insta::assert_snapshot!("pick_nothing_found", rendered(&none, &code));
}

#[tokio::test]
async fn of_many_service_providers_one_is_chosen() {
    let mut fixtures = pass_mock::config::Fixtures::default();
    for number in 0..4 {
        let mut provider = fixtures.service_providers[1].clone();
        provider.id = format!("Channel{number}").into();
        provider.name = format!("Channel {number}");
        fixtures.service_providers.push(provider);
    }
    let mock = Mock::with(|builder| builder.fixtures(fixtures)).await;
    let code = Device::new(&mock, "tv").await.session(&[]).await;
    let mut browser = Browser::new(&mock);
    let page = browser.open("/activate").await;
    let again = browser.submit(&page, &[("code", &code)]).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    insta::assert_snapshot!("enter_choose", rendered(&again, &code));
    assert!(calls_of(&mock, Actor::SecondScreen).is_empty(), "nobody was asked");
    let found = browser.submit(&again, &[("code", &code), ("service", "REF30")]).await;
    assert_eq!(location(&found), format!("/activate/REF30/{code}"));
}

#[tokio::test]
async fn browsers_are_devices_of_their_own_and_the_application_one_client() {
    let mock = Mock::start().await;
    let code = Device::new(&mock, "tv").await.session(&[]).await;
    type_code(&mut Browser::new(&mock), &code).await;
    mock.advance(3600);
    type_code(&mut Browser::new(&mock), &code).await;
    let entries = mock.server.journal().entries();
    let own: Vec<_> = entries.iter().filter(|entry| entry.actor == Actor::SecondScreen).collect();
    let looked_up = own.iter().filter(|entry| entry.endpoint == Some(Endpoint::RetrieveSession));
    let devices: Vec<_> = looked_up
        .map(|entry| entry.request_headers["ap-device-identifier"].to_str().unwrap())
        .collect();
    assert_eq!(devices.len(), 2 + 1, "the code has expired: both service providers are asked");
    assert_ne!(devices[0], devices[1]);
    assert_eq!(devices[1], devices[2]);
    let registrations = own.iter().filter(|entry| entry.endpoint == Some(Endpoint::Register));
    assert_eq!(registrations.count(), 1);

    mock.advance(6 * 3600);
    type_code(&mut Browser::new(&mock), "AAAAAAA").await;
    let calls = calls_of(&mock, Actor::SecondScreen);
    use Endpoint::{Register, Token};
    let of = |wanted| calls.iter().filter(|call| **call == wanted).count();
    assert_eq!((of(Register), of(Token)), (1, 2), "the token ended, the registration did not");
    let export = mock.server.journal().entries();
    assert!(export.iter().any(|entry| entry.actor.name() == "second_screen"));
    assert_eq!(json!(Endpoint::Page), json!("page"));
}
