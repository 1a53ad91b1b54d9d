//! What can be said on the command line.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::error::{ContextKind, ErrorKind};
use clap::{Args, Parser, Subcommand};
use pass_mock::config::Lifetime;

use super::judged::{Judged, Reporting};
use crate::scenario::{Capability, Suite};
use crate::trace::capture::Base;

/// Judges clients of the Adobe Pass Authentication REST API V2 by the rules of its cookbook.
#[derive(Debug, Parser)]
#[command(
    name = "pass-conformance",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = EXIT_CODES
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  the client conforms
  1  a rule was violated, or the client crashed, hung or never called
  2  wrong usage, or a file or command that cannot be used
  3  the harness could not do its job, or nothing was exercised";

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Plays the scenarios with a client, and judges it by the rules
    Run(RunArgs),
    /// Judges what was recorded: HAR files and journal exports, without a client
    Judge(JudgeArgs),
    /// Leads a real device, or several, through the scenarios, with a page and over HTTP
    Attach(AttachArgs),
    /// Shows the scenarios
    List(ListArgs),
    /// Shows the rules, or everything about one of them
    Rules(RulesArgs),
    /// Proves the rules: plays the bundled client with one mistake at a time
    Defects(DefectsArgs),
    /// Is the bundled client behind the adapter protocol, on standard input and output
    #[command(hide = true)]
    Adapter(AdapterArgs),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pass-conformance run                                     the bundled reference client
  pass-conformance run --client 'python3 my_adapter.py'    a client behind an adapter
  pass-conformance run --client ./adapter --suite quick
  pass-conformance run --client ./adapter --scenario 'throttled*' --report json=report.json
  pass-conformance run --client ./adapter --explore 200 --seed 7 --save found/

Exit codes: 0 conforms, 1 does not, 2 wrong usage, 3 nothing could be judged.")]
pub(super) struct RunArgs {
    /// The command of an adapter for the client under test; without it, the bundled reference
    /// client is judged
    #[arg(long, value_name = "COMMAND")]
    pub(super) client: Option<String>,

    /// Only scenarios that match; `*` and `?` stand for anything. A `.yaml` file is one of your own
    #[arg(long, value_name = "GLOB")]
    pub(super) scenario: Vec<String>,

    /// Only a suite, and what `--scenario` adds to it [quick, signing-in, watching, errors,
    /// access-flows, full]
    #[arg(long, value_name = "NAME", value_parser = Suite::find)]
    pub(super) suite: Vec<&'static Suite>,

    /// Plays so many stories that nobody wrote instead, drawn with `--seed`, and shows for each rule that
    /// one violates the shortest scenario file that still does
    #[arg(long, value_name = "N", conflicts_with_all = ["scenario", "suite"],
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) explore: Option<u32>,

    /// Keeps the files that `--explore` finds in this directory, rather than showing them
    #[arg(long, value_name = "DIR", requires = "explore")]
    pub(super) save: Option<PathBuf>,

    #[command(flatten)]
    pub(super) judged: Judged,

    /// Also what takes very long for a client that cannot run its timers faster
    #[arg(long)]
    pub(super) long: bool,

    /// How many scenarios are played side by side
    #[arg(long, value_name = "N")]
    pub(super) jobs: Option<NonZeroUsize>,

    /// Makes codes, tokens and everything else that is drawn the same in every run
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,

    #[command(flatten)]
    pub(super) reporting: Reporting,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pass-conformance judge session.har
  pass-conformance judge first.har second.har --join --from-launch
  pass-conformance judge journal.jsonl --edition 2025-04 --report html=report.html
  pass-conformance judge backend.har --capability server_to_server

Where HAR files come from: Chrome, Firefox and Safari export one from the network tab of their
developer tools, Charles by File > Export Session > HTTP Archive, Proxyman by File > Export > HAR,
mitmproxy by `mitmdump -w flows --set hardump=session.har`. The mock server's control API has
/journal.har and /journal.jsonl. Let proxies decrypt the service's hosts, and browsers export with
sensitive data.

Exit codes: 0 conforms, 1 does not, 2 wrong usage or a file that cannot be used, 3 nothing could be
judged.")]
pub(super) struct JudgeArgs {
    /// A HAR 1.2 file or a journal export; `-` is standard input. Each is judged by itself
    #[arg(required = true, value_name = "CAPTURE")]
    pub(super) capture: Vec<PathBuf>,

