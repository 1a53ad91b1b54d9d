//! The door of a console that can be reached from elsewhere.

use crate::chromium::{Setup, Tab, visit, visit_as};
use crate::harness::Mock;

const TOKEN: &str = "s3cret";

async fn at_the_door(tab: &Tab) -> Mock {
    let mock = Mock::with(|builder| builder.control_token(TOKEN)).await;
    tab.open(&format!("{}/", mock.server.control_url().unwrap())).await;
    tab.see("#token").await;
    mock
}

#[test]
fn whoever_has_the_token_comes_in_and_stays_in() {
    visit("console-door", async |tab| {
        let mock = at_the_door(&tab).await;
        assert!(tab.has_focus("#token").await, "one can type at once");
        tab.inspect("closed").await;
        tab.walk("closed").await;
        tab.fill("#token", "guess").await;
        tab.enter().await;
        tab.says("[role=alert]", "not the token").await;
        tab.inspect("wrong").await;
        tab.fill("#token", TOKEN).await;
        tab.enter().await;
        tab.see("#panel h1").await;
        tab.click("[data-nav=timeline]").await;
        tab.says("#tl-state", "Following").await;
        mock.get("/nothing").send().await;
        tab.see("#tl-rows .x").await;
        // Without the cookie the page leads back to the door, also from behind.
        tab.client.delete_all_cookies().await.unwrap();
        tab.click("[data-nav=devices]").await;
        tab.see("#token").await;
        tab.forgive().await;
    });
}

#[test]
fn the_door_opens_with_scripts_switched_off() {
    visit_as("console-door-no-scripts", Setup::WITHOUT_SCRIPTS, async |tab| {
        let _mock = at_the_door(&tab).await;
        tab.fill("#token", TOKEN).await;
        tab.enter().await;
        tab.see("#panel h1").await;
    });
}
