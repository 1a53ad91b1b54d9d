//! `pass-mock serve`.

use std::io::{self, Write as _};

use super::args::{ServeArgs, TlsChoice};
use super::banner::banner;
use super::environment::Environment;
use super::open_files::room_for;
use super::{Failure, data_dir, print};
use crate::config::Fixtures;
use crate::server::{Limits, MockServer, StartError, url};
use crate::tls::{CA_FILE, Tls};

/// Serves until interrupted, or prints the environment.
pub(super) fn run(arguments: ServeArgs) -> Result<(), Failure> {
    let fixtures = match &arguments.fixtures {
        Some(path) => Fixtures::load(path)?,
        None => Fixtures::default(),
    };
    if arguments.print_env {
        return print_env(&arguments, &fixtures);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(arguments, fixtures))
}

fn print_env(arguments: &ServeArgs, fixtures: &Fixtures) -> Result<(), Failure> {
    let (public, control) = (arguments.listen, arguments.control);
    if public.port() == 0 || control.port() == 0 {
        return Err(Failure("--print-env needs ports to print: port 0 is any free one".to_owned()));
    }
    let scheme = if arguments.tls.is_some() { "https" } else { "http" };
    let environment = Environment::new(fixtures, url(scheme, public), url("http", control));
    let ca = match tls(arguments)? {
        Some(Tls::Auto { data_dir, .. }) => Some(data_dir.join(CA_FILE)),
        _ => None,
    };
    print(&environment.with_ca(ca.as_deref()).lines())
}

/// Which certificate to show, if any.
fn tls(arguments: &ServeArgs) -> Result<Option<Tls>, Failure> {
    Ok(match &arguments.tls {
        None => None,
        Some(TlsChoice::Own { .. }) if !arguments.tls_name.is_empty() => {
            let problem = "--tls-name goes with --tls auto: one's own certificate has its names";
            return Err(Failure(problem.to_owned()));
        }
        Some(TlsChoice::Own { certificate, key }) => {
            Some(Tls::Own { certificate: certificate.clone(), key: key.clone() })
        }
        Some(TlsChoice::Auto) => {
            let data_dir = arguments.data_dir.clone().or_else(data_dir::usual);
            let problem = "--tls auto needs a folder for its certificate authority: name one with \
                           --data-dir";
            let data_dir = data_dir.ok_or_else(|| Failure(problem.to_owned()))?;
            let mut names = arguments.tls_name.clone();
            let ip = arguments.listen.ip();
            if !ip.is_loopback() && !ip.is_unspecified() {
                names.push(ip.to_string());
            }
            Some(Tls::Auto { data_dir, names })
        }
    })
}

async fn serve(arguments: ServeArgs, fixtures: Fixtures) -> Result<(), Failure> {
    let interrupted = interrupted()?;
    let throttle = arguments.throttle.map(|asked| asked.apply(fixtures.throttle));
    let mut builder = MockServer::builder()
        .listen(arguments.listen)
        .control(arguments.control)
        .clock_mode(arguments.clock)
        .limits(limits(&arguments))
        .fixtures(fixtures);
    if let Some(tls) = tls(&arguments)? {
        builder = builder.tls(tls);
    }
    if let Some(path) = &arguments.fixtures {
        builder = builder.fixtures_file(path, notice);
    }
    if let Some(folder) = &arguments.data_dir {
        builder = builder.data_dir(folder, notice);
    }
    if let Some(throttle) = throttle {
        builder = builder.throttle(throttle);
    }
    if let Some(seed) = arguments.seed {
        builder = builder.seed(seed);
    }
    let server = builder.start().await.map_err(|error| explain(&error, &arguments))?;
    announce(&server, &arguments)?;
    interrupted.await;
    server.shutdown().await;
    Ok(())
}

/// The limits of the network side, within those of the system.
fn limits(arguments: &ServeArgs) -> Limits {
    let wanted = arguments.max_connections;
    let connections = room_for(wanted);
    if connections < wanted {
        notice(&format!(
            "{connections} connections at a time instead of {wanted}: the system lets this program \
             have no more files open (ulimit -n)"
        ));
    }
    Limits { connections, ..Limits::default() }
}

/// Something happened while serving that its owner wants to know.
fn notice(line: &str) {
    // Nobody is left to tell when this cannot be written.
    let _ = writeln!(io::stderr(), "pass-mock: {line}");
}

/// The error, with the option that helps.
fn explain(error: &StartError, arguments: &ServeArgs) -> Failure {
    match error {
        StartError::PortInUse { address } => {
            let option = if *address == arguments.listen { "--listen" } else { "--control" };
            Failure(format!("{error}; {option} chooses another"))
        }
        StartError::Listen { .. } | StartError::Tls(_) | StartError::Store(_) => {
            Failure(error.to_string())
        }
    }
}

/// The banner is for people and goes to standard error; the line on standard output is for programs
/// that wait until the ports are open.
fn announce(server: &MockServer, arguments: &ServeArgs) -> Result<(), Failure> {
    let control = server.control_url().unwrap_or_default();
    let environment = Environment::new(&server.app().fixtures.load(), server.base_url(), control);
    let banner = banner(server.app(), arguments.clock, &environment);
    let _ = io::stderr().write_all(banner.as_bytes());
    print(&format!(
        "pass-mock ready: service {} control {}\n",
        environment.get("PASS_BASE_URL"),
        environment.get("PASS_CONTROL_URL")
    ))
}

/// Completes at Ctrl-C, or when the system asks the program to end. Listens from the call on, so
/// that a signal during the start is not lost.
#[cfg(unix)]
fn interrupted() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes at Ctrl-C.
#[cfg(not(unix))]
fn interrupted() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a signal to wait for it serves until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