    /// The files are parts of one recording: they are judged together, in the order of instants
    #[arg(long)]
    pub(super) join: bool,

    /// Every file begins with a launch of the app, and is one run of it
    #[arg(long)]
    pub(super) from_launch: bool,

    /// Everything came from one device, whatever identifiers it sent
    #[arg(long)]
    pub(super) one_device: bool,

    /// The client is a web application, and need not describe its device
    #[arg(long)]
    pub(super) web_client: bool,

    /// What the client is known to be; may be given more than once. With `server_to_server` it is
    /// judged by what servers owe the service, too; `web_client` is the same as --web-client. What
    /// the capture itself shows needs no word
    #[arg(long, value_name = "NAME", value_parser = Capability::find)]
    pub(super) capability: Vec<Capability>,

    /// Where the service was called, if not at one of Adobe's hosts; may be given more than once
    #[arg(long, value_name = "URL", value_parser = Base::parse)]
    pub(super) base_url: Vec<Base>,

    /// Judges a file that breaks off up to there
    #[arg(long)]
    pub(super) allow_truncated: bool,

    /// How many times faster than real time the recorded client and server ran
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed)]
    pub(super) clock_speed: f64,

    /// What the client is called in reports
    #[arg(long, value_name = "NAME")]
    pub(super) client_name: Option<String>,

    #[command(flatten)]
    pub(super) judged: Judged,

    #[command(flatten)]
    pub(super) reporting: Reporting,
}

/// A factor for clocks.
fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed: &f64| (0.001..=1e6).contains(speed));
    speed.ok_or_else(|| "expected a number such as 60".to_owned())
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pass-conformance attach                                  then open http://127.0.0.1:8090
  pass-conformance attach --scenario first-sign-in --scenario 'sign-out*'
  pass-conformance attach --mock-listen 0.0.0.0:8080 --device-url http://192.168.1.20:8080
                                                           a TV in the same network
  pass-conformance attach --device-url http://10.0.2.2:8080   an emulator on this machine
  pass-conformance attach --devices 2                      two devices of one viewer

A script does what a person does on the page: it fetches what the device is to do from
GET /command?after=N and hands in what it shows at POST /messages, in the JSON of the adapter
protocol; /openapi.json of the page describes it. To see it work without a device:
  pass-conformance adapter --attach http://127.0.0.1:8090

Exit codes: 0 conforms, 1 does not, 2 wrong usage, 3 nothing could be judged.")]
pub(super) struct AttachArgs {
    /// Where the page and its API listen. Beyond loopback they want the token that is printed
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    pub(super) listen: SocketAddr,

    /// Where the device calls the service; further devices get the ports after it
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(super) mock_listen: SocketAddr,

    /// What the device calls instead, where something is between it and this machine; `{port}`
    /// stands for the port
    #[arg(long, value_name = "URL")]
    pub(super) device_url: Option<String>,

    /// How many devices take part
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=8))]
    pub(super) devices: u16,

    /// How long a person may take for one thing
    #[arg(long, value_name = "TIME", default_value = "10m")]
    pub(super) patience: Lifetime,

    /// Only scenarios that match; `*` and `?` stand for anything. A `.yaml` file is one of your own
    #[arg(long, value_name = "GLOB")]
    pub(super) scenario: Vec<String>,

    #[command(flatten)]
    pub(super) judged: Judged,

    /// Also what takes very long in real time
    #[arg(long)]
    pub(super) long: bool,

    /// Makes codes, tokens and everything else that is drawn the same in every sitting
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,

    #[command(flatten)]
    pub(super) reporting: Reporting,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pass-conformance list                         all scenarios
  pass-conformance list --scenario 'throttled*' some of them
  pass-conformance list --rules                 with the rules that each exercises
  pass-conformance list --schema > scenarios/scenario.schema.json")]
pub(super) struct ListArgs {
    /// Only scenarios that match; `*` and `?` stand for anything. A `.yaml` file is one of your own
    #[arg(long, value_name = "GLOB")]
    pub(super) scenario: Vec<String>,

