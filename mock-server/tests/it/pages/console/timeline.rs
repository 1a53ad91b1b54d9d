//! The timeline: rows as they come, filters, details, secrets, exports.

use http::Method;
use serde_json::Value;

use super::{at, signed_in};
use crate::chromium::{Tab, visit};
use crate::device::Device;
use crate::harness::Mock;

const ROW: &str = "#tl-rows .x";

async fn rows(tab: &Tab) -> usize {
    tab.count(ROW).await
}

/// What the browser reads at the address of a link.
async fn downloaded(tab: &Tab, link: &str) -> String {
    let script = "const [link] = arguments, done = arguments[arguments.length - 1];
        fetch(document.querySelector(link).href).then((answer) => answer.text()).then(done);";
    let text = tab.run_async(script, &[link.into()]).await;
    text.as_str().unwrap().to_owned()
}

#[test]
fn exchanges_appear_as_they_happen_and_are_filtered() {
    visit("timeline", async |tab| {
        let mock = Mock::start().await;
        at(&mock, &tab, "timeline").await;
        tab.says("#tl-state", "Following").await;
        tab.says("#tl-empty", "Nothing has called yet").await;
        tab.inspect("empty").await;
        let tv = signed_in(&mock, "living-room-tv").await;
        tab.see(&format!("{ROW}[data-call=register]")).await;
        tab.see(&format!("{ROW}[data-call=create_session]")).await;
        assert!(!tab.sees("#tl-empty").await);
        // A slip in a path is explained where it happened.
        tv.call(Method::GET, "profile").send().await;
        tab.says(&format!("{ROW} .near"), "near miss").await;
        tv.authorize("Cablevision", "nothing-of-the-sort").await;
        tab.says(&format!("{ROW}[data-call=authorize]"), "denied").await;
        let phone = Device::new(&mock, "phone").await;
        phone.call(Method::GET, "configuration").send().await;
        tab.says("#tl-heads", "phone").await;
        tab.until("all are there", async || rows(&tab).await == 8).await;
        tab.inspect("rows").await;

        tab.fill("#tl-text", "near-nothing").await;
        tab.until("none is left", async || rows(&tab).await == 0).await;
        tab.says("#tl-empty", "Nothing matches yet").await;
        tab.fill("#tl-text", "authorize").await;
        tab.until("one is left", async || rows(&tab).await == 1).await;
        assert!(tab.url().await.query().unwrap().contains("text=authorize"));
        tab.reload().await;
        tab.until("a reload keeps the view", async || rows(&tab).await == 1).await;
        // What matches comes on, and nothing else.
        phone.call(Method::GET, "profiles").send().await;
        tv.authorize("Cablevision", "REF30").await;
        tab.until("one more", async || rows(&tab).await == 2).await;
        let har: Value = serde_json::from_str(&downloaded(&tab, "#tl-har").await).unwrap();
        assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 2, "the export is of the view");
        assert_eq!(downloaded(&tab, "#tl-jsonl").await.lines().count(), 3);
    });
}

#[test]
fn a_row_opens_and_a_secret_is_shown_to_who_asks() {
    visit("timeline-row", async |tab| {
        let mock = Mock::start().await;
        let tv = signed_in(&mock, "living-room-tv").await;
        at(&mock, &tab, "timeline").await;
        let row = format!("{ROW}[data-call=token]");
        tab.click(&format!("{row} a.open")).await;
        tab.see(&format!("{row} .details")).await;
        let shown = tab.text(&format!("{row} .details")).await;
        assert!(!shown.contains(&tv.token), "{shown}");
        tab.inspect("expanded").await;
        let secret = format!("{row} .details section[aria-label=Answer] button.secret");
        tab.click(&secret).await;
        tab.until("it is revealed", async || tab.text(&secret).await == tv.token).await;
        tab.inspect("revealed").await;
        tab.click(&secret).await;
        tab.until("it is hidden again", async || !tab.text(&secret).await.contains(&tv.token))
            .await;
        // It stays open while others come.
        tv.call(Method::GET, "profiles").send().await;
        tab.see(&format!("{ROW}[data-call=profiles]")).await;
        assert!(tab.sees(&format!("{row} .details")).await);
        tab.click(&format!("{row} a.open")).await;
        tab.gone(&format!("{row} .details")).await;
        tab.click(&format!("{row} a.open")).await;
        tab.press("On a page of its own").await;
        tab.see("form.details.panel").await;
        tab.inspect("own-page").await;
        tab.click("form.details button.secret").await;
        tab.see("[data-revealed]").await;
    });
}

#[test]
fn lanes_are_picked_and_the_view_is_cleared_and_paused() {
    visit("timeline-lanes", async |tab| {
        let mock = Mock::start().await;
        let names: Vec<&'static str> =
            (0..60).map(|n| &*format!("ba23d141-d715-561c-94f4-{n:012}").leak()).collect();
        for name in &names {
            Device::new(&mock, name).await.call(Method::GET, "configuration").send().await;
        }
        at(&mock, &tab, "timeline").await;
        tab.until("a window", async || rows(&tab).await == 100).await;
        tab.inspect("many").await;
        tab.click("#tl-picker summary").await;
        tab.see("#tl-lanes label").await;
        tab.inspect("picker").await;
        tab.fill("#tl-find", "000000000017").await;
        tab.until("one is found", async || tab.count("#tl-lanes label").await == 1).await;
        tab.click("#tl-lanes label").await;
        tab.until("its exchanges", async || rows(&tab).await == 3).await;
        tab.says("#tl-picked", "1 of 60").await;
        tab.click("#tl-all").await;
        tab.until("everything", async || rows(&tab).await == 100).await;
        tab.says("#tl-state", "Following").await;
        tab.click("#tl-clear").await;
        tab.until("cleared", async || rows(&tab).await == 0).await;
        let tv = Device::new(&mock, "tv").await;
        tab.until("what comes then", async || rows(&tab).await == 2).await;
        tab.click("#tl-pause").await;
        tab.says("#tl-state", "Paused").await;
        tv.call(Method::GET, "profiles").send().await;
        tab.click("#tl-pause").await;
        tab.until("what came meanwhile", async || rows(&tab).await == 3).await;
    });
}
