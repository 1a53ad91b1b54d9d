//! The example client in Node, likewise.

use super::python::{is_there, run_command, violated};

#[test]
fn the_example_client_conforms_in_both_editions() {
    if !is_there("node") {
        return;
    }
    let _machine = crate::the_machine();
    let command = concat!("exec node '", env!("CARGO_MANIFEST_DIR"), "'/adapters/node/client.mjs");
    let scenarios = [
        "first-sign-in",
        "second-screen-picker",
        "relaunch",
        "permit-and-deny",
        "temp-pass-promotional",
        "temp-pass-ends-while-playing",
    ];
    let (rules, words) = violated(&run_command(command.to_owned(), &scenarios));
    assert!(rules.is_empty(), "{words}");
}
