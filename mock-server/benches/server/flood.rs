//! Thousands of junk requests a second, for a minute: `-- flood`, with `--quick` for some seconds.
//!
//! Beside it a hundred devices poll once a second, and connections stay open that never send a whole
//! request. It fails unless every answer is below 500, memory stays as it is, and polling goes on as
//! it did before.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rand::seq::IndexedRandom as _;
use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::child::{MIB, Server};
use crate::load::Connection;
use crate::world::World;

const PER_SECOND: u32 = 4_000;
/// How many connections the junk comes over, each anew when the server has ended it.
const CONNECTIONS: u32 = 50;
const DEVICES: usize = 100;
const HALF_OPEN: usize = 500;
/// What 99 of 100 polls must be answered within, and each of them, however busy the machine is.
const MOST: Duration = Duration::from_millis(100);
const EACH: Duration = Duration::from_secs(2);
/// How much more memory there may be at the end than after a quarter of the time.
const GROWTH: f64 = 6.0;

/// Junk, and whether the server was sound at the end.
pub(crate) async fn run(quick: bool) -> Result<(), Box<dyn Error>> {
    let time = Duration::from_secs(if quick { 5 } else { 60 });
    let server = Server::usual(&[])?;
    let world = World::make(&server, 0).await?;
    let (public, polls) = (server.public, Arc::new(world.polls(&server, DEVICES).await?));
    println!("{PER_SECOND} junk requests a second for {} s", time.as_secs());

    let calm = latencies(poll(public, &polls, time.div_f64(4.0)).await?);
    let mut half_open = Vec::new();
    for _ in 0..HALF_OPEN {
        let mut socket = TcpStream::connect(public).await?;
        socket.write_all(b"GET /api/v2/REF30/profiles HTTP/1.1\r\nx-half: ").await?;
        half_open.push(socket);
    }
    let begun = Instant::now();
    let junk = Arc::new(junk(8_192));
    let mut senders = JoinSet::new();
    for first in 0..CONNECTIONS {
        let junk = Arc::clone(&junk);
        senders.spawn(async move { send(public, &junk, first, begun + time).await });
    }
    let early = async {
        tokio::time::sleep(time.div_f64(4.0)).await;
        server.resident().map_err(|error| error.to_string())
    };
    let (polled, early) = tokio::join!(poll(public, &polls, time), early);
    let flooded = latencies(polled?);
    let (mut answers, mut ended) = (0_u64, 0_u64);
    while let Some(own) = senders.join_next().await {
        let own = own?.map_err(|error| error.to_string())?;
        (answers, ended) = (answers + own.0, ended + own.1);
    }
    let per_second = (answers + ended) as f64 / begun.elapsed().as_secs_f64();
    let (early, late) = (early? as f64 / MIB, server.resident()? as f64 / MIB);
    println!(
        "  sent               {per_second:.0} a second: {answers} answered, none with a 5xx; {ended} ended without"
    );
    println!(
        "  resident           {early:.1} MiB after a quarter of the time, {late:.1} MiB at the end"
    );
    println!("  polls, alone       {calm}");
    println!("  polls, in the junk {flooded}");
    if per_second < f64::from(PER_SECOND) * 0.9 {
        return Err("the machine is too busy to send that many".into());
    }
    if late > early + GROWTH {
        return Err("memory grows".into());
    }
    if flooded.most > MOST || flooded.longest > EACH {
        return Err("polling devices are affected".into());
    }
    Ok(())
}

/// How long polls took.
struct Latencies {
    count: usize,
    median: Duration,
    most: Duration,
    longest: Duration,
}

fn latencies(mut all: Vec<Duration>) -> Latencies {
    all.sort_unstable();
    let at = |part: f64| all.get((all.len() as f64 * part) as usize).copied().unwrap_or_default();
    Latencies {
        count: all.len(),
        median: at(0.5),
        most: at(0.99),
        longest: all.last().copied().unwrap_or_default(),
    }
}

impl std::fmt::Display for Latencies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let (median, most, longest) =
            (millis(self.median), millis(self.most), millis(self.longest));
        let count = self.count;
        write!(
            f,
            "{count}: median {median:.2} ms, 99 of 100 within {most:.2} ms, all within {longest:.2} ms"
        )
    }
}

/// Every device polls once a second; each poll must bring what it brings to a device that waits.
async fn poll(
    public: SocketAddr,
    polls: &Arc<Vec<Vec<u8>>>,
    time: Duration,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut devices = JoinSet::new();
    let begun = Instant::now();
    for (index, request) in polls.iter().enumerate() {
        let request = request.clone();
        let offset = Duration::from_secs(1).mul_f64(index as f64 / polls.len() as f64);
        devices.spawn(async move {
            let mut connection = Connection::open(public).await?;
            let mut took = Vec::new();
            let mut turns = interval_at(begun + offset, Duration::from_millis(1_001));
            while begun.elapsed() < time {
                turns.tick().await;
                let sent = Instant::now();
                let answer = connection.exchange(&request).await?;
                took.push(sent.elapsed());
                if answer.status != 200 || !answer.body.starts_with(b"{\"profiles\":{}") {
                    let body = String::from_utf8_lossy(answer.body).into_owned();
                    let problem = format!("a poll was answered {}: {body}", answer.status);
                    return Err(std::io::Error::other(problem));
                }
            }
            Ok(took)
        });
    }
    let mut all = Vec::new();
    while let Some(device) = devices.join_next().await {
        all.extend(device??);
    }
    Ok(all)
}

