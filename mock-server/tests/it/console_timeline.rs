//! The console's timeline over the wire: rows, details, lanes, filters, the stream, and that nothing
//! shows a secret that nobody asked for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};
use pass_mock::journal::Entry;
use serde_json::{Value, json};

use crate::harness::{Answer, Call, Mock, Raw, START, address};

const GET: Method = Method::GET;
const STATEMENT: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhcHAifQ.c2lnbmF0dXJl";

async fn page(mock: &Mock, path: &str) -> String {
    let answer = mock.control(GET, path).send().await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer.text().to_owned()
}

async fn part(mock: &Mock, path: &str) -> Answer {
    mock.control(GET, path).header("x-console", "part").send().await
}

/// The part of a page that is one row.
fn row<'a>(page: &'a str, holds: &str) -> &'a str {
    let mut rows =
        page.split("<li class=\"x ").skip(1).map(|row| row.split("</li>").next().unwrap());
    rows.find(|row| row.contains(holds)).unwrap_or_else(|| panic!("no row holds {holds}: {page}"))
}

fn calls(page: &str) -> usize {
    page.matches("<li class=\"x ").count()
}

fn last(mock: &Mock) -> std::sync::Arc<Entry> {
    mock.server.journal().entries().last().unwrap().clone()
}

/// A device that has registered: its calls, and its secrets.
struct Device<'a> {
    mock: &'a Mock,
    id: &'static str,
    address: &'static str,
    secret: String,
    token: String,
}

impl<'a> Device<'a> {
    async fn registered(mock: &'a Mock, id: &'static str, address: &'static str) -> Self {
        let statement = json!({ "software_statement": STATEMENT });
        let register = mock.post("/o/client/register").header("x-forwarded-for", address);
        let client = register.json(&statement).send().await.json();
        let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
        let (client_id, secret) = (text(&client, "client_id"), text(&client, "client_secret"));
        let form = [
            ("client_id", &*client_id),
            ("client_secret", &*secret),
            ("grant_type", "client_credentials"),
        ];
        let token = mock.post("/o/client/token").header("x-forwarded-for", address).form(&form);
        let token = text(&token.send().await.json(), "access_token");
        Self { mock, id, address, secret, token }
    }

    fn call(&self, method: Method, path: &str) -> Call {
        let id = format!("fingerprint {}", STANDARD.encode(self.id));
        let info = json!({"model": "Living <TV>", "osName": "tvOS"}).to_string();
        self.mock
            .call(method, path)
            .bearer(&self.token)
            .header("x-forwarded-for", self.address)
            .header("ap-device-identifier", &id)
            .header("x-device-info", &STANDARD.encode(info))
    }
}

#[tokio::test]
async fn a_row_says_what_a_person_looks_for() {
    let mock = Mock::start().await;
    let empty = page(&mock, "/console/timeline").await;
    assert!(empty.contains("Nothing has called yet") && calls(&empty) == 0, "{empty}");
    let device = Device::registered(&mock, "device-of-the-living-room", "203.0.113.7").await;
    mock.advance(3);
    device.call(GET, "/api/v2/REF30/profiles").send().await;
    mock.advance(65);
    device.call(Method::POST, "/api/v2/REF30/decision/authorize/Cablevision").send().await;
    let shown = page(&mock, "/console/timeline").await;
    assert_eq!(calls(&shown), 4);
    insta::assert_snapshot!("profiles", row(&shown, "Retrieve profiles"));
    insta::assert_snapshot!("near_miss", row(&shown, "near miss"));
    assert!(shown.contains("<time datetime=\"2026-01-01T00:00:03.000Z\""), "{START:?}");
}

#[tokio::test]
async fn a_registration_stands_in_the_lane_of_its_device() {
    let mock = Mock::start().await;
    let tv = Device::registered(&mock, "device-of-the-living-room", "203.0.113.7").await;
    let box_ = Device::registered(&mock, "device-of-the-kitchen", "203.0.113.7").await;
    for device in [&tv, &box_, &tv] {
        device.call(GET, "/api/v2/REF30/profiles").send().await;
    }
    let lane = |key: &'static str| {
        let path = format!("/console/timeline?lane={key}");
        let mock = &mock;
        async move { page(mock, &path).await }
    };
    let (tv, kitchen) =
        (lane("device-of-the-living-room").await, lane("device-of-the-kitchen").await);
    assert_eq!((calls(&tv), calls(&kitchen)), (4, 3), "each with its registration and its token");
    assert_eq!(calls(&lane("nobody").await), 0);
    let picker = page(&mock, "/console/timeline/picker?find=kitchen").await;
    assert!(picker.contains("kitchen") && !picker.contains("living-room"), "{picker}");
}

