use std::process::ExitCode;

/// What is read from a long capture is allocated in millions of pieces, by several threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    pass_conformance::cli::main(std::env::args_os())
}
