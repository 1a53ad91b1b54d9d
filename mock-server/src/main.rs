use std::process::ExitCode;

fn main() -> ExitCode {
    pass_mock::cli::main(std::env::args_os())
}