#[tokio::test]
async fn no_secret_is_shown_unless_it_is_asked_for() {
    let mock = Mock::start().await;
    let device = Device::registered(&mock, "device-1", "203.0.113.7").await;
    let token = last(&mock).arrived.order;
    let query = format!("/api/v2/REF30/profiles?access_token={}&x=1", device.token);
    device.call(GET, &query).header("cookie", "session=KEKS-COOKIE").send().await;
    let seen = last(&mock).arrived.order;
    let mut pages = vec![page(&mock, "/console/timeline").await];
    for id in [token, seen] {
        pages.push(page(&mock, &format!("/console/timeline/{id}")).await);
        pages.push(part(&mock, &format!("/console/timeline/{id}")).await.text().to_owned());
    }
    let secrets = [&*device.token, &*device.secret, "KEKS-COOKIE"];
    for (page, secret) in pages.iter().flat_map(|page| secrets.map(|secret| (page, secret))) {
        assert!(!page.contains(secret), "{secret} in {page}");
    }
    let details = &pages[2];
    assert!(details.contains("data-secret=\"0\" aria-pressed=\"false\""), "{details}");
    let told = page(&mock, &format!("/console/timeline/{token}/secret/0")).await;
    assert_eq!(told, device.secret);
    let one = page(&mock, &format!("/console/timeline/{token}?reveal=1")).await;
    assert!(one.contains(&device.token) && !one.contains(&device.secret), "{one}");
    let none = mock.control(GET, &format!("/console/timeline/{token}/secret/99")).send().await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let gone = part(&mock, "/console/timeline/999999").await;
    assert!(gone.status == StatusCode::NOT_FOUND && gone.text().contains("not kept"));
}

#[tokio::test]
async fn whatever_is_sent_is_text_on_the_page() {
    let mock = Mock::start().await;
    let script = "<script>alert(1)</script>";
    let mut body = format!("{script}\"'\u{202e}").into_bytes();
    body.extend([0xff, 0xfe]);
    body.extend(vec![b'A'; 60_000]);
    let call = mock.post("/api/v2/REF30/sessions").body("text/html", body);
    call.header("x-hostile", script).header("user-agent", script).send().await;
    let id = last(&mock).arrived.order;
    mock.get("/api/v2/%3Cscript%3E/%E2%80%AE?x=%3Cscript%3Ealert(1)%3C/script%3E").send().await;
    let details = part(&mock, &format!("/console/timeline/{id}")).await;
    let list = page(&mock, "/console/timeline").await;
    for shown in [details.text(), &list] {
        assert!(!shown.contains(script) && !shown.contains('\u{202e}'), "{shown}");
    }
    assert!(details.text().contains("\\u{202e}") && details.text().contains("no UTF-8"));
    assert!(details.text().contains("&#60;script&#62;"), "{}", details.text());
}

#[tokio::test]
async fn the_address_filters_the_list_and_the_exports() {
    let mock = Mock::start().await;
    let device = Device::registered(&mock, "device-1", "203.0.113.7").await;
    device.call(GET, "/api/v2/REF30/profiles").send().await;
    device.call(GET, "/api/v2/REF30/profiles/Nobody").send().await;
    for (query, expected) in [
        ("", 4),
        ("?endpoint=token", 1),
        ("?status=4xx", 1),
        ("?problems=true", 1),
        ("?text=nobody", 1),
        ("?text=retrieve%20profiles", 1),
        ("?actor=user_agent", 0),
        ("?lane=device-1&status=2xx", 3),
        ("?from=999999-nothing", 4),
    ] {
        assert_eq!(
            calls(&page(&mock, &format!("/console/timeline{query}")).await),
            expected,
            "{query}"
        );
        let har = mock.control(GET, &format!("/console/timeline/export.har{query}")).send().await;
        assert!(har.header("content-disposition").contains("pass-mock.har"));
        assert_eq!(har.json()["log"]["entries"].as_array().unwrap().len(), expected, "{query}");
        let lines = mock.control(GET, &format!("/console/timeline/export.jsonl{query}"));
        assert_eq!(lines.send().await.text().lines().count(), expected + 1, "{query}");
    }
    let wrong = page(&mock, "/console/timeline?endpoint=%3Cb%3E").await;
    assert!(wrong.contains("role=\"alert\"") && wrong.contains("&#60;b&#62;"), "{wrong}");
}

