//! Judges clients of the Adobe Pass Authentication REST API V2 by the rules of its cookbook.
//!
//! # From a client to a verdict
//!
//! `scenario → runner (stage + driver + user agent) → trace → judge (rules × editions) → outcome → report`
//!
//! | module | what it is | what it must never know |
//! | --- | --- | --- |
//! | [`attach`] | leads people and scripts through a sitting with real devices | how a rule judges |
//! | [`http_client`] | HTTP over loopback for browser, second screen and reference client | what it carries |
//! | [`virtual_time`] | moves a manual clock when nothing else can happen | scenarios |
//! | [`mod@reference`] | the bundled client: how it is done right | rules, scenarios, the mock's insides |
//! | [`defects`] | mistakes that can be switched on in it | how rules find them |
//! | [`driver`] | ways to drive a client | rules, scenarios |
//! | [`user_agent`] | the viewer's browser and second screen | the client |
//! | [`scenario`] | stories as data, and their mistakes explained | how they are played |
//! | [`runner`] | plays scenarios side by side, and tells how it goes | how a rule judges, how a report looks |
//! | [`stage`] | one mock, clock and storage for one scenario | rules |
//! | [`protocol`] | the lines that harness and client exchange | who is behind them |
//! | [`trace`] | exchanges and events of one client, read independently of the mock | rules |
//! | [`rules`] | the catalogue, one file a rule: pure functions over a trace | the mock, drivers, reports |
//! | [`traceability`] | which rule tests which sentence of the documents | how rules work |
//! | [`judge`] | trace × edition → verdicts | where the trace came from |
//! | [`outcome`] | what every report reads | how it is rendered |
//! | [`report`] | a run as redacted data, and its renderings | how the run was made |
//! | [`known_failures`] | deviations that are accepted for now | verdicts |
//! | [`redact`] | pseudonyms for secrets | what a report looks like |
//! | [`exit_code`] | what the process tells its caller | why |
//! | [`cli`] | what a person types | rules, exchanges |
//! | [`verdict`] | editions, levels, verdicts | everything else |

pub mod attach;
pub mod cli;
pub mod defects;
pub mod driver;
pub mod exit_code;
pub mod explore;
pub mod http_client;
pub mod judge;
pub mod known_failures;
pub mod outcome;
pub mod protocol;
pub mod redact;
pub mod reference;
pub mod report;
pub mod rules;
pub mod runner;
pub mod scenario;
pub mod stage;
pub mod trace;
pub mod traceability;
pub mod user_agent;
pub mod verdict;
pub mod virtual_time;
