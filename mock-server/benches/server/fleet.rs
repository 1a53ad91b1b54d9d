//! Ten thousand devices that poll as the cookbook lets them for ten minutes of the server's time:
//! `-- fleet-minutes`, with `--quick` a thousand for one minute.
//!
//! Users sign in while their devices poll. It fails unless each login is seen by its device's next
//! poll, by no other device and not before; unless nobody is refused who keeps the documented limit
//! and the others are exactly as often as the arithmetic says; and unless memory stays as it is once
//! every device has called.

use std::error::Error;
use std::io;
use std::time::Instant;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::task::JoinSet;

use crate::child::{MIB, Server};
use crate::load::{CONNECTIONS, Connection};
use crate::world::{self, World};

/// How often a device asks, in seconds.
const EVERY: usize = 5;
/// Devices that ask three times a second instead, beyond the others.
const HASTY: usize = 50;
const HASTY_CALLS: usize = 3;
/// What the documented limit admits beyond one call a second.
const BURST: usize = 10;
/// How much more memory there may be at the end than after a third of the time.
const GROWTH: f64 = 8.0;

/// With whom users sign in, one after the other.
const MVPDS: [&str; 3] = ["Cablevision", "Dish", "Spectrum"];

struct Device {
    number: usize,
    life: Life,
    logins: usize,
}

enum Life {
    SignedOut,
    /// For so many more of its turns nobody signs in.
    Waiting {
        code: String,
        turns: u32,
    },
    Due {
        code: String,
    },
    SignedIn,
}

impl Device {
    fn mvpd(&self) -> &'static str {
        MVPDS[(self.number + self.logins) % MVPDS.len()]
    }

    fn request(&self, world: &World) -> Vec<u8> {
        match &self.life {
            Life::SignedOut => world.session_request(self.number, self.mvpd()),
            Life::Waiting { code, .. } | Life::Due { code } => world.poll(self.number, code),
            Life::SignedIn => world.logout(self.number, self.mvpd()),
        }
    }

    /// Takes an answer in; an error when it is not exactly what is due.
    fn goes_on(&mut self, status: u16, body: &[u8], rng: &mut ChaCha8Rng) -> io::Result<()> {
        let wrong = || {
            let body = String::from_utf8_lossy(body);
            io::Error::other(format!("device {} got {status}: {body}", self.number))
        };
        let body: serde_json::Value = serde_json::from_slice(body).map_err(|_| wrong())?;
        let profiles = body["profiles"].as_object();
        let is_only = |names: &[&str]| profiles.is_some_and(|known| known.keys().eq(names));
        self.life = match (&self.life, status) {
            (Life::SignedOut, 200 | 201) => {
                let turns = rng.random_range(0..12);
                Life::Waiting { code: world::text(&body, "code"), turns }
            }
            (Life::Waiting { code, turns }, 200) if is_only(&[]) => {
                Life::Waiting { code: code.clone(), turns: turns.saturating_sub(1) }
            }
            (Life::Due { .. }, 200) if is_only(&[self.mvpd()]) => Life::SignedIn,
            (Life::SignedIn, 200) if body["logouts"][self.mvpd()].is_object() => {
                self.logins += 1;
                Life::SignedOut
            }
            _ => return Err(wrong()),
        };
        Ok(())
    }
}

/// The requests of one second over one connection, and what came back.
type Answers = Vec<(usize, u16, Vec<u8>)>;