#[tokio::test]
async fn a_long_list_has_a_way_to_the_older_ones() {
    let mock = Mock::start().await;
    for _ in 0..105 {
        mock.get("/nothing").send().await;
    }
    let newest = page(&mock, "/console/timeline").await;
    assert_eq!(calls(&newest), 100);
    let order = mock.server.journal().entries()[5].arrived.order;
    assert!(newest.contains(&format!("/console/timeline?before={order}\"")), "{newest}");
    let older = page(&mock, &format!("/console/timeline?before={order}")).await;
    assert_eq!((calls(&older), older.contains("data-live=\"false\"")), (5, true));
}

async fn following(mock: &Mock, query: &str) -> Raw {
    let control = address(&mock.server.control_url().unwrap());
    let mut socket = Raw::open(control).await;
    let request =
        format!("GET /console/timeline/stream?{query} HTTP/1.1\r\nhost: {control}\r\n\r\n");
    socket.send(request).await;
    socket
}

/// What a page goes on from.
fn place(page: &str) -> String {
    page.split("data-after=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn rows_come_as_events_and_a_follower_that_comes_back_goes_on() {
    let mock = Mock::start().await;
    mock.get("/nothing/before").send().await;
    let after = place(&page(&mock, "/console/timeline").await);
    let mut socket = following(&mock, &format!("after={after}&columns=0,1&status=404")).await;
    let hello = socket.until("\"forgotten\":0}").await;
    assert!(hello.contains("event: hello\ndata: {\"instance\":\""), "{hello}");
    assert!(hello.contains("\"restarted\":false"), "{hello}");
    assert!(hello.contains("\"heads\":\""), "a few may come again, in a new lane: {hello}");
    let bearer = "EINGEHEIMES-TOKEN";
    mock.get("/nothing/while?password=EINGEHEIMES-TOKEN").bearer(bearer).send().await;
    mock.call(Method::PATCH, "/api/v2/REF30/sessions").send().await;
    let rows = socket.until("\"forgotten\":0}").await;
    assert!(rows.contains("event: rows\ndata: {\"html\":\"<li class=\\\"x "), "{rows}");
    assert!(rows.contains("/nothing/while") && !rows.contains(bearer), "{rows}");
    assert!(!rows.contains("PATCH") && !rows.contains("\"heads\":\""), "{rows}");
    mock.get("/nothing/after").send().await;
    let mut again = following(&mock, &format!("after={after}&columns=0,1")).await;
    let missed = again.until("/nothing/after").await;
    assert!(missed.contains("/nothing/while"), "{missed}");
}

#[tokio::test]
async fn a_follower_of_an_earlier_run_is_told_and_begins_anew() {
    let mock = Mock::start().await;
    mock.get("/nothing/first").send().await;
    let mut socket = following(&mock, "after=another-run.5000&columns=0,1,9").await;
    let events = socket.until("\"forgotten\":0}").await;
    assert!(events.contains("\"restarted\":true"), "{events}");
    assert!(events.contains("/nothing/first"), "{events}");
    assert!(events.contains("\"columns\":\"0,1,3\""), "{events}");
}

#[tokio::test]
async fn what_a_flood_leaves_out_can_be_loaded() {
    let mock = Mock::start().await;
    mock.get("/nothing/first").send().await;
    for _ in 0..520 {
        mock.get("/nothing").send().await;
    }
    let instance = place(&page(&mock, "/console/timeline").await);
    let instance = instance.rsplit_once('.').unwrap().0.to_owned();
    let mut socket = following(&mock, &format!("after={instance}.0&columns=0,1,3")).await;
    let events = socket.until("\"forgotten\":0}").await;
    let told = events.rsplit_once("\"skipped\":21").expect("521 less 500").1;
    assert!(!events.contains("/nothing/first"), "the newest are shown");
    let number = |name: &str| {
        let (_, rest) = told.split_once(&format!("\"{name}\":")).unwrap();
        rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().to_owned()
    };
    let path = format!(
        "/console/timeline/rows?first={}&last={}&columns=0,1,3",
        number("first"),
        number("last")
    );
    let rows = page(&mock, &path).await;
    assert!(calls(&rows) == 21 && rows.contains("/nothing/first"), "{rows}");
}