    /// Only a suite, and what `--scenario` adds to it [quick, signing-in, watching, errors,
    /// access-flows, full]
    #[arg(long, value_name = "NAME", value_parser = Suite::find)]
    pub(super) suite: Vec<&'static Suite>,

    /// All rules that each exercises, not only those it was written for: found out by playing it with
    /// the bundled client
    #[arg(long)]
    pub(super) rules: bool,

    /// The JSON Schema of scenario files instead, by which editors complete and check them
    #[arg(long, conflicts_with_all = ["scenario", "suite", "rules"])]
    pub(super) schema: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pass-conformance rules                   all rules with their levels in both editions
  pass-conformance rules --explain POL-1   where a rule comes from, why it matters, what to do")]
pub(super) struct RulesArgs {
    /// Everything about one rule
    #[arg(long, value_name = "ID")]
    pub(super) explain: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pass-conformance run --client 'pass-conformance adapter'
  pass-conformance run --client 'pass-conformance adapter --defect poll-too-fast'
  pass-conformance adapter --attach http://127.0.0.1:8090")]
pub(super) struct AdapterArgs {
    /// Takes part in a sitting at this address instead, which may carry its token
    #[arg(long, value_name = "URL")]
    pub(super) attach: Option<String>,

    /// As which of its devices
    #[arg(long, value_name = "N", default_value_t = 1, requires = "attach")]
    pub(super) device: usize,

    /// A defect to switch on
    #[arg(long, value_name = "ID")]
    pub(super) defect: Vec<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pass-conformance defects             the whole matrix; takes a while
  pass-conformance defects 'poll-*'    some defects, by their names
  pass-conformance defects AUT-3       those that break a rule
  pass-conformance defects --list      what each does wrong

Exit code 3 when a defect is not caught by its rule, or by another.")]
pub(super) struct DefectsArgs {
    /// Only defects whose name or rule matches; `*` and `?` stand for anything
    #[arg(value_name = "DEFECT")]
    pub(super) defect: Vec<String>,

    /// Only in scenarios that match; `*` and `?` stand for anything. A `.yaml` file is one of your own
    #[arg(long, value_name = "GLOB")]
    pub(super) scenario: Vec<String>,

    /// Only shows what each does wrong
    #[arg(long)]
    pub(super) list: bool,
}

/// Whether somebody gave no command at all.
pub(super) fn asks_for_help(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

/// A complaint about the command line as one line: what is wrong, what was meant, where help is.
pub(super) fn one_line(error: &clap::Error) -> String {
    let rendered = error.render().to_string();
    let said = rendered.split("Usage:").next().unwrap_or(&rendered);
    let said = said.split("For more information").next().unwrap_or(said);
    let lines: Vec<_> = said
        .lines()
        .map(str::trim)
        .map(|line| line.strip_prefix("error: ").unwrap_or(line))
        .map(|line| line.strip_prefix("tip: ").unwrap_or(line))
        .filter(|line| !line.is_empty())
        .collect();
    let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    let usage = anstream::adapter::strip_str(&usage).to_string();
    let command = usage.strip_prefix("Usage: ").and_then(|usage| {
        let words = usage.split_whitespace();
        let words: Vec<_> = words.take_while(|word| !word.starts_with(['-', '[', '<'])).collect();
        (!words.is_empty()).then(|| words.join(" "))
    });
    let command = command.unwrap_or_else(|| "pass-conformance".into());
    format!("{}; see `{command} --help`", lines.join("; "))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_names_every_suite() {
        let mut command = Cli::command();
        let run = command.find_subcommand_mut("run").unwrap();
        let help = run.render_long_help().to_string();
        for suite in Suite::all().unwrap() {
            assert!(help.contains(&suite.name), "{}", suite.name);
        }
    }

    #[test]
    fn complaints_take_one_line() {
        let complain = |arguments: &[&str]| {
            let arguments = ["pass-conformance"].iter().chain(arguments);
            one_line(&Cli::try_parse_from(arguments).unwrap_err())
        };
        insta::assert_snapshot!(complain(&["rules", "--explian", "x"]));
        insta::assert_snapshot!(complain(&["ruels"]));
        insta::assert_snapshot!(complain(&["rules", "--explain"]));
    }
}
