//! Tells the story of a scenario: says to the app what the user does, hears what it shows, and plays
//! the viewer's part in the browser and on the second screen.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use pass_mock::clock::Clock;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::device::{Device, Intent, SignIn};
use crate::driver::{Driver, End, Log, News, Setup};
use crate::outcome::ClientInfo;
use crate::protocol::{
    Action, BrowserEvent, BrowserNews, ClientEvent, Do, Flow, FromClient, ToClient, VERSION,
};
use crate::scenario::{
    BETWEEN_STEPS, EnterCode, PickedIn, Scenario, SignIn as HowToSignIn, Step, USUAL_LOGIN, Viewer,
};
use crate::stage::{Pace, Stage};
use crate::trace::{Event, Happening, Moment};
use crate::user_agent::{Login, Visit};

/// How long a process may stay after it has said that it is through with quitting.
const LINGER: Duration = Duration::from_secs(2);
/// How long a viewer looks at a page that asks for nothing before closing it.
const GLANCE: Duration = Duration::from_secs(3);
/// How long it takes to fetch the phone and to type a code.
const FETCH_THE_PHONE: Duration = Duration::from_secs(12);

/// Why a story broke off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The app ended without being asked.
    Crashed(End),
    /// The app did not come to the end of something.
    Unfinished {
        /// What, in words for people.
        what: String,
        /// Whether the app still answered when it was asked to quit.
        alive: bool,
    },
    /// The harness could not go on.
    Harness(String),
}

/// What the director hears.
enum Heard {
    Client(usize, News),
    Viewer(Report),
}

/// What a viewer came to.
struct Report {
    device: usize,
    run: u32,
    /// Whether it was in the app's own browser, so that the app hears of it.
    in_app: bool,
    outcome: Result<Visit, String>,
}

/// Tells one story.
pub(super) struct Director<'a> {
    pub(super) stage: Stage,
    pub(super) events: Vec<Event>,
    pub(super) client: ClientInfo,
    scenario: &'a Scenario,
    driver: &'a dyn Driver,
    log: Log,
    devices: Vec<Device>,
    here: usize,
    reports: UnboundedReceiver<Report>,
    report: UnboundedSender<Report>,
}

impl<'a> Director<'a> {
    pub(super) fn new(
        stage: Stage,
        scenario: &'a Scenario,
        driver: &'a dyn Driver,
        log: Log,
    ) -> Self {
        let (report, reports) = mpsc::unbounded_channel();
        let devices = (0..scenario.devices()).map(|i| Device::new(stage.browser(i))).collect();
        Self {
            stage,
            events: Vec::new(),
            client: ClientInfo::default(),
            scenario,
            driver,
            log,
            devices,
            here: 0,
            reports,
            report,
        }
    }

    /// Tells the whole story. Whatever comes of it, no app is left running.
    pub(super) async fn tell(&mut self) -> Result<(), Stop> {
        let mut outcome = self.tell_steps().await;
        if let Err(Stop::Unfinished { alive, .. }) = &mut outcome {
            self.note(Happening::GaveUp);
            *alive = self.quit().await.is_ok();
        }
        for device in 0..self.devices.len() {
            self.here = device;
            if outcome.is_ok() && self.device().running.is_some() {
                outcome = self.quit().await;
            }
            self.end(false).await;
        }
        outcome
    }

    /// Starts the app only to hear who it is, and ends it.
    pub(super) async fn introduce(&mut self) -> Result<ClientInfo, Stop> {
        let outcome = self.hear_who_it_is().await;
        if outcome.is_ok() {
            // Whether it quits as it should is found out by the scenarios.
            let _ = self.quit().await;
        }
        self.end(false).await;
        outcome.map(|()| self.client.clone())
    }

    async fn hear_who_it_is(&mut self) -> Result<(), Stop> {
        self.start()?;
        let limit = self.driver.patience().ready;
        match self.until(|device| device.ready, self.real(limit)).await? {
            true => Ok(()),
            false => Err(unfinished("it did not say that it is ready", limit)),
        }
    }

