//! The console while hundreds of devices call.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use pass_mock::clock::{Clock, Mode};
use pass_mock::config::Fixtures;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::{at, order};
use crate::chromium::{Tab, visit};
use crate::device::{DONE, Device};
use crate::harness::{Call, Connection, Mock, START};
use crate::pages::begin;

const DEVICES: usize = 500;
/// How many exchanges a second there are meanwhile.
const A_SECOND: u32 = 50;

/// So many MVPDs, `Provider 0` and so on, in place of the usual ones.
pub(super) fn many_mvpds(count: usize) -> Fixtures {
    let mut fixtures = Fixtures::default();
    let dish = fixtures.mvpd("Dish").unwrap().clone();
    let integration = fixtures.service_providers[0].integration("Dish").unwrap().clone();
    for number in 0..count {
        let id: Arc<str> = format!("Provider {number}").into();
        let mut mvpd = dish.clone();
        (mvpd.id, mvpd.display_name) = (Arc::clone(&id), format!("Cable & Co of region {number}"));
        fixtures.mvpds.push(mvpd);
        let mut integration = integration.clone();
        integration.mvpd = id;
        fixtures.service_providers[0].integrations.push(integration);
    }
    fixtures
}

/// Devices that wait for a login, half of which found one.
async fn fleet(mock: &Mock, count: usize) -> Vec<String> {
    let app = Device::new(mock, "ba23d141-d715-561c-94f4").await;
    let mut codes = Vec::new();
    for number in 0..count {
        let id = &*format!("ba23d141-d715-561c-94f4-{number:012}").leak();
        let device = app.on(id);
        let code = begin(&device, "Cablevision", DONE).await;
        if number % 2 == 0 {
            order(mock, Method::POST, &format!("/sessions/{code}/complete"), &json!({})).await;
        }
        codes.push(code);
    }
    codes
}

/// Fifty polls a second from all of them, until the guard is dropped.
struct Calls(tokio::task::JoinHandle<()>);

