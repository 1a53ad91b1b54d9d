//! `pass-conformance attach`

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::args::AttachArgs;
use super::failure::Failure;
use super::progress::Progress;
use super::{output, pick, run};
use crate::attach::{Addresses, Hosting, Settings, Sitting};
use crate::outcome::RunOutcome;
use crate::report;
use crate::rules;
use crate::runner::{self, Cancel, House, Options};

/// How often is looked whether the page is still needed.
const LOOK: Duration = Duration::from_millis(200);
/// How long a page that nobody looks at is still served, so that it can be loaded again.
const ABANDONED: Duration = Duration::from_secs(45);
/// How long scripts have to hear that it is over.
const FAREWELL: Duration = Duration::from_secs(2);

pub(super) fn run(arguments: &AttachArgs) -> Result<u8, Failure> {
    let scenarios = pick::scenarios(&arguments.scenario)?;
    let names = pick::names(&scenarios)?;
    let (known, destinations) = arguments.reporting.prepare("scenario", &names)?;
    let addresses = Addresses {
        page: arguments.listen,
        service: arguments.mock_listen,
        device_url: arguments.device_url.clone(),
        devices: arguments.devices,
    };
    let settings = Settings { gate: arguments.judged.edition, strict: arguments.judged.strict };
    let cancel = Cancel::default();
    let patience = arguments.patience.0;
    let hosting = Hosting::open(&addresses, settings, patience, cancel.clone());
    let hosting = hosting.map_err(Failure::usage)?;
    end_on_interrupt(Arc::clone(&hosting.sitting), cancel.clone()).map_err(Failure::harness)?;
    let options = Options {
        driver: Arc::clone(&hosting.driver) as _,
        scenarios,
        gate: arguments.judged.edition,
        strict: arguments.judged.strict,
        long: arguments.long,
        jobs: Some(std::num::NonZeroUsize::MIN),
        seed: arguments.seed,
        cancel,
    };
    greet(&hosting, arguments.mock_listen, arguments.device_url.is_some());
    let outcome = play(&hosting.sitting, &hosting.house, &options)?;
    let report = report::summarise(&outcome, rules::all(), &known);
    hosting.sitting.set_report(report.clone());
    output::tell(&report, &destinations)?;
    stay(&hosting);
    Ok(report.summary.exit_code)
}

fn greet(hosting: &Hosting, address: SocketAddr, device_url: bool) {
    let mut text = format!("open {} to begin\n", hosting.page_url);
    for (place, seat) in hosting.sitting.seats().iter().enumerate() {
        let url = seat.base_url();
        text.push_str(&match hosting.sitting.seats().len() {
            1 => format!("the device calls the service at {url}\n"),
            _ => format!("device {} calls the service at {url}\n", place + 1),
        });
    }
    if address.ip().is_unspecified() && !device_url {
        text.push_str("another machine calls it by this one's name: --device-url says which\n");
    }
    output::print_aside(&text);
}

/// Plays everything; the page and the terminal both hear how far it is.
fn play(sitting: &Arc<Sitting>, house: &House, options: &Options) -> Result<RunOutcome, Failure> {
    let (events, heard) = mpsc::channel();
    let (shown, show) = mpsc::channel();
    let progress = Progress::new(options.gate, options.strict);
    let listener = thread::spawn(move || progress.follow(&show));
    let page = Arc::clone(sitting);
    let forwarder = thread::spawn(move || {
        for event in heard {
            page.heard(&event);
            let _ = shown.send(event);
        }
    });
    let outcome = runner::run_in(house, options, &events);
    drop(events);
    // One that panicked has spoilt nothing but what is shown.
    let _ = forwarder.join();
    let _ = listener.join();
    outcome.map_err(run::failure)
}

/// Serves the page as long as somebody looks at it.
fn stay(hosting: &Hosting) {
    let sitting = &hosting.sitting;
    let watched = || sitting.unseen_for().is_some_and(|unseen| unseen < ABANDONED);
    if watched() {
        let url = &hosting.page_url;
        output::print_aside(&format!("the page stays at {url} until it is closed, or Ctrl-C\n"));
    }
    while watched() && !sitting.is_closed() {
        thread::sleep(LOOK);
    }
    thread::sleep(FAREWELL);
}

/// The first interrupt ends the sitting with a report of what was played; the next one ends
/// everything.
fn end_on_interrupt(sitting: Arc<Sitting>, cancel: Cancel) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupts, mut terminate) = {
        let _context = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    thread::spawn(move || {
        runtime.block_on(async {
            loop {
                tokio::select! {
                    _ = interrupts.recv() => {}
                    _ = terminate.recv() => {}
                }
                if sitting.report().is_some() {
                    sitting.close();
                } else if sitting.is_ending() {
                    cancel.cancel();
                } else {
                    sitting.end("the sitting was interrupted before it");
                }
            }
        });
    });
    Ok(())
}
