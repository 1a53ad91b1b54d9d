//! A real browser, Debian's Chromium without a screen, and what every page must be in it.
//!
//! | file | what it is |
//! | --- | --- |
//! | `driver` | starts Chromium and its driver, and ends them by their numbers whatever happens |
//! | `tab` | the page in front of a person: opens, clicks, types, waits |
//! | `keyboard` | the same without a mouse |
//! | `inspect` | what must be true of every page: nothing cut off, nothing that keeps people out |
//! | `site` | somebody else's web site: where an application sends people back to, or a hostile one |
//!
//! The integration tests of both crates use it. Where Chromium or its driver is missing a test says
//! so and passes, unless `PASS_BROWSER=required` is set, as it is in the checks.

#![allow(dead_code, reason = "two test binaries use it, and neither uses all of it")]

mod driver;
mod inspect;
mod keyboard;
mod site;
mod tab;

use std::io::Write as _;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::LocalSet;

use driver::Driver;

#[allow(unused_imports, reason = "as above")]
pub(crate) use site::{Site, blank};
#[allow(unused_imports, reason = "as above")]
pub(crate) use tab::{PHONE, Tab};

/// However busy the machine is, a page has come within that time, or never will.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// No test takes longer; a browser that hangs must not keep the others waiting.
const LIMIT: Duration = Duration::from_secs(300);

/// One browser at a time: it is a heavy thing for a machine that also compiles and measures.
static THE_SCREEN: Mutex<()> = Mutex::const_new(());

/// How the browser is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Setup {
    /// The person has switched scripts off.
    pub(crate) without_scripts: bool,
}

impl Setup {
    pub(crate) const WITHOUT_SCRIPTS: Self = Self { without_scripts: true };
}

/// Runs a test with a browser of its own. Screenshots begin with `name`.
pub(crate) fn visit(name: &'static str, body: impl AsyncFnOnce(Tab) + 'static) {
    visit_as(name, Setup::default(), body);
}

/// Runs a test with a browser that is set up in some way.
pub(crate) fn visit_as(name: &'static str, setup: Setup, body: impl AsyncFnOnce(Tab) + 'static) {
    if !is_there() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let _alone = THE_SCREEN.lock().await;
        let driver = Driver::start().await;
        let tab = Tab::open_in(&driver, name, setup).await;
        let shown = tab.clone();
        let test = tokio::task::spawn_local(async move { body(shown).await });
        match tokio::time::timeout(LIMIT, test).await {
            Ok(Ok(())) => tab.assert_kept_to_itself().await,
            Ok(Err(failure)) => {
                tab.save("failed").await;
                std::panic::resume_unwind(failure.into_panic());
            }
            Err(_) => {
                tab.save("hangs").await;
                panic!("the test takes longer than {LIMIT:?}");
            }
        }
    });
}

/// Whether there is a browser to test in.
fn is_there() -> bool {
    let missing: Vec<&str> =
        driver::PROGRAMS.into_iter().filter(|program| driver::find(program).is_none()).collect();
    if missing.is_empty() {
        return true;
    }
    skipped(&format!("{} missing, install chromium and chromium-driver", missing.join(" and ")));
    false
}

/// Says what was not tested, past the test runner's own buffer; panics where it had to be.
fn skipped(why: &str) {
    let required = std::env::var("PASS_BROWSER").is_ok_and(|value| value == "required");
    assert!(!required, "PASS_BROWSER=required: {why}");
    let test = std::thread::current().name().unwrap_or("a test in a browser").to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}
