//! Clients that are there already: apps on real devices, that are called by nobody.
//!
//! What the harness says is kept until somebody fetches it, and what the client says is handed in: by
//! a script, or by a person in front of the device. One seat is one device.

mod seat;

pub use seat::{Command, Refused, Said, Seat, Task};

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::{Driver, News, Patience, Running, Setup, StartError};

/// How long nobody has to have come yet.
const UNTIL_SOMEBODY_COMES: Duration = Duration::from_secs(7 * 24 * 3600);

/// Devices that are attached.
#[derive(Clone, Debug)]
pub struct Attach {
    seats: Arc<[Seat]>,
    patience: Duration,
}

impl Attach {
    /// One seat for each address of the service. `patience` is how long a person may take for what
    /// a program does at once; `changed` counts up whenever something is new.
    pub fn new(base_urls: &[&str], patience: Duration, changed: &watch::Sender<u64>) -> Self {
        let seats = base_urls.iter().map(|url| Seat::new(url, changed.clone())).collect();
        Self { seats, patience }
    }

    /// The seats, in the order of the devices.
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// Whether everything that the devices show is told.
    pub fn tells_events(&self) -> bool {
        self.seats.iter().all(Seat::tells)
    }
}

impl Driver for Attach {
    fn start(&self, setup: Setup) -> Result<Running, StartError> {
        let base_url = &setup.hello.base_url;
        let Some(seat) = self.seats.iter().find(|seat| seat.base_url() == base_url).cloned() else {
            let cause = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(StartError { command: format!("the device at {base_url}"), cause });
        };
        let (to_client, mut messages) = mpsc::unbounded_channel();
        let (tell, news) = mpsc::unbounded_channel::<News>();
        let (stop, mut stopped) = oneshot::channel::<()>();
        let run = seat.begin(setup.hello, tell);
        let keeper = tokio::spawn(async move {
            // Ends the run when this task is aborted, too.
            let run = run;
            loop {
                tokio::select! {
                    biased;
                    message = messages.recv() => match message {
                        Some(message) => run.say(message),
                        None => return,
                    },
                    _ = &mut stopped => return,
                }
            }
        });
        Ok(Running { to_client, news, stop: Some(stop), keeper })
    }

    fn shares_clock(&self) -> bool {
        false
    }

    fn patience(&self) -> Patience {
        let usual = Patience::default();
        let somebody_is_missing = self.seats.iter().any(|seat| !seat.is_taken());
        let by_hand = self.seats.iter().any(Seat::is_by_hand);
        Patience {
            ready: if somebody_is_missing { UNTIL_SOMEBODY_COMES } else { usual.ready },
            slack: if by_hand { self.patience } else { usual.slack },
            ..usual
        }
    }
}

#[cfg(test)]
mod tests {
    use pass_mock::clock::{Clock, Mode};
    use pass_mock::ids::Ids;

    use super::*;
    use crate::driver::Log;
    use crate::driver::testing::hello;
    use crate::http_client::{HttpClient, InFlight};
    use crate::protocol::{Action, ClientEvent, Do, FromClient, ToClient};

    fn attach() -> Attach {
        let url = hello().base_url;
        Attach::new(&[&url], Duration::from_secs(600), &watch::Sender::new(0))
    }

    fn setup(storage: &str) -> Setup {
        let clock = Clock::new(Mode::Real);
        let hello = crate::protocol::Hello { storage_dir: storage.into(), ..hello() };
        let http = HttpClient::new(clock.clone(), InFlight::default());
        Setup { hello, http, clock, ids: Ids::seeded(1), log: Log::default() }
    }

    fn ready() -> FromClient {
        FromClient::Ready {
            protocol: 1,
            client: "tv".into(),
            version: None,
            capabilities: Vec::new(),
        }
    }

    async fn fetch(seat: &Seat, after: u64) -> Command {
        let fetched = seat.command(after, Duration::from_secs(5)).await;
        fetched.expect("a command comes")
    }