    async fn tell_steps(&mut self) -> Result<(), Stop> {
        for (index, step) in self.scenario.file.steps.iter().enumerate() {
            if index > 0 && !matches!(step, Step::Wait(_) | Step::Server(_) | Step::Device(_)) {
                self.wait(BETWEEN_STEPS).await?;
            }
            self.step(step).await?;
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> Result<(), Stop> {
        match step {
            Step::Launch => self.launch().await,
            Step::Quit => self.quit().await,
            Step::Relaunch => {
                self.quit().await?;
                self.wait(BETWEEN_STEPS).await?;
                self.launch().await
            }
            Step::Foreground => self.act(Action::Foreground).await,
            Step::SignIn(how) => {
                let mvpd = how.mvpd.as_deref().or(self.scenario.picked_mvpd());
                self.sign_in(Action::SignIn { mvpd: mvpd.map(str::to_owned) }, how).await
            }
            Step::SwitchProvider(how) => {
                let picked = how.mvpd.clone().filter(|_| self.picks_in_app());
                self.sign_in(Action::SwitchProvider { mvpd: picked }, how).await
            }
            Step::FinishSignIn(how) => self.finish_sign_in(how).await,
            Step::RequestNewCode => self.act(Action::RequestNewCode).await,
            Step::EnterCode(how) => self.enter_code(how).await,
            Step::Browse(resources) => {
                self.act(Action::Browse { resources: resources.clone() }).await
            }
            Step::Play(resource) => self.act(Action::Play { resource: resource.clone() }).await,
            Step::Stop => self.act(Action::Stop).await,
            Step::SignOut => self.act(Action::SignOut).await,
            Step::Wait(time) => self.wait(time.0).await,
            Step::Server(step) => {
                let done = self.stage.perform(step, self.here);
                done.map_err(|error| Stop::Harness(error.to_string()))
            }
            Step::Device(number) => {
                self.here = *number as usize - 1;
                Ok(())
            }
        }
    }

    // What the user does with the app.

    async fn launch(&mut self) -> Result<(), Stop> {
        self.hear_who_it_is().await?;
        self.act(Action::Launch).await
    }

    /// Starts a run of the app.
    fn start(&mut self) -> Result<(), Stop> {
        let setup = Setup {
            hello: self.stage.hello(self.scenario, self.here),
            clock: self.stage.clock().clone(),
            http: self.stage.client_network(),
            ids: self.stage.ids().clone(),
            log: self.log.clone(),
        };
        let running = self.driver.start(setup);
        let running = running.map_err(|error| Stop::Harness(error.to_string()))?;
        self.device_mut().begin(running);
        self.note(Happening::Started);
        Ok(())
    }

    /// Does something, and waits until the app is through with it.
    async fn act(&mut self, action: Action) -> Result<(), Stop> {
        let name = name_of(&action);
        let id = self.begin(action);
        self.finish(id, &name, self.scenario.file.patience.0).await
    }

    /// Says to the app what the user does.
    fn begin(&mut self, action: Action) -> u64 {
        let device = self.device_mut();
        device.last_action += 1;
        let id = device.last_action;
        self.note(Happening::Did { id, action: action.clone() });
        self.say(ToClient::Do(Do { id, action }));
        id
    }

    /// Waits until the app is through with an action.
    async fn finish(&mut self, id: u64, name: &str, patience: Duration) -> Result<(), Stop> {
        let through = |device: &Device| device.is_through(id);
        match self.until(through, patience).await? {
            true => Ok(()),
            false => Err(unfinished(&format!("it was not through with `{name}`"), patience)),
        }
    }

    async fn sign_in(&mut self, action: Action, how: &HowToSignIn) -> Result<(), Stop> {
        let intent = self.intent(how);
        let name = name_of(&action);
        self.device_mut().clear_screen();
        // The intent is known before the app can show anything.
        let id = self.device().last_action + 1;
        self.device_mut().sign_in = Some(SignIn { action: id, intent, doing: None });
        self.begin(action);
        self.see_sign_in_through(id, &name, how).await
    }

    async fn finish_sign_in(&mut self, how: &HowToSignIn) -> Result<(), Stop> {
        let intent = self.intent(how);
        let device = self.device_mut();
        let Some(sign_in) = &mut device.sign_in else {
            self.log.note("the sign-in was over before the viewer could finish it");
            return Ok(());
        };
        sign_in.intent = intent;
        let id = sign_in.action;
        match (device.code.clone(), device.open_page.take()) {
            (_, Some(page)) => self.open_in_app(&page),
            (Some(code), None) => self.use_code(&code),
            (None, None) => {}
        }
        self.see_sign_in_through(id, "sign_in", how).await
    }

    async fn see_sign_in_through(
        &mut self,
        id: u64,
        name: &str,
        how: &HowToSignIn,
    ) -> Result<(), Stop> {
        let patience = how.patience.unwrap_or(self.scenario.file.patience).0;
        if how.viewer == Viewer::DoesNothing {
            let there = |device: &Device| device.is_through(id) || device.login_is_there();
            return match self.until(there, patience).await? {
                true => Ok(()),
                false => Err(unfinished("it offered nothing to sign in with", patience)),
            };
        }
        let login = how.takes.map_or(USUAL_LOGIN, Duration::from);
        let login = login + FETCH_THE_PHONE + self.scenario.file.server.login_delay.0;
        self.finish(id, name, login + patience).await
    }

    async fn enter_code(&mut self, how: &EnterCode) -> Result<(), Stop> {
        let picked_here = self.scenario.file.picked_in == PickedIn::SecondScreen;
        let mvpd = self.scenario.file.mvpd.clone();
        let tv = self.stage.application(self.here);
        let session = tv.create_session((!picked_here).then_some(&mvpd)).await;
        let session = session.map_err(|error| Stop::Harness(format!("the TV: {error}")))?;
        let code = match how.mistyped {
            true => self.stage.ids().code(),
            false => session.code.unwrap_or_default(),
        };
        let intent = self.intent(&HowToSignIn {
            viewer: how.viewer,
            user: how.user.clone(),
            takes: how.takes,
            ..HowToSignIn::default()
        });
        self.device_mut().clear_screen();
        let id = self.device().last_action + 1;
        self.device_mut().sign_in = Some(SignIn { action: id, intent, doing: None });
        let mvpd = picked_here.then_some(mvpd);
        self.begin(Action::EnterCode { code, mvpd });
        let login = how.takes.map_or(USUAL_LOGIN, Duration::from);
        self.finish(id, "enter_code", login + self.scenario.file.patience.0).await
    }

    /// Ends the app as a user does.
    async fn quit(&mut self) -> Result<(), Stop> {
        if self.device().running.is_none() {
            return Ok(());
        }
        self.device_mut().clear_screen();
        self.device_mut().quitting = true;
        let id = self.begin(Action::Quit);
        let over = |device: &Device| device.running.is_none() || device.is_through(id);
        let limit = self.driver.patience().quit;
        let in_time = self.until(over, self.real(limit)).await?;
        if in_time && self.device().running.is_some() {
            self.until(|device| device.running.is_none(), self.real(LINGER)).await?;
        }
        self.end(false).await;
        match in_time {
            true => Ok(()),
            false => Err(unfinished("it did not quit", limit)),
        }
    }

    /// Ends the app on this device in any case.
    async fn end(&mut self, crashed: bool) {
        let device = self.device_mut();
        device.clear_screen();
        if let Some(running) = device.running.take() {
            self.note(Happening::Ended { crashed });
            running.end().await;
        }
    }

    // What the app says.

    /// Goes on hearing until the device here is as wanted, or for so long.
    async fn until(
        &mut self,
        wanted: impl Fn(&Device) -> bool,
        limit: Duration,
    ) -> Result<bool, Stop> {
        let slack = self.driver.patience().slack;
        let limit = limit_on(self.stage.clock().clone(), self.stage.pace(), limit, slack);
        tokio::pin!(limit);
        loop {
            if wanted(self.device()) {
                return Ok(true);
            }
            tokio::select! {
                biased;
                heard = hear(&mut self.devices, &mut self.reports) => self.react(heard).await?,
                () = &mut limit => return Ok(false),
            }
        }
    }

    /// Goes on hearing while nothing else is to happen.
    async fn wait(&mut self, time: Duration) -> Result<(), Stop> {
        let clock = self.stage.clock().clone();
        let end = clock.sleep(time);
        tokio::pin!(end);
        loop {
            tokio::select! {
                biased;
                heard = hear(&mut self.devices, &mut self.reports) => self.react(heard).await?,
                () = &mut end => return Ok(()),
            }
        }
    }

    async fn react(&mut self, heard: Heard) -> Result<(), Stop> {
        match heard {
            Heard::Client(device, News::Said(message)) => {
                self.at(device, |director| director.said(message))
            }
            Heard::Client(device, News::Ended(end)) => {
                let here = std::mem::replace(&mut self.here, device);
                let quitting = self.device().quitting;
                self.end(!quitting).await;
                self.here = here;
                if quitting { Ok(()) } else { Err(Stop::Crashed(end)) }
            }
            Heard::Viewer(report) => {
                self.at(report.device, |director| director.viewer_came_to(report));
                Ok(())
            }
        }
    }

    /// Does something as if the story were at another device.
    fn at<T>(&mut self, device: usize, with: impl FnOnce(&mut Self) -> T) -> T {
        let here = std::mem::replace(&mut self.here, device);
        let outcome = with(self);
        self.here = here;
        outcome
    }

    fn said(&mut self, message: FromClient) -> Result<(), Stop> {
        match message {
            FromClient::Ready { protocol, client, version, mut capabilities } => {
                if protocol != VERSION {
                    return Err(Stop::Harness(format!(
                        "the client speaks version {protocol} of the adapter protocol, this \
                         harness version {VERSION}"
                    )));
                }
                capabilities.sort();
                capabilities.dedup();
                self.client = ClientInfo { name: client, version, capabilities };
                self.device_mut().ready = true;
            }
            FromClient::Event(event) => {
                self.note(Happening::Showed(event.clone()));
                self.showed(event);
            }
            FromClient::Done { id, error } => {
                if let Some(error) = &error {
                    self.log.note(&format!("action {id} ended with: {error}"));
                }
                self.note(Happening::Done { id, error });
                self.through(id);
            }
            FromClient::Unsupported { id } => {
                self.note(Happening::Unsupported { id });
                self.through(id);
            }
        }
        Ok(())
    }

    fn through(&mut self, id: u64) {
        let device = self.device_mut();
        device.through.insert(id);
        if device.sign_in.as_ref().is_some_and(|sign_in| sign_in.action == id) {
            device.clear_screen();
        }
    }

    fn showed(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::CodeShown { code } if self.scenario.flow == Flow::SecondScreen => {
                self.device_mut().code = Some(code.clone());
                self.use_code(&code);
            }
            ClientEvent::OpenUrl { url } => self.open_in_app(&url),
            // While signing in the viewer uses the code; at other times (a logout) the URL.
            ClientEvent::UrlShown { url } if self.device().sign_in.is_none() => {
                self.open_on_phone(&url);
            }
            _ => {}
        }
    }

    // What the viewer does beside the app.

    fn intent(&self, how: &HowToSignIn) -> Intent {
        Intent {
            viewer: how.viewer,
            who: self.stage.credentials(how.user.as_deref()),
            mvpd: how.mvpd.clone().unwrap_or_else(|| self.scenario.file.mvpd.clone()),
            takes: how.takes.map_or(USUAL_LOGIN, Duration::from),
        }
    }

    /// The app's own browser opens an address.
    fn open_in_app(&mut self, url: &str) {
        let browser = self.device().browser.clone();
        let login = match &self.device().sign_in {
            Some(sign_in) => sign_in.intent.in_browser(),
            None => Login::Closes { takes: GLANCE },
        };
        let url = url.to_owned();
        self.go_and_do(true, async move {
            browser.visit(&url, &login).await.map_err(|error| error.to_string())
        });
    }

    /// The viewer opens an address on the phone.
    fn open_on_phone(&mut self, url: &str) {
        let phone = self.stage.browser(self.here);
        let url = url.to_owned();
        self.go_and_do(false, async move {
            let login = Login::Closes { takes: GLANCE };
            phone.visit(&url, &login).await.map_err(|error| error.to_string())
        });
    }

    /// The viewer types a code into the web application on the phone.
    fn use_code(&mut self, code: &str) {
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

    fn viewer_came_to(&mut self, report: Report) {
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

    // Small things.

    /// A length of real time on the story's clock.
    fn real(&self, time: Duration) -> Duration {
        time.mul_f64(self.stage.pace().speed())
    }

    fn picks_in_app(&self) -> bool {
        self.scenario.file.picked_in == PickedIn::App
    }

    fn say(&self, message: ToClient) {
        if let Some(running) = &self.device().running {
            running.say(message);
        }
    }

    /// Writes down what happens on the device here.
    fn note(&mut self, what: Happening) {
        let at = Moment::from(self.stage.clock().stamp());
        let device = u32::try_from(self.here).unwrap_or(u32::MAX);
        let run = self.device().run();
        self.events.push(Event { at, device, run, what });
    }

    fn device(&self) -> &Device {
        &self.devices[self.here]
    }

    fn device_mut(&mut self) -> &mut Device {
        &mut self.devices[self.here]
    }
}

/// What comes next from any app or viewer.
async fn hear(devices: &mut [Device], reports: &mut UnboundedReceiver<Report>) -> Heard {
    poll_fn(|context| {
        for (index, device) in devices.iter_mut().enumerate() {
            if let Some(running) = &mut device.running
                && let Poll::Ready(news) = running.poll_next(context)
            {
                return Poll::Ready(Heard::Client(index, news));
            }
        }
        match reports.poll_recv(context) {
            Poll::Ready(Some(report)) => Poll::Ready(Heard::Viewer(report)),
            // The director holds a sender itself.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// A limit on the story's clock, with some slack where time is real.
async fn limit_on(clock: Clock, pace: Pace, limit: Duration, slack: Duration) {
    clock.sleep(limit).await;
    if pace != Pace::Virtual {
        tokio::time::sleep(slack).await;
    }
}

fn unfinished(what: &str, limit: Duration) -> Stop {
    Stop::Unfinished { what: format!("{what} within {} s", limit.as_secs()), alive: false }
}

/// The action's name in the protocol.
fn name_of(action: &Action) -> String {
    let json = serde_json::to_value(action).unwrap_or_default();
    json["action"].as_str().unwrap_or("action").to_owned()
}
