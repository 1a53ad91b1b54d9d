//! The test users that the login page names, from one to hundreds.

use std::sync::Arc;

use pass_mock::config::User;

use super::{DEMO, assert_is_page, rendered};
use crate::browser::{Browser, between};
use crate::device::{DONE, Device};
use crate::harness::{Answer, Mock};

fn with_users(mock: &Mock, number: usize) {
    let mut fixtures = (*mock.server.app().fixtures.load_full()).clone();
    let demo = fixtures.users[0].clone();
    fixtures.users = (0..number)
        .map(|index| User { id: format!("viewer{index:03}").into(), ..demo.clone() })
        .collect();
    mock.server.app().fixtures.store(Arc::new(fixtures));
}

fn named(page: &Answer) -> usize {
    page.text().matches("<li><a href=").count()
}

#[tokio::test]
async fn few_are_listed_and_many_are_looked_for() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let login = format!("/mvpd/Cablevision/login?code={}", tv.begin("Cablevision").await);
    for (number, shown) in [(1, 1), (12, 12), (13, 12)] {
        with_users(&mock, number);
        let page = mock.get(&login).send().await;
        assert_eq!(named(&page), shown);
        assert_eq!(page.text().contains("role=\"search\""), number > 12);
        assert_eq!(page.text().contains("And 1 more"), number == 13);
    }
    with_users(&mock, 300);
    let page = mock.get(&login).send().await;
    assert!(page.text().contains("Find one of 300") && page.text().contains("And 288 more"));
    assert!(page.body.len() < 16 * 1024, "{}", page.body.len());
    let some = mock.get(&format!("{login}&q=%20VIEWER29")).send().await;
    assert_is_page(&some);
    assert_eq!(named(&some), 10);
    assert!(!some.text().contains("more: type"));
    let by_package = mock.get(&format!("{login}&q=standard")).send().await;
    assert_eq!(named(&by_package), 12);
    let none = mock.get(&format!("{login}&q=%3Cb%3E")).send().await;
    assert!(none.text().contains("There is no test user with “&#60;b&#62;” in its name"));
    assert_eq!(named(&none), 0);
}

#[tokio::test]
async fn who_was_looked_for_is_filled_in_and_signs_in() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let login = format!("/mvpd/Cablevision/login?code={}", tv.begin("Cablevision").await);
    with_users(&mock, 300);
    let mut browser = Browser::new(&mock);
    let found = browser.open(&format!("{login}&q=viewer299")).await;
    let link = between(found.text(), "<li><a href=\"", "\"").replace("&#38;", "&");
    let filled = browser.open(link.trim_end_matches("#form")).await;
    let body = filled.text();
    assert!(body.contains("name=\"username\" type=\"text\" value=\"viewer299\""));
    assert!(body.contains("aria-current=\"true\""));
    assert_eq!(named(&filled), 1, "the list stays as it was");
    let fields = [("username", "viewer299"), DEMO[1]];
    assert_eq!(browser.submit(&filled, &fields).await.header("location"), DONE);
    assert!(tv.is_signed_in().await);
}

#[tokio::test]
async fn a_provider_that_takes_its_time_says_so() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let login = format!("/mvpd/Cablevision/login?code={code}");
    assert!(!mock.get(&login).send().await.text().contains("id=\"delay\""));
    let delay = mock.control(http::Method::POST, &format!("/sessions/{code}/delay"));
    delay.json(&serde_json::json!({"seconds": 45})).send().await;
    let page = mock.get(&login).send().await;
    assert!(page.text().contains("Signing in takes 45 seconds: you go back at once"));
    let many = mock.get(&format!("{login}&as=slow")).send().await;
    insta::assert_snapshot!("login_filled_in", rendered(&many).replace(&code, "CODE"));
}