    async fn said(run: &mut Running) -> FromClient {
        match run.next().await {
            News::Said(message) => message,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn commands_are_fetched_in_order_and_again_until_the_next_is_asked_for() {
        let attach = attach();
        let seat = &attach.seats()[0];
        assert!(seat.command(0, Duration::ZERO).await.is_none());
        let mut run = attach.start(setup("/one")).unwrap();
        let first = fetch(seat, 0).await;
        assert!(matches!(first.message, ToClient::Hello(_)) && first.fresh);
        assert_eq!(fetch(seat, 0).await.sequence, first.sequence);
        seat.said(Said::Client(ready()), false).unwrap();
        assert_eq!(said(&mut run).await, ready());
        run.say(ToClient::Do(Do { id: 1, action: Action::Launch }));
        let second = fetch(seat, first.sequence).await;
        assert_eq!(second.message, ToClient::Do(Do { id: 1, action: Action::Launch }));
        seat.said(Said::Client(FromClient::Done { id: 1, error: None }), false).unwrap();
        assert_eq!(said(&mut run).await, FromClient::Done { id: 1, error: None });
        run.end().await;
        let late = Said::Client(FromClient::Event(ClientEvent::SignedIn { mvpd: None }));
        assert_eq!(seat.said(late, false), Err(Refused::NotRunning));
    }

    #[tokio::test]
    async fn a_run_ends_when_its_quit_is_done_and_a_relaunch_is_no_new_installation() {
        let attach = attach();
        let seat = &attach.seats()[0];
        let mut run = attach.start(setup("/one")).unwrap();
        seat.said(Said::Client(ready()), false).unwrap();
        run.say(ToClient::Do(Do { id: 1, action: Action::Launch }));
        run.say(ToClient::Do(Do { id: 2, action: Action::Quit }));
        let launch = fetch(seat, 1).await;
        let quit = fetch(seat, launch.sequence).await;
        seat.said(Said::Client(FromClient::Done { id: 1, error: None }), false).unwrap();
        seat.said(Said::Client(FromClient::Done { id: 2, error: None }), false).unwrap();
        for _ in 0..3 {
            said(&mut run).await;
        }
        assert!(matches!(run.next().await, News::Ended(_)));
        run.end().await;
        for (storage, fresh) in [("/one", false), ("/two", true)] {
            let run = attach.start(setup(storage)).unwrap();
            let hello = fetch(seat, quit.sequence).await;
            assert_eq!(hello.fresh, fresh, "{storage}");
            assert!(matches!(hello.message, ToClient::Hello(_)), "what was before is forgotten");
            run.end().await;
        }
    }

    #[tokio::test]
    async fn a_person_is_not_asked_to_do_what_takes_no_doing() {
        let attach = attach();
        let seat = &attach.seats()[0];
        let mut run = attach.start(setup("/probe")).unwrap();
        assert_eq!(seat.task(), Task::Introduce);
        seat.said(Said::Client(ready()), true).unwrap();
        assert_eq!(attach.patience().slack, Duration::from_secs(600));
        said(&mut run).await;
        // Never launched, so there is nothing to close.
        run.say(ToClient::Do(Do { id: 1, action: Action::Quit }));
        assert_eq!(said(&mut run).await, FromClient::Done { id: 1, error: None });
        run.end().await;
        let mut run = attach.start(setup("/one")).unwrap();
        assert_eq!(seat.task(), Task::Prepare);
        seat.prepared().unwrap();
        assert_eq!(said(&mut run).await, ready());
        run.end().await;
        let mut run = attach.start(setup("/one")).unwrap();
        assert_eq!(said(&mut run).await, ready(), "a relaunch needs no preparation");
        run.say(ToClient::Do(Do { id: 1, action: Action::Launch }));
        fetch(seat, 3).await;
        assert_eq!(seat.task(), Task::Do { id: 1, action: Action::Launch, open: None });
    }
}
