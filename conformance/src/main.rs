use std::process::ExitCode;

fn main() -> ExitCode {
    pass_conformance::cli::main(std::env::args_os())
}
