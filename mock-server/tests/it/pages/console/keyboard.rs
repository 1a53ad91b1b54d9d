//! The console without a mouse.

use fantoccini::key::Key;
use http::Method;

use super::{at, signed_in};
use crate::chromium::visit;
use crate::device::{DONE, Device};
use crate::harness::Mock;
use crate::pages::begin;

#[test]
fn every_control_is_reached_in_order_and_shows_that_it_has_the_focus() {
    visit("console-walk", async |tab| {
        let mock = Mock::start().await;
        let tv = signed_in(&mock, "tv").await;
        tv.authorize("Cablevision", "REF30").await;
        let code = begin(&tv, "Dish", DONE).await;
        for (what, page) in [
            ("sessions", format!("sessions?open={code}")),
            ("devices", "devices?open=tv".to_owned()),
            ("decisions", "decisions?find=REF30".to_owned()),
            ("faults", "faults".to_owned()),
            ("service", "service".to_owned()),
            ("timeline", "timeline".to_owned()),
        ] {
            at(&mock, &tab, &page).await;
            if what == "timeline" {
                // All of it fits: no way to the newest comes and goes with how far one has scrolled.
                tab.size((1280, 3000)).await;
                tab.says("#tl-state", "Following").await;
                tab.click(".x[data-call=token] a.open").await;
                tab.see(".details").await;
            }
            tab.walk(what).await;
        }
    });
}

#[test]
fn a_session_is_approved_a_decision_flipped_and_a_secret_shown_by_keys() {
    visit("console-keys", async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = begin(&tv, "Cablevision", DONE).await;
        at(&mock, &tab, "sessions").await;
        tab.tab_to(&format!("#approve-{code}")).await;
        tab.enter().await;
        tab.until("the client has its profile", async || tv.polls(&code).await).await;
        // The button is gone with what it was for: one goes on from the page, not from its top.
        tab.until("the focus is kept in the page", async || {
            tab.has_focus("#panel, #panel *").await
        })
        .await;

        at(&mock, &tab, "decisions").await;
        tab.tab_to("[aria-label='Deny REF30 at Cablevision']").await;
        tab.space().await;
        tab.see("[aria-label='Undo the rule about REF30 at Cablevision']").await;
        assert!(tab.has_focus("[aria-label='Deny REF30 at Cablevision']").await);
        assert_eq!(tv.authorize("Cablevision", "REF30").await["authorized"], false);
        tab.key(Key::Tab).await;
        tab.enter().await;
        tab.gone("[aria-label='Undo the rule about REF30 at Cablevision']").await;
        assert_eq!(tv.authorize("Cablevision", "REF30").await["authorized"], true);

        at(&mock, &tab, "service").await;
        tab.tab_to("[aria-label='Jump ahead 1 h']").await;
        tab.space().await;
        tab.says("#clock", "01:00:00").await;

        at(&mock, &tab, "faults").await;
        tab.tab_to("#endpoint").await;
        tab.type_in("profiles").await;
        tab.tab_to("[value='fault.add']").await;
        tab.enter().await;
        tab.see("[data-fault]").await;
        tab.tab_to("[aria-label^='Remove fault']").await;
        tab.enter().await;
        tab.gone("[data-fault]").await;

        at(&mock, &tab, "timeline").await;
        tab.says("#tl-state", "Following").await;
        tab.tab_to(".x a.open").await;
        let down = Key::Down;
        tab.key(down).await;
        assert!(tab.has_focus(".x[data-call=token] a.open").await);
        tab.space().await;
        tab.see(".x[data-call=token] .details").await;
        tab.tab_to(".details button.secret").await;
        tab.enter().await;
        tab.see(".details button.secret[aria-pressed=true]").await;
        tv.call(Method::GET, "profiles").send().await;
        tab.see(".x[data-call=profiles]").await;
        assert!(tab.has_focus(".details button.secret").await, "it is not taken away");
    });
}
