//! The grid of decisions.

use http::Method;
use serde_json::json;

use super::{at, order, signed_in};
use crate::chromium::visit;
use crate::harness::Mock;

/// The cell of REF30 at Cablevision, as it looks with a decision.
fn cell(decision: &str) -> String {
    format!("[data-resource=REF30] [data-mvpd=Cablevision][data-decision={decision}]")
}

#[test]
fn a_decision_is_flipped_and_the_next_authorization_is_denied_until_it_is_flipped_back() {
    visit("console-decisions", async |tab| {
        let mock = Mock::start().await;
        let tv = signed_in(&mock, "tv").await;
        let permits = async || tv.authorize("Cablevision", "REF30").await["authorized"] == true;
        assert!(permits().await);
        at(&mock, &tab, "decisions").await;
        tab.see(&cell("permit")).await;
        tab.inspect("grid").await;
        tab.click("[aria-label='Deny REF30 at Cablevision']").await;
        tab.see(&cell("deny")).await;
        assert!(!permits().await);
        tab.says("#said", "PUT /decisions").await;
        tab.reload().await;
        tab.see(&cell("deny")).await;
        tab.inspect("denied").await;
        tab.click("[aria-label='Undo the rule about REF30 at Cablevision']").await;
        tab.see(&cell("permit")).await;
        assert!(permits().await);
        tab.gone("[aria-label='Undo the rule about REF30 at Cablevision']").await;
    });
}

#[test]
fn a_deny_on_other_terms_is_what_the_client_is_told() {
    visit("console-terms", async |tab| {
        let mock = Mock::start().await;
        let tv = signed_in(&mock, "tv").await;
        at(&mock, &tab, "decisions").await;
        tab.press("On what terms").await;
        tab.choose("#code", "authorization_denied_by_parental_controls").await;
        tab.fill("#details", "Not <b>before</b> ten.").await;
        tab.choose("#call", "authorize").await;
        tab.click("[aria-label='Deny REF30 at Cablevision']").await;
        tab.see(&cell("deny")).await;
        let denied = tv.authorize("Cablevision", "REF30").await;
        assert_eq!(denied["error"]["code"], "authorization_denied_by_parental_controls");
        assert_eq!(denied["error"]["details"], "Not <b>before</b> ten.");
        // The next click is on the same terms.
        tab.click("[aria-label='Deny REF30 at Dish']").await;
        tab.see("[data-resource=REF30] [data-mvpd=Dish][data-decision=deny]").await;
        assert_eq!(tab.value("#details").await, "Not <b>before</b> ten.");
        tab.inspect("rules").await;
        tab.press("Undo all rules").await;
        tab.gone("[data-rule]").await;
        assert_eq!(tv.authorize("Cablevision", "REF30").await["authorized"], true);
    });
}

#[test]
fn a_large_grid_stays_a_page_and_is_searched_for_rows_and_columns() {
    visit("console-grid", async |tab| {
        let mock = Mock::with(|builder| builder.fixtures(super::crowd::many_mvpds(30))).await;
        for number in 0..40 {
            let rule = json!({"decision": "deny", "resource": format!("channel-{number:02}-of-a-rather-long-name")});
            order(&mock, Method::PUT, "/decisions", &rule).await;
        }
        at(&mock, &tab, "decisions").await;
        tab.see("[data-resource^=channel-10]").await;
        tab.inspect("many").await;
        let columns = tab.count("#panel .grid thead th").await;
        assert!(columns <= 9, "a window of the MVPDs: {columns}");
        tab.fill("#find", "channel-07").await;
        tab.gone("[data-resource^=channel-10]").await;
        tab.fill("#mvpd", "Provider 29").await;
        tab.see("[data-resource^=channel-07] [data-mvpd='Provider 29'][data-decision=deny]").await;
        tab.fill("#mvpd", "nobody").await;
        tab.says("#panel [data-empty]", "No MVPD matches").await;
        tab.inspect("nobody").await;
    });
}
