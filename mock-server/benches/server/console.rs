//! What it costs a server that somebody watches: a console on its devices, its timeline, and a
//! follower of the journal. Rounds with and without them take turns on one server.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Plan;
use crate::child::{Server, Workers};
use crate::load::{self, Connection, Requests};
use crate::rounds::{measured, median};
use crate::world::{Case, World};

/// What chooses it on the command line.
pub(crate) const NAME: &str = "console";

/// How many devices there are.
const DEVICES: usize = 500;
/// How many exchanges a second make a busy day of testing.
const A_SECOND: u32 = 50;

/// Who watches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Watcher {
    /// A console that shows the devices anew whenever something has happened, as its script does.
    Devices,
    /// The rows of its timeline.
    Timeline,
    /// A program that hears of every exchange.
    Journal,
}

const WATCHES: [(&str, &[Watcher]); 4] = [
    ("the console's devices", &[Watcher::Devices]),
    ("the console's timeline", &[Watcher::Timeline]),
    ("a journal stream", &[Watcher::Journal]),
    ("all of them", &[Watcher::Devices, Watcher::Timeline, Watcher::Journal]),
];

/// Measures and prints all watches.
pub(crate) async fn watched(plan: &Plan) -> Result<(), Box<dyn Error>> {
    let server = Server::pass_mock(Workers::Default)?;
    let world = World::make(&server, DEVICES).await?;
    let requests = world.requests(Case::Fleet, &server).await?;
    load::run(server.public, &requests, plan.round / 2).await?;
    println!(
        "\n{DEVICES} devices, watched   requests/s  of unwatched  CPU/request  of unwatched   heard"
    );
    for (name, watchers) in WATCHES {
        let (mut speeds, mut cpus, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        let mut heard = 0;
        for round in 0..plan.rounds {
            let mut figures = [(0.0, 0.0); 2];
            // Whichever comes first in one round comes last in the next.
            for turn in 0..2 {
                let is_watched = (round + turn) % 2 == 1;
                let watch = is_watched.then(|| Watch::begin(&server, watchers)).transpose()?;
                let (counted, cpu) = measured(&server, &requests, plan.round).await?;
                heard += watch.map_or(0, Watch::end);
                figures[usize::from(is_watched)] = (counted.per_second(), cpu.as_secs_f64());
            }
            let [without, with] = figures;
            speeds.push(with.0);
            cpus.push(with.1 * 1e6);
            ratios.push((with.0 / without.0, with.1 / without.1));
        }
        let speed = median(ratios.iter().map(|(speed, _)| *speed).collect());
        let cpu = median(ratios.iter().map(|(_, cpu)| *cpu).collect());
        let heard = heard as f64 / plan.rounds as f64 / plan.round.as_secs_f64() / 1e6;
        println!(
            "{name:<24} {:>12.0} {speed:>13.3} {:>9.1} µs {cpu:>13.3} {heard:>6.1} MB/s",
            median(speeds),
            median(cpus),
        );
    }
    for (name, watchers) in [("nobody", &[][..]), WATCHES[3]] {
        let watch = Watch::begin(&server, watchers)?;
        let share = at_a_pace(&server, &requests, plan.round * 4).await?;
        watch.end();
        println!(
            "{A_SECOND} exchanges a second, watched by {name}: {:.2} % of one core",
            share * 100.0
        );
    }
    Ok(())
}

/// Which part of one core the server takes while a few requests come.
async fn at_a_pace(
    server: &Server,
    requests: &Requests,
    duration: Duration,
) -> Result<f64, Box<dyn Error>> {
    let mut line = Connection::open(server.public).await?;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / A_SECOND);
    let (begun, before) = (Instant::now(), server.cpu()?);
    for request in requests.iter().cycle() {
        ticks.tick().await;
        line.exchange(request).await?;
        if begun.elapsed() >= duration {
            break;
        }
    }
    let cpu = server.cpu()?.saturating_sub(before);
    Ok(cpu.as_secs_f64() / begun.elapsed().as_secs_f64())
}

/// Those who watch, on a thread of their own: a browser is none of the generator's business.
struct Watch {
    stop: Arc<AtomicBool>,
    heard: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Watch {
    fn begin(server: &Server, watchers: &'static [Watcher]) -> Result<Self, Box<dyn Error>> {
        let control = server.control.ok_or("no control API")?;
        let (stop, heard) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (until, counted) = (Arc::clone(&stop), Arc::clone(&heard));
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                for watcher in watchers {
                    tokio::spawn(watch(*watcher, control, Arc::clone(&counted)));
                }
                while !until.load(Ordering::Relaxed) {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            });
        });
        Ok(Self { stop, heard, thread })
    }

    /// Lets them go; how many bytes they heard.
    fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.join();
        self.heard.load(Ordering::Relaxed)
    }
}

async fn watch(watcher: Watcher, control: SocketAddr, heard: Arc<AtomicU64>) {
    // They end with their round, in the middle of whatever they hear.
    let _ = match watcher {
        Watcher::Devices => refresh(control, &heard).await,
        Watcher::Timeline => follow(control, "/console/timeline/stream", &heard, || ()).await,
        Watcher::Journal => follow(control, "/journal/stream", &heard, || ()).await,
    };
}

/// Shows the devices whenever there is news, with the script's pauses.
async fn refresh(control: SocketAddr, heard: &AtomicU64) -> io::Result<()> {
    let news = tokio::sync::Notify::new();
    let showing = async {
        let mut line = Connection::open(control).await?;
        let head = request(control, "/console/devices", "x-console: part\r\n");
        loop {
            news.notified().await;
            let begun = Instant::now();
            let bytes = line.exchange(&head).await?.body.len();
            heard.fetch_add(bytes as u64, Ordering::Relaxed);
            let pause = (begun.elapsed() * 10).max(Duration::from_millis(500));
            tokio::time::sleep(pause).await;
        }
    };
    let following = follow(control, "/console/changes", heard, || news.notify_one());
    tokio::select! {
        ended = showing => ended,
        ended = following => ended,
    }
}

/// Reads a stream of events to its end.
async fn follow(
    control: SocketAddr,
    path: &str,
    heard: &AtomicU64,
    came: impl Fn(),
) -> io::Result<()> {
    let mut socket = TcpStream::connect(control).await?;
    socket.write_all(&request(control, path, "")).await?;
    let mut piece = vec![0; 64 << 10];
    loop {
        let read = socket.read(&mut piece).await?;
        if read == 0 {
            return Ok(());
        }
        heard.fetch_add(read as u64, Ordering::Relaxed);
        came();
    }
}

fn request(host: SocketAddr, path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n").into_bytes()
}
