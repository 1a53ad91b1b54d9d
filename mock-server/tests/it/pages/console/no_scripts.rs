//! The console's forms with scripts switched off: a page is then as old as its last loading.

use http::Method;

use super::{at, signed_in};
use crate::chromium::{Setup, visit_as};
use crate::harness::Mock;

#[test]
fn every_page_works_with_scripts_switched_off() {
    visit_as("console-plain", Setup::WITHOUT_SCRIPTS, async |tab| {
        let mock = Mock::start().await;
        let tv = signed_in(&mock, "tv").await;
        let permits = async || tv.authorize("Cablevision", "REF30").await["authorized"] == true;
        at(&mock, &tab, "decisions").await;
        tab.click("[aria-label='Deny REF30 at Cablevision']").await;
        tab.see("#said .good").await;
        assert!(!permits().await);
        tab.click("[aria-label='Undo the rule about REF30 at Cablevision']").await;
        tab.see("#said .good").await;
        assert!(permits().await);
        tab.fill("#find", "premium").await;
        tab.press("Show").await;
        tab.gone("[data-resource=REF30]").await;
        tab.inspect("decisions").await;

        at(&mock, &tab, "faults").await;
        tab.choose("#effect", "status").await;
        tab.choose("#endpoint", "profiles").await;
        tab.press("Add fault").await;
        tab.see("[data-fault]").await;
        let profiles = tv.call(Method::GET, "profiles").outcome().await.unwrap();
        assert_eq!(profiles.status, 503);
        tab.click("[aria-label^='Remove fault']").await;
        tab.gone("[data-fault]").await;

        at(&mock, &tab, "service").await;
        tab.click("[aria-label='Jump ahead 1 h']").await;
        tab.says("#clock", "01:00:00").await;

        at(&mock, &tab, "timeline").await;
        tab.fill("#tl-text", "authorize").await;
        tab.press("Apply").await;
        tab.until("the two authorizations", async || tab.count("#tl-rows .x").await == 2).await;
        tab.inspect("timeline").await;
        tab.click("#tl-rows a.open").await;
        tab.see("form.details.panel").await;
        tab.click("form.details button.secret").await;
        tab.says("[data-revealed]", &tv.token).await;

        at(&mock, &tab, "devices").await;
        tab.click("[data-device=tv] [aria-label^='Sign out demo']").await;
        tab.see("#said .good").await;
        assert!(!tv.is_signed_in().await);
    });
}
