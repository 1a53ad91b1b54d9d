//! Time that passes only when nothing else can happen.
//!
//! The mock, the harness and the reference client share one manual clock. While a request is under
//! way or a task can run, it stands still; when everybody waits for it, it jumps to the earliest
//! instant that somebody waits for. Half an hour of polling then takes as long as its requests do,
//! and every instant is exact.
//!
//! This needs everybody on one `current_thread` runtime: there, a task that yields runs again only
//! after every other task that could run has run and the network was looked at.

use pass_mock::clock::{Clock, Timestamp};

use crate::http_client::InFlight;

/// How often everybody else must have had their turn, with nothing new, before time moves on.
const ROUNDS: u32 = 4;

/// How many turns an unanswered request is waited for without rest: answers over loopback come at
/// once, but the operating system may be slow.
const IMPATIENT: u32 = 2_000;

/// When virtual time begins: a Wednesday at noon (UTC), the same in every run, so that runs can be
/// compared.
pub const START: Timestamp = Timestamp(1_767_787_200_000);

/// Moves a manual clock.
#[derive(Debug)]
pub struct VirtualTime<H> {
    clock: Clock,
    in_flight: InFlight,
    held: H,
}

impl<H: Fn() -> usize> VirtualTime<H> {
    /// Moves `clock` while no request of `in_flight` is under way but for those that `held` counts:
    /// they wait for the clock themselves.
    pub fn new(clock: Clock, in_flight: InFlight, held: H) -> Self {
        Self { clock, in_flight, held }
    }

    /// Does so until it is dropped.
    pub async fn run(self) {
        let mut quiet = 0;
        let mut busy = 0;
        loop {
            tokio::task::yield_now().await;
            if self.in_flight.count() > (self.held)() {
                (quiet, busy) = (0, busy + 1);
                if busy > IMPATIENT {
                    rest().await;
                }
                continue;
            }
            (quiet, busy) = (quiet + 1, 0);
            if quiet < ROUNDS {
                continue;
            }
            quiet = 0;
            match self.clock.next_wakeup() {
                Some(next) => self.clock.advance_to(next),
                None => rest().await,
            }
        }
    }
}

/// Nobody waits for the clock, or the network is slow: real time has to bring something.
async fn rest() {
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use pass_mock::MockServer;
    use pass_mock::clock::Mode;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::http_client::{HttpClient, HttpError, Request};

    struct World {
        clock: Clock,
        http: HttpClient,
        held: Arc<AtomicUsize>,
    }

    /// A running virtual time; it ends with the test's runtime.
    fn world() -> World {
        let clock = Clock::starting_at(START, Mode::Manual);
        let in_flight = InFlight::default();
        let held = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&held);
        let time = VirtualTime::new(clock.clone(), in_flight.clone(), move || {
            count.load(Ordering::SeqCst)
        });
        tokio::spawn(time.run());
        World { http: HttpClient::new(clock.clone(), in_flight), clock, held }
    }

    #[tokio::test]
    async fn half_an_hour_of_polling_takes_no_time_and_every_instant_is_exact() {
        let World { clock, http, .. } = world();
        let server =
            MockServer::builder().clock(clock.clone()).control(None).start().await.unwrap();
        let began = Instant::now();
        for _ in 0..120 {
            http.send(Request::get(format!("{}/poll", server.base_url()))).await.unwrap();
            clock.sleep(Duration::from_secs(15)).await;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        let arrived: Vec<i64> = server
            .journal()
            .entries()
            .iter()
            .map(|e| e.arrived.at.since(START).as_secs() as i64)
            .collect();
        assert_eq!(arrived, (0..120).map(|n| n * 15).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn two_that_wait_wake_in_the_order_of_their_instants() {
        let World { clock, .. } = world();
        let (slow, fast) = (clock.clone(), clock.clone());
        let slow = tokio::spawn(async move {
            slow.sleep(Duration::from_secs(3600)).await;
            slow.stamp()
        });
        let fast = tokio::spawn(async move {
            for _ in 0..59 {
                fast.sleep(Duration::from_secs(60)).await;
            }
            fast.stamp()
        });
        let (slow, fast) = (slow.await.unwrap(), fast.await.unwrap());
        assert!(fast < slow);
        assert_eq!(slow.at, START.after(Duration::from_secs(3600)));
        assert_eq!(fast.at, START.after(Duration::from_secs(3540)));
    }

    /// Accepts one connection and answers it after `delay` on the clock, counted as held.
    async fn slow_server(clock: Clock, held: Arc<AtomicUsize>, delay: Duration) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            let _ = socket.read(&mut buffer).await.unwrap();
            held.fetch_add(1, Ordering::SeqCst);
            clock.sleep(delay).await;
            held.fetch_sub(1, Ordering::SeqCst);
            let _ = socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
        });
        format!("http://{address}/")
    }

    #[tokio::test]
    async fn time_passes_for_an_answer_that_waits_for_it() {
        let World { clock, http, held } = world();
        let url = slow_server(clock.clone(), held, Duration::from_secs(12)).await;
        let response = http.send(Request::get(url)).await.unwrap();
        assert_eq!(response.status, 204);
        assert_eq!(clock.now().since(START), Duration::from_secs(12));
    }

    #[tokio::test]
    async fn a_timeout_is_in_the_clocks_time() {
        let World { clock, http, held } = world();
        let url = slow_server(clock.clone(), held, Duration::from_secs(3600)).await;
        let request = Request::get(url).timeout(Duration::from_secs(20));
        let error = http.send(request).await.unwrap_err();
        assert!(matches!(error, HttpError::Timeout(_)), "{error}");
        assert_eq!(clock.now().since(START), Duration::from_secs(20));
    }

    #[tokio::test]
    async fn time_stands_still_while_a_request_is_under_way() {
        let World { clock, http, .. } = world();
        let server =
            MockServer::builder().clock(clock.clone()).control(None).start().await.unwrap();
        let background = clock.clone();
        tokio::spawn(async move { background.sleep(Duration::from_secs(1)).await });
        for _ in 0..20 {
            let before = clock.now();
            http.send(Request::get(format!("{}/x", server.base_url()))).await.unwrap();
            assert_eq!(clock.now(), before);
        }
    }
}
