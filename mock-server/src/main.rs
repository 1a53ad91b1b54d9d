use std::process::ExitCode;

/// A request allocates some dozens of times, and what the journal forgets was allocated by another
/// thread as often as not.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    pass_mock::cli::main(std::env::args_os())
}
