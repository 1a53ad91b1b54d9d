//! What can be written on the command line.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, Parser, Subcommand};

use crate::clock::Mode;
use crate::throttle::ThrottleSettings;

const EXAMPLES: &str = "\
Examples:
  pass-mock                                     serve on port 8080, the control API on 8081
  pass-mock --listen 0.0.0.0:8080               let a device on the network call it
  pass-mock --clock x60                         an hour passes in a minute
  pass-mock --throttle off                      no limit to the number of calls
  pass-mock --tls auto                          HTTPS, with a certificate authority of its own
  pass-mock --data-dir ./pass                   keep clients, sessions and profiles over restarts
  pass-mock fixtures print-default > own.yaml   own service providers, MVPDs and users:
  pass-mock --fixtures own.yaml                   edit that file, then serve it
  export $(pass-mock --print-env)               addresses and dummy credentials for an app's tests";

/// A stand-in for the Adobe Pass Authentication REST API V2, to develop and test clients against.
///
/// Needs no set-up and no credentials. Not an Adobe product.
#[derive(Debug, Parser)]
#[command(name = "pass-mock", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve until interrupted (this is what happens without a command, too)
    #[command(after_help = EXAMPLES)]
    Serve(Box<ServeArgs>),
    /// Work with the file that says whom and what the service knows
    #[command(subcommand, arg_required_else_help = false)]
    Fixtures(FixturesCommand),
}

#[derive(Debug, Subcommand)]
pub(super) enum FixturesCommand {
    /// Say whether a file can be used, or where it is wrong
    Check {
        /// The file
        path: PathBuf,
    },
    /// Print the embedded fixtures, to start a file of one's own from
    PrintDefault,
    /// Print the JSON Schema of such a file, by which editors complete and check it
    Schema,
}

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Where the service listens; a port alone means loopback, port 0 any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = address)]
    pub(super) listen: SocketAddr,
    /// Where the control API listens; beyond loopback it wants a token, printed at the start
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081", value_parser = address)]
    pub(super) control: SocketAddr,
    /// Whom and what the service knows, instead of the embedded fixtures
    #[arg(long, value_name = "PATH")]
    pub(super) fixtures: Option<PathBuf>,
    /// Make everything that is drawn reproducible, and guessable
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// How the clock runs: `real`, `manual` (by the control API), or `xN` (N times faster)
    #[arg(long, value_name = "real|manual|xN", default_value = "real", value_parser = clock)]
    pub(super) clock: Mode,
    /// How often a device may call: `on` (as the fixtures say, 1/10 by default), `off`, or calls a
    /// second and burst
    #[arg(long, value_name = "on|off|RATE/BURST", value_parser = throttle)]
    pub(super) throttle: Option<Throttled>,
    /// Keep all state in this folder, also when the program is killed; the local certificate authority
    /// as well, which is kept in a folder of the user's own unless told
    #[arg(long, value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,
    /// Serve HTTPS, with a certificate of a local authority (`auto`) or with one's own
    #[arg(long, value_name = "auto|CERT,KEY", value_parser = tls)]
    pub(super) tls: Option<TlsChoice>,
    /// A further name or address that the certificate of `--tls auto` is for; may be repeated
    #[arg(long, value_name = "NAME", requires = "tls")]
    pub(super) tls_name: Vec<String>,
    /// How many connections the service has at a time: beyond them a new one takes the place of one
    /// that has sent no whole request for a while, and waits only while all are being answered
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = connections)]
    pub(super) max_connections: usize,
    /// Print addresses and dummy credentials as environment variables, and exit
    #[arg(long)]
    pub(super) print_env: bool,
}

/// What `--tls` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TlsChoice {
    Auto,
    Own { certificate: PathBuf, key: PathBuf },
}

/// What `--throttle` asks for; the rest is as the fixtures say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Throttled {
    On,
    Off,
    Limit { rate: u32, burst: u32 },
}

impl Throttled {
    /// The fixtures' limits with what was asked for.
    pub(super) fn apply(self, fixtures: ThrottleSettings) -> ThrottleSettings {
        match self {
            Self::On => ThrottleSettings { enabled: true, ..fixtures },
            Self::Off => ThrottleSettings { enabled: false, ..fixtures },
            Self::Limit { rate, burst } => {
                ThrottleSettings { enabled: true, rate, burst, ..fixtures }
            }
        }
    }
}

impl Cli {
    /// What to do; serving is what is done when nothing is said.
    pub(super) fn command(self) -> Command {
        self.command.unwrap_or(Command::Serve(Box::new(self.serve)))
    }
}

