//! What a page of another origin, open in the tester's browser, can do to the server: nothing.
//!
//! The page is on another port of the same address. To a browser that is another origin but the
//! same site, so that even cookies for the site would go along: the harder case.

use http::Method;
use serde_json::Value;

use super::{authenticate, begin};
use crate::chromium::{Site, Tab, blank, visit};
use crate::device::{DONE, Device};
use crate::harness::Mock;

/// Sends a request in some way, and tells what of the answer could be read.
const FETCH: &str = "
const [url, options] = arguments, done = arguments[arguments.length - 1];
fetch(url, options).then(async (answer) => done('read: ' + answer.type + (await answer.text())),
  (error) => done('refused'));
";

const STREAM: &str = "
const [url] = arguments, done = arguments[arguments.length - 1];
const stream = new EventSource(url);
stream.onopen = () => done('open');
stream.onerror = () => { stream.close(); done('refused'); };
";

const IMAGE: &str = "
const [url] = arguments, done = arguments[arguments.length - 1];
const image = new Image();
image.onload = () => done('loaded');
image.onerror = () => done('refused');
image.src = url;
";

/// Posts a form into a frame of the page, and waits until that has loaded.
const FORM: &str = "
const [url, type, fields] = arguments, done = arguments[arguments.length - 1];
const frame = document.createElement('iframe');
frame.name = 'target';
document.body.append(frame);
const form = document.createElement('form');
Object.assign(form, {method: 'post', action: url, enctype: type, target: 'target'});
for (const [name, value] of Object.entries(fields)) {
  const field = document.createElement('input');
  Object.assign(field, {name, value});
  form.append(field);
}
document.body.append(form);
frame.onload = () => { frame.remove(); form.remove(); done('sent'); };
form.submit();
";

/// Loads a page into a frame; whether anything of it is shown there.
const FRAME: &str = "
const [url] = arguments, done = arguments[arguments.length - 1];
const frame = document.createElement('iframe');
frame.onload = () => {
  let read;
  try { read = frame.contentDocument?.body.textContent ?? null; } catch (error) { read = null; }
  done(read);
};
frame.src = url;
document.body.append(frame);
";

/// All that can be changed, as one document.
async fn state(mock: &Mock) -> Value {
    mock.control(Method::GET, "/snapshot").send().await.json()
}

async fn at_the_hostile_page(tab: &Tab) -> Site {
    let site = Site::start(vec![("/", blank())]).await;
    tab.open(&site.at("/")).await;
    site
}

#[test]
fn another_origins_page_changes_and_reads_nothing_of_the_control_api() {
    visit("security-control", async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = begin(&tv, "Cablevision", DONE).await;
        let control = mock.server.control_url().unwrap();
        let before = state(&mock).await;
        let site = at_the_hostile_page(&tab).await;
        // What follows is refused by the server, and not because nothing is ever sent or read.
        let own = tab.run_async(FETCH, &[site.at("/").into(), serde_json::json!({})]).await;
        assert!(own.as_str().unwrap().starts_with("read: basic"), "{own}");
        let kind = "text/plain";
        tab.run_async(FORM, &[site.at("/heard").into(), kind.into(), serde_json::json!({})]).await;
        assert!(site.asked().contains(&"/heard".to_owned()));

        let complete = format!("{control}/sessions/{code}/complete");
        let json = serde_json::json!({"content-type": "application/json"});
        let plain = serde_json::json!({"content-type": "text/plain"});
        for (url, options) in [
            (format!("{control}/sessions"), serde_json::json!({})),
            (format!("{control}/snapshot"), serde_json::json!({"credentials": "include"})),
            (format!("{control}/console/sessions"), serde_json::json!({"credentials": "include"})),
            (
                complete.clone(),
                serde_json::json!({"method": "POST", "headers": json, "body": "{}"}),
            ),
            (
                complete.clone(),
                serde_json::json!({"method": "POST", "headers": plain, "body": "{}"}),
            ),
            (format!("{control}/reset"), serde_json::json!({"method": "POST"})),
            (format!("{control}/journal"), serde_json::json!({"method": "DELETE"})),
        ] {
            let shown = format!("{url} {options}");
            let read = tab.run_async(FETCH, &[url.clone().into(), options.clone()]).await;
            assert_eq!(read, "refused", "{shown}");
            // Without asking to read the answer, more is sent; it must be refused all the same.
            let mut blind = options;
            blind["mode"] = "no-cors".into();
            let read = tab.run_async(FETCH, &[url.into(), blind]).await;
            let read = read.as_str().unwrap();
            assert!(matches!(read, "refused" | "read: opaque"), "{shown}: {read}");
        }
        for path in ["/journal/stream", "/console/changes"] {
            let stream = tab.run_async(STREAM, &[format!("{control}{path}").into()]).await;
            assert_eq!(stream, "refused", "{path}");
        }
        let image = tab.run_async(IMAGE, &[format!("{control}/health").into()]).await;
        assert_eq!(image, "refused");
        for kind in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"] {
            for url in
                [complete.clone(), format!("{control}/reset"), format!("{control}/console/act")]
            {
                let fields = serde_json::json!({
                    "{\"user\":\"demo\"}": "", "kind": "session.approve", "code": code,
                });
                tab.run_async(FORM, &[url.into(), kind.into(), fields]).await;
            }
        }
        assert_eq!(state(&mock).await, before, "nothing has changed");
        assert!(!tv.polls(&code).await);
        tab.forgive().await;
    });
}

#[test]
fn another_origins_page_cannot_frame_the_pages() {
    visit("security-frames", async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = begin(&tv, "Cablevision", DONE).await;
        let (base, control) = (mock.server.base_url(), mock.server.control_url().unwrap());
        let _site = at_the_hostile_page(&tab).await;
        for url in [
            authenticate(&mock, &code),
            format!("{base}/mvpd/Cablevision/login?code={code}"),
            format!("{base}/activate"),
            format!("{control}/console/sessions"),
        ] {
            tab.forgive().await;
            tab.run_async(FRAME, &[url.clone().into()]).await;
            let said = tab.forgive().await.join("\n");
            let refused = said.contains("frame-ancestors") || said.contains("X-Frame-Options");
            assert!(refused, "{url} was framed: {said}");
        }
    });
}

#[test]
fn another_origins_page_cannot_submit_a_login_for_somebody() {
    visit("security-login", async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = begin(&tv, "Cablevision", DONE).await;
        // The browser has been at the login, and has its cookie.
        tab.open(&authenticate(&mock, &code)).await;
        tab.see("#username").await;
        let _site = at_the_hostile_page(&tab).await;
        let login = format!("{}/mvpd/Cablevision/login", mock.server.base_url());
        let fields = serde_json::json!({
            "code": code, "username": "demo", "password": "demo", "form_token": "guessed",
        });
        let kind = "application/x-www-form-urlencoded";
        tab.run_async(FORM, &[login.into(), kind.into(), fields]).await;
        assert!(!tv.polls(&code).await, "the form was not shown by the server itself");
        tab.forgive().await;
    });
}
