//! The page in front of a person: opens, clicks, types, waits.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, Locator};
use http::Method;
use serde_json::{Value, json};
use url::Url;

use super::driver::Driver;
use super::{PATIENCE, Setup};

/// How often a condition is looked at.
const EVERY: Duration = Duration::from_millis(40);

/// A phone, and a desk.
pub(crate) const PHONE: (u32, u32) = (390, 844);
pub(crate) const DESK: (u32, u32) = (1280, 900);

/// What a person sees of the browser. Clones show the same.
#[derive(Clone)]
pub(crate) struct Tab {
    pub(crate) client: Client,
    name: &'static str,
    pub(super) setup: Setup,
}

impl Tab {
    pub(super) async fn open_in(driver: &Driver, name: &'static str, setup: Setup) -> Self {
        let tab = Self { client: driver.session(setup).await, name, setup };
        // As a phone's, they take no room, and pictures are as wide as the screen.
        tab.cdp("Emulation.setScrollbarsHidden", json!({"hidden": true})).await;
        tab.size(DESK).await;
        tab
    }

    /// Goes to an address, as if it were typed in.
    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    pub(crate) async fn url(&self) -> Url {
        self.client.current_url().await.unwrap()
    }

    /// Waits until the page has an address that begins like that.
    pub(crate) async fn until_at(&self, url: &str) {
        self.until(&format!("the address begins with {url}"), async || {
            self.client.current_url().await.is_ok_and(|now| now.as_str().starts_with(url))
        })
        .await;
    }

    /// Waits until something can be seen.
    pub(crate) async fn see(&self, css: &str) -> Element {
        let what = format!("{css} is shown");
        let mut found = None;
        self.until(&what, async || {
            found = self.visible(css).await;
            found.is_some()
        })
        .await;
        found.unwrap()
    }

    /// Waits until something can be seen no more.
    pub(crate) async fn gone(&self, css: &str) {
        self.until(&format!("{css} is gone"), async || self.visible(css).await.is_none()).await;
    }

    /// Whether something can be seen now.
    pub(crate) async fn sees(&self, css: &str) -> bool {
        self.visible(css).await.is_some()
    }

    async fn visible(&self, css: &str) -> Option<Element> {
        for element in self.client.find_all(Locator::Css(css)).await.ok()? {
            if element.is_displayed().await.unwrap_or(false) {
                return Some(element);
            }
        }
        None
    }

    /// Waits until something says that, among other words.
    pub(crate) async fn says(&self, css: &str, words: &str) {
        self.until(&format!("{css} says {words:?}"), async || {
            match self.client.find_all(Locator::Css(css)).await {
                Ok(all) => {
                    for element in all {
                        if element.text().await.is_ok_and(|text| text.contains(words)) {
                            return true;
                        }
                    }
                    false
                }
                Err(_) => false,
            }
        })
        .await;
    }