impl Calls {
    async fn begin(mock: &Mock, codes: &[String]) -> Self {
        let token = Device::new(mock, "poller").await.token;
        let (address, codes) = (mock.address(), codes.to_vec());
        Self(tokio::task::spawn_local(async move {
            loop {
                // A call that is not answered in time, on a machine that has none, is not the
                // console's fault.
                let mut calls = JoinSet::new();
                calls.spawn_local(poll(address, token.clone(), codes.clone()));
                calls.join_next().await;
            }
        }))
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn poll(address: SocketAddr, token: String, codes: Vec<String>) {
    let mut line = Connection::open(address).await;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / A_SECOND);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for (number, code) in codes.iter().enumerate().cycle() {
        ticks.tick().await;
        let identifier = STANDARD.encode(format!("ba23d141-d715-561c-94f4-{number:012}"));
        let call = Call::new(address, Method::GET, &format!("/api/v2/REF30/profiles/code/{code}"));
        let call = call.bearer(&token).header("user-agent", "tvOS");
        let identifier = format!("fingerprint {identifier}");
        line.send(call.header("ap-device-identifier", &identifier)).await;
    }
}

/// What the page takes of the browser, in processor time of its main thread and in nodes.
struct Taken {
    at: Instant,
    /// Seconds.
    busy: f64,
    nodes: f64,
}

async fn taken(tab: &Tab) -> Taken {
    tab.cdp("HeapProfiler.collectGarbage", json!({})).await;
    let metrics = tab.cdp("Performance.getMetrics", json!({})).await;
    let figure = |name: &str| {
        let mut all = metrics["metrics"].as_array().unwrap().iter();
        all.find(|one| one["name"] == name).unwrap()["value"].as_f64().unwrap()
    };
    Taken { at: Instant::now(), busy: figure("TaskDuration"), nodes: figure("Nodes") }
}

/// Lets the page go on for some seconds, which is several of its rounds, and asserts that it is not
/// busy with itself and does not grow. Processor time does not grow with what else the machine does.
async fn assert_calm(tab: &Tab, what: &str) {
    tab.cdp("Performance.enable", json!({"timeDomain": "threadTicks"})).await;
    let begun = taken(tab).await;
    let frames = "const done = arguments[arguments.length - 1]; let left = 5;
        const next = () => (left -= 1) ? setTimeout(next, 500) : done(document.querySelectorAll('*').length);
        next();";
    let mut elements = Vec::new();
    for _ in 0..2 {
        elements.push(tab.run_async(frames, &[]).await.as_u64().unwrap());
    }
    let ended = taken(tab).await;
    let share = (ended.busy - begun.busy) / (ended.at - begun.at).as_secs_f64();
    assert!(share < 0.5, "{what}: the page is busy {:.0} % of the time", share * 100.0);
    assert!(ended.nodes < 100_000.0, "{what}: {} nodes", ended.nodes);
    assert!(elements.iter().all(|all| *all < 30_000), "{what}: {elements:?} elements");
}

#[test]
fn it_stays_usable_with_five_hundred_devices_and_fifty_exchanges_a_second() {
    visit("console-crowd", async |tab| {
        let mock = Mock::with(|builder| builder.clock(Clock::starting_at(START, Mode::Real))).await;
        let codes = fleet(&mock, DEVICES).await;
        let _calls = Calls::begin(&mock, &codes).await;

        at(&mock, &tab, "sessions").await;
        assert_eq!(tab.count("#panel tbody tr").await, 25, "a window of them");
        assert_calm(&tab, "sessions").await;
        // A click among all that happens.
        let waits = &codes[DEVICES - 1];
        tab.click(&format!("#approve-{waits}")).await;
        tab.says(&format!("#row-{waits} [data-state]"), "signed in").await;
        tab.fill("#find", &codes[1]).await;
        tab.until("one is found", async || tab.count("#panel tbody tr").await == 1).await;
        tab.click(&format!("#deny-{}", codes[1])).await;
        tab.says(&format!("#row-{} [data-state]", codes[1]), "turned away").await;

        at(&mock, &tab, "devices").await;
        assert_calm(&tab, "devices").await;
        tab.fill("#find", "000000000300").await;
        tab.until("one is found", async || tab.count("[data-form=devices] tbody tr").await == 1)
            .await;
        tab.click("[data-form=devices] [aria-label^='Sign out demo']").await;
        tab.gone("[data-form=devices] [data-profile]").await;

        for page in ["decisions", "faults", "service"] {
            at(&mock, &tab, page).await;
            assert_calm(&tab, page).await;
        }
    });
}

#[test]
fn the_timeline_stays_usable_with_fifty_exchanges_a_second_and_bounded_whatever_comes() {
    visit("timeline-crowd", async |tab| {
        let mock = Mock::with(|builder| builder.clock(Clock::starting_at(START, Mode::Real))).await;
        let codes = fleet(&mock, 50).await;
        let calls = Calls::begin(&mock, &codes).await;
        at(&mock, &tab, "timeline").await;
        tab.says("#tl-state", "Following").await;
        assert_calm(&tab, "timeline").await;
        tab.fill("#tl-text", &codes[7]).await;
        // The session's code is in the answer, which a row does not show.
        let alone = "const rows = [...document.querySelectorAll('#tl-rows .x')];
            return rows.length > 0 && rows.every((row) => row.dataset.call === 'create_session' || row.textContent.includes(arguments[0]));";
        tab.until("its exchanges alone", async || {
            tab.run(alone, &[codes[7].as_str().into()]).await == true
        })
        .await;
        tab.click("#tl-rows .x:last-child a.open").await;
        tab.see("#tl-rows .details").await;
        drop(calls);

        at(&mock, &tab, "timeline").await;
        tab.says("#tl-state", "Following").await;
        let mut line = Connection::open(mock.address()).await;
        for hundreds in 1..=11 {
            for _ in 0..100 {
                line.send(mock.get(&format!("/nothing/{hundreds}"))).await;
            }
            tab.says("#tl-rows .x:last-child .path", &format!("/nothing/{hundreds}")).await;
        }
        tab.says("#tl-dropped", "older rows were taken off").await;
        assert!(tab.count("#tl-rows > *").await <= 1_000);
        assert_calm(&tab, "timeline, full").await;
    });
}
