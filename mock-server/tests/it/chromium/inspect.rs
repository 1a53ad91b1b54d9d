//! What must be true of every page: nothing cut off, nothing that keeps people out, nothing fetched
//! from elsewhere.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::skipped;
use super::tab::{DESK, PHONE, Tab};

/// What sticks out of the window to the right: the page itself, or an element that can be seen.
const STICKS_OUT: &str = "
const wide = document.scrollingElement.scrollWidth, window_ = document.documentElement.clientWidth;
if (wide <= window_) return null;
const scrolls = (e) => e && (getComputedStyle(e).overflowX !== 'visible' || scrolls(e.parentElement));
const out = [...document.querySelectorAll('body *')]
  .filter((e) => e.getBoundingClientRect().right > window_ + 1 && !scrolls(e.parentElement))
  .map((e) => e.tagName.toLowerCase() + (e.id && '#' + e.id) + [...e.classList].map((c) => '.' + c).join(''));
return wide + ' px of ' + window_ + ': ' + out.slice(0, 8).join(', ');
";

const AXE: &str = "
const [only] = arguments, done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations'], preload: false, ...only}).then(
  (results) => done(results.violations.filter((v) => ['serious', 'critical'].includes(v.impact))
    .map((v) => ({rule: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 6)
      .map((n) => ({target: n.target.join(' '), html: n.html, fix: n.failureSummary}))}))),
  (error) => done('' + error));
";

impl Tab {
    /// Looks at the page as it is now on a phone and on a desk, in the light and in the dark: takes
    /// pictures, has axe check it, and asserts that nothing sticks out.
    pub(crate) async fn inspect(&self, what: &str) {
        let mut wrong = String::new();
        for (size, screen) in [(PHONE, "phone"), (DESK, "desk")] {
            self.size(size).await;
            for (dark, light) in [(false, "light"), (true, "dark")] {
                self.dark(dark).await;
                self.save(&format!("{what}-{screen}-{light}")).await;
                let out = self.run(STICKS_OUT, &[]).await;
                if let Some(out) = out.as_str() {
                    let _ = writeln!(wrong, "{what}, {screen}: it sticks out: {out}");
                }
                self.check_with_axe(&format!("{what}, {screen}, {light}"), dark, &mut wrong).await;
            }
        }
        self.dark(false).await;
        assert!(wrong.is_empty(), "{}:\n{wrong}", self.name());
    }

    async fn check_with_axe(&self, what: &str, dark: bool, wrong: &mut String) {
        // It is a script itself.
        let Some(axe) = axe().filter(|_| !self.setup.without_scripts) else { return };
        if self.run("return typeof axe", &[]).await != "object" {
            self.run(axe, &[]).await;
        }
        // In the dark only the colours are others.
        let only = if dark { json!({"runOnly": ["color-contrast"]}) } else { json!({}) };
        match self.run_async(AXE, &[only]).await {
            Value::Array(violations) => {
                for violation in violations {
                    let _ = writeln!(wrong, "{what}: {}", described(&violation));
                }
            }
            other => panic!("axe cannot check {what}: {other}"),
        }
    }

    /// Asserts that the browser asked no other machine for anything, and that no page tried what its
    /// own policy forbids or ran into an error of its script.
    pub(super) async fn assert_kept_to_itself(&self) {
        for line in self.log("performance").await {
            let line: Value = serde_json::from_str(line["message"].as_str().unwrap()).unwrap();
            let url = &line["message"]["params"]["request"]["url"];
            if let (Some("Network.requestWillBeSent"), Some(url)) =
                (line["message"]["method"].as_str(), url.as_str())
            {
                let here = [
                    "http://127.0.0.1:",
                    "https://127.0.0.1:",
                    "data:",
                    "about:",
                    "blob:",
                    "chrome",
                ];
                let own = here.iter().any(|start| url.starts_with(start));
                assert!(own, "{}: the browser asked for {url}", self.name());
            }
        }
        for line in self.log("browser").await {
            let message = line["message"].as_str().unwrap_or_default();
            let bad = ["Content Security Policy", "Uncaught", "Refused to", "violates"];
            let wrong = bad.iter().any(|words| message.contains(words));
            assert!(!wrong, "{}: the browser complains: {message}", self.name());
        }
    }

    /// Forgets what the browser has complained of so far: it was meant to.
    pub(crate) async fn forgive(&self) -> Vec<String> {
        let lines = self.log("browser").await.into_iter();
        lines.filter_map(|line| line["message"].as_str().map(str::to_owned)).collect()
    }
}

fn described(violation: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut said = format!(
        "{} ({}): {}",
        text(&violation["rule"]),
        text(&violation["impact"]),
        text(&violation["help"])
    );
    for node in violation["nodes"].as_array().into_iter().flatten() {
        let fix = text(&node["fix"]).replace('\n', " ");
        let _ = write!(said, "\n  {} {}\n    {fix}", text(&node["target"]), text(&node["html"]));
    }
    said
}

/// The accessibility checker's script: where `PASS_AXE` says, or where the checks put it.
fn axe() -> Option<&'static str> {
    static AXE: OnceLock<Option<String>> = OnceLock::new();
    let read = || {
        let own = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let own = own.with_file_name("axe-core").join("package/axe.min.js");
        let file = std::env::var_os("PASS_AXE").map_or(own, PathBuf::from);
        let script = std::fs::read_to_string(&file).ok();
        if script.is_none() {
            skipped(&format!("accessibility: {} is missing, see README", file.display()));
        }
        script
    };
    AXE.get_or_init(read).as_deref()
}