    /// The words of something, as they are shown.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.see(css).await.text().await.unwrap()
    }

    /// Clicks something as soon as it can be seen, also when it is just being shown anew.
    pub(crate) async fn click(&self, css: &str) {
        self.until(&format!("{css} can be clicked"), async || match self.visible(css).await {
            Some(element) => self.hit(element).await,
            None => false,
        })
        .await;
    }

    /// Clicks something; what covers it is scrolled away before the next attempt.
    async fn hit(&self, element: Element) -> bool {
        if element.clone().click().await.is_ok() {
            return true;
        }
        let script = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})";
        let element = serde_json::to_value(&element).unwrap();
        let _ = self.client.execute(script, vec![element]).await;
        false
    }

    /// Clicks a button or a link that says that.
    pub(crate) async fn press(&self, words: &str) {
        let path = format!(
            "//*[self::button or self::a or self::summary][contains(normalize-space(.), {words:?})]"
        );
        self.until(&format!("{words:?} can be pressed"), async || {
            let Ok(all) = self.client.find_all(Locator::XPath(&path)).await else { return false };
            for element in all {
                if element.is_displayed().await.unwrap_or(false) {
                    return self.hit(element).await;
                }
            }
            false
        })
        .await;
    }

    /// Puts words into a field in place of what is there.
    pub(crate) async fn fill(&self, css: &str, words: &str) {
        let field = self.see(css).await;
        field.clear().await.unwrap();
        field.send_keys(words).await.unwrap();
    }

    /// Chooses from a list, by the value or by the words.
    pub(crate) async fn choose(&self, css: &str, value: &str) {
        let path = format!(".//option[@value={value:?} or normalize-space(.)={value:?}]");
        let option = self.see(css).await.find(Locator::XPath(&path)).await.unwrap();
        option.click().await.unwrap();
    }

    /// What stands in a field.
    pub(crate) async fn value(&self, css: &str) -> String {
        self.see(css).await.prop("value").await.unwrap().unwrap_or_default()
    }

    /// How many there are, seen or not.
    pub(crate) async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.unwrap().len()
    }

    /// Types where the focus is.
    pub(crate) async fn type_in(&self, words: &str) {
        self.client.active_element().await.unwrap().send_keys(words).await.unwrap();
    }

    /// Presses Tab until something has the focus, as somebody without a mouse does.
    pub(crate) async fn tab_to(&self, css: &str) {
        for _ in 0..400 {
            if self.has_focus(css).await {
                return;
            }
            self.type_in(&Key::Tab.to_string()).await;
        }
        panic!("{}: no number of Tab keys leads to {css}", self.name);
    }

    pub(crate) async fn enter(&self) {
        self.type_in(&Key::Enter.to_string()).await;
    }

    pub(crate) async fn has_focus(&self, css: &str) -> bool {
        let script = "return document.activeElement?.matches(arguments[0]) === true";
        self.run(script, &[json!(css)]).await == true
    }

    /// What a script in the page returns.
    pub(crate) async fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.client.execute(script, arguments.to_vec()).await.unwrap()
    }

    /// What a script in the page hands to its last argument.
    pub(crate) async fn run_async(&self, script: &str, arguments: &[Value]) -> Value {
        self.client.execute_async(script, arguments.to_vec()).await.unwrap()
    }

    /// Waits for a condition.
    pub(crate) async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds().await {
            if Instant::now() > deadline {
                let (url, page) = (self.client.current_url().await, self.words().await);
                panic!("{}: it never came to that: {what}\nat {url:?}\n{page}", self.name);
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn words(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    /// Makes the window as large as some screen.
    pub(crate) async fn size(&self, (width, height): (u32, u32)) {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Makes it a light or a dark one.
    pub(crate) async fn dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
        self.cdp("Emulation.setEmulatedMedia", features).await;
    }

    /// Saves a picture of the whole page under `target/screenshots/`.
    pub(crate) async fn save(&self, what: &str) {
        let wanted = json!({"format": "png", "captureBeyondViewport": true});
        let whole = self.try_cdp("Page.captureScreenshot", wanted).await;
        let Ok(Value::String(png)) = whole.map(|picture| picture["data"].clone()) else { return };
        let file = pictures().join(format!("{}-{what}.png", self.name));
        std::fs::write(file, STANDARD.decode(png).unwrap()).unwrap();
    }

    /// A command of Chromium's own.
    pub(crate) async fn cdp(&self, command: &'static str, parameters: Value) -> Value {
        self.try_cdp(command, parameters).await.unwrap()
    }

    async fn try_cdp(&self, command: &'static str, parameters: Value) -> Result<Value, CmdError> {
        let body = json!({"cmd": command, "params": parameters});
        self.client.issue_cmd(Own { path: "goog/cdp/execute", body }).await
    }

    /// What the browser has noted since it was asked last.
    pub(super) async fn log(&self, kind: &str) -> Vec<Value> {
        let log = Own { path: "se/log", body: json!({ "type": kind }) };
        match self.client.issue_cmd(log).await.unwrap() {
            Value::Array(lines) => lines,
            other => panic!("{other}"),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }
}

fn pictures() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A command beyond the standard's.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