/// The load, and whether everything was as it must be.
pub(crate) async fn run(quick: bool) -> Result<(), Box<dyn Error>> {
    let (count, minutes) = if quick { (1_000, 1) } else { (10_000, 10) };
    let server = Server::usual(&["--clock", "manual"])?;
    let control = server.control.ok_or("no control API")?;
    let world = World::make(&server, 0).await?;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let new = |number| Device { number, life: Life::SignedOut, logins: 0 };
    let mut devices: Vec<Device> = (0..count).map(new).collect();
    let hasty: Vec<Vec<u8>> = (count..count + HASTY).map(|number| world.profiles(number)).collect();
    let mut connections = Connection::several(server.public, CONNECTIONS).await?;
    let mut operators = Connection::several(control, 4).await?;
    println!("{count} devices poll for {minutes} minutes of the server's time");
    let (begun, seconds) = (Instant::now(), minutes * 60);
    let (mut sent, mut admitted, mut refused, mut early) = (0, 0, 0, 0.0);
    for second in 0..seconds {
        let has_turn = |device: &Device| device.number % EVERY == second % EVERY;
        let mut logins = Vec::new();
        for device in devices.iter_mut().filter(|device| !has_turn(device)) {
            if let Life::Waiting { code, turns: 0 } = &device.life {
                logins.push((device.number, world::complete(control, code)));
                device.life = Life::Due { code: code.clone() };
            }
        }
        let turn = devices.iter().filter(|device| has_turn(device));
        let mut requests: Vec<_> = turn.map(|d| (d.number, d.request(&world))).collect();
        for (index, request) in hasty.iter().enumerate() {
            let own = (count + index, request.clone());
            requests.extend(std::iter::repeat_n(own, HASTY_CALLS));
        }
        sent += requests.len();
        // Users sign in while other devices call.
        let (signed_in, answers) =
            tokio::join!(all(&mut operators, logins), all(&mut connections, requests));
        if let Some((device, status, _)) = signed_in?.iter().find(|(_, status, _)| *status != 200) {
            return Err(format!("the login of device {device} was answered {status}").into());
        }
        for (number, status, body) in answers? {
            match devices.get_mut(number) {
                Some(device) => device.goes_on(status, &body, &mut rng)?,
                None if status == 429 => refused += 1,
                None => admitted += 1,
            }
        }
        world::advance(&mut operators[0], control, 1).await?;
        if second == seconds / 3 {
            early = server.resident()? as f64 / MIB;
        }
    }
    let late = server.resident()? as f64 / MIB;
    let logins: usize = devices.iter().map(|device| device.logins).sum();
    println!("  requests           {sent} in {:.0} s", begun.elapsed().as_secs_f64());
    println!("  logins             {logins}, each seen by its device's next poll");
    println!("  hasty devices      {admitted} calls admitted, {refused} refused");
    println!(
        "  resident           {early:.1} MiB after a third of the time, {late:.1} MiB at the end"
    );
    let exact = (HASTY * (seconds + BURST), HASTY * (seconds * (HASTY_CALLS - 1) - BURST));
    if (admitted, refused) != exact {
        return Err(format!("{} admitted and {} refused were due", exact.0, exact.1).into());
    }
    if late > early + GROWTH {
        return Err("memory grows".into());
    }
    Ok(())
}

/// Sends requests over all connections at the same time.
async fn all(
    connections: &mut Vec<Connection>,
    requests: Vec<(usize, Vec<u8>)>,
) -> io::Result<Answers> {
    let mut shares: Vec<Vec<_>> = connections.iter().map(|_| Vec::new()).collect();
    let count = shares.len();
    for (turn, request) in requests.into_iter().enumerate() {
        shares[turn % count].push(request);
    }
    let mut tasks = JoinSet::new();
    for (mut connection, share) in connections.drain(..).zip(shares) {
        tasks.spawn(async move {
            let mut answers = Vec::with_capacity(share.len());
            for (number, request) in share {
                let answer = connection.exchange(&request).await?;
                answers.push((number, answer.status, answer.body.to_vec()));
            }
            io::Result::Ok((connection, answers))
        });
    }
    let mut answers = Vec::new();
    while let Some(share) = tasks.join_next().await {
        let (connection, own) = share.map_err(io::Error::other)??;
        connections.push(connection);
        answers.extend(own);
    }
    Ok(answers)
}