/// How many requests of one connection's share were answered, and how many only with its end.
async fn send(
    public: SocketAddr,
    junk: &[Vec<u8>],
    first: u32,
    until: Instant,
) -> std::io::Result<(u64, u64)> {
    let between = Duration::from_secs(1) * CONNECTIONS / PER_SECOND;
    let mut turns = interval_at(Instant::now() + between * first / CONNECTIONS, between);
    turns.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut connection = Connection::open(public).await?;
    let (mut answers, mut ended) = (0, 0);
    let own = junk.iter().cycle().skip(first as usize).step_by(CONNECTIONS as usize);
    for request in own {
        turns.tick().await;
        if Instant::now() >= until {
            break;
        }
        match tokio::time::timeout(EACH, connection.exchange(request)).await {
            Ok(Ok(answer)) if answer.status >= 500 => {
                let request = String::from_utf8_lossy(request).into_owned();
                let problem = format!("answered {} to {request:?}", answer.status);
                return Err(std::io::Error::other(problem));
            }
            Ok(Ok(answer)) => {
                answers += 1;
                // What it cannot read, and what it did not read to the end, it answers last.
                if matches!(answer.status, 400 | 413 | 431) {
                    connection = Connection::open(public).await?;
                }
            }
            Ok(Err(_)) => {
                ended += 1;
                connection = Connection::open(public).await?;
            }
            Err(_) => return Err(std::io::Error::other("junk was neither answered nor ended")),
        }
    }
    Ok((answers, ended))
}

/// Requests that nobody means: most of them well-formed, so that they get far.
fn junk(count: usize) -> Vec<Vec<u8>> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    (0..count).map(|_| request(&mut rng)).collect()
}

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "BREW"];
const PATHS: [&str; 16] = [
    "/",
    "/api/v2",
    "/api/v2/REF30/configuration",
    "/api/v2/REF30/sessions",
    "/api/v2/REF30/sessions/8ER640M",
    "/api/v2/REF30/profiles",
    "/api/v2/REF30/profiles/code/8ER640M",
    "/api/v2/REF30/decisions/authorize/Dish",
    "/api/v2/nobody/decisions/preauthorize/Dish",
    "/api/v2/REF30/logout/Dish",
    "/api/v2/authenticate/REF30/8ER640M",
    "/o/client/register",
    "/o/client/token",
    "/mvpd/Dish/login",
    "/activate",
    "/reset-tempass/v3/reset",
];
const HEADERS: [&str; 9] = [
    "Authorization: Bearer ",
    "Authorization: ",
    "AP-Device-Identifier: fingerprint ",
    "X-Device-Info: ",
    "User-Agent: ",
    "Cookie: ",
    "Adobe-Subject-Token: ",
    "AD-Service-Token: ",
    "Content-Type: ",
];

fn request(rng: &mut ChaCha8Rng) -> Vec<u8> {
    if rng.random_ratio(1, 32) {
        let mut noise = vec![0; rng.random_range(4..200)];
        rng.fill_bytes(&mut noise);
        return [&b"\x01"[..], &noise, b"\r\n\r\n"].concat();
    }
    let pick = |rng: &mut ChaCha8Rng, from: &[&'static str]| *from.choose(rng).unwrap_or(&"");
    let mut text = format!("{} {}", pick(rng, &METHODS), pick(rng, &PATHS));
    if rng.random_ratio(1, 4) {
        text.push_str(&format!("/{}?{}={}", word(rng, 12), word(rng, 6), word(rng, 40)));
    }
    text.push_str(" HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    if rng.random_ratio(3, 4) {
        text.push_str(&format!("X-Forwarded-For: 192.0.2.{}\r\n", rng.random_range(0..250)));
    }
    for _ in 0..rng.random_range(0..6) {
        let long = if rng.random_ratio(1, 50) { 40_000 } else { 60 };
        text.push_str(&format!("{}{}\r\n", pick(rng, &HEADERS), word(rng, long)));
    }
    let body = match rng.random_range(0..8) {
        0 => format!("{{\"resources\":{}", "[".repeat(rng.random_range(0..4_000))),
        1 => format!("mvpd={}&domainName={}&redirectUrl=%%%", word(rng, 9), word(rng, 20)),
        2 => word(rng, 100_000),
        3 | 4 => word(rng, 200),
        _ => String::new(),
    };
    if !body.is_empty() {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    format!("{text}\r\n{body}").into_bytes()
}

/// Up to so many characters that Base64, a token or a name could have.
fn word(rng: &mut ChaCha8Rng, longest: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHabcdefgh0123456789+/=._-%";
    let length = rng.random_range(1..=longest);
    (0..length).map(|_| char::from(*LETTERS.choose(rng).unwrap_or(&b'x'))).collect()
}
