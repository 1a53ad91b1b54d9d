//! The command line of `pass-conformance`.

mod adapter;
mod args;
mod attach;
mod defects;
mod destination;
mod exercise;
mod explore;
mod failure;
mod judge;
mod judged;
mod list;
mod output;
mod pick;
mod progress;
mod reading;
mod rules;
mod run;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::exit_code;
use args::{Cli, Command};
use failure::Failure;

/// Runs the program; what comes back is one of [`exit_code`]'s numbers.
pub fn main(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let outcome = match Cli::try_parse_from(arguments) {
        Ok(cli) => dispatch(cli.command),
        Err(error) if !error.use_stderr() => {
            // Help or the version; a reader that has gone away is not our business.
            let _ = error.print();
            Ok(exit_code::CONFORMS)
        }
        Err(error) if args::asks_for_help(&error) => {
            let _ = error.print();
            Ok(exit_code::USAGE)
        }
        Err(error) => Err(Failure::usage(args::one_line(&error))),
    };
    ExitCode::from(outcome.unwrap_or_else(|failure| {
        // Nobody is left to tell when this cannot be written.
        let _ = writeln!(anstream::stderr(), "pass-conformance: {failure}");
        failure.exit_code
    }))
}

fn dispatch(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Judge(arguments) => judge::run(&arguments),
        Command::Attach(arguments) => attach::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Defects(arguments) => defects::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
        Command::Adapter(arguments) => adapter::run(&arguments),
    }
}
