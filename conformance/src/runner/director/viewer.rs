//! What the viewer does beside the app.

use std::time::Duration;

use super::Director;
use crate::protocol::{BrowserEvent, BrowserNews, ToClient};
use crate::scenario::Viewer;
use crate::trace::Happening;
use crate::user_agent::{Login, Visit};

/// How long a viewer looks at a page that asks for nothing before closing it.
const GLANCE: Duration = Duration::from_secs(3);
/// How long it takes to fetch the phone and to type a code.
pub(super) const FETCH_THE_PHONE: Duration = Duration::from_secs(12);

/// What a viewer came to.
pub(super) struct Report {
    pub(super) device: usize,
    run: u32,
    /// Whether it was in the app's own browser, so that the app hears of it.
    in_app: bool,
    outcome: Result<Visit, String>,
}

impl Director<'_> {
    /// The app's own browser opens an address.
    pub(super) fn open_in_app(&mut self, url: &str) {
        let browser = self.device().browser.clone();
        let login = match &self.device().sign_in {
            Some(sign_in) => sign_in.intent.in_browser(),
            None => Login::Closes { takes: GLANCE },
        };
        let url = self.stage.reachable(self.here, url);
        self.go_and_do(true, async move {
            browser.visit(&url, &login).await.map_err(|error| error.to_string())
        });
    }

    /// The viewer opens an address on the phone.
    pub(super) fn open_on_phone(&mut self, url: &str) {
        let phone = self.stage.browser(self.here);
        let url = self.stage.reachable(self.here, url);
        self.go_and_do(false, async move {
            let login = Login::Closes { takes: GLANCE };
            phone.visit(&url, &login).await.map_err(|error| error.to_string())
        });
    }

    /// The viewer types a code into the web application on the phone.
    pub(super) fn use_code(&mut self, code: &str) {
        let Some(sign_in) = &self.device().sign_in else { return };
        let intent = sign_in.intent.clone();
        if intent.viewer != Viewer::SignsIn {
            return;
        }
        let phone = self.stage.browser(self.here);
        let application = self.stage.application(self.here);
        let clock = self.stage.clock().clone();
        let code = code.to_owned();
        self.go_and_do(false, async move {
            clock.sleep(FETCH_THE_PHONE).await;
            let session = application.continue_session(&code, &intent.mvpd).await;
            match session.map_err(|error| error.to_string())?.url {
                Some(url) => {
                    let visit = phone.visit(&url, &intent.in_browser()).await;
                    visit.map_err(|error| error.to_string())
                }
                None => Ok(Visit::Reached("nothing had to be opened".to_owned())),
            }
        });
    }

    /// The viewer turns to something. During a sign-in that ends what they did before.
    fn go_and_do(
        &mut self,
        in_app: bool,
        what: impl Future<Output = Result<Visit, String>> + Send + 'static,
    ) {
        let (device, run, report) = (self.here, self.device().run(), self.report.clone());
        let doing = tokio::spawn(async move {
            let outcome = what.await;
            let _ = report.send(Report { device, run, in_app, outcome });
        });
        if let Some(sign_in) = &mut self.device_mut().sign_in {
            sign_in.turn_away();
            sign_in.doing = Some(doing);
        }
    }

    pub(super) fn viewer_came_to(&mut self, report: Report) {
        let Report { run, in_app, outcome, .. } = report;
        if self.device().running.is_none() || self.device().run() != run {
            return;
        }
        let place = if in_app { "browser" } else { "second screen" };
        let (event, url) = match outcome {
            Ok(Visit::Reached(url)) => (BrowserEvent::Reached, Some(url)),
            Ok(Visit::Closed(_)) => (BrowserEvent::Closed, None),
            Ok(Visit::Open(page)) => {
                self.device_mut().open_page = Some(page);
                return;
            }
            Err(error) => {
                self.log.note(&format!("the {place} could not go on: {error}"));
                (BrowserEvent::Failed, None)
            }
        };
        if in_app {
            self.note(Happening::Browser { event, url: url.clone() });
            self.say(ToClient::Browser(BrowserNews { event, url }));
        }
    }
}
