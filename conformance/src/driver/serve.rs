//! A client that is part of this program as an adapter of its own: over standard streams, in real
//! or scaled time.

use std::future::Future;
use std::io::{self, BufRead as _, Write as _};

use pass_mock::clock::{Clock, Mode, Timestamp};
use pass_mock::ids::Ids;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::ClientHost;
use crate::http_client::{HttpClient, InFlight};
use crate::protocol::{FromClient, ToClient};

/// Runs a client over this process's standard input and output until it ends.
pub fn over_stdio<F>(client: impl FnOnce(ClientHost) -> F) -> io::Result<()>
where
    F: Future<Output = ()>,
{
    let mut first = String::new();
    io::stdin().lock().read_line(&mut first)?;
    let hello: ToClient = serde_json::from_str(&first).map_err(invalid)?;
    let ToClient::Hello(settings) = &hello else {
        return Err(invalid("the first line is no hello"));
    };
    let mode =
        if settings.clock_speed == 1.0 { Mode::Real } else { Mode::Scaled(settings.clock_speed) };
    let clock = match settings.now {
        Some(now) => Clock::starting_at(Timestamp(now), mode),
        None => Clock::new(mode),
    };
    let (to_client, inbox) = mpsc::unbounded_channel();
    let (outbox, from_client) = mpsc::unbounded_channel();
    let _ = to_client.send(hello);
    std::thread::spawn(move || read_lines(&to_client));
    let writer = std::thread::spawn(move || write_lines(from_client));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(client(ClientHost {
        http: HttpClient::new(clock.clone(), InFlight::default()),
        clock,
        ids: Ids::from_entropy(),
        inbox,
        outbox,
    }));
    // Ends tasks of the client that still hold the outbox, so that the writer comes to its end.
    drop(runtime);
    writer.join().unwrap_or(Ok(()))
}

/// Hands on what the harness says; standard input's end closes the client's inbox.
fn read_lines(to_client: &UnboundedSender<ToClient>) {
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        match serde_json::from_str(&line) {
            Ok(message) => {
                if to_client.send(message).is_err() {
                    return;
                }
            }
            Err(error) => eprintln!("not understood: {line}: {error}"),
        }
    }
}

fn write_lines(mut from_client: UnboundedReceiver<FromClient>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    while let Some(message) = from_client.blocking_recv() {
        serde_json::to_writer(&mut stdout, &message)?;
        stdout.write_all(b"\n")?;
        stdout.flush()?;
    }
    Ok(())
}

fn invalid(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, cause)
}