/// A wrong command line in one line.
pub(super) fn one_line(error: &clap::Error) -> String {
    let rendered = error.render().to_string();
    let usage = rendered.find("\n\nUsage:").unwrap_or(rendered.len());
    let mut lines = rendered[..usage].lines().map(str::trim);
    let first = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let suggestion = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand]
        .into_iter()
        .find_map(|kind| error.get(kind))
        .and_then(|suggested| match suggested {
            ContextValue::String(word) => Some(word.clone()),
            ContextValue::Strings(words) => words.first().cloned(),
            _ => None,
        });
    match suggestion {
        Some(word) => format!("{first}; did you mean '{word}'?"),
        // Some messages end with a colon and a list, one item a line.
        None if first.ends_with(':') => {
            format!(
                "{first} {}",
                lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
            )
        }
        None => format!("{first}; 'pass-mock --help' shows what there is"),
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let port_alone = text.strip_prefix(':').unwrap_or(text);
    if let Ok(port) = port_alone.parse() {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    let named = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let expected = "expected an address and a port, such as 127.0.0.1:8080 or 0.0.0.0:8080";
    named.as_deref().unwrap_or(text).parse().map_err(|_| expected.to_owned())
}

fn clock(text: &str) -> Result<Mode, String> {
    let factor = |text: &str| text.parse().ok().filter(|f: &f64| f.is_finite() && *f > 0.0);
    match (text, text.strip_prefix('x').map(factor)) {
        ("real", _) => Ok(Mode::Real),
        ("manual", _) => Ok(Mode::Manual),
        (_, Some(Some(factor))) => Ok(Mode::Scaled(factor)),
        _ => Err("expected real, manual, or x and a number, such as x60".to_owned()),
    }
}

fn connections(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "expected a number above 0, such as 10000".to_owned())
}

fn tls(text: &str) -> Result<TlsChoice, String> {
    match text.split_once(',') {
        None if text == "auto" => Ok(TlsChoice::Auto),
        Some((certificate, key)) if !certificate.is_empty() && !key.is_empty() => {
            Ok(TlsChoice::Own { certificate: certificate.into(), key: key.into() })
        }
        _ => Err("expected auto, or the files of a certificate and its key, such as \
                  cert.pem,key.pem"
            .to_owned()),
    }
}

fn throttle(text: &str) -> Result<Throttled, String> {
    let numbers = text.split_once('/').map(|(rate, burst)| (rate.parse(), burst.parse()));
    match (text, numbers) {
        ("on", _) => Ok(Throttled::On),
        ("off", _) => Ok(Throttled::Off),
        (_, Some((Ok(rate), Ok(burst)))) => Ok(Throttled::Limit { rate, burst }),
        _ => Err("expected on, off, or calls a second and burst, such as 1/10".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serve(arguments: &[&str]) -> Result<ServeArgs, String> {
        let arguments = ["pass-mock"].iter().chain(arguments);
        match Cli::try_parse_from(arguments).map_err(|error| one_line(&error))?.command() {
            Command::Serve(serve) => Ok(*serve),
            Command::Fixtures(_) => Err("another command".to_owned()),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn without_a_word_it_serves_with_the_documented_defaults() {
        for arguments in [&[][..], &["serve"]] {
            let got = serve(arguments).unwrap();
            assert_eq!(got.listen, "127.0.0.1:8080".parse().unwrap());
            assert_eq!(got.control, "127.0.0.1:8081".parse().unwrap());
            assert_eq!((got.clock, got.throttle), (Mode::Real, None));
            assert_eq!((got.seed, got.fixtures, got.print_env), (None, None, false));
            assert_eq!(got.max_connections, crate::server::Limits::default().connections);
        }
    }

    #[test]
    fn options_stand_before_and_after_serve_alike() {
        let options = ["--listen", "9000", "--clock", "x2.5", "--throttle", "5/50", "--seed", "7"];
        for arguments in [options.to_vec(), [&["serve"], &options[..]].concat()] {
            let got = serve(&arguments).unwrap();
            assert_eq!(got.listen, "127.0.0.1:9000".parse().unwrap());
            assert_eq!(got.clock, Mode::Scaled(2.5));
            assert_eq!(got.seed, Some(7));
            let asked = got.throttle.unwrap().apply(ThrottleSettings::OFF);
            assert_eq!((asked.enabled, asked.rate, asked.burst), (true, 5, 50));
        }
    }

    #[test]
    fn what_cannot_be_meant_is_explained_in_one_line() {
        let wrong: [&[&str]; 18] = [
            &["--lisen", "9000"],
            &["--nonsense"],
            &["--listen"],
            &["--listen", "nowhere"],
            &["--listen", "127.0.0.1:99999"],
            &["--control", "elsewhere:8081"],
            &["--clock", "fast"],
            &["--clock", "x0"],
            &["--clock", "xNaN"],
            &["--throttle", "1"],
            &["--throttle", "-1/10"],
            &["--seed", "x"],
            &["srve"],
            &["--data"],
            &["--tls", "yes"],
            &["--tls", "cert.pem,"],
            &["--tls-name", "mock.lan"],
            &["--max-connections", "0"],
        ];
        let explained = wrong.map(|arguments| {
            let line = serve(arguments).unwrap_err();
            assert_eq!(line.lines().count(), 1, "{line}");
            format!("{}\n  {line}", arguments.join(" "))
        });
        insta::assert_snapshot!(explained.join("\n"));
    }
}
