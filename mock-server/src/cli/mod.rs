//! The command line of `pass-mock`.

mod args;
mod banner;
mod data_dir;
mod environment;
mod open_files;
mod serve;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use crate::config::Fixtures;
use args::{Cli, Command, FixturesCommand};

/// Everything went as asked.
pub const EXIT_OK: u8 = 0;

/// The command line, a file or an address cannot be used.
pub const EXIT_USAGE: u8 = 2;

/// Runs the program and returns its exit code.
pub fn main(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let outcome = match Cli::try_parse_from(arguments) {
        Ok(cli) => run(cli),
        Err(error) if !error.use_stderr() => {
            // Help, coloured only for a terminal; a reader that has gone away is not our business.
            let _ = error.print();
            Ok(())
        }
        Err(error) => Err(Failure(args::one_line(&error))),
    };
    match outcome {
        Ok(()) => ExitCode::from(EXIT_OK),
        Err(failure) => {
            // Nobody is left to tell when this cannot be written.
            let _ = writeln!(io::stderr(), "pass-mock: {failure}");
            ExitCode::from(EXIT_USAGE)
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command() {
        Command::Serve(arguments) => serve::run(*arguments),
        Command::Fixtures(FixturesCommand::Check { path }) => check(&path),
        Command::Fixtures(FixturesCommand::PrintDefault) => print(Fixtures::default_yaml()),
        Command::Fixtures(FixturesCommand::Schema) => print(&Fixtures::schema()),
    }
}

fn check(path: &Path) -> Result<(), Failure> {
    let fixtures = Fixtures::load(path).map_err(Failure::from)?;
    print(&format!(
        "{}: fine ({} service providers, {} MVPDs, {} users)\n",
        path.display(),
        fixtures.service_providers.len(),
        fixtures.mvpds.len(),
        fixtures.users.len(),
    ))
}

/// To standard output; a reader that has gone away is none of our business.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    Ok(())
}

/// Why the program cannot do what it was asked: one line.
#[derive(Debug)]
struct Failure(String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line, whatever a message from elsewhere looks like.
        f.write_str(&self.0.lines().map(str::trim).collect::<Vec<_>>().join(" "))
    }
}
